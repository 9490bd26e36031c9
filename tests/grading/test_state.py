"""The state of a course folder through `make grade`'s own function: what is final, what was typed, what is lost."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3

import pytest
from hand_made import NAME, grade_by_hand, open_gradebook
from in_process import ANSWER, grade, hand_in, make_grader, make_job  # noqa: F401 - fixtures
from student_notebooks import notebook, written

from autograder.course.course import CourseError
from autograder.grading.pipeline import keep_typed
from autograder.reporting import feedback, gradebook
from autograder.reporting.departed import clear_departed
from autograder.reporting.history import read_lines, typed_path
from autograder.results.store import recorded_students, result_path

WRITTEN = "written_padding"
OTHER = "a2_fast_layers"


def place_of(job):
    return job.course, job.assignment


def hand_in_notebook(job, student, **answers):
    answers = {**written(), "receptive_field_code": ANSWER, **answers}
    hand_in(job.course, student, {f"{NAME}.ipynb": json.dumps(notebook(answers))})


def grade_all_written(job, student, points=4.0, comment=""):
    for cell in written():
        grade_by_hand(place_of(job), student, cell, points, comment)


def page_of(job, student):
    return feedback.page_path(job.course, job.assignment, student).read_text(encoding="utf-8")


def test_final_or_not_is_in_the_data(job):
    """A written answer that changes after it was graded is open again: in row, table, page and gradebook."""
    hand_in_notebook(job, "amy")
    rows, text = grade(job)
    assert (rows["amy"]["state"], rows["amy"]["score"], rows["amy"]["score_so_far"]) == (
        "open written answers",
        "",
        "5",
    )
    assert (rows["amy"]["open_points"], rows["amy"][WRITTEN]) == ("15", "") and "1 open written answers" in text

    grade_all_written(job, "amy")
    rows, text = grade(job)
    assert (rows["amy"]["state"], rows["amy"]["score"], rows["amy"]["score_so_far"]) == ("final", "17", "17")
    assert (rows["amy"]["open_points"], rows["amy"]["attention"]) == ("0", "") and "state: 1 final" in text
    assert "so far" not in page_of(job, "amy").split("<main>")[1]

    hand_in_notebook(job, "amy", **{WRITTEN: "Another answer."})
    rows, text = grade(job)
    assert (rows["amy"]["state"], rows["amy"]["score"], rows["amy"]["open_points"]) == ("open written answers", "", "5")
    assert rows["amy"][WRITTEN] == "" and rows["amy"]["written_stacking"] == "4"
    assert f"changed since it was graded by hand: {WRITTEN}" in rows["amy"]["attention"]
    assert f"changed since it was graded by hand: {WRITTEN}" in text
    assert "so far" in page_of(job, "amy").split("<main>")[1]
    with open_gradebook(place_of(job)) as book:
        assert book.find_submission(NAME, "amy").needs_manual_grade

    grade_by_hand(place_of(job), "amy", WRITTEN, 2.0)
    rows, _ = grade(job)
    assert (rows["amy"]["state"], rows["amy"]["score"]) == ("final", "15")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_text(path.read_text().replace(",", ";")),
        lambda path: path.write_text("\ufeff" + path.read_text()),
        lambda path: path.write_bytes(path.read_text().encode("cp1252", "replace") + b"\xe9\n"),
        lambda path: path.write_text(path.read_text().replace(",", "\t")),
        lambda path: path.write_text("\n".join(path.read_text().splitlines()[:2])),
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b"\x00" * 100),
    ],
)
def test_grades_csv_is_made_whole_whatever_a_spreadsheet_did(job, spoil):
    """Rows of all assignments, from results and gradebook; a run for one student makes the same file."""
    for student in ("amy", "ben"):
        hand_in_notebook(job, student)
        shutil.copytree(job.course.submitted / student / NAME, job.course.submitted / student / OTHER)
    grade(job)
    (job.course.results / OTHER).mkdir()
    for student in ("amy", "ben"):  # of an assignment that was graded before
        text = result_path(job.course, job.assignment, student).read_text().replace(NAME, OTHER)
        (job.course.results / OTHER / f"{student}.json").write_text(text)
    grade(job)
    path = job.course.root / "grades.csv"
    whole = path.read_bytes()
    with open(path, newline="", encoding="utf-8") as file:
        rows = [(row["assignment"], row["student_id"], row["state"]) for row in csv.DictReader(file)]
    assert [row[:2] for row in rows] == [(a, s) for a in (NAME, OTHER) for s in ("amy", "ben")]
    assert {row[2] for row in rows[2:]} == {"stale"}  # other tests than those that made them
    spoil(path)
    grade(job, students=["amy"])
    assert path.read_bytes() == whole


def test_what_was_typed_comes_back_when_the_gradebook_is_lost(job):
    """Points, extra credit and comments, said aloud; an answer that changed in the meantime is open again."""
    for student in ("amy", "ben"):
        hand_in_notebook(job, student)
    grade(job)
    grade_all_written(job, "amy", 4.0, "Well said.")
    grade_by_hand(place_of(job), "ben", WRITTEN, 3.0)
    with open_gradebook(place_of(job)) as book:
        book.find_grade(WRITTEN, NAME, NAME, "ben").extra_credit = 1.5
        book.db.commit()
    rows, _ = grade(job)
    kept = gradebook.read_entries(*place_of(job))
    lines = read_lines(typed_path(job.course, NAME))
    assert len(lines) == 4 and lines[-1]["to"] == {"points": 3.0, "extra": 1.5} and lines[-1]["from"] == {}
    assert all(line["when"] and line["student"] for line in lines)

    job.course.gradebook.unlink()
    hand_in_notebook(job, "amy", **{WRITTEN: "Another answer."})
    again, text = grade(job)
    assert "gradebook.db is not there any more. It is made again from results/ and history/; `make grade" in text
    assert "Points and comments of 4 cells of 2 students came back from history/." in text
    entries = gradebook.read_entries(*place_of(job))
    assert entries["ben"].scores == kept["ben"].scores and again["ben"] == rows["ben"]
    assert entries["amy"].comments[WRITTEN] == "Well said."
    assert entries["amy"].scores[WRITTEN].is_open_again and again["amy"]["state"] == "open written answers"
    assert entries["amy"].scores["written_stacking"] == kept["amy"].scores["written_stacking"]
    assert len(read_lines(typed_path(job.course, NAME))) == 4
    assert "came back" not in grade(job)[1]


DAMAGES = {
    "empty": (lambda path: path.write_bytes(b""), "is empty"),
    "cut off": (lambda path: path.write_bytes(path.read_bytes()[:9000]), "is damaged"),
    "not a database": (lambda path: path.write_bytes(b"PK\x03\x04" * 4000), "is damaged"),
    "zeros inside": (lambda path: spoil_inside(path), "is damaged"),
    "another database": (lambda path: another_database(path), "is no gradebook of nbgrader's"),
}


def spoil_inside(path):
    data = bytearray(path.read_bytes())
    data[4096:60000] = bytes(len(data[4096:60000]))
    path.write_bytes(data)


def another_database(path):
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE notes (text TEXT)")


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_gradebook_is_moved_aside_and_made_again(job, name):
    hand_in_notebook(job, "amy")
    grade(job)
    grade_all_written(job, "amy")
    rows, _ = grade(job)
    damage, said = DAMAGES[name]
    damage(job.course.gradebook)
    spoilt = job.course.gradebook.read_bytes()
    again, text = grade(job)
    (aside,) = (job.course.root / "history").glob("gradebook-*-damaged.db")
    assert f"gradebook.db {said}" in text and f"It was moved to history/{aside.name}" in text
    assert aside.read_bytes() == spoilt
    assert again == rows and "3 cells of 1 students came back" in text


def test_an_older_copy_of_the_gradebook_gets_what_was_typed_since(job):
    """Put back by hand: points given since then come back; one that is typed anew into the copy counts."""
    hand_in_notebook(job, "amy")
    grade(job)
    copy = job.course.gradebook.read_bytes()
    grade_all_written(job, "amy")
    grade(job)
    job.course.gradebook.write_bytes(copy)
    grade_by_hand(place_of(job), "amy", WRITTEN, 1.0)
    rows, text = grade(job)
    assert "2 cells of 1 students came back" in text
    assert (rows["amy"][WRITTEN], rows["amy"]["written_stacking"], rows["amy"]["state"]) == ("1", "4", "final")


def test_what_was_typed_is_kept_without_grading(job):
    """As when `make formgrade` is stopped: the gradebook may be lost before the next run."""
    hand_in_notebook(job, "amy")
    grade(job)
    assert keep_typed(job.course) == 0
    grade_all_written(job, "amy")
    assert keep_typed(job.course) == 3 and keep_typed(job.course) == 0
    job.course.gradebook.unlink()
    assert grade(job)[0]["amy"]["state"] == "final"


def test_points_that_are_taken_back_stay_so(job):
    hand_in_notebook(job, "amy")
    grade(job)
    grade_all_written(job, "amy")
    grade(job)
    with open_gradebook(place_of(job)) as book:
        written_grade = book.find_grade(WRITTEN, NAME, NAME, "amy")
        written_grade.manual_score, written_grade.needs_manual_grade = None, True
        book.db.commit()
    rows, text = grade(job)
    assert rows["amy"][WRITTEN] == "" and "came back" not in text
    assert read_lines(typed_path(job.course, NAME))[-1]["to"] == {}
    job.course.gradebook.unlink()
    assert grade(job)[0]["amy"][WRITTEN] == ""


def make_older(path):
    """As nbgrader 0.5 had its tables: no courses, no ids of an LMS."""
    with sqlite3.connect(path) as database:
        database.executescript(
            """
            CREATE TABLE older (id VARCHAR(32) PRIMARY KEY, name VARCHAR(128) NOT NULL UNIQUE, duedate DATETIME);
            INSERT INTO older SELECT id, name, duedate FROM assignment;
            DROP TABLE assignment;
            ALTER TABLE older RENAME TO assignment;
            DROP TABLE course;
            ALTER TABLE student DROP COLUMN lms_user_id;
            UPDATE alembic_version SET version_num = '167914646830';
            """
        )


def test_a_gradebook_of_an_older_nbgrader(job):
    """Brought up to date, with a dated copy of what it was."""
    hand_in_notebook(job, "amy")
    grade(job)
    grade_all_written(job, "amy")
    rows, _ = grade(job)
    make_older(job.course.gradebook)
    again, text = grade(job)
    (copy,) = (job.course.root / "history").glob("gradebook-*-before-upgrade.db")
    assert f"an older nbgrader's: it was brought up to date; as it was, it lies in history/{copy.name}" in text
    assert again == rows


def test_a_gradebook_from_before_there_was_a_history(job):
    """Its points are kept from now on; a copy is made before tables are added."""
    hand_in_notebook(job, "amy")
    grade(job)
    with sqlite3.connect(job.course.gradebook) as database:
        database.execute("DROP TABLE autograder_history")
    grade_all_written(job, "amy")
    rows, text = grade(job)
    assert rows["amy"]["state"] == "final" and len(read_lines(typed_path(job.course, NAME))) == 3
    assert len([*(job.course.root / "history").glob("gradebook-*-before-upgrade.db")]) == 1


def test_who_is_no_longer_there_leaves_nothing_but_history(job):
    """Rows, pages, notebooks and gradebook entries go; points by hand are kept, and come back with the student."""
    for student in ("amy", "ben"):
        hand_in_notebook(job, student)
    grade(job)
    grade_all_written(job, "ben", 3.0)
    ben = job.course.submitted / "ben"
    ben.rename(job.course.root / "ben elsewhere")
    rows, text = grade(job)
    assert set(rows) == {"amy"} and "No longer in submitted/ or on the class list: ben." in text
    assert recorded_students(*place_of(job)) == ["amy"] and set(gradebook.read_entries(*place_of(job))) == {"amy"}
    assert not (job.course.feedback / "ben").exists() and not (job.course.autograded / "ben").exists()
    (gone,) = (job.course.root / "history" / "gone").iterdir()
    assert (gone / "results" / NAME / "ben.json").is_file() and (gone / "feedback" / "ben").is_dir()
    assert [*(job.course.root / "history").glob("gradebook-*-before-removal.db")]
    assert "No longer" not in grade(job)[1]

    (job.course.root / "ben elsewhere").rename(ben)
    rows, text = grade(job)
    assert rows["ben"]["state"] == "final" and rows["ben"][WRITTEN] == "3"
    assert "3 cells of 1 students came back from history/" in text


def test_who_is_on_the_class_list_stays(job):
    (job.course.root / "students.csv").write_text("id\namy\nben\n")
    for student in ("amy", "ben"):
        hand_in_notebook(job, student)
    grade(job)
    shutil.rmtree(job.course.submitted / "ben")
    rows, _ = grade(job)
    assert rows["ben"]["status"] == "missing" and "ben" in gradebook.read_entries(*place_of(job))
    (job.course.root / "students.csv").write_text("id\namy\n")
    assert set(grade(job)[0]) == {"amy"}


def test_a_folder_that_can_not_be_read_is_not_empty(job, monkeypatch):
    """submitted/ on a drive that is gone: nobody has departed, and nobody of the class list is missing."""
    (job.course.root / "students.csv").write_text("id\namy\n")
    hand_in_notebook(job, "amy")
    grade(job)

    def refuse(path):
        if str(path) == str(job.course.submitted):
            raise OSError(5, "Input/output error", str(path))
        return scandir(path)

    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", refuse)
    for force in (False, True):
        with pytest.raises(CourseError, match="submitted can't be read .Input/output error.: nothing was changed"):
            grade(job, force=force)
    with pytest.raises(CourseError, match="submitted can't be read"):
        clear_departed(job.course)
    assert recorded_students(*place_of(job)) == ["amy"]
