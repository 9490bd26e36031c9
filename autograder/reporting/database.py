"""Where the gradebook is kept: gradebook.db, or what `c.CourseDirectory.db_url` in nbgrader_config.py names instead.

All of it goes through SQLAlchemy, in statements that SQLite and PostgreSQL both take. nbgrader is not asked: it takes
more than a second to import.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sql
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError, ProgrammingError
from sqlalchemy.pool import NullPool

from autograder.course.course import Course, CourseError
from autograder.reporting.nbgrader_settings import FILE as CONFIG
from autograder.reporting.nbgrader_settings import read_config

LOCKED_SECONDS = 30  # how long another program is waited for
VALUE = re.compile(r"\?")


class Database:
    """A connection that takes a statement with `?` for each value, as SQLite has it, whatever it is connected to."""

    def __init__(self, connection: sql.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[Any] = ()) -> sql.CursorResult:
        names = iter(range(len(values)))
        text = sql.text(VALUE.sub(lambda _: f":v{next(names)}", statement))
        return self._connection.execute(text, {f"v{i}": value for i, value in enumerate(values)})

    def span(self, span: timedelta) -> timedelta | str:
        """A span of time as nbgrader keeps it: in SQLite as the text of the time so long after 1970."""
        is_file = self._connection.dialect.name == "sqlite"
        return f"{datetime(1970, 1, 1) + span:%Y-%m-%d %H:%M:%S.%f}" if is_file else span

    def tables(self) -> set[str]:
        return set(sql.inspect(self._connection).get_table_names())


@contextlib.contextmanager
def reading(course: Course) -> Iterator[Database]:
    """The gradebook, to read from.

    Raises:
        CourseError: it can't be read.
    """
    with telling(course, "read"), connected(open_engine(course, "ro")) as connection:
        yield Database(connection)


@contextlib.contextmanager
def writing(course: Course) -> Iterator[Database]:
    """The gradebook, to write into: all that is written, or nothing. Raises as `reading`."""
    with telling(course, "written"), connected(open_engine(course)) as connection, connection.begin():
        yield Database(connection)


@contextlib.contextmanager
def connected(engine: sql.Engine) -> Iterator[sql.Connection]:
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def open_engine(course: Course, mode: str = "") -> sql.Engine:
    """The database's engine; `CourseError` if SQLAlchemy has no driver for it.

    Args:
        mode: of SQLite's own ("ro" never makes a file); without, a file that is not there is made.
    """
    url = url_of(course)
    path = gradebook_file(course)
    if path and mode:
        url = url.set(database=f"file:{quote(str(path))}", query={"mode": mode, "uri": "true"})
    try:
        return sql.create_engine(url, poolclass=NullPool, connect_args={"timeout": LOCKED_SECONDS} if path else {})
    except (ImportError, NoSuchModuleError) as error:
        raise CourseError(
            f"nbgrader_config.py: db_url is {url!r}, and there is no driver for it here ({error}). "
            "Install one: .venv/bin/pip install psycopg2-binary for PostgreSQL."
        ) from None


def db_url(course: Course) -> str:
    """The address of the gradebook's database, as nbgrader is to have it: with its password."""
    return url_of(course).render_as_string(hide_password=False)


def url_of(course: Course) -> sql.URL:
    """The address of the gradebook's database; `CourseError` if nbgrader_config.py says what can be none."""
    config = course.root / CONFIG
    return read_url(course.root, course.gradebook.name, config.stat().st_mtime_ns if config.exists() else 0)


@functools.lru_cache(maxsize=64)
def read_url(root: Path, default: str, changed: int) -> sql.URL:
    """As `url_of`, read once for each state of the folder's nbgrader_config.py: that is a program, and runs."""
    text = read_config(root).CourseDirectory.get("db_url") or f"sqlite:///{default}"
    try:
        url = sql.make_url(text)
    except (ArgumentError, ValueError, TypeError):
        raise CourseError(
            "nbgrader_config.py: db_url is no address of a database: postgresql://user:password@host/name is one."
        ) from None
    if url.get_backend_name() == "sqlite":  # as nbgrader, which works in the course's folder
        url = url.set(database=str(root / (url.database or default)))
    return url


def gradebook_file(course: Course) -> Path | None:
    """The file that holds the gradebook; None where a server does."""
    url = url_of(course)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def has_gradebook(course: Course) -> bool:
    """Whether there is a gradebook yet. Raises as `reading`, for a server."""
    path = gradebook_file(course)
    if path:
        return path.exists()
    with reading(course) as database:
        return "grade" in database.tables()


@contextlib.contextmanager
def telling(course: Course, what: str) -> Iterator[None]:
    """What the database says of the whole gradebook, as a sentence; of one student's rows, as it is."""
    try:
        yield
    except DatabaseError as error:
        if type(error) not in (DatabaseError, OperationalError, ProgrammingError):
            raise
        raise CourseError(trouble_with(course, what, error.orig)) from None


def trouble_with(course: Course, what: str, error: object) -> str:
    """Why the gradebook could not be read or written, and what to do."""
    place = gradebook_file(course) or repr(url_of(course))
    name = f"{place} could not be {what} ({' '.join(str(error).split())})"
    if not gradebook_file(course):
        return f"{name}: is the server running, and may you use it? db_url stands in nbgrader_config.py."
    text = str(error)
    if "no such" in text or "has no column" in text:
        return f"{name}: it is another nbgrader's. Run `make grade`: it brings the gradebook up to date."
    if "malformed" in text or "not a database" in text:
        return f"{name}: it is damaged. Run `make grade`: it moves it aside and makes it again."
    if "readonly" in text or "unable to open" in text or "full" in text or "I/O" in text:
        return f"{name}: is there room on the disk, and may you write there? Mend that, then run again."
    return (
        f"{name}: if another program is using it (formgrader, nbgrader), wait until it is done, then run the same "
        "command again."
    )
