"""Mistakes in batchnorm_backward and batchnorm_backward_alt."""

from autograder.mistakes import Base
from autograder.mistakes.a3_normalization.batchnorm_forward import ALT_MANNERS, MANNERS

steps = Base("a3_normalization", "steps")
SCALES = ("test_bn_backward_scales", *MANNERS)
DX = ("test_bn_backward_dx", "test_bn_backward_eps", *MANNERS)
ALT_SCALES = ("test_bn_alt_scales", *ALT_MANNERS)
ALT_DX = ("test_bn_alt_dx", "test_bn_alt_eps", *ALT_MANNERS)
DBETA, DGAMMA = "dbeta = np.sum(dout, axis=0)", "dgamma = np.sum(dout * x_hat, axis=0)"
VARIANCE = "dcentered = dcentered + dvar * 2 * centered / N"
DMEAN, RESULT = "dmean = -np.sum(dcentered, axis=0)", "dx = dcentered + dmean / N"
FORMULA = "gamma / (N * std) * (N * dout - dbeta - x_hat * dgamma)"
UNPACK = "x, mean, var, std, x_hat, gamma, beta, eps = cache"


def graph(name, hint, *changes, loses, **fields):
    return steps.mistake(name, "batchnorm_backward", hint, *changes, loses=loses, **fields)


def short(name, hint, *changes, loses, **fields):
    return steps.mistake(name, "batchnorm_backward_alt", hint, *changes, loses=loses, **fields)


GRAPH = (
    graph(
        "path through the mean missing",
        "the path through the mean left out of dx",
        (RESULT, "dx = dcentered"),
        loses=DX,
        number=59,
    ),
    graph(
        "path through the variance missing",
        "the path through the variance left out of dx",
        (VARIANCE, "pass"),
        loses=DX,
        number=59,
    ),
    graph(
        "both paths missing",
        "gamma * dout / std: x also acts through the mean and the variance",
        (VARIANCE, "pass"),
        (RESULT, "dx = dcentered"),
        loses=DX,
        number=59,
    ),
    graph(
        "std without eps",
        "a root without eps on the way back",
        ("N = dout.shape[0]", "N = dout.shape[0]\n    std = np.sqrt(var)"),
        loses=DX,
        number=60,
    ),
    graph(
        "dgamma of x",
        "dgamma with x instead of x_hat",
        (DGAMMA, "dgamma = np.sum(dout * x, axis=0)"),
        loses=SCALES,
        number=61,
    ),
    graph(
        "dgamma of out",
        "dgamma with the output instead of x_hat",
        (DGAMMA, "dgamma = np.sum(dout * (gamma * x_hat + beta), axis=0)"),
        loses=SCALES,
        number=61,
    ),
    graph(
        "dgamma of centred x",
        "dgamma with x - mean instead of x_hat",
        (DGAMMA, "dgamma = np.sum(dout * (x - mean), axis=0)"),
        loses=SCALES,
        number=61,
    ),
    graph(
        "gradients of shape (1, D)",
        "dgamma and dbeta of shape (1, D): they are (D,)",
        (DBETA, DBETA.replace("axis=0", "axis=0, keepdims=True")),
        (DGAMMA, DGAMMA.replace("axis=0", "axis=0, keepdims=True")),
        loses=SCALES,
        number=57,
    ),
    graph(
        "gamma left out of dx", "gamma left out of dx", ("dx_hat = dout * gamma", "dx_hat = dout"), loses=DX, number=63
    ),
    graph(
        "dbeta averaged",
        "dbeta averaged over the batch instead of summed",
        (DBETA, "dbeta = np.mean(dout, axis=0)"),
        loses=SCALES,
    ),
    graph(
        "dgamma averaged",
        "dgamma averaged over the batch instead of summed",
        (DGAMMA, "dgamma = np.mean(dout * x_hat, axis=0)"),
        loses=SCALES,
    ),
    graph(
        "dbeta and dgamma exchanged",
        "dgamma and dbeta exchanged: the order is dx, dgamma, dbeta",
        ("return dx, dgamma, dbeta", "return dx, dbeta, dgamma"),
        loses=SCALES,
    ),
    graph(
        "summed along the rows",
        "dgamma and dbeta summed over features instead of examples",
        (DBETA, DBETA.replace("axis=0", "axis=1")),
        (DGAMMA, DGAMMA.replace("axis=0", "axis=1")),
        loses=SCALES,
    ),
    graph(
        "root without its half", "the slope of the root without its 1/2", ("dstd * 0.5 / std", "dstd / std"), loses=DX
    ),
    graph(
        "square without its 2",
        "the slope of the square without its 2",
        (VARIANCE, "dcentered = dcentered + dvar * centered / N"),
        loses=DX,
    ),
    graph(
        "variance not divided by N",
        "the variance's part without 1/N",
        (VARIANCE, "dcentered = dcentered + dvar * 2 * centered"),
        loses=DX,
    ),
    graph("mean not divided by N", "the mean's part without 1/N", (RESULT, "dx = dcentered + dmean"), loses=DX),
    graph(
        "N - 1 in the variance",
        "the variance's part divided by N - 1",
        (VARIANCE, "dcentered = dcentered + dvar * 2 * centered / (N - 1)"),
        loses=DX,
    ),
    graph("std not squared", "the slope of 1 / std without the square", ("* -1 / std**2", "* -1 / std"), loses=DX),
    graph("sign of dstd", "the minus sign of the slope of 1 / std left out", ("* -1 / std**2", "/ std**2"), loses=DX),
    graph(
        "sign of dmean",
        "the minus sign of the mean's part left out",
        (DMEAN, "dmean = np.sum(dcentered, axis=0)"),
        loses=DX,
    ),
    graph(
        "D for N",
        "the number of features in place of the batch size",
        ("N = dout.shape[0]", "N = dout.shape[1]"),
        loses=DX,
    ),
    graph(
        "variance's part not summed",
        "dstd not summed over the batch",
        ("np.sum(dx_hat * centered, axis=0)", "(dx_hat * centered)"),
        loses=DX,
    ),
    graph(
        "dout scaled in place",
        "dout itself multiplied by gamma: work on a copy",
        ("dx_hat = dout * gamma", "dx_hat = dout\n    dx_hat *= gamma"),
        loses=MANNERS,
        number=95,
    ),
    graph(
        "cached x changed",
        "the cache changed in place, so that a second call is wrong",
        ("centered = x - mean", "centered = x\n    centered -= mean"),
        loses=MANNERS,
        number=60,
    ),
    graph("dx left out", "dout passed on as dx", (RESULT, "dx = dout.copy()"), loses=DX),
)

SHORT = (
    short(
        "a cache of its own",
        "a cache of another form: it takes the one of batchnorm_backward",
        (UNPACK, "x_hat, std, gamma = cache"),
        loses=("test_bn_alt_scales", *ALT_DX),
        number=62,
    ),
    short(
        "the graph called again",
        "a call of batchnorm_backward: write the formula out",
        (FORMULA, "batchnorm_backward(dout, cache)[0]"),
        loses=("test_bn_alt_own",),
    ),
    short(
        "gamma left out of the formula",
        "gamma left out of dx",
        (FORMULA, FORMULA.replace("gamma /", "1 /", 1)),
        loses=ALT_DX,
        number=63,
    ),
    short(
        "sum of dout missing",
        "the term with the sum of dout left out",
        (FORMULA, FORMULA.replace(" - dbeta", "")),
        loses=ALT_DX,
        number=59,
    ),
    short(
        "term with x_hat missing",
        "the term with x_hat left out",
        (FORMULA, FORMULA.replace(" - x_hat * dgamma", "")),
        loses=ALT_DX,
        number=59,
    ),
    short(
        "N left out of the bracket",
        "dout without N in the bracket",
        (FORMULA, FORMULA.replace("N * dout", "dout")),
        loses=ALT_DX,
    ),
    short("1/N left out", "the 1/N in front left out", (FORMULA, FORMULA.replace("(N * std)", "std")), loses=ALT_DX),
    short(
        "sums exchanged",
        "dgamma and dbeta exchanged in the formula",
        (FORMULA, FORMULA.replace("- dbeta - x_hat * dgamma", "- dgamma - x_hat * dbeta")),
        loses=ALT_DX,
    ),
    short(
        "plus for minus",
        "a plus ahead of the term with x_hat",
        (FORMULA, FORMULA.replace("- x_hat", "+ x_hat")),
        loses=ALT_DX,
    ),
    short(
        "var for std",
        "a division by the variance: it is the deviation",
        (FORMULA, FORMULA.replace("N * std", "N * (var + eps)")),
        loses=ALT_DX,
    ),
    short(
        "formula without eps",
        "a root without eps on the way back",
        (FORMULA, FORMULA.replace("N * std", "N * np.sqrt(var)")),
        loses=ALT_DX,
        number=60,
    ),
    short(
        "formula with eps 1e-5",
        "eps of 1e-5 on the way back whatever bn_param says",
        (FORMULA, FORMULA.replace("N * std", "N * np.sqrt(var + 1e-5)")),
        loses=("test_bn_alt_eps",),
        number=53,
    ),
    short("x for x_hat", "x in the place of x_hat in dx", (FORMULA, FORMULA.replace("x_hat", "x")), loses=ALT_DX),
    short(
        "alt dgamma of x",
        "dgamma with x instead of x_hat",
        (DGAMMA, "dgamma = np.sum(dout * x, axis=0)"),
        loses=(*ALT_SCALES, "test_bn_alt_dx", "test_bn_alt_eps"),
        number=61,
    ),
    short(
        "alt dbeta averaged",
        "dbeta averaged over the batch instead of summed",
        ("return dx, dgamma, dbeta", "return dx, dgamma, dbeta / N"),
        loses=ALT_SCALES,
    ),
    short(
        "alt gradients of shape (1, D)",
        "dgamma and dbeta of shape (1, D): they are (D,)",
        (DBETA, DBETA.replace("axis=0", "axis=0, keepdims=True")),
        (DGAMMA, DGAMMA.replace("axis=0", "axis=0, keepdims=True")),
        loses=ALT_SCALES,
        number=57,
    ),
    short(
        "sums over rows in the formula",
        "sums over the features instead of the batch (as in layernorm)",
        (
            FORMULA,
            "gamma / (N * std) * (N * dout - dout.sum(axis=1, keepdims=True) - x_hat * (dout * x_hat).sum(axis=1, keepdims=True))",
        ),
        loses=ALT_DX,
    ),
    short(
        "alt D for N",
        "the number of features in place of the batch size",
        ("N = dout.shape[0]", "N = dout.shape[1]"),
        loses=ALT_DX,
    ),
    short(
        "alt dout in place",
        "dout itself changed: work on a copy",
        (f"dx = {FORMULA}", "dx = dout\n    dx -= (dbeta + x_hat * dgamma) / N\n    dx *= gamma / std"),
        loses=("test_bn_alt_manners",),
        number=95,
    ),
    short(
        "alt x_hat in place",
        "the cache changed in place, so that a second call is wrong",
        (f"dx = {FORMULA}", "x_hat *= dgamma\n    dx = gamma / (N * std) * (N * dout - dbeta - x_hat)"),
        loses=("test_bn_alt_manners",),
    ),
)

BACKWARD = (*GRAPH, *SHORT)
