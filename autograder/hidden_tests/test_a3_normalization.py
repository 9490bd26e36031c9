"""Hidden tests of a3_normalization.

All sizes of most shapes differ, so that a swapped axis shows, and batches are small, so that N - 1 is not N. A backward
always has at least four values to normalize: with two, dx is nearly zero. `reference` is asked before `student`. The
running statistics are computed here: a reference that remembers its results updates nothing the second time.
"""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from autograder.hidden_tests.layers import (
    Layer,
    check_forward,
    check_inputs,
    check_up_to_factor,
    copies,
    output_of,
)
from autograder.hidden_tests.normalization_gradients import (
    assert_computed,
    check_gradients,
    check_manners,
    straight,
    through_mean,
    through_variance,
)
from autograder.hidden_tests.normalizations import (
    ALTERNATIVE,
    BATCHNORM,
    GROUP,
    INSTANCE,
    LARGE,
    LAYER,
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
    draw_case,
    draw_even,
    draw_test,
    simple_cases_of,
    unsteady_cases_of,
)
from autograder.hidden_tests.rules import cache_of, reaches
from autograder.hidden_tests.running_statistics import check_start, check_step
from cnnlab.compare import assert_array, assert_close, assert_dtype, assert_unchanged, differing
from cnnlab.outcomes import CheckFailed
from cnnlab.signatures import SIGNATURES

# --- activations --------------------------------------------------------------------------------------------------

FAR = {  # exp(1000) is inf, and exp(-1000) is 0
    "far": np.array([[-1000.0, 1000.0, 2.5], [-0.7, 40.0, -1000.0]]),
    "far in a row": np.array([-750.0, 750.0, -90.0, 90.0, -30.0, 30.0, 1.0]),
}
TINY = {"tiny": np.array([1e-100, -1e-100, 1e-9, -1e-9, 0.04, -0.04, 1.0, -1.0])}
SIDES = [(5,), (4, 4), (2, 3, 4), (2, 3, 4, 5), (1, 1), (150, 220)]  # one to four axes; a single number; many
AT_ZERO = np.array([[0.0, -0.0, 3.0], [-2.0, 1.0, -1.0]])  # for forward passes: no gradient is asked at 0


def draw_activation(rng, case):
    """The one input, of some sides or one of the arrays above."""
    return [2 * rng.standard_normal(case) if isinstance(case, tuple) else (FAR | TINY)[case].copy()]


def check_activation(student, reference, rng, name):
    """The forward pass on arrays of all sizes, close to 0, and at 0."""
    for inputs in [*(draw_activation(rng, case) for case in (*SIDES, "tiny")), [AT_ZERO.copy()]]:
        check_forward(student, reference, f"{name}_forward", inputs)


def check_activation_far(student, reference, name):
    for x in FAR.values():
        check_forward(student, reference, f"{name}_forward", [x.copy()])


def check_slope(student, reference, rng_of, name, cases=(*SIDES, "tiny")):
    """The backward pass on the same arrays, or on others."""
    check_gradients(student, reference, rng_of, layer_of(name), draw_activation, cases)


def check_activation_manners(student, rng, name):
    check_inputs(student, f"{name}_forward", [rng.standard_normal((6, 7))])
    check_manners(student, rng, layer_of(name), [rng.standard_normal((6, 7))], [rng.standard_normal((6, 7))])


SLOPES = {  # of those whose backward pass starts from the output
    "sigmoid": lambda x, out: out * (1 - out),
    "tanh": lambda x, out: 1 - out**2,
    "elu": lambda x, out: np.where(x > 0, 1, out + 1),
}


def layer_of(name):
    return Layer(f"{name}_forward", f"{name}_backward", slope=SLOPES.get(name))


@pytest.mark.question("sigmoid", points=0.5)
def test_sigmoid_forward(student, reference, rng):
    """right output, for any number of axes"""
    check_activation(student, reference, rng, "sigmoid")


@pytest.mark.question("sigmoid", points=0.5)
def test_sigmoid_far(student, reference):
    """finite and right at -1000 and 1000"""
    check_activation_far(student, reference, "sigmoid")


@pytest.mark.question("sigmoid", points=1)
def test_sigmoid_backward(student, reference, rng_of):
    """right dx"""
    check_slope(student, reference, rng_of, "sigmoid")


@pytest.mark.question("sigmoid", points=0.5)
def test_sigmoid_backward_far(student, reference, rng_of):
    """dx finite and right at -1000 and 1000"""
    check_slope(student, reference, rng_of, "sigmoid", FAR)


@pytest.mark.question("sigmoid", points=0.5, after=["test_sigmoid_forward"])
def test_sigmoid_manners(student, rng):
    """x and dout left as they were, float64 for float64, the same dx a second time"""
    check_activation_manners(student, rng, "sigmoid")


@pytest.mark.question("tanh", points=0.5)
def test_tanh_forward(student, reference, rng):
    """right output, for any number of axes"""
    check_activation(student, reference, rng, "tanh")


@pytest.mark.question("tanh", points=0.5)
def test_tanh_far(student, reference):
    """finite and right at -1000 and 1000"""
    check_activation_far(student, reference, "tanh")


@pytest.mark.question("tanh", points=1)
def test_tanh_backward(student, reference, rng_of):
    """right dx"""
    check_slope(student, reference, rng_of, "tanh")


@pytest.mark.question("tanh", points=0.5)
def test_tanh_backward_far(student, reference, rng_of):
    """dx finite and right at -1000 and 1000"""
    check_slope(student, reference, rng_of, "tanh", FAR)


@pytest.mark.question("tanh", points=0.5, after=["test_tanh_forward"])
def test_tanh_manners(student, rng):
    """x and dout left as they were, float64 for float64, the same dx a second time"""
    check_activation_manners(student, rng, "tanh")


@pytest.mark.question("relu", points=1)
def test_relu_forward(student, reference, rng):
    """right output, for any number of axes"""
    check_activation(student, reference, rng, "relu")
    check_activation_far(student, reference, "relu")


@pytest.mark.question("relu", points=1)
def test_relu_backward(student, reference, rng_of):
    """right dx: dout where x is positive"""
    check_slope(student, reference, rng_of, "relu")
    check_slope(student, reference, rng_of, "relu", FAR)


@pytest.mark.question("relu", points=1, after=["test_relu_forward"])
def test_relu_manners(student, rng):
    """x and dout left as they were, float64 for float64, the same dx a second time"""
    check_activation_manners(student, rng, "relu")


@pytest.mark.question("leaky_relu", points=1)
def test_leaky_relu_forward(student, reference, rng):
    """right output, with slope 0.1 below zero"""
    check_activation(student, reference, rng, "leaky_relu")
    check_activation_far(student, reference, "leaky_relu")


@pytest.mark.question("leaky_relu", points=1)
def test_leaky_relu_backward(student, reference, rng_of):
    """right dx on both sides of zero"""
    check_slope(student, reference, rng_of, "leaky_relu")
    check_slope(student, reference, rng_of, "leaky_relu", FAR)


@pytest.mark.question("leaky_relu", points=1, after=["test_leaky_relu_forward"])
def test_leaky_relu_manners(student, rng):
    """x and dout left as they were, float64 for float64, the same dx a second time"""
    check_activation_manners(student, rng, "leaky_relu")


@pytest.mark.question("elu", points=0.5)
def test_elu_forward(student, reference, rng):
    """right output, with alpha 1"""
    check_activation(student, reference, rng, "elu")


@pytest.mark.question("elu", points=0.5)
def test_elu_far(student, reference):
    """finite and right at -1000 and 1000"""
    check_activation_far(student, reference, "elu")


@pytest.mark.question("elu", points=1)
def test_elu_backward(student, reference, rng_of):
    """right dx on both sides of zero"""
    check_slope(student, reference, rng_of, "elu")


@pytest.mark.question("elu", points=0.5)
def test_elu_backward_far(student, reference, rng_of):
    """dx finite and right at -1000 and 1000"""
    check_slope(student, reference, rng_of, "elu", FAR)


@pytest.mark.question("elu", points=0.5, after=["test_elu_forward"])
def test_elu_manners(student, rng):
    """x and dout left as they were, float64 for float64, the same dx a second time"""
    check_activation_manners(student, rng, "elu")


MAXOUT = layer_of("maxout")
MAXOUTS = [(8, 4, 5), (9, 2, 3), (4, 4, 4), (1, 3, 2), (5, 1, 3), (6, 3, 1), (1, 1, 1)]  # N, D, M


def draw_maxout(rng, case):
    n, d, m = case
    return [rng.standard_normal(shape) for shape in ((n, d), (d, m), (m,), (d, m), (m,))]


def draw_maxouts(rng):
    return [draw_maxout(rng, case) for case in MAXOUTS]


@pytest.mark.question("maxout", points=0.5)
def test_maxout_plain(student, reference, rng):
    """right output where both biases are 0"""
    for x, w1, b1, w2, b2 in draw_maxouts(rng):
        check_forward(student, reference, "maxout_forward", [x, w1, 0 * b1, w2, 0 * b2])


@pytest.mark.question("maxout", points=1)
def test_maxout_forward(student, reference, rng):
    """right output: the larger of two affine functions"""
    far = [FAR["far"].copy(), *draw_maxout(rng, (2, 3, 4))[1:]]
    for inputs in [*draw_maxouts(rng), far]:
        check_forward(student, reference, "maxout_forward", inputs)


@pytest.mark.question("maxout", points=1)
def test_maxout_dx(student, reference, rng_of):
    """right dx: through the larger function only"""
    check_gradients(student, reference, rng_of, MAXOUT, draw_maxout, MAXOUTS, ["dx"])


@pytest.mark.question("maxout", points=1)
def test_maxout_weights(student, reference, rng_of):
    """right dw1 and dw2"""
    check_gradients(student, reference, rng_of, MAXOUT, draw_maxout, MAXOUTS, ["dw1", "dw2"])


@pytest.mark.question("maxout", points=0.5)
def test_maxout_biases(student, reference, rng_of):
    """right db1 and db2"""
    check_gradients(student, reference, rng_of, MAXOUT, draw_maxout, MAXOUTS, ["db1", "db2"])


@pytest.mark.question("maxout", points=1, after=["test_maxout_plain"])
def test_maxout_manners(student, rng):
    """inputs and dout left as they were, float64 for float64, the same gradients a second time"""
    check_inputs(student, "maxout_forward", draw_maxout(rng, (3, 4, 5)))
    check_manners(student, rng, MAXOUT, draw_maxout(rng, (3, 4, 5)), draw_maxout(rng, (3, 4, 5)))


# --- batch normalization: forward ---------------------------------------------------------------------------------


FEATURES = [(5, 3), (4, 7), (9, 2), (4, 4), (6, 1)]  # N, D
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


# --- batch normalization: backward --------------------------------------------------------------------------------


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


# --- spatial batch normalization ----------------------------------------------------------------------------------


IMAGES = [(2, 3, 4, 5), (3, 5, 2, 4), (1, 2, 5, 3), (3, 3, 3, 3), (2, 1, 3, 2), (6, 4, 1, 1)]
PLANES = [(2, 3, 4, 5), (3, 5, 2, 4), (1, 2, 5, 3), (3, 3, 3, 3), (2, 1, 3, 2)]  # with several pixels
MANY_PIXELS = (2, 3, 5, 8)  # enough values for draw_small in one plane


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
    """running statistics that are missing start at zeros, in both modes"""
    check_start(student, "spatial_batchnorm_forward", draw(rng, (2, 3, 4, 5), bn_param("train"), scale=2.0))
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


# --- layer, instance and group normalization ----------------------------------------------------------------------


ROWS = [(3, 5), (6, 4), (2, 9), (5, 5), (1, 6)]  # N, D
GROUPS = [((2, 6, 3, 4), 3), ((3, 6, 4, 2), 2), ((2, 8, 5, 3), 4), ((4, 4, 4, 4), 2)]  # shape, G
EXTREMES = [
    ((2, 4, 3, 2), 1),
    ((2, 3, 5, 2), 3),
    ((1, 4, 2, 3), 2),
    ((2, 1, 3, 2), 1),
    ((3, 8, 1, 1), 2),
]  # one group of all channels; each channel a group; one image; one channel; one pixel
USUAL = {"eps": 1e-5}


@pytest.mark.question("layernorm_forward", points=1)
def test_layer_plain(student, reference, rng):
    """right means, gamma and beta; the output up to one factor, for rows of equal variance"""
    for shape in ROWS[:-1]:
        check_up_to_factor(student, reference, "layernorm_forward", draw_even(rng, LAYER, shape, dict(USUAL)))


@pytest.mark.question("layernorm_forward", points=1)
def test_layer_forward(student, reference, rng):
    """right output: each row by its own mean and variance"""
    for shape in [*ROWS[:-1], (4, 1)]:
        check_forward(student, reference, "layernorm_forward", draw(rng, shape, dict(USUAL)))


@pytest.mark.question("layernorm_forward", points=1)
def test_layer_eps(student, reference, rng):
    """eps as ln_param gives it, 1e-5 where it does not; inside the square root"""
    check_small_eps(student, reference, rng, "layernorm_forward", (3, 40), {})


@pytest.mark.question("layernorm_forward", points=0.5)
def test_layer_single(student, reference, rng):
    """a single row is normalized like any other: right up to one factor"""
    check_up_to_factor(student, reference, "layernorm_forward", draw(rng, (1, 6), dict(USUAL), scale=2.0))


@pytest.mark.question("layernorm_forward", points=0.5, after=["test_layer_plain"])
def test_layer_inputs(student, rng):
    """inputs left as they were; two results, out and cache, in float64"""
    check_inputs(student, "layernorm_forward", draw(rng, (3, 5), {"eps": 0.01}, scale=2.0))


@pytest.mark.question("layernorm_backward", points=0.5)
def test_layer_dgamma(student, reference, rng_of):
    """right dgamma"""
    check_norm_gradients(student, reference, rng_of, LAYER, cases_of(ROWS), ["dgamma"])


@pytest.mark.question("layernorm_backward", points=0.5)
def test_layer_dbeta(student, reference, rng_of):
    """right dbeta"""
    check_norm_gradients(student, reference, rng_of, LAYER, cases_of(ROWS), ["dbeta"])


@pytest.mark.question("layernorm_backward", points=0.5)
def test_layer_straight(student, reference, rng_of):
    """right dx for gamma 1 and a dout that moves neither mean nor variance"""
    check_norm_gradients(student, reference, rng_of, LAYER, simple_cases_of(ROWS[:3]), part=straight)


@pytest.mark.question("layernorm_backward", points=0.5)
def test_layer_mean(student, reference, rng_of):
    """right dx for gamma 1 and a dout that moves the mean, but not the variance"""
    check_norm_gradients(student, reference, rng_of, LAYER, simple_cases_of(ROWS[:3]), part=through_mean)


@pytest.mark.question("layernorm_backward", points=0.5)
def test_layer_variance(student, reference, rng_of):
    """right dx for gamma 1 and a dout that moves the variance, but not the mean"""
    check_norm_gradients(student, reference, rng_of, LAYER, simple_cases_of(ROWS[:3]), part=through_variance)


@pytest.mark.question("layernorm_backward", points=1)
def test_layer_dx(student, reference, rng_of):
    """right dx: directly, through the mean and through the variance"""
    check_norm_gradients(student, reference, rng_of, LAYER, cases_of(ROWS), ["dx"])


@pytest.mark.question("layernorm_backward", points=0.5)
def test_layer_backward_eps(student, reference, rng_of):
    """right dx for gamma 1, with a large eps and with a small variance"""
    check_norm_gradients(student, reference, rng_of, LAYER, unsteady_cases_of((3, 5)))


@pytest.mark.question("layernorm_backward", points=1)
def test_layer_manners(student, rng):
    """dout left as it was, float64 for float64, the same gradients from one cache a second time"""
    check_norm_manners(student, rng, LAYER, (3, 5), USUAL)


@pytest.mark.question("instancenorm_forward", points=1)
def test_instance_plain(student, reference, rng):
    """right means, gamma and beta; the output up to one factor, for planes of equal variance"""
    for shape in PLANES:
        check_up_to_factor(student, reference, "instancenorm_forward", draw_even(rng, INSTANCE, shape, dict(USUAL)))


@pytest.mark.question("instancenorm_forward", points=1.5)
def test_instance_forward(student, reference, rng):
    """right output: each channel of each image by its own mean and variance"""
    for shape in PLANES:
        check_forward(student, reference, "instancenorm_forward", draw(rng, shape, dict(USUAL)))


@pytest.mark.question("instancenorm_forward", points=1)
def test_instance_eps(student, reference, rng):
    """eps as in_param gives it, 1e-5 where it does not; inside the square root"""
    check_small_eps(student, reference, rng, "instancenorm_forward", MANY_PIXELS, {})


@pytest.mark.question("instancenorm_forward", points=0.5, after=["test_instance_plain"])
def test_instance_inputs(student, rng):
    """inputs left as they were; two results, out and cache, in float64"""
    check_inputs(student, "instancenorm_forward", draw(rng, (2, 3, 4, 5), {"eps": 0.01}, scale=2.0), with_cache=False)


@pytest.mark.question("spatial_groupnorm_forward", points=1)
def test_group_plain(student, reference, rng):
    """right means, gamma and beta; the output up to one factor, for groups of equal variance"""
    for shape, groups in GROUPS:
        inputs = draw_even(rng, GROUP, shape, groups, dict(USUAL))
        check_up_to_factor(student, reference, "spatial_groupnorm_forward", inputs)


@pytest.mark.question("spatial_groupnorm_forward", points=1.5)
def test_group_forward(student, reference, rng):
    """right output with several channels in each of several groups"""
    for shape, groups in GROUPS:
        inputs = draw(rng, shape, groups, dict(USUAL))
        check_forward(student, reference, "spatial_groupnorm_forward", inputs)


@pytest.mark.question("spatial_groupnorm_forward", points=1)
def test_group_extremes(student, reference, rng):
    """where G is 1, where G is C, for a single image: right up to one factor, for groups of equal variance"""
    for shape, groups in EXTREMES:
        inputs = draw_even(rng, GROUP, shape, groups, dict(USUAL))
        check_up_to_factor(student, reference, "spatial_groupnorm_forward", inputs)


@pytest.mark.question("spatial_groupnorm_forward", points=1)
def test_group_eps(student, reference, rng):
    """eps as gn_param gives it, 1e-5 where it does not; inside the square root"""
    check_small_eps(student, reference, rng, "spatial_groupnorm_forward", (2, 6, 8, 10), {}, (3,))


@pytest.mark.question("spatial_groupnorm_forward", points=0.5, after=["test_group_plain"])
def test_group_inputs(student, rng):
    """inputs left as they were; two results, out and cache, in float64"""
    check_inputs(student, "spatial_groupnorm_forward", draw(rng, (2, 6, 3, 4), 3, {"eps": 0.01}, scale=2.0))


@pytest.mark.question("spatial_groupnorm_backward", points=0.5)
def test_group_dgamma(student, reference, rng_of):
    """right dgamma, one entry for each channel"""
    check_norm_gradients(student, reference, rng_of, GROUP, cases_of(GROUPS), ["dgamma"])


@pytest.mark.question("spatial_groupnorm_backward", points=0.5)
def test_group_dbeta(student, reference, rng_of):
    """right dbeta, one entry for each channel"""
    check_norm_gradients(student, reference, rng_of, GROUP, cases_of(GROUPS), ["dbeta"])


@pytest.mark.question("spatial_groupnorm_backward", points=0.5)
def test_group_straight(student, reference, rng_of):
    """right dx for gamma 1 and a dout that moves neither mean nor variance"""
    check_norm_gradients(student, reference, rng_of, GROUP, simple_cases_of(GROUPS[:3]), part=straight)


@pytest.mark.question("spatial_groupnorm_backward", points=0.5)
def test_group_mean(student, reference, rng_of):
    """right dx for gamma 1 and a dout that moves the mean, but not the variance"""
    check_norm_gradients(student, reference, rng_of, GROUP, simple_cases_of(GROUPS[:3]), part=through_mean)


@pytest.mark.question("spatial_groupnorm_backward", points=0.5)
def test_group_variance(student, reference, rng_of):
    """right dx for gamma 1 and a dout that moves the variance, but not the mean"""
    check_norm_gradients(student, reference, rng_of, GROUP, simple_cases_of(GROUPS[:3]), part=through_variance)


@pytest.mark.question("spatial_groupnorm_backward", points=1)
def test_group_dx(student, reference, rng_of):
    """right dx with several channels in each of several groups"""
    check_norm_gradients(student, reference, rng_of, GROUP, cases_of(GROUPS), ["dx"])


@pytest.mark.question("spatial_groupnorm_backward", points=1)
def test_group_dx_extremes(student, reference, rng_of):
    """right dx where G is 1, where G is C, and for a single image"""
    check_norm_gradients(student, reference, rng_of, GROUP, cases_of(EXTREMES), ["dx"])


@pytest.mark.question("spatial_groupnorm_backward", points=0.5)
def test_group_backward_eps(student, reference, rng_of):
    """right dx for gamma 1, with a large eps and with a small variance"""
    check_norm_gradients(student, reference, rng_of, GROUP, unsteady_cases_of((3, 6, 4, 2), groups=2))


@pytest.mark.question("spatial_groupnorm_backward", points=1)
def test_group_manners(student, rng):
    """dout left as it was, float64 for float64, the same gradients from one cache a second time"""
    inputs, others = (draw_case(rng, case) for case in cases_of(GROUPS[:1] * 2))
    check_manners(student, rng, GROUP, inputs, others)


# --- folding ------------------------------------------------------------------------------------------------------


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


def convolve(x, w, b):
    """The judge's own convolution: stride 1, no padding."""
    windows = sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return np.moveaxis(np.tensordot(windows, w, ((1, 4, 5), (1, 2, 3))) + b, 3, 1)


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


@pytest.mark.question("fold_batchnorm", points=1)
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


@pytest.mark.question("fold_batchnorm", points=0.5)
def test_fold_end_to_end(student, rng):
    """the folded convolution equals convolution and batchnorm in test mode"""
    for shape in (*FOLDS[:2], FOLDS[-1]):
        w, b, gamma, beta, mean, var, eps = draw_fold(rng, shape)
        x = LARGE * rng.standard_normal((2, shape[1], 5, 4))
        column = [value[:, None, None] for value in (gamma, beta, mean, var)]
        desired = column[0] * (convolve(x, w, b) - column[2]) / np.sqrt(column[3] + eps) + column[1]
        w_folded, b_folded = student.fold_batchnorm(w.copy(), b, gamma, beta, mean, var, eps)
        if assert_array(w_folded, "w_folded").shape != w.shape or assert_array(b_folded, "b_folded").shape != b.shape:
            raise CheckFailed(
                f"w_folded of shape {w_folded.shape} and b_folded of shape {b_folded.shape}",
                f"w_folded of shape {w.shape} and b_folded of shape {b.shape}",
            )
        assert_close(convolve(x, w_folded, b_folded), desired, "the folded convolution's out")


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
