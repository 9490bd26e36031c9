"""nbgrader's db_url is honoured everywhere, and what can't be used is told in a sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sql
from hand_made import NAME, answered, hand_in, make_course, make_result, record, unrecorded, write_grades, write_pages
from nbgrader.api import Gradebook

from autograder.course.course import CourseError
from autograder.course.late import LatePolicy
from autograder.reporting import database, gradebook
from autograder.reporting.departed import clear_departed
from autograder.reporting.formgrade import open_questions
from autograder.reporting.penalties import read_span, read_utc
from autograder.reporting.repair import repair_gradebook
from autograder.reporting.typed import notice_all, restore_typed


def configure(place, url: str) -> None:
    (place[0].root / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.db_url = {url!r}\n")


@pytest.fixture(scope="module")
def server():
    """The address of a PostgreSQL server of our own; skipped where none is installed."""
    pytest.importorskip("psycopg2")
    programs = shutil.which("pg_ctl"), shutil.which("initdb")
    if not all(programs):
        pytest.skip("PostgreSQL is not installed")
    owner = {"user": "postgres"} if os.getuid() == 0 else {}  # it refuses to run as root
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # the address of a socket is short
    if owner:
        shutil.chown(folder, "postgres")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **owner}
    data, options = str(folder / "data"), f"-k {folder} -c listen_addresses='' -c fsync=off"
    try:
        subprocess.run(
            [programs[1], "-D", data, "-U", "grader", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
            check=True,
            **quiet,
        )
        subprocess.run([programs[0], "-D", data, "-w", "-o", options, "start"], check=True, **quiet)
        yield f"postgresql+psycopg2://grader@/{{}}?host={folder}"
    finally:
        subprocess.run([programs[0], "-D", data, "-m", "immediate", "stop"], **quiet)
        shutil.rmtree(folder)


@pytest.fixture
def on_server(server, tmp_path):
    """A course whose gradebook is an empty database of that server."""
    empty_database(server)
    place = make_course(tmp_path)
    configure(place, server.format("book"))
    return place


def empty_database(server):
    engine = sql.create_engine(server.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sql.text("DROP DATABASE IF EXISTS book"))
        connection.execute(sql.text("CREATE DATABASE book"))
    engine.dispose()


def test_a_class_in_postgresql(on_server):
    """Grades, answers, a TA's points, the late penalty, pages and the table: as with a file, and no file is made."""
    course, assignment = on_server
    hand_in(course, "amy", answered(written_why="Because."), "2026-10-21 12:00:00 UTC")
    (course.root / "students.csv").write_text("id,first_name,last_name,email\namy,Amy,Å,amy@example.org\n")
    result = make_result("amy")
    record(on_server, result)
    record(on_server, result)
    assert gradebook.read_entries(*on_server)["amy"].open_points == 5
    assert [(question.name, question.count) for question in open_questions(*on_server)] == [("written_why", 1)]
    with Gradebook(database.db_url(course)) as book:
        grade = book.find_grade("written_why", NAME, NAME, "amy")
        grade.manual_score, grade.needs_manual_grade = 3.5, False
        book.find_comment("written_why", NAME, NAME, "amy").manual_comment = "Almost."
        book.find_submission(NAME, "amy").extension = timedelta(hours=1)
        book.db.commit()
        assert book.find_student("amy").last_name == "Å"
    record(on_server, result)
    entry = gradebook.read_entries(*on_server)["amy"]
    assert (entry.score, entry.open_points, entry.comments["written_why"]) == (9.5, 0, "Almost.")
    assert unrecorded(on_server, [result]) == []
    assert write_pages(on_server, [result]) == {}
    assert "9.5" in write_grades(on_server, [result]).read_text()
    assert not course.gradebook.exists()


def test_late_penalties_in_postgresql(on_server):
    """A due date, a time and an extension come back as what they are."""
    course, assignment = on_server
    due = datetime(2026, 10, 20, tzinfo=timezone.utc)
    assignment = replace(assignment, due=due)
    course = replace(course, assignments=(assignment,), late=LatePolicy(percent_once=50))
    hand_in(course, "amy", answered(), "2026-10-20 01:00:00 UTC")
    record((course, assignment), make_result("amy"))
    assert gradebook.read_entries(course, assignment)["amy"].late.points == 3
    with Gradebook(database.db_url(course)) as book:
        assert book.find_submission_notebook(NAME, NAME, "amy").late_submission_penalty == 3
        book.find_submission(NAME, "amy").extension = timedelta(hours=2)
        book.db.commit()
    assert gradebook.read_entries(course, assignment)["amy"].late.points == 0


def test_what_was_typed_in_postgresql_comes_back(on_server, server):
    """Points, comments and extensions, into a database that was lost; of who is no longer there nothing stays."""
    course, assignment = on_server
    for student in ("amy", "ben"):
        hand_in(course, student, answered(written_why="Because."))
    results = [make_result("amy"), make_result("ben")]
    record(on_server, *results)
    with Gradebook(database.db_url(course)) as book:
        grade = book.find_grade("written_why", NAME, NAME, "amy")
        grade.manual_score, grade.needs_manual_grade = 3.5, False
        book.find_comment("written_why", NAME, NAME, "amy").manual_comment = "Almost."
        book.find_submission(NAME, "amy").extension = timedelta(hours=1)
        book.db.commit()
    assert repair_gradebook(course) == []
    assert notice_all(course) == 2 and notice_all(course) == 0
    entries = gradebook.read_entries(*on_server)

    empty_database(server)
    (said,) = repair_gradebook(course)
    assert said.startswith("The gradebook is not there any more.")
    record(on_server, *results)
    assert restore_typed(course, NAME) == (2, 1)
    assert gradebook.read_entries(*on_server) == entries and notice_all(course) == 0
    with Gradebook(database.db_url(course)) as book:
        assert book.find_submission(NAME, "amy").extension == timedelta(hours=1)

    shutil.rmtree(course.submitted / "ben")
    assert "ben" in clear_departed(course)[0] and set(gradebook.read_entries(*on_server)) == {"amy"}


def test_times_and_spans_of_either_kind():
    """SQLite has texts where others have times and spans."""
    when = datetime(2026, 1, 2, 3, tzinfo=timezone.utc)
    assert read_utc("2026-01-02 03:00:00.000000") == read_utc(datetime(2026, 1, 2, 3)) == when
    assert read_utc(None) is None
    assert read_span("1970-01-02 01:00:00.000000") == read_span(timedelta(hours=25)) == timedelta(hours=25)


def test_another_file(tmp_path):
    """A gradebook elsewhere on the disk, seen from the course's folder, with signs in its name that an address has."""
    place = make_course(tmp_path)
    configure(place, "sqlite:///data/book 1%.db")
    (tmp_path / "data").mkdir()
    record(place, make_result("amy"))
    assert gradebook.read_entries(*place)["amy"].points == 6
    assert (tmp_path / "data" / "book 1%.db").exists() and not place[0].gradebook.exists()
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["book 1%.db"]


def test_a_server_that_does_not_answer(tmp_path):
    """Told, with the address and without its password."""
    pytest.importorskip("psycopg2")
    place = make_course(tmp_path)
    configure(place, f"postgresql+psycopg2://grader:secret@/book?host={tmp_path}")
    with pytest.raises(CourseError, match=r"postgresql\S+ could not be read .*is the server running") as told:
        gradebook.read_entries(*place)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    "config, sentence",
    [
        ("c.CourseDirectory.db_url = 'here'", "db_url is no address of a database"),
        ("c.CourseDirectory.db_url = 'nosql://host/book'", "db_url is nosql://host/book, and there is no driver"),
        ("c.CourseDirectory.db_url =", r"nbgrader_config.py can't be read \(SyntaxError"),
    ],
)
def test_settings_that_cannot_be_used(tmp_path, config, sentence):
    place = make_course(tmp_path)
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\n{config}\n")
    with pytest.raises(CourseError, match=sentence):
        gradebook.read_entries(*place)
