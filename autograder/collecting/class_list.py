"""The class list: `students.csv` beside `submitted/`, as nbgrader and spreadsheets write it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from autograder.course.course import CourseError
from autograder.course.identifiers import ROUNDED, problem_of, same_on_disk, shown
from autograder.reading.formats import decode

UNLISTED = "not on the class list (students.csv)"
MOST_BYTES = 10_000_000


def read_class_list(path: Path) -> list[str] | None:
    """Student ids of `students.csv` (nbgrader's format: a column `id`); None if there is no such file.

    As spreadsheets save it: in UTF-8 or the encoding of Windows, with commas, semicolons or tabs.

    Raises:
        CourseError: it can't be read, or an id can't become the name of a folder. The sentence has the line.
    """
    rows = read_table(path)
    if rows is None:
        return None
    (_, head), *rows = rows or [(1, [])]
    names = [name.strip().lower() for name in head]
    if "id" not in names:
        raise CourseError(f"{path.name} has no column 'id': its first line must be like id,first_name,last_name,email.")
    column = names.index("id")
    found: dict[str, tuple[str, int]] = {}
    for line, row in rows:
        if any(entry.strip() for entry in row):
            name = row[column].strip() if len(row) > column else ""
            refuse_unusable(name, f"{path.name}, line {line}")
            refuse_alike(name, f"{path.name}, line {line}", *found.get(same_on_disk(name), ("", 0)))
            found[same_on_disk(name)] = name, line
    return [name for name, _ in found.values()]


def read_table(path: Path) -> list[tuple[int, list[str]]] | None:
    """The rows with their line numbers; None if there is no file."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CourseError(f"{path.name} is larger than {MOST_BYTES // 10**6} MB: is it the class list?")
        text, _ = decode(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CourseError(f"{path.name} can't be read ({error.strerror}).") from None
    first = text.partition("\n")[0]
    table = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        return [(table.line_num, row) for row in table]
    except csv.Error as error:
        raise CourseError(f"{path.name}, line {table.line_num}: {error}.") from None


def refuse_unusable(name: str, place: str) -> None:
    """CourseError if an id can't be a folder's name."""
    if problem := problem_of(name):
        raise CourseError(f"{place}: the id {shown(name)!r} {problem}. Ids become names of folders: correct it.")
    if ROUNDED.match(name):
        raise CourseError(f"{place}: the id {name!r} is a number that a spreadsheet rounded: save that column as text.")


def refuse_alike(name: str, place: str, other: str, line: int) -> None:
    """CourseError if there is an other, earlier id: the same, or one that not every file system tells from it."""
    if name == other:
        raise CourseError(f"{place}: the id {name!r} is there twice, first in line {line}. Remove one.")
    if other:
        raise CourseError(
            f"{place}: the id {name!r} differs from {other!r} in line {line} only in large and small letters or in how "
            "an accent is written. If it is one student, remove one; if they are two, give one another id."
        )
