"""Standings made by hand: two questions in code, one in words."""

from __future__ import annotations

from hand_made import make_result

from autograder.collecting.class_list import Student
from autograder.course.late import Penalty
from autograder.lms.grades import Standing
from autograder.reporting.gradebook import Entry, Score
from autograder.results.result import MISSING

MOST = 19.0  # points of make_result's questions and the written one


def make_standing(
    student: str, points: float = 6.0, written: float | None = 3.0, late: float = 0.0, **person: object
) -> Standing:
    """`points` of 10 from the tests, 0 of 4, and `written` of 5, which is open if None."""
    scores = {"conv_forward_naive": Score(10.0, False, points), "convolve2d": Score(4.0, False, 0.0)}
    scores["written_why"] = Score(5.0, True, None, written, needs_manual=written is None)
    entry = Entry(scores=scores, late=Penalty(late, text=f"late by 2 days: −{late:g}" if late else ""))
    return Standing(Student(student, **person), make_result(student, forward=points), entry)  # type: ignore[arg-type]


def make_missing(student: str, **person: object) -> Standing:
    standing = make_standing(student, 0.0, 0.0, **person)
    standing.result.status, standing.result.reason = MISSING, "Nothing was handed in."
    return standing
