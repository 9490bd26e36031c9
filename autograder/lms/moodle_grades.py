"""Moodle's grading worksheet ("Download grading worksheet"), with grades and comments filled in.

Moodle reads `Identifier` ("Participant 123"), `Grade`, `Last modified (grade)` and `Feedback comments`. A grade that
was changed in Moodle after the worksheet was made is passed over, as long as the last column but one is as it came; so
is one above the maximum, without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from autograder.collecting.class_list import Student
from autograder.course.course import CourseError
from autograder.course.identifiers import shown
from autograder.lms.grades import (
    Filled,
    Options,
    Rows,
    grades_of,
    most_points,
    names_in,
    rounded,
    scaled,
    tell_left,
    tell_points,
)
from autograder.lms.pieces import Whose
from autograder.lms.table import Table, read_number
from autograder.reporting.standing import Standing

LMS = "Moodle"
NEEDED = {"identifier": "Identifier", "grade": "Grade", "lastmodifiedgrade": "Last modified (grade)"}
OTHER_IDS = ("emailaddress", "idnumber", "username")
NO = {"no"}
NUMBER = re.compile(r"\d+\s*$")


def fill_worksheet(
    data: bytes,
    name: str,
    standings: Sequence[Standing],
    said: Mapping[str, Whose],
    options: Options,
    listed: Mapping[str, Student] | None = None,
) -> Filled:
    """The worksheet with every grade that is to be told.

    Args:
        name: of the file, for sentences.
        said: student -> what Moodle has said of whose hand-in it is.
        listed: the class list.

    Raises:
        CourseError: it is not such a file.
    """
    table, places = read_worksheet(data, name)
    filled, column, grades = Filled(b""), places["grade"], grades_of(standings, options)
    whose, told = find_students(table, places, standings, said, listed)
    ours, theirs = most_points(standings), maximum_of(table, places)
    filled.told += tell_points(ours, theirs, options, LMS)
    locked, above, other = [], [], 0
    for row, student in whose.items():
        grade = grades[student]
        if table.text(row, places.get("gradecanbechanged")).casefold() in NO:
            locked.append(student)
        elif grade.score is not None:
            score = scaled(grade.score, ours, theirs, options)
            above += [student] if theirs is not None and score > theirs else []
            other += table.put_number(row, column, rounded(score))
            put_comment(table, row, places.get("feedbackcomments"), grade.standing)
            filled.students.append(student)
    if locked:
        filled.told.append(f"{len(locked)} left, since Moodle lets nobody change their grade: {names_in(locked)}.")
    if above:
        told_above = "have more than Moodle's maximum, and Moodle will pass over them"
        filled.told.append(f"{len(above)} {told_above}: {names_in(above)}.")
    filled.told += [f"{other} had another grade in Moodle, which this file replaces."] * bool(other)
    filled.told += tell_left([grades[student] for student in whose.values()], LMS) + told
    filled.data = table.to_bytes()
    return filled


def read_worksheet(data: bytes, name: str) -> tuple[Table, dict[str, int]]:
    """The table, and the places of its columns."""
    table = Table(data, name, lambda columns: "identifier" in columns)
    places = {head: column for column, head in reversed(list(enumerate(table.columns)))}
    if lacking := [title for head, title in NEEDED.items() if head not in places]:
        raise CourseError(
            f"{shown(name)} has no column {' and no '.join(lacking)}, which Moodle needs to read it again. Download "
            "the grading worksheet anew, with Moodle in English."
        )
    return table, places


def maximum_of(table: Table, places: Mapping[str, int]) -> float | None:
    """The maximum grade; None if there is no such column, or the assignment is graded on a scale of words."""
    texts = {table.text(row, places.get("maximumgrade")) for row in range(1, len(table.rows))} - {""}
    return read_number(texts.pop()) if len(texts) == 1 else None


def put_comment(table: Table, row: int, column: int | None, standing: Standing) -> None:
    """Points of each question, where no person has written anything."""
    if column is not None and not table.text(row, column):
        table.put(row, column, comment_on(standing))


def comment_on(standing: Standing) -> str:
    """`conv_forward_naive 6/10, convolve2d 0/4; ...`, of names and numbers of ours and the late policy's sentence."""
    entry = standing.entry
    if entry is None:
        return ""
    texts = [
        f"{name} {'open' if score.is_open else f'{score.points:g}'}/{score.max_points:g}"
        for name, score in entry.scores.items()
    ]
    return "; ".join(filter(None, [", ".join(texts), entry.late.text]))


def find_students(
    table: Table,
    places: Mapping[str, int],
    standings: Iterable[Standing],
    said: Mapping[str, Whose],
    listed: Mapping[str, Student] | None,
) -> tuple[dict[int, str], list[str]]:
    """Row -> its student, in the order of the file; and what a person should know of the others."""
    rows, found = Rows(standings, said, listed), {}
    for row in range(1, len(table.rows)):
        ids = [table.text(row, places["identifier"]), *(table.text(row, places.get(head)) for head in OTHER_IDS)]
        name = table.text(row, places.get("fullname"))
        if student := rows.find(table.line(row), name, ids=ids):
            found[row] = student
    twice = rows.twice()
    return {row: student for row, student in found.items() if student not in twice}, rows.tell()


def read_participants(
    data: bytes, name: str, standings: Iterable[Standing], said: Mapping[str, Whose]
) -> dict[str, tuple[str, str]]:
    """Student -> full name and participant's number, as the worksheet has them. Raises as `fill_worksheet`."""
    table, places = read_worksheet(data, name)
    whose, _ = find_students(table, places, standings, said, None)
    found = {}
    for row, student in whose.items():
        if number := NUMBER.search(table.text(row, places["identifier"])):
            found[student] = (table.text(row, places.get("fullname")), number[0])
    return found
