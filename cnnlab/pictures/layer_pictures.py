"""Pictures of assignment 2: windows that become columns, pooling, shifts, timing bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cnnlab.pictures.plotting import BLUE, GRAY, ORANGE, Picture

WINDOW_COLORS = ("#2f6db5", "#d9792b", "#3c9d63", "#8e5bb5", "#c24a4a", "#4a9fb0", "#b08d2f", "#7a7f87", "#d06aa0")
BAR_COLORS = (GRAY, ORANGE, BLUE)


def draw_grid(axes: Axes, values: np.ndarray, left: float = 0, top: float = 0, color: str = "white") -> None:
    """A table of numbers, one square a number, its first row on top; y grows downwards."""
    for (i, j), value in np.ndenumerate(values):
        axes.add_patch(Rectangle((left + j, top + i), 1, 1, facecolor=color, edgecolor=GRAY, linewidth=0.8))
        axes.text(left + j + 0.5, top + i + 0.5, f"{value:g}", ha="center", va="center", fontsize=10)


def frame(axes: Axes, left: float, top: float, width: float, height: float, color: str, inset: float = 0.08) -> None:
    """A coloured frame around part of a table, a little inside its lines."""
    size = width - 2 * inset, height - 2 * inset
    axes.add_patch(Rectangle((left + inset, top + inset), *size, fill=False, edgecolor=color, linewidth=2.2))


def finish(axes: Axes, width: float, height: float) -> None:
    axes.set(xlim=(-0.3, width + 0.3), ylim=(height + 0.3, -0.9), aspect="equal")
    axes.set_axis_off()


def show_im2col(x: np.ndarray, kernel: tuple[int, int], stride: int = 1) -> Picture:
    """The windows of a plane, each in its colour, and the columns that they become.

    Args:
        x: one plane, shape (H, W), small enough to read.
        kernel: (HH, WW) of the filter.
    """
    (H, W), (HH, WW) = x.shape, kernel
    starts = [(i, j) for i in range(0, H - HH + 1, stride) for j in range(0, W - WW + 1, stride)]
    columns = np.stack([x[i : i + HH, j : j + WW].ravel() for i, j in starts], axis=1)
    height = max(H, HH * WW)
    figure = Picture(0.52 * (W + len(starts) + 4), 0.52 * height + 1.0)
    axes = figure.subplots()
    top, right = (height - H) / 2, W + 3
    draw_grid(axes, x, 0, top)
    draw_grid(axes, columns, right, 0)
    for number, (i, j) in enumerate(starts):
        color = WINDOW_COLORS[number % len(WINDOW_COLORS)]
        frame(axes, j, top + i, WW, HH, color, 0.07 + 0.05 * (number % 3))
        frame(axes, right + number, 0, 1, HH * WW, color, 0.05)
        axes.text(right + number + 0.5, -0.35, f"{number}", ha="center", color=color, fontsize=10, weight="bold")
    axes.annotate("", (right - 0.6, height / 2), (W + 0.6, height / 2), arrowprops={"arrowstyle": "-|>", "color": GRAY})
    axes.text(W / 2, top - 0.35, f"image {H}x{W}", ha="center", fontsize=10)
    axes.text(W + 1.5, height / 2 - 0.35, "im2col", ha="center", fontsize=10, color=GRAY)
    finish(axes, right + len(starts), height)
    return figure


def show_pooling(x: np.ndarray, height: int, width: int, stride: int, title: str = "") -> Picture:
    """A plane, its windows, the maximum of each (filled), and the pooled plane beside it."""
    (H, W) = x.shape
    rows, columns = (H - height) // stride + 1, (W - width) // stride + 1
    figure = Picture(0.5 * (W + columns + 3), 0.5 * H + 0.9)
    axes = figure.subplots()
    draw_grid(axes, x)
    right, top = W + 2.4, (H - rows) / 2
    for number, (i, j) in enumerate(np.ndindex(rows, columns)):
        color = WINDOW_COLORS[number % len(WINDOW_COLORS)]
        window = x[i * stride : i * stride + height, j * stride : j * stride + width]
        p, q = np.unravel_index(np.argmax(window), window.shape)
        place = (j * stride + q + 0.14, i * stride + p + 0.14)
        axes.add_patch(Rectangle(place, 0.72, 0.72, facecolor=color, alpha=0.3, edgecolor="none"))
        frame(axes, j * stride, i * stride, width, height, color, 0.07 + 0.05 * (number % 3))
        draw_grid(axes, window.max(keepdims=True), right + j, top + i)
        frame(axes, right + j, top + i, 1, 1, color)
    axes.annotate("", (right - 0.5, H / 2), (W + 0.5, H / 2), arrowprops={"arrowstyle": "-|>", "color": GRAY})
    axes.set_title(title or f"max pooling, windows {height}x{width}, stride {stride}", fontsize=10)
    finish(axes, right + columns, H)
    return figure


def show_shift(rows: Sequence[tuple[str, np.ndarray, np.ndarray]]) -> Picture:
    """What a small shift of the image does: before, after, and the difference with its size in percent.

    Args:
        rows: (title, before, after), the two of the same shape (H, W), values from 0.
    """
    figure = Picture(7.2, 2.5 * len(rows))
    for axes, (title, before, after) in zip(figure.subplots(len(rows), 3, squeeze=False), rows):
        change = np.abs(after - before)
        percent = 100 * np.linalg.norm(change) / max(float(np.linalg.norm(before)), 1e-12)
        limit = float(max(before.max(), after.max(), 1e-12))
        named = ((title, before), ("after the shift", after), (f"difference: {percent:.0f} %", change))
        for place, (name, plane) in zip(axes, named):
            place.imshow(plane, cmap="gray", vmin=0, vmax=limit)
            place.set_title(name, fontsize=10)
            place.set_axis_off()
    return figure


def show_speed(table: Mapping[str, Mapping[str, float]]) -> Picture:
    """Timing bars on a logarithmic axis, with the speed-up over the first bar of each group.

    Args:
        table: for each layer the seconds of each way to compute it, such as `{"3x3": {"loops": 9.1, "fast": 0.02}}`.
    """
    ways = list(dict.fromkeys(way for seconds in table.values() for way in seconds))
    figure = Picture(8.2, 0.45 * sum(len(seconds) + 1 for seconds in table.values()) + 0.9)
    axes = figure.subplots()
    y, places = 0.0, []
    for seconds in table.values():
        first = next(iter(seconds.values()))
        places.append(y + (len(seconds) - 1) / 2)
        for way, value in seconds.items():
            axes.barh(y, 1000 * value, color=BAR_COLORS[ways.index(way) % len(BAR_COLORS)], height=0.8)
            ratio = first / value
            times = "" if value == first else f" · {ratio:,.{0 if ratio >= 10 else 1}f} times as fast"
            axes.text(1080 * value, y, f"{way}: {duration(value)}{times}", va="center", fontsize=9)
            y += 1
        y += 0.6
    values = [1000 * value for seconds in table.values() for value in seconds.values()]
    axes.set_xscale("log")
    axes.set(xlim=(min(values) / 2, max(values) * 30), ylim=(y - 0.9, -0.7), xlabel="milliseconds (logarithmic)")
    axes.set_yticks(places, list(table))
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def duration(seconds: float) -> str:
    """`14.9 s`, `18.0 ms`."""
    return f"{seconds:.3g} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"
