"""What an LMS packs, unpacked into submitted/ by hand: `make grade` says so, and `make collect` puts it right."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

import pytest
from classroom import NAME, canvas_zip, gradescope_zip, make_class, moodle_zip, nbgrader_tree, sent_by, students_csv
from rich.console import Console
from test_collect import notebook

from autograder import REPOSITORY
from autograder.course.course import CourseError, load_course
from autograder.lms.collect import collect
from autograder.lms.unpacked import find_unpacked, refuse_unpacked

PEOPLE = make_class(6)
SENT = sent_by(PEOPLE, notebook)


@pytest.fixture
def course(tmp_path):
    students_csv(tmp_path / "students.csv", PEOPLE)
    return load_course(tmp_path)


def unpack(course, kind, inside=""):
    if kind == "nbgrader":
        nbgrader_tree(course.submitted / inside, SENT, inbox=True)
    elif kind == "submitted":
        nbgrader_tree(course.submitted / "submitted", SENT)
    else:
        path = {"canvas": canvas_zip, "moodle": moodle_zip, "gradescope": gradescope_zip}[kind](
            course.root / "x.zip", SENT
        )
        with zipfile.ZipFile(path) as archive:
            archive.extractall(course.submitted / inside)


def command(*arguments):
    environment = {**os.environ, "COLUMNS": "400", "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, "-m", "autograder", *arguments], capture_output=True, text=True, env=environment
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize(
    "kind, inside, system",
    [
        ("moodle", "", "Moodle"),
        ("canvas", "", "Canvas"),
        ("canvas", "CNN-a1 submissions", "Canvas"),
        ("moodle", "CNN-a1-4711", "Moodle"),
        ("gradescope", "", "Gradescope"),
        ("nbgrader", "", "nbgrader"),
        ("submitted", "", "another submitted/"),
    ],
)
def test_an_lms_tree_in_submitted(course, kind, inside, system):
    """It is recognized; collected, everything is in its place, and what was unpacked lies out of the way."""
    unpack(course, kind, inside)
    with pytest.raises(
        CourseError, match=f"submitted/ holds what is no student's folder: .*, as {system} packs them. No"
    ) as told:
        refuse_unpacked(course)
    assert f"make collect ZIP={course.submitted} COURSE={course.root}" in str(told.value)
    for _ in range(2):
        collect(course, course.submitted, Console(file=open(os.devnull, "w")))
        refuse_unpacked(course)
        assert {path.name for path in course.submitted.iterdir()} == {one.person.id for one in SENT}


def test_students_folders_are_none(course):
    """Nor are their odd names, nor a stray notebook, which is told elsewhere."""
    nbgrader_tree(course.submitted, SENT)
    for name in ("Ada Lovelace_12_assign_file_", "s_1_2", "ada+b"):
        (course.submitted / name / NAME).mkdir(parents=True)
    (course.submitted / "a1.ipynb").write_text("x")
    assert find_unpacked(course) == ("", [])
    with pytest.raises(CourseError, match="holds nothing that an LMS packed: hand-ins are collected from its zip"):
        collect(course, course.submitted, Console(file=open(os.devnull, "w")))


def test_beside_students_folders(course):
    """Those of the LMS are collected; the others stay as they are."""
    (course.submitted / "eve" / NAME).mkdir(parents=True)
    (course.submitted / "eve" / NAME / "a1.ipynb").write_bytes(notebook(PEOPLE[0]))
    unpack(course, "moodle")
    collect(course, course.submitted, Console(file=open(os.devnull, "w")))
    assert "eve" in {path.name for path in course.submitted.iterdir()} and find_unpacked(course) == ("", [])


def test_the_command_line(course):
    """`make grade` names the command; `make collect` says what it did, and what is left."""
    unpack(course, "moodle")
    status, text = command("grade", NAME, "--course", str(course.root))
    assert status == 2 and "as Moodle packs them. Nothing was graded." in text and not course.results.exists()
    status, text = command("collect", str(course.submitted), "--course", str(course.root))
    assert status == 0 and "this looks like Moodle (FROM=moodle)" in text and "put into submitted/" in text
    collecting = ("collect", str(course.root / "x.zip"), "--course", str(course.root))
    assert "there already, with another time now" in command(*collecting)[1]  # unpacking had lost the times
    status, text = command(*collecting, "--assignment", NAME, "--from", "moodle")
    assert status == 0 and "from Moodle" in text and "there already: nothing changed" in text
    students_csv(course.root / "students.csv", PEOPLE[1:])
    status, text = command(*collecting)
    assert status == 0 and "1 not placed" in text and f"All of them: {course.root}/collected/not_placed.csv" in text
    assert command("collect", "nowhere.zip", "--course", str(course.root))[1].startswith("✗ There is no nowhere.zip")


def test_a_row_of_what_was_not_placed_is_open(course):
    """`make grade`: whoever it may be gets no zero before a person has looked."""
    students_csv(course.root / "students.csv", PEOPLE)
    twins = [PEOPLE[0], PEOPLE[1]]
    rows = ["id,name", *(f"{person.id},Ada Lovelace" for person in twins)]
    (course.root / "students.csv").write_text("\n".join(rows))
    (course.submitted / "x").mkdir(parents=True)
    (course.root / "in").mkdir()
    (course.root / "in" / "Ada Lovelace_7_assignsubmission_file").mkdir()
    (course.root / "in" / "Ada Lovelace_7_assignsubmission_file" / "a1_convolution.ipynb").write_bytes(
        notebook(twins[0])
    )
    assert command("collect", str(course.root / "in"), "--course", str(course.root))[0] == 0
    status, text = command("grade", NAME, "--course", str(course.root), "--jobs", "1", "--force")
    assert status == 0 and text.count("look by hand: Ada Lovelace_7_assignsubmission_file/a1_convolution.ipynb") >= 2
    table = (course.root / "grades.csv").read_text()
    for person in twins:
        [row] = [line for line in table.splitlines() if f",{person.id}," in line]
        assert "and no id says which of them it is" in row
