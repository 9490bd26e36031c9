"""A mistake is paid once: the same one, known again in a later question, costs nothing there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from autograder.mistakes.naming import LOOKS_LIKE
from cnnlab.checking.outcomes import FAILED, CheckFailed, StudentError, TestReport

if TYPE_CHECKING:
    from autograder.grading.plugin import Judged


def excuse(judged: Sequence[Judged]) -> None:
    """Mark what has been paid for elsewhere; `judged` stands in the notebook's order."""
    _excuse_known(judged)
    _charge_precision(judged)


def _excuse_known(judged: Sequence[Judged]) -> None:
    """A mistake of the bank is paid for in one question, where it costs most; so it can't be bought cheaply."""
    known: dict[str, list[TestReport]] = {}  # what it is paid as -> the tests that it costs
    for report in (one.report for one in judged if is_work(one.asked.error)):
        name = report.paid_as or report.hint.partition(LOOKS_LIKE)[2]  # by the bank; by the test itself
        if name and report.outcome == FAILED and not report.excused:
            known.setdefault(name, []).append(report)
    for reports in known.values():
        costs: dict[str, float] = defaultdict(float)
        for report in reports:
            costs[report.question] += report.max_points
        dearest = max(costs, key=lambda question: costs[question])
        for report in reports:
            if report.question != dearest:
                report.excused = f"the same mistake as in {dearest}, and paid for there"


def is_work(error: BaseException | None) -> bool:
    """Whether an answer that failed was computed at all: nothing, or zeros everywhere, is no mistake made twice."""
    if isinstance(error, CheckFailed):
        actual = error.actual
        return bool((actual != actual.flat[0]).any()) if isinstance(actual, np.ndarray) and actual.size else False
    return isinstance(error, StudentError)


def _charge_precision(judged: Sequence[Judged]) -> None:
    """Numbers of a smaller type than asked for cost one test of the submission: the one that is worth least."""
    rounded = [one.report for one in judged if one.precision]
    if rounded:
        charged = min(rounded, key=lambda report: report.max_points)
        charged.excused = ""
        for report in rounded:
            if report is not charged:
                report.excused += f"; that is paid for once, in {charged.question}"
