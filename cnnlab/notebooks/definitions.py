"""The functions of a notebook's file without a kernel: what defines them is run, and no training, picture or check.

Of each cell those statements run that bind or change a name which the wanted functions use, directly or not.
"""

from __future__ import annotations

import ast
import linecache
import symtable
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cnnlab.notebooks.document import Document, bound_names, parse

IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Piece:
    """A statement at the top level of a cell: the names that it binds, those that it changes, those that it uses."""

    cell: int
    node: ast.stmt
    binds: frozenset[str]
    changes: frozenset[str]
    uses: frozenset[str]


def run_definitions(document: Document, names: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """Run what defines some names, as the notebook's own code, in this process.

    Returns:
        What the notebook's names are then, and a sentence for each statement that raised.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    notes = [f"cell {number} is not valid Python ({reason})" for number, reason in document.broken.items()]
    for cell in document.cells:
        lines = cell.source.splitlines(keepends=True)
        linecache.cache[file_of(cell.number)] = (len(cell.source), None, lines, file_of(cell.number))
    for piece in needed(list(pieces(document)), set(names)):
        try:
            exec(compile(ast.Module([piece.node], []), file_of(piece.cell), "exec"), namespace)
        except (Exception, SystemExit) as error:
            notes.append(f"cell {piece.cell}, line {piece.node.lineno} raised {type(error).__name__}: {error}")
    return namespace, notes


def file_of(cell: int) -> str:
    """What tracebacks call a cell."""
    return f"cell {cell}"


def pieces(document: Document) -> Iterator[Piece]:
    for cell in document.cells:
        if cell.kind == "code" and cell.number not in document.broken:
            for node in parse(cell.source).body:
                binds = frozenset(name for name, _ in bound_names([node]))
                yield Piece(cell.number, node, binds, frozenset(changed(node)), frozenset(used(node)))


def needed(found: list[Piece], names: set[str]) -> list[Piece]:
    """The pieces that the names need, in the notebook's order."""
    taken: set[int] = set()
    modules = frozenset(name for piece in found if isinstance(piece.node, IMPORTS) for name in piece.binds)
    while more := [at for at, piece in enumerate(found) if at not in taken and matters(piece, names, modules)]:
        taken.update(more)
        names = names.union(*(found[at].uses for at in more))
    return [found[at] for at in sorted(taken)]


def matters(piece: Piece, names: set[str], modules: frozenset[str]) -> bool:
    """Whether a name gets its value there; `torch.manual_seed(0)` changes no value of the notebook's."""
    return not names.isdisjoint(piece.binds | (piece.changes - modules)) or "*" in piece.binds


def used(node: ast.stmt) -> Iterator[str]:
    """The names that a statement takes from the notebook, now or when what it defines is called; no local ones."""
    waiting = [symtable.symtable(ast.unparse(node), "cell", "exec")]
    while waiting:
        scope = waiting.pop()
        top = scope.get_type() == "module"
        yield from (
            name.get_name() for name in scope.get_symbols() if (name.is_referenced() if top else name.is_global())
        )
        waiting += scope.get_children()


def changed(node: ast.stmt) -> Iterator[str]:
    """The names whose values a statement may change while it runs: `table[i] = 0`, `model.n += 1`, `rows.append(3)`."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, *IMPORTS)):
        return
    for part in ast.walk(node):
        if isinstance(part, (ast.Subscript, ast.Attribute)) and isinstance(part.ctx, ast.Store):
            yield root_of(part)
        elif isinstance(part, ast.AugAssign):
            yield root_of(part.target)
        elif (
            isinstance(part, ast.Expr)
            and isinstance(part.value, ast.Call)
            and isinstance(part.value.func, ast.Attribute)
        ):
            yield root_of(part.value.func)


def root_of(node: ast.AST) -> str:
    """`table` of `table[0].rows`; "" if it does not begin with a name."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
