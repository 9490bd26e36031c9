"""Why a graded name that a notebook seems to give is not there: it comes from another file, or is bound unreadably."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterable

from autograder.reading.statements import Problem, Unit
from autograder.reading.trees import root_of

UNREADABLE = ("exec", "eval", "globals", "vars", "locals", "setattr", "run_cell")
RUN_FILE = re.compile(r"""(?:^[ \t]*%run[ \t]+(?:-\w[ \t]+)*|exec\(open\()["']?([\w./-]+)""", re.MULTILINE)
PASTE = "which is not part of the hand-in: paste its code into the notebook"


def find_foreign(units: list[Unit], names: Iterable[str]) -> list[Problem]:
    """The graded names whose last definition only hands on what a module has that is not there.

    Example: `import helpers as H` and `f = H.f`, or `from helpers import f`.
    """
    modules: dict[str, str] = {}  # name → the module that its value comes from
    last: dict[str, Unit] = {}
    for unit in units:
        value = unit.node.value if isinstance(unit.node, ast.Assign) else None
        handed_on = isinstance(value, (ast.Name, ast.Attribute)) and modules.get(root_of(value) or "")
        module = handed_on or _module_of(unit.node)
        for name in unit.scope.binds:
            modules[name], last[name] = module, unit
    lost = [name for name in names if _is_missing(modules.get(name, ""))]
    return [_problem(last[name], f"{name} comes from the module {modules[name]}, {PASTE}", name) for name in lost]


def explain_missing(cells: Iterable, units: list[Unit], missing: Iterable[str]) -> list[Problem]:
    """A sentence for each graded name that is bound nowhere, where something may bind it all the same."""
    missing = list(missing)
    if not missing:
        return []
    files = [(cell, found[1]) for cell in cells if cell.kind == "code" for found in RUN_FILE.finditer(cell.source)]
    stars = [unit for unit in units if isinstance(unit.node, ast.ImportFrom) and unit.node.names[0].name == "*"]
    star = next((unit for unit in reversed(stars) if _is_missing(_module_of(unit.node))), None)
    binders = [(unit, how) for unit in reversed(units) if (how := _unreadable_call(unit.node))]
    problems = []
    for name in missing:
        found = next(((unit, how) for unit, how in binders if name in unit.statement.source), None)
        if found:
            place = found[0].statement
            text = f"{name} is not defined by a def or an assignment that can be read: {found[1]}() may define it in "
            text += f"cell {place.cell}, line {place.line}; write the def itself there"
            problems.append(_problem(found[0], text, name))
        elif star:
            problems.append(_problem(star, f"{name} may come from the module {_module_of(star.node)}, {PASTE}", name))
        elif files:
            cell, file = files[-1]
            problems.append(Problem(cell.index, 1, f"{name} may come from {file}, {PASTE}", (name,)))
    return problems


def _problem(unit: Unit, text: str, name: str) -> Problem:
    return Problem(unit.statement.cell, unit.statement.line, text, (name,))


def _module_of(node: ast.stmt) -> str:
    """The first name of the module that an import needs; "" for all other statements."""
    if isinstance(node, ast.ImportFrom):
        return "" if node.level else (node.module or "").split(".")[0]
    return node.names[0].name.split(".")[0] if isinstance(node, ast.Import) else ""


def _is_missing(module: str) -> bool:
    known = not module or module in sys.stdlib_module_names or module in sys.modules
    return not known and importlib.util.find_spec(module) is None


def _unreadable_call(node: ast.stmt) -> str:
    """What may bind names when this statement runs: "exec", say; "" if nothing does."""
    calls = (part.func for part in ast.walk(node) if isinstance(part, ast.Call))
    found = {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}
    return next((how for how in UNREADABLE if how in found), "")
