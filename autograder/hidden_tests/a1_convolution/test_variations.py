"""Dilated, 1x1, 1d and 3d convolutions."""

from functools import partial

import numpy as np
import pytest

from autograder.hidden_tests.a1_convolution.cases import SQUARE, check_inputs, draw, either, out_of, padded
from autograder.hidden_tests.rules import find_loops
from cnnlab.checking.compare import assert_close, assert_dtype
from cnnlab.checking.outcomes import CheckFailed


def check_manners(function, drawn):
    """Inputs unchanged, float64 for float64."""
    assert_dtype(check_inputs(function, drawn), np.float64, "out")


def check_dilated(student, reference, rng, cases, dilations, bias=0.0):
    """None: conv_param has no dilation."""
    for case in cases:
        for dilation in dilations:
            x, w, b, conv_param = draw(rng, case)
            b = b * bias
            conv_param |= {} if dilation is None else {"dilation": dilation}
            desired, _ = reference.dilated_conv_forward(x, w, b, conv_param)
            assert_close(out_of(student, "dilated_conv_forward", (x, w, b, conv_param)), desired)


SQUARE_DILATED = [(2, 3, 7, 7, 3, 3, 3, 1, 1)]


@pytest.mark.question("dilated_conv_forward", points=3)
def test_dilated_plain(student, reference, rng):
    """right output with dilation 2 and 3: square images and filters, as many filters as channels, biases 0"""
    either(lambda pad: check_dilated(student, reference, rng, padded(SQUARE_DILATED, pad), (2, 3)))


@pytest.mark.question("dilated_conv_forward", points=0.5)
def test_dilated_bias(student, reference, rng):
    """each filter's bias added once"""
    either(lambda pad: check_dilated(student, reference, rng, padded(SQUARE_DILATED, pad), (2,), 1.0))


@pytest.mark.question("dilated_conv_forward", points=1)
def test_dilated_shapes(student, reference, rng):
    """right output where channels and filters, rows and columns differ"""
    cases = [(2, 3, 7, 6, 4, 3, 2, 1, 1), (1, 1, 4, 6, 2, 1, 3, 1, 1), (1, 2, 6, 6, 2, 3, 2, 1, 1)]
    cases += [(3, 2, 5, 6, 2, 3, 3, 1, 1)]
    either(lambda pad: check_dilated(student, reference, rng, padded(cases, pad), (2,)))


@pytest.mark.question("dilated_conv_forward", points=1)
def test_dilated_padding(student, reference, rng):
    """right output with dilation, without padding and with padding 1, 2 and 3"""
    check_dilated(student, reference, rng, [(1, 2, 5, 5, 2, 3, 3, 1, pad) for pad in (0, 1, 2, 3)], (2,))


@pytest.mark.question("dilated_conv_forward", points=1)
def test_dilated_stride(student, reference, rng):
    """right output with dilation and stride 2 and 3"""

    def ask(pad):
        check_dilated(student, reference, rng, [(1, 2, 7, 7, 2, 3, 3, 2, pad)], (2, 3))
        check_dilated(student, reference, rng, [(1, 2, 9, 9, 2, 3, 3, 3, pad)], (2,))

    either(ask)


@pytest.mark.question("dilated_conv_forward", points=0.5)
def test_dilated_together(student, reference, rng):
    """right output with everything at once, the size rounded down"""
    check_dilated(student, reference, rng, [(1, 3, 7, 6, 4, 3, 2, 1, 2), (2, 3, 7, 6, 2, 3, 2, 2, 1)], (2,), 1.0)
    check_dilated(student, reference, rng, [(1, 2, 8, 9, 3, 2, 3, 3, 2), (2, 2, 9, 9, 2, 2, 2, 3, 0)], (3,), 1.0)


@pytest.mark.question("dilated_conv_forward", points=0.5)
def test_dilated_default(student, reference, rng):
    """an ordinary convolution with dilation 1, given or missing"""
    either(lambda pad: check_dilated(student, reference, rng, padded(SQUARE[1:], pad), (1, None)))


@pytest.mark.question("dilated_conv_forward", points=0.5, after=["test_dilated_plain"])
def test_dilated_manners(student, rng):
    """two results, inputs left as they were, float64 for float64"""
    drawn = [draw(rng, case) for pad in (0, 1) for case in padded(SQUARE_DILATED, pad)]
    drawn = [(x, w, b, conv_param | {"dilation": 2}) for x, w, b, conv_param in drawn]
    check_manners(lambda *inputs: student.dilated_conv_forward(*inputs)[0], drawn)


def draw_pointwise(rng, n, c, h, w, f):
    return [rng.standard_normal(shape) for shape in ((n, c, h, w), (f, c), (f,))]


def check_conv1x1(student, reference, rng, cases, bias=0.0):
    for case in cases:
        x, w, b = draw_pointwise(rng, *case)
        b = b * bias
        desired = reference.conv1x1_forward(x, w, b)
        assert_close(student.conv1x1_forward(x, w, b), desired)


CUBES = [(2, 3, 3, 3, 3), (1, 4, 4, 4, 4)]  # as many channels as rows: a bias along a wrong axis has its own test


@pytest.mark.question("conv1x1_forward", points=2)
def test_conv1x1_plain(student, reference, rng):
    """right output for square images, as many filters as channels, biases 0"""
    check_conv1x1(student, reference, rng, CUBES)


@pytest.mark.question("conv1x1_forward", points=0.5)
def test_conv1x1_bias(student, reference, rng):
    """each filter's bias added once"""
    check_conv1x1(student, reference, rng, [CUBES[0], (2, 3, 5, 5, 6)], 1.0)


@pytest.mark.question("conv1x1_forward", points=0.5)
def test_conv1x1_shapes(student, reference, rng):
    """right output where all sizes differ, and where some are 1"""
    cases = [(2, 3, 4, 5, 6), (3, 5, 6, 2, 4), (1, 2, 1, 3, 1), (4, 1, 3, 2, 5), (2, 2, 1, 1, 3), (1, 1, 190, 180, 1)]
    check_conv1x1(student, reference, rng, cases)


@pytest.mark.question("conv1x1_forward", points=2, after=["test_conv1x1_plain"])
def test_conv1x1_no_loops(student):
    """no for, while, comprehension, map or np.vectorize, here or in what it calls"""
    found = find_loops(student.trees("conv1x1_forward"), "conv1x1_forward")
    if found:
        raise CheckFailed(f"code with {found}", "einsum, matmul or broadcasting in its place")


@pytest.mark.question("conv1x1_forward", points=1, after=["test_conv1x1_plain"])
def test_conv1x1_manners(student, rng):
    """inputs left as they were, float64 for float64"""
    check_manners(student.conv1x1_forward, [draw_pointwise(rng, *CUBES[0])])


def draw_any(rng, n, c, sides, f, taps, stride, pad):
    """Inputs of a convolution along any number of axes."""
    x, w, b = (rng.standard_normal(shape) for shape in ((n, c, *sides), (f, c, *taps), (f,)))
    return x, w, b, {"stride": stride, "pad": pad}


PLAIN_1D = [(2, 2, (6,), 2, (3,), 1, 1)]
PLAIN_3D = [(2, 2, (4, 4, 4), 2, (3, 3, 3), 1, 1)]


def check_along_axes(student, reference, rng_of, name, cases, bias=0.0):
    """conv1d_forward or conv3d_forward; what the plain case gave also counts among others."""
    for case in cases:
        x, w, b, conv_param = draw_any(rng_of(case), *case)
        b = b * bias
        desired = getattr(reference, name)(x, w, b, conv_param)
        out = student.once((name, case, bias), partial(getattr(student, name), x, w, b, conv_param))
        assert_close(out, desired)


@pytest.mark.question("conv1d_forward", points=1.5)
def test_conv1d_plain(student, reference, rng_of):
    """right output with stride 1, as many filters as channels, biases 0"""
    either(lambda pad: check_along_axes(student, reference, rng_of, "conv1d_forward", padded(PLAIN_1D, pad)))


@pytest.mark.question("conv1d_forward", points=0.5)
def test_conv1d_bias(student, reference, rng_of):
    """each filter's bias added once"""
    either(lambda pad: check_along_axes(student, reference, rng_of, "conv1d_forward", padded(PLAIN_1D, pad), 1.0))


@pytest.mark.question("conv1d_forward", points=0.5)
def test_conv1d_channels(student, reference, rng_of):
    """right output for any number of channels and filters"""
    cases = [(2, 3, (7,), 4, (3,), 1, 1), (3, 2, (5,), 1, (3,), 1, 1), (1, 1, (6,), 2, (3,), 1, 1)]
    either(lambda pad: check_along_axes(student, reference, rng_of, "conv1d_forward", padded(cases, pad)))


@pytest.mark.question("conv1d_forward", points=1)
def test_conv1d_padding(student, reference, rng_of):
    """right output without padding, and with padding 1, 2 and 3"""
    cases = [(2, 2, (6,), 2, (3,), 1, 0), (1, 2, (4,), 2, (4,), 1, 0), (1, 2, (4,), 2, (3,), 1, 2)]
    check_along_axes(student, reference, rng_of, "conv1d_forward", [*cases, (2, 3, (3,), 3, (5,), 1, 3), *PLAIN_1D])


@pytest.mark.question("conv1d_forward", points=0.5)
def test_conv1d_stride(student, reference, rng_of):
    """right output with stride 2 and 3"""
    cases = [(2, 2, (9,), 2, (3,), 2, 1), (1, 2, (9,), 2, (2,), 3, 1), (1, 2, (7,), 2, (3,), 3, 1)]
    either(lambda pad: check_along_axes(student, reference, rng_of, "conv1d_forward", padded(cases, pad)))


@pytest.mark.question("conv1d_forward", points=0.5)
def test_conv1d_together(student, reference, rng_of):
    """right output with everything at once, the size rounded down"""
    cases = [(2, 3, (10,), 4, (3,), 2, 0), (1, 2, (8,), 3, (4,), 3, 2), (1, 1, (40_000,), 2, (2,), 9_999, 1)]
    check_along_axes(student, reference, rng_of, "conv1d_forward", cases, 1.0)


@pytest.mark.question("conv1d_forward", points=0.5, after=["test_conv1d_plain"])
def test_conv1d_manners(student, rng):
    """inputs left as they were, float64 for float64"""
    drawn = [draw_any(rng, *case) for pad in (0, 1) for case in padded(PLAIN_1D, pad)]
    check_manners(student.conv1d_forward, drawn)


@pytest.mark.question("conv3d_forward", points=2.5)
def test_conv3d_plain(student, reference, rng_of):
    """right output for cubes, as many filters as channels, stride 1, biases 0"""
    either(lambda pad: check_along_axes(student, reference, rng_of, "conv3d_forward", padded(PLAIN_3D, pad)))


@pytest.mark.question("conv3d_forward", points=0.5)
def test_conv3d_bias(student, reference, rng_of):
    """each filter's bias added once"""
    either(lambda pad: check_along_axes(student, reference, rng_of, "conv3d_forward", padded(PLAIN_3D, pad), 1.0))


@pytest.mark.question("conv3d_forward", points=1)
def test_conv3d_shapes(student, reference, rng_of):
    """right output where channels and filters, depth, rows and columns differ"""
    cases = [(2, 2, (5, 4, 3), 3, (2, 3, 1), 1, 1), (1, 3, (3, 4, 6), 2, (3, 1, 2), 1, 1)]
    either(
        lambda pad: check_along_axes(
            student, reference, rng_of, "conv3d_forward", padded([*cases, (2, 1, (3, 5, 4), 1, (3, 3, 3), 1, 1)], pad)
        )
    )


@pytest.mark.question("conv3d_forward", points=1)
def test_conv3d_padding(student, reference, rng_of):
    """right output on cubes without padding, and with padding 1 and 2 on every axis"""
    cases = [(1, 2, (3, 3, 3), 2, (3, 3, 3), 1, 0), (1, 2, (3, 3, 3), 2, (2, 2, 2), 1, 2), *PLAIN_3D]
    cases.append((1, 1, (2, 2, 2), 1, (3, 3, 3), 1, 2))
    check_along_axes(student, reference, rng_of, "conv3d_forward", cases)


@pytest.mark.question("conv3d_forward", points=1)
def test_conv3d_stride(student, reference, rng_of):
    """right output on cubes with stride 2 and 3 on every axis"""
    cases = [(1, 2, (5, 5, 5), 2, (3, 3, 3), 2, 1), (1, 2, (6, 6, 6), 2, (2, 2, 2), 3, 1)]
    cases.append((1, 1, (8, 8, 8), 1, (2, 2, 2), 2, 1))
    either(lambda pad: check_along_axes(student, reference, rng_of, "conv3d_forward", padded(cases, pad)))


@pytest.mark.question("conv3d_forward", points=0.5)
def test_conv3d_together(student, reference, rng_of):
    """right output with everything at once, the sizes rounded down"""
    cases = [(1, 3, (6, 4, 8), 2, (3, 2, 2), 3, 0), (1, 2, (4, 3, 5), 3, (2, 3, 1), 2, 1)]
    cases.append((1, 2, (3, 4, 2), 2, (1, 2, 2), 1, 0))
    check_along_axes(student, reference, rng_of, "conv3d_forward", [*cases, (2, 1, (2, 1, 3), 2, (3, 4, 2), 2, 2)], 1.0)


@pytest.mark.question("conv3d_forward", points=0.5, after=["test_conv3d_plain"])
def test_conv3d_manners(student, rng):
    """inputs left as they were, float64 for float64"""
    drawn = [draw_any(rng, *case) for pad in (0, 1) for case in padded(PLAIN_3D, pad)]
    check_manners(student.conv3d_forward, drawn)
