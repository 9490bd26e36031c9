"""Sizes, costs and receptive fields of convolution layers."""

import contextlib

import pytest

from cnnlab.checking.compare import assert_equal, assert_integers, assert_unchanged, normal, show
from cnnlab.checking.outcomes import CheckFailed, NotChecked, StudentError


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
    check_sizes(student, reference, [(32, 5, 1, 2), (2, 3, 1, 1), (3, 8, 1, 3), drawn])


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
    for case in [(3, 4, 2), (2, 8, 3, 1), (2, 5, 3, 1), (6, 4, 2, 0, 2)]:
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
    counts = [student.receptive_field(layers)]
    with contextlib.suppress(StudentError, CheckFailed):  # what else comes of no layers has a test of its own
        assert_equal(alone := student.receptive_field([]), 1, "receptive field")
        counts.append(alone)
    for count in counts:
        assert_integers(count, "receptive field")
    assert_unchanged(layers, [(5, 1), (3, 1), (3, 1)], "layers")
