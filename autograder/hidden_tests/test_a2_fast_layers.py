"""Hidden tests of a2_fast_layers.

In each question the plain case comes first: square images, square filters with stride 1, square windows side by side.
Every other test changes one thing, so that a slip is paid for where it belongs; only those about everything "together"
change all. A convolution that can do no padding is asked without, but where padding is the question. Its cases are
(N, C, H, W, F, HH, WW, stride, pad); channels differ from filters, images from channels. Pooling has its own in
`pooling`.
"""

import numpy as np
import pytest

from autograder.hidden_tests import pooling, speed
from autograder.hidden_tests.gradients import (
    Backward,
    assert_mostly_right,
    check_backward_manners,
    check_backward_repeated,
    sparse_dout,
)
from autograder.hidden_tests.pooling import (
    check_pool_forward,
    check_pool_forward_manners,
    draw_pool,
    draw_signs,
    drawn,
)
from autograder.hidden_tests.rules import assert_gradient, cache_of
from autograder.hidden_tests.test_a1_convolution import copies, draw
from cnnlab.compare import assert_close, assert_dtype, assert_unchanged
from cnnlab.numpy_only import NumpyOnly
from cnnlab.outcomes import CheckFailed, StudentError

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
CONV = "conv_forward_fast", "conv_backward_fast"


@pytest.fixture
def student(student):
    """The student's functions, NumPy alone."""
    return NumpyOnly(student, "a2_fast_layers")


# --- convolution: forward -----------------------------------------------------------------------------------------


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


def unpadded(cases):
    """The same cases without padding, where the filter fits."""
    return [(*case[:-1], 0) for case in cases if case[2] >= case[5] and case[3] >= case[6]]


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


@pytest.mark.question("conv_forward_fast", points=0.5, after=["test_conv_forward_square"])
def test_conv_forward_inputs(student, rng):
    """x, w, b and conv_param left as they were"""
    for case in unpadded(SQUARE[:2]):
        inputs = draw(rng, case)
        before = copies(inputs)
        student.conv_forward_fast(*inputs)
        for name, value, copy in zip(("x", "w", "b", "conv_param"), inputs, before):
            assert_unchanged(value, copy, name)


@pytest.mark.question("conv_forward_fast", points=0.5, after=["test_conv_forward_square"])
def test_conv_forward_repeated(student, rng):
    """float64 for float64, and the same output a second time"""
    inputs, others = (draw(rng, case) for case in unpadded(SQUARE[:2]))
    first, _ = student.conv_forward_fast(*copies(inputs))
    student.conv_forward_fast(*others)
    second, _ = student.conv_forward_fast(*copies(inputs))
    assert_dtype(first, np.float64, "out")
    assert_close(second, first, "out, the second time,")


def draw_large(rng):
    """Inputs of the speed questions, without biases."""
    x, w = (rng.standard_normal(shape) for shape in speed.CONV_SHAPES)
    return x, w, np.zeros(len(w)), dict(speed.CONV_PARAM)


def last_seconds(student):
    """What the judge waited for the last call; earlier ones are forgotten, there may be hundreds."""
    del student.calls[:-1]
    return student.calls[-1].seconds


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


# --- convolution: backward ----------------------------------------------------------------------------------------


def check_conv_backward(student, reference, rng_of, cases, *names, **more):
    """Some gradients against the reference's, from the student's own cache."""
    Backward(student, reference, rng_of, CONV, draw).check(cases, names, **more)


@pytest.mark.question("conv_backward_fast", points=2)
def test_conv_backward_db(student, reference, rng_of):
    """right db: the sum of dout over images, rows and columns"""
    check_conv_backward(student, reference, rng_of, SQUARE, "db", spare=unpadded(SQUARE), directions=True)


@pytest.mark.question("conv_backward_fast", points=3.5)
def test_conv_backward_dw(student, reference, rng_of):
    """right dw with square images and filters, stride 1 and padding 1"""
    check_conv_backward(student, reference, rng_of, SQUARE, "dw", spare=unpadded(SQUARE), directions=True)


@pytest.mark.question("conv_backward_fast", points=4)
def test_conv_backward_dx(student, reference, rng_of):
    """right dx with square images and filters, stride 1 and padding 1"""
    check_conv_backward(student, reference, rng_of, SQUARE, "dx", spare=unpadded(SQUARE), directions=True)


@pytest.mark.question("conv_backward_fast", points=1.5)
def test_conv_backward_dw_not_square(student, reference, rng_of):
    """rows and columns: right dw with images and filters that are not square"""
    check_conv_backward(student, reference, rng_of, NOT_SQUARE, "dw", spare=unpadded(NOT_SQUARE))


@pytest.mark.question("conv_backward_fast", points=1.5)
def test_conv_backward_dx_not_square(student, reference, rng_of):
    """rows and columns: right dx with images and filters that are not square"""
    check_conv_backward(student, reference, rng_of, NOT_SQUARE, "dx", spare=unpadded(NOT_SQUARE))


@pytest.mark.question("conv_backward_fast", points=1.5)
def test_conv_backward_no_padding(student, reference, rng_of):
    """right dx and dw without padding"""
    check_conv_backward(student, reference, rng_of, UNPADDED, "dx", "dw")


@pytest.mark.question("conv_backward_fast", points=0.5)
def test_conv_backward_dw_padding(student, reference, rng_of):
    """right dw with padding 2 and 3"""
    check_conv_backward(student, reference, rng_of, PADDED, "dw")


@pytest.mark.question("conv_backward_fast", points=0.5)
def test_conv_backward_dx_padding(student, reference, rng_of):
    """right dx with padding 2 and 3"""
    check_conv_backward(student, reference, rng_of, PADDED, "dx")


@pytest.mark.question("conv_backward_fast", points=1)
def test_conv_backward_dw_stride(student, reference, rng_of):
    """right dw with stride 2 and 3"""
    check_conv_backward(student, reference, rng_of, STRIDED, "dw", spare=unpadded(STRIDED))


@pytest.mark.question("conv_backward_fast", points=1)
def test_conv_backward_dx_stride(student, reference, rng_of):
    """right dx with stride 2 and 3"""
    check_conv_backward(student, reference, rng_of, STRIDED, "dx", spare=unpadded(STRIDED))


@pytest.mark.question("conv_backward_fast", points=1)
def test_conv_backward_together(student, reference, rng_of):
    """right dx and dw with padding, stride and sides that differ together, and with a large image"""
    check_conv_backward(student, reference, rng_of, TOGETHER, "dx", "dw", spare=unpadded(TOGETHER))


@pytest.mark.question("conv_backward_fast", points=0.5)
def test_conv_backward_ends(student, reference, rng_of):
    """right dx and dw with 1x1 filters, a single window, one image, one channel, one filter"""
    check_conv_backward(student, reference, rng_of, ENDS, "dx", "dw", spare=unpadded(ENDS))


@pytest.mark.question("conv_backward_fast", points=0.5)
def test_conv_backward_uneven(student, reference, rng_of):
    """a stride that does not divide evenly: dx of the shape of x, dw without the last places"""
    check_conv_backward(student, reference, rng_of, UNEVEN, "dx", "dw", spare=unpadded(UNEVEN))


@pytest.mark.question("conv_backward_fast", points=0.5)
def test_conv_backward_manners(student, reference, rng):
    """dout left as it was, float64 for float64"""
    check_backward_manners(student, reference, rng, CONV, draw(rng, SQUARE[0]))


@pytest.mark.question("conv_backward_fast", points=0.5)
def test_conv_backward_repeated(student, reference, rng):
    """the same gradients from one cache a second time, with another forward in between"""
    check_backward_repeated(student, reference, rng, CONV, draw(rng, SQUARE[0]), draw(rng, SQUARE[0]))


def check_conv_backward_speed(student, reference, rng, goal):
    """Other inputs in every call: dw is linear in x and in dout, dx and db in dout."""
    x, *others = draw_large(rng)
    out, cache = reference.conv_forward_fast(x, *others)
    dout = rng.standard_normal(out.shape)
    dx, dw, db = reference.conv_backward_fast(dout, cache)

    def call():
        one, two = rng.uniform(0.5, 2, 2)
        inputs = [one * x, *copies(others)]
        gradients = student.conv_backward_fast(two * dout, cache_of(student, "conv_forward_fast", *copies(inputs)))
        seconds = last_seconds(student)
        desired = two * dx, one * two * dw, two * db
        assert_mostly_right(student, reference, CONV, inputs, two * dout, gradients, desired)
        return seconds

    speed.assert_faster(student, call, "conv_backward", goal)


@pytest.mark.question("conv_backward_fast", points=1)
def test_conv_backward_5_times(student, reference, rng):
    """at least 5 times as fast as nested loops"""
    check_conv_backward_speed(student, reference, rng, 5)


@pytest.mark.question("conv_backward_fast", points=2, after=["test_conv_backward_5_times"])
def test_conv_backward_10_times(student, reference, rng):
    """at least 10 times as fast as nested loops"""
    check_conv_backward_speed(student, reference, rng, 10)


@pytest.mark.question("conv_backward_fast", points=2, after=["test_conv_backward_10_times"])
def test_conv_backward_20_times(student, reference, rng):
    """at least 20 times as fast as nested loops"""
    check_conv_backward_speed(student, reference, rng, 20)


# --- pooling: what its questions share ----------------------------------------------------------------------------


def check_pool_backward(student, reference, rng_of, layer, cases, **more):
    """dx against the reference's, from the student's own cache."""
    Backward(student, reference, rng_of, layer, draw_pool).check(cases, **more)


def check_pool_backward_signs(student, reference, rng_of, layer, cases):
    """The same where x has other signs and sizes, and dout zeros."""
    Backward(student, reference, rng_of, layer, draw_signs, sparse_dout).check(cases)


def check_pool_forward_speed(student, reference, rng, goal):
    """Other inputs in every call: the maximum of twice as much is twice as much."""
    x, pool_param = draw_pool(rng, (*speed.POOL_SHAPE, *speed.POOL_PARAM.values()))
    desired, _ = reference.max_pool_forward_fast(x, pool_param)

    def call():
        factor = rng.uniform(0.5, 2)
        out, _ = student.max_pool_forward_fast(factor * x, dict(pool_param))
        assert_close(out, factor * desired)
        return last_seconds(student)

    speed.assert_faster(student, call, "max_pool_forward", goal)


def check_pool_backward_speed(student, reference, rng, goal):
    x, pool_param = draw_pool(rng, (*speed.POOL_SHAPE, *speed.POOL_PARAM.values()))
    out, cache = reference.max_pool_forward_fast(x, pool_param)
    dout = rng.standard_normal(out.shape)
    dx = reference.max_pool_backward_fast(dout, cache)

    def call():
        one, two = rng.uniform(0.5, 2, 2)
        mine = cache_of(student, "max_pool_forward_fast", one * x, dict(pool_param))
        gradient = student.max_pool_backward_fast(two * dout, mine)
        assert_gradient(student, reference, FAST[0], (one * x, pool_param), two * dout, gradient, two * dx, "dx")
        return last_seconds(student)

    speed.assert_faster(student, call, "max_pool_backward", goal)


# --- max pooling with loops -----------------------------------------------------------------------------------------

NAIVE = "max_pool_forward_naive", "max_pool_backward_naive"


@pytest.mark.question("max_pool_forward_naive", points=2)
def test_max_naive_square(student, reference, rng):
    """right output with square windows side by side on square maps"""
    check_pool_forward(student, reference, drawn(rng, pooling.SQUARE), NAIVE[0])


@pytest.mark.question("max_pool_forward_naive", points=1)
def test_max_naive_maps(student, reference, rng):
    """rows and columns: right output with maps that are not square"""
    check_pool_forward(student, reference, drawn(rng, pooling.MAPS), NAIVE[0])


@pytest.mark.question("max_pool_forward_naive", points=1)
def test_max_naive_windows(student, reference, rng):
    """right output with windows that are not square"""
    check_pool_forward(student, reference, drawn(rng, [*pooling.LOPSIDED, *pooling.APART]), NAIVE[0])


@pytest.mark.question("max_pool_forward_naive", points=0.5)
def test_max_naive_overlapping(student, reference, rng):
    """right output where windows overlap"""
    check_pool_forward(student, reference, drawn(rng, pooling.OVERLAPPING), NAIVE[0])


@pytest.mark.question("max_pool_forward_naive", points=0.5)
def test_max_naive_gapped(student, reference, rng):
    """right output where there are gaps between windows"""
    check_pool_forward(student, reference, drawn(rng, pooling.GAPPED), NAIVE[0])


@pytest.mark.question("max_pool_forward_naive", points=0.5)
def test_max_naive_uneven(student, reference, rng):
    """a stride that does not divide evenly: the size is rounded down"""
    check_pool_forward(student, reference, drawn(rng, pooling.UNEVEN), NAIVE[0])


@pytest.mark.question("max_pool_forward_naive", points=0.5)
def test_max_naive_sizes(student, reference, rng):
    """right output with 1x1 windows, one window, large windows and large maps"""
    check_pool_forward(student, reference, drawn(rng, pooling.SIZES), NAIVE[0])


@pytest.mark.question("max_pool_forward_naive", points=0.5)
def test_max_naive_signs(student, reference, rng):
    """right output where entries are negative, far below zero, nearly equal"""
    check_pool_forward(student, reference, [draw_signs(rng, signs) for signs in pooling.SIGNS], NAIVE[0])


@pytest.mark.question("max_pool_forward_naive", points=0.5, after=["test_max_naive_square"])
def test_max_naive_manners(student, rng):
    """inputs left as they were, float64 for float64, and the same output a second time"""
    check_pool_forward_manners(student, rng, NAIVE[0])


@pytest.mark.question("max_pool_backward_naive", points=2.5)
def test_max_naive_dx_square(student, reference, rng_of):
    """right dx with square windows side by side on square maps"""
    check_pool_backward(student, reference, rng_of, NAIVE, pooling.SQUARE, directions=True)


@pytest.mark.question("max_pool_backward_naive", points=0.5)
def test_max_naive_dx_maps(student, reference, rng_of):
    """rows and columns: right dx with maps that are not square"""
    check_pool_backward(student, reference, rng_of, NAIVE, pooling.MAPS)


@pytest.mark.question("max_pool_backward_naive", points=1)
def test_max_naive_dx_windows(student, reference, rng_of):
    """right dx with windows that are not square and do not overlap"""
    check_pool_backward(student, reference, rng_of, NAIVE, pooling.APART)


@pytest.mark.question("max_pool_backward_naive", points=1)
def test_max_naive_dx_overlapping(student, reference, rng_of):
    """right dx where windows overlap: gradients add up"""
    check_pool_backward(student, reference, rng_of, NAIVE, pooling.OVERLAPPING)


@pytest.mark.question("max_pool_backward_naive", points=0.5)
def test_max_naive_dx_gapped(student, reference, rng_of):
    """right dx where there are gaps between windows"""
    check_pool_backward(student, reference, rng_of, NAIVE, pooling.GAPPED)


@pytest.mark.question("max_pool_backward_naive", points=0.5)
def test_max_naive_dx_together(student, reference, rng_of):
    """right dx where windows overlap and nothing is square"""
    check_pool_backward(student, reference, rng_of, NAIVE, pooling.TOGETHER)


@pytest.mark.question("max_pool_backward_naive", points=0.5)
def test_max_naive_dx_uneven(student, reference, rng_of):
    """dx of the shape of x where the last places are in no window"""
    check_pool_backward(student, reference, rng_of, NAIVE, pooling.UNEVEN)


@pytest.mark.question("max_pool_backward_naive", points=0.5)
def test_max_naive_dx_sizes(student, reference, rng_of):
    """right dx with 1x1 windows, one window, large windows and large maps"""
    check_pool_backward(student, reference, rng_of, NAIVE, pooling.SIZES)


@pytest.mark.question("max_pool_backward_naive", points=0.5)
def test_max_naive_dx_signs(student, reference, rng_of):
    """right dx where entries are negative, far below zero, nearly equal, and dout is partly zero"""
    check_pool_backward_signs(student, reference, rng_of, NAIVE, pooling.SIGNS)


@pytest.mark.question("max_pool_backward_naive", points=0.25, after=["test_max_naive_dx_square"])
def test_max_naive_dx_manners(student, reference, rng):
    """dout left as it was, float64 for float64"""
    check_backward_manners(student, reference, rng, NAIVE, draw_pool(rng, pooling.SQUARE[0]))


@pytest.mark.question("max_pool_backward_naive", points=0.25, after=["test_max_naive_dx_square"])
def test_max_naive_dx_repeated(student, reference, rng):
    """the same dx from one cache a second time, with another forward in between"""
    first, other = drawn(rng, pooling.SQUARE[:1] * 2)
    check_backward_repeated(student, reference, rng, NAIVE, first, other)


# --- max pooling, fast ----------------------------------------------------------------------------------------------

FAST = "max_pool_forward_fast", "max_pool_backward_fast"


@pytest.mark.question("max_pool_forward_fast", points=1.5)
def test_max_fast_square(student, reference, rng):
    """right output with square windows side by side on square maps"""
    check_pool_forward(student, reference, drawn(rng, pooling.SQUARE), FAST[0])


@pytest.mark.question("max_pool_forward_fast", points=0.5)
def test_max_fast_maps(student, reference, rng):
    """rows and columns: right output with maps that are not square"""
    check_pool_forward(student, reference, drawn(rng, pooling.MAPS), FAST[0])


@pytest.mark.question("max_pool_forward_fast", points=0.5)
def test_max_fast_windows(student, reference, rng):
    """right output with windows that are not square"""
    check_pool_forward(student, reference, drawn(rng, [*pooling.LOPSIDED, *pooling.APART]), FAST[0])


@pytest.mark.question("max_pool_forward_fast", points=0.5)
def test_max_fast_overlapping(student, reference, rng):
    """right output where windows overlap"""
    check_pool_forward(student, reference, drawn(rng, pooling.OVERLAPPING), FAST[0])


@pytest.mark.question("max_pool_forward_fast", points=0.25)
def test_max_fast_gapped(student, reference, rng):
    """right output where there are gaps between windows"""
    check_pool_forward(student, reference, drawn(rng, pooling.GAPPED), FAST[0])


@pytest.mark.question("max_pool_forward_fast", points=0.25)
def test_max_fast_uneven(student, reference, rng):
    """a stride that does not divide evenly: the size is rounded down"""
    check_pool_forward(student, reference, drawn(rng, pooling.UNEVEN), FAST[0])


@pytest.mark.question("max_pool_forward_fast", points=0.25)
def test_max_fast_sizes(student, reference, rng):
    """right output with 1x1 windows, one window, large windows and large maps"""
    check_pool_forward(student, reference, drawn(rng, pooling.SIZES), FAST[0])


@pytest.mark.question("max_pool_forward_fast", points=0.25)
def test_max_fast_signs(student, reference, rng):
    """right output where entries are negative, far below zero, nearly equal"""
    check_pool_forward(student, reference, [draw_signs(rng, signs) for signs in pooling.SIGNS], FAST[0])


@pytest.mark.question("max_pool_forward_fast", points=0.5, after=["test_max_fast_square"])
def test_max_fast_manners(student, rng):
    """inputs left as they were, float64 for float64, and the same output a second time"""
    check_pool_forward_manners(student, rng, FAST[0])


@pytest.mark.question("max_pool_forward_fast", points=0.5, after=["test_max_fast_overlapping"])
def test_max_fast_5_times(student, reference, rng):
    """at least 5 times as fast as nested loops, where windows overlap"""
    check_pool_forward_speed(student, reference, rng, 5)


@pytest.mark.question("max_pool_forward_fast", points=0.5, after=["test_max_fast_5_times"])
def test_max_fast_10_times(student, reference, rng):
    """at least 10 times as fast as nested loops, where windows overlap"""
    check_pool_forward_speed(student, reference, rng, 10)


@pytest.mark.question("max_pool_forward_fast", points=0.5, after=["test_max_fast_10_times"])
def test_max_fast_20_times(student, reference, rng):
    """at least 20 times as fast as nested loops, where windows overlap"""
    check_pool_forward_speed(student, reference, rng, 20)


@pytest.mark.question("max_pool_backward_fast", points=2)
def test_max_fast_dx_square(student, reference, rng_of):
    """right dx with square windows side by side on square maps"""
    check_pool_backward(student, reference, rng_of, FAST, pooling.SQUARE, directions=True)


@pytest.mark.question("max_pool_backward_fast", points=0.5)
def test_max_fast_dx_maps(student, reference, rng_of):
    """rows and columns: right dx with maps that are not square"""
    check_pool_backward(student, reference, rng_of, FAST, pooling.MAPS)


@pytest.mark.question("max_pool_backward_fast", points=1)
def test_max_fast_dx_windows(student, reference, rng_of):
    """right dx with windows that are not square and do not overlap"""
    check_pool_backward(student, reference, rng_of, FAST, pooling.APART)


@pytest.mark.question("max_pool_backward_fast", points=1)
def test_max_fast_dx_overlapping(student, reference, rng_of):
    """right dx where windows overlap: gradients add up"""
    check_pool_backward(student, reference, rng_of, FAST, pooling.OVERLAPPING)


@pytest.mark.question("max_pool_backward_fast", points=0.5)
def test_max_fast_dx_gapped(student, reference, rng_of):
    """right dx where there are gaps between windows"""
    check_pool_backward(student, reference, rng_of, FAST, pooling.GAPPED)


@pytest.mark.question("max_pool_backward_fast", points=0.25)
def test_max_fast_dx_together(student, reference, rng_of):
    """right dx where windows overlap and nothing is square"""
    check_pool_backward(student, reference, rng_of, FAST, pooling.TOGETHER)


@pytest.mark.question("max_pool_backward_fast", points=0.25)
def test_max_fast_dx_uneven(student, reference, rng_of):
    """dx of the shape of x where the last places are in no window"""
    check_pool_backward(student, reference, rng_of, FAST, pooling.UNEVEN)


@pytest.mark.question("max_pool_backward_fast", points=0.25)
def test_max_fast_dx_sizes(student, reference, rng_of):
    """right dx with 1x1 windows, one window, large windows and large maps"""
    check_pool_backward(student, reference, rng_of, FAST, pooling.SIZES)


@pytest.mark.question("max_pool_backward_fast", points=0.25)
def test_max_fast_dx_signs(student, reference, rng_of):
    """right dx where entries are negative, far below zero, nearly equal, and dout is partly zero"""
    check_pool_backward_signs(student, reference, rng_of, FAST, pooling.SIGNS)


@pytest.mark.question("max_pool_backward_fast", points=0.25, after=["test_max_fast_dx_square"])
def test_max_fast_dx_manners(student, reference, rng):
    """dout left as it was, float64 for float64"""
    check_backward_manners(student, reference, rng, FAST, draw_pool(rng, pooling.SQUARE[0]))


@pytest.mark.question("max_pool_backward_fast", points=0.25, after=["test_max_fast_dx_square"])
def test_max_fast_dx_repeated(student, reference, rng):
    """the same dx from one cache a second time, with another forward in between"""
    first, other = drawn(rng, pooling.SQUARE[:1] * 2)
    check_backward_repeated(student, reference, rng, FAST, first, other)


@pytest.mark.question("max_pool_backward_fast", points=0.5, after=["test_max_fast_dx_overlapping"])
def test_max_fast_dx_5_times(student, reference, rng):
    """at least 5 times as fast as nested loops, where windows overlap"""
    check_pool_backward_speed(student, reference, rng, 5)


@pytest.mark.question("max_pool_backward_fast", points=0.5, after=["test_max_fast_dx_5_times"])
def test_max_fast_dx_10_times(student, reference, rng):
    """at least 10 times as fast as nested loops, where windows overlap"""
    check_pool_backward_speed(student, reference, rng, 10)


@pytest.mark.question("max_pool_backward_fast", points=0.5, after=["test_max_fast_dx_10_times"])
def test_max_fast_dx_20_times(student, reference, rng):
    """at least 20 times as fast as nested loops, where windows overlap"""
    check_pool_backward_speed(student, reference, rng, 20)


# --- average pooling ------------------------------------------------------------------------------------------------

AVG = "avg_pool_forward", "avg_pool_backward"


@pytest.mark.question("avg_pool_forward", points=1.5)
def test_avg_square(student, reference, rng):
    """right output with square windows side by side on square maps"""
    check_pool_forward(student, reference, drawn(rng, pooling.SQUARE), AVG[0])


@pytest.mark.question("avg_pool_forward", points=0.5)
def test_avg_maps(student, reference, rng):
    """rows and columns: right output with maps that are not square"""
    check_pool_forward(student, reference, drawn(rng, pooling.MAPS), AVG[0])


@pytest.mark.question("avg_pool_forward", points=1)
def test_avg_windows(student, reference, rng):
    """right output with windows that are not square"""
    check_pool_forward(student, reference, drawn(rng, [*pooling.LOPSIDED, *pooling.APART]), AVG[0])


@pytest.mark.question("avg_pool_forward", points=0.5)
def test_avg_overlapping(student, reference, rng):
    """right output where windows overlap"""
    check_pool_forward(student, reference, drawn(rng, pooling.OVERLAPPING), AVG[0])


@pytest.mark.question("avg_pool_forward", points=0.25)
def test_avg_gapped(student, reference, rng):
    """right output where there are gaps between windows"""
    check_pool_forward(student, reference, drawn(rng, pooling.GAPPED), AVG[0])


@pytest.mark.question("avg_pool_forward", points=0.25)
def test_avg_uneven(student, reference, rng):
    """a stride that does not divide evenly: the size is rounded down"""
    check_pool_forward(student, reference, drawn(rng, pooling.UNEVEN), AVG[0])


@pytest.mark.question("avg_pool_forward", points=0.25)
def test_avg_sizes(student, reference, rng):
    """right output with 1x1 windows, one window, large windows and large maps"""
    check_pool_forward(student, reference, drawn(rng, pooling.SIZES), AVG[0])


@pytest.mark.question("avg_pool_forward", points=0.25)
def test_avg_signs(student, reference, rng):
    """right output where entries are zero, negative, large"""
    check_pool_forward(student, reference, [draw_signs(rng, signs) for signs in pooling.ZEROS], AVG[0])


@pytest.mark.question("avg_pool_forward", points=0.5, after=["test_avg_square"])
def test_avg_manners(student, rng):
    """inputs left as they were, float64 for float64, and the same output a second time"""
    check_pool_forward_manners(student, rng, AVG[0])


@pytest.mark.question("avg_pool_backward", points=2)
def test_avg_dx_square(student, reference, rng_of):
    """right dx with square windows side by side on square maps"""
    check_pool_backward(student, reference, rng_of, AVG, pooling.SQUARE, directions=True)


@pytest.mark.question("avg_pool_backward", points=0.5)
def test_avg_dx_maps(student, reference, rng_of):
    """rows and columns: right dx with maps that are not square"""
    check_pool_backward(student, reference, rng_of, AVG, pooling.MAPS)


@pytest.mark.question("avg_pool_backward", points=1)
def test_avg_dx_windows(student, reference, rng_of):
    """right dx with windows that are not square and do not overlap"""
    check_pool_backward(student, reference, rng_of, AVG, pooling.APART)


@pytest.mark.question("avg_pool_backward", points=0.75)
def test_avg_dx_overlapping(student, reference, rng_of):
    """right dx where windows overlap: gradients add up"""
    check_pool_backward(student, reference, rng_of, AVG, pooling.OVERLAPPING)


@pytest.mark.question("avg_pool_backward", points=0.25)
def test_avg_dx_gapped(student, reference, rng_of):
    """right dx where there are gaps between windows"""
    check_pool_backward(student, reference, rng_of, AVG, pooling.GAPPED)


@pytest.mark.question("avg_pool_backward", points=0.25)
def test_avg_dx_together(student, reference, rng_of):
    """right dx where windows overlap and nothing is square"""
    check_pool_backward(student, reference, rng_of, AVG, pooling.TOGETHER)


@pytest.mark.question("avg_pool_backward", points=0.25)
def test_avg_dx_uneven(student, reference, rng_of):
    """dx of the shape of x where the last places are in no window"""
    check_pool_backward(student, reference, rng_of, AVG, pooling.UNEVEN)


@pytest.mark.question("avg_pool_backward", points=0.25)
def test_avg_dx_sizes(student, reference, rng_of):
    """right dx with 1x1 windows, one window, large windows and large maps"""
    check_pool_backward(student, reference, rng_of, AVG, pooling.SIZES)


@pytest.mark.question("avg_pool_backward", points=0.25)
def test_avg_dx_signs(student, reference, rng_of):
    """right dx where entries, or entries of dout, are zero"""
    check_pool_backward_signs(student, reference, rng_of, AVG, pooling.ZEROS)


@pytest.mark.question("avg_pool_backward", points=0.25, after=["test_avg_dx_square"])
def test_avg_dx_manners(student, reference, rng):
    """dout left as it was, float64 for float64"""
    check_backward_manners(student, reference, rng, AVG, draw_pool(rng, pooling.SQUARE[0]))


@pytest.mark.question("avg_pool_backward", points=0.25, after=["test_avg_dx_square"])
def test_avg_dx_repeated(student, reference, rng):
    """the same dx from one cache a second time, with another forward in between"""
    first, other = drawn(rng, pooling.SQUARE[:1] * 2)
    check_backward_repeated(student, reference, rng, AVG, first, other)
