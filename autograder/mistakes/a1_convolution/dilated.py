"""Mistakes in the dilated convolution."""

from autograder.mistakes import Mistake
from autograder.mistakes.a1_convolution.relatives import mistake, tests

BIAS, STRIDE = tests("dilated", "bias"), tests("dilated", "stride")
PADDING, SHAPES = tests("dilated", "padding"), tests("dilated", "shapes")
DILATED = tests("dilated", "plain", "bias", "shapes", "padding", "stride", "manners")
DEFAULT = "test_dilated_default"
WINDOW = "x_pad[n, :, top : top + rows : dilation, left : left + columns : dilation]"
ROWS, COLUMNS = "rows = dilation * (HH - 1) + 1", "columns = dilation * (WW - 1) + 1"
BLOCK = "np.sum(window * w[f]) + b[f]"

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
        loses=BIAS,
    ),
    mistake(
        "dilated_conv_forward",
        "dilated without stride",
        "windows that start at i and j instead of i * stride and j * stride",
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        loses=STRIDE,
        idea="windows without stride",
    ),
)

DILATIONS += (
    mistake(
        "dilated_conv_forward",
        "dilated width from height",
        "output width computed from the height",
        ("W_out = 1 + (W + 2 * pad - columns) // stride", "W_out = H_out"),
        loses=SHAPES,
    ),
    mistake(
        "dilated_conv_forward",
        "dilated by the filter's height",
        "the filter's height used for its width, too",
        (COLUMNS, "columns = dilation * (HH - 1) + 1"),
        loses=SHAPES,
    ),
    mistake(
        "dilated_conv_forward",
        "dilated sum over filters",
        "a sum over the F filters instead of the C channels",
        (BLOCK, "sum(np.sum(window[c] * w[f, c]) for c in range(F)) + b[f]"),
        loses=SHAPES,
        number=10,
    ),
    mistake(
        "dilated_conv_forward",
        "dilated with pad of 1 always",
        "padding of 1 whatever conv_param says",
        ('conv_param["pad"]', "1"),
        loses=PADDING,
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
        loses=PADDING,
    ),
    mistake(
        "dilated_conv_forward",
        "dilated, no stride",
        "the stride left out",
        ('conv_param["stride"]', "1"),
        loses=STRIDE,
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
    mistake(
        "dilated_conv_forward",
        "dilated for the simplest case only",
        "the simplest dilated case only: square, stride 1, padding 1, as many filters as channels, no bias",
        ("W_out = 1 + (W + 2 * pad - columns) // stride", "W_out = H_out"),
        ('conv_param["pad"]', "1"),
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        (BLOCK, "sum(np.sum(window[c] * w[f, c]) for c in range(F))"),
        loses=tests("dilated", "bias", "shapes", "padding", "stride"),
    ),
)
