"""Small questions to syntax trees: what runs, what a name stands at the left of, what is bound."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.reading.names import DEFINITIONS, FUNCTIONS

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def walk_executed(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a statement runs: all but the bodies of functions and lambdas."""
    nodes = [node]
    while nodes:
        node = nodes.pop()
        yield node
        if isinstance(node, FUNCTIONS):
            nodes += [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
        elif not isinstance(node, ast.Lambda):
            nodes += ast.iter_child_nodes(node)


def root_of(node: ast.AST) -> str | None:
    """The name at the left end of `a.b[c].d()`; None for what begins otherwise."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def last_line(node: ast.stmt) -> int:
    """Where a statement ends; what was made without a text ends where it begins."""
    return node.end_lineno or node.lineno


def body_of(function: Function) -> list[ast.AST]:
    """The nodes that run when a function is called."""
    statements = [ast.Return(function.body)] if isinstance(function, ast.Lambda) else function.body
    return [node for statement in statements for node in walk_executed(statement)]


def stored_names(node: ast.AST) -> list[str]:
    """The names that this very node binds."""
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name.split(".")[0] for alias in node.names]
    return [node.name] if isinstance(node, DEFINITIONS) else []


def values_given(node: ast.AST, inside: bool = False) -> list[tuple[str, ast.expr]]:
    """The names that a node gives values to, each with what the value is made of (a loop's: one of those).

    Example: `a, t[0] = x` gives `x`, or a part of it, to `a`, and `inside` to `t`.
    """
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node.value:
        targets, value = node.targets if isinstance(node, ast.Assign) else [node.target], node.value
    elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        targets, value = [node.target], node.iter
    elif isinstance(node, ast.withitem) and node.optional_vars:
        targets, value = [node.optional_vars], node.context_expr
    else:
        return []
    given: list[tuple[str | None, ast.expr]] = []
    waiting = [*targets]
    while waiting:
        target = waiting.pop()
        if isinstance(target, (ast.Tuple, ast.List)):
            waiting += target.elts
        elif isinstance(target, (ast.Attribute, ast.Subscript) if inside else ast.Name):
            given.append((root_of(target), value))
    return [(name, value) for name, value in given if name]
