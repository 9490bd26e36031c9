"""Batch normalization of images, both ways."""

import pytest

from autograder.hidden_tests.layers import check_forward, check_inputs, check_up_to_factor
from autograder.hidden_tests.normalization_gradients import straight
from autograder.hidden_tests.normalizations import (
    MANY_PIXELS,
    SPATIAL,
    bn_param,
    cases_of,
    check_keeps,
    check_modes,
    check_norm_gradients,
    check_norm_manners,
    check_running,
    check_small_eps,
    check_test_eps,
    check_test_start,
    draw,
    draw_even,
    draw_test,
    simple_cases_of,
    unsteady_cases_of,
)
from autograder.hidden_tests.running_statistics import check_start

IMAGES = [(2, 3, 4, 5), (3, 5, 2, 4), (1, 2, 5, 3), (3, 3, 3, 3), (2, 1, 3, 2), (6, 4, 1, 1)]


@pytest.mark.question("spatial_batchnorm_forward", points=0.5)
def test_spatial_plain(student, reference, rng):
    """train mode: right mean, gamma and beta; the output up to one factor, for channels of equal variance"""
    for shape in IMAGES:
        inputs = draw_even(rng, SPATIAL, shape, bn_param("train", shape[1], rng))
        check_up_to_factor(student, reference, "spatial_batchnorm_forward", inputs)


@pytest.mark.question("spatial_batchnorm_forward", points=0.5)
def test_spatial_train(student, reference, rng):
    """right output in train mode: statistics over images, rows and columns"""
    for shape in IMAGES:
        inputs = draw(rng, shape, bn_param("train", shape[1], rng))
        check_forward(student, reference, "spatial_batchnorm_forward", inputs)


@pytest.mark.question("spatial_batchnorm_forward", points=0.5)
def test_spatial_eps(student, reference, rng):
    """eps as bn_param gives it, 1e-5 where it does not, in both modes; inside the square root"""
    check_small_eps(student, reference, rng, "spatial_batchnorm_forward", MANY_PIXELS, "train")
    check_test_eps(student, rng, "spatial_batchnorm_forward", (2, 3, 4, 5))


@pytest.mark.question("spatial_batchnorm_forward", points=0.5)
def test_spatial_running_mean(student, rng):
    """right running mean, one entry for each channel"""
    check_running(student, rng, "spatial_batchnorm_forward", [(2, 3, 4, 5), (1, 2, 5, 3)], "running_mean")


@pytest.mark.question("spatial_batchnorm_forward", points=0.5)
def test_spatial_running_var(student, rng):
    """right running variance, one entry for each channel"""
    check_running(student, rng, "spatial_batchnorm_forward", [(2, 3, 4, 5), (1, 2, 5, 3)], "running_var")


@pytest.mark.question("spatial_batchnorm_forward", points=0.5)
def test_spatial_start(student, rng):
    """running statistics that are missing start at zeros, in both modes, and momentum is 0.9 where it is missing"""
    for momentum in (0.9, None):
        param = bn_param("train", momentum=momentum)
        check_start(student, "spatial_batchnorm_forward", draw(rng, (2, 3, 4, 5), param, scale=2.0))
    check_test_start(student, rng, "spatial_batchnorm_forward", (2, 3, 4, 5))


@pytest.mark.question("spatial_batchnorm_forward", points=1)
def test_spatial_test(student, reference, rng):
    """right output in test mode: from the running statistics"""
    for shape in IMAGES:
        check_forward(student, reference, "spatial_batchnorm_forward", draw_test(rng, shape))


@pytest.mark.question("spatial_batchnorm_forward", points=0.25, after=["test_spatial_test"])
def test_spatial_test_keeps(student, rng):
    """test mode leaves its inputs as they were, the running statistics too"""
    check_keeps(student, rng, "spatial_batchnorm_forward", (2, 3, 4, 5))


@pytest.mark.question("spatial_batchnorm_forward", points=0.25)
def test_spatial_mode(student, rng):
    """a mode other than train and test is a ValueError"""
    check_modes(student, rng, "spatial_batchnorm_forward", (2, 3, 4, 5))


@pytest.mark.question("spatial_batchnorm_forward", points=0.5, after=["test_spatial_plain"])
def test_spatial_inputs(student, rng):
    """train mode leaves its inputs as they were, the running statistics aside; out and cache, in float64"""
    param = bn_param("train", 3, rng, eps=0.01, momentum=0.8)
    check_inputs(student, "spatial_batchnorm_forward", draw(rng, (2, 3, 4, 5), param, scale=2.0))


@pytest.mark.question("spatial_batchnorm_backward", points=0.5)
def test_spatial_dgamma(student, reference, rng_of):
    """right dgamma, one entry for each channel"""
    check_norm_gradients(student, reference, rng_of, SPATIAL, cases_of(IMAGES, train=True), ["dgamma"])


@pytest.mark.question("spatial_batchnorm_backward", points=0.5)
def test_spatial_dbeta(student, reference, rng_of):
    """right dbeta, one entry for each channel"""
    check_norm_gradients(student, reference, rng_of, SPATIAL, cases_of(IMAGES, train=True), ["dbeta"])


@pytest.mark.question("spatial_batchnorm_backward", points=0.5)
def test_spatial_straight(student, reference, rng_of):
    """right dx for gamma 1 and a dout that moves neither mean nor variance"""
    check_norm_gradients(student, reference, rng_of, SPATIAL, simple_cases_of(IMAGES[:3], train=True), part=straight)


@pytest.mark.question("spatial_batchnorm_backward", points=1)
def test_spatial_dx(student, reference, rng_of):
    """right dx: directly, through the mean and through the variance"""
    check_norm_gradients(student, reference, rng_of, SPATIAL, cases_of(IMAGES, train=True), ["dx"])


@pytest.mark.question("spatial_batchnorm_backward", points=0.5)
def test_spatial_backward_eps(student, reference, rng_of):
    """right dx for gamma 1, with a large eps and with a small variance"""
    check_norm_gradients(student, reference, rng_of, SPATIAL, unsteady_cases_of((2, 3, 4, 5), train=True))


@pytest.mark.question("spatial_batchnorm_backward", points=1)
def test_spatial_manners(student, rng):
    """dout left as it was, float64 for float64, the same gradients from one cache a second time"""
    check_norm_manners(student, rng, SPATIAL, (2, 3, 4, 5), "train")
