"""The convolution layer, backward."""

import numpy as np
import pytest

from autograder.hidden_tests.a1_convolution.cases import (
    CHANNELS,
    PADDED_STRIDED,
    PADS,
    ROUNDED,
    SHAPES,
    SQUARE,
    STRIDED,
    STRIDES,
    copies,
    draw,
    either,
    padded,
)
from autograder.hidden_tests.gradients import Backward, by_name
from autograder.hidden_tests.rules import assert_gradient, cache_of
from cnnlab.checking.compare import assert_array, assert_close, assert_dtype, assert_unchanged
from cnnlab.checking.outcomes import CheckFailed, NotChecked, StudentError

UNEVEN = (1, 2, 8, 5, 3, 3, 2, 3, 1)

LAYER = "conv_forward_naive", "conv_backward_naive"


def check_backward(student, reference, rng_of, cases, names, more=(), **options):
    """Some gradients against the reference's, from the student's own cache; see `Backward.check`."""
    Backward(student, reference, rng_of, LAYER, draw).check(cases, names, lenient=more, **options)


def check_plain_gradient(student, reference, rng_of, name):
    """On square images and filters, stride 1."""
    either(lambda pad: check_backward(student, reference, rng_of, padded(SQUARE, pad), [name], directions=True))


@pytest.mark.question("conv_backward_naive", points=2)
def test_backward_db(student, reference, rng_of):
    """right db: the sum of dout over images, rows and columns"""
    more = [CHANNELS[0], SHAPES[0], STRIDES[1]]
    either(lambda pad: check_backward(student, reference, rng_of, padded(SQUARE, pad), ["db"], padded(more, pad)))


@pytest.mark.question("conv_backward_naive", points=3)
def test_backward_dw(student, reference, rng_of):
    """right dw for square images and filters, as many filters as channels, stride 1"""
    check_plain_gradient(student, reference, rng_of, "dw")


@pytest.mark.question("conv_backward_naive", points=1.5)
def test_backward_dw_shapes(student, reference, rng_of):
    """right dw where channels and filters, rows and columns differ"""
    either(lambda pad: check_backward(student, reference, rng_of, padded([*CHANNELS, *SHAPES], pad), ["dw"]))


@pytest.mark.question("conv_backward_naive", points=1)
def test_backward_dw_padding(student, reference, rng_of):
    """right dw without padding, and with padding 1, 2 and 3"""
    check_backward(student, reference, rng_of, [SQUARE[1], *PADS[2:]], ["dw"], more=PADS[:2])


@pytest.mark.question("conv_backward_naive", points=1.5)
def test_backward_dw_stride(student, reference, rng_of):
    """right dw with stride 2 and 3"""
    either(lambda pad: check_backward(student, reference, rng_of, padded(STRIDES, pad), ["dw"]))


@pytest.mark.question("conv_backward_naive", points=3)
def test_backward_dx(student, reference, rng_of):
    """right dx for square images and filters, as many filters as channels, stride 1"""
    check_plain_gradient(student, reference, rng_of, "dx")


@pytest.mark.question("conv_backward_naive", points=1.5)
def test_backward_dx_shapes(student, reference, rng_of):
    """right dx where channels and filters, rows and columns differ"""
    either(lambda pad: check_backward(student, reference, rng_of, padded([*CHANNELS, *SHAPES], pad), ["dx"]))


@pytest.mark.question("conv_backward_naive", points=2)
def test_backward_dx_padding(student, reference, rng_of):
    """right dx without padding, and with padding 1, 2 and 3"""
    check_backward(student, reference, rng_of, [*PADS, SQUARE[1]], ["dx"])


@pytest.mark.question("conv_backward_naive", points=1.5)
def test_backward_dx_stride(student, reference, rng_of):
    """right dx with stride 2 and 3"""
    either(lambda pad: check_backward(student, reference, rng_of, padded(STRIDES, pad), ["dx"]))


@pytest.mark.question("conv_backward_naive", points=1)
def test_backward_together(student, reference, rng_of):
    """right dw and dx with everything at once: not square, strides, also those that do not divide evenly"""
    cases = [STRIDED[1], UNEVEN, PADDED_STRIDED[0], *ROUNDED]
    either(lambda pad: check_backward(student, reference, rng_of, padded(cases, pad), ["dw", "dx"]))
    either(lambda pad: check_backward(student, reference, rng_of, padded(SQUARE[1:], pad), ["dw"], more=STRIDED[:1]))


def right_gradients(student, reference, rng):
    """A case, its dout as the backward pass left it and as it was, the student's cache, and those gradients that are
    right, by name.

    Raises:
        NotChecked: neither dx nor dw is; db alone is little.
    """

    def found(pad):
        (case,) = padded(SQUARE[:1], pad)
        inputs = draw(rng, case)
        out, cache = reference.conv_forward_naive(*inputs)
        dout = rng.standard_normal(out.shape)
        before, desired = dout.copy(), by_name(LAYER[1], reference.conv_backward_naive(dout, cache))
        mine = cache_of(student, LAYER[0], *copies(inputs))
        gradients, right = by_name(LAYER[1], student.conv_backward_naive(dout, mine)), {}
        for name, value in gradients.items():
            try:
                assert_gradient(student, reference, LAYER[0], inputs, before, value, desired[name], name)
            except CheckFailed as failure:
                if not failure.precision:
                    continue
            right[name] = value
        if not right.keys() & {"dx", "dw"}:
            raise NotChecked("not checked: neither dx nor dw is right yet")
        return case, dout, before, mine, right

    try:
        return found(1)
    except (StudentError, NotChecked):
        return found(0)


@pytest.mark.question("conv_backward_naive", points=1)
def test_backward_manners(student, reference, rng):
    """dout left as it was, float64 for float64"""
    _, dout, before, _, right = right_gradients(student, reference, rng)
    for name, gradient in right.items():
        assert_dtype(gradient, np.float64, name)
    assert_unchanged(dout, before, "dout")


@pytest.mark.question("conv_backward_naive", points=1)
def test_backward_repeated(student, reference, rng):
    """the same gradients from one cache a second time, with another forward in between"""
    case, _, dout, mine, right = right_gradients(student, reference, rng)
    cache_of(student, LAYER[0], *draw(rng, case))
    for name, again in by_name(LAYER[1], student.conv_backward_naive(dout, mine)).items():
        if name in right:
            assert_close(again, assert_array(right[name], name), f"{name}, the second time,")
