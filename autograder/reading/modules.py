"""Modules of the student's own: files that lie beside the notebook, and those that `%%writefile` writes.

Each that the notebook imports becomes one statement, which makes the module from as much of its text as the notebook
needs. Rules about the source look at that text as at any other code.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from autograder.reading.budget import MAX_CODE, Budget
from autograder.reading.cell_source import FAILURES
from autograder.reading.changes import Changes
from autograder.reading.files import read_bytes
from autograder.reading.formats import Cell, UnreadableSubmission, clean_source, decode, read_json
from autograder.reading.names import Scope
from autograder.reading.plain import is_main_guard
from autograder.reading.slicing import slice_units
from autograder.reading.statements import Problem, Statement, Unit, read_cells
from autograder.reading.trees import last_line

WRITTEN = re.compile(r"\A\s*%%(?:writefile|file)[ \t]+(-a[ \t]+)?[\"']?([^\s\"']+)[\"']?[ \t]*\n")
ROOTS = re.compile(r"^(?:\./|/content/(?:drive/MyDrive/)?|~/|/+)")
NEVER = frozenset((*sys.stdlib_module_names, *"numpy torch torchvision matplotlib scipy cnnlab IPython pytest".split()))
MAX_MODULES = 30
LOADER = """def __load__():
    import sys, types

    name, text = {name!r}, {text!r}
    *packages, last = name.split(".")
    for depth in range(len(packages)):
        package = sys.modules.setdefault(".".join(packages[: depth + 1]), types.ModuleType(packages[depth]))
        package.__path__ = getattr(package, "__path__", [])
    module = types.ModuleType(name)
    module.__file__, module.__package__ = {file!r}, {package!r}
    if module.__package__ == name:
        module.__path__ = []
    sys.modules[name] = module
    if packages:
        setattr(sys.modules[".".join(packages)], last, module)
    exec(compile(text, {file!r}, "exec", dont_inherit=True), module.__dict__)


__load__()
del __load__
"""


@dataclass
class Files:
    """The files of a hand-in that its notebook may import or run: those in its own folder, and what its cells write."""

    notebook: Path | None = None
    written: dict[str, str] = field(default_factory=dict)  # path → text

    def learn(self, cells: Iterable[Cell]) -> None:
        """Take over what `%%writefile` cells hold."""
        room = MAX_CODE
        for cell in cells:
            found = WRITTEN.match(cell.source) if cell.kind == "code" and "%%" in cell.source[:200] else None
            if found is None:
                continue
            name = ROOTS.sub("", found[2])
            text = (self.written.get(name, "") if found[1] else "") + cell.source[found.end() :] + "\n"
            room -= len(text)
            if room < 0:
                break
            self.written[name] = text

    def find(self, name: str) -> str | None:
        """The code of a file; None if there is none of that name."""
        name = ROOTS.sub("", name)
        if ".." in name.split("/") or not name or "\0" in name:
            return None
        for there in dict.fromkeys((name, name.rpartition("/")[2])):  # whoever uploads a folder may lose its name
            if there in self.written:
                return self.written[there]
            if self.notebook is not None and (text := _read_code(self.notebook.parent / there)) is not None:
                return text
        return None

    def find_module(self, name: str) -> tuple[str, str] | None:
        """The file and the code of a module, such as `helpers.layers`; None if it is nobody's own."""
        if name.split(".")[0] in NEVER:
            return None
        path = name.removeprefix("ipynb.fs.full.").removeprefix("ipynb.fs.defs.").replace(".", "/")
        for file in (f"{path}.py", f"{path}/__init__.py", f"{path}.ipynb"):
            if (text := self.find(file)) is not None:
                return file, text
        return None


def _read_code(path: Path) -> str | None:
    """The code of a script or a notebook; None if it can't be read."""
    try:
        data = read_bytes(path)
        if path.suffix.lower() == ".ipynb":
            return "\n\n".join(cell.source for cell in read_json(data, path.name)[0] if cell.kind == "code")
        return clean_source(decode(data)[0])
    except (UnreadableSubmission, OSError):
        return None


def add_modules(units: list[Unit], files: Files, budget: Budget) -> tuple[list[Unit], list[Problem], frozenset[str]]:
    """All units, those of the student's own modules first; what could not be read of these; the modules' names."""
    maker = _Maker(units, files, budget)
    for unit in units:
        for name in imported_by(unit):
            maker.make(name, unit)
    if not maker.made:
        return units, maker.problems, frozenset()
    spelled = [part for unit in units for part in maker.spell_out_star(unit)]
    return link_modules([*maker.made.values(), *spelled]), maker.problems, frozenset(maker.made)


def link_modules(units: list[Unit]) -> list[Unit]:
    """Units that import an own module use its key, so that the slice takes the module with them."""
    keys = {key for unit in units if unit.statement.text for key in unit.scope.binds}
    if not keys:
        return units
    linked = []
    for unit in units:
        used = keys & {key_of(name) for name in imported_by(unit)}
        scope = Scope(unit.scope.binds, unit.scope.now | used, unit.scope.later)
        linked.append(replace(unit, scope=scope) if used else unit)
    return linked


def drop_main(code: str) -> str:
    """A module's code without what runs only where it is the program itself."""
    if "__main__" not in code:
        return code
    lines = code.split("\n")
    try:
        guards = [node for node in ast.parse(code).body if is_main_guard(node)]
    except FAILURES:
        return code
    for node in guards:
        lines[node.lineno - 1 : last_line(node)] = [""] * (last_line(node) - node.lineno + 1)
    return "\n".join(lines)


def key_of(module: str) -> str:
    """What stands for a module among the names that statements bind: nothing that a student's name can be."""
    return f"module {module}"


def imported_by(unit: Unit, package: str = "") -> Iterator[str]:
    """The modules that a statement imports, anywhere in it, with the packages that they are in.

    package: where a relative import starts.
    """
    for inner in ast.walk(unit.node) if "import" in unit.statement.source else ():
        if isinstance(inner, ast.Import):
            found = [alias.name for alias in inner.names]
        elif isinstance(inner, ast.ImportFrom):
            base = package.rsplit(".", inner.level - 1)[0] if inner.level > 1 else package if inner.level else ""
            name = ".".join(filter(None, (base, inner.module)))
            found = [name, *(f"{name}.{alias.name}" for alias in inner.names)] if name else []
        else:
            continue
        for name in found:
            parts = name.split(".")
            yield from (".".join(parts[: i + 1]) for i in range(len(parts)))


class _Maker:
    """Makes the statements of the modules that a notebook imports, one by one."""

    def __init__(self, units: list[Unit], files: Files, budget: Budget) -> None:
        self._units, self._files, self._budget = units, files, budget
        self._asked: set[str] = set()
        self._found = 0
        self._gives: dict[str, list[str]] = {}  # module → the names that it binds
        self.made: dict[str, Unit] = {}  # in the order in which they must be made
        self.problems: list[Problem] = []

    def make(self, name: str, importer: Unit, whole: bool = False) -> None:
        """Make a module, and before it those that it imports; nothing where there is no such file.

        whole: all of it, not only what the notebook may use.
        """
        if name in self._asked or len(self._asked) > 10 * MAX_MODULES or self._found == MAX_MODULES:
            return
        self._asked.add(name)
        found = self._files.find_module(name)
        if found is None:
            return
        self._found += 1
        file, code = found
        place = importer.statement
        units, mistakes = read_cells([Cell(place.cell, "code", drop_main(code))], (), self._budget)
        self.problems += [replace(p, text=f"{file}: {p.text.replace(f'cell {place.cell}, ', '')}") for p in mistakes]
        package = name if file.endswith("__init__.py") else name.rpartition(".")[0]
        imported = {other for unit in units for other in imported_by(unit, package)}
        for other in sorted(imported):
            self.make(other, importer, whole=True)
        bound = {bound for unit in units for bound in unit.scope.binds}
        wanted = bound if whole or self._is_starred(name) else bound & ({"__all__"} | self._used)
        parts = slice_units(units, tuple(sorted(wanted))).units
        text = "\n\n".join(unit.statement.source for unit in parts) or "pass"
        self._gives[name] = list(dict.fromkeys(bound for unit in parts for bound in sorted(unit.scope.binds)))
        source = LOADER.format(name=name, text=text, file=file, package=package)
        scope = Scope(frozenset((key_of(name),)), frozenset(map(key_of, imported & self.made.keys())), frozenset())
        self.made[name] = Unit(Statement(source, place.cell, place.line, (), text), ast.Pass(), scope, Changes())

    def spell_out_star(self, unit: Unit) -> list[Unit]:
        """`from helpers import *` as one import for each name that the module gives."""
        node = unit.node
        if not isinstance(node, ast.ImportFrom) or node.names[0].name != "*" or node.module not in self.made:
            return [unit]
        made = []
        for name in [name for name in self._gives[node.module] if not name.startswith("_")]:
            single = ast.ImportFrom(node.module, [ast.alias(name)], 0)
            statement = replace(unit.statement, source=f"from {node.module} import {name}")
            scope = Scope(frozenset((name,)), frozenset(), frozenset())
            made.append(Unit(statement, single, scope, Changes()))
        return made or [unit]

    def _is_starred(self, name: str) -> bool:
        return any(
            isinstance(node, ast.ImportFrom) and node.module == name and node.names[0].name == "*"
            for unit in self._units
            if "*" in unit.statement.source and "import" in unit.statement.source
            for node in ast.walk(unit.node)
        )

    @cached_property
    def _used(self) -> set[str]:
        """Every name, attribute and imported name of the notebook."""
        used = set()
        for node in (node for unit in self._units for node in ast.walk(unit.node)):
            if isinstance(node, ast.Name):
                used.add(node.id)
            elif isinstance(node, ast.Attribute):
                used.add(node.attr)
            elif isinstance(node, ast.ImportFrom):
                used.update(alias.name for alias in node.names)
        return used
