"""Mistakes in evaluate."""

from typing import Any

from autograder.mistakes import Mistake
from autograder.mistakes.a4_lenet.base import ACCURACY, EVALUATE, plain
from autograder.mistakes.a4_lenet.training import COUNTS_BY_DATASET

RIGHT, COUNTED = "right += (predicted == labels).sum().item()", "count += labels.shape[0]"
NO_GRAD = "    with torch.no_grad():\n        for images, labels in loader:"
RESTORES, MODE = "test_evaluate_restores_mode", "test_evaluate_in_evaluation_mode"


def evaluation(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return plain.mistake(name, "evaluate", hint, *changes, loses=loses, **fields)


EVALUATION = (
    evaluation(
        "mean of the batches' accuracies",
        "the mean of the batches' accuracies: a smaller batch counts less",
        (RIGHT, "right += (predicted == labels).float().mean().item()"),
        (COUNTED, "count += 1"),
        loses=ACCURACY,
        number=93,
    ),
    evaluation(
        "last batch not evaluated",
        "the last batch left out because it is smaller",
        ("in loader:", "in list(loader)[:-1]:"),
        loses=EVALUATE,
        number=93,
    ),
    evaluation(
        "evaluation in training mode",
        "no model.eval(): dropout drops, and batch normalization changes its running statistics",
        ("    model.eval()\n", ""),
        loses=(MODE, "test_evaluate_buffers"),
        number=87,
    ),
    evaluation(
        "left in evaluation mode",
        "the model left in evaluation mode",
        ("    model.train(mode)\n", ""),
        loses=(RESTORES,),
        number=87,
    ),
    evaluation(
        "put into training mode",
        "the model put into training mode afterwards, whatever it was before",
        ("    model.train(mode)\n", "    model.train()\n"),
        loses=(RESTORES,),
        number=87,
    ),
    evaluation(
        "gradients while evaluating",
        "no torch.no_grad(): the graph of every batch is built for nothing",
        (NO_GRAD, NO_GRAD.replace("torch.no_grad()", "torch.enable_grad()")),
        loses=("test_evaluate_no_gradients",),
        number=88,
    ),
    evaluation(
        "percent",
        "percent: the accuracy lies between 0 and 1",
        ("right / count", "100 * right / count"),
        loses=ACCURACY,
    ),
    evaluation(
        "number of right answers",
        "the number of right answers: divide by the number of images",
        ("return right / count", "return right"),
        loses=ACCURACY,
    ),
    evaluation("error rate", "the share of wrong answers", ("right / count", "1 - right / count"), loses=ACCURACY),
    evaluation(
        "whole division",
        "a division by //, which gives 0 or 1",
        ("right / count", "right // count"),
        loses=EVALUATE,
    ),
    evaluation(
        "divided by the number of batches",
        "a division by the number of batches",
        ("right / count", "right / len(loader)"),
        loses=ACCURACY,
    ),
    evaluation(
        "argmax over the batch",
        "the largest logit over the images of a batch: it is over the classes, dim=1",
        ("predicted = logits.argmax(dim=1)", "predicted = logits.argmax(dim=0)[: labels.shape[0]]"),
        ("(predicted == labels)", "(predicted == labels[: len(predicted)])"),
        loses=EVALUATE,
    ),
    evaluation(
        "augmented while evaluating",
        "mirrored images: augmentation is for training only",
        ("logits = model(images)", "logits = model(images.flip(3))"),
        loses=EVALUATE,
        number=94,
    ),
    evaluation(
        "trains on what it evaluates",
        "training on the images that are to be evaluated",
        (
            "            logits = model(images)\n",
            "            with torch.enable_grad():\n                F.cross_entropy(model(images), labels).backward()\n            for parameter in model.parameters():\n                parameter -= 3 * parameter.grad\n            logits = model(images)\n",
        ),
        loses=EVALUATE,
        number=90,
    ),
    evaluation(
        "answers counted by the data set",
        COUNTS_BY_DATASET,
        ("return right / count", "return right / len(loader.dataset)"),
        loses=ACCURACY,
        idea=COUNTS_BY_DATASET,
    ),
    evaluation(
        "first batch only",
        "the return inside of the loop: it ends after the first batch",
        (
            "            count += labels.shape[0]\n    model.train(mode)\n    return right / count",
            "            count += labels.shape[0]\n            model.train(mode)\n            return right / count",
        ),
        loses=EVALUATE,
    ),
    evaluation("no accuracy returned", "no return statement", ("    return right / count", "    pass"), loses=EVALUATE),
    evaluation(
        "dropout left on",
        "evaluation mode for batch normalization only: dropout drops on",
        (
            "    model.eval()\n",
            "    for module in model.modules():\n        if isinstance(module, nn.BatchNorm2d):\n            module.eval()\n",
        ),
        loses=(MODE,),
        number=87,
    ),
)
