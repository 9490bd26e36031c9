"""Mistakes in train_epoch."""

from typing import Any

from autograder.mistakes import Mistake
from autograder.mistakes.a4_lenet.base import (
    BEFORE,
    BETWEEN_BATCHES,
    FLOAT,
    LOSS_ONLY,
    TRAIN,
    TRAIN_NOTHING,
    TRAIN_WEIGHTS,
    plain,
)
from autograder.mistakes.a4_lenet.network import SOFTMAX

ZERO = "        optimizer.zero_grad()\n"
BACKWARD = "        loss.backward()\n"
STEP = "        optimizer.step()\n"
LOSS = "loss = F.cross_entropy(logits, labels)"
TOTAL, COUNT = "total += loss.item() * images.shape[0]", "count += images.shape[0]"
BATCHES_ALIKE = "the mean of the batches' losses: a smaller batch counts less"
COUNTS_BY_DATASET = "the length of loader.dataset, which not every loader has: count the images"


def training(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return plain.mistake(name, "train_epoch", hint, *changes, loses=loses, **fields)


TRAINING = (
    training(
        "no zero_grad",
        "gradients that add up over the batches: optimizer.zero_grad() once a batch",
        (ZERO, ""),
        loses=BETWEEN_BATCHES,
        number=86,
    ),
    training(
        "zero_grad after backward",
        "gradients set to zero between backward and step",
        (ZERO, ""),
        (BACKWARD, BACKWARD + ZERO),
        loses=TRAIN_NOTHING,
        number=86,
    ),
    training(
        "zero_grad once an epoch",
        "gradients set to zero once an epoch: it must be once a batch",
        (ZERO, ""),
        ("    for images, labels in loader:", "    optimizer.zero_grad()\n    for images, labels in loader:"),
        loses=BETWEEN_BATCHES,
        number=86,
    ),
    training("no step", "no optimizer.step()", (STEP, ""), loses=TRAIN_NOTHING, number=92),
    training(
        "step before backward",
        "a step before the backward pass: it uses the gradients of the batch before",
        (BACKWARD, ""),
        (STEP, STEP + BACKWARD),
        loses=TRAIN_NOTHING,
    ),
    training(
        "one step an epoch",
        "one step for the whole epoch: it is one for each batch",
        (ZERO, ""),
        (STEP, ""),
        ("    return total / count", "    optimizer.step()\n    optimizer.zero_grad()\n    return total / count"),
        loses=BETWEEN_BATCHES,
    ),
    training(
        "an optimizer of its own",
        "a new optimizer in every epoch: use the one that is given",
        ("    model.train()\n", "    model.train()\n    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)\n"),
        loses=(*LOSS_ONLY, *BETWEEN_BATCHES, "test_train_mode"),
        number=92,
    ),
    training(
        "trains a copy",
        "a copy of the model trained, so that the model itself learns nothing",
        ("    model.train()\n", "    import copy\n\n    model = copy.deepcopy(model)\n    model.train()\n"),
        loses=TRAIN_NOTHING,
        number=92,
    ),
    training(
        "mean of the batches",
        BATCHES_ALIKE,
        (TOTAL, "total += loss.item()"),
        (COUNT, "count += 1"),
        loses=LOSS_ONLY,
        number=93,
    ),
    training(
        "last batch for a full one",
        "the last batch counted as if it were full",
        ("    count = 0\n", "    count = 0\n    size = len(next(iter(loader))[0])\n"),
        (TOTAL, "total += loss.item() * size"),
        (COUNT, "count += size"),
        loses=LOSS_ONLY,
        number=93,
        idea=BATCHES_ALIKE,
    ),
    training(
        "sum of the losses",
        "the sum of the batches' losses: divide by the number of images",
        (TOTAL, "total += loss.item()"),
        ("return total / count", "return total"),
        loses=LOSS_ONLY,
    ),
    training(
        "divided by the number of images only",
        "means of batches, added up and divided by the number of images",
        (TOTAL, "total += loss.item()"),
        loses=(*LOSS_ONLY, BEFORE),
    ),
    training(
        "loss of the last batch",
        "the loss of the last batch: it is the mean over the epoch that is asked for",
        ("return total / count", "return loss.item()"),
        loses=LOSS_ONLY,
    ),
    training(
        "loss after the step",
        "the loss computed again after the step: it is the one before that is asked for",
        (TOTAL, "total += F.cross_entropy(model(images), labels).item() * images.shape[0]"),
        loses=("test_train_mode", BEFORE),
    ),
    training(
        "tensor for a loss",
        "a tensor for the loss: loss.item() makes a float of it, and lets the graph go",
        (TOTAL, "total += loss * images.shape[0]"),
        loses=("test_train_float",),
        number=88,
    ),
    training(
        "last batch left out",
        "the last batch left out because it is smaller",
        ("in loader:", "in list(loader)[:-1]:"),
        loses=TRAIN,
        number=93,
    ),
    training(
        "returns after the first batch",
        "the return inside of the loop: it ends after the first batch",
        ("    return total / count", "        return total / count"),
        loses=(*LOSS_ONLY, *BETWEEN_BATCHES),
    ),
    training(
        "mode as it comes",
        "no model.train(): a model that comes in evaluation mode is trained in it",
        ("    model.train()\n", ""),
        loses=("test_train_mode",),
        number=87,
    ),
    training(
        "trains in evaluation mode",
        "training in evaluation mode: batch normalization does not learn its statistics then",
        ("    model.train()\n", "    model.eval()\n"),
        loses=("test_train_mode",),
        number=87,
    ),
    training(
        "softmax before cross-entropy",
        SOFTMAX,
        (LOSS, "loss = F.cross_entropy(F.softmax(logits, dim=1), labels)"),
        loses=TRAIN,
        number=80,
    ),
    training(
        "squared error",
        "a squared error: the loss is the cross-entropy",
        (LOSS, "loss = F.mse_loss(logits, F.one_hot(labels, logits.shape[1]).float())"),
        loses=TRAIN,
        number=91,
    ),
    training(
        "integer one-hot labels",
        "labels as one-hot vectors of integers: cross-entropy takes the class numbers",
        (LOSS, "loss = F.cross_entropy(logits, F.one_hot(labels, logits.shape[1]))"),
        loses=TRAIN,
        number=91,
    ),
    training(
        "float labels",
        "labels made floats: cross-entropy wants integers",
        (LOSS, "loss = F.cross_entropy(logits, labels.float())"),
        loses=TRAIN,
        number=91,
    ),
    training(
        "summed loss",
        "the loss summed over the batch: steps are taken on its mean",
        (LOSS, 'loss = F.cross_entropy(logits, labels, reduction="sum")'),
        (TOTAL, "total += loss.item()"),
        loses=TRAIN_WEIGHTS,
    ),
    training(
        "channels last",
        "the images' axes in another order",
        ("logits = model(images)", "logits = model(images.transpose(2, 3))"),
        loses=TRAIN,
        number=91,
    ),
    training(
        "gradients clipped",
        "clipped gradients, which nobody asked for",
        (STEP, f"        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)\n{STEP}"),
        loses=TRAIN_WEIGHTS,
    ),
    training(
        "optimizer forgets between epochs",
        "an optimizer that starts afresh in every epoch: it keeps momentum from one to the next",
        ("    model.train()\n", "    model.train()\n    optimizer.state.clear()\n"),
        loses=("test_train_again",),
    ),
    training(
        "images counted by the data set",
        COUNTS_BY_DATASET,
        ("return total / count", "return total / len(loader.dataset)"),
        loses=LOSS_ONLY,
        idea=COUNTS_BY_DATASET,
    ),
    training(
        "list of losses",
        "a list with the loss of every batch: it is their mean over the images that is asked for",
        ("    total = 0.0\n", "    total = []\n"),
        (TOTAL, "total.append(loss.item())"),
        ("return total / count", "return total"),
        loses=(*LOSS_ONLY, BEFORE, FLOAT),
    ),
    training(
        "no loss returned",
        "no return statement",
        ("    return total / count", "    pass"),
        loses=(*LOSS_ONLY, BEFORE, FLOAT),
    ),
    training(
        "negative log likelihood of logits",
        "nll_loss of the logits: it wants log-probabilities, cross_entropy takes logits",
        (LOSS, "loss = F.nll_loss(logits, labels)"),
        loses=TRAIN,
    ),
    training(
        "loss without a step",
        "a loss without any training: backward and step are missing",
        (ZERO, ""),
        (BACKWARD, ""),
        (STEP, ""),
        loses=TRAIN_NOTHING,
    ),
    training(
        "loss after the step, in evaluation mode",
        "the loss computed again after the step: it is the one before that is asked for",
        (
            TOTAL,
            "model.eval()\n        total += F.cross_entropy(model(images), labels).item() * images.shape[0]\n        model.train()",
        ),
        loses=(BEFORE,),
    ),
)
