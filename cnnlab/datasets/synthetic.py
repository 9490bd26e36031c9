"""A stand-in for CIFAR-10 that needs no network: ten kinds of shapes and textures, called alike, with like results.

Place, size, angle and all colours are random, and the shape is as often darker as it is lighter than what is behind it.
So no pixel and no mean colour tells the class, a linear classifier fails, and a convolutional network has something to
find.

The images are the same bytes everywhere: the random numbers come from PCG64 by name, and only operations that IEEE 754
rounds exactly (no sin, exp or sum) stand between them and the pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike

import numpy as np

from cnnlab.datasets.storage import Split, check_split, middle
from cnnlab.networks.lenet import IMAGE_SIZE

SIZES = {"train": 10_000, "val": 1_000, "test": 2_000}
# of images / 255 in the training split, red, green, blue
SYNTHETIC_MEAN = np.array([0.5015, 0.5005, 0.5021], np.float32)
SYNTHETIC_STD = np.array([0.2852, 0.2857, 0.2841], np.float32)
SEED = 1998  # the year of LeNet-5
SIDE = 32
NOISE = 24.0  # full width of the noise on every value, in grey levels
STROKES = 2  # lines of clutter in every image
RANGES = ((8.0, 12.0), (-4.5, 4.5), (-4.5, 4.5), (-0.17, 0.17))  # radius, centre x and y in pixels; tan(angle / 2)
CHUNK = 1_000  # images drawn at a time, to keep memory small


def synthetic_cifar10(
    root: str | PathLike | None = None,
    split: str = "train",
    download: bool = True,
    archive: str | PathLike | None = None,
    size: int = IMAGE_SIZE,
) -> Split:
    """One split of the synthetic data set; called like `cifar10`, so that one can take the place of the other.

    Args:
        root, download, archive: accepted and not used: nothing is downloaded, read or written.
        split: "train" (10,000 images), "val" (1,000) or "test" (2,000); every class is a tenth of each.
        size: height and width of the images: the middle of those that are made.

    Returns:
        `Split(images, labels)`: images (N, 3, size, size) uint8, RGB; labels (N,) int64, indices into
        `SYNTHETIC_CLASSES`.

    Raises:
        ValueError: there is no such split.
    """
    check_split(split, SIZES)
    rng = np.random.Generator(np.random.PCG64([SEED, list(SIZES).index(split)]))
    count = SIZES[split]
    labels = np.argsort(rng.random(count), kind="stable") % len(SHAPES)
    images = np.empty((count, 3, SIDE, SIDE), np.uint8)
    for start in range(0, count, CHUNK):
        chunk = slice(start, start + CHUNK)
        images[chunk] = draw(labels[chunk], rng)
    return Split(middle(images, size), labels.astype(np.int64))


def draw(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Images (N, 3, 32, 32) uint8 of the given classes (N,)."""
    n = len(labels)
    u, v, radius = frames(n, rng)
    shape = np.empty_like(u)
    for label, distance in enumerate(SHAPES.values()):
        chosen = labels == label
        shape[chosen] = distance(u[chosen], v[chosen])
    behind, front = colors(n, rng)
    light = (rng.random((n, 1, 1, 1)) - 0.5) * 60 * grid()[0] + (rng.random((n, 1, 1, 1)) - 0.5) * 60 * grid()[1]
    image = behind + light
    for _ in range(STROKES):
        image = paint(image, stroke(n, rng), colors(n, rng)[0])
    image = paint(image, coverage(shape * radius), front)
    image += (rng.random(image.shape) - 0.5) * NOISE
    return np.clip(image, 0, 255).astype(np.uint8)


def grid() -> tuple[np.ndarray, np.ndarray]:
    """Coordinates x, y of the pixels in [-1, 1], (32, 32) each."""
    y, x = np.divmod(np.arange(SIDE * SIDE).reshape(SIDE, SIDE), SIDE)
    return (x - 15.5) / 15.5, (y - 15.5) / 15.5


def frames(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coordinates u, v (N, 32, 32) of the pixels in each shape's frame, in radii; the radius (N, 1, 1) in pixels."""
    radius, cx, cy, t = (low + (high - low) * rng.random((n, 1, 1)) for low, high in RANGES)
    cos, sin = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)  # of the angle 2 arctan(t)
    x, y = grid()[0] * 15.5 - cx, grid()[1] * 15.5 - cy
    return (x * cos + y * sin) / radius, (y * cos - x * sin) / radius, radius


def colors(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two colours (N, 3, 1, 1) each, of the same distribution, 64 to 192 levels apart in every channel."""
    first = rng.random((n, 3, 1, 1)) * 256
    return first, (first + 64 + 128 * rng.random((n, 3, 1, 1))) % 256


def paint(image: np.ndarray, cover: np.ndarray, color: np.ndarray) -> np.ndarray:
    """A colour (N, 3, 1, 1) laid over images (N, 3, 32, 32) where `cover` (N, 32, 32) is 1."""
    return image + cover[:, None] * (color - image)


def coverage(distance: np.ndarray) -> np.ndarray:
    """How much of each pixel a shape covers, from the distance to its edge in pixels (negative inside)."""
    return np.clip(0.5 - distance, 0, 1)


def stroke(n: int, rng: np.random.Generator) -> np.ndarray:
    """Coverage (N, 32, 32) of a short line at a random place."""
    ax, ay, bx, by = (rng.random((n, 1, 1)) * 2 - 1 for _ in range(4))
    bx, by = bx - ax + 1e-3, by - ay
    x, y = grid()[0] - ax, grid()[1] - ay
    along = np.clip((x * bx + y * by) / (bx * bx + by * by), 0, 1)
    return coverage(length(x - along * bx, y - along * by) * 15.5 - 0.6)


def length(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.sqrt(u * u + v * v)


def disk(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return length(u, v) - 0.9


def ring(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.abs(length(u, v) - 0.75) - 0.18


def square(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.maximum(np.abs(u), np.abs(v)) - 0.8


def triangle(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.maximum(v - 0.6, 0.866 * np.abs(u) - 0.5 * v - 0.5)


def plus(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    u, v = np.abs(u), np.abs(v)
    return np.minimum(np.maximum(u - 0.95, v - 0.25), np.maximum(v - 0.95, u - 0.25))


def cross(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return plus((u + v) * 0.7071, (u - v) * 0.7071)


def moon(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.maximum(disk(u, v), 0.75 - length(u - 0.5, v))


def bands(u: np.ndarray, period: float) -> np.ndarray:
    """Stripes and gaps of half a period each; a gap is centred on 0."""
    return (np.abs((u / period) % 1 - 0.5) - 0.25) * period


def stripes(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.maximum(square(u, v), bands(v, 3.2 / 7))  # four stripes, three gaps


def checks(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    a, b = bands(u + 0.2, 0.8), bands(v + 0.2, 0.8)  # four by four fields
    return np.maximum(square(u, v), np.minimum(np.maximum(a, b), -np.minimum(a, b)))


def dots(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    spots = length((u / 0.6 + 0.5) % 1 - 0.5, (v / 0.6 + 0.5) % 1 - 0.5) * 0.6 - 0.2
    return np.maximum(square(u, v) - 0.1, spots)  # three by three


# the classes in the order of their labels: signed distance to the shape's edge, in its own frame
SHAPES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    f.__name__: f for f in (disk, ring, square, triangle, plus, cross, moon, stripes, checks, dots)
}
SYNTHETIC_CLASSES = tuple(SHAPES)
