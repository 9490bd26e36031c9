"""Versions: which comes next, what is new in it, which one a submission has, and what it is asked."""

import json
import shutil

import pytest
from workshop import FALL, NAME, WINTER, contents, release

from autograder.course.course import CourseError, load_course
from autograder.course.edition import named_version
from autograder.grading.grade import Grader
from autograder.grading.plugin import HiddenTests
from autograder.reading.formats import read_json
from autograder.releasing.versions import Record, changes, next_version, read_records, refuse_other_points
from cnnlab.checking.outcomes import ERROR, FAILED, NOT_CHECKED, PASSED
from cnnlab.checking.student import LocalStudent
from cnnlab.checking.testing import run_tests


def test_a_correction_raises_the_version(shop, fall, tmp_path):
    copy = tmp_path / "course"
    shutil.copytree(shop, copy)
    source = copy / "solutions" / NAME / f"{NAME}.py"
    source.write_text(
        source.read_text().replace("layers` goes from the image", "layers` goes, in order, from the image")
    )
    shutil.rmtree(copy / "dist")  # a fresh clone has none
    done = release(copy, FALL, "--patch")
    assert done.returncode == 0, done.stdout
    folder = copy / "dist" / FALL
    assert (
        'TERM, VERSION = \\"a1_convolution\\", \\"2026-fall\\", \\"1.0.1\\"'
        in (folder / NAME / f"{NAME}.ipynb").read_text()
    )
    assert (folder / "cnnlab-1.0.1-py3-none-any.whl").exists()
    assert list(json.loads((copy / "releases" / f"{FALL}.json").read_text())["versions"]) == ["1.0.0", "1.0.1"]
    news = f"## 1.0.1\n\nCompared with 1.0.0:\n\n- `{NAME}`: `receptive_field` has other text.\n\n## 1.0.0"
    assert news in (folder / "CHANGES.md").read_text()


def test_a_correction_that_corrects_nothing(shop, fall):
    """Hidden tests are nothing that students get; a due date or the package's text is."""
    before = contents(fall), contents(shop / "releases")
    hidden = shop / "autograder" / "hidden_tests" / NAME / "test_planes.py"
    text = hidden.read_text()
    hidden.write_text(text + "\n# another test\n")
    done = release(shop, FALL, "--patch")
    hidden.write_text(text)
    assert done.returncode == 2 and "has changed since 1.0.0: no 1.0.1 was made. Hidden tests and" in done.stdout
    assert (contents(fall), contents(shop / "releases")) == before


@pytest.mark.parametrize(
    "file, old, new",
    [("course.toml", "2026-10-19", "2026-10-26"), ("cnnlab/checking/gradcheck.py", '"""', '"""Numeric gradients. ')],
)
def test_what_is_a_correction(shop, tmp_path, file, old, new):
    copy = tmp_path / "course"
    shutil.copytree(shop, copy)
    text = (copy / file).read_text()
    (copy / file).write_text(text.replace(old, new, 1))
    done = release(copy, FALL, "--patch")
    assert done.returncode == 0 and "2026-fall, version 1.0.1." in done.stdout, done.stdout


def test_which_version_comes_next():
    fall, winter = Record(FALL, {"1.0.0": {}, "1.0.1": {}}), Record("2027-winter", {"1.3.0": {}})
    assert next_version([], FALL, False) == "1.0.0"
    assert next_version([fall], WINTER, False) == "1.1.0"
    assert next_version([fall, winter], FALL, False) == "1.0.1"
    assert next_version([fall, winter], FALL, True) == "1.0.2"
    assert next_version([fall, winter], "2027-spring", False) == "1.4.0"
    with pytest.raises(CourseError, match="2027-spring has no release yet that PATCH=1 could correct"):
        next_version([fall, winter], "2027-spring", True)


def test_terms_in_the_order_of_a_year(tmp_path):
    for term in ("2026-fall", "2026-winter", "2025-fall", "2026-summer"):
        (tmp_path / f"{term}.json").write_text(Record(term).to_json())
    assert [r.term for r in read_records(tmp_path)] == ["2025-fall", "2026-winter", "2026-summer", "2026-fall"]


def test_a_damaged_record(tmp_path):
    (tmp_path / "2026-fall.json").write_text("{}")
    with pytest.raises(CourseError, match=r"releases/2026-fall.json can't be read \('term'\): take it back from git"):
        read_records(tmp_path)


def test_a_correction_keeps_questions_and_points():
    before = {NAME: {"q": {"points": 5.0, "text": "a"}, "": {"text": "b"}}}
    refuse_other_points(FALL, before, {NAME: {"q": {"points": 5.0, "text": "other"}, "": {"text": "c"}}})
    for after in ({"q": {"points": 6.0, "text": "a"}}, {"": {"text": "b"}}, {**before[NAME], "r": {"points": 1.0}}):
        with pytest.raises(
            CourseError, match=r"A correction can't add, remove or re-weigh questions of a1_convolution \("
        ):
            refuse_other_points(FALL, before, {NAME: {"": {"text": "b"}, **after}})


def test_changes_in_words():
    before = {"a1": {"p": {"points": 5.0, "text": "a"}, "q": {"points": 1.0, "text": "x"}, "": {"text": "b"}}, "a2": {}}
    after = {"a1": {"p": {"points": 6.0, "text": "a"}, "r": {"points": 1.0, "text": "x"}, "": {"text": "c"}}, "a3": {}}
    assert changes(before, after) == [
        "`a3` is new.",
        "`a2` is no longer there.",
        "`a1`: new question `r`; `q` is gone; `p` gives 6 points instead of 5; other text at the end.",
    ]
    assert changes(before, before) == []


def test_a_submission_says_which_version_it_was_made_from(fall):
    cells, _ = read_json((fall / NAME / f"{NAME}.ipynb").read_bytes(), "a.ipynb")
    assert named_version(cells) == (FALL, "1.0.0")
    assert named_version([cell for cell in cells if "VERSION" not in cell.source]) == ("", "")


def test_the_result_has_the_version(fall):
    with Grader(load_course(), load_course().assignment(NAME)) as grader:
        result = grader.grade("ada", fall / NAME)
    assert (result.version, result.points, result.notes) == ("1.0.0", 0, [])


def test_a_notebook_of_another_term_is_told(shop):
    with Grader(load_course(), load_course().assignment(NAME)) as grader:
        result = grader.grade("ada", shop / "dist" / WINTER / NAME)
    assert result.version == "1.1.0" and "made from the notebook of 2027-winter, not of 2026-fall" in result.notes


SINCE = """
import pytest
@pytest.mark.question("convolve2d", points=3)
def test_old(student):
    assert student.convolve2d() == 1
@pytest.mark.question("convolve2d", points=1, after=["test_old"], since="1.0.1")
def test_new(student):
    assert student.convolve2d() == 2
@pytest.mark.question("convolve2d", points=1, since="1.0.1")
def test_alone(student):
    pass
"""


@pytest.mark.parametrize(
    "version, value, new, text",
    [
        ("1.0.0", 1, PASSED, "points given: new in version 1.0.1, and this notebook is version 1.0.0"),
        ("1.0.0", 0, NOT_CHECKED, "which did not pass"),
        ("1.0.1", 1, FAILED, ""),
        ("1.0.10", 1, FAILED, ""),
        ("", 1, FAILED, ""),
    ],
)
def test_a_newer_test_does_not_ask_older_notebooks(tmp_path, version, value, new, text):
    (tmp_path / "test_since.py").write_text(SINCE)
    tests = HiddenTests(LocalStudent({"convolve2d": lambda: value}), "seed", None, None, version=version)
    _, report, alone = run_tests(tmp_path / "test_since.py", tests)
    assert report.outcome == new and text in report.text
    assert alone.outcome == ERROR and "since= needs after=[...]" in alone.text
