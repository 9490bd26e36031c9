"""The check cell under each stub: `cnnlab.check("conv_forward_naive")`."""

from __future__ import annotations

import base64
import html
import sys
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab.outcomes import FAILED, NOT_ATTEMPTED, NOT_CHECKED, PASSED, CheckFailed, TestReport
from cnnlab.signatures import assignment_of
from cnnlab.student import LocalStudent
from cnnlab.testing import Questions, run_tests

CHECKS = Path(__file__).parent / "checks"
SEED = "visible"  # the hidden inputs of a term are drawn from another one
SIGNS = {PASSED: "✓", FAILED: "✗", NOT_ATTEMPTED: "○", NOT_CHECKED: "–"}
# readable on white and on the dark themes of Colab, Jupyter and VS Code
COLORS = {PASSED: "#2da44e", FAILED: "#e5484d", NOT_ATTEMPTED: "#8b949e", NOT_CHECKED: "#8b949e"}
OTHER_COLOR = "#bf8700"
LABELS = ("called", "returned", "expected", "hint")


class CheckResult:
    """What a check found; a notebook shows it as a table, a terminal as text.

    `pictures` holds, for tests that failed on an array, the arrays returned and expected.
    """

    def __init__(
        self, question: str, reports: list[TestReport], pictures: dict[str, tuple[np.ndarray, np.ndarray]] | None = None
    ) -> None:
        self.question, self.reports, self.pictures = question, reports, pictures or {}

    @property
    def passed(self) -> bool:
        return all(report.outcome == PASSED for report in self.reports)

    @property
    def summary(self) -> str:
        """How it stands in a few words; the whole story where no test could judge anything."""
        if self.nothing_judged:
            texts = dict.fromkeys(report.text.removeprefix("not checked: ") for report in self.reports)
            outcomes = {report.outcome for report in self.reports}
            if outcomes == {NOT_ATTEMPTED} and all("not attempted" in text for text in texts):
                return "not attempted yet"
            return f"not checked yet: {' '.join(texts)}"
        good = sum(report.outcome == PASSED for report in self.reports)
        return f"{good} of {len(self.reports)} checks passed"

    @property
    def nothing_judged(self) -> bool:
        return {report.outcome for report in self.reports} <= {NOT_ATTEMPTED, NOT_CHECKED}

    @property
    def headline(self) -> str:
        return f"{self.question} · {self.summary}"

    def __repr__(self) -> str:
        shown = [] if self.nothing_judged else self.reports
        return "\n".join([self.headline, *(line for report in shown for line in text_lines(report))])

    def _repr_html_(self) -> str:
        color = COLORS[PASSED if self.passed else NOT_ATTEMPTED if self.nothing_judged else FAILED]
        head = f'<code style="font-weight:bold">{html.escape(self.question)}</code>'
        head += f' <span style="color:{color};font-weight:bold">{html.escape(self.summary)}</span>'
        rows = "" if self.nothing_judged else "".join(self.row(report) for report in self.reports)
        return (
            f'<div style="border-left:4px solid {color};padding:4px 12px;line-height:1.45;text-align:left">'
            f"<div>{head}</div>{rows}</div>"
        )

    def row(self, report: TestReport) -> str:
        """One test as HTML: sign and title, and below them what went wrong."""
        color = COLORS.get(report.outcome, OTHER_COLOR)
        muted = ";opacity:.65" if report.outcome == PASSED else ""
        sign = f'<b style="color:{color};display:inline-block;width:1.4em">{SIGNS.get(report.outcome, "!")}</b>'
        row = f'<div style="margin-top:3px{muted}">{sign}{html.escape(report.title)}</div>'
        if report.outcome == PASSED:
            return row
        plain = "".join(f"<div>{html.escape(line)}</div>" for line in (report.text,) if line)
        cells = "".join(
            f'<span style="opacity:.65">{label}</span><span style="{MONOSPACE}">{html.escape(value)}</span>'
            for label in LABELS
            if (value := getattr(report, label))
        )
        grid = f'<div style="display:grid;grid-template-columns:5.5em 1fr">{cells}</div>' if cells else ""
        trace = "".join(f'<div style="{MONOSPACE}">{html.escape(line)}</div>' for line in report.trace)
        return f'{row}<div style="margin:1px 0 6px 1.4em">{plain}{grid}{trace}{self.picture(report)}</div>'

    def picture(self, report: TestReport) -> str:
        """Where the array is wrong, as a heat map."""
        if report.test not in self.pictures:
            return ""
        from cnnlab.plotting import show_difference  # not at the top: a terminal does without matplotlib

        name = report.returned.split("[")[0].split(" ")[0]  # "dx" of "dx[0, 1] = 2.5 (3 of 8 entries differ)"
        png = base64.b64encode(show_difference(*self.pictures[report.test], name).to_png()).decode()
        return f'<img style="max-width:100%;margin-top:4px" alt="where it differs" src="data:image/png;base64,{png}">'


MONOSPACE = "font-family:monospace;white-space:pre-wrap;overflow-wrap:anywhere"


class VisibleQuestions(Questions):
    """Keeps the arrays of a failure too, for the picture."""

    def __init__(self, student: LocalStudent, question: str) -> None:
        super().__init__(student, SEED, [question])
        self.pictures: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def add(self, report: TestReport, error: BaseException | None) -> None:
        super().add(report, error)
        if isinstance(error, CheckFailed) and worth_a_picture(error.actual, error.desired):
            self.pictures[report.test] = np.asarray(error.actual), np.asarray(error.desired)


def worth_a_picture(actual: Any, desired: Any) -> bool:
    """Two arrays of real numbers, of the same shape, with a plane to look at."""
    if not isinstance(actual, np.ndarray) or desired is None:
        return False
    desired = np.asarray(desired)
    plane = actual.shape[-2:]
    return actual.dtype.kind in "iuf" and actual.shape == desired.shape and len(plane) == 2 and min(plane) > 1


def text_lines(report: TestReport) -> list[str]:
    """A report in the grammar called -> returned -> expected -> hint, one line each."""
    lines = [f"  {SIGNS.get(report.outcome, '!')} {report.title}"]
    if report.text:
        lines.append(f"    {report.text}")
    for label in LABELS:
        if getattr(report, label):
            lines.append(f"    {label:<9} {getattr(report, label)}")
    return lines + [f"    {line}" for line in report.trace]


def check(question: str, namespace: dict[str, Any] | None = None) -> CheckResult:
    """Run the visible checks of one question on the functions of this notebook.

    Args:
        question: name of the question, as it stands above its cell.
        namespace: where the functions are; the calling notebook's own names if not given.

    Raises:
        KeyError: there is no such question; the message lists those there are.
    """
    assignment = assignment_of(question)
    if namespace is None:
        namespace = sys._getframe(1).f_globals
    plugin = VisibleQuestions(LocalStudent(namespace), question)
    reports = run_tests(CHECKS / f"{assignment}.py", plugin, ["-o", "python_files=*.py"])
    return CheckResult(question, reports, plugin.pictures)
