"""How hidden tests ask a backward pass: from the student's own cache, and fairly where the forward pass is wrong."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.hidden_tests.rules import (
    assert_along_directions,
    assert_gradient,
    cache_of,
    follows_own_forward,
)
from cnnlab.compare import assert_array, assert_close, assert_dtype, assert_unchanged
from cnnlab.outcomes import CheckFailed, NotChecked, StudentError
from cnnlab.signatures import SIGNATURES
from cnnlab.student import Student

Layer = tuple[str, str]  # the names of its forward and its backward pass
Inputs = tuple[Any, ...]  # of a forward pass


def check_backward(
    student: Student,
    reference: Any,
    rng: np.random.Generator,
    layer: Layer,
    cases: Sequence[Inputs],
    names: Sequence[str] = ("dx",),
    spare: Sequence[Inputs] = (),
    silent: float = 0.0,
    directions: bool = False,
) -> None:
    """Gradients against the reference's, from the student's own cache.

    A case is left out whose forward pass raises, or gives out another shape and the backward pass then fails, as long
    as another one could be judged.

    Args:
        cases: the inputs of the forward pass, case by case.
        names: the gradients to compare.
        spare: cases that are asked only where none of the others could be judged.
        silent: which part of dout's entries is zero.
        directions: whether the first that is judged is also compared with numeric gradients.
    """
    left_out: Exception | None = None
    judged = 0
    for number, inputs in enumerate([*cases, *spare]):
        out, _ = getattr(reference, layer[0])(*inputs)
        dout = rng.standard_normal(out.shape)
        dout *= rng.random(out.shape) >= silent
        if number >= len(cases) and judged:
            return
        try:
            gradients = judge_case(student, reference, layer, inputs, dout, names)
        except LeftOut as reason:
            left_out = reason.error
            continue
        if directions and not judged:
            for name in names:
                assert_along_directions(student, reference, layer[0], inputs, dout, gradients[name], rng, name)
        judged += 1
    if left_out is not None and not judged:
        raise left_out


class LeftOut(Exception):
    """A case that says nothing about a backward pass: its forward pass went wrong. Holds what came of it."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def judge_case(
    student: Student, reference: Any, layer: Layer, inputs: Inputs, dout: np.ndarray, names: Sequence[str]
) -> dict[str, Any]:
    """Compare the gradients of one case with the reference's; the student's, by name.

    Raises:
        LeftOut: the forward pass raised, or its output's shape is wrong, and so is a gradient.
        CheckFailed, StudentError: the backward pass is wrong.
    """
    forward, backward = layer
    _, cache = getattr(reference, forward)(*inputs)
    desired = by_name(backward, getattr(reference, backward)(dout, cache))
    try:
        mine = cache_of(student, forward, *copy.deepcopy(inputs))
    except NotChecked as error:
        raise LeftOut(error) from None
    own = student.calls[-1].value[0]
    shape = own.shape if isinstance(own, np.ndarray) else None
    try:
        gradients = by_name(backward, getattr(student, backward)(dout.copy(), mine))
        for name in names:
            assert_gradient(student, reference, forward, inputs, dout, gradients[name], desired[name], name)
    except (CheckFailed, StudentError) as error:
        if shape == dout.shape:
            raise
        if shape is None or not follows_own_shape(student, reference, layer, inputs, shape, mine, names):
            raise LeftOut(error) from None
        gradients = desired
    return gradients


def follows_own_shape(
    student: Student,
    reference: Any,
    layer: Layer,
    inputs: Inputs,
    shape: tuple[int, ...],
    cache: Any,
    names: Sequence[str],
) -> bool:
    """Whether a backward pass is right for its own forward pass, which gives out another shape than it should."""
    forward, backward = layer
    if forward not in student.paid:
        return False
    dout = np.random.default_rng(0).standard_normal(shape)
    calls = len(student.calls)
    try:
        gradients = by_name(backward, getattr(student, backward)(dout.copy(), cache))
    except (CheckFailed, StudentError):
        return False
    finally:
        del student.calls[calls:]
    return all(follows_own_forward(student, reference, forward, inputs, dout, gradients[name], name) for name in names)


def assert_mostly_right(
    student: Student,
    reference: Any,
    layer: Layer,
    inputs: Inputs,
    dout: np.ndarray,
    gradients: Any,
    desired: Any,
) -> None:
    """Of several gradients one may be wrong, which costs its own tests; of a single one none."""
    theirs, right = by_name(layer[1], gradients), by_name(layer[1], desired)
    failures = []
    for name in theirs:
        try:
            assert_gradient(student, reference, layer[0], inputs, dout, theirs[name], right[name], name)
        except CheckFailed as failure:
            failures.append(failure)
    if len(failures) > (len(theirs) - 1) // 2:
        raise failures[0]


def check_backward_manners(
    student: Student, reference: Any, rng: np.random.Generator, layer: Layer, inputs: Inputs
) -> None:
    """dout unchanged, float64 for float64."""
    forward, backward = layer
    out, cache = getattr(reference, forward)(*inputs)
    dout = rng.standard_normal(out.shape)
    desired = getattr(reference, backward)(dout, cache)
    mine, before = cache_of(student, forward, *copy.deepcopy(inputs)), dout.copy()
    gradients = getattr(student, backward)(dout, mine)
    for name, gradient in by_name(backward, gradients).items():
        assert_dtype(gradient, np.float64, name)
    assert_unchanged(dout, before, "dout")
    assert_mostly_right(student, reference, layer, inputs, dout, gradients, desired)


def check_backward_repeated(
    student: Student, reference: Any, rng: np.random.Generator, layer: Layer, inputs: Inputs, others: Inputs
) -> None:
    """The same gradients from one cache twice, although another forward pass came between."""
    forward, backward = layer
    out, cache = getattr(reference, forward)(*inputs)
    dout = rng.standard_normal(out.shape)
    mine = cache_of(student, forward, *copy.deepcopy(inputs))
    gradients = getattr(student, backward)(dout.copy(), mine)
    first = {name: assert_array(gradient, name).copy() for name, gradient in by_name(backward, gradients).items()}
    cache_of(student, forward, *copy.deepcopy(others))
    for name, again in by_name(backward, getattr(student, backward)(dout.copy(), mine)).items():
        assert_close(again, first[name], f"{name}, the second time,")
    desired = getattr(reference, backward)(dout, cache)
    assert_mostly_right(student, reference, layer, inputs, dout, gradients, desired)


def by_name(backward: str, gradients: Any) -> dict[str, Any]:
    """The results of a backward pass by their names."""
    names = SIGNATURES[backward].results
    return dict(zip(names, gradients if len(names) > 1 else [gradients]))
