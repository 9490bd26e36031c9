"""Mistakes in conv_forward_naive. Those that a student makes in both directions are made in both here."""

from typing import Any

from autograder.mistakes import Base, Mistake

loops = Base("a1_convolution", "loops")
vectorized = Base("a1_convolution", "vectorized")
TOGETHER = "test_forward_together"
BIAS = ("test_forward_bias", TOGETHER)
CHANNELS = ("test_forward_channels", TOGETHER)
SHAPES = ("test_forward_shapes", TOGETHER)
PADDING = ("test_forward_padding", TOGETHER)
STRIDE = ("test_forward_stride", "test_forward_uneven", TOGETHER)
GATED = ("test_forward_inputs", "test_forward_repeated", "test_forward_cache")  # not checked where plain is wrong
ALL = (
    *("test_forward_plain", "test_forward_bias", "test_forward_channels", "test_forward_shapes"),
    *("test_forward_padding", *STRIDE, *GATED),
)
PAD = "((0, 0), (0, 0), (pad, pad), (pad, pad))"
ROW, COLUMN = "range(H_out)", "range(W_out)"
SUM = "np.sum(window * w[f]) + b[f]"
WINDOW = "x_pad[n, :, top : top + HH, left : left + WW]"
H_OUT = "H_out = 1 + (H + 2 * pad - HH) // stride"
W_OUT = "W_out = 1 + (W + 2 * pad - WW) // stride"
LOOPS = """    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    top = i * stride
                    left = j * stride
                    window = x_pad[n, :, top : top + HH, left : left + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
"""
COLUMNS_BY_HEIGHT = """    cols = np.zeros((N, H_out * W_out, C * HH * WW))
    for i in range(H_out):
        for j in range(W_out):
            window = x_pad[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
            cols[:, i * H_out + j] = window.reshape(N, -1)
    out = (cols @ w.reshape(F, -1).T + b).transpose(0, 2, 1).reshape(N, F, H_out, W_out)
"""


def forward(
    name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], base: Base = loops, **fields: Any
) -> Mistake:
    return base.mistake(name, "conv_forward_naive", hint, *changes, loses=loses, **fields)


FORWARD = (
    forward("no bias", "the bias b left out", (" + b[f]", ""), loses=BIAS, number=8),
    forward(
        "width from height",
        "output width computed from the height",
        (W_OUT, "W_out = H_out"),
        loses=SHAPES,
    ),
    forward(
        "width from filter height",
        "output width computed with the height of the filter: HH for rows, WW for columns",
        (W_OUT, W_OUT.replace("WW", "HH")),
        loses=SHAPES,
    ),
    forward(
        "stride ignored in windows",
        "windows that start at i and j instead of i * stride and j * stride",
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        loses=(*STRIDE, "test_forward_uneven"),
        idea="windows without stride",
        number=2,
    ),
    forward(
        "stride on rows only",
        "the stride used for rows only",
        ("left = j * stride", "left = j"),
        loses=(*STRIDE, "test_forward_uneven"),
    ),
    forward(
        "pad of 1 always",
        "padding of 1 whatever conv_param says",
        (PAD, PAD.replace("pad", "1")),
        loses=PADDING,
        number=1,
    ),
    forward(
        "pad of 1 always, both directions",
        "padding of 1 whatever conv_param says",
        ('pad = conv_param["pad"]', "pad = 1"),
        ("conv_backward_naive", 'pad = conv_param["pad"]', "pad = 1"),
        loses=PADDING,
        number=1,
    ),
    forward(
        "size rounded",
        "output size rounded to the nearest instead of down",
        (H_OUT, "H_out = 1 + round((H + 2 * pad - HH) / stride)"),
        (W_OUT, "W_out = 1 + round((W + 2 * pad - WW) / stride)"),
        loses=("test_forward_uneven",),
        idea="rounded to the nearest",
        number=3,
    ),
    forward(
        "uneven stride refused",
        "an assert against strides that do not divide evenly: round down instead",
        (H_OUT, f"assert (H + 2 * pad - HH) % stride == 0 and (W + 2 * pad - WW) % stride == 0\n    {H_OUT}"),
        loses=("test_forward_uneven",),
        number=3,
    ),
    forward(
        "size by true division",
        "output size divided with /, which gives a float: use //",
        (H_OUT, H_OUT.replace("//", "/")),
        (W_OUT, W_OUT.replace("//", "/")),
        loses=ALL,
        idea="divided with /",
        number=3,
    ),
    forward(
        "flat index by height",
        "a flat index into the image with the height as the length of a row: a row has W entries",
        (
            "cols = x_pad[(slice(None), *index)]",
            "channels, rows, columns = index\n    H_pad, W_pad = x_pad.shape[2:]\n    flat = (channels * H_pad + rows) * H_pad + columns\n"
            "    cols = np.take(x_pad.reshape(N, -1), flat, axis=1, mode='wrap')",
        ),
        base=vectorized,
        loses=SHAPES,
        number=4,
    ),
    forward(
        "window number by height",
        "windows numbered i * H_out + j: a row of outputs has W_out of them",
        (LOOPS, COLUMNS_BY_HEIGHT),
        loses=SHAPES,
        number=5,
    ),
    forward(
        "filter sides swapped",
        "HH and WW swapped in the window",
        (WINDOW, "x_pad[n, :, top : top + WW, left : left + HH]"),
        loses=SHAPES,
        number=6,
    ),
    forward(
        "last row and column missing",
        "loops that stop before the last row and column",
        (ROW, "range((H + 2 * pad - HH) // stride)"),
        (COLUMN, "range((W + 2 * pad - WW) // stride)"),
        loses=ALL,
        number=7,
    ),
    forward(
        "columns counted by rows",
        "a loop over columns that runs to H_out",
        (COLUMN, "range(min(H_out, W_out))"),
        loses=SHAPES,
        number=7,
    ),
    forward(
        "bias for every channel",
        "the bias added once for every channel: add it once for every output",
        (
            f"out[n, f, i, j] = {SUM}",
            "for c in range(C):\n                        out[n, f, i, j] += np.sum(window[c] * w[f, c]) + b[f]",
        ),
        loses=BIAS,
        number=8,
    ),
    forward(
        "flipped filter",
        "filters flipped as in a strict convolution",
        (SUM, "np.sum(window * w[f, :, ::-1, ::-1]) + b[f]"),
        loses=ALL,
        idea="flipped filter",
        number=9,
    ),
    forward(
        "sum over filters",
        "a sum over the F filters instead of the C channels",
        (f"out[n, f, i, j] = {SUM}", "out[n, f, i, j] = b[f] + sum(np.sum(window[c] * w[f, c]) for c in range(F))"),
        loses=CHANNELS,
        number=10,
    ),
    forward(
        "first channel only",
        "only the first channel used: sum over all of them",
        (SUM, "np.sum(window[0] * w[f, 0]) + b[f]"),
        loses=ALL,
    ),
    forward(
        "batch padded too",
        "the axis of the images padded too: pad only rows and columns",
        (f"x_pad = np.pad(x, {PAD}", "x_pad = np.pad(x, ((pad, pad), (0, 0), (pad, pad), (pad, pad))"),
        ("out = np.zeros((N, F,", "N = x_pad.shape[0]\n    out = np.zeros((N, F,"),
        loses=PADDING,
        number=11,
    ),
    forward(
        "every axis padded",
        "every axis padded, images and channels too: pad only rows and columns",
        (PAD, "pad"),
        loses=PADDING,
        number=11,
    ),
    forward(
        "edges repeated",
        "padding with copies of the edge instead of zeros",
        ('mode="constant"', 'mode="edge"'),
        ("conv_backward_naive", 'mode="constant"', 'mode="edge"'),
        loses=(*PADDING,),
        number=12,
    ),
    forward(
        "padded on one side",
        "all padding on one side instead of half on each",
        (PAD, "((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad))"),
        loses=PADDING,
        idea="padded on one side",
    ),
    forward(
        "pad counted once in the size",
        "the padding counted once in the output size: there are two ends",
        (H_OUT, H_OUT.replace("2 * ", "")),
        (W_OUT, W_OUT.replace("2 * ", "")),
        loses=PADDING,
        idea="padding once",
    ),
    forward(
        "output as large as the input",
        "an output as large as the input: windows that leave the image don't count",
        ("out = np.zeros((N, F, H_out, W_out))", "out = np.zeros((N, F, H, W))"),
        ("out[n, f, i, j] =", "if i < H and j < W:\n                        out[n, f, i, j] ="),
        loses=(*STRIDE, "test_forward_shapes", "test_forward_padding"),
    ),
    forward(
        "buffer not cleared",
        "sums added to a buffer that does not start at zero",
        ("out = np.zeros((N, F, H_out, W_out))", "out = np.random.randn(N, F, H_out, W_out)"),
        ("out[n, f, i, j] =", "out[n, f, i, j] +="),
        loses=ALL,
        number=15,
    ),
    forward(
        "integer buffer",
        "results cut to whole numbers by an integer output array",
        ("out = np.zeros((N, F, H_out, W_out))", "out = np.zeros((N, F, H_out, W_out), dtype=int)"),
        loses=ALL,
        number=15,
    ),
    forward(
        "float32 output",
        "an output array of float32: results keep the dtype of the inputs",
        ("out = np.zeros((N, F, H_out, W_out))", "out = np.zeros((N, F, H_out, W_out), dtype=np.float32)"),
        loses=("test_forward_repeated",),
        number=28,
    ),
    forward(
        "float32 inside",
        "float32 somewhere on the way: seven digits are left of sixteen",
        ("x_pad = np.pad(x,", "x_pad = np.pad(x.astype(np.float32),"),
        loses=("test_forward_bias",),
        number=28,
    ),
    forward(
        "mean for sum", "the mean over the window instead of the sum", ("np.sum(", "np.mean("), loses=ALL, idea="mean"
    ),
    forward(
        "first image only", "the first image used for all of them", (WINDOW, WINDOW.replace("n,", "0,")), loses=ALL
    ),
    forward(
        "bias by image",
        "b[n] instead of b[f]: a filter has a bias, not an image",
        ("b[f]", "b[n]"),
        loses=(*BIAS, "test_forward_channels"),
    ),
    forward(
        "return inside the loop",
        "a return inside the loop over images: only the first is done",
        (
            "    cache = (x, w, b, conv_param)\n    return out, cache",
            "        cache = (x, w, b, conv_param)\n        return out, cache",
        ),
        loses=ALL,
    ),
    forward(
        "window changed in place",
        "the window multiplied in place, which changes the image under the next windows",
        (SUM, "np.sum(window) + b[f]"),
        (
            "                    out[n, f, i, j] =",
            "                    window *= w[f]\n                    out[n, f, i, j] =",
        ),
        loses=ALL,
    ),
    forward("no stride", "the stride left out", ('conv_param["stride"]', "1"), loses=STRIDE, idea="no stride"),
    forward("no padding", "the padding left out", ('conv_param["pad"]', "0"), loses=PADDING, idea="no padding"),
    forward(
        "stride on columns only", "the stride used for columns only", ("top = i * stride", "top = i"), loses=STRIDE
    ),
    forward(
        "columns from i",
        "columns that start at i: j counts them",
        ("left = j * stride", "left = i * stride"),
        loses=ALL,
    ),
    forward(
        "output transposed in the layer",
        "an output with rows and columns exchanged",
        ("out[n, f, i, j] =", "out[n, f, j, i] ="),
        loses=ALL,
    ),
    forward(
        "H and W exchanged",
        "H and W exchanged: the shape of x is (N, C, H, W)",
        ("N, C, H, W = x.shape", "N, C, W, H = x.shape"),
        loses=SHAPES,
    ),
    forward(
        "HH and WW exchanged",
        "HH and WW exchanged: the shape of w is (F, C, HH, WW)",
        ("F, _, HH, WW = w.shape", "F, _, WW, HH = w.shape"),
        loses=SHAPES,
        idea="HH and WW exchanged",
    ),
    forward(
        "filter's height for its width",
        "the filter's height used for its width, too",
        (WINDOW, WINDOW.replace("left + WW", "left + HH")),
        loses=SHAPES,
    ),
    forward(
        "image not padded",
        "padding counted in the size, but no zeros put around the image",
        (f'np.pad(x, {PAD}, mode="constant")', "x"),
        loses=PADDING,
    ),
    forward(
        "rows padded only",
        "only rows padded: columns get zeros on both ends, too",
        (PAD, "((0, 0), (0, 0), (pad, pad), (0, 0))"),
        loses=PADDING,
    ),
    forward(
        "output by place in the image",
        "an output indexed by its window's place in the image",
        ("out[n, f, i, j] =", "out[n, f, top, left] ="),
        loses=STRIDE,
    ),
    forward(
        "windows of the stride's size",
        "windows as large as the stride: they are as large as the filter",
        (WINDOW, "x_pad[n, :, top : top + stride, left : left + stride]"),
        loses=ALL,
    ),
    forward(
        "large filters not taken",
        "filters larger than the image refused: padding makes room",
        (H_OUT, f"assert HH <= H and WW <= W\n    {H_OUT}"),
        loses=("test_forward_padding",),
        idea="large filters refused",
    ),
    forward(
        "first filter only",
        "the first filter used for all of them",
        ("w[f]", "w[0]"),
        loses=ALL,
    ),
    forward(
        "sum not set back",
        "a sum that is not set back to zero for each output",
        ("    for n in range(N):", "    total = 0\n    for n in range(N):"),
        (
            f"out[n, f, i, j] = {SUM}",
            "total += np.sum(window * w[f])\n                    out[n, f, i, j] = total + b[f]",
        ),
        loses=ALL,
    ),
    forward(
        "negative outputs cut",
        "negative outputs set to 0: ReLU is another layer",
        ("    cache = (x, w, b, conv_param)", "    out = np.maximum(out, 0)\n    cache = (x, w, b, conv_param)"),
        loses=ALL,
    ),
    forward(
        "small numbers taken for zero",
        "small numbers set to 0",
        ("    cache = (x, w, b, conv_param)", "    out[np.abs(out) < 1e-5] = 0\n    cache = (x, w, b, conv_param)"),
        loses=(TOGETHER,),
    ),
    forward(
        "16-bit index",
        "an index kept in 16 bits: they count to 32,767",
        (
            "cols = x_pad[(slice(None), *index)]",
            "channels, rows, columns = index\n    H_pad, W_pad = x_pad.shape[2:]\n    flat = (channels * H_pad + rows) * W_pad + columns\n"
            "    cols = np.take(x_pad.reshape(N, -1), flat.astype(np.int16), axis=1)",
        ),
        base=vectorized,
        loses=(TOGETHER,),
    ),
    forward(
        "no cache",
        "no cache kept for the backward pass",
        ("return out, cache", "return out, None"),
        loses=("test_forward_cache",),
    ),
    forward(
        "output alone",
        "the output returned alone: a cache belongs to it",
        ("return out, cache", "return out"),
        loses=("test_forward_cache",),
    ),
    forward(
        "conv_param emptied",
        "entries popped out of conv_param: read them with [...]",
        ('conv_param["pad"]', 'conv_param.pop("pad")'),
        ("cache = (x, w, b, conv_param)", 'cache = (x, w, b, {"stride": stride, "pad": pad})'),
        loses=("test_forward_inputs",),
    ),
    forward(
        "x cleared",
        "x itself changed: work on a copy",
        ("    cache = (x, w, b, conv_param)", "    cache = (x.copy(), w, b, conv_param)\n    x[...] = 0"),
        loses=("test_forward_inputs",),
        number=13,
    ),
    forward(
        "the simplest case only",
        "the simplest case only: square, stride 1, padding 1, as many filters as channels, no bias",
        (W_OUT, "W_out = H_out"),
        (PAD, PAD.replace("pad", "1")),
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        (SUM, "sum(np.sum(window[c] * w[f, c]) for c in range(F))"),
        loses=(*BIAS, "test_forward_channels", "test_forward_shapes", "test_forward_padding", *STRIDE[:-1]),
    ),
    forward(
        "windows that never overlap",
        "windows that never overlap once there is a stride: it may be smaller than the filter",
        ("top = i * stride", "top = i * (max(stride, HH) if stride > 1 else 1)"),
        ("left = j * stride", "left = j * (max(stride, WW) if stride > 1 else 1)"),
        loses=("test_forward_stride", TOGETHER),
    ),
)
