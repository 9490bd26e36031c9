"""A mistake is paid once: the same one, known again in a later question, costs nothing there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnlab.outcomes import FAILED

if TYPE_CHECKING:
    from autograder.plugin import Judged


LOOKS_LIKE = "looks like: "


def excuse(judged: Sequence[Judged]) -> None:
    """Mark what has been paid for elsewhere; `judged` stands in the notebook's order."""
    _excuse_known(judged)
    _charge_precision(judged)


def _excuse_known(judged: Sequence[Judged]) -> None:
    """A mistake of the bank is paid in the first question that it is known in."""
    paid: dict[str, str] = {}  # what it is paid as -> question
    for one in judged:
        report = one.report
        known = report.paid_as or report.hint.partition(LOOKS_LIKE)[2]  # by the bank; by the test itself
        if report.outcome != FAILED or report.excused or not known:
            continue
        first = paid.setdefault(known, report.question)
        if first != report.question:
            report.excused = f"the same mistake as in {first}, and paid for there"


def _charge_precision(judged: Sequence[Judged]) -> None:
    """Numbers of a smaller type than asked for cost one test of the submission: the one that is worth least."""
    rounded = [one.report for one in judged if one.precision]
    if rounded:
        charged = min(rounded, key=lambda report: report.points)
        charged.excused = ""
        for report in rounded:
            if report is not charged:
                report.excused += f"; that is paid for once, in {charged.question}"
