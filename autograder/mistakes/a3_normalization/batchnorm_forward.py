"""Mistakes in batchnorm_forward. Those that a student makes in both directions are made in both here."""

from autograder.mistakes import Base

steps = Base("a3_normalization", "steps")
AFTER_TRAIN = ("test_bn_mode", "test_bn_single", "test_bn_inputs")  # not checked where train mode is wrong
TRAIN = ("test_bn_train", "test_bn_eps", *AFTER_TRAIN)
RUNNING = ("test_bn_running", "test_bn_running_start")
TEST = ("test_bn_test", "test_bn_test_keeps")
SCALES, DX, EPS = ("test_bn_backward_scales",), ("test_bn_backward_dx",), ("test_bn_backward_eps",)
ALT_SCALES, ALT_DX, ALT_EPS = ("test_bn_alt_scales",), ("test_bn_alt_dx",), ("test_bn_alt_eps",)
MANNERS, ALT_MANNERS = ("test_bn_backward_manners",), ("test_bn_alt_manners", "test_bn_alt_own")
BACKWARD = (*SCALES, *DX, *EPS, *MANNERS, *ALT_SCALES, *ALT_DX, *ALT_EPS, *ALT_MANNERS)
DXS = (*DX, *EPS, *MANNERS, *ALT_DX, *ALT_EPS, *ALT_MANNERS)
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


def forward(name, hint, *changes, loses, **fields):
    return steps.mistake(name, "batchnorm_forward", hint, *changes, loses=loses, **fields)


FORWARD = (
    forward(
        "momentum reversed",
        "the momentum on the new value: it weighs the old one",
        (NEW_MEAN, "running_mean = (1 - momentum) * running_mean + momentum * mean"),
        (NEW_VAR, "running_var = (1 - momentum) * running_var + momentum * var"),
        loses=RUNNING,
        number=45,
    ),
    forward(
        "running statistics overwritten",
        "running statistics overwritten by each batch instead of averaged",
        (NEW_MEAN, "running_mean = mean"),
        (NEW_VAR, "running_var = var"),
        loses=RUNNING,
        number=46,
    ),
    forward(
        "old statistics dropped",
        "(1 - momentum) * batch without the old value",
        (NEW_MEAN, "running_mean = (1 - momentum) * mean"),
        (NEW_VAR, "running_var = (1 - momentum) * var"),
        loses=("test_bn_running",),
        number=46,
    ),
    forward(
        "running statistics not stored",
        "running statistics that were not put back into bn_param",
        (KEEP_MEAN, ""),
        (KEEP_VAR, ""),
        loses=RUNNING,
        number=47,
    ),
    forward(
        "running statistics never updated",
        "running statistics stored, but never updated",
        (f"        {NEW_MEAN}\n", ""),
        (f"        {NEW_VAR}\n", ""),
        loses=RUNNING,
        number=47,
    ),
    forward(
        "updated in test mode",
        "running statistics updated in test mode too",
        (
            TEST_OUT,
            f"{TEST_OUT}\n        running_mean = momentum * running_mean + (1 - momentum) * x.mean(axis=0)\n        running_var = momentum * running_var + (1 - momentum) * x.var(axis=0)",
        ),
        loses=("test_bn_test_keeps",),
        number=48,
    ),
    forward(
        "batch statistics in test mode",
        "the batch's own statistics in test mode: the running ones belong there",
        (TEST_STD, "std = np.sqrt(x.var(axis=0) + eps)"),
        (TEST_X_HAT, "x_hat = (x - x.mean(axis=0)) / std"),
        loses=TEST,
        number=49,
    ),
    forward(
        "test mode without gamma and beta",
        "test mode without gamma and beta",
        (TEST_OUT, "out = x_hat\n        cache = None"),
        loses=TEST,
        number=50,
    ),
    forward(
        "test mode without beta",
        "test mode without beta",
        (TEST_OUT, "out = gamma * x_hat\n        cache = None"),
        loses=TEST,
        number=50,
    ),
    forward(
        "eps outside in test mode",
        "sqrt(var) + eps in test mode: eps stands inside the root",
        (TEST_STD, "std = np.sqrt(running_var) + eps"),
        loses=TEST,
        number=51,
    ),
    forward(
        "eps outside",
        "sqrt(var) + eps: eps stands inside the root",
        (STD, "std = np.sqrt(var) + eps"),
        loses=(*TRAIN, *SCALES, *DXS, *ALT_SCALES),
        number=51,
    ),
    forward(
        "no eps in test mode",
        "eps left out in test mode",
        (TEST_STD, "std = np.sqrt(running_var)"),
        loses=TEST,
        number=52,
    ),
    forward(
        "no eps",
        "eps left out",
        (STD, "std = np.sqrt(var + 1e-30)"),
        loses=(*TRAIN, *SCALES, *DXS, *ALT_SCALES),
        number=52,
    ),
    forward(
        "running variance with eps",
        "a running variance with eps in it",
        (NEW_VAR, "running_var = momentum * running_var + (1 - momentum) * (var + eps)"),
        loses=RUNNING,
        number=52,
    ),
    forward(
        "eps always 1e-5",
        "eps of 1e-5 whatever bn_param says",
        ('bn_param.get("eps", 1e-5)', "1e-5"),
        loses=("test_bn_eps", *TEST, *EPS, *ALT_EPS),
        number=53,
    ),
    forward(
        "eps must be given",
        "an eps that must be given: it defaults to 1e-5",
        ('bn_param.get("eps", 1e-5)', 'bn_param["eps"]'),
        loses=("test_bn_eps", *TEST),
        number=53,
    ),
    forward(
        "unbiased variance",
        "a variance divided by N - 1: divide by N",
        (VAR, "var = np.var(x, axis=0, ddof=min(1, N - 1))"),
        loses=(*TRAIN, *RUNNING, *SCALES, *DXS, *ALT_SCALES),
        number=54,
    ),
    forward(
        "unbiased variance, both directions",
        "a variance divided by N - 1: divide by N",
        (VAR, "var = np.var(x, axis=0, ddof=min(1, N - 1))"),
        ("batchnorm_backward", "dvar * 2 * centered / N", "dvar * 2 * centered / (N - 1)"),
        (
            "batchnorm_backward_alt",
            "gamma / (N * std) * (N * dout - dbeta - x_hat * dgamma)",
            "gamma / std * (dout - dbeta / N - x_hat * dgamma / (N - 1))",
        ),
        loses=(*TRAIN, *RUNNING, *SCALES, *DXS, *ALT_SCALES),
        number=64,
    ),
    forward(
        "unbiased running variance",
        "an unbiased running variance (as PyTorch keeps it): divide by N",
        (NEW_VAR, "running_var = momentum * running_var + (1 - momentum) * var * N / max(N - 1, 1)"),
        loses=RUNNING,
        number=55,
    ),
    forward(
        "running standard deviation",
        "a running variance that keeps the standard deviation",
        (NEW_VAR, "running_var = momentum * running_var + (1 - momentum) * np.sqrt(var)"),
        loses=RUNNING,
        number=56,
    ),
    forward(
        "statistics of shape (1, D)",
        "running statistics of shape (1, D): they are (D,)",
        (MEAN, "mean = np.mean(x, axis=0, keepdims=True)"),
        (VAR, "var = np.var(x, axis=0, keepdims=True)"),
        loses=RUNNING,
        number=57,
    ),
    forward(
        "one mean for everything",
        "one mean and variance for the whole array: each feature has its own",
        (MEAN, "mean = np.full(D, np.mean(x))"),
        (VAR, "var = np.full(D, np.var(x))"),
        loses=(*TRAIN, *RUNNING, *SCALES, *DXS, *ALT_SCALES),
        number=58,
    ),
    forward(
        "x centred in place",
        "x itself changed by -=: work on a copy",
        ("x_hat = (x - mean) / std", "x -= mean\n        x_hat = x / std"),
        loses=("test_bn_inputs", *DX, *EPS, *MANNERS),
        number=60,
    ),
    forward(
        "mode not checked",
        "any other mode taken for test mode: it is a ValueError",
        ('elif mode == "test":', "else:"),
        (ELSE, ""),
        loses=("test_bn_mode",),
        number=65,
    ),
    forward(
        "mode not checked, train",
        "any other mode taken for train mode: it is a ValueError",
        ('if mode == "train":', 'if mode != "test":'),
        loses=("test_bn_mode",),
        number=65,
    ),
    forward(
        "normalized along a row",
        "statistics of each row (as in layernorm): each column has its own",
        (MEAN, "mean = np.mean(x, axis=1, keepdims=True)"),
        (VAR, "var = np.var(x, axis=1, keepdims=True)"),
        loses=(*TRAIN, *RUNNING, *SCALES, *DXS, *ALT_SCALES),
    ),
    forward(
        "train mode without beta",
        "beta left out in train mode",
        (TRAIN_OUT, TRAIN_OUT.replace(" + beta", "")),
        loses=TRAIN,
    ),
    forward(
        "train mode without gamma",
        "gamma left out in train mode",
        (TRAIN_OUT, TRAIN_OUT.replace("gamma * ", "")),
        loses=TRAIN,
    ),
    forward(
        "running variance starts at 1",
        "a running variance that starts at ones (as PyTorch's): it starts at zeros",
        ('bn_param.get("running_var", np.zeros(D))', 'bn_param.get("running_var", np.ones(D))'),
        loses=("test_bn_running_start",),
    ),
    forward(
        "momentum always 0.9",
        "momentum of 0.9 whatever bn_param says",
        ('bn_param.get("momentum", 0.9)', "0.9"),
        loses=RUNNING,
    ),
    forward(
        "momentum must be given",
        "a momentum that must be given: it defaults to 0.9",
        ('bn_param.get("momentum", 0.9)', 'bn_param["momentum"]'),
        loses=("test_bn_running_start",),
    ),
    forward(
        "variance for deviation",
        "a division by var + eps without the root",
        (STD, "std = var + eps"),
        loses=(*TRAIN, *SCALES, *DXS, *ALT_SCALES),
    ),
    forward(
        "variance for deviation in test mode",
        "a division by var + eps without the root in test mode",
        (TEST_STD, "std = running_var + eps"),
        loses=TEST,
    ),
    forward(
        "running statistics in train mode",
        "running statistics used in train mode: the batch's own belong there",
        (MEAN, "mean = running_mean"),
        (VAR, "var = running_var"),
        loses=(*TRAIN, *RUNNING, *BACKWARD),
    ),
    forward(
        "mean square for variance",
        "the mean of x**2 for the variance: subtract the mean first",
        (VAR, "var = np.mean(x**2, axis=0)"),
        loses=(*TRAIN, *RUNNING, *SCALES, *DXS, *ALT_SCALES),
    ),
    forward(
        "stored under other names",
        "running statistics stored under names that do not exist",
        (KEEP_MEAN, KEEP_MEAN.replace("mean", "avg", 1)),
        (KEEP_VAR, KEEP_VAR.replace("var", "variance", 1)),
        loses=(*RUNNING, "test_bn_inputs"),
    ),
    forward(
        "bn_param emptied",
        "entries popped out of bn_param: read them with [...] or get",
        ('bn_param.get("eps", 1e-5)', 'bn_param.pop("eps", 1e-5)'),
        loses=("test_bn_inputs",),
    ),
    forward(
        "no cache returned",
        "one result: return out and cache",
        ("return out, cache", "return out"),
        loses=(*TRAIN, *TEST, *RUNNING, *BACKWARD),
    ),
)
