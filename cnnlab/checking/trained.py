"""The weights that a notebook has saved, for its checks: found, read, tried on the validation images."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cnnlab.checking.outcomes import CheckFailed, NotChecked
from cnnlab.datasets import CIFAR10_MEAN, CIFAR10_STD, DatasetError, cifar10
from cnnlab.networks.lenet import lenet_shapes
from cnnlab.networks.weights import REAL, trained_on
from cnnlab.notebooks.places import weights_path

LENET = tuple(lenet_shapes().values())


def read_weights(name: str) -> dict[str, np.ndarray]:
    """All tensors in `name.safetensors`, float32.

    Raises:
        NotChecked: there is no such file yet.
        CheckFailed: it can't be read, or holds numbers that are not finite.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = weights_path(name)
    if not path.is_file():
        raise NotChecked(f"there is no {path.name} in {path.parent}: run the cell above that trains and saves.")
    try:
        arrays = {key: value.float().numpy() for key, value in load_file(path).items()}
    except (SafetensorError, OSError) as error:
        raise CheckFailed(f"{path.name}, which can't be read ({error})", "a file that save_weights wrote") from None
    for key, array in arrays.items():
        if not np.isfinite(array).all():
            raise CheckFailed(
                f"{key} in {path.name} with nan or inf", "finite numbers: lower the learning rate, train again"
            )
    return arrays


def read_lenet() -> list[np.ndarray]:
    """LeNet's eight tensors, first layer first, found by their shapes."""
    arrays = list(read_weights("lenet").values())
    shapes = [array.shape for array in arrays]
    if sorted(shapes) != sorted(LENET):
        raise CheckFailed(f"tensors of shape {', '.join(map(str, shapes))}", f"LeNet's: {', '.join(map(str, LENET))}")
    return [arrays[shapes.index(shape)] for shape in LENET]


def validation_images(name: str) -> tuple[np.ndarray, np.ndarray]:
    """CIFAR-10's validation images (N, 3, IMAGE_SIZE, IMAGE_SIZE) uint8 and labels (N,).

    Raises:
        CheckFailed: the network was trained on other images, so that trying it on these makes no sense.
        NotChecked: the images are not on this machine.
    """
    data = trained_on(weights_path(name))
    if data != REAL:
        raise CheckFailed(f"a network trained on {data} images", "one trained on CIFAR-10: that is what is graded")
    try:
        return cifar10(split="val", download=False)
    except DatasetError:
        raise NotChecked("CIFAR-10 is not on this machine, so there is nothing to try the network on.") from None


def lenet_accuracy(weights: list[np.ndarray], images: np.ndarray, labels: np.ndarray) -> float:
    """Share of right answers of a LeNet with these weights; images uint8, standardized here."""
    import torch
    from torch.nn import functional as F

    w1, b1, w2, b2, w3, b3, w4, b4 = map(torch.from_numpy, weights)
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), 500):
            part = images[start : start + 500].astype(np.float32) / 255
            x = torch.from_numpy((part - CIFAR10_MEAN[:, None, None]) / CIFAR10_STD[:, None, None])
            x = F.max_pool2d(F.relu(F.conv2d(x, w1, b1, padding=2)), 2)
            x = F.max_pool2d(F.relu(F.conv2d(x, w2, b2, padding=2)), 2)
            logits = F.linear(F.relu(F.linear(x.flatten(1), w3, b3)), w4, b4)
            right += int((logits.argmax(dim=1).numpy() == labels[start : start + 500]).sum())
    return right / len(labels)


def assert_accuracy(accuracy: float, steps: Sequence[tuple[float, float]], note: Callable[[str], None]) -> None:
    """Enough for full points, if the grader's images were as easy as these. `steps` are in percent."""
    least = max(step for step, _ in steps)
    text = f"{100 * accuracy:.1f} % of the validation images right"
    if 100 * accuracy < least:
        raise CheckFailed(text, f"{least:g} % for full points: {least - 100 * accuracy:.1f} more")
    note(f"{text}. Full points from {least:g} % of the grader's, which are harder by two points or so.")
