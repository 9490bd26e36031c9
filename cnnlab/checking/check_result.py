"""What a check cell shows: a small table in a notebook, text in a terminal."""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterable, Iterator

from cnnlab.checking.heatmap import heatmap
from cnnlab.checking.outcomes import FAILED, NOT_ATTEMPTED, NOT_CHECKED, PASSED, TestReport

SIGNS = {PASSED: "✓", FAILED: "✗", NOT_ATTEMPTED: "○", NOT_CHECKED: "–"}
# readable on white and on the dark themes of Colab, Jupyter and VS Code
COLORS = {PASSED: "#2da44e", FAILED: "#e5484d", NOT_ATTEMPTED: "#8b949e", NOT_CHECKED: "#8b949e"}
OTHER_COLOR = "#bf8700"
LABELS = ("called", "returned", "expected", "hint")
MONOSPACE = "font-family:monospace;white-space:pre-wrap;overflow-wrap:anywhere"


class Notice:
    """A sentence in the place of a result: a notebook shows it in a box, a terminal as text."""

    passed = False

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return box(OTHER_COLOR, html.escape(self.text))


class CheckResult:
    """What a check found of one question."""

    def __init__(self, question: str, reports: list[TestReport]) -> None:
        self.question, self.reports = question, reports

    @property
    def passed(self) -> bool:
        return bool(self.reports) and self.count == len(self.reports)

    @property
    def count(self) -> int:
        """How many checks passed."""
        return sum(report.outcome == PASSED for report in self.reports)

    @property
    def outcome(self) -> str:
        if self.nothing_judged:
            return NOT_ATTEMPTED
        return PASSED if self.passed else FAILED

    @property
    def summary(self) -> str:
        """How it stands in a few words; the whole story where no test could judge anything."""
        if not self.reports:
            return "has no visible checks: the grader looks at it"
        if self.nothing_judged:
            texts = dict.fromkeys(report.text.removeprefix("not checked: ") for report in self.reports)
            outcomes = {report.outcome for report in self.reports}
            if outcomes == {NOT_ATTEMPTED} and all("not attempted" in text for text in texts):
                return "not attempted yet"
            return f"not checked yet: {next(iter(texts))}"  # the others differ in a shape at most
        return f"{self.count} of {len(self.reports)} checks passed"

    @property
    def nothing_judged(self) -> bool:
        return {report.outcome for report in self.reports} <= {NOT_ATTEMPTED, NOT_CHECKED}

    @property
    def headline(self) -> str:
        return f"{self.question} · {self.summary}"

    def __repr__(self) -> str:
        lines = [self.headline]
        for group in self.groups():
            lines += [text_lines(report)[0] for report in group]
            lines += text_lines(group[0])[1:]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        color = COLORS[self.outcome]
        head = f'<code style="font-weight:bold;background:none;padding:0 .4em 0 0">{html.escape(self.question)}</code>'
        head += f' <span style="color:{color};font-weight:bold">{html.escape(self.summary)}</span>'
        return box(color, head, *map(group_html, self.groups()))

    def groups(self) -> Iterator[list[TestReport]]:
        """The reports to be shown; those in a row that failed by the same exception together, to say it once."""
        shown = [] if self.nothing_judged else self.reports
        for key, found in itertools.groupby(shown, lambda report: (report.text, report.trace)):
            group = list(found)
            yield from [group] if key[1] else ([report] for report in group)


def box(color: str, *parts: str) -> str:
    """Lines of HTML beside a coloured bar."""
    content = "".join(f"<div>{part}</div>" for part in parts)
    return (
        f'<div style="border-left:4px solid {color};padding:4px 12px;line-height:1.45;text-align:left">{content}</div>'
    )


def sign_html(outcome: str) -> str:
    color = COLORS.get(outcome, OTHER_COLOR)
    return f'<b style="color:{color};display:inline-block;width:1.4em">{SIGNS.get(outcome, "!")}</b>'


def group_html(group: list[TestReport]) -> str:
    """Tests with the same outcome: sign and title of each, and below them what went wrong."""
    report = group[0]
    good = report.outcome == PASSED
    style = f'style="margin-top:3px{";opacity:.65" if good else ""}"'
    titles = [f"<div {style}>{sign_html(one.outcome)}{html.escape(one.title)}</div>" for one in group]
    below = f"<div>{html.escape(report.text)}</div>" if report.text else ""
    if not good:
        cells = [(label, getattr(report, label)) for label in LABELS if getattr(report, label)]
        below += grid(cells, "5.5em 1fr") if cells else ""
        below += "".join(f'<div style="{MONOSPACE}">{html.escape(line)}</div>' for line in report.trace)
        below += heatmap(report.picture) if report.picture else ""
    return "".join(titles) + (f'<div style="margin:1px 0 6px 1.4em">{below}</div>' if below else "")


def grid(rows: Iterable[tuple[str, str]], columns: str) -> str:
    """Labels and values below each other; tables would take on the looks that each notebook program gives them."""
    cells = "".join(
        f'<span style="opacity:.65">{label}</span><span style="{MONOSPACE}">{html.escape(value)}</span>'
        for label, value in rows
    )
    return f'<div style="display:grid;grid-template-columns:{columns};column-gap:.6em">{cells}</div>'


def text_lines(report: TestReport) -> list[str]:
    """A report in the grammar called -> returned -> expected -> hint, one line each."""
    lines = [f"  {SIGNS.get(report.outcome, '!')} {report.title}"]
    if report.text:
        lines.append(f"    {report.text}")
    for label in LABELS:
        if getattr(report, label):
            lines.append(f"    {label:<9} {getattr(report, label)}")
    return lines + [f"    {line}" for line in report.trace]
