"""An assignment's place in gradebook.db, through nbgrader's own code."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import nbformat
import sqlalchemy as sql
from alembic.script import ScriptDirectory
from nbformat import NotebookNode
from nbgrader import api
from nbgrader.preprocessors import SaveCells
from nbgrader.utils import parse_utc

from autograder.collecting.class_list import class_list
from autograder.course.course import REPOSITORY, Assignment, Course, CourseError
from autograder.files import scratch_beside, write_atomically
from autograder.reporting.database import db_url, gradebook_file, has_gradebook, open_engine
from autograder.reporting.gradebook import columns_of


def link_config(course: Course) -> None:
    """A course folder of its own gets a config that loads the repository's, so that nbgrader works in it as well."""
    config = course.root / "nbgrader_config.py"
    if not config.exists():
        write_atomically(config, f'load_subconfig("nbgrader_config.py", path={str(REPOSITORY)!r})\n')


def create_gradebook(course: Course) -> None:
    """An empty gradebook, whole or not at all."""
    if has_gradebook(course):
        return
    path = gradebook_file(course)
    if path is None:
        with schema_known():
            api.Gradebook(db_url(course)).close()
        return
    with scratch_beside(path) as scratch, schema_known():
        api.Gradebook(f"sqlite:///{scratch}").close()


@contextlib.contextmanager
def schema_known() -> Iterator[None]:
    """nbgrader asks the program `alembic`: two seconds, and not found outside of an activated environment."""
    ask = api.get_alembic_version
    try:
        api.get_alembic_version = newest_schema
        yield
    finally:
        api.get_alembic_version = ask


def newest_schema() -> str:
    """The version of nbgrader's tables, for `nbgrader db upgrade` later."""
    head = ScriptDirectory(str(Path(api.__file__).parent / "alembic")).get_current_head()
    assert head is not None
    return head


def sync_cells(course: Course, assignment: Assignment, release: NotebookNode) -> None:
    """The assignment, its notebook and cells, through nbgrader's SaveCells, unless the gradebook has them already."""
    with api.Gradebook(db_url(course)) as gradebook:
        due = {"duedate": parse_utc(assignment.due)} if assignment.due else {}
        gradebook.update_or_create_assignment(assignment.name, **due)
        if saved_cells(gradebook, assignment) == cells_of(release):
            return
    resources = {"nbgrader": {"notebook": assignment.name, "assignment": assignment.name, "db_url": db_url(course)}}
    try:
        SaveCells().preprocess(nbformat.from_dict(release), resources)
    except RuntimeError:
        raise CourseError(
            f"{assignment.name} has other cells than the gradebook was filled with, and nbgrader cannot add or remove "
            "cells once submissions are in. Take the change back, or move the gradebook away and grade again: points "
            "and comments that people gave come back from history/."
        ) from None


def saved_cells(gradebook: api.Gradebook, assignment: Assignment) -> dict[str, tuple]:
    """grade_id -> (checksum, points) as the gradebook has them."""
    try:
        notebook = gradebook.find_notebook(assignment.name, assignment.name)
    except api.MissingEntry:
        return {}
    points = {cell.name: cell.max_score for cell in notebook.grade_cells}
    return {cell.name: (cell.checksum, points.get(cell.name)) for cell in notebook.source_cells}


def cells_of(release: NotebookNode) -> dict[str, tuple]:
    """grade_id -> (checksum, points) of a release."""
    metadata = [cell.metadata.nbgrader for cell in release.cells if "nbgrader" in cell.metadata]
    return {m.grade_id: (m.get("checksum"), float(m.points) if m.get("grade") else None) for m in metadata}


def sync_students(course: Course) -> None:
    """Names, e-mails and LMS ids of the class list, into the gradebook; what the list leaves empty stays as it is."""
    table = api.Student.__table__
    engine = open_engine(course)
    with engine.begin() as database:
        known = {row.id: row for row in database.execute(sql.select(table))}
        for student in (class_list(course) or {}).values():
            values = columns_of(student)
            if student.id not in known:
                database.execute(table.insert().values(id=student.id, **values))
            elif any(getattr(known[student.id], column) != text for column, text in values.items()):
                database.execute(table.update().where(table.c.id == student.id).values(**values))
    engine.dispose()
