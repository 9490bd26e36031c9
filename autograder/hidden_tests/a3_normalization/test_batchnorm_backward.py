"""Batch normalization, backward."""

import pytest

from autograder.hidden_tests.normalization_gradients import assert_computed, straight, through_mean, through_variance
from autograder.hidden_tests.normalizations import (
    ALTERNATIVE,
    BATCHNORM,
    FEATURES,
    bn_param,
    cases_of,
    check_norm_gradients,
    check_norm_manners,
    draw,
    simple_cases_of,
    unsteady_cases_of,
)
from autograder.hidden_tests.rules import cache_of, reaches
from cnnlab.checking.compare import assert_array
from cnnlab.checking.outcomes import CheckFailed


@pytest.mark.question("batchnorm_backward", points=1)
def test_bn_backward_dgamma(student, reference, rng_of):
    """right dgamma"""
    check_norm_gradients(student, reference, rng_of, BATCHNORM, cases_of(FEATURES, train=True), ["dgamma"])


@pytest.mark.question("batchnorm_backward", points=1)
def test_bn_backward_dbeta(student, reference, rng_of):
    """right dbeta"""
    check_norm_gradients(student, reference, rng_of, BATCHNORM, cases_of(FEATURES, train=True), ["dbeta"])


@pytest.mark.question("batchnorm_backward", points=1)
def test_bn_backward_straight(student, reference, rng_of):
    """right dx for gamma 1 and a dout that moves neither mean nor variance"""
    check_norm_gradients(
        student, reference, rng_of, BATCHNORM, simple_cases_of(FEATURES[:3], train=True), part=straight
    )


@pytest.mark.question("batchnorm_backward", points=1)
def test_bn_backward_mean(student, reference, rng_of):
    """right dx for gamma 1 and a dout that moves the mean, but not the variance"""
    check_norm_gradients(
        student, reference, rng_of, BATCHNORM, simple_cases_of(FEATURES[:3], train=True), part=through_mean
    )


@pytest.mark.question("batchnorm_backward", points=1)
def test_bn_backward_variance(student, reference, rng_of):
    """right dx for gamma 1 and a dout that moves the variance, but not the mean"""
    check_norm_gradients(
        student, reference, rng_of, BATCHNORM, simple_cases_of(FEATURES[:3], train=True), part=through_variance
    )


@pytest.mark.question("batchnorm_backward", points=2)
def test_bn_backward_dx(student, reference, rng_of):
    """right dx: directly, through the mean and through the variance"""
    check_norm_gradients(student, reference, rng_of, BATCHNORM, cases_of(FEATURES, train=True), ["dx"])


@pytest.mark.question("batchnorm_backward", points=1)
def test_bn_backward_eps(student, reference, rng_of):
    """right dx for gamma 1, with a large eps and with a small variance"""
    check_norm_gradients(student, reference, rng_of, BATCHNORM, unsteady_cases_of((6, 4), train=True))


@pytest.mark.question("batchnorm_backward", points=1)
def test_bn_backward_manners(student, rng):
    """dout left as it was, float64 for float64, the same gradients from one cache a second time"""
    check_norm_manners(student, rng, BATCHNORM, (5, 3), "train")


@pytest.mark.question("batchnorm_backward_alt", points=0.5)
def test_bn_alt_dgamma(student, reference, rng_of):
    """right dgamma"""
    check_norm_gradients(student, reference, rng_of, ALTERNATIVE, cases_of(FEATURES, train=True), ["dgamma"])


@pytest.mark.question("batchnorm_backward_alt", points=0.5)
def test_bn_alt_dbeta(student, reference, rng_of):
    """right dbeta"""
    check_norm_gradients(student, reference, rng_of, ALTERNATIVE, cases_of(FEATURES, train=True), ["dbeta"])


@pytest.mark.question("batchnorm_backward_alt", points=0.5)
def test_bn_alt_straight(student, reference, rng_of):
    """right dx for gamma 1 and a dout that moves neither mean nor variance"""
    check_norm_gradients(
        student, reference, rng_of, ALTERNATIVE, simple_cases_of(FEATURES[:3], train=True), part=straight
    )


@pytest.mark.question("batchnorm_backward_alt", points=0.5)
def test_bn_alt_mean(student, reference, rng_of):
    """right dx for gamma 1 and a dout that moves the mean, but not the variance"""
    check_norm_gradients(
        student, reference, rng_of, ALTERNATIVE, simple_cases_of(FEATURES[:3], train=True), part=through_mean
    )


@pytest.mark.question("batchnorm_backward_alt", points=0.5)
def test_bn_alt_variance(student, reference, rng_of):
    """right dx for gamma 1 and a dout that moves the variance, but not the mean"""
    check_norm_gradients(
        student, reference, rng_of, ALTERNATIVE, simple_cases_of(FEATURES[:3], train=True), part=through_variance
    )


@pytest.mark.question("batchnorm_backward_alt", points=1)
def test_bn_alt_dx(student, reference, rng_of):
    """right dx, from the cache that batchnorm_backward takes"""
    check_norm_gradients(student, reference, rng_of, ALTERNATIVE, cases_of(FEATURES, train=True), ["dx"])


@pytest.mark.question("batchnorm_backward_alt", points=0.5)
def test_bn_alt_eps(student, reference, rng_of):
    """right dx for gamma 1, with a large eps and with a small variance"""
    check_norm_gradients(student, reference, rng_of, ALTERNATIVE, unsteady_cases_of((6, 4), train=True))


@pytest.mark.question("batchnorm_backward_alt", points=1)
def test_bn_alt_manners(student, rng):
    """dout left as it was, float64 for float64, the same gradients from one cache a second time"""
    check_norm_manners(student, rng, ALTERNATIVE, (5, 3), "train")


@pytest.mark.question("batchnorm_backward_alt", points=1)
def test_bn_alt_own(student, rng):
    """a formula of its own: it does not call batchnorm_backward"""
    mine = cache_of(student, "batchnorm_forward", *draw(rng, (5, 3), bn_param("train", 3, rng)))
    dout = rng.standard_normal((5, 3))
    assert_computed(assert_array(student.batchnorm_backward_alt(dout.copy(), mine)[0], "dx"), dout)
    if reaches(student.trees("batchnorm_backward_alt"), "batchnorm_backward_alt", "batchnorm_backward"):
        raise CheckFailed("a call of batchnorm_backward", "the simplified formula, written out")
