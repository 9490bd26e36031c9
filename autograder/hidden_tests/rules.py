"""What several hidden tests share: the cache a backward starts from, and the rule against loops."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from cnnlab.checking.compare import assert_array, assert_close, differing
from cnnlab.checking.gradcheck import GRADIENT_TOLERANCE, check_gradient, directional_errors
from cnnlab.checking.outcomes import CheckFailed, NoCache, NotAttempted, NotChecked, Stopped, StudentError
from cnnlab.checking.student import Student
from cnnlab.signatures import SIGNATURES

LOOPS = {
    ast.For: "a for loop",
    ast.AsyncFor: "a for loop",
    ast.While: "a while loop",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
}
NUMPY_LOOPS = {name: f"np.{name}" for name in ("vectorize", "apply_along_axis", "apply_over_axes", "frompyfunc")}
HIDDEN_LOOPS = NUMPY_LOOPS | {name: name for name in ("map", "reduce", "exec", "eval", "globals")}
NUMERIC = ("np", "numpy", "math")
NEAR = 0.3  # of the right output's norm: how far a forward pass may be off and still be the same layer
SPECIAL_METHODS = ("__init__", "__new__", "__call__")


def cache_of(student: Student, forward: str, *args: Any) -> Any:
    """The cache that the student's own forward gives; its output may be wrong.

    Raises:
        NotChecked: it gave none, with the reason.
    """
    try:
        return getattr(student, forward)(*args)[1]
    except NotAttempted:
        reason = "is not attempted yet"
    except StudentError as error:
        reason = f"raised {error.type_name}"
    except CheckFailed as error:
        reason = f"returned {error.returned}"
    except Stopped as error:
        raise NoCache(f"not checked: {error}, so there is no cache to start from") from None
    raise NoCache(f"not checked: {forward} {reason}, so there is no cache to start from")


def assert_gradient(
    student: Student,
    reference: Any,
    forward: str,
    inputs: Sequence[Any],
    dout: np.ndarray,
    gradient: Any,
    desired: np.ndarray,
    name: str,
) -> None:
    """A gradient is the right one; or, where the student's forward pass is wrong, the gradient of what that computes.

    A wrong forward pass costs its own question. Its backward pass is right if it follows it: that is asked along random
    directions, where the forward pass is near the right one, or where its mistake is known (`student.paid`): not where
    it is something else that is easier to differentiate.

    Args:
        inputs: of the forward pass that made the cache, unchanged.
        name: of the gradient: "dx" is that of the input "x".

    Raises:
        CheckFailed: it is neither.
    """
    try:
        assert_close(gradient, desired, name)
    except CheckFailed as failure:
        if failure.precision or not follows_own_forward(student, reference, forward, inputs, dout, gradient, name):
            raise


def assert_along_directions(
    student: Student,
    reference: Any,
    forward: str,
    inputs: Sequence[Any],
    dout: np.ndarray,
    gradient: Any,
    rng: np.random.Generator,
    name: str,
) -> None:
    """As `assert_gradient`, but against central differences of the reference's forward pass, not its backward pass."""
    place = SIGNATURES[forward].parameters.index(name[1:])

    def out(value: np.ndarray) -> np.ndarray:
        return getattr(reference, forward)(*copy.deepcopy([*inputs[:place], value, *inputs[place + 1 :]]))[0]

    try:
        check_gradient(out, inputs[place], dout, gradient, rng, name)
    except CheckFailed:
        if not follows_own_forward(student, reference, forward, inputs, dout, gradient, name):
            raise


def follows_own_forward(
    student: Student, reference: Any, forward: str, inputs: Sequence[Any], dout: np.ndarray, gradient: Any, name: str
) -> bool:
    """Whether a gradient is that of the student's own forward pass, which is not the right one; see assert_gradient."""
    place = SIGNATURES[forward].parameters.index(name[1:])
    value = inputs[place]
    if not isinstance(gradient, np.ndarray) or gradient.shape != value.shape or not np.isfinite(gradient).all():
        return False

    def out(changed: np.ndarray) -> np.ndarray:
        arguments = copy.deepcopy([*inputs[:place], changed, *inputs[place + 1 :]])
        return assert_array(getattr(student, forward)(*arguments)[0], "out")

    calls = len(student.calls)  # these are no calls of the test's
    try:
        own, right = out(value), getattr(reference, forward)(*copy.deepcopy(list(inputs)))[0]
        if own.shape != dout.shape or not np.isfinite(own).all():
            return False
        if own.shape == right.shape and not differing(own, right).any():
            return False
        near = own.shape == right.shape and np.linalg.norm(own - right) <= NEAR * np.linalg.norm(right)
        if forward not in student.paid and not near:
            return False
        rng, unit = np.random.default_rng(0), max(1.0, float(np.abs(value).max()) / 100)  # a step that x feels
        errors = directional_errors(lambda part: out(unit * part), value / unit, dout, unit * gradient, rng)
        return bool(errors.max() <= GRADIENT_TOLERANCE["float64"])
    except (CheckFailed, NotAttempted, StudentError, Stopped, NotChecked):
        return False
    finally:
        del student.calls[calls:]


def find_loops(trees: list[ast.AST], name: str) -> str:
    """The first loop in a function or in what it calls, in words, such as `a for loop in total`; "" if there is none.

    `trees` may hold more than that: a whole class, say, of which the function uses one method.
    """
    definitions = collect_definitions(trees)
    definitions.setdefault(name, trees)  # bound in a way that we don't follow: then everything counts
    waiting, seen = [name], set()
    while waiting:
        used = waiting.pop(0)
        for node in definitions.get(used, ()) if used not in seen else ():
            parts = list(ast.walk(node))
            local = {part.id for part in parts if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)}
            local |= {part.arg for part in parts if isinstance(part, ast.arg)}
            for part in parts:
                if word := loop_in(part, local | definitions.keys()):
                    return word if used == name else f"{word} in {used}"
                waiting += names_in(part, local)
        seen.add(used)
    return ""


def loop_in(node: ast.AST, known: set[str]) -> str:
    """What kind of loop this very node is, in words; names in `known` are the student's own."""
    if isinstance(node, ast.Name) and node.id not in known:
        return HIDDEN_LOOPS.get(node.id, "")
    if isinstance(node, ast.Attribute):
        return "reduce" if ast.unparse(node) == "functools.reduce" else NUMPY_LOOPS.get(node.attr, "")
    return LOOPS.get(type(node), "")


def names_in(node: ast.AST, local: set[str]) -> list[str]:
    """The name or attribute that a node uses, unless it is a variable of the function itself, or NumPy's: `np.dot` is
    not the student's own `dot`."""
    if isinstance(node, ast.Name):
        return [] if node.id in local else [node.id]
    if not isinstance(node, ast.Attribute):
        return []
    owner = node.value.id if isinstance(node.value, ast.Name) else ""
    return [] if owner in NUMERIC and owner not in local else [node.attr]


def collect_definitions(trees: list[ast.AST]) -> dict[str, list[ast.AST]]:
    """What each name stands for: functions, methods, imports, right-hand sides of assignments outside functions."""
    definitions: dict[str, list[ast.AST]] = {}
    for node in (part for tree in trees for part in walk_outside(tree)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            definitions.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.ClassDef):
            definitions.setdefault(node.name, []).append(class_surface(node))
        elif isinstance(node, ast.Assign):
            for part in (part for target in node.targets for part in ast.walk(target)):
                if isinstance(part, ast.Name):
                    definitions.setdefault(part.id, []).append(node.value)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                origin = ast.Attribute(ast.Name(node.module or "", ast.Load()), alias.name, ast.Load())
                definitions.setdefault(alias.asname or alias.name, []).append(origin)
    return definitions


def class_surface(node: ast.ClassDef) -> ast.AST:
    """What calling a class, or an instance of it, runs; its other methods count where their names are used."""
    special = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name in SPECIAL_METHODS]
    return ast.Module([*special, *map(ast.Expr, node.bases)], [])


def walk_outside(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes in the order of the text, functions among them, but nothing inside a function."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            waiting += reversed(list(ast.iter_child_nodes(node)))


def reaches(trees: list[ast.AST], name: str, other: str) -> bool:
    """Whether a function, or something that it calls, uses the name `other`; also where it is only its alias."""
    definitions = collect_definitions(trees)
    waiting, seen = [name] if name in definitions else [name, *definitions], set()
    while waiting:
        used = waiting.pop()
        for node in definitions.get(used, ()) if used not in seen else ():
            parts = list(ast.walk(node))
            local = {part.id for part in parts if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)}
            local |= {part.arg for part in parts if isinstance(part, ast.arg)}
            waiting += [found for part in parts for found in names_in(part, local)]
        seen.add(used)
    return other in seen
