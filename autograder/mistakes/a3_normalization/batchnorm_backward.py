"""Mistakes in batchnorm_backward and batchnorm_backward_alt."""

from typing import Any

from autograder.mistakes import Base, Mistake
from autograder.mistakes.a3_normalization.names import tests_of

steps, reuse = Base("a3_normalization", "steps"), Base("a3_normalization", "reuse")
DBETA, DGAMMA = "dbeta = np.sum(dout, axis=0)", "dgamma = np.sum(dout * x_hat, axis=0)"
VARIANCE = "dcentered = dcentered + dvar * 2 * centered / N"
DMEAN, RESULT = "dmean = -np.sum(dcentered, axis=0)", "dx = dcentered + dmean / N"
FORMULA = "gamma / (N * std) * (N * dout - dbeta - x_hat * dgamma)"
UNPACK = "x, mean, var, std, x_hat, gamma, beta, eps = cache"


def graph(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return steps.mistake(name, "batchnorm_backward", hint, *changes, loses=loses, **fields)


def short(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return steps.mistake(name, "batchnorm_backward_alt", hint, *changes, loses=loses, **fields)


GRAPH = (
    graph(
        "path through the mean missing",
        "the path through the mean left out of dx",
        (RESULT, "dx = dcentered"),
        loses=tests_of("bn_backward", "mean", "dx", "eps"),
        number=59,
    ),
    graph(
        "path through the variance missing",
        "the path through the variance left out of dx",
        (VARIANCE, "pass"),
        loses=tests_of("bn_backward", "variance", "dx", "eps"),
        number=59,
    ),
    graph(
        "both paths missing",
        "gamma * dout / std: x also acts through the mean and the variance",
        (VARIANCE, "pass"),
        (RESULT, "dx = dcentered"),
        loses=tests_of("bn_backward", "mean", "variance", "dx", "eps"),
        number=59,
    ),
    graph(
        "std without eps",
        "a root without eps on the way back",
        ("N = dout.shape[0]", "N = dout.shape[0]\n    std = np.sqrt(var)"),
        loses=tests_of("bn_backward", "eps"),
        number=60,
    ),
    graph(
        "dgamma of x",
        "dgamma with x instead of x_hat",
        (DGAMMA, "dgamma = np.sum(dout * x, axis=0)"),
        loses=tests_of("bn_backward", "dgamma"),
        number=61,
    ),
    graph(
        "dgamma of out",
        "dgamma with the output instead of x_hat",
        (DGAMMA, "dgamma = np.sum(dout * (gamma * x_hat + beta), axis=0)"),
        loses=tests_of("bn_backward", "dgamma"),
        number=61,
    ),
    graph(
        "dgamma of centred x",
        "dgamma with x - mean instead of x_hat",
        (DGAMMA, "dgamma = np.sum(dout * (x - mean), axis=0)"),
        loses=tests_of("bn_backward", "dgamma"),
        number=61,
    ),
    graph(
        "gradients of shape (1, D)",
        "dgamma and dbeta of shape (1, D): they are (D,)",
        (DBETA, DBETA.replace("axis=0", "axis=0, keepdims=True")),
        (DGAMMA, DGAMMA.replace("axis=0", "axis=0, keepdims=True")),
        loses=tests_of("bn_backward", "dgamma", "dbeta"),
        number=57,
    ),
    graph(
        "gamma left out of dx",
        "gamma left out of dx",
        ("dx_hat = dout * gamma", "dx_hat = dout"),
        loses=tests_of("bn_backward", "dx"),
        number=63,
    ),
    graph(
        "dbeta averaged",
        "dbeta averaged over the batch instead of summed",
        (DBETA, "dbeta = np.mean(dout, axis=0)"),
        loses=tests_of("bn_backward", "dbeta"),
    ),
    graph(
        "dgamma averaged",
        "dgamma averaged over the batch instead of summed",
        (DGAMMA, "dgamma = np.mean(dout * x_hat, axis=0)"),
        loses=tests_of("bn_backward", "dgamma"),
    ),
    graph(
        "dbeta and dgamma exchanged",
        "dgamma and dbeta exchanged: the order is dx, dgamma, dbeta",
        ("return dx, dgamma, dbeta", "return dx, dbeta, dgamma"),
        loses=tests_of("bn_backward", "dgamma", "dbeta"),
    ),
    graph(
        "summed along the rows",
        "dgamma and dbeta summed over features instead of examples",
        (DBETA, DBETA.replace("axis=0", "axis=1")),
        (DGAMMA, DGAMMA.replace("axis=0", "axis=1")),
        loses=tests_of("bn_backward", "dgamma", "dbeta"),
    ),
    graph(
        "root without its half",
        "the slope of the root without its 1/2",
        ("dstd * 0.5 / std", "dstd / std"),
        loses=tests_of("bn_backward", "variance", "dx", "eps"),
    ),
    graph(
        "square without its 2",
        "the slope of the square without its 2",
        (VARIANCE, "dcentered = dcentered + dvar * centered / N"),
        loses=tests_of("bn_backward", "variance", "dx", "eps"),
    ),
    graph(
        "variance not divided by N",
        "the variance's part without 1/N",
        (VARIANCE, "dcentered = dcentered + dvar * 2 * centered"),
        loses=tests_of("bn_backward", "variance", "dx", "eps"),
    ),
    graph(
        "mean not divided by N",
        "the mean's part without 1/N",
        (RESULT, "dx = dcentered + dmean"),
        loses=tests_of("bn_backward", "mean", "dx", "eps"),
    ),
    graph(
        "N - 1 in the variance",
        "the variance's part divided by N - 1",
        (VARIANCE, "dcentered = dcentered + dvar * 2 * centered / (N - 1)"),
        loses=tests_of("bn_backward", "variance", "dx", "eps"),
    ),
    graph(
        "std not squared",
        "the slope of 1 / std without the square",
        ("* -1 / std**2", "* -1 / std"),
        loses=tests_of("bn_backward", "variance", "dx", "eps"),
    ),
    graph(
        "sign of dstd",
        "the minus sign of the slope of 1 / std left out",
        ("* -1 / std**2", "/ std**2"),
        loses=tests_of("bn_backward", "variance", "dx", "eps"),
    ),
    graph(
        "sign of dmean",
        "the minus sign of the mean's part left out",
        (DMEAN, "dmean = np.sum(dcentered, axis=0)"),
        loses=tests_of("bn_backward", "mean", "dx", "eps"),
    ),
    graph(
        "D for N",
        "the number of features in place of the batch size",
        ("N = dout.shape[0]", "N = dout.shape[1]"),
        loses=tests_of("bn_backward", "mean", "variance", "dx", "eps"),
    ),
    graph(
        "variance's part not summed",
        "dstd not summed over the batch",
        ("np.sum(dx_hat * centered, axis=0)", "(dx_hat * centered)"),
        loses=tests_of("bn_backward", "straight", "mean", "variance", "dx", "eps"),
    ),
    graph(
        "dout scaled in place",
        "dout itself multiplied by gamma: work on a copy",
        ("dx_hat = dout * gamma", "dx_hat = dout\n    dx_hat *= gamma"),
        loses=tests_of("bn_backward", "manners"),
        number=95,
    ),
    graph(
        "cached x changed",
        "the cache changed in place, so that a second call is wrong",
        ("centered = x - mean", "centered = x\n    centered -= mean"),
        loses=tests_of("bn_backward", "manners"),
        number=60,
    ),
    graph(
        "dx left out",
        "dout passed on as dx",
        (RESULT, "dx = dout.copy()"),
        loses=tests_of("bn_backward", "straight", "mean", "variance", "dx", "eps", "manners"),
    ),
    graph(
        "one number for dx",
        "one number for dx: it has the shape of x",
        (RESULT, "dx = np.sum(dcentered + dmean / N)"),
        loses=tests_of("bn_backward", "straight", "mean", "variance", "dx", "eps"),
    ),
    graph(
        "mean over everything on the way back",
        "a sum over the whole array: each feature has its own",
        (DMEAN, "dmean = -np.sum(dcentered)"),
        loses=tests_of("bn_backward", "mean", "dx", "eps"),
    ),
    graph(
        "variance over everything on the way back",
        "a sum over the whole array: each feature has its own",
        ("np.sum(dx_hat * centered, axis=0)", "np.sum(dx_hat * centered)"),
        loses=tests_of("bn_backward", "variance", "dx", "eps"),
    ),
    graph(
        "scales not summed",
        "dgamma and dbeta not summed over the batch",
        (DBETA, "dbeta = dout.copy()"),
        (DGAMMA, "dgamma = dout * x_hat"),
        loses=tests_of("bn_backward", "dgamma", "dbeta"),
    ),
    graph(
        "scales summed over everything",
        "one number for dgamma and dbeta: each feature has its own",
        (DBETA, "dbeta = np.sum(dout)"),
        (DGAMMA, "dgamma = np.sum(dout * x_hat)"),
        loses=tests_of("bn_backward", "dgamma", "dbeta"),
    ),
    graph(
        "mean divided by N twice",
        "the mean's part divided by N twice",
        (DMEAN, "dmean = -np.mean(dcentered, axis=0)"),
        loses=tests_of("bn_backward", "mean", "dx", "eps"),
    ),
    graph(
        "gamma twice",
        "gamma in dx twice",
        (RESULT, "dx = gamma * (dcentered + dmean / N)"),
        loses=tests_of("bn_backward", "dx"),
    ),
    graph(
        "x for centred x",
        "x in the place of x - mean on the way back",
        ("centered = x - mean", "centered = x"),
        loses=tests_of("bn_backward", "mean", "dx", "eps"),
    ),
    graph(
        "x_hat got back from the output",
        "x_hat from (out - beta) / gamma: a gamma may be 0",
        ("N = dout.shape[0]", "N = dout.shape[0]\n    x_hat = (gamma * x_hat + beta - beta) / gamma"),
        loses=tests_of("bn_backward", "dgamma"),
    ),
    graph(
        "float32 on the way back",
        "right to 7 digits: float32 somewhere",
        ("return dx, dgamma, dbeta", "return dx.astype(np.float32), dgamma, dbeta"),
        loses=tests_of("bn_backward", "straight"),
        number=28,
    ),
)

SHORT = (
    short(
        "a cache of its own",
        "a cache of another form: it takes the one of batchnorm_backward",
        (UNPACK, "x_hat, std, gamma = cache"),
        loses=tests_of("bn_alt", "dgamma", "dbeta", "straight", "mean", "variance", "dx", "eps", "manners", "own"),
        number=62,
    ),
    short(
        "the graph called again",
        "a call of batchnorm_backward: write the formula out",
        (FORMULA, "batchnorm_backward(dout, cache)[0]"),
        loses=tests_of("bn_alt", "own"),
    ),
    short(
        "gamma left out of the formula",
        "gamma left out of dx",
        (FORMULA, FORMULA.replace("gamma /", "1 /", 1)),
        loses=tests_of("bn_alt", "dx"),
        number=63,
    ),
    short(
        "sum of dout missing",
        "the term with the sum of dout left out",
        (FORMULA, FORMULA.replace(" - dbeta", "")),
        loses=tests_of("bn_alt", "mean", "dx", "eps"),
        number=59,
    ),
    short(
        "term with x_hat missing",
        "the term with x_hat left out",
        (FORMULA, FORMULA.replace(" - x_hat * dgamma", "")),
        loses=tests_of("bn_alt", "variance", "dx", "eps"),
        number=59,
    ),
    short(
        "N left out of the bracket",
        "dout without N in the bracket",
        (FORMULA, FORMULA.replace("N * dout", "dout")),
        loses=tests_of("bn_alt", "straight", "mean", "variance", "dx", "eps"),
    ),
    short(
        "1/N left out",
        "the 1/N in front left out",
        (FORMULA, FORMULA.replace("(N * std)", "std")),
        loses=tests_of("bn_alt", "straight", "mean", "variance", "dx", "eps"),
    ),
    short(
        "sums exchanged",
        "dgamma and dbeta exchanged in the formula",
        (FORMULA, FORMULA.replace("- dbeta - x_hat * dgamma", "- dgamma - x_hat * dbeta")),
        loses=tests_of("bn_alt", "mean", "variance", "dx", "eps"),
    ),
    short(
        "plus for minus",
        "a plus ahead of the term with x_hat",
        (FORMULA, FORMULA.replace("- x_hat", "+ x_hat")),
        loses=tests_of("bn_alt", "variance", "dx", "eps"),
    ),
    short(
        "var for std",
        "a division by the variance: it is the deviation",
        (FORMULA, FORMULA.replace("N * std", "N * (var + eps)")),
        loses=tests_of("bn_alt", "straight", "mean", "variance", "dx", "eps"),
    ),
    short(
        "formula without eps",
        "a root without eps on the way back",
        (FORMULA, FORMULA.replace("N * std", "N * np.sqrt(var)")),
        loses=tests_of("bn_alt", "eps"),
        number=60,
    ),
    short(
        "formula with eps 1e-5",
        "eps of 1e-5 on the way back whatever bn_param says",
        (FORMULA, FORMULA.replace("N * std", "N * np.sqrt(var + 1e-5)")),
        loses=tests_of("bn_alt", "eps"),
        number=53,
    ),
    short(
        "x for x_hat",
        "x in the place of x_hat in dx",
        (FORMULA, FORMULA.replace("x_hat", "x")),
        loses=tests_of("bn_alt", "variance", "dx", "eps"),
    ),
    short(
        "alt dgamma of x",
        "dgamma with x instead of x_hat",
        (DGAMMA, "dgamma = np.sum(dout * x, axis=0)"),
        loses=tests_of("bn_alt", "dgamma", "mean", "variance", "dx", "eps"),
        number=61,
    ),
    short(
        "alt dbeta averaged",
        "dbeta averaged over the batch instead of summed",
        ("return dx, dgamma, dbeta", "return dx, dgamma, dbeta / N"),
        loses=tests_of("bn_alt", "dbeta"),
    ),
    short(
        "alt dgamma averaged",
        "dgamma averaged over the batch instead of summed",
        ("return dx, dgamma, dbeta", "return dx, dgamma / N, dbeta"),
        loses=tests_of("bn_alt", "dgamma"),
    ),
    short(
        "alt gradients of shape (1, D)",
        "dgamma and dbeta of shape (1, D): they are (D,)",
        (DBETA, DBETA.replace("axis=0", "axis=0, keepdims=True")),
        (DGAMMA, DGAMMA.replace("axis=0", "axis=0, keepdims=True")),
        loses=tests_of("bn_alt", "dgamma", "dbeta"),
        number=57,
    ),
    short(
        "sums over rows in the formula",
        "sums over the features instead of the batch (as in layernorm)",
        (
            FORMULA,
            "gamma / (N * std) * (N * dout - dout.sum(axis=1, keepdims=True) - x_hat * (dout * x_hat).sum(axis=1, keepdims=True))",
        ),
        loses=tests_of("bn_alt", "straight", "mean", "variance", "dx", "eps"),
    ),
    short(
        "alt D for N",
        "the number of features in place of the batch size",
        ("N = dout.shape[0]", "N = dout.shape[1]"),
        loses=tests_of("bn_alt", "mean", "variance", "dx", "eps"),
    ),
    short(
        "alt dout in place",
        "dout itself changed: work on a copy",
        (f"dx = {FORMULA}", "dx = dout\n    dx -= (dbeta + x_hat * dgamma) / N\n    dx *= gamma / std"),
        loses=tests_of("bn_alt", "manners"),
        number=95,
    ),
    short(
        "alt x_hat in place",
        "the cache changed in place, so that a second call is wrong",
        (f"dx = {FORMULA}", "x_hat *= dgamma\n    dx = gamma / (N * std) * (N * dout - dbeta - x_hat)"),
        loses=tests_of("bn_alt", "manners"),
    ),
)

SHARED = (
    reuse.mistake(
        "mean path missing in spatial batchnorm too",
        "batchnorm_backward_alt",
        "the term with the sum of dout left out",
        (" - 1 / N - ", " - "),
        loses=tests_of("bn_alt", "mean", "dx", "eps"),
        number=59,
    ),
    reuse.mistake(
        "gamma missing in spatial batchnorm too",
        "batchnorm_backward_alt",
        "gamma left out of dx",
        (' * cache["gamma"] * cache["inverse"]', ' * cache["inverse"]'),
        loses=tests_of("bn_alt", "dx"),
        number=63,
    ),
    reuse.mistake(
        "gradients of shape (1, D) in spatial batchnorm too",
        "batchnorm_backward_alt",
        "dgamma and dbeta of shape (1, D): they are (D,)",
        ('np.einsum("nd,nd->d", dout, x_hat)', "np.sum(dout * x_hat, 0, keepdims=True)"),
        ('np.einsum("nd->d", dout)', "np.sum(dout, 0, keepdims=True)"),
        loses=tests_of("bn_alt", "dgamma", "dbeta"),
        number=57,
    ),
    reuse.mistake(
        "mean path missing in layernorm too",
        "batchnorm_backward",
        "the path through the mean left out of dx",
        ("dx_hat - dx_hat.mean(0) - ", "dx_hat - "),
        loses=tests_of("bn_backward", "mean", "dx", "eps"),
        number=59,
    ),
)

BACKWARD = (*GRAPH, *SHORT, *SHARED)
