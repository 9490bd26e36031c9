"""Images scaled by the training images."""

import numpy as np
import pytest

from cnnlab.checking.compare import assert_close, assert_dtype, assert_shape, assert_unchanged
from cnnlab.checking.outcomes import CheckFailed


def draw_images(rng, channels=3, counts=(7, 4, 1), size=(5, 4)):
    """Training images and other sets; each channel with its own mean and spread, each set with its own, too.

    The numbers are large, so that a small constant added to the standard deviation costs nobody anything.
    """
    mean, spread = np.array([3e5, -2e5, 5e4]).reshape(3, 1, 1), np.array([5e4, 4e5, 1.5e5]).reshape(3, 1, 1)
    mean, spread = mean[:channels], spread[:channels]
    sets = [rng.standard_normal((n, channels, *size)) * spread + mean for n in counts]
    return [images * factor + shift for images, factor, shift in zip(sets, (1, 1.5, 0.5), (0, 2e5, -1e5))]


def assert_arrays(arrays, count):
    if not isinstance(arrays, (tuple, list)) or len(arrays) != count:
        what = f"{len(arrays)} arrays" if isinstance(arrays, (tuple, list)) else "one array, not a tuple"
        raise CheckFailed(what, f"a tuple of {count}: train first, then the others")


def assert_scaled(array, shape):
    """Something was done to the images: each channel has a mean of zero, or a spread of one."""
    assert_shape(array, shape, "train")
    mean, spread = array.mean(axis=(0, 2, 3)), array.std(axis=(0, 2, 3))
    if not (np.abs(mean) <= 0.01 * spread).all() and not (np.abs(spread - 1) <= 0.1).all():
        raise CheckFailed("train, not standardized", "zero mean and unit standard deviation in each channel")


@pytest.mark.question("standardize", points=1)
def test_standardize_train(student, reference, rng):
    """the training images, each channel with its own mean and standard deviation"""
    for sets in (draw_images(rng), draw_images(rng, 1, (3, 5), (4, 4)), draw_images(rng, 2, (1,), (4, 5))):
        desired = reference.standardize(*sets)
        arrays = student.standardize(*sets)
        assert_arrays([arrays] if len(sets) == 1 and isinstance(arrays, np.ndarray) else arrays, len(sets))
        assert_close(arrays if isinstance(arrays, np.ndarray) else arrays[0], desired[0], "train")


def as_train(train, scaled, images):
    """Images changed as the training images were, channel by channel: by a factor and a shift."""
    low, high = (reduce(train, axis=(0, 2, 3), keepdims=True) for reduce in (np.min, np.max))
    new_low, new_high = (reduce(scaled, axis=(0, 2, 3), keepdims=True) for reduce in (np.min, np.max))
    return (images - low) * (new_high - new_low) / (high - low) + new_low


@pytest.mark.question("standardize", points=1)
def test_standardize_others(student, reference, rng):
    """other images, with the mean and standard deviation of the training images"""
    sets = draw_images(rng)
    desired = reference.standardize(*sets)
    arrays = student.standardize(*sets)
    assert_arrays(arrays, 3)
    try:
        assert_close(arrays[0], desired[0], "train")
    except CheckFailed:  # that has its own price: here it counts that the others are treated alike
        assert_scaled(arrays[0], sets[0].shape)
        desired = [as_train(sets[0], arrays[0], images) for images in sets]
    for place in (1, 2):
        assert_close(arrays[place], desired[place], f"others[{place - 1}]")


@pytest.mark.question("standardize", points=0.5)
def test_standardize_alone(student, rng):
    """a tuple of one array where there are no other images"""
    train = draw_images(rng)[0]
    arrays = student.standardize(train)
    assert_arrays(arrays, 1)
    assert_scaled(arrays[0], train.shape)


@pytest.mark.question("standardize", points=0.5)
def test_standardize_manners(student, rng):
    """the images that came in are left as they were, and keep their type: float64, float32"""
    for dtype in (np.float64, np.float32):
        sets = [images.astype(dtype) for images in draw_images(rng)]
        before = [images.copy() for images in sets]
        arrays = student.standardize(*sets)
        assert_arrays(arrays, 3)
        for name, images, copy, array in zip(("train", "others[0]", "others[1]"), sets, before, arrays):
            assert_unchanged(images, copy, name)
            assert_dtype(array, dtype, name)
        assert_scaled(arrays[0], before[0].shape)
