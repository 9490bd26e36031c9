"""A network that learns a few images by heart."""

import numpy as np
import pytest

from autograder.hidden_tests.a4_lenet.cases import assert_float, assert_parameters, assert_share, loaded
from cnnlab.checking.outcomes import CheckFailed
from cnnlab.datasets import middle
from cnnlab.networks.lenet import CHANNELS, IMAGE_SIZE, lenet_shapes

FIRST, SECOND, FLAT = *CHANNELS, lenet_shapes()["fc1.weight"][1]
COUNTING = f"""
class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, {FIRST}, 5, padding=2), nn.Conv2d({FIRST}, {SECOND}, 5, padding=2)
        self.fc1, self.fc2 = nn.Linear({FLAT}, 500), nn.Linear(500, 10)
        self.steps = 0
        self.fc2.bias.register_hook(self.count)

    def count(self, gradient):
        self.steps += 1

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))
"""
MOST_STEPS = 200


def run_overfit(student, reference, rng):
    """What overfit returns, what a LeNet with the weights that it trained gets right, and how many steps that took."""
    coarse = np.kron(rng.standard_normal((50, 3, 4, 4)), np.ones((1, 1, 8, 8)))  # alike in places, as photographs are
    images = middle((0.9 * coarse + 0.4 * rng.standard_normal((50, 3, 32, 32))).astype(np.float32), IMAGE_SIZE)
    labels = rng.permutation(np.arange(50) % 10)
    model = student.probe_make(COUNTING)
    returned = student.overfit(model, student.probe_tensor(images), student.probe_tensor(labels))
    weights = student.probe_parameters(model)  # whatever became of the model: only these numbers count
    assert_parameters([array.shape for array in weights.values()], (3, IMAGE_SIZE, 10), "parameters")
    own = loaded(reference, (3, IMAGE_SIZE, 10), weights)
    said = reference.probe_forward(own, images)
    right = (said.argmax(axis=1) == labels) & np.isfinite(said).all(axis=1)
    return returned, float(right.mean()), student.probe_attribute(model, "steps")


@pytest.mark.question("overfit", points=3)
def test_overfit_learns(student, reference, rng):
    """the network knows all of 50 images by heart after it"""
    _, accuracy, steps = run_overfit(student, reference, rng)
    if accuracy < 1:
        raise CheckFailed(f"a network that knows {50 * accuracy:.0f} of the 50 images, after {steps} steps", "all 50")


@pytest.mark.question("overfit", points=2, after=["test_overfit_learns"])
def test_overfit_returns(student, reference, rng):
    """takes at most 200 steps, and returns the accuracy as a float"""
    returned, accuracy, steps = run_overfit(student, reference, rng)
    if steps > MOST_STEPS:
        raise CheckFailed(f"{steps} steps (backward passes)", f"at most {MOST_STEPS}: stop when all images are right")
    assert_float(returned, "accuracy")
    assert_share(returned, accuracy)
