"""Slips in calls: axes, keepdims, ddof, eps, arguments, the wrong one of related functions, transposition, types."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.mutation.making import (
    called,
    changed,
    integer,
    is_number,
    keyword_changed,
    keyword_of,
    neighbours_swapped,
    of_library,
    one_left_out,
    renamed,
    whole_number,
)
from autograder.mutation.scope import Scope

_REDUCTIONS = ("sum", "mean", "max", "min", "var", "std", "prod", "argmax", "argmin", "amax", "amin", "any", "all")
_AXIS = ("axis", "dim", "axes")
_RELATED = (
    *(("sum", "mean"), ("max", "min"), ("amax", "amin"), ("argmax", "argmin"), ("maximum", "minimum")),
    *(("zeros", "ones"), ("zeros_like", "ones_like")),
    *(("var", "std"), ("floor", "ceil"), ("repeat", "tile"), ("any", "all"), ("argmax", "max"), ("mean", "median")),
    *(("exp", "expm1"), ("log", "log1p"), ("vstack", "hstack"), ("train", "eval"), ("max", "mean"), ("sqrt", "square")),
    *(("MaxPool2d", "AvgPool2d"), ("ReLU", "Sigmoid"), ("relu", "sigmoid"), ("max_pool2d", "avg_pool2d")),
    *(
        ("add", "subtract"),
        ("multiply", "add"),
        ("modules", "children"),
        ("append", "extend"),
        ("concatenate", "stack"),
    ),
)
_TYPES = ("astype", "float", "int", "double", "half", "long", "round", "item")
_THROUGH: tuple[str, ...] = (
    "sqrt",
    "exp",
    "abs",
    "log",
    "square",
    "copy",
    "ascontiguousarray",
    "asarray",
    "array",
    "maximum",
    "minimum",
)
_THROUGH += (
    "detach",
    "clip",
    "transpose",
    "flatten",
    "ravel",
    "squeeze",
    "flip",
    "pad",
    "relu",
    "list",
    "tuple",
    "max",
)
_WIDTHS = {"float64": "float32", "float32": "float64", "float": "int", "int": "float", "int64": "int32", "long": "int"}


def change_axis(node: ast.Call, scope: Scope) -> Iterator[ast.AST]:
    """Another axis, one too few, none at all."""
    keyword = keyword_of(node, *_AXIS)
    if keyword is not None and keyword.arg is not None:
        for axis in _other_axes(keyword.value):
            yield keyword_changed(node, keyword.arg, axis)
        yield keyword_changed(node, keyword.arg, None)
    place = 1 if of_library(node) else 0
    if called(node) in (*_REDUCTIONS, "expand_dims", "unsqueeze", "softmax") and len(node.args) > place:
        for axis in _other_axes(node.args[place]):
            yield changed(node, args=[*node.args[:place], axis, *node.args[place + 1 :]])
    if called(node) in _REDUCTIONS and keyword is None and len(node.args) == place and (place or not _is_self(node)):
        yield keyword_changed(node, "axis", integer(0))


def _is_self(call: ast.Call) -> bool:
    return ast.unparse(call.func).startswith("self.")


def _other_axes(node: ast.expr) -> Iterator[ast.expr]:
    axis = whole_number(node)
    if axis is not None:
        yield from (integer(other) for other in (0, 1, 2, 3, -1) if other != axis)
    elif isinstance(node, ast.Tuple) and all(whole_number(element) is not None for element in node.elts):
        axes = [whole_number(element) for element in node.elts]
        for left in one_left_out(node.elts):
            yield left[0] if len(left) == 1 else changed(node, elts=left)
        for place in range(len(axes)):
            for other in (0, 1, 2, 3, 4):
                if other not in axes:
                    yield changed(node, elts=[*node.elts[:place], integer(other), *node.elts[place + 1 :]])


def flip_keepdims(node: ast.Call, scope: Scope) -> Iterator[ast.AST]:
    keyword = keyword_of(node, "keepdims", "keepdim")
    if keyword is not None and keyword.arg is not None:
        yield keyword_changed(node, keyword.arg, None)
    elif called(node) in _REDUCTIONS and (keyword_of(node, *_AXIS) or len(node.args) > of_library(node)):
        yield keyword_changed(node, "keepdims", ast.Constant(True))


def change_ddof(node: ast.Call, scope: Scope) -> Iterator[ast.AST]:
    name = {"unbiased": "unbiased", "correction": "correction"}
    for keyword in node.keywords:
        if keyword.arg in ("ddof", *name):
            yield keyword_changed(node, keyword.arg, None)
    if called(node) in ("var", "std") and keyword_of(node, "ddof", *name) is None and node.args + node.keywords:
        yield keyword_changed(node, "ddof", integer(1))


def move_eps(node: ast.expr, scope: Scope) -> Iterator[ast.AST]:
    """eps outside the root, inside it, in the root where there was none, and squared with what it is added to."""
    root = _under_root(node)
    if root is not None:
        if isinstance(root, ast.BinOp) and isinstance(root.op, ast.Add) and _is_eps(root.right):
            yield changed(root, left=_rooted(node, root.left))
            yield _rooted(node, root.left)
        elif "eps" in scope.names:
            yield _rooted(node, ast.BinOp(root, ast.Add(), ast.Name("eps", ast.Load())))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and _is_eps(node.right):
        inside = _under_root(node.left)
        if inside is not None:
            yield _rooted(node.left, changed(node, left=inside))


def _is_eps(node: ast.expr) -> bool:
    small = isinstance(node, ast.Constant) and isinstance(node.value, float) and 0 < node.value < 1e-2
    return small or "eps" in ast.unparse(node)


def _under_root(node: ast.expr) -> ast.expr | None:
    if isinstance(node, ast.Call) and called(node) in ("sqrt", "rsqrt") and node.args:
        return node.args[0]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        exponent = node.right.operand if isinstance(node.right, ast.UnaryOp) else node.right
        return node.left if is_number(exponent, 0.5) else None
    return None


def _rooted(root: ast.expr, inside: ast.expr) -> ast.expr:
    """The same root of something else."""
    if isinstance(root, ast.Call):
        return changed(root, args=[inside, *root.args[1:]])
    return changed(root, left=inside)


def swap_arguments(node: ast.Call, scope: Scope) -> Iterator[ast.AST]:
    if called(node) not in ("range", "transpose", "permute"):
        yield from (changed(node, args=args) for args in neighbours_swapped(node.args))
    if called(node) == "range" and len(node.args) == 1:
        yield changed(node, args=[ast.Constant(1), *node.args])


def leave_out_argument(node: ast.Call, scope: Scope) -> Iterator[ast.AST]:
    """Those that have a default; which these are, the call itself will say."""
    handled = (*_AXIS, "keepdims", "keepdim", "ddof", "unbiased")
    for keyword in node.keywords:
        if keyword.arg is not None and keyword.arg not in handled:
            yield changed(node, keywords=[other for other in node.keywords if other is not keyword])
    if len(node.args) > 1:
        yield changed(node, args=node.args[:-1])
        if called(node) == "range":
            yield changed(node, args=[integer(0), *node.args[1:]])
    if called(node) == "get" and len(node.args) == 2 and not isinstance(node.args[1], ast.Constant):
        yield node.args[1]


def call_related(node: ast.Call, scope: Scope) -> Iterator[ast.AST]:
    """The other one of functions that are alike."""
    for one, other in _RELATED:
        if called(node) in (one, other):
            yield renamed(node, other if called(node) == one else one)
    if called(node) == "zeros" and node.args:
        infinity = ast.Attribute(ast.Name("np", ast.Load()), "inf", ast.Load())
        yield changed(renamed(node, "full"), args=[node.args[0], ast.UnaryOp(ast.USub(), infinity), *node.args[1:]])
    if called(node) in ("full", "full_like") and len(node.args) > 1:
        yield changed(node, args=[node.args[0], ast.Constant(0), *node.args[2:]])


def leave_out_call(node: ast.Call, scope: Scope) -> Iterator[ast.AST]:
    """`x` for `np.sqrt(x)`, for `x.copy()` and for `x.astype(t)`."""
    if called(node) in (*_THROUGH, *_TYPES):
        if isinstance(node.func, ast.Attribute) and not of_library(node):
            yield node.func.value
        elif node.args:
            yield node.args[0]
            if called(node) in ("maximum", "minimum", "max") and len(node.args) > 1:
                yield node.args[1]


def share_memory(node: ast.Call, scope: Scope) -> Iterator[ast.AST]:
    """A view where a copy was made."""
    if called(node) == "array" and node.args:
        yield renamed(node, "asarray")
    if called(node) == "flatten" and isinstance(node.func, ast.Attribute):
        yield renamed(node, "ravel")
    if called(node) in ("maximum", "minimum") and node.args and keyword_of(node, "out") is None:
        for array in (argument for argument in node.args if isinstance(argument, ast.Name)):
            yield keyword_changed(node, "out", array)


def transpose(node: ast.expr, scope: Scope) -> Iterator[ast.AST]:
    """`.T` dropped or added, axes of a transposition or a shape in another order."""
    parent = scope.parents[node]
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        yield node.value
    elif (
        isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.MatMult) and isinstance(node, (ast.Name, ast.Call))
    ):
        yield ast.Attribute(node, "T", ast.Load())
    if called(node) in ("transpose", "permute") and isinstance(node, ast.Call):
        yield from (changed(node, args=args) for args in neighbours_swapped(node.args))


def change_type(node: ast.AST, scope: Scope) -> Iterator[ast.AST]:
    """Another type of numbers, where one is named."""
    parent = scope.parents[node]
    named = isinstance(parent, ast.keyword) and parent.arg == "dtype"
    cast = isinstance(parent, ast.Call) and called(parent) in ("astype", "to") and node in parent.args
    if isinstance(node, ast.Attribute) and node.attr in _WIDTHS:
        yield changed(node, attr=_WIDTHS[node.attr])
    elif isinstance(node, ast.Name) and node.id in _WIDTHS and (named or cast):
        yield changed(node, id=_WIDTHS[node.id])
    elif named and isinstance(node, (ast.Call, ast.Attribute)):
        yield ast.Name("int", ast.Load())
