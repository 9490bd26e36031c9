"""Visible checks of a2_fast_layers: cases to redo on paper, shapes, properties, numeric gradients, speed.

No reference implementation is here: students read this file.
"""

import numpy as np
import pytest

from cnnlab.checking.compare import assert_close, assert_dtype, assert_shape, assert_unchanged
from cnnlab.checking.gradcheck import check_gradient
from cnnlab.checking.numpy_only import NumpyOnly
from cnnlab.checking.outcomes import CheckFailed, NotAttempted, NotChecked, StudentError
from cnnlab.checks import speed
from cnnlab.checks.a1_convolution import example, layer, param

CONV = "conv_forward_fast", "conv_backward_fast"
MAX_NAIVE = "max_pool_forward_naive", "max_pool_backward_naive"
MAX_FAST = "max_pool_forward_fast", "max_pool_backward_fast"
AVG = "avg_pool_forward", "avg_pool_backward"
PLANE = [[1.0, 3, 2, 0], [5, 4, 1, 8], [0, 2, 6, 1], [3, 1, 2, 7]]  # of section 4


@pytest.fixture
def student(student):
    """The student's functions, NumPy alone."""
    return NumpyOnly(student, "a2_fast_layers")


# --- what the questions share -------------------------------------------------------------------------------------


def cache_of(student, forward, *inputs):
    """out and cache of the student's own forward; `NotChecked` with the reason if it has none to give."""
    try:
        return getattr(student, forward)(*inputs)
    except NotAttempted:
        reason = f"{forward} is not attempted yet"
    except StudentError as error:
        reason = f"{forward} raised {error.type_name}"
    except CheckFailed as error:
        reason = f"{forward} returned {error.returned}"
    raise NotChecked(f"not checked: {reason}, so there is no cache to start from.")


def check_gradients(student, rng, names, inputs, arrays):
    """The gradients of a layer against numeric gradients of its own forward.

    Args:
        names: of forward and backward.
        inputs: what forward takes, by name.
        arrays: the names of those that backward gives the gradients of.
    """
    forward, backward = names
    out, cache = cache_of(student, forward, *inputs.values())
    dout = rng.standard_normal(np.shape(out))
    gradients = getattr(student, backward)(dout, cache)
    call = student.calls[-1]
    for name, gradient in zip(arrays, gradients if len(arrays) > 1 else [gradients]):

        def output(moved, name=name):
            return cache_of(student, forward, *{**inputs, name: moved}.values())[0]

        try:
            check_gradient(output, inputs[name], dout, gradient, rng, f"d{name}")
        except CheckFailed:
            student.calls.append(call)  # "called" names the last call: the one that is wrong, not the measuring
            raise


def check_twice(student, rng, names, inputs, results):
    """The same gradients when backward is called twice on one cache; dout left as it was."""
    out, cache = cache_of(student, names[0], *inputs)
    dout = rng.standard_normal(np.shape(out))
    before = dout.copy()

    def gradients():
        value = getattr(student, names[1])(dout, cache)
        return value if len(results) > 1 else [value]

    first = [np.copy(gradient) for gradient in gradients()]
    assert_unchanged(dout, before, "dout")
    for name, again, once in zip(results, gradients(), first):
        assert_close(again, once, f"{name} of the second call")


def check_inputs(student, forward, inputs):
    """Every input left as it was."""
    before = [value.copy() for value in inputs.values()]
    getattr(student, forward)(*inputs.values())
    for (name, after), copy in zip(inputs.items(), before):
        assert_unchanged(after, copy, name)


# --- convolution --------------------------------------------------------------------------------------------------


@pytest.mark.question("conv_forward_fast")
def test_conv_forward_fast_by_hand(student):
    """the example of section 2: one channel, one filter"""
    out, _ = student.conv_forward_fast(*example(), param(1, 0))
    assert_close(out, [[[[4.0, 8, 0], [-1, 4, 7]]]])


@pytest.mark.question("conv_forward_fast")
def test_conv_forward_fast_shape(student, rng):
    """the right shape when height and width differ, for several strides and paddings"""
    x, w, b = layer(rng, (2, 3, 7, 6), (4, 3, 4, 2))
    for stride, pad, size in ((1, 0, (4, 5)), (1, 1, (6, 7)), (3, 0, (2, 2)), (2, 2, (4, 5)), (4, 1, (2, 2))):
        out, _ = student.conv_forward_fast(x, w, b, param(stride, pad))
        assert_shape(out, (2, 4, *size))
        assert_dtype(out)


@pytest.mark.question("conv_forward_fast")
def test_conv_forward_fast_one_tap(student, rng):
    """a filter with a single 1 copies a shifted channel: stride 2, pad 1"""
    x, w, b = rng.standard_normal((2, 3, 7, 5)), np.zeros((2, 3, 3, 3)), np.array([0.0, 10])
    w[0, 2, 0, 1] = w[1, 1, 2, 2] = 1
    out, _ = student.conv_forward_fast(x, w, b, param(2, 1))
    padded = np.zeros((2, 3, 9, 7))
    padded[:, :, 1:-1, 1:-1] = x
    assert_close(out, np.stack([padded[:, 2, 0:7:2, 1:6:2], padded[:, 1, 2:9:2, 2:7:2] + 10], axis=1))


@pytest.mark.question("conv_forward_fast")
def test_conv_forward_fast_one_window(student, rng):
    """one window as large as the image: each filter gives the sum of its products"""
    x, w, b = layer(rng, (2, 3, 4, 5), (6, 3, 4, 5))
    desired = [[np.vdot(image, weights) + bias for weights, bias in zip(w, b)] for image in x]
    out, _ = student.conv_forward_fast(x, w, b, param(1, 0))
    assert_close(out, np.reshape(desired, (2, 6, 1, 1)))


@pytest.mark.question("conv_forward_fast")
def test_conv_forward_fast_inputs(student, rng):
    """x, w, b and conv_param are left as they were"""
    inputs = [*layer(rng, (2, 2, 5, 4), (3, 2, 3, 3)), param(1, 1)]
    check_inputs(student, "conv_forward_fast", dict(zip(("x", "w", "b", "conv_param"), inputs)))


def large_convolution(rng):
    """An input of the size that speed is measured at, and its number of windows times filters."""
    return (*layer(rng, (1, 3, 48, 48), (16, 3, 3, 3)), param(1, 1)), 16 * 48 * 48


@pytest.mark.question("conv_forward_fast", steady=False)
def test_conv_forward_fast_speed(student, rng):
    """at least 20 times as fast as nested loops"""
    inputs, windows = large_convolution(rng)
    x, w, b, _ = inputs
    out = np.zeros((1, 1))

    def one_window():
        out[0, 0] = np.sum(x[0, :, 2:5, 2:5] * w[0]) + b[0]

    speed.check_speed(student, lambda: student.conv_forward_fast(*inputs), one_window, windows)


@pytest.mark.question("conv_backward_fast")
def test_conv_backward_fast_by_hand(student):
    """the example of section 3"""
    _, cache = cache_of(student, "conv_forward_fast", *example(), param(1, 0))
    dx, dw, db = student.conv_backward_fast(np.array([[[[1.0, 0, 2], [0, -1, 0]]]]), cache)
    assert_close(db, [2.0], "db")
    assert_close(dw, [[[[0.0, 1], [6, 2]]]], "dw")
    assert_close(dx, [[[[1.0, 0, 2, 0], [-1, 1, -2, 4], [0, 1, -2, 0]]]], "dx")


def check_conv_gradients(student, rng, x_shape, w_shape, conv_param):
    inputs = dict(zip(("x", "w", "b", "conv_param"), (*layer(rng, x_shape, w_shape), conv_param)))
    check_gradients(student, rng, CONV, inputs, ("x", "w", "b"))


@pytest.mark.question("conv_backward_fast")
def test_conv_backward_fast_no_padding(student, rng):
    """the numeric gradients of your own forward pass: stride 1, no padding"""
    check_conv_gradients(student, rng, (2, 2, 5, 6), (3, 2, 3, 2), param(1, 0))


@pytest.mark.question("conv_backward_fast")
def test_conv_backward_fast_padding(student, rng):
    """the numeric gradients of your own forward pass: stride 1, pad 1"""
    check_conv_gradients(student, rng, (2, 2, 4, 5), (3, 2, 3, 2), param(1, 1))


@pytest.mark.question("conv_backward_fast")
def test_conv_backward_fast_stride(student, rng):
    """the numeric gradients of your own forward pass: stride 2, pad 2"""
    check_conv_gradients(student, rng, (2, 2, 5, 4), (3, 2, 3, 2), param(2, 2))


@pytest.mark.question("conv_backward_fast")
def test_conv_backward_fast_twice(student, rng):
    """the same gradients when it is called twice; dout is left as it was"""
    check_twice(student, rng, CONV, (*layer(rng, (1, 2, 5, 4), (2, 2, 3, 3)), param(1, 1)), ("dx", "dw", "db"))


@pytest.mark.question("conv_backward_fast", steady=False)
def test_conv_backward_fast_speed(student, rng):
    """at least 20 times as fast as nested loops"""
    inputs, windows = large_convolution(rng)
    out, cache = cache_of(student, "conv_forward_fast", *inputs)
    dout = rng.standard_normal(np.shape(out))
    x, w = inputs[0].copy(), inputs[1].copy()

    def one_window():
        w[0] += dout[0, 0, 0, 0] * x[0, :, 2:5, 2:5]
        x[0, :, 2:5, 2:5] += dout[0, 0, 0, 0] * inputs[1][0]

    speed.check_speed(student, lambda: student.conv_backward_fast(dout, cache), one_window, windows)


# --- max pooling: both versions are checked in the same way -------------------------------------------------------


def pool_param(height, width, stride):
    return {"pool_height": height, "pool_width": width, "stride": stride}


def maps(rng, shape):
    """Random maps whose entries are at least 5e-3 apart, so that there are no ties and numeric gradients exist."""
    count = int(np.prod(shape))
    x = 0.01 * (rng.permutation(count) - count // 2) + rng.uniform(0, 0.005, count)
    return x.reshape(shape)


def plane():
    """The plane of section 4, as one map of one image; made anew for each call."""
    return np.array([[PLANE]])


def check_max_by_hand(student, forward):
    out, _ = getattr(student, forward)(plane(), pool_param(2, 2, 2))
    assert_close(out, [[[[5.0, 8], [3, 7]]]])
    out, _ = getattr(student, forward)(plane(), pool_param(2, 2, 1))
    assert_close(out, [[[[5.0, 4, 8], [5, 6, 8], [3, 6, 7]]]])


def check_pool_shape(student, rng, forward):
    x = maps(rng, (2, 3, 7, 9))
    for height, width, stride, size in ((2, 2, 2, (3, 4)), (3, 3, 2, (3, 4)), (1, 4, 3, (3, 2)), (4, 2, 3, (2, 3))):
        out, _ = getattr(student, forward)(x, pool_param(height, width, stride))
        assert_shape(out, (2, 3, *size))
        assert_dtype(out)


def check_max_of_known_windows(student, rng, forward):
    """Each window's maximum is put where we know it: at its first place in one image, at its last in the other."""
    x, desired = np.full((2, 2, 8, 7), -5.0), -rng.uniform(1, 2, (2, 2, 3, 2))
    x[0, :, 0:7:3, 0:4:3] = desired[0]
    x[1, :, 1:8:3, 2:6:3] = desired[1]
    out, _ = getattr(student, forward)(x, pool_param(2, 3, 3))
    assert_close(out, desired)


def check_max_backward_by_hand(student, names):
    _, cache = cache_of(student, names[0], plane(), pool_param(2, 2, 1))
    dx = getattr(student, names[1])(np.arange(1.0, 10).reshape(1, 1, 3, 3), cache)
    assert_close(dx, [[[[0.0, 0, 0, 0], [5, 2, 0, 9], [0, 0, 13, 0], [7, 0, 0, 9]]]], "dx")


def check_pool_gradients(student, rng, names, shape, *window):
    inputs = {"x": maps(rng, shape), "pool_param": pool_param(*window)}
    check_gradients(student, rng, names, inputs, ("x",))


def check_pool_inputs(student, rng, forward):
    check_inputs(student, forward, {"x": maps(rng, (2, 2, 4, 6)), "pool_param": pool_param(2, 2, 2)})


def check_pool_twice(student, rng, names):
    check_twice(student, rng, names, (maps(rng, (1, 2, 5, 4)), pool_param(3, 2, 1)), ("dx",))


@pytest.mark.question("max_pool_forward_naive")
def test_max_pool_forward_naive_by_hand(student):
    """the examples of section 4"""
    check_max_by_hand(student, MAX_NAIVE[0])


@pytest.mark.question("max_pool_forward_naive")
def test_max_pool_forward_naive_shape(student, rng):
    """the right shape for windows and maps that are not square; sizes are rounded down"""
    check_pool_shape(student, rng, MAX_NAIVE[0])


@pytest.mark.question("max_pool_forward_naive")
def test_max_pool_forward_naive_negative(student, rng):
    """windows of 2x3 with stride 3, where every number is negative"""
    check_max_of_known_windows(student, rng, MAX_NAIVE[0])


@pytest.mark.question("max_pool_forward_naive")
def test_max_pool_forward_naive_inputs(student, rng):
    """x and pool_param are left as they were"""
    check_pool_inputs(student, rng, MAX_NAIVE[0])


@pytest.mark.question("max_pool_backward_naive")
def test_max_pool_backward_naive_by_hand(student):
    """the example of section 4: windows overlap"""
    check_max_backward_by_hand(student, MAX_NAIVE)


@pytest.mark.question("max_pool_backward_naive")
def test_max_pool_backward_naive_tiles(student, rng):
    """the numeric gradient of your own forward pass: windows side by side"""
    check_pool_gradients(student, rng, MAX_NAIVE, (2, 3, 6, 4), 2, 2, 2)


@pytest.mark.question("max_pool_backward_naive")
def test_max_pool_backward_naive_not_square(student, rng):
    """the numeric gradient of your own forward pass: windows of 2x3 that overlap"""
    check_pool_gradients(student, rng, MAX_NAIVE, (2, 2, 5, 6), 2, 3, 1)


@pytest.mark.question("max_pool_backward_naive")
def test_max_pool_backward_naive_twice(student, rng):
    """the same dx when it is called twice; dout is left as it was"""
    check_pool_twice(student, rng, MAX_NAIVE)


@pytest.mark.question("max_pool_forward_fast")
def test_max_pool_forward_fast_by_hand(student):
    """the examples of section 4"""
    check_max_by_hand(student, MAX_FAST[0])


@pytest.mark.question("max_pool_forward_fast")
def test_max_pool_forward_fast_shape(student, rng):
    """the right shape for windows and maps that are not square; sizes are rounded down"""
    check_pool_shape(student, rng, MAX_FAST[0])


@pytest.mark.question("max_pool_forward_fast")
def test_max_pool_forward_fast_negative(student, rng):
    """windows of 2x3 with stride 3, where every number is negative"""
    check_max_of_known_windows(student, rng, MAX_FAST[0])


@pytest.mark.question("max_pool_forward_fast")
def test_max_pool_forward_fast_inputs(student, rng):
    """x and pool_param are left as they were"""
    check_pool_inputs(student, rng, MAX_FAST[0])


@pytest.mark.question("max_pool_forward_fast", steady=False)
def test_max_pool_forward_fast_speed(student, rng):
    """at least 20 times as fast as nested loops, where windows overlap"""
    x, out = maps(rng, (1, 7, 66, 66)), np.zeros((1, 1))

    def one_window():
        window = x[0, 0, 2:4, 2:4]
        out[0, 0] = window[np.unravel_index(np.argmax(window), window.shape)]

    speed.check_speed(student, lambda: student.max_pool_forward_fast(x, pool_param(2, 2, 1)), one_window, 7 * 65 * 65)


@pytest.mark.question("max_pool_backward_fast")
def test_max_pool_backward_fast_by_hand(student):
    """the example of section 4: windows overlap"""
    check_max_backward_by_hand(student, MAX_FAST)


@pytest.mark.question("max_pool_backward_fast")
def test_max_pool_backward_fast_tiles(student, rng):
    """the numeric gradient of your own forward pass: windows side by side"""
    check_pool_gradients(student, rng, MAX_FAST, (2, 3, 6, 4), 2, 2, 2)


@pytest.mark.question("max_pool_backward_fast")
def test_max_pool_backward_fast_not_square(student, rng):
    """the numeric gradient of your own forward pass: windows of 2x3 that overlap"""
    check_pool_gradients(student, rng, MAX_FAST, (2, 2, 5, 6), 2, 3, 1)


@pytest.mark.question("max_pool_backward_fast")
def test_max_pool_backward_fast_twice(student, rng):
    """the same dx when it is called twice; dout is left as it was"""
    check_pool_twice(student, rng, MAX_FAST)


@pytest.mark.question("max_pool_backward_fast", steady=False)
def test_max_pool_backward_fast_speed(student, rng):
    """at least 20 times as fast as nested loops, where windows overlap"""
    x = maps(rng, (1, 7, 66, 66))
    out, cache = cache_of(student, MAX_FAST[0], x, pool_param(2, 2, 1))
    dout, dx = rng.standard_normal(np.shape(out)), np.zeros((4, 4))

    def one_window():
        window = x[0, 0, 2:4, 2:4]
        dx[2:4, 2:4] += (window == np.max(window)) * dout[0, 0, 0, 0]

    speed.check_speed(student, lambda: student.max_pool_backward_fast(dout, cache), one_window, 7 * 65 * 65)


# --- average pooling ----------------------------------------------------------------------------------------------


@pytest.mark.question("avg_pool_forward")
def test_avg_pool_forward_by_hand(student):
    """the example of section 6"""
    out, _ = student.avg_pool_forward(plane(), pool_param(2, 2, 2))
    assert_close(out, [[[[3.25, 2.75], [1.5, 4]]]])


@pytest.mark.question("avg_pool_forward")
def test_avg_pool_forward_shape(student, rng):
    """the right shape for windows and maps that are not square; sizes are rounded down"""
    check_pool_shape(student, rng, AVG[0])


@pytest.mark.question("avg_pool_forward")
def test_avg_pool_forward_one_number(student):
    """a single 6 in windows of 2x3 that overlap: each window that covers it has 1"""
    x = np.zeros((1, 2, 4, 5))
    x[0, 1, 1, 2] = 6
    out, _ = student.avg_pool_forward(x, pool_param(2, 3, 1))
    desired = np.zeros((1, 2, 3, 3))
    desired[0, 1, :2, :] = 1
    assert_close(out, desired)


@pytest.mark.question("avg_pool_forward")
def test_avg_pool_forward_inputs(student, rng):
    """x and pool_param are left as they were"""
    check_pool_inputs(student, rng, AVG[0])


@pytest.mark.question("avg_pool_backward")
def test_avg_pool_backward_by_hand(student):
    """the example of section 6"""
    _, cache = cache_of(student, AVG[0], plane(), pool_param(2, 2, 2))
    dx = student.avg_pool_backward(np.array([[[[4.0, 8], [12, 16]]]]), cache)
    assert_close(dx, [[[[1.0, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]]], "dx")


@pytest.mark.question("avg_pool_backward")
def test_avg_pool_backward_overlapping(student, rng):
    """the numeric gradient of your own forward pass: windows of 2x3 that overlap"""
    check_pool_gradients(student, rng, AVG, (2, 2, 5, 6), 2, 3, 1)


@pytest.mark.question("avg_pool_backward")
def test_avg_pool_backward_gaps(student, rng):
    """the numeric gradient of your own forward pass: gaps between windows"""
    check_pool_gradients(student, rng, AVG, (2, 2, 5, 8), 2, 2, 3)


@pytest.mark.question("avg_pool_backward")
def test_avg_pool_backward_twice(student, rng):
    """the same dx when it is called twice; dout is left as it was"""
    check_pool_twice(student, rng, AVG)
