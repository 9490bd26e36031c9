"""`make forget`: nothing is left of a student in the course folder, and the others keep all that is theirs."""

import csv
import json
import os
import re
import shutil
import sys

import pytest
from hand_made import NAME, grade_by_hand
from in_process import ANSWER, grade, hand_in, make_grader, make_job  # noqa: F401 - fixtures
from student_notebooks import notebook, written

from autograder import __main__ as command_line
from autograder.collecting.not_placed import HEAD
from autograder.course.course import CourseError
from autograder.lms.forget import forget
from autograder.lms.placing import COLLECTED
from autograder.reporting.exports import note_export
from autograder.reporting.gradebook import read_entries
from autograder.reporting.history import read_lines, typed_path

WHO, SAID = "benjamin4711", "because windows overlap 0815"


@pytest.fixture
def class_(job):
    """Two students who were graded, by hand too; one of them left once and came back, and lies in every place."""
    course = job.course
    for student, text in (("amy", "because"), (WHO, SAID)):
        answers = {**written(), "receptive_field_code": ANSWER, "written_padding": f"{student}: {text}"}
        hand_in(course, student, {f"{NAME}.ipynb": json.dumps(notebook(answers))})
    grade(job)
    for student in ("amy", WHO):
        grade_by_hand((course, job.assignment), student, "written_padding", 2.0, f"{student}, say more")
    grade(job)
    shutil.move(course.submitted / WHO, course.root / "aside")
    grade(job)
    shutil.move(course.root / "aside", course.submitted / WHO)
    grade(job)
    shutil.copytree(course.submitted / WHO, course.root / COLLECTED / WHO)
    (course.root / COLLECTED / "not_placed.csv").write_text(
        f"{','.join(HEAD)}\nz.zip,{WHO}_a1.txt,no notebook,{WHO},{NAME}\nz.zip,a1.txt,no notebook,amy,{NAME}\n"
    )
    note_export(course, job.assignment, "csv", ["amy", WHO])
    for name in (
        "exports/grades.csv",
        "report/a1.html",
        f".attempts/results/{NAME}/{WHO}.0123456789abcdef.json",
    ):
        path = course.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(WHO)
    for name in ("results/a9_of_another_term", f"located/{NAME}", f"behaviour/{NAME}"):
        (course.root / name).mkdir(parents=True)
        (course.root / name / f"{WHO}.json").write_text("{}")
    old = course.root / "history" / "results" / NAME
    old.mkdir(parents=True)
    (old / f"{WHO}-2026-11-28T120000-000001.json").write_text("{}")
    (old / "amy-2026-11-28T120000-000001.json").write_text("{}")
    return job


def traces(root, *words):
    """Every place below a folder where one of these words stands, in a name or in any byte."""
    found = []
    for folder, folders, files in os.walk(root):
        found += [os.path.join(folder, name) for name in (*folders, *files) if any(word in name for word in words)]
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                data = file.read()
            found += [os.path.join(folder, name) for word in words if word.encode() in data]
    return sorted({os.path.relpath(path, root) for path in found})


def kept_of_amy(job):
    course = job.course
    files = {path: path.read_bytes() for path in course.root.rglob("*") if path.is_file() and "amy" in str(path)}
    lines = [line for line in read_lines(typed_path(course, NAME)) if line["student"] == "amy"]
    return files, lines, read_entries(course, job.assignment)["amy"]


def test_it_says_what_there_is_and_changes_nothing(class_):
    root = class_.course.root
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    said = "\n".join(forget(class_.course, WHO, apply=False))
    assert said.startswith(f"Would be deleted, for good, of {WHO}:\n  submitted/{WHO}\n") and "APPLY=1 does it." in said
    lines = set(said.splitlines())
    for path in traces(root, WHO, SAID):
        tops = {f"  {os.sep.join(path.split(os.sep)[:count])}" for count in range(1, path.count(os.sep) + 2)}
        told = {line.partition(":")[0] for line in lines}
        assert tops & told, f"{path} is not told"
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_nothing_is_left_in_any_byte_and_the_others_keep_theirs(class_):
    course, before = class_.course, kept_of_amy(class_)
    assert len(traces(course.root, WHO, SAID)) > 10
    said = "\n".join(forget(course, WHO, apply=True))
    assert traces(course.root, WHO, SAID) == []
    assert said.startswith(f"Deleted of {WHO}:") and "backups" in said
    assert kept_of_amy(class_) == before
    assert [row[3] for row in csv.reader(open(course.root / COLLECTED / "not_placed.csv"))] == ["student", "amy"]
    rows, text = grade(class_)
    assert set(rows) == {"amy"} and "No longer" not in text and rows["amy"]["written_padding"] == "2"


def test_a_run_that_was_stopped_is_finished_by_the_next_one(class_, monkeypatch):
    import autograder.lms.forget as module

    def fail(path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, "remove", fail)
        forget(class_.course, WHO, apply=True)
    forget(class_.course, WHO, apply=True)
    assert traces(class_.course.root, WHO, SAID) == []


@pytest.mark.parametrize(
    "name, text, line",
    [
        ("students.csv", f'id,email\namy,\n"{WHO}",b@example.org\n', 3),
        ("extensions.csv", f"student,assignment,until,days,hours\n{WHO};all;;2;\n", 2),
        ("groups.csv", f"group,student\n1,{WHO}\n", 2),
        ("opt-out.txt", f"amy\n{WHO}  # said so by mail\n", 2),
    ],
)
def test_a_list_that_people_keep_is_theirs_to_change(class_, name, text, line):
    (class_.course.root / name).write_text(text)
    before = traces(class_.course.root, WHO)
    with pytest.raises(CourseError, match=f"^{name}, line {line} still names {WHO}: take it out, then run this again"):
        forget(class_.course, WHO, apply=True)
    assert traces(class_.course.root, WHO) == before


def test_nobody_of_that_name(class_):
    with pytest.raises(CourseError, match=rf"There is nothing of 'benjamin4712' here: did you mean {WHO}\?"):
        forget(class_.course, "benjamin4712", apply=True)
    for name in ("..", "", "/etc", "amy/.."):
        with pytest.raises(CourseError, match=f"There is nothing of {re.escape(repr(name))} here"):
            forget(class_.course, name, apply=True)


def test_a_student_who_is_called_as_a_folder(class_):
    """What is of others stays, whatever a student is called."""
    course = class_.course
    for name in ("results", "gone", "feedback", NAME):
        shutil.copytree(course.submitted / "amy", course.submitted / name)
    before = traces(course.root, WHO, SAID)
    for name in ("results", "gone", "feedback", NAME):
        forget(course, name, apply=True)
    lost = {path.split(os.sep)[0] for path in {*before} - {*traces(course.root, WHO, SAID)}}
    assert lost <= {"grades.csv", "exports", "report", ".attempts"}


def test_a_damaged_copy_of_the_gradebook_is_told(class_):
    (class_.course.root / "history" / "gradebook-2026-11-28T120000-000001-damaged.db").write_bytes(b"no database" * 99)
    with pytest.raises(
        CourseError, match="damaged.db can't be changed .*If it is a damaged copy in history/, delete it"
    ):
        forget(class_.course, WHO, apply=True)


def test_the_command(class_, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["autograder", "forget", WHO, "--course", str(class_.course.root)])
    assert command_line.main() == 0 and "Would be deleted, for good" in capsys.readouterr().out
