"""The fast convolution, forward."""

import numpy as np
import pytest

from autograder.hidden_tests import speed
from autograder.hidden_tests.a1_convolution.cases import copies, draw
from autograder.hidden_tests.a2_fast_layers import cases
from autograder.hidden_tests.a2_fast_layers.cases import (
    ENDS,
    NOT_SQUARE,
    PADDED,
    SQUARE,
    STRIDED,
    TOGETHER,
    UNEVEN,
    UNPADDED,
    draw_large,
    last_seconds,
    unpadded,
)
from cnnlab.checking.compare import assert_close, assert_dtype, assert_unchanged
from cnnlab.checking.outcomes import CheckFailed, StudentError

student = cases.student  # NumPy alone


def check_conv_forward(student, reference, inputs, spare=()):
    """Output against the reference's; where that fails, on the spare inputs: padding has a test of its own."""
    try:
        compare_conv(student, reference, inputs)
    except (CheckFailed, StudentError):
        if not spare:
            raise
        compare_conv(student, reference, spare)


def compare_conv(student, reference, inputs):
    for x, w, b, conv_param in inputs:
        desired, _ = reference.conv_forward_fast(x, w, b, conv_param)
        out, _ = student.conv_forward_fast(*copies([x, w, b, conv_param]))
        assert_close(out, desired)


def draw_conv(rng, cases, bias=False):
    """Inputs without biases, but where they are asked for."""
    return [
        (x, w, b if bias else np.zeros_like(b), conv_param)
        for x, w, b, conv_param in (draw(rng, case) for case in cases)
    ]


def both_paddings(rng, cases):
    """The two lists of inputs for `check_conv_forward`."""
    return draw_conv(rng, cases), draw_conv(rng, unpadded(cases))


@pytest.mark.question("conv_forward_fast", points=4)
def test_conv_forward_square(student, reference, rng):
    """right output with square images and filters and stride 1, without biases"""
    check_conv_forward(student, reference, *both_paddings(rng, SQUARE))


@pytest.mark.question("conv_forward_fast", points=1)
def test_conv_forward_bias(student, reference, rng):
    """b added: one number for each filter"""
    check_conv_forward(
        student, reference, draw_conv(rng, SQUARE, bias=True), draw_conv(rng, unpadded(SQUARE), bias=True)
    )


@pytest.mark.question("conv_forward_fast", points=2.5)
def test_conv_forward_not_square(student, reference, rng):
    """rows and columns: right output with images and filters that are not square"""
    check_conv_forward(student, reference, *both_paddings(rng, NOT_SQUARE))


@pytest.mark.question("conv_forward_fast", points=2)
def test_conv_forward_padding(student, reference, rng):
    """right output without padding, and with padding 2 and 3"""
    check_conv_forward(student, reference, draw_conv(rng, [*UNPADDED, *PADDED]))


@pytest.mark.question("conv_forward_fast", points=2)
def test_conv_forward_stride(student, reference, rng):
    """right output with stride 2 and 3"""
    check_conv_forward(student, reference, *both_paddings(rng, STRIDED))


@pytest.mark.question("conv_forward_fast", points=1)
def test_conv_forward_together(student, reference, rng):
    """biases, padding, stride and sides that differ, all together, and a large image"""
    check_conv_forward(student, reference, draw_conv(rng, TOGETHER, bias=True))


@pytest.mark.question("conv_forward_fast", points=1)
def test_conv_forward_ends(student, reference, rng):
    """right output with 1x1 filters, a single window, one image, one channel, one filter"""
    check_conv_forward(student, reference, *both_paddings(rng, ENDS))


@pytest.mark.question("conv_forward_fast", points=0.5)
def test_conv_forward_uneven(student, reference, rng):
    """a stride that does not divide evenly: the size is rounded down, the last places are not seen"""
    check_conv_forward(student, reference, *both_paddings(rng, UNEVEN))


@pytest.mark.question("conv_forward_fast", points=1, after=["test_conv_forward_square"])
def test_conv_forward_manners(student, rng):
    """inputs left as they were, float64 for float64, and the same output a second time"""
    drawn = [draw(rng, case) for case in unpadded(SQUARE[:2])]
    given = [copies(inputs) for inputs in drawn]
    first = [student.conv_forward_fast(*inputs)[0] for inputs in given]
    for before, inputs, out in zip(drawn, given, first):
        assert_dtype(out, np.float64, "out")
        for name, value, earlier in zip(("x", "w", "b", "conv_param"), inputs, before):
            assert_unchanged(value, earlier, name)
    for inputs, out in zip(drawn, first):
        assert_close(student.conv_forward_fast(*copies(inputs))[0], out, "out, the second time,")


def check_conv_forward_speed(student, reference, rng, goal):
    """Every call has other inputs, so that a remembered answer helps nobody: out is linear in x."""
    x, w, b, conv_param = draw_large(rng)
    desired, _ = reference.conv_forward_fast(x, w, b, conv_param)

    def call():
        factor = rng.uniform(0.5, 2)
        out, _ = student.conv_forward_fast(factor * x, *copies([w, b, conv_param]))
        assert_close(out, factor * desired)
        return last_seconds(student)

    speed.assert_faster(student, call, "conv_forward", goal)


@pytest.mark.question("conv_forward_fast", points=1, after=["test_conv_forward_square"])
def test_conv_forward_5_times(student, reference, rng):
    """at least 5 times as fast as nested loops"""
    check_conv_forward_speed(student, reference, rng, 5)


@pytest.mark.question("conv_forward_fast", points=2, after=["test_conv_forward_5_times"])
def test_conv_forward_10_times(student, reference, rng):
    """at least 10 times as fast as nested loops"""
    check_conv_forward_speed(student, reference, rng, 10)


@pytest.mark.question("conv_forward_fast", points=2, after=["test_conv_forward_10_times"])
def test_conv_forward_20_times(student, reference, rng):
    """at least 20 times as fast as nested loops"""
    check_conv_forward_speed(student, reference, rng, 20)
