"""Slips in expressions: another name or number, another sign or operator, an operand too few or too many."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.mutation.making import called, changed, integer, is_number, neighbours_swapped, whole_number
from autograder.mutation.scope import Scope

_ARITHMETIC: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}
_BITS: dict[type, tuple[type, ...]] = {ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,)}
_BOUNDS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq, ast.GtE),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_SIGNLESS = ("zeros", "empty", "pad", "len", "range", "slice", "list", "super", "dict")
_STEPS = ("stride", "dilation", "pool_height", "pool_width", "kernel_size", "s")


def swap_names(node: ast.Name, scope: Scope) -> Iterator[ast.AST]:
    if isinstance(node.ctx, ast.Load):
        yield from (changed(node, id=other) for other in scope.like(node.id, node.lineno)[:4])


def swap_attributes(node: ast.Attribute, scope: Scope) -> Iterator[ast.AST]:
    """`self.conv1` for `self.conv2`."""
    if isinstance(node.ctx, ast.Load) and ast.unparse(node.value) == "self":
        yield from (changed(node, attr=other) for other in scope.like_attribute(node.attr)[:3])


def swap_strings(node: ast.Constant, scope: Scope) -> Iterator[ast.AST]:
    """Keys of a dict and modes."""
    if isinstance(node.value, str):
        yield from (changed(node, value=other) for other in scope.like_string(node.value)[:3])


def shift_number(node: ast.Constant, scope: Scope) -> Iterator[ast.AST]:
    """An int off by one; axes, exponents of 2 and the like are other operators' business, but an edit comes once."""
    value = node.value
    if type(value) is int and not isinstance(scope.parents[node], ast.JoinedStr):
        yield integer(value + 1)
        yield integer(value - 1)


def scale_number(node: ast.Constant, scope: Scope) -> Iterator[ast.AST]:
    """A float ten times as large or small; half or double; none."""
    if isinstance(node.value, float):
        others = (node.value * 10, node.value / 10, 2 * node.value, 0.0 if node.value else 1.0)
        yield from (ast.Constant(other) for other in others if other not in (float("inf"), node.value))


def flip_bool(node: ast.Constant, scope: Scope) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)


def shift_bound(node: ast.expr, scope: Scope) -> Iterator[ast.AST]:
    """What ends a range or bounds a slice, or an index: one more, one less."""
    parent = scope.parents[node]
    counted = isinstance(parent, ast.Call) and getattr(parent.func, "id", "") == "range" and node in parent.args
    index = isinstance(parent, ast.Subscript) and node is parent.slice and isinstance(node, ast.Name)
    in_tuple = isinstance(parent, ast.Tuple) and isinstance(scope.parents[parent], ast.Subscript)
    in_tuple = in_tuple and isinstance(node, ast.Name)
    if isinstance(node, (ast.Constant, ast.Tuple, ast.Slice)) or whole_number(node) is not None:
        return
    if counted or isinstance(parent, ast.Slice) or index or in_tuple:
        yield ast.BinOp(node, ast.Sub(), ast.Constant(1))
        yield ast.BinOp(node, ast.Add(), ast.Constant(1))


def multiply_index(node: ast.Name, scope: Scope) -> Iterator[ast.AST]:
    """`i` for `i * stride` is a common slip; this is the way back."""
    loop = any(isinstance(n, ast.For) and node.id in ast.unparse(n.target).split(", ") for n in scope.nodes)
    if loop and isinstance(node.ctx, ast.Load):
        for step in (name for name in _STEPS if name in scope.names and name != node.id):
            yield ast.BinOp(node, ast.Mult(), ast.Name(step, ast.Load()))


def leave_out_operand(node: ast.BinOp, scope: Scope) -> Iterator[ast.AST]:
    """`i` for `i * stride`, `a` for `a + 1`."""
    yield node.left
    if not isinstance(node.op, (ast.Pow, ast.Div, ast.FloorDiv, ast.Mod)):
        yield ast.UnaryOp(ast.USub(), node.right) if isinstance(node.op, ast.Sub) else node.right


def swap_operators(node: ast.BinOp, scope: Scope) -> Iterator[ast.AST]:
    text = isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)
    if not text:
        for other in (*_ARITHMETIC.get(type(node.op), ()), *_BITS.get(type(node.op), ())):
            yield changed(node, op=other())


def swap_operands(node: ast.BinOp, scope: Scope) -> Iterator[ast.AST]:
    if isinstance(node.op, (ast.Sub, ast.Div, ast.FloorDiv, ast.MatMult, ast.Pow)):
        yield changed(node, left=node.right, right=node.left)


def regroup(node: ast.BinOp, scope: Scope) -> Iterator[ast.AST]:
    """`i + 1 * stride` for `(i + 1) * stride`, and `a / b * c` for `a / (b * c)`."""
    tight = (ast.Mult, ast.Div, ast.FloorDiv)
    left, right = node.left, node.right
    if isinstance(node.op, tight):
        if isinstance(left, ast.BinOp) and isinstance(left.op, (ast.Add, ast.Sub)):
            yield changed(left, right=changed(node, left=left.right))
        if isinstance(right, ast.BinOp) and isinstance(right.op, (ast.Add, ast.Sub, *tight)):
            yield changed(right, left=changed(node, right=right.left))
    elif isinstance(node.op, (ast.Add, ast.Sub)):
        if isinstance(left, ast.BinOp) and isinstance(left.op, tight):
            yield changed(left, right=changed(node, left=left.right))
        if isinstance(right, ast.BinOp) and isinstance(right.op, tight):
            yield changed(right, left=changed(node, right=right.left))


def change_sign(node: ast.expr, scope: Scope) -> Iterator[ast.AST]:
    """A minus dropped; or one put before what is assigned or given back."""
    parent = scope.parents[node]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Invert)):
        yield node.operand
    elif isinstance(parent, (ast.Assign, ast.AugAssign, ast.Return)) and node is parent.value:
        if isinstance(node, (ast.BinOp, ast.Name, ast.Call)) and not called(node).startswith(_SIGNLESS):
            yield ast.UnaryOp(ast.USub(), node)


def complement_weight(node: ast.expr, scope: Scope) -> Iterator[ast.AST]:
    """`momentum` for `1 - momentum` and back: the weights of a running average swapped."""
    parent = scope.parents[node]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and is_number(node.left, 1):
        yield node.right
    elif isinstance(node, ast.Name) and isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mult):
        if any(part in node.id for part in ("momentum", "decay", "alpha", "rate", "out", "prob")):
            yield ast.BinOp(ast.Constant(1), ast.Sub(), node)


def swap_weights(node: ast.BinOp, scope: Scope) -> Iterator[ast.AST]:
    """`(1 - m) * a + m * b` for `m * a + (1 - m) * b`."""
    left, right = node.left, node.right
    if isinstance(node.op, ast.Add) and isinstance(left, ast.BinOp) and isinstance(right, ast.BinOp):
        if isinstance(left.op, ast.Mult) and isinstance(right.op, ast.Mult):
            yield changed(node, left=changed(left, left=right.left), right=changed(right, left=left.left))


def swap_bounds(node: ast.Compare, scope: Scope) -> Iterator[ast.AST]:
    for place, op in enumerate(node.ops):
        for other in _BOUNDS.get(type(op), ()):
            yield changed(node, ops=[*node.ops[:place], other(), *node.ops[place + 1 :]])


def swap_logic(node: ast.expr, scope: Scope) -> Iterator[ast.AST]:
    """`and` for `or`, one part left out, a condition turned round."""
    parent = scope.parents[node]
    if isinstance(node, ast.BoolOp):
        yield changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        yield from (value for value in node.values if len(node.values) == 2)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(parent, (ast.If, ast.While, ast.IfExp, ast.comprehension)) and node in (
        getattr(parent, "test", None),
        *getattr(parent, "ifs", ()),
    ):
        yield ast.UnaryOp(ast.Not(), node)


def swap_branches(node: ast.IfExp, scope: Scope) -> Iterator[ast.AST]:
    yield changed(node, body=node.orelse, orelse=node.body)
    yield node.body
    yield node.orelse


def change_slice(node: ast.Slice, scope: Scope) -> Iterator[ast.AST]:
    """A start, an end or a step left out; the other direction."""
    for part in ("lower", "upper", "step"):
        if getattr(node, part) is not None:
            yield changed(node, **{part: None})
    if whole_number(node.step) not in (None, 1):
        yield changed(node, step=integer(-(whole_number(node.step) or 0)))
    if node.step is None and node.lower is not None and node.upper is not None:
        for step in (name for name in _STEPS if name in scope.names):
            yield changed(node, step=ast.Name(step, ast.Load()))


def swap_places(node: ast.Tuple | ast.List, scope: Scope) -> Iterator[ast.AST]:
    """Two neighbours of a tuple or an index in the wrong order, or the wrong one of two alike."""
    if isinstance(node.ctx, ast.Load) and len(node.elts) <= 8:
        yield from (changed(node, elts=elts) for elts in neighbours_swapped(node.elts))
