"""The visible checks of a question: `cnnlab.check("conv_forward_naive")` under each stub."""

from __future__ import annotations

import difflib
import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from cnnlab.checking.check_result import CheckResult, Notice
from cnnlab.checking.hints import add_hint
from cnnlab.checking.outcomes import CheckFailed, TestReport
from cnnlab.checking.picture import worst_slice
from cnnlab.checking.sketch import Sketch, WatchedStudent
from cnnlab.checking.testing import Questions, collect, marker_of, run_tests
from cnnlab.notebooks.session import assignment_in
from cnnlab.signatures import COURSE, all_questions, assignment_of, names_of

CHECKS = Path(__file__).parents[1] / "checks"
SEED, OTHER_SEED = "visible", "visible, too"  # the hidden inputs of a term are drawn from others


class VisibleQuestions(Questions):
    """Adds a picture of where an array is wrong; takes in for a sketch what was done in the steady checks."""

    def __init__(
        self,
        student: WatchedStudent,
        questions: list[str],
        seed: str = SEED,
        sketch: Sketch | None = None,
        everything: bool = True,
    ) -> None:
        super().__init__(student, seed, questions)
        self._watched, self._sketch, self._everything = student, sketch, everything

    def run(self, items: Sequence[pytest.Item]) -> None:
        super().run([item for item in items if self._everything or is_steady(item)])

    def report(self, item: pytest.Item, error: BaseException | None, seconds: float) -> TestReport:
        report = super().report(item, error, seconds)
        if self._sketch is not None and is_steady(item):
            self._sketch.add(report, self._watched)
        return report

    def add(self, report: TestReport, error: BaseException | None) -> None:
        if isinstance(error, CheckFailed):
            found = worst_slice(error.actual, error.desired)
            worth_it = found and min(len(found["desired"]), len(found["desired"][0])) > 1
            report.picture = found if worth_it else None
        super().add(report, error)


def is_steady(item: pytest.Item) -> bool:
    """Whether a check comes out the same each time: neither the clock nor a file nor chance decides."""
    return bool(marker_of(item).kwargs.get("steady", True))


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
    sketch = Sketch()
    student = WatchedStudent(namespace)
    reports = run_checks(question, student, sketch)
    with suppress(Exception):  # whatever is wrong with a hint, the check is whole without it
        add_hint(question, reports, sketch, lambda: all_calls(question, student))
    return CheckResult(question, reports)


def run_checks(
    question: str, student: WatchedStudent, sketch: Sketch, seed: str = SEED, everything: bool = True
) -> list[TestReport]:
    """The reports of a question's checks, or of the steady ones; what was done in these goes into the sketch."""
    plugin = VisibleQuestions(student, [question], seed, sketch, everything)
    return run_tests(CHECKS / f"{assignment_of(question)}.py", plugin)


def all_calls(question: str, student: WatchedStudent) -> Sketch:
    """What the functions do in all calls of a question's checks: nothing is compared, so no difference ends a check.

    Made twice, with other random numbers the second time. What the functions print is not shown again.
    """
    sketch = Sketch()
    silent = io.StringIO()
    with silenced(CHECKS / f"{assignment_of(question)}.py"), redirect_stdout(silent), redirect_stderr(silent):
        for seed in (SEED, OTHER_SEED):
            run_checks(question, student, sketch, seed, everything=False)
    return sketch


@contextmanager
def silenced(path: Path) -> Iterator[None]:
    """A file of checks whose comparisons let everything pass, for a while."""
    module = collect(path, VisibleQuestions).items[0].getparent(pytest.Module)
    names = vars(module.obj) if module else {}
    comparing = [name for name in names if name.startswith("assert_") or name == "check_gradient"]
    with patch.dict(names, dict.fromkeys(comparing, lambda *args, **kwargs: None)):
        yield


def check_all(assignment: str, namespace: dict[str, Any], questions: list[str] | None = None) -> list[CheckResult]:
    """The visible checks of an assignment, or of some of its questions, in one run: a result for each question."""
    questions = list(COURSE[assignment]) if questions is None else questions
    plugin = VisibleQuestions(WatchedStudent(namespace), questions)
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
