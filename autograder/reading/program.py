"""What runs of a submission: the top-level statements that the graded names need, and nothing else.

Every code cell is parsed, none is run. From each graded name's last definition the slice follows, transitively, the
names that it uses to the statements that bind or change them, as far as they still matter where they are used: so a
training loop, a plot or an `input()` is taken only if a graded function cannot work without it. What is lost by a cause
outside the answers is put back where that is certain, and left for a person to judge where it is not.
"""

from __future__ import annotations

import ast
import warnings
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from autograder.reading.absent import explain_missing, find_foreign, find_packages
from autograder.reading.budget import Budget
from autograder.reading.changes import Changes
from autograder.reading.formats import Cell
from autograder.reading.modules import Files, add_modules
from autograder.reading.names import FUNCTIONS, read_scope
from autograder.reading.numpy_names import supply_names
from autograder.reading.rebound import find_checks, settle
from autograder.reading.release import Release
from autograder.reading.restored import find_imports, ignore_annotations
from autograder.reading.slicing import Slice, finish, slice_units
from autograder.reading.statements import Problem, Statement, Unit, read_statements
from autograder.reading.wrapped import rescue_cells, rescue_inner

__all__ = ["Definition", "Problem", "Program", "Statement", "Surroundings", "functions", "slice_program", "uses"]

FUTURE = "from __future__ import annotations"


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
    lost: dict[str, str] = field(default_factory=dict)  # names, helpers' too, not there for a cause that is no answer
    units: tuple[Unit, ...] = field(default=(), repr=False, compare=False)  # the statements with their trees


@dataclass(frozen=True)
class Surroundings:
    """What a notebook leans on besides its own cells."""

    files: Files = field(default_factory=Files)  # of the hand-in
    release: Release = field(default_factory=lambda: Release({}))  # what was given out
    forbidden: tuple[str, ...] = ()  # packages that the assignment does not allow


def slice_program(cells: Iterable[Cell], names: Iterable[str], around: Surroundings | None = None) -> Program:
    """The statements of a notebook that define the graded names, and what these need. Runs none of them.

    Args:
        cells: the notebook's, in its order.
        names: the graded names.
        around: what the notebook leans on; nothing if not given.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a student's "\d" is no news
        return _Reading(list(cells), tuple(names), around or Surroundings()).read()


class _Reading:
    """One notebook on its way from cells to a program."""

    def __init__(self, cells: list[Cell], names: tuple[str, ...], around: Surroundings) -> None:
        self.cells, self.names, self.around = cells, names, around
        self.budget = Budget()
        self.problems: list[Problem] = []
        self.own: frozenset[str] = frozenset()  # modules and packages of the student's own

    def read(self) -> Program:
        self.around.files.learn(self.cells)
        units = self._gather()
        found = slice_units(units, self.names)
        if wanted := self._find_in_other_cells(units, found):
            units, found = wanted
        units, found = self._leave_out_annotations(units, found)
        restored, notes = find_imports(found.units, self._find_unbound(units, found), self.around.release.imports)
        aliases, more = supply_names(found.units)
        self.problems += [*notes, *more]
        if restored:
            found = slice_units([*restored, *units], self.names)
        statements = [statement for unit in found.units for statement in _protect(unit, finish(unit, found.modules))]
        self.problems += [_tell_module(unit) for unit in found.units if unit.statement.text]
        return self._finish(units, found, tuple([*aliases, *statements]))

    def _gather(self) -> list[Unit]:
        """All statements that count, the student's own modules among them."""
        units, problems = read_statements(self.cells, self.names, self.around.files.find, self.budget)
        units, mistakes, modules = add_modules(units, self.around.files, self.budget)
        self.own = frozenset(module.split(".")[0] for module in modules)
        own_texts = self.around.release.cells
        own_cells = {cell.index for cell in self.cells if cell.source.strip() in own_texts} if own_texts else ()
        units, notes = settle(units, self.names, find_checks(self.cells, units), frozenset(own_cells))
        self.problems += [*problems, *mistakes, *notes]
        return units

    def _find_in_other_cells(self, units: list[Unit], found: Slice) -> tuple[list[Unit], Slice] | None:
        """Everything again, with what stands where no kernel finds it; None where nothing is missing."""
        missing = {name for name in self.names if name not in found.definitions}
        wanted = missing | {name for name in self._find_unbound(units, found) if len(name) > 2}
        code = [cell for cell in self.cells if cell.kind == "code" and "%%" in cell.source[:2000]]
        others = [cell for cell in self.cells if cell.kind != "code"]
        rescued, notes = rescue_cells(code, wanted, self.budget)
        there = {name for unit in rescued for name in unit.scope.binds}
        more, told = rescue_cells(others, missing - there, self.budget)
        units = sorted([*units, *rescued, *more], key=lambda unit: unit.statement.cell)
        still = [name for name in self.names if name in missing and not any(name in u.scope.binds for u in units)]
        before = len(units)
        units, inner = rescue_inner(units, still) if still else (units, [])
        self.problems += [*notes, *told, *inner]
        if not rescued and not more and len(units) == before:
            return None
        return units, slice_units(units, self.names)

    def _leave_out_annotations(self, units: list[Unit], found: Slice) -> tuple[list[Unit], Slice]:
        """The slice without what only annotations need and nobody has, such as a package: none is evaluated then."""
        lost = self._find_unbound(units, found) - self.around.release.imports.keys()
        if not lost and not find_packages(found.units, self.own, ()):
            return units, found
        plain = ignore_annotations(units)
        without = slice_units(plain, self.names)
        if len(without.units) == len(found.units) and not lost - self._find_unbound(plain, without):
            return units, found
        node = ast.parse(FUTURE).body[0]
        future = Unit(Statement(FUTURE, 0, 1, ()), node, read_scope(FUTURE, node), Changes())
        return [future, *plain], slice_units([future, *plain], self.names)

    @staticmethod
    def _find_unbound(units: list[Unit], found: Slice) -> set[str]:
        unbound = found.unbound
        return unbound - {name for unit in units for name in unit.binds} if unbound else unbound

    def _finish(self, units: list[Unit], found: Slice, statements: tuple[Statement, ...]) -> Program:
        """The program, without the names that are lost in spite of their definitions."""
        places = {name: unit.statement for name, unit in found.definitions.items()}
        definitions = {name: Definition(name, p.cell, p.line, p.source) for name, p in places.items()}
        problems = [*self.problems, *find_foreign(units, definitions, self.own)]
        told = {name for problem in problems for name in problem.names}
        packages = find_packages(found.units, self.own, self.around.forbidden)
        problems += [problem for name, problem in packages.items() if name in places and name not in told]
        told = {name for problem in problems for name in problem.names}
        missing = [name for name in self.names if name not in definitions and name not in told]
        problems += explain_missing(self.cells, units, missing, self.own, self.around.files.find)
        lost = {
            name
            for problem in problems
            for name in problem.names
            if problem.open
            and name in places
            and (problem.cell, problem.line) >= (places[name].cell, places[name].line)
        }
        there = {name: found for name, found in definitions.items() if name not in lost}
        problems.sort(key=lambda problem: (problem.cell, problem.line))
        gone = tuple(name for name in self.names if name not in there)
        causes = {name: problem.text for problem in problems if problem.open for name in problem.names}
        causes = {name: problem.text for name, problem in packages.items()} | causes
        return Program(statements, there, tuple(problems), gone, causes, found.units)


def _tell_module(unit: Unit) -> Problem:
    (name,) = unit.scope.binds
    place = unit.statement
    return Problem(place.cell, place.line, f"read with the {name}, which is the student's own")


def _protect(unit: Unit, statement: Statement) -> list[Statement]:
    """A statement, with what it must not rebind put back after it."""
    names = sorted(unit.ignored & unit.scope.binds)
    if not names:
        return [statement]
    keep = "\n".join(f"__kept_{name}__ = globals().get({name!r})" for name in names)
    back = "\n".join(
        f"globals().pop({name!r}) if __kept_{name}__ is None else globals().update({name}=__kept_{name}__)"
        for name in names
    )
    sources = [keep, statement.source, back]
    return [
        statement if source is statement.source else Statement(source, statement.cell, statement.line, ())
        for source in sources
    ]


def uses(program: Program, name: str) -> tuple[Statement, ...]:
    """The statements of a program that one graded name needs, itself included, in order."""
    found = slice_units(list(program.units), (name,))
    return tuple(finish(unit, found.modules) for unit in found.units)


def functions(program: Program, name: str) -> tuple[ast.AST, ...]:
    """The trees of the functions, methods and lambdas that may run when `name` is called: for rules such as "no loops".

    They are found by name, so that a method of the same name as a called one counts too; a loop that fills a table when
    the notebook is loaded does not.
    """
    by_name: dict[str, list[ast.AST]] = defaultdict(list)
    for unit in slice_units(list(program.units), (name,)).units:
        whole = ast.parse(unit.statement.text) if unit.statement.text else unit.node
        defined = [node for node in ast.walk(whole) if isinstance(node, FUNCTIONS)]
        for function in defined:
            by_name[function.name].append(function)
        for bound in unit.scope.binds - {function.name for function in defined}:
            by_name[bound].append(unit.node)
    found: dict[ast.AST, None] = {}  # in order, each once
    waiting = [name]
    while waiting:
        for tree in by_name.pop(waiting.pop(), ()):
            if isinstance(tree, ast.ClassDef):
                waiting += ["__init__", "__call__", "forward"]
                continue
            inner = [tree] if isinstance(tree, FUNCTIONS) else [n for n in ast.walk(tree) if isinstance(n, ast.Lambda)]
            found.update(dict.fromkeys(inner))
            waiting += [name for node in ast.walk(tree) for name in _names_in(node)]
    return tuple(found)


def _names_in(node: ast.AST) -> list[str]:
    """The names under which what a node uses may be defined."""
    if isinstance(node, (ast.Name, ast.Attribute)):
        return [node.id if isinstance(node, ast.Name) else node.attr]
    return [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
