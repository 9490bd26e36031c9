"""Writes results into nbgrader's gradebook and its autograded/ folder.

nbgrader's own API commits after each cell and computes sums over the whole class on each look-up; here a student is
one transaction on the same tables.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from nbgrader import api
from nbgrader.utils import is_grade, is_solution
from sqlalchemy import Connection

from autograder.collecting.timestamps import FILE, read_timestamp
from autograder.course.course import Assignment, Course
from autograder.files import write_inside
from autograder.reading.submission import read_hand_in
from autograder.reporting.autograded import AutogradedNotebooks, autograded_path
from autograder.reporting.database import open_engine, telling
from autograder.reporting.gradebook import stamp, stamp_base
from autograder.reporting.gradebook_setup import (
    create_gradebook,
    link_config,
    sync_cells,
    sync_students,
)
from autograder.reporting.repair import create_tables
from autograder.results.result import UNREADABLE, Result

STUDENTS, SUBMISSIONS = api.Student.__table__, api.SubmittedAssignment.__table__
NOTEBOOKS, GRADES, COMMENTS = api.SubmittedNotebook.__table__, api.Grade.__table__, api.Comment.__table__
STAMP = """
INSERT INTO autograder_stamp VALUES (:a, :s, :t)
ON CONFLICT (assignment, student) DO UPDATE SET stamp = excluded.stamp"""
NO_ANSWER = "No response."  # nbgrader's words for an answer left untouched


class Recorder:
    """Records results of one assignment; the assignment is put into the gradebook first."""

    def __init__(self, course: Course, assignment: Assignment) -> None:
        self._course, self._assignment = course, assignment
        self._notebooks = AutogradedNotebooks(course, assignment)
        cells = [cell for cell in self._notebooks.release.cells if is_solution(cell)]
        self._answers = [cell.metadata.nbgrader.grade_id for cell in cells]
        self._written = [cell.metadata.nbgrader.grade_id for cell in cells if is_grade(cell)]
        self._stamp_base = stamp_base(assignment)
        link_config(course)
        with telling(course, "written"):
            create_gradebook(course)
            create_tables(course)
            sync_cells(course, assignment, self._notebooks.release)
            sync_students(course)
            self._engine = open_engine(course)
        with self._writing() as database:
            self._read_ids(database)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *exception: object) -> None:
        self._engine.dispose()

    def _read_ids(self, database: Connection) -> None:
        notebook = sql.select(api.Notebook.__table__.c.id, api.Assignment.__table__).join(
            api.Assignment.__table__, api.Assignment.__table__.c.id == api.Notebook.__table__.c.assignment_id
        )
        row = database.execute(notebook.where(api.Assignment.__table__.c.name == self._assignment.name)).one()
        self._notebook_id, self._assignment_id = row[0], row[1]
        cells = api.BaseCell.__table__
        rows = database.execute(sql.select(cells).where(cells.c.notebook_id == self._notebook_id)).all()
        self._cell_ids = {(cell.type, cell.name): cell.id for cell in rows}

    def _writing(self) -> contextlib.AbstractContextManager[Connection]:
        return writing(self._course, self._engine)

    def record(self, result: Result, has_notebook: bool) -> None:
        """One student: one transaction for grades, comments and stamp.

        Args:
            has_notebook: whether the autograded notebook was written together with the result; else it is written here.
        """
        folder = self._course.submitted / (result.folder or result.student) / self._assignment.name
        if not has_notebook:
            can_be_read = result.file and not result.troubles
            self._notebooks.write(result, read_hand_in(folder, self._assignment.name) if can_be_read else None)
        looked_into = result.status != UNREADABLE or not result.troubles  # else nothing in it is looked at
        autograded = autograded_path(self._course, self._assignment, result.student).parent
        timestamp = copy_timestamp(folder, autograded) if looked_into else None
        with self._writing() as database:
            submission = self._submission(database, result.student, timestamp)
            self._write_grades(database, submission, result)
            self._write_comments(database, submission, result.answers)
            row = {"a": self._assignment.name, "s": result.student, "t": stamp(result, self._stamp_base)}
            database.execute(sql.text(STAMP), row)

    def _submission(self, database: Connection, student: str, timestamp: datetime | None) -> str:
        """Id of the student's submitted notebook; student, submission and notebook are added where they are new."""
        find_or_add(database, STUDENTS, {"id": student}, {})
        keys = {"assignment_id": self._assignment_id, "student_id": student}
        submission = find_or_add(database, SUBMISSIONS, keys, {"id": api.new_uuid()})
        database.execute(SUBMISSIONS.update().where(SUBMISSIONS.c.id == submission).values(timestamp=timestamp))
        keys = {"notebook_id": self._notebook_id, "assignment_id": submission}
        return find_or_add(database, NOTEBOOKS, keys, {"id": api.new_uuid(), "flagged": False})

    def _write_grades(self, database: Connection, submission: str, result: Result) -> None:
        """The tests' points, so far where the question is open, and none of written answers: a person is asked then.

        A manual score stays; the TA is asked to look again where its ground has changed.
        """
        points: dict[str, float | None] = {q.name: min(q.points, q.max_points) for q in result.questions}
        points |= {name: None if name in result.answers else 0.0 for name in self._written}
        open_ = {question.name for question in result.open_questions}
        open_ |= set(self._written) if open_ and not result.file else set()
        changed = self._changed_answers(database, result)
        known, rows = rows_of(database, GRADES, submission), {}
        for name, auto in points.items():
            old = known.get(self._cell_ids["GradeCell", name])
            if old is None or old.manual_score is None:
                needs_manual = auto is None or name in open_
            else:
                needs_manual = bool(old.needs_manual_grade) or old.auto_score != auto or name in changed
            rows[self._cell_ids["GradeCell", name]] = {"auto_score": auto, "needs_manual_grade": needs_manual}
        write_rows(database, GRADES, submission, known, rows)

    def _changed_answers(self, database: Connection, result: Result) -> set[str]:
        """Answers that are not those that were recorded last; what is now recorded is kept for the next time.

        A row without a cell says that answers were recorded, if only that there are none.
        """
        keys = {"a": self._assignment.name, "s": result.student}
        which = "FROM autograder_answer WHERE assignment = :a AND student = :s"
        before = {row.cell: row.hash for row in database.execute(sql.text(f"SELECT cell, hash {which}"), keys)}
        answers = {"": "", **result.answers}
        if before == answers:
            return set()
        database.execute(sql.text(f"DELETE {which}"), keys)
        rows = [{**keys, "c": cell, "h": hash_} for cell, hash_ in answers.items()]
        database.execute(sql.text("INSERT INTO autograder_answer VALUES (:a, :s, :c, :h)"), rows)
        return {name for name in {*before, *answers} if before and before.get(name) != answers.get(name)}

    def _write_comments(self, database: Connection, submission: str, answers: Collection[str]) -> None:
        rows = {
            self._cell_ids["SolutionCell", name]: {"auto_comment": None if name in answers else NO_ANSWER}
            for name in self._answers
        }
        write_rows(database, COMMENTS, submission, rows_of(database, COMMENTS, submission), rows)


@contextlib.contextmanager
def writing(course: Course, engine: sql.Engine) -> Iterator[Connection]:
    """One transaction; `CourseError` if the gradebook can't be written."""
    with telling(course, "written"), engine.begin() as database:
        yield database


def find_or_add(database: Connection, table: sql.Table, keys: dict[str, Any], new: dict[str, Any]) -> str:
    """Id of the row with these keys; it is added with the new values if there is none."""
    condition = sql.and_(*(table.c[name] == value for name, value in keys.items()))
    found = database.execute(sql.select(table.c.id).where(condition)).scalar()
    if found is None:
        database.execute(table.insert().values(**keys, **new))
        found = {**keys, **new}["id"]
    return found


def rows_of(database: Connection, table: sql.Table, submission: str) -> dict[str, sql.Row]:
    """What the gradebook holds for one submitted notebook, by the id of the cell."""
    return {row.cell_id: row for row in database.execute(sql.select(table).where(table.c.notebook_id == submission))}


def write_rows(
    database: Connection, table: sql.Table, submission: str, known: dict[str, sql.Row], rows: dict[str, dict[str, Any]]
) -> None:
    """Bring the values of some cells up to date, by the id of the cell; those not known yet are added."""
    new = [
        {"id": api.new_uuid(), "cell_id": cell, "notebook_id": submission, **values}
        for cell, values in rows.items()
        if cell not in known
    ]
    if new:
        database.execute(table.insert(), new)
    for cell, values in rows.items():
        if cell in known and any(getattr(known[cell], name) != value for name, value in values.items()):
            database.execute(table.update().where(table.c.id == known[cell].id).values(values))


def copy_timestamp(submitted: Path, autograded: Path) -> datetime | None:
    """When it was handed in (UTC), None if that can't be known; written as nbgrader writes it."""
    timestamp = read_timestamp(submitted / FILE).when
    if timestamp is None:
        (autograded / FILE).unlink(missing_ok=True)
    else:
        write_inside(autograded, autograded / FILE, f"{timestamp} UTC")
    return timestamp
