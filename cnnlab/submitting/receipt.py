"""What `cnnlab.submit()` shows: the file, what is in it, what is missing, and how to hand it in."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path

from cnnlab.checking.check_result import COLORS, OTHER_COLOR, SIGNS, box, grid, sign_html
from cnnlab.checking.outcomes import PASSED
from cnnlab.checking.overview import MORE, Progress, in_short


@dataclass
class Receipt:
    """A packed submission."""

    path: Path
    files: dict[str, bytes]
    origin: str  # of the notebook
    progress: Progress
    stubs: list[str]  # questions as they were given out
    unanswered: list[str]  # written questions
    notes: list[str]
    downloading: bool

    @property
    def passed(self) -> bool:
        return self.progress.passed and not self.unanswered and not self.notes

    @property
    def headline(self) -> str:
        return f"{self.path.name} ({size(self.path.stat().st_size)}) is ready to hand in"

    def rows(self) -> list[tuple[str, str]]:
        """What is in the file, label by label."""
        weights = [f"{name} ({size(len(data))})" for name, data in self.files.items() if name.endswith(".safetensors")]
        rows = [("notebook", self.origin)]
        rows += [("weights", ", ".join(weights))] if weights else []
        rows += [("checks", f"{self.progress.summary}.")]
        rows += [("written", f"not answered yet: {', '.join(self.unanswered)}")] if self.unanswered else []
        return rows

    def how(self) -> str:
        """How to hand it in."""
        if self.downloading:
            return f"Your browser is downloading {self.path.name}: upload that one file on your course's page."
        return f"Now upload this one file on your course's page: {self.path}"

    def open_questions(self) -> list[tuple[str, str]]:
        """Outcome and text of each question that does not pass all its visible checks."""
        left = [result for result in self.progress.results if not result.passed]
        stubs = [result.question in self.stubs and result.nothing_judged for result in left]
        texts = ["not attempted yet" if stub else in_short(result) for stub, result in zip(stubs, left)]
        return [(result.outcome, f"{result.question}: {text}") for result, text in zip(left, texts)]

    def __repr__(self) -> str:
        lines = [f"{self.headline}.", *(f"  {label:<12} {value}" for label, value in self.rows())]
        lines += [f"    {SIGNS[outcome]} {text}" for outcome, text in self.open_questions()]
        return "\n".join([*lines, *(f"  ! {note}" for note in self.notes), MORE, self.how()])

    def _repr_html_(self) -> str:
        below = [f"{sign_html(outcome)}{html.escape(text)}" for outcome, text in self.open_questions()]
        below += [f'<b style="color:{OTHER_COLOR}">!</b> {html.escape(note)}' for note in self.notes]
        return box(
            COLORS[PASSED] if self.passed else OTHER_COLOR,
            f"<b>{html.escape(self.headline)}.</b>",
            grid(self.rows(), "7em 1fr"),
            *below,
            f'<span style="opacity:.65">{MORE}</span>',
            f'<div style="margin-top:4px"><b>{html.escape(self.how())}</b></div>',
        )


def size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"
