"""Hidden tests of a1_convolution.

A test differs from the plain case in what its title says and in nothing else, so that a slip costs that test and not
the others. The plain case of a layer has square images and filters, as many filters as channels, no biases, stride 1,
and one of two paddings, whichever the student can do. A case is a tuple (N, C, H, W, F, HH, WW, stride, pad).

`reference` is asked before `student`: a student's function that changes its inputs is told so by the test that asks for
it, and by no other.
"""

from functools import partial

import numpy as np
import pytest

from autograder.hidden_tests.gradients import Backward, by_name
from autograder.hidden_tests.rules import assert_gradient, cache_of, find_loops
from cnnlab.compare import (
    assert_array,
    assert_close,
    assert_dtype,
    assert_equal,
    assert_integers,
    assert_unchanged,
    normal,
    show,
)
from cnnlab.outcomes import CheckFailed, NoCache, NotChecked, StudentError

SQUARE = [(2, 3, 4, 4, 3, 3, 3, 1, 1), (1, 2, 5, 5, 2, 3, 3, 1, 1)]
CHANNELS = [(1, 3, 4, 4, 4, 3, 3, 1, 1), (2, 4, 3, 3, 2, 3, 3, 1, 1), (3, 1, 3, 3, 1, 3, 3, 1, 1)]
SHAPES = [(2, 2, 3, 5, 2, 3, 3, 1, 1), (1, 2, 5, 4, 2, 2, 3, 1, 1), (1, 3, 4, 4, 3, 3, 2, 1, 1)]
SHAPES += [(1, 2, 3, 6, 2, 3, 1, 1, 1), (1, 2, 4, 3, 2, 1, 1, 1, 1)]
PADS = [(2, 3, 5, 5, 3, 3, 3, 1, 0), (1, 2, 4, 4, 2, 4, 4, 1, 0)]
PADS += [(1, 2, 4, 4, 2, 2, 2, 1, 2), (1, 2, 3, 3, 2, 5, 5, 1, 3)]
STRIDES = [(2, 3, 5, 5, 3, 3, 3, 2, 1), (1, 2, 6, 6, 2, 2, 2, 3, 1), (1, 2, 7, 7, 2, 3, 3, 3, 1)]
ROUNDED = [(2, 3, 5, 5, 3, 2, 2, 3, 1), (1, 2, 7, 7, 2, 2, 2, 3, 1)]

# everything at once
UNPADDED = (3, 2, 6, 4, 5, 1, 3, 1, 0)
PADDED = (1, 4, 5, 3, 2, 2, 3, 1, 2)
STRIDED = [(2, 3, 7, 8, 4, 3, 2, 2, 0), (1, 4, 8, 5, 3, 2, 2, 3, 0)]
PADDED_STRIDED = [(2, 3, 5, 6, 4, 3, 2, 2, 1), (1, 4, 6, 8, 2, 4, 3, 3, 2), (2, 2, 4, 3, 3, 2, 3, 2, 3)]
UNEVEN = (1, 2, 8, 5, 3, 3, 2, 3, 1)
LARGE = (1, 2, 130, 131, 2, 2, 3, 64, 0)  # more entries than a 16-bit number counts


def draw(rng, case):
    """x, w, b and conv_param of a case."""
    n, c, h, w, f, hh, ww, stride, pad = case
    x, w, b = (rng.standard_normal(shape) for shape in ((n, c, h, w), (f, c, hh, ww), (f,)))
    return x, w, b, {"stride": stride, "pad": pad}


def copies(inputs):
    """For a student's function where the test needs its inputs again."""
    return [value.copy() for value in inputs]


def either(ask):
    """`ask(pad)` must pass with pad 1 or without padding: a slip in the padding has tests of its own."""
    try:
        ask(1)
    except (CheckFailed, StudentError, NotChecked) as failure:
        try:
            ask(0)
        except NotChecked:
            raise failure from None


def unless_raised(ask):
    """`ask(pad)` must pass with pad 1, or without padding where that raises."""
    try:
        ask(1)
    except (StudentError, NoCache):
        ask(0)


def padded(cases, pad):
    return [(*case[:-1], pad) for case in cases]


def out_of(student, name, inputs):
    """The output alone: that there must be a second result is asked by a test of its own."""
    try:
        return getattr(student, name)(*inputs)[0]
    except CheckFailed:  # not two results
        value = student.calls[-1].value
        if isinstance(value, np.ndarray):
            return value
        raise


def check_inputs(function, drawn):
    """Inputs as they were after the call on the first draw that does not raise. Gives the result."""
    failure = None
    for inputs in drawn:
        before = copies(inputs)
        try:
            result = function(*inputs)
        except StudentError as error:
            failure = failure or error
            continue
        for name, value, copy in zip(("x", "w", "b", "conv_param"), inputs, before):
            assert_unchanged(value, copy, name)
        return result
    raise failure


# --- sizes, costs, receptive fields -------------------------------------------------------------------------------


def check_sizes(student, reference, cases):
    """Cases are the arguments of conv_output_size, by position."""
    for case in cases:
        assert_equal(student.conv_output_size(*case), reference.conv_output_size(*case), "size")


@pytest.mark.question("conv_output_size", points=1)
def test_size_plain(student, reference, rng):
    """right size without padding, stride and dilation"""
    drawn = [(int(rng.integers(20, 60)), k) for k in (1, 2)]
    check_sizes(student, reference, [(32, 5, 1, 0, 1), (70_000, 3), *drawn])


@pytest.mark.question("conv_output_size", points=0.5)
def test_size_padding(student, reference, rng):
    """right size with padding on both ends, for filters larger than the input, too"""
    drawn = int(rng.integers(20, 60)), 1, 1, int(rng.integers(1, 5))
    check_sizes(student, reference, [(32, 5, 1, 2), (2, 3, 1, 1), (3, 6, 1, 3), drawn])


@pytest.mark.question("conv_output_size", points=0.5)
def test_size_stride(student, reference, rng):
    """right size with strides 2, 3 and 4"""
    drawn = [((int(rng.integers(8, 20)) - 1) * s + k, k, s) for s, k in ((2, 5), (3, 3), (4, 3))]
    check_sizes(student, reference, drawn)


@pytest.mark.question("conv_output_size", points=1)
def test_size_dilation(student, reference, rng):
    """right size with dilation 2 and 3"""
    drawn = [(int(rng.integers(20, 40)), k, 1, 0, d) for k, d in ((4, 2), (5, 3), (1, 3))]
    check_sizes(student, reference, drawn)


@pytest.mark.question("conv_output_size", points=0.5)
def test_size_together(student, reference, rng):
    """right size with padding, stride and dilation together, given by name or by place"""
    drawn = [
        ((int(rng.integers(8, 20)) - 1) * s + d * (k - 1) + 1 - 2 * p, k, s, p, d)
        for k, s, p, d in ((5, 2, 2, 3), (3, 2, 3, 2))
    ]
    check_sizes(student, reference, [(9, 4, 3, 2, 2), *drawn])
    assert_equal(student.conv_output_size(size=13, kernel_size=3, pad=2), 15, "size")


@pytest.mark.question("conv_output_size", points=0.5)
def test_size_uneven(student, reference):
    """rounded down where the stride does not divide evenly"""
    check_sizes(student, reference, [(10, 3, 3), (10, 3, 4), (6, 4, 3)])


@pytest.mark.question("conv_output_size", points=0.5)
def test_size_no_fit(student):
    """1 for a filter that just fits; one that does not fit is a ValueError with a sentence"""
    assert_equal(student.conv_output_size(5, 5), 1, "size")
    for case in [(3, 4, 2), (2, 8, 3, 1), (6, 4, 2, 0, 2)]:
        try:
            size = student.conv_output_size(*case)
        except StudentError as error:
            if not error.is_a("ValueError"):
                raise
            if len(error.message.split()) < 3:
                raise CheckFailed(
                    f"ValueError({error.message!r})", "a ValueError with a sentence: three words or more"
                ) from None
        else:
            raise CheckFailed(show(size), "a ValueError: this filter does not fit", actual=size)


@pytest.mark.question("conv_output_size", points=0.5, after=["test_size_plain"])
def test_size_integer(student):
    """the size is an integer, not a float"""
    assert_integers(student.conv_output_size(7, 3, 2), "size")


def cost_of(student, reference, case, key):
    """One entry of what conv_cost gives, and the right one."""
    right = reference.conv_cost(*case)
    cost = student.once(("conv_cost", case), lambda: student.conv_cost(*case))
    if not isinstance(cost, dict) or key not in cost:
        raise CheckFailed(show(cost), 'a dict with the keys "output_shape", "parameters" and "macs"')
    return cost[key], right[key]


def check_cost(student, reference, cases, key):
    for case in cases:
        mine, right = cost_of(student, reference, case, key)
        assert_equal(mine, right, key)


def square_costs(rng_of):
    """Arguments of conv_cost for square images, without padding and with stride 1."""
    c, f = (int(n) for n in rng_of("conv_cost").integers(4, 9, 2))
    return [((3, 32, 32), 10, 5), ((1, 9, 9), f, 4), ((c, 9, 9), 1, 3, 1, 0, False), ((c, 6, 6), c, 1)]


STRIDED_COSTS = [((3, 32, 32), 10, 5, 1, 2), ((4, 11, 11), 6, 3, 2, 1), ((2, 12, 12), 4, 2, 4, 1)]
WIDE_COSTS = [((3, 9, 14), 8, 4), ((2, 13, 7), 5, 3)]


@pytest.mark.question("conv_cost", points=0.5)
def test_cost_output_shape(student, reference, rng_of):
    """right output shape of square images: filters, rows, columns"""
    check_cost(student, reference, square_costs(rng_of), "output_shape")


@pytest.mark.question("conv_cost", points=0.5)
def test_cost_output_shape_strided(student, reference):
    """right output shape with padding and strides"""
    check_cost(student, reference, STRIDED_COSTS, "output_shape")


@pytest.mark.question("conv_cost", points=0.5)
def test_cost_output_shape_wide(student, reference):
    """right output shape of images that are not square"""
    check_cost(student, reference, WIDE_COSTS, "output_shape")


@pytest.mark.question("conv_cost", points=0.5)
def test_cost_output_shape_uneven(student, reference):
    """an output shape rounded down where the stride does not divide evenly"""
    check_cost(student, reference, [((3, 8, 8), 4, 3, 2), ((2, 10, 10), 5, 3, 4)], "output_shape")


@pytest.mark.question("conv_cost", points=1)
def test_cost_parameters(student, reference, rng_of):
    """right number of parameters, with and without biases"""
    check_cost(student, reference, square_costs(rng_of), "parameters")


@pytest.mark.question("conv_cost", points=1)
def test_cost_macs(student, reference, rng_of):
    """right number of multiply-adds of square images; biases never count"""
    check_cost(student, reference, square_costs(rng_of), "macs")


@pytest.mark.question("conv_cost", points=0.5)
def test_cost_macs_together(student, reference):
    """right number of multiply-adds with padding and strides, of images that are not square, too"""
    check_cost(student, reference, [*STRIDED_COSTS, *WIDE_COSTS, ((5, 9, 13), 2, 3, 2, 1, False)], "macs")


@pytest.mark.question("conv_cost", points=0.5)
def test_cost_integers(student, reference):
    """shape and counts are integers, not floats: those that are right"""
    case, right = ((3, 9, 9), 4, 3), []
    for key in ("output_shape", "parameters", "macs"):
        try:
            mine, desired = cost_of(student, reference, case, key)
        except CheckFailed:
            continue
        if normal(mine) == normal(desired):
            assert_integers(mine, key)
            right.append(key)
    if not right:
        raise NotChecked("not checked: neither the output shape nor a count is right yet")


def check_fields(student, reference, stacks):
    for layers in stacks:
        assert_equal(student.receptive_field([*layers]), reference.receptive_field([*layers]), "receptive field")


@pytest.mark.question("receptive_field", points=1.5)
def test_receptive_stride_1(student, reference, rng):
    """right receptive field where every stride is 1"""
    check_fields(student, reference, [[(5, 1)], [(3, 1)] * int(rng.integers(3, 6)), [(5, 1), (3, 1), (1, 1), (2, 1)]])


@pytest.mark.question("receptive_field", points=0.5)
def test_receptive_own_stride(student, reference):
    """the last layer's own stride does not count"""
    check_fields(student, reference, [[(7, 4)], [(3, 1), (5, 2)]])


@pytest.mark.question("receptive_field", points=0.5)
def test_receptive_one_stride(student, reference):
    """right receptive field with a stride in the first layer: it counts for the layers after it"""
    check_fields(student, reference, [[(5, 2), (3, 1)], [(3, 3), (2, 1)]])


@pytest.mark.question("receptive_field", points=1)
def test_receptive_strides(student, reference, rng):
    """right receptive field with several strides: the product of the strides before a layer"""
    deep = [(int(k), int(s)) for k, s in zip(rng.integers(3, 8, 5), rng.integers(2, 4, 5))]
    stacks = [[(5, 3), (3, 3), (2, 1)], [(3, 2), (4, 3), (2, 2), (5, 1)]]
    check_fields(student, reference, [*stacks, [*deep, (3, 1)], [(3, 2), (3, 3)] * 6 + [(2, 1)]])


@pytest.mark.question("receptive_field", points=0.5)
def test_receptive_gaps(student, reference):
    """the whole extent where a stride is larger than its kernel"""
    check_fields(student, reference, [[(2, 5), (3, 1)], [(3, 1), (2, 3), (4, 1)], [(1, 4), (2, 3), (4, 1)]])


@pytest.mark.question("receptive_field", points=0.5)
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


HAND_X = np.array([[0.0, 80, 40], [20, 40, 0], [0, 0, 40]])
HAND_K = np.array([[0, 0.25], [0.5, 1]])
SQUARE_PLANES = [((5, 5), (3, 3)), ((3, 3), (1, 1))]
LARGE_PLANES, SMALL_PLANES = [((6, 6), (2, 2))], [((4, 4), (4, 4))]  # in numbers, not in size
PLANES = [((5, 4), (5, 4)), ((3, 5), (1, 3)), ((7, 6), (4, 1)), ((4, 5), (4, 2)), ((5, 5), (2, 3)), ((4, 6), (3, 3))]


def check_planes(function, expected, rng, shapes, scale=1.0):
    for x_shape, k_shape in shapes:
        x, k = rng.standard_normal(x_shape) * scale, rng.standard_normal(k_shape)
        desired = expected(x, k)
        assert_close(function(x, k), desired, "y")


def check_plane_manners(function, rng):
    """Inputs unchanged, float64 for float64."""
    x, k = rng.standard_normal((5, 5)), rng.standard_normal((3, 3))
    before = x.copy(), k.copy()
    assert_dtype(function(x, k), x.dtype, "y")
    assert_unchanged(x, before[0], "x")
    assert_unchanged(k, before[1], "k")


@pytest.mark.question("cross_correlate2d", points=1)
def test_correlate_by_hand(student):
    """the example of the lecture"""
    assert_close(student.cross_correlate2d(HAND_X.copy(), HAND_K.copy()), [[70.0, 30], [10, 40]], "y")


@pytest.mark.question("cross_correlate2d", points=1)
def test_correlate_square(student, reference, rng):
    """right for square planes and filters, small numbers and large ones"""
    for shapes, scale in ((SQUARE_PLANES, 1), (LARGE_PLANES, 1e6), (SMALL_PLANES, 1e-6)):
        check_planes(student.cross_correlate2d, reference.cross_correlate2d, rng, shapes, scale)


@pytest.mark.question("cross_correlate2d", points=1)
def test_correlate_shapes(student, reference, rng):
    """right for planes and filters that are not square"""
    check_planes(student.cross_correlate2d, reference.cross_correlate2d, rng, PLANES)


@pytest.mark.question("cross_correlate2d", points=1, after=["test_correlate_square"])
def test_correlate_manners(student, rng):
    """x and k left as they were, float64 for float64"""
    check_plane_manners(student.cross_correlate2d, rng)


@pytest.mark.question("convolve2d", points=1)
def test_convolve_by_hand(student):
    """the example of the lecture"""
    assert_close(student.convolve2d(HAND_X.copy(), HAND_K.copy()), [[45.0, 110], [40, 40]], "y")


@pytest.mark.question("convolve2d", points=1)
def test_convolve_square(student, reference, rng):
    """right for square planes and filters, small numbers and large ones"""
    for shapes, scale in ((SQUARE_PLANES, 1), (LARGE_PLANES, 1e6), (SMALL_PLANES, 1e-6)):
        check_planes(student.convolve2d, reference.convolve2d, rng, shapes, scale)


@pytest.mark.question("convolve2d", points=1)
def test_convolve_shapes(student, reference, rng):
    """right for planes and filters that are not square"""
    check_planes(student.convolve2d, reference.convolve2d, rng, PLANES)


@pytest.mark.question("convolve2d", points=1, after=["test_convolve_square"])
def test_convolve_manners(student, rng):
    """x and k left as they were, float64 for float64"""
    check_plane_manners(student.convolve2d, rng)


# --- the convolution layer: forward -------------------------------------------------------------------------------


def check_forward(student, reference, rng, cases, bias=0.0, scale=1.0):
    for case in cases:
        x, w, b, conv_param = draw(rng, case)
        x, b = x * scale, b * bias
        desired, _ = reference.conv_forward_naive(x, w, b, conv_param)
        assert_close(out_of(student, "conv_forward_naive", (x, w, b, conv_param)), desired)


@pytest.mark.question("conv_forward_naive", points=4)
def test_forward_plain(student, reference, rng):
    """right output for square images and filters, as many filters as channels, stride 1, biases 0"""
    either(lambda pad: check_forward(student, reference, rng, padded(SQUARE, pad)))


@pytest.mark.question("conv_forward_naive", points=1)
def test_forward_bias(student, reference, rng):
    """each filter's bias added once"""
    either(lambda pad: check_forward(student, reference, rng, padded(SQUARE[:1], pad), bias=1.0))


@pytest.mark.question("conv_forward_naive", points=1)
def test_forward_channels(student, reference, rng):
    """right output for any number of channels and filters"""
    either(lambda pad: check_forward(student, reference, rng, padded(CHANNELS, pad)))


@pytest.mark.question("conv_forward_naive", points=2)
def test_forward_shapes(student, reference, rng):
    """rows and columns: right output for images and filters that are not square"""
    either(lambda pad: check_forward(student, reference, rng, padded(SHAPES, pad)))


@pytest.mark.question("conv_forward_naive", points=2)
def test_forward_padding(student, reference, rng):
    """right output without padding, and with padding 1, 2 and 3"""
    check_forward(student, reference, rng, [*PADS, SQUARE[1]])


@pytest.mark.question("conv_forward_naive", points=2)
def test_forward_stride(student, reference, rng):
    """right output with stride 2 and 3"""
    either(lambda pad: check_forward(student, reference, rng, padded(STRIDES, pad)))


@pytest.mark.question("conv_forward_naive", points=1)
def test_forward_uneven(student, reference, rng):
    """a stride that does not divide evenly: the size is rounded down, the last places are not seen"""
    either(lambda pad: check_forward(student, reference, rng, padded(ROUNDED, pad)))


@pytest.mark.question("conv_forward_naive", points=1)
def test_forward_together(student, reference, rng):
    """right output with everything at once: not square, padding, stride, large images, large and small numbers"""
    check_forward(student, reference, rng, [STRIDED[1], *PADDED_STRIDED[1:], LARGE], bias=1.0)
    for case, scale in ((UNPADDED, 1e6), (PADDED, 1e-6)):
        check_forward(student, reference, rng, [case], scale, scale)


@pytest.mark.question("conv_forward_naive", points=1, after=["test_forward_plain"])
def test_forward_inputs(student, rng):
    """x, w, b and conv_param left as they were"""
    drawn = [draw(rng, case) for pad in (0, 1) for case in padded(SQUARE[1:], pad)]
    check_inputs(lambda *inputs: out_of(student, "conv_forward_naive", inputs), drawn)


@pytest.mark.question("conv_forward_naive", points=0.5, after=["test_forward_plain"])
def test_forward_repeated(student, rng):
    """float64 for float64, and the same output a second time"""

    def ask(pad):
        inputs, others = (draw(rng, case) for case in padded(SQUARE, pad))
        first = out_of(student, "conv_forward_naive", copies(inputs))
        out_of(student, "conv_forward_naive", others)
        second = out_of(student, "conv_forward_naive", copies(inputs))
        assert_dtype(first, np.float64, "out")
        assert_close(second, first, "out, the second time,")

    unless_raised(ask)


@pytest.mark.question("conv_forward_naive", points=0.5, after=["test_forward_plain"])
def test_forward_cache(student, rng):
    """two results: out, and a cache for the backward pass"""

    def ask(pad):
        _, cache = student.conv_forward_naive(*draw(rng, *padded(SQUARE[:1], pad)))
        if cache is None or getattr(cache, "type_name", "") == "NoneType":
            raise CheckFailed("None as the cache", "whatever conv_backward_naive needs")

    unless_raised(ask)


# --- the convolution layer: backward ------------------------------------------------------------------------------


LAYER = "conv_forward_naive", "conv_backward_naive"


def check_backward(student, reference, rng_of, cases, names, more=(), **options):
    """Some gradients against the reference's, from the student's own cache; see `Backward.check`."""
    Backward(student, reference, rng_of, LAYER, draw).check(cases, names, lenient=more, **options)


def check_plain_gradient(student, reference, rng_of, name):
    """On square images and filters, stride 1."""
    either(lambda pad: check_backward(student, reference, rng_of, padded(SQUARE, pad), [name], directions=True))


@pytest.mark.question("conv_backward_naive", points=2)
def test_backward_db(student, reference, rng_of):
    """right db: the sum of dout over images, rows and columns"""
    more = [CHANNELS[0], SHAPES[0], STRIDES[1]]
    either(lambda pad: check_backward(student, reference, rng_of, padded(SQUARE, pad), ["db"], padded(more, pad)))


@pytest.mark.question("conv_backward_naive", points=3)
def test_backward_dw(student, reference, rng_of):
    """right dw for square images and filters, as many filters as channels, stride 1"""
    check_plain_gradient(student, reference, rng_of, "dw")


@pytest.mark.question("conv_backward_naive", points=1.5)
def test_backward_dw_shapes(student, reference, rng_of):
    """right dw where channels and filters, rows and columns differ"""
    either(lambda pad: check_backward(student, reference, rng_of, padded([*CHANNELS, *SHAPES], pad), ["dw"]))


@pytest.mark.question("conv_backward_naive", points=1)
def test_backward_dw_padding(student, reference, rng_of):
    """right dw without padding, and with padding 1, 2 and 3"""
    check_backward(student, reference, rng_of, [SQUARE[1], *PADS[2:]], ["dw"], more=PADS[:2])


@pytest.mark.question("conv_backward_naive", points=1.5)
def test_backward_dw_stride(student, reference, rng_of):
    """right dw with stride 2 and 3"""
    either(lambda pad: check_backward(student, reference, rng_of, padded(STRIDES, pad), ["dw"]))


@pytest.mark.question("conv_backward_naive", points=3)
def test_backward_dx(student, reference, rng_of):
    """right dx for square images and filters, as many filters as channels, stride 1"""
    check_plain_gradient(student, reference, rng_of, "dx")


@pytest.mark.question("conv_backward_naive", points=1.5)
def test_backward_dx_shapes(student, reference, rng_of):
    """right dx where channels and filters, rows and columns differ"""
    either(lambda pad: check_backward(student, reference, rng_of, padded([*CHANNELS, *SHAPES], pad), ["dx"]))


@pytest.mark.question("conv_backward_naive", points=2)
def test_backward_dx_padding(student, reference, rng_of):
    """right dx without padding, and with padding 1, 2 and 3"""
    check_backward(student, reference, rng_of, [*PADS, SQUARE[1]], ["dx"])


@pytest.mark.question("conv_backward_naive", points=1.5)
def test_backward_dx_stride(student, reference, rng_of):
    """right dx with stride 2 and 3"""
    either(lambda pad: check_backward(student, reference, rng_of, padded(STRIDES, pad), ["dx"]))


@pytest.mark.question("conv_backward_naive", points=1)
def test_backward_together(student, reference, rng_of):
    """right dw and dx with everything at once: not square, strides, also those that do not divide evenly"""
    cases = [STRIDED[1], UNEVEN, PADDED_STRIDED[0], *ROUNDED]
    either(lambda pad: check_backward(student, reference, rng_of, padded(cases, pad), ["dw", "dx"]))
    either(lambda pad: check_backward(student, reference, rng_of, padded(SQUARE[1:], pad), ["dw"], more=STRIDED[:1]))


def right_gradients(student, reference, rng):
    """A case, its dout as the backward pass left it and as it was, the student's cache, and those gradients that are
    right, by name.

    Raises:
        NotChecked: neither dx nor dw is; db alone is little.
    """

    def found(pad):
        (case,) = padded(SQUARE[:1], pad)
        inputs = draw(rng, case)
        out, cache = reference.conv_forward_naive(*inputs)
        dout = rng.standard_normal(out.shape)
        before, desired = dout.copy(), by_name(LAYER[1], reference.conv_backward_naive(dout, cache))
        mine = cache_of(student, LAYER[0], *copies(inputs))
        gradients, right = by_name(LAYER[1], student.conv_backward_naive(dout, mine)), {}
        for name, value in gradients.items():
            try:
                assert_gradient(student, reference, LAYER[0], inputs, before, value, desired[name], name)
            except CheckFailed as failure:
                if not failure.precision:
                    continue
            right[name] = value
        if not right.keys() & {"dx", "dw"}:
            raise NotChecked("not checked: neither dx nor dw is right yet")
        return case, dout, before, mine, right

    try:
        return found(1)
    except (StudentError, NotChecked):
        return found(0)


@pytest.mark.question("conv_backward_naive", points=1)
def test_backward_manners(student, reference, rng):
    """dout left as it was, float64 for float64"""
    _, dout, before, _, right = right_gradients(student, reference, rng)
    for name, gradient in right.items():
        assert_dtype(gradient, np.float64, name)
    assert_unchanged(dout, before, "dout")


@pytest.mark.question("conv_backward_naive", points=1)
def test_backward_repeated(student, reference, rng):
    """the same gradients from one cache a second time, with another forward in between"""
    case, _, dout, mine, right = right_gradients(student, reference, rng)
    cache_of(student, LAYER[0], *draw(rng, case))
    for name, again in by_name(LAYER[1], student.conv_backward_naive(dout, mine)).items():
        if name in right:
            assert_close(again, assert_array(right[name], name), f"{name}, the second time,")


# --- other convolutions -------------------------------------------------------------------------------------------


def check_manners(function, drawn):
    """Inputs unchanged, float64 for float64."""
    assert_dtype(check_inputs(function, drawn), np.float64, "out")


def check_dilated(student, reference, rng, cases, dilations, bias=0.0):
    """None: conv_param has no dilation."""
    for case in cases:
        for dilation in dilations:
            x, w, b, conv_param = draw(rng, case)
            b = b * bias
            conv_param |= {} if dilation is None else {"dilation": dilation}
            desired, _ = reference.dilated_conv_forward(x, w, b, conv_param)
            assert_close(out_of(student, "dilated_conv_forward", (x, w, b, conv_param)), desired)


SQUARE_DILATED = [(2, 3, 7, 7, 3, 3, 3, 1, 1)]


@pytest.mark.question("dilated_conv_forward", points=3)
def test_dilated_plain(student, reference, rng):
    """right output with dilation 2 and 3: square images and filters, as many filters as channels, biases 0"""
    either(lambda pad: check_dilated(student, reference, rng, padded(SQUARE_DILATED, pad), (2, 3)))


@pytest.mark.question("dilated_conv_forward", points=0.5)
def test_dilated_bias(student, reference, rng):
    """each filter's bias added once"""
    either(lambda pad: check_dilated(student, reference, rng, padded(SQUARE_DILATED, pad), (2,), 1.0))


@pytest.mark.question("dilated_conv_forward", points=1)
def test_dilated_shapes(student, reference, rng):
    """right output where channels and filters, rows and columns differ"""
    cases = [(2, 3, 7, 6, 4, 3, 2, 1, 1), (1, 1, 4, 6, 2, 1, 3, 1, 1), (1, 2, 6, 6, 2, 3, 2, 1, 1)]
    cases += [(3, 2, 5, 6, 2, 3, 3, 1, 1)]
    either(lambda pad: check_dilated(student, reference, rng, padded(cases, pad), (2,)))


@pytest.mark.question("dilated_conv_forward", points=1)
def test_dilated_padding(student, reference, rng):
    """right output with dilation, without padding and with padding 1, 2 and 3"""
    check_dilated(student, reference, rng, [(1, 2, 5, 5, 2, 3, 3, 1, pad) for pad in (0, 1, 2, 3)], (2,))


@pytest.mark.question("dilated_conv_forward", points=1)
def test_dilated_stride(student, reference, rng):
    """right output with dilation and stride 2 and 3"""

    def ask(pad):
        check_dilated(student, reference, rng, [(1, 2, 7, 7, 2, 3, 3, 2, pad)], (2, 3))
        check_dilated(student, reference, rng, [(1, 2, 9, 9, 2, 3, 3, 3, pad)], (2,))

    either(ask)


@pytest.mark.question("dilated_conv_forward", points=0.5)
def test_dilated_together(student, reference, rng):
    """right output with everything at once, the size rounded down"""
    check_dilated(student, reference, rng, [(1, 3, 7, 6, 4, 3, 2, 1, 2), (2, 3, 7, 6, 2, 3, 2, 2, 1)], (2,), 1.0)
    check_dilated(student, reference, rng, [(1, 2, 8, 9, 3, 2, 3, 3, 2), (2, 2, 9, 9, 2, 2, 2, 3, 0)], (3,), 1.0)


@pytest.mark.question("dilated_conv_forward", points=0.5)
def test_dilated_default(student, reference, rng):
    """an ordinary convolution with dilation 1, given or missing"""
    either(lambda pad: check_dilated(student, reference, rng, padded(SQUARE[1:], pad), (1, None)))


@pytest.mark.question("dilated_conv_forward", points=0.5, after=["test_dilated_plain"])
def test_dilated_manners(student, rng):
    """two results, inputs left as they were, float64 for float64"""
    drawn = [draw(rng, case) for pad in (0, 1) for case in padded(SQUARE_DILATED, pad)]
    drawn = [(x, w, b, conv_param | {"dilation": 2}) for x, w, b, conv_param in drawn]
    check_manners(lambda *inputs: student.dilated_conv_forward(*inputs)[0], drawn)


def draw_pointwise(rng, n, c, h, w, f):
    return [rng.standard_normal(shape) for shape in ((n, c, h, w), (f, c), (f,))]


def check_conv1x1(student, reference, rng, cases, bias=0.0):
    for case in cases:
        x, w, b = draw_pointwise(rng, *case)
        b = b * bias
        desired = reference.conv1x1_forward(x, w, b)
        assert_close(student.conv1x1_forward(x, w, b), desired)


CUBES = [(2, 3, 3, 3, 3), (1, 4, 4, 4, 4)]  # as many channels as rows: a bias along a wrong axis has its own test


@pytest.mark.question("conv1x1_forward", points=2)
def test_conv1x1_plain(student, reference, rng):
    """right output for square images, as many filters as channels, biases 0"""
    check_conv1x1(student, reference, rng, CUBES)


@pytest.mark.question("conv1x1_forward", points=0.5)
def test_conv1x1_bias(student, reference, rng):
    """each filter's bias added once"""
    check_conv1x1(student, reference, rng, [CUBES[0], (2, 3, 5, 5, 6)], 1.0)


@pytest.mark.question("conv1x1_forward", points=0.5)
def test_conv1x1_shapes(student, reference, rng):
    """right output where all sizes differ, and where some are 1"""
    cases = [(2, 3, 4, 5, 6), (3, 5, 6, 2, 4), (1, 2, 1, 3, 1), (4, 1, 3, 2, 5), (2, 2, 1, 1, 3), (1, 1, 190, 180, 1)]
    check_conv1x1(student, reference, rng, cases)


@pytest.mark.question("conv1x1_forward", points=2, after=["test_conv1x1_plain"])
def test_conv1x1_no_loops(student):
    """no for, while, comprehension, map or np.vectorize, here or in what it calls"""
    found = find_loops(student.trees("conv1x1_forward"), "conv1x1_forward")
    if found:
        raise CheckFailed(f"code with {found}", "einsum, matmul or broadcasting in its place")


@pytest.mark.question("conv1x1_forward", points=1, after=["test_conv1x1_plain"])
def test_conv1x1_manners(student, rng):
    """inputs left as they were, float64 for float64"""
    check_manners(student.conv1x1_forward, [draw_pointwise(rng, *CUBES[0])])


def draw_any(rng, n, c, sides, f, taps, stride, pad):
    """Inputs of a convolution along any number of axes."""
    x, w, b = (rng.standard_normal(shape) for shape in ((n, c, *sides), (f, c, *taps), (f,)))
    return x, w, b, {"stride": stride, "pad": pad}


PLAIN_1D = [(2, 2, (6,), 2, (3,), 1, 1)]
PLAIN_3D = [(2, 2, (4, 4, 4), 2, (3, 3, 3), 1, 1)]


def check_along_axes(student, reference, rng_of, name, cases, bias=0.0):
    """conv1d_forward or conv3d_forward; what the plain case gave also counts among others."""
    for case in cases:
        x, w, b, conv_param = draw_any(rng_of(case), *case)
        b = b * bias
        desired = getattr(reference, name)(x, w, b, conv_param)
        out = student.once((name, case, bias), partial(getattr(student, name), x, w, b, conv_param))
        assert_close(out, desired)


@pytest.mark.question("conv1d_forward", points=1.5)
def test_conv1d_plain(student, reference, rng_of):
    """right output with stride 1, as many filters as channels, biases 0"""
    either(lambda pad: check_along_axes(student, reference, rng_of, "conv1d_forward", padded(PLAIN_1D, pad)))


@pytest.mark.question("conv1d_forward", points=0.5)
def test_conv1d_bias(student, reference, rng_of):
    """each filter's bias added once"""
    either(lambda pad: check_along_axes(student, reference, rng_of, "conv1d_forward", padded(PLAIN_1D, pad), 1.0))


@pytest.mark.question("conv1d_forward", points=0.5)
def test_conv1d_channels(student, reference, rng_of):
    """right output for any number of channels and filters"""
    cases = [(2, 3, (7,), 4, (3,), 1, 1), (3, 2, (5,), 1, (3,), 1, 1), (1, 1, (6,), 2, (3,), 1, 1)]
    either(lambda pad: check_along_axes(student, reference, rng_of, "conv1d_forward", padded(cases, pad)))


@pytest.mark.question("conv1d_forward", points=1)
def test_conv1d_padding(student, reference, rng_of):
    """right output without padding, and with padding 1, 2 and 3"""
    cases = [(2, 2, (6,), 2, (3,), 1, 0), (1, 2, (4,), 2, (4,), 1, 0), (1, 2, (4,), 2, (3,), 1, 2)]
    check_along_axes(student, reference, rng_of, "conv1d_forward", [*cases, (2, 3, (3,), 3, (5,), 1, 3), *PLAIN_1D])


@pytest.mark.question("conv1d_forward", points=0.5)
def test_conv1d_stride(student, reference, rng_of):
    """right output with stride 2 and 3"""
    cases = [(2, 2, (9,), 2, (3,), 2, 1), (1, 2, (9,), 2, (2,), 3, 1), (1, 2, (7,), 2, (3,), 3, 1)]
    either(lambda pad: check_along_axes(student, reference, rng_of, "conv1d_forward", padded(cases, pad)))


@pytest.mark.question("conv1d_forward", points=0.5)
def test_conv1d_together(student, reference, rng_of):
    """right output with everything at once, the size rounded down"""
    cases = [(2, 3, (10,), 4, (3,), 2, 0), (1, 2, (8,), 3, (4,), 3, 2), (1, 1, (40_000,), 2, (2,), 9_999, 1)]
    check_along_axes(student, reference, rng_of, "conv1d_forward", cases, 1.0)


@pytest.mark.question("conv1d_forward", points=0.5, after=["test_conv1d_plain"])
def test_conv1d_manners(student, rng):
    """inputs left as they were, float64 for float64"""
    drawn = [draw_any(rng, *case) for pad in (0, 1) for case in padded(PLAIN_1D, pad)]
    check_manners(student.conv1d_forward, drawn)


@pytest.mark.question("conv3d_forward", points=2.5)
def test_conv3d_plain(student, reference, rng_of):
    """right output for cubes, as many filters as channels, stride 1, biases 0"""
    either(lambda pad: check_along_axes(student, reference, rng_of, "conv3d_forward", padded(PLAIN_3D, pad)))


@pytest.mark.question("conv3d_forward", points=0.5)
def test_conv3d_bias(student, reference, rng_of):
    """each filter's bias added once"""
    either(lambda pad: check_along_axes(student, reference, rng_of, "conv3d_forward", padded(PLAIN_3D, pad), 1.0))


@pytest.mark.question("conv3d_forward", points=1)
def test_conv3d_shapes(student, reference, rng_of):
    """right output where channels and filters, depth, rows and columns differ"""
    cases = [(2, 2, (5, 4, 3), 3, (2, 3, 1), 1, 1), (1, 3, (3, 4, 6), 2, (3, 1, 2), 1, 1)]
    either(
        lambda pad: check_along_axes(
            student, reference, rng_of, "conv3d_forward", padded([*cases, (2, 1, (3, 5, 4), 1, (3, 3, 3), 1, 1)], pad)
        )
    )


@pytest.mark.question("conv3d_forward", points=1)
def test_conv3d_padding(student, reference, rng_of):
    """right output on cubes without padding, and with padding 1 and 2 on every axis"""
    cases = [(1, 2, (3, 3, 3), 2, (3, 3, 3), 1, 0), (1, 2, (3, 3, 3), 2, (2, 2, 2), 1, 2), *PLAIN_3D]
    check_along_axes(student, reference, rng_of, "conv3d_forward", cases)


@pytest.mark.question("conv3d_forward", points=1)
def test_conv3d_stride(student, reference, rng_of):
    """right output on cubes with stride 2 and 3 on every axis"""
    cases = [(1, 2, (5, 5, 5), 2, (3, 3, 3), 2, 1), (1, 2, (6, 6, 6), 2, (2, 2, 2), 3, 1)]
    either(lambda pad: check_along_axes(student, reference, rng_of, "conv3d_forward", padded(cases, pad)))


@pytest.mark.question("conv3d_forward", points=0.5)
def test_conv3d_together(student, reference, rng_of):
    """right output with everything at once, the sizes rounded down"""
    cases = [(1, 3, (6, 4, 8), 2, (3, 2, 2), 3, 0), (1, 2, (4, 3, 5), 3, (2, 3, 1), 2, 1)]
    check_along_axes(student, reference, rng_of, "conv3d_forward", [*cases, (2, 1, (2, 1, 3), 2, (3, 4, 2), 2, 2)], 1.0)


@pytest.mark.question("conv3d_forward", points=0.5, after=["test_conv3d_plain"])
def test_conv3d_manners(student, rng):
    """inputs left as they were, float64 for float64"""
    drawn = [draw_any(rng, *case) for pad in (0, 1) for case in padded(PLAIN_3D, pad)]
    check_manners(student.conv3d_forward, drawn)
