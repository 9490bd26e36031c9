"""Mistakes in batchnorm_forward. Those that a student makes in both directions are made in both here."""

from typing import Any

from autograder.mistakes import Base, Mistake
from autograder.mistakes.a3_normalization.names import tests_of

steps, reuse = Base("a3_normalization", "steps"), Base("a3_normalization", "reuse")
MEAN, VAR = "mean = np.mean(x, axis=0)", "var = np.var(x, axis=0)"
STD, TEST_STD = "std = np.sqrt(var + eps)", "std = np.sqrt(running_var + eps)"
NEW_MEAN = "running_mean = momentum * running_mean + (1 - momentum) * mean"
NEW_VAR = "running_var = momentum * running_var + (1 - momentum) * var"
KEEP_MEAN, KEEP_VAR = '    bn_param["running_mean"] = running_mean\n', '    bn_param["running_var"] = running_var\n'
TRAIN_OUT = "out = gamma * x_hat + beta\n        cache = (x"
TEST_OUT = "out = gamma * x_hat + beta\n        cache = None"
TEST_X_HAT = "x_hat = (x - running_mean) / std"
ELSE = """    else:
        raise ValueError(f"the mode must be train or test, not {mode}")
"""
UNBIASED = "a variance divided by one less than there are values: divide by their number"
SHAPED = "running statistics of shape (1, C, 1, 1) or (1, C): one number for each feature or channel, (C,)"
START = "running statistics that must be given: they start at zeros"
TEST_BRANCH = f"{TEST_STD}\n        {TEST_X_HAT}\n        {TEST_OUT}"


def forward(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return steps.mistake(name, "batchnorm_forward", hint, *changes, loses=loses, **fields)


FORWARD = (
    forward(
        "momentum reversed",
        "the momentum on the new value: it weighs the old one",
        (NEW_MEAN, "running_mean = (1 - momentum) * running_mean + momentum * mean"),
        (NEW_VAR, "running_var = (1 - momentum) * running_var + momentum * var"),
        loses=tests_of("bn", "running_mean", "running_var", "momentum"),
        number=45,
    ),
    forward(
        "running statistics overwritten",
        "running statistics overwritten by each batch instead of averaged",
        (NEW_MEAN, "running_mean = mean"),
        (NEW_VAR, "running_var = var"),
        loses=tests_of("bn", "running_mean", "running_var", "momentum"),
        number=46,
    ),
    forward(
        "old statistics dropped",
        "(1 - momentum) * batch without the old value",
        (NEW_MEAN, "running_mean = (1 - momentum) * mean"),
        (NEW_VAR, "running_var = (1 - momentum) * var"),
        loses=tests_of("bn", "running_mean", "running_var", "momentum"),
        number=46,
    ),
    forward(
        "running statistics not stored",
        "running statistics that stay as they were: put the new ones back into bn_param",
        (KEEP_MEAN, ""),
        (KEEP_VAR, ""),
        loses=tests_of("bn", "running_mean", "running_var", "running_start", "momentum"),
        number=47,
    ),
    forward(
        "running statistics never updated",
        "running statistics that stay as they were: put the new ones back into bn_param",
        (f"        {NEW_MEAN}\n", ""),
        (f"        {NEW_VAR}\n", ""),
        loses=tests_of("bn", "running_mean", "running_var", "running_start", "momentum"),
        number=47,
    ),
    forward(
        "updated in test mode",
        "running statistics updated in test mode too",
        (
            TEST_OUT,
            f"{TEST_OUT}\n        running_mean = momentum * running_mean + (1 - momentum) * x.mean(axis=0)\n        running_var = momentum * running_var + (1 - momentum) * x.var(axis=0)",
        ),
        loses=tests_of("bn", "test_keeps"),
        number=48,
    ),
    forward(
        "batch statistics in test mode",
        "the batch's own statistics in test mode: the running ones belong there",
        (TEST_STD, "std = np.sqrt(x.var(axis=0) + eps)"),
        (TEST_X_HAT, "x_hat = (x - x.mean(axis=0)) / std"),
        loses=tests_of("bn", "test", "test_eps", "test_start", "test_keeps"),
        number=49,
    ),
    forward(
        "test mode without gamma and beta",
        "test mode without gamma and beta",
        (TEST_OUT, "out = x_hat\n        cache = None"),
        loses=tests_of("bn", "test", "test_keeps"),
        number=50,
    ),
    forward(
        "test mode without beta",
        "test mode without beta",
        (TEST_OUT, "out = gamma * x_hat\n        cache = None"),
        loses=tests_of("bn", "test", "test_keeps"),
        number=50,
    ),
    forward(
        "eps outside in test mode",
        "sqrt(var) + eps in test mode: eps stands inside the root",
        (TEST_STD, "std = np.sqrt(running_var) + eps"),
        loses=tests_of("bn", "test_eps"),
        number=51,
    ),
    forward(
        "eps outside",
        "sqrt(var) + eps: eps stands inside the root",
        (STD, "std = np.sqrt(var) + eps"),
        loses=tests_of("bn", "eps"),
        number=51,
    ),
    forward(
        "no eps in test mode",
        "eps left out in test mode",
        (TEST_STD, "std = np.sqrt(running_var)"),
        loses=tests_of("bn", "test_eps"),
        number=52,
    ),
    forward(
        "no eps",
        "eps left out",
        (STD, "std = np.sqrt(var + 1e-30)"),
        loses=tests_of("bn", "eps"),
        number=52,
    ),
    forward(
        "running variance with eps",
        "a running variance with eps in it",
        (NEW_VAR, "running_var = momentum * running_var + (1 - momentum) * (var + eps)"),
        loses=tests_of("bn", "running_var"),
        number=52,
    ),
    forward(
        "eps always 1e-5",
        "eps of 1e-5 whatever bn_param says",
        ('bn_param.get("eps", 1e-5)', "1e-5"),
        loses=tests_of("bn", "eps", "test_eps"),
        number=53,
    ),
    forward(
        "eps must be given",
        "an eps that must be given: it defaults to 1e-5",
        ('bn_param.get("eps", 1e-5)', 'bn_param["eps"]'),
        loses=tests_of("bn", "eps", "test_eps"),
        number=53,
    ),
    forward(
        "unbiased variance",
        UNBIASED,
        (VAR, "var = np.var(x, axis=0, ddof=min(1, N - 1))"),
        loses=tests_of("bn", "train", "running_var"),
        number=54,
    ),
    forward(
        "unbiased variance, both directions",
        UNBIASED,
        (VAR, "var = np.var(x, axis=0, ddof=min(1, N - 1))"),
        ("batchnorm_backward", "dvar * 2 * centered / N", "dvar * 2 * centered / (N - 1)"),
        (
            "batchnorm_backward_alt",
            "gamma / (N * std) * (N * dout - dbeta - x_hat * dgamma)",
            "gamma / std * (dout - dbeta / N - x_hat * dgamma / (N - 1))",
        ),
        loses=tests_of("bn", "train", "running_var"),
        number=64,
    ),
    forward(
        "unbiased running variance",
        UNBIASED,
        (NEW_VAR, "running_var = momentum * running_var + (1 - momentum) * var * N / max(N - 1, 1)"),
        loses=tests_of("bn", "running_var"),
        number=55,
    ),
    forward(
        "running standard deviation",
        "a running variance that keeps the standard deviation",
        (NEW_VAR, "running_var = momentum * running_var + (1 - momentum) * np.sqrt(var)"),
        loses=tests_of("bn", "running_var"),
        number=56,
    ),
    forward(
        "statistics of shape (1, D)",
        SHAPED,
        (MEAN, "mean = np.mean(x, axis=0, keepdims=True)"),
        (VAR, "var = np.var(x, axis=0, keepdims=True)"),
        loses=tests_of("bn", "running_mean", "running_var", "momentum"),
        number=57,
    ),
    forward(
        "one mean for everything",
        "one mean and variance for the whole array: each feature has its own",
        (MEAN, "mean = np.full(D, np.mean(x))"),
        (VAR, "var = np.full(D, np.var(x))"),
        loses=tests_of("bn", "plain", "train", "eps", "running_mean", "running_var", "momentum", "single", "inputs"),
        number=58,
    ),
    forward(
        "x centred in place",
        "x itself changed: work on a copy",
        ("x_hat = (x - mean) / std", "x -= mean\n        x_hat = x / std"),
        loses=(*tests_of("bn", "inputs"), *tests_of("bn_backward", "mean", "dx", "eps")),
        number=60,
    ),
    forward(
        "mode not checked",
        "any other mode taken for test mode: it is a ValueError",
        ('elif mode == "test":', "else:"),
        (ELSE, ""),
        loses=tests_of("bn", "mode"),
        number=65,
    ),
    forward(
        "mode not checked, train",
        "any other mode taken for train mode: it is a ValueError",
        ('if mode == "train":', 'if mode != "test":'),
        loses=tests_of("bn", "mode"),
        number=65,
    ),
    forward(
        "normalized along a row",
        "statistics of each row (as in layernorm): each column has its own",
        (MEAN, "mean = np.mean(x, axis=1, keepdims=True)"),
        (VAR, "var = np.var(x, axis=1, keepdims=True)"),
        loses=tests_of("bn", "plain", "train", "eps", "running_mean", "running_var", "momentum", "single", "inputs"),
    ),
    forward(
        "train mode without beta",
        "beta left out in train mode",
        (TRAIN_OUT, TRAIN_OUT.replace(" + beta", "")),
        loses=tests_of("bn", "plain", "train", "single", "inputs"),
    ),
    forward(
        "train mode without gamma",
        "gamma left out in train mode",
        (TRAIN_OUT, TRAIN_OUT.replace("gamma * ", "")),
        loses=tests_of("bn", "plain", "train", "single", "inputs"),
    ),
    forward(
        "running variance starts at 1",
        "running statistics that do not start at zeros",
        ('bn_param.get("running_var", np.zeros(D))', 'bn_param.get("running_var", np.ones(D))'),
        loses=tests_of("bn", "running_start", "test_start"),
    ),
    forward(
        "momentum always 0.9",
        "momentum of 0.9 whatever bn_param says",
        ('bn_param.get("momentum", 0.9)', "0.9"),
        loses=tests_of("bn", "momentum"),
    ),
    forward(
        "momentum must be given",
        "a momentum that must be given: it defaults to 0.9",
        ('bn_param.get("momentum", 0.9)', 'bn_param["momentum"]'),
        loses=tests_of("bn", "momentum"),
    ),
    forward(
        "variance for deviation",
        "a division by var + eps without the root",
        (STD, "std = var + eps"),
        loses=tests_of("bn", "train", "eps"),
    ),
    forward(
        "variance for deviation in test mode",
        "a division by var + eps without the root in test mode",
        (TEST_STD, "std = running_var + eps"),
        loses=tests_of("bn", "test", "test_keeps"),
    ),
    forward(
        "running statistics in train mode",
        "running statistics used in train mode: the batch's own belong there",
        (MEAN, "mean = running_mean"),
        (VAR, "var = running_var"),
        loses=tests_of(
            "bn",
            "plain",
            "train",
            "eps",
            "running_mean",
            "running_var",
            "running_start",
            "momentum",
            "single",
            "inputs",
        ),
    ),
    forward(
        "mean square for variance",
        "the mean of x**2 for the variance: subtract the mean first",
        (VAR, "var = np.mean(x**2, axis=0)"),
        loses=tests_of("bn", "plain", "train", "eps", "running_var", "single", "inputs"),
    ),
    forward(
        "stored under other names",
        "running statistics that stay as they were: put the new ones back into bn_param",
        (KEEP_MEAN, KEEP_MEAN.replace("mean", "avg", 1)),
        (KEEP_VAR, KEEP_VAR.replace("var", "variance", 1)),
        loses=tests_of("bn", "running_mean", "running_var", "running_start", "momentum", "test_keeps", "inputs"),
    ),
    forward(
        "bn_param emptied",
        "entries popped out of bn_param: read them with [...] or get",
        ('bn_param.get("eps", 1e-5)', 'bn_param.pop("eps", 1e-5)'),
        loses=tests_of("bn", "test_keeps", "inputs"),
    ),
    forward(
        "no cache returned",
        "one result: return out and cache",
        ("return out, cache", "return out"),
        loses=(
            *tests_of("bn", "test_keeps", "inputs"),
            *tests_of("bn_backward", "dgamma", "dbeta", "straight", "mean", "variance", "dx", "eps", "manners"),
            *tests_of("bn_alt", "dgamma", "dbeta", "straight", "mean", "variance", "dx", "eps", "manners", "own"),
        ),
    ),
    forward(
        "test mode not written",
        "a branch for test mode that is not written: out stays None",
        (TEST_BRANCH, "out = cache = None"),
        loses=tests_of("bn", "test", "test_eps", "test_start", "test_keeps"),
    ),
    forward(
        "nothing made in test mode",
        "a branch for test mode that makes no out",
        (TEST_BRANCH, "pass"),
        loses=tests_of("bn", "test", "test_eps", "test_start", "test_keeps"),
    ),
    forward(
        "None for a cache",
        "None for a cache: keep what the backward pass needs",
        ("return out, cache", "return out, None"),
        loses=(
            *tests_of("bn", "inputs"),
            *tests_of("bn_backward", "dgamma", "dbeta", "straight", "mean", "variance", "dx", "eps", "manners"),
            *tests_of("bn_alt", "dgamma", "dbeta", "straight", "mean", "variance", "dx", "eps", "manners", "own"),
        ),
        question="batchnorm_backward",
    ),
    forward(
        "updated only if given",
        "running statistics that are updated only if they are given: they start at zeros",
        (KEEP_MEAN, '    if "running_mean" in bn_param:\n        bn_param["running_mean"] = running_mean\n'),
        (KEEP_VAR, '    if "running_var" in bn_param:\n        bn_param["running_var"] = running_var\n'),
        loses=tests_of("bn", "running_start"),
    ),
    forward(
        "statistics must be given",
        START,
        ('bn_param.get("running_mean", np.zeros(D))', 'bn_param["running_mean"]'),
        ('bn_param.get("running_var", np.zeros(D))', 'bn_param["running_var"]'),
        loses=tests_of("bn", "running_start", "test_start"),
    ),
    forward(
        "momentum of 0 taken for none",
        "a momentum of 0 taken for a missing one",
        ('bn_param.get("momentum", 0.9)', '(bn_param.get("momentum") or 0.9)'),
        loses=tests_of("bn", "momentum"),
    ),
    forward(
        "eps of 0 taken for none",
        "an eps of 0 taken for a missing one",
        ('bn_param.get("eps", 1e-5)', '(bn_param.get("eps") or 1e-5)'),
        loses=tests_of("bn", "test_eps"),
    ),
    forward(
        "ddof of 1",
        UNBIASED,
        (VAR, "var = np.var(x, axis=0, ddof=1)"),
        loses=tests_of("bn", "train", "running_var", "single"),
        number=54,
    ),
    forward(
        "gamma and beta exchanged",
        "gamma and beta exchanged",
        (TRAIN_OUT, TRAIN_OUT.replace("gamma * x_hat + beta", "beta * x_hat + gamma")),
        loses=tests_of("bn", "plain", "train", "eps", "single", "inputs"),
    ),
    forward(
        "beta inside the product",
        "gamma * (x_hat + beta): beta is added last",
        (TRAIN_OUT, TRAIN_OUT.replace("gamma * x_hat + beta", "gamma * (x_hat + beta)")),
        loses=tests_of("bn", "plain", "train", "single", "inputs"),
    ),
    forward(
        "brackets left out",
        "x - mean / std without brackets: the difference is divided",
        ("x_hat = (x - mean) / std", "x_hat = x - mean / std"),
        loses=tests_of("bn", "plain", "train", "eps", "single", "inputs"),
    ),
    forward(
        "KeyError for a mode",
        "another exception than a ValueError for an unknown mode",
        ("raise ValueError(f", "raise KeyError(f"),
        loses=tests_of("bn", "mode"),
        number=65,
    ),
    forward(
        "a single row left as it is",
        "a batch of one left as it is: it becomes beta",
        (TRAIN_OUT, TRAIN_OUT.replace("x_hat + beta", "(x if N == 1 else x_hat) + beta")),
        loses=tests_of("bn", "single"),
    ),
    forward(
        "batch statistics kept in bn_param",
        "something more written into bn_param: only the running statistics belong there",
        (STD, f'bn_param["batch_mean"] = mean\n        {STD}'),
        loses=tests_of("bn", "inputs"),
    ),
    forward(
        "variances of 1 in test mode",
        "running statistics that do not start at zeros",
        (TEST_STD, 'std = np.sqrt(bn_param.get("running_var", np.ones(D)) + eps)'),
        loses=tests_of("bn", "test_start"),
    ),
    forward(
        "mean's momentum reversed",
        "the momentum on the new value: it weighs the old one",
        (NEW_MEAN, "running_mean = (1 - momentum) * running_mean + momentum * mean"),
        loses=tests_of("bn", "running_mean", "momentum"),
        number=45,
    ),
    forward(
        "running statistics added up",
        "running statistics added up: the old value without the momentum",
        (NEW_MEAN, NEW_MEAN.replace("momentum * running", "running")),
        (NEW_VAR, NEW_VAR.replace("momentum * running", "running")),
        loses=tests_of("bn", "running_mean", "running_var", "momentum"),
    ),
    forward(
        "variance about 0 in test mode",
        "the running mean left out in test mode",
        (TEST_X_HAT, "x_hat = x / std"),
        loses=tests_of("bn", "test", "test_start", "test_keeps"),
    ),
)


BN_MEAN_VAR, INVERSE = "mu, var = x.mean(0), x.var(0)", "inverse = (var + eps) ** -0.5"


def shared(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    """A mistake in what spatial batchnorm, layernorm, groupnorm and instancenorm are made from."""
    return reuse.mistake(name, "batchnorm_forward", hint, *changes, loses=loses, **fields)


SHARED = (
    shared(
        "unbiased variance of all norms",
        UNBIASED,
        (BN_MEAN_VAR, "mu, var = x.mean(0), x.var(0, ddof=min(1, len(x) - 1))"),
        loses=tests_of("bn", "train", "running_var"),
        number=54,
    ),
    shared(
        "eps outside of all norms",
        "sqrt(var) + eps: eps stands inside the root",
        (INVERSE, "inverse = 1 / (var**0.5 + eps)"),
        loses=tests_of("bn", "eps", "test_eps"),
        number=51,
    ),
    shared(
        "no root in all norms",
        "a division by var + eps without the root",
        (INVERSE, "inverse = 1 / (var + eps)"),
        loses=tests_of("bn", "train", "eps", "test", "test_keeps"),
    ),
    shared(
        "one mean for all norms",
        "one mean and variance for the whole array: each feature has its own",
        (BN_MEAN_VAR, "mu, var = np.full(D, x.mean()), np.full(D, x.var())"),
        loses=tests_of("bn", "plain", "train", "eps", "running_mean", "running_var", "momentum", "single", "inputs"),
        number=58,
    ),
    shared(
        "eps must be given to all norms",
        "an eps that must be given: it defaults to 1e-5",
        ('bn_param["eps"] if "eps" in bn_param else 1e-5', 'bn_param["eps"]'),
        loses=tests_of("bn", "eps", "test_eps"),
    ),
    shared(
        "momentum reversed everywhere",
        "the momentum on the new value: it weighs the old one",
        ("bn_param[name] *= keep", "bn_param[name] *= 1 - keep"),
        ("bn_param[name] += (1 - keep) * value", "bn_param[name] += keep * value"),
        loses=tests_of("bn", "running_mean", "running_var", "momentum"),
        number=45,
    ),
    shared(
        "no cache for any norm",
        "one result: return out and cache",
        (
            "return x_hat * gamma + beta, dict(x_hat=x_hat, inverse=inverse, gamma=gamma)",
            "return x_hat * gamma + beta",
        ),
        loses=(
            *tests_of("bn", "test_keeps", "inputs"),
            *tests_of("bn_backward", "dgamma", "dbeta", "straight", "mean", "variance", "dx", "eps", "manners"),
            *tests_of("bn_alt", "dgamma", "dbeta", "straight", "mean", "variance", "dx", "eps", "manners", "own"),
            *tests_of("layer", "dgamma", "dbeta", "straight", "mean", "variance", "dx", "backward_eps", "manners"),
            *tests_of(
                "group",
                "dgamma",
                "dbeta",
                "straight",
                "mean",
                "variance",
                "dx",
                "dx_extremes",
                "backward_eps",
                "manners",
            ),
        ),
    ),
    shared(
        "x centred in place everywhere",
        "x itself changed: work on a copy",
        ("x_hat = (x - mu) * inverse", "x -= mu\n    x_hat = x * inverse"),
        loses=tests_of("bn", "test_keeps", "inputs"),
        number=60,
    ),
)
