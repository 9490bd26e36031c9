"""Average pooling."""

import pytest

from autograder.hidden_tests import pooling
from autograder.hidden_tests.a2_fast_layers import cases
from autograder.hidden_tests.a2_fast_layers.cases import check_pool_backward, check_pool_backward_signs
from autograder.hidden_tests.gradients import check_backward_manners, check_backward_repeated
from autograder.hidden_tests.pooling import check_pool_forward, check_pool_forward_manners, draw_pool, draw_signs, drawn

student = cases.student  # NumPy alone

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
