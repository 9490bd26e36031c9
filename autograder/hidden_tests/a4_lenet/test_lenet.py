"""The network itself."""

import numpy as np
import pytest

from autograder.hidden_tests.a4_lenet.cases import assert_finite, assert_looks, assert_parameters, loaded
from cnnlab.checking.compare import assert_array, assert_close, assert_equal, assert_shape, number
from cnnlab.checking.outcomes import CheckFailed, NotAttempted, NotChecked, StudentError
from cnnlab.networks.lenet import CHANNELS, IMAGE_SIZE, lenet_parameters, lenet_shapes

GRAY, COLOR = lenet_parameters(1, 28), lenet_parameters()


def no_channels(classes):
    """So many classes, or more: another number than LeNet's channels, so that no two biases have one shape."""
    return next(number for number in range(classes, classes + 3) if number not in CHANNELS)


# in_channels, image_size, num_classes: all eight parameters of each differ in shape
SMALL = (2, 16, no_channels(7))
NETWORKS = [(3, IMAGE_SIZE, 10), (1, 28, 10), SMALL]
ODD = [(2, 13, no_channels(7)), (1, 30, no_channels(4)), (3, 7, no_channels(6))]
MODES = (False, True)
LARGEST_LOGIT = 1000  # of a fresh network: ten times what the boldest of the usual initializations gives


def draw_like(rng, shapes):
    """Weights that keep the size of what goes through them, and biases large enough to matter."""
    return [
        (rng.standard_normal(shape) * (np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else 0.5)).astype(np.float32)
        for shape in shapes
    ]


def draw_weights(rng, network):
    return draw_like(rng, lenet_shapes(*network).values())


def draw_batch(rng, network, count):
    """Images and labels for a network."""
    channels, size, classes = network
    images = rng.standard_normal((count, channels, size, size)).astype(np.float32)
    return images, rng.integers(0, classes, count)


@pytest.mark.question("lenet", points=2)
def test_lenet_logits(student, rng):
    """logits of shape (N, num_classes), for a single image as well as for several"""
    for network, count in zip([*NETWORKS, SMALL], (2, 1, 5, 1)):
        images, _ = draw_batch(rng, network, count)
        model = student.LeNet(*network)
        shapes = [array.shape for array in student.probe_parameters(model).values()]
        seen = []
        for training in MODES:
            student.probe_load(model, draw_like(rng, shapes))  # how it starts is another question
            student.probe_set_mode(model, training)
            logits = student.probe_forward(model, images)
            assert_shape(logits, (count, network[2]), "logits")
            assert_looks(logits)
            seen.append(logits)
        if np.array_equal(*seen):
            raise CheckFailed("the same logits for other weights", "logits computed with the weights", actual=seen[1])


def shapes_used(student, model, network):
    """Shapes of the parameters that a forward pass computes with; None where it raises or can't be written down."""
    channels, size, _ = network
    try:
        description = student.probe_describe(model, (2, channels, size, size))
    except (StudentError, NotAttempted):  # another question's business
        return None
    return [tuple(shape) for shape in description["tensors"].values()]


@pytest.mark.question("lenet", points=4)
def test_lenet_parameters(student):
    """the weights and biases of the table: {GRAY:,} numbers for 1x28x28, {COLOR:,} for 3x{IMAGE_SIZE}x{IMAGE_SIZE}"""
    for network in NETWORKS:
        model = student.LeNet(*network)
        shapes = [array.shape for array in student.probe_parameters(model).values()]
        assert_parameters(shapes, network, "parameters")
        used = shapes_used(student, model, network)
        if used is not None:
            assert_parameters(used, network, "parameters that forward uses")


@pytest.mark.question("lenet", points=0.5)
def test_lenet_defaults(student):
    """LeNet() is for 3x{IMAGE_SIZE}x{IMAGE_SIZE} and ten classes; arguments may be given by name"""
    calls = [((3, IMAGE_SIZE, 10), {}), ((1, 20, 10), {"image_size": 20, "in_channels": 1})]
    seen = []
    for args, kwargs in [*calls, ((3, IMAGE_SIZE, 4), {"num_classes": 4})]:
        sizes = [
            [array.shape for array in student.probe_parameters(model).values()]
            for model in (student.LeNet(*args), student.LeNet(**kwargs))
        ]
        said = ", ".join(f"{name}={value}" for name, value in kwargs.items())
        assert_equal(sizes[1], sizes[0], f"shapes of LeNet({said})")
        seen.append(sizes[0])
    if seen == seen[:1] * len(seen):
        raise CheckFailed("the same LeNet whatever the arguments", "one for each size")


@pytest.mark.question("lenet", points=1)
def test_lenet_start(student, rng):
    """a new LeNet starts from random weights of a useful size"""
    for network in NETWORKS:
        model = student.LeNet(*network)
        arrays = student.probe_parameters(model)
        weights = {name: array for name, array in arrays.items() if array.ndim > 1}
        if not weights:
            raise CheckFailed("no weights", "weights in every layer")
        for name, array in arrays.items():
            assert_finite(array, name)
        for name, array in weights.items():
            if np.ptp(array, axis=0).max() <= 1e-6:
                raise CheckFailed(f"{name}: the same weights for every output", f"{name}: random numbers")
        try:
            logits = student.probe_forward(model, draw_batch(rng, network, 3)[0])
        except StudentError:  # that has its own price
            continue
        assert_looks(logits)
        if np.abs(logits).max() > LARGEST_LOGIT:
            raise CheckFailed(f"logits of {number(np.abs(logits).max())}", "initial weights that keep them small")


def match(student, model, weights):
    """Of LeNet's weights those that a model has; and all of them, with zeros for a bias that it lacks.

    A missing bias has its own price. Where anything else is wrong with the parameters, there is nothing to compare.
    """
    shapes = [array.shape for array in student.probe_parameters(model).values()]
    lacking = [array.shape for array in weights if array.ndim == 1 and array.shape not in shapes]
    held = [array for array in weights if array.shape not in lacking]
    if sorted(shapes) != sorted(array.shape for array in held):
        raise NotChecked(
            "not checked: LeNet's parameters are not those of the table, so its weights can't be given to it"
        )
    return held, [np.zeros_like(array) if array.shape in lacking else array for array in weights]


def values_of(student, reference, rng, network):
    """The student's logits and the right ones, for the same weights and images."""
    weights, (images, _) = draw_weights(rng, network), draw_batch(rng, network, 3)
    model = student.LeNet(*network)
    held, weights = match(student, model, weights)
    student.probe_load(model, held)
    student.probe_set_mode(model, False)
    desired = reference.probe_forward(loaded(reference, network, weights), images)
    return student.probe_forward(model, images), desired


@pytest.mark.question("lenet", points=3.5)
def test_lenet_values(student, reference, rng):
    """the logits that LeNet gives for the same weights"""
    for network in (SMALL, NETWORKS[0]):
        assert_close(*values_of(student, reference, rng, network), "logits")


def layers_missing(student, model, network):
    """Shapes of the table's weights that a model does not have, or does not compute with."""
    shapes = [array.shape for array in student.probe_parameters(model).values()]
    used = shapes_used(student, model, network)
    layers = [shape for shape in lenet_shapes(*network).values() if len(shape) > 1]
    return [shape for shape in layers if shape not in shapes or (used is not None and shape not in used)]


def nearly_lenet(student, rng, network):
    """The student's LeNet, with other weights: three of its four layers, at least, are those of the table."""
    model = student.LeNet(*network)
    shapes = [array.shape for array in student.probe_parameters(model).values()]
    if len(layers_missing(student, model, network)) > 1:
        raise NotChecked("not checked: LeNet's parameters are not those of the table")
    student.probe_load(model, draw_like(rng, shapes))
    return model


@pytest.mark.question("lenet", points=1.5)
def test_lenet_modes(student, rng):
    """training and evaluation mode give the same logits: nothing in LeNet tells them apart"""
    for network in (SMALL, NETWORKS[1]):
        model, (images, _) = nearly_lenet(student, rng, network), draw_batch(rng, network, 3)
        logits = []
        for training in MODES:
            student.probe_set_mode(model, training)
            logits.append(student.probe_forward(model, images))
        assert_looks(logits[0])
        assert_close(logits[1], logits[0], "logits in training mode")


@pytest.mark.question("lenet", points=1)
def test_lenet_odd_sizes(student, reference, rng):
    """images whose size is not divisible by 4: pooling rounds down"""
    try:
        assert_close(*values_of(student, reference, rng, SMALL), "logits")
        right = True
    except (CheckFailed, StudentError):  # that has its own price
        right = False
    for network in ODD:
        logits, desired = values_of(student, reference, rng, network)
        assert_shape(logits, desired.shape, "logits")
        assert_looks(logits)
        if missing := layers_missing(student, student.LeNet(*network), network):
            raise CheckFailed(f"a forward pass without the weights of shape {missing[0]}", "one that uses all four")
        if right:
            assert_close(logits, desired, "logits")


@pytest.mark.question("lenet", points=1.5)
def test_lenet_gradients(student, rng):
    """a gradient reaches every weight and every bias"""
    for training in MODES:
        model = nearly_lenet(student, rng, SMALL)
        student.probe_set_mode(model, training)
        student.probe_backward(model, *draw_batch(rng, SMALL, 4))
        for name, gradient in student.probe_gradients(model).items():
            if gradient is None or not assert_array(gradient, name).any():
                shape = student.probe_parameters(model)[name].shape
                raise CheckFailed(f"no gradient for {name}, of shape {shape}", "a gradient for every parameter")
            assert_finite(gradient, f"the gradient of {name}")
