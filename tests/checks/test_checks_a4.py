"""The visible checks of a4_lenet: right code passes, a stub is not attempted, mistakes are caught and said."""

import importlib

import nbformat
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import cnnlab
from autograder.authoring.build import solution_notebook
from autograder.course.course import Assignment
from cnnlab.checking.outcomes import NOT_ATTEMPTED, NOT_CHECKED
from cnnlab.datasets import Split
from cnnlab.datasets.storage import save_split
from cnnlab.networks.weights import load_weights, save_weights, trained_on
from cnnlab.signatures import COURSE

loader = importlib.import_module("cnnlab.datasets.cifar10")
ASSIGNMENT = Assignment("a4_lenet", "", 10, 60)
CODE = ["lenet", "layer_summary", "train_epoch", "evaluate", "standardize", "overfit"]
WEIGHTS = ["cifar10_accuracy", "convnet"]


def graded_code(notebook) -> str:
    cells = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "code")


@pytest.fixture(scope="module")
def solution() -> str:
    return graded_code(solution_notebook(ASSIGNMENT))


@pytest.fixture(scope="module")
def untouched() -> str:
    return graded_code(nbformat.read(ASSIGNMENT.notebook, 4))


def namespace(code: str) -> dict:
    names = {"np": np, "torch": torch, "nn": nn, "F": nn.functional}
    exec(compile(code, "notebook", "exec"), names)
    return names


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to work in, with validation images for which the right answer is always class 3."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path))
    monkeypatch.setattr(loader, "SIZES", loader.SIZES | {"val": 500})  # a tenth of them, all alike, says the same
    save_split(tmp_path / "cifar-10-val.npz", Split(np.zeros((500, 3, 32, 32), np.uint8), np.full(500, 3)))
    return tmp_path


def always(model: nn.Module, label: int) -> nn.Module:
    """A network that gives one class whatever it sees."""
    with torch.no_grad():
        for parameter in list(model.parameters())[-2:]:
            parameter.zero_()
        parameter[label] = 1
    return model


@pytest.mark.parametrize("question", CODE)
def test_the_solution_passes(solution, question):
    result = cnnlab.check(question, namespace(solution))
    assert result.passed, repr(result)


@pytest.mark.parametrize("question", [*CODE, *WEIGHTS])
def test_a_stub_is_not_attempted(untouched, folder, question):
    result = cnnlab.check(question, namespace(untouched))
    assert {report.outcome for report in result.reports} <= {NOT_ATTEMPTED, NOT_CHECKED}
    assert not result.passed


def test_every_question_is_tried():
    assert sorted([*CODE, *WEIGHTS]) == sorted(COURSE["a4_lenet"])


MISTAKES = [
    ("standardize", [("(images - mean)", "(images - images.mean(axis=(0, 2, 3), keepdims=True))")], "other["),
    (
        "standardize",
        [("return tuple((images - mean) / std for images in (train, *others))", "return train")],
        "a tuple",
    ),
    (
        "standardize",
        [("    std = train", "    train -= mean\n    std = train"), ("(images - mean)", "images")],
        "other[",
    ),
    (
        "lenet",
        [("kernel_size=5, padding=2)\n        self.conv2", "kernel_size=5)\n        self.conv2")],
        "RuntimeError",
    ),
    ("lenet", [("nn.Linear(500, num_classes)", "nn.Linear(500, num_classes, bias=False)")], "= 1256070"),
    ("lenet", [("return self.fc2(x)", "return self.fc2(x).softmax(1)")], "logits[0, "),
    (
        "lenet",
        [("return self.fc2(x)", "x = self.fc2(x)\n        return x if self.training else x.softmax(1)")],
        "logits[0, ",
    ),
    (
        "lenet",
        [
            (
                "self.fc2 = nn.Linear(500, num_classes)",
                "self.fc2 = nn.Linear(500, num_classes)\n        nn.init.zeros_(self.conv2.weight)",
            )
        ],
        "conv2.weight with the same weights for every output",
    ),
    ("lenet", [("x = self.relu(self.fc1(self.flatten(x)))", "x = self.fc1(x.view(-1))")], "raised RuntimeError"),
    ("lenet", [("self.pool(self.relu(self.conv2(x)))", "self.pool(self.conv2(x.detach()))")], "no gradient for conv1"),
    ("lenet", [("self.pool(self.relu(self.conv1(x)))", "self.pool(1 + self.relu(self.conv1(x)))")], "logits[:, 0]"),
    ("layer_summary", [("output.shape[1:]", "output.shape")], "rows[0] = ('body.0', (1, 2, 3, 2), 20)"),
    ("layer_summary", [("            handle.remove()", "            pass")], "number of hooks left on the modules = 4"),
    ("layer_summary", [("        model.eval()\n", "")], "changed by the call"),
    (
        "layer_summary",
        [("            module.training = mode", "            pass")],
        "training mode of ",
    ),
    ("layer_summary", [("    return rows", "    return len(rows)")], "a list of (name, output_shape, parameters)"),
    ("train_epoch", [("loss.item() * len(labels)", "loss.item()")], "loss = "),
    ("train_epoch", [("        optimizer.zero_grad()\n", "")], "the trained bias["),
    ("train_epoch", [("loss.item()", "loss")], "a Tensor"),
    ("train_epoch", [("    model.train()\n", "")], "a forward pass in evaluation mode"),
    ("evaluate", [("return right / count", "return right / len(loader)")], "accuracy = 1.5"),
    ("evaluate", [("    model.eval()\n", "")], "a forward pass in training mode"),
    ("evaluate", [("    model.train(training)\n", "")], "training mode of the model afterwards = False"),
    ("evaluate", [("torch.no_grad()", "torch.enable_grad()")], "prepares gradients"),
    ("overfit", [("range(200)", "range(1)")], "of the 50 images right"),
    ("overfit", [("return accuracy", "return 100 * accuracy")], "accuracy = 100"),
    ("convnet", [("nn.BatchNorm2d(outputs)", "nn.Identity()")], "no nn.BatchNorm2d that images go through"),
    ("convnet", [("nn.Linear(128, 10)", "nn.Linear(128, 3000), nn.Linear(3000, 10)")], "300,000"),
]


# what stands more than once in the solution is changed within its own question
SCOPES = {"evaluate": "def evaluate", "layer_summary": "def layer_summary", "train_epoch": "def train_epoch"}


@pytest.mark.parametrize("question, changes, says", MISTAKES)
def test_mistakes_are_caught_and_said(solution, folder, question, changes, says):
    start = solution.index(SCOPES.get(question, ""))
    end = solution.find("\n\n\ndef ", start) if question in SCOPES else len(solution)
    part = solution[start:end]
    for old, new in changes:
        assert part.count(old) == 1, old
        part = part.replace(old, new)
    result = cnnlab.check(question, namespace(solution[:start] + part + solution[end:]))
    assert not result.passed
    assert says in repr(result), repr(result)
    assert "the grader's own error" not in repr(result)


def test_no_weights_yet(solution, folder):
    text = repr(cnnlab.check("cifar10_accuracy", namespace(solution)))
    assert "there is no lenet.safetensors in" in text and "run the cell above that trains and saves" in text


def test_good_weights(solution, folder, capsys):
    names = namespace(solution)
    save_weights(always(names["LeNet"](), 3), folder / "lenet.safetensors")
    save_weights(always(names["ConvNet"](), 3), folder / "convnet.safetensors")
    for question in WEIGHTS:
        result = cnnlab.check(question, names)
        assert result.passed, repr(result)
        assert "100.0 % of the validation images right. Full points from" in repr(result)


def test_weights_that_are_not_good_enough(solution, folder):
    names = namespace(solution)
    save_weights(always(names["LeNet"](), 4), folder / "lenet.safetensors")
    text = repr(cnnlab.check("cifar10_accuracy", names))
    assert "0.0 % of the validation images right" in text and "% for full points: " in text


def test_weights_of_another_network(solution, folder):
    names = namespace(solution)
    save_weights(names["LeNet"](1, 28), folder / "lenet.safetensors")
    save_weights(names["LeNet"](1, 28), folder / "convnet.safetensors")
    assert "LeNet's: (20, 3, 5, 5)" in repr(cnnlab.check("cifar10_accuracy", names))
    assert "missing in convnet.safetensors" in repr(cnnlab.check("convnet", names))


def test_weights_that_are_not_finite(solution, folder):
    names = namespace(solution)
    model = names["LeNet"]()
    with torch.no_grad():
        model.fc1.bias[7] = float("nan")
    save_weights(model, folder / "lenet.safetensors")
    assert "fc1.bias in lenet.safetensors with nan or inf" in repr(cnnlab.check("cifar10_accuracy", names))


def test_a_damaged_file(solution, folder):
    (folder / "lenet.safetensors").write_bytes(b"nothing of the kind")
    assert "lenet.safetensors, which can't be read" in repr(cnnlab.check("cifar10_accuracy", namespace(solution)))


def test_weights_of_synthetic_images(solution, folder):
    names = namespace(solution)
    save_weights(names["LeNet"](), folder / "lenet.safetensors", "synthetic")
    assert "a network trained on synthetic images" in repr(cnnlab.check("cifar10_accuracy", names))


def test_no_images_here(solution, folder):
    names = namespace(solution)
    save_weights(names["LeNet"](), folder / "lenet.safetensors")
    (folder / "cifar-10-val.npz").unlink()
    text = repr(cnnlab.check("cifar10_accuracy", names))
    assert "CIFAR-10 is not on this machine" in text and "1 of 2 checks passed" in text


# --- saving and loading -------------------------------------------------------------------------------------------


def test_what_was_saved_is_loaded(tmp_path, capsys):
    path, first, second = tmp_path / "net.safetensors", nn.Linear(3, 2), nn.Linear(3, 2)
    assert save_weights(first, path) and load_weights(second, path)
    assert torch.equal(first.weight, second.weight)
    out = capsys.readouterr().out
    assert f"Saved {path}" in out and "nothing to train" in out


def test_nothing_to_load(tmp_path, capsys):
    assert not load_weights(nn.Linear(3, 2), tmp_path / "net.safetensors")
    assert capsys.readouterr().out == ""


def test_weights_that_do_not_fit_are_not_loaded(tmp_path, capsys):
    path = tmp_path / "net.safetensors"
    save_weights(nn.Linear(3, 2), path)
    assert not load_weights(nn.Linear(4, 2), path)
    assert "is not loaded, it does not fit this network: " in capsys.readouterr().out
    path.write_bytes(b"nothing of the kind")
    assert not load_weights(nn.Linear(4, 2), path)


def test_synthetic_weights_never_replace_real_ones(tmp_path, capsys):
    path, real = tmp_path / "net.safetensors", nn.Linear(3, 2)
    save_weights(real, path)
    assert not save_weights(nn.Linear(3, 2), path, "synthetic")
    assert "stays as it is" in capsys.readouterr().out
    assert trained_on(path) == "cifar10"
    assert not load_weights(nn.Linear(3, 2), path, "synthetic")
    assert "was trained on cifar10" in capsys.readouterr().out


def test_real_weights_replace_synthetic_ones(tmp_path):
    path = tmp_path / "net.safetensors"
    save_weights(nn.Linear(3, 2), path, "synthetic")
    assert save_weights(nn.Linear(3, 2), path)
    assert trained_on(path) == "cifar10"


def test_weights_saved_by_hand_count_as_real(tmp_path):
    save_file(nn.Linear(3, 2).state_dict(), tmp_path / "net.safetensors")
    assert trained_on(tmp_path / "net.safetensors") == "cifar10"
