"""Mistakes that show only with particular inputs: signs, zeros, near ties, sizes, windows like the stride or the
map."""

from typing import Any

from autograder.mistakes import Base, Mistake
from autograder.mistakes.a2_fast_layers import hints
from autograder.mistakes.a2_fast_layers.lost import lost

columns = Base("a2_fast_layers", "columns")
taps = Base("a2_fast_layers", "taps")
MAX = "out[n, c, i, j] = np.max(window)"
MEAN = "np.mean(window, axis=(2, 3))"
ADD = "dx[n, c, top + row, left + column] += dout[n, c, i, j]"
BLOCK = "dx[n, c, top : top + pool_height, left : left + pool_width]"
FIND = """                    best = np.argmax(window)
                    row = best // pool_width
                    column = best % pool_width
                    dx[n, c, top + row, left + column] += dout[n, c, i, j]
"""
FIRST, GIVE = "out = x[places[0]].copy()", "dx[place] += dout * (x[place] == out)"
FAST_CACHE = "    cache = (x.shape, best, cols.shape, (k, i, j))"
COLS = "cols = planes[:, k, i, j]"
TILES = """    if {side} == stride and H % pool_height == 0 and W % pool_width == 0:
        out = x.reshape(N, C, H // pool_height, pool_height, W // pool_width, pool_width).max(axis=(3, 5))
"""
CONV_CACHE = "    cache = (x.shape, w, conv_param, cols, (k, i, j))"
CONV_COLS = "cols = x_pad[:, k, i, j]"
ONE_BY_ONE = """    if HH == WW == 1:
        out = np.einsum("fc,nchw->nfhw", w[:, :, 0, 0], x) + b[:, None, None]
"""
CONV_TILES = """    if HH == WW == stride > 1 and H % HH == 0 and W % WW == 0:
        tiles = x.reshape(N, C, H // HH, HH, W // WW, WW)
        out = np.einsum("nchpwq,fcpq->nfhw", tiles, w) + b[:, None, None]
"""
NAIVE = "max_pool_forward_naive", "max_pool_backward_naive"
FAST = "max_pool_forward_fast", "max_pool_backward_fast"
AVG = "avg_pool_forward", "avg_pool_backward"
CONV = "conv_forward_fast", "conv_backward_fast"


def mistake(
    name: str,
    function: str,
    hint: str,
    *changes: tuple[str, ...],
    loses: tuple[str, ...],
    base: Base = columns,
    **fields: Any,
) -> Mistake:
    return base.mistake(name, function, hint, *changes, loses=loses, **fields)


SPECIAL_CASES = (
    mistake(
        "max: start at -1000",
        NAIVE[0],
        hints.FINITE_START,
        (MAX, "out[n, c, i, j] = max(-1000, np.max(window))"),
        loses=lost(max_naive="signs"),
        number=38,
    ),
    mistake(
        "fast: start at -1000",
        FAST[0],
        hints.FINITE_START,
        (FIRST, "out = np.full_like(x[places[0]], -1000.0)"),
        ("places[1:]", "places"),
        loses=lost(max_fast="signs"),
        base=taps,
        number=38,
    ),
    mistake(
        "max: gradient of positive maxima",
        NAIVE[1],
        hints.POSITIVE_ONLY,
        (ADD, f"{ADD} * (window[row, column] > 0)"),
        loses=lost(max_naive_dx="signs"),
    ),
    mistake(
        "fast: gradient of positive maxima",
        FAST[1],
        hints.POSITIVE_ONLY,
        (GIVE, f"{GIVE} * (out > 0)"),
        loses=lost(max_fast_dx="signs"),
        base=taps,
    ),
    mistake(
        "max: positive dout only",
        NAIVE[1],
        hints.POSITIVE_DOUT,
        (ADD, ADD.replace("dout[n, c, i, j]", "max(0, dout[n, c, i, j])")),
        loses=lost(max_naive_dx="all"),
    ),
    mistake(
        "max: tolerant mask",
        NAIVE[1],
        hints.TOLERANT_MASK,
        (FIND, f"                    {BLOCK} += np.isclose(window, window.max(), atol=1e-2) * dout[n, c, i, j]\n"),
        loses=lost(max_naive_dx="signs"),
    ),
    mistake(
        "fast: tolerant mask",
        FAST[1],
        hints.TOLERANT_MASK,
        (GIVE, "dx[place] += dout * np.isclose(x[place], out, atol=1e-2)"),
        loses=lost(max_fast_dx="signs"),
        base=taps,
    ),
    mistake(
        "max: added where both sides overlap",
        NAIVE[1],
        hints.OVERLAP,
        (
            ADD,
            "overlap = pool_height > stride and pool_width > stride\n                    "
            + ADD.replace("+= dout[n, c, i, j]", "= dout[n, c, i, j] + overlap * ")
            + "dx[n, c, top + row, left + column]",
        ),
        loses=lost(max_naive_dx="together"),
        number=31,
    ),
    mistake(
        "average: added where both sides overlap",
        AVG[1],
        hints.OVERLAP,
        (
            "dx[:, :, top : top + pool_height, left : left + pool_width] += share[:, :, None, None]",
            "part = dx[:, :, top : top + pool_height, left : left + pool_width]\n            "
            "part[:] = share[:, :, None, None] + part * (pool_height > stride and pool_width > stride)",
        ),
        loses=lost(avg_dx="together"),
        number=31,
    ),
    mistake(
        "fast: tiles by height",
        FAST[0],
        hints.TILES_BY_HEIGHT,
        (FAST_CACHE, TILES.format(side="pool_height") + FAST_CACHE),
        loses=lost(max_fast="windows"),
    ),
    mistake(
        "fast: tiles by width",
        FAST[0],
        hints.TILES_BY_WIDTH,
        (FAST_CACHE, TILES.format(side="pool_width") + FAST_CACHE),
        loses=lost(max_fast="windows"),
    ),
    mistake(
        "fast: flat index by height",
        FAST[0],
        "a flat index with the height as the length of a row",
        (COLS, "cols = planes.reshape(N * C, -1).take(i * H + j, axis=1, mode='clip')"),
        loses=lost(max_fast_dx="maps windows together uneven"),
        number=4,
    ),
    mistake(
        "fast: index of 16 bits",
        FAST[0],
        hints.SMALL_INDEX,
        (COLS, "cols = planes.reshape(N * C, -1)[:, (i * W + j).astype(np.int16)]"),
        loses=lost(max_fast="sizes"),
    ),
    mistake(
        "fast: place of 8 bits",
        FAST[1],
        hints.SMALL_INDEX,
        ("best[:, None]", "best[:, None].astype(np.uint8)"),
        loses=lost(max_fast_dx="sizes"),
    ),
    mistake(
        "max: dx of 16 bits",
        NAIVE[1],
        "dx of whole numbers: gradients keep the dtype of the inputs",
        ("np.zeros_like(x)", "np.zeros_like(x, dtype=np.int16)"),
        loses=lost(max_naive_dx="all"),
        number=15,
    ),
    mistake(
        "max: whole numbers",
        NAIVE[0],
        hints.WHOLE_NUMBERS,
        ("np.zeros((N, C, H_out, W_out))", "np.zeros((N, C, H_out, W_out), dtype=int)"),
        loses=lost(max_naive="all"),
        number=15,
    ),
    mistake(
        "average: whole numbers",
        AVG[0],
        hints.WHOLE_NUMBERS,
        ("np.zeros((N, C, H_out, W_out))", "np.zeros((N, C, H_out, W_out), dtype=int)"),
        loses=lost(avg="all"),
        number=15,
    ),
    mistake(
        "max: squeezed",
        NAIVE[0],
        hints.SQUEEZED,
        ("return out, cache", "return out.squeeze(), cache"),
        loses=lost(max_naive="maps sizes"),
    ),
    mistake(
        "fast: squeezed",
        FAST[0],
        hints.SQUEEZED,
        ("return out, cache", "return out.squeeze(), cache"),
        loses=lost(max_fast="maps sizes speed"),
    ),
    mistake(
        "average: squeezed",
        AVG[0],
        hints.SQUEEZED,
        ("return out, cache", "return out.squeeze(), cache"),
        loses=lost(avg="maps sizes"),
    ),
    mistake(
        "conv: squeezed",
        CONV[0],
        hints.SQUEEZED,
        ("return out, cache", "return out.squeeze(), cache"),
        loses=lost(conv_forward="together ends speed"),
    ),
    mistake(
        "conv: one filter squeezed",
        CONV[1],
        hints.SQUEEZED,
        ("return dx, dw, db", "return dx, dw.squeeze(), db"),
        loses=lost(conv_backward="dw_not_square dw_padding together ends"),
    ),
    mistake(
        "average: of what is not zero",
        AVG[0],
        "the mean of the entries that are not zero: zeros count",
        (MEAN, "np.sum(window, axis=(2, 3)) / np.maximum(np.count_nonzero(window, axis=(2, 3)), 1)"),
        loses=lost(avg="signs"),
        number=42,
    ),
    mistake(
        "average: of magnitudes",
        AVG[0],
        "the mean of absolute values",
        (MEAN, "np.mean(np.abs(window), axis=(2, 3))"),
        loses=lost(avg="signs"),
    ),
    mistake(
        "average: whole map",
        AVG[0],
        hints.GLOBAL,
        (
            "    cache = (x.shape, pool_param)",
            "    if (pool_height, pool_width) == (H, W):\n        out = x.mean(axis=(2, 3))\n    cache = (x.shape, pool_param)",
        ),
        loses=lost(avg="sizes"),
        number=40,
    ),
    mistake(
        "max: whole map",
        NAIVE[0],
        hints.GLOBAL,
        (
            "    cache = (x, pool_param)",
            "    if (pool_height, pool_width) == (H, W):\n        out = x.max(axis=(2, 3))\n    cache = (x, pool_param)",
        ),
        loses=lost(max_naive="sizes"),
        number=40,
    ),
    mistake(
        "conv: 1x1 without stride and padding",
        CONV[0],
        "1x1 filters done apart, without padding and stride",
        (CONV_CACHE, ONE_BY_ONE + CONV_CACHE),
        loses=lost(conv_forward="padding ends"),
    ),
    mistake(
        "conv: 1x1 back without padding",
        CONV[1],
        "1x1 filters done apart, without padding and stride",
        (
            "    return dx, dw, db",
            "    if HH == WW == 1:\n"
            '        dx = np.einsum("nfhw,fc->nchw", dout, w[:, :, 0, 0])\n    return dx, dw, db',
        ),
        loses=lost(conv_backward="dx_padding ends"),
    ),
    mistake(
        "conv: tiles without padding",
        CONV[0],
        "a reshape into tiles where the stride equals the filter, which leaves out the padding",
        (CONV_CACHE, CONV_TILES + CONV_CACHE),
        loses=lost(conv_forward="together"),
    ),
    mistake(
        "conv: index of 16 bits",
        CONV[0],
        hints.SMALL_INDEX,
        (
            CONV_COLS,
            "Hp, Wp = x_pad.shape[2:]\n    cols = x_pad.reshape(N, -1)[:, ((k * Hp + i) * Wp + j).astype(np.int16)]",
        ),
        loses=lost(conv_forward="together"),
    ),
    mistake(
        "conv: columns of 8 bits",
        CONV[0],
        hints.SMALL_INDEX,
        (CONV_COLS, "cols = x_pad[:, k, i, j.astype(np.uint8)]"),
        loses=lost(conv_forward="together"),
    ),
)
