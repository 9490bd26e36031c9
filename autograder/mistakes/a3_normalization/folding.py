"""Mistakes in folding."""

from autograder.mistakes import Base

steps = Base("a3_normalization", "steps")
SCALE, W, B = (
    "gamma / np.sqrt(running_var + eps)",
    "w * scale[:, None, None, None]",
    "(b - running_mean) * scale + beta",
)
FOLD_W, FOLD_B, END, INPUTS = ("test_fold_w",), ("test_fold_b",), ("test_fold_end_to_end",), ("test_fold_inputs",)
FOLDED = (*FOLD_W, *FOLD_B, *END, *INPUTS)


def fold(name, hint, *changes, loses, **fields):
    return steps.mistake(name, "fold_batchnorm", hint, *changes, loses=loses, **fields)


FOLD = (
    fold(
        "fold without eps", "eps left out of the root", (SCALE, "gamma / np.sqrt(running_var)"), loses=FOLDED, number=75
    ),
    fold(
        "fold with eps outside",
        "sqrt(var) + eps: eps stands inside the root",
        (SCALE, "gamma / (np.sqrt(running_var) + eps)"),
        loses=FOLDED,
        number=75,
    ),
    fold(
        "bias forgotten",
        "the convolution's own bias b left out",
        (B, "beta - running_mean * scale"),
        loses=(*FOLD_B, *END, *INPUTS),
        number=75,
    ),
    fold(
        "scale on the input axis",
        "the scale on the input channels: it belongs to the first axis of w",
        (
            W,
            "w * scale[: w.shape[1], None, None] if w.shape[1] <= len(scale) else w * np.resize(scale, w.shape[1])[:, None, None]",
        ),
        loses=(*FOLD_W, *END, *INPUTS),
        number=75,
    ),
    fold(
        "statistics of the filters",
        "statistics taken from the filters: take the running ones",
        (SCALE, "gamma / np.sqrt(w.var(axis=(1, 2, 3)) + eps)"),
        (B, "(b - w.mean(axis=(1, 2, 3))) * scale + beta"),
        loses=FOLDED,
        number=76,
    ),
    fold(
        "bias not scaled",
        "b added without the scale",
        (B, "b - running_mean * scale + beta"),
        loses=(*FOLD_B, *END, *INPUTS),
        number=75,
    ),
    fold(
        "mean not scaled",
        "the running mean subtracted without the scale",
        (B, "b * scale - running_mean + beta"),
        loses=(*FOLD_B, *END, *INPUTS),
    ),
    fold(
        "mean added",
        "the running mean added: subtract it",
        (B, "(b + running_mean) * scale + beta"),
        loses=(*FOLD_B, *END, *INPUTS),
    ),
    fold(
        "beta forgotten", "beta left out of the bias", (B, "(b - running_mean) * scale"), loses=(*FOLD_B, *END, *INPUTS)
    ),
    fold("gamma forgotten", "gamma left out of the scale", (SCALE, "1 / np.sqrt(running_var + eps)"), loses=FOLDED),
    fold(
        "fold without the root",
        "a division by the variance: it is the deviation",
        (SCALE, "gamma / (running_var + eps)"),
        loses=FOLDED,
    ),
    fold("filters not scaled", "filters left as they were", (W, "w.copy()"), loses=(*FOLD_W, *END, *INPUTS)),
    fold(
        "scale along the columns",
        "the scale along the columns of the filters: it belongs to the first axis of w",
        (W, "w * np.resize(scale, w.shape[3])"),
        loses=(*FOLD_W, *END, *INPUTS),
    ),
    fold(
        "w scaled in place",
        "w itself changed: work on a copy",
        (f"w_folded = {W}", "w_folded = w\n    w_folded *= scale[:, None, None, None]"),
        loses=INPUTS,
    ),
    fold(
        "b changed in place",
        "b itself changed: work on a copy",
        (f"b_folded = {B}", "b -= running_mean\n    b_folded = b * scale + beta"),
        loses=INPUTS,
    ),
    fold(
        "folded bias of shape (F, 1, 1)",
        "a bias of shape (F, 1, 1): it is (F,)",
        (B, f"({B})[:, None, None]"),
        loses=(*FOLD_B, *END, *INPUTS),
        number=57,
    ),
)
