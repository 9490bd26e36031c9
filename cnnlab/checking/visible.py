"""The visible checks of a question: `cnnlab.check("conv_forward_naive")` under each stub."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import Any

from cnnlab.checking.check_result import CheckResult, Notice
from cnnlab.checking.outcomes import CheckFailed, TestReport
from cnnlab.checking.picture import worst_slice
from cnnlab.checking.student import LocalStudent
from cnnlab.checking.testing import Questions, run_tests
from cnnlab.notebooks.session import assignment_in
from cnnlab.signatures import COURSE, all_questions, assignment_of, names_of

CHECKS = Path(__file__).parents[1] / "checks"
SEED = "visible"  # the hidden inputs of a term are drawn from another one


class VisibleQuestions(Questions):
    """Adds a picture of where an array is wrong."""

    def __init__(self, student: LocalStudent, questions: list[str]) -> None:
        super().__init__(student, SEED, questions)

    def add(self, report: TestReport, error: BaseException | None) -> None:
        if isinstance(error, CheckFailed):
            found = worst_slice(error.actual, error.desired)
            worth_it = found and min(len(found["desired"]), len(found["desired"][0])) > 1
            report.picture = found if worth_it else None
        super().add(report, error)


def check(question: str, namespace: dict[str, Any] | None = None) -> CheckResult | Notice:
    """Run the visible checks of one question on the functions of this notebook.

    Args:
        question: name of the question, as it stands above its cell.
        namespace: where the functions are; the calling notebook's own names if not given.

    Returns:
        What was found; a sentence where there is no such question.
    """
    if namespace is None:
        namespace = sys._getframe(1).f_globals
    if not isinstance(question, str):
        name = getattr(question, "__name__", "the_question")
        return Notice(f'Write the name of the question in quotes: cnnlab.check("{name}").')
    if question not in all_questions():
        return Notice(f"There is no question named {question!r}. {suggestion(question, namespace)}")
    return check_all(assignment_of(question), namespace, [question])[0]


def check_all(assignment: str, namespace: dict[str, Any], questions: list[str] | None = None) -> list[CheckResult]:
    """The visible checks of an assignment, or of some of its questions, in one run: a result for each question."""
    questions = list(COURSE[assignment]) if questions is None else questions
    plugin = VisibleQuestions(LocalStudent(namespace), questions)
    reports = run_tests(CHECKS / f"{assignment}.py", plugin)
    return [CheckResult(name, [report for report in reports if report.question == name]) for name in questions]


def suggestion(wrong: str, namespace: dict[str, Any]) -> str:
    """The question that may have been meant; the names of all questions of this assignment if none is near."""
    assignment = assignment_in(namespace)
    meant: dict[str, str] = {}  # what may have been written -> the question; those of this assignment first
    for questions in sorted(COURSE.items(), key=lambda item: item[0] != assignment):
        for question, lines in questions[1].items():
            meant |= dict.fromkeys([question.lower(), *map(str.lower, names_of(lines))], question)
    lower = wrong.lower()
    close = [name for name in meant if lower and name.startswith(lower)]
    close = close or difflib.get_close_matches(lower, meant, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {meant[close[0]]!r}?"
    names = list(COURSE[assignment]) if assignment else all_questions()
    return f"The questions are: {', '.join(names)}."
