"""The judge's pytest plugin: what the shared one does, with the reference solution, diagnosis and pictures."""

from __future__ import annotations

import pytest

from autograder.diagnosis import Diagnosis
from autograder.reference import Reference
from cnnlab.outcomes import CheckFailed, TestReport
from cnnlab.picture import worst_slice
from cnnlab.student import Student
from cnnlab.testing import Questions


class HiddenTests(Questions):
    """Hidden tests of one submission."""

    def __init__(
        self,
        student: Student,
        seed: str,
        reference: Reference,
        diagnosis: Diagnosis | None,
        questions: list[str] | None = None,
    ) -> None:
        super().__init__(student, seed, questions)
        self._reference, self._diagnosis = reference, diagnosis

    @pytest.fixture
    def reference(self) -> Reference:
        """The reference solution's functions."""
        return self._reference

    def add(self, report: TestReport, error: BaseException | None) -> None:
        if isinstance(error, CheckFailed):
            report.picture = worst_slice(error.actual, error.desired)
            mistake = self._diagnosis and self._diagnosis.explain(self._student.calls, error)
            if mistake:
                report.mistake, report.hint = mistake.name, f"looks like: {mistake.hint}"
        super().add(report, error)
