"""Pictures of the notebooks and of the feedback. Every function returns a figure; nothing here needs a display."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cbook import get_sample_data
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

BLUE, ORANGE, GRAY, LIGHT = "#2f6db5", "#d9792b", "#8c959f", "#e7eef7"
DIVERGING = "RdBu_r"  # blue below zero, white at zero, red above


class Picture(Figure):
    """A figure that a notebook shows by itself: pyplot keeps no hold of it, so a grader can make thousands."""

    def __init__(self, width: float, height: float) -> None:
        super().__init__(figsize=(width, height), layout="constrained", dpi=100, facecolor="white")
        FigureCanvasAgg(self)

    def _repr_png_(self) -> bytes:
        return self.to_png()

    def to_png(self) -> bytes:
        """The picture as the bytes of a PNG file, the same on every run."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", metadata={"Software": None})
        return buffer.getvalue()


@contextmanager
def picture(needs: str = "") -> Iterator[None]:
    """Run a picture cell: whatever goes wrong in it becomes one sentence, so that a run of the whole notebook goes on.

    Args:
        needs: the function of the student's that the picture is made with, if any.
    """
    try:
        yield
    except Exception as error:
        if needs and (isinstance(error, NotImplementedError) or f"'{needs}' is not defined" in str(error)):
            print(f"This picture is made with {needs}: write it, then run this cell again.")
        else:
            question = f" Does {needs} pass its check?" if needs and not isinstance(error, NameError) else ""
            print(f"No picture yet: {type(error).__name__}: {str(error) or 'something is not there yet'}.{question}")


def sample_image(size: int = 96) -> np.ndarray:
    """A photograph to try filters on, shape (3, size, size), values from 0 to 1.

    Rear Admiral Grace Hopper, United States Navy, 1984 (public domain); it comes with matplotlib.
    """
    from PIL import Image

    with Image.open(Path(get_sample_data("grace_hopper.jpg", asfileobj=False))) as file:
        square = file.convert("RGB").crop((90, 20, 430, 360)).resize((size, size), Image.Resampling.LANCZOS)
    return np.asarray(square, dtype=np.float64).transpose(2, 0, 1) / 255


def show_images(images: Sequence[np.ndarray], titles: Sequence[str] = (), columns: int = 5, title: str = "") -> Picture:
    """Images side by side: (3, H, W) in colour, values from 0 to 1, or (H, W) from its darkest to its brightest."""
    columns = max(1, min(columns, len(images)))
    rows = -(-len(images) // columns)
    figure = Picture(2.1 * columns, 2.3 * rows + (0.3 if title else 0))
    for i, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.set_axis_off()
        if i < len(images):
            image = np.asarray(images[i], dtype=np.float64)
            axes.imshow(np.clip(image.transpose(1, 2, 0), 0, 1) if image.ndim == 3 else image, cmap="gray")
            axes.set_title(titles[i] if i < len(titles) else "", fontsize=10)
    figure.suptitle(title, fontsize=11)
    return figure


def show_feature_maps(maps: np.ndarray, title: str = "", columns: int = 4) -> Picture:
    """All maps of one image, shape (F, H, W), each in its own range of grays."""
    return show_images(list(maps), [f"map {f}" for f in range(len(maps))], columns, title)


def show_filters(w: np.ndarray, titles: Sequence[str] = ()) -> Picture:
    """Filters (F, C, HH, WW), a column a filter, a row a channel; white is zero, red positive, blue negative."""
    F, C = w.shape[:2]
    figure = Picture(1.7 * F + 1, 1.5 * C + 0.4)
    limit = float(np.abs(w).max()) or 1.0
    plots = figure.subplots(C, F, squeeze=False)
    for c, f in np.ndindex(C, F):
        axes = plots[c, f]
        shades = draw_plane(axes, w[f, c], limit)
        axes.set_title((titles[f] if f < len(titles) else f"filter {f}") if c == 0 else "", fontsize=10)
        axes.set_ylabel(f"channel {c}" if f == 0 else "", fontsize=9)
    figure.colorbar(shades, ax=plots, shrink=0.8)
    return figure


def draw_plane(axes: Axes, plane: np.ndarray, limit: float) -> AxesImage:
    """One plane as a heat map around zero; its numbers too, where there is room for them."""
    shades = axes.imshow(plane, cmap=DIVERGING, vmin=-limit, vmax=limit)
    axes.set(xticks=[], yticks=[])
    if max(plane.shape) <= 6:
        for (i, j), value in np.ndenumerate(plane):
            color = "white" if abs(value) > 0.6 * limit else "black"
            axes.text(j, i, f"{value:.2g}", ha="center", va="center", fontsize=7, color=color)
    return shades


def show_windows(size: int, kernel_size: int, stride: int = 1, pad: int = 0) -> Picture:
    """One axis of a convolution: the places of the input, the padding, and each window below them as a bar."""
    total = size + 2 * pad
    starts = range(0, total - kernel_size + 1, stride)
    figure = Picture(0.55 * total + 1.2, 0.3 * len(starts) + 1.1)
    axes = figure.subplots()
    for place in range(total):
        inside = pad <= place < pad + size
        color, fill, line = (BLUE, LIGHT, "-") if inside else (GRAY, "white", "--")
        axes.add_patch(Rectangle((place + 0.04, 0), 0.92, 0.9, facecolor=fill, edgecolor=color, linestyle=line))
        name = f"$x_{{{place - pad}}}$" if inside else "0"
        axes.text(place + 0.5, 0.45, name, ha="center", va="center", color=color)
    for row, start in enumerate(starts):
        y = -0.7 * (row + 1)
        axes.add_patch(Rectangle((start + 0.08, y), kernel_size - 0.16, 0.45, color=ORANGE, alpha=0.85))
        middle = start + kernel_size / 2
        axes.text(middle, y + 0.22, f"out {row}", ha="center", va="center", fontsize=8, color="white")
    axes.set(xlim=(-0.1, total + 0.1), ylim=(-0.7 * len(starts) - 0.15, 1.05))
    axes.set_title(f"size {size}, kernel {kernel_size}, stride {stride}, pad {pad}: {len(starts)} outputs", fontsize=10)
    axes.set_axis_off()
    return figure


def show_receptive_field(layers: Sequence[tuple[int, int]], title: str = "") -> Picture:
    """What one output sees, layer by layer, along one axis: the image at the bottom, the output on top.

    Args:
        layers: (kernel_size, stride) of each layer, first layer first.
    """
    spread = [1]  # how many units of each row take part, from the output down
    for kernel_size, stride in reversed(layers):
        spread.append((spread[-1] - 1) * stride + kernel_size)
    rows = spread[::-1]
    steps = np.cumprod([1, *(stride for _, stride in layers)])
    figure = Picture(min(0.45 * rows[0] + 2.2, 9.5), 0.75 * len(rows) + 0.5)
    axes = figure.subplots()
    centers: list[np.ndarray] = []
    for row, (count, step) in enumerate(zip(rows, steps)):
        start = centers[-1][: layers[row - 1][0]].mean() if row else 0.0
        centers.append(start + step * np.arange(count))
    for row, (kernel_size, stride) in enumerate(layers):
        for unit, x in enumerate(centers[row + 1]):
            for source in centers[row][unit * stride : unit * stride + kernel_size]:
                axes.plot([source, x], [row, row + 1], color=GRAY, linewidth=0.8, zorder=1)
    for row, xs in enumerate(centers):
        axes.scatter(xs, np.full(len(xs), row), s=130, marker="s", color=BLUE if row == 0 else ORANGE, zorder=2)
        axes.text(-1.0, row, "image" if row == 0 else f"layer {row}", ha="right", va="center", fontsize=9)
    axes.set(xlim=(-2.6, centers[0][-1] + 0.6), ylim=(-0.4, len(rows) - 0.6))
    axes.set_title(title, fontsize=10)
    axes.set_axis_off()
    return figure
