"""Names that something else has taken by the notebook's end: what stood at a question's check counts.

`conv_cost = conv_cost((3, 32, 32), 10, 5)` in a scratch cell, `for conv_cost in (1, 2):`, `range = (0, 10)`, or
`random` in a cell of the course's own. A function that is written anew below its check still replaces the earlier one,
unless it can't even be called as the question says.
"""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from autograder.reading.formats import Cell
from autograder.reading.names import DEFINITIONS, FUNCTIONS
from autograder.reading.statements import Problem, Unit
from autograder.reading.trees import stored_names, walk_executed
from cnnlab.signatures import COURSE, SIGNATURES, question_of

FUNCTION, VALUE, UNSURE = "function", "value", "unsure"  # what a statement makes of a name
DATA: tuple[type[ast.expr], ...] = (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.JoinedStr, ast.BinOp)
DATA += (ast.UnaryOp, ast.Compare, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
MAKERS = frozenset(
    "range len sum int float str bool list tuple dict set max min abs round sorted zip print input".split()
)
DATA_OF_ARRAYS = frozenset("shape size ndim dtype nbytes strides T".split())
ATTRIBUTES_OF_DATA = frozenset(name for kind in (list, dict, set, str, float, np.ndarray) for name in dir(kind))
BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))


@dataclass(frozen=True)
class Checks:
    """Where the notebook checks its questions: question → the last cell that does."""

    cells: dict[str, int]

    @property
    def last(self) -> int:
        return max(self.cells.values(), default=0)

    def of(self, name: str) -> int:
        """The cell of the last check of a graded name; 0 if there is none."""
        return self.cells.get(question_of(name), 0)


def find_checks(cells: Iterable[Cell], units: Iterable[Unit]) -> Checks:
    """Cells that call `cnnlab.check("question")`, or that nbgrader knows as a question's."""
    found: dict[str, int] = {}
    questions = {question for questions in COURSE.values() for question in questions}
    for cell in cells:
        question = cell.grade_id
        if question in questions and cell.kind == "code":
            found[question] = max(cell.index, found.get(question, 0))
    for unit in units:
        call = unit.node.value if isinstance(unit.node, ast.Expr) else None
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "check" and len(call.args) == 1:
            question = getattr(call.args[0], "value", None)
            if isinstance(question, str) and question in questions:
                found[question] = max(unit.statement.cell, found.get(question, 0))
    return Checks(found)


def settle(
    units: list[Unit], names: tuple[str, ...], checks: Checks, own_cells: frozenset[int] = frozenset()
) -> tuple[list[Unit], list[Problem]]:
    """The units with the new values of names that do not count left aside, and a note on each.

    Args:
        units: the notebook's statements.
        names: the graded names.
        checks: where the questions are checked.
        own_cells: cells that the course has written; what they call their own is nothing to the student's code.
    """
    settling = Settling(units, checks, own_cells, set(names) | MAKERS)
    notes = []
    for name in names:
        if len(settling.binders[name]) > 1:
            notes += settling.settle_answer(name)
    shared = [name for name, at in settling.binders.items() if name in BUILTINS or len(at) > 1]
    for name in shared:
        if name not in names:
            notes += settling.settle_shared(name)
    return settling.units_without(), notes


class Settling:
    """What is found, name by name, of which statements bind it and which of them do not count."""

    def __init__(self, units: list[Unit], checks: Checks, own_cells: frozenset[int], data: set[str]) -> None:
        """`data`: names that are known to be no functions."""
        self._units, self._checks, self._own_cells, self._data = units, checks, own_cells, data
        self._ignored: dict[int, set[str]] = defaultdict(set)
        self.binders: dict[str, list[int]] = defaultdict(list)
        for at, unit in enumerate(units):
            for name in unit.scope.binds | _augmented(unit.node):
                self.binders[name].append(at)

    def units_without(self) -> list[Unit]:
        """The units, each told which of its names do not count."""
        return [
            replace(unit, ignored=frozenset(self._ignored[at])) if at in self._ignored else unit
            for at, unit in enumerate(self._units)
        ]

    def settle_answer(self, name: str) -> list[Problem]:
        """Leave aside what takes a graded name after its function."""
        self._data |= _find_results(self._units, name, self.binders, self._data)
        kinds = self._kinds_of(name)
        made = [at for at in kinds if kinds[at] == FUNCTION]
        if not made:
            return []
        last = max((at for at in made if fits(self._units[at].node, name)), default=made[-1])
        later = [at for at in kinds if at > last]
        check = self._checks.of(name)
        dropped = [at for at in later if kinds[at] != UNSURE or self._is_after(at, check)]
        self._ignore(name, dropped)
        kept, earlier = self._units[last].statement, [at for at in made if at < last]
        if dropped:
            meaning = f"gives {name} another meaning; its function in cell {kept.cell} was judged"
            return [_note(self._units[dropped[0]], meaning)]
        if self._is_after(last, check) and earlier:
            before = self._units[earlier[-1]].statement.cell
            again = f"defines {name} again, after its check; it was judged, not cell {before}"
            return [_note(self._units[last], again)]
        return []

    def settle_shared(self, name: str) -> list[Problem]:
        """Leave aside what takes the name of a builtin or of a module from the functions that use it."""
        kinds = self._kinds_of(name)
        imports = {at for at in kinds if isinstance(self._units[at].node, (ast.Import, ast.ImportFrom))}
        ours = {at for at in kinds if self._is_ours(at)}
        if len(imports) == len(kinds):
            return []
        if any(kinds[at] == FUNCTION for at in kinds.keys() - ours):  # a picture calls something so
            self._ignore(name, ours - imports)
            kinds = {at: kind for at, kind in kinds.items() if at not in ours - imports}
        others = [at for at in kinds if kinds[at] != FUNCTION]
        is_builtin = name in BUILTINS
        if not others or (len(others) < len(kinds) if is_builtin else not imports):
            return []
        if not _is_used_as(self._units, name, is_builtin):
            return []
        first = -1 if is_builtin else max(imports)
        dropped = [at for at in others if at > first and (kinds[at] == VALUE or self._is_after(at, self._checks.last))]
        self._ignore(name, dropped)
        meaning = "Python's own" if is_builtin else "the imported one"
        text = f"gives {name} another meaning; the answers were judged with {meaning}"
        return [_note(self._units[at], text) for at in dropped[:1]]

    def _kinds_of(self, name: str) -> dict[int, str]:
        return {at: kind_of(self._units[at].node, name, self._data) for at in self.binders[name]}

    def _is_ours(self, at: int) -> bool:
        return self._units[at].statement.cell in self._own_cells or _is_picture(self._units[at].node)

    def _is_after(self, at: int, check: int) -> bool:
        return 0 < check < self._units[at].statement.cell

    def _ignore(self, name: str, dropped: Iterable[int]) -> None:
        for at in dropped:
            self._ignored[at].add(name)


def _find_results(units: list[Unit], name: str, binders: dict[str, list[int]], data: set[str]) -> set[str]:
    """The names that a graded name is made an alias of and that are data themselves."""
    values = (getattr(units[at].node, "value", None) for at in binders[name])
    aliases = {value.id for value in values if isinstance(value, ast.Name)}
    return {
        alias for alias in aliases & binders.keys() if kind_of(units[binders[alias][-1]].node, alias, data) == VALUE
    }


def _note(unit: Unit, text: str) -> Problem:
    place = unit.statement
    return Problem(place.cell, place.line, f"line {place.line} of cell {place.cell} {text}")


def kind_of(node: ast.stmt, name: str, data: set[str]) -> str:
    """What a statement makes of a name: a function (or class, or module), a value that is none, or who knows what."""
    kinds = {_kind_of_part(part, name, data) for part in walk_executed(node)} - {None}
    return FUNCTION if FUNCTION in kinds else VALUE if kinds == {VALUE} else UNSURE


def _kind_of_part(node: ast.AST, name: str, data: set[str]) -> str | None:
    if isinstance(node, (*DEFINITIONS, ast.Import, ast.ImportFrom)):
        return FUNCTION if name in stored_names(node) else None
    if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        return VALUE if not isinstance(node, ast.comprehension) and name in _targets(node.target) else None
    if isinstance(node, ast.AugAssign):
        return VALUE if name in _targets(node.target) else None
    if isinstance(node, ast.withitem):
        return UNSURE if node.optional_vars and name in _targets(node.optional_vars) else None
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node.value:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return _kind_of_value(node.value, data)
        if any(name in _targets(target) for target in targets):
            return VALUE if _is_result(node.value, data) else UNSURE
    return None


def _kind_of_value(value: ast.expr, data: set[str]) -> str:
    if isinstance(value, ast.Attribute) and value.attr in DATA_OF_ARRAYS:
        return VALUE
    if isinstance(value, ast.Name):
        return VALUE if value.id in data and value.id not in SIGNATURES and value.id not in MAKERS else FUNCTION
    if isinstance(value, (ast.Lambda, ast.Attribute, ast.IfExp)):
        return FUNCTION
    return VALUE if isinstance(value, DATA) or _is_result(value, data) else UNSURE


def _is_result(value: ast.expr, data: set[str]) -> bool:
    """Whether a value is what a graded function, or a builtin that makes data, returned, or a part of it."""
    while isinstance(value, ast.Subscript):
        value = value.value
    called = value.func if isinstance(value, ast.Call) else None
    return isinstance(called, ast.Name) and called.id in data


def _targets(node: ast.expr) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def _augmented(node: ast.stmt) -> set[str]:
    """The name that `name += value` binds anew."""
    return {node.target.id} if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) else set()


def _is_picture(node: ast.stmt) -> bool:
    """`with picture():`, which only the course's own cells have."""
    calls = [item.context_expr for item in node.items] if isinstance(node, ast.With) else []
    return any(isinstance(call, ast.Call) and getattr(call.func, "id", "") == "picture" for call in calls)


def _is_used_as(units: list[Unit], name: str, is_builtin: bool) -> bool:
    """Whether functions of the notebook use a name only as what Python, or an import, means by it."""
    found = False
    for unit in units:
        if name not in unit.scope.later:
            continue
        nodes = list(ast.walk(unit.node))
        asked = {node.value: node.attr for node in nodes if isinstance(node, ast.Attribute)}
        meant = {node.func for node in nodes if isinstance(node, ast.Call)} | asked.keys()
        loads = [n for n in nodes if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)]
        if any(node not in meant for node in loads):
            return False
        found = found or any(is_builtin or asked.get(node, "") not in ATTRIBUTES_OF_DATA for node in loads)
    return found


def fits(node: ast.stmt, name: str) -> bool:
    """Whether a definition can be called as the question says: with all of its arguments, by place."""
    value = node.value if isinstance(node, ast.Assign) else node
    if isinstance(node, ast.ClassDef) and name in SIGNATURES and not (node.bases or node.keywords):
        made = {"__init__", "__new__"} & {part.name for part in node.body if isinstance(part, FUNCTIONS)}
        return bool(made) or not SIGNATURES[name].parameters
    if not isinstance(value, (*FUNCTIONS, ast.Lambda)) or name not in SIGNATURES or getattr(node, "decorator_list", []):
        return True
    if any(parameter.startswith("*") for parameter in SIGNATURES[name].parameters):
        return True
    count, arguments = len(SIGNATURES[name].parameters), value.args
    places = len(arguments.posonlyargs) + len(arguments.args)
    needed = places - len(arguments.defaults)
    keywords = any(default is None for default in arguments.kw_defaults)
    return needed <= count and (count <= places or arguments.vararg is not None) and not keywords
