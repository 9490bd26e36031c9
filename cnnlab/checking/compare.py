"""Comparisons that say what is wrong: the variable, then its shape, then its dtype, then its values.

Every tolerance of the course comes from `TOLERANCE`, by dtype, never from a literal in a test.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cnnlab.checking.identity import Itself
from cnnlab.checking.outcomes import CheckFailed
from cnnlab.checking.student import describe_value

# relative to the largest magnitude expected: rounding of sums taken in another order stays well below
TOLERANCE = {"float64": 1e-9, "float32": 1e-4, "float16": 2e-2}
# what is left where float64 was asked for and the result was kept in a smaller type
ROUNDED = {"float32": 3e-6, "float16": 5e-3}
HINTS = {"float32": "right to 7 digits: float32 somewhere", "float16": "right to 3 digits: float16 somewhere"}
SINGLE = 5e-7  # the same, where only a part of the way was float32
MOST_ENTRIES = 10_000  # of an array that `normal` makes plain data of; no expected value has as many


def tolerance(desired: np.ndarray) -> float:
    """The tolerance for what was asked for, whatever was returned; whole numbers count as float64."""
    return TOLERANCE.get(np.asarray(desired).dtype.name, TOLERANCE["float64"])


def assert_array(actual: Any, name: str) -> np.ndarray:
    """`actual` as an array of numbers; `CheckFailed` if it is something else."""
    if isinstance(actual, (int, float, np.number)) and not isinstance(actual, bool):
        actual = np.asarray(actual)
    if not isinstance(actual, np.ndarray) or actual.dtype.kind not in "biufc":
        raise CheckFailed(f"{name}: {describe_value(actual)}", f"{name}: a NumPy array of numbers")
    return actual


def assert_shape(actual: Any, shape: tuple[int, ...], name: str = "out") -> None:
    """Exact shape: (D,) and (1, D) are two different answers."""
    actual = assert_array(actual, name)
    if actual.shape != tuple(shape):
        raise CheckFailed(f"{name} of shape {actual.shape}", f"{name} of shape {tuple(shape)}", actual=actual)


def assert_dtype(actual: Any, dtype: Any = np.float64, name: str = "out") -> None:
    """The result keeps the dtype of the inputs."""
    actual = assert_array(actual, name)
    if actual.dtype != np.dtype(dtype):
        raise CheckFailed(
            f"{name} of dtype {actual.dtype}",
            f"{name} of dtype {np.dtype(dtype)}, like the inputs",
            actual=actual,
            precision=actual.dtype.name if actual.dtype.name in ROUNDED and np.dtype(dtype) == np.float64 else "",
        )


def assert_close(actual: Any, desired: Any, name: str = "out") -> None:
    """Same shape, then finite where it should be, then equal values up to `TOLERANCE`."""
    desired = np.asarray(desired)
    desired = desired if desired.dtype.kind in "fc" else desired.astype(float)
    given, actual = actual, assert_array(actual, name)  # a scalar is known again by itself, not by its array
    if actual.shape != desired.shape:
        raise CheckFailed(
            f"{name} of shape {actual.shape}", f"{name} of shape {desired.shape}", actual=given, desired=desired
        )
    wrong = differing(actual, desired)
    if wrong.any():
        precision, hint = rounded_like(actual, desired)
        raise CheckFailed(*describe_difference(actual, desired, wrong, name), hint, actual, desired, precision)


def rounded_like(actual: np.ndarray, desired: np.ndarray) -> tuple[str, str]:
    """The smaller type whose rounding explains the difference from a float64 that was asked for, and how to say so.

    Certain is it only where all numbers returned are numbers of that type; a small eps can look like float32, too.
    """
    if desired.dtype != np.float64 or actual.dtype.kind == "c":
        return "", ""
    for name, relative in ROUNDED.items():
        with np.errstate(all="ignore"):
            kept = np.array_equal(actual, actual.astype(name))
        if kept and not differing(actual, desired, relative).any():
            return name, HINTS[name]
    if not differing(actual, desired, SINGLE).any():
        return "float32", "right to 6 digits only, as if float32 were used somewhere"
    return "", ""


def differing(actual: np.ndarray, desired: np.ndarray, relative: float | None = None) -> np.ndarray:
    """A mask of the entries that differ by more than the tolerance, or are not finite where they should be.

    Args:
        relative: to the largest magnitude of `desired`, in the place of its dtype's tolerance.
    """
    scale = np.max(np.abs(desired), initial=0.0, where=np.isfinite(desired))
    limit = (tolerance(desired) if relative is None else relative) * max(float(scale), 1e-30)
    with np.errstate(all="ignore"):
        return ~(
            (np.abs(actual - desired.astype(complex if actual.dtype.kind == "c" else float)) <= limit)
            | (actual == desired)
        )


def describe_difference(actual: np.ndarray, desired: np.ndarray, wrong: np.ndarray, name: str) -> tuple[str, str]:
    """The two halves of the sentence: what was returned, and what was expected in the same place."""
    if actual.ndim == 0:
        return f"{name} = {number(actual[()])}", f"{name} = {number(desired[()])}"
    if not np.isfinite(actual).all() and np.isfinite(desired).all():
        bad = tuple(int(i) for i in np.argwhere(~np.isfinite(actual))[0])
        count = int((~np.isfinite(actual)).sum())
        return (
            f"{name} with {count} entries that are nan or inf, first at {index(name, bad)}",
            "finite numbers everywhere",
        )
    if actual.size > 1 and not actual.any():
        return f"{name} is all zeros", f"{name} between {number(desired.min())} and {number(desired.max())}"
    error = np.where(wrong, np.abs(actual - desired), 0)
    worst = tuple(int(i) for i in np.unravel_index(np.argmax(error), error.shape))
    share = f"{int(wrong.sum())} of {wrong.size} entries differ"
    return (
        f"{index(name, worst)} = {number(actual[worst])} ({share})",
        f"{index(name, worst)} = {number(desired[worst])}",
    )


def number(value: Any) -> str:
    """A number of any dtype with the digits worth reading; NumPy's bool knows no format of its own."""
    return f"{complex(value):.8g}" if np.iscomplexobj(value) else f"{float(value):.8g}"


def index(name: str, position: tuple[int, ...]) -> str:
    return f"{name}[{', '.join(map(str, position))}]"


def assert_equal(actual: Any, desired: Any, name: str = "result") -> None:
    """Exact equality of plain values; any integer type and 0-d arrays are as good as an int, a list as a tuple."""
    if normal(actual) != normal(desired):
        raise CheckFailed(f"{name} = {show(actual)}", f"{name} = {show(desired)}", actual=actual, desired=desired)


def assert_integers(actual: Any, name: str = "result") -> None:
    """Every number in a plain value is of an integer type: 3, not 3.0. Counts are compared apart, by `assert_equal`."""
    if not is_integer(actual):
        raise CheckFailed(
            f"{name} = {show(actual)}", f"{name} of an integer type (// divides without a remainder)", actual=actual
        )


def is_integer(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(is_integer, value))
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "iu"
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def normal(value: Any) -> Any:
    """Plain Python data to compare; other objects by identity, so that they never equal an expected value."""
    if isinstance(value, np.ndarray):
        places = math.prod(max(size, 1) for size in value.shape)  # a shape such as (10**9, 0) would fill the memory
        return normal(value.tolist()) if places <= MOST_ENTRIES else Itself(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (list, tuple)):
        return tuple(normal(entry) for entry in value)
    if isinstance(value, dict):
        return {key: normal(entry) for key, entry in value.items()}
    return value if isinstance(value, (bool, int, float, str, type(None))) else Itself(value)


def show(value: Any) -> str:
    """A plain value as it is, shortened; anything else in words."""
    plain = normal(value)
    text = repr(value) if type(plain) is type(value) or isinstance(value, (tuple, list, dict)) else str(plain)
    if isinstance(plain, Itself):
        text = describe_value(value)
    return text if len(text) <= 120 else text[:117] + "..."


def assert_unchanged(after: Any, before: Any, name: str) -> None:
    """The function left its input as it was. `before` is a copy made ahead of the call."""
    if isinstance(before, np.ndarray):
        same = (
            isinstance(after, np.ndarray)
            and after.shape == before.shape
            and np.array_equal(after, before, equal_nan=True)
        )
    else:
        same = normal(after) == normal(before)
    if not same:
        raise CheckFailed(f"{name} changed by the call", f"{name} left as it was: work on a copy")
