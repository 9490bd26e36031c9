"""Mistakes in conv_forward_naive. Those that a student makes in both directions are made in both here."""

from autograder.mistakes import Base

loops = Base("a1_convolution", "loops")
vectorized = Base("a1_convolution", "vectorized")
GATED = ("test_forward_uneven", "test_forward_inputs", "test_forward_repeated")  # not checked where plain is wrong
PLAIN = ("test_forward_plain", *GATED)
STRIDE = ("test_forward_stride", "test_forward_padding_and_stride")
PADDING = ("test_forward_padding", "test_forward_padding_and_stride")
ALL = (*PLAIN, "test_forward_padding", *STRIDE)
BACKWARD = (
    *("test_backward_db", "test_backward_dw", "test_backward_dw_stride", "test_backward_dx"),
    *("test_backward_dx_padding", "test_backward_dx_stride", "test_backward_manners", "test_backward_repeated"),
)
LOST_PLAIN = (
    "test_backward_dw",
    "test_backward_dx_padding",
    "test_backward_manners",
    "test_backward_repeated",
)  # it raises
DW = ("test_backward_dw", "test_backward_dw_stride", "test_backward_manners", "test_backward_repeated")
LOST_PADDED = (*LOST_PLAIN, "test_backward_dw_stride")
DILATED = ("test_dilated_plain", "test_dilated_padding_and_stride", "test_dilated_default", "test_dilated_manners")
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


def forward(name, hint, *changes, loses, base=loops, **fields):
    return base.mistake(name, "conv_forward_naive", hint, *changes, loses=loses, **fields)


FORWARD = (
    forward("no bias", "the bias b left out", (" + b[f]", ""), loses=ALL, number=8),
    forward(
        "width from height",
        "output width computed from the height",
        (W_OUT, "W_out = H_out"),
        loses=(*ALL, *LOST_PLAIN),
    ),
    forward(
        "width from filter height",
        "output width computed with the height of the filter: HH for rows, WW for columns",
        (W_OUT, W_OUT.replace("WW", "HH")),
        loses=(*ALL, *LOST_PLAIN),
    ),
    forward(
        "stride ignored in windows",
        "windows that start at i and j instead of i * stride and j * stride",
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        loses=(*STRIDE, "test_forward_uneven"),
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
        loses=(*ALL, *LOST_PADDED),
        number=1,
    ),
    forward(
        "pad of 1 always, both directions",
        "padding of 1 whatever conv_param says",
        ('pad = conv_param["pad"]', "pad = 1"),
        ("conv_backward_naive", 'pad = conv_param["pad"]', "pad = 1"),
        loses=(*ALL, *LOST_PADDED),
        number=1,
    ),
    forward(
        "size rounded",
        "output size rounded to the nearest instead of down",
        (H_OUT, "H_out = 1 + round((H + 2 * pad - HH) / stride)"),
        (W_OUT, "W_out = 1 + round((W + 2 * pad - WW) / stride)"),
        loses=("test_forward_uneven",),
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
        loses=(*ALL, *BACKWARD),
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
        loses=(*ALL, *DW, *DILATED),
        number=4,
    ),
    forward(
        "window number by height",
        "windows numbered i * H_out + j: a row of outputs has W_out of them",
        (LOOPS, COLUMNS_BY_HEIGHT),
        loses=(*ALL, *LOST_PADDED),
        number=5,
    ),
    forward(
        "filter sides swapped",
        "HH and WW swapped in the window",
        (WINDOW, "x_pad[n, :, top : top + WW, left : left + HH]"),
        loses=(*ALL, *BACKWARD),
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
        loses=ALL,
        number=7,
    ),
    forward(
        "bias for every channel",
        "the bias added once for every channel: add it once for every output",
        (
            f"out[n, f, i, j] = {SUM}",
            "for c in range(C):\n                        out[n, f, i, j] += np.sum(window[c] * w[f, c]) + b[f]",
        ),
        loses=ALL,
        number=8,
    ),
    forward(
        "flipped filter",
        "filters flipped as in a strict convolution",
        (SUM, "np.sum(window * w[f, :, ::-1, ::-1]) + b[f]"),
        loses=ALL,
        number=9,
    ),
    forward(
        "sum over filters",
        "a sum over the F filters instead of the C channels",
        (f"out[n, f, i, j] = {SUM}", "out[n, f, i, j] = b[f] + sum(np.sum(window[c] * w[f, c]) for c in range(F))"),
        loses=(*ALL, *BACKWARD),
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
        loses=(*PADDING, "test_forward_uneven"),
        number=11,
    ),
    forward(
        "every axis padded",
        "every axis padded, images and channels too: pad only rows and columns",
        (PAD, "pad"),
        loses=(*PADDING, "test_forward_uneven", "test_forward_inputs", *BACKWARD),
        number=11,
    ),
    forward(
        "edges repeated",
        "padding with copies of the edge instead of zeros",
        ('mode="constant"', 'mode="edge"'),
        ("conv_backward_naive", 'mode="constant"', 'mode="edge"'),
        loses=(*PADDING, "test_forward_uneven", *DW),
        number=12,
    ),
    forward(
        "padded on one side",
        "all padding on one side instead of half on each",
        (PAD, "((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad))"),
        loses=(*PADDING, "test_forward_uneven"),
    ),
    forward(
        "pad counted once in the size",
        "the padding counted once in the output size: there are two ends",
        (H_OUT, H_OUT.replace("2 * ", "")),
        (W_OUT, W_OUT.replace("2 * ", "")),
        loses=PADDING,
    ),
    forward(
        "output as large as the input",
        "an output as large as the input: windows that leave the image don't count",
        ("out = np.zeros((N, F, H_out, W_out))", "out = np.zeros((N, F, H, W))"),
        ("out[n, f, i, j] =", "if i < H and j < W:\n                        out[n, f, i, j] ="),
        loses=ALL,
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
        loses=ALL,
        number=28,
    ),
    forward("mean for sum", "the mean over the window instead of the sum", ("np.sum(", "np.mean("), loses=ALL),
    forward(
        "first image only", "the first image used for all of them", (WINDOW, WINDOW.replace("n,", "0,")), loses=ALL
    ),
    forward("bias by image", "b[n] instead of b[f]: a filter has a bias, not an image", ("b[f]", "b[n]"), loses=ALL),
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
)
