"""How long layers take: for the notebooks' timing tables."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

Layer = tuple[Callable[..., Any], Callable[..., Any]]


def best_seconds(call: Callable[[], Any]) -> float:
    """Seconds of the quickest of up to 100 calls: a quarter of a second of them, or three slow ones."""
    taken: list[float] = []
    while len(taken) < 100 and (sum(taken) < 0.25 or (len(taken) < 3 and sum(taken) < 3)):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return min(taken)


def time_layer(layer: Layer, inputs: tuple, images: int | None = None) -> float:
    """Seconds of a layer's forward and backward pass together.

    Args:
        layer: (forward, backward), with `out, cache = forward(*inputs)` and `backward(dout, cache)`.
        inputs: what forward takes; the first is the images, shape (N, C, H, W).
        images: measure on so many images only, and multiply: loops take the same time for each.
    """
    forward, backward = layer
    count = len(inputs[0])
    images = images or count
    inputs = (inputs[0][:images], *inputs[1:])
    out, cache = forward(*inputs)
    dout = np.ones_like(out)
    return (best_seconds(lambda: forward(*inputs)) + best_seconds(lambda: backward(dout, cache))) * count / images


def time_ways(loops: Layer, fast: Layer, library: Layer | None, inputs: tuple) -> dict[str, float]:
    """Seconds of a layer with loops (if they are written), of a fast one, and of PyTorch's (if it is there).

    The loops are measured on one image. Arguments as in `time_layer`.
    """
    seconds = {}
    with suppress(NotImplementedError):
        seconds["loops"] = time_layer(loops, inputs, images=1)
    seconds["fast"] = time_layer(fast, inputs)
    if library:
        seconds["PyTorch"] = time_layer(library, inputs)
    return seconds


def torch_layers() -> dict[str, Layer]:
    """PyTorch's own layers, called like ours: `conv` and `max_pool`. Empty where PyTorch is not installed."""
    try:
        import torch
        from torch.nn import functional
    except ImportError:
        return {}

    def leaves(*arrays: np.ndarray) -> list[torch.Tensor]:
        return [torch.from_numpy(array).requires_grad_() for array in arrays]

    def conv(x: np.ndarray, w: np.ndarray, b: np.ndarray, param: dict[str, int]) -> tuple[np.ndarray, tuple]:
        image, weight, bias = inputs = leaves(x, w, b)
        out = functional.conv2d(image, weight, bias, stride=param["stride"], padding=param["pad"])
        return out.detach().numpy(), (out, inputs)

    def max_pool(x: np.ndarray, param: dict[str, int]) -> tuple[np.ndarray, tuple]:
        (image,) = inputs = leaves(x)
        out = functional.max_pool2d(image, (param["pool_height"], param["pool_width"]), param["stride"])
        return out.detach().numpy(), (out, inputs)

    def backward(dout: np.ndarray, cache: tuple) -> Any:
        out, inputs = cache
        gradients = torch.autograd.grad(out, inputs, torch.from_numpy(dout), retain_graph=True)
        return [gradient.numpy() for gradient in gradients]

    return {"conv": (conv, backward), "max_pool": (max_pool, backward)}
