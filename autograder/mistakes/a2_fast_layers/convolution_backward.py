"""Mistakes in conv_backward_fast, or in the cache that it starts from."""

from typing import Any

from autograder.mistakes import Base, Mistake
from autograder.mistakes.a2_fast_layers import hints
from autograder.mistakes.a2_fast_layers.lost import DW, DX, lost

columns = Base("a2_fast_layers", "columns")
taps = Base("a2_fast_layers", "taps")
windows = Base("a2_fast_layers", "windows")
CROP = "dx_pad[:, :, pad : pad + H, pad : pad + W]"
SUM_DB = "db = np.sum(dout, axis=(0, 2, 3))"
SUM_DW = "dw = np.sum(dout_rows @ cols.transpose(0, 2, 1), axis=0).reshape(w.shape)"
DCOLS = "dcols = w.reshape(F, -1).T @ dout_rows"
ADD_AT = "np.add.at(dx_pad, (slice(None), k, i, j), dcols)"
ADD_DX = "dpadded[place] += (w[:, :, p, q].T @ flat)"
RETURN = "return dx, dw, db"
LOOPS = """    dx_pad[...] = 0
    dw = np.zeros_like(w)
    channels, stride = np.arange(C)[:, None, None], conv_param["stride"]
    taps = cols.reshape(N, C, *w.shape[2:], *dout.shape[2:])
    for n in range(N):
        for f in range(F):
            for row in range(dout.shape[2]):
                for column in range(dout.shape[3]):
                    top, left = row * stride, column * stride
                    dw[f] += dout[n, f, row, column] * taps[n, :, :, :, row, column]
                    window = dx_pad[n, :, top : top + w.shape[2], left : left + w.shape[3]]
                    window += dout[n, f, row, column] * w[f]
"""


def backward(
    name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], base: Base = columns, **fields: Any
) -> Mistake:
    return base.mistake(name, "conv_backward_fast", hint, *changes, loses=loses, **fields)


BACKWARD = (
    backward(
        "crop with minus pad",
        "the padding cropped with pad:-pad, which is empty when pad is 0",
        (CROP, "dx_pad[:, :, pad:-pad, pad:-pad]"),
        loses=lost(conv_backward="no_padding"),
        number=17,
    ),
    backward(
        "crop of 1 always",
        "the padding cropped with 1:-1 whatever pad is",
        (CROP, "dx_pad[:, :, 1:-1, 1:-1]"),
        loses=lost(conv_backward="no_padding dx_padding together"),
        number=18,
    ),
    backward(
        "padding not cropped",
        "dx with its padding still around it",
        (CROP, "dx_pad"),
        loses=lost(conv_backward="dx dx_not_square dx_padding dx_stride together ends uneven"),
    ),
    backward(
        "overlaps lost",
        "dx[index] += with index arrays, which adds only once where windows overlap: np.add.at adds every time",
        (ADD_AT, "dx_pad[:, k, i, j] += dcols"),
        loses=lost(conv_backward=DX),
        idea=hints.OVERLAP,
        number=29,
    ),
    backward(
        "overlaps assigned",
        "dx assigned with index arrays, so that the last window wins: gradients add up",
        (ADD_AT, "dx_pad[:, k, i, j] = dcols"),
        loses=lost(conv_backward=DX),
        idea=hints.OVERLAP,
        number=21,
    ),
    backward(
        "dx overwritten",
        hints.OVERLAP,
        (ADD_DX, ADD_DX.replace("+=", "=")),
        base=taps,
        loses=lost(conv_backward=DX),
        number=21,
    ),
    backward(
        "dx left at zero", "dx left at its initial zeros", (ADD_AT, "pass"), loses=lost(conv_backward=DX), number=25
    ),
    backward(
        "dw left at zero",
        "dw left at its initial zeros",
        (SUM_DW, "dw = np.zeros_like(w)"),
        loses=lost(conv_backward=DW),
        number=25,
    ),
    backward(
        "db left at zero",
        "db left at its initial zeros",
        (SUM_DB, "db = np.zeros(F)"),
        loses=lost(conv_backward="db"),
        number=25,
    ),
    backward(
        "columns in another order",
        "columns ordered by place, then channel, on the way back and by channel, then place, on the way there",
        (DCOLS, "dcols = w.transpose(0, 2, 3, 1).reshape(F, -1).T @ dout_rows"),
        loses=lost(conv_backward=DX),
        number=30,
    ),
    backward(
        "dw in another order",
        "dw reshaped to (F, HH, WW, C) and not turned to (F, C, HH, WW): the columns go by channel first",
        (SUM_DW, f"{SUM_DW.replace('(w.shape)', '(F, *w.shape[2:], C)')}.transpose(0, 3, 1, 2)"),
        loses=lost(conv_backward=DW),
        number=30,
    ),
    backward(
        "w reshaped to columns",
        "w reshaped to (K, F) instead of reshaped to (F, K) and transposed",
        (DCOLS, "dcols = w.reshape(-1, F) @ dout_rows"),
        loses=lost(conv_backward=DX),
    ),
    backward(
        "filter flipped",
        "the filter flipped on the way back to the columns: the columns undo the walk already",
        (DCOLS, DCOLS.replace("w.reshape", "w[:, :, ::-1, ::-1].reshape")),
        loses=lost(conv_backward=DX),
        number=23,
    ),
    backward(
        "dx without stride",
        "dx added at i and j instead of i * stride and j * stride",
        ("dpadded[place]", "dpadded[:, :, p : p + rows, q : q + columns]"),
        base=taps,
        loses=lost(conv_backward="dx_stride together ends uneven"),
        number=19,
    ),
    backward(
        "dw without stride",
        "dw from windows at i and j instead of i * stride and j * stride",
        ("part = padded[place]", "part = padded[:, :, p : p + rows, q : q + columns]"),
        base=taps,
        loses=lost(conv_backward="dw_stride together ends uneven"),
    ),
    backward(
        "taps of dw swapped",
        "the taps of dw swapped: dw[:, :, q, p] for dw[:, :, p, q]",
        ("dw[:, :, p, q] =", "dw[:, :, min(q, HH - 1), min(p, WW - 1)] ="),
        base=taps,
        loses=lost(conv_backward=DW),
        number=20,
    ),
    backward(
        "dw of the last image",
        "dw of the last image only: add up over the batch",
        (SUM_DW, "dw = (dout_rows @ cols.transpose(0, 2, 1))[-1].reshape(w.shape)"),
        loses=lost(conv_backward=DW),
    ),
    backward(
        "dw averaged",
        "dw averaged over the batch instead of summed",
        (SUM_DW, SUM_DW.replace("np.sum", "np.mean")),
        loses=lost(conv_backward=DW),
    ),
    backward(
        "dw as a matrix",
        "dw left as a matrix (F, K): it has the shape of w",
        (".reshape(w.shape)", ""),
        loses=lost(conv_backward=DW),
        number=14,
    ),
    backward(
        "dout's axes mixed up",
        "dout reshaped to (F, N * L) without swapping images and filters first",
        ("dout_rows = dout.reshape(N, F, -1)", "dout_rows = dout.reshape(F, N, -1).transpose(1, 0, 2)"),
        loses=lost(
            conv_backward="dw dx dw_not_square dx_not_square no_padding dw_padding dx_padding dw_stride dx_stride together ends uneven manners repeated"
        ),
    ),
    backward(
        "db averaged",
        "db averaged over the batch instead of summed",
        (SUM_DB, f"{SUM_DB} / N"),
        loses=lost(conv_backward="db"),
        number=22,
    ),
    backward(
        "db by image",
        "db summed over filters instead of images: it is one number for each filter",
        (SUM_DB, "db = np.sum(dout, axis=(1, 2, 3))"),
        loses=lost(conv_backward="db"),
        number=22,
    ),
    backward(
        "db not flat",
        "db of shape (F, 1) instead of (F,)",
        (SUM_DB, f"{SUM_DB}.reshape(F, 1)"),
        loses=lost(conv_backward="db"),
        number=22,
    ),
    backward(
        "dw of unpadded images",
        "dw from windows of x without its padding",
        (
            "part = padded[place]",
            "part = np.pad(padded[:, :, pad : pad + H, pad : pad + W], [(0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad)])[place]",
        ),
        (
            "    for p in range(HH):",
            "    H, W = padded.shape[2] - 2 * pad, padded.shape[3] - 2 * pad\n    for p in range(HH):",
        ),
        base=taps,
        loses=lost(conv_backward="dw dw_not_square dw_padding dw_stride together ends uneven"),
    ),
    backward(
        "w cached in another shape",
        "w cached transposed and reshaped without turning it back",
        ("conv_forward_fast", "cache = (x.shape, w,", "cache = (x.shape, w.reshape(F, -1).T.reshape(w.shape),"),
        loses=lost(conv_backward=DX),
        number=14,
    ),
    backward(
        "dout changed",
        "dout itself changed while summing: work on a copy",
        (
            SUM_DB,
            "dout[0] = np.sum(dout, axis=0)\n    db = np.sum(dout[0], axis=(1, 2))\n    dout = dout.copy()\n    dout[0] -= np.sum(dout[1:], axis=0)",
        ),
        loses=lost(conv_backward="manners"),
        number=27,
    ),
    backward(
        "cached columns overwritten",
        "the cached columns overwritten: a second call starts from something else",
        (DCOLS, "dcols = np.matmul(w.reshape(F, -1).T, dout_rows, out=cols)"),
        loses=lost(conv_backward="repeated"),
        number=27,
    ),
    backward(
        "one cache for all calls",
        "one cache shared by all calls: another forward overwrites it",
        (
            "conv_forward_fast",
            "cache = (x.shape, w, conv_param, cols, (k, i, j))",
            "cache = conv_forward_fast.cache = [x.shape, w, conv_param, cols, (k, i, j)]",
        ),
        ("= cache", "= conv_forward_fast.cache"),
        loses=lost(conv_backward="repeated"),
    ),
    backward(
        "float32 gradient",
        "a gradient array of float32: gradients keep the dtype of the inputs",
        ("dtype=dout.dtype", "dtype=np.float32"),
        loses=lost(conv_backward="dx_padding"),
        number=28,
    ),
    backward(
        "gradients in another order",
        "gradients in the order dw, db, dx: dx comes first",
        (RETURN, "return dw, db, dx"),
        loses=lost(conv_backward="all"),
    ),
    backward("db not returned", "only dx and dw returned", (RETURN, "return dx, dw"), loses=lost(conv_backward="all")),
    backward(
        "nested loops back",
        "four nested loops",
        (ADD_AT, f"{ADD_AT}\n{LOOPS.rstrip()}"),
        loses=lost(conv_backward="speed"),
        number=26,
    ),
    backward(
        "every pixel by itself",
        "a mask for every pixel: far too much work",
        (
            ADD_AT,
            "for place in np.ndindex(H + 2 * pad, W + 2 * pad):\n        here = (i == place[0]) & (j == place[1])\n        for c in range(C):\n            dx_pad[(slice(None), c, *place)] = np.sum(dcols * (here & (k == c)), axis=(1, 2))",
        ),
        loses=lost(conv_backward="speed"),
        number=26,
    ),
    backward(
        "shares not turned",
        "the product's axes taken as (N, C, H_out, W_out, HH, WW) as they are: they come as (N, H_out, W_out, C, HH, WW)",
        (".transpose(0, 3, 1, 2, 4, 5)", ".reshape(windows.view.shape)"),
        base=windows,
        loses=lost(conv_backward=DX),
    ),
)
