"""grades.csv: a row for every student and assignment, made whole each time from results/ and gradebook.db.

It is never read: what a spreadsheet made of it, or of a part of it, has no say.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from autograder.course.course import Course
from autograder.files import write_atomically
from autograder.reporting.standing import Standing
from autograder.reporting.text import printable
from autograder.steps.boundary import boundary

NAMES = ("assignment", "student_id", "first_name", "last_name", "email")
POINTS = ("status", "state", "score_so_far", "score", "max_score", "open_points", "late_penalty")
FIRST = NAMES + POINTS
LAST = ("late", "version", "reason", "attention")


def grades_path(course: Course) -> Path:
    return course.root / "grades.csv"


def write_grades_csv(course: Course, standings: Iterable[Standing]) -> Path:
    """Write grades.csv, whole or not at all: every standing there is. Gives the file back.

    Scores come from the gradebook, so that a TA's count. `score` is empty until `state` is final; what nobody has
    decided yet (a written answer, an open question) is empty, too: `open_points` says how many points that may still
    be, and `score_so_far` what there is already.
    """
    rows = {}
    for standing in standings:
        row = bare_row(standing)
        with boundary("making the row") as attempt:
            row = csv_row(standing)
        if attempt.trouble:
            row["attention"] = printable(attempt.trouble)
            standing.result.troubles.append(attempt.trouble)  # for the table
        rows[row["assignment"], row["student_id"]] = row
    questions = dict.fromkeys(name for _, row in sorted(rows.items()) for name in row if name not in FIRST + LAST)
    text = io.StringIO()
    writer = csv.DictWriter(text, [*FIRST, *questions, *LAST], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows[key] for key in sorted(rows))
    write_atomically(grades_path(course), text.getvalue())
    return grades_path(course)


def bare_row(standing: Standing) -> dict[str, str]:
    """The row of a student of whom no more can be said."""
    result = standing.result
    return cells({"assignment": result.assignment, "student_id": result.student, "status": result.status})


def csv_row(standing: Standing) -> dict[str, str]:
    result, person = standing.result, standing.person
    row = {"assignment": result.assignment, "student_id": result.student, "status": result.status}
    row |= {"first_name": person.first_name, "last_name": person.last_name, "email": person.email}
    row |= {"state": standing.state, "score_so_far": points(standing.score_so_far), "score": points(standing.score)}
    row |= {"max_score": points(standing.max_score), "open_points": points(standing.open_points)}
    row |= {"late_penalty": points(standing.late.points), "late": standing.late.text}
    row |= question_columns(standing)
    row |= {"version": result.version, "reason": result.reason, "attention": "; ".join(standing.attention)}
    return cells(row)


def question_columns(standing: Standing) -> dict[str, str]:
    """Points of each question; empty where they are not decided."""
    result, entry = standing.result, standing.entry
    if entry is None:
        waiting = {question.name for question in result.open_questions}
        return {q.name: "" if q.name in waiting else points(q.points) for q in result.questions}
    names = [question.name for question in result.questions]
    names += sorted(name for name, score in entry.scores.items() if score.written)
    scores = {name: entry.scores.get(name) for name in names}
    return {name: "" if score is None or score.is_open else points(score.points) for name, score in scores.items()}


def points(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def cells(row: dict[str, str]) -> dict[str, str]:
    return {name: harmless(value) for name, value in row.items()}


def harmless(text: str) -> str:
    """A cell that a spreadsheet takes as text: one that begins like a formula gets an apostrophe in front."""
    text = printable(text)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
