"""Hidden tests of a4_lenet.

A model stays with the student's code: it is asked by probes (`cnnlab.probes`). The networks that were trained are
judged from their weights alone, in a worker that runs none of the student's code (`autograder.trained`).
"""

import numpy as np
import pytest

from autograder.weights import WeightsError
from cnnlab.compare import (
    assert_array,
    assert_close,
    assert_dtype,
    assert_equal,
    assert_shape,
    assert_unchanged,
    number,
    show,
    tolerance,
)
from cnnlab.datasets import middle
from cnnlab.lenet import CHANNELS, IMAGE_SIZE, lenet_parameters, lenet_shapes
from cnnlab.outcomes import CheckFailed
from cnnlab.thresholds import CONVNET_STEPS, LENET_STEPS

# --- standardize --------------------------------------------------------------------------------------------------


def draw_images(rng):
    """Training images and two other sets; each channel with its own mean and spread, each set with its own, too.

    The numbers are large, so that a small constant added to the standard deviation costs nobody anything.
    """
    mean, spread = np.array([3e5, -2e5, 5e4]).reshape(3, 1, 1), np.array([5e4, 4e5, 1.5e5]).reshape(3, 1, 1)
    sets = [rng.standard_normal((n, 3, 5, 4)) * spread + mean for n in (7, 4, 1)]
    return sets[0], 1.5 * sets[1] + 2e5, 0.5 * sets[2] - 1e5


def assert_arrays(arrays, count):
    if not isinstance(arrays, (tuple, list)) or len(arrays) != count:
        what = f"{len(arrays)} arrays" if isinstance(arrays, (tuple, list)) else "one array, not a tuple"
        raise CheckFailed(what, f"a tuple of {count}: train first, then the others")


@pytest.mark.question("standardize", points=1)
def test_standardize_train(student, reference, rng):
    """the training images, each channel with its own mean and standard deviation"""
    sets = draw_images(rng)
    desired = reference.standardize(*sets)
    arrays = student.standardize(*sets)
    assert_arrays(arrays, 3)
    assert_close(arrays[0], desired[0], "train")


@pytest.mark.question("standardize", points=1)
def test_standardize_others(student, reference, rng):
    """other images, with the mean and standard deviation of the training images"""
    sets = draw_images(rng)
    desired = reference.standardize(*sets)
    arrays = student.standardize(*sets)
    assert_arrays(arrays, 3)
    for place in (1, 2):
        assert_close(arrays[place], desired[place], f"others[{place - 1}]")


@pytest.mark.question("standardize", points=0.5, after=["test_standardize_train"])
def test_standardize_alone(student, reference, rng):
    """a tuple of one array where there are no other images"""
    train = draw_images(rng)[0]
    desired = reference.standardize(train)
    arrays = student.standardize(train)
    assert_arrays(arrays, 1)
    assert_close(arrays[0], desired[0], "train")


@pytest.mark.question("standardize", points=0.5, after=["test_standardize_train"])
def test_standardize_manners(student, rng):
    """the images that came in are left as they were, float64 gives float64"""
    sets = draw_images(rng)
    before = [images.copy() for images in sets]
    arrays = student.standardize(*sets)
    for name, images, copy, array in zip(("train", "others[0]", "others[1]"), sets, before, arrays):
        assert_unchanged(images, copy, name)
        assert_dtype(array, np.float64, name)


# --- LeNet --------------------------------------------------------------------------------------------------------

GRAY, COLOR = lenet_parameters(1, 28), lenet_parameters()


def no_channels(classes):
    """So many classes, or more: another number than LeNet's channels, so that no two biases have one shape."""
    return next(number for number in range(classes, classes + 3) if number not in CHANNELS)


# in_channels, image_size, num_classes: all eight parameters of each differ in shape
SMALL = (2, 12, no_channels(7))
NETWORKS = [(3, IMAGE_SIZE, 10), (1, 28, 10), SMALL]
ODD = [(2, 13, no_channels(7)), (1, 30, no_channels(4)), (3, 7, no_channels(6))]


def draw_weights(rng, network):
    """Weights that keep the size of what goes through them, and biases large enough to matter."""
    return [
        (rng.standard_normal(shape) * (np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else 0.5)).astype(np.float32)
        for shape in lenet_shapes(*network).values()
    ]


def draw_batch(rng, network, count):
    """Images and labels for a network."""
    channels, size, classes = network
    images = rng.standard_normal((count, channels, size, size)).astype(np.float32)
    return images, rng.integers(0, classes, count)


def loaded(who, network, weights):
    """Somebody's LeNet, with given weights; in training mode, as it is made."""
    model = who.LeNet(*network)
    who.probe_load(model, weights)
    return model


@pytest.mark.question("lenet", points=3)
def test_lenet_logits(student, rng):
    """logits of shape (N, num_classes), for a single image as well as for several"""
    for network, count in zip([*NETWORKS, SMALL], (2, 1, 5, 1)):
        images, _ = draw_batch(rng, network, count)
        logits = student.probe_forward(student.LeNet(*network), images)
        assert_shape(logits, (count, network[2]), "logits")


def assert_parameters(arrays, network):
    """As many numbers as the table says, in weights and biases of the table's shapes."""
    shapes, desired = [array.shape for array in arrays.values()], list(lenet_shapes(*network).values())
    missing, extra = list(desired), []
    for shape in shapes:
        missing.remove(shape) if shape in missing else extra.append(shape)
    if missing or extra:
        sizes = [sum(int(np.prod(shape)) for shape in group) for group in (shapes, desired)]
        words = [f"none of shape {', '.join(map(str, missing))}"] * bool(missing)
        words += [f"some of shape {', '.join(map(str, extra))}"] * bool(extra)
        wanted = f"{sizes[1]:,}: weights and biases of shape {', '.join(map(str, desired))}"
        raise CheckFailed(f"{sizes[0]:,} parameters: {', but '.join(words)}", wanted)


@pytest.mark.question("lenet", points=4)
def test_lenet_parameters(student):
    """the weights and biases of the table: {GRAY:,} numbers for 1x28x28, {COLOR:,} for 3x{IMAGE_SIZE}x{IMAGE_SIZE}"""
    for network in NETWORKS:
        assert_parameters(student.probe_parameters(student.LeNet(*network)), network)


@pytest.mark.question("lenet", points=5, after=["test_lenet_parameters"])
def test_lenet_values(student, reference, rng):
    """the logits that LeNet gives for the same weights"""
    for network in (SMALL, NETWORKS[0]):
        weights, (images, _) = draw_weights(rng, network), draw_batch(rng, network, 3)
        desired = reference.probe_forward(loaded(reference, network, weights), images)
        assert_close(student.probe_forward(loaded(student, network, weights), images), desired, "logits")


@pytest.mark.question("lenet", points=1, after=["test_lenet_values"])
def test_lenet_odd_sizes(student, reference, rng):
    """images whose size is not divisible by 4: pooling rounds down"""
    for network in ODD:
        weights, (images, _) = draw_weights(rng, network), draw_batch(rng, network, 2)
        desired = reference.probe_forward(loaded(reference, network, weights), images)
        model = student.LeNet(*network)
        assert_parameters(student.probe_parameters(model), network)
        student.probe_load(model, weights)
        assert_close(student.probe_forward(model, images), desired, "logits")


def by_shape(arrays):
    """Arrays by shape: names and order are the student's own."""
    return {array.shape: array for array in arrays.values() if array is not None}


@pytest.mark.question("lenet", points=1.5, after=["test_lenet_values"])
def test_lenet_gradients(student, reference, rng):
    """a gradient reaches every weight and every bias"""
    weights, batch = draw_weights(rng, SMALL), draw_batch(rng, SMALL, 4)
    gradients = []
    for who in (reference, student):
        model = loaded(who, SMALL, weights)
        who.probe_backward(model, *batch)
        gradients.append(who.probe_gradients(model))
    desired, actual = map(by_shape, gradients)
    for shape, gradient in desired.items():
        if shape not in actual:
            raise CheckFailed(f"no gradient for the parameter of shape {shape}", "a gradient for every parameter")
        assert_close(actual[shape], gradient, f"gradient of the parameter of shape {shape}")


@pytest.mark.question("lenet", points=0.5, after=["test_lenet_parameters"])
def test_lenet_defaults(student):
    """LeNet() is for 3x{IMAGE_SIZE}x{IMAGE_SIZE} and ten classes; arguments may be given by name"""
    assert_parameters(student.probe_parameters(student.LeNet()), (3, IMAGE_SIZE, 10))
    assert_parameters(student.probe_parameters(student.LeNet(image_size=20, in_channels=1)), (1, 20, 10))
    assert_parameters(student.probe_parameters(student.LeNet(num_classes=4)), (3, IMAGE_SIZE, 4))


# --- layer_summary ------------------------------------------------------------------------------------------------

LENET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.pool, self.conv2 = nn.Conv2d(1, 4, 5, padding=2), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3)
        self.flat, self.fc, self.relu = nn.Flatten(), nn.Linear(48, 10), nn.ReLU()

    def forward(self, x):
        return self.fc(self.flat(self.relu(self.conv2(self.pool(self.conv1(x))))))
"""
LENET_ROWS = [
    ("conv1", (4, 12, 9), 104),
    ("pool", (4, 6, 4), 0),
    ("conv2", (6, 4, 2), 222),
    ("relu", (6, 4, 2), 0),
    ("flat", (48,), 0),
    ("fc", (10,), 490),
]
CALLS = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(12, 3)
        self.never = nn.Linear(12, 12)
        self.act = nn.ReLU()
        self.conv = nn.Conv2d(2, 2, 3, padding=1)

    def forward(self, x):
        x = self.act(self.conv(x))
        x = F.max_pool2d(self.act(self.conv(x)), 2)
        return self.act(self.head(x.flatten(1)))
"""
CALLS_ROWS = [
    ("conv", (2, 7, 4), 38),
    ("act", (2, 7, 4), 0),
    ("conv", (2, 7, 4), 38),
    ("act", (2, 7, 4), 0),
    ("head", (3,), 39),
    ("act", (3,), 0),
]
NAMES = """
class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(inputs, outputs, 3), nn.ReLU())

    def forward(self, x):
        return self.body(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(3, 2), Block(2, 5)])
        self.features = nn.Sequential(nn.AvgPool2d(2), nn.Identity())

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.features(x)
"""
NAMES_ROWS = [
    ("blocks.0.body.0", (2, 5, 8), 56),
    ("blocks.0.body.1", (2, 5, 8), 0),
    ("blocks.1.body.0", (5, 3, 6), 95),
    ("blocks.1.body.1", (5, 3, 6), 0),
    ("features.0", (5, 1, 3), 0),
    ("features.1", (5, 1, 3), 0),
]
PARAMETERS = """
class Scale(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.factor = nn.Parameter(torch.ones(channels, 1, 1))
        self.shift = nn.Parameter(torch.zeros(channels, 1, 1), requires_grad=False)

    def forward(self, x):
        return self.factor * x + self.shift


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 7, 2, bias=False)
        self.norm = nn.BatchNorm2d(7)
        self.scale = Scale(7)
        self.fc = nn.Linear(42, 5)
        self.last = nn.BatchNorm1d(5)
        self.fc.weight.requires_grad_(False)

    def forward(self, x):
        return self.last(self.fc(self.scale(self.norm(self.conv(x))).flatten(1)))
"""
PARAMETERS_ROWS = [
    ("conv", (7, 3, 2), 84),
    ("norm", (7, 3, 2), 14),
    ("scale", (7, 3, 2), 14),
    ("fc", (5,), 215),
    ("last", (5,), 10),
]
# with batch normalization, dropout, and a hook of its own
QUIET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3))
        self.drop = nn.Dropout(0.5)
        self.fc = nn.Linear(36, 4)
        self.seen = 0
        self.drop.register_forward_hook(self.count)

    def count(self, module, inputs, output):
        self.seen += 1

    def forward(self, x):
        return self.fc(self.drop(self.first(x)).flatten(1))
"""
QUIET_INPUT = (2, 8, 4)


def check_rows(student, source, input_shape, desired):
    """layer_summary of a test's own model, row by row."""
    rows = student.layer_summary(student.probe_make(source), input_shape)
    if not isinstance(rows, (list, tuple)):
        raise CheckFailed(show(rows), "a list of (name, output_shape, parameters)")
    for place, (row, wanted) in enumerate(zip(rows, desired)):
        assert_equal(row, wanted, f"rows[{place}]")
    assert_equal(len(rows), len(desired), "number of rows")


@pytest.mark.question("layer_summary", points=2)
def test_summary_layers(student):
    """name, output shape and parameters of the layers of a small LeNet"""
    check_rows(student, LENET, (1, 12, 9), LENET_ROWS)


@pytest.mark.question("layer_summary", points=2, after=["test_summary_layers"])
def test_summary_calls(student):
    """in the order of the calls: two rows for a module called twice, none for one never called"""
    check_rows(student, CALLS, (2, 7, 4), CALLS_ROWS)


@pytest.mark.question("layer_summary", points=1, after=["test_summary_layers"])
def test_summary_names(student):
    """modules inside of modules, by their dotted names"""
    check_rows(student, NAMES, (3, 7, 10), NAMES_ROWS)


@pytest.mark.question("layer_summary", points=1, after=["test_summary_layers"])
def test_summary_parameters(student):
    """all parameters of a module, frozen ones too; batch normalization behind a linear layer"""
    check_rows(student, PARAMETERS, (3, 4, 3), PARAMETERS_ROWS)


def make_quiet(student, training):
    """A model that has gradients and running statistics to lose, in the given mode."""
    model = student.probe_make(QUIET)
    images = np.linspace(-1, 1, 3 * 2 * 8 * 4, dtype=np.float32).reshape(3, *QUIET_INPUT) ** 3
    student.probe_backward(model, images, np.array([0, 3, 1]))
    student.probe_set_mode(model, training)
    return model


def assert_modes(after, before):
    """Every module in the mode it was in."""
    words = {True: "training", False: "evaluation"}
    for name, mode in before.items():
        if after.get(name) != mode:
            module = f"the module {name!r}" if name else "the model"
            raise CheckFailed(f"{module} in {words[not mode]} mode", f"the mode that it had before: {words[mode]}")


def assert_same_arrays(after, before, kind):
    for name, array in before.items():
        assert_unchanged(after.get(name), array, f"{kind} {name}")


@pytest.mark.question("layer_summary", points=0.75, after=["test_summary_layers"])
def test_summary_mode(student):
    """the model is left in training mode if it was, in evaluation mode if it was"""
    for training in (True, False):
        model = make_quiet(student, training)
        before = student.probe_modes(model)
        student.layer_summary(model, QUIET_INPUT)
        assert_modes(student.probe_modes(model), before)


@pytest.mark.question("layer_summary", points=0.25, after=["test_summary_mode"])
def test_summary_mixed_modes(student):
    """where a single module is in another mode than the model, it stays in it"""
    for training in (True, False):
        model = make_quiet(student, training)
        student.probe_set_mode(model, not training, "first.1")
        before = student.probe_modes(model)
        student.layer_summary(model, QUIET_INPUT)
        assert_modes(student.probe_modes(model), before)


@pytest.mark.question("layer_summary", points=0.5, after=["test_summary_layers"])
def test_summary_buffers(student):
    """running statistics and gradients are left as they were"""
    model = make_quiet(student, training=True)
    buffers, gradients = student.probe_buffers(model), student.probe_gradients(model)
    student.layer_summary(model, QUIET_INPUT)
    assert_same_arrays(student.probe_buffers(model), buffers, "the buffer")
    assert_same_arrays(student.probe_gradients(model), gradients, "the gradient of")


@pytest.mark.question("layer_summary", points=0.5, after=["test_summary_layers"])
def test_summary_hooks(student):
    """its hooks are removed again, and the model's own stay"""
    model = make_quiet(student, training=False)
    before = student.probe_hooks(model)
    student.layer_summary(model, QUIET_INPUT)
    after = student.probe_hooks(model)
    if after != before:
        raise CheckFailed(f"{after} hooks on the model's modules", f"{before}, as before the call")


# --- train_epoch --------------------------------------------------------------------------------------------------

PLAIN = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3)
        self.fc = nn.Linear(36, 4)

    def forward(self, x):
        return self.fc(F.relu(self.conv(x)).flatten(1))
"""
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
BATCH, COUNT = 5, 17  # the last batch holds two images


def draw_task(rng):
    """17 images whose losses differ widely between the batches: the last two are the hardest."""
    images = rng.standard_normal((COUNT, 2, 6, 5)).astype(np.float32)
    images[-2:] *= 8
    return images, rng.integers(0, 4, COUNT)


def start(who, source, name="SGD", **settings):
    """A model of a test's own, always from the same weights, and its optimizer."""
    rng = np.random.default_rng(4)
    model = who.probe_make(source)
    shapes = [array.shape for array in who.probe_parameters(model).values()]
    who.probe_load(model, [(0.4 * rng.standard_normal(shape)).astype(np.float32) for shape in shapes])
    return model, who.probe_optimizer(model, name, **settings)


def train(who, source, task, epochs=1, training=True, name="SGD", **settings):
    """The losses of some epochs; parameters and buffers after them."""
    model, optimizer = start(who, source, name, **settings)
    who.probe_set_mode(model, training)
    loader = who.probe_loader(*task, BATCH)
    losses = [who.train_epoch(model, loader, optimizer) for _ in range(epochs)]
    return losses, {**who.probe_parameters(model), **who.probe_buffers(model)}


def assert_state(actual, desired):
    for name, array in desired.items():
        assert_close(actual[name], array, name)


def untensor(value):
    """The array in a tensor, whether it is one of this process or came from a worker; anything else as it is."""
    return np.asarray(value.detach()) if hasattr(value, "detach") else getattr(value, "array", value)


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
    desired, _ = train(reference, PLAIN, task, epochs=2, lr=0.0)
    losses, _ = train(student, PLAIN, task, epochs=2, lr=0.0)
    for loss, wanted in zip(losses, desired):
        assert_loss(loss, wanted)


@pytest.mark.question("train_epoch", points=3)
def test_train_weights(student, reference, rng):
    """the weights after an epoch, with one step of the optimizer for each batch"""
    task = draw_task(rng)
    settings = {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01}
    _, desired = train(reference, PLAIN, task, **settings)
    _, actual = train(student, PLAIN, task, **settings)
    assert_state(actual, desired)


@pytest.mark.question("train_epoch", points=1.5, after=["test_train_weights"])
def test_train_mode(student, reference, rng):
    """trains in training mode, also if the model comes in evaluation mode"""
    task = draw_task(rng)
    for training in (False, True):
        _, desired = train(reference, NORMALIZED, task, training=training, lr=0.02)
        _, actual = train(student, NORMALIZED, task, training=training, lr=0.02)
        assert_state(actual, desired)


@pytest.mark.question("train_epoch", points=1, after=["test_train_weights"])
def test_train_again(student, reference, rng):
    """a second and a third epoch go on from the first, with any optimizer"""
    task = draw_task(rng)
    for name, settings in (("SGD", {"lr": 0.03, "momentum": 0.8}), ("Adam", {"lr": 0.01, "eps": 1e-3})):
        _, desired = train(reference, PLAIN, task, epochs=3, name=name, **settings)
        _, actual = train(student, PLAIN, task, epochs=3, name=name, **settings)
        assert_state(actual, desired)


@pytest.mark.question("train_epoch", points=0.5, after=["test_train_loss", "test_train_weights"])
def test_train_loss_before_step(student, reference, rng):
    """each batch's loss as it is before the batch's step"""
    task = draw_task(rng)
    (desired,), _ = train(reference, PLAIN, task, lr=0.05)
    (loss,), _ = train(student, PLAIN, task, lr=0.05)
    assert_loss(loss, desired)


def assert_float(value, name):
    """A plain number: a tensor can hold the graph of a whole epoch."""
    if not isinstance(value, (int, float, np.floating)) or isinstance(value, bool):
        kind = "a tensor or an array" if isinstance(untensor(value), np.ndarray) else show(value)
        raise CheckFailed(f"{name}: {kind}", f"{name}: a float (loss.item() makes one of a tensor)")


@pytest.mark.question("train_epoch", points=0.5, after=["test_train_loss"])
def test_train_float(student, rng):
    """the loss is a float, not a tensor"""
    (loss,), _ = train(student, PLAIN, draw_task(rng), lr=0.01)
    assert_float(loss, "loss")


# --- evaluate -----------------------------------------------------------------------------------------------------

DROPPING = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(2)
        self.conv = nn.Conv2d(2, 3, 3)
        self.drop = nn.Dropout(0.8)
        self.fc = nn.Linear(36, 4)
        self.gradients = []

    def forward(self, x):
        self.gradients.append(torch.is_grad_enabled())
        return self.fc(self.drop(F.relu(self.conv(self.norm(x)))).flatten(1))
"""


def draw_graded(reference, rng, source=PLAIN, right=14):
    """17 images, of which the model gets the first `right` right in evaluation mode, and the others wrong."""
    images = (3 * rng.standard_normal((COUNT, 2, 6, 5)) + 1.5).astype(np.float32)
    model, _ = start(reference, source, lr=0.1)
    reference.probe_set_mode(model, False)
    labels = reference.probe_forward(model, images).argmax(axis=1)
    labels[right:] = (labels[right:] + 1) % 4
    return images, labels


def run_evaluate(student, graded, source=PLAIN, training=False):
    """The accuracy, and the model."""
    model, _ = start(student, source, lr=0.1)
    student.probe_set_mode(model, training)
    return student.evaluate(model, student.probe_loader(*graded, BATCH)), model


@pytest.mark.question("evaluate", points=2)
def test_evaluate_accuracy(student, reference, rng):
    """the share of all images, where the last batch is smaller than the others"""
    for right in (15, 6, 17):
        accuracy, _ = run_evaluate(student, draw_graded(reference, rng, right=right))
        assert_close(untensor(accuracy), right / COUNT, "accuracy")


@pytest.mark.question("evaluate", points=1.5, after=["test_evaluate_accuracy"])
def test_evaluate_in_evaluation_mode(student, reference, rng):
    """uses evaluation mode: no dropout, running statistics"""
    for training in (True, False):
        accuracy, _ = run_evaluate(student, draw_graded(reference, rng, DROPPING), DROPPING, training)
        assert_close(untensor(accuracy), 14 / COUNT, "accuracy")


@pytest.mark.question("evaluate", points=1.5, after=["test_evaluate_accuracy"])
def test_evaluate_restores_mode(student, reference, rng):
    """leaves the model in the mode it was in, training or evaluation"""
    for training in (True, False):
        graded = draw_graded(reference, rng, DROPPING)
        _, model = run_evaluate(student, graded, DROPPING, training)
        after = student.probe_modes(model)
        assert_modes(after, dict.fromkeys(after, training))


@pytest.mark.question("evaluate", points=0.5, after=["test_evaluate_accuracy"])
def test_evaluate_buffers(student, reference, rng):
    """leaves running statistics and parameters as they were"""
    graded = draw_graded(reference, rng, DROPPING)
    model, _ = start(student, DROPPING, lr=0.1)
    student.probe_forward(model, graded[0])  # in training mode: running statistics that differ from the first ones
    before = {**student.probe_parameters(model), **student.probe_buffers(model)}
    student.evaluate(model, student.probe_loader(*graded, BATCH))
    assert_same_arrays({**student.probe_parameters(model), **student.probe_buffers(model)}, before, "the model's")


@pytest.mark.question("evaluate", points=0.5, after=["test_evaluate_accuracy"])
def test_evaluate_no_gradients(student, reference, rng):
    """computes no gradients"""
    _, model = run_evaluate(student, draw_graded(reference, rng, DROPPING), DROPPING)
    if any(student.probe_attribute(model, "gradients")):
        raise CheckFailed("a forward pass that prepares gradients", "none: with torch.no_grad():")


# --- overfit ------------------------------------------------------------------------------------------------------

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


def run_overfit(student, rng):
    """What overfit returns, what the network it trained gets right, and how many steps that took."""
    coarse = np.kron(rng.standard_normal((50, 3, 4, 4)), np.ones((1, 1, 8, 8)))  # alike in places, as photographs are
    images = middle((0.9 * coarse + 0.4 * rng.standard_normal((50, 3, 32, 32))).astype(np.float32), IMAGE_SIZE)
    labels = rng.permutation(np.arange(50) % 10)
    model = student.probe_make(COUNTING)
    returned = student.overfit(model, student.probe_tensor(images), student.probe_tensor(labels))
    call = student.calls[-1]
    student.probe_set_mode(model, False)
    said = student.probe_forward(model, images).argmax(axis=1)
    student.calls.append(call)  # "called" names the last call
    return returned, float(np.mean(said == labels)), student.probe_attribute(model, "steps")


@pytest.mark.question("overfit", points=3)
def test_overfit_learns(student, rng):
    """the network knows all of 50 images by heart after it"""
    _, accuracy, steps = run_overfit(student, rng)
    if accuracy < 1:
        raise CheckFailed(f"a network that knows {50 * accuracy:.0f} of the 50 images, after {steps} steps", "all 50")


@pytest.mark.question("overfit", points=2, after=["test_overfit_learns"])
def test_overfit_returns(student, rng):
    """takes at most 200 steps, and returns the accuracy as a float"""
    returned, accuracy, steps = run_overfit(student, rng)
    if steps > MOST_STEPS:
        raise CheckFailed(f"{steps} steps (backward passes)", f"at most {MOST_STEPS}: stop when all images are right")
    assert_float(returned, "accuracy")
    assert_close(returned, accuracy, "accuracy")


# --- the trained networks -----------------------------------------------------------------------------------------


def steps(question, table, after):
    """One test for each step of a table, worth its points."""
    marks = [pytest.mark.question(question, points=points, after=[after]) for _, points in table]
    cases = [pytest.param(percent, marks=mark) for (percent, _), mark in zip(table, marks)]
    return pytest.mark.parametrize("percent", cases)


def reach(accuracy, percent, table, note):
    """Passes where the accuracy that counts is high enough; says what was measured either way."""
    text = f"{accuracy}; full points from {max(least for least, _ in table)} %"
    note(text)
    if accuracy.counted < percent / 100:
        raise WeightsError(text)


@pytest.mark.question("cifar10_accuracy", points=4)
def test_lenet_weights(trained):
    """lenet.safetensors holds the eight tensors of a LeNet"""
    trained.lenet()


@steps("cifar10_accuracy", LENET_STEPS, after="test_lenet_weights")
def test_lenet_accuracy(trained, note, percent):
    """LeNet gets at least {percent} % of the held-out images right"""
    reach(trained.accuracy("lenet"), percent, LENET_STEPS, note)


@pytest.mark.question("convnet", points=3)
def test_convnet_output(student, rng):
    """ConvNet() maps (N, 3, {IMAGE_SIZE}, {IMAGE_SIZE}) to (N, 10) for any N"""
    model = student.ConvNet()
    student.probe_set_mode(model, False)
    for n in (3, 1, 8):
        out = student.probe_forward(model, rng.standard_normal((n, 3, IMAGE_SIZE, IMAGE_SIZE)).astype(np.float32))
        assert_shape(out, (n, 10), "logits")
        if not np.isfinite(assert_array(out, "logits")).all():
            raise CheckFailed("logits that are nan or inf", "finite numbers everywhere", actual=out)


@pytest.mark.question("convnet", points=3, after=["test_convnet_output"])
def test_convnet_design(trained):
    """ConvNet has at most 300,000 parameters and at least one nn.BatchNorm2d"""
    survey = trained.convnet_survey()
    if not survey["batchnorms"]:
        raise WeightsError("ConvNet runs its images through no nn.BatchNorm2d: put one after a convolution.")


@pytest.mark.question("convnet", points=2, after=["test_convnet_design"])
def test_convnet_weights(trained):
    """convnet.safetensors holds the tensors of the notebook's ConvNet"""
    trained.convnet()


@steps("convnet", CONVNET_STEPS, after="test_convnet_weights")
def test_convnet_accuracy(trained, note, percent):
    """ConvNet gets at least {percent} % of the held-out images right"""
    reach(trained.accuracy("convnet"), percent, CONVNET_STEPS, note)
