"""The networks that students have trained.

`trained` raises WeightsError where a file is missing, can't be read or does not fit, and where a network can't be run
or is too large: its sentence is what the student reads.
"""

import numpy as np
import pytest

from autograder.hidden_tests.a4_lenet.cases import assert_looks, steps
from autograder.reading.weights import WeightsError
from cnnlab.checking.compare import assert_shape
from cnnlab.networks.lenet import IMAGE_SIZE
from cnnlab.networks.thresholds import CONVNET_STEPS, LENET_STEPS


def assert_reaches(accuracy, percent, table, note):
    """The accuracy that counts is high enough; says what was measured either way."""
    text = f"{accuracy}; full points from {max(least for least, _ in table)} %"
    note(text)
    if accuracy.counted < percent / 100:
        raise WeightsError(text)


def assert_usable(load):
    """A file is there, can be read, and fits its network: loading it raises WeightsError where it does not."""
    load()


def assert_batchnorm(survey):
    if not survey["batchnorms"]:
        raise WeightsError("ConvNet runs its images through no nn.BatchNorm2d: put one after a convolution.")


@pytest.mark.question("cifar10_accuracy", points=4)
def test_lenet_weights(trained):
    """lenet.safetensors holds the eight tensors of a LeNet"""
    assert_usable(trained.lenet)


@steps("cifar10_accuracy", LENET_STEPS, after="test_lenet_weights")
def test_lenet_accuracy(trained, note, percent):
    """LeNet gets at least {percent} % of the held-out images right"""
    assert_reaches(trained.accuracy("lenet"), percent, LENET_STEPS, note)


@pytest.mark.question("convnet", points=3)
def test_convnet_output(student, rng):
    """ConvNet() maps (N, 3, {IMAGE_SIZE}, {IMAGE_SIZE}) to (N, 10) for any N"""
    model = student.ConvNet()
    arrays = student.probe_parameters(model).values()
    noise = [0.05 * rng.standard_normal(array.shape) for array in arrays]  # a last layer may start from zero
    student.probe_load(model, [(array + some).astype(np.float32) for array, some in zip(arrays, noise)])
    images = rng.standard_normal((8, 3, IMAGE_SIZE, IMAGE_SIZE)).astype(np.float32)
    for training, n in ((False, 3), (False, 1), (False, 8), (True, 8)):
        student.probe_set_mode(model, training)
        out = student.probe_forward(model, images[:n])
        assert_shape(out, (n, 10), "logits")
        assert_looks(out)


@pytest.mark.question("convnet", points=3)
def test_convnet_design(trained):
    """ConvNet has at most 300,000 parameters and at least one nn.BatchNorm2d"""
    assert_batchnorm(trained.convnet_survey())  # which raises WeightsError above the 300,000


@pytest.mark.question("convnet", points=2)
def test_convnet_weights(trained):
    """convnet.safetensors holds the tensors of the notebook's ConvNet"""
    assert_usable(trained.convnet)


@steps("convnet", CONVNET_STEPS, after="test_convnet_weights")
def test_convnet_accuracy(trained, note, percent):
    """ConvNet gets at least {percent} % of the held-out images right"""
    assert_reaches(trained.accuracy("convnet"), percent, CONVNET_STEPS, note)
