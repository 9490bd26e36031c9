"""The running statistics in a bn_param: what they must be after one step, and which mistake a wrong one looks like.

They are no result of a call but a change of its argument, so the mistake bank's outputs can't be compared with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.hidden_tests.layers import Inputs, copies, output_of, passes
from autograder.mistakes.naming import LOOKS_LIKE
from cnnlab.checking.compare import assert_array, assert_close
from cnnlab.checking.outcomes import CheckFailed, NotAttempted, NotChecked, Stopped, StudentError
from cnnlab.checking.student import Student

NAMES = ("running_mean", "running_var")
UPDATES = {  # what is made of the old value, the batch's and the momentum
    "the momentum on the new value: it weighs the old one": lambda old, new, m: (1 - m) * old + m * new,
    "running statistics overwritten by each batch instead of averaged": lambda old, new, m: new,
    "running statistics that stay as they were: put the new ones back into bn_param": lambda old, new, m: old,
    "(1 - momentum) * batch without the old value": lambda old, new, m: (1 - m) * new,
    "momentum of 0.9 whatever bn_param says": lambda old, new, m: 0.9 * old + 0.1 * new,
    "running statistics added up: the old value without the momentum": lambda old, new, m: old + (1 - m) * new,
    "running statistics of shape (1, C, 1, 1) or (1, C): one number for each feature or channel, (C,)": (
        lambda old, new, m: (m * old + (1 - m) * new)[None]
    ),
}
VARIANCES = {  # what is taken for the batch's variance, of n values
    "a variance divided by one less than there are values: divide by their number": lambda var, n, eps: (
        var * n / max(n - 1, 1)
    ),
    "a running variance that keeps the standard deviation": lambda var, n, eps: np.sqrt(var),
    "a running variance with eps in it": lambda var, n, eps: var + eps,
}


def statistics_of(param: Mapping[str, Any], channels: int) -> dict[str, np.ndarray]:
    """Copies of a bn_param's running statistics, zeros where they are missing; shape (channels,)."""
    return {name: np.array(param.get(name, np.zeros(channels))) for name in NAMES}


def assert_running(param: Mapping[str, Any], desired: Mapping[str, np.ndarray]) -> None:
    """The running statistics are there, and what they must be."""
    for name, value in desired.items():
        if name not in param:
            raise CheckFailed(f"bn_param without {name}", f'bn_param["{name}"] of shape {value.shape}')
        assert_close(param[name], value, name)


def check_step(student: Student, function: str, inputs: Inputs, m: float, statistic: str) -> None:
    """One call in train mode updates one of the running statistics with momentum m; x (N, D) or (N, C, H, W).

    Args:
        inputs: x, gamma, beta, bn_param.
    """
    before, param = copies(inputs), inputs[3]
    old, new = pair_of(before, statistic)
    output_of(student, function, inputs)
    try:
        assert_running(param, {statistic: m * old + (1 - m) * new})
    except CheckFailed as failure:
        failure.hint = failure.hint or guess(student, function, before, m, statistic, param.get(statistic))
        raise


def pair_of(inputs: Inputs, statistic: str) -> tuple[np.ndarray, np.ndarray]:
    """The old value of one of the running statistics, and the batch's."""
    x, param = inputs[0], inputs[3]
    axes = tuple(axis for axis in range(x.ndim) if axis != 1)
    batch = {"running_mean": x.mean(axis=axes), "running_var": x.var(axis=axes)}
    return statistics_of(param, x.shape[1])[statistic], batch[statistic]


def guess(student: Student, function: str, inputs: Inputs, m: float, statistic: str, actual: Any) -> str:
    """The hint whose values came back, here and with another momentum, and that goes with the output; "" for none."""
    fitting = hints_for(inputs, m, statistic, actual)
    x, gamma, beta, param = copies(inputs)
    count, calls = x.shape[1], len(student.calls)
    again = [
        x,
        gamma,
        beta,
        {**param, "momentum": 0.6, "running_mean": np.full(count, 2.0), "running_var": np.ones(count)},
    ]
    before = copies(again)
    try:
        out = output_of(student, function, again)
        axes = tuple(axis for axis in range(x.ndim) if axis != 1)
        if not passes(assert_close, assert_array(out, "out").mean(axis=axes), beta):  # something else is wrong as well
            return ""
        fitting &= hints_for(before, 0.6, statistic, again[3].get(statistic))
    except (CheckFailed, NotAttempted, NotChecked, StudentError, Stopped, ValueError):
        return ""
    finally:
        del student.calls[calls:]
    return LOOKS_LIKE + fitting.pop() if len(fitting) == 1 else ""


def hints_for(inputs: Inputs, m: float, statistic: str, actual: Any) -> set[str]:
    """The hints whose value one of the running statistics has after a call."""
    old, new = pair_of(inputs, statistic)
    values = {hint: update(old, new, m) for hint, update in UPDATES.items()}
    if statistic == "running_var":
        n, eps = inputs[0].size // inputs[0].shape[1], inputs[3].get("eps", 1e-5)
        values |= {hint: m * old + (1 - m) * variance(new, n, eps) for hint, variance in VARIANCES.items()}
    shape = np.shape(actual)
    if len(shape) > 1 and shape[:2] == (1, len(new)) and isinstance(actual, np.ndarray):
        actual = actual.reshape(1, -1)
    return {hint for hint, value in values.items() if passes(assert_close, actual, value, statistic)}


def check_start(student: Student, function: str, inputs: Inputs) -> None:
    """Statistics that are missing start at zeros: what becomes of them is what becomes of zeros that are given.

    A momentum that is missing is 0.9, in the same way.
    """
    *arrays, param = inputs
    zeros = {name: np.zeros(arrays[0].shape[1]) for name in NAMES}
    given, missing = {"momentum": 0.9, **param, **zeros}, dict(param)
    output_of(student, function, [*copies(arrays), given])
    output_of(student, function, [*arrays, missing])
    for name in NAMES:
        desired = assert_array(given.get(name, zeros[name]), name)
        if not desired.any():
            raise CheckFailed(f"{name} of zeros after a batch in train mode", f"{name} that has moved")
        assert_running(missing, {name: desired})
