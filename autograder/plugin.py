"""The judge's pytest plugin: what the shared one does, with the reference solution, diagnosis and pictures."""

from __future__ import annotations

import pytest

from autograder.diagnosis import Diagnosis
from autograder.reference import Reference
from autograder.releasing.versions import numbers
from autograder.trained import TrainedNetworks
from cnnlab.outcomes import FAILED, CheckFailed, TestReport
from cnnlab.picture import worst_slice
from cnnlab.signatures import question_of
from cnnlab.student import Student, maker_of_cache
from cnnlab.testing import Questions, marker_of


class NotAsked(Exception):
    """A test that the student's version of the notebook did not have yet: it costs nobody a point."""


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
    ) -> None:
        """`version` is that of the notebook; "" asks everything."""
        super().__init__(student, seed, questions)
        self._version = version
        self._reference, self._diagnosis, self._trained = reference, diagnosis, trained

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
        if self._version and numbers(self._version) < numbers(marks.get("since", "0")):
            text = f"points given: new in version {marks['since']}, and this notebook is version {self._version}"
            raise NotAsked(text)

    def report(self, item: pytest.Item, error: BaseException | None, seconds: float) -> TestReport:
        if not isinstance(error, NotAsked):
            return super().report(item, error, seconds)
        report = super().report(item, None, seconds)
        report.text = str(error)
        return report

    def add(self, report: TestReport, error: BaseException | None) -> None:
        if isinstance(error, CheckFailed):
            report.picture = worst_slice(error.actual, error.desired)
            mistake = self._diagnosis and self._diagnosis.explain(self._student.calls, error)
            if mistake:
                report.mistake, report.hint = mistake.name, f"looks like: {mistake.hint}"
            elif not report.hint and (forward := self._wrong_forward()):
                report.hint = f"it starts from the cache of {forward}, which is not right yet: mend that first"
        super().add(report, error)

    def _wrong_forward(self) -> str:
        """The function that made the last call's cache, if a test of it failed: that may be the whole mistake."""
        calls = self._student.calls
        maker = maker_of_cache(calls[-1], calls) if calls else None
        failed = {report.question for report in self.reports if report.outcome == FAILED}
        return maker.name if maker and question_of(maker.name) in failed else ""
