"""How new syntax is made of old: what all operators share. A node that is edited is copied, never changed."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from autograder.mutation.scope import Scope

Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class Operator:
    """A kind of slip: for a node of one of its kinds, what could stand there instead."""

    name: str
    kinds: tuple[type[ast.AST], ...]
    make: Callable[[Any, Scope], Iterator[ast.AST]]
    says: str


def changed(node: Node, **fields: object) -> Node:
    """A copy with some fields replaced; its other parts are shared."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def integer(value: int) -> ast.expr:
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def is_number(node: ast.AST | None, value: float | None = None) -> bool:
    """Whether it is a number written out, a certain one if one is given; True and False are none."""
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
        return False
    return value is None or node.value == value


def whole_number(node: ast.AST | None) -> int | None:
    """The int that is written there, with its sign; else nothing."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inside = whole_number(node.operand)
        return None if inside is None else -inside
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    return None


def called(node: ast.AST) -> str:
    """Last part of the name of what is called: `sum` of `np.sum(x)` and of `x.sum()`."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def of_library(call: ast.Call) -> bool:
    """Whether it is `np.sum(x)` and not `x.sum()`."""
    names = ("np", "numpy", "torch", "F", "nn")
    return isinstance(call.func, ast.Name) or (
        isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id in names
    )


def renamed(call: ast.Call, name: str) -> ast.Call:
    """The same call of another function of the same library or object."""
    if isinstance(call.func, ast.Attribute):
        return changed(call, func=changed(call.func, attr=name))
    return changed(call, func=ast.Name(name, ast.Load()))


def neighbours_swapped(items: list) -> Iterator[list]:
    """The list with two neighbours swapped, every pair of them."""
    for place in range(len(items) - 1):
        yield [*items[:place], items[place + 1], items[place], *items[place + 2 :]]


def one_left_out(items: list) -> Iterator[list]:
    for place in range(len(items)):
        yield [*items[:place], *items[place + 1 :]]


def keyword_changed(call: ast.Call, name: str, value: ast.expr | None) -> ast.Call:
    """The call with a keyword's value replaced; left out for None; added at the end where it was not."""
    kept = [
        changed(keyword, value=value) if keyword.arg == name else keyword
        for keyword in call.keywords
        if keyword.arg != name or value is not None
    ]
    if value is not None and all(keyword.arg != name for keyword in call.keywords):
        kept.append(ast.keyword(name, value))
    return changed(call, keywords=kept)


def keyword_of(call: ast.Call, *names: str) -> ast.keyword | None:
    return next((keyword for keyword in call.keywords if keyword.arg in names), None)
