"""The hint: which mistake of the bank gives the student's own output on the same input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.mistakes import Mistake
from autograder.reference import Reference, load_functions
from cnnlab.compare import differing
from cnnlab.outcomes import CheckFailed
from cnnlab.signatures import SIGNATURES
from cnnlab.student import Call, copy_argument


class Diagnosis:
    """Replays the calls of a failed test on each mistake of the bank, commonest first."""

    def __init__(self, bank: Sequence[Mistake], solution: str) -> None:
        self._bank, self._solution = [mistake for mistake in bank if not mistake.slow], solution
        self._functions: dict[str, Reference] = {}

    def explain(self, calls: list[Call], failure: CheckFailed) -> Mistake | None:
        """The first mistake that gives the wrong output, and the student's other outputs of this test too; or None."""
        found = wrong_result(calls, failure.actual)
        if found is None:
            return None
        call, position = found
        others = [other for other in calls if other.name == call.name and other is not call]
        chains = [calls_behind(calls, wanted) for wanted in (call, *others)]
        names = {step.name for step in chains[0]}
        for mistake in self._bank:
            if names & set(mistake.redefines) and self._gives_all(mistake, chains, position):
                return mistake
        return None

    def _gives_all(self, mistake: Mistake, chains: list[list[Call]], position: int | str | None) -> bool:
        functions = self._functions_of(mistake)
        try:
            return all(
                same(part_of(replay(chain, functions), position), part_of(chain[-1].value, position))
                for chain in chains
            )
        except Exception:  # the mistake crashes on this input, so it is not what happened here
            return False

    def _functions_of(self, mistake: Mistake) -> Reference:
        if mistake.name not in self._functions:
            source = f"{self._solution}\n\n{mistake.source}"
            self._functions[mistake.name] = Reference(load_functions(source, f"<mistake {mistake.name}>"))
        return self._functions[mistake.name]


def wrong_result(calls: list[Call], actual: Any) -> tuple[Call, int | str | None] | None:
    """The call that returned `actual`, and where in its result: an index, a key, or None for the whole."""
    if actual is None:
        return None
    for call in reversed(calls):
        if call.value is actual:
            return call, None
        parts = call.value.items() if isinstance(call.value, dict) else enumerate(as_tuple(call.value))
        for position, part in parts:
            if part is actual:
                return call, position
    return None


def as_tuple(value: Any) -> tuple:
    return value if isinstance(value, tuple) else ()


def part_of(value: Any, position: int | str | None) -> Any:
    return value if position is None else value[position]


def calls_behind(calls: list[Call], last: Call) -> list[Call]:
    """The calls whose caches the last one was given, then the last one itself."""
    given = {id(argument) for argument in last.args}
    makers = [
        call
        for call in calls
        if call is not last and isinstance(call.value, tuple) and given & set(map(id, kept(call)))
    ]
    return [*makers, last]


def kept(call: Call) -> list[Any]:
    return [call.value[i] for i in SIGNATURES[call.name].kept] if call.name in SIGNATURES else []


def replay(calls: list[Call], functions: Reference) -> Any:
    """The same calls on other functions, with each cache replaced by the one made there."""
    caches: dict[int, Any] = {}
    value = None
    for call in calls:
        # copies: a mistake that changes its inputs must not change them for the next one
        args = [caches[id(arg)] if id(arg) in caches else copy_argument(arg) for arg in call.args]
        with np.errstate(all="ignore"):
            value = getattr(functions, call.name)(*args, **call.kwargs)
        for i in SIGNATURES[call.name].kept:
            caches[id(call.value[i])] = value[i]
    return value


def same(value: Any, actual: Any) -> bool:
    """Equal shape, dtype and values up to the tolerance."""
    value, actual = np.asarray(value), np.asarray(actual)
    if value.shape != actual.shape or value.dtype != actual.dtype or value.dtype.kind not in "biufc":
        return False
    finite = np.isfinite(actual)
    return bool(np.array_equal(finite, np.isfinite(value)) and not differing(value[finite], actual[finite]).any())
