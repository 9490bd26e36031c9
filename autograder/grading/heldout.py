"""The images that trained networks are graded on: drawn and changed by the term's seed, so that nobody has seen them.

They come in two parts, held-out images and training images. A table of the held-out images' public labels knows nothing
of the others: what counts is the worse of the two (`Accuracy.counted`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from autograder.course.course import REPOSITORY, CourseError
from cnnlab import datasets
from cnnlab.checking.testing import generator
from cnnlab.datasets import CIFAR10_MEAN, CIFAR10_STD, SYNTHETIC_MEAN, SYNTHETIC_STD, Split, middle
from cnnlab.datasets.cifar10 import SIZES, file_of
from cnnlab.datasets.storage import ROOT_VARIABLE, find_root
from cnnlab.networks.lenet import IMAGE_SIZE

HELD_OUT, TRAINING = 2_000, 1_000  # images
PROVING = 10  # one of so many, of the colours: a network tells them apart or it does not
WHOLE = 32  # pixels: height and width of the images before their middle is taken
SHIFT = 2.0  # pixels, either way, on each axis
CROP = 30.0  # of WHOLE pixels: the smallest part that is shown
BRIGHTNESS = 0.1  # the factor lies in 1 - BRIGHTNESS .. 1 + BRIGHTNESS
CHUNK = 500  # images changed at a time, to keep memory small


@dataclass(frozen=True)
class HeldOut:
    """Images (N, 3, IMAGE_SIZE, IMAGE_SIZE) uint8 and labels (N,) of both parts; the constants to standardize by."""

    held_out: Split
    training: Split
    mean: np.ndarray
    std: np.ndarray


@dataclass(frozen=True)
class Accuracy:
    """How many images of each part a network gets right, of one."""

    held_out: float
    training: float

    # Honest networks get 2 to 6 points more of the training images right; samples of these sizes differ by 1.5 points
    # (standard deviation) for no reason. With this much to spare, no honest network loses by the rule.
    SPARE = 0.03

    @property
    def counted(self) -> float:
        return min(self.held_out, self.training + self.SPARE)

    def __str__(self) -> str:
        text = f"accuracy {self.held_out:.1%} on {HELD_OUT:,} held-out images".replace("%", " %")
        if self.counted < self.held_out:
            text += (
                f", but only {self.training:.1%} on {TRAINING:,} training images: {self.counted:.1%} counts, because a "
                "network that has learned from the training images knows them at least as well"
            ).replace("%", " %")
        return text


# --- where they come from -------------------------------------------------------------------------------------------


def find_cifar10() -> Path:
    """The folder with CIFAR-10's files: CNNLAB_DATA, the project's datasets/, or the cache.

    Raises:
        CourseError: it is in none of them.
    """
    project = REPOSITORY / "datasets"
    roots = [find_root(None)] if os.environ.get(ROOT_VARIABLE) else [project, find_root(None)]
    for root in roots:
        if all(file_of(root, split).is_file() for split in SIZES):
            return root
    raise CourseError(
        f"CIFAR-10 is not in {' or '.join(map(str, roots))}, and accuracies are measured on it: run `make data`, then "
        f"grade again. If it lies elsewhere, set {ROOT_VARIABLE} to that folder."
    )


def cifar10(split: str) -> Split:
    return datasets.cifar10(find_cifar10(), split, download=False, size=WHOLE)


def synthetic(split: str) -> Split:
    return datasets.synthetic_cifar10(split=split, size=WHOLE)


@cache
def colors(split: str) -> Split:
    """Ten plain colours with noise: for proving hidden tests, because a network learns them in seconds."""
    rng = generator("colors", split)
    labels = np.arange(4_000) % 10
    palette = np.array([[at % 3, at // 3 % 3, at // 9] for at in range(10)]) * 100 + 20
    images = palette[labels, :, None, None] + rng.integers(-20, 20, (len(labels), 3, WHOLE, WHOLE))
    return Split(np.clip(images, 0, 255).astype(np.uint8), labels.astype(np.int64))


SOURCES: dict[str, tuple[Callable[[str], Split], np.ndarray, np.ndarray]] = {
    "cifar10": (cifar10, CIFAR10_MEAN, CIFAR10_STD),
    "synthetic": (synthetic, SYNTHETIC_MEAN, SYNTHETIC_STD),
    "colors": (colors, CIFAR10_MEAN, CIFAR10_STD),
}


def require_images(name: str) -> None:
    """CourseError, with what to do, unless the images are there."""
    if name not in SOURCES:
        raise CourseError(f"course.toml says images = {name!r}: there are {', '.join(map(repr, SOURCES))}.")
    if name == "cifar10":
        find_cifar10()


@cache
def load_images(name: str, seed: str) -> HeldOut:
    """The images of one term, read once in a process."""
    require_images(name)
    source, mean, std = SOURCES[name]
    part = PROVING if source is colors else 1
    held_out, training = (
        draw(source(split), count // part, generator(seed, "images", split))
        for split, count in (("test", HELD_OUT), ("train", TRAINING))
    )
    return HeldOut(held_out, training, mean, std)


def draw(split: Split, count: int, rng: np.random.Generator) -> Split:
    """The middle of some images of a split, changed."""
    chosen = rng.permutation(len(split.labels))[:count]
    changed = transform(split.images[chosen], rng)  # as a whole: a shift brings in what lay beside the middle
    return Split(middle(changed, IMAGE_SIZE), split.labels[chosen])


# --- changes that keep the label ------------------------------------------------------------------------------------


def transform(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Mirror, shift, crop and brighten each image by its own draw.

    Shifts are fractions of a pixel, small ones likelier (triangular). Bicubic, because bilinear sampling blurs and
    costs an honest network twice as much.

    Args:
        images: (N, C, H, W) uint8; left as they are.
        rng: the draws depend on it and on N alone.

    Returns:
        New images of the same shape and dtype.
    """
    n, _, height, width = images.shape
    mirror = rng.choice([-1.0, 1.0], n)
    crop = rng.uniform(CROP, WHOLE, n) / WHOLE
    down, right = rng.triangular(-SHIFT, 0, SHIFT, (2, n))
    factor = rng.uniform(1 - BRIGHTNESS, 1 + BRIGHTNESS, n)
    changed = np.empty_like(images)
    for start in range(0, n, CHUNK):
        some = slice(start, start + CHUNK)
        rows = sampling(down[some], crop[some], height)
        columns = sampling(right[some], (crop * mirror)[some], width)
        values = rows[:, None] @ images[some].astype(np.float32) @ columns[:, None].swapaxes(2, 3)
        changed[some] = np.clip(np.rint(values * factor[some, None, None, None]), 0, 255)
    return changed


def sampling(shift: np.ndarray, scale: np.ndarray, size: int) -> np.ndarray:
    """Matrices (N, size, size) float32 that resample an axis: row i weighs the pixels that new pixel i is made of.

    New pixel i lies at `middle + shift + scale * (i - middle)`, mirrored back at the borders. The weights are
    Catmull-Rom's (Keys, "Cubic convolution interpolation for digital image processing", 1981, a = -1/2).
    """
    last = size - 1
    place = last / 2 + shift[:, None] + scale[:, None] * (np.arange(size) - last / 2)
    place = last - np.abs(last - np.abs(place))
    distance = np.abs(place[:, :, None] - np.arange(size))
    near = 1 - 2.5 * distance**2 + 1.5 * distance**3
    far = 2 - 4 * distance + 2.5 * distance**2 - 0.5 * distance**3
    weights = np.select([distance < 1, distance < 2], [near, far])
    return (weights / weights.sum(2, keepdims=True)).astype(np.float32)
