"""Hidden tests of a1_convolution.

Every shape is lopsided on purpose: channels differ from filters, heights from widths, so that a swap shows. A case is a
tuple (N, C, H, W, F, HH, WW, stride, pad). `reference` is asked before `student`: a student's function that changes its
inputs is told so by the test that asks for it, and by no other.
"""

import numpy as np
import pytest

from autograder.hidden_tests.rules import cache_of, find_loops
from cnnlab.compare import (
    assert_array,
    assert_close,
    assert_dtype,
    assert_equal,
    assert_integers,
    assert_unchanged,
    show,
)
from cnnlab.gradcheck import check_gradient
from cnnlab.outcomes import CheckFailed, StudentError

# the last case has as many outputs as a filter has weights: NumPy hands a used block of that size to np.empty
PLAIN = [
    (2, 3, 5, 7, 4, 3, 2, 1, 0),
    (3, 2, 6, 4, 5, 1, 3, 1, 0),
    (1, 2, 4, 3, 3, 4, 3, 1, 0),
    (1, 2, 4, 3, 3, 3, 2, 1, 0),
]
PADDED = [(2, 3, 4, 6, 4, 3, 2, 1, 1), (1, 4, 5, 3, 2, 2, 3, 1, 2), (2, 2, 3, 5, 3, 5, 4, 1, 3)]
STRIDED = [(2, 3, 7, 8, 4, 3, 2, 2, 0), (1, 4, 8, 5, 3, 2, 2, 3, 0), (2, 2, 5, 9, 3, 2, 3, 3, 0)]
PADDED_STRIDED = [(2, 3, 7, 8, 4, 3, 2, 2, 1), (1, 4, 6, 8, 2, 4, 3, 3, 2), (2, 2, 4, 3, 3, 2, 3, 2, 3)]
UNEVEN = [(2, 3, 8, 9, 4, 3, 2, 2, 0), (1, 2, 8, 5, 3, 3, 2, 3, 1)]
BASIC = (2, 3, 6, 5, 4, 3, 2, 1, 1)
ONE_CHANNEL = (2, 1, 6, 4, 5, 5, 1, 1, 0)  # as many filters as one has weights, for the same reason


def draw(rng, case):
    """x, w, b and conv_param of a case."""
    n, c, h, w, f, hh, ww, stride, pad = case
    x, w, b = (rng.standard_normal(shape) for shape in ((n, c, h, w), (f, c, hh, ww), (f,)))
    return x, w, b, {"stride": stride, "pad": pad}


def copies(inputs):
    """For a student's function where the test needs its inputs again."""
    return [value.copy() for value in inputs]


# --- sizes, costs, receptive fields -------------------------------------------------------------------------------


def check_sizes(student, reference, cases):
    """Cases are the arguments of conv_output_size, by position."""
    for case in cases:
        assert_equal(student.conv_output_size(*case), reference.conv_output_size(*case), "size")


@pytest.mark.question("conv_output_size", points=1.5)
def test_size_padding(student, reference, rng):
    """right size with stride 1, for every kernel and padding"""
    drawn = [(int(rng.integers(20, 60)), k, 1, int(rng.integers(1, 5))) for k in (2, 4, 7)]
    check_sizes(student, reference, [(11, 4), (9, 9), (32, 5, 1, 2), (8, 1), *drawn])
    assert_equal(student.conv_output_size(size=13, kernel_size=3, pad=2), 15, "size")


@pytest.mark.question("conv_output_size", points=1)
def test_size_stride(student, reference, rng):
    """right size with strides 2, 3 and 4"""
    drawn = [((int(rng.integers(8, 20)) - 1) * s + k - 2 * p, k, s, p) for s, k, p in ((2, 5, 1), (3, 4, 2), (4, 3, 0))]
    check_sizes(student, reference, [(7, 3, 2), (13, 4, 3), *drawn])


@pytest.mark.question("conv_output_size", points=1)
def test_size_dilation(student, reference, rng):
    """right size with dilation 2 and 3"""
    drawn = [
        ((int(rng.integers(8, 20)) - 1) * s + d * (k - 1) + 1 - 2 * p, k, s, p, d)
        for k, s, p, d in ((4, 1, 1, 2), (5, 2, 2, 3))
    ]
    check_sizes(student, reference, [(15, 3, 1, 0, 2), (7, 3, 1, 0, 3), *drawn])


@pytest.mark.question("conv_output_size", points=0.5, after=["test_size_padding"])
def test_size_uneven(student, reference):
    """rounded down where the stride does not divide evenly"""
    check_sizes(student, reference, [(8, 3, 2), (10, 3, 2), (10, 3, 4), (10, 4, 3, 2, 2)])


@pytest.mark.question("conv_output_size", points=0.5, after=["test_size_padding"])
def test_size_no_fit(student):
    """a filter that does not fit is a ValueError with a sentence"""
    for case in [(4, 6), (3, 4, 2), (2, 7, 3, 1), (6, 4, 2, 0, 2)]:
        try:
            size = student.conv_output_size(*case)
        except StudentError as error:
            if error.type_name != "ValueError":
                raise
            if len(error.message.split()) < 3:
                raise CheckFailed(
                    f"ValueError({error.message!r})", "a ValueError with a sentence: three words or more"
                ) from None
        else:
            raise CheckFailed(show(size), "a ValueError: this filter does not fit")


@pytest.mark.question("conv_output_size", points=0.5, after=["test_size_padding"])
def test_size_integer(student):
    """the size is an integer, not a float"""
    for case in [(7, 3, 2), (12, 3)]:
        assert_integers(student.conv_output_size(*case), "size")


def cost_cases(rng):
    """Arguments of conv_cost; the stride always divides evenly."""
    c, f = (int(n) for n in rng.integers(4, 9, 2))
    return [
        ((3, 32, 32), 10, 5, 1, 2),
        ((c, 9, 14), f + 5, 4),
        ((2, 11, 7), f, 3, 2, 1),
        ((c, 7, 16), 3, 4, 3, 0, False),
        ((5, 6, 8), 1, 1),
    ]


def check_cost(student, reference, rng, key):
    for case in cost_cases(rng):
        cost = student.conv_cost(*case)
        if not isinstance(cost, dict) or key not in cost:
            raise CheckFailed(show(cost), 'a dict with the keys "output_shape", "parameters" and "macs"')
        assert_equal(cost[key], reference.conv_cost(*case)[key], key)


@pytest.mark.question("conv_cost", points=1.5)
def test_cost_output_shape(student, reference, rng):
    """right output shape: filters, rows, columns"""
    check_cost(student, reference, rng, "output_shape")


@pytest.mark.question("conv_cost", points=1.5)
def test_cost_parameters(student, reference, rng):
    """right number of parameters, with and without biases"""
    check_cost(student, reference, rng, "parameters")


@pytest.mark.question("conv_cost", points=1.5)
def test_cost_macs(student, reference, rng):
    """right number of multiply-adds; biases never count"""
    check_cost(student, reference, rng, "macs")


@pytest.mark.question(
    "conv_cost", points=0.5, after=["test_cost_output_shape", "test_cost_parameters", "test_cost_macs"]
)
def test_cost_integers(student):
    """shape and counts are integers, not floats"""
    cost = student.conv_cost((3, 9, 7), 4, 3, stride=2, pad=1)
    for key in ("output_shape", "parameters", "macs"):
        assert_integers(cost[key], key)


def check_fields(student, reference, stacks):
    for layers in stacks:
        assert_equal(student.receptive_field([*layers]), reference.receptive_field([*layers]), "receptive field")


@pytest.mark.question("receptive_field", points=1.5)
def test_receptive_stride_1(student, reference, rng):
    """right receptive field where every stride is 1"""
    check_fields(student, reference, [[(5, 1)], [(3, 1)] * int(rng.integers(3, 6)), [(5, 1), (3, 1), (1, 1), (2, 1)]])


@pytest.mark.question("receptive_field", points=2)
def test_receptive_strides(student, reference, rng):
    """right receptive field with strides: the product of the strides before a layer"""
    deep = [(int(k), int(s)) for k, s in zip(rng.integers(3, 8, 5), rng.integers(2, 4, 5))]
    check_fields(
        student, reference, [[(5, 2), (3, 3)], [(3, 2), (4, 3), (2, 2), (5, 1)], [(7, 2), (3, 1), (3, 2), (3, 2)], deep]
    )


@pytest.mark.question("receptive_field", points=0.5, after=["test_receptive_stride_1"])
def test_receptive_gaps(student, reference):
    """the whole extent where a stride is larger than its kernel"""
    check_fields(student, reference, [[(2, 5), (3, 1)], [(1, 4), (2, 3), (4, 2)]])


@pytest.mark.question("receptive_field", points=0.5, after=["test_receptive_stride_1"])
def test_receptive_no_layers(student):
    """1 where there are no layers: a pixel sees itself"""
    assert_equal(student.receptive_field([]), 1, "receptive field")


@pytest.mark.question("receptive_field", points=0.5, after=["test_receptive_stride_1"])
def test_receptive_integer(student):
    """an integer, and the list of layers left as it was"""
    layers = [(5, 1), (3, 1), (3, 1)]
    assert_integers(student.receptive_field(layers), "receptive field")
    assert_unchanged(layers, [(5, 1), (3, 1), (3, 1)], "layers")


# --- one plane ----------------------------------------------------------------------------------------------------


PLANES = [((6, 4), (3, 2)), ((4, 7), (2, 4)), ((5, 4), (5, 4)), ((3, 5), (1, 3)), ((7, 6), (4, 1))]
HAND_X = np.array([[0.0, 80, 40], [20, 40, 0], [0, 0, 40]])
HAND_K = np.array([[0, 0.25], [0.5, 1]])


def check_planes(function, expected, rng):
    for x_shape, k_shape in PLANES:
        x, k = rng.standard_normal(x_shape), rng.standard_normal(k_shape)
        desired = expected(x, k)
        assert_close(function(x, k), desired, "y")


def check_plane_manners(function, rng):
    """Inputs unchanged, float64 for float64."""
    x, k = rng.standard_normal((5, 6)), rng.standard_normal((3, 2))
    before = x.copy(), k.copy()
    assert_dtype(function(x, k), x.dtype, "y")
    assert_unchanged(x, before[0], "x")
    assert_unchanged(k, before[1], "k")


@pytest.mark.question("cross_correlate2d", points=1)
def test_correlate_by_hand(student):
    """the example of the lecture"""
    assert_close(student.cross_correlate2d(HAND_X.copy(), HAND_K.copy()), [[70.0, 30], [10, 40]], "y")


@pytest.mark.question("cross_correlate2d", points=2)
def test_correlate_shapes(student, reference, rng):
    """right for planes and filters of every shape, "valid" windows only"""
    check_planes(student.cross_correlate2d, reference.cross_correlate2d, rng)


@pytest.mark.question("cross_correlate2d", points=1, after=["test_correlate_shapes"])
def test_correlate_manners(student, rng):
    """x and k left as they were, float64 for float64"""
    check_plane_manners(student.cross_correlate2d, rng)


@pytest.mark.question("convolve2d", points=1)
def test_convolve_by_hand(student):
    """the example of the lecture"""
    assert_close(student.convolve2d(HAND_X.copy(), HAND_K.copy()), [[45.0, 110], [40, 40]], "y")


@pytest.mark.question("convolve2d", points=2)
def test_convolve_shapes(student, reference, rng):
    """right for planes and filters of every shape, "valid" windows only"""
    check_planes(student.convolve2d, reference.convolve2d, rng)


@pytest.mark.question("convolve2d", points=1, after=["test_convolve_shapes"])
def test_convolve_manners(student, rng):
    """x and k left as they were, float64 for float64"""
    check_plane_manners(student.convolve2d, rng)


# --- the convolution layer: forward -------------------------------------------------------------------------------


def check_forward(student, reference, rng, cases):
    for case in cases:
        x, w, b, conv_param = draw(rng, case)
        desired, _ = reference.conv_forward_naive(x, w, b, conv_param)
        out, _ = student.conv_forward_naive(x, w, b, conv_param)
        assert_close(out, desired)


@pytest.mark.question("conv_forward_naive", points=4)
def test_forward_plain(student, reference, rng):
    """right output with stride 1 and no padding, for every shape"""
    check_forward(student, reference, rng, PLAIN)


@pytest.mark.question("conv_forward_naive", points=4)
def test_forward_padding(student, reference, rng):
    """right output with padding 1, 2 and 3"""
    check_forward(student, reference, rng, PADDED)


@pytest.mark.question("conv_forward_naive", points=3)
def test_forward_stride(student, reference, rng):
    """right output with stride 2 and 3"""
    check_forward(student, reference, rng, STRIDED)


@pytest.mark.question("conv_forward_naive", points=2)
def test_forward_padding_and_stride(student, reference, rng):
    """right output with padding and stride together"""
    check_forward(student, reference, rng, PADDED_STRIDED)


@pytest.mark.question("conv_forward_naive", points=1, after=["test_forward_plain"])
def test_forward_uneven(student, reference, rng):
    """a stride that does not divide evenly: the size is rounded down, the last places are not seen"""
    check_forward(student, reference, rng, UNEVEN)


@pytest.mark.question("conv_forward_naive", points=1, after=["test_forward_plain"])
def test_forward_inputs(student, rng):
    """x, w, b and conv_param left as they were"""
    for case in [BASIC, (2, 3, 5, 4, 2, 3, 2, 1, 0)]:
        inputs = draw(rng, case)
        before = copies(inputs)
        student.conv_forward_naive(*inputs)
        for name, value, copy in zip(("x", "w", "b", "conv_param"), inputs, before):
            assert_unchanged(value, copy, name)


@pytest.mark.question("conv_forward_naive", points=1, after=["test_forward_plain"])
def test_forward_repeated(student, rng):
    """float64 for float64, and the same output a second time"""
    inputs = draw(rng, PLAIN[0])
    first, _ = student.conv_forward_naive(*copies(inputs))
    student.conv_forward_naive(*draw(rng, PLAIN[1]))
    second, _ = student.conv_forward_naive(*copies(inputs))
    assert_dtype(first, np.float64, "out")
    assert_close(second, first, "out, the second time,")


# --- the convolution layer: backward ------------------------------------------------------------------------------


GRADIENTS = {"dx": 0, "dw": 1, "db": 2}


def check_backward(student, reference, rng, cases, name):
    """One gradient against the reference's, from the student's own cache."""
    for case in cases:
        inputs = draw(rng, case)
        out, cache = reference.conv_forward_naive(*inputs)
        dout = rng.standard_normal(out.shape)
        desired = reference.conv_backward_naive(dout, cache)[GRADIENTS[name]]
        mine = cache_of(student, "conv_forward_naive", *inputs)
        assert_close(student.conv_backward_naive(dout, mine)[GRADIENTS[name]], desired, name)


def check_directions(student, reference, rng, name):
    """One gradient against central differences of the reference's forward along random directions."""
    inputs = draw(rng, BASIC)
    dout = rng.standard_normal(reference.conv_forward_naive(*inputs)[0].shape)
    position = GRADIENTS[name]
    mine = cache_of(student, "conv_forward_naive", *copies(inputs))
    gradient = student.conv_backward_naive(dout.copy(), mine)[position]

    def forward(value):
        return reference.conv_forward_naive(*inputs[:position], value, *inputs[position + 1 :])[0]

    check_gradient(forward, inputs[position], dout, gradient, rng, name)


@pytest.mark.question("conv_backward_naive", points=3)
def test_backward_db(student, reference, rng):
    """right db: the sum of dout over images, rows and columns"""
    check_backward(student, reference, rng, [BASIC, ONE_CHANNEL, PLAIN[0], PADDED_STRIDED[0]], "db")
    check_directions(student, reference, rng, "db")


@pytest.mark.question("conv_backward_naive", points=3)
def test_backward_dw(student, reference, rng):
    """right dw with stride 1, for every shape and padding"""
    check_backward(student, reference, rng, [BASIC, *PADDED, *PLAIN], "dw")
    check_directions(student, reference, rng, "dw")


@pytest.mark.question("conv_backward_naive", points=2)
def test_backward_dw_stride(student, reference, rng):
    """right dw with stride 2 and 3"""
    check_backward(student, reference, rng, PADDED_STRIDED, "dw")


@pytest.mark.question("conv_backward_naive", points=4)
def test_backward_dx(student, reference, rng):
    """right dx with stride 1 and padding 1"""
    check_backward(student, reference, rng, [BASIC, PADDED[0]], "dx")
    check_directions(student, reference, rng, "dx")


@pytest.mark.question("conv_backward_naive", points=3)
def test_backward_dx_padding(student, reference, rng):
    """right dx without padding, and with padding 2 and 3"""
    check_backward(student, reference, rng, [*PLAIN, *PADDED[1:]], "dx")


@pytest.mark.question("conv_backward_naive", points=2)
def test_backward_dx_stride(student, reference, rng):
    """right dx with padding 1 and stride 2 and 3"""
    check_backward(student, reference, rng, [PADDED_STRIDED[0], (1, 4, 6, 10, 2, 2, 3, 3, 1)], "dx")


@pytest.mark.question(
    "conv_backward_naive", points=1, after=["test_backward_db", "test_backward_dw", "test_backward_dx"]
)
def test_backward_manners(student, rng):
    """dout left as it was, float64 for float64"""
    mine = cache_of(student, "conv_forward_naive", *draw(rng, BASIC))
    dout = rng.standard_normal((2, 4, 6, 6))
    before = dout.copy()
    for name, gradient in zip(GRADIENTS, student.conv_backward_naive(dout, mine)):
        assert_dtype(gradient, np.float64, name)
    assert_unchanged(dout, before, "dout")


@pytest.mark.question(
    "conv_backward_naive", points=2, after=["test_backward_db", "test_backward_dw", "test_backward_dx"]
)
def test_backward_repeated(student, rng):
    """the same gradients from one cache a second time, with another forward in between"""
    mine = cache_of(student, "conv_forward_naive", *draw(rng, BASIC))
    dout = rng.standard_normal((2, 4, 6, 6))
    first = [assert_array(gradient, "gradient").copy() for gradient in student.conv_backward_naive(dout.copy(), mine)]
    cache_of(student, "conv_forward_naive", *draw(rng, BASIC))
    for name, again, before in zip(GRADIENTS, student.conv_backward_naive(dout.copy(), mine), first):
        assert_close(again, before, f"{name}, the second time,")


# --- other convolutions -------------------------------------------------------------------------------------------


def check_manners(function, inputs, first=lambda result: result):
    """Inputs unchanged, float64 for float64. `first` picks the output out of what the function returns."""
    before = copies(inputs)
    assert_dtype(first(function(*inputs)), np.float64, "out")
    for name, value, copy in zip(("x", "w", "b", "conv_param"), inputs, before):
        assert_unchanged(value, copy, name)


def check_dilated(student, reference, rng, cases):
    for case, dilation in cases:
        x, w, b, conv_param = draw(rng, case)
        conv_param |= {} if dilation is None else {"dilation": dilation}
        desired, _ = reference.dilated_conv_forward(x, w, b, conv_param)
        out, _ = student.dilated_conv_forward(x, w, b, conv_param)
        assert_close(out, desired)


@pytest.mark.question("dilated_conv_forward", points=4)
def test_dilated_plain(student, reference, rng):
    """right output with dilation 2 and 3"""
    check_dilated(
        student,
        reference,
        rng,
        [((2, 3, 7, 6, 4, 3, 2, 1, 0), 2), ((1, 2, 6, 9, 3, 2, 3, 1, 0), 3), ((2, 3, 4, 6, 2, 1, 3, 1, 0), 2)],
    )


@pytest.mark.question("dilated_conv_forward", points=2)
def test_dilated_padding_and_stride(student, reference, rng):
    """right output with dilation, padding and stride together"""
    check_dilated(
        student,
        reference,
        rng,
        [((2, 3, 7, 6, 4, 3, 2, 1, 2), 2), ((1, 2, 8, 9, 3, 2, 3, 3, 2), 3), ((2, 3, 7, 5, 2, 3, 2, 2, 1), 2)],
    )


@pytest.mark.question("dilated_conv_forward", points=1)
def test_dilated_default(student, reference, rng):
    """an ordinary convolution with dilation 1, given or missing"""
    check_dilated(student, reference, rng, [(BASIC, 1), (BASIC, None), (STRIDED[0], None)])


@pytest.mark.question("dilated_conv_forward", points=1, after=["test_dilated_plain"])
def test_dilated_manners(student, rng):
    """inputs left as they were, float64 for float64"""
    x, w, b, conv_param = draw(rng, (2, 3, 7, 6, 4, 3, 2, 1, 1))
    check_manners(student.dilated_conv_forward, (x, w, b, conv_param | {"dilation": 2}), lambda result: result[0])


def draw_pointwise(rng, n, c, h, w, f):
    return [rng.standard_normal(shape) for shape in ((n, c, h, w), (f, c), (f,))]


@pytest.mark.question("conv1x1_forward", points=3)
def test_conv1x1_shapes(student, reference, rng):
    """right output for every shape"""
    for case in [(2, 3, 4, 5, 6), (3, 5, 6, 2, 4), (1, 2, 1, 3, 1), (4, 1, 3, 2, 5)]:
        inputs = draw_pointwise(rng, *case)
        desired = reference.conv1x1_forward(*inputs)
        assert_close(student.conv1x1_forward(*inputs), desired)


@pytest.mark.question("conv1x1_forward", points=2, after=["test_conv1x1_shapes"])
def test_conv1x1_no_loops(student):
    """no for, while, comprehension, map or np.vectorize, here or in what it calls"""
    found = find_loops(student.trees("conv1x1_forward"), "conv1x1_forward")
    if found:
        raise CheckFailed(f"code with {found}", "einsum, matmul or broadcasting in its place")


@pytest.mark.question("conv1x1_forward", points=1, after=["test_conv1x1_shapes"])
def test_conv1x1_manners(student, rng):
    """inputs left as they were, float64 for float64"""
    check_manners(student.conv1x1_forward, draw_pointwise(rng, 2, 3, 4, 5, 6))


def draw_any(rng, n, c, sides, f, taps, stride, pad):
    """Inputs of a convolution along any number of axes."""
    x, w, b = (rng.standard_normal(shape) for shape in ((n, c, *sides), (f, c, *taps), (f,)))
    return x, w, b, {"stride": stride, "pad": pad}


def check_any(function, expected, rng, cases):
    for case in cases:
        inputs = draw_any(rng, *case)
        desired = expected(*inputs)
        assert_close(function(*inputs), desired)


@pytest.mark.question("conv1d_forward", points=2)
def test_conv1d_plain(student, reference, rng):
    """right output with stride 1 and no padding"""
    cases = [(2, 3, (7,), 4, (3,), 1, 0), (3, 1, (5,), 2, (2,), 1, 0), (1, 4, (4,), 3, (4,), 1, 0)]
    check_any(student.conv1d_forward, reference.conv1d_forward, rng, cases)


@pytest.mark.question("conv1d_forward", points=1)
def test_conv1d_padding(student, reference, rng):
    """right output with padding 1 and 2"""
    cases = [(2, 3, (6,), 4, (3,), 1, 1), (1, 2, (4,), 3, (4,), 1, 2)]
    check_any(student.conv1d_forward, reference.conv1d_forward, rng, cases)


@pytest.mark.question("conv1d_forward", points=1)
def test_conv1d_stride(student, reference, rng):
    """right output with stride 2 and 3"""
    cases = [(2, 3, (9,), 4, (3,), 2, 0), (3, 2, (11,), 5, (2,), 3, 0), (1, 2, (6,), 3, (4,), 2, 1)]
    check_any(student.conv1d_forward, reference.conv1d_forward, rng, cases)


@pytest.mark.question("conv1d_forward", points=1, after=["test_conv1d_plain"])
def test_conv1d_manners(student, rng):
    """inputs left as they were, float64 for float64"""
    check_manners(student.conv1d_forward, draw_any(rng, 2, 3, (7,), 4, (3,), 1, 1))


@pytest.mark.question("conv3d_forward", points=3)
def test_conv3d_plain(student, reference, rng):
    """right output with stride 1 and no padding"""
    cases = [(2, 2, (5, 4, 3), 3, (2, 3, 1), 1, 0), (1, 3, (3, 4, 6), 2, (3, 1, 2), 1, 0)]
    check_any(student.conv3d_forward, reference.conv3d_forward, rng, cases)


@pytest.mark.question("conv3d_forward", points=1.5)
def test_conv3d_padding(student, reference, rng):
    """right output with padding 1 and 2 on every axis"""
    cases = [(2, 2, (4, 3, 2), 3, (2, 3, 1), 1, 1), (1, 3, (2, 1, 3), 2, (3, 4, 2), 1, 2)]
    check_any(student.conv3d_forward, reference.conv3d_forward, rng, cases)


@pytest.mark.question("conv3d_forward", points=1.5)
def test_conv3d_stride(student, reference, rng):
    """right output with stride 2 and 3 on every axis"""
    cases = [
        (2, 2, (4, 7, 5), 3, (2, 3, 1), 2, 0),
        (1, 3, (6, 5, 8), 2, (3, 2, 2), 3, 0),
        (1, 2, (4, 3, 5), 3, (2, 3, 1), 2, 1),
    ]
    check_any(student.conv3d_forward, reference.conv3d_forward, rng, cases)


@pytest.mark.question("conv3d_forward", points=1, after=["test_conv3d_plain"])
def test_conv3d_manners(student, rng):
    """inputs left as they were, float64 for float64"""
    check_manners(student.conv3d_forward, draw_any(rng, 2, 2, (4, 3, 5), 3, (2, 3, 1), 1, 1))
