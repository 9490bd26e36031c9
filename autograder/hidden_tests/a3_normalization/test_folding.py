"""A batch normalization folded into the convolution before it."""

import numpy as np
import pytest

from autograder.hidden_tests.layers import copies
from autograder.hidden_tests.normalizations import LARGE
from cnnlab.checking.compare import assert_array, assert_close, assert_dtype, assert_unchanged, differing
from cnnlab.checking.outcomes import CheckFailed
from cnnlab.signatures import SIGNATURES

FOLDS = [(4, 3, 3, 2), (2, 5, 1, 3), (3, 3, 2, 2), (3, 2, 1, 1), (1, 4, 2, 3), (3, 1, 3, 3), (4, 4, 4, 4)]  # of w

FOLDED = ("w_folded", "b_folded")


def draw_fold(rng, shape, eps=1e-5, scale=LARGE):
    """Everything that fold_batchnorm takes; with the usual scale eps can't be seen. One gamma is 0, one negative."""
    w, b = rng.standard_normal(shape), scale * rng.standard_normal(shape[0])
    gamma, beta = rng.standard_normal((2, shape[0]))
    if len(gamma) > 2:
        gamma[:2] = 0, -abs(gamma[1])
    mean, var = scale * rng.standard_normal(shape[0]), scale**2 * rng.uniform(0.2, 3, shape[0])
    return [w, b, gamma, beta, mean, var, eps]


def check_folded(student, reference, inputs, wanted=FOLDED):
    """One or both results of a call."""
    desired = dict(zip(FOLDED, reference.fold_batchnorm(*copies(inputs))))
    folded = dict(zip(FOLDED, student.fold_batchnorm(*inputs)))
    for name in wanted:
        assert_close(folded[name], desired[name], name)


@pytest.mark.question("fold_batchnorm", points=1)
def test_fold_w(student, reference, rng):
    """right filters"""
    for shape in FOLDS:
        check_folded(student, reference, draw_fold(rng, shape), ["w_folded"])


@pytest.mark.question("fold_batchnorm", points=1)
def test_fold_own_bias(student, reference, rng):
    """right biases where beta and the running mean are 0"""
    for shape in (*FOLDS[:2], FOLDS[-1]):
        w, b, gamma, beta, mean, var, eps = draw_fold(rng, shape)
        check_folded(student, reference, [w, b, gamma, 0 * beta, 0 * mean, var, eps], ["b_folded"])


@pytest.mark.question("fold_batchnorm", points=1.5)
def test_fold_shift(student, reference, rng):
    """right biases where b is 0"""
    for shape in (*FOLDS[:2], FOLDS[-1]):
        w, b, *others = draw_fold(rng, shape)
        check_folded(student, reference, [w, 0 * b, *others], ["b_folded"])


@pytest.mark.question("fold_batchnorm", points=1)
def test_fold_eps(student, reference, rng):
    """eps as given, inside the square root: it does what the same number does that is added to the variances"""
    for shape, eps, scale in zip(FOLDS, (0.4, 0.05, 1e-5), (1.0, 0.2, 0.003)):
        *arrays, var, eps = draw_fold(rng, shape, eps, scale)
        desired = dict(zip(FOLDED, student.fold_batchnorm(*copies(arrays), var + eps, 0.0)))
        without = assert_array(student.fold_batchnorm(*copies(arrays), var.copy(), 0.0)[0], "w_folded")
        if without.shape == np.shape(desired["w_folded"]) and not differing(without, desired["w_folded"]).any():
            raise CheckFailed(
                "the same filters whatever the running variance is", "filters by running variance and eps"
            )
        for name, value in zip(FOLDED, student.fold_batchnorm(*arrays, var, eps)):
            assert_close(value, assert_array(desired[name], name), name)


@pytest.mark.question("fold_batchnorm", points=0.5, after=["test_fold_w"])
def test_fold_inputs(student, rng):
    """inputs left as they were, float64 for float64"""
    inputs = draw_fold(rng, FOLDS[0], scale=1.0)
    before = copies(inputs[:-1])
    folded = student.fold_batchnorm(*inputs)
    for name, value in zip(FOLDED, folded):
        assert_dtype(value, np.float64, name)
    for name, value, earlier in zip(SIGNATURES["fold_batchnorm"].parameters, inputs, before):
        assert_unchanged(value, earlier, name)
