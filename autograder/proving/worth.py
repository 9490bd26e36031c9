"""What each hidden test is worth: of all that is wrong, what it alone finds in its question.

All tests of a question are asked about every mistake of the bank and every mutant of the reference. A test that is
never the only one to fail could go, and no wrong answer would earn full points for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from autograder.course.course import Assignment, Course
from autograder.mistakes import Mistake
from autograder.proving.mutant_judge import KillingTests, judge_all
from autograder.proving.mutants import FREE, Mutant, mutants_of, styles_of
from cnnlab.checking.testing import collect, marker_of


@dataclass(frozen=True)
class Wrong:
    """A wrong program with the tests that it loses of the one question that shows it."""

    name: str
    lost: frozenset[str]
    of_bank: bool


@dataclass
class Worth:
    """Of one hidden test: how much that is wrong it fails, and how much of it alone."""

    question: str
    test: str
    points: float
    bank: int = 0
    mutants: int = 0
    alone_bank: int = 0
    alone_mutants: int = 0
    example: str = ""  # something that only this test finds

    @property
    def earns_its_points(self) -> bool:
        return self.alone_bank + self.alone_mutants > 0


def worth_of(tests: Iterable[Worth], wrong: Iterable[Wrong]) -> list[Worth]:
    """The tests with what each of them finds."""
    table = {one.test: one for one in tests}
    for program in wrong:
        for name in program.lost:
            one = table[name]
            one.bank += program.of_bank
            one.mutants += not program.of_bank
            if len(program.lost) == 1:
                one.alone_bank += program.of_bank
                one.alone_mutants += not program.of_bank
                one.example = one.example or program.name
    return list(table.values())


@dataclass(frozen=True)
class BankProgram:
    """A mistake of the bank, as what is judged."""

    name: str
    source: str
    questions: tuple[str, ...]

    @property
    def place(self) -> str:
        return f"the mistake “{self.name}”"


def programs_of(assignment: Assignment, bank: Iterable[Mistake]) -> list[BankProgram | Mutant]:
    """Every mistake of the bank in its own question, and every mutant of the reference."""
    reference = styles_of(assignment)[0]
    mistakes = [
        BankProgram(mistake.name, f"{reference.source}\n\n{mistake.source}", (mistake.question,))
        for mistake in bank
        if mistake.question not in FREE
    ]
    return [*mistakes, *mutants_of([reference])]


def nothing_found(assignment: Assignment) -> list[Worth]:
    """All hidden tests of an assignment that are asked here, with nothing found yet."""
    marked = [(item.name, marker_of(item)) for item in collect(assignment.hidden_tests, KillingTests).items]
    return [
        Worth(marker.args[0], name, float(marker.kwargs.get("points", 1)))
        for name, marker in marked
        if marker.args[0] not in FREE
    ]


def measure(
    course: Course,
    assignment: Assignment,
    programs: Sequence[BankProgram | Mutant],
    jobs: int,
    isolate: bool,
    done: Callable[[str], None] = lambda name: None,
) -> list[Worth]:
    """What each hidden test finds of what is wrong."""
    verdicts = judge_all(course, assignment, programs, jobs, isolate, whole_questions=True, done=done)
    wrong = [
        Wrong(program.place, frozenset(test for _, test in verdict.lost), isinstance(program, BankProgram))
        for program, verdict in zip(programs, verdicts)
        if verdict.lost
    ]
    return worth_of(nothing_found(assignment), wrong)
