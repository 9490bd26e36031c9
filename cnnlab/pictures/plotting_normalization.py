"""Pictures of the notebook on activations and normalization. Every function returns a figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from cnnlab.pictures.plotting import BLUE, GRAY, ORANGE, Picture

GREEN = "#3a8a5f"
BLOCK = (4, 6, 5)  # images, channels, places
NORMALIZATIONS = {  # title: the cells that share one mean and one variance, by image n and channel c
    "Batch norm": lambda n, c: c == BLOCK[1] - 1,
    "Layer norm": lambda n, c: n == 0,
    "Instance norm": lambda n, c: n == 0 and c == BLOCK[1] - 1,
    "Group norm": lambda n, c: n == 0 and c >= BLOCK[1] // 2,
}


def show_activations(functions: Mapping[str, tuple[Callable, Callable]]) -> Picture:
    """Activations and their derivatives, side by side; a function that is still a stub leaves a note.

    Args:
        functions: forward and backward of each, by name; the derivative is what backward gives for dout = 1.
    """
    figure = Picture(2.3 * len(functions), 2.5)
    x = np.linspace(-4, 4, 400)
    for axes, (name, (forward, backward)) in zip(
        figure.subplots(1, len(functions), squeeze=False)[0], functions.items()
    ):
        axes.set_title(name, fontsize=10)
        axes.axhline(0, color=GRAY, linewidth=0.6)
        axes.axvline(0, color=GRAY, linewidth=0.6)
        axes.set(xlim=(-4, 4), ylim=(-1.4, 2.2), xticks=[-4, 0, 4], yticks=[-1, 0, 1, 2])
        try:
            out, cache = forward(x.copy())
            axes.plot(x, out, color=BLUE, label="f(x)")
            axes.plot(x, backward(np.ones_like(x), cache), color=ORANGE, label="f'(x)")
        except NotImplementedError:
            axes.text(
                0, 0.4, "not written yet", ha="center", va="center", fontsize=9, color=GRAY, backgroundcolor="white"
            )
            continue
        axes.legend(fontsize=8, loc="upper left", frameon=False)
    return figure


def show_histograms(rows: Mapping[str, list[np.ndarray]], title: str = "", bins: int = 41) -> Picture:
    """How values between -1 and 1 are distributed, layer by layer: a row of pictures for each network.

    Args:
        rows: the outputs of every layer, first layer first, by the name of the network.
    """
    depth = max(map(len, rows.values()))
    figure = Picture(1.25 * depth + 0.8, 1.35 * len(rows) + 0.5)
    plots = figure.subplots(len(rows), depth, squeeze=False)
    edges = np.linspace(-1, 1, bins + 1)
    for row, (name, layers) in enumerate(rows.items()):
        for column, values in enumerate(layers):
            axes = plots[row, column]
            counts, _ = np.histogram(values, edges)
            axes.bar(edges[:-1], counts / max(counts.max(), 1), np.diff(edges), align="edge", color=BLUE)
            axes.set(xlim=(-1.05, 1.05), ylim=(0, 1.25), xticks=[-1, 0, 1], yticks=[])
            axes.tick_params(labelsize=7)
            axes.text(0, 1.12, f"std {np.std(values):.2g}", ha="center", va="center", fontsize=7, color=GRAY)
            if row == 0:
                axes.set_title(f"layer {column + 1}", fontsize=9)
        plots[row, 0].set_ylabel(name.replace(": ", "\n"), fontsize=8)
    figure.suptitle(title, fontsize=11)
    return figure


def show_running_statistics(batches: np.ndarray, curves: Mapping[str, np.ndarray], mean: float, var: float) -> Picture:
    """Running mean and variance of one feature over the steps, with the statistics of each batch behind them.

    Args:
        batches: the values of each step, shape (steps, N).
        curves: running mean and running variance after each step, shape (steps, 2), by label.
        mean, var: the true ones.
    """
    figure = Picture(9, 3)
    for column, (axes, name, truth) in enumerate(zip(figure.subplots(1, 2), ("mean", "variance"), (mean, var))):
        statistics = batches.mean(axis=1) if column == 0 else batches.var(axis=1)
        axes.plot(statistics, ".", color=GRAY, alpha=0.5, markersize=4, label="of one batch")
        for color, (label, values) in zip((BLUE, ORANGE, GREEN), curves.items()):
            axes.plot(values[:, column], color=color, label=label)
        axes.axhline(truth, color="black", linestyle="--", linewidth=0.8)
        axes.set_title(f"running {name}", fontsize=10)
        axes.set_xlabel("batches seen", fontsize=9)
        axes.set_ylim(0, None)
    axes.legend(fontsize=8, loc="lower right")
    return figure


def show_normalization_axes() -> Picture:
    """The four normalizations on a block of (N, C, H x W) cells; those that share mean and variance are coloured."""
    figure = Picture(11, 2.7)
    for axes, (title, inside) in zip(figure.subplots(1, len(NORMALIZATIONS)), NORMALIZATIONS.items()):
        draw_block(axes, inside)
        axes.set_title(title, fontsize=12)
    return figure


def draw_block(axes: Axes, inside: Callable[[int, int], bool]) -> None:
    """The three faces of a block that one sees: channels to the right, places upwards, images to the back."""
    images, channels, places = BLOCK
    back = np.array([0.55, 0.42])  # one step along the images, in the plane of the paper

    def point(n: float, c: float, p: float) -> np.ndarray:
        return np.array([c, p]) + n * back

    def draw_cell(corners: list[np.ndarray], colored: bool, shade: float) -> None:
        color = np.array([217, 121, 43]) if colored else np.array([231, 238, 247])
        axes.add_patch(Polygon(corners, facecolor=color / 255 * shade, edgecolor="white", linewidth=0.9))

    for c, p in np.ndindex(channels, places):  # front: the first image
        corners = [point(0, c, p), point(0, c + 1, p), point(0, c + 1, p + 1), point(0, c, p + 1)]
        draw_cell(corners, inside(0, c), 1.0)
    for n, c in np.ndindex(images, channels):  # top
        corners = [point(n, c, places), point(n, c + 1, places), point(n + 1, c + 1, places), point(n + 1, c, places)]
        draw_cell(corners, inside(n, c), 0.93)
    for n, p in np.ndindex(images, places):  # right: the last channel
        side = [(n, p), (n + 1, p), (n + 1, p + 1), (n, p + 1)]
        draw_cell([point(a, channels, b) for a, b in side], inside(n, channels - 1), 0.82)
    axes.text(channels / 2, -0.55, "C", ha="center", va="center", fontsize=11)
    axes.text(-0.7, places / 2, "H, W", ha="center", va="center", fontsize=11, rotation=90)
    x, y = point(images / 2, channels, 0) + [0.5, -0.35]
    axes.text(x, y, "N", ha="center", va="center", fontsize=11)
    axes.set(xlim=(-1.2, channels + 0.55 * images + 0.3), ylim=(-1, places + 0.42 * images + 0.2), aspect="equal")
    axes.set_axis_off()
