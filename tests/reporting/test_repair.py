"""A gradebook that can't be read or written: a sentence that says what to do, and nothing half written."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys

import pytest
from hand_made import make_place, make_result, record, write_grades
from sqlalchemy.exc import OperationalError

from autograder.course.course import CourseError
from autograder.reporting import database, gradebook, repair
from autograder.steps.boundary import machines_trouble


@pytest.fixture
def place(tmp_path):
    return make_place(tmp_path)


def test_nothing_is_said_of_a_gradebook_that_never_was(place):
    course, _ = place
    assert repair.repair_gradebook(course) == []
    course.gradebook.unlink()
    assert repair.repair_gradebook(course) == []


@pytest.mark.parametrize("use", [repair.repair_gradebook, lambda course: gradebook.read_entries(course, None)])
def test_a_locked_gradebook(place, monkeypatch, use):
    """formgrader writes for longer than anybody waits: it is not taken for damaged, and not for empty."""
    course, _ = place
    monkeypatch.setattr(database, "LOCKED_SECONDS", 0.0)
    with contextlib.closing(sqlite3.connect(course.gradebook)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(
            CourseError, match="gradebook.db could not be read .*locked.*: if another program is using it"
        ):
            use(course)
    assert repair.repair_gradebook(course) == []


def test_a_gradebook_that_is_no_file(place):
    course, _ = place
    course.gradebook.unlink()
    course.gradebook.mkdir()
    with pytest.raises(CourseError, match="gradebook.db is no file that can be read: move it away"):
        repair.repair_gradebook(course)


def test_a_link_to_nowhere_is_no_lost_gradebook(place):
    course, _ = place
    course.gradebook.unlink()
    course.gradebook.symlink_to(course.root / "elsewhere.db")
    with pytest.raises(CourseError, match="gradebook.db is no file that can be read: move it away"):
        repair.repair_gradebook(course)


@pytest.mark.parametrize(
    "error, sentence",
    [
        ("attempt to write a readonly database", "is there room on the disk, and may you write there"),
        ("database or disk is full", "is there room on the disk, and may you write there"),
        ("disk I/O error", "is there room on the disk, and may you write there"),
        ("unable to open database file", "is there room on the disk, and may you write there"),
        ("database disk image is malformed", "it is damaged. Run `make grade`: it moves it aside"),
        ("no such column: grade.extra_credit", "it is another nbgrader's. Run `make grade`: it brings"),
        ("database is locked", "if another program is using it"),
    ],
)
def test_what_sqlite_says_has_a_way_out(place, error, sentence):
    with pytest.raises(CourseError, match=f"gradebook.db could not be written .{error}.: {sentence}"):
        with database.telling(place[0], "written"):
            raise OperationalError("", {}, sqlite3.OperationalError(error))


def test_a_gradebook_that_can_not_be_written(place, monkeypatch):
    """Read-only, as its file or its disk may be."""
    course, _ = place
    open_engine = database.open_engine
    monkeypatch.setattr(database, "open_engine", lambda course, mode="": open_engine(course, "ro"))
    with pytest.raises(CourseError, match="could not be written .attempt to write a readonly database."):
        with database.writing(course) as book:
            book.execute("DELETE FROM student")


@pytest.mark.parametrize("number, said", [(28, "No space left on device"), (30, "Read-only file system"), (13, "Perm")])
def test_a_disk_that_is_full_or_read_only(place, monkeypatch, number, said):
    """A sentence; grades.csv is the old one, and no scratch file stays."""
    write_grades(place, [make_result("amy")])
    before = (place[0].root / "grades.csv").read_bytes()

    def refuse(*arguments):
        raise OSError(number, os.strerror(number), str(place[0].root / "grades.csv"))

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        with pytest.raises(CourseError, match=f"grades.csv: {said}.*Mend that, then run again."), machines_trouble():
            write_grades(place, [make_result("ben")])
    assert (place[0].root / "grades.csv").read_bytes() == before
    assert not [*place[0].root.glob(".*.tmp")]


def test_what_is_a_bug_stays_one():
    with pytest.raises(FileNotFoundError), machines_trouble():
        open("/nowhere/at/all")


def test_an_older_schema_that_can_not_be_brought_up_to_date(place, monkeypatch):
    """The gradebook is as it was, a copy lies beside it, and the sentence says so."""
    from alembic import command

    course, _ = place
    record(place, make_result("amy"))
    with sqlite3.connect(course.gradebook) as database:
        database.execute("ALTER TABLE student DROP COLUMN lms_user_id")
    before = course.gradebook.read_bytes()

    def fail(settings, revision):
        raise ValueError("no such revision")

    monkeypatch.setattr(command, "upgrade", fail)
    with pytest.raises(
        CourseError, match="could not be brought up to date .no such revision.: a copy lies in history/"
    ):
        repair.repair_gradebook(course)
    assert course.gradebook.read_bytes() == before
    assert [*(course.root / "history").glob("gradebook-*-before-upgrade.db")]


def test_a_journal_goes_with_the_database_that_it_belongs_to(place):
    course, _ = place
    journal = course.gradebook.with_name("gradebook.db-journal")
    journal.write_bytes(b"half of a transaction")
    aside = repair.move_aside(course, course.gradebook)
    assert aside.with_name(aside.name + "-journal").read_bytes() == b"half of a transaction"
    assert not journal.exists() and not course.gradebook.exists()


HALF_DONE = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("PRAGMA cache_size = 1")
database.execute("CREATE TABLE spill (text TEXT)")
database.execute("DELETE FROM student")
database.executemany("INSERT INTO spill VALUES (?)", [("x" * 3000,)] * 500)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_program_left_half_done_is_taken_back(place):
    """formgrader or nbgrader, in the middle of a transaction: the gradebook is as it was before."""
    course, _ = place
    record(place, make_result("amy"))
    subprocess.run([sys.executable, "-c", HALF_DONE, course.gradebook])
    assert course.gradebook.with_name("gradebook.db-journal").exists()
    with contextlib.suppress(CourseError):  # whoever only reads, as `make status`, says so or reads what was before
        assert set(gradebook.read_entries(*place)) == {"amy"}
    assert repair.repair_gradebook(course) == []
    assert set(gradebook.read_entries(*place)) == {"amy"}
    with database.reading(course) as book:
        assert book.execute("SELECT id FROM student").fetchall() == [("amy",)]
