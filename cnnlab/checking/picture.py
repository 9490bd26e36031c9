"""Where an output is wrong: the 2-D slice around its worst entry, small enough to look at."""

from __future__ import annotations

from typing import Any

import numpy as np

SIZE = 16


def worst_slice(actual: Any, desired: Any) -> dict[str, Any] | None:
    """At most 16x16 entries of the last two axes around the worst entry; None where there is nothing to show.

    Returns:
        `{"title": "[0, 1]", "corner": [row, column], "actual": rows, "desired": rows}`, numbers not finite as None.
    """
    if not (isinstance(actual, np.ndarray) and isinstance(desired, np.ndarray)) or actual.dtype.kind not in "biuf":
        return None
    if actual.shape != desired.shape or actual.ndim < 2 or actual.size < 4:
        return None
    with np.errstate(all="ignore"):
        error = np.nan_to_num(np.abs(actual - desired.astype(float)), nan=np.inf)
    worst = np.unravel_index(np.argmax(error), error.shape)
    corner = [int(max(0, min(p - SIZE // 2, n - SIZE))) for p, n in zip(worst[-2:], actual.shape[-2:])]
    window = tuple(slice(start, start + SIZE) for start in corner)
    leading = tuple(int(p) for p in worst[:-2])
    return {
        "title": f"[{', '.join(map(str, leading))}]" if leading else "",
        "corner": corner,
        "actual": rows(actual[leading][window]),
        "desired": rows(desired[leading][window]),
    }


def rows(array: np.ndarray) -> list[list[float | None]]:
    return [[float(f"{value:.4g}") if np.isfinite(value) else None for value in row] for row in array]
