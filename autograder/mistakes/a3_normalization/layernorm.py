"""Mistakes in layer and instance normalization."""

from autograder.mistakes import Base

steps = Base("a3_normalization", "steps")
LAYER = ("test_layer_forward", "test_layer_eps", "test_layer_single", "test_layer_inputs")
LAYER_SCALES, LAYER_DX, LAYER_MANNERS = ("test_layer_scales",), ("test_layer_dx",), ("test_layer_manners",)
LAYER_BACKWARD = (*LAYER_SCALES, *LAYER_DX, *LAYER_MANNERS)
ROOT, X_HAT = "std = np.sqrt(var + eps)", "x_hat = (x - mean) / std"
LAYER_MEAN, LAYER_VAR = "np.mean(x, axis=1, keepdims=True)", "np.var(x, axis=1, keepdims=True)"
AFFINE = "gamma * x_hat + beta"
INSTANCE = ("test_instance_forward", "test_instance_eps", "test_instance_inputs")
PLANE_MEAN, PLANE_VAR = "np.mean(x, axis=(2, 3), keepdims=True)", "np.var(x, axis=(2, 3), keepdims=True)"
PLANE_AFFINE = "gamma.reshape(1, -1, 1, 1) * x_hat + beta.reshape(1, -1, 1, 1)"
LAYER_FORMULA = "(D * dx_hat - total - x_hat * product) / (D * std)"
DBETA, DGAMMA = "dbeta = np.sum(dout, axis=0)", "dgamma = np.sum(dout * x_hat, axis=0)"


def mistake(function, name, hint, *changes, loses, **fields):
    return steps.mistake(name, function, hint, *changes, loses=loses, **fields)


def axes(text, new):
    """The change of a mean or variance to other axes."""
    return text, text.replace("axis=(2, 3, 4)", new).replace("axis=(2, 3)", new).replace("axis=1", new)


LAYERS = (
    mistake(
        "layernorm_forward",
        "layernorm over the batch",
        "statistics over the batch (as in batchnorm): each row has its own",
        axes(LAYER_MEAN, "axis=0"),
        axes(LAYER_VAR, "axis=0"),
        loses=(*LAYER, *LAYER_BACKWARD),
        number=69,
    ),
    mistake(
        "layernorm_forward",
        "layernorm of everything",
        "one mean and variance for all rows: each has its own",
        (LAYER_MEAN, "np.mean(x)"),
        (LAYER_VAR, "np.var(x)"),
        loses=(*LAYER[:2], LAYER[3], *LAYER_BACKWARD),
    ),
    mistake(
        "layernorm_forward",
        "layernorm eps ignored",
        "eps of 1e-5 whatever ln_param says",
        ('ln_param.get("eps", 1e-5)', "1e-5"),
        loses=("test_layer_eps", *LAYER_DX, *LAYER_MANNERS),
        number=53,
    ),
    mistake(
        "layernorm_forward",
        "layernorm eps must be given",
        "an eps that must be given: it defaults to 1e-5",
        ('ln_param.get("eps", 1e-5)', 'ln_param["eps"]'),
        loses=("test_layer_eps", "test_layer_single", *LAYER_BACKWARD),
    ),
    mistake(
        "layernorm_forward",
        "layernorm eps outside",
        "sqrt(var) + eps: eps stands inside the root",
        (ROOT, "std = np.sqrt(var) + eps"),
        loses=(*LAYER, *LAYER_BACKWARD),
        number=51,
    ),
    mistake(
        "layernorm_forward",
        "layernorm unbiased",
        "a variance divided by D - 1: divide by D",
        (LAYER_VAR, "np.var(x, axis=1, keepdims=True, ddof=1)"),
        loses=(*LAYER, *LAYER_BACKWARD),
        number=54,
    ),
    mistake(
        "layernorm_forward",
        "layernorm without gamma and beta",
        "gamma and beta left out",
        (AFFINE, "x_hat.copy()"),
        loses=LAYER,
    ),
    mistake(
        "layernorm_forward",
        "layernorm without the root",
        "a division by var + eps without the root",
        (ROOT, "std = var + eps"),
        loses=(*LAYER, *LAYER_BACKWARD),
    ),
    mistake(
        "layernorm_forward",
        "ln_param changed",
        "something written into ln_param: work on a copy",
        ('eps = ln_param.get("eps", 1e-5)', 'ln_param["mode"] = "train"\n    eps = ln_param.get("eps", 1e-5)'),
        loses=("test_layer_inputs",),
    ),
    mistake(
        "layernorm_forward",
        "layernorm in place",
        "x itself changed: work on a copy",
        (X_HAT, "x -= mean\n    x_hat = x / std"),
        loses=("test_layer_inputs",),
    ),
    mistake(
        "layernorm_backward",
        "scales over the features",
        "dgamma and dbeta summed over features instead of rows: they are (D,)",
        (DBETA, "dbeta = np.sum(dout, axis=1)"),
        (DGAMMA, "dgamma = np.sum(dout * x_hat, axis=1)"),
        loses=(*LAYER_SCALES, *LAYER_MANNERS),
        number=70,
    ),
    mistake(
        "layernorm_backward",
        "batchnorm's formula",
        "gamma pulled out of the sums (as in batchnorm): it differs along the row",
        ("dx_hat = dout * gamma", "dx_hat = dout"),
        (LAYER_FORMULA, f"gamma * {LAYER_FORMULA}"),
        loses=(*LAYER_DX, *LAYER_MANNERS),
    ),
    mistake(
        "layernorm_backward",
        "layernorm sums over the batch",
        "sums over the batch (as in batchnorm): sum along each row",
        ("total = np.sum(dx_hat, axis=1, keepdims=True)", "total = np.sum(dx_hat, axis=0)"),
        ("product = np.sum(dx_hat * x_hat, axis=1, keepdims=True)", "product = np.sum(dx_hat * x_hat, axis=0)"),
        loses=(*LAYER_DX, *LAYER_MANNERS),
        number=69,
    ),
    mistake(
        "layernorm_backward",
        "layernorm gamma left out of dx",
        "gamma left out of dx",
        ("dx_hat = dout * gamma", "dx_hat = dout"),
        loses=(*LAYER_DX, *LAYER_MANNERS),
        number=63,
    ),
    mistake(
        "layernorm_backward",
        "layernorm N for D",
        "the batch size in place of the number of features",
        ("D = dout.shape[1]", "D = dout.shape[0]"),
        loses=(*LAYER_DX, *LAYER_MANNERS),
    ),
    mistake(
        "layernorm_backward",
        "layernorm mean path missing",
        "the path through the mean left out of dx",
        (LAYER_FORMULA, LAYER_FORMULA.replace(" - total", "")),
        loses=(*LAYER_DX, *LAYER_MANNERS),
        number=59,
    ),
    mistake(
        "layernorm_backward",
        "layernorm variance path missing",
        "the path through the variance left out of dx",
        (LAYER_FORMULA, LAYER_FORMULA.replace(" - x_hat * product", "")),
        loses=(*LAYER_DX, *LAYER_MANNERS),
        number=59,
    ),
    mistake(
        "layernorm_backward",
        "layernorm gradients of shape (1, D)",
        "dgamma and dbeta of shape (1, D): they are (D,)",
        (DBETA, DBETA.replace("axis=0", "axis=0, keepdims=True")),
        (DGAMMA, DGAMMA.replace("axis=0", "axis=0, keepdims=True")),
        loses=(*LAYER_SCALES, *LAYER_MANNERS),
        number=57,
    ),
    mistake(
        "layernorm_backward",
        "layernorm dgamma of scaled dout",
        "gamma in dgamma: it is the sum of dout * x_hat",
        (DGAMMA, "dgamma = np.sum(dout * gamma * x_hat, axis=0)"),
        loses=(*LAYER_SCALES, *LAYER_MANNERS),
    ),
    mistake(
        "layernorm_backward",
        "layernorm dout in place",
        "dout itself changed: work on a copy",
        ("dx_hat = dout * gamma", "dx_hat = dout\n    dx_hat *= gamma"),
        loses=LAYER_MANNERS,
        number=95,
    ),
)

INSTANCES = (
    mistake(
        "instancenorm_forward",
        "instancenorm over the batch",
        "statistics over the images too (as in batchnorm)",
        axes(PLANE_MEAN, "axis=(0, 2, 3)"),
        axes(PLANE_VAR, "axis=(0, 2, 3)"),
        loses=INSTANCE,
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm over the channels",
        "statistics over the channels too (as in layernorm)",
        axes(PLANE_MEAN, "axis=(1, 2, 3)"),
        axes(PLANE_VAR, "axis=(1, 2, 3)"),
        loses=INSTANCE,
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm of each row",
        "statistics of each row of pixels: take the whole plane",
        axes(PLANE_MEAN, "axis=3"),
        axes(PLANE_VAR, "axis=3"),
        loses=INSTANCE,
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm without gamma and beta",
        "gamma and beta left out",
        (PLANE_AFFINE, "x_hat"),
        loses=INSTANCE,
    ),
    mistake(
        "instancenorm_forward",
        "gamma along the columns",
        "gamma and beta along the columns: they belong to the channels",
        (PLANE_AFFINE, "np.resize(gamma, x.shape[3]) * x_hat + np.resize(beta, x.shape[3])"),
        loses=INSTANCE,
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm eps ignored",
        "eps of 1e-5 whatever in_param says",
        ('in_param.get("eps", 1e-5)', "1e-5"),
        loses=("test_instance_eps",),
        number=53,
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm eps must be given",
        "an eps that must be given: it defaults to 1e-5",
        ('in_param.get("eps", 1e-5)', 'in_param["eps"]'),
        loses=("test_instance_eps",),
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm eps outside",
        "sqrt(var) + eps: eps stands inside the root",
        (ROOT, "std = np.sqrt(var) + eps"),
        loses=INSTANCE,
        number=51,
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm unbiased",
        "a variance divided by H * W - 1: divide by H * W",
        (PLANE_VAR, "np.var(x, axis=(2, 3), keepdims=True, ddof=1)"),
        loses=INSTANCE,
        number=54,
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm centred only",
        "a mean of 0 only: divide by the deviation too",
        (X_HAT, "x_hat = x - mean"),
        loses=INSTANCE,
    ),
    mistake(
        "instancenorm_forward",
        "instancenorm in place",
        "x itself changed: work on a copy",
        (X_HAT, "x -= mean\n    x_hat = x / std"),
        loses=("test_instance_inputs",),
    ),
)
