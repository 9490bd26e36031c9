"""From graded names back to the statements that they need.

`slice_units` follows, transitively, the names that a graded name uses to the statements that bind or change them, as
far as they still matter where they are used.
"""

from __future__ import annotations

import ast
import builtins
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from autograder.reading.changes import ChangeReader
from autograder.reading.names import FUNCTIONS
from autograder.reading.statements import Statement, Unit
from autograder.reading.trees import walk_executed

MAX_STEPS = 50_000  # of following names; beyond, moments before the end are no longer told apart
SHADOWED = frozenset(("abs", "all", "any", "max", "min", "pow", "round", "sum"))  # numpy's `import *` may replace them
KNOWN = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "get_ipython", "display"}


@dataclass(frozen=True)
class Slice:
    """The statements that some names need, in the notebook's order, and the one that gives each name its value."""

    units: tuple[Unit, ...]
    definitions: dict[str, Unit]
    modules: frozenset[str]  # names that imports bind

    @property
    def unbound(self) -> set[str]:
        """Names that these statements use and none of them binds, nor Python itself."""
        bound = {name for unit in self.units for name in unit.binds}
        used = {name for unit in self.units for name in unit.scope.now | unit.scope.later}
        return used - bound - KNOWN


def slice_units(units: list[Unit], names: tuple[str, ...]) -> Slice:
    """The statements of a notebook that its graded names need."""
    reader = ChangeReader([unit.node for unit in units], *_find_bound_and_reached(units, names))
    units = [replace(unit, changes=reader.read(unit.node)) for unit in units]
    history = _History(units, reader.modules)
    taken = tuple(units[at] for at in sorted(history.follow(names)))
    last = {name: units[history.find_definition(name)] for name in names if name in history.events}
    return Slice(taken, last, frozenset(reader.modules))


def finish(unit: Unit, modules: frozenset[str]) -> Statement:
    """A unit of a slice as the statement to run."""
    return replace(unit.statement, binds=tuple(sorted(unit.scope.binds | (unit.changes.names - modules))))


def _find_bound_and_reached(units: list[Unit], names: tuple[str, ...]) -> tuple[set[str], set[str]]:
    """All names bound at top level, and those that the graded names reach when they are called."""
    binders: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        for name in unit.scope.binds - unit.ignored:
            binders[name].append(unit)
    reached, waiting = set(), list(names)
    while waiting:
        if (name := waiting.pop()) not in reached:
            reached.add(name)
            for unit in binders.get(name, ()):
                waiting += unit.scope.later if isinstance(unit.node, FUNCTIONS) else unit.scope.later | unit.scope.now
    return set(binders), reached


class _History:
    """Which statements bind and change each name, in order; `follow` walks it backwards from the graded names."""

    def __init__(self, units: list[Unit], modules: dict[str, str]) -> None:
        self._units = units
        self._modules = modules  # imported name → its top module
        self.events: dict[str, list[int]] = {}
        for at, unit in enumerate(units):
            for name in unit.binds:
                self.events.setdefault(name, []).append(at)
        self._seen: set[tuple[int, int]] = set()  # (statement, the moment when its functions may be called)
        self._walked: set[tuple[str, int, int]] = set()  # (name, statement, moment)
        self._names: set[str] = set()

    def follow(self, names: Iterable[str]) -> set[int]:
        """The numbers of all statements that the names need at the notebook's end."""
        end = len(self._units)
        self._names.update(names)
        waiting = [(at, end) for name in names for at in self._walk_back(name, end, end)]
        waiting += [(at, end) for at, unit in enumerate(self._units) if _is_future(unit.node)]
        self._drain(waiting)
        while more := [(at, end) for at in self._find_set_ups() if (at, end) not in self._seen]:
            self._drain(more)
        return {at for at, _ in self._seen}

    def find_definition(self, name: str) -> int:
        """The last statement that binds a name; where none does so itself, the last that changes it."""
        events = self.events[name]
        return next((at for at in reversed(events) if name in self._units[at].scope.binds), events[-1])

    def _drain(self, waiting: list[tuple[int, int]]) -> None:
        while waiting:
            step = waiting.pop()
            if step not in self._seen:
                self._seen.add(step)
                waiting += self._follow_one(*step)

    def _follow_one(self, at: int, moment: int) -> Iterator[tuple[int, int]]:
        """What a statement needs: at its own place for what it runs, at `moment` for what its functions run."""
        unit = self._units[at]
        self._names |= unit.scope.now | unit.scope.later
        if len(self._walked) > MAX_STEPS:
            at = moment = len(self._units)
        demands = [(name, at, time) for name in unit.scope.now for time in {at, moment}]
        demands += [
            (name, time, time) for name in unit.scope.later for time in ({at, moment} if unit.calls else {moment})
        ]
        for name, look, time in demands:
            for found in self._walk_back(name, look, time):
                yield found, time

    def _walk_back(self, name: str, look: int, moment: int) -> Iterator[int]:
        """The statements that give a name the value it has at `look`: back to the last that replaces it.

        Stops where an earlier walk for the same moment went on.
        """
        events = self.events.get(name, [])
        last = bisect_left(events, look) or len(events)  # bound only later: the notebook's own error
        for at in reversed(range(last)):
            if (name, events[at], moment) in self._walked:
                return
            self._walked.add((name, events[at], moment))
            yield events[at]
            if self._units[events[at]].replaces(name):
                return

    def _find_set_ups(self) -> list[int]:
        """Set-up calls on modules that are needed, and `import *` where a name is found nowhere else."""
        modules = {self._modules[name] for name in self._names if name in self._modules}
        unknown = any(name not in self.events and (name not in KNOWN or name in SHADOWED) for name in self._names)
        return [
            at
            for at, unit in enumerate(self._units)
            if unit.changes.modules & modules or (unknown and _imports_star(unit.node))
        ]


def _imports_star(node: ast.stmt) -> bool:
    return any(isinstance(inner, ast.ImportFrom) and inner.names[0].name == "*" for inner in walk_executed(node))


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"
