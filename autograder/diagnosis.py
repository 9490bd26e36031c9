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
from cnnlab.student import Call


class Diagnosis:
    """Replays the calls of a failed test on each mistake of the bank, commonest first."""

    def __init__(self, bank: Sequence[Mistake], solution: str) -> None:
        self._bank, self._solution = [mistake for mistake in bank if not mistake.slow], solution
        self._functions: dict[str, Reference] = {}

    def explain(self, calls: list[Call], failure: CheckFailed) -> Mistake | None:
        """The first mistake whose output equals the wrong one, or None."""
        found = wrong_result(calls, failure.actual)
        if found is None:
            return None
        needed = calls_behind(calls, found[0])
        names = {call.name for call in needed}
        for mistake in self._bank:
            if names & set(mistake.redefines) and self._gives(mistake, needed, found[1], failure.actual):
                return mistake
        return None

    def _gives(self, mistake: Mistake, calls: list[Call], position: int | None, actual: Any) -> bool:
        try:
            value = replay(calls, self._functions_of(mistake))
        except Exception:  # the mistake crashes on this input, so it is not what happened here
            return False
        if position is not None:
            if not isinstance(value, (tuple, list)) or len(value) <= position:
                return False
            value = value[position]
        return same(value, actual)

    def _functions_of(self, mistake: Mistake) -> Reference:
        if mistake.name not in self._functions:
            source = f"{self._solution}\n\n{mistake.source}"
            self._functions[mistake.name] = Reference(load_functions(source, f"<mistake {mistake.name}>"))
        return self._functions[mistake.name]


def wrong_result(calls: list[Call], actual: Any) -> tuple[Call, int | None] | None:
    """The call that returned `actual`, and its position among the results (None: it is the only one)."""
    if actual is None:
        return None
    for call in reversed(calls):
        if call.value is actual:
            return call, None
        if isinstance(call.value, tuple):
            for position, part in enumerate(call.value):
                if part is actual:
                    return call, position
    return None


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
        args = [caches.get(id(argument), argument) for argument in call.args]
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
