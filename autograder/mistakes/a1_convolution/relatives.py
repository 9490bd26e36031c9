"""Mistakes in the dilated, 1x1, 1-D and 3-D convolutions."""

from typing import Any

from autograder.mistakes import Base, Mistake

loops = Base("a1_convolution", "loops")


def tests(question: str, *names: str) -> tuple[str, ...]:
    """Names of a question's tests; "together" is lost with any of them."""
    return tuple(f"test_{question}_{name}" for name in (*names, "together"))


BIAS_DILATED, STRIDE_DILATED = tests("dilated", "bias"), tests("dilated", "stride")
PADDING_DILATED, SHAPES_DILATED = tests("dilated", "padding"), tests("dilated", "shapes")
DILATED = tests("dilated", "plain", "bias", "shapes", "padding", "stride", "manners")
DEFAULT = "test_dilated_default"
CONV1X1 = (
    "test_conv1x1_plain",
    "test_conv1x1_bias",
    "test_conv1x1_shapes",
    "test_conv1x1_no_loops",
    "test_conv1x1_manners",
)
BIAS_1X1 = ("test_conv1x1_bias",)
BIAS_1D, STRIDE_1D, PADDING_1D = (tests("conv1d", name) for name in ("bias", "stride", "padding"))
CHANNELS_1D = tests("conv1d", "channels")
CONV1D = tests("conv1d", "plain", "bias", "channels", "padding", "stride", "manners")
BIAS_3D, STRIDE_3D, PADDING_3D = (tests("conv3d", name) for name in ("bias", "stride", "padding"))
SHAPES_3D = tests("conv3d", "shapes")
CONV3D = tests("conv3d", "plain", "bias", "shapes", "padding", "stride", "manners")
WINDOW = "x_pad[n, :, top : top + rows : dilation, left : left + columns : dilation]"
ROWS, COLUMNS = "rows = dilation * (HH - 1) + 1", "columns = dilation * (WW - 1) + 1"
EINSUM = 'out = np.einsum("nchw,fc->nfhw", x, w)'
BIAS = "return out + b[:, None, None]"
ROW = "x_pad[n, :, start : start + K] * w[f]"
BLOCK = "np.sum(window * w[f]) + b[f]"
PAD_3D = "(pad, pad), (pad, pad), (pad, pad))"


def mistake(
    question: str, name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any
) -> Mistake:
    return loops.mistake(name, question, hint, *changes, loses=loses, **fields)


DILATIONS: tuple[Mistake, ...] = (
    mistake(
        "dilated_conv_forward",
        "dilation ignored",
        "the dilation left out",
        ('conv_param.get("dilation", 1)', "1"),
        loses=DILATED,
    ),
    mistake(
        "dilated_conv_forward",
        "dilation must be given",
        "a dilation that must be given: it defaults to 1",
        ('conv_param.get("dilation", 1)', 'conv_param["dilation"]'),
        loses=("test_dilated_default",),
    ),
    mistake(
        "dilated_conv_forward",
        "reach of d * K",
        "a filter of dilation * K places: it covers dilation * (K - 1) + 1",
        (ROWS, "rows = dilation * HH"),
        (COLUMNS, "columns = dilation * WW"),
        loses=DILATED,
        idea="d * K",
        number=16,
    ),
    mistake(
        "dilated_conv_forward",
        "dilation on rows only",
        "dilation on rows only",
        (COLUMNS, "columns = WW"),
        ("left + columns : dilation", "left + columns"),
        loses=DILATED,
        number=16,
    ),
    mistake(
        "dilated_conv_forward",
        "dilation on columns only",
        "dilation on columns only",
        (ROWS, "rows = HH"),
        ("top + rows : dilation", "top + rows"),
        loses=DILATED,
        number=16,
    ),
    mistake(
        "dilated_conv_forward",
        "dilation used as stride",
        "windows moved by the dilation: it stands between the taps of one window",
        ("top = i * stride", "top = i * dilation"),
        ("left = j * stride", "left = j * dilation"),
        loses=DILATED,
    ),
    mistake(
        "dilated_conv_forward",
        "dilation counted from 0",
        "dilation counted as places left out: dilation 1 means no gaps",
        ('conv_param.get("dilation", 1)', 'conv_param.get("dilation", 0) + 1'),
        loses=(*DILATED, "test_dilated_default"),
        idea="dilation counted from 0",
    ),
    mistake(
        "dilated_conv_forward",
        "undilated size",
        "an output size that forgets the dilation",
        ("(H + 2 * pad - rows)", "(H + 2 * pad - HH)"),
        ("(W + 2 * pad - columns)", "(W + 2 * pad - WW)"),
        loses=DILATED,
        idea="undilated size",
    ),
    mistake(
        "dilated_conv_forward",
        "dilated without bias",
        "the bias b left out",
        (BLOCK, "np.sum(window * w[f])"),
        loses=BIAS_DILATED,
    ),
    mistake(
        "dilated_conv_forward",
        "dilated without stride",
        "windows that start at i and j instead of i * stride and j * stride",
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        loses=STRIDE_DILATED,
        idea="windows without stride",
    ),
)

DILATIONS += (
    mistake(
        "dilated_conv_forward",
        "dilated width from height",
        "output width computed from the height",
        ("W_out = 1 + (W + 2 * pad - columns) // stride", "W_out = H_out"),
        loses=SHAPES_DILATED,
    ),
    mistake(
        "dilated_conv_forward",
        "dilated by the filter's height",
        "the filter's height used for its width, too",
        (COLUMNS, "columns = dilation * (HH - 1) + 1"),
        loses=SHAPES_DILATED,
    ),
    mistake(
        "dilated_conv_forward",
        "dilated sum over filters",
        "a sum over the F filters instead of the C channels",
        (BLOCK, "sum(np.sum(window[c] * w[f, c]) for c in range(F)) + b[f]"),
        loses=SHAPES_DILATED,
        number=10,
    ),
    mistake(
        "dilated_conv_forward",
        "dilated with pad of 1 always",
        "padding of 1 whatever conv_param says",
        ('conv_param["pad"]', "1"),
        loses=PADDING_DILATED,
        number=1,
    ),
    mistake(
        "dilated_conv_forward",
        "padding times dilation",
        "the padding multiplied by the dilation: zeros have no gaps",
        (
            'dilation = conv_param.get("dilation", 1)',
            'dilation = conv_param.get("dilation", 1)\n    pad = pad * dilation',
        ),
        loses=PADDING_DILATED,
    ),
    mistake(
        "dilated_conv_forward",
        "dilated, no stride",
        "the stride left out",
        ('conv_param["stride"]', "1"),
        loses=STRIDE_DILATED,
        idea="no stride",
    ),
    mistake(
        "dilated_conv_forward",
        "dilation of 2 always",
        "a dilation of 2 whatever conv_param says",
        ('conv_param.get("dilation", 1)', "2"),
        loses=(*tests("dilated", "plain", "stride", "manners"), DEFAULT),
    ),
    mistake(
        "dilated_conv_forward",
        "reach of d * (K - 1)",
        "the + 1 left out of the places that a filter covers",
        (ROWS, "rows = dilation * (HH - 1)"),
        (COLUMNS, "columns = dilation * (WW - 1)"),
        loses=(*DILATED, DEFAULT),
        idea="d * (K - 1)",
    ),
    mistake(
        "dilated_conv_forward",
        "dilated size rounded",
        "output size rounded to the nearest instead of down",
        ("1 + (H + 2 * pad - rows) // stride", "1 + round((H + 2 * pad - rows) / stride)"),
        ("1 + (W + 2 * pad - columns) // stride", "1 + round((W + 2 * pad - columns) / stride)"),
        loses=("test_dilated_together",),
        idea="rounded to the nearest",
    ),
    mistake(
        "dilated_conv_forward",
        "dilated and flipped",
        "filters flipped as in a strict convolution",
        (BLOCK, "np.sum(window * w[f, :, ::-1, ::-1]) + b[f]"),
        loses=(*DILATED, DEFAULT),
        idea="flipped filter",
    ),
    mistake(
        "dilated_conv_forward",
        "dilated output alone",
        "the output returned alone: a cache belongs to it",
        ("return out, None", "return out"),
        loses=("test_dilated_manners",),
    ),
)

POINTWISE = (
    mistake(
        "conv1x1_forward",
        "a loop",
        "a for loop: einsum or matmul does it at once",
        (
            EINSUM,
            "out = np.zeros((x.shape[0], w.shape[0], *x.shape[2:]))\n    for f in range(w.shape[0]):\n        out[:, f] = (x * w[f][:, None, None]).sum(axis=1)",
        ),
        loses=("test_conv1x1_no_loops",),
    ),
    mistake(
        "conv1x1_forward",
        "a comprehension",
        "a comprehension: einsum or matmul does it at once",
        (EINSUM, "out = np.stack([np.tensordot(row, x, (0, 1)) for row in w], axis=1)"),
        loses=("test_conv1x1_no_loops",),
    ),
    mistake(
        "conv1x1_forward",
        "map",
        "map: einsum or matmul does it at once",
        (EINSUM, "out = np.array(list(map(lambda image: np.tensordot(w, image, 1), x)))"),
        loses=("test_conv1x1_no_loops",),
    ),
    mistake(
        "conv1x1_forward",
        "np.vectorize",
        "np.vectorize, a loop in disguise: einsum or matmul does it at once",
        (
            EINSUM,
            'product = np.vectorize(np.dot, signature="(c),(c)->()")\n    out = product(x[:, None].transpose(0, 1, 3, 4, 2), w[:, None, None])',
        ),
        loses=("test_conv1x1_no_loops",),
    ),
    mistake(
        "conv1x1_forward",
        "np.apply_along_axis",
        "np.apply_along_axis, a loop in disguise: einsum or matmul does it at once",
        (EINSUM, "out = np.apply_along_axis(lambda pixel: w @ pixel, 1, x)"),
        loses=("test_conv1x1_no_loops",),
    ),
    mistake(
        "conv1x1_forward",
        "functools.reduce",
        "functools.reduce, a loop in disguise: einsum or matmul does it at once",
        (
            EINSUM,
            "import functools\n    out = functools.reduce(lambda y, c: y + x[:, None, c] * w[:, c, None, None], range(w.shape[1]), 0)",
        ),
        loses=("test_conv1x1_no_loops",),
    ),
    mistake(
        "conv1x1_forward",
        "a loop by globals()",
        "a loop in a function that is looked up in globals(): einsum or matmul does it at once",
        (
            EINSUM,
            'naive = globals()["conv_" + "forward_naive"]\n    out, _ = naive(x, w[:, :, None, None], 0 * b, {"stride": 1, "pad": 0})',
        ),
        loses=("test_conv1x1_no_loops",),
    ),
    mistake(
        "conv1x1_forward",
        "a loop in a helper",
        "a loop in a function that it calls: einsum or matmul does it at once",
        (EINSUM, 'out, _ = conv_forward_naive(x, w[:, :, None, None], 0 * b, {"stride": 1, "pad": 0})'),
        loses=("test_conv1x1_no_loops",),
    ),
    mistake("conv1x1_forward", "1x1 without bias", "the bias b left out", (BIAS, "return out"), loses=BIAS_1X1),
    mistake(
        "conv1x1_forward",
        "bias along columns",
        "b added along the columns: it belongs to the filters' axis",
        (BIAS, "return out + b"),
        loses=("test_conv1x1_bias", "test_conv1x1_shapes"),
    ),
    mistake(
        "conv1x1_forward",
        "w transposed",
        "w read as (C, F): it is (F, C)",
        (EINSUM, 'out = np.einsum("nchw,cf->nfhw", x, w)'),
        loses=CONV1X1,
    ),
    mistake(
        "conv1x1_forward",
        "1x1 channels last",
        "the filters as the last axis: it is (N, F, H, W)",
        (EINSUM, 'out = np.einsum("nchw,fc->nhwf", x, w)'),
        (BIAS, "return out + b"),
        loses=CONV1X1,
    ),
    mistake(
        "conv1x1_forward",
        "bias along rows",
        "b added along the rows: it belongs to the filters' axis",
        (BIAS, "return out + b[:, None]"),
        loses=("test_conv1x1_bias", "test_conv1x1_shapes"),
    ),
    mistake(
        "conv1x1_forward",
        "matmul over the rows",
        "w @ x, which sums over the rows of x: bring the channels there first",
        (EINSUM, "out = w @ x"),
        loses=CONV1X1,
    ),
    mistake(
        "conv1x1_forward",
        "filters first",
        "the filters as the first axis: it is (N, F, H, W)",
        (EINSUM, "out = np.tensordot(w, x, (1, 1))"),
        (BIAS, "return out + b[:, None, None, None]"),
        loses=CONV1X1,
    ),
    mistake(
        "conv1x1_forward",
        "rows and columns exchanged on the way back",
        "rows and columns exchanged by a transpose",
        (EINSUM, "out = (x.transpose(0, 3, 2, 1) @ w.T).transpose(0, 3, 1, 2)"),
        loses=CONV1X1,
    ),
    mistake(
        "conv1x1_forward",
        "pixels folded back by columns",
        "a reshape to (N, F, W, H): it is (N, F, H, W)",
        (EINSUM, "N, C, H, W = x.shape\n    out = (w @ x.reshape(N, C, H * W)).reshape(N, -1, W, H)"),
        loses=("test_conv1x1_shapes",),
    ),
    mistake(
        "conv1x1_forward",
        "b reshaped in place",
        "b itself reshaped: b[:, None, None] is a view",
        (BIAS, "b.shape = (-1, 1, 1)\n    return out + b"),
        loses=("test_conv1x1_manners",),
    ),
    mistake(
        "conv1x1_forward",
        "reshape without transpose",
        "x.reshape(-1, C) without moving the channels to the end first",
        (EINSUM, "N, C, H, W = x.shape\n    out = (x.reshape(-1, C) @ w.T).reshape(N, H, W, -1).transpose(0, 3, 1, 2)"),
        loses=CONV1X1,
    ),
    mistake(
        "conv1x1_forward",
        "reshape back without transpose",
        "a reshape to (N, F, H, W) of an array whose filters are its last axis: transpose it",
        (EINSUM, "N, C, H, W = x.shape\n    out = (x.transpose(0, 2, 3, 1) @ w.T).reshape(N, -1, H, W)"),
        loses=CONV1X1,
    ),
)

OTHER_DIMENSIONS = (
    mistake("conv1d_forward", "1-D without bias", "the bias b left out", (f"{ROW}) + b[f]", f"{ROW})"), loses=BIAS_1D),
    mistake(
        "conv1d_forward",
        "1-D without stride",
        "windows that start at i instead of i * stride",
        ("start = i * stride", "start = i"),
        loses=STRIDE_1D,
        idea="windows without stride",
    ),
    mistake(
        "conv1d_forward",
        "1-D without padding",
        "the padding left out",
        ("+ 2 * pad", ""),
        ("x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad)))", "x_pad = x"),
        loses=PADDING_1D,
        idea="no padding",
    ),
    mistake(
        "conv1d_forward",
        "1-D padded on one side",
        "all padding at the end instead of half on each side",
        ("(0, 0), (pad, pad)", "(0, 0), (0, 2 * pad)"),
        loses=PADDING_1D,
        idea="padded on one side",
    ),
    mistake(
        "conv1d_forward",
        "1-D flipped",
        "filters flipped as in a strict convolution",
        (ROW, ROW.replace("w[f]", "w[f, :, ::-1]")),
        loses=CONV1D,
        idea="flipped filter",
    ),
    mistake(
        "conv1d_forward",
        "1-D first channel",
        "only the first channel used: sum over all of them",
        (ROW, "x_pad[n, 0, start : start + K] * w[f, 0]"),
        loses=CONV1D,
    ),
    mistake(
        "conv1d_forward",
        "1-D size without + 1",
        "the + 1 left out of the output size",
        ("L_out = 1 + ", "L_out = "),
        loses=CONV1D,
        idea="no + 1",
    ),
    mistake(
        "conv1d_forward",
        "1-D pad once",
        "the padding counted once in the output size: there are two ends",
        ("2 * pad", "pad"),
        loses=("test_conv1d_padding",),
        idea="padding once",
    ),
    mistake(
        "conv1d_forward",
        "1-D pad of 1 always",
        "padding of 1 whatever conv_param says",
        ('conv_param["pad"]', "1"),
        loses=PADDING_1D,
        number=1,
    ),
    mistake(
        "conv1d_forward",
        "1-D channels padded",
        "the channels padded, too: pad the last axis only",
        ("((0, 0), (0, 0), (pad, pad))", "((0, 0), (pad, pad), (pad, pad))"),
        loses=PADDING_1D,
        number=11,
    ),
    mistake(
        "conv1d_forward",
        "1-D, no stride",
        "the stride left out",
        ('conv_param["stride"]', "1"),
        loses=STRIDE_1D,
        idea="no stride",
    ),
    mistake(
        "conv1d_forward",
        "1-D sum over filters",
        "a sum over the F filters instead of the C channels",
        (f"np.sum({ROW})", "sum(np.sum(x_pad[n, c, start : start + K] * w[f, c]) for c in range(F))"),
        loses=CHANNELS_1D,
        number=10,
    ),
    mistake(
        "conv1d_forward",
        "1-D bias by image",
        "b[n] instead of b[f]: a filter has a bias, not an image",
        ("b[f]", "b[n]"),
        loses=("test_conv1d_channels", *BIAS_1D),
    ),
    mistake(
        "conv1d_forward",
        "1-D size rounded",
        "output size rounded to the nearest instead of down",
        ("1 + (L + 2 * pad - K) // stride", "1 + round((L + 2 * pad - K) / stride)"),
        loses=tests("conv1d"),
        idea="rounded to the nearest",
    ),
    mistake(
        "conv1d_forward",
        "1-D filters last",
        "the filters as the last axis: it is (N, F, L_out)",
        ("return out", "return out.transpose(0, 2, 1)"),
        loses=CONV1D,
    ),
    mistake(
        "conv1d_forward",
        "1-D conv_param emptied",
        "entries popped out of conv_param: read them with [...]",
        ('conv_param["pad"]', 'conv_param.pop("pad")'),
        loses=("test_conv1d_manners",),
    ),
    mistake(
        "conv3d_forward",
        "3-D width from height",
        "output width computed from the height",
        ("W_out = 1 + (W + 2 * pad - WW) // stride", "W_out = H_out"),
        loses=SHAPES_3D,
    ),
    mistake(
        "conv3d_forward",
        "depth and width exchanged",
        "DD and WW exchanged: the shape of w is (F, C, DD, HH, WW)",
        ("F, _, DD, HH, WW = w.shape", "F, _, WW, HH, DD = w.shape"),
        loses=SHAPES_3D,
    ),
    mistake(
        "conv3d_forward",
        "3-D sum over filters",
        "a sum over the F filters instead of the C channels",
        (BLOCK, "sum(np.sum(window[c] * w[f, c]) for c in range(F)) + b[f]"),
        loses=SHAPES_3D,
        number=10,
    ),
    mistake(
        "conv3d_forward",
        "3-D first channel",
        "only the first channel used: sum over all of them",
        (BLOCK, "np.sum(window[0] * w[f, 0]) + b[f]"),
        loses=CONV3D,
    ),
    mistake(
        "conv3d_forward",
        "3-D pad of 1 always",
        "padding of 1 whatever conv_param says",
        ('conv_param["pad"]', "1"),
        loses=PADDING_3D,
        number=1,
    ),
    mistake(
        "conv3d_forward",
        "3-D without padding",
        "the padding left out",
        ('conv_param["pad"]', "0"),
        loses=PADDING_3D,
        idea="no padding",
    ),
    mistake(
        "conv3d_forward",
        "3-D, no stride",
        "the stride left out",
        ('conv_param["stride"]', "1"),
        loses=STRIDE_3D,
        idea="no stride",
    ),
    mistake(
        "conv3d_forward",
        "3-D without stride in the windows",
        "windows that start at i and j instead of i * stride and j * stride",
        ("front = d * stride", "front = d"),
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        loses=STRIDE_3D,
        idea="windows without stride",
    ),
    mistake(
        "conv3d_forward",
        "3-D sizes rounded",
        "output size rounded to the nearest instead of down",
        ("1 + (D + 2 * pad - DD) // stride", "1 + round((D + 2 * pad - DD) / stride)"),
        ("1 + (H + 2 * pad - HH) // stride", "1 + round((H + 2 * pad - HH) / stride)"),
        ("1 + (W + 2 * pad - WW) // stride", "1 + round((W + 2 * pad - WW) / stride)"),
        loses=tests("conv3d"),
        idea="rounded to the nearest",
    ),
    mistake(
        "conv3d_forward",
        "3-D conv_param emptied",
        "entries popped out of conv_param: read them with [...]",
        ('conv_param["pad"]', 'conv_param.pop("pad")'),
        loses=("test_conv3d_manners",),
    ),
    mistake(
        "conv3d_forward", "3-D without bias", "the bias b left out", (BLOCK, "np.sum(window * w[f])"), loses=BIAS_3D
    ),
    mistake(
        "conv3d_forward",
        "depth not padded",
        "the depth not padded: pad applies to every axis",
        ("D_out = 1 + (D + 2 * pad - DD)", "D_out = 1 + (D - DD)"),
        (PAD_3D, "(0, 0), (pad, pad), (pad, pad))"),
        loses=PADDING_3D,
    ),
    mistake(
        "conv3d_forward",
        "depth without stride",
        "the depth walked in steps of 1: stride applies to every axis",
        ("D_out = 1 + (D + 2 * pad - DD) // stride", "D_out = 1 + (D + 2 * pad - DD)"),
        ("front = d * stride", "front = d"),
        loses=STRIDE_3D,
    ),
    mistake(
        "conv3d_forward",
        "depth start without stride",
        "windows that start at d, not at d * stride",
        ("front = d * stride", "front = d"),
        loses=STRIDE_3D,
    ),
    mistake(
        "conv3d_forward",
        "one plane only",
        "one plane of the filter used: it has a depth of its own",
        (BLOCK, "np.sum(window[:, 0] * w[f, :, 0]) + b[f]"),
        loses=CONV3D,
    ),
    mistake(
        "conv3d_forward",
        "cube for an image",
        "output sides that all come from the depth",
        ("H_out = 1 + (H + 2 * pad - HH) // stride", "H_out = D_out"),
        ("W_out = 1 + (W + 2 * pad - WW) // stride", "W_out = D_out"),
        loses=SHAPES_3D,
    ),
    mistake(
        "conv3d_forward",
        "3-D flipped",
        "filters flipped as in a strict convolution",
        (BLOCK, "np.sum(window * w[f, :, ::-1, ::-1, ::-1]) + b[f]"),
        loses=CONV3D,
        idea="flipped filter",
    ),
)

RELATIVES = (*DILATIONS, *POINTWISE, *OTHER_DIMENSIONS)
