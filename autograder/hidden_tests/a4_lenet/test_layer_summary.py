"""The table of a network's layers."""

import numpy as np
import pytest

from autograder.hidden_tests.a4_lenet.cases import assert_modes, assert_same_arrays
from cnnlab.checking.compare import assert_equal, normal, show
from cnnlab.checking.outcomes import CheckFailed

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
QUIET_IMAGES = np.linspace(-1, 1, 3 * 2 * 6 * 6, dtype=np.float32).reshape(3, *QUIET_INPUT) ** 3
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
    student.probe_backward(model, QUIET_IMAGES, np.array([0, 3, 1]))
    student.probe_set_mode(model, training)
    return model


def summarize(student, model):
    """Calls layer_summary; who has not looked at the calls has not left anything as it was."""
    rows = student.layer_summary(model, QUIET_INPUT)
    assert_rows(rows)
    names = [name for name in map(normal, names_of(rows)) if name in QUIET_CALLS]
    assert_equal(names, QUIET_CALLS, "names of the layers")


@pytest.mark.question("layer_summary", points=0.75)
def test_summary_mode(student):
    """the model is left in training mode if it was, in evaluation mode if it was"""
    for training in (True, False):
        model = make_quiet(student, training)
        before = student.probe_modes(model)
        summarize(student, model)
        assert_modes(student.probe_modes(model), before)
        student.probe_forward(model, QUIET_IMAGES)  # dropout wants True or False, no number that is as good


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
