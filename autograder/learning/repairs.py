"""Ways back that no slip has forward: what was left out is put in, any name or number takes another one's place.

Like the operators of `autograder.mutation`, turned round: for whoever looks for the one edit that makes a function
right. They are many, so they come after those.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from autograder.mutation.making import (
    Operator,
    called,
    changed,
    integer,
    is_number,
    keyword_changed,
    keyword_of,
    of_library,
    whole_number,
)
from autograder.mutation.scope import Scope

MOST_NAMES = 14
NUMBERS = (0, 1, 2, -1, 3)
FLOATS = (0.0, 0.5, 1.0, 1.5, 2.0, 1e-5)
AXES: tuple[tuple[int, ...], ...] = ((0,), (1,), (2,), (-1,), (0, 1), (1, 2), (2, 3), (0, 2), (0, 2, 3), (1, 2, 3))
AXES += ((0, 1, 2), (1, 3), (3,), (2, 3, 4))
LIBRARIES = {"np", "numpy", "torch", "F", "nn", "self", "math"}
REDUCTIONS = ("sum", "mean", "max", "min", "var", "std", "prod")
VALUES = (ast.Name, ast.BinOp, ast.Call, ast.Subscript, ast.Constant, ast.Attribute, ast.UnaryOp)


def names_of(scope: Scope) -> list[str]:
    """Names that may stand for a value, the function's arguments among them."""
    return [name for name in sorted(scope.names) if name not in LIBRARIES][:MOST_NAMES]


def is_value(node: ast.expr, scope: Scope) -> bool:
    """Whether a number or an array stands here, and not a target, a function, a module or a text."""
    if not isinstance(node, VALUES) or isinstance(getattr(node, "ctx", None), ast.Store):
        return False
    if isinstance(node, ast.Name) and node.id in LIBRARIES:
        return False
    if isinstance(node, ast.Constant) and not is_number(node):
        return False
    parent = scope.parents.get(node)
    return not isinstance(parent, ast.Attribute) and not (isinstance(parent, ast.Call) and node is parent.func)


def is_given_back(node: ast.AST, scope: Scope) -> bool:
    """Whether a plain name is returned: what is wrong with its value is wrong above, and mending it here hides that."""
    parent = scope.parents.get(node)
    outer = scope.parents.get(parent) if isinstance(parent, ast.Tuple) else None
    return isinstance(node, ast.Name) and (isinstance(parent, ast.Return) or isinstance(outer, ast.Return))


def other_order(node: ast.Call, scope: Scope) -> Iterator[ast.AST]:
    """A transposition in any order; one for a reshape, before it, and after it with its axes in another order."""
    if called(node) not in ("transpose", "permute", "reshape", "view") or of_library(node):
        return
    packed = len(node.args) == 1 and isinstance(node.args[0], ast.Tuple)
    items = node.args[0].elts if packed and isinstance(node.args[0], ast.Tuple) else node.args
    if not isinstance(node.func, ast.Attribute) or not 2 <= len(items) <= 4:
        return
    turned = changed(node.func, attr="transpose")
    for order in itertools.permutations(range(len(items))):
        axes = [integer(place) for place in order]
        if called(node) in ("transpose", "permute"):
            yield changed(node, args=axes)
        elif list(order) != sorted(order):
            back = [integer(order.index(place)) for place in range(len(items))]
            reshaped = changed(node, args=[items[place] for place in order])
            yield ast.Call(turned, axes, [])
            yield ast.Call(ast.Attribute(reshaped, "transpose", ast.Load()), back, [])
            yield changed(node, func=changed(node.func, value=ast.Call(turned, axes, [])))


def other_axes(node: ast.Call, scope: Scope) -> Iterator[ast.AST]:
    """Any usual axes, where a reduction has others or none."""
    keyword = keyword_of(node, "axis", "dim", "axes")
    for axes in AXES:
        value = ast.Tuple([integer(axis) for axis in axes], ast.Load()) if len(axes) > 1 else integer(axes[0])
        if keyword is not None and keyword.arg is not None:
            yield keyword_changed(node, keyword.arg, value)
        elif called(node) in REDUCTIONS and len(node.args) == of_library(node):
            yield keyword_changed(node, "axis", value)


def other_index(node: ast.Subscript, scope: Scope) -> Iterator[ast.AST]:
    """An axis of an index turned round, taken whole, left out or put in."""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    whole, back = ast.Slice(None, None, None), ast.Slice(None, None, integer(-1))

    def indexed(items: list[ast.expr]) -> ast.AST:
        return changed(node, slice=items[0] if len(items) == 1 else ast.Tuple(items, ast.Load()))

    for place, part in enumerate(parts):
        is_whole = isinstance(part, ast.Slice) and part.lower is part.upper is part.step is None
        yield indexed([*parts[:place], back if is_whole else whole, *parts[place + 1 :]])
        if len(parts) > 1:
            yield indexed([*parts[:place], *parts[place + 1 :]])
    for place in range(len(parts) + 1):
        yield from (indexed([*parts[:place], new, *parts[place:]]) for new in (whole, back, ast.Constant(None)))


def both_alike(node: ast.Tuple, scope: Scope) -> Iterator[ast.AST]:
    """`(pad, pad)` for `(0, 2 * pad)`."""
    if len(node.elts) == 2 and isinstance(node.ctx, ast.Load):
        for element in node.elts:
            parts = [element.left, element.right] if isinstance(element, ast.BinOp) else []
            yield from (changed(node, elts=[one, one]) for one in (element, *parts))


def any_name(node: ast.Name, scope: Scope) -> Iterator[ast.AST]:
    of_object = isinstance(scope.parents.get(node), ast.Attribute) and node.id not in LIBRARIES
    if of_object or is_value(node, scope):
        yield from (changed(node, id=name) for name in names_of(scope) if name != node.id)


def number_for_name(node: ast.Name, scope: Scope) -> Iterator[ast.AST]:
    if is_value(node, scope):
        yield from (integer(number) for number in (0, 1))


def name_for_number(node: ast.Constant, scope: Scope) -> Iterator[ast.AST]:
    if whole_number(node) is not None and not isinstance(scope.parents[node], ast.UnaryOp):
        yield from (ast.Name(name, ast.Load()) for name in names_of(scope))
        yield from (integer(number) for number in NUMBERS if number != node.value)


def other_float(node: ast.Constant, scope: Scope) -> Iterator[ast.AST]:
    if isinstance(node.value, float):
        yield from (ast.Constant(number) for number in FLOATS if number != node.value)


def put_in_copy(node: ast.expr, scope: Scope) -> Iterator[ast.AST]:
    """Of what is given a name, handed on or given back."""
    around = (ast.Assign, ast.Return, ast.Tuple, ast.Call)
    if is_value(node, scope) and isinstance(scope.parents.get(node), around):
        if isinstance(node, (ast.Name, ast.Subscript, ast.Call, ast.Attribute)):
            yield ast.Call(ast.Attribute(node, "copy", ast.Load()), [], [])


def put_in_call(node: ast.expr, scope: Scope) -> Iterator[ast.AST]:
    """`x.T`, a root, a power, a sign, where none was."""
    parent = scope.parents.get(node)
    around = (ast.Assign, ast.AugAssign, ast.Return, ast.BinOp, ast.Call, ast.Tuple)
    if not is_value(node, scope) or isinstance(node, ast.Constant) or not isinstance(parent, around):
        return
    if is_given_back(node, scope):
        return
    yield ast.Attribute(node, "T", ast.Load())
    for name in ("sqrt", "abs", "exp", "log"):
        yield ast.Call(ast.Attribute(ast.Name("np", ast.Load()), name, ast.Load()), [node], [])
    yield ast.BinOp(node, ast.Pow(), integer(2))
    yield ast.UnaryOp(ast.USub(), node)


def put_in_operand(node: ast.expr, scope: Scope) -> Iterator[ast.AST]:
    """`i * stride` for `i`, `a + 1` for `a`, `H + 2 * pad` for `H`."""
    if not is_value(node, scope) or isinstance(scope.parents.get(node), (ast.keyword, ast.Expr)):
        return
    if is_given_back(node, scope):
        return
    for op, number in ((ast.Add(), 1), (ast.Sub(), 1), (ast.Add(), 2), (ast.Sub(), 2), (ast.Mult(), 2), (ast.Div(), 2)):
        yield ast.BinOp(node, op, integer(number))
    for name in names_of(scope):
        if isinstance(node, ast.Name) and node.id == name:
            continue
        other = ast.Name(name, ast.Load())
        yield from (ast.BinOp(node, op(), other) for op in (ast.Mult, ast.Add, ast.Sub, ast.Div, ast.FloorDiv))
        if "pad" in name:
            yield ast.BinOp(node, ast.Add(), ast.BinOp(integer(2), ast.Mult(), other))


REPAIRS: tuple[Operator, ...] = (
    Operator("other order", (ast.Call,), other_order, "axes in another order"),
    Operator("other axes", (ast.Call,), other_axes, "axes left out, or others"),
    Operator("other index", (ast.Subscript,), other_index, "an axis of an index"),
    Operator("missing copy", (ast.expr,), put_in_copy, "a copy where a view was"),
    Operator("both alike", (ast.Tuple,), both_alike, "both sides alike"),
    Operator("number for name", (ast.Name,), number_for_name, "a number for a name"),
    Operator("any name", (ast.Name,), any_name, "another name"),
    Operator("name for number", (ast.Constant,), name_for_number, "a name or another number for a number"),
    Operator("float", (ast.Constant,), other_float, "another float"),
    Operator("missing call", (ast.expr,), put_in_call, "a call put in"),
    Operator("missing operand", (ast.expr,), put_in_operand, "an operand put in"),
)
