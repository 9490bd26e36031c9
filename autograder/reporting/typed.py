"""What people typed in formgrader (points, extra credit, comments): noticed, kept in history/, and brought back.

The history has a line for each change: {"when", "noticed_by", "student", "cell", "from", "to", "auto", "answer"}. The
last two are what was judged: the tests' points and a hash of the answer; an extension that nbgrader granted stands
under the cell "". gradebook.db knows how many of a student's lines it holds. Where the history has more (a lost
gradebook, an older copy of it put in its place), what it has not seen is brought back; where a value is neither the old
nor the new one, somebody has typed it since, and it counts.
"""

from __future__ import annotations

import getpass
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from autograder.course.course import Course
from autograder.reporting.database import Database, has_gradebook, reading, writing
from autograder.reporting.history import Line, append_lines, now, read_lines, typed_path
from autograder.reporting.penalties import read_span

# "points", "extra", "comment", "extension_hours": without those that nobody typed
Values = dict[str, Any]
COLUMNS = {"points": ("grade", "manual_score"), "extra": ("grade", "extra_credit")}
COLUMNS |= {"comment": ("comment", "manual_comment"), "extension_hours": ("submitted_assignment", "extension")}
CELLS = """
FROM assignment JOIN notebook ON notebook.assignment_id = assignment.id
JOIN base_cell cell ON cell.notebook_id = notebook.id
JOIN {table} ON {table}.cell_id = cell.id JOIN submitted_notebook ON submitted_notebook.id = {table}.notebook_id
JOIN submitted_assignment submission ON submission.id = submitted_notebook.assignment_id
WHERE assignment.name = ?"""
GRADES = """
SELECT submission.student_id, cell.name, grade.id, grade.manual_score, grade.extra_credit, grade.auto_score,
grade.needs_manual_grade""" + CELLS.format(table="grade")
COMMENTS = "SELECT submission.student_id, cell.name, comment.id, comment.manual_comment" + CELLS.format(table="comment")
EXTENSIONS = """
SELECT submission.student_id, submission.id, submission.extension
FROM assignment JOIN submitted_assignment submission ON submission.assignment_id = assignment.id
WHERE assignment.name = ?"""
ANSWERS = "SELECT student, cell, hash FROM autograder_answer WHERE assignment = ? AND cell != ''"
NOTE_SEEN = """
INSERT INTO autograder_history VALUES (?, ?, ?)
ON CONFLICT (assignment, student) DO UPDATE SET lines = excluded.lines"""
SEEN = "SELECT student, lines FROM autograder_history WHERE assignment = ?"


@dataclass
class Cell:
    """One cell of one student in the gradebook: what was typed for it, and what it was typed about."""

    typed: Values = field(default_factory=dict)
    auto: float | None = None
    answer: str | None = None
    needs_look: bool = False
    ids: dict[str, str] = field(default_factory=dict)  # of its rows, by table

    def is_judged_anew(self, last: Line) -> bool:
        """Whether somebody gave the same points again, to another answer than before."""
        ground = (last.get("auto"), last.get("answer"))
        return "points" in self.typed and not self.needs_look and ground != (self.auto, self.answer)


Book = dict[str, dict[str, Cell]]  # student -> name of the cell -> what the gradebook has


def notice(course: Course, assignment: str) -> int:
    """Keep what was typed since the last time; how many changes that were.

    Raises:
        CourseError: gradebook or history can't be read, or the history can't be written.
    """
    if not has_gradebook(course):
        return 0
    path = typed_path(course, assignment)
    known = by_student(read_lines(path))
    with reading(course) as database:
        book, seen = read_book(database, assignment), read_seen(database, assignment)
    new: list[Line] = []
    for student, cells in book.items():
        lines = known.get(student, [])
        old, latest = fold(lines[: seen.get(student, 0)]), fold(lines)
        for name, cell in cells.items():
            last = latest.get(name, {})
            if is_new(cell, last, old.get(name, {})):
                new.append(line_of(student, name, last.get("to", {}), cell))
    append_lines(path, new)
    known = by_student([line for lines in known.values() for line in lines] + new)
    level = {
        student: len(lines)
        for student, lines in known.items()
        if student in book and seen.get(student) != len(lines) and not missing(book[student], fold(lines))
    }
    write_seen(course, assignment, level)
    return len(new)


def is_new(cell: Cell, last: Line, old: Line) -> bool:
    """Whether a value is neither the history's latest nor what the gradebook had before that."""
    if cell.typed == last.get("to", {}):
        return bool(last) and cell.is_judged_anew(last)
    return last == old or cell.typed != old.get("to", {})


def line_of(student: str, name: str, before: Values, cell: Cell) -> Line:
    line = {"when": now(), "noticed_by": user(), "student": student, "cell": name}
    return {**line, "from": before, "to": cell.typed, "auto": cell.auto, "answer": cell.answer}


def notice_all(course: Course) -> int:
    """`notice` for every assignment in the gradebook, also those that this term does not have."""
    if not has_gradebook(course):
        return 0
    with reading(course) as database:
        names = [name for (name,) in database.execute("SELECT name FROM assignment ORDER BY name")]
    return sum(notice(course, name) for name in names)


def restore_typed(course: Course, assignment: str) -> tuple[int, int]:
    """Bring back what the history has and the gradebook has not seen; the number of cells and of students.

    One transaction: killed at any moment, all or nothing is done, and the next run does it.
    """
    known = by_student(read_lines(typed_path(course, assignment)))
    if not known or not has_gradebook(course):
        return 0, 0
    with reading(course) as database:
        book, seen = read_book(database, assignment), read_seen(database, assignment)
    behind = {s: len(lines) for s, lines in known.items() if s in book and seen.get(s, 0) < len(lines)}
    lost = {student: unseen(book[student], known[student], seen.get(student, 0)) for student in behind}
    if behind:
        with writing(course) as database:
            for student, lines in lost.items():
                for name, line in lines.items():
                    put_back(database, book[student][name], line)
            note_seen(database, assignment, behind)
    counts = [len(lines) for lines in lost.values() if lines]
    return sum(counts), len(counts)


def unseen(cells: Mapping[str, Cell], lines: list[Line], count: int) -> dict[str, Line]:
    """The history's latest line of each cell that the gradebook still has as it was `count` lines ago."""
    old = fold(lines[:count])
    gone = missing(cells, fold(lines))
    return {name: line for name, line in gone.items() if cells[name].typed == old.get(name, {}).get("to", {})}


def missing(cells: Mapping[str, Cell], latest: Mapping[str, Line]) -> dict[str, Line]:
    """Of the history's latest lines, those that the gradebook has otherwise."""
    return {name: line for name, line in latest.items() if name in cells and cells[name].typed != line["to"]}


def put_back(database: Database, cell: Cell, line: Line) -> None:
    """Write a line's values into the gradebook; to be looked at again if they were given to another answer."""
    for what, (table, column) in COLUMNS.items():
        if table in cell.ids:
            value = line["to"].get(what)
            value = database.span(timedelta(hours=value)) if what == "extension_hours" and value else value
            database.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (value, cell.ids[table]))
    if "grade" in cell.ids and "points" in line["to"]:
        other = (line.get("auto"), line.get("answer")) != (cell.auto, cell.answer)
        database.execute("UPDATE grade SET needs_manual_grade = ? WHERE id = ?", (other, cell.ids["grade"]))


# --- the history ----------------------------------------------------------------------------------------------------


def by_student(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        found[line.get("student", "")].append(line)
    return dict(found)


def fold(lines: Iterable[Line]) -> dict[str, Line]:
    """The last line of each cell."""
    return {line["cell"]: line for line in lines if "cell" in line and isinstance(line.get("to"), dict)}


def user() -> str:
    """Whoever runs this; the gradebook does not say who typed."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


# --- the gradebook --------------------------------------------------------------------------------------------------


def read_book(database: Database, assignment: str) -> Book:
    book: Book = defaultdict(lambda: defaultdict(Cell))
    for student, name, id_, points, extra, auto, needs in database.execute(GRADES, (assignment,)):
        cell = book[student][name]
        cell.typed |= given(points=points, extra=extra)
        cell.auto, cell.needs_look, cell.ids["grade"] = auto, bool(needs), id_
    for student, name, id_, comment in database.execute(COMMENTS, (assignment,)):
        cell = book[student][name]
        cell.typed |= given(comment=comment)
        cell.ids["comment"] = id_
    for student, id_, extension in database.execute(EXTENSIONS, (assignment,)):
        hours = read_span(extension).total_seconds() / 3600 if extension else None
        book[student][""] = Cell(given(extension_hours=hours), ids={"submitted_assignment": id_})
    for student, name, hash_ in database.execute(ANSWERS, (assignment,)):
        if student in book and name in book[student]:
            book[student][name].answer = hash_
    return book


def given(**values: Any) -> Values:
    """What was typed: an emptied field is as one that never was."""
    return {name: value for name, value in values.items() if value not in (None, "")}


def read_seen(database: Database, assignment: str) -> dict[str, int]:
    """How many of each student's lines the gradebook holds."""
    return {student: lines for student, lines in database.execute(SEEN, (assignment,))}


def write_seen(course: Course, assignment: str, lines: Mapping[str, int]) -> None:
    if lines:
        with writing(course) as database:
            note_seen(database, assignment, lines)


def note_seen(database: Database, assignment: str, lines: Mapping[str, int]) -> None:
    for student, count in lines.items():
        database.execute(NOTE_SEEN, (assignment, student, count))
