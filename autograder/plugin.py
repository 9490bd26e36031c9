"""The judge's pytest plugin: what the shared one does, with the reference solution, diagnosis and pictures."""

from __future__ import annotations

import pytest

from autograder.diagnosis import Diagnosis
from autograder.reference import Reference
from autograder.releasing.versions import numbers
from autograder.trained import TrainedNetworks
from cnnlab.outcomes import CheckFailed, TestReport
from cnnlab.picture import worst_slice
from cnnlab.student import Student
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
        super().add(report, error)
