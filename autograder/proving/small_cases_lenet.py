"""Small cases of the questions about networks (see `small_cases`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from autograder.proving.small_cases import Names, Script, _copied, whole


def standardize(names: Names, rng: np.random.Generator) -> Any:
    shape = whole(rng, 1, 4), whole(rng, 1, 3), whole(rng, 1, 4), whole(rng, 2, 4)
    kind = str(rng.choice(["float32", "float64"]))
    arrays = [
        (rng.standard_normal((n, *shape[1:])) * 4 + 7).astype(kind)
        for n in (shape[0], *(whole(rng, 1, 4) for _ in range(whole(rng, 0, 3))))
    ]
    return _copied(names["standardize"](*arrays)), _copied(arrays)


def lenet(names: Names, rng: np.random.Generator) -> Any:
    """Shapes of all parameters, and logits with given weights in both modes."""
    by_default = rng.random() < 0.1
    channels, size, classes = (3, 32, 10) if by_default else (whole(rng, 1, 4), whole(rng, 4, 33), whole(rng, 2, 12))
    model = names["LeNet"]() if by_default else names["LeNet"](channels, size, classes)
    x = torch.from_numpy(rng.standard_normal((whole(rng, 1, 3), channels, size, size)).astype(np.float32))
    for parameter in model.parameters():
        numbers = np.random.default_rng([*parameter.shape]).standard_normal(parameter.shape)
        parameter.data = torch.from_numpy(numbers / np.sqrt(parameter[0].numel())).float()
    shapes = sorted(tuple(parameter.shape) for parameter in model.parameters())
    return shapes, [model.train(mode)(x).detach().numpy() for mode in (True, False)]


def network(rng: np.random.Generator) -> nn.Module:
    """A small one with a batch normalization and a nested module, in either mode."""
    torch.manual_seed(int(rng.integers(1000)))
    relu = nn.ReLU()
    inner = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), relu, nn.Conv2d(3, 3, 1, bias=False), relu)
    return nn.Sequential(inner, nn.Flatten(), nn.Linear(12, 4)).train(bool(rng.random() < 0.5))


def state(model: nn.Module) -> Any:
    """All that can be seen of a model: modes, numbers, gradients, hooks."""
    return (
        [module.training for module in model.modules()],
        {name: array.detach().numpy().copy() for name, array in model.state_dict().items()},
        [parameter.grad is None for parameter in model.parameters()],
        [len(module._forward_hooks) for module in model.modules()],
    )


def batches(rng: np.random.Generator) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Of different sizes, with labels that are hard to tell by the size of the batch."""
    found = []
    for _ in range(whole(rng, 1, 3)):
        count = whole(rng, 2, 5)
        images = torch.from_numpy(rng.standard_normal((count, 2, 4, 4)).astype(np.float32) * whole(rng, 1, 6))
        found.append((images, torch.from_numpy(rng.integers(0, 4, count))))
    return found


def layer_summary(names: Names, rng: np.random.Generator) -> Any:
    model = network(rng)
    model.get_submodule("0.1").train(bool(rng.random() < 0.5))  # the mode of every module counts
    rows = names["layer_summary"](model, (2, 4, 4))
    return [[name, [*map(int, shape)], int(count)] for name, shape, count in rows], state(model)


def train_epoch(names: Names, rng: np.random.Generator) -> Any:
    model, loader = network(rng), batches(rng)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    losses = [float(names["train_epoch"](model, loader, optimizer)) for _ in range(2)]
    modes, numbers, _, hooks = state(model)  # gradients of the last batch may stay or go
    return np.array(losses, np.float32), modes, numbers, hooks


def evaluate(names: Names, rng: np.random.Generator) -> Any:
    model = network(rng)
    return float(names["evaluate"](model, batches(rng))), state(model)


def overfit(names: Names, rng: np.random.Generator) -> Any:
    """Whether all is learnt that can be; and whether the accuracy is the model's."""
    torch.manual_seed(int(rng.integers(1000)))
    images = torch.from_numpy(rng.standard_normal((50, 3, 8, 8)).astype(np.float32))
    labels = torch.from_numpy(rng.integers(0, 10, 50))
    learnable = bool(rng.random() < 0.5)
    if not learnable:
        images[1::2] = images[::2]  # of two that are alike, with labels of their own
    model = names["LeNet"](3, 8, 10)
    accuracy = float(names["overfit"](model, images, labels))
    with torch.no_grad():
        right = float((model.eval()(images).argmax(dim=1) == labels).double().mean())
    return abs(right - accuracy) < 1e-6, accuracy == 1 or not learnable


NETWORKS: dict[str, Script] = {
    "standardize": standardize,
    "lenet": lenet,
    "layer_summary": layer_summary,
    "train_epoch": train_epoch,
    "evaluate": evaluate,
    "overfit": overfit,
}
