"""Hand-ins in the wrong place, folders that the class list does not know: told where a TA looks, never guessed."""

from __future__ import annotations

import csv
import os
import shutil

import pytest
from rich.console import Console

from autograder.collecting.submissions import find_submissions
from autograder.course.course import CourseError, load_course
from autograder.grading.pipeline import grade_class
from autograder.grading.run import Job

NAME = "a1_convolution"


@pytest.fixture
def course(tmp_path):
    return load_course(tmp_path)


def put(course, *paths, text="x"):
    for path in paths:
        file = course.submitted / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def found(course, name=NAME, **options):
    """What is told of each student."""
    return {s.student: (s.misplaced, *s.notes) for s in find_submissions(course, course.assignment(name), **options)}


@pytest.mark.parametrize(
    "path, told",
    [
        ("a1_convolution.ipynb", "found ida/a1_convolution.ipynb: move it into submitted/ida/a1_convolution/"),
        ("Copy of A1 (2).ipynb", "found ida/Copy of A1 (2).ipynb: move it into submitted/ida/a1_convolution/"),
        ("a1.zip", "found ida/a1.zip: move it into submitted/ida/a1_convolution/"),
        ("A1_Convolution/x.ipynb", "found ida/A1_Convolution/x.ipynb: move it into submitted/ida/a1_convolution/"),
        ("a1-convolution/x.ipynb", "found ida/a1-convolution/x.ipynb: move it into submitted/ida/a1_convolution/"),
        ("a1/x.py", "found ida/a1/x.py: move it into submitted/ida/a1_convolution/"),
        ("mine.ipynb", "found ida/mine.ipynb: if it is a1_convolution, move it into submitted/ida/a1_convolution/"),
        ("a2_fast_layers.ipynb", ""),
        ("a10.ipynb", "found ida/a10.ipynb: if it is a1_convolution, move it into submitted/ida/a1_convolution/"),
        ("picture.png", ""),
        ("A1_Convolution/.DS_Store", ""),
    ],
)
def test_a_file_beside_its_folder(course, path, told):
    """The surest find is told with its place; what speaks of another assignment, or is no hand-in, is not."""
    put(course, f"ben/{NAME}/a.ipynb", f"ida/{path}")
    assert found(course)["ida"] == (told,)


def test_a_file_beside_a_folder_that_is_filled(course):
    """A second notebook is told; a zip may be what the folder was unpacked from, and other names are no matter."""
    put(course, f"ida/{NAME}/a.ipynb", "ida/a1_new.ipynb", f"ben/{NAME}/a.ipynb", "ben/a1.zip", "ben/mine.ipynb")
    told = "not graded, because it lies elsewhere: ida/a1_new.ipynb"
    assert found(course) == {"ida": ("", told), "ben": ("",)}


def test_another_file_is_another_submission(course):
    put(course, f"ben/{NAME}/a.ipynb", "ida/notes.txt")
    before = {s.student: s.hash() for s in find_submissions(course, course.assignment(NAME))}
    put(course, "ida/a1.ipynb")
    after = {s.student: s.hash() for s in find_submissions(course, course.assignment(NAME))}
    assert before["ida"] != after["ida"] and before["ben"] == after["ben"]


@pytest.mark.parametrize(
    "folder, listed, meant",
    [
        ("anna", "Anna", True),
        ("anna", "anna@example.org", True),
        ("a.meier", "ameier", True),
        ("jonson", "johnson", True),
        ("mayer", "maier", True),
        ("anne", "anna", False),
        ("s1234567", "S1234567", True),
        ("s1234567", "s1234576", False),
        ("carl", "zoe", False),
        ("日本", "zoe", False),
    ],
)
def test_an_id_that_the_class_list_has_otherwise(course, folder, listed, meant):
    """Both rows tell of each other; ids with other digits are other students."""
    put(course, f"{folder}/{NAME}/a.ipynb", f"ben/{NAME}/a.ipynb")
    (course.root / "students.csv").write_text(f"id\n{listed}\nben\n")
    told = found(course)
    question = f": did you mean {listed}?" if meant else ""
    assert told[folder] == ("", f"not on the class list (students.csv){question}") and told["ben"] == ("",)
    assert told[listed] == (f"found {folder}/: if it is {listed}'s, rename it to {listed}" if meant else "",)


def test_of_two_ids_that_read_the_same_the_first_is_meant(course):
    put(course, f"ADA/{NAME}/a.ipynb")
    (course.root / "students.csv").write_text("id\nada@x.org\nada@a.org\nada\n")
    told = found(course)
    assert told["ADA"] == ("", "not on the class list (students.csv): did you mean ada?")
    assert told["ada@x.org"] == told["ada@a.org"] == ("",)


def test_an_id_that_handed_in_is_not_meant(course):
    put(course, f"anna/{NAME}/a.ipynb", f"Anna/{NAME}/a.ipynb")
    (course.root / "students.csv").write_text("id\nAnna\n")
    assert found(course)["anna"] == ("", "not on the class list (students.csv)")


def test_a_misplaced_file_of_a_folder_that_is_not_listed(course):
    put(course, "ida/a1.ipynb")
    (course.root / "students.csv").write_text("id\nben\n")
    told = found(course)["ida"]
    assert told[0].startswith("found ida/a1.ipynb") and told[1] == "not on the class list (students.csv)"


@pytest.mark.parametrize(
    "written",
    [
        "id,last_name\nmüller,Müller\nben,Böhm\n".encode("cp1252"),
        "id;last_name\r\nmüller;Müller\r\nben;Böhm\r\n".encode("cp1252"),
        "ID\tlast_name\nmüller\tMüller\nben\tBöhm\n".encode("utf-16"),
        "id,last_name\nmüller,Müller\nben,Böhm\n".encode("utf-8-sig"),
        "last_name, id\nMüller, müller\nBöhm,ben\n\n,\n".encode(),
    ],
)
def test_a_class_list_as_spreadsheets_save_it(course, written):
    put(course, f"ben/{NAME}/a.ipynb")
    (course.root / "students.csv").write_bytes(written)
    assert set(found(course)) == {"ben", "müller"}


@pytest.mark.parametrize("written", [b"", b"name\nAda\n", b"\x00\x01\xff"])
def test_a_class_list_without_ids(course, written):
    put(course, f"ben/{NAME}/a.ipynb")
    (course.root / "students.csv").write_bytes(written)
    with pytest.raises(CourseError, match="students.csv has no column 'id': its first line must be like id,first_name"):
        found(course)


def test_nobody_has_handed_in(course):
    """No row of zeros for a whole class by a slip; what was found elsewhere is told, and --force is not refused."""
    put(course, f"ben/{NAME}/a.ipynb", "ben/mine.ipynb", "a3.ipynb")
    (course.root / "students.csv").write_text("id\nada\nben\n")
    with pytest.raises(CourseError) as raised:
        found(course, "a3_normalization")
    expected, stray, doubtful, force = str(raised.value).splitlines()
    assert expected.startswith("No submissions of a3_normalization found: expected ")
    assert stray == "submitted/a3.ipynb is in no student's folder: move it into submitted/<student>/a3_normalization/"
    assert doubtful.startswith("found ben/mine.ipynb: if it is a3_normalization, move it into")
    assert force == 'To give all 2 students zero points and a page all the same: OPTIONS="--force".'
    assert set(found(course, "a3_normalization", force=True)) == {"ada", "ben"}
    put(course, "ben/a3.ipynb")
    assert found(course, "a3_normalization")["ben"][0].startswith("found ben/a3.ipynb: move it")


def test_what_a_ta_must_see_is_in_the_table_and_in_grades_csv(course):
    """One class with everything in it; who needs no look has an empty line."""
    notebook = course.assignment(NAME).notebook
    answer = "def receptive_field(layers):\n    return 1\n"
    put(course, "ida/a1_convolution.ipynb", "jane/A1_Convolution/x.ipynb", "a1_convolution.ipynb", f"{NAME}/ada.ipynb")
    put(course, f"anna/{NAME}/{NAME}.py", f"empty/{NAME}/.DS_Store", text=answer)
    for student, names in {
        "ben": [f"{NAME}.ipynb"],
        "cy": [f"{NAME}.ipynb"],
        "dup": ["a1 (1).ipynb", "a1 (2).ipynb"],
    }.items():
        for name in names:
            put(course, f"{student}/{NAME}/{name}", text=notebook.read_text(encoding="utf-8"))
    cy = course.submitted / "cy" / NAME / f"{NAME}.ipynb"
    cy.write_text(cy.read_text(encoding="utf-8").replace('\\"development\\", ', '\\"2031-fall\\", '))
    (course.root / "students.csv").write_text("id\nAnna\nben\ncy\ndup\nempty\nida\njane\nzoe\n")
    console = Console(width=300, record=True, file=open(os.devnull, "w"))
    grade_class(Job(course, course.assignment(NAME), True), None, 1, False, console)
    with open(course.root / "grades.csv", newline="", encoding="utf-8") as file:
        told = {row["student_id"]: row["attention"] for row in csv.DictReader(file)}
    nowhere = f"Nothing was handed in for {NAME}: {NAME} holds no file to grade."
    assert told == {
        "Anna": "not in its place: found anna/: if it is Anna's, rename it to Anna",
        "anna": "not on the class list (students.csv): did you mean Anna?; "
        "a Python script: are its written answers there?",
        "ben": "",
        "cy": "made from the notebook of 2031-fall, not of 2026-fall",
        "dup": "graded a1 (2).ipynb; left: a1 (1).ipynb",
        "empty": nowhere,
        "ida": f"not in its place: found ida/{NAME}.ipynb: move it into submitted/ida/{NAME}/",
        "jane": f"not in its place: found jane/A1_Convolution/x.ipynb: move it into submitted/jane/{NAME}/",
        "zoe": "Nothing was handed in.",
    }
    text = console.export_text()
    assert all(reason in text for reason in told.values()) and f"{NAME}  missing" not in text
    assert f"! submitted/{NAME}.ipynb is in no student's folder: move it into submitted/<student>/{NAME}/" in text
    assert f"! submitted/{NAME}/ is no student's folder: move its files into submitted/<student>/{NAME}/" in text
    page = (course.feedback / "anna" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "did you mean" not in page  # other students' names stay with the TA
    shutil.rmtree(course.root)


def test_many_strays_are_a_few_lines(course):
    from autograder.collecting.misplaced import strays

    put(course, *(f"{n}.ipynb" for n in range(9)), "students.xlsx", f"ben/{NAME}/a.ipynb")
    told = strays(course, course.assignment(NAME))
    assert len(told) == 6 and told[-1] == "... and 4 more files like that"
