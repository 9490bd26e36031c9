"""One epoch of training."""

import numpy as np
import pytest

from autograder.hidden_tests.a4_lenet.cases import BATCH, COUNT, PLAIN, assert_float, start, state_of, train, untensor
from cnnlab.checking.compare import assert_close, assert_shape, number, tolerance
from cnnlab.checking.outcomes import CheckFailed

NORMALIZED = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3)
        self.norm = nn.BatchNorm2d(3)
        self.fc = nn.Linear(36, 4)

    def forward(self, x):
        return self.fc(F.relu(self.norm(self.conv(x))).flatten(1))
"""


def draw_task(rng):
    """17 images whose losses differ widely between the batches: the last two are the hardest."""
    images = rng.standard_normal((COUNT, 2, 6, 5)).astype(np.float32)
    images[-2:] *= 8
    return images, rng.integers(0, 4, COUNT)


def assert_state(actual, desired):
    for name, array in desired.items():
        assert_close(actual[name], array, name)


def assert_loss(loss, desired):
    """A float, or a tensor of no axes; computed in float32."""
    loss = untensor(loss)
    assert_shape(loss, (), "loss")
    if not np.isclose(np.float32(loss), np.float32(desired), rtol=tolerance(np.float32(desired)), atol=0):
        raise CheckFailed(f"loss = {number(loss)}", f"loss = {number(desired)}", actual=loss, desired=desired)


@pytest.mark.question("train_epoch", points=1.5)
def test_train_loss(student, reference, rng):
    """the mean loss per image, where the last batch is smaller than the others and nothing is learnt"""
    task = draw_task(rng)
    for plain, batch in ((False, BATCH), (True, BATCH), (False, 8)):
        desired, _ = train(reference, PLAIN, task, epochs=2, plain=plain, batch=batch, lr=0.0)
        losses, _ = train(student, PLAIN, task, epochs=2, plain=plain, batch=batch, lr=0.0)
        for loss, wanted in zip(losses, desired):
            assert_loss(loss, wanted)


@pytest.mark.question("train_epoch", points=3)
def test_train_weights(student, reference, rng):
    """the weights after an epoch, with one step of the optimizer for each batch"""
    task = draw_task(rng)
    settings = {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01}
    for batch in (BATCH, 1):
        _, desired = train(reference, PLAIN, task, batch=batch, **settings)
        _, actual = train(student, PLAIN, task, batch=batch, **settings)
        assert_state(actual, desired)


@pytest.mark.question("train_epoch", points=1.5)
def test_train_mode(student, reference, rng):
    """trains in training mode, also if the model comes in evaluation mode"""
    task = draw_task(rng)
    for training in (False, True):  # a single batch: what goes wrong between two of them is another test's
        _, desired = train(reference, NORMALIZED, task, training=training, batch=COUNT, lr=0.02)
        _, actual = train(student, NORMALIZED, task, training=training, batch=COUNT, lr=0.02)
        assert_state(actual, desired)


@pytest.mark.question("train_epoch", points=1)
def test_train_again(student, reference, rng):
    """a second and a third epoch go on from the first, with any optimizer"""
    task = draw_task(rng)
    for name, settings in (("SGD", {"lr": 0.03, "momentum": 0.8}), ("Adam", {"lr": 0.01, "eps": 1e-3})):
        _, desired = train(reference, PLAIN, task, epochs=3, name=name, **settings)
        _, actual = train(student, PLAIN, task, epochs=3, name=name, **settings)
        assert_state(actual, desired)


def assert_trained(state, reference):
    """The weights are no longer those that the model started from."""
    first = state_of(reference, start(reference, PLAIN)[0])
    if all(np.array_equal(state[name], array) for name, array in first.items()):
        raise CheckFailed("weights as they were before the call", "weights after a step of the optimizer")


@pytest.mark.question("train_epoch", points=0.5)
def test_train_loss_before_step(student, reference, rng):
    """a batch's loss as it is before the batch's step"""
    task = draw_task(rng)  # in a single batch: means over batches are another test's business
    (desired,), _ = train(reference, PLAIN, task, batch=COUNT, lr=0.05)
    (loss,), state = train(student, PLAIN, task, batch=COUNT, lr=0.05)
    assert_loss(loss, desired)
    assert_trained(state, reference)


@pytest.mark.question("train_epoch", points=0.5)
def test_train_float(student, reference, rng):
    """the loss is a float, not a tensor"""
    task = draw_task(rng)
    (desired,), wanted = train(reference, PLAIN, task, batch=COUNT, lr=0.01)
    (loss,), state = train(student, PLAIN, task, batch=COUNT, lr=0.01)
    assert_float(loss, "loss")
    try:
        assert_loss(loss, desired)
    except CheckFailed:  # then at least the training is right
        assert_state(state, wanted)
