"""Submissions of a4 that answer without doing the work: each gets only what it has really done."""

import math

import numpy as np
import pytest
import torch

from autograder import sandbox
from autograder.course.course import load_course
from autograder.course.reference import Reference, load_functions, solution_source
from autograder.grading.plugin import HiddenTests
from autograder.grading.sandboxed_student import SandboxedStudent
from autograder.grading.trained import TrainedNetworks
from autograder.reading.notebook import Cell
from autograder.reading.program import slice_program
from cnnlab.checking.testing import run_tests
from cnnlab.networks.network import MAX_WRITTEN, survey
from cnnlab.networks.operations import NetworkError
from cnnlab.networks.tracing import describe
from cnnlab.signatures import graded_names
from cnnlab.variations import VARIATIONS

torch.set_num_threads(1)
COURSE = load_course()
A4 = COURSE.assignment("a4_lenet")
SOLUTION = solution_source(A4.source)
CODE = ["standardize", "lenet", "layer_summary", "train_epoch", "evaluate", "overfit"]


@pytest.fixture(scope="module")
def reference():
    return Reference(load_functions(SOLUTION, "solution"))


@pytest.fixture
def earn(box, reference, tmp_path):
    """The tests that a submission passes in some questions, and what it gets for them."""

    def earn(source: str, *questions: str) -> tuple[set[str], float]:
        program = slice_program([Cell(1, "code", source)], graded_names("a4_lenet"))
        student = SandboxedStudent(box, program, sandbox.Limits(call_seconds=30, load_seconds=60), 300)
        trained = TrainedNetworks(box, tmp_path, student, None)
        tests = HiddenTests(student, COURSE.seed, reference, None, questions=[*questions], trained=trained)
        try:
            reports = run_tests(A4.hidden_tests, tests)
        finally:
            student.close()
            trained.close()
        assert reports and not any(report.is_open for report in reports)
        passed = {report.test: report.points for report in reports if report.outcome == "passed"}
        return set(passed), sum(passed.values())

    return earn


IMPORTS = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\nimport numpy as np\n"
DO_NOTHING = (
    IMPORTS
    + """
class LeNet(nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, x):
        return torch.zeros(len(x), 10)

def standardize(train, *others):
    return (train, *others)

def layer_summary(model, input_shape):
    return []

def train_epoch(model, loader, optimizer, device="cpu"):
    return 1.0

def evaluate(model, loader, device="cpu"):
    return 0.7

def overfit(model, images, labels):
    return 1.0
"""
)
LYING_PROBES = """
for _name in ("parameters", "buffers", "gradients", "modes", "hooks", "attribute", "forward", "load", "describe"):
    globals()["probe_" + _name] = lambda *args, **kwargs: {value}
"""


def test_doing_nothing_earns_nothing(earn):
    assert earn(DO_NOTHING, *CODE) == (set(), 0)


@pytest.mark.parametrize("value", ["5", "{}", "None", "np.ones((3, 10))"])
def test_lying_probes_earn_nothing(earn, value):
    assert earn(DO_NOTHING + LYING_PROBES.format(value=value), *CODE) == (set(), 0)


def test_a_module_that_lies_about_itself_earns_nothing(earn):
    """Parameters, modes and hooks are read where PyTorch keeps them, whatever the methods say."""
    first, second = VARIATIONS["lenet_channels"]
    source = (
        DO_NOTHING
        + f"""
class Lies(type(nn.Module)):
    def __instancecheck__(cls, other):
        return True

class LeNet(nn.Module, metaclass=Lies):
    def __init__(self, in_channels=3, image_size=32, num_classes=10):
        super().__init__()
        self.sizes = (in_channels, image_size // 2 // 2, num_classes)

    def named_parameters(self, *args, **kwargs):
        channels, side, classes = self.sizes
        for i, shape in enumerate([({first}, channels, 5, 5), ({first},), ({second}, {first}, 5, 5), ({second},),
                      (500, {second} * side * side), (500,), (classes, 500), (classes,)]):
            yield str(i), nn.Parameter(torch.randn(shape))

    def parameters(self, *args, **kwargs):
        return (p for _, p in self.named_parameters())

    def state_dict(self, *args, **kwargs):
        return dict(self.named_parameters())

    def forward(self, x):
        return x.flatten(1)[:, : self.sizes[2]] * torch.rand(())
"""
    )
    assert earn(source, "lenet") == (set(), 0)


PATCHES = """
nn.Module.named_parameters = lambda self, *args, **kwargs: iter(())
nn.Module.train = lambda self, mode=True: self
nn.Module.eval = lambda self: self
nn.Module.state_dict = lambda self, *args, **kwargs: {}
torch.Tensor.backward = lambda self, *args, **kwargs: None
torch.utils.data.DataLoader.__iter__ = lambda self: iter(())
torch.optim.SGD.step = torch.optim.Adam.step = lambda self, *args: None
F.cross_entropy = lambda *args, **kwargs: torch.zeros(())
torch.allclose = torch.equal = lambda *args, **kwargs: True
np.allclose = np.array_equal = np.isclose = lambda *args, **kwargs: True
"""


def test_a_patched_pytorch_earns_nothing(earn):
    assert earn(DO_NOTHING + PATCHES, *CODE) == (set(), 0)


CHEAP_ANSWERS = {
    "a loss without training": (
        "train_epoch",
        """
def train_epoch(model, loader, optimizer, device="cpu"):
    model.train()
    total = count = 0
    with torch.no_grad():
        for x, y in loader:
            total, count = total + F.cross_entropy(model(x), y, reduction="sum").item(), count + len(y)
    return total / count
""",
        {"test_train_loss", "test_train_float"},
    ),
    "training without a loss": (
        "train_epoch",
        """
def train_epoch(model, loader, optimizer, device="cpu"):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    return 0.0
""",
        {"test_train_weights", "test_train_mode", "test_train_again", "test_train_float"},
    ),
    "a constant for an accuracy": (
        "evaluate",
        "\ndef evaluate(model, loader, device='cpu'):\n    return 15 / 17\n",
        set(),
    ),
    "the first accuracy remembered": (
        "evaluate",
        """
seen = []
_right = evaluate
def evaluate(model, loader, device="cpu"):
    seen.append(seen[0] if seen else _right(model, loader, device))
    return seen[-1]
""",
        set(),
    ),
    "mode put back by doing nothing": (
        "evaluate",
        """
_right = evaluate
def evaluate(model, loader, device="cpu"):
    return _right(model, loader, device) if model.training else 1.0
""",
        set(),
    ),
    "gradients' log wiped out": (
        "evaluate",
        """
def evaluate(model, loader, device="cpu"):
    mode = model.training
    model.eval()
    right = [(model(x).argmax(1) == y).float() for x, y in loader]
    model.train(mode)
    accuracy = torch.cat(right).mean().item()
    getattr(model, "gradients", []).clear()
    return accuracy
""",
        {
            "test_evaluate_accuracy",
            "test_evaluate_in_evaluation_mode",
            "test_evaluate_restores_mode",
            "test_evaluate_buffers",
        },
    ),
    "a model that answers from the labels": (
        "overfit",
        """
def overfit(model, images, labels):
    model.forward = lambda x: F.one_hot(labels, 10).float()
    type(model).forward = lambda self, x: F.one_hot(labels, 10).float()
    type(model).__call__ = lambda self, x: F.one_hot(labels, 10).float()
    return 1.0
""",
        set(),
    ),
    "another model's weights": (
        "overfit",
        """
def overfit(model, images, labels):
    model.__class__ = type("Net", (nn.Module,), {"forward": lambda self, x: F.one_hot(labels, 10).float()})
    model._modules.clear()
    model.weight = nn.Parameter(torch.ones(3))
    model.steps = 0
    return 1.0
""",
        set(),
    ),
    "LeNet's table by heart": (
        "layer_summary",
        """
def layer_summary(model, input_shape):
    return [("conv1", (20, 32, 32), 1520), ("relu", (20, 32, 32), 0), ("pool", (20, 16, 16), 0),
            ("conv2", (50, 16, 16), 25050), ("fc1", (500,), 1600500), ("fc2", (10,), 5010)]
""",
        set(),
    ),
    "a list of the modules, without running any": (
        "layer_summary",
        """
def layer_summary(model, input_shape):
    leaves = [(name, m) for name, m in model.named_modules() if not list(m.children())]
    return [(name, (), sum(p.numel() for p in m.parameters())) for name, m in leaves]
""",
        {"test_summary_counts", "test_summary_parameters"},
    ),
    "the same images again": (
        "standardize",
        "\ndef standardize(train, *others):\n    return (train.copy(), *[other.copy() for other in others])\n",
        set(),
    ),
}


@pytest.mark.parametrize("name", CHEAP_ANSWERS)
def test_a_cheap_answer_gets_what_it_has_done(earn, name):
    question, source, passed = CHEAP_ANSWERS[name]
    assert earn(SOLUTION + "\n" + IMPORTS + source, question)[0] == passed


LENETS = {
    "a network, but not LeNet": (
        """
class LeNet(nn.Module):
    def __init__(self, in_channels=3, image_size=32, num_classes=10):
        super().__init__()
        self.fc = nn.Linear(in_channels * image_size**2, num_classes)

    def forward(self, x):
        return self.fc(x.flatten(1))
""",
        {"test_lenet_logits", "test_lenet_start", "test_lenet_defaults"},
    ),
    "LeNet for training, and another network for evaluation": (
        """
_LeNet = LeNet
class LeNet(_LeNet):
    def forward(self, x):
        return super().forward(x) if self.training else 2 * super().forward(x)
""",
        {
            "test_lenet_logits",
            "test_lenet_start",
            "test_lenet_parameters",
            "test_lenet_odd_sizes",
            "test_lenet_gradients",
            "test_lenet_defaults",
        },
    ),
    "layers that are there and not used": (
        """
_LeNet = LeNet
class LeNet(_LeNet):
    def __init__(self, in_channels=3, image_size=32, num_classes=10):
        super().__init__(in_channels, image_size, num_classes)
        self.fc = [nn.Linear(in_channels * image_size**2, num_classes)]

    def forward(self, x):
        return self.conv1.bias.sum() * x.flatten(1)[:, : self.fc2.out_features]
""",
        {"test_lenet_logits", "test_lenet_start", "test_lenet_defaults"},
    ),
}


@pytest.mark.parametrize("name", LENETS)
def test_a_network_that_is_not_lenet(earn, name):
    source, passed = LENETS[name]
    assert earn(SOLUTION + "\n" + IMPORTS + source, "lenet")[0] == passed


@pytest.mark.parametrize("forward", ["torch.zeros(len(x), 10)", "torch.ones(len(x), 10) * x.mean()", "x[:, 0, 0, :9]"])
def test_a_convnet_that_looks_at_nothing(earn, forward):
    source = f"\nclass ConvNet(nn.Module):\n    def forward(self, x):\n        return {forward}\n"
    passed, points = earn(SOLUTION + "\n" + IMPORTS + source, "convnet")
    assert "test_convnet_output" not in passed and points == 0


def test_a_table_in_the_code_counts_as_parameters():
    """Places in brackets are numbers of the student's, too."""

    class Table(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = torch.nn.Linear(3072, 90)

        def forward(self, x):
            places = np.arange(30_000) % 90
            return self.fc(x.flatten(1))[:, places.tolist()].view(len(x), 10, -1).amax(2)

    with pytest.raises(NetworkError, match="has 306,5"):
        survey(describe(Table()))
    assert math.isfinite(MAX_WRITTEN)
