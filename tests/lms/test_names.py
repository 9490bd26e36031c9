"""How the names in an LMS's zip are read: whose a file is, which attempt, under which name it was handed in."""

from __future__ import annotations

import io
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course.course import CourseError
from autograder.lms import canvas, folder, gradescope, moodle, nbgrader_folders
from autograder.lms.archive import Member
from autograder.lms.pieces import Whose

NAMES = ("a1_convolution", "a2_fast_layers", "a4_lenet")
SYSTEMS = (canvas, moodle, gradescope, nbgrader_folders, folder)


def members(*paths, **contents):
    found = [Member(path, 0, None, lambda: io.BytesIO(b"")) for path in paths]
    return found + [
        Member(path, len(data), None, lambda data=data: io.BytesIO(data)) for path, data in contents.items()
    ]


def read(system, *paths, **contents):
    """(whose, name, attempt) of each piece."""
    reading = system.read(members(*paths, **contents), NAMES)
    return [(piece.whose[0], piece.name, piece.attempt) for piece in reading.pieces]


@pytest.mark.parametrize(
    "path, whose, name, order, late",
    [
        ("doejane_123_456_a1.ipynb", Whose("doejane", "123"), "a1.ipynb", 456, False),
        ("doejane_LATE_123_456_a1.ipynb", Whose("doejane", "123"), "a1.ipynb", 456, True),
        ("doe_jane_123_456_a1.ipynb", Whose("doe_jane", "123"), "a1.ipynb", 456, False),
        ("doejane2_123_456_12_34_a1.ipynb", Whose("doejane2", "123"), "12_34_a1.ipynb", 456, False),
        ("garcíamárquezjosé_1_2_Lösung 1.ipynb", Whose("garcíamárquezjosé", "1"), "Lösung 1.ipynb", 2, False),
        ("123_456_a1.ipynb", Whose("", "123"), "a1.ipynb", 456, False),
        ("anon_x7Kq2_456_a1.ipynb", Whose(ids=("x7Kq2",), anonymous=True), "a1.ipynb", 456, False),
        ("LATE_anon_x7Kq2_456_a1.ipynb", Whose(ids=("x7Kq2",), anonymous=True), "a1.ipynb", 456, True),
        ("doejane_123_text.html", Whose("doejane", "123"), "text.html", 0, False),
        ("doejane_LATE_123_link.html", Whose("doejane", "123"), "link.html", 0, True),
        ("anon_x7Kq2_text.html", Whose(ids=("x7Kq2",), anonymous=True), "text.html", 0, False),
        ("outer/doejane_123_456_a1.ipynb", Whose("doejane", "123"), "a1.ipynb", 456, False),
    ],
)
def test_canvas(path, whose, name, order, late):
    [piece] = canvas.read(members(path)).pieces
    assert (piece.whose, piece.name, piece.order, piece.late) == ((whose,), name, order, late)


@pytest.mark.parametrize(
    "name, found",
    [
        ("a1.ipynb", ("a1.ipynb", 0)),
        ("a1-1.ipynb", ("a1.ipynb", 1)),
        ("a1-12.final.ipynb", ("a1.final.ipynb", 12)),
        ("a1.tar-2.gz", ("a1.tar.gz", 2)),
        ("a1.-1ipynb", ("a1.ipynb", 1)),
        ("lenet.-2safetensors", ("lenet.safetensors", 2)),
        ("2026-10-19.ipynb", ("2026-10.ipynb", 19)),
        ("a1-final.ipynb", ("a1-final.ipynb", 0)),
        ("a1-1", ("a1", 1)),
    ],
)
def test_marks_of_what_is_handed_in_again(name, found):
    assert canvas.without_mark(name) == found


@pytest.mark.parametrize(
    "name", ["a1.ipynb", "doejane_a1.ipynb", "doejane_123_a1.ipynb", "Screenshot 1.png", "_123_.html"]
)
def test_what_canvas_did_not_name(name):
    reading = canvas.read(members(name))
    assert reading.pieces == [] and reading.odd == [(name, "it is not named as Canvas names files")]


@pytest.mark.parametrize(
    "path, whose, name",
    [
        ("Ada Lovelace_77_assignsubmission_file/a1.ipynb", Whose("Ada Lovelace", ids=("Participant 77",)), "a1.ipynb"),
        ("Ada Lovelace_77_assignsubmission_file_/a/b.py", Whose("Ada Lovelace", ids=("Participant 77",)), "a/b.py"),
        ("Ada Lovelace_77_assignsubmission_file_a1.ipynb", Whose("Ada Lovelace", ids=("Participant 77",)), "a1.ipynb"),
        ("x/Ada_77_assignsubmission_file/a_1.ipynb", Whose("Ada", ids=("Participant 77",)), "a_1.ipynb"),
        ("Participant_77_assignsubmission_file_/a.ipynb", Whose(ids=("Participant 77",), anonymous=True), "a.ipynb"),
        (
            "Ada_77_assignsubmission_onlinetext/onlinetext.html",
            Whose("Ada", ids=("Participant 77",)),
            "onlinetext.html",
        ),
        ("Ada_77_assignsubmission_onlinetext", Whose("Ada", ids=("Participant 77",)), "onlinetext.html"),
    ],
)
def test_moodle(path, whose, name):
    assert read(moodle, path) == [(whose, name, "77")]


def test_what_moodle_did_not_name():
    assert moodle.read(members("a.ipynb")).odd == [("a.ipynb", "it is not named as Moodle names files and folders")]


METADATA = """---
submission_12:
  :submitters:
  - :name: Ada Lovelace
    :sid: 00123
    :email: ada@example.org
  - :name: Ben
    :sid:
    :email: ben@example.org
  :created_at: 2026-10-19 21:30:00.123456000 Z
  :score: 12.0
submission_13:
  :submitters: []
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: 2026-10-18 21:30:00.000000000 Z
    zone: !ruby/object:ActiveSupport::TimeZone
      name: Etc/UTC
submission_14: not a table
"""


def test_gradescope():
    """An SID keeps its zeros; all submitters hand it in; Ruby's own times are read."""
    files = {"outer/submission_metadata.yml": METADATA.encode()}
    paths = (
        "outer/submission_12/a/b.ipynb",
        "outer/submission_13/x",
        "outer/submission_15/x",
        "outer/y",
        "submission_12/z",
    )
    reading = gradescope.read(members(*paths, **files))
    first, second = reading.pieces
    ada = Whose("Ada Lovelace", ids=("00123", "ada@example.org"))
    assert first.whose == (ada, Whose("Ben", ids=("ben@example.org",))) and first.name == "a/b.ipynb"
    assert first.when == datetime(2026, 10, 19, 21, 30, 0, 123456, timezone.utc) and first.order == 12
    assert second.whose == (Whose(),) and second.when == datetime(2026, 10, 18, 21, 30, tzinfo=timezone.utc)
    assert dict(reading.odd) == {
        "outer/submission_15/x": "submission_metadata.yml has no submission_15",
        "outer/y": "it lies in no folder of a submission",
        "submission_12/z": "it lies in no folder of a submission",
    }


@pytest.mark.parametrize("text", ["a: [", "- 1", "", "\x00", "&a [*a, *a"])
def test_a_list_of_submissions_that_can_not_be_read(text):
    files = {"submission_metadata.yml": text.encode()}
    with pytest.raises(CourseError, match="submission_metadata.yml can't be read .*: export the submissions again"):
        gradescope.read(members("submission_1/x", **files))


def test_without_a_list_of_submissions():
    with pytest.raises(CourseError, match="There is no submission_metadata.yml in it"):
        gradescope.read(members("submission_1/x"))


def test_nbgrader():
    time = "2026-10-19 21:30:00.000000 UTC"
    files = {
        f"ada+a1_convolution+{time}+r4nd0m/a1.ipynb": b"",
        "submitted/ben/a2_fast_layers/timestamp.txt": time.encode(),
    }
    files |= {"submitted/ben/a2_fast_layers/x/y.ipynb": b"", "submitted/ben/a2_fast_layers/submission_secret.txt": b"s"}
    reading = nbgrader_folders.read(members("feedback.html", **files), NAMES)
    assert [(p.whose[0], p.name, p.assignment) for p in reading.pieces] == [
        (Whose("ada", ids=("ada",)), "a1.ipynb", "a1_convolution"),
        (Whose("ben", ids=("ben",)), "x/y.ipynb", "a2_fast_layers"),
    ]
    assert {piece.when for piece in reading.pieces} == {datetime(2026, 10, 19, 21, 30, tzinfo=timezone.utc)}
    assert reading.odd == [("feedback.html", "it lies in no folder of a student and an assignment")]
    windows = f"ada+a1_convolution+{time.replace(':', '_')}/a1.ipynb"
    assert nbgrader_folders.read(members(windows), NAMES).pieces[0].when == datetime(
        2026, 10, 19, 21, 30, tzinfo=timezone.utc
    )
    files = {"ada/a1_convolution/timestamp.txt": b"yesterday", "ada/a1_convolution/a": b""}
    assert nbgrader_folders.read(members(**files), NAMES).pieces[0].when is None
    files = {"ada/a1_convolution/timestamp.txt": b"x" * 5000, "ada/a1_convolution/a": b""}
    assert nbgrader_folders.read(members(**files), NAMES).pieces[0].when is None


@pytest.mark.parametrize(
    "paths, found",
    [
        (["ada/a1.ipynb", "ben/a1.ipynb"], [("ada", "a1.ipynb", ""), ("ben", "a1.ipynb", "")]),
        (["all/ada/a1.ipynb", "all/ben/a1.ipynb"], [("ada", "a1.ipynb", ""), ("ben", "a1.ipynb", "")]),
        (["ada/A1-Convolution/x/a.ipynb"], [("ada", "x/a.ipynb", "a1_convolution")]),
        (
            ["a1/ada/x.ipynb", "a1/ben/x.ipynb"],
            [("ada", "x.ipynb", "a1_convolution"), ("ben", "x.ipynb", "a1_convolution")],
        ),
        (["ada_a1_convolution (1).ipynb"], [("ada", "ada_a1_convolution (1).ipynb", "")]),
        (["a2-fast-layers - Ada Lovelace.ipynb"], [("Ada Lovelace", "a2-fast-layers - Ada Lovelace.ipynb", "")]),
        (["Copy of a1_ada.ipynb", "ben.ipynb"], [("ada", "Copy of a1_ada.ipynb", ""), ("ben", "ben.ipynb", "")]),
        (["a1_convolution/ada.ipynb"], [("ada", "ada.ipynb", "a1_convolution")]),
        (["ada/x.ipynb"], [("ada", "x.ipynb", "")]),
    ],
)
def test_a_plain_folder(paths, found):
    pieces = folder.read(members(*paths), NAMES).pieces
    assert [(piece.whose[0].name, piece.name, piece.assignment) for piece in pieces] == found


def test_a_file_that_is_nobodys():
    assert folder.read(members("a1_convolution.ipynb"), NAMES).odd == [
        ("a1_convolution.ipynb", "nothing in its name says whose it is")
    ]


@given(st.lists(st.text(alphabet="ab12_-+./ é\u0301语LATEanonxtehml", max_size=60), max_size=6))
def test_any_names_are_read_or_told(paths):
    """No system loses a file or fails on a name."""
    found = members(*filter(None, dict.fromkeys(path.strip("/") for path in paths)))
    for system in SYSTEMS:
        assert 0 <= system.recognize(found, NAMES) <= 1
        if system is not gradescope:
            reading = system.read(found, NAMES)
            read_ = sorted([p.member.path for p in reading.pieces] + [name for name, _ in reading.odd])
            left_out = [m.path for m in found if m.path.endswith((nbgrader_folders.TIME_FILE, nbgrader_folders.SECRET))]
            assert read_ == sorted({m.path for m in found} - set(left_out))


@given(st.text(max_size=80))
def test_any_name_without_its_mark(name):
    bare, number = canvas.without_mark(name)
    assert number >= 0 and len(bare) <= len(name) and (number or bare == name or "-0" in name)


@given(st.binary(max_size=200) | st.text(alphabet=":-\n abc[]{}&*!'\"", max_size=120).map(str.encode))
def test_any_list_of_submissions_is_read_or_refused(data):
    files = {"submission_metadata.yml": data}
    try:
        gradescope.read(members("submission_1/x", **files))
    except CourseError as error:
        assert "can't be read" in str(error)
