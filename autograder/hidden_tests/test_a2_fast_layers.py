"""Hidden tests of a2_fast_layers.

Convolution cases are a1's, (N, C, H, W, F, HH, WW, stride, pad); a pooling case is (N, C, H, W, height, width, stride).
Every shape is lopsided on purpose. Pooling inputs are positive, but where a test says otherwise, and no two of them are
closer than 1e-3: so there are no ties.
"""

import numpy as np
import pytest

from autograder.hidden_tests import speed
from autograder.hidden_tests.rules import cache_of
from autograder.hidden_tests.test_a1_convolution import (
    BASIC,
    GRADIENTS,
    ONE_CHANNEL,
    PADDED,
    PADDED_STRIDED,
    PLAIN,
    STRIDED,
    UNEVEN,
    copies,
    draw,
)
from cnnlab.compare import assert_array, assert_close, assert_dtype, assert_unchanged
from cnnlab.gradcheck import check_gradient
from cnnlab.numpy_only import NumpyOnly

TILES = [(2, 3, 6, 8, 2, 2, 2), (1, 2, 9, 6, 3, 3, 3)]
OVERLAPPING = [(2, 3, 7, 5, 3, 3, 2), (3, 2, 4, 6, 2, 2, 1), (1, 2, 10, 7, 4, 4, 3)]
GAPPED = [(2, 3, 8, 5, 2, 2, 3), (3, 2, 5, 7, 1, 1, 2), (1, 2, 6, 10, 2, 2, 4)]
NOT_SQUARE = [(2, 3, 8, 7, 2, 3, 2), (3, 2, 5, 6, 3, 2, 1), (1, 2, 6, 8, 4, 2, 2), (2, 1, 7, 10, 1, 4, 3)]
POOL_UNEVEN = [(2, 3, 7, 8, 2, 2, 2), (1, 2, 8, 9, 3, 2, 3)]


@pytest.fixture
def student(student):
    """The student's functions, NumPy alone."""
    return NumpyOnly(student, "a2_fast_layers")


# --- convolution: forward -----------------------------------------------------------------------------------------


def check_conv_forward(student, reference, rng, cases):
    for case in cases:
        inputs = draw(rng, case)
        desired, _ = reference.conv_forward_fast(*inputs)
        out, _ = student.conv_forward_fast(*inputs)
        assert_close(out, desired)


@pytest.mark.question("conv_forward_fast", points=4)
def test_conv_forward_plain(student, reference, rng):
    """right output with stride 1 and no padding, for every shape"""
    check_conv_forward(student, reference, rng, PLAIN)


@pytest.mark.question("conv_forward_fast", points=3)
def test_conv_forward_padding(student, reference, rng):
    """right output with padding 1, 2 and 3"""
    check_conv_forward(student, reference, rng, PADDED)


@pytest.mark.question("conv_forward_fast", points=3)
def test_conv_forward_stride(student, reference, rng):
    """right output with stride 2 and 3"""
    check_conv_forward(student, reference, rng, STRIDED)


@pytest.mark.question("conv_forward_fast", points=2)
def test_conv_forward_padding_and_stride(student, reference, rng):
    """right output with padding and stride together"""
    check_conv_forward(student, reference, rng, PADDED_STRIDED)


@pytest.mark.question("conv_forward_fast", points=1, after=["test_conv_forward_plain"])
def test_conv_forward_uneven(student, reference, rng):
    """a stride that does not divide evenly: the size is rounded down, the last places are not seen"""
    check_conv_forward(student, reference, rng, UNEVEN)


@pytest.mark.question("conv_forward_fast", points=1, after=["test_conv_forward_plain"])
def test_conv_forward_inputs(student, rng):
    """x, w, b and conv_param left as they were"""
    for case in [BASIC, (2, 3, 5, 4, 2, 3, 2, 1, 0)]:
        inputs = draw(rng, case)
        before = copies(inputs)
        student.conv_forward_fast(*inputs)
        for name, value, copy in zip(("x", "w", "b", "conv_param"), inputs, before):
            assert_unchanged(value, copy, name)


@pytest.mark.question("conv_forward_fast", points=1, after=["test_conv_forward_plain"])
def test_conv_forward_repeated(student, rng):
    """float64 for float64, and the same output a second time"""
    inputs = draw(rng, PLAIN[0])
    first, _ = student.conv_forward_fast(*copies(inputs))
    student.conv_forward_fast(*draw(rng, PLAIN[1]))
    second, _ = student.conv_forward_fast(*copies(inputs))
    assert_dtype(first, np.float64, "out")
    assert_close(second, first, "out, the second time,")


def draw_large(rng):
    """Inputs of the speed questions."""
    x, w = (rng.standard_normal(shape) for shape in speed.CONV_SHAPES)
    return x, w, rng.standard_normal(len(w)), dict(speed.CONV_PARAM)


def last_seconds(student):
    """What the judge waited for the last call; earlier ones are forgotten, there may be hundreds."""
    del student.calls[:-1]
    return student.calls[-1].seconds


def check_conv_forward_speed(student, reference, rng, goal):
    """Every call has other inputs, so that a remembered answer helps nobody: out is linear in x and b."""
    x, w, b, conv_param = draw_large(rng)
    desired, _ = reference.conv_forward_fast(x, w, b, conv_param)

    def call():
        factor = rng.uniform(0.5, 2)
        out, _ = student.conv_forward_fast(factor * x, *copies([w, factor * b, conv_param]))
        assert_close(out, factor * desired)
        return last_seconds(student)

    speed.assert_faster(call, "conv_forward", goal)


@pytest.mark.question("conv_forward_fast", points=1, after=["test_conv_forward_plain", "test_conv_forward_padding"])
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


def check_conv_backward(student, reference, rng, cases, name):
    """One gradient against the reference's, from the student's own cache."""
    for case in cases:
        inputs = draw(rng, case)
        out, cache = reference.conv_forward_fast(*inputs)
        dout = rng.standard_normal(out.shape)
        desired = reference.conv_backward_fast(dout, cache)[GRADIENTS[name]]
        mine = cache_of(student, "conv_forward_fast", *inputs)
        assert_close(student.conv_backward_fast(dout, mine)[GRADIENTS[name]], desired, name)


def check_directions(student, reference, rng, name):
    """One gradient against central differences of the reference's forward along random directions."""
    inputs = draw(rng, BASIC)
    dout = rng.standard_normal(reference.conv_forward_fast(*inputs)[0].shape)
    position = GRADIENTS[name]
    mine = cache_of(student, "conv_forward_fast", *copies(inputs))
    gradient = student.conv_backward_fast(dout.copy(), mine)[position]

    def forward(value):
        return reference.conv_forward_fast(*inputs[:position], value, *inputs[position + 1 :])[0]

    check_gradient(forward, inputs[position], dout, gradient, rng, name)


@pytest.mark.question("conv_backward_fast", points=3)
def test_conv_backward_db(student, reference, rng):
    """right db: the sum of dout over images, rows and columns"""
    check_conv_backward(student, reference, rng, [BASIC, ONE_CHANNEL, PLAIN[0], PADDED_STRIDED[0]], "db")
    check_directions(student, reference, rng, "db")


@pytest.mark.question("conv_backward_fast", points=4)
def test_conv_backward_dw(student, reference, rng):
    """right dw with stride 1, for every shape and padding"""
    check_conv_backward(student, reference, rng, [BASIC, *PADDED, *PLAIN], "dw")
    check_directions(student, reference, rng, "dw")


@pytest.mark.question("conv_backward_fast", points=2)
def test_conv_backward_dw_stride(student, reference, rng):
    """right dw with stride 2 and 3"""
    check_conv_backward(student, reference, rng, PADDED_STRIDED, "dw")


@pytest.mark.question("conv_backward_fast", points=4)
def test_conv_backward_dx(student, reference, rng):
    """right dx with stride 1 and padding 1"""
    check_conv_backward(student, reference, rng, [BASIC, PADDED[0]], "dx")
    check_directions(student, reference, rng, "dx")


@pytest.mark.question("conv_backward_fast", points=3)
def test_conv_backward_dx_padding(student, reference, rng):
    """right dx without padding, and with padding 2 and 3"""
    check_conv_backward(student, reference, rng, [*PLAIN, *PADDED[1:]], "dx")


@pytest.mark.question("conv_backward_fast", points=2)
def test_conv_backward_dx_stride(student, reference, rng):
    """right dx with padding 1 and stride 2 and 3"""
    check_conv_backward(student, reference, rng, [PADDED_STRIDED[0], (1, 4, 6, 10, 2, 2, 3, 3, 1)], "dx")


ALL_GRADIENTS = ["test_conv_backward_db", "test_conv_backward_dw", "test_conv_backward_dx"]


@pytest.mark.question("conv_backward_fast", points=1, after=ALL_GRADIENTS)
def test_conv_backward_manners(student, rng):
    """dout left as it was, float64 for float64"""
    mine = cache_of(student, "conv_forward_fast", *draw(rng, BASIC))
    dout = rng.standard_normal((2, 4, 6, 6))
    before = dout.copy()
    for name, gradient in zip(GRADIENTS, student.conv_backward_fast(dout, mine)):
        assert_dtype(gradient, np.float64, name)
    assert_unchanged(dout, before, "dout")


@pytest.mark.question("conv_backward_fast", points=1, after=ALL_GRADIENTS)
def test_conv_backward_repeated(student, rng):
    """the same gradients from one cache a second time, with another forward in between"""
    mine = cache_of(student, "conv_forward_fast", *draw(rng, BASIC))
    dout = rng.standard_normal((2, 4, 6, 6))
    first = [assert_array(gradient, "gradient").copy() for gradient in student.conv_backward_fast(dout.copy(), mine)]
    cache_of(student, "conv_forward_fast", *draw(rng, BASIC))
    for name, again, before in zip(GRADIENTS, student.conv_backward_fast(dout.copy(), mine), first):
        assert_close(again, before, f"{name}, the second time,")


def check_conv_backward_speed(student, reference, rng, goal):
    """Other inputs in every call: dw is linear in x and in dout, dx and db in dout."""
    x, *others = draw_large(rng)
    out, cache = reference.conv_forward_fast(x, *others)
    dout = rng.standard_normal(out.shape)
    dx, dw, db = reference.conv_backward_fast(dout, cache)

    def call():
        one, two = rng.uniform(0.5, 2, 2)
        mine = cache_of(student, "conv_forward_fast", one * x, *copies(others))
        gradients = student.conv_backward_fast(two * dout, mine)
        for name, gradient, desired in zip(GRADIENTS, gradients, (two * dx, one * two * dw, two * db)):
            assert_close(gradient, desired, name)
        return last_seconds(student)

    speed.assert_faster(call, "conv_backward", goal)


@pytest.mark.question("conv_backward_fast", points=1, after=ALL_GRADIENTS)
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


def draw_pool(rng, case):
    """x and pool_param of a case; all entries of x are positive, and at least 5e-3 apart."""
    n, c, h, w, height, width, stride = case
    count = n * c * h * w
    x = 0.01 * (1 + rng.permutation(count)) + rng.uniform(0, 0.005, count)
    return x.reshape(n, c, h, w), {"pool_height": height, "pool_width": width, "stride": stride}


def check_pool_forward(student, reference, rng, cases, name, sign=1):
    for case in cases:
        x, pool_param = draw_pool(rng, case)
        desired, _ = getattr(reference, name)(sign * x, pool_param)
        out, _ = getattr(student, name)(sign * x, pool_param)
        assert_close(out, desired)


def check_pool_forward_manners(student, rng, name):
    """Inputs unchanged, float64 for float64, the same output a second time."""
    for case in (TILES[0], NOT_SQUARE[1]):
        x, pool_param = draw_pool(rng, case)
        before = x.copy(), dict(pool_param)
        first, _ = getattr(student, name)(x, pool_param)
        assert_dtype(first, np.float64, "out")
        assert_unchanged(x, before[0], "x")
        assert_unchanged(pool_param, before[1], "pool_param")
        again, _ = getattr(student, name)(before[0].copy(), dict(before[1]))
        assert_close(again, first, "out, the second time,")


def check_pool_backward(student, reference, rng, cases, forward, backward):
    for case in cases:
        inputs = draw_pool(rng, case)
        out, cache = getattr(reference, forward)(*inputs)
        dout = rng.standard_normal(out.shape)
        desired = getattr(reference, backward)(dout, cache)
        mine = cache_of(student, forward, *inputs)
        assert_close(getattr(student, backward)(dout, mine), desired, "dx")


def check_pool_directions(student, reference, rng, forward, backward):
    """dx against central differences of the reference's forward along random directions."""
    x, pool_param = draw_pool(rng, TILES[0])
    dout = rng.standard_normal((2, 3, 3, 4))
    mine = cache_of(student, forward, x.copy(), dict(pool_param))
    dx = getattr(student, backward)(dout.copy(), mine)
    check_gradient(lambda value: getattr(reference, forward)(value, pool_param)[0], x, dout, dx, rng, "dx")


def check_pool_backward_manners(student, rng, forward, backward):
    """dout unchanged, float64 for float64."""
    mine = cache_of(student, forward, *draw_pool(rng, TILES[0]))
    dout = rng.standard_normal((2, 3, 3, 4))
    before = dout.copy()
    assert_dtype(getattr(student, backward)(dout, mine), np.float64, "dx")
    assert_unchanged(dout, before, "dout")


def check_pool_backward_repeated(student, rng, forward, backward):
    mine = cache_of(student, forward, *draw_pool(rng, TILES[0]))
    dout = rng.standard_normal((2, 3, 3, 4))
    first = assert_array(getattr(student, backward)(dout.copy(), mine), "dx").copy()
    cache_of(student, forward, *draw_pool(rng, TILES[0]))
    assert_close(getattr(student, backward)(dout.copy(), mine), first, "dx, the second time,")


def check_pool_forward_speed(student, reference, rng, goal):
    """Other inputs in every call: the maximum of twice as much is twice as much."""
    x, pool_param = draw_pool(rng, (*speed.POOL_SHAPE, *speed.POOL_PARAM.values()))
    desired, _ = reference.max_pool_forward_fast(x, pool_param)

    def call():
        factor = rng.uniform(0.5, 2)
        out, _ = student.max_pool_forward_fast(factor * x, dict(pool_param))
        assert_close(out, factor * desired)
        return last_seconds(student)

    speed.assert_faster(call, "max_pool_forward", goal)


def check_pool_backward_speed(student, reference, rng, goal):
    x, pool_param = draw_pool(rng, (*speed.POOL_SHAPE, *speed.POOL_PARAM.values()))
    out, cache = reference.max_pool_forward_fast(x, pool_param)
    dout = rng.standard_normal(out.shape)
    dx = reference.max_pool_backward_fast(dout, cache)

    def call():
        one, two = rng.uniform(0.5, 2, 2)
        mine = cache_of(student, "max_pool_forward_fast", one * x, dict(pool_param))
        assert_close(student.max_pool_backward_fast(two * dout, mine), two * dx, "dx")
        return last_seconds(student)

    speed.assert_faster(call, "max_pool_backward", goal)


# --- max pooling with loops ---------------------------------------------------------------------------------------

NAIVE = "max_pool_forward_naive", "max_pool_backward_naive"


@pytest.mark.question("max_pool_forward_naive", points=1.5)
def test_max_naive_tiles(student, reference, rng):
    """right output where windows lie side by side"""
    check_pool_forward(student, reference, rng, TILES, NAIVE[0])


@pytest.mark.question("max_pool_forward_naive", points=1)
def test_max_naive_overlapping(student, reference, rng):
    """right output where windows overlap"""
    check_pool_forward(student, reference, rng, OVERLAPPING, NAIVE[0])


@pytest.mark.question("max_pool_forward_naive", points=1)
def test_max_naive_gapped(student, reference, rng):
    """right output where there are gaps between windows"""
    check_pool_forward(student, reference, rng, GAPPED, NAIVE[0])


@pytest.mark.question("max_pool_forward_naive", points=1.5)
def test_max_naive_not_square(student, reference, rng):
    """right output with windows that are not square"""
    check_pool_forward(student, reference, rng, NOT_SQUARE, NAIVE[0])


@pytest.mark.question("max_pool_forward_naive", points=0.5)
def test_max_naive_uneven(student, reference, rng):
    """a stride that does not divide evenly: the size is rounded down"""
    check_pool_forward(student, reference, rng, POOL_UNEVEN, NAIVE[0])


@pytest.mark.question("max_pool_forward_naive", points=0.5, after=["test_max_naive_tiles"])
def test_max_naive_negative(student, reference, rng):
    """right output where every entry is negative"""
    check_pool_forward(student, reference, rng, TILES, NAIVE[0], sign=-1)


@pytest.mark.question("max_pool_forward_naive", points=1, after=["test_max_naive_tiles"])
def test_max_naive_manners(student, rng):
    """inputs left as they were, float64 for float64"""
    check_pool_forward_manners(student, rng, NAIVE[0])


@pytest.mark.question("max_pool_backward_naive", points=1.5)
def test_max_naive_dx_tiles(student, reference, rng):
    """right dx where windows lie side by side"""
    check_pool_backward(student, reference, rng, TILES, *NAIVE)
    check_pool_directions(student, reference, rng, *NAIVE)


@pytest.mark.question("max_pool_backward_naive", points=2)
def test_max_naive_dx_overlapping(student, reference, rng):
    """right dx where windows overlap: gradients add up"""
    check_pool_backward(student, reference, rng, OVERLAPPING, *NAIVE)


@pytest.mark.question("max_pool_backward_naive", points=1)
def test_max_naive_dx_gapped(student, reference, rng):
    """right dx where there are gaps between windows"""
    check_pool_backward(student, reference, rng, GAPPED, *NAIVE)


@pytest.mark.question("max_pool_backward_naive", points=2)
def test_max_naive_dx_not_square(student, reference, rng):
    """right dx with windows that are not square"""
    check_pool_backward(student, reference, rng, NOT_SQUARE, *NAIVE)


@pytest.mark.question("max_pool_backward_naive", points=0.5)
def test_max_naive_dx_uneven(student, reference, rng):
    """dx of the shape of x where the last places are in no window"""
    check_pool_backward(student, reference, rng, POOL_UNEVEN, *NAIVE)


@pytest.mark.question("max_pool_backward_naive", points=0.5, after=["test_max_naive_dx_tiles"])
def test_max_naive_dx_manners(student, rng):
    """dout left as it was, float64 for float64"""
    check_pool_backward_manners(student, rng, *NAIVE)


@pytest.mark.question("max_pool_backward_naive", points=0.5, after=["test_max_naive_dx_tiles"])
def test_max_naive_dx_repeated(student, rng):
    """the same dx from one cache a second time, with another forward in between"""
    check_pool_backward_repeated(student, rng, *NAIVE)


# --- max pooling, fast --------------------------------------------------------------------------------------------

FAST = "max_pool_forward_fast", "max_pool_backward_fast"


@pytest.mark.question("max_pool_forward_fast", points=1)
def test_max_fast_tiles(student, reference, rng):
    """right output where windows lie side by side"""
    check_pool_forward(student, reference, rng, TILES, FAST[0])


@pytest.mark.question("max_pool_forward_fast", points=0.5)
def test_max_fast_overlapping(student, reference, rng):
    """right output where windows overlap"""
    check_pool_forward(student, reference, rng, OVERLAPPING, FAST[0])


@pytest.mark.question("max_pool_forward_fast", points=0.5)
def test_max_fast_gapped(student, reference, rng):
    """right output where there are gaps between windows"""
    check_pool_forward(student, reference, rng, GAPPED, FAST[0])


@pytest.mark.question("max_pool_forward_fast", points=1)
def test_max_fast_not_square(student, reference, rng):
    """right output with windows that are not square"""
    check_pool_forward(student, reference, rng, NOT_SQUARE, FAST[0])


@pytest.mark.question("max_pool_forward_fast", points=0.5)
def test_max_fast_uneven(student, reference, rng):
    """a stride that does not divide evenly: the size is rounded down"""
    check_pool_forward(student, reference, rng, POOL_UNEVEN, FAST[0])


@pytest.mark.question("max_pool_forward_fast", points=0.5, after=["test_max_fast_tiles"])
def test_max_fast_negative(student, reference, rng):
    """right output where every entry is negative"""
    check_pool_forward(student, reference, rng, TILES, FAST[0], sign=-1)


@pytest.mark.question("max_pool_forward_fast", points=0.5, after=["test_max_fast_tiles"])
def test_max_fast_manners(student, rng):
    """inputs left as they were, float64 for float64"""
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


@pytest.mark.question("max_pool_backward_fast", points=1)
def test_max_fast_dx_tiles(student, reference, rng):
    """right dx where windows lie side by side"""
    check_pool_backward(student, reference, rng, TILES, *FAST)
    check_pool_directions(student, reference, rng, *FAST)


@pytest.mark.question("max_pool_backward_fast", points=1.5)
def test_max_fast_dx_overlapping(student, reference, rng):
    """right dx where windows overlap: gradients add up"""
    check_pool_backward(student, reference, rng, OVERLAPPING, *FAST)


@pytest.mark.question("max_pool_backward_fast", points=1)
def test_max_fast_dx_gapped(student, reference, rng):
    """right dx where there are gaps between windows"""
    check_pool_backward(student, reference, rng, GAPPED, *FAST)


@pytest.mark.question("max_pool_backward_fast", points=1.5)
def test_max_fast_dx_not_square(student, reference, rng):
    """right dx with windows that are not square"""
    check_pool_backward(student, reference, rng, NOT_SQUARE, *FAST)


@pytest.mark.question("max_pool_backward_fast", points=0.5)
def test_max_fast_dx_uneven(student, reference, rng):
    """dx of the shape of x where the last places are in no window"""
    check_pool_backward(student, reference, rng, POOL_UNEVEN, *FAST)


@pytest.mark.question("max_pool_backward_fast", points=0.5, after=["test_max_fast_dx_tiles"])
def test_max_fast_dx_manners(student, rng):
    """dout left as it was, float64 for float64"""
    check_pool_backward_manners(student, rng, *FAST)


@pytest.mark.question("max_pool_backward_fast", points=0.5, after=["test_max_fast_dx_tiles"])
def test_max_fast_dx_repeated(student, rng):
    """the same dx from one cache a second time, with another forward in between"""
    check_pool_backward_repeated(student, rng, *FAST)


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


# --- average pooling ----------------------------------------------------------------------------------------------

AVG = "avg_pool_forward", "avg_pool_backward"


@pytest.mark.question("avg_pool_forward", points=1)
def test_avg_tiles(student, reference, rng):
    """right output where windows lie side by side"""
    check_pool_forward(student, reference, rng, TILES, AVG[0])


@pytest.mark.question("avg_pool_forward", points=1)
def test_avg_overlapping(student, reference, rng):
    """right output where windows overlap"""
    check_pool_forward(student, reference, rng, OVERLAPPING, AVG[0])


@pytest.mark.question("avg_pool_forward", points=0.5)
def test_avg_gapped(student, reference, rng):
    """right output where there are gaps between windows"""
    check_pool_forward(student, reference, rng, GAPPED, AVG[0])


@pytest.mark.question("avg_pool_forward", points=1.5)
def test_avg_not_square(student, reference, rng):
    """right output with windows that are not square"""
    check_pool_forward(student, reference, rng, NOT_SQUARE, AVG[0])


@pytest.mark.question("avg_pool_forward", points=0.5)
def test_avg_uneven(student, reference, rng):
    """a stride that does not divide evenly: the size is rounded down"""
    check_pool_forward(student, reference, rng, POOL_UNEVEN, AVG[0])


@pytest.mark.question("avg_pool_forward", points=0.5, after=["test_avg_tiles"])
def test_avg_manners(student, rng):
    """inputs left as they were, float64 for float64"""
    check_pool_forward_manners(student, rng, AVG[0])


@pytest.mark.question("avg_pool_backward", points=1)
def test_avg_dx_tiles(student, reference, rng):
    """right dx where windows lie side by side"""
    check_pool_backward(student, reference, rng, TILES, *AVG)
    check_pool_directions(student, reference, rng, *AVG)


@pytest.mark.question("avg_pool_backward", points=1.5)
def test_avg_dx_overlapping(student, reference, rng):
    """right dx where windows overlap: gradients add up"""
    check_pool_backward(student, reference, rng, OVERLAPPING, *AVG)


@pytest.mark.question("avg_pool_backward", points=0.5)
def test_avg_dx_gapped(student, reference, rng):
    """right dx where there are gaps between windows"""
    check_pool_backward(student, reference, rng, GAPPED, *AVG)


@pytest.mark.question("avg_pool_backward", points=1.5)
def test_avg_dx_not_square(student, reference, rng):
    """right dx with windows that are not square"""
    check_pool_backward(student, reference, rng, NOT_SQUARE, *AVG)


@pytest.mark.question("avg_pool_backward", points=0.5)
def test_avg_dx_uneven(student, reference, rng):
    """dx of the shape of x where the last places are in no window"""
    check_pool_backward(student, reference, rng, POOL_UNEVEN, *AVG)


@pytest.mark.question("avg_pool_backward", points=0.5, after=["test_avg_dx_tiles"])
def test_avg_dx_manners(student, rng):
    """dout left as it was, float64 for float64"""
    check_pool_backward_manners(student, rng, *AVG)


@pytest.mark.question("avg_pool_backward", points=0.5, after=["test_avg_dx_tiles"])
def test_avg_dx_repeated(student, rng):
    """the same dx from one cache a second time, with another forward in between"""
    check_pool_backward_repeated(student, rng, *AVG)
