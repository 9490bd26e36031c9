"""A notebook's cells as top-level statements, each with its text, its place, its tree and its names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.reading.cell_source import FAILURES, Mistake, explain, parse_cell
from autograder.reading.changes import Changes
from autograder.reading.names import FUNCTIONS, Scope, read_scope
from autograder.reading.plain import Plain, flatten

MAX_CODE = 5_000_000  # characters of all cells together


@dataclass(frozen=True)
class Statement:
    """One statement to run; `line` counts from 1 in its cell, `binds` are the names it binds or changes."""

    source: str
    cell: int
    line: int
    binds: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """A place that was not read as the student meant it; `names` are the graded names whose definition stands there."""

    cell: int
    line: int
    text: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Unit:
    """A statement of the notebook, with its tree, its names and its changes."""

    statement: Statement
    node: ast.stmt
    scope: Scope
    changes: Changes

    @property
    def calls(self) -> bool:
        """Whether a function that it defines may be called while it runs."""
        return not isinstance(self.node, (*FUNCTIONS, ast.ClassDef)) or bool(self.node.decorator_list)

    def replaces(self, name: str) -> bool:
        """Whether nothing that a name meant before matters after it. (Imports may each add a submodule.)"""
        simple = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.ClassDef, *FUNCTIONS)
        return isinstance(self.node, simple) and name in self.scope.binds


def read_statements(cells: Iterable, names: Iterable[str]) -> tuple[list[Unit], list[Problem]]:
    """All statements that count, in the notebook's order, and what could not be read as the student meant it.

    Args:
        cells: objects with `index`, `kind` and `source`.
        names: the graded names.
    """
    cells, names = list(cells), tuple(names)
    units, problems = _read_cells([cell for cell in cells if cell.kind == "code"], names)
    missing = set(names) - {name for unit in units for name in unit.scope.binds}
    rescued, notes = _rescue_other_cells([cell for cell in cells if cell.kind != "code"], missing)
    units = sorted(units + rescued, key=lambda unit: unit.statement.cell)
    units, stubs = _drop_stubs(units, names)
    return units, sorted(problems + notes + stubs, key=lambda problem: (problem.cell, problem.line))


def _read_cells(cells: list, names: tuple[str, ...]) -> tuple[list[Unit], list[Problem]]:
    units, problems, room = [], [], MAX_CODE
    for cell in cells:
        room -= len(cell.source)
        if room < 0:
            problems.append(
                Problem(cell.index, 1, f"cell {cell.index} and those after it were not read: too much code")
            )
            break
        text, body, mistakes = parse_cell(cell.source)
        problems += [_make_problem(cell, mistake, names) for mistake in mistakes]
        lines = text.split("\n")
        for plain in flatten(body):
            try:
                units.append(_make_unit(lines, plain, cell.index))
            except FAILURES as error:
                mistake = Mistake(plain.line, explain(error), plain.line, plain.last_line)
                problems.append(_make_problem(cell, mistake, names))
    return units, problems


def _make_problem(cell: object, mistake: Mistake, names: tuple[str, ...]) -> Problem:
    lines = cell.source.split("\n")
    shown = lines[mistake.line - 1].strip()[:80] if 0 < mistake.line <= len(lines) else ""
    block = "\n".join(lines[mistake.first - 1 : mistake.last])
    defined = set(re.findall(r"^\s*(?:async\s+def\s+|def\s+|class\s+|(?=\w+\s*=))(\w+)", block, re.MULTILINE))
    lost = tuple(name for name in names if name in defined)
    text = f"cell {cell.index}, line {mistake.line} is not valid Python: {mistake.reason}"
    text += f"  >>> {shown}" if shown else ""
    return Problem(
        cell.index, mistake.line, text + (f"  (so {', '.join(lost)} could not be read)" if lost else ""), lost
    )


def _make_unit(lines: list[str], plain: Plain, cell: int) -> Unit:
    node = plain.node
    source, line = (ast.unparse(node), plain.line) if plain.rewritten else _cut(lines, node)
    scope = read_scope(source, node)
    return Unit(Statement(source, cell, line, ()), node, scope, Changes())


def _cut(lines: list[str], node: ast.stmt) -> tuple[str, int]:
    """A statement's text, without the indentation it may have, and its first line."""
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
    text = lines[first - 1 : node.end_lineno]
    text[-1] = text[-1].encode()[: node.end_col_offset].decode()
    indent = text[0].encode()[: node.col_offset].decode()
    text[0] = text[0][len(indent) :]
    if len(text) == 1 or not indent or not indent.isspace():
        return "\n".join(text), first
    dedented = "\n".join([text[0], *(line.removeprefix(indent) for line in text[1:])])
    if ast.dump(ast.parse(dedented)) == ast.dump(ast.Module([node], [])):
        return dedented, first
    return "\n".join(
        ["if True:", indent + text[0], *text[1:]]
    ), first - 1  # a text of several lines must keep its indentation


def _rescue_other_cells(cells: list, missing: set[str]) -> tuple[list[Unit], list[Problem]]:
    """Definitions in cells whose type was changed by accident (one key in Jupyter), for names found nowhere else."""
    units, notes = [], []
    for cell in cells if missing else ():
        if not any(name in cell.source for name in missing):
            continue
        found, problems = _read_cells([cell], ())
        defined = sorted(missing & {name for unit in found for name in unit.scope.binds})
        if defined and not problems:
            units += found
            text = f"cell {cell.index} is not a code cell, but was read as one since it defines {', '.join(defined)}"
            notes.append(Problem(cell.index, 1, text))
    return units, notes


def _drop_stubs(units: list[Unit], names: tuple[str, ...]) -> tuple[list[Unit], list[Problem]]:
    """A copy of the untouched stub after the answer does not replace the answer."""
    answered: dict[str, int] = {}  # graded name → the first cell with an answer
    for unit in units:
        if not is_stub(unit.node):
            for name in unit.scope.binds.intersection(names):
                answered.setdefault(name, unit.statement.cell)
    kept, notes = [], []
    for unit in units:
        if not is_stub(unit.node) or unit.node.name not in answered:
            kept.append(unit)
        elif answered[unit.node.name] < unit.statement.cell:
            place, name = unit.statement, unit.node.name
            text = (
                f"cell {place.cell}, line {place.line}: {name} stands here again without an answer; the earlier counts"
            )
            notes.append(Problem(place.cell, place.line, text))
    return kept, notes


def is_stub(node: ast.stmt) -> bool:
    """Whether a function is as the notebook gives it: it raises NotImplementedError, whatever else it does."""
    raised = [getattr(inner, "exc", None) for inner in node.body] if isinstance(node, FUNCTIONS) else []
    kinds = [value.func if isinstance(value, ast.Call) else value for value in raised]
    return any(isinstance(kind, ast.Name) and kind.id == "NotImplementedError" for kind in kinds)
