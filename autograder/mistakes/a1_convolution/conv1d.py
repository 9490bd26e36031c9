"""Mistakes in the 1-D convolution."""

from autograder.mistakes import Mistake
from autograder.mistakes.a1_convolution.relatives import mistake, tests

BIAS, STRIDE, PADDING = (tests("conv1d", name) for name in ("bias", "stride", "padding"))
CHANNELS = tests("conv1d", "channels")
CONV1D = tests("conv1d", "plain", "bias", "channels", "padding", "stride", "manners")
ROW = "x_pad[n, :, start : start + K] * w[f]"

CONVOLUTIONS_1D: tuple[Mistake, ...] = (
    mistake("conv1d_forward", "1-D without bias", "the bias b left out", (f"{ROW}) + b[f]", f"{ROW})"), loses=BIAS),
    mistake(
        "conv1d_forward",
        "1-D without stride",
        "windows that start at i instead of i * stride",
        ("start = i * stride", "start = i"),
        loses=STRIDE,
        idea="windows without stride",
    ),
    mistake(
        "conv1d_forward",
        "1-D without padding",
        "the padding left out",
        ("+ 2 * pad", ""),
        ("x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad)))", "x_pad = x"),
        loses=PADDING,
        idea="no padding",
    ),
    mistake(
        "conv1d_forward",
        "1-D padded on one side",
        "all padding at the end instead of half on each side",
        ("(0, 0), (pad, pad)", "(0, 0), (0, 2 * pad)"),
        loses=PADDING,
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
        loses=PADDING,
        number=1,
    ),
    mistake(
        "conv1d_forward",
        "1-D channels padded",
        "the channels padded, too: pad the last axis only",
        ("((0, 0), (0, 0), (pad, pad))", "((0, 0), (pad, pad), (pad, pad))"),
        loses=PADDING,
        number=11,
    ),
    mistake(
        "conv1d_forward",
        "1-D, no stride",
        "the stride left out",
        ('conv_param["stride"]', "1"),
        loses=STRIDE,
        idea="no stride",
    ),
    mistake(
        "conv1d_forward",
        "1-D sum over filters",
        "a sum over the F filters instead of the C channels",
        (f"np.sum({ROW})", "sum(np.sum(x_pad[n, c, start : start + K] * w[f, c]) for c in range(F))"),
        loses=CHANNELS,
        number=10,
    ),
    mistake(
        "conv1d_forward",
        "1-D bias by image",
        "b[n] instead of b[f]: a filter has a bias, not an image",
        ("b[f]", "b[n]"),
        loses=("test_conv1d_channels", *BIAS),
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
        "conv1d_forward",
        "1-D for the simplest case only",
        "the simplest case only: stride 1, padding 1, as many filters as channels, no bias",
        ('conv_param["pad"]', "1"),
        ("start = i * stride", "start = i"),
        (f"np.sum({ROW}) + b[f]", "sum(np.sum(x_pad[n, c, start : start + K] * w[f, c]) for c in range(F))"),
        loses=tests("conv1d", "bias", "channels", "padding", "stride"),
    ),
)
