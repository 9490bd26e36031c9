"""The judge's pytest plugin: what the shared one does, with the reference solution, second looks, diagnosis, pictures.

First every test is run once, on the student's functions as they are. Then, question by question in the notebook's
order, `settle` asks again what failed because of something that has its own price, and names what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from autograder.course.edition import as_numbers
from autograder.course.reference import Reference
from autograder.grading.diagnosis import Asked, Diagnosis
from autograder.grading.excuses import excuse
from autograder.grading.replay import objects_made
from autograder.grading.second_look import SecondLook, Substitution
from autograder.grading.trained import TrainedNetworks
from autograder.mistakes.naming import LOOKS_LIKE
from autograder.results.result import GIVEN
from cnnlab.checking.outcomes import (
    ERROR,
    FAILED,
    NOT_ATTEMPTED,
    NOT_CHECKED,
    OPEN,
    PASSED,
    CheckFailed,
    NoCache,
    NotAttempted,
    StudentError,
    TestReport,
)
from cnnlab.checking.picture import worst_slice
from cnnlab.checking.student import Call, Student
from cnnlab.checking.testing import Questions, marker_of
from cnnlab.signatures import COURSE, QUESTIONS, SIGNATURES, assignment_of, names_of, question_of

MOST_KEPT = 1 << 20  # bytes of a passed test's calls
PAID_SHARE = 0.4  # of its points: a forward pass that earns as much is the right one but for a mistake


class NotAsked(Exception):
    """A test that the student's version of the notebook did not have yet: it costs nobody a point."""


@dataclass
class Judged:
    """A test, its report, and what was called in it."""

    item: pytest.Item
    report: TestReport
    asked: Asked
    precision: str = field(default="")

    @property
    def is_lost(self) -> bool:
        return self.report.outcome not in (PASSED, ERROR) and not self.report.excused


class HiddenTests(Questions):
    """Hidden tests of one submission."""

    def __init__(
        self,
        student: Student,
        seed: str,
        reference: Reference,
        diagnosis: Diagnosis | None,
        questions: list[str] | None = None,
        trained: TrainedNetworks | None = None,
        version: str = "",
        second_look: SecondLook | None = None,
    ) -> None:
        """`version` is that of the notebook; "" asks everything. Without `second_look` everything is asked once."""
        super().__init__(student, seed, questions)
        self._version = version
        self._reference, self._diagnosis, self._trained = reference, diagnosis, trained
        self._second_look = second_look
        self._judged: dict[str, Judged] = {}
        self._again: list[TestReport] | None = None  # reports of a second look, while there is one
        self._error: BaseException | None = None
        self.troubles: list[str] = []  # the grader's own, after the tests; for a TA

    @pytest.fixture
    def reference(self) -> Reference:
        """The reference solution's functions."""
        return self._reference

    @pytest.fixture
    def trained(self, student: Student) -> TrainedNetworks:
        """The networks that the student has trained, and their accuracies."""
        if self._trained is None:
            raise RuntimeError("the tests run without a submission's folder, so there are no trained networks")
        return self._trained

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        super().pytest_runtest_setup(item)
        marks = marker_of(item).kwargs
        if "since" in marks and not marks.get("after"):
            raise ValueError(f"{item.name}: since= needs after=[...], so that nobody gets its points for nothing")
        if self._version and as_numbers(self._version) < as_numbers(marks.get("since", "0")):
            text = f"{GIVEN}new in version {marks['since']}, and this notebook is version {self._version}"
            raise NotAsked(text)

    def report(self, item: pytest.Item, error: BaseException | None, seconds: float) -> TestReport:
        self._item = item
        if not isinstance(error, NotAsked):
            return super().report(item, error, seconds)
        report = super().report(item, None, seconds)
        report.text = str(error)
        return report

    def add(self, report: TestReport, error: BaseException | None) -> None:
        self._error = error
        if self._again is not None:
            self._again.append(report)
            return
        judged = Judged(self._item, report, asked_in(report.test, self._student.calls, error))
        if isinstance(error, CheckFailed):
            report.picture = worst_slice(error.actual, error.desired)
            if error.precision == "float32":  # provisionally: `excuse` decides where it is paid
                judged.precision, report.excused = error.precision, error.hint or report.returned
        self._judged[report.test] = judged
        super().add(report, error)

    def run(self, items: Sequence[pytest.Item]) -> None:
        super().run(items)
        for question in dict.fromkeys(one.report.question for one in self._judged.values()):
            judged = [one for one in self._judged.values() if one.report.question == question]
            try:
                if self._second_look is not None:
                    self._look_again(judged, self._second_look)
                if self._diagnosis is not None:
                    self._name_mistakes(judged, self._diagnosis)
            except Exception as error:  # what came of the first look stands, and says as much as it can
                self.troubles.append(f"{question} was not looked at again ({type(error).__name__}: {error})")
        excuse(list(self._judged.values()))
        self._ask_what_waited()
        self._judged.clear()  # with all that was called: the next submission needs the memory

    # --- second looks ---------------------------------------------------------------------------------------------

    def _look_again(self, judged: list[Judged], look: SecondLook) -> None:
        """Ask what failed again, with what it builds on as if it were right."""
        called = {name for one in judged for name in one.asked.called}
        for one in judged:
            if one.is_lost:
                self._look_again_at(one, called, look)
        for one in judged:  # what was gated by a test that is open now
            if one.report.outcome == NOT_CHECKED and not isinstance(one.asked.error, NoCache):
                self._gate_again(one)

    def _look_again_at(self, one: Judged, called: set[str], look: SecondLook) -> None:
        own = functions_of(one)
        if look.are_stubs(own):
            return
        self._student.paid = self._paid()
        gated = one.report.outcome == NOT_CHECKED and not isinstance(one.asked.error, NoCache)
        follows = bool(self._student.paid & called - own)
        if (gated or follows) and self._passes(one.item, self._student):
            return self._settle(one, "judged by what your own forward pass computes" if follows else "")
        broken, tried = self._broken(), None
        if not marker_of(one.item).kwargs.get(
            "after"
        ):  # those pay for a cache that is missing, where nothing else does
            broken |= self._useless(one)
        for substitution in look.substitutions(own, called, broken):
            tried = substitution
            if self._passes(one.item, look.open(substitution)):
                return self._settle(one, f"judged with a right {' and '.join(sorted(substitution.names))}")
        self._give_up(one, tried)

    def _passes(self, item: pytest.Item, student: Student) -> bool:
        """Run a test on another student; nothing but whether it passed leaves this function."""
        before, self._student, self._again = self._student, student, []
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            return all(report.outcome == PASSED for report in self._again)
        finally:
            self._student, self._again = before, None

    def _settle(self, one: Judged, text: str) -> None:
        report = one.report
        report.outcome, report.text, report.picture = PASSED, text, None
        report.called = report.returned = report.expected = report.hint = ""
        report.trace = []

    def _give_up(self, one: Judged, tried: Substitution | None) -> None:
        """A backward pass that could not be asked: by no cache of its own, and not by the course's either."""
        if tried is None or not self._useless(one):
            return
        if isinstance(self._error, StudentError):
            one.report.outcome = OPEN
            one.report.text += ", and with the course's own cache it can't be asked either: a person has to look"
        elif isinstance(self._error, NotAttempted):
            one.report.outcome, one.report.text = NOT_ATTEMPTED, str(self._error)
        elif isinstance(self._error, CheckFailed):
            one.report.outcome = FAILED
            one.report.text += "; with a right cache of the course's own it is not right either"

    def _gate_again(self, one: Judged) -> None:
        waiting = {other.report.test for other in self._judged.values() if other.report.is_open}
        if waiting & set(marker_of(one.item).kwargs.get("after", ())):
            one.report.outcome = OPEN

    def _ask_what_waited(self) -> None:
        """Tests that were not asked because of one that is excused now: what is paid for elsewhere closes no gate."""
        for one in self._judged.values():
            if one.report.outcome == NOT_CHECKED and not isinstance(one.asked.error, NoCache):
                if self._passes(one.item, self._student):
                    self._settle(one, "")

    def _broken(self) -> set[str]:
        """The functions that failed in their own questions."""
        return {name for one in self._judged.values() if one.is_lost for name in functions_of(one)}

    @staticmethod
    def _useless(one: Judged) -> set[str]:
        """The forward pass that gave no cache here, whatever its own question has made of it."""
        calls = one.asked.calls
        if isinstance(one.asked.error, NoCache) and calls:
            return {calls[-1].name}
        return {call.name for call in calls if any(is_nothing(made) for made in objects_made(call))}

    def _paid(self) -> frozenset[str]:
        """Forward passes that are wrong by a known mistake, or in a smaller part."""
        found = set()
        for name in self._broken():
            mine = [one.report for one in self._judged.values() if one.report.question == question_of(name)]
            earned = sum(report.points for report in mine) / (sum(report.max_points for report in mine) or 1)
            if earned >= PAID_SHARE or any(report.mistake for report in mine):
                found.add(name)
        return frozenset(found)

    # --- diagnosis ------------------------------------------------------------------------------------------------

    def _name_mistakes(self, judged: list[Judged], diagnosis: Diagnosis) -> None:
        lost = [one for one in judged if one.is_lost and not one.report.hint]
        if not lost:
            return
        names = diagnosis.explain([one.asked for one in judged], {one.report.test for one in lost}, self._student)
        for one in lost:
            if mistake := names.get(one.report.test):
                one.report.mistake, one.report.hint = mistake.name, LOOKS_LIKE + mistake.hint
                one.report.paid_as = mistake.paid_as
        if len({mistake.paid_as for mistake in names.values()}) == 1:  # it explains the whole question
            mistake = next(iter(names.values()))
            for one in lost:
                if one.report.test in mistake.loses:
                    one.report.paid_as = mistake.paid_as


def asked_in(test: str, calls: list[Call], error: BaseException | None) -> Asked:
    """What a test has asked. Large values of a test that passed are not worth their memory to a diagnosis."""
    size = sum(map(size_of, (value for call in calls for value in (*call.args, call.value))))
    kept = [] if error is None and size > MOST_KEPT else list(calls)
    return Asked(test, kept, error, frozenset(call.name for call in calls))


def size_of(value: Any) -> int:
    """Bytes of the arrays in a value."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (tuple, list)):
        return sum(map(size_of, value))
    return getattr(value, "nbytes", 0)


def is_nothing(cache: Any) -> bool:
    """Whether a forward pass kept None for its backward pass."""
    return cache is None or getattr(cache, "type_name", "") == "NoneType"


def functions_of(one: Judged) -> set[str]:
    """The functions that a test is about: those of its question. Where that asks for both directions of a layer, and
    the backward pass was asked, that one."""
    question = one.report.question
    names = set(names_of(COURSE[assignment_of(question)][question]))
    if len(names) > 1:
        backward = {name for name in names if "cache" in SIGNATURES[name].parameters}
        last = one.asked.calls[-1].name if one.asked.calls else ""
        if last in backward or isinstance(one.asked.error, NoCache):
            return backward
    return names & QUESTIONS.keys()
