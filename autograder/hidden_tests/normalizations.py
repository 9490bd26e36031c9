"""Inputs of the normalizations, where what a test does not ask about can't be seen, and checks that several ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograder.course.reference import Reference
from autograder.hidden_tests.layers import Inputs, Layer, check_forward, check_inputs, copies, output_of
from autograder.hidden_tests.normalization_gradients import Part, check_gradients, check_manners
from autograder.hidden_tests.running_statistics import assert_running, check_step, statistics_of
from cnnlab.checking.compare import assert_array, assert_close, differing
from cnnlab.checking.outcomes import CheckFailed, StudentError
from cnnlab.checking.student import Student

Shape = tuple[int, ...]

LARGE = 1e6  # a deviation beside which eps can't be seen, inside the root or out of it
FEATURES = [(5, 3), (4, 7), (9, 2), (4, 4), (6, 1)]  # N, D
MANY_PIXELS = (2, 3, 5, 8)  # enough values for draw_small in one plane
BATCHNORM = Layer("batchnorm_forward", "batchnorm_backward", axes=(0,))
ALTERNATIVE = Layer("batchnorm_forward", "batchnorm_backward_alt", axes=(0,))
SPATIAL = Layer("spatial_batchnorm_forward", "spatial_batchnorm_backward", axes=(0, 2, 3))
LAYER = Layer("layernorm_forward", "layernorm_backward", axes=(1,))
INSTANCE = Layer("instancenorm_forward", axes=(2, 3))
GROUP = Layer("spatial_groupnorm_forward", "spatial_groupnorm_backward", axes=(2, 3, 4), grouped=True)


def draw(rng: np.random.Generator, shape: Shape, *others: Any, scale: float = LARGE) -> list[Any]:
    """x with a mean and a spread of its own in each channel (axis 1), gamma, beta, and what else a layer takes."""
    count = shape[1]
    per_channel = (1, count, *[1] * (len(shape) - 2))
    spread, middle = scale * rng.uniform(0.5, 1.5, per_channel), 1.5 * scale * rng.standard_normal(per_channel)
    x = middle + spread * rng.standard_normal(shape)
    return [x, rng.uniform(0.5, 2, count) * rng.choice([-1, 1], count), rng.standard_normal(count), *others]


def draw_even(rng: np.random.Generator, layer: Layer, shape: Shape, *others: Any) -> list[Any]:
    """The same with equal variances: each set of values that is normalized holds the same numbers in another order,
    around a mean of its own."""
    inputs = draw(rng, shape, *others, scale=2.0)
    x = layer.split(inputs[0], inputs)
    sets = np.moveaxis(x, layer.axes, range(-len(layer.axes), 0))
    kept = sets.shape[: -len(layer.axes)]
    count = x.size // int(np.prod(kept))
    values = rng.permuted(np.tile(2 * rng.standard_normal(count), (*kept, 1)), axis=-1)
    values += 3 * rng.standard_normal((*kept, 1))
    x = np.moveaxis(values.reshape(sets.shape), range(-len(layer.axes), 0), layer.axes)
    return [np.ascontiguousarray(x.reshape(shape)), *inputs[1:]]


def draw_small(rng: np.random.Generator, shape: Shape, *others: Any, eps: float) -> list[Any]:
    """The same with variances that are hardly anything beside eps, gamma 1 and beta 0.

    They are some 1e-8 of eps, and there are at least 40 values to each: whatever puts eps in another place shows, what
    divides by one value less does not.
    """
    x, gamma, beta, *rest = draw(rng, shape, *others, scale=1e-4 * float(np.sqrt(eps)))
    return [x, np.ones_like(gamma), 0 * beta, *rest]


@dataclass(frozen=True)
class InputKind:
    """What the inputs of a backward pass look like.

    groups: the number of groups, for a layer that takes one.
    train: whether it takes a bn_param.
    simple: gamma is 1.
    with_zero: a gamma is 0.
    """

    shape: Shape
    groups: int = 0
    train: bool = False
    simple: bool = False
    with_zero: bool = False
    eps: float = 1e-5
    scale: float = LARGE


def cases_of(shapes: Sequence[tuple[Any, ...]], **how: Any) -> list[InputKind]:
    """A case for each shape, or shape and number of groups; in the first one a gamma is 0."""
    parts = [shape if isinstance(shape[0], tuple) else (shape, 0) for shape in shapes]
    return [InputKind(shape, groups, with_zero=not number, **how) for number, (shape, groups) in enumerate(parts)]


def simple_cases_of(shapes: Sequence[tuple[Any, ...]], **how: Any) -> list[InputKind]:
    """The same with gamma 1."""
    return [replace(case, simple=True, with_zero=False) for case in cases_of(shapes, **how)]


def unsteady_cases_of(shape: Shape, **how: Any) -> list[InputKind]:
    """gamma 1, with a large eps, and with eps as large as the variances."""
    return [InputKind(shape, simple=True, eps=eps, scale=scale, **how) for eps, scale in ((0.5, 1.0), (1e-3, 0.03))]


def draw_case(rng: np.random.Generator, case: InputKind) -> list[Any]:
    param = bn_param("train", case.shape[1], rng, eps=case.eps) if case.train else {"eps": case.eps}
    x, gamma, *rest = draw(rng, case.shape, *filter(None, [case.groups]), param, scale=case.scale)
    gamma[: case.with_zero] = 0
    return [x, np.ones_like(gamma) if case.simple else gamma, *rest]


def check_norm_gradients(
    student: Student,
    reference: Reference,
    rng_of: Callable[..., np.random.Generator],
    layer: Layer,
    cases: Sequence[InputKind],
    wanted: Sequence[str] = ("dx",),
    part: Part | None = None,
) -> None:
    check_gradients(student, reference, rng_of, layer, draw_case, cases, wanted, part)


def param_for(rng: np.random.Generator, shape: Shape, param: str | Mapping[str, Any]) -> dict[str, Any]:
    return bn_param(param, shape[1], rng) if isinstance(param, str) else dict(param)


def bn_param(
    mode: str, count: int = 0, rng: np.random.Generator | None = None, scale: float = 1.0, **entries: Any
) -> dict[str, Any]:
    """A bn_param; with running statistics if a generator is given. Momentum and eps are given unless they are None."""
    param = {"mode": mode, "eps": 1e-5, "momentum": 0.9, **entries}
    if rng is not None:
        mean, var = scale * rng.standard_normal(count), scale**2 * rng.uniform(0.5, 3, count)
        param |= {"running_mean": mean, "running_var": var}
    return {key: value for key, value in param.items() if value is not None}


def draw_test(rng: np.random.Generator, shape: Shape, **entries: Any) -> list[Any]:
    """The inputs of a call in test mode, with variances beside which eps can't be seen."""
    return draw(rng, shape, bn_param("test", shape[1], rng, scale=LARGE, **entries))


def check_running(
    student: Student, rng: np.random.Generator, name: str, shapes: Sequence[Shape], statistic: str
) -> None:
    """One of the running statistics after each of three steps."""
    for shape in shapes:
        param = bn_param("train", shape[1], rng)
        for _ in range(3):
            check_step(student, name, draw(rng, shape, param, scale=2.0), param["momentum"], statistic)


def check_modes(student: Student, rng: np.random.Generator, name: str, shape: Shape) -> None:
    """A mode that does not exist is a ValueError, and one that does exist is none."""
    output_of(student, name, draw(rng, shape, bn_param("train", shape[1], rng)))
    for mode in ("eval", "training", "testing"):
        try:
            output_of(student, name, draw(rng, shape, bn_param(mode, shape[1], rng)))
        except StudentError as error:
            if not error.is_a("ValueError"):
                raise
        else:
            raise CheckFailed(f"an output for the mode {mode!r}", f"a ValueError: there is no mode {mode!r}")


def check_keeps(student: Student, rng: np.random.Generator, name: str, shape: Shape) -> None:
    """Test mode leaves its inputs as they were, the running statistics too."""
    inputs = draw_test(rng, shape)
    before = statistics_of(inputs[3], shape[1])
    check_inputs(student, name, inputs, with_cache=False)
    assert_running(inputs[3], before)


def check_small_eps(
    student: Student,
    reference: Reference,
    rng: np.random.Generator,
    name: str,
    shape: Shape,
    param: str | Mapping[str, Any],
    others: Sequence[Any] = (),
) -> None:
    """eps where it decides: as given, and 1e-5 where it is not."""
    for eps in (0.3, 0.02, None):
        given = {**param_for(rng, shape, param), "eps": eps or 1e-5}
        if eps is None:
            del given["eps"]
        check_forward(student, reference, name, draw_small(rng, shape, *others, given, eps=eps or 1e-5))


def check_test_eps(student: Student, rng: np.random.Generator, name: str, shape: Shape) -> None:
    """In test mode an eps, 1e-5 if it is missing, does what the same number does that is added to the variances.

    The student's outputs are compared with each other, so that nothing else that is wrong with them counts.
    """
    for eps, scale in ((0.3, 1.0), (0.02, 0.1), (None, 0.003)):
        param = bn_param("test", shape[1], rng, scale=scale, eps=eps)
        added = {**param, "running_var": param["running_var"] + (1e-5 if eps is None else eps), "eps": 0.0}
        inputs = draw(rng, shape, scale=scale)
        check_same(student, name, inputs, param, added, {**param, "eps": 0.0}, "without eps")


def check_test_start(student: Student, rng: np.random.Generator, name: str, shape: Shape) -> None:
    """In test mode running statistics that are missing are zeros."""
    inputs, param, mean = draw(rng, shape, scale=2.0), bn_param("test"), 3 * rng.standard_normal(shape[1])
    zeros = {**param, "running_mean": np.zeros(shape[1]), "running_var": np.zeros(shape[1])}
    check_same(student, name, inputs, param, zeros, {**zeros, "running_mean": mean}, "whatever the running mean is")


def check_same(
    student: Student,
    name: str,
    inputs: Inputs,
    one: Mapping[str, Any],
    same: Mapping[str, Any],
    other: Mapping[str, Any],
    says: str,
) -> None:
    """An output is the same with two bn_params, and another one with a third: else nothing was computed."""
    desired, different = (
        assert_array(output_of(student, name, [*copies(inputs), dict(param)]), "out") for param in (same, other)
    )
    if different.shape == desired.shape and not differing(different, desired).any():
        raise CheckFailed(f"the same out {says}", "out by running mean, running variance and eps")
    assert_close(output_of(student, name, [*inputs, one]), desired)


def check_norm_manners(
    student: Student, rng: np.random.Generator, layer: Layer, shape: Shape, param: str | Mapping[str, Any]
) -> None:
    first, second = (draw(rng, shape, param_for(rng, shape, param)) for _ in range(2))
    check_manners(student, rng, layer, first, second)
