"""A notebook's cells as top-level statements, each with its text, its place, its tree and its names."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeGuard

from autograder.reading.budget import Budget
from autograder.reading.cell_source import FAILURES, Mistake, explain, parse_cell
from autograder.reading.changes import Changes
from autograder.reading.formats import Cell
from autograder.reading.names import DEFINITIONS, FUNCTIONS, Scope, read_scope
from autograder.reading.plain import Plain, flatten
from autograder.reading.trees import walk_executed

FindFile = Callable[[str], "str | None"]  # a file's name, as the notebook writes it → its code
RUN_FILE = re.compile(r"""^[ \t]*%(?:run|load)[ \t]+(?:-\w[ \t]+)*["']?([\w./-]+)""", re.MULTILINE)
OPENED = re.compile(r"""\bopen\([ \t]*["']([\w./-]+\.py)""")
DEFINED = re.compile(r"^\s*(?:async\s+def\s+|def\s+|class\s+|(?=\w+\s*=))(\w+)", re.MULTILINE)


def find_nothing(name: str) -> str | None:
    """No file lies beside the notebook."""
    return None


@dataclass(frozen=True)
class Statement:
    """One statement to run; `line` counts from 1 in its cell, `binds` are the names it binds or changes.

    `text` is what rules about the source look at, where that is not what runs: the code of a module beside it.
    """

    source: str
    cell: int
    line: int
    binds: tuple[str, ...]
    text: str = ""

    @property
    def code(self) -> str:
        return self.text or self.source


@dataclass(frozen=True)
class Problem:
    """A place that was not read as the student meant it; `names` are the graded names whose definition stands there.

    `open` says that these are lost by something that is no answer: nobody can say what they are worth until a person
    has looked.
    """

    cell: int
    line: int
    text: str
    names: tuple[str, ...] = ()
    open: bool = False


@dataclass(frozen=True, eq=False)
class Unit:
    """A statement of the notebook, with its tree, its names and its changes."""

    statement: Statement
    node: ast.stmt
    scope: Scope
    changes: Changes
    ignored: frozenset[str] = frozenset()  # names whose new value does not count (rebound.py says why)

    @property
    def binds(self) -> frozenset[str]:
        """The names that it binds or changes, as far as that counts."""
        return (self.scope.binds | self.changes.names) - self.ignored

    @property
    def calls(self) -> bool:
        """Whether a function that it defines may be called while it runs."""
        return not isinstance(self.node, DEFINITIONS) or bool(self.node.decorator_list)

    def replaces(self, name: str) -> bool:
        """Whether nothing that a name meant before matters after it. (Imports may each add a submodule.)"""
        simple = (ast.Assign, ast.AnnAssign, ast.AugAssign, *DEFINITIONS)
        return isinstance(self.node, simple) and name in self.scope.binds


def read_statements(
    cells: Iterable[Cell], names: Iterable[str], find_file: FindFile = find_nothing, budget: Budget | None = None
) -> tuple[list[Unit], list[Problem]]:
    """All statements that count, in the notebook's order, and what could not be read as the student meant it.

    Args:
        cells: the notebook's, in its order.
        names: the graded names.
        find_file: gives the code of a file that the notebook runs (`%run helpers.py`).
        budget: what may be spent on it.
    """
    cells, names, budget = list(cells), tuple(names), budget or Budget()
    units, problems = read_cells([cell for cell in cells if cell.kind == "code"], names, budget, find_file)
    units, stubs = _drop_stubs(units, names)
    return units, sorted(problems + stubs, key=lambda problem: (problem.cell, problem.line))


def read_cells(
    cells: list[Cell], names: tuple[str, ...], budget: Budget, find_file: FindFile = find_nothing
) -> tuple[list[Unit], list[Problem]]:
    """The statements of some cells as code, and what could not be read of them."""
    units, problems = [], []
    for cell in cells:
        found, mistakes = _read_cell(cell, budget, find_file)
        problems += [_make_problem(cell, mistake, names) for mistake in mistakes]
        units += found
        if budget.statements < 0:
            problems.append(_explain_spent(cells, cell, names))
            break
    return units, problems


def _read_cell(cell: Cell, budget: Budget, find_file: FindFile) -> tuple[list[Unit], list[Mistake]]:
    """The statements of a cell, those of the files that it runs among them, and its mistakes."""
    units = []
    text, body, mistakes = parse_cell(cell.source, budget)
    lines = text.split("\n")
    for plain in flatten(body):
        if not budget.take_statement():
            break
        try:
            units.append(_make_unit(lines, plain, cell.index))
        except FAILURES as error:
            mistakes.append(Mistake(plain.line, explain(error), plain.line, plain.last_line))
    for file, line in files_run(cell.source):
        if (code := find_file(file)) is not None:
            there, _ = _read_cell(Cell(cell.index, "code", code), budget, find_nothing)
            there = [replace(unit, statement=replace(unit.statement, line=line)) for unit in there]
            units = sorted([*there, *units], key=lambda unit: unit.statement.line)
    return units, mistakes


def files_run(source: str) -> list[tuple[str, int]]:
    """The files whose code a cell runs as its own, with the lines: `%run a.py`, `exec(open("a.py").read())`."""
    found = [*RUN_FILE.finditer(source)] if "%" in source else []
    found += OPENED.finditer(source) if "exec(" in source else ()
    return [(match[1], source.count("\n", 0, match.start(1)) + 1) for match in found]


def _explain_spent(cells: list[Cell], last: Cell, names: tuple[str, ...]) -> Problem:
    """The problem of a hand-in with too much code: what stands further below is not known."""
    unread = "\n".join(cell.source for cell in cells if cell.index >= last.index)
    lost = tuple(name for name in names if name in unread)
    text = f"cell {last.index} and those after it were not read: too much code, far more than the assignment takes"
    return Problem(last.index, 1, f"{text}; look at it by hand", lost, open=True)


def _make_problem(cell: Cell, mistake: Mistake, names: tuple[str, ...]) -> Problem:
    lines = cell.source.split("\n")
    shown = lines[mistake.line - 1].strip()[:80] if 0 < mistake.line <= len(lines) else ""
    block = "\n".join(lines[mistake.first - 1 : mistake.last])
    defined = set(DEFINED.findall(block))
    lost = tuple(name for name in names if name in defined)
    if mistake.respelled:
        text = f"cell {cell.index}, line {mistake.line} {mistake.newer}: it was judged in an older spelling"
        return Problem(cell.index, mistake.line, text)
    if mistake.unread:
        text = f"cell {cell.index} was not read: {mistake.reason}; look at it by hand"
    elif mistake.newer:
        text = f"cell {cell.index}, line {mistake.line} {mistake.newer}"
    else:
        text = f"cell {cell.index}, line {mistake.line} is not valid Python: {mistake.reason}"
    text += f"  >>> {shown}" if shown and not mistake.unread else ""
    text += f"  (so {', '.join(lost)} could not be read)" if lost else ""
    unseen = mistake.unread or mistake.newer is not None
    return Problem(cell.index, mistake.line, text, tuple(sorted(defined)) if unseen else lost, unseen)


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


def is_stub(node: ast.stmt) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Whether a function has no answer yet: it raises NotImplementedError, whatever it does before but return."""
    body = node.body if isinstance(node, FUNCTIONS) else []
    at = next((i for i, inner in enumerate(body) if raises_not_implemented(inner)), 0)
    before = (part for inner in body[:at] for part in walk_executed(inner))
    return bool(body) and raises_not_implemented(body[at]) and not any(isinstance(part, ast.Return) for part in before)


def is_untouched(node: ast.stmt) -> bool:
    """Whether a function does nothing, after its docstring, but raise NotImplementedError."""
    if not isinstance(node, FUNCTIONS) or node.decorator_list:
        return False
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    return bool(body) and raises_not_implemented(body[0])


def raises_not_implemented(node: ast.stmt) -> bool:
    value = node.exc if isinstance(node, ast.Raise) else None
    kind = value.func if isinstance(value, ast.Call) else value
    return isinstance(kind, ast.Name) and kind.id == "NotImplementedError"
