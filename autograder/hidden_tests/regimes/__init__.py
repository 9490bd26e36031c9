"""Which inputs each question must be asked with: a table a function, from a regime's name to how a call of it is known.

A mistake shows only where two things that it confuses differ: a height and a width, a stride and a window, a sign. The
tables name every such pair; `tests/hidden_tests/test_regimes.py` fails for a regime that no hidden test asks for. One
module an assignment, with `REGIMES: dict[str, dict[str, Regime]]`: graded function -> name of the regime -> predicate.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

Regime = Callable[[SimpleNamespace], bool]  # of a call's arguments, by the names in `cnnlab.signatures`


def has(name: str, value: int) -> Callable[[Any], bool]:
    """Whether what something keeps under a name is this value."""
    return lambda thing: bool(getattr(thing, name) == value)


def orders(one: str, other: str, values: Callable[[SimpleNamespace], tuple[float, float]]) -> dict[str, Regime]:
    """Three regimes of a pair that can be confused: equal, smaller, larger.

    Args:
        values: the two numbers of a call.
    """
    return {
        f"{one} = {other}": lambda call: values(call)[0] == values(call)[1],
        f"{one} < {other}": lambda call: values(call)[0] < values(call)[1],
        f"{one} > {other}": lambda call: values(call)[0] > values(call)[1],
    }
