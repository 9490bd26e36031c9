"""Hidden tests of a3_normalization.

All sizes of a shape differ, so that a swapped axis shows, and batches are small, so that N - 1 is not N. A backward
always has at least four values to normalize: with two, dx is nearly zero. `reference` is asked before `student`. The
running statistics are computed here: a reference that remembers its results updates nothing the second time.
"""

import copy

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from autograder.hidden_tests.rules import cache_of, reaches
from autograder.hidden_tests.running_statistics import assert_running, check_step, statistics_of
from cnnlab.compare import assert_array, assert_close, assert_dtype, assert_unchanged
from cnnlab.outcomes import CheckFailed, StudentError
from cnnlab.signatures import SIGNATURES

FAR = np.array([[-1000.0, 1000.0, 2.5], [-0.7, 40.0, -1000.0]])  # exp(1000) is inf


# --- what the layers share ----------------------------------------------------------------------------------------


def copies(inputs):
    """Copies, for a call that may write into its arguments; plain numbers stay what they are."""
    return [copy.deepcopy(value) for value in inputs]


def check_forward(student, reference, name, inputs):
    """The output of one call against the reference's."""
    desired, _ = getattr(reference, name)(*copies(inputs))
    out, _ = getattr(student, name)(*inputs)
    assert_close(out, desired)


def check_backward(student, reference, rng, names, inputs, wanted):
    """Some gradients against the reference's, from the student's own cache. `names`: forward and backward."""
    forward, backward = names
    out, cache = getattr(reference, forward)(*copies(inputs))
    dout = rng.standard_normal(out.shape)
    desired = gradients_of(reference, reference_name(backward), dout.copy(), cache)
    mine = cache_of(student, forward, *inputs)
    gradients = gradients_of(student, backward, dout, mine)
    for name, gradient, expected in zip(SIGNATURES[backward].results, gradients, desired):
        if name in wanted:
            assert_close(gradient, expected, name)


def reference_name(backward):
    """Both backward passes of batchnorm are judged by the one that follows the graph."""
    return "batchnorm_backward" if backward == "batchnorm_backward_alt" else backward


def gradients_of(functions, backward, dout, cache):
    """All gradients of one call, in a tuple also where there is only dx."""
    gradients = getattr(functions, backward)(dout, cache)
    return gradients if len(SIGNATURES[backward].results) > 1 else (gradients,)


def check_inputs(student, name, inputs):
    """float64 for float64; inputs left as they were, the running statistics of a bn_param aside."""
    before = copies(inputs)
    out, _ = getattr(student, name)(*inputs)
    assert_dtype(out, np.float64, "out")
    for argument, value, earlier in zip(SIGNATURES[name].parameters, inputs, before):
        if argument == "bn_param":
            value, earlier = without_statistics(value), without_statistics(earlier)
        assert_unchanged(value, earlier, argument)


def without_statistics(bn_param):
    return {key: value for key, value in bn_param.items() if key not in ("running_mean", "running_var")}


def check_manners(student, rng, names, inputs, others):
    """dout left as it was; the same gradients in float64 a second time, with another forward in between."""
    forward, backward = names
    mine = cache_of(student, forward, *inputs)
    dout = rng.standard_normal(out_shape(forward, inputs))
    before = dout.copy()
    first = [assert_array(gradient, "gradient").copy() for gradient in gradients_of(student, backward, dout, mine)]
    assert_unchanged(dout, before, "dout")
    cache_of(student, forward, *others)
    again = gradients_of(student, backward, before.copy(), mine)
    for name, gradient, once in zip(SIGNATURES[backward].results, again, first):
        assert_dtype(gradient, np.float64, name)
        assert_close(gradient, once, f"{name}, the second time,")


def out_shape(forward, inputs):
    """Shape of the output: that of x, but for maxout, which has as many features as its weights."""
    return (inputs[0].shape[0], inputs[1].shape[1]) if forward == "maxout_forward" else inputs[0].shape


# --- activations --------------------------------------------------------------------------------------------------


def activation_inputs(rng):
    """Arrays with one, two and four axes; the first has entries close to 0 on both sides."""
    near = [-0.04, 0.04, 1e-3, -1e-3]
    return [
        np.append(rng.standard_normal(5), near),
        *(2 * rng.standard_normal(shape) for shape in ((3, 5), (2, 3, 4, 5))),
    ]


def check_activation(student, reference, rng, name):
    """The forward pass on arrays with one, two and four axes."""
    for x in activation_inputs(rng):
        check_forward(student, reference, f"{name}_forward", [x])


def check_slope(student, reference, rng, name):
    """The backward pass on arrays with one, two and four axes."""
    names = f"{name}_forward", f"{name}_backward"
    for x in activation_inputs(rng):
        check_backward(student, reference, rng, names, [x], ("dx",))


def check_activation_manners(student, rng, name):
    names = f"{name}_forward", f"{name}_backward"
    check_inputs(student, names[0], [rng.standard_normal((6, 7))])
    check_manners(student, rng, names, [rng.standard_normal((6, 7))], [rng.standard_normal((6, 7))])


def check_far_slope(student, reference, rng, name):
    check_backward(student, reference, rng, (f"{name}_forward", f"{name}_backward"), [FAR.copy()], ("dx",))


@pytest.mark.question("sigmoid", points=0.5)
def test_sigmoid_forward(student, reference, rng):
    """right output, for any number of axes"""
    check_activation(student, reference, rng, "sigmoid")


@pytest.mark.question("sigmoid", points=0.5)
def test_sigmoid_far(student, reference):
    """finite and right at -1000 and 1000"""
    check_forward(student, reference, "sigmoid_forward", [FAR.copy()])


@pytest.mark.question("sigmoid", points=1)
def test_sigmoid_backward(student, reference, rng):
    """right dx"""
    check_slope(student, reference, rng, "sigmoid")


@pytest.mark.question("sigmoid", points=0.5)
def test_sigmoid_backward_far(student, reference, rng):
    """dx finite and right at -1000 and 1000"""
    check_far_slope(student, reference, rng, "sigmoid")


@pytest.mark.question("sigmoid", points=0.5, after=["test_sigmoid_forward", "test_sigmoid_backward"])
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
    check_forward(student, reference, "tanh_forward", [FAR.copy()])


@pytest.mark.question("tanh", points=1)
def test_tanh_backward(student, reference, rng):
    """right dx"""
    check_slope(student, reference, rng, "tanh")


@pytest.mark.question("tanh", points=0.5)
def test_tanh_backward_far(student, reference, rng):
    """dx finite and right at -1000 and 1000"""
    check_far_slope(student, reference, rng, "tanh")


@pytest.mark.question("tanh", points=0.5, after=["test_tanh_forward", "test_tanh_backward"])
def test_tanh_manners(student, rng):
    """x and dout left as they were, float64 for float64, the same dx a second time"""
    check_activation_manners(student, rng, "tanh")


@pytest.mark.question("relu", points=1)
def test_relu_forward(student, reference, rng):
    """right output, for any number of axes"""
    check_activation(student, reference, rng, "relu")
    check_forward(student, reference, "relu_forward", [FAR.copy()])


@pytest.mark.question("relu", points=1)
def test_relu_backward(student, reference, rng):
    """right dx: dout where x is positive"""
    check_slope(student, reference, rng, "relu")
    check_far_slope(student, reference, rng, "relu")


@pytest.mark.question("relu", points=1, after=["test_relu_forward", "test_relu_backward"])
def test_relu_manners(student, rng):
    """x and dout left as they were, float64 for float64, the same dx a second time"""
    check_activation_manners(student, rng, "relu")


@pytest.mark.question("leaky_relu", points=1)
def test_leaky_relu_forward(student, reference, rng):
    """right output, with slope 0.1 below zero"""
    check_activation(student, reference, rng, "leaky_relu")
    check_forward(student, reference, "leaky_relu_forward", [FAR.copy()])


@pytest.mark.question("leaky_relu", points=1)
def test_leaky_relu_backward(student, reference, rng):
    """right dx on both sides of zero"""
    check_slope(student, reference, rng, "leaky_relu")
    check_far_slope(student, reference, rng, "leaky_relu")


@pytest.mark.question("leaky_relu", points=1, after=["test_leaky_relu_forward", "test_leaky_relu_backward"])
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
    check_forward(student, reference, "elu_forward", [FAR.copy()])


@pytest.mark.question("elu", points=1)
def test_elu_backward(student, reference, rng):
    """right dx on both sides of zero"""
    check_slope(student, reference, rng, "elu")


@pytest.mark.question("elu", points=0.5)
def test_elu_backward_far(student, reference, rng):
    """dx finite and right at -1000 and 1000"""
    check_far_slope(student, reference, rng, "elu")


@pytest.mark.question("elu", points=0.5, after=["test_elu_forward", "test_elu_backward"])
def test_elu_manners(student, rng):
    """x and dout left as they were, float64 for float64, the same dx a second time"""
    check_activation_manners(student, rng, "elu")


MAXOUT = "maxout_forward", "maxout_backward"
MAXOUTS = [(8, 4, 5), (9, 2, 3), (1, 3, 2)]  # N, D, M


def draw_maxout(rng, n, d, m):
    return [rng.standard_normal(shape) for shape in ((n, d), (d, m), (m,), (d, m), (m,))]


@pytest.mark.question("maxout", points=1.5)
def test_maxout_forward(student, reference, rng):
    """right output: the larger of two affine functions"""
    for case in MAXOUTS:
        check_forward(student, reference, "maxout_forward", draw_maxout(rng, *case))
    check_forward(student, reference, "maxout_forward", [FAR.copy(), *draw_maxout(rng, 2, 3, 4)[1:]])


@pytest.mark.question("maxout", points=1)
def test_maxout_dx(student, reference, rng):
    """right dx: through the larger function only"""
    for case in MAXOUTS:
        check_backward(student, reference, rng, MAXOUT, draw_maxout(rng, *case), ("dx",))


@pytest.mark.question("maxout", points=1.5)
def test_maxout_weights(student, reference, rng):
    """right dw1, db1, dw2 and db2"""
    for case in MAXOUTS:
        check_backward(student, reference, rng, MAXOUT, draw_maxout(rng, *case), ("dw1", "db1", "dw2", "db2"))


@pytest.mark.question("maxout", points=1, after=["test_maxout_forward", "test_maxout_dx", "test_maxout_weights"])
def test_maxout_manners(student, rng):
    """inputs and dout left as they were, float64 for float64, the same gradients a second time"""
    check_inputs(student, "maxout_forward", draw_maxout(rng, 3, 4, 5))
    check_manners(student, rng, MAXOUT, draw_maxout(rng, 3, 4, 5), draw_maxout(rng, 3, 4, 5))


# --- batch normalization: forward ---------------------------------------------------------------------------------


FEATURES = [(5, 3), (4, 7), (9, 2)]  # N, D
IMAGES = [(2, 3, 4, 5), (3, 5, 2, 4), (1, 2, 5, 3)]  # N, C, H, W


def draw(rng, shape, param, scale=2.0):
    """x with a mean and a spread of its own in each channel (axis 1), gamma, beta and a parameter dict."""
    count = shape[1]
    per_channel = (1, count, *[1] * (len(shape) - 2))
    spread, middle = scale * rng.uniform(0.5, 1.5, per_channel), 1.5 * scale * rng.standard_normal(per_channel)
    x = middle + spread * rng.standard_normal(shape)
    return [x, rng.uniform(0.5, 2, count) * rng.choice([-1, 1], count), rng.standard_normal(count), param]


def bn_param(mode, count=None, rng=None, **entries):
    """A bn_param; with running statistics if a generator is given. Momentum and eps are given unless they are None."""
    param = {"mode": mode, "eps": 1e-5, "momentum": 0.9, **entries}
    if rng is not None:
        param |= {"running_mean": rng.standard_normal(count), "running_var": rng.uniform(0.5, 3, count)}
    return {key: value for key, value in param.items() if value is not None}


@pytest.mark.question("batchnorm_forward", points=3)
def test_bn_train(student, reference, rng):
    """right output in train mode"""
    for shape in FEATURES:
        check_forward(student, reference, "batchnorm_forward", draw(rng, shape, bn_param("train", shape[1], rng)))


@pytest.mark.question("batchnorm_forward", points=1)
def test_bn_eps(student, reference, rng):
    """eps as bn_param gives it, 1e-5 where it does not; inside the square root"""
    for eps, scale in ((0.3, 1.0), (0.02, 0.1), (None, 0.01)):
        inputs = draw(rng, (5, 4), bn_param("train", 4, rng, eps=eps), scale)
        check_forward(student, reference, "batchnorm_forward", inputs)


@pytest.mark.question("batchnorm_forward", points=2)
def test_bn_running(student, rng):
    """right running mean and variance after one step, and after three"""
    for shape, momentum in [((5, 3), 0.9), ((4, 7), 0.7)]:
        param = bn_param("train", shape[1], rng, momentum=momentum, eps=0.1)
        for _ in range(3):
            *arrays, _ = draw(rng, shape, None)
            check_step(student.batchnorm_forward, *arrays, param, momentum)


@pytest.mark.question("batchnorm_forward", points=1)
def test_bn_running_start(student, rng):
    """running statistics that are missing start at zeros, and momentum is 0.9 where it is missing"""
    for momentum in (0.8, None):
        param = bn_param("train", momentum=momentum)
        check_step(student.batchnorm_forward, *draw(rng, (5, 3), param), momentum or 0.9)


@pytest.mark.question("batchnorm_forward", points=3)
def test_bn_test(student, reference, rng):
    """right output in test mode: from the running statistics, for a single row too"""
    for shape, eps in [((5, 3), 1e-5), ((1, 4), 0.3), ((4, 7), 0.05), ((3, 2), None)]:
        inputs = draw(rng, shape, bn_param("test", shape[1], rng, eps=eps))
        check_forward(student, reference, "batchnorm_forward", inputs)


@pytest.mark.question("batchnorm_forward", points=0.5, after=["test_bn_test"])
def test_bn_test_keeps(student, rng):
    """running statistics left as they were in test mode"""
    inputs = draw(rng, (5, 3), bn_param("test", 3, rng))
    before = statistics_of(inputs[3], 3)
    student.batchnorm_forward(*inputs)
    assert_running(inputs[3], before)


@pytest.mark.question("batchnorm_forward", points=0.5, after=["test_bn_train"])
def test_bn_mode(student, rng):
    """a mode other than train and test is a ValueError"""
    for mode in ("eval", "training"):
        try:
            student.batchnorm_forward(*draw(rng, (5, 3), bn_param(mode, 3, rng)))
        except StudentError as error:
            if error.type_name != "ValueError":
                raise
        else:
            raise CheckFailed(f"an output for the mode {mode!r}", f"a ValueError: there is no mode {mode!r}")


@pytest.mark.question("batchnorm_forward", points=0.5, after=["test_bn_train"])
def test_bn_single(student, rng):
    """a batch of one in train mode gives beta"""
    x, gamma, beta, param = draw(rng, (1, 4), bn_param("train", 4, rng))
    desired = beta[None].copy()
    out, _ = student.batchnorm_forward(x, gamma, beta, param)
    assert_close(out, desired)


@pytest.mark.question("batchnorm_forward", points=0.5, after=["test_bn_train"])
def test_bn_inputs(student, rng):
    """x, gamma, beta, mode, eps and momentum left as they were, float64 for float64"""
    for mode in ("train", "test"):
        check_inputs(student, "batchnorm_forward", draw(rng, (5, 3), bn_param(mode, 3, rng, eps=0.01, momentum=0.8)))


# --- batch normalization: backward --------------------------------------------------------------------------------


BATCHNORM = "batchnorm_forward", "batchnorm_backward"
ALTERNATIVE = "batchnorm_forward", "batchnorm_backward_alt"
SCALES = ("dgamma", "dbeta")


def check_norm_backward(student, reference, rng, names, shapes, wanted, param=None):
    for shape in shapes:
        inputs = draw(rng, shape, {} if param is None else dict(param))
        check_backward(student, reference, rng, names, inputs, wanted)


def check_eps_backward(student, reference, rng, names, shape, param):
    """dx with a large eps, and where eps is of the size of the variance."""
    for eps, scale in ((0.5, 1.0), (1e-3, 0.03)):
        inputs = draw(rng, shape, {**param, "eps": eps}, scale)
        check_backward(student, reference, rng, names, inputs, ("dx",))


def check_norm_manners(student, rng, names, shape, param):
    check_manners(student, rng, names, draw(rng, shape, dict(param)), draw(rng, shape, dict(param)))


@pytest.mark.question("batchnorm_backward", points=2)
def test_bn_backward_scales(student, reference, rng):
    """right dgamma and dbeta"""
    check_norm_backward(student, reference, rng, BATCHNORM, FEATURES, SCALES, bn_param("train"))


@pytest.mark.question("batchnorm_backward", points=4)
def test_bn_backward_dx(student, reference, rng):
    """right dx: directly, through the mean and through the variance"""
    check_norm_backward(student, reference, rng, BATCHNORM, FEATURES, ("dx",), bn_param("train"))


@pytest.mark.question("batchnorm_backward", points=1)
def test_bn_backward_eps(student, reference, rng):
    """right dx with a large eps and with a small variance"""
    check_eps_backward(student, reference, rng, BATCHNORM, (6, 4), bn_param("train"))


@pytest.mark.question("batchnorm_backward", points=2, after=["test_bn_backward_scales", "test_bn_backward_dx"])
def test_bn_backward_manners(student, rng):
    """dout left as it was, float64 for float64, the same gradients from one cache a second time"""
    check_norm_manners(student, rng, BATCHNORM, (5, 3), bn_param("train"))


@pytest.mark.question("batchnorm_backward_alt", points=1)
def test_bn_alt_scales(student, reference, rng):
    """right dgamma and dbeta"""
    check_norm_backward(student, reference, rng, ALTERNATIVE, FEATURES, SCALES, bn_param("train"))


@pytest.mark.question("batchnorm_backward_alt", points=2)
def test_bn_alt_dx(student, reference, rng):
    """right dx, from the cache that batchnorm_backward takes"""
    check_norm_backward(student, reference, rng, ALTERNATIVE, FEATURES, ("dx",), bn_param("train"))


@pytest.mark.question("batchnorm_backward_alt", points=1)
def test_bn_alt_eps(student, reference, rng):
    """right dx with a large eps and with a small variance"""
    check_eps_backward(student, reference, rng, ALTERNATIVE, (6, 4), bn_param("train"))


@pytest.mark.question("batchnorm_backward_alt", points=1, after=["test_bn_alt_scales", "test_bn_alt_dx"])
def test_bn_alt_manners(student, rng):
    """dout left as it was, float64 for float64, the same gradients from one cache a second time"""
    check_norm_manners(student, rng, ALTERNATIVE, (5, 3), bn_param("train"))


@pytest.mark.question("batchnorm_backward_alt", points=1, after=["test_bn_alt_scales", "test_bn_alt_dx"])
def test_bn_alt_own(student):
    """a formula of its own: it does not call batchnorm_backward"""
    if reaches(student.trees("batchnorm_backward_alt"), "batchnorm_backward_alt", "batchnorm_backward"):
        raise CheckFailed("a call of batchnorm_backward", "the simplified formula, written out")


# --- spatial batch normalization ----------------------------------------------------------------------------------


SPATIAL = "spatial_batchnorm_forward", "spatial_batchnorm_backward"


@pytest.mark.question("spatial_batchnorm_forward", points=2)
def test_spatial_train(student, reference, rng):
    """right output in train mode: statistics over images, rows and columns"""
    for shape in IMAGES:
        inputs = draw(rng, shape, bn_param("train", shape[1], rng, eps=1e-3))
        check_forward(student, reference, "spatial_batchnorm_forward", inputs)


@pytest.mark.question("spatial_batchnorm_forward", points=1)
def test_spatial_running(student, rng):
    """right running statistics, one for each channel; they start at zeros"""
    for param in (bn_param("train", 3, rng, momentum=0.7), bn_param("train")):
        check_step(student.spatial_batchnorm_forward, *draw(rng, (2, 3, 4, 5), param), param["momentum"])


@pytest.mark.question("spatial_batchnorm_forward", points=1.5)
def test_spatial_test(student, reference, rng):
    """right output in test mode: from the running statistics"""
    for shape in IMAGES:
        inputs = draw(rng, shape, bn_param("test", shape[1], rng, eps=0.1))
        check_forward(student, reference, "spatial_batchnorm_forward", inputs)


@pytest.mark.question("spatial_batchnorm_forward", points=0.5, after=["test_spatial_train"])
def test_spatial_inputs(student, rng):
    """inputs left as they were, the running statistics in train mode aside; float64 for float64"""
    for mode in ("train", "test"):
        inputs = draw(rng, (2, 3, 4, 5), bn_param(mode, 3, rng))
        before = statistics_of(inputs[3], 3)
        check_inputs(student, "spatial_batchnorm_forward", inputs)
    assert_running(inputs[3], before)


@pytest.mark.question("spatial_batchnorm_backward", points=1)
def test_spatial_scales(student, reference, rng):
    """right dgamma and dbeta, one for each channel"""
    check_norm_backward(student, reference, rng, SPATIAL, IMAGES, SCALES, bn_param("train"))


@pytest.mark.question("spatial_batchnorm_backward", points=2)
def test_spatial_dx(student, reference, rng):
    """right dx"""
    check_norm_backward(student, reference, rng, SPATIAL, IMAGES, ("dx",), bn_param("train"))
    check_eps_backward(student, reference, rng, SPATIAL, IMAGES[0], bn_param("train"))


@pytest.mark.question("spatial_batchnorm_backward", points=1, after=["test_spatial_scales", "test_spatial_dx"])
def test_spatial_manners(student, rng):
    """dout left as it was, float64 for float64, the same gradients from one cache a second time"""
    check_norm_manners(student, rng, SPATIAL, (2, 3, 4, 5), bn_param("train"))


# --- layer, instance and group normalization ----------------------------------------------------------------------


LAYER = "layernorm_forward", "layernorm_backward"
GROUP = "spatial_groupnorm_forward", "spatial_groupnorm_backward"
ROWS = [(3, 5), (6, 4), (2, 9)]  # N, D
GROUPS = [((2, 6, 3, 4), 3), ((3, 6, 4, 2), 2), ((2, 8, 5, 3), 4)]  # shape, G
EXTREMES = [
    ((2, 4, 3, 2), 1),
    ((2, 3, 5, 2), 3),
    ((1, 4, 2, 3), 2),
]  # one group of all channels; each channel a group; one image


def check_eps_forward(student, reference, rng, name, shape, groups=()):
    for param, scale in (({"eps": 0.3}, 1.0), ({"eps": 0.02}, 0.1), ({}, 0.01)):
        *arrays, _ = draw(rng, shape, None, scale)
        check_forward(student, reference, name, [*arrays, *groups, param])


def draw_groups(rng, case, param=None, scale=2.0):
    shape, groups = case
    x, gamma, beta, param = draw(rng, shape, param or {}, scale)
    return [x, gamma, beta, groups, param]


@pytest.mark.question("layernorm_forward", points=2)
def test_layer_forward(student, reference, rng):
    """right output: each row by its own mean and variance"""
    for shape in ROWS:
        check_forward(student, reference, "layernorm_forward", draw(rng, shape, {"eps": 1e-5}))


@pytest.mark.question("layernorm_forward", points=1)
def test_layer_eps(student, reference, rng):
    """eps as ln_param gives it, 1e-5 where it does not"""
    check_eps_forward(student, reference, rng, "layernorm_forward", (3, 5))


@pytest.mark.question("layernorm_forward", points=0.5)
def test_layer_single(student, reference, rng):
    """a single row is normalized like any other"""
    check_forward(student, reference, "layernorm_forward", draw(rng, (1, 6), {}))


@pytest.mark.question("layernorm_forward", points=0.5, after=["test_layer_forward"])
def test_layer_inputs(student, rng):
    """inputs left as they were, float64 for float64"""
    check_inputs(student, "layernorm_forward", draw(rng, (3, 5), {"eps": 0.01}))


@pytest.mark.question("layernorm_backward", points=1.5)
def test_layer_scales(student, reference, rng):
    """right dgamma and dbeta, one for each feature"""
    check_norm_backward(student, reference, rng, LAYER, [*ROWS, (4, 4)], SCALES)


@pytest.mark.question("layernorm_backward", points=2.5)
def test_layer_dx(student, reference, rng):
    """right dx"""
    check_norm_backward(student, reference, rng, LAYER, ROWS, ("dx",))
    check_eps_backward(student, reference, rng, LAYER, (3, 5), {})


@pytest.mark.question("layernorm_backward", points=1, after=["test_layer_scales", "test_layer_dx"])
def test_layer_manners(student, rng):
    """dout left as it was, float64 for float64, the same gradients from one cache a second time"""
    check_norm_manners(student, rng, LAYER, (3, 5), {})


@pytest.mark.question("instancenorm_forward", points=2.5)
def test_instance_forward(student, reference, rng):
    """right output: each channel of each image by its own mean and variance"""
    for shape in IMAGES:
        check_forward(student, reference, "instancenorm_forward", draw(rng, shape, {"eps": 1e-5}))


@pytest.mark.question("instancenorm_forward", points=1)
def test_instance_eps(student, reference, rng):
    """eps as in_param gives it, 1e-5 where it does not"""
    check_eps_forward(student, reference, rng, "instancenorm_forward", (2, 3, 4, 5))


@pytest.mark.question("instancenorm_forward", points=0.5, after=["test_instance_forward"])
def test_instance_inputs(student, rng):
    """inputs left as they were, float64 for float64"""
    check_inputs(student, "instancenorm_forward", draw(rng, (2, 3, 4, 5), {"eps": 0.01}))


@pytest.mark.question("spatial_groupnorm_forward", points=2.5)
def test_group_forward(student, reference, rng):
    """right output with several channels in each of several groups"""
    for case in GROUPS:
        check_forward(student, reference, "spatial_groupnorm_forward", draw_groups(rng, case, {"eps": 1e-5}))


@pytest.mark.question("spatial_groupnorm_forward", points=1)
def test_group_extremes(student, reference, rng):
    """right output where G is 1, where G is C, and for a single image"""
    for case in EXTREMES:
        check_forward(student, reference, "spatial_groupnorm_forward", draw_groups(rng, case))


@pytest.mark.question("spatial_groupnorm_forward", points=1)
def test_group_eps(student, reference, rng):
    """eps as gn_param gives it, 1e-5 where it does not"""
    shape, groups = GROUPS[0]
    check_eps_forward(student, reference, rng, "spatial_groupnorm_forward", shape, (groups,))


@pytest.mark.question("spatial_groupnorm_forward", points=0.5, after=["test_group_forward"])
def test_group_inputs(student, rng):
    """inputs left as they were, float64 for float64"""
    check_inputs(student, "spatial_groupnorm_forward", draw_groups(rng, GROUPS[0], {"eps": 0.01}))


@pytest.mark.question("spatial_groupnorm_backward", points=1.5)
def test_group_scales(student, reference, rng):
    """right dgamma and dbeta, one for each channel"""
    for case in [*GROUPS, *EXTREMES]:
        check_backward(student, reference, rng, GROUP, draw_groups(rng, case), SCALES)


@pytest.mark.question("spatial_groupnorm_backward", points=2.5)
def test_group_dx(student, reference, rng):
    """right dx with several channels in each of several groups"""
    for case in GROUPS:
        check_backward(student, reference, rng, GROUP, draw_groups(rng, case), ("dx",))
    check_backward(student, reference, rng, GROUP, draw_groups(rng, GROUPS[1], {"eps": 0.5}, 1.0), ("dx",))


@pytest.mark.question("spatial_groupnorm_backward", points=1)
def test_group_dx_extremes(student, reference, rng):
    """right dx where G is 1, where G is C, and for a single image"""
    for case in EXTREMES:
        check_backward(student, reference, rng, GROUP, draw_groups(rng, case), ("dx",))


@pytest.mark.question("spatial_groupnorm_backward", points=1, after=["test_group_scales", "test_group_dx"])
def test_group_manners(student, rng):
    """dout left as it was, float64 for float64, the same gradients from one cache a second time"""
    check_manners(student, rng, GROUP, draw_groups(rng, GROUPS[0]), draw_groups(rng, GROUPS[0]))


# --- folding ------------------------------------------------------------------------------------------------------


FOLDS = [((4, 3, 3, 2), 1e-5), ((2, 5, 1, 3), 0.4), ((3, 3, 2, 2), 0.05)]  # shape of w, eps


def draw_fold(rng, shape, eps):
    w, b = rng.standard_normal(shape), rng.standard_normal(shape[0])
    gamma, beta, mean = (rng.standard_normal(shape[0]) for _ in range(3))
    return [w, b, gamma, beta, mean, rng.uniform(0.2, 3, shape[0]), eps]


def check_folded(student, reference, rng, name):
    for shape, eps in FOLDS:
        *arrays, eps = draw_fold(rng, shape, eps)
        desired = dict(zip(("w_folded", "b_folded"), reference.fold_batchnorm(*copies(arrays), eps)))
        folded = dict(zip(("w_folded", "b_folded"), student.fold_batchnorm(*arrays, eps)))
        assert_close(folded[name], desired[name], name)


def convolve(x, w, b):
    """The judge's own convolution: stride 1, no padding."""
    windows = sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return np.moveaxis(np.tensordot(windows, w, ((1, 4, 5), (1, 2, 3))) + b, 3, 1)


@pytest.mark.question("fold_batchnorm", points=1.5)
def test_fold_w(student, reference, rng):
    """right filters"""
    check_folded(student, reference, rng, "w_folded")


@pytest.mark.question("fold_batchnorm", points=1.5)
def test_fold_b(student, reference, rng):
    """right biases"""
    check_folded(student, reference, rng, "b_folded")


@pytest.mark.question("fold_batchnorm", points=1.5)
def test_fold_end_to_end(student, rng):
    """the folded convolution equals convolution and batchnorm in test mode"""
    for shape, eps in FOLDS:
        w, b, gamma, beta, mean, var, eps = draw_fold(rng, shape, eps)
        x = rng.standard_normal((2, shape[1], 5, 4))
        column = [value[:, None, None] for value in (gamma, beta, mean, var)]
        desired = column[0] * (convolve(x, w, b) - column[2]) / np.sqrt(column[3] + eps) + column[1]
        w_folded, b_folded = student.fold_batchnorm(w.copy(), b, gamma, beta, mean, var, eps)
        if assert_array(w_folded, "w_folded").shape != w.shape or assert_array(b_folded, "b_folded").shape != b.shape:
            raise CheckFailed(
                f"w_folded of shape {w_folded.shape} and b_folded of shape {b_folded.shape}",
                f"w_folded of shape {w.shape} and b_folded of shape {b.shape}",
            )
        assert_close(convolve(x, w_folded, b_folded), desired, "the folded convolution's out")


@pytest.mark.question("fold_batchnorm", points=0.5, after=["test_fold_w", "test_fold_b"])
def test_fold_inputs(student, rng):
    """inputs left as they were, float64 for float64"""
    inputs = draw_fold(rng, *FOLDS[0])
    before = copies(inputs[:-1])
    folded = student.fold_batchnorm(*inputs)
    for name, value in zip(("w_folded", "b_folded"), folded):
        assert_dtype(value, np.float64, name)
    for name, value, earlier in zip(SIGNATURES["fold_batchnorm"].parameters, inputs, before):
        assert_unchanged(value, earlier, name)
