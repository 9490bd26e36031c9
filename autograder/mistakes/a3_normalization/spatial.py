"""Mistakes in spatial batch normalization."""

from autograder.mistakes import Base

steps = Base("a3_normalization", "steps")
TRAIN = ("test_spatial_train", "test_spatial_inputs")
RUNNING, TEST = ("test_spatial_running",), ("test_spatial_test",)
SCALES, DX, MANNERS = ("test_spatial_scales",), ("test_spatial_dx",), ("test_spatial_manners",)
BACKWARD = (*SCALES, *DX, *MANNERS)
FLAT, BACK = "x.transpose(0, 2, 3, 1).reshape(-1, C)", "out.reshape(N, H, W, C).transpose(0, 3, 1, 2)"
MEAN, VAR = "mean = np.mean(flat, axis=0)", "var = np.var(flat, axis=0)"
NEW_MEAN = "running_mean = momentum * running_mean + (1 - momentum) * mean"
NEW_VAR = "running_var = momentum * running_var + (1 - momentum) * var"
X_HAT = "x_hat = (flat - mean) / std"
DFLAT, DBACK = "dout.transpose(0, 2, 3, 1).reshape(-1, C)", "dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)"
FORMULA = "gamma / (m * std) * (m * flat - dbeta - x_hat * dgamma)"
SCALE, W, B = (
    "gamma / np.sqrt(running_var + eps)",
    "w * scale[:, None, None, None]",
    "(b - running_mean) * scale + beta",
)


def forward(name, hint, *changes, loses, **fields):
    return steps.mistake(name, "spatial_batchnorm_forward", hint, *changes, loses=loses, **fields)


def backward(name, hint, *changes, loses, **fields):
    return steps.mistake(name, "spatial_batchnorm_backward", hint, *changes, loses=loses, **fields)


SPATIAL = (
    forward(
        "channels not moved to the end",
        "x.reshape(-1, C) without moving the channels to the end first",
        (FLAT, "x.reshape(-1, C)"),
        (BACK, "out.reshape(N, C, H, W)"),
        ("spatial_batchnorm_backward", DFLAT, "dout.reshape(-1, C)"),
        ("spatial_batchnorm_backward", DBACK, "dx.reshape(N, C, H, W)"),
        loses=(*TRAIN, *RUNNING, *TEST, *BACKWARD),
        number=66,
    ),
    forward(
        "output not transposed",
        "a reshape to (N, C, H, W) of an array whose channels are its last axis: transpose it",
        (BACK, "out.reshape(N, C, H, W)"),
        loses=(*TRAIN, *TEST),
        number=66,
    ),
    forward(
        "output transposed wrongly",
        "rows, columns and channels in the wrong order on the way back",
        (BACK, "out.reshape(N, W, H, C).transpose(0, 3, 2, 1)"),
        loses=(*TRAIN, *TEST),
    ),
    forward(
        "one mean for each pixel",
        "statistics of each pixel over the images: rows and columns belong to the average",
        (MEAN, "mean = np.repeat(x.mean(axis=0)[None], N, axis=0).transpose(0, 2, 3, 1).reshape(-1, C)"),
        (VAR, "var = np.repeat(x.var(axis=0)[None], N, axis=0).transpose(0, 2, 3, 1).reshape(-1, C)"),
        loses=(*TRAIN, *RUNNING, *BACKWARD),
        number=67,
    ),
    forward(
        "statistics of shape (1, C, 1, 1)",
        "running statistics of shape (1, C, 1, 1): they are (C,)",
        ('bn_param["running_mean"] = running_mean', 'bn_param["running_mean"] = running_mean.reshape(1, C, 1, 1)'),
        ('bn_param["running_var"] = running_var', 'bn_param["running_var"] = running_var.reshape(1, C, 1, 1)'),
        loses=(*RUNNING, "test_spatial_inputs"),
        number=68,
    ),
    forward(
        "each image by itself",
        "statistics of each image by itself (as in instancenorm)",
        (MEAN, "mean = np.repeat(x.mean(axis=(2, 3)), H * W, axis=0)"),
        (VAR, "var = np.repeat(x.var(axis=(2, 3)), H * W, axis=0)"),
        loses=(*TRAIN, *RUNNING, *BACKWARD),
    ),
    forward(
        "one mean for all channels",
        "one mean and variance for all channels: each has its own",
        (MEAN, "mean = np.full(C, x.mean())"),
        (VAR, "var = np.full(C, x.var())"),
        loses=(*TRAIN, *RUNNING, *BACKWARD),
        number=58,
    ),
    forward(
        "spatial momentum reversed",
        "the momentum on the new value: it weighs the old one",
        (NEW_MEAN, "running_mean = (1 - momentum) * running_mean + momentum * mean"),
        (NEW_VAR, "running_var = (1 - momentum) * running_var + momentum * var"),
        loses=RUNNING,
        number=45,
    ),
    forward(
        "spatial statistics not stored",
        "running statistics that were not put back into bn_param",
        ('    bn_param["running_mean"] = running_mean\n', ""),
        ('    bn_param["running_var"] = running_var\n', ""),
        loses=RUNNING,
        number=47,
    ),
    forward(
        "spatial batch statistics in test mode",
        "the batch's own statistics in test mode: the running ones belong there",
        (
            X_HAT,
            f'if mode == "test":\n        mean, std = flat.mean(axis=0), np.sqrt(flat.var(axis=0) + eps)\n    {X_HAT}',
        ),
        loses=TEST,
        number=49,
    ),
    forward(
        "spatial test mode without gamma and beta",
        "test mode without gamma and beta",
        ("out = gamma * x_hat + beta", 'out = gamma * x_hat + beta if mode == "train" else x_hat'),
        loses=TEST,
        number=50,
    ),
    forward(
        "spatial eps outside",
        "sqrt(var) + eps: eps stands inside the root",
        ("std = np.sqrt(var + eps)", "std = np.sqrt(var) + eps"),
        loses=(*TRAIN, *TEST, *BACKWARD),
        number=51,
    ),
    forward(
        "updated in spatial test mode",
        "running statistics updated in test mode too",
        (
            "        mean = running_mean\n        var = running_var\n",
            "        mean = running_mean\n        var = running_var\n        running_mean = momentum * mean + (1 - momentum) * flat.mean(axis=0)\n",
        ),
        loses=("test_spatial_inputs",),
        number=48,
    ),
    forward(
        "spatial unbiased variance",
        "a variance divided by N - 1: divide by N",
        (VAR, "var = np.var(flat, axis=0, ddof=1)"),
        loses=(*TRAIN, *RUNNING, *BACKWARD),
        number=54,
    ),
    forward(
        "spatial x in place",
        "x itself changed: work on a copy",
        ("    cache =", "    x -= x.mean(axis=(0, 2, 3), keepdims=True)\n    cache ="),
        loses=("test_spatial_inputs",),
    ),
    backward(
        "dout not moved to the end",
        "dout.reshape(-1, C) without moving the channels to the end first",
        (DFLAT, "dout.reshape(-1, C)"),
        loses=BACKWARD,
        number=66,
    ),
    backward(
        "dx not transposed",
        "a reshape to (N, C, H, W) of an array whose channels are its last axis: transpose it",
        (DBACK, "dx.reshape(N, C, H, W)"),
        loses=(*DX, *MANNERS),
        number=66,
    ),
    backward(
        "N images counted",
        "N in the formula: the number of values is N * H * W",
        ("m = flat.shape[0]", "m = N"),
        loses=(*DX, *MANNERS),
    ),
    backward(
        "spatial gamma left out of dx",
        "gamma left out of dx",
        (FORMULA, FORMULA.replace("gamma /", "1 /", 1)),
        loses=(*DX, *MANNERS),
        number=63,
    ),
    backward(
        "spatial gradients of shape (1, C, 1, 1)",
        "dgamma and dbeta of shape (1, C, 1, 1): they are (C,)",
        ("return dx, dgamma, dbeta", "return dx, dgamma.reshape(1, C, 1, 1), dbeta.reshape(1, C, 1, 1)"),
        loses=(*SCALES, *MANNERS),
        number=57,
    ),
    backward(
        "spatial scales averaged",
        "dgamma and dbeta averaged instead of summed",
        ("return dx, dgamma, dbeta", "return dx, dgamma / m, dbeta / m"),
        loses=(*SCALES, *MANNERS),
    ),
    backward(
        "spatial mean path missing",
        "the path through the mean left out of dx",
        (FORMULA, FORMULA.replace(" - dbeta", "")),
        loses=(*DX, *MANNERS),
        number=59,
    ),
    backward(
        "spatial dout scaled in place",
        "dout itself changed: work on a copy",
        ("    return dx", "    dout *= gamma[:, None, None]\n    return dx"),
        loses=MANNERS,
        number=95,
    ),
)
