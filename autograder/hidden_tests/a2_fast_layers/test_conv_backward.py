"""The fast convolution, backward."""

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
from autograder.hidden_tests.gradients import (
    Backward,
    assert_mostly_right,
    check_backward_manners,
    check_backward_repeated,
)
from autograder.hidden_tests.rules import cache_of

student = cases.student  # NumPy alone

CONV = "conv_forward_fast", "conv_backward_fast"


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
