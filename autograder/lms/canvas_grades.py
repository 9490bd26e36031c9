"""Canvas's gradebook, as an instructor has exported it, with the scores of one assignment filled in.

Columns: `Student` (or `LastName`, `FirstName`), `ID`, [`SIS User ID`], `SIS Login ID`, [`Integration ID`],
[`Root Account`], `Section`, custom columns, `Title (assignment's number)` for each assignment, then sums that are
read-only. Rows: perhaps "Manual Posting", then "    Points Possible", then students, the test student last. Canvas
makes a new assignment of a column that it does not know, and deletes a score where a cell is empty: so nothing but
scores is ever changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from autograder.collecting.class_list import Student, plain
from autograder.collecting.misplaced import speaks_of
from autograder.course.course import Assignment, Course, CourseError
from autograder.course.identifiers import shown
from autograder.lms.grades import (
    Filled,
    Options,
    Rows,
    grades_of,
    most_points,
    rounded,
    scaled,
    tell_left,
    tell_points,
)
from autograder.lms.pieces import Whose
from autograder.lms.table import Table, read_number
from autograder.reporting.standing import Standing

LMS = "Canvas"
PEOPLE = ("student", "lastname", "firstname", "id", "sisuserid", "sisloginid", "integrationid")
IDS = ("sisuserid", "sisloginid", "integrationid")
SUMS = re.compile(r"(?:Current|Final) (?:Score|Points|Grade)|Override (?:Score|Grade|Status)")
POINTS, READ_ONLY = re.compile(r"\s*Points Possible\s*"), re.compile(r"read\s+only")
POSTING = re.compile(r"\s*(?:Muted|Manual Posting.*)?\s*", re.IGNORECASE)
TITLE = re.compile(r"(?P<title>.*?)\s*\((?P<number>\d+)\)\s*", re.DOTALL)
KEPT = {"EX": "excused", "N/A": "not assigned to them"}
MOST_COLUMNS = 30  # in a sentence


def fill_gradebook(
    data: bytes,
    name: str,
    course: Course,
    assignment: Assignment,
    standings: Sequence[Standing],
    said: Mapping[str, Whose],
    options: Options,
    listed: Mapping[str, Student] | None = None,
) -> Filled:
    """The gradebook with the assignment's column filled in.

    Args:
        name: of the file, for sentences.
        said: student -> what Canvas has said of whose hand-in it is.
        listed: the class list.

    Raises:
        CourseError: it is not such a file, or nobody can say which column is the assignment's.
    """
    table = Table(data, name, is_gradebook)
    points_row = next((row for row in range(1, len(table.rows)) if POINTS.fullmatch(table.text(row, 0))), None)
    column = choose_column(table, points_row, course, assignment, options)
    ours, theirs = most_points(standings), read_number(table.text(points_row, column)) if points_row else None
    filled = Filled(b"", told=[f"The column is {shown(table.heads()[column])}."])
    filled.told += tell_points(ours, theirs, options, LMS)
    whose, told = find_students(table, standings, said, listed)
    grades, kept, other = grades_of(standings, options), dict.fromkeys(KEPT, 0), 0
    for row, student in whose.items():
        grade, there = grades[student], table.text(row, column)
        if there.upper() in KEPT:
            kept[there.upper()] += 1
        elif grade.score is not None:
            score = scaled(grade.score, ours, theirs, options)
            other += table.put_number(row, column, rounded(score))
            filled.students.append(student)
    filled.told += [f"{n} left, since {text} is there: {KEPT[text]}." for text, n in kept.items() if n]
    filled.told += [f"{other} had another score in Canvas, which this file replaces."] * bool(other)
    filled.told += tell_left([grades[student] for student in whose.values()], LMS) + told
    filled.data = table.to_bytes()
    return filled


def is_gradebook(columns: Sequence[str]) -> bool:
    people = columns[:1] == ["student"] or columns[:2] == ["lastname", "firstname"]
    return people and "id" in columns[:4] and "section" in columns


# --- whose row ------------------------------------------------------------------------------------------------------


def find_students(
    table: Table,
    standings: Iterable[Standing],
    said: Mapping[str, Whose],
    listed: Mapping[str, Student] | None,
) -> tuple[dict[int, str], list[str]]:
    """Row -> its student, in the order of the file; and what a person should know of the others."""
    heads, rows = table.columns, Rows(standings, said, listed)
    places = {head: heads.index(head) for head in PEOPLE if head in heads}
    found = {}
    for row in range(1, len(table.rows)):
        if is_students(table, row):
            name = table.text(row, places.get("student"))
            if "student" not in places:
                name = f"{table.text(row, places['firstname'])} {table.text(row, places['lastname'])}"
            name = re.sub(r'^\s*="(.*)"$', r"\1", name)  # how Canvas guards a name that begins like a formula
            ids = [table.text(row, places.get(head)) for head in IDS]
            if student := rows.find(table.line(row), name, table.text(row, places["id"]), ids):
                found[row] = student
    twice = rows.twice()
    return {row: student for row, student in found.items() if student not in twice}, rows.tell()


def is_students(table: Table, row: int) -> bool:
    texts = [cell.text for cell in table.rows[row]]
    return not POINTS.fullmatch(texts[0]) and not all(map(POSTING.fullmatch, texts))


# --- which column ---------------------------------------------------------------------------------------------------


def choose_column(
    table: Table, points_row: int | None, course: Course, assignment: Assignment, options: Options
) -> int:
    """The assignment's column: the one that was asked for, or the only one whose title is the assignment's.

    Raises:
        CourseError: none or several are; the sentence has them.
    """
    heads = table.heads()
    first = table.columns.index("section") + 1
    columns = [
        column
        for column in range(first, len(heads))
        if heads[column]
        and not SUMS.search(heads[column])
        and not (points_row and READ_ONLY.search(table.text(points_row, column)))
    ]
    numbered = [column for column in columns if number_of(heads[column])]  # the others are an instructor's notes
    found = find_columns(numbered, heads, course, assignment, options.column)
    found = found or find_columns(columns, heads, course, assignment, options.column)
    if len(found) == 1:
        return found[0]
    there = found or numbered or columns
    wanted = f"COLUMN={shown(options.column)}" if options.column else assignment.name
    many = f"{wanted} is {'several' if found else 'none'} of the columns of {shown(table.name)}"
    example = (number_of(heads[there[0]]) if there else "") or "4242"
    listing = "; ".join(shown(heads[column]) for column in there[:MOST_COLUMNS])
    more = " There are: " + listing + "; ..." * (len(there) > MOST_COLUMNS) + "." if there else ""
    raise CourseError(f"{many}: say which one with its number or title, COLUMN={example} for example.{more}")


def find_columns(
    columns: Sequence[int], heads: Sequence[str], course: Course, assignment: Assignment, asked: str
) -> list[int]:
    """The columns that were asked for; or whose title is the assignment's; or speaks of it and of no other."""
    if asked:
        return [column for column in columns if is_asked(heads[column], asked)]
    titles = {plain(assignment.name), plain(assignment.title)}
    found = [column for column in columns if plain(title_of(heads[column])) in titles]
    return found or [column for column in columns if speaks_alone(title_of(heads[column]), course, assignment)]


def is_asked(head: str, wanted: str) -> bool:
    return wanted.strip() in (head.strip(), title_of(head), number_of(head))


def speaks_alone(title: str, course: Course, assignment: Assignment) -> bool:
    """Whether a title speaks of this assignment ("A1: Convolution") and of no other."""
    others = [other for other in course.assignments if other.name != assignment.name]
    return speaks_of(title, assignment) and not any(speaks_of(title, other) for other in others)


def title_of(head: str) -> str:
    found = TITLE.fullmatch(head)
    return found["title"] if found else head.strip()


def number_of(head: str) -> str:
    found = TITLE.fullmatch(head)
    return found["number"] if found else ""
