"""Accuracy."""

import numpy as np
import pytest

from autograder.hidden_tests.a4_lenet.cases import (
    BATCH,
    COUNT,
    PLAIN,
    assert_modes,
    assert_same_arrays,
    assert_share,
    make_loader,
    start,
    state_of,
    untensor,
)
from cnnlab.checking.compare import assert_array, assert_shape, number
from cnnlab.checking.outcomes import CheckFailed

DROPPING = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(2)
        self.conv = nn.Conv2d(2, 3, 3)
        self.drop = nn.Dropout(0.8)
        self.fc = nn.Linear(36, 4)

    def forward(self, x):
        return self.fc(self.drop(F.relu(self.conv(self.norm(x)))).flatten(1))
"""
# it writes down how many images it sees, and whether gradients are on
WATCHED = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3)
        self.fc = nn.Linear(36, 4)
        self.gradients = []

    def forward(self, x):
        self.gradients.append((len(x), torch.is_grad_enabled()))
        return self.fc(F.relu(self.conv(x)).flatten(1))
"""
EVEN = 3 * BATCH


def draw_graded(reference, rng, source=PLAIN, count=COUNT):
    """Images of which the model gets some right in evaluation mode, and the others wrong; how many, too."""
    images = (3 * rng.standard_normal((count, 2, 6, 5)) + 1.5).astype(np.float32)
    model, _ = start(reference, source, lr=0.1)
    reference.probe_set_mode(model, False)
    labels = reference.probe_forward(model, images).argmax(axis=1)
    right = int(rng.integers(count // 2 + 1, count))
    wrong = rng.permutation(count)[right:]
    labels[wrong] = (labels[wrong] + 1) % 4
    return images, labels, right


def run_evaluate(student, graded, source=PLAIN, training=False, batch=BATCH, plain=False):
    """The accuracy, and the model."""
    model, _ = start(student, source, lr=0.1)
    student.probe_set_mode(model, training)
    loader = make_loader(student, *graded[:2], batch, plain)
    return student.evaluate(model, loader, *(["cpu"] * plain)), model


def assert_counted(accuracy, graded):
    """The images were looked at, and the right answers counted: as a share of one, in percent, as a number, ...

    Which of them is right is one test's business. The batches are of one size here.
    """
    images, _, right = graded
    share = right / len(images)
    accuracy = assert_array(untensor(accuracy), "accuracy")
    assert_shape(accuracy, (), "accuracy")
    if not np.isclose(accuracy, [share, 100 * share, right, 1 - share, right / (EVEN / BATCH)], rtol=1e-4).any():
        raise CheckFailed(f"accuracy = {number(accuracy)}", f"accuracy = {number(share)}", actual=accuracy)


@pytest.mark.question("evaluate", points=2)
def test_evaluate_accuracy(student, reference, rng):
    """the share of all images, where the last batch is smaller than the others"""
    for plain, batch, count in ((False, BATCH, COUNT), (True, BATCH, COUNT), (False, 1, 9), (False, 8, COUNT)):
        graded = draw_graded(reference, rng, count=count)
        accuracy, _ = run_evaluate(student, graded, batch=batch, plain=plain)
        assert_share(accuracy, graded[2] / count)


@pytest.mark.question("evaluate", points=1.5)
def test_evaluate_in_evaluation_mode(student, reference, rng):
    """uses evaluation mode: no dropout, running statistics"""
    for training in (True, False):
        graded = draw_graded(reference, rng, DROPPING, EVEN)
        accuracy, _ = run_evaluate(student, graded, DROPPING, training)
        assert_counted(accuracy, graded)


@pytest.mark.question("evaluate", points=1.5)
def test_evaluate_restores_mode(student, reference, rng):
    """leaves the model in the mode it was in, training or evaluation"""
    for training in (True, False):
        graded = draw_graded(reference, rng, count=EVEN)
        accuracy, model = run_evaluate(student, graded, training=training)
        assert_counted(accuracy, graded)
        after = student.probe_modes(model)
        assert_modes(after, dict.fromkeys(after, training))


@pytest.mark.question("evaluate", points=0.5)
def test_evaluate_buffers(student, reference, rng):
    """leaves running statistics and parameters as they were"""
    for source in (PLAIN, DROPPING):
        graded = draw_graded(reference, rng, source, EVEN)
        model, _ = start(student, source, lr=0.1)
        student.probe_set_mode(model, source == PLAIN)
        before = state_of(student, model)
        assert_counted(student.evaluate(model, student.probe_loader(*graded[:2], BATCH)), graded)
        assert_same_arrays(state_of(student, model), before, "the model's")
    student.probe_set_mode(model, True)
    student.evaluate(model, student.probe_loader(*graded[:2], BATCH))
    assert_same_arrays(state_of(student, model), before, "the model's")


@pytest.mark.question("evaluate", points=0.5)
def test_evaluate_no_gradients(student, reference, rng):
    """computes no gradients"""
    graded = draw_graded(reference, rng, WATCHED, EVEN)
    accuracy, model = run_evaluate(student, graded, WATCHED)
    assert_counted(accuracy, graded)
    seen = student.probe_attribute(model, "gradients")
    if any(gradients for _, gradients in seen):
        raise CheckFailed("a forward pass that prepares gradients", "none: with torch.no_grad():")
    if sum(count for count, _ in seen) < EVEN:
        raise CheckFailed("a model that has not seen all images", f"a forward pass of all {EVEN}")
