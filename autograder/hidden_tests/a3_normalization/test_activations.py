"""Activations."""

import numpy as np
import pytest

from autograder.hidden_tests.layers import Layer, check_forward, check_inputs
from autograder.hidden_tests.normalization_gradients import check_gradients, check_manners

# exp(1000) is inf, exp(-1000) is 0. As many numbers as have a dout without zeros (`draw_dout`): beside the usual ones
# the gradients of the far ones are nothing, without them they would be all
FAR = {
    "far": np.array([[-1000.0, 1000.0, 2.5, 0.4], [-0.7, 40.0, -1000.0, 1000.0]]),
    "far in a row": np.array([-750.0, 750.0, -90.0, 90.0, -30.0, 30.0, 1.0, -1.5]),
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
    far = [FAR["far"].copy(), *draw_maxout(rng, (2, 4, 3))[1:]]
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
