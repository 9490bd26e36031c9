"""Slips in statements: one left out, `=` for `+=`, in place for a copy, results in the wrong order, loops cut short."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.mutation.making import changed, neighbours_swapped, one_left_out
from autograder.mutation.scope import Scope

_KEPT = (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.FunctionDef, ast.ClassDef, ast.Pass)
_SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr)
_IN_PLACE = (ast.Add, ast.Sub, ast.Mult, ast.Div)
_AUGMENTED: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.Div),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
}


def overwrite(node: ast.AugAssign, scope: Scope) -> Iterator[ast.AST]:
    """`=` where a sum was kept."""
    yield ast.Assign([node.target], node.value)
    for other in _AUGMENTED.get(type(node.op), ()):
        yield changed(node, op=other())


def accumulate(node: ast.Assign, scope: Scope) -> Iterator[ast.AST]:
    """`+=` where a value was set; of plain names only those that had one."""
    target = node.targets[0]
    if len(node.targets) > 1 or isinstance(node.value, ast.Constant):
        return
    if isinstance(target, ast.Name) and scope.is_bound(target.id, target.lineno - 1):
        yield ast.AugAssign(target, ast.Add(), node.value)
    elif isinstance(target, (ast.Subscript, ast.Attribute)):
        yield ast.AugAssign(target, ast.Add(), node.value)


def work_in_place(node: ast.Assign, scope: Scope) -> Iterator[ast.AST]:
    """`x -= y` for `x = x - y`, or for `z = x - y` as `z = x` and `z -= y`: the array of somebody else is changed."""
    value, target = node.value, node.targets[0]
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, _IN_PLACE) or len(node.targets) > 1:
        return
    if isinstance(value.left, ast.Name) and isinstance(target, ast.Name):
        step = ast.AugAssign(value.left, value.op, value.right)
        if target.id == value.left.id:
            yield step
        else:
            yield ast.Module([step, changed(node, value=value.left)], [])


def work_on_copy(node: ast.AugAssign, scope: Scope) -> Iterator[ast.AST]:
    """`x = x - y` for `x -= y`: a view of a larger array is no longer written to."""
    if isinstance(node.target, ast.Name):
        yield ast.Assign([node.target], ast.BinOp(node.target, node.op, node.value))


def leave_out(node: ast.stmt, scope: Scope) -> Iterator[ast.AST]:
    """Not what binds a name for the first time: that would be a NameError, which nobody hands in."""
    if isinstance(node, _KEPT) or isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Assign) and any(_binds(target, scope) for target in node.targets):
        return
    yield ast.Pass()


def _binds(target: ast.expr, scope: Scope) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return any(_binds(element, scope) for element in target.elts)
    return isinstance(target, ast.Name) and not scope.is_bound(target.id, target.lineno - 1)


def reorder_results(node: ast.Return, scope: Scope) -> Iterator[ast.AST]:
    """Results swapped, or one left out."""
    if isinstance(node.value, ast.Tuple):
        yield from (changed(node, value=changed(node.value, elts=elts)) for elts in neighbours_swapped(node.value.elts))
        for left in one_left_out(node.value.elts):
            yield changed(node, value=left[0] if len(left) == 1 else changed(node.value, elts=left))


def reorder_names(node: ast.Assign, scope: Scope) -> Iterator[ast.AST]:
    """`N, C, W, H = x.shape`."""
    target = node.targets[0]
    if isinstance(target, ast.Tuple):
        for elts in neighbours_swapped(target.elts):
            yield changed(node, targets=[changed(target, elts=elts)])


def break_off(node: ast.stmt, scope: Scope) -> Iterator[ast.AST]:
    """A loop that ends early, or goes on where it should have ended."""
    if isinstance(node, ast.Break):
        yield ast.Continue()
    elif isinstance(node, ast.Continue):
        yield ast.Break()


def return_early(node: ast.stmt, scope: Scope) -> Iterator[ast.AST]:
    """`return` one level too deep: after the first turn of a loop."""
    loop = scope.parents[node]
    if isinstance(node, _SIMPLE) and isinstance(loop, ast.For) and loop.body[-1] is node:
        block = getattr(scope.parents[loop], "body", [])
        after = block[block.index(loop) + 1 :][:1] if loop in block else []
        if after and isinstance(after[0], ast.Return):
            yield ast.Module([node, after[0]], [])
