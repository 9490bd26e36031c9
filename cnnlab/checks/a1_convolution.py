"""Visible checks of a1_convolution: cases from the notebook to redo on paper, shapes, properties, numeric gradients.

No reference implementation is here: students read this file.
"""

import numpy as np
import pytest

from cnnlab.checking.compare import assert_close, assert_dtype, assert_equal, assert_shape, assert_unchanged
from cnnlab.checking.gradcheck import check_gradient
from cnnlab.checking.outcomes import CheckFailed, NotAttempted, NotChecked, StudentError
from cnnlab.variations import VARIATIONS


def example():
    """x, w and b of the example in section 6; made anew for each call, since a student's code may write into them."""
    x = np.array([[[[1.0, 2, 0, 1], [0, 1, 3, 1], [2, 0, 1, 2]]]])
    return x, np.array([[[[1.0, 0], [-1, 2]]]]), np.array([1.0])


def param(stride, pad, **more):
    return {"stride": stride, "pad": pad, **more}


def assert_count(actual, desired, name):
    """A count is a whole number: 5.0 can't be the length of anything."""
    if isinstance(actual, (float, np.floating)):
        raise CheckFailed(f"{name} = {actual}, a float", f"{name} = {desired}, an int")
    assert_equal(actual, desired, name)


def layer(rng, x_shape, w_shape):
    """Random x, w and b for a convolution of any number of axes."""
    return rng.standard_normal(x_shape), rng.standard_normal(w_shape), rng.standard_normal(w_shape[0])


# --- conv_output_size, conv_cost, receptive_field -------------------------------------------------------------


@pytest.mark.question("conv_output_size")
def test_conv_output_size_by_hand(student):
    """the table of section 2"""
    assert_count(student.conv_output_size(7, 3), 5, "size")
    assert_count(student.conv_output_size(7, 3, 2), 3, "size")
    assert_count(student.conv_output_size(7, 3, 3), 2, "size")
    assert_count(student.conv_output_size(32, 5, 1, 2), 32, "size")
    assert_count(student.conv_output_size(7, 3, 1, 0, 3), 1, "size")


@pytest.mark.question("conv_output_size")
def test_conv_output_size_defaults(student):
    """stride, pad and dilation may be left out or given by name"""
    assert_count(student.conv_output_size(10, kernel_size=3, pad=1), 10, "size")
    assert_count(student.conv_output_size(size=10, kernel_size=2, dilation=4, stride=2), 3, "size")


@pytest.mark.question("conv_output_size")
def test_conv_output_size_does_not_fit(student):
    """a filter that does not fit is a ValueError with a sentence"""
    try:
        size = student.conv_output_size(4, 7, 1, 1)
    except StudentError as error:
        if not error.is_a("ValueError") or len(error.message.split()) < 3:
            raise CheckFailed(f"the exception {error}", "a ValueError with a sentence of three words or more") from None
    else:
        raise CheckFailed(f"size = {size}", "a ValueError: 7 taps do not fit into 4 + 2 places")


@pytest.mark.question("conv_cost")
def test_conv_cost_by_hand(student):
    """the example of section 3: 5x5 filters on a colour image, pad 2"""
    size, filters = VARIATIONS["cost_size"], VARIATIONS["cost_filters"]
    cost = student.conv_cost((3, size, size), filters, 5, 1, 2)
    outputs = filters * size * size
    assert_equal(
        cost, {"output_shape": (filters, size, size), "parameters": filters * 76, "macs": outputs * 75}, "cost"
    )


@pytest.mark.question("conv_cost")
def test_conv_cost_not_square(student):
    """an image that is not square, with a stride, without biases and with them"""
    for bias, parameters in ((False, 72), (True, 76)):
        cost = student.conv_cost((2, 9, 5), 4, 3, stride=2, bias=bias)
        assert_equal(cost, {"output_shape": (4, 4, 2), "parameters": parameters, "macs": 576}, "cost")


@pytest.mark.question("receptive_field")
def test_receptive_field_by_hand(student):
    """the examples of section 4"""
    assert_count(student.receptive_field([(3, 1), (3, 1), (3, 1)]), 7, "size")
    assert_count(student.receptive_field([(3, 2), (3, 2), (3, 1)]), 15, "size")
    assert_count(student.receptive_field([(5, 1), (2, 2), (5, 1), (2, 2)]), 16, "size")


@pytest.mark.question("receptive_field")
def test_receptive_field_edges(student):
    """no layers at all, one layer, and a stride larger than the kernel"""
    assert_count(student.receptive_field([]), 1, "size")
    assert_count(student.receptive_field([(7, 4)]), 7, "size")
    assert_count(student.receptive_field([(1, 3), (3, 1)]), 7, "size")


# --- cross_correlate2d, convolve2d ----------------------------------------------------------------------------


def plane_and_filter():
    """The example of section 5."""
    return np.array([[0.0, 80, 40], [20, 40, 0], [0, 0, 40]]), np.array([[0, 0.25], [0.5, 1]])


@pytest.mark.question("cross_correlate2d")
def test_cross_correlate2d_by_hand(student):
    """the example of section 5"""
    assert_close(student.cross_correlate2d(*plane_and_filter()), [[70.0, 30], [10, 40]], "y")


@pytest.mark.question("cross_correlate2d")
def test_cross_correlate2d_one_tap(student, rng):
    """a filter with a single 1 copies the part of the plane that lies under it"""
    x = rng.standard_normal((6, 5))
    k = np.zeros((3, 2))
    k[2, 0] = 1
    assert_close(student.cross_correlate2d(x, k), x[2:, :4], "y")


@pytest.mark.question("convolve2d")
def test_convolve2d_by_hand(student):
    """the example of section 5"""
    assert_close(student.convolve2d(*plane_and_filter()), [[45.0, 110], [40, 40]], "y")


@pytest.mark.question("convolve2d")
def test_convolve2d_one_tap(student, rng):
    """a filter with a single 1: after the flip it lies in the opposite corner"""
    x, k = rng.standard_normal((6, 5)), np.zeros((3, 2))
    k[2, 0] = 1
    before = k.copy()
    assert_close(student.convolve2d(x, k), x[:4, 1:], "y")
    assert_unchanged(k, before, "k")


# --- conv_forward_naive ---------------------------------------------------------------------------------------


@pytest.mark.question("conv_forward_naive")
def test_conv_forward_naive_by_hand(student):
    """the first example of section 6: one channel, one filter"""
    out, _ = student.conv_forward_naive(*example(), param(1, 0))
    assert_close(out, [[[[4.0, 8, 0], [-1, 4, 7]]]])


@pytest.mark.question("conv_forward_naive")
def test_conv_forward_naive_channels(student):
    """the second example of section 6: two channels, two filters"""
    x = np.array([[[[1.0, 2], [3, 4]], [[0, 1], [1, 0]]]])
    w = np.array([[[[1.0, 0], [0, 1]], [[2, 0], [0, 2]]], [[[0, -1], [1, 0]], [[1, 1], [1, 1]]]])
    out, _ = student.conv_forward_naive(x, w, np.array([0.5, -1]), param(1, 0))
    assert_close(out, [[[[5.5]], [[2.0]]]])


@pytest.mark.question("conv_forward_naive")
def test_conv_forward_naive_shape(student, rng):
    """the right shape when height and width differ, for several strides and paddings"""
    x, w, b = layer(rng, (2, 3, 7, 6), (4, 3, 4, 2))
    for stride, pad, size in ((1, 0, (4, 5)), (1, 1, (6, 7)), (3, 0, (2, 2)), (2, 2, (4, 5)), (4, 1, (2, 2))):
        out, _ = student.conv_forward_naive(x, w, b, param(stride, pad))
        assert_shape(out, (2, 4, *size))
        assert_dtype(out)


@pytest.mark.question("conv_forward_naive")
def test_conv_forward_naive_one_tap(student, rng):
    """a filter with a single 1 copies a shifted channel: stride 2, pad 1"""
    x, w, b = rng.standard_normal((2, 3, 7, 5)), np.zeros((2, 3, 3, 3)), np.array([0.0, 10])
    w[0, 2, 0, 1] = w[1, 1, 2, 2] = 1
    out, _ = student.conv_forward_naive(x, w, b, param(2, 1))
    padded = np.zeros((2, 3, 9, 7))
    padded[:, :, 1:-1, 1:-1] = x
    assert_close(out, np.stack([padded[:, 2, 0:7:2, 1:6:2], padded[:, 1, 2:9:2, 2:7:2] + 10], axis=1))


@pytest.mark.question("conv_forward_naive")
def test_conv_forward_naive_inputs(student, rng):
    """x, w, b and conv_param are left as they were"""
    x, w, b = layer(rng, (2, 2, 5, 4), (3, 2, 3, 3))
    conv_param = param(1, 1)
    before = x.copy(), w.copy(), b.copy(), dict(conv_param)
    student.conv_forward_naive(x, w, b, conv_param)
    for name, after, copy in zip(("x", "w", "b", "conv_param"), (x, w, b, conv_param), before):
        assert_unchanged(after, copy, name)


@pytest.mark.question("conv_forward_naive")
def test_conv_forward_naive_cache(student):
    """a cache for the backward pass"""
    _, cache = student.conv_forward_naive(*example(), param(1, 0))
    if cache is None:
        raise CheckFailed("None as the cache", "whatever conv_backward_naive needs")


# --- conv_backward_naive --------------------------------------------------------------------------------------


def forward(student, x, w, b, conv_param):
    """out and cache of the student's own forward; `NotChecked` with the reason if it has none to give."""
    try:
        return student.conv_forward_naive(x, w, b, conv_param)
    except NotAttempted:
        reason = "conv_forward_naive is not attempted yet"
    except StudentError as error:
        reason = f"conv_forward_naive raised {error.type_name}"
    except CheckFailed as error:
        reason = f"conv_forward_naive returned {error.returned}"
    raise NotChecked(f"not checked: {reason}, so there is no cache to start from.")


def check_gradients(student, rng, x, w, b, conv_param):
    """dx, dw and db against numeric gradients of the student's own forward."""
    out, cache = forward(student, x, w, b, conv_param)
    dout = rng.standard_normal(np.shape(out))
    gradients = student.conv_backward_naive(dout, cache)
    backward = student.calls[-1]
    inputs = {"x": x, "w": w, "b": b}
    for (name, value), gradient in zip(inputs.items(), gradients):

        def output(moved, name=name):
            return forward(student, **{**inputs, name: moved}, conv_param=conv_param)[0]

        try:
            check_gradient(output, value, dout, gradient, rng, f"d{name}")
        except CheckFailed:
            student.calls.append(backward)  # "called" names the last call: the one that is wrong, not the measuring
            raise


@pytest.mark.question("conv_backward_naive")
def test_conv_backward_naive_by_hand(student):
    """the example of section 6"""
    _, cache = forward(student, *example(), param(1, 0))
    dx, dw, db = student.conv_backward_naive(np.array([[[[1.0, 0, 2], [0, -1, 0]]]]), cache)
    assert_close(db, [2.0], "db")
    assert_close(dw, [[[[0.0, 1], [6, 2]]]], "dw")
    assert_close(dx, [[[[1.0, 0, 2, 0], [-1, 1, -2, 4], [0, 1, -2, 0]]]], "dx")


@pytest.mark.question("conv_backward_naive")
def test_conv_backward_naive_no_padding(student, rng):
    """the numeric gradients of your own forward pass: stride 1, no padding"""
    check_gradients(student, rng, *layer(rng, (2, 2, 5, 6), (3, 2, 3, 2)), param(1, 0))


@pytest.mark.question("conv_backward_naive")
def test_conv_backward_naive_padding(student, rng):
    """the numeric gradients of your own forward pass: stride 1, pad 1"""
    check_gradients(student, rng, *layer(rng, (2, 2, 4, 5), (3, 2, 3, 2)), param(1, 1))


@pytest.mark.question("conv_backward_naive")
def test_conv_backward_naive_stride(student, rng):
    """the numeric gradients of your own forward pass: stride 2, pad 2"""
    check_gradients(student, rng, *layer(rng, (2, 2, 5, 4), (3, 2, 3, 2)), param(2, 2))


@pytest.mark.question("conv_backward_naive")
def test_conv_backward_naive_twice(student, rng):
    """the same gradients when it is called twice; dout is left as it was"""
    x, w, b = layer(rng, (1, 2, 5, 4), (2, 2, 3, 3))
    out, cache = forward(student, x, w, b, param(1, 1))
    dout = rng.standard_normal(np.shape(out))
    before = dout.copy()
    first = [np.copy(gradient) for gradient in student.conv_backward_naive(dout, cache)]
    assert_unchanged(dout, before, "dout")
    second = student.conv_backward_naive(dout, cache)
    for name, again, once in zip(("dx", "dw", "db"), second, first):
        assert_close(again, once, f"{name} of the second call")


# --- variations -----------------------------------------------------------------------------------------------


@pytest.mark.question("dilated_conv_forward")
def test_dilated_conv_forward_by_hand(student):
    """the example of section 7: four corners"""
    x, w = np.arange(1.0, 10).reshape(1, 1, 3, 3), np.array([[[[1.0, 2], [3, 4]]]])
    out, _ = student.dilated_conv_forward(x, w, np.zeros(1), param(1, 0, dilation=2))
    assert_close(out, [[[[64.0]]]])


@pytest.mark.question("dilated_conv_forward")
def test_dilated_conv_forward_one_tap(student, rng):
    """a filter with a single 1 copies a shifted channel: dilation 3, stride 2, pad 1"""
    x, w = rng.standard_normal((2, 2, 8, 7)), np.zeros((1, 2, 3, 2))
    w[0, 1, 2, 1] = 1
    out, _ = student.dilated_conv_forward(x, w, np.zeros(1), param(2, 1, dilation=3))
    padded = np.zeros((2, 10, 9))
    padded[:, 1:-1, 1:-1] = x[:, 1]
    assert_close(out, padded[:, None, 6:9:2, 3:8:2])


@pytest.mark.question("dilated_conv_forward")
def test_dilated_conv_forward_default(student):
    """dilation 1 if conv_param does not say"""
    out, _ = student.dilated_conv_forward(*example(), param(1, 0))
    assert_close(out, [[[[4.0, 8, 0], [-1, 4, 7]]]])


@pytest.mark.question("conv1x1_forward")
def test_conv1x1_forward_by_hand(student):
    """the example of section 7: two pixels"""
    x = np.array([[[[1.0, 3]], [[2, -1]]]])
    out = student.conv1x1_forward(x, np.array([[1.0, 1], [2, 0], [0, -1]]), np.array([0.0, 1, 2]))
    assert_close(out, [[[[3.0, 2]], [[3, 7]], [[0, 3]]]])


@pytest.mark.question("conv1x1_forward")
def test_conv1x1_forward_pixels(student, rng):
    """every pixel on its own, on shapes where all sizes differ"""
    x, w, b = layer(rng, (2, 3, 4, 5), (6, 3))
    out = student.conv1x1_forward(x, w, b)
    assert_shape(out, (2, 6, 4, 5))
    assert_close(out[1, :, 2, 3], w @ x[1, :, 2, 3] + b, "out[1, :, 2, 3]")
    assert_close(out[0, :, 3, 0], w @ x[0, :, 3, 0] + b, "out[0, :, 3, 0]")


@pytest.mark.question("conv1d_forward")
def test_conv1d_forward_by_hand(student):
    """the example of section 7"""
    x, w = np.array([[[1.0, 2, 3, 4]]]), np.array([[[1.0, 0, -1]]])
    assert_close(student.conv1d_forward(x, w, np.zeros(1), param(1, 1)), [[[-2.0, -2, -2, 3]]])


@pytest.mark.question("conv1d_forward")
def test_conv1d_forward_channels(student, rng):
    """channels are added up, each filter has its bias: stride 3, pad 2"""
    x, b = rng.standard_normal((2, 3, 8)), np.array([1.0, -2])
    w = np.zeros((2, 3, 3))
    w[0, 1, 2] = w[1, 0, 0] = w[1, 2, 2] = 1
    padded = np.zeros((2, 3, 12))
    padded[:, :, 2:-2] = x
    desired = np.stack([padded[:, 1, 2:12:3] + 1, padded[:, 0, 0:10:3] + padded[:, 2, 2:12:3] - 2], axis=1)
    assert_close(student.conv1d_forward(x, w, b, param(3, 2)), desired)


@pytest.mark.question("conv3d_forward")
def test_conv3d_forward_by_hand(student):
    """a filter of ones on a cube of eight places adds them up"""
    x = np.arange(8.0).reshape(1, 1, 2, 2, 2)
    assert_close(student.conv3d_forward(x, np.ones_like(x), np.array([0.5]), param(1, 0)), [[[[[28.5]]]]])


@pytest.mark.question("conv3d_forward")
def test_conv3d_forward_one_tap(student, rng):
    """a filter with a single 1 copies a shifted channel: stride 2, pad 1 on all three axes"""
    x, w = rng.standard_normal((2, 2, 5, 4, 6)), np.zeros((3, 2, 3, 2, 4))
    w[1, 0, 2, 1, 3] = 1
    padded = np.zeros((2, 7, 6, 8))
    padded[:, 1:-1, 1:-1, 1:-1] = x[:, 0]
    desired = np.zeros((2, 3, 3, 3, 3))
    desired[:, 1] = padded[:, 2:7:2, 1:6:2, 3:8:2]
    assert_close(student.conv3d_forward(x, w, np.zeros(3), param(2, 1)), desired)
