"""Mistakes in standardize and overfit."""

from typing import Any

from autograder.mistakes import Mistake
from autograder.mistakes.a4_lenet.base import OVERFIT, STANDARDIZE, STANDARDIZE_ALL, STANDARDIZE_TRAIN, plain

MEAN = "mean = np.mean(train, axis=(0, 2, 3), keepdims=True)"
STD = "std = np.std(train, axis=(0, 2, 3), keepdims=True)"
OTHERS = "        result.append((images - mean) / std)\n"
RATE = "lr=0.001"


def scaling(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return plain.mistake(name, "standardize", hint, *changes, loses=loses, **fields)


def overfitting(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return plain.mistake(name, "overfit", hint, *changes, loses=loses, **fields)


SCALING = (
    scaling(
        "each set with its own statistics",
        "each set standardized with its own mean and standard deviation: they are the training set's for all",
        (
            OTHERS,
            OTHERS.replace("mean)", "images.mean((0, 2, 3), keepdims=True))").replace(
                "/ std", "/ images.std((0, 2, 3), keepdims=True)"
            ),
        ),
        loses=("test_standardize_others",),
        number=89,
    ),
    scaling(
        "statistics of all sets",
        "mean and standard deviation over all sets: they are the training set's alone",
        (MEAN, MEAN.replace("(train", "(np.concatenate([train, *others])")),
        (STD, STD.replace("(train", "(np.concatenate([train, *others])")),
        loses=(*STANDARDIZE, "test_standardize_manners"),
        number=89,
    ),
    scaling(
        "one mean for all channels",
        "one mean and standard deviation for all channels: each channel has its own",
        (MEAN, "mean = np.mean(train)"),
        (STD, "std = np.std(train)"),
        loses=STANDARDIZE_ALL,
    ),
    scaling(
        "a mean for each pixel",
        "a mean for every place of the image: one for each channel is asked for",
        (MEAN, MEAN.replace("(0, 2, 3)", "0")),
        (STD, STD.replace("(0, 2, 3)", "0")),
        loses=STANDARDIZE,
    ),
    scaling(
        "each image on its own",
        "each image standardized on its own",
        (MEAN, MEAN.replace("(0, 2, 3)", "(2, 3)")),
        (STD, STD.replace("(0, 2, 3)", "(2, 3)")),
        (
            OTHERS,
            OTHERS.replace("mean)", "images.mean((2, 3), keepdims=True))").replace(
                "/ std", "/ images.std((2, 3), keepdims=True)"
            ),
        ),
        loses=STANDARDIZE,
    ),
    scaling(
        "variance",
        "a division by the variance: take its square root",
        (STD, STD.replace("std(", "var(")),
        loses=STANDARDIZE_TRAIN,
    ),
    scaling(
        "unbiased standard deviation",
        "the unbiased standard deviation (divided by n - 1)",
        (STD, STD.replace("keepdims=True)", "keepdims=True, ddof=1)")),
        loses=STANDARDIZE_TRAIN,
    ),
    scaling(
        "mean only",
        "the mean taken away, but no division by the standard deviation",
        (STD, "std = 1.0"),
        loses=STANDARDIZE_TRAIN,
    ),
    scaling(
        "scaled to the range",
        "values scaled from 0 to 1: it is zero mean and unit standard deviation that is asked for",
        (MEAN, MEAN.replace("np.mean", "np.min")),
        (STD, "std = np.max(train, axis=(0, 2, 3), keepdims=True) - mean"),
        loses=STANDARDIZE_ALL,
    ),
    scaling(
        "training images changed in place",
        "the images that came in changed in place: make new arrays",
        ("result = [(train - mean) / std]", "train -= mean\n    train /= std\n    result = [train]"),
        loses=("test_standardize_manners",),
        number=95,
    ),
    scaling(
        "no tuple for one array",
        "an array where there is only one: the result is always a tuple",
        ("    return tuple(result)", "    return tuple(result) if others else result[0]"),
        loses=("test_standardize_alone",),
    ),
    scaling(
        "others left as they are",
        "the other images given back as they came",
        (OTHERS, "        result.append(images)\n"),
        loses=("test_standardize_others",),
    ),
    scaling(
        "float32 for float64",
        "float32 for float64: keep the dtype",
        ("    return tuple(result)", "    return tuple(images.astype(np.float32) for images in result)"),
        loses=("test_standardize_manners",),
        number=28,
    ),
    scaling(
        "float64 for float32",
        "float64 for float32: keep the dtype",
        ("    return tuple(result)", "    return tuple(images.astype(np.float64) for images in result)"),
        loses=("test_standardize_manners",),
        number=28,
    ),
    scaling(
        "channels taken for the last axis",
        "mean and standard deviation of the last axis: the channels are axis 1",
        (MEAN, MEAN.replace("(0, 2, 3)", "(0, 1, 2)")),
        (STD, STD.replace("(0, 2, 3)", "(0, 1, 2)")),
        loses=STANDARDIZE_ALL,
    ),
)

OVERFITTING = (
    overfitting(
        "a single step",
        "a single step: go on until all images are right",
        ("        if accuracy == 1.0:\n            break", "        break"),
        loses=OVERFIT,
    ),
    overfitting(
        "learning rate too small",
        "a learning rate that is far too small",
        (RATE, "lr=1e-7"),
        ("range(200)", "range(20)"),
        loses=OVERFIT,
    ),
    overfitting(
        "learning rate too large",
        "a learning rate that is far too large",
        (RATE, "lr=3.0"),
        ("range(200)", "range(20)"),
        loses=OVERFIT,
    ),
    overfitting(
        "a model of its own",
        "another model trained than the one that is given",
        ("    optimizer = torch", "    model = LeNet()\n    optimizer = torch"),
        loses=OVERFIT,
        number=92,
    ),
    overfitting(
        "optimizer of another model",
        "an optimizer of another model's parameters",
        ("torch.optim.Adam(model.parameters()", "torch.optim.Adam(LeNet().parameters()"),
        ("range(200)", "range(20)"),
        loses=OVERFIT,
        number=92,
    ),
    overfitting(
        "half of the images",
        "training on a part of the images",
        ("F.cross_entropy(model(images), labels)", "F.cross_entropy(model(images[:25]), labels[:25])"),
        ("range(200)", "range(20)"),
        loses=OVERFIT,
    ),
    overfitting(
        "stops too early",
        "training that stops before all images are right",
        ("if accuracy == 1.0:", "if accuracy > 0.3:"),
        loses=OVERFIT,
    ),
    overfitting(
        "more steps than allowed",
        "more than 200 steps: stop as soon as all images are right",
        (
            "    return accuracy",
            "    for _ in range(201):\n        optimizer.zero_grad()\n        F.cross_entropy(model(images[:1]), labels[:1]).backward()\n    return accuracy",
        ),
        loses=("test_overfit_returns",),
    ),
    overfitting(
        "loss for accuracy",
        "the loss given back: it is the accuracy that is asked for",
        ("return accuracy", "return loss.item()"),
        loses=("test_overfit_returns",),
    ),
    overfitting(
        "accuracy in percent",
        "percent: the accuracy lies between 0 and 1",
        ("return accuracy", "return 100 * accuracy"),
        loses=("test_overfit_returns",),
    ),
    overfitting(
        "no return", "no return statement", ("    return accuracy", "    pass"), loses=("test_overfit_returns",)
    ),
)
