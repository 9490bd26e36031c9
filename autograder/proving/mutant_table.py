"""The table of `make mutants`: what became of them, question by question, and what is left to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rich.box import SIMPLE_HEAD
from rich.table import Table

from autograder.proving.equivalents import Declared, declared_reason
from autograder.proving.mutants import Mutant, Verdict
from autograder.proving.worth import Worth
from cnnlab.signatures import COURSE

WIDEST = 26  # characters of a question's or a test's name that are shown at least
KILLED, ALIKE, DECLARED, SURVIVING = "killed", "equivalent", "declared", "surviving"


@dataclass
class Outcomes:
    """What became of the mutants of one assignment."""

    mutants: Sequence[Mutant]
    verdicts: Sequence[Verdict]
    declared: Sequence[Declared] = field(default_factory=list)

    def each(self) -> Iterator[tuple[Mutant, Verdict, str]]:
        for mutant, verdict in zip(self.mutants, self.verdicts):
            yield mutant, verdict, self._outcome(mutant, verdict)

    def _outcome(self, mutant: Mutant, verdict: Verdict) -> str:
        if verdict.lost:
            return KILLED
        if not verdict.difference:
            return ALIKE
        return DECLARED if declared_reason(mutant, self.declared) else SURVIVING

    @property
    def survivors(self) -> list[tuple[Mutant, Verdict]]:
        return [(mutant, verdict) for mutant, verdict, outcome in self.each() if outcome == SURVIVING]

    def problems(self) -> list[str]:
        """A sentence for each survivor, with what to do."""
        return [describe(mutant, verdict) for mutant, verdict in self.survivors]


def describe(mutant: Mutant, verdict: Verdict) -> str:
    edit, folder = mutant.edit, f"autograder/mistakes/{mutant.style.assignment}"
    return (
        f"{mutant.place}: `{edit.before}` -> `{edit.after}` ({edit.operator}) fails no hidden test. "
        f"It differs in {verdict.difference}. Ask for that in a hidden test of {mutant.questions[0]}, or say in "
        f"{folder}/equivalents.toml why it is right."
    )


def outcome_table(name: str, outcomes: Outcomes, seconds: float) -> Table:
    """A row a question, by the one that a mutant belongs to first."""
    rows = {question: dict.fromkeys((KILLED, ALIKE, DECLARED, SURVIVING), 0) for question in COURSE[name]}
    for mutant, _, outcome in outcomes.each():
        rows[mutant.questions[0]][outcome] += 1
    count, clock = len(outcomes.mutants), sum(verdict.by_clock for verdict in outcomes.verdicts)
    title = f"{name}: {count} mutants in {seconds:.0f} s, {count / max(seconds, 1e-9):.1f} a second"
    table = Table(title=title, box=SIMPLE_HEAD, caption=f"{clock} of the killed ones took too long." if clock else None)
    table.add_column("question", no_wrap=True, min_width=WIDEST)
    for column in ("made", KILLED, "equivalent", "declared", SURVIVING):
        table.add_column(column, justify="right", min_width=len(column))
    for question, row in rows.items():
        if any(row.values()):
            table.add_row(question, str(sum(row.values())), *map(str, row.values()))
    table.add_section()
    total = [sum(row[outcome] for row in rows.values()) for outcome in (KILLED, ALIKE, DECLARED, SURVIVING)]
    table.add_row("all", str(sum(total)), *map(str, total))
    return table


def worth_table(name: str, tests: Iterable[Worth]) -> Table:
    """A row a test: how much that is wrong it finds, how much alone."""
    listed = list(tests)
    idle = [one for one in listed if not one.earns_its_points]
    table = Table(
        title=f"{name}: what each hidden test finds",
        box=SIMPLE_HEAD,
        caption=f"{len(idle)} of {len(listed)} tests, {sum(one.points for one in idle):g} of "
        f"{sum(one.points for one in listed):g} points, find nothing alone.",
    )
    table.add_column("test", no_wrap=True, min_width=WIDEST)
    for column in ("points", "mistakes", "alone", "mutants", "alone"):
        table.add_column(column, justify="right", min_width=len(column))
    table.add_column("found by no other", no_wrap=True)
    question = ""
    for one in listed:
        if one.question != question:
            question = one.question
            table.add_section()
        numbers = (f"{one.points:g}", *map(str, (one.bank, one.alone_bank, one.mutants, one.alone_mutants)))
        table.add_row(one.test, *numbers, one.example, style=None if one.earns_its_points else "red")
    return table
