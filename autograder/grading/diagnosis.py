"""The hint: the mistake of the bank that explains everything a student's function returned for a question.

A name is said only if it is true of every call of the question, on hidden inputs and on fresh ones: the same values, or
the same exception. Where two different mistakes fit, nothing is said.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograder.course.reference import Reference, load_functions
from autograder.grading.replay import (
    Unanswerable,
    answer_of,
    calls_behind,
    fresh,
    is_complete,
    is_stateful,
    replay,
    same_answer,
)
from autograder.mistakes import Mistake
from cnnlab.checking.outcomes import CheckFailed, StudentError
from cnnlab.checking.student import Call, Student
from cnnlab.signatures import PROBES

MOST_FRESH = 3  # calls that are made again with other numbers


@dataclass(frozen=True)
class Asked:
    """One test of a question: the calls that it made, and what it made of them."""

    test: str
    calls: list[Call]  # none, where the test passed and they are large
    error: BaseException | None
    called: frozenset[str] = frozenset()


class Diagnosis:
    """Replays the calls of a question on each mistake of the bank."""

    def __init__(self, bank: Sequence[Mistake], solution: str) -> None:
        self._bank, self._solution = [mistake for mistake in bank if not mistake.slow], solution
        self._functions: dict[str, Reference] = {}

    def explain(self, asked: Sequence[Asked], lost: set[str], student: Student | None) -> dict[str, Mistake]:
        """For each test that is lost, by name, the one mistake that explains it and all the others; or nothing.

        Args:
            asked: every test of the question.
            lost: the names of those to explain.
            student: whose functions are called again, with fresh inputs.
        """
        found: dict[str, Mistake] = {}
        named: dict[tuple, Mistake | None] = {}
        for one in asked:
            wrong = wrong_answer(one) if one.test in lost else None
            if wrong is None:
                continue
            call, position = wrong
            key = call.name, position, call.raised
            if key not in named:
                named[key] = self._explain(one.calls, call, position, asked, student)
            if mistake := named[key]:
                found[one.test] = mistake
        half = {function for (function, *_), mistake in named.items() if mistake is None}
        return {} if half else found  # a name that leaves something unexplained may be the wrong one

    def _explain(
        self, calls: list[Call], call: Call, position: Any, asked: Sequence[Asked], student: Student | None
    ) -> Mistake | None:
        chain = calls_behind(calls, call)
        names = {step.name for step in chain}
        fitting = [
            mistake
            for mistake in self._bank
            if names & set(mistake.redefines)
            and self._gives(mistake, chain, position)
            and not self._is_right(mistake, chain, position)
        ]
        if fitting:  # few get so far: now every other call of the question, and some that nobody has seen
            chains = [*chains_of(asked, call)]
            fitting = [m for m in fitting if all(self._gives(m, other, position) for other in chains)]
        if fitting and student is not None:
            fitting = self._fit_fresh(fitting, [chain, *chains], position, student)
        fitting = [mistake for mistake in fitting if self._shows(mistake, chain, position)]
        if len({mistake.paid_as for mistake in fitting}) != 1:
            return None
        alike = len({mistake.hint for mistake in fitting}) == 1
        return fitting[0] if alike else replace(fitting[0], hint=fitting[0].paid_as)  # said as what they have in common

    def _fit_fresh(
        self, fitting: list[Mistake], chains: list[list[Call]], position: Any, student: Student
    ) -> list[Mistake]:
        """Those that are also right about calls with other numbers."""
        chosen = {zlib.crc32(repr([np.shape(a) for a in chain[-1].args]).encode()): chain for chain in chains}
        for seed, chain in list(chosen.items())[:MOST_FRESH]:
            if any(map(is_stateful, chain)):
                continue
            other = fresh(chain, np.random.default_rng(seed), student)
            if other is not None:
                fitting = [mistake for mistake in fitting if self._gives(mistake, other, position)]
        return fitting

    def _gives(self, mistake: Mistake, chain: list[Call], position: Any) -> bool:
        """Whether a mistake answers as the student did: in the part that is wrong, and where the student is right."""
        try:
            theirs = replay(chain, self._functions_of(mistake))
            right = replay(chain, self._functions_of(None))
        except Unanswerable:
            return False
        return same_answer(theirs, answer_of(chain[-1]), position, right)

    def _is_right(self, mistake: Mistake, chain: list[Call], position: Any) -> bool:
        """Whether a mistake doesn't show in these calls: then it is not what is wrong with them."""
        theirs, right = (replay(chain, self._functions_of(which)) for which in (mistake, None))
        return same_answer(theirs, right, position, right)

    def _shows(self, mistake: Mistake, chain: list[Call], position: Any) -> bool:
        """Whether a mistake is wrong as the student is, run for the first time: one that changes a cache in place has
        spoilt what is remembered of it."""
        theirs, right = replay(chain, self._load(mistake)), replay(chain, self._functions_of(None))
        as_theirs = same_answer(theirs, answer_of(chain[-1]), position, right)
        return as_theirs and not same_answer(theirs, right, position, right)

    def _functions_of(self, mistake: Mistake | None) -> Reference:
        name = mistake.name if mistake else ""
        if name not in self._functions:
            self._functions[name] = self._load(mistake)
        return self._functions[name]

    def _load(self, mistake: Mistake | None) -> Reference:
        return Reference(load_functions(self._solution, "<bank>", mistake.source if mistake else ""))


def wrong_answer(asked: Asked) -> tuple[Call, int | str | None] | None:
    """The call that a test failed by, and where in its result: an index, a key, or None for the whole."""
    error = asked.error
    if isinstance(error, StudentError):
        last = asked.calls[-1] if asked.calls else None
        return (last, None) if last is not None and last.raised else None
    if not isinstance(error, CheckFailed):
        return None
    for call in reversed(asked.calls) if error.actual is not None else ():
        if call.value is error.actual:
            return call, None
        parts = call.value.items() if isinstance(call.value, dict) else enumerate(as_tuple(call.value))
        for number, (position, part) in enumerate(parts):
            if part is error.actual:  # a parameter's name is the student's own, its place is not
                return call, number if call.name in PROBES else position
    last = asked.calls[-1] if asked.calls else None  # something made of it: then all of it has to be explained
    return (last, None) if last is not None and last.answered else None


def as_tuple(value: Any) -> tuple:
    return value if isinstance(value, tuple) else ()


def chains_of(asked: Sequence[Asked], wrong: Call) -> Iterator[list[Call]]:
    """Every other answered call of the function that was wrong, with the calls behind it."""
    for one in asked:
        for call in one.calls:
            if call is not wrong and call.answered and call.name == wrong.name:
                chain = calls_behind(one.calls, call)
                if is_complete(chain):
                    yield chain
