"""What the hidden tests of a4_lenet share: cases, inputs and checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from autograder.course.reference import Reference
from cnnlab.checking.compare import assert_array, assert_close, assert_unchanged, show
from cnnlab.checking.outcomes import CheckFailed
from cnnlab.checking.student import Student
from cnnlab.networks.lenet import lenet_shapes

Somebody = Student | Reference
Arrays = Mapping[str, np.ndarray]  # by name


def loaded(who: Somebody, network: tuple[int, int, int], weights: Any) -> Any:
    """Somebody's LeNet with given weights, in evaluation mode."""
    model = who.LeNet(*network)
    who.probe_load(model, weights)
    who.probe_set_mode(model, False)
    return model


def assert_finite(out: Any, name: str = "logits") -> None:
    if not np.isfinite(assert_array(out, name)).all():
        raise CheckFailed(f"{name} that are nan or inf", "finite numbers everywhere", actual=out)


def assert_looks(out: Any, name: str = "logits") -> None:
    """Finite numbers that depend on the image."""
    assert_finite(out, name)
    if len(out) > 1 and np.ptp(out, axis=0).max() <= 1e-6 * np.abs(out).max():
        raise CheckFailed(f"the same {name} for every image", f"{name} that depend on the image", actual=out)


def assert_parameters(returned: Iterable[Sequence[int]], network: tuple[int, int, int], what: str) -> None:
    """As many numbers as the table says, in weights and biases of the table's shapes."""
    shapes, desired = [tuple(shape) for shape in returned], list(lenet_shapes(*network).values())
    missing, extra = list(desired), list[tuple[int, ...]]()
    for shape in shapes:
        if shape in missing:
            missing.remove(shape)
        else:
            extra.append(shape)
    if missing or extra:
        sizes = [sum(int(np.prod(shape)) for shape in group) for group in (shapes, desired)]
        words = [f"none of shape {', '.join(map(str, missing))}"] * bool(missing)
        words += [f"some of shape {', '.join(map(str, extra))}"] * bool(extra)
        wanted = f"{sizes[1]:,}: weights and biases of shape {', '.join(map(str, desired))}"
        raise CheckFailed(f"{sizes[0]:,} {what}: {', but '.join(words)}", wanted)


def assert_modes(after: Mapping[str, bool], before: Mapping[str, bool]) -> None:
    """Every module in the mode it was in."""
    words = {True: "training", False: "evaluation"}
    for name, mode in before.items():
        if after.get(name) != mode:
            module = f"the module {name!r}" if name else "the model"
            raise CheckFailed(f"{module} in {words[not mode]} mode", f"the mode that it had before: {words[mode]}")


def assert_same_arrays(after: Arrays, before: Arrays, kind: str) -> None:
    for name, array in before.items():
        assert_unchanged(after.get(name), array, f"{kind} {name}")


PLAIN = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3)
        self.fc = nn.Linear(36, 4)

    def forward(self, x):
        return self.fc(F.relu(self.conv(x)).flatten(1))
"""

BATCH, COUNT = 5, 17  # the last batch holds two images


def start(who: Somebody, source: str, name: str = "SGD", **settings: Any) -> tuple[Any, Any]:
    """A model of a test's own, always from the same weights, and its optimizer."""
    rng = np.random.default_rng(4)
    model = who.probe_make(source)
    shapes = [array.shape for array in who.probe_parameters(model).values()]
    who.probe_load(model, [(0.4 * rng.standard_normal(shape)).astype(np.float32) for shape in shapes])
    return model, who.probe_optimizer(model, name, **settings)


def make_loader(who: Somebody, images: np.ndarray, labels: np.ndarray, batch: int, plain: bool = False) -> Any:
    """A DataLoader, or one that has no data set and does not know how many images there are."""
    return (who.probe_batches if plain else who.probe_loader)(images, labels, batch)


def state_of(who: Somebody, model: Any) -> dict[str, np.ndarray]:
    return {**who.probe_parameters(model), **who.probe_buffers(model)}


def train(
    who: Somebody,
    source: str,
    task: tuple[np.ndarray, np.ndarray],
    epochs: int = 1,
    training: bool = True,
    name: str = "SGD",
    batch: int = BATCH,
    plain: bool = False,
    **settings: Any,
) -> tuple[list[Any], dict[str, np.ndarray]]:
    """The losses of some epochs; parameters and buffers after them."""
    model, optimizer = start(who, source, name, **settings)
    who.probe_set_mode(model, training)
    loader = make_loader(who, *task, batch, plain)
    losses = [who.train_epoch(model, loader, optimizer, *(["cpu"] * plain)) for _ in range(epochs)]
    return losses, state_of(who, model)


def untensor(value: Any) -> Any:
    """The array in a tensor, whether it is one of this process or came from a worker; anything else as it is."""
    return np.asarray(value.detach()) if hasattr(value, "detach") else getattr(value, "array", value)


def assert_float(value: Any, name: str) -> None:
    """A plain number: a tensor can hold the graph of a whole epoch."""
    if not isinstance(value, (int, float, np.floating)) or isinstance(value, bool):
        kind = "a tensor or an array" if isinstance(untensor(value), np.ndarray) else show(value)
        raise CheckFailed(f"{name}: {kind}", f"{name}: a float (loss.item() makes one of a tensor)")


def assert_share(returned: Any, desired: float) -> None:
    """A share, as a float or a tensor of no axes; the mean of a float32 tensor is good enough."""
    share = untensor(returned)
    if isinstance(share, (float, np.floating)) or (isinstance(share, np.ndarray) and share.dtype.kind == "f"):
        share = np.asarray(share, np.float32)
    try:
        assert_close(share, np.asarray(desired, np.float32), "accuracy")
    except CheckFailed as failure:
        failure.actual = returned  # the very value: by that a mistake is recognized
        raise


def steps(question: str, table: Sequence[tuple[int, float]], after: str) -> pytest.MarkDecorator:
    """One test for each step of a table, worth its points."""
    marks = [pytest.mark.question(question, points=points, after=[after]) for _, points in table]
    cases = [pytest.param(percent, marks=mark) for (percent, _), mark in zip(table, marks)]
    return pytest.mark.parametrize("percent", cases)
