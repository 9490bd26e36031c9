"""Some hidden tests of one question, asked until one is not passed: nothing but whether all are leaves it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from autograder.course.reference import Reference
from autograder.grading.plugin import HiddenTests
from cnnlab.checking.outcomes import PASSED, TestReport
from cnnlab.checking.student import Student


class Trial(HiddenTests):
    """Asks without gates, second looks and names: whoever must pass everything needs none of them."""

    def __init__(self, student: Student, seed: str, reference: Reference, tests: Sequence[str]) -> None:
        """`tests` by name, in the order in which they are asked."""
        super().__init__(student, seed, reference, None)
        self._tests = tests
        self.error: BaseException | None = None  # of the test that was asked last

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._note = ""
        self._student.forget()

    def report(self, item: pytest.Item, error: BaseException | None, seconds: float) -> TestReport:
        return TestReport("", item.name, "", 0.0, PASSED if error is None else "failed", seconds=seconds)

    def add(self, report: TestReport, error: BaseException | None) -> None:
        self.reports.append(report)
        self.error = error

    def run(self, items: Sequence[pytest.Item]) -> None:
        by_name = {item.name: item for item in items}
        for name in self._tests:
            item = by_name[name]
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
            if not self.passed:
                return

    @property
    def passed(self) -> bool:
        """Whether every test that was asked has passed."""
        return all(report.outcome == PASSED for report in self.reports)
