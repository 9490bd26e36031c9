"""Visible checks of a4_lenet: cases to redo on paper, small models whose every number is known, your trained weights.

No reference implementation is here: students read this file. A text such as `ECHO` is the source of a test's own model.
"""

from contextlib import contextmanager

import numpy as np
import pytest

from cnnlab.checking.compare import assert_close, assert_equal, assert_shape, assert_unchanged, show
from cnnlab.checking.outcomes import CheckFailed, NotChecked
from cnnlab.checking.trained import assert_accuracy, lenet_accuracy, read_lenet, read_weights, validation_images
from cnnlab.datasets import CIFAR10_MEAN, CIFAR10_STD, middle
from cnnlab.networks.lenet import IMAGE_SIZE, lenet_parameters
from cnnlab.networks.network import MAX_PARAMETERS, NetworkError, run, survey
from cnnlab.networks.thresholds import CONVNET_STEPS, LENET_STEPS

# --- standardize --------------------------------------------------------------------------------------------------


def two_sets():
    """The example of section 1 in one channel, and ten times as much in another."""
    train = np.array([[1.0, 1], [3, 3]]).reshape(2, 1, 1, 2)
    other = np.array([2.0, 5]).reshape(1, 1, 1, 2)
    return tuple(np.concatenate([x, 10 * x], axis=1) for x in (train, other))


@pytest.mark.question("standardize")
def test_standardize_by_hand(student):
    """the example of section 1"""
    arrays = student.standardize(*two_sets())
    if not isinstance(arrays, (tuple, list)) or len(arrays) != 2:
        raise CheckFailed(f"{type(arrays).__name__} of length {len(arrays)}", "a tuple of two arrays: train, other")
    assert_close(arrays[0], [[[[-1.0, -1]]] * 2, [[[1, 1]]] * 2], "train")
    assert_close(arrays[1], [[[[0.0, 3]]] * 2], "other")


@pytest.mark.question("standardize")
def test_standardize_inputs(student):
    """any number of arrays, which are left as they were"""
    train, other = two_sets()
    assert_equal(len(student.standardize(train)), 1, "number of arrays for train alone")
    assert_equal(len(student.standardize(train, other, other)), 3, "number of arrays for train and two others")
    for name, array, before in zip(("train", "other"), (train, other), two_sets()):
        assert_unchanged(array, before, name)


# --- LeNet --------------------------------------------------------------------------------------------------------


GRAY, COLOR = lenet_parameters(1, 28), lenet_parameters()


def count_of(student, *network):
    """Numbers in all parameters of the student's LeNet."""
    return sum(array.size for array in student.probe_parameters(student.LeNet(*network)).values())


@pytest.mark.question("lenet")
def test_lenet_parameters(student):
    """as many parameters as the table: {GRAY:,} for 1x28x28, {COLOR:,} for 3x{IMAGE_SIZE}x{IMAGE_SIZE}"""
    assert_equal(count_of(student, 1, 28, 10), GRAY, "number of parameters for 1x28x28")
    assert_equal(count_of(student), COLOR, f"number of parameters for 3x{IMAGE_SIZE}x{IMAGE_SIZE}")


@pytest.mark.question("lenet")
def test_lenet_logits(student, rng):
    """logits (N, num_classes) for any N, also where the size is not divisible by 4"""
    for n, (channels, size, classes) in ((3, (3, IMAGE_SIZE, 10)), (1, (1, 28, 10)), (2, (2, 15, 6))):
        images = rng.standard_normal((n, channels, size, size)).astype(np.float32)
        assert_shape(student.probe_forward(student.LeNet(channels, size, classes), images), (n, classes), "logits")


@pytest.mark.question("lenet")
def test_lenet_last_layer(student, rng):
    """with all weights zero, the logits are the biases of the last layer, whatever their sign, in both modes"""
    model = student.LeNet(1, 8, 5)
    arrays = [np.zeros_like(array) for array in student.probe_parameters(model).values()]
    arrays = [np.linspace(-2, 2, 5, dtype=np.float32) if array.shape == (5,) else array for array in arrays]
    student.probe_load(model, arrays)
    for training in (True, False):
        student.probe_set_mode(model, training)
        logits = student.probe_forward(model, rng.standard_normal((1, 1, 8, 8)).astype(np.float32))
        assert_close(logits, np.linspace(-2, 2, 5, dtype=np.float32)[None], "logits")


@pytest.mark.question("lenet")
def test_lenet_start(student):
    """a new LeNet's weights are random: no two filters are alike"""
    for name, array in student.probe_parameters(student.LeNet(1, 8, 5)).items():
        if array.ndim > 1 and not np.ptp(array, axis=0).any():
            raise CheckFailed(f"{name} with the same weights for every output", "PyTorch's own initialization, say")


@pytest.mark.question("lenet")
def test_lenet_one_path(student):
    """with a single 1 in every layer's weights, logit 0 is the largest of the 16 first pixels, or 0"""
    model = student.LeNet(1, 8, 5)
    arrays = [np.zeros_like(array) for array in student.probe_parameters(model).values()]
    for array in arrays:
        if array.ndim > 1:  # the middle tap of a 5x5 filter, the first weight of a linear layer
            array[(0, 0, 2, 2)[: array.ndim]] = 1
    student.probe_load(model, arrays)
    images = np.zeros((2, 1, 8, 8), np.float32)
    images[:, 0, :4, :4] = np.arange(16).reshape(4, 4) - 12
    images[1, 0, :4, :4] -= 4
    assert_close(student.probe_forward(model, images)[:, 0], np.array([3, 0], np.float32), "logits[:, 0]")


@pytest.mark.question("lenet")
def test_lenet_gradients(student, rng):
    """every parameter gets a gradient"""
    model = student.LeNet(2, 12, 7)
    student.probe_backward(model, rng.standard_normal((4, 2, 12, 12)).astype(np.float32), np.arange(4))
    for name, gradient in student.probe_gradients(model).items():
        if gradient is None:
            raise CheckFailed(f"no gradient for {name}", "a gradient for each: forward uses every layer")


# --- layer_summary ------------------------------------------------------------------------------------------------

NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU()
        self.body = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
        self.head = nn.Linear(12, 4)

    def forward(self, x):
        return self.act(self.head(self.act(self.body(x)).flatten(1)))
"""
ROWS = [
    ("body.0", (2, 3, 2), 20),
    ("body.1", (2, 3, 2), 4),
    ("act", (2, 3, 2), 0),
    ("head", (4,), 52),
    ("act", (4,), 0),
]


@pytest.mark.question("layer_summary")
def test_layer_summary_by_hand(student):
    """a row for each call, in the order of the calls: dotted name, output shape, parameters"""
    rows = student.layer_summary(student.probe_make(NET), (1, 5, 4))
    if not isinstance(rows, (list, tuple)):
        raise CheckFailed(show(rows), "a list of (name, output_shape, parameters)")
    for place, (row, desired) in enumerate(zip(rows, ROWS)):
        assert_equal(row, desired, f"rows[{place}]")
    assert_equal(len(rows), len(ROWS), "number of rows")


@pytest.mark.question("layer_summary")
def test_layer_summary_leaves_no_trace(student):
    """modes, running statistics and hooks are as before"""
    for training in (True, False):
        model = student.probe_make(NET)
        student.probe_set_mode(model, training)
        student.probe_set_mode(model, not training, "body.1")
        modes, buffers = student.probe_modes(model), student.probe_buffers(model)
        student.layer_summary(model, (1, 5, 4))
        assert_equal(student.probe_hooks(model), 0, "number of hooks left on the modules")
        for name, mode in student.probe_modes(model).items():
            assert_equal(mode, modes[name], f"training mode of {name or 'the model'}")
        for name, array in student.probe_buffers(model).items():
            assert_unchanged(array, buffers[name], name)


# --- train_epoch, evaluate ----------------------------------------------------------------------------------------

# the images are the logits, plus a bias; it writes down the mode of every forward pass, and whether gradients were on
ECHO = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(2))
        self.modes, self.gradients = [], []

    def forward(self, x):
        self.modes.append(self.training)
        self.gradients.append(torch.is_grad_enabled())
        return x.flatten(1) + self.bias
"""
LOGITS = np.array([[2.0, 0], [1, 0], [0, 3], [-1, 1], [4, 0]], np.float32)


def batches(student, labels):
    """Two batches, of four images and of one."""
    return student.probe_loader(LOGITS.reshape(5, 2, 1, 1), np.array(labels), 4)


def cross_entropy(logits, labels):
    """Losses (N,), and their gradients with respect to the logits (N, 2)."""
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return -np.log(shares[np.arange(len(labels)), labels]), shares - np.eye(2)[labels]


def epoch_by_hand(labels, rate):
    """The mean loss, and the bias at the end, with one step of plain gradient descent for each of the two batches."""
    bias, total = np.zeros(2), 0.0
    for batch in (slice(0, 4), slice(4, 5)):
        losses, gradients = cross_entropy(LOGITS[batch] + bias, np.array(labels[batch]))
        bias, total = bias - rate * gradients.mean(axis=0), total + losses.sum()
    return total / 5, bias


@pytest.mark.question("train_epoch")
@pytest.mark.parametrize("rate, what", [(0.0, "learning rate 0"), (0.5, "learning rate 0.5")])
def test_train_epoch_by_hand(student, rate, what):
    """the mean loss per image, and one step for each batch: {what}"""
    labels = [0, 1, 1, 0, 1]
    model = student.probe_make(ECHO)
    loss = student.train_epoch(model, batches(student, labels), student.probe_optimizer(model, lr=rate))
    desired, bias = epoch_by_hand(labels, rate)
    if not isinstance(loss, (float, np.floating)):
        raise CheckFailed(f"a {type(loss).__name__}", "a float: loss.item() makes one of a tensor")
    assert_close(np.float32(loss), np.float32(desired), "loss")
    assert_close(student.probe_parameters(model)["bias"], bias.astype(np.float32), "the trained bias")


@pytest.mark.question("train_epoch")
def test_train_epoch_mode(student):
    """trains in training mode, whatever mode the model comes in"""
    model = student.probe_make(ECHO)
    student.probe_set_mode(model, False)
    student.train_epoch(model, batches(student, [0, 1, 1, 0, 1]), student.probe_optimizer(model, lr=0.1))
    if not all(student.probe_attribute(model, "modes")):
        raise CheckFailed("a forward pass in evaluation mode", "model.train() before the first batch")


@pytest.mark.question("evaluate")
def test_evaluate_by_hand(student):
    """three of four right, then none of one: 0.6"""
    assert_close(student.evaluate(student.probe_make(ECHO), batches(student, [0, 0, 1, 0, 1])), 0.6, "accuracy")


@pytest.mark.question("evaluate")
def test_evaluate_leaves_no_trace(student):
    """evaluation mode and no gradients while it runs; afterwards the mode from before"""
    for training in (True, False):
        model = student.probe_make(ECHO)
        student.probe_set_mode(model, training)
        student.evaluate(model, batches(student, [0, 0, 1, 0, 1]))
        if any(student.probe_attribute(model, "modes")):
            raise CheckFailed("a forward pass in training mode", "model.eval() before the first batch")
        if any(student.probe_attribute(model, "gradients")):
            raise CheckFailed("a forward pass that prepares gradients", "with torch.no_grad(): around it")
        assert_equal(student.probe_modes(model)[""], training, "training mode of the model afterwards")


# --- overfit ------------------------------------------------------------------------------------------------------


@pytest.mark.question("overfit", steady=False)
def test_overfit_by_heart(student, rng):
    """your LeNet knows 50 random images by heart, and the accuracy is returned"""
    images = np.kron(rng.standard_normal((50, 3, 8, 8)), np.ones((1, 1, 4, 4))).astype(np.float32)
    images = middle(images, IMAGE_SIZE)
    labels = np.arange(50) % 10
    model = student.LeNet()
    returned = student.overfit(model, student.probe_tensor(images), student.probe_tensor(labels))
    call = student.calls[-1]
    student.probe_set_mode(model, False)
    right = int((student.probe_forward(model, images).argmax(axis=1) == labels).sum())
    student.calls.append(call)  # "called" names the last call
    if right < 50:
        raise CheckFailed(f"a network that gets {right} of the 50 images right", "all 50")
    assert_close(returned, 1.0, "accuracy")


# --- trained networks ---------------------------------------------------------------------------------------------


@contextmanager
def first_of_all():
    """What another check says already is not said twice."""
    try:
        yield
    except CheckFailed:
        raise NotChecked("not checked: the check above has to pass first.") from None


def assert_usable(load, *args):
    """Loading raises NotChecked without the file, and CheckFailed for other tensors than the network has."""
    load(*args)


@pytest.mark.question("cifar10_accuracy", steady=False)
def test_cifar10_accuracy_file():
    """lenet.safetensors is there, and holds LeNet's eight tensors"""
    assert_usable(read_lenet)


@pytest.mark.question("cifar10_accuracy", steady=False)
def test_cifar10_accuracy_validation(note):
    """LeNet's accuracy on the validation images"""
    with first_of_all():
        weights = read_lenet()
    assert_accuracy(lenet_accuracy(weights, *validation_images("lenet")), LENET_STEPS, note)


def describe(student):
    """The student's ConvNet as the grader reads it, and what it comes to."""
    try:
        description = student.probe_describe(student.ConvNet())
        return description, survey(description)
    except NetworkError as error:
        raise CheckFailed("a network that the grader can't run", str(error)) from None


@pytest.mark.question("convnet", steady=False)
def test_convnet_design(student, note):
    """(N, 3, {IMAGE_SIZE}, {IMAGE_SIZE}) to (N, 10), at most 300,000 parameters, at least one nn.BatchNorm2d"""
    _, found = describe(student)
    note(f"{found['parameters']:,} of {MAX_PARAMETERS:,} parameters, {found['macs'] / 1e6:.1f} million multiply-adds.")
    if not found["batchnorms"]:
        raise CheckFailed("no nn.BatchNorm2d that images go through", "at least one")


def fitting_weights(student):
    """The description of the student's ConvNet, and weights that fit it."""
    with first_of_all():
        description, _ = describe(student)
    weights = read_weights("convnet")
    for name, shape in description["tensors"].items():
        if name not in weights or list(weights[name].shape) != list(shape):
            there = f"of shape {weights[name].shape}" if name in weights else "missing"
            raise CheckFailed(f"{name} {there} in convnet.safetensors", f"{tuple(shape)}, as in the class: train again")
    return description, weights


@pytest.mark.question("convnet", steady=False)
def test_convnet_file(student):
    """convnet.safetensors is there, and fits your ConvNet"""
    assert_usable(fitting_weights, student)


@pytest.mark.question("convnet", steady=False)
def test_convnet_validation(student, note):
    """ConvNet's accuracy on the validation images"""
    with first_of_all():
        description, weights = fitting_weights(student)
    images, labels = validation_images("convnet")
    logits = run(description, weights, images, CIFAR10_MEAN, CIFAR10_STD)
    assert_accuracy(float(np.mean(logits.argmax(axis=1) == labels)), CONVNET_STEPS, note)
