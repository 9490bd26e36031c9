"""Who may hand in later: `extensions.csv` beside `students.csv`, a line an extension.

    student,assignment,until,days,hours
    ada,a1_convolution,2026-10-22 23:59 +02:00,,
    ben,all,,2,

One of `until`, `days` and `hours` is filled. Of these, columns that nobody fills can be left out; others are notes.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from datetime import datetime, timedelta, timezone
from pathlib import Path

from autograder.collecting.class_list import class_list, read_table
from autograder.collecting.misplaced import student_folders
from autograder.collecting.timestamps import read_time, take_zone
from autograder.course.course import Assignment, Course, CourseError
from autograder.course.course_file import nearest
from autograder.course.identifiers import same_student, shown

FILE = "extensions.csv"
ALL = "all"
UNITS = {"days": timedelta(days=1), "hours": timedelta(hours=1)}
LONGEST = timedelta(days=366)
COLUMNS = ("student", "assignment", "until", *UNITS)
EXAMPLE = "2026-10-22 23:59 +02:00"
Extensions = dict[tuple[str, str], datetime]  # (student, assignment) -> until when


def extensions_of(course: Course) -> Extensions:
    """A course's extensions. Without a class list, a student may not have handed in anything yet.

    Raises:
        CourseError: the class list, or a line of extensions.csv, is wrong.
    """
    listed, folders = class_list(course), student_folders(course)
    known = {same_student(name): name for name in (*folders, *(listed or ()))}
    return read_extensions(course.root / FILE, course.assignments, known.values(), listed is not None)


def read_extensions(
    path: Path, assignments: Collection[Assignment], students: Collection[str], are_all: bool = True
) -> Extensions:
    """Until when whom may hand in what; where two lines speak of the same, the later time counts. Empty without a file.

    In any encoding and with any delimiter that the class list may have.

    Args:
        students: the ids that are known.
        are_all: whether there are no others.

    Raises:
        CourseError: a line that can't be understood, or that extends nothing. The sentence has its number.
    """
    rows = read_table(path)
    if rows is None:
        return {}
    (_, head), *rows = rows or [(1, [])]
    columns = find_columns(path, head)
    extensions: Extensions = {}
    seen: dict[tuple[str, str], int] = {}
    for line, row in rows:
        if not any(entry.strip() for entry in row):
            continue
        entries = {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()}
        try:
            student = find_student(entries["student"], students, are_all)
            found = extend(entries, find_assignments(entries["assignment"], assignments))
            key = student, entries["assignment"].lower()
            if key in seen:
                raise ValueError(f"{shown(student)} and {key[1]} stand in line {seen[key]} already: remove one.")
        except ValueError as error:
            raise CourseError(f"{path.name}, line {line}: {error}") from None
        except OverflowError:
            raise CourseError(f"{path.name}, line {line}: that is later than any calendar goes.") from None
        seen[key] = line
        for name, until in found.items():
            extensions[student, name] = max(until, extensions.get((student, name), until))
    return extensions


def find_columns(path: Path, head: list[str]) -> dict[str, int]:
    """Column -> its place."""
    names = [name.strip().lower() for name in head]
    for name in ("student", "assignment"):
        if name not in names:
            raise CourseError(f"{path.name} has no column {name!r}: its first line must be like {','.join(COLUMNS)}.")
    return {name: names.index(name) for name in COLUMNS if name in names}


def find_student(name: str, students: Collection[str], are_all: bool) -> str:
    """The id as the class list or the folder writes it. ValueError if there is none like it, and are no others."""
    if not name:
        raise ValueError("the student is missing.")
    meant = [student for student in students if same_student(student) == same_student(name)]
    if name in meant or not (meant or are_all):
        return name
    if len(meant) == 1:
        return meant[0]
    close = difflib.get_close_matches(name, students, 1, 0.5)
    raise ValueError(f"there is no student {shown(name)!r}" + (f": did you mean {close[0]!r}?" if close else "."))


def find_assignments(name: str, assignments: Collection[Assignment]) -> list[Assignment]:
    """The assignments that are meant, with a due date. ValueError if there is none."""
    if not name:
        raise ValueError(f"the assignment is missing: write its name, or {ALL}.")
    known = {assignment.name: assignment for assignment in assignments}
    if name.lower() != ALL and name not in known:
        raise ValueError(f"there is no assignment {shown(name)!r}{nearest(name, [*known, ALL])}")
    found = [known[name]] if name in known else list(assignments)
    if dated := [assignment for assignment in found if assignment.due]:
        return dated
    raise ValueError(f"{name} has no due date in course.toml, so there is nothing to extend.")


def extend(entries: dict[str, str], assignments: list[Assignment]) -> dict[str, datetime]:
    """Assignment -> until when. ValueError if that is not said, or is no later than any due date."""
    filled = [name for name in ("until", *UNITS) if entries.get(name)]
    if len(filled) != 1:
        what = f"{' and '.join(filled)} are both filled" if filled else "nothing says until when"
        raise ValueError(f"{what}: fill one of until, days and hours.")
    (unit,) = filled
    dues = {assignment.name: assignment.due for assignment in assignments if assignment.due}
    if unit != "until":
        return {name: due + read_span(entries[unit], unit) for name, due in dues.items()}
    until = read_until(entries["until"])
    later = {name: until.astimezone(due.tzinfo) for name, due in dues.items() if until > due}
    if not later:
        last = max(dues.values())
        raise ValueError(f"{shown(entries['until'])} is no later than the due date, {last.isoformat(' ', 'minutes')}.")
    return later


def read_span(text: str, unit: str) -> timedelta:
    """A number of days or hours, with a point or a comma."""
    try:
        span = float(text.replace(",", ".")) * UNITS[unit]
    except (ValueError, OverflowError):
        span = timedelta(0)
    if not timedelta(0) < span <= LONGEST:
        most = LONGEST // UNITS[unit]
        raise ValueError(f"{unit} must be a number above 0, up to {most}, not {shown(text[:60])!r}.")
    return span


def read_until(text: str) -> datetime:
    """A time with its zone, as timestamps.py reads them."""
    said = shown(text[:60])
    try:
        when, zone = read_time(text), take_zone(text, said)[1]
    except ValueError as error:
        raise ValueError(f"{error}: write it like {EXAMPLE}.") from None
    if zone is None:
        raise ValueError(f"“{said}” names no zone: write it like {EXAMPLE}.")
    return when.replace(tzinfo=timezone.utc)
