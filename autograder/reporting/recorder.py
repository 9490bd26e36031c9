"""Writes results into nbgrader's gradebook.db and its autograded/ folder.

nbgrader's own API commits after each cell and computes sums over the whole class on each look-up; here a student is
one transaction on the same tables.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
import sqlalchemy as sql
from nbformat import NotebookNode
from nbgrader import api
from nbgrader.utils import determine_grade, is_grade, is_solution
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from autograder.collecting.timestamps import FILE, read_timestamp
from autograder.course.course import Assignment, Course, CourseError
from autograder.files import write_inside
from autograder.grading.result import UNREADABLE, Result
from autograder.reading.notebook import UnreadableSubmission, find_notebook, read_notebook
from autograder.reporting.embed import embed
from autograder.reporting.gradebook import STAMPS, autograded_path, stamp, stamp_base
from autograder.reporting.gradebook_setup import (
    create_gradebook,
    db_url,
    late_plugin,
    link_config,
    read_release,
    sync_cells,
    sync_students,
)
from autograder.reporting.pictures import pictures_of
from autograder.reporting.restore import restore
from cnnlab.signatures import graded_names

STUDENTS, SUBMISSIONS = api.Student.__table__, api.SubmittedAssignment.__table__
NOTEBOOKS, GRADES, COMMENTS = api.SubmittedNotebook.__table__, api.Grade.__table__, api.Comment.__table__
Answers = dict[str, str]  # grade_id -> source
NO_ANSWER = "No response."  # nbgrader's words for an answer left untouched


class Recorder:
    """Records results of one assignment; the assignment is put into the gradebook first."""

    def __init__(self, course: Course, assignment: Assignment) -> None:
        self._course, self._assignment = course, assignment
        self._release = read_release(assignment)
        self._stubs = {
            cell.metadata.nbgrader.grade_id: cell.source for cell in self._release.cells if is_solution(cell)
        }
        self._written = [c.metadata.nbgrader.grade_id for c in self._release.cells if is_grade(c) and is_solution(c)]
        self._stamp_base = stamp_base(course, assignment)
        link_config(course)
        self._penalty = late_plugin(course)
        create_gradebook(course)
        sync_cells(course, assignment, self._release)
        sync_students(course)
        self._engine = sql.create_engine(db_url(course))
        with self._writing() as database:
            database.execute(sql.text(STAMPS))
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
        self._notebook_id, self._assignment_id, self._due = row[0], row[1], row.duedate
        cells = api.BaseCell.__table__
        rows = database.execute(sql.select(cells).where(cells.c.notebook_id == self._notebook_id)).all()
        self._cell_ids = {(cell.type, cell.name): cell.id for cell in rows}

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as database:
                yield database
        except OperationalError as error:
            raise CourseError(
                f"{self._course.gradebook} could not be written ({error.orig}): if another program is using it "
                "(formgrader, nbgrader), wait until it is done, then run the same command again."
            ) from None

    def record(self, result: Result) -> None:
        """One student: the autograded notebook first, then one transaction for grades, comments, penalty and stamp."""
        folder = self._course.submitted / (result.folder or result.student) / self._assignment.name
        looked_into = result.status != UNREADABLE or not result.troubles  # else nothing in it is looked at
        graded = bool(result.file)
        restored = (
            restore_submission(self._release, folder, self._assignment) if graded else restore(self._release, None)
        )
        notebook = embed(restored, result)
        path = autograded_path(self._course, self._assignment, result.student)
        before = answers_of(path)
        write_inside(self._course.autograded, path, nbformat.v4.writes(notebook))
        timestamp = copy_timestamp(folder, path.parent) if looked_into else None
        open_ = {question.name for question in result.open_questions}
        open_ |= set(self._written) if open_ and not graded else set()
        with self._writing() as database:
            submission = self._submission(database, result.student, timestamp)
            self._write_grades(database, submission, [c for c in notebook.cells if is_grade(c)], before, open_)
            self._write_comments(database, submission, [c for c in notebook.cells if is_solution(c)])
            self._write_penalty(database, submission, result.student, timestamp)
            row = {"a": self._assignment.name, "s": result.student, "t": stamp(result, self._stamp_base)}
            database.execute(sql.text("INSERT OR REPLACE INTO autograder_stamp VALUES (:a, :s, :t)"), row)

    def _submission(self, database: Connection, student: str, timestamp: datetime | None) -> str:
        """Id of the student's submitted notebook; student, submission and notebook are added where they are new."""
        find_or_add(database, STUDENTS, {"id": student}, {})
        keys = {"assignment_id": self._assignment_id, "student_id": student}
        submission = find_or_add(database, SUBMISSIONS, keys, {"id": api.new_uuid()})
        database.execute(SUBMISSIONS.update().where(SUBMISSIONS.c.id == submission).values(timestamp=timestamp))
        keys = {"notebook_id": self._notebook_id, "assignment_id": submission}
        return find_or_add(database, NOTEBOOKS, keys, {"id": api.new_uuid(), "flagged": False})

    def _write_grades(
        self,
        database: Connection,
        submission: str,
        cells: list[NotebookNode],
        before: dict[str, str],
        open_: set[str],
    ) -> None:
        """The tests' points, so far where the question is open: a person is asked then.

        A manual score stays; the TA is asked to look again where its ground has changed.
        """
        known = rows_of(database, GRADES, submission)
        rows = {}
        for cell in cells:
            name = cell.metadata.nbgrader.grade_id
            auto, _ = determine_grade(cell)
            old = known.get(self._cell_ids["GradeCell", name])
            if old is None or old.manual_score is None:
                needs_manual = auto is None or name in open_
            else:
                needs_manual = bool(old.needs_manual_grade) or old.auto_score != auto
                needs_manual |= is_solution(cell) and before.get(name, cell.source) != cell.source
            rows[self._cell_ids["GradeCell", name]] = {"auto_score": auto, "needs_manual_grade": needs_manual}
        write_rows(database, GRADES, submission, known, rows)

    def _write_comments(self, database: Connection, submission: str, cells: list[NotebookNode]) -> None:
        rows = {}
        for cell in cells:
            name = cell.metadata.nbgrader.grade_id
            said = NO_ANSWER if cell.source == self._stubs[name] else None
            rows[self._cell_ids["SolutionCell", name]] = {"auto_comment": said}
        write_rows(database, COMMENTS, submission, rows_of(database, COMMENTS, submission), rows)

    def _write_penalty(self, database: Connection, submission: str, student: str, timestamp: datetime | None) -> None:
        """The course's late penalty, as nbgrader's AssignLatePenalties gives it."""
        penalty = None
        query = sql.select(SUBMISSIONS.c.extension).join(NOTEBOOKS, NOTEBOOKS.c.assignment_id == SUBMISSIONS.c.id)
        extension = database.execute(query.where(NOTEBOOKS.c.id == submission)).scalar()
        due = self._due + extension if self._due and extension else self._due
        if timestamp and due and timestamp > due:
            score = self._score(database, submission)
            penalty = self._penalty.late_submission_penalty(student, score, (timestamp - due).total_seconds())
            penalty = None if penalty is None else min(max(penalty, 0), score)
        database.execute(NOTEBOOKS.update().where(NOTEBOOKS.c.id == submission).values(late_submission_penalty=penalty))

    def _score(self, database: Connection, submission: str) -> float:
        cells = [cell for (kind, _), cell in self._cell_ids.items() if kind == "GradeCell"]
        rows = database.execute(
            sql.select(GRADES).where(GRADES.c.cell_id.in_(cells), GRADES.c.notebook_id == submission)
        )
        scores = [(row.auto_score if row.manual_score is None else row.manual_score, row.extra_credit) for row in rows]
        return sum(score + (extra or 0.0) for score, extra in scores if score is not None)


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


def restore_submission(release: NotebookNode, folder: Path, assignment: Assignment) -> NotebookNode:
    """The release with the answers of the notebook that is graded; without any where none can be read."""
    try:
        path, _ = find_notebook(folder, assignment.name, graded_names(assignment.name))
        notebook = read_notebook(path)
    except UnreadableSubmission:  # the result says why
        return restore(release, None)
    is_script = notebook.path.suffix.lower() == ".py"
    return restore(release, notebook.cells, is_script, pictures_of(folder, notebook.path))


def answers_of(path: Path) -> Answers:
    """The answers in the autograded notebook of an earlier run, by grade_id."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return {
            c["metadata"]["nbgrader"]["grade_id"]: "".join(c["source"]) for c in cells if "nbgrader" in c["metadata"]
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def copy_timestamp(submitted: Path, autograded: Path) -> datetime | None:
    """When it was handed in (UTC), None if that can't be known; written as nbgrader writes it."""
    timestamp = read_timestamp(submitted / FILE).when
    if timestamp is None:
        (autograded / FILE).unlink(missing_ok=True)
    else:
        write_inside(autograded, autograded / FILE, f"{timestamp} UTC")
    return timestamp
