"""Mistakes in folding."""

from typing import Any

from autograder.mistakes import Base, Mistake
from autograder.mistakes.a3_normalization.names import tests_of

steps = Base("a3_normalization", "steps")
SCALE, W, B = (
    "gamma / np.sqrt(running_var + eps)",
    "w * scale[:, None, None, None]",
    "(b - running_mean) * scale + beta",
)


def fold(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return steps.mistake(name, "fold_batchnorm", hint, *changes, loses=loses, **fields)


FOLD = (
    fold(
        "fold without eps",
        "eps left out of the root",
        (SCALE, "gamma / np.sqrt(running_var)"),
        loses=tests_of("fold", "eps"),
        number=75,
    ),
    fold(
        "fold with eps outside",
        "sqrt(var) + eps: eps stands inside the root",
        (SCALE, "gamma / (np.sqrt(running_var) + eps)"),
        loses=tests_of("fold", "eps"),
        number=75,
    ),
    fold(
        "bias forgotten",
        "the convolution's own bias b left out",
        (B, "beta - running_mean * scale"),
        loses=tests_of("fold", "own_bias"),
        number=75,
    ),
    fold(
        "scale on the input axis",
        "the scale on the input channels: it belongs to the first axis of w",
        (
            W,
            "w * scale[: w.shape[1], None, None] if w.shape[1] <= len(scale) else w * np.resize(scale, w.shape[1])[:, None, None]",
        ),
        loses=tests_of("fold", "w", "inputs"),
        number=75,
    ),
    fold(
        "statistics of the filters",
        "statistics taken from the filters: take the running ones",
        (SCALE, "gamma / np.sqrt(w.var(axis=(1, 2, 3)) + eps)"),
        (B, "(b - w.mean(axis=(1, 2, 3))) * scale + beta"),
        loses=tests_of("fold", "w", "own_bias", "shift", "eps", "inputs"),
        number=76,
    ),
    fold(
        "bias not scaled",
        "b added without the scale",
        (B, "b - running_mean * scale + beta"),
        loses=tests_of("fold", "own_bias"),
        number=75,
    ),
    fold(
        "mean not scaled",
        "the running mean subtracted without the scale",
        (B, "b * scale - running_mean + beta"),
        loses=tests_of("fold", "shift"),
    ),
    fold(
        "mean added",
        "the running mean added: subtract it",
        (B, "(b + running_mean) * scale + beta"),
        loses=tests_of("fold", "shift"),
    ),
    fold(
        "beta forgotten",
        "beta left out of the bias",
        (B, "(b - running_mean) * scale"),
        loses=tests_of("fold", "shift"),
    ),
    fold(
        "gamma forgotten",
        "gamma left out of the scale",
        (SCALE, "1 / np.sqrt(running_var + eps)"),
        loses=tests_of("fold", "w", "own_bias", "shift", "inputs"),
    ),
    fold(
        "fold without the root",
        "a division by the variance: it is the deviation",
        (SCALE, "gamma / (running_var + eps)"),
        loses=tests_of("fold", "w", "own_bias", "shift", "inputs"),
    ),
    fold(
        "filters not scaled",
        "filters left as they were",
        (W, "w.copy()"),
        loses=tests_of("fold", "w", "eps", "inputs"),
    ),
    fold(
        "scale along the columns",
        "the scale along the columns of the filters: it belongs to the first axis of w",
        (W, "w * np.resize(scale, w.shape[3])"),
        loses=tests_of("fold", "w", "inputs"),
    ),
    fold(
        "w scaled in place",
        "w itself changed: work on a copy",
        (f"w_folded = {W}", "w_folded = w\n    w_folded *= scale[:, None, None, None]"),
        loses=tests_of("fold", "inputs"),
    ),
    fold(
        "b changed in place",
        "b itself changed: work on a copy",
        (f"b_folded = {B}", "b -= running_mean\n    b_folded = b * scale + beta"),
        loses=tests_of("fold", "inputs"),
    ),
    fold(
        "folded bias of shape (F, 1, 1)",
        "a bias of shape (F, 1, 1): it is (F,)",
        (B, f"({B})[:, None, None]"),
        loses=tests_of("fold", "own_bias", "shift"),
        number=57,
    ),
    fold(
        "mean forgotten",
        "the running mean left out of the bias",
        (B, "b * scale + beta"),
        loses=tests_of("fold", "shift"),
        number=75,
    ),
    fold(
        "beta scaled",
        "beta multiplied by the scale: it is added last",
        (B, "(b - running_mean + beta) * scale"),
        loses=tests_of("fold", "shift"),
    ),
    fold(
        "fold eps always 1e-5",
        "eps of 1e-5 whatever is given",
        (SCALE, "gamma / np.sqrt(running_var + 1e-5)"),
        loses=tests_of("fold", "eps"),
        number=53,
    ),
    fold(
        "bias without eps",
        "eps left out of the root in the bias",
        (B, "(b - running_mean) * gamma / np.sqrt(running_var) + beta"),
        loses=tests_of("fold", "eps"),
        number=75,
    ),
    fold(
        "bias left as it was",
        "the convolution's own bias b returned as it was",
        (B, "b.copy()"),
        loses=tests_of("fold", "own_bias", "shift"),
        number=75,
    ),
)
