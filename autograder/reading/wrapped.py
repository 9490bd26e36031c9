"""Answers that stand where no top-level statement defines them: each is taken where that is certain, or told.

In another kind of cell, in a fence of Markdown, under a magic such as `%%timeit`; as a method of a class; inside
`def main():`. A name counts as found here only if the notebook defines it nowhere else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from autograder.reading.budget import Budget
from autograder.reading.changes import Changes
from autograder.reading.formats import Cell
from autograder.reading.markdown import split_fences
from autograder.reading.names import DEFINITIONS, FUNCTIONS, read_scope
from autograder.reading.statements import Problem, Unit, read_cells
from autograder.reading.trees import Definition

MAGIC = re.compile(r"\A(?:[ \t]*(?:#.*)?\n)*[ \t]*%%(\w+)[^\n]*\n", re.MULTILINE)
FOREIGN = frozenset("bash sh html javascript js latex markdown svg perl ruby cython R bigquery sql cpp".split())


def rescue_cells(cells: list[Cell], wanted: set[str], budget: Budget) -> tuple[list[Unit], list[Problem]]:
    """Definitions of wanted names in cells that no kernel runs as they stand: of another type, or under a magic."""
    units, notes = [], []
    for cell in cells if wanted else ():
        if not any(name in cell.source for name in wanted):
            continue
        for source, where in _readings(cell):
            found, problems = read_cells([Cell(cell.index, "code", source)], (), budget)
            defined = sorted(wanted & {name for unit in found for name in unit.scope.binds})
            if defined and not problems:
                units += found
                wanted = wanted - set(defined)
                text = f"cell {cell.index} {where}, but was read as one since it defines {', '.join(defined)}"
                notes.append(Problem(cell.index, 1, text))
                break
    return units, notes


def _readings(cell: Cell) -> Iterator[tuple[str, str]]:
    """The texts of a cell that may be code after all, each with the words for where it stands."""
    if cell.kind == "code":
        found = MAGIC.match(cell.source)
        if found and found[1] not in FOREIGN:
            blank = "\n" * found[0].count("\n")
            yield blank + cell.source[found.end() :], f"stands under %%{found[1]} and is no code cell of the notebook"
        return
    yield cell.source, "is not a code cell"
    fences = [source for kind, source in split_fences(cell.source, unnamed=True) if kind == "code"]
    if fences:
        yield "\n".join(fences), "is not a code cell, and its code is in a fence of Markdown"


def rescue_inner(units: list[Unit], names: list[str]) -> tuple[list[Unit], list[Problem]]:
    """All units, with what gives the missing names their values: methods of classes, and what `def main()` holds."""
    notes: list[Problem] = []
    for name in names:
        places = [(unit, path) for unit in units for path in _find_inside(unit.node, name)]
        if not places:
            continue
        unit, path = places[-1]
        place = f"cell {unit.statement.cell}, line {unit.statement.line}"
        where = " inside ".join(f"{'class' if isinstance(p, ast.ClassDef) else 'def'} {p.name}" for p in path[::-1])
        added = _lift(unit, path, name) if len({p.name for _, (*_, p) in places}) == 1 else []
        if added:
            at = units.index(unit) + 1
            units = [*units[:at], *added, *units[at:]]
            text = f"{name} was found in {place} inside {where} and graded as if it stood outside"
            notes.append(Problem(unit.statement.cell, unit.statement.line, text))
        else:
            text = f"{name} was found in {place}, but only inside {where}: it must stand on its own, outside of that"
            notes.append(Problem(unit.statement.cell, unit.statement.line, text, (name,), open=True))
    return units, notes


def _find_inside(node: ast.stmt, name: str) -> Iterator[list[Definition]]:
    """The classes and functions around each definition of a name in a statement, the outermost first."""
    waiting: list[tuple[ast.AST, list[Definition]]] = [(node, [])]
    while waiting:
        inner, path = waiting.pop()
        if path and isinstance(inner, FUNCTIONS) and inner.name == name:
            yield path
        around = [*path, inner] if isinstance(inner, DEFINITIONS) else path
        if len(around) <= 5:
            waiting += [(child, around) for child in ast.iter_child_nodes(inner) if isinstance(child, ast.stmt)]


def _lift(unit: Unit, path: list[Definition], name: str) -> list[Unit]:
    """Statements after a unit that make the name of its inside one of the notebook; none where that is not certain."""
    outer = path[0]
    if len(path) != 1 or unit.node is not outer:
        return []
    if isinstance(outer, ast.ClassDef):
        source = _reach_method(outer, name)
        return _make_units(unit, [source]) if source else []
    arguments = outer.args
    if len(arguments.defaults) < len([*arguments.posonlyargs, *arguments.args]) or None in arguments.kw_defaults:
        return []  # what is inside may use what it is called with
    defaults = [*zip([*arguments.posonlyargs, *arguments.args][::-1], arguments.defaults[::-1])]
    given = [f"{argument.arg} = {ast.unparse(value)}" for argument, value in defaults]
    kept = [node for node in outer.body if not isinstance(node, (ast.Return, ast.Global, ast.Nonlocal))]
    return _make_units(unit, [*given, *map(ast.unparse, kept)])


def _reach_method(node: ast.ClassDef, name: str) -> str:
    """`f = Solution.f` for a static or class method, `f = Solution().f` for one with a self; "" if not certain."""
    methods = {inner.name: inner for inner in node.body if isinstance(inner, FUNCTIONS)}
    decorators = {getattr(d, "id", "?") for d in methods[name].decorator_list}
    first = [argument.arg for argument in [*methods[name].args.posonlyargs, *methods[name].args.args]][:1]
    if decorators & {"staticmethod", "classmethod"} or (not decorators and first not in (["self"], ["cls"])):
        return f"{name} = {node.name}.{name}"
    init = methods.get("__init__") or methods.get("__new__")
    needed = len(init.args.args) - 1 - len(init.args.defaults) if init else 0
    return f"{name} = {node.name}().{name}" if not decorators and needed <= 0 and not node.keywords else ""


def _make_units(unit: Unit, sources: list[str]) -> list[Unit]:
    made = []
    for source in sources:
        (node,) = ast.parse(source).body
        statement = replace(unit.statement, source=source)
        made.append(Unit(statement, node, read_scope(source, node), Changes()))
    return made
