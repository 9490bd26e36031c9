"""Layer, instance and group normalization."""

import pytest

from autograder.hidden_tests.layers import check_forward, check_inputs, check_up_to_factor
from autograder.hidden_tests.normalization_gradients import check_manners, straight, through_mean, through_variance
from autograder.hidden_tests.normalizations import (
    GROUP,
    INSTANCE,
    LAYER,
    MANY_PIXELS,
    cases_of,
    check_norm_gradients,
    check_norm_manners,
    check_small_eps,
    draw,
    draw_case,
    draw_even,
    simple_cases_of,
    unsteady_cases_of,
)

PLANES = [(2, 3, 4, 5), (3, 5, 2, 4), (1, 2, 5, 3), (3, 3, 3, 3), (2, 1, 3, 2)]  # with several pixels

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
    check_norm_gradients(student, reference, rng_of, GROUP, simple_cases_of(GROUPS[1:]), part=straight)


@pytest.mark.question("spatial_groupnorm_backward", points=0.5)
def test_group_mean(student, reference, rng_of):
    """right dx for gamma 1 and a dout that moves the mean, but not the variance"""
    check_norm_gradients(student, reference, rng_of, GROUP, simple_cases_of(GROUPS[1:]), part=through_mean)


@pytest.mark.question("spatial_groupnorm_backward", points=0.5)
def test_group_variance(student, reference, rng_of):
    """right dx for gamma 1 and a dout that moves the variance, but not the mean"""
    check_norm_gradients(student, reference, rng_of, GROUP, simple_cases_of(GROUPS[1:]), part=through_variance)


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
