"""What `make collect` could not put in its place: `collected/not_placed.csv`, so that no student gets a zero for it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from autograder.course.course import Course, CourseError
from autograder.course.identifiers import shown
from autograder.files import write_atomically

FILE = "collected/not_placed.csv"


@dataclass(frozen=True)
class NotPlaced:
    """One hand-in of which it is not known whose it is, or at which assignment."""

    source: str  # the zip
    name: str
    reason: str
    student: str = ""  # whose it is, or may be: of several, an entry for each
    assignment: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.name} ({self.source}) could not be put in its place: {self.reason}"


HEAD = [field.name for field in fields(NotPlaced)]


def read_not_placed(course: Course) -> list[NotPlaced]:
    """All of them; CourseError if the list is there and can't be read: that is not the same as an empty one."""
    path = course.root / FILE
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"{FILE} can't be read ({error}): remove it, and collect again.") from None
    if not rows or rows[0] != HEAD or any(len(row) != len(HEAD) for row in rows):
        raise CourseError(f"{FILE} is not as it was written (a spreadsheet?): remove it, and collect again.")
    return [NotPlaced(*(text.removeprefix("'") for text in row)) for row in rows[1:]]


def write_not_placed(course: Course, found: Collection[NotPlaced], is_done: Callable[[NotPlaced], bool]) -> Path | None:
    """Write what could not be placed beside what was written before, but for what is done; the file if it is needed."""
    before, names = read_not_placed(course), {entry.name for entry in found}
    rows = [row for row in before if row.name not in names and not is_done(row)] + sorted(set(found), key=astuple)
    path = course.root / FILE
    if rows != before:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(HEAD)
        writer.writerows([harmless(entry) for entry in astuple(row)] for row in rows)
        write_atomically(path, text.getvalue())
    return path if rows else None


def one_line(text: str) -> str:
    return " ".join(shown(text).split())


def harmless(text: str) -> str:
    """A cell that a spreadsheet takes as text."""
    text = one_line(text)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "'") else text
