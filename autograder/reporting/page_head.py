"""What stands at the top of a student's page, above the answers: a table of plain values that the template shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nbformat import NotebookNode

from autograder.reporting import embed
from autograder.reporting.gradebook import Entry
from autograder.reporting.page_facts import Facts
from autograder.results.result import GRADED, MISSING, PARTIAL, UNGRADED, QuestionResult, Result
from cnnlab.checking import outcomes

BY_PERSON = "graded by a person"
NOT_GRADED = "not graded yet"
NO_TIME = "at a time that is not known: it counts as on time"


def head_of(cells: Iterable[NotebookNode], result: Result, entry: Entry, facts: Facts) -> dict[str, Any]:
    """Points, times, what is open and why, a row for each question, notes.

    Args:
        cells: the graded cells of the notebook.
        result: as the student may see it.
    """
    open_ = open_names(result, entry)
    waiting = [score for score in entry.scores.values() if score.is_open]
    handed_in = facts.handed_in or (NO_TIME if facts.due else "")
    label = "Open" if result.reason == UNGRADED else result.status.capitalize()
    return {
        "facts": facts,
        "handed_in": "" if result.status == MISSING else handed_in,
        "score": entry.score if entry.scores else result.points,
        "max_score": entry.max_points if entry.scores else result.max_points,
        "late": entry.late,
        "open_points": sum(score.max_points for score in waiting if score.written),
        "undecided_points": sum(score.max_points - score.points for score in waiting if not score.written),
        "reason": None if result.status == GRADED else (label, result.reason),
        "open": embed.open_sentences(result, open_),
        "rows": [] if result.status == MISSING else rows_of(cells, result, entry, open_),
        "notes": [note for note in result.notes if note != result.reason],
        "printed": embed.shorten_output(result.output) if result.output.strip() else "",
        "graded_from": embed.graded_from(result),
        "style": embed.STYLE,
    }


def open_names(result: Result, entry: Entry) -> set[str]:
    """Questions that nobody has decided yet; those that a person has settled are none of them."""
    if entry.scores:
        return {name for name, score in entry.scores.items() if score.is_open}
    return {question.name for question in result.open_questions}


def rows_of(cells: Iterable[NotebookNode], result: Result, entry: Entry, open_: set[str]) -> list[dict[str, str]]:
    """A row for each question with the points that count: what went wrong first, then the written ones."""
    rows = [row_of(question, entry, question.name in open_) for question in sorted(result.questions, key=embed.urgency)]
    marks = [cell.metadata.nbgrader for cell in cells if not embed.is_test_cell(cell)]
    for name in (mark.grade_id for mark in marks):
        score = entry.scores.get(name)
        if score is not None:
            so_far = (
                f"{NOT_GRADED}, {score.max_points:g} points" if score.is_open else worth(score.points, score.max_points)
            )
            rows.append({"name": name, "points": so_far, "sign": "", "why": ""})
    return rows


def row_of(question: QuestionResult, entry: Entry, is_open: bool) -> dict[str, str]:
    score, why = entry.scores.get(question.name), embed.reason_of_loss(question)
    points = question.points
    if score is not None:
        points = score.points
        why = BY_PERSON if score.manual is not None and not is_open else why
    so_far = " so far" if is_open else ""
    sign = embed.sign(outcomes.OPEN if is_open else embed.ORDER[embed.urgency(question)])
    return {"name": question.name, "points": worth(points, question.max_points) + so_far, "sign": sign, "why": why}


def worth(points: float, most: float) -> str:
    return f"{round(points, 2):g} of {most:g}"


def result_without_tests(cells: Iterable[NotebookNode], assignment: str, student: str) -> Result:
    """Where there is no result that can be read: nothing is known, and everything is open."""
    marks = [cell.metadata.nbgrader for cell in cells if embed.is_test_cell(cell)]
    questions = [QuestionResult(mark.grade_id, mark.points) for mark in marks]
    return Result(assignment, student, PARTIAL, UNGRADED, questions, troubles=[UNGRADED])
