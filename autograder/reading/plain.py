"""Top-level statements in the plainest form that means the same, so that what they bind can be read.

`if __name__ == "__main__":` gives its body, `exec("def f(x): ...")` the statements of its text,
`globals()["f"] = g` becomes `f = g`, and `import numpy as np, torch` two imports.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeGuard

from autograder.reading.cell_source import parse_cell
from autograder.reading.trees import last_line


@dataclass(frozen=True, eq=False)
class Plain:
    """A statement, the lines of its cell where it stands, and whether its text there says something else."""

    node: ast.stmt
    line: int
    last_line: int
    rewritten: bool = False


def flatten(body: Iterable[ast.stmt]) -> Iterator[Plain]:
    """The statements of a cell, one by one. Of the set-up cell's `try`, which binds names such as `name` and `done` and
    imports what students may not, only its import counts."""
    for node in body:
        plain = Plain(node, node.lineno, last_line(node))
        if is_main_guard(node):
            yield from flatten(node.body)
        elif isinstance(node, ast.Try) and _installs_cnnlab(node):
            yield from flatten(node.body[:1])
        elif isinstance(node, ast.Import):
            yield from (replace(plain, node=ast.Import([name]), rewritten=True) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            single = (ast.ImportFrom(node.module, [name], node.level) for name in node.names)
            yield from (replace(plain, node=imported, rewritten=True) for imported in single)
        elif inner := _read_text(node):
            yield from (replace(plain, node=part.node, rewritten=True) for part in flatten(inner))
        elif isinstance(node, ast.Assign) and (name := _named_global(node)):
            assignment = ast.Assign([ast.Name(name, ast.Store())], node.value, lineno=node.lineno)
            yield replace(plain, node=assignment, rewritten=True)
        else:
            yield plain


def is_main_guard(node: ast.stmt) -> TypeGuard[ast.If]:
    """Whether this is `if __name__ == "__main__":`."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Compare) and _is_main(node.test)


def _is_main(test: ast.Compare) -> bool:
    sides = [test.left, *test.comparators]
    values = {side.id if isinstance(side, ast.Name) else getattr(side, "value", None) for side in sides}
    return values == {"__name__", "__main__"} and isinstance(test.ops[0], ast.Eq)


def _installs_cnnlab(node: ast.Try) -> bool:
    """Whether this is the set-up cell's `try`, of any version: it only imports cnnlab and looks at it."""
    first, *others = node.body
    only_cnnlab = isinstance(first, ast.Import) and [name.name for name in first.names] == ["cnnlab"]
    return only_cnnlab and all(isinstance(other, ast.Assert) for other in others)


def _read_text(node: ast.stmt) -> list[ast.stmt]:
    """What `exec("...")` and `get_ipython().run_cell("...")` run, if it stands there and is whole."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not call.args or call.keywords:
        return []
    if not all(isinstance(part, ast.Call) and getattr(part.func, "id", "") == "globals" for part in call.args[1:]):
        return []
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    text = getattr(call.args[0], "value", None)
    if called not in ("exec", "run_cell") or not isinstance(text, str):
        return []
    _, body, mistakes = parse_cell(text)
    return [] if mistakes else body


def _named_global(node: ast.Assign) -> str:
    """The `f` of `globals()["f"] = ...`."""
    target = node.targets[0] if len(node.targets) == 1 else None
    if not isinstance(target, ast.Subscript) or not isinstance(target.value, ast.Call):
        return ""
    name = getattr(target.slice, "value", "")
    is_globals = getattr(target.value.func, "id", "") == "globals"
    return name if is_globals and isinstance(name, str) and name.isidentifier() else ""
