"""Trained networks through the real sandbox: probes, PyTorch files, accuracies, and what a table of labels gains."""

import io
import os
import pickle
import signal
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from autograder import sandbox
from autograder.course.course import CourseError, load_course
from autograder.course.reference import Reference, load_functions
from autograder.grading import heldout
from autograder.grading.diagnosis import Asked, Diagnosis
from autograder.grading.heldout import Accuracy, HeldOut, load_images, transform
from autograder.grading.plugin import HiddenTests
from autograder.grading.sandboxed_student import SandboxedStudent
from autograder.grading.trained import TrainedNetworks
from autograder.mistakes import Mistake
from autograder.reading.notebook import Cell
from autograder.reading.program import slice_program
from autograder.reading.weights import LENET, WeightsError
from cnnlab.checking.outcomes import PASSED, CheckFailed, GraderError, NotAttempted, NotChecked, Stopped, StudentError
from cnnlab.checking.student import LocalStudent
from cnnlab.checking.testing import run_tests
from cnnlab.datasets import SYNTHETIC_MEAN, SYNTHETIC_STD, synthetic_cifar10
from cnnlab.networks.network import MAX_PARAMETERS, survey
from cnnlab.networks.thresholds import LENET_STEPS
from cnnlab.signatures import graded_names

torch.set_num_threads(1)
SOURCE = '''
import torch, time
from torch import nn
from torch.nn import functional as F

class LeNet(nn.Module):
    def __init__(self, in_channels=3, image_size=32, num_classes=10):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.head = nn.Linear(4, num_classes)

    def forward(self, x):
        return self.head(self.norm(self.conv(x)).mean((2, 3)))

def train_epoch(model, loader, optimizer, device="cpu"):
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    return loss.item()

def evaluate(model, loader, device="cpu"):
    time.sleep(100)

class Table(nn.Module):
    """Principal directions of tiny pictures, their distances to all keys, the nearest key of each class."""

    def __init__(self, keys=4000, dims=24):
        super().__init__()
        self.norm = nn.BatchNorm2d(3)
        self.project, self.keys = nn.Linear(192, dims), nn.Linear(dims, keys)

    def forward(self, x):
        small = F.adaptive_avg_pool2d(self.norm(x), 8).flatten(1)
        return self.keys(self.project(small)).view(len(x), 10, -1).amax(2)

ConvNet = Table
'''
RECORDER = """
class Recorder(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(size, 2), nn.Dropout(0.5))
        self.seen = []
        self.register_forward_hook(lambda *_: None)

    def forward(self, x):
        self.seen.append([len(x), self.training, torch.is_grad_enabled()])
        return self.inner(x)
"""


@pytest.fixture
def sandboxed(box):
    program = slice_program([Cell(1, "code", SOURCE)], graded_names("a4_lenet"))
    student = SandboxedStudent(box, program, sandbox.Limits(call_seconds=5), 60)
    yield student
    student.close()


def use_all_probes(student):
    """What every probe says, as plain data."""
    rng = np.random.default_rng(0)
    model = student.LeNet(1, 8, 3)
    shapes = [array.shape for array in student.probe_parameters(model).values()]
    student.probe_load(model, [rng.standard_normal(shape) for shape in reversed(shapes)])
    x, y = rng.standard_normal((7, 1, 8, 8)), rng.integers(0, 3, 7)
    said = [student.probe_gradients(model), student.probe_modes(model), student.probe_hooks(model)]
    said.append(student.probe_backward(model, x, y))
    said += [student.probe_gradients(model), student.probe_buffers(model)]
    student.probe_set_mode(model, False, "norm")
    said += [student.probe_modes(model), student.probe_forward(model, x)]
    optimizer = student.probe_optimizer(model, lr=0.1, momentum=0.9)
    said.append(student.train_epoch(model, student.probe_loader(x, y, 3), optimizer))
    said.append(student.probe_parameters(model))
    recorder = student.probe_make(RECORDER, 4)
    said.append(student.probe_forward(recorder, rng.standard_normal((5, 4))).shape)
    said += [student.probe_attribute(recorder, "seen"), student.probe_hooks(recorder)]
    said.append(student.probe_attribute(recorder, "inner.0.out_features"))
    return said


def test_probes_say_the_same_everywhere(sandboxed):
    source = load_functions(SOURCE, "<test>")
    local = use_all_probes(LocalStudent(source))
    torch.testing.assert_close(use_all_probes(sandboxed), local, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(use_all_probes(Reference(source)), local, rtol=1e-5, atol=1e-6)
    assert local[-3:] == [[[5, True, False]], 1, 2]


def test_calls_are_described_as_a_student_knows_them(sandboxed):
    model = sandboxed.LeNet(1, 8, num_classes=3)
    sandboxed.probe_forward(model, np.zeros((2, 1, 8, 8)))
    sandboxed.probe_parameters(model)
    described = [call.describe() for call in sandboxed.calls]
    assert described == ["LeNet with in_channels 1, image_size 8, num_classes 3", "the model with x (2, 1, 8, 8)", ""]


def test_what_goes_wrong_in_a_model_is_the_students(sandboxed):
    model = sandboxed.LeNet(1, 8, 3)
    with pytest.raises(StudentError) as caught:
        sandboxed.probe_forward(model, np.zeros((2, 5, 8, 8)))
    assert "in forward: return self.head" in caught.value.trace[-1]
    with pytest.raises(StudentError, match=r"parameter conv.weight has the shape \(4, 1, 3, 3\): there is none"):
        sandboxed.probe_load(model, [np.zeros(4)])
    with pytest.raises(NotAttempted, match="overfit is not defined"):
        sandboxed.overfit(model, np.zeros(1), np.zeros(1))
    sandboxed._limits = sandbox.Limits(call_seconds=0.2)
    with pytest.raises(Stopped, match="evaluate took longer than 0.2 s"):
        sandboxed.evaluate(model, sandboxed.probe_loader(np.zeros((1, 1)), np.zeros(1), 1))


def test_a_hint_replays_what_was_done_to_the_model():
    twice = SOURCE.replace("return self.head(", "return 2 * self.head(")
    no_zero = SOURCE.replace("        optimizer.zero_grad()\n", "")
    assert twice != SOURCE != no_zero
    bank = [
        Mistake("twice", "lenet", "doubled logits", twice, (), redefines=("LeNet",)),
        Mistake("no_zero", "train_epoch", "gradients that add up", no_zero, (), redefines=("train_epoch",)),
    ]
    rng = np.random.default_rng(0)
    for mistake in bank:
        student = LocalStudent(load_functions(mistake.source, "<test>"))
        model = student.LeNet(1, 8, num_classes=3)
        student.probe_load(model, [rng.standard_normal(a.shape) for a in student.probe_parameters(model).values()])
        loader = student.probe_loader(rng.standard_normal((7, 1, 8, 8)), rng.integers(0, 3, 7), 3)
        student.train_epoch(model, loader, student.probe_optimizer(model, lr=0.1))
        wrong = student.probe_parameters(model)["head.weight"]
        failure = CheckFailed("this", "that", actual=wrong, desired=wrong + 1)
        asked = Asked("test_it", list(student.calls), failure)
        assert Diagnosis(bank, SOURCE).explain([asked], {"test_it"}, student) == {"test_it": mistake}


# --- weights and accuracies -----------------------------------------------------------------------------------------


def small(images):
    """A little of both parts, so that a test is quick."""
    return HeldOut(
        *(type(part)(part.images[:300], part.labels[:300]) for part in (images.held_out, images.training)),
        images.mean,
        images.std,
    )


@pytest.fixture
def trained(box, sandboxed, tmp_path):
    networks = TrainedNetworks(box, tmp_path, sandboxed, small(load_images("synthetic", "a seed")))
    yield networks
    networks.close()


def test_a_sandbox_that_breaks_down_is_asked_again_and_never_held_against_weights(trained, monkeypatch):
    torch.save(lenet_state(), trained._folder / "lenet.pt")

    def refuse(*args):
        raise sandbox.SandboxUnavailable("no memory left")

    with monkeypatch.context() as patch:
        patch.setattr(trained._box, "start", refuse)
        for _ in range(2):
            with pytest.raises(GraderError, match="the network could not be run: .*no memory left"):
                trained.accuracy("lenet")
    assert 0 <= trained.accuracy("lenet").held_out <= 1
    os.kill(trained._worker._clock.pid, signal.SIGKILL)  # as the kernel does when memory runs out
    del trained._answers["accuracy", "lenet"]
    assert 0 <= trained.accuracy("lenet").held_out <= 1


def lenet_state():
    torch.manual_seed(0)
    return {name: 0.05 * torch.randn(shape) for name, shape in LENET.items()}


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"epoch": 3, "model_state_dict": s, "optimizer": {"lr": 0.1}}])
def test_pytorch_files(trained, tmp_path, wrap):
    torch.save(
        wrap({f"layer.{name}": value.bfloat16() for name, value in lenet_state().items()}), tmp_path / "lenet.pt"
    )
    weights = trained.lenet().weights
    np.testing.assert_array_equal(weights["fc2.bias"], lenet_state()["fc2.bias"].bfloat16().float().numpy())


def lost(trained, student):
    """The hidden tests of LeNet's weights and accuracy that a hand-in loses."""
    tests = HiddenTests(student, "a seed", None, None, ["cifar10_accuracy"], trained=trained)
    reports = run_tests(load_course().assignment("a4_lenet").hidden_tests, tests)
    assert len(reports) == 1 + len(LENET_STEPS)
    return {report.test for report in reports if report.outcome != PASSED}


WEIGHTS, STEPS = "test_lenet_weights", [f"test_lenet_accuracy[{percent}]" for percent, _ in LENET_STEPS]


@pytest.mark.parametrize(
    "state, loses",
    [
        (None, {WEIGHTS, *STEPS}),
        ({"w": torch.zeros(3, 3)}, {WEIGHTS, *STEPS}),
        ({f"t{i}": torch.zeros(shape) for i, shape in enumerate([*LENET.values()][:7])}, {WEIGHTS, *STEPS}),
        ({f"t{i}": torch.zeros(shape) for i, shape in enumerate(LENET.values())}, set(STEPS)),
    ],
    ids=["no file", "other tensors", "seven of the eight", "never trained"],
)
def test_weights_that_earn_nothing(trained, sandboxed, tmp_path, state, loses):
    if state is not None:
        torch.save(state, tmp_path / "lenet.pt")
    assert lost(trained, sandboxed) == loses


@pytest.mark.parametrize("earned", range(len(LENET_STEPS) + 1))
def test_each_step_of_the_accuracy_is_reached_by_itself(trained, sandboxed, tmp_path, monkeypatch, earned):
    """Just below the next step: the steps so far, and none more."""
    torch.save(lenet_state(), tmp_path / "lenet.pt")
    percents = [percent for percent, _ in LENET_STEPS] + [100]
    share = (percents[earned] - 0.1) / 100
    monkeypatch.setattr(trained, "_measure", lambda network: Accuracy(share, share))
    assert lost(trained, sandboxed) == set(STEPS[earned:])


def hostile_pickle():
    class Evil:
        def __reduce__(self):
            return (Path.touch, (Path("/tmp/was_run"),))

    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Evil.__reduce__(Evil())))
        archive.writestr("archive/version", "3")
    return data.getvalue()


def bomb():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(100_000_000))
    return data.getvalue()


def saved(value):
    data = io.BytesIO()
    torch.save(value, data)
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (saved(nn.Sequential(nn.Linear(2, 2))), "save model.state_dict(), not the model itself"),
        (saved([1, 2]), "it holds no state dict"),
        (saved({"w": torch.zeros(1).expand(1 << 33)}), "its tensors are far larger than the network's"),
        (saved(lenet_state())[:-1000], "can't be read as weights"),
        (saved({"w": torch.zeros(3, 3)}), "holds no tensor of shape (20, 3, 5, 5)"),
        (hostile_pickle(), "can't be read as weights"),
        (bomb(), "it unpacks to far more than the network takes"),
    ],
)
def test_hostile_pytorch_files(trained, tmp_path, data, sentence):
    (tmp_path / "lenet.pt").write_bytes(data)
    with pytest.raises(WeightsError) as caught:
        trained.lenet()
    assert sentence in str(caught.value) and "lenet.pt" in str(caught.value)
    assert not Path("/tmp/was_run").exists()


def test_lenet_runs_as_pytorch_runs_it(trained, tmp_path):
    state = lenet_state()
    torch.save(state, tmp_path / "lenet.pt")
    images = trained._images.held_out.images
    x = torch.from_numpy((images / np.float32(255) - SYNTHETIC_MEAN[:, None, None]) / SYNTHETIC_STD[:, None, None])
    for number in (1, 2):
        x = F.conv2d(x, state[f"conv{number}.weight"], state[f"conv{number}.bias"], padding=2)
        x = F.max_pool2d(F.relu(x), 2)
    x = F.linear(
        F.relu(F.linear(x.flatten(1), state["fc1.weight"], state["fc1.bias"])), state["fc2.weight"], state["fc2.bias"]
    )
    right = (x.argmax(1).numpy() == trained._images.held_out.labels).mean()
    assert trained.accuracy("lenet").held_out == pytest.approx(right, abs=0.005)


def test_a_failure_is_found_once(trained):
    for _ in range(2):
        with pytest.raises(WeightsError, match="lenet.safetensors was not handed in"):
            trained.accuracy("lenet")
    assert trained._worker is None


def table_of_the_test_set():
    """Weights of `Table` that look up the nearest of all public test images."""
    split = synthetic_cifar10(split="test")
    images = np.concatenate([split.images, split.images[..., ::-1]]).astype(np.float32) / 255
    images = images[np.argsort(np.tile(split.labels, 2), kind="stable")]
    scaled = (images - SYNTHETIC_MEAN[:, None, None]) / SYNTHETIC_STD[:, None, None]
    tiny = scaled.reshape(-1, 3, 8, 4, 8, 4).mean((3, 5)).reshape(len(images), 192)
    mean = tiny.mean(0)
    _, sizes, directions = np.linalg.svd(tiny - mean, full_matrices=False)
    project = directions[:24] / np.sqrt(sizes[:24, None])
    keys = (tiny - mean) @ project.T
    state = {"project.weight": project, "project.bias": -project @ mean}
    state |= {"keys.weight": 2 * keys, "keys.bias": -(keys**2).sum(1)}
    state |= {"norm.weight": np.ones(3), "norm.bias": np.zeros(3)}
    state |= {"norm.running_mean": np.zeros(3), "norm.running_var": np.ones(3)}
    return {name: torch.from_numpy(np.float32(value)) for name, value in state.items()}


def test_a_table_of_public_labels_gains_nothing(trained, tmp_path):
    torch.save(table_of_the_test_set(), tmp_path / "convnet.pt")
    assert trained.convnet_survey()["parameters"] < MAX_PARAMETERS
    accuracy = trained.accuracy("convnet")
    assert trained.accuracies == {"convnet": accuracy.counted}
    assert accuracy.held_out > 0.9  # it knows the labels of the images that it is asked, whatever was done to them
    assert accuracy.training < 0.4
    assert accuracy.counted < 0.4
    assert "training images" in str(accuracy)


def test_what_is_said_of_an_accuracy():
    assert str(Accuracy(0.7634, 0.81)) == "accuracy 76.3 % on 2,000 held-out images"
    assert Accuracy(0.7634, 0.74).counted == 0.7634  # honest networks may be unlucky
    assert "only 28.5 % on 1,000 training images: 31.5 % counts" in str(Accuracy(0.98, 0.285))


def test_forged_description(trained, sandboxed, tmp_path, monkeypatch):
    """A student may answer anything in the place of the probe: what is not a network within the limits is refused."""
    for answer, sentence in [
        ({"tensors": {}, "steps": [], "output": {"step": 0}}, "maps (N, 3, 32, 32) to (N, 3, 32, 32)"),
        ({"tensors": {"t": [2_000_000]}, "steps": [], "output": {"tensor": "t"}}, "2,000,000 parameters"),
        ({"tensors": {}, "steps": [{"op": "load", "args": [], "kwargs": {}}], "output": {"step": 1}}, "'load'"),
        ("no description", "too large to be described"),
    ]:
        monkeypatch.setattr(sandboxed, "_invoke", lambda signature, args, kwargs, answer=answer: answer)
        trained._answers.clear()
        with pytest.raises(WeightsError) as caught:
            trained.convnet_survey()
        assert sentence in str(caught.value)


# --- images ---------------------------------------------------------------------------------------------------------


def test_images_depend_on_the_seed_alone():
    first, again, other = (load_images.__wrapped__("colors", seed) for seed in ("a", "a", "b"))
    np.testing.assert_array_equal(first.held_out.images, again.held_out.images)
    assert not np.array_equal(first.held_out.images, other.held_out.images)
    assert (len(first.held_out.labels), len(first.training.labels)) == (200, 100)


def test_a_class_is_graded_on_ten_times_as_many_as_a_proof(monkeypatch):
    _, mean, std = heldout.SOURCES["colors"]
    monkeypatch.setitem(heldout.SOURCES, "synthetic", (lambda split: heldout.colors(split), mean, std))
    images = load_images.__wrapped__("synthetic", "a")
    assert (len(images.held_out.labels), len(images.training.labels)) == (2000, 1000)


def test_transform_keeps_what_is_to_be_seen():
    images = synthetic_cifar10(split="val").images[:200]
    before = images.copy()
    changed = transform(images, np.random.default_rng(0))
    np.testing.assert_array_equal(images, before)
    assert changed.dtype == np.uint8 and changed.shape == images.shape
    assert not (changed == images).all((1, 2, 3)).any()
    flat = images.reshape(200, -1).astype(float)
    near = [
        max(np.corrcoef(flat[i], view.reshape(-1))[0, 1] for view in (picture, picture[:, :, ::-1]))
        for i, picture in enumerate(changed)
    ]
    assert np.median(near) > 0.8
    plain = np.full((50, 3, 32, 32), 100, np.uint8)
    levels = transform(plain, np.random.default_rng(1))
    assert levels.min() >= 90 and levels.max() <= 110 and (levels == levels[:, :1, :1, :1]).all()


def test_missing_images(tmp_path, monkeypatch):
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path))
    with pytest.raises(CourseError, match="CIFAR-10 is not in .*run `make data`"):
        heldout.require_images("cifar10")
    with pytest.raises(CourseError, match="images = 'mnist': there are 'cifar10', 'synthetic'"):
        heldout.require_images("mnist")


def test_survey_says_what_a_worker_would_say():
    from cnnlab.networks.tracing import describe

    source = load_functions(SOURCE, "<test>")
    assert survey(describe(source["ConvNet"]()))["batchnorms"] == 1


def test_running_a_network_takes_from_the_submissions_time(box, sandboxed, tmp_path):
    """What it takes is charged; with nothing left the test is not checked, and no network runs."""
    budget = sandbox.TimeBudget(60)
    torch.save(lenet_state(), tmp_path / "lenet.pt")
    networks = TrainedNetworks(box, tmp_path, sandboxed, small(load_images("synthetic", "a seed")), budget)
    networks.accuracy("lenet")
    assert 0 < budget.spent < 60
    budget.spent = 60
    torch.save(lenet_state(), tmp_path / "convnet.pt")
    with pytest.raises(NotChecked, match="the time for this submission was used up"):
        networks._ask("survey", {})
    networks.close()
