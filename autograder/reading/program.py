"""What runs of a submission: the top-level statements that the graded names need, and nothing else.

Every code cell is parsed, none is run. From each graded name's last definition the slice follows, transitively, the
names that it uses to the statements that bind or change them, as far as they still matter where they are used: so a
training loop, a plot or an `input()` is taken only if a graded function cannot work without it.
"""

from __future__ import annotations

import ast
import builtins
import warnings
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from autograder.reading.absent import explain_missing, find_foreign
from autograder.reading.changes import ChangeReader, Changes
from autograder.reading.names import FUNCTIONS, read_scope
from autograder.reading.statements import Problem, Statement, Unit, read_statements
from autograder.reading.trees import walk_executed

__all__ = ["Definition", "Problem", "Program", "Statement", "functions", "slice_program", "uses"]

MAX_STEPS = 50_000  # of following names; beyond, moments before the end are no longer told apart
SHADOWED = frozenset(("abs", "all", "any", "max", "min", "pow", "round", "sum"))  # numpy's `import *` may replace them
KNOWN = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "get_ipython", "display"}


@dataclass(frozen=True)
class Definition:
    """Where a graded name gets its value."""

    name: str
    cell: int
    line: int
    source: str


@dataclass(frozen=True)
class Program:
    """The slice of a notebook: what to run, in the notebook's order, and which graded names it defines."""

    statements: tuple[Statement, ...]
    definitions: dict[str, Definition]
    problems: tuple[Problem, ...]
    missing: tuple[str, ...]


def slice_program(cells: Iterable, names: Iterable[str]) -> Program:
    """The statements of a notebook that define the graded names, and what these need. Runs none of them.

    Args:
        cells: objects with `index`, `kind` and `source`, in the notebook's order.
        names: the graded names.
    """
    cells, names = list(cells), tuple(names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a student's "\d" is no news
        units, problems = read_statements(cells, names)
        program = _slice(units, names, problems)
    lost = {name for problem in problems for name in problem.names}
    absent = find_foreign(units, program.definitions)
    absent += explain_missing(cells, units, [name for name in program.missing if name not in lost])
    absent_names = {name for problem in absent for name in problem.names}
    there = {name: found for name, found in program.definitions.items() if name not in absent_names}
    missing = tuple(name for name in names if name not in there)
    return replace(program, definitions=there, missing=missing, problems=(*problems, *absent))


def uses(program: Program, name: str) -> tuple[Statement, ...]:
    """The statements of a program that one graded name needs, itself included, in order."""
    return _slice(_parse_again(program), (name,), []).statements


def functions(program: Program, name: str) -> tuple[ast.AST, ...]:
    """The trees of the functions, methods and lambdas that may run when `name` is called: for rules such as "no loops".

    They are found by name, so that a method of the same name as a called one counts too; a loop that fills a table when
    the notebook is loaded does not.
    """
    by_name: dict[str, list[ast.AST]] = defaultdict(list)
    for unit in _parse_again(replace(program, statements=uses(program, name))):
        trees = [node for node in ast.walk(unit.node) if isinstance(node, FUNCTIONS)]
        for tree in trees:
            by_name[tree.name].append(tree)
        for bound in unit.scope.binds - {tree.name for tree in trees}:
            by_name[bound].append(unit.node)
    found, waiting = {}, [name]
    while waiting:
        for tree in by_name.pop(waiting.pop(), ()):
            if isinstance(tree, ast.ClassDef):
                waiting += ["__init__", "__call__", "forward"]
                continue
            inner = [tree] if isinstance(tree, FUNCTIONS) else [n for n in ast.walk(tree) if isinstance(n, ast.Lambda)]
            found.update((id(function), function) for function in inner)
            waiting += [
                n.id if isinstance(n, ast.Name) else n.attr
                for n in ast.walk(tree)
                if isinstance(n, (ast.Name, ast.Attribute))
            ]
    return tuple(found.values())


def _parse_again(program: Program) -> list[Unit]:
    return [
        Unit(statement, node, read_scope(statement.source, node), Changes())
        for statement in program.statements
        for node in ast.parse(statement.source).body
    ]


def _slice(units: list[Unit], names: tuple[str, ...], problems: list[Problem]) -> Program:
    reader = ChangeReader([unit.node for unit in units], *_find_bound_and_reached(units, names))
    units = [replace(unit, changes=reader.read(unit.node)) for unit in units]
    history = _History(units, reader.modules)
    taken = [units[at] for at in sorted(history.follow(names))]
    last = {name: units[history.find_definition(name)].statement for name in names if name in history.events}
    definitions = {name: Definition(name, found.cell, found.line, found.source) for name, found in last.items()}
    missing = tuple(name for name in names if name not in definitions)
    return Program(tuple(_finish(unit, reader.modules) for unit in taken), definitions, tuple(problems), missing)


def _find_bound_and_reached(units: list[Unit], names: tuple[str, ...]) -> tuple[set[str], set[str]]:
    """All names bound at top level, and those that the graded names reach when they are called."""
    binders: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        for name in unit.scope.binds:
            binders[name].append(unit)
    reached, waiting = set(), list(names)
    while waiting:
        if (name := waiting.pop()) not in reached:
            reached.add(name)
            for unit in binders.get(name, ()):
                waiting += unit.scope.later if isinstance(unit.node, FUNCTIONS) else unit.scope.later | unit.scope.now
    return set(binders), reached


def _finish(unit: Unit, modules: dict[str, str]) -> Statement:
    return replace(unit.statement, binds=tuple(sorted(unit.scope.binds | (unit.changes.names - set(modules)))))


class _History:
    """Which statements bind and change each name, in order; `follow` walks it backwards from the graded names."""

    def __init__(self, units: list[Unit], modules: dict[str, str]) -> None:
        self._units = units
        self._modules = modules  # imported name → its top module
        self.events: dict[str, list[int]] = {}
        for at, unit in enumerate(units):
            for name in unit.scope.binds | unit.changes.names:
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
