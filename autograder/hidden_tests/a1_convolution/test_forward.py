"""The convolution layer, forward."""

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
    check_inputs,
    copies,
    draw,
    either,
    out_of,
    padded,
)
from cnnlab.checking.compare import assert_close, assert_dtype
from cnnlab.checking.outcomes import CheckFailed, NoCache, StudentError

# everything at once
UNPADDED = (3, 2, 6, 4, 5, 1, 3, 1, 0)
PADDED = (1, 4, 5, 3, 2, 2, 3, 1, 2)

LARGE = (1, 2, 130, 131, 2, 2, 3, 64, 0)  # more entries than a 16-bit number counts


def unless_raised(ask):
    """`ask(pad)` must pass with pad 1, or without padding where that raises."""
    try:
        ask(1)
    except (StudentError, NoCache):
        ask(0)


def check_forward(student, reference, rng, cases, bias=0.0, scale=1.0):
    for case in cases:
        x, w, b, conv_param = draw(rng, case)
        x, b = x * scale, b * bias
        desired, _ = reference.conv_forward_naive(x, w, b, conv_param)
        assert_close(out_of(student, "conv_forward_naive", (x, w, b, conv_param)), desired)


@pytest.mark.question("conv_forward_naive", points=4)
def test_forward_plain(student, reference, rng):
    """right output for square images and filters, as many filters as channels, stride 1, biases 0"""
    either(lambda pad: check_forward(student, reference, rng, padded(SQUARE, pad)))


@pytest.mark.question("conv_forward_naive", points=1)
def test_forward_bias(student, reference, rng):
    """each filter's bias added once"""
    either(lambda pad: check_forward(student, reference, rng, padded(SQUARE[:1], pad), bias=1.0))


@pytest.mark.question("conv_forward_naive", points=1)
def test_forward_channels(student, reference, rng):
    """right output for any number of channels and filters"""
    either(lambda pad: check_forward(student, reference, rng, padded(CHANNELS, pad)))


@pytest.mark.question("conv_forward_naive", points=2)
def test_forward_shapes(student, reference, rng):
    """rows and columns: right output for images and filters that are not square"""
    either(lambda pad: check_forward(student, reference, rng, padded(SHAPES, pad)))


@pytest.mark.question("conv_forward_naive", points=2)
def test_forward_padding(student, reference, rng):
    """right output without padding, and with padding 1, 2 and 3"""
    check_forward(student, reference, rng, [*PADS, SQUARE[1]])


@pytest.mark.question("conv_forward_naive", points=2)
def test_forward_stride(student, reference, rng):
    """right output with stride 2 and 3"""
    either(lambda pad: check_forward(student, reference, rng, padded(STRIDES, pad)))


@pytest.mark.question("conv_forward_naive", points=1)
def test_forward_uneven(student, reference, rng):
    """a stride that does not divide evenly: the size is rounded down, the last places are not seen"""
    either(lambda pad: check_forward(student, reference, rng, padded(ROUNDED, pad)))


@pytest.mark.question("conv_forward_naive", points=1)
def test_forward_together(student, reference, rng):
    """right output with everything at once: not square, padding, stride, large images, large and small numbers"""
    check_forward(student, reference, rng, [STRIDED[1], *PADDED_STRIDED[1:], LARGE], bias=1.0)
    for case, scale in ((UNPADDED, 1e6), (PADDED, 1e-6)):
        check_forward(student, reference, rng, [case], scale, scale)


@pytest.mark.question("conv_forward_naive", points=1, after=["test_forward_plain"])
def test_forward_inputs(student, rng):
    """x, w, b and conv_param left as they were"""
    drawn = [draw(rng, case) for pad in (0, 1) for case in padded(SQUARE[1:], pad)]
    check_inputs(lambda *inputs: out_of(student, "conv_forward_naive", inputs), drawn)


@pytest.mark.question("conv_forward_naive", points=0.5, after=["test_forward_plain"])
def test_forward_repeated(student, rng):
    """float64 for float64, and the same output a second time"""

    def ask(pad):
        inputs, others = (draw(rng, case) for case in padded(SQUARE, pad))
        first = out_of(student, "conv_forward_naive", copies(inputs))
        out_of(student, "conv_forward_naive", others)
        second = out_of(student, "conv_forward_naive", copies(inputs))
        assert_dtype(first, np.float64, "out")
        assert_close(second, first, "out, the second time,")

    unless_raised(ask)


@pytest.mark.question("conv_forward_naive", points=0.5, after=["test_forward_plain"])
def test_forward_cache(student, rng):
    """two results: out, and a cache for the backward pass"""

    def ask(pad):
        _, cache = student.conv_forward_naive(*draw(rng, *padded(SQUARE[:1], pad)))
        if cache is None or getattr(cache, "type_name", "") == "NoneType":
            raise CheckFailed("None as the cache", "whatever conv_backward_naive needs")

    unless_raised(ask)
