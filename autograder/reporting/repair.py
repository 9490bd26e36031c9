"""gradebook.db before a run: lost, damaged or of an older nbgrader. It is put right, said, and never deleted."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from autograder.course.course import Course, CourseError
from autograder.reporting import database
from autograder.reporting.database import gradebook_file, has_gradebook, reading, trouble_with, writing
from autograder.reporting.gradebook import OURS, TABLES
from autograder.reporting.history import dated, history_folder

# the newest columns of nbgrader's tables that are read or written here: one that is missing tells an older nbgrader
NEEDED = {
    "assignment": {"course_id"},
    "notebook": {"kernelspec"},
    "student": {"lms_user_id"},
    "grade": {"extra_credit"},
    "grade_cells": {"cell_type"},
}
AGAIN = "It is made again from results/ and history/; `make grade ASSIGNMENT=all` does so for all assignments."
JOURNALS = ("-journal", "-wal", "-shm")


def repair_gradebook(course: Course) -> list[str]:
    """Move a damaged gradebook aside, bring an older one up to date; what happened and what was done, in sentences.

    Raises:
        CourseError: it can't be read for a reason that a person must mend: it is locked, or no file.
    """
    path = gradebook_file(course)
    if path is None:  # a server's, who has its own care
        if not has_gradebook(course):
            return lost(course)
        create_tables(course)
        return []
    if not os.path.lexists(path):
        return lost(course)
    if not path.is_file():
        raise CourseError(f"{path} is no file that can be read: move it away, then run again.")
    if why := damage_of(course, path):
        aside = move_aside(course, path)
        kept = aside.relative_to(course.root)
        return [f"{path.name} {why}. It was moved to {kept}. {AGAIN}"]
    return upgrade(course, path)


def lost(course: Course) -> list[str]:
    """A sentence, if there ever was a gradebook here."""
    traces = [*course.results.glob("*/*.json"), *history_folder(course).glob("*.jsonl")]
    path = gradebook_file(course)
    return [f"{path.name if path else 'The gradebook'} is not there any more. {AGAIN}"] * bool(traces)


def damage_of(course: Course, path: Path) -> str:
    """What is wrong with a gradebook that can't be used; "" if it can."""
    if path.stat().st_size == 0:
        return "is empty"
    try:
        with contextlib.closing(connect(path)) as book:
            tables = {name for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            (verdict,) = book.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        raise CourseError(trouble_with(course, "read", error)) from None
    except sqlite3.DatabaseError as error:
        return f"is damaged ({error})"
    if verdict != "ok":
        return f"is damaged ({verdict.splitlines()[-1]})"
    return "" if tables & {"grade", "assignment"} else "is no gradebook of nbgrader's"


def connect(path: Path) -> sqlite3.Connection:
    """To write, where that may be: what a program that was killed has left half done is then taken back."""
    mode = "rw" if os.access(path, os.W_OK) else "ro"
    return sqlite3.connect(f"file:{quote(str(path))}?mode={mode}", uri=True, timeout=database.LOCKED_SECONDS)


def move_aside(course: Course, path: Path) -> Path:
    """Into history/, under a dated name, with the journal that may belong to it."""
    aside = history_folder(course) / f"gradebook-{dated()}-damaged.db"
    aside.parent.mkdir(parents=True, exist_ok=True)
    for ending in JOURNALS:
        journal = path.with_name(path.name + ending)
        if journal.exists():
            os.replace(journal, aside.with_name(aside.name + ending))
    os.replace(path, aside)
    return aside


def copy_gradebook(course: Course, why: str) -> Path | None:
    """A dated copy in history/ ("before-upgrade"), whole or not at all; None where a server keeps the gradebook."""
    path = gradebook_file(course)
    if path is None:
        return None
    target = history_folder(course) / f"gradebook-{dated()}-{why}.db"
    target.parent.mkdir(parents=True, exist_ok=True)
    with scratch_copy(path) as scratch:
        os.replace(scratch, target)
    return target


@contextlib.contextmanager
def scratch_copy(path: Path) -> Iterator[Path]:
    """A copy beside the gradebook, which is gone afterwards unless it was moved."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    scratch.unlink(missing_ok=True)
    try:
        with contextlib.closing(connect(path)) as book, contextlib.closing(sqlite3.connect(scratch)) as copy:
            book.backup(copy)
        yield scratch
    finally:
        scratch.unlink(missing_ok=True)


def upgrade(course: Course, path: Path) -> list[str]:
    """Bring the tables of an older nbgrader, or of an older grader of ours, up to date; a dated copy is kept."""
    with contextlib.closing(connect(path)) as book:
        columns = {table: {row[1] for row in book.execute(f"PRAGMA table_info({table})")} for table in NEEDED}
    older = [table for table, needed in NEEDED.items() if not needed <= columns[table]]
    with reading(course) as book:
        has_ours, has_submissions = OURS <= book.tables(), "submitted_assignment" in book.tables()
        is_used = has_submissions and bool(book.execute("SELECT id FROM submitted_assignment LIMIT 1").fetchall())
    if not older and has_ours:
        return []
    kept = copy_gradebook(course, "before-upgrade") if is_used or older else None
    if older:
        upgrade_schema(course, path)
    create_tables(course)
    if not older or kept is None:
        return []
    where = kept.relative_to(course.root)
    return [f"{path.name} was an older nbgrader's: it was brought up to date; as it was, it lies in {where}."]


def create_tables(course: Course) -> None:
    """Our own tables beside nbgrader's, where they are not there yet."""
    with reading(course) as book:
        if OURS <= book.tables():
            return
    with writing(course) as book:
        for table in TABLES:
            book.execute(table)


def upgrade_schema(course: Course, path: Path) -> None:
    """As `nbgrader db upgrade`, whole or not at all.

    Raises:
        CourseError: nbgrader's own steps fail on it.
    """
    from alembic import command  # seconds
    from alembic.config import Config
    from nbgrader.dbutil import write_alembic_ini

    with scratch_copy(path) as scratch:
        settings = scratch.with_name(f"{scratch.name}.ini")
        try:
            write_alembic_ini(str(settings), f"sqlite:///{scratch}")
            command.upgrade(Config(str(settings)), "head")
        except Exception as error:  # whatever a step of theirs raises
            raise CourseError(
                f"{path} is an older nbgrader's, and could not be brought up to date ({error}): a copy "
                "lies in history/. Move the gradebook away and run again: it is made anew."
            ) from None
        finally:
            settings.unlink(missing_ok=True)
        os.replace(scratch, path)
