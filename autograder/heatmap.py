"""Where an output is wrong: a grid of |returned - expected| as inline SVG, made without any plotting library."""

from __future__ import annotations

import html
import math
from typing import Any

SIDE = 10  # pixels of one entry
SHADES = ("#fde0dd", "#fcae91", "#fb6a4a", "#cb181d", "#67000d")  # light to dark: small to large errors
NOT_FINITE = "#7b3ff2"
SAME = 1e-3  # a difference below this part of the largest one counts as none: it would only be rounding beside it


def heatmap(picture: dict[str, Any]) -> str:
    """HTML of a picture as `cnnlab.picture.worst_slice` makes it; nothing if it holds no numbers.

    One path a shade, so that a page with many pictures stays small.
    """
    actual, desired = picture.get("actual"), picture.get("desired")
    if not actual or not desired or not desired[0]:
        return ""
    errors = [[error(a, d) for a, d in zip(*rows)] for rows in zip(actual, desired)]
    finite = [e for row in errors for e in row if math.isfinite(e)]
    largest = max(finite, default=0.0)
    shades: dict[str, str] = {}
    for i, row in enumerate(errors):
        for j, value in enumerate(row):
            color = shade(value, largest)
            if color:
                shades[color] = shades.get(color, "") + f"M{j * SIDE} {i * SIDE}h{SIDE}v{SIDE}h-{SIDE}z"
    paths = "".join(f'<path d="{path}" fill="{color}"/>' for color, path in sorted(shades.items()))
    return figure(len(errors[0]) * SIDE, len(errors) * SIDE, paths, caption(picture, largest, NOT_FINITE in shades))


def figure(width: int, height: int, paths: str, text: str) -> str:
    grid = f'<path d="{lines(width, height)}" stroke="#d1d9e0" fill="none"/>'
    label = html.escape(text)
    return (
        f'<figure><svg width="{width + 1}" height="{height + 1}" viewBox="-.5 -.5 {width + 1} {height + 1}" role="img" '
        f'aria-label="{label}"><rect width="{width}" height="{height}" fill="#fff"/>{paths}{grid}</svg>'
        f"<figcaption>{label}</figcaption></figure>"
    )


def lines(width: int, height: int) -> str:
    across = "".join(f"M0 {y}h{width}" for y in range(0, height + 1, SIDE))
    return across + "".join(f"M{x} 0v{height}" for x in range(0, width + 1, SIDE))


def error(actual: float | None, desired: float | None) -> float:
    """|actual - desired|; infinite where one of them is no number."""
    if actual is None or desired is None:
        return 0.0 if actual is desired else math.inf
    return abs(actual - desired)


def shade(value: float, largest: float) -> str:
    """Color of an error, empty for none."""
    if not math.isfinite(value):
        return NOT_FINITE
    part = value / largest if largest else 0.0
    return SHADES[min(int(part * len(SHADES)), len(SHADES) - 1)] if part > SAME else ""


def caption(picture: dict[str, Any], largest: float, not_finite: bool) -> str:
    row, column = picture.get("corner", (0, 0))
    place = f"Entries {picture['title']} of the result" if picture.get("title") else "The result"
    start = f" from row {row}, column {column}" if row or column else ""
    violet = ", violet is nan or inf" if not_finite else ""
    return f"{place}{start}: white is right, the darker the further off (most: {largest:.3g}){violet}"
