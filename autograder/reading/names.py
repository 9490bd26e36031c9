"""Which names a top-level statement binds, reads at once, and reads later.

Scopes come from Python's own `symtable`, so that a function's local names never count.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator
from dataclasses import dataclass

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
COMPREHENSIONS = frozenset(("listcomp", "setcomp", "dictcomp", "genexpr"))


@dataclass(frozen=True)
class Scope:
    """The names of one statement: bound by it, read while it runs, read when a function of it is called."""

    binds: frozenset[str]
    now: frozenset[str]
    later: frozenset[str]


def read_scope(source: str, node: ast.stmt) -> Scope:
    """The names of a top-level statement, given as its text and its tree."""
    table = symtable.symtable(source, "<cell>", "exec")
    symbols = table.get_symbols()
    binds = {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}
    now = {symbol.get_name() for symbol in symbols if symbol.is_referenced()}
    later: set[str] = set()
    tables = [(child, False) for child in table.get_children()]
    while tables:
        table, deferred = tables.pop()
        deferred = deferred or (str(table.get_type()) != "class" and table.get_name().strip("<>") not in COMPREHENSIONS)
        tables += [(child, deferred) for child in table.get_children()]
        (later if deferred else now).update(_read_outer_names(table))
    if isinstance(node, ast.AugAssign):
        now |= _names(node.target)
    if isinstance(node, (ast.For, ast.AsyncFor)):  # the loop gives its own variables their values
        now -= _names(node.target, ast.Store) - _names(node.iter)
    if isinstance(node, ast.Delete) or (isinstance(node, ast.AnnAssign) and node.value is None):
        binds = set()
    return Scope(frozenset(binds), frozenset(now), frozenset(later))


def _names(node: ast.AST, context: type[ast.expr_context] = ast.expr_context) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, context)}


def _read_outer_names(table: symtable.SymbolTable) -> Iterator[str]:
    """Names that a nested scope takes from the module. A class may read a global and bind the same name."""
    of_class = str(table.get_type()) == "class"
    for symbol in table.get_symbols():
        outer = symbol.is_global() or (of_class and not symbol.is_free())
        if outer and (symbol.is_referenced() or symbol.is_declared_global()):
            yield symbol.get_name()
