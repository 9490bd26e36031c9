"""Mistakes in conv_forward_fast. Those that a student makes in both directions are made in both here."""

from typing import Any

from autograder.mistakes import Base, Mistake
from autograder.mistakes.a2_fast_layers.lost import lost

columns = Base("a2_fast_layers", "columns")
taps = Base("a2_fast_layers", "taps")
COLS = "cols = x_pad[:, k, i, j]"
PRODUCT = "w.reshape(F, -1) @ cols"
RESHAPE = "out = out.reshape(N, F, H_out, W_out)"
PART = "part = padded[:, :, steps(p, rows, stride), steps(q, columns, stride)]"
PAD = "((0, 0), (0, 0), (pad, pad), (pad, pad))"
STRIDE_PAD = 'stride, pad = conv_param["stride"], conv_param["pad"]'
H_OUT, W_OUT = "H_out = out_size(H, HH, stride, pad)", "W_out = out_size(W, WW, stride, pad)"
WINDOWS = "np.lib.stride_tricks.sliding_window_view(x_pad, (HH, WW), axis=(2, 3))"
FIRST_LINE = "    N, C, H, W = x.shape\n    F, _, HH, WW = w.shape"
TORCH = """    import torch

    out = torch.nn.functional.conv2d(*map(torch.from_numpy, (x, w, b)), None, conv_param["stride"], conv_param["pad"])
    return out.numpy(), (x, w, b, conv_param)
"""
LOOPS = """    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for row in range(H_out):
                for column in range(W_out):
                    top, left = row * stride, column * stride
                    out[n, f, row, column] = np.sum(x_pad[n, :, top : top + HH, left : left + WW] * w[f]) + b[f]
"""


def forward(
    name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], base: Base = columns, **fields: Any
) -> Mistake:
    return base.mistake(name, "conv_forward_fast", hint, *changes, loses=loses, **fields)


FORWARD = (
    forward(
        "no bias",
        "the bias b left out",
        (" + b.reshape(1, F, 1)", ""),
        loses=lost(conv_forward="bias together"),
        number=8,
    ),
    forward(
        "bias for every tap",
        "the bias b added once for each tap of the filter: it comes once",
        ("    out += b[None, :, None]\n", ""),
        ("            out += w", "            out += b[None, :, None]\n            out += w"),
        base=taps,
        loses=lost(conv_forward="bias together"),
        number=8,
    ),
    forward(
        "windows reshaped as they are",
        "windows of sliding_window_view reshaped to columns without bringing the window's axes forward first",
        (COLS, f"cols = {WINDOWS}[:, :, ::stride, ::stride].reshape(N, C * HH * WW, H_out * W_out)"),
        loses=lost(conv_forward="all"),
    ),
    forward(
        "windows at every place",
        "windows of sliding_window_view taken at every place, without ::stride",
        (COLS, f"cols = {WINDOWS}.transpose(0, 1, 4, 5, 2, 3).reshape(N, C * HH * WW, -1)"),
        loses=lost(conv_forward="stride together ends uneven", conv_backward="dw_stride dx_stride together uneven"),
    ),
    forward(
        "filters and images mixed up",
        "the product's filters and images mixed up: its axes are (F, N, L) there, and a reshape does not swap them",
        (PRODUCT, "(w.reshape(F, -1) @ cols.transpose(1, 0, 2).reshape(C * HH * WW, -1)).reshape(N, F, -1)"),
        loses=lost(conv_forward="all"),
    ),
    forward(
        "w reshaped to columns of filters",
        "w reshaped to (K, F) and transposed: reshape(F, -1) keeps a filter's numbers together",
        (PRODUCT, "w.reshape(-1, F).T @ cols"),
        loses=lost(conv_forward="all"),
    ),
    forward(
        "kernel flipped",
        "the filter flipped: a true convolution",
        (PRODUCT, "w[:, :, ::-1, ::-1].reshape(F, -1) @ cols"),
        loses=lost(conv_forward="all"),
        number=9,
    ),
    forward(
        "filter rotated by its axes",
        "the filter's axes in another order than the columns': channel, row, column",
        (PRODUCT, "w.transpose(0, 2, 3, 1).reshape(F, -1) @ cols"),
        loses=lost(conv_forward="square bias not_square padding stride together uneven manners speed"),
        number=30,
    ),
    forward(
        "filter sides swapped",
        "HH and WW swapped in the columns",
        ("get_indices(C, H_out, W_out, HH, WW, stride)", "get_indices(C, H_out, W_out, WW, HH, stride)"),
        loses=lost(conv_forward="not_square together"),
        number=6,
    ),
    forward(
        "width from height",
        "output width computed from the height",
        (W_OUT, "W_out = H_out"),
        loses=lost(conv_forward="not_square together"),
    ),
    forward(
        "width from filter height",
        "output width computed with the height of the filter: HH for rows, WW for columns",
        (W_OUT, W_OUT.replace("WW", "HH")),
        loses=lost(conv_forward="not_square together"),
    ),
    forward(
        "rows and columns of the output swapped",
        "the output's rows and columns swapped: its windows are numbered row by row",
        (RESHAPE, "out = out.reshape(N, F, W_out, H_out).swapaxes(2, 3)"),
        loses=lost(conv_forward="all"),
        number=5,
    ),
    forward(
        "flat index by height",
        "a flat index with the height as the length of a row: a row has W + 2 * pad places",
        (
            COLS,
            "Hp, Wp = x_pad.shape[2:]\n    cols = x_pad.reshape(N, -1).take((k * Wp + i) * Hp + j, axis=1, mode='clip')",
        ),
        loses=lost(conv_forward="not_square together uneven"),
        number=4,
    ),
    forward(
        "stride ignored in windows",
        "windows that start at i and j instead of i * stride and j * stride",
        (PART, "part = padded[:, :, p : p + rows, q : q + columns]"),
        base=taps,
        loses=lost(conv_forward="stride together ends uneven"),
        number=2,
    ),
    forward(
        "stride on rows only",
        "the stride used for rows only",
        (PART, "part = padded[:, :, steps(p, rows, stride), q : q + columns]"),
        base=taps,
        loses=lost(conv_forward="stride together ends uneven"),
    ),
    forward(
        "slice ends too early",
        "a slice p : p + H_out : stride, which has too few places: it ends at p + stride * H_out",
        (PART, "part = padded[:, :, p : p + rows : stride, q : q + columns : stride]"),
        base=taps,
        loses=lost(conv_forward="stride together ends uneven", conv_backward="dw_stride dx_stride together uneven"),
    ),
    forward(
        "last tap left out",
        "the last row of the filter left out",
        ("range(HH)", "range(max(1, HH - 1))"),
        base=taps,
        loses=lost(conv_forward="all"),
        number=7,
    ),
    forward(
        "pad of 1 always",
        "padding of 1 whatever conv_param says",
        (STRIDE_PAD, 'stride, pad = conv_param["stride"], 1'),
        loses=lost(conv_forward="padding together"),
        number=1,
    ),
    forward(
        "no padding",
        "x not padded, while the output's size counts the padding",
        (f'np.pad(x, {PAD}, mode="constant")', "x"),
        loses=lost(conv_forward="padding together speed", conv_backward="dw_padding dx_padding manners repeated speed"),
    ),
    forward(
        "all axes padded",
        "all axes padded, images and channels too",
        (PAD, "pad"),
        loses=lost(conv_forward="padding together speed", conv_backward="dw_padding dx_padding manners repeated speed"),
        number=11,
    ),
    forward(
        "padding repeats the edge",
        "padding with the numbers at the edge instead of zeros",
        ('mode="constant"', 'mode="edge"'),
        loses=lost(conv_forward="padding together speed"),
        number=12,
    ),
    forward(
        "size rounded",
        "output size rounded to the nearest instead of down",
        (H_OUT, "H_out = 1 + round((H + 2 * pad - HH) / stride)"),
        (W_OUT, "W_out = 1 + round((W + 2 * pad - WW) / stride)"),
        loses=lost(conv_forward="uneven"),
        number=3,
    ),
    forward(
        "size by true division",
        "output size divided with /, which gives a float: use //",
        (H_OUT, "H_out = 1 + (H + 2 * pad - HH) / stride"),
        (W_OUT, "W_out = 1 + (W + 2 * pad - WW) / stride"),
        loses=lost(conv_forward="all", conv_backward="all"),
        number=3,
    ),
    forward(
        "float32 output",
        "an output array of float32: it keeps the dtype of the inputs",
        (RESHAPE, f"{RESHAPE}.astype(np.float32)"),
        loses=lost(conv_forward="uneven"),
        number=28,
    ),
    forward(
        "x scaled in place",
        "x itself changed: work on a copy",
        (FIRST_LINE, f"    x -= x.mean()\n{FIRST_LINE}"),
        loses=lost(conv_forward="all"),
    ),
    forward(
        "conv_param emptied",
        "conv_param emptied with pop: read it with [...]",
        (STRIDE_PAD, 'stride, pad = conv_param.pop("stride"), conv_param["pad"]'),
        loses=lost(conv_forward="manners"),
    ),
    forward(
        "no cache returned",
        "out returned without a cache",
        ("return out, cache", "return out"),
        loses=lost(conv_forward="all", conv_backward="all"),
    ),
    forward(
        "nested loops",
        "four nested loops",
        ("    out = w.reshape(F, -1) @ cols + b.reshape(1, F, 1)\n    out = out.reshape(N, F, H_out, W_out)\n", LOOPS),
        loses=lost(conv_forward="speed"),
    ),
    forward(
        "PyTorch's convolution",
        "PyTorch's own convolution",
        (FIRST_LINE + "\n", TORCH + FIRST_LINE + "\n"),
        loses=lost(conv_forward="all", conv_backward="all"),
    ),
    forward(
        "SciPy imported",
        "a function of SciPy",
        (FIRST_LINE, f"    from scipy.signal import correlate  # noqa: F401\n{FIRST_LINE}"),
        loses=lost(conv_forward="all", conv_backward="all"),
    ),
)
