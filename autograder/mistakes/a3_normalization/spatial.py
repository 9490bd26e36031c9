"""Mistakes in spatial batch normalization."""

from typing import Any

from autograder.mistakes import Base, Mistake
from autograder.mistakes.a3_normalization.batchnorm_forward import SHAPED, START, UNBIASED
from autograder.mistakes.a3_normalization.names import tests_of

steps = Base("a3_normalization", "steps")
FLAT, BACK = "x.transpose(0, 2, 3, 1).reshape(-1, C)", "out.reshape(N, H, W, C).transpose(0, 3, 1, 2)"
MEAN, VAR = "mean = np.mean(flat, axis=0)", "var = np.var(flat, axis=0)"
NEW_MEAN = "running_mean = momentum * running_mean + (1 - momentum) * mean"
NEW_VAR = "running_var = momentum * running_var + (1 - momentum) * var"
X_HAT = "x_hat = (flat - mean) / std"
DFLAT, DBACK = "dout.transpose(0, 2, 3, 1).reshape(-1, C)", "dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)"
FORMULA = "gamma / (m * std) * (m * flat - dbeta - x_hat * dgamma)"
ELSE = """    else:
        raise ValueError(f"the mode must be train or test, not {mode}")
"""


def forward(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return steps.mistake(name, "spatial_batchnorm_forward", hint, *changes, loses=loses, **fields)


def backward(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return steps.mistake(name, "spatial_batchnorm_backward", hint, *changes, loses=loses, **fields)


SPATIAL = (
    forward(
        "channels not moved to the end",
        "x.reshape(-1, C) without moving the channels to the end first",
        (FLAT, "x.reshape(-1, C)"),
        (BACK, "out.reshape(N, C, H, W)"),
        ("spatial_batchnorm_backward", DFLAT, "dout.reshape(-1, C)"),
        ("spatial_batchnorm_backward", DBACK, "dx.reshape(N, C, H, W)"),
        loses=tests_of(
            "spatial", "plain", "train", "eps", "running_mean", "running_var", "test", "test_keeps", "inputs"
        ),
        number=66,
    ),
    forward(
        "output not transposed",
        "a reshape to (N, C, H, W) of an array whose channels are its last axis: transpose it",
        (BACK, "out.reshape(N, C, H, W)"),
        loses=tests_of("spatial", "plain", "train", "eps", "test", "test_keeps", "inputs"),
        number=66,
    ),
    forward(
        "output transposed wrongly",
        "rows, columns and channels in the wrong order on the way back",
        (BACK, "out.reshape(N, W, H, C).transpose(0, 3, 2, 1)"),
        loses=tests_of("spatial", "plain", "train", "eps", "test", "test_keeps", "inputs"),
    ),
    forward(
        "one mean for each pixel",
        "statistics of each pixel over the images: rows and columns belong to the average",
        (MEAN, "mean = np.repeat(x.mean(axis=0)[None], N, axis=0).transpose(0, 2, 3, 1).reshape(-1, C)"),
        (VAR, "var = np.repeat(x.var(axis=0)[None], N, axis=0).transpose(0, 2, 3, 1).reshape(-1, C)"),
        loses=tests_of("spatial", "plain", "train", "eps", "running_mean", "running_var", "inputs"),
        number=67,
    ),
    forward(
        "statistics of shape (1, C, 1, 1)",
        SHAPED,
        ('bn_param["running_mean"] = running_mean', 'bn_param["running_mean"] = running_mean.reshape(1, C, 1, 1)'),
        ('bn_param["running_var"] = running_var', 'bn_param["running_var"] = running_var.reshape(1, C, 1, 1)'),
        loses=tests_of("spatial", "running_mean", "running_var", "test_keeps"),
        number=68,
    ),
    forward(
        "each image by itself",
        "statistics of each image by itself (as in instancenorm)",
        (MEAN, "mean = np.repeat(x.mean(axis=(2, 3)), H * W, axis=0)"),
        (VAR, "var = np.repeat(x.var(axis=(2, 3)), H * W, axis=0)"),
        loses=tests_of("spatial", "plain", "train", "eps", "running_mean", "running_var", "inputs"),
    ),
    forward(
        "one mean for all channels",
        "one mean and variance for all channels: each has its own",
        (MEAN, "mean = np.full(C, x.mean())"),
        (VAR, "var = np.full(C, x.var())"),
        loses=tests_of("spatial", "plain", "train", "eps", "running_mean", "running_var", "inputs"),
        number=58,
    ),
    forward(
        "spatial momentum reversed",
        "the momentum on the new value: it weighs the old one",
        (NEW_MEAN, "running_mean = (1 - momentum) * running_mean + momentum * mean"),
        (NEW_VAR, "running_var = (1 - momentum) * running_var + momentum * var"),
        loses=tests_of("spatial", "running_mean", "running_var"),
        number=45,
    ),
    forward(
        "spatial statistics not stored",
        "running statistics that stay as they were: put the new ones back into bn_param",
        ('    bn_param["running_mean"] = running_mean\n', ""),
        ('    bn_param["running_var"] = running_var\n', ""),
        loses=tests_of("spatial", "running_mean", "running_var", "start"),
        number=47,
    ),
    forward(
        "spatial batch statistics in test mode",
        "the batch's own statistics in test mode: the running ones belong there",
        (
            X_HAT,
            f'if mode == "test":\n        mean, std = flat.mean(axis=0), np.sqrt(flat.var(axis=0) + eps)\n    {X_HAT}',
        ),
        loses=tests_of("spatial", "eps", "start", "test", "test_keeps"),
        number=49,
    ),
    forward(
        "spatial test mode without gamma and beta",
        "test mode without gamma and beta",
        ("out = gamma * x_hat + beta", 'out = gamma * x_hat + beta if mode == "train" else x_hat'),
        loses=tests_of("spatial", "test", "test_keeps"),
        number=50,
    ),
    forward(
        "spatial eps outside",
        "sqrt(var) + eps: eps stands inside the root",
        ("std = np.sqrt(var + eps)", "std = np.sqrt(var) + eps"),
        loses=tests_of("spatial", "eps"),
        number=51,
    ),
    forward(
        "updated in spatial test mode",
        "running statistics updated in test mode too",
        (
            "        mean = running_mean\n        var = running_var\n",
            "        mean = running_mean\n        var = running_var\n        running_mean = momentum * mean + (1 - momentum) * flat.mean(axis=0)\n",
        ),
        loses=tests_of("spatial", "test_keeps"),
        number=48,
    ),
    forward(
        "spatial unbiased variance",
        UNBIASED,
        (VAR, "var = np.var(flat, axis=0, ddof=1)"),
        loses=tests_of("spatial", "train", "running_var"),
        number=54,
    ),
    forward(
        "spatial x in place",
        "x itself changed: work on a copy",
        ("    cache =", "    x -= x.mean(axis=(0, 2, 3), keepdims=True)\n    cache ="),
        loses=tests_of("spatial", "test_keeps", "inputs"),
    ),
    backward(
        "dout not moved to the end",
        "dout.reshape(-1, C) without moving the channels to the end first",
        (DFLAT, "dout.reshape(-1, C)"),
        loses=tests_of("spatial", "dgamma", "dbeta", "straight", "dx", "backward_eps"),
        number=66,
    ),
    backward(
        "dx not transposed",
        "a reshape to (N, C, H, W) of an array whose channels are its last axis: transpose it",
        (DBACK, "dx.reshape(N, C, H, W)"),
        loses=tests_of("spatial", "straight", "dx", "backward_eps"),
        number=66,
    ),
    backward(
        "N images counted",
        "N in the formula: the number of values is N * H * W",
        ("m = flat.shape[0]", "m = N"),
        loses=tests_of("spatial", "dx", "backward_eps"),
    ),
    backward(
        "spatial gamma left out of dx",
        "gamma left out of dx",
        (FORMULA, FORMULA.replace("gamma /", "1 /", 1)),
        loses=tests_of("spatial", "dx"),
        number=63,
    ),
    backward(
        "spatial gradients of shape (1, C, 1, 1)",
        "dgamma and dbeta of shape (1, C, 1, 1): they are (C,)",
        ("return dx, dgamma, dbeta", "return dx, dgamma.reshape(1, C, 1, 1), dbeta.reshape(1, C, 1, 1)"),
        loses=tests_of("spatial", "dgamma", "dbeta"),
        number=57,
    ),
    backward(
        "spatial scales averaged",
        "dgamma and dbeta averaged instead of summed",
        ("return dx, dgamma, dbeta", "return dx, dgamma / m, dbeta / m"),
        loses=tests_of("spatial", "dgamma", "dbeta"),
    ),
    backward(
        "spatial mean path missing",
        "the path through the mean left out of dx",
        (FORMULA, FORMULA.replace(" - dbeta", "")),
        loses=tests_of("spatial", "dx", "backward_eps"),
        number=59,
    ),
    backward(
        "spatial dout scaled in place",
        "dout itself changed: work on a copy",
        ("    return dx", "    dout *= gamma[:, None, None]\n    return dx"),
        loses=tests_of("spatial", "manners"),
        number=95,
    ),
    forward(
        "statistics of shape (1, C)",
        SHAPED,
        (MEAN, MEAN.replace("axis=0", "axis=0, keepdims=True")),
        (VAR, VAR.replace("axis=0", "axis=0, keepdims=True")),
        loses=tests_of("spatial", "running_mean", "running_var"),
        number=68,
    ),
    forward(
        "spatial mode not checked",
        "any other mode taken for test mode: it is a ValueError",
        ('elif mode == "test":', "else:"),
        (ELSE, ""),
        loses=tests_of("spatial", "mode"),
        number=65,
    ),
    forward(
        "spatial mode not checked, train",
        "any other mode taken for train mode: it is a ValueError",
        ('if mode == "train":', 'if mode != "test":'),
        loses=tests_of("spatial", "mode"),
        number=65,
    ),
    forward(
        "spatial statistics must be given",
        START,
        ('bn_param.get("running_mean", np.zeros(C))', 'bn_param["running_mean"]'),
        ('bn_param.get("running_var", np.zeros(C))', 'bn_param["running_var"]'),
        loses=tests_of("spatial", "start"),
    ),
    forward(
        "spatial running variance starts at 1",
        "running statistics that do not start at zeros",
        ('bn_param.get("running_var", np.zeros(C))', 'bn_param.get("running_var", np.ones(C))'),
        loses=tests_of("spatial", "start"),
    ),
    forward(
        "spatial eps ignored",
        "eps of 1e-5 whatever bn_param says",
        ('bn_param.get("eps", 1e-5)', "1e-5"),
        loses=tests_of("spatial", "eps"),
        number=53,
    ),
    forward(
        "spatial eps must be given",
        "an eps that must be given: it defaults to 1e-5",
        ('bn_param.get("eps", 1e-5)', 'bn_param["eps"]'),
        loses=tests_of("spatial", "eps"),
    ),
    forward(
        "spatial eps left out",
        "eps left out",
        ("std = np.sqrt(var + eps)", "std = np.sqrt(var + 1e-30)"),
        loses=tests_of("spatial", "eps"),
        number=52,
    ),
    forward(
        "spatial statistics overwritten",
        "running statistics overwritten by each batch instead of averaged",
        (NEW_MEAN, "running_mean = mean"),
        (NEW_VAR, "running_var = var"),
        loses=tests_of("spatial", "running_mean", "running_var"),
        number=46,
    ),
    forward(
        "spatial unbiased running variance",
        UNBIASED,
        (NEW_VAR, NEW_VAR.replace("* var", "* var * len(flat) / (len(flat) - 1)")),
        loses=tests_of("spatial", "running_var"),
        number=55,
    ),
    forward(
        "spatial running standard deviation",
        "a running variance that keeps the standard deviation",
        (NEW_VAR, NEW_VAR.replace("* var", "* np.sqrt(var)")),
        loses=tests_of("spatial", "running_var"),
        number=56,
    ),
    forward(
        "spatial variance for deviation",
        "a division by var + eps without the root",
        ("std = np.sqrt(var + eps)", "std = var + eps"),
        loses=tests_of("spatial", "train", "eps", "test", "test_keeps"),
    ),
    forward(
        "spatial test mode not written",
        "a branch for test mode that is not written: out stays None",
        ("    cache =", '    if mode == "test":\n        return None, None\n    cache ='),
        loses=tests_of("spatial", "eps", "start", "test", "test_keeps"),
    ),
    forward(
        "output left flat",
        "an output still in rows of channels: bring it back to (N, C, H, W)",
        (f"out = {BACK}", "pass"),
        loses=tests_of("spatial", "plain", "train", "eps", "test", "test_keeps", "inputs"),
    ),
    forward(
        "None for a spatial cache",
        "None for a cache: keep what the backward pass needs",
        ("return out, cache", "return out, None"),
        loses=tests_of("spatial", "inputs"),
        question="spatial_batchnorm_backward",
    ),
    backward(
        "spatial gradients of shape (1, C)",
        "dgamma and dbeta of shape (1, C): they are (C,)",
        ("np.sum(flat, axis=0)", "np.sum(flat, axis=0, keepdims=True)"),
        ("np.sum(flat * x_hat, axis=0)", "np.sum(flat * x_hat, axis=0, keepdims=True)"),
        loses=tests_of("spatial", "dgamma", "dbeta"),
        number=57,
    ),
    backward(
        "spatial variance path missing",
        "the path through the variance left out of dx",
        (FORMULA, FORMULA.replace(" - x_hat * dgamma", "")),
        loses=tests_of("spatial", "dx", "backward_eps"),
        number=59,
    ),
    backward(
        "spatial scales of each pixel",
        "dgamma and dbeta summed over the images only: rows and columns belong to the sum",
        (
            "return dx, dgamma, dbeta",
            "return dx, np.sum((flat * x_hat).reshape(N, H, W, C).transpose(0, 3, 1, 2), axis=0), np.sum(dout, axis=0)",
        ),
        loses=tests_of("spatial", "dgamma", "dbeta"),
    ),
    backward(
        "spatial dgamma of the output",
        "dgamma with the output instead of x_hat",
        ("return dx, dgamma, dbeta", "return dx, gamma * dgamma, dbeta"),
        loses=tests_of("spatial", "dgamma"),
        number=61,
    ),
    backward(
        "spatial dbeta averaged",
        "dbeta averaged over the batch instead of summed",
        ("return dx, dgamma, dbeta", "return dx, dgamma, dbeta / m"),
        loses=tests_of("spatial", "dbeta"),
    ),
    backward(
        "spatial scales exchanged",
        "dgamma and dbeta exchanged: the order is dx, dgamma, dbeta",
        ("return dx, dgamma, dbeta", "return dx, dbeta, dgamma"),
        loses=tests_of("spatial", "dgamma", "dbeta"),
    ),
    backward(
        "dx left flat",
        "a dx still in rows of channels: bring it back to (N, C, H, W)",
        (f"dx = {DBACK}", "pass"),
        loses=tests_of("spatial", "straight", "dx", "backward_eps"),
    ),
    backward(
        "spatial root without eps",
        "a root without eps on the way back",
        (FORMULA, FORMULA.replace("m * std", "m * np.sqrt(std**2 - 1e-5)")),
        loses=tests_of("spatial", "backward_eps"),
        number=60,
    ),
    backward(
        "spatial cache changed",
        "the cache changed in place, so that a second call is wrong",
        (f"dx = {FORMULA}", "x_hat *= dgamma\n    dx = gamma / (m * std) * (m * flat - dbeta - x_hat)"),
        loses=tests_of("spatial", "manners"),
    ),
)
