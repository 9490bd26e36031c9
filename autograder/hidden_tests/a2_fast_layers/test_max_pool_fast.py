"""Max pooling without loops."""

import pytest

from autograder.hidden_tests import pooling, speed
from autograder.hidden_tests.a2_fast_layers import cases
from autograder.hidden_tests.a2_fast_layers.cases import check_pool_backward, check_pool_backward_signs, last_seconds
from autograder.hidden_tests.gradients import check_backward_manners, check_backward_repeated
from autograder.hidden_tests.pooling import check_pool_forward, check_pool_forward_manners, draw_pool, draw_signs, drawn
from autograder.hidden_tests.rules import assert_gradient, cache_of
from cnnlab.checking.compare import assert_close

student = cases.student  # NumPy alone


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
