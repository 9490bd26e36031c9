"""LeNet in numbers, as this term has it: its channels, the size of its images, the shapes of its weights and biases."""

from __future__ import annotations

import math

from cnnlab.variations import VARIATIONS

# a course without a4_lenet need not have them in its course.toml
CHANNELS: tuple[int, int] = VARIATIONS.get("lenet_channels", (20, 50))  # filters of the two convolutions
IMAGE_SIZE: int = VARIATIONS.get("image_size", 32)  # height and width of the images that networks see


def lenet_shapes(
    in_channels: int = 3, image_size: int = IMAGE_SIZE, num_classes: int = 10
) -> dict[str, tuple[int, ...]]:
    """Shapes of LeNet's eight tensors, first layer first."""
    first, second = CHANNELS
    weights = {
        "conv1": (first, in_channels, 5, 5),
        "conv2": (second, first, 5, 5),
        "fc1": (500, second * (image_size // 2 // 2) ** 2),
        "fc2": (num_classes, 500),
    }
    shapes: dict[str, tuple[int, ...]] = {}
    for layer, weight in weights.items():
        shapes |= {f"{layer}.weight": weight, f"{layer}.bias": weight[:1]}
    return shapes


def lenet_parameters(in_channels: int = 3, image_size: int = IMAGE_SIZE, num_classes: int = 10) -> int:
    """Numbers in all eight."""
    return sum(map(math.prod, lenet_shapes(in_channels, image_size, num_classes).values()))
