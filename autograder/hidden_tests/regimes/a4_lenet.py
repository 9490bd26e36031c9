"""Regimes of a4_lenet's questions: sizes that networks are made for, models, loaders and optimizers of every kind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from autograder.hidden_tests.regimes import Regime, orders
from cnnlab.networks.lenet import IMAGE_SIZE


def kinds_of(call: SimpleNamespace) -> set[str]:
    """Names of the classes of a model's modules."""
    return {type(module).__name__ for module in call.model.modules()}


def parameters_of(call: SimpleNamespace) -> list[Any]:
    return list(call.model.parameters())


def sizes_of(call: SimpleNamespace) -> list[int]:
    """Images in each batch of a loader."""
    return [len(labels) for _, labels in call.loader]


LOADERS: dict[str, Regime] = {
    "a smaller last batch": lambda call: sizes_of(call)[-1] < sizes_of(call)[0],
    "a last batch of one image": lambda call: sizes_of(call)[-1] == 1 < sizes_of(call)[0],
    "a last batch of several": lambda call: 1 < sizes_of(call)[-1] < sizes_of(call)[0],
    "batches of one image": lambda call: set(sizes_of(call)) == {1} and len(sizes_of(call)) > 1,
    "a loader without a data set": lambda call: not hasattr(call.loader, "dataset"),
    "batch normalization": lambda call: "BatchNorm2d" in kinds_of(call),
    "no buffers": lambda call: not list(call.model.buffers()),
}

REGIMES: dict[str, dict[str, Regime]] = {
    "LeNet": {
        "the defaults": lambda call: (call.in_channels, call.image_size, call.num_classes) == (3, IMAGE_SIZE, 10),
        "gray images": lambda call: call.in_channels == 1,
        "neither gray nor colour": lambda call: call.in_channels not in (1, 3),
        "another size of images": lambda call: call.image_size != IMAGE_SIZE,
        "another number of classes": lambda call: call.num_classes != 10,
        "a size divisible by 4": lambda call: call.image_size % 4 == 0,
        "an odd size": lambda call: call.image_size % 2 == 1,
        "half of the size is odd": lambda call: call.image_size % 4 == 2,
        "the first half is even, from an odd size": lambda call: call.image_size % 4 == 1,
        "a size that is odd, and odd when halved": lambda call: call.image_size % 4 == 3,
    },
    "layer_summary": {
        **orders("height", "width", lambda call: (call.input_shape[1], call.input_shape[2])),
        "one channel": lambda call: call.input_shape[0] == 1,
        "several channels": lambda call: call.input_shape[0] > 1,
        "modules in modules": lambda call: any("." in name for name, _ in call.model.named_modules()),
        "no modules in modules": lambda call: all("." not in name for name, _ in call.model.named_modules()),
        "no parameters": lambda call: not parameters_of(call),
        "frozen parameters": lambda call: any(not p.requires_grad for p in parameters_of(call)),
        "all parameters trainable": lambda call: all(p.requires_grad for p in parameters_of(call)),
        "a parameter that is neither weight nor bias": lambda call: any(
            name.split(".")[-1] not in ("weight", "bias") for name, _ in call.model.named_parameters()
        ),
        "no bias": lambda call: any(getattr(m, "bias", "") is None for m in call.model.modules()),
        "batch normalization": lambda call: "BatchNorm2d" in kinds_of(call),
        "batch normalization of vectors": lambda call: "BatchNorm1d" in kinds_of(call),
        "dropout": lambda call: "Dropout" in kinds_of(call),
        "hooks of the model's own": lambda call: any(m._forward_hooks for m in call.model.modules()),
        "gradients to lose": lambda call: any(p.grad is not None for p in parameters_of(call)),
        "training mode": lambda call: call.model.training,
        "evaluation mode": lambda call: not call.model.training,
        "mixed modes": lambda call: len({module.training for module in call.model.modules()}) == 2,
    },
    "train_epoch": {
        **LOADERS,
        "SGD": lambda call: type(call.optimizer).__name__ == "SGD",
        "another optimizer": lambda call: type(call.optimizer).__name__ != "SGD",
        "momentum": lambda call: call.optimizer.defaults.get("momentum", 0) > 0,
        "weight decay": lambda call: call.optimizer.defaults["weight_decay"] > 0,
        "nothing is learnt": lambda call: call.optimizer.defaults["lr"] == 0,
        "one batch": lambda call: len(sizes_of(call)) == 1,
    },
    "evaluate": {
        **LOADERS,
        "batches of one size": lambda call: len(set(sizes_of(call))) == 1 < len(sizes_of(call)),
        "dropout": lambda call: "Dropout" in kinds_of(call),
        "training mode": lambda call: call.model.training,
        "evaluation mode": lambda call: not call.model.training,
    },
    "standardize": {
        **orders("height", "width", lambda call: call.train.shape[2:]),
        "one training image": lambda call: len(call.train) == 1,
        "one channel": lambda call: call.train.shape[1] == 1,
        "several channels": lambda call: call.train.shape[1] > 1,
        "no others": lambda call: not call.others,
        "one other": lambda call: len(call.others) == 1,
        "several others": lambda call: len(call.others) > 1,
        "more images in another set": lambda call: any(len(other) > len(call.train) for other in call.others),
        "a single other image": lambda call: any(len(other) == 1 for other in call.others),
        "float32": lambda call: call.train.dtype == "float32",
        "float64": lambda call: call.train.dtype == "float64",
        "negative means": lambda call: (call.train.mean(axis=(0, 2, 3)) < 0).any(),
    },
    "overfit": {
        "fifty images": lambda call: len(call.images) == 50,
        "labels in no order": lambda call: (call.labels[1:] < call.labels[:-1]).any(),
        "every class": lambda call: len(set(call.labels.tolist())) == 10,
    },
    "ConvNet": {"no arguments": lambda call: not vars(call)},
}
