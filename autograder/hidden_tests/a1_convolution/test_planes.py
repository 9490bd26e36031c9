"""One plane: cross-correlation and convolution."""

import numpy as np
import pytest

from cnnlab.checking.compare import assert_close, assert_dtype, assert_unchanged

HAND_X = np.array([[0.0, 80, 40], [20, 40, 0], [0, 0, 40]])
HAND_K = np.array([[0, 0.25], [0.5, 1]])
SQUARE_PLANES = [((5, 5), (3, 3)), ((3, 3), (1, 1))]
LARGE_PLANES, SMALL_PLANES = [((6, 6), (2, 2))], [((4, 4), (4, 4))]  # in numbers, not in size
PLANES = [((5, 4), (5, 4)), ((3, 5), (1, 3)), ((7, 6), (4, 1)), ((4, 5), (4, 2)), ((5, 5), (2, 3)), ((4, 6), (3, 3))]


def check_planes(function, expected, rng, shapes, scale=1.0):
    for x_shape, k_shape in shapes:
        x, k = rng.standard_normal(x_shape) * scale, rng.standard_normal(k_shape)
        desired = expected(x, k)
        assert_close(function(x, k), desired, "y")


def check_plane_manners(function, rng):
    """Inputs unchanged, float64 for float64."""
    x, k = rng.standard_normal((5, 5)), rng.standard_normal((3, 3))
    before = x.copy(), k.copy()
    assert_dtype(function(x, k), x.dtype, "y")
    assert_unchanged(x, before[0], "x")
    assert_unchanged(k, before[1], "k")


@pytest.mark.question("cross_correlate2d", points=1)
def test_correlate_by_hand(student):
    """the example of the lecture"""
    assert_close(student.cross_correlate2d(HAND_X.copy(), HAND_K.copy()), [[70.0, 30], [10, 40]], "y")


@pytest.mark.question("cross_correlate2d", points=1)
def test_correlate_square(student, reference, rng):
    """right for square planes and filters, small numbers and large ones"""
    for shapes, scale in ((SQUARE_PLANES, 1), (LARGE_PLANES, 1e6), (SMALL_PLANES, 1e-6)):
        check_planes(student.cross_correlate2d, reference.cross_correlate2d, rng, shapes, scale)


@pytest.mark.question("cross_correlate2d", points=1)
def test_correlate_shapes(student, reference, rng):
    """right for planes and filters that are not square"""
    check_planes(student.cross_correlate2d, reference.cross_correlate2d, rng, PLANES)


@pytest.mark.question("cross_correlate2d", points=1, after=["test_correlate_square"])
def test_correlate_manners(student, rng):
    """x and k left as they were, float64 for float64"""
    check_plane_manners(student.cross_correlate2d, rng)


@pytest.mark.question("convolve2d", points=1)
def test_convolve_by_hand(student):
    """the example of the lecture"""
    assert_close(student.convolve2d(HAND_X.copy(), HAND_K.copy()), [[45.0, 110], [40, 40]], "y")


@pytest.mark.question("convolve2d", points=1)
def test_convolve_square(student, reference, rng):
    """right for square planes and filters, small numbers and large ones"""
    for shapes, scale in ((SQUARE_PLANES, 1), (LARGE_PLANES, 1e6), (SMALL_PLANES, 1e-6)):
        check_planes(student.convolve2d, reference.convolve2d, rng, shapes, scale)


@pytest.mark.question("convolve2d", points=1)
def test_convolve_shapes(student, reference, rng):
    """right for planes and filters that are not square"""
    check_planes(student.convolve2d, reference.convolve2d, rng, PLANES)


@pytest.mark.question("convolve2d", points=1, after=["test_convolve_square"])
def test_convolve_manners(student, rng):
    """x and k left as they were, float64 for float64"""
    check_plane_manners(student.convolve2d, rng)
