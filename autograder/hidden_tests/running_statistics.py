"""The running statistics in a bn_param: what they must be after one step, and which mistake a wrong one looks like.

They are no result of a call but a change of its argument, so the mistake bank's outputs can't be compared with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cnnlab.compare import assert_close, differing
from cnnlab.outcomes import CheckFailed

NAMES = ("running_mean", "running_var")
UPDATES = {  # what is made of the old value, the batch's and the momentum
    "the momentum on the new value: it weighs the old one": lambda old, new, m: (1 - m) * old + m * new,
    "running statistics overwritten by each batch instead of averaged": lambda old, new, m: new,
    "running statistics that were not updated, or not put back into bn_param": lambda old, new, m: old,
    "(1 - momentum) * batch without the old value": lambda old, new, m: (1 - m) * new,
    "the momentum of bn_param not used": lambda old, new, m: 0.9 * old + 0.1 * new,
    "a running variance that starts at ones: it starts at zeros": lambda old, new, m: m + m * old + (1 - m) * new,
}
VARIANCES = {  # what is taken for the batch's variance
    "an unbiased running variance (as PyTorch keeps it): divide by N": lambda var, n, eps: var * n / max(n - 1, 1),
    "a running variance that keeps the standard deviation": lambda var, n, eps: np.sqrt(var),
    "a running variance with eps in it": lambda var, n, eps: var + eps,
}


def statistics_of(param: Mapping[str, Any], channels: int) -> dict[str, np.ndarray]:
    """Copies of a bn_param's running statistics, zeros where they are missing; shape (channels,)."""
    return {name: np.array(param.get(name, np.zeros(channels))) for name in NAMES}


def assert_running(param: Mapping[str, Any], desired: Mapping[str, np.ndarray], likely: Mapping = ()) -> None:
    """The running statistics are what they must be.

    Args:
        likely: wrong values by name and by the hint that goes with them.

    Raises:
        CheckFailed: one is missing or wrong, with the hint whose value it has.
    """
    for name, value in desired.items():
        if name not in param:
            raise CheckFailed(f"bn_param without {name}", f'bn_param["{name}"] of shape {value.shape}')
        try:
            assert_close(param[name], value, name)
        except CheckFailed as failure:
            for hint, wrong in dict(likely).get(name, {}).items():
                if np.shape(failure.actual) == wrong.shape and not differing(failure.actual, wrong).any():
                    failure.hint = f"looks like: {hint}"
                    break
            raise


def check_step(function: Callable, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, param: dict, m: float) -> None:
    """One call in train mode updates the running statistics with momentum m; x (N, D) or (N, C, H, W)."""
    axes = tuple(axis for axis in range(x.ndim) if axis != 1)
    old, new = statistics_of(param, x.shape[1]), dict(zip(NAMES, (x.mean(axis=axes), x.var(axis=axes))))
    desired = {name: m * old[name] + (1 - m) * new[name] for name in NAMES}
    likely = {name: {hint: update(old[name], new[name], m) for hint, update in UPDATES.items()} for name in NAMES}
    for hint, variance in VARIANCES.items():
        var = variance(new["running_var"], x.size // x.shape[1], param.get("eps", 1e-5))
        likely["running_var"][hint] = m * old["running_var"] + (1 - m) * var
    function(x, gamma, beta, param)
    assert_running(param, desired, likely)
