"""Which names may hold the same object, so that a change of one is seen in the others."""

from __future__ import annotations

import ast

from autograder.reading.trees import values_given

HOLDERS = (ast.Attribute, ast.Subscript, ast.Starred, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.IfExp, ast.BoolOp)
KEEPERS = frozenset(  # calls whose result still holds what they were given
    "partial enumerate zip reversed iter list tuple dict items values reshape view ravel transpose squeeze".split()
)
MAX_STEPS = 100_000  # of following names in one notebook; beyond, each name stands for itself


class Shared:
    """Which names hold the objects of which others.

    Example: after `alias = table; add = table.append; rows = [table, other]` a change of `add` is one of `table`, and
    so of `alias` and `rows`, but not of `other`.
    """

    def __init__(self) -> None:
        self._holds: dict[str, set[str]] = {}
        self._held_in: dict[str, set[str]] = {}
        self._room = MAX_STEPS

    def learn(self, nodes: list[ast.AST], inside: bool = False) -> None:
        """Take over what some nodes give to names; with `inside` what they put into the names' objects."""
        for name, value in (given for node in nodes for given in values_given(node, inside)):
            for held in _held_by(value):
                self._holds.setdefault(name, set()).add(held)
                self._held_in.setdefault(held, set()).add(name)

    def forget(self, name: str) -> None:
        """A name gets a new value: what it held before is no longer seen through it."""
        for held in self._holds.pop(name, ()):
            self._held_in[held].discard(name)

    def spread(self, names: set[str]) -> set[str]:
        """The names, what they hold, and what holds any of that."""
        return self._follow(self._follow(names, self._holds), self._held_in)

    def _follow(self, names: set[str], links: dict[str, set[str]]) -> set[str]:
        found, waiting = set(names), list(names)
        while waiting and self._room > 0:
            for other in links.get(waiting.pop(), ()):
                self._room -= 1
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return found


def _held_by(value: ast.expr) -> set[str]:
    """The names whose objects a value may hold: `[T, U.append]` holds T's and U's, `len(T)` and `T + U` none."""
    found: set[str] = set()
    waiting: list[ast.expr | ast.keyword] = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, HOLDERS) or (isinstance(node, ast.Call) and _called_name(node) in KEEPERS):
            waiting += [part for part in ast.iter_child_nodes(node) if isinstance(part, (ast.expr, ast.keyword))]
        elif isinstance(node, ast.keyword):
            waiting.append(node.value)
    return found


def _called_name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
