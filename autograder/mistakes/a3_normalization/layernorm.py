"""Mistakes in layer and instance normalization."""

from typing import Any

from autograder.mistakes import Base, Mistake
from autograder.mistakes.a3_normalization.names import tests_of

steps = Base("a3_normalization", "steps")
ROOT, X_HAT = "std = np.sqrt(var + eps)", "x_hat = (x - mean) / std"
LAYER_MEAN, LAYER_VAR = "np.mean(x, axis=1, keepdims=True)", "np.var(x, axis=1, keepdims=True)"
AFFINE = "gamma * x_hat + beta"
PLANE_MEAN, PLANE_VAR = "np.mean(x, axis=(2, 3), keepdims=True)", "np.var(x, axis=(2, 3), keepdims=True)"
PLANE_AFFINE = "gamma.reshape(1, -1, 1, 1) * x_hat + beta.reshape(1, -1, 1, 1)"
LAYER_FORMULA = "(D * dx_hat - total - x_hat * product) / (D * std)"
DBETA, DGAMMA = "dbeta = np.sum(dout, axis=0)", "dgamma = np.sum(dout * x_hat, axis=0)"


def mistake(
    function: str, name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any
) -> Mistake:
    return steps.mistake(name, function, hint, *changes, loses=loses, **fields)


def axes(text: str, new: str) -> tuple[str, str]:
    """The change of a mean or variance to other axes."""
    return text, text.replace("axis=(2, 3, 4)", new).replace("axis=(2, 3)", new).replace("axis=1", new)


LAYERS = (
    mistake(
        "layernorm_forward",
        "layernorm over the batch",
        "statistics over the batch (as in batchnorm): each row has its own",
        axes(LAYER_MEAN, "axis=0"),
        axes(LAYER_VAR, "axis=0"),
        loses=tests_of("layer", "plain", "forward", "eps", "single", "inputs"),
        number=69,
    ),
    mistake(
        "layernorm_forward",
        "layernorm of everything",
        "one mean and variance for all rows: each has its own",
        (LAYER_MEAN, "np.mean(x)"),
        (LAYER_VAR, "np.var(x)"),
        loses=tests_of("layer", "plain", "forward", "eps", "inputs"),
    ),
    mistake(
        "layernorm_forward",
        "layernorm eps ignored",
        "eps of 1e-5 whatever ln_param says",
        ('ln_param.get("eps", 1e-5)', "1e-5"),
        loses=tests_of("layer", "eps"),
        number=53,
    ),
    mistake(
        "layernorm_forward",
        "layernorm eps must be given",
        "an eps that must be given: it defaults to 1e-5",
        ('ln_param.get("eps", 1e-5)', 'ln_param["eps"]'),
        loses=tests_of("layer", "eps"),
    ),
    mistake(
        "layernorm_forward",
        "layernorm eps outside",
        "sqrt(var) + eps: eps stands inside the root",
        (ROOT, "std = np.sqrt(var) + eps"),
        loses=tests_of("layer", "eps"),
        number=51,
    ),
    mistake(
        "layernorm_forward",
        "layernorm unbiased",
        "a variance divided by one less than there are values: divide by their number",
        (LAYER_VAR, "np.var(x, axis=1, keepdims=True, ddof=1)"),
        loses=tests_of("layer", "forward"),
        number=54,
    ),
    mistake(
        "layernorm_forward",
        "layernorm without gamma and beta",
        "gamma and beta left out",
        (AFFINE, "x_hat.copy()"),
        loses=tests_of("layer", "plain", "forward", "single", "inputs"),
    ),
    mistake(
        "layernorm_forward",
        "layernorm without the root",
        "a division by var + eps without the root",
        (ROOT, "std = var + eps"),
        loses=tests_of("layer", "forward", "eps"),
    ),
    mistake(
        "layernorm_forward",
        "ln_param changed",
        "something written into ln_param: work on a copy",
        ('eps = ln_param.get("eps", 1e-5)', 'ln_param["mode"] = "train"\n    eps = ln_param.get("eps", 1e-5)'),
        loses=tests_of("layer", "inputs"),
    ),
    mistake(
        "layernorm_forward",
        "layernorm in place",
        "x itself changed: work on a copy",
        (X_HAT, "x -= mean\n    x_hat = x / std"),
        loses=tests_of("layer", "inputs"),
    ),
    mistake(
        "layernorm_backward",
        "scales over the features",
        "dgamma and dbeta summed over features instead of rows: they are (D,)",
        (DBETA, "dbeta = np.sum(dout, axis=1)"),
        (DGAMMA, "dgamma = np.sum(dout * x_hat, axis=1)"),
        loses=tests_of("layer", "dgamma", "dbeta"),
        number=70,
    ),
    mistake(
        "layernorm_backward",
        "batchnorm's formula",
        "gamma pulled out of the sums (as in batchnorm): it differs along the row",
        ("dx_hat = dout * gamma", "dx_hat = dout"),
        (LAYER_FORMULA, f"gamma * {LAYER_FORMULA}"),
        loses=tests_of("layer", "dx"),
    ),
    mistake(
        "layernorm_backward",
        "layernorm sums over the batch",
        "sums over the batch (as in batchnorm): sum along each row",
        ("total = np.sum(dx_hat, axis=1, keepdims=True)", "total = np.sum(dx_hat, axis=0)"),
        ("product = np.sum(dx_hat * x_hat, axis=1, keepdims=True)", "product = np.sum(dx_hat * x_hat, axis=0)"),
        loses=tests_of("layer", "straight", "mean", "variance", "dx", "backward_eps"),
        number=69,
    ),
    mistake(
        "layernorm_backward",
        "layernorm gamma left out of dx",
        "gamma left out of dx",
        ("dx_hat = dout * gamma", "dx_hat = dout"),
        loses=tests_of("layer", "dx"),
        number=63,
    ),
    mistake(
        "layernorm_backward",
        "layernorm N for D",
        "the batch size in place of the number of features",
        ("D = dout.shape[1]", "D = dout.shape[0]"),
        loses=tests_of("layer", "mean", "variance", "dx", "backward_eps"),
    ),
    mistake(
        "layernorm_backward",
        "layernorm mean path missing",
        "the path through the mean left out of dx",
        (LAYER_FORMULA, LAYER_FORMULA.replace(" - total", "")),
        loses=tests_of("layer", "mean", "dx", "backward_eps"),
        number=59,
    ),
    mistake(
        "layernorm_backward",
        "layernorm variance path missing",
        "the path through the variance left out of dx",
        (LAYER_FORMULA, LAYER_FORMULA.replace(" - x_hat * product", "")),
        loses=tests_of("layer", "variance", "dx", "backward_eps"),
        number=59,
    ),
    mistake(
        "layernorm_backward",
        "layernorm gradients of shape (1, D)",
        "dgamma and dbeta of shape (1, D): they are (D,)",
        (DBETA, DBETA.replace("axis=0", "axis=0, keepdims=True")),
        (DGAMMA, DGAMMA.replace("axis=0", "axis=0, keepdims=True")),
        loses=tests_of("layer", "dgamma", "dbeta"),
        number=57,
    ),
    mistake(
        "layernorm_backward",
        "layernorm dgamma of scaled dout",
        "gamma in dgamma: it is the sum of dout * x_hat",
        (DGAMMA, "dgamma = np.sum(dout * gamma * x_hat, axis=0)"),
        loses=tests_of("layer", "dgamma"),
    ),
    mistake(
        "layernorm_backward",
        "layernorm dout in place",
        "dout itself changed: work on a copy",
        ("dx_hat = dout * gamma", "dx_hat = dout\n    dx_hat *= gamma"),
        loses=tests_of("layer", "manners"),
        number=95,
    ),
    mistake(
        "layernorm_forward",
        "layernorm without keepdims",
        "means without keepdims: they line up with the features, not with the rows",
        (LAYER_MEAN, "np.mean(x, axis=1)"),
        (LAYER_VAR, "np.var(x, axis=1)"),
        loses=tests_of("layer", "plain", "forward", "eps", "inputs"),
    ),
    mistake(
        "layernorm_forward",
        "layernorm without beta",
        "beta left out",
        (AFFINE, "gamma * x_hat"),
        loses=tests_of("layer", "plain", "forward", "single", "inputs"),
    ),
    mistake(
        "layernorm_forward",
        "layernorm eps left out",
        "eps left out",
        (ROOT, "std = np.sqrt(var + 1e-30)"),
        loses=tests_of("layer", "eps"),
        number=52,
    ),
    mistake(
        "layernorm_forward",
        "layernorm of a single row",
        "a single row left as it is: it is normalized like any other",
        ("return out, cache", "if len(x) == 1:\n        out = gamma * x + beta\n    return out, cache"),
        loses=tests_of("layer", "single"),
    ),
    mistake(
        "layernorm_forward",
        "layernorm without a cache",
        "one result: return out and cache",
        ("return out, cache", "return out"),
        loses=tests_of("layer", "inputs"),
    ),
    mistake(
        "layernorm_forward",
        "None for layernorm's cache",
        "None for a cache: keep what the backward pass needs",
        ("return out, cache", "return out, None"),
        loses=tests_of("layer", "inputs"),
        question="layernorm_backward",
    ),
    mistake(
        "layernorm_backward",
        "layernorm sums without keepdims",
        "sums without keepdims: they line up with the features, not with the rows",
        ("np.sum(dx_hat, axis=1, keepdims=True)", "np.sum(dx_hat, axis=1)"),
        ("np.sum(dx_hat * x_hat, axis=1, keepdims=True)", "np.sum(dx_hat * x_hat, axis=1)"),
        loses=tests_of("layer", "dgamma", "dbeta", "straight", "mean", "variance", "dx", "backward_eps", "manners"),
    ),
    mistake(
        "layernorm_backward",
        "layernorm scales averaged",
        "dgamma and dbeta averaged instead of summed",
        (DBETA, "dbeta = np.mean(dout, axis=0)"),
        (DGAMMA, "dgamma = np.mean(dout * x_hat, axis=0)"),
        loses=tests_of("layer", "dgamma", "dbeta"),
    ),
    mistake(
        "layernorm_backward",
        "layernorm dgamma of x",
        "dgamma with x instead of x_hat",
        (DGAMMA, "dgamma = np.sum(dout * x, axis=0)"),
        ("x_hat, std, gamma = cache", "x, x_hat, std, gamma = cache"),
        ("layernorm_forward", "cache = (x_hat, std, gamma)", "cache = (x, x_hat, std, gamma)"),
        loses=tests_of("layer", "dgamma"),
        number=61,
    ),
    mistake(
        "layernorm_backward",
        "layernorm dbeta of one number",
        "one number for dbeta: each feature has its own",
        (DBETA, "dbeta = np.sum(dout)"),
        loses=tests_of("layer", "dbeta"),
    ),
    mistake(
        "layernorm_backward",
        "layernorm root without eps",
        "a root without eps on the way back",
        (LAYER_FORMULA, LAYER_FORMULA.replace("D * std", "D * np.sqrt(std**2 - 1e-5)")),
        loses=tests_of("layer", "backward_eps"),
        number=60,
    ),
    mistake(
        "layernorm_backward",
        "layernorm cache changed",
        "the cache changed in place, so that a second call is wrong",
        (f"dx = {LAYER_FORMULA}", "x_hat *= product\n    dx = (D * dx_hat - total - x_hat) / (D * std)"),
        loses=tests_of("layer", "manners"),
    ),
)

INSTANCES = (
    mistake(
        "instancenorm_forward",
        "instancenorm over the batch",
        "statistics over the images too (as in batchnorm)",
        axes(PLANE_MEAN, "axis=(0, 2, 3)"),
        axes(PLANE_VAR, "axis=(0, 2, 3)"),
        loses=tests_of("instance", "plain", "forward", "eps", "inputs"),
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm over the channels",
        "statistics over the channels too (as in layernorm)",
        axes(PLANE_MEAN, "axis=(1, 2, 3)"),
        axes(PLANE_VAR, "axis=(1, 2, 3)"),
        loses=tests_of("instance", "plain", "forward", "eps", "inputs"),
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm of each row",
        "statistics of each row of pixels: take the whole plane",
        axes(PLANE_MEAN, "axis=3"),
        axes(PLANE_VAR, "axis=3"),
        loses=tests_of("instance", "plain", "forward", "eps", "inputs"),
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm without gamma and beta",
        "gamma and beta left out",
        (PLANE_AFFINE, "x_hat"),
        loses=tests_of("instance", "plain", "forward", "inputs"),
    ),
    mistake(
        "instancenorm_forward",
        "gamma along the columns",
        "gamma and beta along the columns: they belong to the channels",
        (PLANE_AFFINE, "np.resize(gamma, x.shape[3]) * x_hat + np.resize(beta, x.shape[3])"),
        loses=tests_of("instance", "plain", "forward", "inputs"),
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm eps ignored",
        "eps of 1e-5 whatever in_param says",
        ('in_param.get("eps", 1e-5)', "1e-5"),
        loses=tests_of("instance", "eps"),
        number=53,
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm eps must be given",
        "an eps that must be given: it defaults to 1e-5",
        ('in_param.get("eps", 1e-5)', 'in_param["eps"]'),
        loses=tests_of("instance", "eps"),
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm eps outside",
        "sqrt(var) + eps: eps stands inside the root",
        (ROOT, "std = np.sqrt(var) + eps"),
        loses=tests_of("instance", "eps"),
        number=51,
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm unbiased",
        "a variance divided by one less than there are values: divide by their number",
        (PLANE_VAR, "np.var(x, axis=(2, 3), keepdims=True, ddof=1)"),
        loses=tests_of("instance", "forward"),
        number=54,
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm centred only",
        "a mean of 0 only: divide by the deviation too",
        (X_HAT, "x_hat = x - mean"),
        loses=tests_of("instance", "forward", "eps"),
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm in place",
        "x itself changed: work on a copy",
        (X_HAT, "x -= mean\n    x_hat = x / std"),
        loses=tests_of("instance", "inputs"),
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm without keepdims",
        "means without keepdims: they line up with rows and columns, not with images and channels",
        (PLANE_MEAN, "np.mean(x, axis=(2, 3))"),
        (PLANE_VAR, "np.var(x, axis=(2, 3))"),
        loses=tests_of("instance", "plain", "forward", "eps", "inputs"),
    ),
    mistake(
        "instancenorm_forward",
        "gamma not lined up",
        "gamma and beta not lined up with the second axis: reshape them to (C, 1, 1)",
        (PLANE_AFFINE, "gamma * x_hat + beta"),
        loses=tests_of("instance", "plain", "forward", "eps", "inputs"),
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm without beta",
        "beta left out",
        (PLANE_AFFINE, "gamma.reshape(1, -1, 1, 1) * x_hat"),
        loses=tests_of("instance", "plain", "forward", "inputs"),
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm eps left out",
        "eps left out",
        (ROOT, "std = np.sqrt(var + 1e-30)"),
        loses=tests_of("instance", "eps"),
        number=52,
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm without the root",
        "a division by var + eps without the root",
        (ROOT, "std = var + eps"),
        loses=tests_of("instance", "forward", "eps"),
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm alone",
        "one result: return out and cache",
        ("return out, cache", "return out"),
        loses=tests_of("instance", "inputs"),
    ),
)
