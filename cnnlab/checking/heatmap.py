"""Where an output is wrong, for a check cell and for a feedback page: returned, expected and their difference.

Three grids as inline SVG, made without any plotting library: it costs a millisecond and a few kilobytes.
"""

from __future__ import annotations

import html
import math
from collections import defaultdict
from collections.abc import Callable
from typing import Any

Rows = list[list[Any]]  # of float | None

SIDE, WIDE = 10, 36  # pixels of one entry; wide where its number is written into it
ROOM = 6  # so many rows and columns at most leave room for numbers
GAP, TOP = 18, 16
SHADES = ("#fde0dd", "#fcae91", "#fb6a4a", "#cb181d", "#67000d")  # light to dark: small to large errors
BELOW, ABOVE = ("#d1e5f0", "#92c5de", "#4393c3", "#2166ac"), ("#fddbc7", "#f4a582", "#d6604d", "#b2182b")
DARK = {*SHADES[3:], *BELOW[2:], *ABOVE[2:]}  # numbers on these are white
NOT_FINITE = "#7b3ff2"
SAME = 1e-3  # a difference below this part of the largest one counts as none: it would only be rounding beside it


def heatmap(picture: dict[str, Any]) -> str:
    """HTML of a picture as `cnnlab.checking.picture.worst_slice` makes it; nothing if it holds no numbers."""
    actual, desired = picture.get("actual"), picture.get("desired")
    if not actual or not desired or not desired[0]:
        return ""
    errors = [[error(a, d) for a, d in zip(*rows)] for rows in zip(actual, desired)]
    largest = max((e for row in errors for e in row if math.isfinite(e)), default=0.0)
    limit = max((abs(d) for row in desired for d in row if d is not None), default=0.0)
    side = WIDE if max(len(errors), len(errors[0])) <= ROOM else SIDE
    parts, left = [], 0
    for title, rows, shade in (
        ("returned", actual, lambda value: signed_shade(value, limit)),
        ("expected", desired, lambda value: signed_shade(value, limit)),
        ("difference", errors, lambda value: error_shade(value, largest)),
    ):
        parts.append(f'<g transform="translate({left} {TOP})">{panel(title, rows, shade, side)}</g>')
        left += len(errors[0]) * side + GAP
    return figure(left - GAP, len(errors) * side + TOP, "".join(parts), caption(picture, errors, largest))


def panel(title: str, rows: Rows, shade: Callable[[float | None], str], side: int) -> str:
    """One grid: a path a shade, so that a page with many pictures stays small; numbers where there is room."""
    shades: dict[str, str] = defaultdict(str)
    numbers = []
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            color = shade(value)
            if color:
                shades[color] += f"M{j * side} {i * side}h{side}v{side}h-{side}z"
            if side == WIDE:
                ink = "#fff" if color in DARK or color == NOT_FINITE else "#1f2328"
                place = f'x="{j * side + side / 2:g}" y="{i * side + side / 2 + 4:g}"'
                numbers.append(f'<text {place} fill="{ink}" text-anchor="middle">{short_number(value)}</text>')
    width, height = len(rows[0]) * side, len(rows) * side
    paths = "".join(f'<path d="{path}" fill="{color}"/>' for color, path in sorted(shades.items()))
    grid = f'<path d="{lines(width, height, side)}" stroke="#d1d9e0" fill="none"/>'
    label = f'<text y="-4" fill="currentColor">{title}</text>'
    return f'{label}<rect width="{width}" height="{height}" fill="#fff"/>{paths}{grid}{"".join(numbers)}'


def figure(width: int, height: int, content: str, text: str) -> str:
    width = max(width, 190)  # the three titles
    label = html.escape(text)
    return (
        f'<figure style="margin:6px 0"><svg width="{width + 1}" height="{height + 1}" viewBox="-.5 -.5 {width + 1} '
        f'{height + 1}" style="max-width:100%;font:11px sans-serif" role="img" aria-label="{label}">{content}</svg>'
        f'<figcaption style="font-size:12px;opacity:.75">{label}</figcaption></figure>'
    )


def lines(width: int, height: int, side: int) -> str:
    across = "".join(f"M0 {y}h{width}" for y in range(0, height + 1, side))
    return across + "".join(f"M{x} 0v{height}" for x in range(0, width + 1, side))


def error(actual: float | None, desired: float | None) -> float:
    """|actual - desired|; infinite where one of them is no number."""
    if actual is None or desired is None:
        return 0.0 if actual is desired else math.inf
    return abs(actual - desired)


def error_shade(value: float, largest: float) -> str:
    """Color of an error, empty for none."""
    if not math.isfinite(value):
        return NOT_FINITE
    part = value / largest if largest else 0.0
    return SHADES[min(int(part * len(SHADES)), len(SHADES) - 1)] if part > SAME else ""


def signed_shade(value: float | None, limit: float) -> str:
    """Color of a number: red above zero, blue below, empty at zero."""
    if value is None:
        return NOT_FINITE
    part = abs(value) / limit if limit else float(value != 0)
    shades = ABOVE if value > 0 else BELOW
    return shades[min(int(part * len(shades)), len(shades) - 1)] if part > SAME else ""


def short_number(value: float | None) -> str:
    """At most five characters or so."""
    if value is None or not math.isfinite(value):
        return "nan"
    return "0" if abs(value) < 1e-12 else f"{value:.2g}".replace("e+0", "e").replace("e-0", "e-")


def caption(picture: dict[str, Any], errors: Rows, largest: float) -> str:
    row, column = picture.get("corner", (0, 0))
    place = f"Entries {picture['title']} of the result" if picture.get("title") else "The result"
    start = f" from row {row}, column {column}" if row or column else ""
    violet = "" if all(math.isfinite(e) for line in errors for e in line) else ", violet is nan or inf"
    return f"{place}{start}. Difference: white is right, the darker the further off (most: {largest:.3g}){violet}"
