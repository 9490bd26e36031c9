"""Max pooling with loops."""

import pytest

from autograder.hidden_tests import pooling
from autograder.hidden_tests.a2_fast_layers import cases
from autograder.hidden_tests.a2_fast_layers.cases import check_pool_backward, check_pool_backward_signs
from autograder.hidden_tests.gradients import check_backward_manners, check_backward_repeated
from autograder.hidden_tests.pooling import check_pool_forward, check_pool_forward_manners, draw_pool, draw_signs, drawn

student = cases.student  # NumPy alone

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
