"""Mistakes in what is returned, in its shape and in the cache; and those of gradients that many make."""

from typing import Any

from autograder.mistakes import Base, Mistake
from autograder.mistakes.a2_fast_layers import hints
from autograder.mistakes.a2_fast_layers.lost import DW, lost
from autograder.mistakes.a2_fast_layers.lost import DX as DX_TESTS

columns = Base("a2_fast_layers", "columns")
taps = Base("a2_fast_layers", "taps")
OUT, DX = "return out, cache", "return dx"
ADD = "dx[n, c, top + row, left + column] += dout[n, c, i, j]"
BEST = "best = np.argmax(window)"
CROP = "dx = dx_pad[:, :, pad : pad + H, pad : pad + W]"
GRADIENTS = "return dx, dw, db"
SUM_DB = "db = np.sum(dout, axis=(0, 2, 3))"
SUM_DW = "dw = np.sum(dout_rows @ cols.transpose(0, 2, 1), axis=0).reshape(w.shape)"
ADD_AT = "np.add.at(dx, (slice(None), k, i, j), dcols)"
GIVE = "dx[place] += dout * (x[place] == out)"
CACHE = "cache = (x.shape, w, conv_param, cols, (k, i, j))"
WINDOWS_BACK = """    height = max(place[2].start for place in places) + 1
    width = max(place[3].start for place in places) + 1
    stride = places[0][2].step
    dx = np.zeros(x.shape)
    view = np.lib.stride_tricks.sliding_window_view(dx, (height, width), axis=(2, 3), writeable=True)
    view = view[:, :, ::stride, ::stride]
    seen = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(2, 3))[:, :, ::stride, ::stride]
    view[...] += (seen == out[..., None, None]) * dout[..., None, None]
"""
GIVE_ALL = "    dx = np.zeros(x.shape, dtype=dout.dtype)\n    for place in places:\n        dx[place] += dout * (x[place] == out)\n"
DECODED = """    height = max(place[2].start for place in places) + 1
    best = np.argmax([x[place] for place in places], axis=0)
    stride = places[0][2].step
    n, c, i, j = np.indices(dout.shape)
    dx = np.zeros(x.shape)
    rows, columns = i * stride + best // height, j * stride + best % height
    np.add.at(dx, (n, c, rows, columns), dout)
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


RESULTS = (
    mistake(
        "max: cache of None",
        NAIVE[0],
        hints.NO_CACHE,
        (OUT, "return out, None"),
        loses=lost(max_naive_dx="manners repeated"),
    ),
    mistake("fast: cache of None", FAST[0], hints.NO_CACHE, (OUT, "return out, None"), loses=lost(max_fast_dx="all")),
    mistake("average: cache of None", AVG[0], hints.NO_CACHE, (OUT, "return out, None"), loses=lost(avg_dx="all")),
    mistake("conv: cache of None", CONV[0], hints.NO_CACHE, (OUT, "return out, None"), loses=lost(conv_backward="all")),
    mistake("max: out alone", NAIVE[0], hints.OUT_ONLY, (OUT, "return out"), loses=lost(max_naive="all")),
    mistake(
        "fast: out alone", FAST[0], hints.OUT_ONLY, (OUT, "return out"), loses=lost(max_fast="all", max_fast_dx="all")
    ),
    mistake("average: out alone", AVG[0], hints.OUT_ONLY, (OUT, "return out"), loses=lost(avg="all", avg_dx="all")),
    mistake("max: nothing returned", NAIVE[1], hints.NO_RETURN, (DX, "dx = dx"), loses=lost(max_naive_dx="all")),
    mistake(
        "fast: nothing returned",
        FAST[1],
        hints.NO_RETURN,
        ("return dx.reshape(x_shape)", "dx = dx"),
        loses=lost(max_fast_dx="all"),
    ),
    mistake("average: nothing returned", AVG[1], hints.NO_RETURN, (DX, "dx = dx"), loses=lost(avg_dx="all")),
    mistake(
        "conv: nothing returned", CONV[1], hints.NO_RETURN, (GRADIENTS, "dx = dx"), loses=lost(conv_backward="all")
    ),
    mistake("max: dx in a tuple", NAIVE[1], hints.IN_A_TUPLE, (DX, "return dx, None"), loses=lost(max_naive_dx="all")),
    mistake("average: dx in a tuple", AVG[1], hints.IN_A_TUPLE, (DX, "return dx, None"), loses=lost(avg_dx="all")),
    mistake("max: one number", NAIVE[1], hints.ONE_NUMBER, (DX, "return dx.sum()"), loses=lost(max_naive_dx="all")),
    mistake("average: one number", AVG[1], hints.ONE_NUMBER, (DX, "return dx.sum()"), loses=lost(avg_dx="all")),
    mistake(
        "max: dx like dout",
        NAIVE[1],
        hints.SHAPE_OF_DOUT,
        (DX, "return dx[:, :, :H_out, :W_out]"),
        loses=lost(max_naive_dx="all"),
    ),
    mistake("max: dx turned", NAIVE[1], hints.TURNED, (DX, "return dx.swapaxes(2, 3)"), loses=lost(max_naive_dx="all")),
    mistake(
        "max: place of the whole map",
        NAIVE[1],
        hints.WHOLE_MAP_PLACE,
        (BEST, "best = np.argmax(x[n, c])"),
        (ADD, "dx[n, c, best // W, best % W] += dout[n, c, i, j]"),
        loses=lost(max_naive_dx="all"),
        number=40,
    ),
    mistake(
        "max: place by the map's height",
        NAIVE[1],
        "the place in the window recovered with H: a row of it has pool_width places",
        ("best // pool_width", "best // H"),
        ("best % pool_width", "best % H"),
        loses=lost(max_naive_dx="all"),
        number=34,
    ),
    mistake(
        "max: place by stride",
        NAIVE[1],
        "the place in the window recovered with the stride: a row of it has pool_width places",
        ("best // pool_width", "best // stride"),
        ("best % pool_width", "best % stride"),
        loses=lost(max_naive_dx="windows overlapping gapped together"),
        number=34,
    ),
    mistake(
        "fast: place by pool_height",
        FAST[1],
        "the place in the window recovered with pool_height: a row has pool_width places",
        (GIVE_ALL, DECODED),
        loses=lost(max_fast_dx="windows together"),
        base=taps,
        number=34,
    ),
    mistake(
        "fast: written through a view of windows",
        FAST[1],
        "windows of a view written at once, so that of several the last one counts: add with += or np.add.at",
        (GIVE_ALL, WINDOWS_BACK),
        loses=lost(max_fast_dx="overlapping together speed"),
        base=taps,
        idea=hints.OVERLAP,
        number=31,
    ),
    mistake(
        "average: share by what is not zero",
        AVG[1],
        "dout divided by the number of places that are not cut off: the window's area is pool_height * pool_width",
        ("area = pool_height * pool_width", "area = min(pool_height, stride) * min(pool_width, stride)"),
        loses=lost(avg_dx="overlapping together"),
        number=42,
    ),
    mistake(
        "average: share by side",
        AVG[1],
        "dout divided by pool_height only: the window's area is pool_height * pool_width",
        ("area = pool_height * pool_width", "area = pool_height"),
        loses=lost(avg_dx="all"),
        number=42,
    ),
    mistake(
        "average: mean of rows",
        AVG[0],
        "the sum divided by pool_height only: the window's area is pool_height * pool_width",
        ("np.mean(window, axis=(2, 3))", "np.sum(window, axis=(2, 3)) / pool_height"),
        loses=lost(avg="all"),
        number=42,
    ),
    mistake(
        "average: mean twice",
        AVG[0],
        "the sum divided by the window's area twice",
        ("np.mean(window, axis=(2, 3))", "np.mean(window, axis=(2, 3)) / (pool_height * pool_width)"),
        loses=lost(avg="all"),
        number=42,
    ),
    mistake(
        "conv: one number for db",
        CONV[1],
        "db summed to one number",
        (SUM_DB, "db = np.sum(dout)"),
        loses=lost(conv_backward="db"),
    ),
    mistake(
        "conv: db keeps its axes",
        CONV[1],
        "db of shape (1, F, 1, 1): keepdims leaves the axes",
        (SUM_DB, "db = np.sum(dout, axis=(0, 2, 3), keepdims=True)"),
        loses=lost(conv_backward="db"),
        number=22,
    ),
    mistake(
        "conv: db of means",
        CONV[1],
        "db averaged over images, rows and columns instead of summed",
        (SUM_DB, "db = np.mean(dout, axis=(0, 2, 3))"),
        loses=lost(conv_backward="db"),
        number=22,
    ),
    mistake(
        "conv: dw of each image",
        CONV[1],
        "dw of each image by itself: add up over the batch",
        (SUM_DW, "dw = (dout_rows @ cols.transpose(0, 2, 1)).reshape(N, *w.shape)"),
        loses=lost(conv_backward=DW),
    ),
    mistake(
        "conv: crop raises",
        CONV[1],
        "the padding cropped with pad:-pad, which is empty when pad is 0",
        (CROP, "dx = np.zeros(x_shape)\n    dx[:] = dx_pad[:, :, pad:-pad, pad:-pad]"),
        loses=lost(conv_backward="no_padding"),
        number=17,
    ),
    mistake(
        "conv: crop by height",
        CONV[1],
        "columns of dx cropped to the height of x",
        (CROP, CROP.replace("pad : pad + W", "pad : pad + H")),
        loses=lost(conv_backward="dx_not_square together uneven"),
    ),
    mistake(
        "conv: crop on one axis",
        CONV[1],
        "the padding cropped from rows only",
        (CROP, CROP.replace("pad : pad + W", ":")),
        loses=lost(conv_backward="dx dx_not_square dx_padding dx_stride together ends uneven"),
    ),
    mistake(
        "conv: x cropped for the cache",
        CONV[0],
        "the padded x cached without its padding, which is empty when pad is 0",
        (
            CACHE,
            "kept = x_pad[:, :, pad:-pad, pad:-pad]\n"
            "    kept = np.pad(kept, [(0, 0), (0, 0), (pad, pad), (pad, pad)]) if kept.size else np.zeros_like(x_pad)\n"
            "    cache = (x.shape, w, conv_param, kept[:, k, i, j], (k, i, j))",
        ),
        question=CONV[1],
        loses=lost(conv_backward="no_padding"),
        number=13,
    ),
    mistake("conv: dx alone", CONV[1], "only dx returned", (GRADIENTS, "return dx"), loses=lost(conv_backward="all")),
    mistake(
        "conv: dx of one number",
        CONV[1],
        "dx summed to one number",
        (GRADIENTS, "return dx.sum(), dw, db"),
        loses=lost(conv_backward=DX_TESTS),
    ),
    mistake(
        "conv: padding counted once",
        CONV[0],
        "the padding counted once in the output's size: it lies on both sides",
        ("H_out = out_size(H, HH, stride, pad)", "H_out = (H + pad - HH) // stride + 1"),
        ("W_out = out_size(W, WW, stride, pad)", "W_out = (W + pad - WW) // stride + 1"),
        loses=lost(conv_forward="padding together speed", conv_backward="10_times 20_times"),
    ),
    mistake(
        "conv: size rounded up",
        CONV[0],
        "output size rounded up: the last, incomplete window does not count",
        ("H_out = out_size(H, HH, stride, pad)", "H_out = -((HH - H - 2 * pad) // stride) + 1"),
        ("W_out = out_size(W, WW, stride, pad)", "W_out = -((WW - W - 2 * pad) // stride) + 1"),
        loses=lost(conv_forward="uneven", conv_backward="uneven"),
    ),
    mistake(
        "conv: images last",
        CONV[0],
        "out of shape (F, H_out, W_out, N): the images come first",
        ("return out, cache", "return out.transpose(1, 2, 3, 0), cache"),
        loses=lost(conv_forward="all"),
        number=11,
    ),
    mistake(
        "conv: filters last",
        CONV[0],
        "out of shape (N, H_out, W_out, F): the filters come second",
        ("return out, cache", "return out.transpose(0, 2, 3, 1), cache"),
        loses=lost(conv_forward="all"),
    ),
)
