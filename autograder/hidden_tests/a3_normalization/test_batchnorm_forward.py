"""Batch normalization, forward."""

import pytest

from autograder.hidden_tests.layers import check_forward, check_inputs, check_up_to_factor, output_of
from autograder.hidden_tests.normalizations import (
    BATCHNORM,
    FEATURES,
    LARGE,
    bn_param,
    check_keeps,
    check_modes,
    check_running,
    check_small_eps,
    check_test_eps,
    check_test_start,
    draw,
    draw_even,
    draw_test,
)
from autograder.hidden_tests.running_statistics import check_start, check_step
from cnnlab.checking.compare import assert_close

ROWS_APART = (40, 3)  # enough values for draw_small


@pytest.mark.question("batchnorm_forward", points=1.5)
def test_bn_plain(student, reference, rng):
    """train mode: right mean, gamma and beta; the output up to one factor, for features of equal variance"""
    for shape in FEATURES:
        inputs = draw_even(rng, BATCHNORM, shape, bn_param("train", shape[1], rng))
        check_up_to_factor(student, reference, "batchnorm_forward", inputs)


@pytest.mark.question("batchnorm_forward", points=1.5)
def test_bn_train(student, reference, rng):
    """right output in train mode"""
    for shape in FEATURES:
        check_forward(student, reference, "batchnorm_forward", draw(rng, shape, bn_param("train", shape[1], rng)))
    x, *others = draw(rng, (8, 3), bn_param("train", 3, rng))
    check_forward(student, reference, "batchnorm_forward", [x + 300 * LARGE, *others])


@pytest.mark.question("batchnorm_forward", points=1)
def test_bn_eps(student, reference, rng):
    """train mode: eps as bn_param gives it, 1e-5 where it does not; inside the square root"""
    check_small_eps(student, reference, rng, "batchnorm_forward", ROWS_APART, "train")


@pytest.mark.question("batchnorm_forward", points=1)
def test_bn_running_mean(student, rng):
    """right running mean after one step, and after three"""
    check_running(student, rng, "batchnorm_forward", [(5, 3), (4, 4)], "running_mean")


@pytest.mark.question("batchnorm_forward", points=1)
def test_bn_running_var(student, rng):
    """right running variance after one step, and after three"""
    check_running(student, rng, "batchnorm_forward", [(5, 3), (4, 4)], "running_var")


@pytest.mark.question("batchnorm_forward", points=0.5)
def test_bn_running_start(student, rng):
    """running statistics that are missing start at zeros in train mode"""
    check_start(student, "batchnorm_forward", draw(rng, (5, 3), bn_param("train"), scale=2.0))


@pytest.mark.question("batchnorm_forward", points=0.5)
def test_bn_momentum(student, rng):
    """momentum as bn_param gives it, 0 and 1 too, 0.9 where it does not"""
    for momentum in (0.7, 0.0, 1.0, None):
        param = bn_param("train", 3, rng, momentum=momentum)
        m = 0.9 if momentum is None else momentum
        check_step(student, "batchnorm_forward", draw(rng, (5, 3), param, scale=2.0), m, "running_mean")


@pytest.mark.question("batchnorm_forward", points=2)
def test_bn_test(student, reference, rng):
    """right output in test mode: from the running statistics, for a single row too"""
    for shape in [(5, 3), (1, 4), (4, 7), (4, 4), (3, 1)]:
        check_forward(student, reference, "batchnorm_forward", draw_test(rng, shape))


@pytest.mark.question("batchnorm_forward", points=0.5)
def test_bn_test_eps(student, rng):
    """test mode: eps as bn_param gives it, 1e-5 where it does not; inside the square root"""
    check_test_eps(student, rng, "batchnorm_forward", (5, 3))


@pytest.mark.question("batchnorm_forward", points=0.5)
def test_bn_test_start(student, rng):
    """running statistics that are missing are zeros in test mode, too"""
    check_test_start(student, rng, "batchnorm_forward", (5, 3))


@pytest.mark.question("batchnorm_forward", points=0.5, after=["test_bn_test"])
def test_bn_test_keeps(student, rng):
    """test mode leaves its inputs as they were, the running statistics too"""
    check_keeps(student, rng, "batchnorm_forward", (5, 3))


@pytest.mark.question("batchnorm_forward", points=0.5)
def test_bn_mode(student, rng):
    """a mode other than train and test is a ValueError"""
    check_modes(student, rng, "batchnorm_forward", (5, 3))


@pytest.mark.question("batchnorm_forward", points=0.5, after=["test_bn_plain"])
def test_bn_single(student, rng):
    """a batch of one in train mode gives beta"""
    x, gamma, beta, param = draw(rng, (1, 4), bn_param("train", 4, rng), scale=2.0)
    desired = beta[None].copy()
    assert_close(output_of(student, "batchnorm_forward", [x, gamma, beta, param]), desired)


@pytest.mark.question("batchnorm_forward", points=0.5, after=["test_bn_plain"])
def test_bn_inputs(student, rng):
    """train mode leaves x, gamma, beta, mode, eps and momentum as they were; out and cache, in float64"""
    param = bn_param("train", 3, rng, eps=0.01, momentum=0.8)
    check_inputs(student, "batchnorm_forward", draw(rng, (5, 3), param, scale=2.0))
