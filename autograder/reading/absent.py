"""Why a name that a notebook seems to give is not there: it comes from a package or a file that the grader has not, or
is bound unreadably. A person has to look: none of that says what the answer is worth.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

import numpy

from autograder.reading.formats import Cell
from autograder.reading.statements import FindFile, Problem, Unit, files_run
from autograder.reading.trees import root_of
from cnnlab.notebooks.requirements import COLAB_ONLY

UNREADABLE = ("exec", "eval", "globals", "vars", "locals", "setattr", "run_cell")
WRITTEN = r"^[ \t]*(?:#[ \t]*)*(?:def|class|cpdef|cdef [\w.]+)[ \t]+{}\b"
PASTE = "which is not part of the hand-in: paste its code into the notebook"


def find_foreign(units: list[Unit], names: Iterable[str], own: frozenset[str]) -> list[Problem]:
    """The graded names whose last definition only hands on what a module has that is not there.

    Example: `import helpers as H` and `f = H.f`, or `from helpers import f`.

    own: modules of the student's own that are there.
    """
    modules: dict[str, str] = {}  # name → the module that its value comes from
    last: dict[str, Unit] = {}
    for unit in units:
        value = unit.node.value if isinstance(unit.node, ast.Assign) else None
        handed_on = isinstance(value, (ast.Name, ast.Attribute)) and modules.get(root_of(value) or "")
        module = handed_on or _module_of(unit.node)
        for name in unit.scope.binds - unit.ignored:
            modules[name], last[name] = module, unit
    lost = [name for name in names if modules.get(name, "") not in own and is_missing(modules.get(name, ""))]
    return [_problem(last[name], f"{name} comes from {_name_module(modules[name])}", name) for name in lost]


def find_packages(units: Iterable[Unit], own: frozenset[str], forbidden: tuple[str, ...]) -> dict[str, Problem]:
    """The names that the statements of a slice can't give, because they need packages that the grader has not.

    What the assignment forbids is left out: that is the student's own mistake. So is an import in a `try` that knows
    what to do without it.
    """
    lost: dict[str, Problem] = {}
    for unit in units:
        module, place = _module_of(unit.node), unit.statement
        if module and module not in (*own, *forbidden) and is_missing(module):
            text = f"cell {place.cell}, line {place.line} needs {_name_module(module)}"
            lost |= dict.fromkeys(unit.scope.binds, Problem(place.cell, place.line, text, open=True))
        elif used := sorted(unit.scope.now & lost.keys()):  # it raises, and binds nothing
            found = replace(lost[used[0]], cell=place.cell, line=place.line)
            lost |= dict.fromkeys(unit.scope.binds, found)
    return {name: replace(problem, names=(name,)) for name, problem in lost.items()}


def explain_missing(
    cells: Iterable[Cell], units: list[Unit], missing: Iterable[str], own: frozenset[str], find_file: FindFile
) -> list[Problem]:
    """A sentence for each graded name that is bound nowhere, where something may bind it all the same."""
    missing = list(missing)
    if not missing:
        return []
    suspects = Suspects(list(cells), units, own, find_file)
    return [problem for name in missing if (problem := suspects.explain(name))]


class Suspects:
    """What a notebook has that may bind a name without saying so."""

    def __init__(self, cells: list[Cell], units: list[Unit], own: frozenset[str], find_file: FindFile) -> None:
        self._cells = cells
        run = [(cell, file) for cell in cells if cell.kind == "code" for file, _ in files_run(cell.source)]
        self._files = [(cell, file) for cell, file in run if find_file(file) is None]
        self._read = {cell.index for cell, file in run} - {cell.index for cell, _ in self._files}
        stars = [unit for unit in units if isinstance(unit.node, ast.ImportFrom) and unit.node.names[0].name == "*"]
        modules = [(unit, _module_of(unit.node)) for unit in stars]
        self._stars = [(unit, module) for unit, module in modules if module not in own and is_missing(module)]
        self._calls = [(unit, how) for unit in units if (how := _unreadable_call(unit.node))]

    def explain(self, name: str) -> Problem | None:
        """A sentence on what is likeliest to bind a name; None if nothing is."""
        ways = (self._by_call, self._by_star, self._by_file, self._as_text, self._by_other_text)
        return next((problem for way in ways if (problem := way(name))), None)

    def _by_call(self, name: str) -> Problem | None:
        found = [(unit, how) for unit, how in self._calls if name in unit.statement.source]
        if not found:
            return None
        unit, how = found[-1]
        place = unit.statement
        text = f"{name} is not defined by a def or an assignment that can be read: {how}() may define it in "
        return _problem(unit, f"{text}cell {place.cell}, line {place.line}; write the def itself there", name)

    def _by_star(self, name: str) -> Problem | None:
        if not self._stars:
            return None
        unit, module = self._stars[-1]
        return _problem(unit, f"{name} may come from {_name_module(module)}", name)

    def _by_file(self, name: str) -> Problem | None:
        if not self._files:
            return None
        cell, file = self._files[-1]
        return Problem(cell.index, 1, f"{name} may come from {file}, {PASTE}", (name,), open=True)

    def _as_text(self, name: str) -> Problem | None:
        written = [cell for cell in self._cells if re.search(WRITTEN.format(name), cell.source, re.MULTILINE)]
        if not written:
            return None
        cell = written[-1].index
        text = f"{name} stands in cell {cell}, but not as code that the notebook runs: commented out, in a text, or "
        text += "under a magic command; write it into a code cell of its own"
        return Problem(cell, 1, text, (name,), open=True)

    def _by_other_text(self, name: str) -> Problem | None:
        """exec() of something that was read from elsewhere."""
        executed = [unit for unit, how in self._calls if how == "exec" and _reads_file(unit)]
        unread = [unit for unit in executed if unit.statement.cell not in self._read]
        if not unread:
            return None
        place = unread[-1].statement
        text = f"{name} is not defined in the notebook, unless exec() defines it in cell {place.cell}, line "
        return _problem(unread[-1], f"{text}{place.line}; write the def itself there", name)


def _reads_file(unit: Unit) -> bool:
    """Whether what a statement runs comes from somewhere else."""
    return bool(re.search(r"\bopen\(|\.read|urlopen", unit.statement.source))


def find_cause(error: str, message: str, lost: Mapping[str, str]) -> str:
    """Why a call raised an exception, where no answer is to blame: a sentence; else "".

    Args:
        error: the type of the exception.
        message: its text.
        lost: names that are not there, each with the sentence on it.
    """
    if error == "NameError" and (found := re.match(r"name '(\w+)' is not defined", message)):
        return lost.get(found[1], "")
    if error == "ModuleNotFoundError" and (found := re.fullmatch(r"No module named '([\w.]+)'", message)):
        module = found[1].split(".")[0]
        return f"it needs {_name_module(module)}" if is_missing(module) else ""
    if error == "AttributeError" and re.search(r"was removed (?:from the ndarray class )?in (?:the )?NumPy 2", message):
        return f"it is written for NumPy 1, and the grader has NumPy {numpy.__version__}: {message}"
    return ""


def _problem(unit: Unit, text: str, name: str) -> Problem:
    return Problem(unit.statement.cell, unit.statement.line, text, (name,), open=True)


def _name_module(module: str) -> str:
    if module in COLAB_ONLY:
        return f"the package {module}, which the grader does not have"
    return f"the module {module}, {PASTE}"


def _module_of(node: ast.stmt) -> str:
    """The first name of the module that an import needs; "" for all other statements."""
    if isinstance(node, ast.ImportFrom):
        return "" if node.level else (node.module or "").split(".")[0]
    return node.names[0].name.split(".")[0] if isinstance(node, ast.Import) else ""


@cache
def is_missing(module: str) -> bool:
    """Whether the grader's Python has no module of that name."""
    known = not module or module in sys.stdlib_module_names or module in sys.modules
    try:
        return not known and importlib.util.find_spec(module) is None
    except (ImportError, ValueError):
        return True


def _unreadable_call(node: ast.stmt) -> str:
    """What may bind names when this statement runs: "exec", say; "" if nothing does."""
    calls = (part.func for part in ast.walk(node) if isinstance(part, ast.Call))
    found = {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}
    return next((how for how in UNREADABLE if how in found), "")
