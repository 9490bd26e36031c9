"""What the hidden tests of a2_fast_layers share: cases, inputs and checks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import pytest

from autograder.course.reference import Reference
from autograder.hidden_tests import speed
from autograder.hidden_tests.gradients import Backward, sparse_dout
from autograder.hidden_tests.pooling import draw_pool, draw_signs
from cnnlab.checking.numpy_only import NumpyOnly
from cnnlab.checking.student import Student

# the last one has as many outputs as a filter has weights: NumPy hands a used block of that size to np.empty
SQUARE = [
    (2, 3, 5, 5, 4, 3, 3, 1, 1),
    (3, 2, 4, 4, 5, 2, 2, 1, 1),
    (2, 4, 7, 7, 3, 5, 5, 1, 1),
    (2, 16, 3, 3, 2, 2, 2, 1, 1),
]
NOT_SQUARE = [
    (2, 3, 5, 7, 4, 3, 2, 1, 1),
    (3, 2, 6, 4, 5, 2, 3, 1, 1),
    (2, 2, 7, 7, 3, 3, 1, 1, 1),
    (2, 4, 4, 6, 3, 3, 3, 1, 1),
    (2, 3, 1, 6, 4, 1, 3, 1, 1),
    (2, 3, 6, 1, 4, 4, 1, 1, 1),
]
UNPADDED = [(2, 3, 5, 5, 4, 3, 3, 1, 0), (3, 2, 6, 6, 5, 2, 2, 1, 0)]
PADDED = [
    (3, 4, 5, 5, 2, 3, 3, 1, 2),
    (2, 2, 4, 4, 3, 5, 5, 1, 3),
    (2, 3, 4, 4, 4, 3, 3, 1, 3),
    (2, 4, 3, 3, 3, 1, 1, 1, 2),
]
STRIDED = [
    (2, 3, 7, 7, 4, 3, 3, 2, 1),
    (2, 4, 7, 7, 3, 3, 3, 3, 1),
    (3, 2, 8, 8, 4, 2, 2, 2, 1),
    (2, 2, 6, 6, 3, 2, 2, 3, 1),
    (2, 3, 9, 9, 4, 5, 5, 2, 1),
]
# strides that divide all, one side of the filter as long as the stride; at last more than 32,767 numbers
TOGETHER = [
    (2, 3, 7, 10, 4, 3, 2, 2, 1),
    (1, 4, 6, 8, 2, 4, 3, 3, 2),
    (2, 2, 4, 3, 3, 2, 3, 2, 3),
    (2, 3, 6, 8, 4, 2, 4, 2, 1),
    (3, 2, 8, 6, 4, 4, 2, 2, 1),
    (2, 3, 6, 6, 4, 2, 2, 2, 1),
    (1, 1, 129, 257, 2, 3, 3, 16, 1),
]
UNEVEN = [(2, 3, 6, 6, 4, 3, 3, 2, 1), (3, 2, 7, 8, 4, 3, 3, 2, 1), (2, 3, 8, 7, 4, 3, 3, 2, 1)]
ENDS = [
    (2, 3, 4, 4, 5, 1, 1, 1, 1),
    (3, 2, 5, 5, 4, 1, 1, 2, 1),
    (1, 1, 17, 17, 1, 3, 3, 1, 1),
    (3, 2, 2, 2, 4, 4, 4, 1, 1),
    (2, 1, 3, 3, 1, 5, 5, 1, 1),
]


@pytest.fixture
def student(student: Student) -> NumpyOnly:
    """The student's functions, NumPy alone."""
    return NumpyOnly(student, "a2_fast_layers")


def unpadded(cases: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The same cases without padding, where the filter fits."""
    return [(*case[:-1], 0) for case in cases if case[2] >= case[5] and case[3] >= case[6]]


def draw_large(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, int]]:
    """Inputs of the speed questions, without biases."""
    x, w = (rng.standard_normal(shape) for shape in speed.CONV_SHAPES)
    return x, w, np.zeros(len(w)), dict(speed.CONV_PARAM)


def last_seconds(student: Student) -> float:
    """What the judge waited for the last call; earlier ones are forgotten, there may be hundreds."""
    del student.calls[:-1]
    return student.calls[-1].seconds


def check_pool_backward(
    student: Student,
    reference: Reference,
    rng_of: Callable[..., np.random.Generator],
    layer: tuple[str, str],
    cases: Sequence[Hashable],
    **more: Any,
) -> None:
    """dx against the reference's, from the student's own cache."""
    Backward(student, reference, rng_of, layer, draw_pool).check(cases, **more)


def check_pool_backward_signs(
    student: Student,
    reference: Reference,
    rng_of: Callable[..., np.random.Generator],
    layer: tuple[str, str],
    cases: Sequence[Hashable],
) -> None:
    """The same where x has other signs and sizes, and dout zeros."""
    Backward(student, reference, rng_of, layer, draw_signs, sparse_dout).check(cases)
