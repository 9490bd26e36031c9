"""Ways back that no slip forward has: what was left out put in again, another name or number than a kindred one.

They are the operators of `autograder.mutation` turned round, for whoever looks for the one edit that makes a function
right; they are many, so they come after those.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from autograder.mutation.making import Operator, called, changed, integer, is_number, keyword_changed, keyword_of
from autograder.mutation.making import of_library, whole_number
from autograder.mutation.scope import Scope

MOST_NAMES = 14
NUMBERS = (0, 1, 2, -1, 3)
FEW = (1, 2)
AXES = ((0,), (1,), (2,), (-1,), (0, 1), (1, 2), (2, 3), (0, 2), (0, 2, 3), (1, 2, 3), (0, 1, 2), (1, 3), (3,), (2, 3, 4))
LIBRARIES = {"np", "numpy", "torch", "F", "nn", "self", "math"}


def likely(scope: Scope) -> list[str]:
    """Names that may stand for a number, the function's own arguments among them."""
    return [name for name in sorted(scope.names) if name not in LIBRARIES][:MOST_NAMES]


def is_value(node: ast.expr, scope: Scope) -> bool:
    """Whether a number or an array may stand here, and not a target, a function or a module."""
    parent = scope.parents.get(node)
    if isinstance(getattr(node, "ctx", None), ast.Store) or isinstance(node, (ast.Slice, ast.Starred, ast.Tuple, ast.List)):
        return False
    if isinstance(parent, ast.Call) and node is parent.func:
        return False
    if isinstance(parent, ast.Attribute):
        return False
    return not (isinstance(node, ast.Constant) and isinstance(node.value, (str, bool, type(None))))


def any_name(node: ast.Name, scope: Scope) -> Iterator[ast.AST]:
    if is_value(node, scope) or isinstance(scope.parents.get(node), ast.Attribute):
        if node.id not in LIBRARIES:
            yield from (changed(node, id=name) for name in likely(scope) if name != node.id)


def name_for_number(node: ast.Constant, scope: Scope) -> Iterator[ast.AST]:
    if whole_number(node) is not None and not isinstance(node.value, bool) and not isinstance(scope.parents[node], ast.UnaryOp):
        yield from (ast.Name(name, ast.Load()) for name in likely(scope))
        yield from (integer(number) for number in NUMBERS if number != node.value)


def number_for_name(node: ast.Name, scope: Scope) -> Iterator[ast.AST]:
    if is_value(node, scope) and node.id not in LIBRARIES:
        yield from (integer(number) for number in (0, 1))


def put_in_operand(node: ast.expr, scope: Scope) -> Iterator[ast.AST]:
    """`i * stride` for `i`, `a + 1` for `a`, `H + 2 * pad` for `H`."""
    if not is_value(node, scope) or not isinstance(node, (ast.Name, ast.BinOp, ast.Call, ast.Subscript, ast.Constant, ast.Attribute)):
        return
    if isinstance(node, ast.Name) and node.id in LIBRARIES:
        return
    if isinstance(scope.parents.get(node), (ast.keyword, ast.Expr)) :
        return
    names = [ast.Name(name, ast.Load()) for name in likely(scope) if not (isinstance(node, ast.Name) and node.id == name)]
    for number in FEW:
        yield ast.BinOp(node, ast.Add(), integer(number))
        yield ast.BinOp(node, ast.Sub(), integer(number))
    yield ast.BinOp(node, ast.Mult(), integer(2))
    yield ast.BinOp(node, ast.Div(), integer(2))
    for name in names:
        yield ast.BinOp(node, ast.Mult(), name)
        yield ast.BinOp(node, ast.Add(), name)
        yield ast.BinOp(node, ast.Sub(), name)
        yield ast.BinOp(node, ast.Div(), name)
        yield ast.BinOp(node, ast.FloorDiv(), name)
        if "pad" in name.id:
            yield ast.BinOp(node, ast.Add(), ast.BinOp(integer(2), ast.Mult(), name))


def put_in_call(node: ast.expr, scope: Scope) -> Iterator[ast.AST]:
    if not is_value(node, scope) or isinstance(node, ast.Constant):
        return
    if isinstance(node, ast.Name) and node.id in LIBRARIES:
        return
    parent = scope.parents.get(node)
    if isinstance(parent, (ast.Assign, ast.AugAssign, ast.Return, ast.BinOp, ast.Call, ast.Tuple)):
        yield ast.Attribute(node, "T", ast.Load())
        yield ast.Call(ast.Attribute(node, "copy", ast.Load()), [], [])
        for name in ("sqrt", "abs", "exp", "log"):
            yield ast.Call(ast.Attribute(ast.Name("np", ast.Load()), name, ast.Load()), [node], [])
        yield ast.BinOp(node, ast.Pow(), integer(2))
        yield ast.UnaryOp(ast.USub(), node)


def other_axes(node: ast.Call, scope: Scope) -> Iterator[ast.AST]:
    """Any usual axes, where a reduction has others or none."""
    keyword = keyword_of(node, "axis", "dim", "axes")
    place = 1 if of_library(node) else 0
    for axes in AXES:
        value = integer(axes[0]) if len(axes) == 1 else ast.Tuple([integer(axis) for axis in axes], ast.Load())
        if keyword is not None and keyword.arg is not None:
            yield keyword_changed(node, keyword.arg, value)
        elif called(node) in ("sum", "mean", "max", "min", "var", "std", "prod") and len(node.args) == place:
            yield keyword_changed(node, "axis", value)


def other_index(node: ast.Subscript, scope: Scope) -> Iterator[ast.AST]:
    """An axis of an index turned round, taken whole, or put in."""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    whole, back = ast.Slice(None, None, None), ast.Slice(None, None, integer(-1))

    def made(items: list[ast.expr]) -> ast.AST:
        return changed(node, slice=items[0] if len(items) == 1 else ast.Tuple(items, ast.Load()))

    for place, part in enumerate(parts):
        if isinstance(part, ast.Slice) and part.lower is None and part.upper is None:
            yield made([*parts[:place], back if part.step is None else whole, *parts[place + 1 :]])
        else:
            yield made([*parts[:place], whole, *parts[place + 1 :]])
        if len(parts) > 1:
            yield made([*parts[:place], *parts[place + 1 :]])
    for place in range(len(parts) + 1):
        yield made([*parts[:place], whole, *parts[place:]])
        yield made([*parts[:place], back, *parts[place:]])
        yield made([*parts[:place], ast.Constant(None), *parts[place:]])


def both_alike(node: ast.Tuple, scope: Scope) -> Iterator[ast.AST]:
    """`(pad, pad)` for `(0, 2 * pad)`."""
    if len(node.elts) == 2 and isinstance(node.ctx, ast.Load):
        for element in node.elts:
            yield changed(node, elts=[element, element])
            if isinstance(element, ast.BinOp):
                yield changed(node, elts=[element.right, element.right])
                yield changed(node, elts=[element.left, element.left])


def other_order(node: ast.Call, scope: Scope) -> Iterator[ast.AST]:
    """A transposition in any order; a reshape with its axes first in another order; one for the other."""
    if called(node) not in ("transpose", "permute", "reshape", "view") or not isinstance(node.func, ast.Attribute):
        return
    packed = len(node.args) == 1 and isinstance(node.args[0], ast.Tuple)
    items = node.args[0].elts if packed and isinstance(node.args[0], ast.Tuple) else node.args
    if of_library(node) or not 2 <= len(items) <= 4:
        return
    for order in itertools.permutations(range(len(items))):
        axes = [integer(place) for place in order]
        if called(node) in ("transpose", "permute"):
            yield changed(node, args=axes)
            continue
        if order != tuple(range(len(items))):
            yield ast.Call(changed(node.func, attr="transpose"), axes, [])
            yield ast.Call(ast.Attribute(changed(node, args=[items[place] for place in order]), "transpose", ast.Load()),
                           [integer(order.index(place)) for place in range(len(items))], [])
            if len(items) <= 4:
                yield changed(node, func=changed(node.func, value=ast.Call(ast.Attribute(node.func.value, "transpose", ast.Load()), axes, [])))


def other_power(node: ast.expr, scope: Scope) -> Iterator[ast.AST]:
    if is_number(node) and isinstance(getattr(node, "value", None), float):
        for number in (0.0, 0.5, 1.0, 1.5, 2.0, 1e-5):
            if number != node.value:
                yield ast.Constant(number)


REPAIRS: tuple[Operator, ...] = (
    Operator("other order", (ast.Call,), other_order, "axes in another order"),
    Operator("other axes", (ast.Call,), other_axes, "axes left out or others"),
    Operator("other index", (ast.Subscript,), other_index, "an axis of an index"),
    Operator("both alike", (ast.Tuple,), both_alike, "both sides alike"),
    Operator("number for name", (ast.Name,), number_for_name, "a number for a name"),
    Operator("any name", (ast.Name,), any_name, "another name"),
    Operator("name for number", (ast.Constant,), name_for_number, "a name or number for a number"),
    Operator("float", (ast.Constant,), other_power, "another float"),
    Operator("missing call", (ast.expr,), put_in_call, "a call put in"),
    Operator("missing operand", (ast.expr,), put_in_operand, "an operand put in"),
)
