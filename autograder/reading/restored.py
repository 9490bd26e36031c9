"""Imports that a hand-in has lost, restored where everybody knows what they were."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import replace

from autograder.reading.changes import Changes
from autograder.reading.names import read_scope
from autograder.reading.statements import Problem, Statement, Unit


def find_imports(
    units: Iterable[Unit], unbound: set[str], imports: Mapping[str, str]
) -> tuple[list[Unit], list[Problem]]:
    """The imports of names that these statements use and nothing binds, and a note.

    Args:
        units: the statements.
        unbound: names that none of them binds, nor the rest of the notebook.
        imports: name → the import that everybody means by it.
    """
    known = unbound & imports.keys()
    if not known:
        return [], []
    asked = {
        node.value.id
        for unit in units
        for node in ast.walk(unit.node)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    lost = sorted(name for name in known if name in asked or imports[name].startswith("from "))
    if not lost:
        return [], []
    made = []
    for name in lost:
        (node,) = ast.parse(imports[name]).body
        made.append(Unit(Statement(imports[name], 0, 1, ()), node, read_scope(imports[name], node), Changes()))
    text = ", ".join(f"`{imports[name]}`" for name in lost)
    verb = "was" if len(lost) == 1 else "were"
    return made, [Problem(0, 1, f"an import is missing in the notebook: {text} {verb} restored, which costs nothing")]


def ignore_annotations(units: list[Unit]) -> list[Unit]:
    """The same statements where what stands in annotations is no longer needed."""
    return [_without_annotations(unit) for unit in units]


def _without_annotations(unit: Unit) -> Unit:
    if not any(isinstance(node, (ast.arg, ast.AnnAssign)) or hasattr(node, "returns") for node in ast.walk(unit.node)):
        return unit
    try:
        tree = ast.parse(unit.statement.source)
        for node in ast.walk(tree):
            if isinstance(node, ast.arg):
                node.annotation = None
            elif hasattr(node, "returns"):
                node.returns = None
            elif isinstance(node, ast.AnnAssign):
                node.annotation = ast.Constant(0)
        return replace(unit, scope=read_scope(ast.unparse(tree), unit.node))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return unit
