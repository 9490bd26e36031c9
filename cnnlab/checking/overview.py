"""A whole assignment at a glance: `cnnlab.progress()`."""

from __future__ import annotations

import html
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from cnnlab.checking.check_result import COLORS, SIGNS, CheckResult, Notice, box, sign_html
from cnnlab.checking.outcomes import FAILED, NOT_ATTEMPTED, PASSED
from cnnlab.checking.visible import check_all
from cnnlab.notebooks.session import assignment_in
from cnnlab.signatures import COURSE

POINTS = Path(__file__).parents[1] / "points.json"  # made by the build from the notebooks' sources
MORE = "The grader runs more tests of the same kind, on other shapes and numbers."


class Progress:
    """How all questions of an assignment stand."""

    def __init__(self, assignment: str, results: list[CheckResult]) -> None:
        self.assignment, self.results = assignment, results
        self.points = question_points(assignment)["tests"]

    @property
    def passed(self) -> bool:
        return all(result.passed for result in self.results)

    @property
    def summary(self) -> str:
        """`7 of 11 questions pass all their checks (52 of 85 points are on them), 3 are not attempted yet`."""
        good = [result.question for result in self.results if result.passed]
        waiting = [result.nothing_judged and in_short(result) for result in self.results]
        text = f"{len(good)} of {len(self.results)} questions pass all their checks"
        if self.points:
            worth = sum(self.points.get(question, 0) for question in good)
            text += f" ({worth:g} of {sum(self.points.values()):g} points are on them)"
        counts = {words: waiting.count(words) for words in ("not attempted yet", "not checked yet")}
        counts["not defined yet"] = sum(bool(words) for words in waiting) - sum(counts.values())
        return ", ".join([text, *(f"{count} {words}" for words, count in counts.items() if count)])

    def rows(self) -> list[tuple[str, str, str, str]]:
        """For each question: its outcome, its name, how it stands, what it is worth."""
        return [
            (result.outcome, result.question, in_short(result), self.worth(result.question)) for result in self.results
        ]

    def worth(self, question: str) -> str:
        return f"{self.points[question]:g} points" if question in self.points else ""

    def __repr__(self) -> str:
        wide, high = (max(len(row[column]) for row in self.rows()) for column in (1, 2))
        lines = [
            f"  {SIGNS[outcome]} {name:<{wide}}  {short:<{high}}  {worth:>9}".rstrip()
            for outcome, name, short, worth in self.rows()
        ]
        return "\n".join([f"{self.assignment} · {self.summary}.", *lines, MORE])

    def _repr_html_(self) -> str:
        bad = any(result.outcome == FAILED for result in self.results)
        color = COLORS[PASSED if self.passed else FAILED if bad else NOT_ATTEMPTED]
        cells = "".join(
            f"<span>{sign_html(outcome)}<code style='background:none'>{html.escape(name)}</code></span>"
            f"<span style='color:{COLORS[outcome]}'>{html.escape(short)}</span>"
            f"<span style='text-align:right;opacity:.65'>{html.escape(worth)}</span>"
            for outcome, name, short, worth in self.rows()
        )
        looks = "display:inline-grid;grid-template-columns:repeat(3,auto);gap:2px 2em;margin:4px 0"
        table = f'<div style="{looks}">{cells}</div>'
        head = f"<b>{html.escape(self.assignment)}</b> · {html.escape(self.summary)}."
        return box(color, head, table, f'<span style="opacity:.65">{MORE}</span>')


def in_short(result: CheckResult) -> str:
    """`all 5 checks`, `3 of 5 checks`, `not attempted yet`."""
    if not result.reports:
        return "no visible checks"
    if result.nothing_judged:
        if any("is not defined yet" in report.text for report in result.reports):
            return "not defined yet: run its cell"
        return "not attempted yet" if result.summary == "not attempted yet" else "not checked yet"
    total = f"{len(result.reports)} check{'s' if len(result.reports) > 1 else ''}"
    return f"all {total}" if result.passed and len(result.reports) > 1 else f"{result.count} of {total}"


@cache
def question_points(assignment: str) -> dict[str, dict[str, float]]:
    """Points of an assignment's questions, `{"tests": {...}, "by_hand": {...}}`; empty if the build knows of none."""
    table = json.loads(POINTS.read_text(encoding="utf-8")) if POINTS.exists() else {}
    return table.get(assignment, {"tests": {}, "by_hand": {}})


def progress(assignment: str | None = None, namespace: dict[str, Any] | None = None) -> Progress | Notice:
    """Run all visible checks of an assignment on the functions of this notebook.

    Args:
        assignment: its name, such as "a1_convolution"; if not given, the one that this notebook was set up for.
        namespace: where the functions are; the calling notebook's own names if not given.

    Returns:
        A row for each question; a sentence where there is no such assignment.
    """
    if namespace is None:
        namespace = sys._getframe(1).f_globals
    name = assignment or assignment_in(namespace)
    if not name:
        return Notice("Which assignment is this? Run the set-up cell at the top of the notebook, then this cell again.")
    if name not in COURSE:
        return Notice(f"There is no assignment named {name!r}. There are: {', '.join(COURSE)}.")
    return Progress(name, check_all(name, namespace))
