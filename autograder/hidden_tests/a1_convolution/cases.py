"""What the hidden tests of a1_convolution share: cases, inputs and checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from cnnlab.checking.compare import assert_unchanged
from cnnlab.checking.outcomes import CheckFailed, NotChecked, StudentError
from cnnlab.checking.student import Student

Case = tuple[int, ...]  # N, C, H, W, F, HH, WW, stride, pad

SQUARE = [(2, 3, 4, 4, 3, 3, 3, 1, 1), (1, 2, 5, 5, 2, 3, 3, 1, 1)]
CHANNELS = [(1, 3, 4, 4, 4, 3, 3, 1, 1), (2, 4, 3, 3, 2, 3, 3, 1, 1), (3, 1, 3, 3, 1, 3, 3, 1, 1)]
SHAPES = [(2, 2, 3, 5, 2, 3, 3, 1, 1), (1, 2, 5, 4, 2, 2, 3, 1, 1), (1, 3, 4, 4, 3, 3, 2, 1, 1)]
SHAPES += [(1, 2, 3, 6, 2, 3, 1, 1, 1), (1, 2, 4, 3, 2, 1, 1, 1, 1), (1, 2, 3, 6, 2, 1, 4, 1, 1)]
PADS = [(2, 3, 5, 5, 3, 3, 3, 1, 0), (1, 2, 4, 4, 2, 4, 4, 1, 0)]
PADS += [(1, 2, 4, 4, 2, 2, 2, 1, 2), (1, 2, 3, 3, 2, 5, 5, 1, 3), (1, 2, 1, 1, 2, 1, 1, 1, 1)]
STRIDES = [(2, 3, 5, 5, 3, 3, 3, 2, 1), (1, 2, 6, 6, 2, 2, 2, 3, 1), (1, 2, 7, 7, 2, 3, 3, 3, 1)]
ROUNDED = [(2, 3, 5, 5, 3, 2, 2, 3, 1), (1, 2, 7, 7, 2, 2, 2, 3, 1)]

STRIDED = [(2, 3, 7, 8, 4, 3, 2, 2, 0), (1, 4, 8, 5, 3, 2, 2, 3, 0)]
PADDED_STRIDED = [(2, 3, 5, 6, 4, 3, 2, 2, 1), (1, 4, 6, 8, 2, 4, 3, 3, 2), (2, 2, 4, 3, 3, 2, 3, 2, 3)]


def draw(rng: np.random.Generator, case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, int]]:
    """x, w, b and conv_param of a case."""
    n, c, height, width, f, hh, ww, stride, pad = case
    x, w, b = (rng.standard_normal(shape) for shape in ((n, c, height, width), (f, c, hh, ww), (f,)))
    return x, w, b, {"stride": stride, "pad": pad}


def copies(inputs: Iterable[Any]) -> list[Any]:
    """For a student's function where the test needs its inputs again."""
    return [value.copy() for value in inputs]


def either(ask: Callable[[int], None]) -> None:
    """`ask(pad)` must pass with pad 1 or without padding: a slip in the padding has tests of its own."""
    try:
        ask(1)
    except (CheckFailed, StudentError, NotChecked) as failure:
        try:
            ask(0)
        except NotChecked:
            raise failure from None


def padded(cases: Iterable[Case], pad: int) -> list[Case]:
    return [(*case[:-1], pad) for case in cases]


def out_of(student: Student, name: str, inputs: Iterable[Any]) -> Any:
    """The output alone: that there must be a second result is asked by a test of its own."""
    try:
        return getattr(student, name)(*inputs)[0]
    except CheckFailed:  # not two results
        value = student.calls[-1].value
        if isinstance(value, np.ndarray):
            return value
        raise


def check_inputs(function: Callable[..., Any], drawn: Iterable[Sequence[Any]]) -> Any:
    """Inputs as they were after the call on the first draw that does not raise. Gives the result."""
    failure: StudentError | None = None
    for inputs in drawn:
        before = copies(inputs)
        try:
            result = function(*inputs)
        except StudentError as error:
            failure = failure or error
            continue
        for name, value, copy in zip(("x", "w", "b", "conv_param"), inputs, before):
            assert_unchanged(value, copy, name)
        return result
    raise failure or ValueError("no inputs were drawn")
