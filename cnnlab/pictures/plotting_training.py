"""Pictures of the notebook on LeNet: layers, training curves, filters, confusions. Every function returns a figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnlab.pictures.plotting import BLUE, GRAY, ORANGE, Picture


def show_layers(rows: Sequence[tuple[str, Sequence[int], int]], title: str = "") -> Picture:
    """Where a network keeps its numbers: outputs and parameters of each layer, as bars on logarithmic axes.

    Args:
        rows: (name, output shape, parameters) of each layer, as `layer_summary` gives them.
    """
    figure = Picture(8.6, 0.3 * len(rows) + 1.3)
    places = np.arange(len(rows))
    names = [f"{name}   {'x'.join(map(str, shape))}" for name, shape, _ in rows]
    columns = [("numbers in the output", [int(np.prod(shape)) for _, shape, _ in rows], BLUE)]
    columns += [("parameters", [int(parameters) for *_, parameters in rows], ORANGE)]
    for axes, (label, counts, color) in zip(figure.subplots(1, 2, sharey=True), columns):
        axes.barh(places, counts, color=color, height=0.7)
        axes.set_xscale("log")
        axes.set_xlim(1, 40 * max(max(counts), 1))
        axes.set_title(label, fontsize=10)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
        for place, count in zip(places, counts):
            if count:
                axes.text(count * 1.3, place, f"{count:,}", va="center", fontsize=8, color=GRAY)
    plots = figure.axes
    plots[0].set_yticks(places, names, fontsize=9)
    plots[0].invert_yaxis()
    figure.suptitle(title, fontsize=11)
    return figure


def show_curves(losses: Sequence[float], accuracies: Sequence[float], epochs: int, title: str = "") -> Picture:
    """Mean training loss and validation accuracy (0 to 1) after each epoch so far, of `epochs` altogether."""
    figure = Picture(8.0, 2.9)
    left, right = figure.subplots(1, 2)
    done = np.arange(1, len(losses) + 1)
    left.plot(done, losses, "o-", color=BLUE, markersize=4)
    right.plot(done, 100 * np.asarray(accuracies, dtype=float), "o-", color=ORANGE, markersize=4)
    left.set_title("training loss", fontsize=10)
    right.set_title("validation accuracy in %", fontsize=10)
    left.set_ylim(0, 1.15 * max([*losses, 2.3]))
    right.set_ylim(0, 100)
    if len(losses):
        left.annotate(f"{losses[-1]:.3f}", (done[-1], losses[-1]), (0, 8), textcoords="offset points", fontsize=9)
        right.annotate(
            f"{100 * accuracies[-1]:.1f} %",
            (done[-1], 100 * accuracies[-1]),
            (0, 8),
            textcoords="offset points",
            fontsize=9,
        )
    for axes in (left, right):
        axes.set_xlim(0.5, epochs + 0.8)
        axes.set_xticks(range(1, epochs + 1, max(1, epochs // 10)))
        axes.set_xlabel("epoch", fontsize=9)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, fontsize=11)
    return figure


def show_color_filters(*layers: np.ndarray, titles: Sequence[str] = (), columns: int = 10) -> Picture:
    """First-layer filters as small colour images, each layer (F, 3, HH, WW) a block of its own.

    Gray is a weight of zero; each filter is scaled so that its largest weight is black or full colour.
    """
    rows = [-(-len(w) // columns) for w in layers]
    figure = Picture(0.78 * columns, sum(0.78 * count + 0.45 for count in rows))
    blocks = np.atleast_1d(figure.subfigures(len(layers), 1, height_ratios=[count + 0.5 for count in rows]))
    for block, w, count, title in zip(blocks, layers, rows, [*titles, *[""] * len(layers)]):
        block.suptitle(title, fontsize=10)
        for f, axes in enumerate(block.subplots(count, columns, squeeze=False).flat):
            axes.set_axis_off()
            if f < len(w):
                image = np.asarray(w[f], dtype=np.float64).transpose(1, 2, 0)
                axes.imshow(0.5 + 0.5 * image / (np.abs(image).max() or 1.0))
    return figure


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, classes: int = 10) -> np.ndarray:
    """How often class i (row) was taken for class j (column); labels and predicted (N,), result (classes, classes)."""
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (np.asarray(labels), np.asarray(predicted)), 1)
    return counts


def show_confusion(counts: np.ndarray, classes: Sequence[str], title: str = "") -> Picture:
    """A confusion matrix (rows: what it was; columns: what the network said) in percent of each row."""
    share = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Picture(6.6, 5.9)
    axes = figure.subplots()
    mistakes = share * ~np.eye(len(share), dtype=bool)
    axes.imshow(mistakes, cmap="Oranges", vmin=0, vmax=max(mistakes.max(), 1) * 1.2)
    for (i, j), value in np.ndenumerate(share):
        if value >= 0.5 or i == j:
            weight, color = ("bold", BLUE) if i == j else ("normal", "black")
            axes.text(j, i, f"{value:.0f}", ha="center", va="center", fontsize=9, color=color, weight=weight)
    places = range(len(classes))
    axes.set_xticks(places, classes, rotation=45, ha="right", fontsize=9)
    axes.set_yticks(places, classes, fontsize=9)
    axes.set_xlabel("what the network said", fontsize=10)
    axes.set_ylabel("what it was", fontsize=10)
    axes.set_title(title, fontsize=11)
    return figure
