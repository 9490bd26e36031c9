"""Visible checks of a3_normalization: cases from the notebook to redo on paper, properties, numeric gradients.

No reference implementation is here: students read this file.
"""

import copy

import numpy as np
import pytest

from cnnlab.checking.compare import assert_close, assert_dtype, assert_shape, assert_unchanged
from cnnlab.checking.gradcheck import check_gradient
from cnnlab.checking.outcomes import CheckFailed, NotAttempted, NotChecked, StudentError
from cnnlab.signatures import COURSE, SIGNATURES

FAR = np.array([[-1000.0, 1000.0], [1000.0, -1000.0]])
GAMMA, BETA = np.array([4.0, 8]), np.array([1.0, 0])  # of the examples on paper
EPS = 15.0


def example():
    """x of the example in section 2; made anew for each call, since a student's code may write into it."""
    return np.array([[1.0, 3], [3, 17]])


def image():
    """The example of section 5: one image, two channels of 1x2 pixels."""
    return np.array([[[[1.0, 3]], [[3, 17]]]])


def forward(student, name, *inputs):
    """out and cache of the student's own forward; `NotChecked` with the reason if it has none to give."""
    try:
        return getattr(student, name)(*inputs)
    except NotAttempted:
        if name.removesuffix("_forward") in COURSE["a3_normalization"]:  # forward and backward are one question
            raise
        reason = f"{name} is not attempted yet"
    except StudentError as error:
        reason = f"{name} raised {error.type_name}"
    except CheckFailed as error:
        reason = f"{name} returned {error.returned}"
    raise NotChecked(f"not checked: {reason}, so there is no cache to start from.")


def backward(student, name, dout, cache):
    """The gradients of one call by name; also where there is only dx."""
    names = SIGNATURES[name].results
    results = getattr(student, name)(dout, cache)
    return dict(zip(names, results if len(names) > 1 else (results,)))


def check_gradients(student, rng, names, inputs):
    """Every gradient against numeric ones of the student's own forward. `names`: forward and backward."""
    out, cache = forward(student, names[0], *copy.deepcopy(inputs))
    dout = rng.standard_normal(np.shape(out))
    gradients = backward(student, names[1], dout.copy(), cache)
    call = student.calls[-1]
    parameters = SIGNATURES[names[0]].parameters
    for name, gradient in gradients.items():
        position = parameters.index(name.removeprefix("d"))

        def output(moved, position=position):
            arguments = copy.deepcopy(inputs)
            return forward(student, names[0], *arguments[:position], moved, *arguments[position + 1 :])[0]

        try:
            check_gradient(output, inputs[position], dout, gradient, rng, name)
        except CheckFailed:
            student.calls.append(call)  # "called" names the last call: the one that is wrong, not the measuring
            raise


def check_twice(student, rng, names, inputs):
    """Inputs and dout left as they were, and the same gradients when the backward is called twice."""
    before = copy.deepcopy(inputs)
    out, cache = forward(student, names[0], *inputs)
    for name, value, earlier in zip(SIGNATURES[names[0]].parameters, inputs, before):
        if name != "bn_param":
            assert_unchanged(value, earlier, name)
    dout = rng.standard_normal(np.shape(out))
    dout_before = dout.copy()
    first = copy.deepcopy(backward(student, names[1], dout, cache))
    assert_unchanged(dout, dout_before, "dout")
    for name, again in backward(student, names[1], dout, cache).items():
        assert_close(again, first[name], f"{name} of the second call")


def per_channel(rng, count):
    return rng.uniform(0.5, 2, count), rng.standard_normal(count)


# --- activations --------------------------------------------------------------------------------------------------


def both_names(activation):
    return f"{activation}_forward", f"{activation}_backward"


def check_by_hand(student, activation, x, desired, slopes):
    """Values and slopes of the notebook's table."""
    out, _ = getattr(student, f"{activation}_forward")(np.array(x))
    assert_close(out, desired)
    _, cache = forward(student, f"{activation}_forward", np.array(x))
    dx = backward(student, f"{activation}_backward", np.array([1.0, 2]), cache)["dx"]
    assert_close(dx, np.array([1.0, 2]) * slopes, "dx")


def check_activation(student, rng, activation):
    """Shapes with any number of axes, numeric gradients, nothing changed in place."""
    for shape in [(6,), (2, 3, 2, 4)]:
        x = 2 * rng.standard_normal(shape)
        x += 0.05 * np.sign(x)  # no entry so near to 0 that a step for the numeric gradient crosses it
        out, _ = getattr(student, f"{activation}_forward")(x.copy())
        assert_shape(out, shape)
        assert_dtype(out)
        check_gradients(student, rng, both_names(activation), [x])
    check_twice(student, rng, both_names(activation), [rng.standard_normal((3, 4))])


def check_far(student, activation, low, high, slope_low=0.0, slope_high=0.0):
    """Values and slopes at -1000 and 1000."""
    out, cache = getattr(student, f"{activation}_forward")(FAR.copy())
    assert_close(out, np.where(FAR > 0, high, low))
    dx = backward(student, f"{activation}_backward", np.ones_like(FAR), cache)["dx"]
    assert_close(dx, np.where(FAR > 0, slope_high, slope_low), "dx")


@pytest.mark.question("sigmoid")
def test_sigmoid_by_hand(student):
    """the values of section 1: 0 and ln 3"""
    check_by_hand(student, "sigmoid", [0.0, np.log(3)], [0.5, 0.75], [0.25, 3 / 16])


@pytest.mark.question("sigmoid")
def test_sigmoid_far(student):
    """finite and right at -1000 and 1000"""
    check_far(student, "sigmoid", 0.0, 1.0)


@pytest.mark.question("sigmoid")
def test_sigmoid_gradients(student, rng):
    """any number of axes, numeric gradients, nothing changed in place"""
    check_activation(student, rng, "sigmoid")


@pytest.mark.question("tanh")
def test_tanh_by_hand(student):
    """the values of section 1: 0 and ln 2"""
    check_by_hand(student, "tanh", [0.0, np.log(2)], [0, 0.6], [1, 16 / 25])


@pytest.mark.question("tanh")
def test_tanh_far(student):
    """finite and right at -1000 and 1000"""
    check_far(student, "tanh", -1.0, 1.0)


@pytest.mark.question("tanh")
def test_tanh_gradients(student, rng):
    """any number of axes, numeric gradients, nothing changed in place"""
    check_activation(student, rng, "tanh")


@pytest.mark.question("relu")
def test_relu_by_hand(student):
    """-2 gives 0, 3 gives 3"""
    check_by_hand(student, "relu", [-2.0, 3], [0, 3], [0, 1])


@pytest.mark.question("relu")
def test_relu_gradients(student, rng):
    """any number of axes, numeric gradients, nothing changed in place"""
    check_activation(student, rng, "relu")


@pytest.mark.question("leaky_relu")
def test_leaky_relu_by_hand(student):
    """-2 gives -0.2, 3 gives 3"""
    check_by_hand(student, "leaky_relu", [-2.0, 3], [-0.2, 3], [0.1, 1])


@pytest.mark.question("leaky_relu")
def test_leaky_relu_gradients(student, rng):
    """any number of axes, numeric gradients, nothing changed in place"""
    check_activation(student, rng, "leaky_relu")


@pytest.mark.question("elu")
def test_elu_by_hand(student):
    """-ln 2 gives -0.5, 3 gives 3"""
    check_by_hand(student, "elu", [-np.log(2), 3], [-0.5, 3], [0.5, 1])


@pytest.mark.question("elu")
def test_elu_far(student):
    """finite and right at -1000 and 1000"""
    check_far(student, "elu", -1.0, 1000.0, slope_high=1.0)


@pytest.mark.question("elu")
def test_elu_gradients(student, rng):
    """any number of axes, numeric gradients, nothing changed in place"""
    check_activation(student, rng, "elu")


def maxout_inputs(rng):
    return [rng.standard_normal(shape) for shape in ((6, 4), (4, 3), (3,), (4, 3), (3,))]


@pytest.mark.question("maxout")
def test_maxout_by_hand(student):
    """the example of section 1"""
    w1, w2 = np.eye(2), np.array([[0.0, 1], [1, 0]])
    inputs = [np.array([[1.0, 2]]), w1, np.zeros(2), w2, np.array([1.0, -2])]
    out, cache = student.maxout_forward(*inputs)
    assert_close(out, [[3.0, 2]])
    gradients = backward(student, "maxout_backward", np.array([[1.0, 10]]), cache)
    assert_close(gradients["dx"], [[0.0, 11]], "dx")
    assert_close(gradients["db1"], [0.0, 10], "db1")
    assert_close(gradients["dw1"], [[0.0, 10], [0, 20]], "dw1")


@pytest.mark.question("maxout")
def test_maxout_gradients(student, rng):
    """the numeric gradients of your own forward pass"""
    check_gradients(student, rng, ("maxout_forward", "maxout_backward"), maxout_inputs(rng))


@pytest.mark.question("maxout")
def test_maxout_twice(student, rng):
    """inputs and dout left as they were, the same gradients when it is called twice"""
    check_twice(student, rng, ("maxout_forward", "maxout_backward"), maxout_inputs(rng))


# --- batch normalization ------------------------------------------------------------------------------------------


TRAIN = {"mode": "train", "eps": EPS}


def entry(bn_param, name):
    if name not in bn_param:
        raise CheckFailed(f"bn_param without {name}", f'bn_param["{name}"], an array')
    return bn_param[name]


@pytest.mark.question("batchnorm_forward")
def test_batchnorm_forward_by_hand(student):
    """the example of section 2, in train mode"""
    out, _ = student.batchnorm_forward(example(), GAMMA.copy(), BETA.copy(), dict(TRAIN))
    assert_close(out, [[0.0, -7], [2, 7]])


@pytest.mark.question("batchnorm_forward")
def test_batchnorm_forward_running(student):
    """the running statistics of the example: from zeros, with momentum 0.9"""
    bn_param = dict(TRAIN)
    student.batchnorm_forward(example(), GAMMA.copy(), BETA.copy(), bn_param)
    assert_close(entry(bn_param, "running_mean"), [0.2, 1], "running_mean")
    assert_close(entry(bn_param, "running_var"), [0.1, 4.9], "running_var")


@pytest.mark.question("batchnorm_forward")
def test_batchnorm_forward_test_mode(student):
    """the example of section 2, in test mode; the running statistics stay as they were"""
    mean, var = np.array([2.0, 10]), np.array([1.0, 49])
    bn_param = {"mode": "test", "eps": EPS, "running_mean": mean.copy(), "running_var": var.copy()}
    out, _ = student.batchnorm_forward(np.array([[6.0, 2]]), GAMMA.copy(), BETA.copy(), bn_param)
    assert_close(out, [[5.0, -8]])
    assert_close(entry(bn_param, "running_mean"), mean, "running_mean")
    assert_close(entry(bn_param, "running_var"), var, "running_var")


@pytest.mark.question("batchnorm_forward")
def test_batchnorm_forward_mean_and_deviation(student, rng):
    """mean beta and deviation gamma in each column, and nothing changed but the running statistics"""
    x, (gamma, beta) = 5 + 3 * rng.standard_normal((8, 3)), per_channel(rng, 3)
    inputs = [x, gamma, beta, {"mode": "train", "eps": 0.0, "momentum": 0.8}]
    before = copy.deepcopy(inputs)
    out, _ = student.batchnorm_forward(*inputs)
    assert_shape(out, x.shape)
    assert_close(out.mean(axis=0), before[2], "out.mean(axis=0)")
    assert_close(out.std(axis=0), before[1], "out.std(axis=0)")
    kept = {key: inputs[3].get(key) for key in before[3]}
    for name, value, earlier in zip(("x", "gamma", "beta", "bn_param"), [x, gamma, beta, kept], before):
        assert_unchanged(value, earlier, name)


@pytest.mark.question("batchnorm_forward")
def test_batchnorm_forward_mode(student, rng):
    """a mode that does not exist is a ValueError"""
    try:
        student.batchnorm_forward(rng.standard_normal((4, 2)), np.ones(2), np.zeros(2), {"mode": "eval"})
    except StudentError as error:
        if error.type_name != "ValueError":
            raise
    else:
        raise CheckFailed("an output", "a ValueError: the modes are 'train' and 'test'")


def check_batchnorm_by_hand(student, name):
    _, cache = forward(student, "batchnorm_forward", example(), GAMMA.copy(), BETA.copy(), dict(TRAIN))
    gradients = backward(student, name, np.array([[1.0, 1], [0, 1]]), cache)
    assert_close(gradients["dbeta"], [1.0, 2], "dbeta")
    assert_close(gradients["dgamma"], [-0.25, 0], "dgamma")
    assert_close(gradients["dx"], [[15 / 32, 0], [-15 / 32, 0]], "dx")


def batch(rng, shape, param):
    """x with a mean of its own in each channel, gamma, beta and a parameter dict."""
    x = 3 + 2 * rng.standard_normal(shape)
    return [x, *per_channel(rng, shape[1]), {"eps": 0.1, **param}]


@pytest.mark.question("batchnorm_backward")
def test_batchnorm_backward_by_hand(student):
    """the example of section 4"""
    check_batchnorm_by_hand(student, "batchnorm_backward")


@pytest.mark.question("batchnorm_backward")
def test_batchnorm_backward_numeric(student, rng):
    """the numeric gradients of your own forward pass"""
    inputs = batch(rng, (5, 3), {"mode": "train"})
    check_gradients(student, rng, ("batchnorm_forward", "batchnorm_backward"), inputs)


@pytest.mark.question("batchnorm_backward")
def test_batchnorm_backward_twice(student, rng):
    """the same gradients when it is called twice; dout is left as it was"""
    inputs = batch(rng, (5, 3), {"mode": "train"})
    check_twice(student, rng, ("batchnorm_forward", "batchnorm_backward"), inputs)


@pytest.mark.question("batchnorm_backward_alt")
def test_batchnorm_backward_alt_by_hand(student):
    """the example of section 4"""
    check_batchnorm_by_hand(student, "batchnorm_backward_alt")


@pytest.mark.question("batchnorm_backward_alt")
def test_batchnorm_backward_alt_numeric(student, rng):
    """the numeric gradients of your own forward pass"""
    inputs = batch(rng, (5, 3), {"mode": "train"})
    check_gradients(student, rng, ("batchnorm_forward", "batchnorm_backward_alt"), inputs)


@pytest.mark.question("batchnorm_backward_alt")
def test_batchnorm_backward_alt_twice(student, rng):
    """the same gradients when it is called twice; dout is left as it was"""
    inputs = batch(rng, (5, 3), {"mode": "train"})
    check_twice(student, rng, ("batchnorm_forward", "batchnorm_backward_alt"), inputs)


@pytest.mark.question("spatial_batchnorm_forward")
def test_spatial_batchnorm_forward_by_hand(student):
    """the example of section 5"""
    out, _ = student.spatial_batchnorm_forward(image(), GAMMA.copy(), BETA.copy(), dict(TRAIN))
    assert_close(out, [[[[0.0, 2]], [[-7, 7]]]])


@pytest.mark.question("spatial_batchnorm_forward")
def test_spatial_batchnorm_forward_channels(student, rng):
    """mean beta and deviation gamma in each channel; running statistics of shape (C,)"""
    x, gamma, beta, bn_param = batch(rng, (2, 3, 4, 5), {"mode": "train", "eps": 0.0})
    mean = x.mean(axis=(0, 2, 3))
    out, _ = student.spatial_batchnorm_forward(x.copy(), gamma, beta, bn_param)
    assert_shape(out, x.shape)
    assert_close(out.mean(axis=(0, 2, 3)), beta, "out.mean(axis=(0, 2, 3))")
    assert_close(out.std(axis=(0, 2, 3)), gamma, "out.std(axis=(0, 2, 3))")
    assert_close(entry(bn_param, "running_mean"), 0.1 * mean, "running_mean")


@pytest.mark.question("spatial_batchnorm_forward")
def test_spatial_batchnorm_forward_test_mode(student, rng):
    """test mode by the running statistics: with mean 0 and variance 1 - eps only gamma and beta remain"""
    x, gamma, beta, bn_param = batch(rng, (2, 3, 2, 4), {"mode": "test"})
    bn_param |= {"running_mean": np.zeros(3), "running_var": np.full(3, 1 - bn_param["eps"])}
    out, _ = student.spatial_batchnorm_forward(x.copy(), gamma, beta, bn_param)
    assert_close(out, gamma[:, None, None] * x + beta[:, None, None])


@pytest.mark.question("spatial_batchnorm_backward")
def test_spatial_batchnorm_backward_numeric(student, rng):
    """the numeric gradients of your own forward pass"""
    names = "spatial_batchnorm_forward", "spatial_batchnorm_backward"
    check_gradients(student, rng, names, batch(rng, (2, 3, 2, 4), {"mode": "train"}))


@pytest.mark.question("spatial_batchnorm_backward")
def test_spatial_batchnorm_backward_twice(student, rng):
    """the same gradients when it is called twice; dout is left as it was"""
    names = "spatial_batchnorm_forward", "spatial_batchnorm_backward"
    check_twice(student, rng, names, batch(rng, (2, 3, 2, 4), {"mode": "train"}))


# --- layer, instance and group normalization ----------------------------------------------------------------------


@pytest.mark.question("layernorm_forward")
def test_layernorm_forward_by_hand(student):
    """the example of section 6"""
    out, _ = student.layernorm_forward(example(), GAMMA.copy(), BETA.copy(), {"eps": EPS})
    assert_close(out, [[0.0, 2], [-2.5, 7]])


@pytest.mark.question("layernorm_forward")
def test_layernorm_forward_alone(student, rng):
    """a row on its own gives what it gives among others; ln_param may be empty and stays so"""
    x, gamma, beta, ln_param = rng.standard_normal((4, 6)), *per_channel(rng, 6), {}
    out, _ = student.layernorm_forward(x.copy(), gamma, beta, ln_param)
    assert_shape(out, x.shape)
    alone, _ = student.layernorm_forward(x[1:2].copy(), gamma, beta, {})
    assert_close(alone, out[1:2].copy())
    assert_unchanged(ln_param, {}, "ln_param")


@pytest.mark.question("layernorm_backward")
def test_layernorm_backward_by_hand(student):
    """the example of section 6"""
    _, cache = forward(student, "layernorm_forward", example(), GAMMA.copy(), BETA.copy(), {"eps": EPS})
    gradients = backward(student, "layernorm_backward", np.array([[1.0, 0], [0, 0]]), cache)
    assert_close(gradients["dbeta"], [1.0, 0], "dbeta")
    assert_close(gradients["dgamma"], [-0.25, 0], "dgamma")
    assert_close(gradients["dx"], [[15 / 32, -15 / 32], [0, 0]], "dx")


@pytest.mark.question("layernorm_backward")
def test_layernorm_backward_numeric(student, rng):
    """the numeric gradients of your own forward pass"""
    check_gradients(student, rng, ("layernorm_forward", "layernorm_backward"), batch(rng, (3, 5), {}))


@pytest.mark.question("layernorm_backward")
def test_layernorm_backward_twice(student, rng):
    """the same gradients when it is called twice; inputs and dout are left as they were"""
    check_twice(student, rng, ("layernorm_forward", "layernorm_backward"), batch(rng, (3, 5), {}))


@pytest.mark.question("instancenorm_forward")
def test_instancenorm_forward_by_hand(student):
    """the example of section 5"""
    out, _ = student.instancenorm_forward(image(), GAMMA.copy(), BETA.copy(), {"eps": EPS})
    assert_close(out, [[[[0.0, 2]], [[-7, 7]]]])


@pytest.mark.question("instancenorm_forward")
def test_instancenorm_forward_planes(student, rng):
    """mean beta and deviation gamma in each plane of each image"""
    x, gamma, beta, in_param = batch(rng, (2, 3, 4, 5), {"eps": 0.0})
    out, _ = student.instancenorm_forward(x.copy(), gamma, beta, in_param)
    assert_shape(out, x.shape)
    assert_close(out.mean(axis=(2, 3)), np.tile(beta, (2, 1)), "out.mean(axis=(2, 3))")
    assert_close(out.std(axis=(2, 3)), np.tile(gamma, (2, 1)), "out.std(axis=(2, 3))")


@pytest.mark.question("spatial_groupnorm_forward")
def test_spatial_groupnorm_forward_by_hand(student):
    """the example of section 6: one group"""
    out, _ = student.spatial_groupnorm_forward(image(), np.array([7.0, 14]), np.array([0.0, 1]), 1, {"eps": 8.0})
    assert_close(out, [[[[-5.0, -3]], [[-5, 23]]]])


@pytest.mark.question("spatial_groupnorm_forward")
def test_spatial_groupnorm_forward_groups(student, rng):
    """mean 1 and deviation 1 in each group of neighbouring channels, where gamma and beta are 1"""
    x = 3 + 2 * rng.standard_normal((2, 6, 3, 4))
    for groups in (1, 2, 3, 6):
        out, _ = student.spatial_groupnorm_forward(x.copy(), np.ones(6), np.ones(6), groups, {"eps": 0.0})
        assert_shape(out, x.shape)
        values = out.reshape(2, groups, -1)
        assert_close(values.mean(axis=2), np.ones((2, groups)), "mean of the groups")
        assert_close(values.std(axis=2), np.ones((2, groups)), "deviation of the groups")


@pytest.mark.question("spatial_groupnorm_backward")
def test_spatial_groupnorm_backward_numeric(student, rng):
    """the numeric gradients of your own forward pass, for several numbers of groups"""
    names = "spatial_groupnorm_forward", "spatial_groupnorm_backward"
    for groups in (1, 2, 4):
        x, gamma, beta, gn_param = batch(rng, (2, 4, 2, 3), {})
        check_gradients(student, rng, names, [x, gamma, beta, groups, gn_param])


@pytest.mark.question("spatial_groupnorm_backward")
def test_spatial_groupnorm_backward_twice(student, rng):
    """the same gradients when it is called twice; inputs and dout are left as they were"""
    names = "spatial_groupnorm_forward", "spatial_groupnorm_backward"
    x, gamma, beta, gn_param = batch(rng, (2, 4, 2, 3), {})
    check_twice(student, rng, names, [x, gamma, beta, 2, gn_param])


# --- folding ------------------------------------------------------------------------------------------------------


@pytest.mark.question("fold_batchnorm")
def test_fold_batchnorm_by_hand(student):
    """the example of section 7"""
    one = [np.array([value]) for value in (5.0, 8, 1, 2, 1)]
    w_folded, b_folded = student.fold_batchnorm(np.full((1, 1, 1, 1), 3.0), *one, EPS)
    assert_close(w_folded, [[[[6.0]]]], "w_folded")
    assert_close(b_folded, [7.0], "b_folded")


@pytest.mark.question("fold_batchnorm")
def test_fold_batchnorm_end_to_end(student, rng):
    """the folded filters on one window equal filters and batch normalization in test mode"""
    w, b = rng.standard_normal((4, 3, 2, 5)), rng.standard_normal(4)
    (gamma, beta), mean, var = per_channel(rng, 4), rng.standard_normal(4), rng.uniform(0.5, 2, 4)
    window = rng.standard_normal((3, 2, 5))
    desired = gamma * (np.sum(w * window, axis=(1, 2, 3)) + b - mean) / np.sqrt(var + 0.1) + beta
    before = w.copy()
    w_folded, b_folded = student.fold_batchnorm(w, b, gamma, beta, mean, var, 0.1)
    assert_unchanged(w, before, "w")
    assert_shape(w_folded, w.shape, "w_folded")
    assert_shape(b_folded, b.shape, "b_folded")
    assert_close(np.sum(w_folded * window, axis=(1, 2, 3)) + b_folded, desired, "the folded convolution's output")
