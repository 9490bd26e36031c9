"""Mistakes in max_pool_forward_naive and max_pool_backward_naive."""

from typing import Any

from autograder.mistakes import Base, Mistake
from autograder.mistakes.a2_fast_layers import hints
from autograder.mistakes.a2_fast_layers.lost import lost

columns = Base("a2_fast_layers", "columns")
# a window beyond the map is empty, and np.max of nothing raises: there is no cache
H_OUT, W_OUT = "H_out = 1 + (H - pool_height) // stride", "W_out = 1 + (W - pool_width) // stride"
WINDOW = "window = x[n, c, top : top + pool_height, left : left + pool_width]"
MAX = "out[n, c, i, j] = np.max(window)"
ADD = "dx[n, c, top + row, left + column] += dout[n, c, i, j]"
BLOCK = "dx[n, c, top : top + pool_height, left : left + pool_width]"
BEST = "best = np.argmax(window)"
FIND = """                    best = np.argmax(window)
                    row = best // pool_width
                    column = best % pool_width
                    dx[n, c, top + row, left + column] += dout[n, c, i, j]
"""
KEEP_PLACES = """    places = np.zeros((N, C, H_out, W_out, 2))
    for n, c, i, j in np.ndindex(out.shape):
        window = x[n, c, i * stride : i * stride + pool_height, j * stride : j * stride + pool_width]
        places[n, c, i, j] = divmod(np.argmax(window), pool_width)
    cache = (x, pool_param, places)"""


def forward(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return columns.mistake(name, "max_pool_forward_naive", hint, *changes, loses=loses, **fields)


def backward(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return columns.mistake(name, "max_pool_backward_naive", hint, *changes, loses=loses, **fields)


def windowed(window: str) -> tuple[str, str]:
    """A change of the window."""
    return WINDOW, f"window = x[n, c, {window}]"


MAXIMUM = (
    backward(
        "max dx overwritten",
        hints.OVERLAP,
        (ADD, ADD.replace("+=", "=")),
        loses=lost(max_naive_dx="overlapping together"),
        number=31,
    ),
    backward(
        "max dx window overwritten",
        "the whole window of dx assigned, which clears what other windows gave: add with +=",
        (FIND, f"                    {BLOCK} = (window == np.max(window)) * dout[n, c, i, j]\n"),
        loses=lost(max_naive_dx="overlapping together"),
        idea=hints.OVERLAP,
        number=32,
    ),
    backward(
        "place by pool_height",
        "the place in the window recovered with pool_height: a row has pool_width places",
        ("best // pool_width", "best // pool_height"),
        ("best % pool_width", "best % pool_height"),
        loses=lost(max_naive_dx="windows together"),
        number=34,
    ),
    backward(
        "row and column swapped",
        "row and column of the maximum swapped",
        ("left + column] +=", "left + row] +="),
        ("[n, c, top + row,", "[n, c, top + column,"),
        loses=lost(max_naive_dx="all"),
    ),
    backward(
        "place without its window",
        "the place of the maximum in its window taken for its place in the image",
        (ADD, ADD.replace("top + row", "row").replace("left + column", "column")),
        loses=lost(max_naive_dx="all"),
    ),
    backward(
        "argmax of dout",
        "the place of the largest dout instead of the largest x",
        (BEST, "best = min(np.argmax(dout[n, c]), window.size - 1)"),
        loses=lost(max_naive_dx="all"),
    ),
    backward(
        "maximum of the whole image",
        hints.WHOLE_MAP,
        (FIND, f"                    {BLOCK} += (window == np.max(x[n, c])) * dout[n, c, i, j]\n"),
        loses=lost(max_naive_dx="all"),
        number=40,
    ),
    backward(
        "gradient to all of the window",
        hints.TO_ALL,
        (FIND, f"                    {BLOCK} += dout[n, c, i, j]\n"),
        loses=lost(max_naive_dx="all"),
        number=43,
    ),
    backward(
        "mask without dout",
        hints.NO_DOUT,
        (FIND, f"                    {BLOCK} += window == np.max(window)\n"),
        loses=lost(max_naive_dx="all"),
    ),
    backward(
        "max dx left at zero", "dx left at its initial zeros", (ADD, "pass"), loses=lost(max_naive_dx="all"), number=25
    ),
    backward(
        "max dx without stride",
        "dx added in windows that start at i and j",
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        loses=lost(max_naive_dx="all"),
    ),
    backward(
        "dx of the windows only",
        hints.WINDOWS_ONLY,
        ("return dx", "return dx[:, :, : (H_out - 1) * stride + pool_height, : (W_out - 1) * stride + pool_width]"),
        loses=lost(max_naive_dx="together uneven"),
    ),
    backward(
        "float32 dx",
        "dx of float32: gradients keep the dtype of the inputs",
        ("np.zeros_like(x)", "np.zeros(x.shape, dtype=np.float32)"),
        loses=lost(max_naive_dx="manners"),
        number=28,
    ),
    backward(
        "max dout changed",
        "dout itself changed: work on a copy",
        (ADD, f"{ADD}\n                    dout[n, c, i, j] = 0"),
        loses=lost(max_naive_dx="manners"),
        number=27,
    ),
    backward(
        "dx kept between calls",
        "dx kept from call to call: start from zeros each time",
        ("dx = np.zeros_like(x)", 'dx = pool_param.setdefault("dx", np.zeros_like(x))'),
        ("max_pool_forward_naive", "cache = (x, pool_param)", "cache = (x, dict(pool_param))"),
        loses=lost(max_naive_dx="repeated"),
    ),
    forward(
        "window by stride",
        hints.STRIDE_WINDOW,
        windowed("top : top + stride, left : left + stride"),
        loses=lost(max_naive="windows overlapping gapped"),
        number=35,
    ),
    forward(
        "window square",
        hints.HEIGHT_FOR_BOTH,
        windowed("top : top + pool_height, left : left + pool_height"),
        loses=lost(max_naive="windows"),
        number=33,
    ),
    forward(
        "window sides swapped",
        hints.SWAPPED,
        windowed("top : top + pool_width, left : left + pool_height"),
        loses=lost(max_naive="windows"),
        number=33,
    ),
    forward(
        "size by pool_height",
        hints.SIZE_BY_WINDOW,
        (H_OUT, "H_out = H // pool_height"),
        (W_OUT, "W_out = W // pool_width"),
        loses=lost(max_naive="windows overlapping gapped"),
        number=36,
    ),
    forward(
        "size with the sides swapped",
        hints.SWAPPED,
        (H_OUT, H_OUT.replace("pool_height", "pool_width")),
        (W_OUT, W_OUT.replace("pool_width", "pool_height")),
        loses=lost(max_naive="windows"),
        number=33,
    ),
    forward(
        "max width from height",
        hints.WIDTH_FROM_HEIGHT,
        (W_OUT, "W_out = H_out"),
        loses=lost(max_naive="maps"),
        number=37,
    ),
    forward(
        "size rounded up",
        hints.SIZE_UP,
        (H_OUT, "H_out = 1 - (pool_height - H) // stride"),
        (W_OUT, "W_out = 1 - (pool_width - W) // stride"),
        loses=lost(max_naive="uneven"),
        number=44,
    ),
    forward(
        "max size by true division",
        "output size divided with /, which gives a float: use //",
        (H_OUT, H_OUT.replace("//", "/")),
        (W_OUT, W_OUT.replace("//", "/")),
        loses=lost(max_naive="all"),
    ),
    forward(
        "max stride ignored",
        hints.STRIDE_IGNORED,
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        loses=lost(max_naive="all"),
    ),
    forward(
        "maximum above zero",
        hints.ZERO_START,
        (MAX, "out[n, c, i, j] = max(0, np.max(window))"),
        loses=lost(max_naive="signs"),
        number=38,
    ),
    forward(
        "largest magnitude",
        "the entry of largest magnitude instead of the largest",
        (MAX, "out[n, c, i, j] = window.flat[np.argmax(np.abs(window))]"),
        loses=lost(max_naive="signs"),
    ),
    forward(
        "maximum over channels",
        hints.OVER_CHANNELS,
        ("window = x[n, c,", "window = x[n, :,"),
        loses=lost(max_naive="all"),
        number=43,
    ),
    forward(
        "mean for maximum",
        "the mean of the window instead of its maximum",
        (MAX, "out[n, c, i, j] = np.mean(window)"),
        loses=lost(max_naive="all"),
        number=43,
    ),
    forward(
        "minimum for maximum",
        "the minimum of the window instead of its maximum",
        (MAX, "out[n, c, i, j] = np.min(window)"),
        loses=lost(max_naive="all"),
    ),
    forward(
        "places cached as floats",
        "places of the maxima cached in an array of floats: an index needs integers",
        ("    cache = (x, pool_param)", KEEP_PLACES),
        ("max_pool_backward_naive", "x, pool_param = cache", "x, pool_param, places = cache"),
        (
            "max_pool_backward_naive",
            FIND,
            f"                    row, column = places[n, c, i, j]\n                    {ADD}\n",
        ),
        question="max_pool_backward_naive",
        loses=lost(max_naive_dx="all"),
        number=41,
    ),
    forward(
        "max float32 output",
        "an output array of float32: it keeps the dtype of x",
        ("np.zeros((N, C, H_out, W_out))", "np.zeros((N, C, H_out, W_out), dtype=np.float32)"),
        loses=lost(max_naive="overlapping"),
        number=28,
    ),
    forward(
        "x cleared",
        "x itself changed while searching: work on a copy",
        (MAX, f"{MAX}\n                    window -= 1e-12"),
        loses=lost(max_naive="manners"),
    ),
)
