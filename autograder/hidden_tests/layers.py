"""What the hidden tests of a3_normalization share: how one call of a forward pass is judged.

A test asks for what its title says. Where eps is not in the title, the variances are so large that it can't be seen;
where the variance is not, all of them are equal, and the output counts up to one factor.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.course.reference import Reference
from cnnlab.checking.compare import assert_array, assert_close, assert_dtype, assert_unchanged, differing
from cnnlab.checking.outcomes import CheckFailed
from cnnlab.checking.student import Student
from cnnlab.signatures import SIGNATURES

Inputs = Sequence[Any]


@dataclass(frozen=True)
class Layer:
    """A forward and a backward function; of a normalization also the axes that share a mean and a variance."""

    forward: str
    backward: str = ""
    axes: tuple[int, ...] = ()
    grouped: bool = False  # its fourth argument is a number of groups, which get an axis of their own
    slope: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None  # of an activation, from its input and output

    def split(self, array: np.ndarray, inputs: Inputs) -> np.ndarray:
        """An array as the statistics see it: (N, C, H, W) becomes (N, G, C / G, H, W) where there are groups."""
        if not self.grouped:
            return array
        images, channels, *plane = array.shape
        return array.reshape(images, inputs[3], channels // inputs[3], *plane)

    def average(self, values: np.ndarray) -> np.ndarray:
        return values.mean(axis=self.axes, keepdims=True)


def copies(inputs: Iterable[Any]) -> list[Any]:
    """Copies, for a call that may write into its arguments; plain numbers stay what they are."""
    return [copy.deepcopy(value) for value in inputs]


def along_channels(values: np.ndarray, x: np.ndarray) -> np.ndarray:
    """One value a channel, shape (C,), lined up with the second axis of x."""
    return np.reshape(values, (-1, *[1] * (x.ndim - 2)))


# --- forward ------------------------------------------------------------------------------------------------------


def output_of(student: Student, name: str, inputs: Inputs) -> Any:
    """The output of one call; a function that returns it alone, without a cache, pays for that in `check_inputs`."""
    try:
        return getattr(student, name)(*inputs)[0]
    except CheckFailed:  # not two results
        if isinstance(student.calls[-1].value, np.ndarray):
            return student.calls[-1].value
        raise


def check_forward(student: Student, reference: Reference, name: str, inputs: Inputs) -> None:
    """The output of one call against the reference's."""
    desired, _ = getattr(reference, name)(*copies(inputs))
    assert_close(output_of(student, name, inputs), desired)


def check_up_to_factor(student: Student, reference: Reference, name: str, inputs: Inputs) -> None:
    """The same where a wrong deviation is no matter: out - beta is right but for one positive factor.

    Args:
        inputs: with equal variances everywhere; see `draw_even`.
    """
    desired, _ = getattr(reference, name)(*copies(inputs))
    beta = along_channels(inputs[2].copy(), inputs[0])
    out = output_of(student, name, inputs)
    if assert_array(out, "out").shape != desired.shape or not is_multiple(out - beta, desired - beta):
        assert_close(out, desired)


def is_multiple(actual: np.ndarray, desired: np.ndarray) -> bool:
    """Whether an array is a positive multiple of another one, up to the tolerance."""
    with np.errstate(all="ignore"):
        factor = np.sum(actual * desired) / np.sum(actual * actual)
    return bool(np.isfinite(factor)) and factor > 0 and not differing(factor * actual, desired).any()


def check_inputs(student: Student, name: str, inputs: Inputs, with_cache: bool = True) -> None:
    """out and cache, float64 for float64; inputs left as they were, the running statistics of a bn_param aside.

    Args:
        with_cache: False where no backward pass is asked for.
    """
    before = copies(inputs)
    out, cache = getattr(student, name)(*inputs)
    assert_dtype(out, np.float64, "out")
    if with_cache and getattr(cache, "type_name", type(cache).__name__) == "NoneType":  # it stays with the student
        raise CheckFailed("None for a cache", "what the backward pass needs to know")
    for argument, value, earlier in zip(SIGNATURES[name].parameters, inputs, before):
        if argument == "bn_param":
            value, earlier = without_statistics(value), without_statistics(earlier)
        assert_unchanged(value, earlier, argument)


def without_statistics(bn_param: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in bn_param.items() if key not in ("running_mean", "running_var")}


def passes(check: Callable[..., None], *args: Any) -> bool:
    try:
        check(*args)
    except CheckFailed:
        return False
    return True
