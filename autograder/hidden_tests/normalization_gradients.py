"""How a backward pass of a3_normalization is judged: from the student's own cache, by the student's own forward pass.

A wrong forward pass costs its own question; what follows it rightly is right.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import cache
from typing import Any

import numpy as np

from autograder.course.reference import Reference
from autograder.hidden_tests.gradients import Backward, Shape
from autograder.hidden_tests.layers import Inputs, Layer, along_channels, copies, output_of, passes
from autograder.hidden_tests.rules import cache_of
from cnnlab.checking.compare import assert_array, assert_close, assert_dtype, assert_unchanged, differing
from cnnlab.checking.outcomes import CheckFailed, NotAttempted, NotChecked, Stopped, StudentError
from cnnlab.checking.student import Student
from cnnlab.signatures import SIGNATURES

SMALLEST_SPREAD = 1e-3  # of an x_hat whose variance still shows in the gradient, by much more than the tolerance

Part = Callable[[Layer, Inputs, np.ndarray], np.ndarray]  # takes from dout what a test does not ask for


def check_gradients(
    student: Student,
    reference: Reference,
    rng_of: Callable[..., np.random.Generator],
    layer: Layer,
    draw: Callable[[np.random.Generator, Any], Inputs],
    cases: Sequence[Hashable],
    wanted: Sequence[str] = ("dx",),
    part: Part | None = None,
) -> None:
    """Some gradients of each case: the right ones, or right for what the student's own forward pass computes.

    Args:
        draw: gives the inputs of a case.
        wanted: names of the gradients.
        part: what of a random dout the test asks about.
    """

    def is_fair(student: Student, reference: Reference, inputs: Inputs, dout: np.ndarray, name: str) -> bool:
        return follows_own_values(student, reference, layer, inputs, dout, name)

    names, right = (layer.forward, layer.backward), in_the_reference(layer.backward)
    backward = Backward(student, reference, rng_of, names, draw, draw_dout(layer, part), right, is_fair)
    backward.check(cases, wanted)


@cache
def draw_dout(layer: Layer, part: Part | None) -> Callable[[np.random.Generator, Shape, Inputs], np.ndarray]:
    """Gives douts, with some zeros where the sum of the sides is odd."""

    def draw(rng: np.random.Generator, shape: Shape, inputs: Inputs) -> np.ndarray:
        dout = rng.standard_normal(shape)
        if sum(shape) % 2:
            dout[rng.random(shape) < 0.25] = 0
        return dout if part is None else part(layer, inputs, dout)

    return draw


def in_the_reference(backward: str) -> str:
    """Both backward passes of batchnorm are judged by the one that follows the graph."""
    return "batchnorm_backward" if backward == "batchnorm_backward_alt" else backward


def gradients_of(functions: Student | Reference, backward: str, dout: np.ndarray, cache: Any) -> tuple:
    """All gradients of one call, in a tuple also where there is only dx."""
    gradients = getattr(functions, backward)(dout, cache)
    return gradients if len(SIGNATURES[backward].results) > 1 else (gradients,)


def check_manners(student: Student, rng: np.random.Generator, layer: Layer, inputs: Inputs, others: Inputs) -> None:
    """dout left as it was; the same gradients in float64 a second time, with another forward in between."""
    shape = out_shape(layer.forward, inputs)
    mine = cache_of(student, layer.forward, *inputs)
    dout = rng.standard_normal(shape)
    before = dout.copy()
    first = [
        assert_array(gradient, "gradient").copy() for gradient in gradients_of(student, layer.backward, dout, mine)
    ]
    assert_unchanged(dout, before, "dout")
    assert_computed(first[0], before)
    cache_of(student, layer.forward, *others)
    again = gradients_of(student, layer.backward, before.copy(), mine)
    for name, gradient, once in zip(SIGNATURES[layer.backward].results, again, first):
        assert_dtype(gradient, np.float64, name)
        assert_close(gradient, once, f"{name}, the second time,")


def assert_computed(dx: np.ndarray, dout: np.ndarray) -> None:
    """dx is not just dout, nor zeros: manners of a function that computes nothing are worth nothing."""
    if not dx.any() or (dx.shape == dout.shape and not differing(dx, dout).any()):
        raise CheckFailed("dx that is dout, or zeros", "a gradient, to see what computing it changes")


def out_shape(forward: str, inputs: Inputs) -> tuple[int, ...]:
    """Shape of the output: that of x, but for maxout, which has as many features as its weights."""
    return (inputs[0].shape[0], inputs[1].shape[1]) if forward == "maxout_forward" else inputs[0].shape


# --- the student's own forward pass -------------------------------------------------------------------------------


def follows_own_values(
    student: Student, reference: Reference, layer: Layer, inputs: Inputs, dout: np.ndarray, name: str
) -> bool:
    """Whether a gradient is what a right backward pass makes of the values of the student's own forward pass.

    A right backward pass that takes a wrong deviation, say, from its cache gives a wrong gradient, which is not even
    that of the wrong forward pass. It is asked for once more, which is no call of the test's; of a normalization with
    an x of usual size, where no part of it is lost beside another one.
    """
    calls = len(student.calls)
    try:
        usual = of_usual_size(inputs) if layer.axes else inputs
        rights = rights_for_own(student, reference, layer, usual, dout, name)
        mine = cache_of(student, layer.forward, *copies(usual)) if rights else None
        gradients = gradients_of(student, layer.backward, dout.copy(), mine) if rights else ()
    except (CheckFailed, NotAttempted, NotChecked, StudentError, Stopped):
        return False
    finally:
        del student.calls[calls:]
    gradient = dict(zip(SIGNATURES[layer.backward].results, gradients)).get(name)
    return any(passes(assert_close, gradient, right, name) for right in rights)


def of_usual_size(inputs: Inputs) -> Inputs:
    x, *others = copies(inputs)
    return [x / max(1.0, float(x.std())), *others]


def rights_for_own(
    student: Student, reference: Reference, layer: Layer, inputs: Inputs, dout: np.ndarray, name: str
) -> list[np.ndarray]:
    """What right backward passes give, from the student's own output.

    Raises:
        CheckFailed, StudentError, ...: there is no such output.
    """
    if layer.axes:
        x, gamma, beta, *rest = copies(inputs)
        plain = [x, np.ones_like(gamma), np.zeros_like(beta), *rest]  # the output is x_hat itself
        x_hat = assert_array(output_of(student, layer.forward, plain), "out")
        fits = x_hat.shape == inputs[0].shape and np.isfinite(x_hat).all()
        return gradients_of_x_hat(layer, inputs, layer.split(x_hat, inputs), dout, name) if fits else []
    if layer.slope is None:
        return []
    right = getattr(reference, layer.forward)(*copies(inputs))[0]
    out = assert_array(output_of(student, layer.forward, copies(inputs)), "out")
    # it tells apart what the right one does: nobody makes the slope simple by a simple output
    fits = out.shape == right.shape and np.unique(out).size + 1 >= np.unique(right).size
    return [dout * layer.slope(inputs[0], out)] if fits else []


def gradients_of_x_hat(
    layer: Layer, inputs: Inputs, x_hat: np.ndarray, dout: np.ndarray, name: str
) -> list[np.ndarray]:
    """A gradient from any x_hat that is x, shifted and divided by a deviation, in each set that is normalized.

    There are two ways to dx: by the formula, and along the graph, which takes away the mean last; they differ where
    x_hat has a mean. And the deviation may come from the cache, or be computed again, from the variance.

    Args:
        x_hat: as the statistics see it.
    """
    others = tuple(axis for axis in range(dout.ndim) if axis != 1)
    if name == "dbeta":
        return [dout.sum(axis=others)]
    if name == "dgamma":
        return [np.sum(dout * x_hat.reshape(dout.shape), axis=others)]
    spread = x_hat.std(axis=layer.axes, keepdims=True)
    if spread.min() < SMALLEST_SPREAD:
        return []
    x = layer.split(inputs[0], inputs)
    own, right = x.std(axis=layer.axes, keepdims=True) / spread, right_deviation(layer, x, inputs[-1])
    g = layer.split(dout * along_channels(inputs[1], dout), inputs)
    rest = g - x_hat * layer.average(g * x_hat)
    by_formula, along_graph = rest - layer.average(g), rest - layer.average(rest)
    return [(dx / std).reshape(dout.shape) for dx in (by_formula, along_graph) for std in (own, right)]


def right_deviation(layer: Layer, x: np.ndarray, param: dict[str, Any]) -> np.ndarray:
    return np.sqrt(x.var(axis=layer.axes, keepdims=True) + param.get("eps", 1e-5))


# --- parts of a dout ----------------------------------------------------------------------------------------------


def straight(layer: Layer, inputs: Inputs, dout: np.ndarray) -> np.ndarray:
    """A dout that moves neither mean nor variance: gamma is 1, and dx is dout / std."""
    return through_mean(layer, inputs, through_variance(layer, inputs, dout))


def through_mean(layer: Layer, inputs: Inputs, dout: np.ndarray) -> np.ndarray:
    """Without what would stretch x: nothing comes back through the variance."""
    centered, d = (layer.split(array, inputs) for array in (inputs[0], dout))
    centered = centered - layer.average(centered)
    return (d - centered * layer.average(d * centered) / layer.average(centered**2)).reshape(dout.shape)


def through_variance(layer: Layer, inputs: Inputs, dout: np.ndarray) -> np.ndarray:
    """Without what would shift x: nothing comes back through the mean."""
    d = layer.split(dout, inputs)
    return (d - layer.average(d)).reshape(dout.shape)
