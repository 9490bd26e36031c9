"""Mistakes in avg_pool_forward and avg_pool_backward."""

from typing import Any

from autograder.mistakes import Base, Mistake
from autograder.mistakes.a2_fast_layers import hints
from autograder.mistakes.a2_fast_layers.lost import lost

columns = Base("a2_fast_layers", "columns")
taps = Base("a2_fast_layers", "taps")
MEAN = "np.mean(window, axis=(2, 3))"
WINDOW = "window = x[:, :, top : top + pool_height, left : left + pool_width]"
H_OUT, W_OUT = "H_out = 1 + (H - pool_height) // stride", "W_out = 1 + (W - pool_width) // stride"
SHARE = "share = dout[:, :, i, j] / area"
ADD = "dx[:, :, top : top + pool_height, left : left + pool_width] += share[:, :, None, None]"
AREA = "area = pool_height * pool_width"


def forward(
    name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], base: Base = columns, **fields: Any
) -> Mistake:
    return base.mistake(name, "avg_pool_forward", hint, *changes, loses=loses, **fields)


def backward(
    name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], base: Base = columns, **fields: Any
) -> Mistake:
    return base.mistake(name, "avg_pool_backward", hint, *changes, loses=loses, **fields)


AVERAGE = (
    backward(
        "share not divided",
        "dout given whole to every place of the window: each gets its share, divided by the window's area",
        (SHARE, "share = dout[:, :, i, j]"),
        loses=lost(avg_dx="all"),
        number=42,
    ),
    backward(
        "share divided twice",
        "dout divided by the window's area twice",
        (SHARE, "share = dout[:, :, i, j] / area / area"),
        loses=lost(avg_dx="all"),
        number=42,
    ),
    backward(
        "share by stride",
        "dout divided by stride * stride instead of the window's area",
        (AREA, "area = stride * stride"),
        loses=lost(avg_dx="windows overlapping gapped together"),
    ),
    backward(
        "share by pool_height",
        "dout divided by pool_height * pool_height: the window's area is pool_height * pool_width",
        (AREA, "area = pool_height**2"),
        loses=lost(avg_dx="windows together"),
        number=33,
    ),
    backward(
        "avg dx overwritten",
        hints.OVERLAP,
        (ADD, ADD.replace("+=", "=")),
        loses=lost(avg_dx="overlapping together"),
        number=31,
    ),
    backward(
        "avg dx without stride",
        "dx added in windows that start at i and j",
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        loses=lost(avg_dx="all"),
    ),
    backward(
        "share to one place",
        "dout given to the first place of the window only",
        (ADD, "dx[:, :, top, left] += dout[:, :, i, j]"),
        loses=lost(avg_dx="all"),
        number=43,
    ),
    backward(
        "window sides swapped back",
        hints.SWAPPED,
        (ADD, ADD.replace("pool_height", "X").replace("pool_width", "pool_height").replace("X", "pool_width")),
        loses=lost(avg_dx="windows together"),
        number=33,
    ),
    backward(
        "avg dx of the windows only",
        hints.WINDOWS_ONLY,
        ("return dx", "return dx[:, :, : (H_out - 1) * stride + pool_height, : (W_out - 1) * stride + pool_width]"),
        loses=lost(avg_dx="together uneven"),
    ),
    backward(
        "avg dout changed",
        "dout itself divided: work on a copy",
        (SHARE, "dout[:, :, i, j] /= area\n            share = dout[:, :, i, j]"),
        loses=lost(avg_dx="manners"),
        number=27,
    ),
    backward(
        "avg float32 dx",
        "dx of float32: gradients keep the dtype of the inputs",
        ("np.zeros(x_shape)", "np.zeros(x_shape, dtype=np.float32)"),
        loses=lost(avg_dx="gapped"),
        number=28,
    ),
    backward(
        "average of dout",
        "the average of dout over the whole map instead of each window's own",
        (SHARE, "share = dout.mean(axis=(2, 3)) / area"),
        loses=lost(avg_dx="all"),
    ),
    forward(
        "sum for mean",
        "the sum of the window instead of its mean",
        (MEAN, "np.sum(window, axis=(2, 3))"),
        loses=lost(avg="all"),
        number=42,
    ),
    forward(
        "maximum for mean",
        "the maximum of the window instead of its mean",
        (MEAN, "np.max(window, axis=(2, 3))"),
        loses=lost(avg="all"),
        number=43,
    ),
    forward(
        "mean over channels",
        "the mean taken over the channels too: each channel has its own",
        (MEAN, "np.mean(window, axis=(1, 2, 3))[:, None]"),
        loses=lost(avg="all"),
        number=43,
    ),
    forward(
        "mean by stride",
        "the sum divided by stride * stride instead of the window's area",
        (MEAN, "np.sum(window, axis=(2, 3)) / stride**2"),
        loses=lost(avg="windows overlapping gapped"),
    ),
    forward(
        "mean by pool_height",
        "the sum divided by pool_height * pool_height: the area is pool_height * pool_width",
        (MEAN, "np.sum(window, axis=(2, 3)) / pool_height**2"),
        loses=lost(avg="windows"),
        number=33,
    ),
    forward(
        "mean rounded down",
        "the mean divided with //, which rounds down",
        (MEAN, "np.sum(window, axis=(2, 3)) // (pool_height * pool_width)"),
        loses=lost(avg="all"),
    ),
    forward(
        "avg window by stride",
        hints.STRIDE_WINDOW,
        (WINDOW, "window = x[:, :, top : top + stride, left : left + stride]"),
        loses=lost(avg="windows overlapping gapped"),
        number=35,
    ),
    forward(
        "avg window sides swapped",
        hints.SWAPPED,
        (WINDOW, "window = x[:, :, top : top + pool_width, left : left + pool_height]"),
        loses=lost(avg="windows"),
        number=33,
    ),
    forward(
        "avg stride ignored",
        hints.STRIDE_IGNORED,
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        loses=lost(avg="all"),
    ),
    forward(
        "avg size by pool_height",
        hints.SIZE_BY_WINDOW,
        (H_OUT, "H_out = H // pool_height"),
        (W_OUT, "W_out = W // pool_width"),
        loses=lost(avg="windows overlapping gapped"),
        number=36,
    ),
    forward(
        "avg width from height", hints.WIDTH_FROM_HEIGHT, (W_OUT, "W_out = H_out"), loses=lost(avg="maps"), number=37
    ),
    forward(
        "avg size rounded up",
        hints.SIZE_UP,
        (H_OUT, "H_out = 1 - (pool_height - H) // stride"),
        (W_OUT, "W_out = 1 - (pool_width - W) // stride"),
        loses=lost(avg="uneven"),
        number=44,
    ),
    forward(
        "avg float32 output",
        "an output array of float32: it keeps the dtype of x",
        ("np.zeros((N, C, H_out, W_out))", "np.zeros((N, C, H_out, W_out), dtype=np.float32)"),
        loses=lost(avg="gapped"),
        number=28,
    ),
    forward(
        "avg x changed",
        "x itself divided: work on a copy",
        ("    area =", '    x /= pool_param["pool_height"] * pool_param["pool_width"]\n    area ='),
        ("out += x[place] / area", "out += x[place]"),
        base=taps,
        loses=lost(avg="manners"),
    ),
)
