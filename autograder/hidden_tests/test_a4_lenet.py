"""Hidden tests of a4_lenet.

A model stays with the student's code: it is asked by probes (`cnnlab.probes`), whose answers are claims of the
student's own process. Points are for numbers that nobody has who has not done the work: a test that something was left
as it was asks the same call for what it was to do. The networks that were trained are judged from their weights alone,
in a worker that runs none of the student's code (`autograder.trained`).
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
    normal,
    number,
    show,
    tolerance,
)
from cnnlab.datasets import middle
from cnnlab.lenet import CHANNELS, IMAGE_SIZE, lenet_parameters, lenet_shapes
from cnnlab.outcomes import CheckFailed, NotAttempted, NotChecked, StudentError
from cnnlab.thresholds import CONVNET_STEPS, LENET_STEPS

# --- standardize --------------------------------------------------------------------------------------------------


def draw_images(rng, channels=3, counts=(7, 4, 1), size=(5, 4)):
    """Training images and other sets; each channel with its own mean and spread, each set with its own, too.

    The numbers are large, so that a small constant added to the standard deviation costs nobody anything.
    """
    mean, spread = np.array([3e5, -2e5, 5e4]).reshape(3, 1, 1), np.array([5e4, 4e5, 1.5e5]).reshape(3, 1, 1)
    mean, spread = mean[:channels], spread[:channels]
    sets = [rng.standard_normal((n, channels, *size)) * spread + mean for n in counts]
    return [images * factor + shift for images, factor, shift in zip(sets, (1, 1.5, 0.5), (0, 2e5, -1e5))]


def assert_arrays(arrays, count):
    if not isinstance(arrays, (tuple, list)) or len(arrays) != count:
        what = f"{len(arrays)} arrays" if isinstance(arrays, (tuple, list)) else "one array, not a tuple"
        raise CheckFailed(what, f"a tuple of {count}: train first, then the others")


def assert_scaled(array, shape):
    """Something was done to the images: each channel has a mean of zero, or a spread of one."""
    assert_shape(array, shape, "train")
    mean, spread = array.mean(axis=(0, 2, 3)), array.std(axis=(0, 2, 3))
    if not (np.abs(mean) <= 0.01 * spread).all() and not (np.abs(spread - 1) <= 0.1).all():
        raise CheckFailed("train, not standardized", "zero mean and unit standard deviation in each channel")


@pytest.mark.question("standardize", points=1)
def test_standardize_train(student, reference, rng):
    """the training images, each channel with its own mean and standard deviation"""
    for sets in (draw_images(rng), draw_images(rng, 1, (3, 5), (4, 4)), draw_images(rng, 2, (1,), (4, 5))):
        desired = reference.standardize(*sets)
        arrays = student.standardize(*sets)
        assert_arrays([arrays] if len(sets) == 1 and isinstance(arrays, np.ndarray) else arrays, len(sets))
        assert_close(arrays if isinstance(arrays, np.ndarray) else arrays[0], desired[0], "train")


def as_train(train, scaled, images):
    """Images changed as the training images were, channel by channel: by a factor and a shift."""
    low, high = (reduce(train, axis=(0, 2, 3), keepdims=True) for reduce in (np.min, np.max))
    new_low, new_high = (reduce(scaled, axis=(0, 2, 3), keepdims=True) for reduce in (np.min, np.max))
    return (images - low) * (new_high - new_low) / (high - low) + new_low


@pytest.mark.question("standardize", points=1)
def test_standardize_others(student, reference, rng):
    """other images, with the mean and standard deviation of the training images"""
    sets = draw_images(rng)
    desired = reference.standardize(*sets)
    arrays = student.standardize(*sets)
    assert_arrays(arrays, 3)
    try:
        assert_close(arrays[0], desired[0], "train")
    except CheckFailed:  # that has its own price: here it counts that the others are treated alike
        assert_scaled(arrays[0], sets[0].shape)
        desired = [as_train(sets[0], arrays[0], images) for images in sets]
    for place in (1, 2):
        assert_close(arrays[place], desired[place], f"others[{place - 1}]")


@pytest.mark.question("standardize", points=0.5)
def test_standardize_alone(student, rng):
    """a tuple of one array where there are no other images"""
    train = draw_images(rng)[0]
    arrays = student.standardize(train)
    assert_arrays(arrays, 1)
    assert_scaled(arrays[0], train.shape)


@pytest.mark.question("standardize", points=0.5)
def test_standardize_manners(student, rng):
    """the images that came in are left as they were, and keep their type: float64, float32"""
    for dtype in (np.float64, np.float32):
        sets = [images.astype(dtype) for images in draw_images(rng)]
        before = [images.copy() for images in sets]
        arrays = student.standardize(*sets)
        assert_arrays(arrays, 3)
        for name, images, copy, array in zip(("train", "others[0]", "others[1]"), sets, before, arrays):
            assert_unchanged(images, copy, name)
            assert_dtype(array, dtype, name)
        assert_scaled(arrays[0], before[0].shape)


# --- LeNet --------------------------------------------------------------------------------------------------------

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


def loaded(who, network, weights):
    """Somebody's LeNet with given weights, in evaluation mode."""
    model = who.LeNet(*network)
    who.probe_load(model, weights)
    who.probe_set_mode(model, False)
    return model


def assert_finite(out, name="logits"):
    if not np.isfinite(assert_array(out, name)).all():
        raise CheckFailed(f"{name} that are nan or inf", "finite numbers everywhere", actual=out)


def assert_looks(out, name="logits"):
    """Finite numbers that depend on the image."""
    assert_finite(out, name)
    if len(out) > 1 and np.ptp(out, axis=0).max() <= 1e-6 * np.abs(out).max():
        raise CheckFailed(f"the same {name} for every image", f"{name} that depend on the image", actual=out)


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


def assert_parameters(shapes, network, what):
    """As many numbers as the table says, in weights and biases of the table's shapes."""
    shapes, desired = [tuple(shape) for shape in shapes], list(lenet_shapes(*network).values())
    missing, extra = list(desired), []
    for shape in shapes:
        missing.remove(shape) if shape in missing else extra.append(shape)
    if missing or extra:
        sizes = [sum(int(np.prod(shape)) for shape in group) for group in (shapes, desired)]
        words = [f"none of shape {', '.join(map(str, missing))}"] * bool(missing)
        words += [f"some of shape {', '.join(map(str, extra))}"] * bool(extra)
        wanted = f"{sizes[1]:,}: weights and biases of shape {', '.join(map(str, desired))}"
        raise CheckFailed(f"{sizes[0]:,} {what}: {', but '.join(words)}", wanted)


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


# --- layer_summary ------------------------------------------------------------------------------------------------

WIDE = "WIDE"  # in a source: a number of channels, drawn for the term
LENET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.relu = nn.Linear(16 * WIDE, 10), nn.ReLU()
        self.conv1, self.pool, self.conv2 = nn.Conv2d(1, 4, 5, padding=2), nn.MaxPool2d(2), nn.Conv2d(4, WIDE, 3)
        self.flat = nn.Flatten()

    def forward(self, x):
        return self.fc(self.flat(self.relu(self.conv2(self.pool(self.conv1(x))))))
"""
LENET_INPUT = (1, 12, 12)
CALLS = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 3)
        self.never = nn.Linear(12, 12)
        self.act = nn.ReLU()
        self.conv = nn.Conv2d(2, 2, 3, padding=1)

    def forward(self, x):
        x = self.act(self.conv(x))
        x = F.max_pool2d(self.act(self.conv(x)), 2)
        return self.act(self.head(x.flatten(1)))
"""
CALLS_INPUT = (2, 4, 4)
NESTED = """
class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(inputs, outputs, 3), nn.ReLU())

    def forward(self, x):
        return self.body(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.AvgPool2d(2), nn.Identity())
        self.blocks = nn.ModuleList([Block(3, WIDE), Block(WIDE, 5)])

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.features(x)
"""
NESTED_INPUT = (3, 7, 10)
WIDE_LAYERS = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.pool = nn.Conv2d(2, WIDE, (1, 2)), nn.BatchNorm2d(WIDE), nn.MaxPool2d((3, 2))
        self.act = nn.Tanh()

    def forward(self, x):
        return self.pool(self.act(self.norm(self.conv(x))))
"""
WIDE_INPUTS = [(2, 6, 9), (2, 10, 5)]
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
        self.conv = nn.Conv2d(3, WIDE, 2, bias=False)
        self.norm = nn.BatchNorm2d(WIDE)
        self.scale = Scale(WIDE)
        self.fc = nn.Linear(9 * WIDE, 5)
        self.last = nn.BatchNorm1d(5)
        self.fc.weight.requires_grad_(False)

    def forward(self, x):
        return self.last(self.fc(self.scale(self.norm(self.conv(x))).flatten(1)))
"""
PARAMETERS_INPUT = (3, 4, 4)
EMPTY = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool, self.act = nn.AvgPool2d(2), nn.Sigmoid()

    def forward(self, x):
        return self.act(self.pool(x))
"""
EMPTY_INPUT = (3, 4, 4)
# with batch normalization, dropout, and a hook of its own; defined in another order than called
QUIET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.drop = nn.Linear(48, 4), nn.Dropout(0.5)
        self.norm, self.conv = nn.BatchNorm2d(3), nn.Conv2d(2, 3, 3)
        self.seen = 0
        self.drop.register_forward_hook(self.count)

    def count(self, module, inputs, output):
        self.seen += 1

    def forward(self, x):
        return self.fc(self.drop(self.norm(self.conv(x))).flatten(1))
"""
QUIET_INPUT, QUIET_CALLS = (2, 6, 6), ["conv", "norm", "drop", "fc"]
NAME, SHAPE, COUNT_OF = range(3)  # the columns


def assert_rows(rows):
    good = isinstance(rows, (list, tuple)) and all(isinstance(row, (list, tuple)) and len(row) == 3 for row in rows)
    if not good:
        raise CheckFailed(show(rows), "a list of (name, output_shape, parameters)", actual=rows)


def names_of(rows):
    return [row[NAME] for row in rows]


def pair_up(rows, desired):
    """Each row with the one that it should be: by their names, or by their places where the names are wrong.

    Rows that are missing are the business of the test of the names, but for more than half of them.
    """
    names = [normal(name) for name in names_of(rows)]
    pairs = [(rows[names.index(row[NAME])], row) for row in desired if names.count(row[NAME]) == 1]
    if 2 * len(pairs) >= len(desired):
        return pairs
    assert_equal(len(rows), len(desired), "number of rows")
    return list(zip(rows, desired))


def check_names(student, reference, rng, source, input_shape):
    """The first column of the table of a test's own model: which layers, in which order."""
    rows, desired = ask_both(student, reference, rng, source, input_shape)
    for place, (row, wanted) in enumerate(zip(rows, desired)):
        if normal(row[NAME]) != wanted[NAME]:
            raise CheckFailed(f"rows[{place}] = {show(row)}", f"rows[{place}] = {show(wanted)}", actual=rows)
    if len(rows) != len(desired):
        raise CheckFailed(f"{len(rows)} rows: {show(names_of(rows))}", f"{len(desired)}: {show(names_of(desired))}")


def check_column(student, reference, rng, source, input_shape, column):
    """Another column of the table of a test's own model: a test for each."""
    rows, desired = ask_both(student, reference, rng, source, input_shape)
    for row, wanted in pair_up(rows, desired):
        if normal(row[column]) != normal(wanted[column]):
            raise CheckFailed(show(row), show(wanted), actual=rows)


def ask_both(student, reference, rng, source, input_shape):
    """The student's rows and the right ones, of a model with widths that are drawn."""
    source = source.replace(WIDE, str(rng.integers(2, 9)))
    rows = student.layer_summary(student.probe_make(source), input_shape)
    assert_rows(rows)
    return rows, reference.layer_summary(reference.probe_make(source), input_shape)


@pytest.mark.question("layer_summary", points=1.25)
def test_summary_names(student, reference, rng):
    """the layers of a small LeNet by their names, in the order of the calls"""
    check_names(student, reference, rng, LENET, LENET_INPUT)


@pytest.mark.question("layer_summary", points=1.25)
def test_summary_shapes(student, reference, rng):
    """the shape of each layer's output, without the batch"""
    check_column(student, reference, rng, LENET, LENET_INPUT, SHAPE)


@pytest.mark.question("layer_summary", points=1)
def test_summary_counts(student, reference, rng):
    """the number of each layer's parameters: weights and biases, 0 where there are none"""
    check_column(student, reference, rng, LENET, LENET_INPUT, COUNT_OF)


@pytest.mark.question("layer_summary", points=1)
def test_summary_calls(student, reference, rng):
    """two rows for a module called twice, alike in their parameters; none for one never called"""
    check_names(student, reference, rng, CALLS, CALLS_INPUT)
    rows = student.layer_summary(student.probe_make(CALLS), CALLS_INPUT)
    first, second = (row[COUNT_OF] for row in rows if normal(row[NAME]) == "conv")
    assert_equal(second, first, "parameters at the second call")


@pytest.mark.question("layer_summary", points=0.5)
def test_summary_nested(student, reference, rng):
    """modules inside of modules, by their dotted names"""
    check_names(student, reference, rng, NESTED, NESTED_INPUT)


@pytest.mark.question("layer_summary", points=0.25)
def test_summary_not_square(student, reference, rng):
    """output shapes for images that are not square"""
    for input_shape in WIDE_INPUTS:
        check_column(student, reference, rng, WIDE_LAYERS, input_shape, SHAPE)


@pytest.mark.question("layer_summary", points=0.75)
def test_summary_parameters(student, reference, rng):
    """all parameters of a module, frozen ones, too; batch normalization behind a linear layer; a model without any"""
    check_column(student, reference, rng, PARAMETERS, PARAMETERS_INPUT, COUNT_OF)
    check_column(student, reference, rng, EMPTY, EMPTY_INPUT, COUNT_OF)


def make_quiet(student, training):
    """A model that has gradients and running statistics to lose, in the given mode."""
    model = student.probe_make(QUIET)
    images = np.linspace(-1, 1, 3 * 2 * 6 * 6, dtype=np.float32).reshape(3, *QUIET_INPUT) ** 3
    student.probe_backward(model, images, np.array([0, 3, 1]))
    student.probe_set_mode(model, training)
    return model


def summarize(student, model):
    """Calls layer_summary; who has not looked at the calls has not left anything as it was."""
    rows = student.layer_summary(model, QUIET_INPUT)
    assert_rows(rows)
    names = [name for name in map(normal, names_of(rows)) if name in QUIET_CALLS]
    assert_equal(names, QUIET_CALLS, "names of the layers")


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


@pytest.mark.question("layer_summary", points=0.75)
def test_summary_mode(student):
    """the model is left in training mode if it was, in evaluation mode if it was"""
    for training in (True, False):
        model = make_quiet(student, training)
        before = student.probe_modes(model)
        summarize(student, model)
        assert_modes(student.probe_modes(model), before)


@pytest.mark.question("layer_summary", points=0.25, after=["test_summary_mode"])
def test_summary_mixed_modes(student):
    """where a single module is in another mode than the model, it stays in it"""
    for training in (True, False):
        model = make_quiet(student, training)
        student.probe_set_mode(model, not training, "norm")
        before = student.probe_modes(model)
        summarize(student, model)
        assert_modes(student.probe_modes(model), before)


@pytest.mark.question("layer_summary", points=0.5)
def test_summary_buffers(student):
    """running statistics and gradients are left as they were"""
    model = make_quiet(student, training=True)
    buffers, gradients = student.probe_buffers(model), student.probe_gradients(model)
    summarize(student, model)
    assert_same_arrays(student.probe_buffers(model), buffers, "the buffer")
    assert_same_arrays(student.probe_gradients(model), gradients, "the gradient of")


@pytest.mark.question("layer_summary", points=0.5)
def test_summary_hooks(student):
    """its hooks are removed again, and the model's own stay"""
    model = make_quiet(student, training=False)
    before = student.probe_hooks(model)
    summarize(student, model)
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


def make_loader(who, images, labels, batch, plain=False):
    """A DataLoader, or one that has no data set and does not know how many images there are."""
    return (who.probe_batches if plain else who.probe_loader)(images, labels, batch)


def state_of(who, model):
    return {**who.probe_parameters(model), **who.probe_buffers(model)}


def train(who, source, task, epochs=1, training=True, name="SGD", batch=BATCH, plain=False, **settings):
    """The losses of some epochs; parameters and buffers after them."""
    model, optimizer = start(who, source, name, **settings)
    who.probe_set_mode(model, training)
    loader = make_loader(who, *task, batch, plain)
    losses = [who.train_epoch(model, loader, optimizer, *(["cpu"] * plain)) for _ in range(epochs)]
    return losses, state_of(who, model)


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


def assert_float(value, name):
    """A plain number: a tensor can hold the graph of a whole epoch."""
    if not isinstance(value, (int, float, np.floating)) or isinstance(value, bool):
        kind = "a tensor or an array" if isinstance(untensor(value), np.ndarray) else show(value)
        raise CheckFailed(f"{name}: {kind}", f"{name}: a float (loss.item() makes one of a tensor)")


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


# --- evaluate -----------------------------------------------------------------------------------------------------

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


def assert_share(returned, desired):
    """A share, as a float or a tensor of no axes; the mean of a float32 tensor is good enough."""
    share = untensor(returned)
    if isinstance(share, (float, np.floating)) or (isinstance(share, np.ndarray) and share.dtype.kind == "f"):
        share = np.asarray(share, np.float32)
    try:
        assert_close(share, np.asarray(desired, np.float32), "accuracy")
    except CheckFailed as failure:
        failure.actual = returned  # the very value: by that a mistake is recognized
        raise


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
    survey = trained.convnet_survey()
    if not survey["batchnorms"]:
        raise WeightsError("ConvNet runs its images through no nn.BatchNorm2d: put one after a convolution.")


@pytest.mark.question("convnet", points=2)
def test_convnet_weights(trained):
    """convnet.safetensors holds the tensors of the notebook's ConvNet"""
    trained.convnet()


@steps("convnet", CONVNET_STEPS, after="test_convnet_weights")
def test_convnet_accuracy(trained, note, percent):
    """ConvNet gets at least {percent} % of the held-out images right"""
    reach(trained.accuracy("convnet"), percent, CONVNET_STEPS, note)
