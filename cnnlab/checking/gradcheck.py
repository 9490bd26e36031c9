"""Numeric gradients: four random directions find a wrong backward, full differences name the wrong entry.

Along a unit direction v, the derivative of sum(f(x) * dout) is (sum(f(x + h v) * dout) - sum(f(x - h v) * dout)) / 2h
(central differences; cs231n notes, "Gradient checks"). It must equal sum(dx * v).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnlab.checking.compare import assert_shape, index, number
from cnnlab.checking.outcomes import CheckFailed

# by dtype of x, whatever was returned; a right float64 one of a convolution scores 1e-10, one entry off by 1 % 1e-4
GRADIENT_TOLERANCE = {"float64": 1e-6, "float32": 1e-3, "float16": 5e-2}
STEP = 1e-4


def numerical_gradient(
    f: Callable[[np.ndarray], np.ndarray], x: np.ndarray, dout: np.ndarray, h: float = STEP
) -> np.ndarray:
    """Gradient of sum(f(x) * dout) in x by central differences, entry by entry. Shapes: x any, dout like f(x)."""
    gradient = np.zeros_like(x, dtype=np.float64)
    for position in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[position] = h
        gradient[position] = np.sum((f(x + step) - f(x - step)) * dout) / (2 * h)
    return gradient


def directional_errors(
    f: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    dout: np.ndarray,
    dx: np.ndarray,
    rng: np.random.Generator,
    directions: int = 4,
) -> np.ndarray:
    """Relative error of dx along random unit directions, shape (directions,)."""
    errors = np.zeros(directions)
    for i in range(directions):
        v = rng.standard_normal(x.shape)
        v /= np.linalg.norm(v)
        numeric = np.sum((f(x + STEP * v) - f(x - STEP * v)) * dout) / (2 * STEP)
        analytic = np.sum(dx * v)
        scale = max(np.linalg.norm(dx) / np.sqrt(dx.size), abs(numeric), abs(analytic), 1e-12)
        errors[i] = abs(numeric - analytic) / scale
    return errors


def check_gradient(
    f: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    dout: np.ndarray,
    dx: np.ndarray,
    rng: np.random.Generator,
    name: str = "dx",
) -> None:
    """Fail unless dx is the gradient of sum(f(x) * dout).

    Directions come first: they are cheap. Only after a failure is the whole numeric gradient computed, to name the
    entry that is most wrong.

    Raises:
        CheckFailed: shape of dx differs from that of x, or a direction disagrees.
    """
    assert_shape(dx, x.shape, name)
    dx = np.asarray(dx)
    if not np.isfinite(dx).all():
        raise CheckFailed(f"{name} with entries that are nan or inf", "finite numbers everywhere", actual=dx)
    limit = GRADIENT_TOLERANCE.get(x.dtype.name, GRADIENT_TOLERANCE["float64"])
    if directional_errors(f, x, dout, dx, rng).max() <= limit:
        return
    numeric = numerical_gradient(f, x, dout)
    if not dx.any() and numeric.any():
        raise CheckFailed(
            f"{name} is all zeros",
            f"{name} between {number(numeric.min())} and {number(numeric.max())}",
            actual=dx,
            desired=numeric,
        )
    worst = tuple(int(i) for i in np.unravel_index(np.argmax(np.abs(dx - numeric)), x.shape))
    raise CheckFailed(
        f"{index(name, worst)} = {number(dx[worst])}",
        f"{index(name, worst)} = {number(numeric[worst])} (numeric gradient)",
        actual=dx,
        desired=numeric,
    )
