"""From an LMS's zip to submitted/: the latest attempt of each in its place, earlier ones kept, the rest told."""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from classroom import (
    DUE,
    NAME,
    Sent,
    canvas_gradebook_csv,
    canvas_zip,
    eaten,
    gradescope_zip,
    hide,
    make_class,
    moodle_worksheet,
    moodle_zip,
    nbgrader_tree,
    participant,
    sent_by,
    students_csv,
    write_table,
    zip_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from autograder.collecting.not_placed import read_not_placed
from autograder.collecting.submissions import find_submissions
from autograder.collecting.timestamps import read_timestamp
from autograder.course.course import CourseError, load_course
from autograder.lms import archive, intake, placing
from autograder.lms.collect import collect
from autograder.lms.summary import print_summary

PEOPLE = make_class(20)
WEIGHTS = {"lenet.safetensors": b"weights of lenet", "convnet.safetensors": b"weights of convnet"}
FUNCTIONS = {NAME: "conv_forward_naive", "a2_fast_layers": "max_pool_forward_fast", "a4_lenet": "LeNet"}


def notebook(person, version=0, assignment=NAME):
    source = f"# {person.id}, attempt {version}\ndef {FUNCTIONS[assignment]}(x):\n    return x\n"
    cell = {"cell_type": "code", "metadata": {}, "source": [source], "outputs": [], "execution_count": 1}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


SENT = sent_by(PEOPLE, notebook)
LAST = {one.person.id: one for one in SENT}


@pytest.fixture
def course(tmp_path):
    students_csv(tmp_path / "students.csv", PEOPLE)
    return load_course(tmp_path)


def run(course, source, **options):
    """What was said, and what was done."""
    console = Console(width=400, record=True, file=open(os.devnull, "w"))
    found = collect(course, source, console, **options)
    for done in found:
        print_summary(done, course, console)
    return " ".join(console.export_text().split()), found


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def tree(course):
    """All that was collected, but for what only repeats it."""
    return {name: data for name, data in contents(course.root).items() if name.startswith(("submitted/", "collected/"))}


def here(course, student, assignment=NAME):
    return contents(course.submitted / student / assignment)


def pack(course, kind):
    if kind == "nbgrader":
        return nbgrader_tree(course.root / "inbox", SENT, inbox=True)
    writer = {"canvas": canvas_zip, "moodle": moodle_zip, "gradescope": gradescope_zip}[kind]
    return writer(course.root / f"{kind}.zip", SENT)


def one_of(text):
    return next(one for one in SENT if one.form == text)


def zipped(course, name="class.zip", **files):
    (course.root / name).write_bytes(zip_of({path: data for path, data in files.items()}))
    return course.root / name


def canvas_name(person, file, attachment=5):
    return f"x_{person.lms_id}_{attachment}_{file}"


@pytest.mark.parametrize("kind", ["canvas", "moodle", "gradescope", "nbgrader"])
def test_a_whole_class(course, kind):
    """Everybody's last attempt is in its place, once; a second run changes nothing and says so."""
    table = moodle_worksheet(course.root / "worksheet.csv", PEOPLE) if kind == "moodle" else None
    text, [done] = run(course, pack(course, kind), times=table)
    assert f"this looks like {done.system}" in text and done.not_placed == [] and "0 not placed" in text
    assert {path.name for path in course.submitted.iterdir()} == set(LAST)
    for student, sent in LAST.items():
        found = here(course, student)
        time = found.pop("timestamp.txt", b"").decode()
        assert time == (f"{sent.when:%Y-%m-%d %H:%M:%S.%f} UTC" if kind != "canvas" else "")
        graded = [data for name, data in found.items() if name in (f"{NAME}.ipynb", f"{NAME}.py")]
        graded = graded or [data for name, data in found.items() if name.endswith(".ipynb")]
        assert len(graded) == 1 and f"# {student}, attempt {sent.version}".encode() in graded[0]
    before = tree(course)
    text, _ = run(course, pack(course, kind), times=table)
    assert tree(course) == before and "there already: nothing changed" in text and "put into" not in text


def test_what_a_killed_run_has_left_is_no_change_by_hand(course):
    """A file that was never whole lies beside the hand-in: it is still the one that was collected."""
    run(course, pack(course, "moodle"))
    left = course.submitted / PEOPLE[1].id / NAME / ".timestamp.txt.999999999.tmp"
    left.write_text("2026-1")
    text, _ = run(course, pack(course, "moodle"))
    assert "by hand" not in text and "there already: nothing changed" in text


def test_what_students_files_are_called(course):
    """Marks of LMSs, browsers and editors go; pictures and files of other names keep theirs; zips are unpacked."""
    run(course, pack(course, "canvas"))
    names = {
        form: sorted(here(course, one_of(form).person.id)) for form in ("copy", "download", "upper case", "zipped")
    }
    assert names.pop("zipped") == [f"{NAME}.ipynb", "manifest.json"]
    assert set(map(tuple, names.values())) == {(f"{NAME}.ipynb",)}
    assert sorted(here(course, one_of("other name").person.id)) == ["homework final.ipynb"]
    assert sorted(here(course, one_of("with pictures").person.id)) == [f"{NAME}.ipynb", "plot-1.png", "plot-2.png"]
    assert sorted(here(course, one_of("packed twice").person.id)) == [f"{NAME}/work/{NAME}.ipynb"]
    assert sorted(here(course, one_of("decomposed").person.id)) == [f"Lösung {NAME}.ipynb"]


def test_earlier_attempts_are_kept_where_nothing_is_graded(course):
    person = one_of("again").person
    _, [done] = run(course, pack(course, "canvas"))
    [earlier] = (course.root / "collected" / person.id / NAME).glob("*/*.ipynb")
    assert b"attempt 0" in earlier.read_bytes() and b"attempt 1" in here(course, person.id)[f"{NAME}.ipynb"]
    assert len(find_submissions(course, course.assignment(NAME))) == len(PEOPLE)


def test_attempts_keep_their_times(course):
    run(course, pack(course, "nbgrader"))
    sent = [one for one in SENT if one.form == "again"][:2]
    [earlier] = (course.root / "collected" / sent[0].person.id / NAME).glob("*Z-*")
    assert read_timestamp(earlier / "timestamp.txt").when == sent[0].when.replace(tzinfo=None)


@pytest.mark.parametrize("mark, file", [("-1", "lenet-1.safetensors"), ("-1", "lenet.-1safetensors")])
def test_weights_beside_a_notebook(course, mark, file):
    """Each file's latest version, under the name that the grader looks for."""
    person = PEOPLE[0]
    files = {"a4_lenet.ipynb": notebook(person, 0, "a4_lenet"), **WEIGHTS}
    again = {"a4_lenet-1.ipynb": notebook(person, 1, "a4_lenet"), file: b"better weights"}
    entries = {canvas_name(person, name, 10): data for name, data in files.items()}
    entries |= {canvas_name(person, name, 20): data for name, data in again.items()}
    run(course, zipped(course, **entries))
    assert here(course, person.id, "a4_lenet") == {
        "a4_lenet.ipynb": notebook(person, 1, "a4_lenet"),
        "lenet.safetensors": b"better weights",
        "convnet.safetensors": b"weights of convnet",
    }
    [earlier] = (course.root / "collected" / person.id / "a4_lenet").glob("*-*")
    assert contents(earlier) == {"a4_lenet.ipynb": files["a4_lenet.ipynb"], "lenet.safetensors": b"weights of lenet"}


def test_one_zip_of_several_assignments(course):
    """Each notebook goes to its assignment, by name or by what it defines; weights go to the networks' one."""
    ada, ben = PEOPLE[:2]
    inside = {"one.ipynb": notebook(ada), "two/a2_fast_layers (1).ipynb": notebook(ada, 0, "a2_fast_layers")}
    inside |= {"three/final.ipynb": notebook(ada, 0, "a4_lenet"), **WEIGHTS, "two/helper.py": b"x = 1"}
    entries = {canvas_name(ada, "everything.zip"): zip_of(inside), canvas_name(ben, "a1.ipynb"): notebook(ben)}
    run(course, zipped(course, **entries))
    assert sorted(here(course, ada.id)) == ["one.ipynb"] and sorted(here(course, ben.id)) == ["a1.ipynb"]
    assert sorted(here(course, ada.id, "a2_fast_layers")) == ["two/a2_fast_layers.ipynb", "two/helper.py"]
    assert sorted(here(course, ada.id, "a4_lenet")) == [*sorted(WEIGHTS), "three/final.ipynb"]


def test_the_assignment_that_is_said_counts(course):
    """All of it goes there, whatever it is called."""
    ada = PEOPLE[0]
    source = zipped(course, **{canvas_name(ada, "a2_fast_layers.ipynb"): notebook(ada, 0, "a2_fast_layers")})
    run(course, source, assignment=course.assignment(NAME))
    assert sorted(here(course, ada.id)) == ["a2_fast_layers.ipynb"]


def test_what_says_nothing_goes_where_nearly_all_others_go(course):
    """A PDF in a zip of a1 is an a1, to be looked at; alone, nobody knows what it is."""
    entries = {canvas_name(person, "a1.ipynb"): notebook(person) for person in PEOPLE[:5]}
    pdf = {canvas_name(PEOPLE[6], "homework.pdf"): b"%PDF"}
    run(course, zipped(course, **entries, **pdf))
    assert sorted(here(course, PEOPLE[6].id)) == ["homework.pdf"]
    shutil.rmtree(course.submitted)
    text, [done] = run(course, zipped(course, **pdf))
    assert not course.submitted.exists() and done.not_placed[0].student == PEOPLE[6].id
    assert "nothing in its names or contents says which assignment it is: say ASSIGNMENT=..." in text


def test_a_file_of_another_assignment_is_no_zero_for_this_one(course):
    """It goes where it belongs, and the student's row for the others' assignment is open."""
    wrong = PEOPLE[7]
    entries = {canvas_name(person, "a1.ipynb"): notebook(person) for person in PEOPLE[:6]}
    entries[canvas_name(wrong, "a2_fast_layers.ipynb")] = notebook(wrong, 0, "a2_fast_layers")
    run(course, zipped(course, **entries))
    assert here(course, wrong.id, "a2_fast_layers")
    rows = {s.student: s.refused for s in find_submissions(course, course.assignment(NAME))}
    assert "it is a2_fast_layers, and was put there, but nearly all others here are a1_convolution" in rows[wrong.id]
    assert [student for student, refused in rows.items() if refused] == [wrong.id]


def test_groups(course):
    """Each member gets it, in a file of one's own."""
    one = replace(LAST[PEOPLE[0].id], members=tuple(PEOPLE[:3]))
    run(course, canvas_zip(course.root / "canvas.zip", [one]))
    files = [course.submitted / person.id / NAME / f"{NAME}.ipynb" for person in PEOPLE[:3]]
    assert len({path.read_bytes() for path in files}) == 1 and len({path.stat().st_ino for path in files}) == 3
    shutil.rmtree(course.submitted)
    run(course, gradescope_zip(course.root / "gradescope.zip", [one]))
    assert {path.name for path in course.submitted.iterdir()} == {person.id for person in PEOPLE[:3]}


def test_groups_of_a_file(course):
    """Canvas's own list of groups beside the class list."""
    students_csv(course.root / "students.csv", [replace(person, group="") for person in PEOPLE])
    rows = [("name", "canvas_user_id", "user_id", "login_id", "sections", "group_name", "canvas_group_id")]
    rows += [(p.name, p.lms_id, p.id, p.email, "CNN 1", "The Pools", "7") for p in PEOPLE[4:6]]
    write_table(course.root / "groups.csv", rows)
    one = replace(LAST[PEOPLE[4].id], members=tuple(PEOPLE[4:6]), person=replace(PEOPLE[4], group="The Pools"))
    run(course, canvas_zip(course.root / "canvas.zip", [one]))
    assert {path.name for path in course.submitted.iterdir()} == {person.id for person in PEOPLE[4:6]}


def test_anonymous_ones(course):
    """Nobody's, unless the class list says whose."""
    ada = PEOPLE[0]
    source = canvas_zip(course.root / "canvas.zip", [LAST[ada.id]], anonymous=[ada.id])
    text, [done] = run(course, source)
    assert f"it was handed in anonymously, as {hide(ada)}: show names and download again" in text
    write_table(course.root / "students.csv", [("id", "name", "anonymous_id"), (ada.id, ada.name, hide(ada))])
    run(course, source)
    assert here(course, ada.id) and read_not_placed(course) == []


def test_moodles_numbers_are_in_its_worksheet(course):
    """Names are hidden, or two students have one: the worksheet or a column of the class list says who it is."""
    twins = [LAST[PEOPLE[0].id], LAST[PEOPLE[10].id]]
    _, [done] = run(course, moodle_zip(course.root / "moodle.zip", twins))
    assert {entry.student for entry in done.not_placed} == {PEOPLE[0].id, PEOPLE[10].id} and not done.placed
    source = moodle_zip(course.root / "moodle.zip", twins, hidden=True, folders=False)
    rows = [("id", "name", "identifier"), *((p.id, p.name, f"Participant {participant(p)}") for p in PEOPLE)]
    write_table(course.root / "students.csv", rows)
    run(course, source)
    assert {path.name for path in course.submitted.iterdir()} == {PEOPLE[0].id, PEOPLE[10].id}


@pytest.mark.parametrize("write", [students_csv, canvas_gradebook_csv])
def test_zeros_that_a_spreadsheet_has_eaten(course, write):
    """The folder that is there is the student's, however the list writes the id."""
    nbgrader_tree(course.submitted, [LAST[PEOPLE[1].id]])
    write(course.root / "students.csv", eaten(PEOPLE))
    newer = replace(LAST[PEOPLE[1].id], files={f"{NAME}.ipynb": notebook(PEOPLE[1], 5)})
    text, _ = run(course, nbgrader_tree(course.root / "inbox", [newer, LAST[PEOPLE[3].id]], inbox=True))
    assert {path.name for path in course.submitted.iterdir()} == {PEOPLE[1].id, PEOPLE[3].id.lstrip("0")}
    assert f"submitted/{PEOPLE[1].id}/{NAME}/ was there before anything was collected, and stays" in text


# --- runs that are repeated or stopped ------------------------------------------------------------------------------


def newer_zip(course, person, when=DUE):
    """A second download, in which one student has handed in again."""
    again = Sent(person, {f"{NAME}.ipynb": notebook(person, 7)}, when)
    return nbgrader_tree(course.root / "newer", [again], inbox=True)


def test_a_newer_download(course):
    """What was there moves to collected/; the older zip, collected once more, changes nothing."""
    ada = PEOPLE[0]
    first = pack(course, "nbgrader")
    run(course, first)
    text, _ = run(course, newer_zip(course, ada))
    assert "1 newer than what lay there, which is now in collected/" in text
    assert b"attempt 7" in here(course, ada.id)[f"{NAME}.ipynb"]
    before = tree(course)
    run(course, first)
    assert tree(course) == before


def test_an_older_download_after_the_newer(course):
    ada = PEOPLE[0]
    run(course, newer_zip(course, ada))
    run(course, pack(course, "nbgrader"))
    assert b"attempt 7" in here(course, ada.id)[f"{NAME}.ipynb"]
    [earlier] = (course.root / "collected" / ada.id / NAME).glob(f"*/{NAME}.ipynb")
    assert b"attempt 0" in earlier.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / f"{NAME}.ipynb").write_bytes(b"mended by hand"),
        lambda folder: (folder / "note.txt").write_bytes(b"seen"),
        lambda folder: (folder / "timestamp.txt").write_text("2026-10-01 08:00:00 UTC"),
    ],
)
def test_what_a_person_changed_stays(course, change):
    """Told, with where the newer hand-in lies and what to do; once the folder is moved away, that one is placed."""
    ada = PEOPLE[0]
    run(course, pack(course, "nbgrader"))
    change(course.submitted / ada.id / NAME)
    before = here(course, ada.id)
    for _ in range(2):
        text, _ = run(course, newer_zip(course, ada))
        assert here(course, ada.id) == before
        told = f"submitted/{ada.id}/{NAME}/ was changed by hand since it was collected, and stays; what was handed in"
        assert f"{told} lies in collected/{ada.id}/{NAME}/" in text
    shutil.rmtree(course.submitted / ada.id / NAME)
    run(course, newer_zip(course, ada))
    assert b"attempt 7" in here(course, ada.id)[f"{NAME}.ipynb"]
    assert not list((course.root / "collected" / ada.id / NAME).glob("*/*.ipynb"))  # never in two places


def test_what_editors_leave_is_no_change_by_hand(course):
    ada = PEOPLE[0]
    run(course, pack(course, "nbgrader"))
    (course.submitted / ada.id / NAME / ".ipynb_checkpoints").mkdir()
    (course.submitted / ada.id / NAME / ".ipynb_checkpoints" / "a1-checkpoint.ipynb").write_text("x")
    text, _ = run(course, newer_zip(course, ada))
    assert b"attempt 7" in here(course, ada.id)[f"{NAME}.ipynb"] and "1 newer than what lay there" in text


def test_a_time_that_is_no_file(course):
    """Nobody waits on a pipe."""
    ada = PEOPLE[0]
    run(course, pack(course, "canvas"))
    os.mkfifo(course.submitted / ada.id / NAME / "timestamp.txt")
    text, _ = run(course, pack(course, "canvas"))
    assert "there already: nothing changed" in text


def test_a_time_that_a_person_changed_stays(course):
    ada = PEOPLE[0]
    run(course, pack(course, "nbgrader"))
    (course.submitted / ada.id / NAME / "timestamp.txt").write_text("2026-10-01 08:00:00 UTC")
    text, _ = run(course, pack(course, "nbgrader"), times=times_csv(course, [(ada, DUE)]))
    assert here(course, ada.id)["timestamp.txt"] == b"2026-10-01 08:00:00 UTC"
    assert f"submitted/{ada.id}/{NAME}/timestamp.txt was changed by hand, and stays: 2026-10-01 08:00:00 UTC" in text


def test_a_time_without_files_makes_room(course):
    ada = PEOPLE[0]
    (course.submitted / ada.id / NAME).mkdir(parents=True)
    (course.submitted / ada.id / NAME / "timestamp.txt").write_text("x")
    run(course, pack(course, "canvas"))
    assert sorted(here(course, ada.id)) == [f"{NAME}.ipynb"]


def test_a_link_in_the_place_of_a_folder(course, tmp_path_factory):
    ada, elsewhere = PEOPLE[0], tmp_path_factory.mktemp("elsewhere")
    course.submitted.mkdir()
    (course.submitted / ada.id).symlink_to(elsewhere)
    text, _ = run(course, pack(course, "canvas"))
    assert f"submitted/{ada.id} is a link, and links are not followed" in text and not list(elsewhere.iterdir())


def test_another_disk(course, monkeypatch):
    def rename(source, target):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(placing.os, "rename", rename)
    with pytest.raises(
        CourseError, match="lies on another disk than .*: a hand-in could be lost between them. Put subm"
    ):
        run(course, pack(course, "canvas"))


def test_a_full_disk(course, monkeypatch):
    monkeypatch.setattr(intake.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1, 1, 1))
    with pytest.raises(
        CourseError, match="0 MB are to be collected, and the disk has 0 MB left: twice as much is needed"
    ):
        run(course, pack(course, "canvas"))


def test_a_folder_that_may_not_be_written(course, monkeypatch):
    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied", str(course.root / "collected"))

    monkeypatch.setattr(placing, "rename", refuse)
    _, [done] = run(course, pack(course, "canvas"))
    assert "Permission denied" in done.not_placed[0].reason and not done.placed
    monkeypatch.setattr(intake.shutil, "disk_usage", refuse)
    with pytest.raises(CourseError, match="collected: Permission denied. Mend that, then run again."):
        run(course, pack(course, "canvas"))


@pytest.mark.parametrize("number", [28, 5])
def test_a_disk_that_fails_places_no_half_of_a_hand_in(course, monkeypatch, number):
    """A full one ends the run with a sentence; of another failure the row is open."""
    ada, copy = PEOPLE[0], archive.Member.copy_to

    def failing(self, target):
        if target.name == "lenet.safetensors":
            raise OSError(number, os.strerror(number), str(target))
        copy(self, target)

    monkeypatch.setattr(archive.Member, "copy_to", failing)
    files = {"a1.ipynb": notebook(ada), "lenet.safetensors": b"x"}
    source = zipped(course, **{canvas_name(ada, name): data for name, data in files.items()})
    if number == 28:
        with pytest.raises(CourseError, match="lenet.safetensors: No space left on device. Mend that, then run again"):
            run(course, source)
    else:
        _, [done] = run(course, source)
        assert "Input/output error" in done.not_placed[0].reason and done.not_placed[0].student == ada.id
    assert not course.submitted.exists() and not (course.root / "collected" / ".staging").exists()


class Killed(BaseException):
    pass


@pytest.mark.parametrize("where, step", [(os, "rename"), (os, "replace"), (shutil, "copyfile"), (shutil, "rmtree")])
def test_stopped_in_any_step(course, monkeypatch, where, step):
    """Killed before or after any renaming or copying and run again: nothing is lost, nothing doubled."""
    people = {one_of("again").person, one_of("zipped").person}
    first = nbgrader_tree(course.root / "inbox", [one for one in SENT if one.person in people], inbox=True)
    sources = [first, newer_zip(course, one_of("again").person)]
    steps = count_steps(course, monkeypatch, where, step, sources)
    wanted = tree(course)
    assert steps > 2
    for stop_at in range(1, steps + 1):
        for after in (False, True):
            for name in ("submitted", "collected"):
                shutil.rmtree(course.root / name)
            with pytest.raises(Killed):
                count_steps(course, monkeypatch, where, step, sources, stop_at, after)
            for source in sources:
                run(course, source)
            assert tree(course) == wanted, (stop_at, after)


def count_steps(course, monkeypatch, where, step, sources, stop_at=0, after=False):
    """How often a step is taken, collecting from all sources; killed at one of them, before or after it is done."""
    real, count = getattr(where, step), [0]

    def counted(*arguments, **options):
        count[0] += 1
        if count[0] == stop_at and not after:
            raise Killed
        done = real(*arguments, **options)
        if count[0] == stop_at:
            raise Killed
        return done

    with monkeypatch.context() as patch:
        patch.setattr(where, step, counted)
        for source in sources:
            run(course, source)
    return count[0]


# --- times ----------------------------------------------------------------------------------------------------------


def times_csv(course, rows):
    head = ("SID", "Submission Time")
    return write_table(course.root / "times.csv", [head, *((p.id, f"{when:%Y-%m-%d %H:%M:%S %z}") for p, when in rows)])


def test_dates_of_a_zip_that_differ_are_times(course):
    """Unix's, in UTC; where all are alike they are those of its making, and no time is known."""
    run(course, canvas_zip(course.root / "canvas.zip", SENT, dated=True))
    for student, sent in LAST.items():
        assert read_timestamp(course.submitted / student / NAME / "timestamp.txt").when == sent.when.replace(
            tzinfo=None
        )
    shutil.rmtree(course.submitted)
    shutil.rmtree(course.root / "collected")
    text, _ = run(course, canvas_zip(course.root / "canvas.zip", SENT))
    assert "were handed in is not known, and they count as on time: TIMES=worksheet.csv" in text
    late = [one.person.id for one in SENT if one.late]
    assert f"Canvas marks as late, without a time: {', '.join(late)}" in text and f"{len(late)} late: " in text


def test_a_clock_without_a_zone_is_that_of_the_due_date(course):
    text, _ = run(course, pack(course, "moodle"))
    assert "Times are those that the archive has of its files; where it names no zone, in UTC+02:00." in text


def test_times_of_a_table(course):
    """A time that comes later is taken over; so is one that a person corrects."""
    ada, ben = PEOPLE[:2]
    run(course, pack(course, "canvas"))
    for when in (DUE, DUE - timedelta(hours=3)):
        text, _ = run(course, pack(course, "canvas"), times=times_csv(course, [(ada, when)]))
        assert "1 there already, with another time now" in text
        assert here(course, ada.id)["timestamp.txt"].decode() == f"{when:%Y-%m-%d %H:%M:%S.%f} UTC"
    assert "timestamp.txt" not in here(course, ben.id)


@pytest.mark.parametrize(
    "text, told",
    [
        (None, "There is no .*times.csv: TIMES names a table that says when each student handed in"),
        ("id,points\n1,2\n", "times.csv has no column of times: it must be named Last modified"),
        ("id,time\n1,yesterday\n", "times.csv, line 2: “yesterday” can't be read as a time"),
        ("id,time\nx,2026-10-19 21:30\n", "times.csv has no time of anybody: does it say who it is by id, e-mail or"),
    ],
)
def test_a_table_of_times_that_can_not_be_read(course, text, told):
    if text is not None:
        (course.root / "times.csv").write_text(text)
    with pytest.raises(CourseError, match=told):
        run(course, pack(course, "canvas"), times=course.root / "times.csv")


def test_a_time_that_a_student_made_is_not_believed(course):
    ada = PEOPLE[0]
    inside = zip_of({"timestamp.txt": b"2026-01-01 00:00:00 UTC", "a1.ipynb": notebook(ada)})
    entries = {canvas_name(ada, "timestamp.txt"): b"2026-01-01 00:00:00 UTC", canvas_name(ada, "all.zip"): inside}
    run(course, zipped(course, **entries))
    assert sorted(here(course, ada.id)) == ["a1.ipynb"]


# --- what is not placed ---------------------------------------------------------------------------------------------


def test_what_can_not_be_placed_is_no_zero(course):
    """Whoever it may be has an open row with the reason; for what is nobody's, whoever handed in nothing is told."""
    ada, ben, eve = PEOPLE[:3]
    entries = {canvas_name(ben, "a1.ipynb"): notebook(ben), "qqqq_1_2_a1.ipynb": b"x"}
    name = "".join(filter(str.isalnum, f"{eve.last_name}{eve.first_name}".lower()))
    entries[f"{name}x_1_3_a1.ipynb"] = notebook(eve)
    text, [done] = run(course, zipped(course, **entries))
    assert {(e.name, e.student) for e in done.not_placed} == {
        ("qqqq_1_2_a1.ipynb", ""),
        (f"{name}x_1_3_a1.ipynb", eve.id),
    }
    assert f"nobody in students.csv is {name}x {eve.id} ({NAME})" in text and "2 not placed" in text
    rows = {s.student: s for s in find_submissions(course, course.assignment(NAME))}
    assert f"({done.source}) could not be put in its place: nobody in students.csv is {name}x" in rows[eve.id].refused
    told = "nothing of theirs was found, but hand-ins are in nobody's place (1): see collected/not_placed.csv"
    assert told in rows[ada.id].remarks and not rows[ada.id].refused and not rows[ben.id].remarks


def test_what_can_not_be_unpacked_is_its_students(course, monkeypatch):
    """The row is open, not zero; another file of the same student is placed."""
    monkeypatch.setattr(archive, "MAX_BYTES", 10_000)
    ada, ben, eve = PEOPLE[:3]
    entries = {canvas_name(ada, "a1.ipynb"): b"x" * 20_000, canvas_name(ben, "a1.ipynb"): notebook(ben)}
    entries |= {canvas_name(eve, "a1.ipynb"): notebook(eve), canvas_name(eve, "video.mp4"): b"x" * 20_000}
    text, _ = run(course, zipped(course, **entries))
    rows = {s.student: s.refused for s in find_submissions(course, course.assignment(NAME)) if s.refused}
    assert list(rows) == [ada.id] and "it has 0 MB, more than 0" in rows[ada.id]
    assert sorted(here(course, eve.id)) == ["a1.ipynb"]
    assert {entry.student for entry in read_not_placed(course)} == {ada.id}
    assert f"{eve.id}: {canvas_name(eve, 'video.mp4')} was left out: it has 0 MB, more than 0" in text


def test_weights_without_the_notebook_that_was_damaged(course):
    """What is left of a hand-in is not what was handed in."""
    ada = PEOPLE[0]
    files = {canvas_name(ada, "a4.ipynb"): b"abc" * 50, canvas_name(ada, "lenet.safetensors"): b"weights"}
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    (course.root / "c.zip").write_bytes(data.getvalue().replace(b"abcabc", b"abXabc", 1))
    _, [done] = run(course, course.root / "c.zip")
    [entry] = done.not_placed
    assert (entry.student, entry.assignment) == (ada.id, "a4_lenet") and "it is damaged" in entry.reason
    assert not course.submitted.exists()


def damaged(data, name):
    """A zip whose entry of that name can't be unpacked."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        entry = next(info for info in packed.infolist() if info.filename.endswith(name))
    start = entry.header_offset + 30 + len(entry.filename.encode()) + len(entry.extra)
    return data[:start] + bytes(255 - byte for byte in data[start : start + 8]) + data[start + 8 :]


def test_a_list_of_submissions_that_is_damaged(course):
    source = pack(course, "gradescope")
    source.write_bytes(damaged(source.read_bytes(), "submission_metadata.yml"))
    told = "submission_metadata.yml can't be read .it is damaged .*: export the submissions again"
    with pytest.raises(CourseError, match=told):
        run(course, source)


def test_a_time_that_is_damaged_is_not_known(course):
    """And the hand-in that it is of is placed like all others."""
    ada, ben = SENT[:2]
    folder = nbgrader_tree(course.root / "two", [ada, ben])
    source = zipped(course, **contents(folder))
    source.write_bytes(damaged(source.read_bytes(), f"{ada.person.id}/{NAME}/timestamp.txt"))
    text, _ = run(course, source)
    assert "When 1 of 2 were handed in is not known" in text
    assert "timestamp.txt" in here(course, ben.person.id) and "timestamp.txt" not in here(course, ada.person.id)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice(course):
    """The same one once; of two, the last one has the name."""
    ada = PEOPLE[0]
    for contents_, names in ((["1", "1"], ["a1.ipynb"]), (["1", "2"], ["a1 (2).ipynb", "a1.ipynb"])):
        with zipfile.ZipFile(course.root / "class.zip", "w") as packed:
            for text in contents_:
                packed.writestr(f"{ada.name}_7_assignsubmission_file/a1.ipynb", text)
        shutil.rmtree(course.submitted, ignore_errors=True)
        write_table(course.root / "students.csv", [("id", "name"), (ada.id, ada.name)])
        run(course, course.root / "class.zip")
        assert sorted(here(course, ada.id)) == names and here(course, ada.id)["a1.ipynb"] == contents_[-1].encode()


@pytest.mark.parametrize(
    "name, told",
    [
        ("a.zip", "a.zip was left out: it is kept packed: a.zip: it is no zip. Download it again."),
        ("b.ipynb", ""),
    ],
)
def test_a_zip_that_can_not_be_unpacked_is_kept_for_its_reader(course, name, told):
    ada = PEOPLE[0]
    entries = {canvas_name(p, "a1.ipynb"): notebook(p) for p in PEOPLE[1:6]} | {canvas_name(ada, name): b"no zip"}
    text, _ = run(course, zipped(course, **entries))
    assert sorted(here(course, ada.id)) == [name] and (told in text if told else "left out" not in text)


def test_what_is_wrong_inside_a_students_zip(course):
    ada = PEOPLE[0]
    inside = zip_of({"a1.ipynb": notebook(ada), "../x": b"x", "A1.ipynb": b"another", "a/b": b"1", "a": b"2"})
    text, _ = run(course, zipped(course, **{canvas_name(ada, "all.zip"): inside}))
    assert f"{ada.id}: all.zip/../x was left out: its name leads out of the archive" in text
    names = sorted(here(course, ada.id))
    assert len(names) == 4 and len({name.casefold() for name in names}) == 4


def test_zips_in_zips_that_unpack_to_too_much(course, monkeypatch):
    """All together, not each by itself."""
    monkeypatch.setattr(archive.Room, "__init__", lambda self: vars(self).update(files=5, together=1000))
    ada = PEOPLE[0]
    inner = {f"{number}.zip": zip_of({f"{number}.txt": bytes(300)}) for number in range(4)}
    entries = {canvas_name(p, "a1.ipynb"): notebook(p) for p in PEOPLE[1:6]}
    text, _ = run(course, zipped(course, **entries, **{canvas_name(ada, "bomb.zip"): zip_of(inner)}))
    assert "the zips in it unpack to more than 2000 files or 500 MB together" in text
    assert sorted(here(course, ada.id)) == ["bomb.zip"]


def test_what_one_run_could_not_place_the_next_one_can(course):
    """Entries of that run go, whatever the zip is called; those of another zip of the same name stay."""
    ada, ben = PEOPLE[:2]
    students_csv(course.root / "students.csv", [ben])
    run(
        course,
        zipped(course, **{canvas_name(ada, "a1.ipynb", 1): b"x", canvas_name(ben, "a1.ipynb", 2): notebook(ben)}),
    )
    second = {canvas_name(ada, "a2_fast_layers.ipynb", 3): b"x", canvas_name(ben, "a2.ipynb", 4): notebook(ben)}
    run(course, zipped(course, **second))
    assert [entry.assignment for entry in read_not_placed(course)] == [NAME, "a2_fast_layers"]
    students_csv(course.root / "students.csv", [ada, ben])
    run(course, zipped(course, "again.zip", **{canvas_name(ada, "a1.ipynb", 1): notebook(ada)}))
    assert [entry.assignment for entry in read_not_placed(course)] == ["a2_fast_layers"]
    run(course, zipped(course, "again (1).zip", **second))
    assert read_not_placed(course) == [] and here(course, ada.id) and here(course, ada.id, "a2_fast_layers")


def test_the_lmss_test_student_is_nobody(course):
    """Left out and told, and no student is suspected to have handed that in."""
    text, [done] = run(
        course,
        zipped(
            course,
            **{
                "studenttest_9_5_a1.ipynb": notebook(PEOPLE[0]),
                canvas_name(PEOPLE[0], "a1.ipynb"): notebook(PEOPLE[0]),
            },
        ),
    )
    assert "studenttest_9_5_a1.ipynb was left out: it is the LMS's test student's" in text and done.not_placed == []


def test_a_time_that_was_said_before_is_known(course):
    """What a later run is not told stays as it was, and so the summary says it."""
    table = moodle_worksheet(course.root / "worksheet.csv", PEOPLE, SENT)
    run(course, pack(course, "canvas"), times=table)
    before, late = tree(course), [one.person.id for one in SENT if one.late]
    text, _ = run(course, pack(course, "canvas"))
    assert tree(course) == before and f"{len(late)} late: {', '.join(late)} 0 not placed" in text
    assert "is not known" not in text and "without a time" not in text


def test_a_mark_that_the_date_does_not_bear_out_is_told(course):
    ada, ben = PEOPLE[:2]
    names = {
        f"x_LATE_{ada.lms_id}_1_a1.ipynb": DUE - timedelta(days=1),
        canvas_name(ben, "a1.ipynb"): DUE - timedelta(days=2),
    }
    (course.root / "c.zip").write_bytes(zip_of(dict.fromkeys(names, notebook(ada)), names, utc=True))
    text, _ = run(course, course.root / "c.zip")
    assert f"Canvas marks as late what it dates before the due date: {ada.id}" in text


def test_only_a_text(course):
    """It is a hand-in, and lies where its row says that it is no notebook."""
    ada = PEOPLE[0]
    entries = {canvas_name(p, "a1.ipynb"): notebook(p) for p in PEOPLE[1:6]}
    run(course, zipped(course, **entries, **{f"x_{ada.lms_id}_text.html": b"<p>I forgot</p>"}))
    assert sorted(here(course, ada.id)) == ["text.html"]


@pytest.mark.parametrize(
    "files, options, told",
    [
        ({}, {}, "class.zip holds no file"),
        (
            {"a.txt": b"x"},
            {"system": "canvas"},
            "class.zip is not as Canvas packs hand-ins: a.txt: it is not named as Canvas",
        ),
        ({"a/x": b"x"}, {"system": "gradescope"}, "There is no submission_metadata.yml in it"),
    ],
)
def test_a_source_that_holds_nothing_to_collect(course, files, options, told):
    with pytest.raises(CourseError, match=told):
        run(course, zipped(course, **files), **options)


def test_a_list_that_a_spreadsheet_has_changed(course):
    ada = PEOPLE[0]
    (course.root / "collected").mkdir()
    (course.root / "collected" / "not_placed.csv").write_text("source;name\n")
    with pytest.raises(
        CourseError, match="collected/not_placed.csv is not as it was written .a spreadsheet.*: remove it"
    ):
        run(course, zipped(course, **{canvas_name(ada, "a1.ipynb"): notebook(ada)}))
    (course.root / "collected" / "not_placed.csv").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(CourseError, match="collected/not_placed.csv can't be read"):
        read_not_placed(course)


def test_a_folder_of_zips(course):
    """Each is collected from as what it is."""
    (course.root / "downloads").mkdir()
    canvas_zip(course.root / "downloads" / "one.zip", SENT[:8])
    gradescope_zip(course.root / "downloads" / "two.zip", SENT[8:])
    text, found = run(course, course.root / "downloads")
    assert [done.system for done in found] == ["Canvas", "Gradescope"]
    assert {path.name for path in course.submitted.iterdir()} == set(LAST)


def test_without_a_class_list(tmp_path):
    course = load_course(tmp_path)
    ada = PEOPLE[0]
    run(course, canvas_zip(tmp_path / "canvas.zip", [LAST[ada.id]]))
    [folder] = course.submitted.iterdir()
    assert folder.name == "".join(filter(str.isalnum, f"{ada.last_name}{ada.first_name}".lower()))


STUDENTS = st.sampled_from([*(person.lms_id for person in PEOPLE[:3]), "99999"])
NAMES = ["a1.ipynb", "a1-1.ipynb", "A1.ipynb", "a1.-1ipynb", "a2_fast_layers (1).ipynb", "lenet.safetensors", "all.zip"]
NAMES += [
    "lenet-1.safetensors",
    "homework.ipynb",
    "notes.pdf",
    "plot-1.png",
    "a1.ipynb ",
    "Copy of a1.ipynb",
    "all-1.zip",
]
INSIDE = [
    "a1.ipynb",
    "work/a2.ipynb",
    "../x",
    "A1.ipynb",
    "a",
    "a/b",
    "Jose\u0301.py",
    "JOS\u00c9.py",
    ".a1.ipynb.icloud",
]
INNER = st.lists(st.sampled_from(INSIDE), max_size=4, unique=True)
ENTRIES = st.lists(st.tuples(STUDENTS, st.integers(1, 9), st.sampled_from(NAMES), INNER), min_size=1, max_size=10)


@settings(max_examples=40)
@given(ENTRIES)
def test_no_file_is_lost_in_silence(entries):
    """Whatever is in a zip, each file is in submitted/, or in collected/, or told; a second run changes nothing."""
    files, wanted = {}, {}
    for number, (lms_id, attachment, name, inner) in enumerate(entries):
        entry, content = f"x_{lms_id}_{attachment}_{name}", f"file {number}".encode()
        inside = {other: f"file {number} {other}".encode() for other in inner}
        files[entry] = zip_of(inside) if name.endswith(".zip") else content
        wanted[entry] = [*inside.items()] if name.endswith(".zip") else [(name, content)]
    with tempfile.TemporaryDirectory() as folder:
        course = load_course(Path(folder))
        students_csv(course.root / "students.csv", PEOPLE)
        _, [done] = run(course, zipped(course, **files))
        found, told = set(tree(course).values()), " ".join([*done.told, *(entry.name for entry in done.not_placed)])
        for entry, contents_ in wanted.items():
            for name, data in contents_:
                whole = any(missed.name.startswith(entry[:7]) for missed in done.not_placed)
                assert data in found or whole or name in told, (entry, name, told)
        before = tree(course)
        text, _ = run(course, course.root / "class.zip")
        assert tree(course) == before and "put into" not in text
