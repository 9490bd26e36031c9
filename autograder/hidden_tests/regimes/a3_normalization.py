"""Regimes of a3_normalization's questions."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.hidden_tests.regimes import Regime, orders

Call = SimpleNamespace


def ratio(x: np.ndarray) -> float:
    """How far from 0 an array lies, in units of its spread."""
    return float(np.abs(x.mean(axis=0)).max() / max(x.std(axis=0).max(), 1e-300))


def without(regimes: dict[str, Regime], *names: str) -> dict[str, Regime]:
    """A table without what a question need not ask for."""
    return {name: regime for name, regime in regimes.items() if name not in names}


def vanishes(sums: np.ndarray) -> bool:
    return bool(np.abs(sums).max() < 1e-12)


# --- activations --------------------------------------------------------------------------------------------------

ANY_X: dict[str, Regime] = {
    "one axis": lambda call: call.x.ndim == 1,
    "two axes": lambda call: call.x.ndim == 2,
    "three axes": lambda call: call.x.ndim == 3,
    "four axes": lambda call: call.x.ndim == 4,
    "square": lambda call: call.x.ndim == 2 and call.x.shape[0] == call.x.shape[1] > 1,
    "axes of length 1": lambda call: call.x.ndim == 2 and call.x.size == 1,
    "more than 2**15 entries": lambda call: call.x.size > 2**15,
    "-1000": lambda call: (call.x == -1000).any(),
    "1000": lambda call: (call.x == 1000).any(),
    "between 20 and 100 on both sides": lambda call: (
        ((call.x > 20) & (call.x < 100)).any() and ((call.x < -20) & (call.x > -100)).any()
    ),
    "near 0 on both sides": lambda call: (
        ((call.x > 0) & (call.x < 1e-6)).any() and ((call.x < 0) & (call.x > -1e-6)).any()
    ),
    "small on both sides": lambda call: (
        ((call.x > 1e-3) & (call.x < 0.1)).any() and ((call.x < -1e-3) & (call.x > -0.1)).any()
    ),
    "0 and -0": lambda call: ((call.x == 0) & ~np.signbit(call.x)).any() and ((call.x == 0) & np.signbit(call.x)).any(),
    "whole numbers": lambda call: call.x.size > 1 and (call.x == np.round(call.x)).all(),
    "above 6": lambda call: ((call.x > 6) & (call.x < 100)).any(),
}
DOUT: dict[str, Regime] = {
    "both signs": lambda call: (call.dout > 0).any() and (call.dout < 0).any(),
    "zeros": lambda call: (call.dout == 0).any() and call.dout.any(),
    "no zeros": lambda call: call.dout.size > 3 and (call.dout != 0).all(),
}
DOUT_OF_ANY_SHAPE: dict[str, Regime] = DOUT | {
    "one axis": lambda call: call.dout.ndim == 1,
    "two axes": lambda call: call.dout.ndim == 2,
    "three axes": lambda call: call.dout.ndim == 3,
    "four axes": lambda call: call.dout.ndim == 4,
    "axes of length 1": lambda call: call.dout.ndim == 2 and call.dout.size == 1,
    "more than 2**15 entries": lambda call: call.dout.size > 2**15,
}
MAXOUT: dict[str, Regime] = {
    **orders("N", "D", lambda call: call.x.shape),
    **orders("D", "M", lambda call: call.w1.shape),
    **orders("N", "M", lambda call: (len(call.x), call.w1.shape[1])),
    "N = 1": lambda call: len(call.x) == 1,
    "D = 1 < M": lambda call: call.w1.shape[0] == 1 < call.w1.shape[1],
    "M = 1 < D": lambda call: call.w1.shape[1] == 1 < call.w1.shape[0],
    "one number of everything": lambda call: call.x.size == call.w1.size == 1,
    "both biases 0": lambda call: not call.b1.any() and not call.b2.any(),
    "biases that differ": lambda call: call.b1.all() and call.b2.all() and (call.b1 != call.b2).all(),
    "both functions negative somewhere": lambda call: (
        np.maximum(call.x @ call.w1 + call.b1, call.x @ call.w2 + call.b2) < 0
    ).any(),
    "1000": lambda call: (call.x == 1000).any(),
}


# --- normalizations -----------------------------------------------------------------------------------------------

SCALES: dict[str, Regime] = {
    "gamma of both signs": lambda call: (call.gamma > 0).any() and (call.gamma < 0).any(),
    "gamma of 1": lambda call: (call.gamma == 1).all(),
    "a gamma of 0": lambda call: (call.gamma == 0).any() and call.gamma.any(),
    "beta of 0": lambda call: not call.beta.any(),
    "beta of both signs": lambda call: (call.beta > 0).any() and (call.beta < 0).any(),
}
FORWARD_ONLY = without(SCALES, "a gamma of 0")  # nobody gets x_hat back from the output


def sizes(axes: tuple[int, ...], param: str) -> dict[str, Regime]:
    """How the variances compare with eps, for statistics over some axes."""

    def variance(call: Call) -> float:
        return float(call.x.var(axis=axes).mean())

    return {
        "variances beside which eps can't be seen": lambda call: variance(call) > 1e10,
        "variances of usual size": lambda call: 0.1 < variance(call) < 100,
        "variances like eps": lambda call: 0.1 < variance(call) / getattr(call, param).get("eps", 1e-5) < 10,
        "variances that are nothing beside eps": lambda call: (
            0 < variance(call) < 1e-7 * getattr(call, param).get("eps", 1e-5)
        ),
        "an eps of 1e-5 given": lambda call: getattr(call, param).get("eps") == 1e-5,
        "a large eps": lambda call: getattr(call, param).get("eps", 0) >= 0.3,
        "no eps": lambda call: "eps" not in getattr(call, param),
        "equal variances": lambda call: float(np.ptp(call.x.var(axis=axes))) < 1e-9 * variance(call),
    }


def in_mode(mode: str, regimes: dict[str, Regime]) -> dict[str, Regime]:
    return {f"{mode}: {name}": only(mode, regime) for name, regime in regimes.items()}


def only(mode: str, regime: Regime) -> Regime:
    return lambda call: call.bn_param["mode"] == mode and regime(call)


STATISTICS: dict[str, Regime] = {
    "running statistics": lambda call: call.bn_param.get("running_mean", np.zeros(1)).any(),
    "no running statistics": lambda call: "running_mean" not in call.bn_param and "running_var" not in call.bn_param,
}
MOMENTA: dict[str, Regime] = {
    "momentum of 0.9": lambda call: call.bn_param.get("momentum") == 0.9,
    "another momentum": lambda call: call.bn_param.get("momentum") in (0.7, 0.8),
    "momentum of 0": lambda call: call.bn_param.get("momentum") == 0,
    "momentum of 1": lambda call: call.bn_param.get("momentum") == 1,
    "no momentum": lambda call: "momentum" not in call.bn_param,
}
RUNNING_EPS: dict[str, Regime] = {
    "an eps of 0": lambda call: call.bn_param.get("eps") == 0,
    "no eps": lambda call: "eps" not in call.bn_param,
    "a large eps": lambda call: call.bn_param.get("eps", 0) >= 0.3,
    "running variances beside which eps can't be seen": lambda call: np.min(call.bn_param.get("running_var", 0)) > 1e10,
}
UNKNOWN: dict[str, Regime] = {"an unknown mode": lambda call: call.bn_param["mode"] not in ("train", "test")}
ROWS: dict[str, Regime] = {
    **orders("N", "D", lambda call: call.x.shape),
    "N = 1": lambda call: call.x.shape[0] == 1 < call.x.shape[1],
    "D = 1": lambda call: call.x.shape[1] == 1 < call.x.shape[0],
}
FEATURES: dict[str, Regime] = ROWS | {"far from 0": lambda call: ratio(call.x) > 100}
BATCHNORM: dict[str, Regime] = (
    in_mode("train", {**FEATURES, **SCALES, **sizes((0,), "bn_param"), **STATISTICS, **MOMENTA})
    | in_mode("test", {**ROWS, **STATISTICS, **RUNNING_EPS})
    | UNKNOWN
)
PICTURES: dict[str, Regime] = {
    "N = 1": lambda call: call.x.shape[0] == 1,
    "C = 1": lambda call: call.x.shape[1] == 1,
    **orders("N", "C", lambda call: call.x.shape[:2]),
    **orders("H", "W", lambda call: call.x.shape[2:]),
    **orders("C", "W", lambda call: (call.x.shape[1], call.x.shape[3])),
    "all sizes equal": lambda call: len(set(call.x.shape)) == 1,
    "all sizes different": lambda call: len(set(call.x.shape)) == 4,
}
ONE_PIXEL: dict[str, Regime] = {"one pixel": lambda call: call.x.shape[2:] == (1, 1)}
SPATIAL: dict[str, Regime] = (
    in_mode("train", {**PICTURES, **ONE_PIXEL, **SCALES, **sizes((0, 2, 3), "bn_param"), **STATISTICS})
    | in_mode("test", {**PICTURES, **ONE_PIXEL, **STATISTICS, **RUNNING_EPS})
    | UNKNOWN
)
GROUPS: dict[str, Regime] = {
    "G = 1 < C": lambda call: call.G == 1 < call.x.shape[1],
    "G = C > 1": lambda call: call.G == call.x.shape[1] > 1,
    "1 < G < C, G = C / G": lambda call: 1 < call.G and call.G**2 == call.x.shape[1],
    "1 < G < C / G": lambda call: 1 < call.G and call.G**2 < call.x.shape[1],
    "C / G < G < C": lambda call: call.G < call.x.shape[1] < call.G**2,
}
ROW_GRADIENTS: dict[str, Regime] = DOUT | {
    **orders("N", "D", lambda call: call.dout.shape),
    "D = 1": lambda call: call.dout.shape[1] == 1,
    "sums of 0": lambda call: vanishes(call.dout.sum(axis=0)) and call.dout.any(),
}
LAYER_GRADIENTS: dict[str, Regime] = DOUT | {
    **orders("N", "D", lambda call: call.dout.shape),
    "N = 1": lambda call: call.dout.shape[0] == 1,
    "sums of 0": lambda call: vanishes(call.dout.sum(axis=1)) and call.dout.any(),
}
PICTURE_GRADIENTS: dict[str, Regime] = DOUT | {
    "N = 1": lambda call: call.dout.shape[0] == 1,
    "C = 1": lambda call: call.dout.shape[1] == 1,
    "one pixel": lambda call: call.dout.shape[2:] == (1, 1),
    **orders("H", "W", lambda call: call.dout.shape[2:]),
    **orders("C", "W", lambda call: (call.dout.shape[1], call.dout.shape[3])),
}


# --- folding ------------------------------------------------------------------------------------------------------

FOLD: dict[str, Regime] = {
    **orders("F", "C", lambda call: call.w.shape[:2]),
    **orders("height", "width", lambda call: call.w.shape[2:]),
    "one pixel": lambda call: call.w.shape[2:] == (1, 1),
    "F = 1": lambda call: call.w.shape[0] == 1,
    "C = 1": lambda call: call.w.shape[1] == 1,
    "F = C = height = width": lambda call: len(set(call.w.shape)) == 1,
    "b of 0": lambda call: not call.b.any() and call.running_mean.all(),
    "beta and running mean of 0": lambda call: not call.beta.any() and not call.running_mean.any() and call.b.all(),
    "everything given": lambda call: call.b.all() and call.beta.all() and call.running_mean.all(),
    "gamma of both signs": lambda call: (call.gamma > 0).any() and (call.gamma < 0).any(),
    "a gamma of 0": lambda call: (call.gamma == 0).any(),
    "an eps of 1e-5": lambda call: call.eps == 1e-5 and call.running_var.max() < 1e-3,
    "a large eps": lambda call: call.eps >= 0.3,
    "an eps of 0": lambda call: call.eps == 0,
    "running variances beside which eps can't be seen": lambda call: call.running_var.min() > 1e10,
}


REGIMES: dict[str, dict[str, Regime]] = {
    **{f"{name}_forward": ANY_X for name in ("sigmoid", "tanh", "relu", "leaky_relu", "elu")},
    **{f"{name}_backward": DOUT_OF_ANY_SHAPE for name in ("sigmoid", "tanh", "relu", "leaky_relu", "elu")},
    "maxout_forward": MAXOUT,
    "maxout_backward": DOUT,
    "batchnorm_forward": BATCHNORM,
    "batchnorm_backward": ROW_GRADIENTS,
    "batchnorm_backward_alt": ROW_GRADIENTS,
    "spatial_batchnorm_forward": SPATIAL,
    "spatial_batchnorm_backward": PICTURE_GRADIENTS,
    "layernorm_forward": {**ROWS, **SCALES, **sizes((1,), "ln_param")},
    "layernorm_backward": LAYER_GRADIENTS,
    "instancenorm_forward": {**PICTURES, **FORWARD_ONLY, **without(sizes((2, 3), "in_param"), "variances like eps")},
    "spatial_groupnorm_forward": {**PICTURES, **ONE_PIXEL, **GROUPS, **FORWARD_ONLY, **sizes((2, 3), "gn_param")},
    "spatial_groupnorm_backward": PICTURE_GRADIENTS,
    "fold_batchnorm": FOLD,
}
