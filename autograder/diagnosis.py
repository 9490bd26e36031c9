"""The hint: which mistake of the bank gives the student's own output on the same input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.mistakes import Mistake
from autograder.reference import Reference, load_functions
from cnnlab.compare import differing, normal
from cnnlab.outcomes import CheckFailed
from cnnlab.signatures import PROBES, SIGNATURES
from cnnlab.student import Call, copy_argument

PLAIN = (np.ndarray, np.generic, bool, int, float, complex, str, list, tuple, dict, type(None))


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
        for number, (position, part) in enumerate(parts):
            if part is actual:  # a parameter's name is the student's own, its place is not
                return call, number if call.name in PROBES else position
    return None


def as_tuple(value: Any) -> tuple:
    return value if isinstance(value, tuple) else ()


def part_of(value: Any, position: int | str | None) -> Any:
    if isinstance(value, dict) and isinstance(position, int):
        value = list(value.values())
    return value if position is None else value[position]


def calls_behind(calls: list[Call], last: Call) -> list[Call]:
    """The calls that made what the last one was given (caches, models) or changed it, then the last one itself."""
    needed, given = [last], objects_given(last)
    before = next(number for number, call in enumerate(calls) if call is last)
    for call in reversed(calls[:before]):
        changes = objects_given(call) & given if is_stateful(call) else set()
        if changes or given & set(map(id, objects_made(call))):
            needed.insert(0, call)
            given |= objects_given(call) if is_stateful(call) else set()
    return needed


def objects_given(call: Call) -> set[int]:
    return {id(argument) for argument in (*call.args, *call.kwargs.values())}


def objects_made(call: Call) -> list[Any]:
    """The results that stay where the student's code runs: a cache; a model."""
    if is_stateful(call):
        return [] if isinstance(call.value, PLAIN) else [call.value]
    return [call.value[i] for i in kept(call)] if isinstance(call.value, tuple) else []


def is_stateful(call: Call) -> bool:
    return call.name in SIGNATURES and SIGNATURES[call.name].stateful


def kept(call: Call) -> tuple[int, ...]:
    return SIGNATURES[call.name].kept if call.name in SIGNATURES else ()


def replay(calls: list[Call], functions: Reference) -> Any:
    """The same calls on other functions, with each cache and model replaced by the one made there."""
    others: dict[int, Any] = {}
    value = None
    for call in calls:
        # copies: a mistake that changes its inputs must not change them for the next one
        args = [others[id(arg)] if id(arg) in others else copy_argument(arg) for arg in call.args]
        kwargs = {name: others.get(id(arg), arg) for name, arg in call.kwargs.items()}
        with np.errstate(all="ignore"):
            value = getattr(functions, call.name)(*args, **kwargs)
        if is_stateful(call):
            others |= {id(made): value for made in objects_made(call)}
        for i in kept(call):
            others[id(call.value[i])] = value[i]
    return value


def same(value: Any, actual: Any) -> bool:
    """Equal shape, dtype and values up to the tolerance; lists of plain values are equal or not."""
    if isinstance(actual, list):
        return repr(normal(value)) == repr(normal(actual))  # 10.0 is not 10 to a test either
    value, actual = np.asarray(value), np.asarray(actual)
    if value.shape != actual.shape or value.dtype != actual.dtype or value.dtype.kind not in "biufc":
        return False
    finite = np.isfinite(actual)
    return bool(np.array_equal(finite, np.isfinite(value)) and not differing(value[finite], actual[finite]).any())
