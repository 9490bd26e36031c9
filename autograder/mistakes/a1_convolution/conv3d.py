"""Mistakes in the 3-D convolution."""

from autograder.mistakes import Mistake
from autograder.mistakes.a1_convolution.relatives import mistake, tests

BIAS, STRIDE, PADDING = (tests("conv3d", name) for name in ("bias", "stride", "padding"))
SHAPES = tests("conv3d", "shapes")
CONV3D = tests("conv3d", "plain", "bias", "shapes", "padding", "stride", "manners")
BLOCK = "np.sum(window * w[f]) + b[f]"
PAD_3D = "(pad, pad), (pad, pad), (pad, pad))"

CONVOLUTIONS_3D: tuple[Mistake, ...] = (
    mistake(
        "conv3d_forward",
        "3-D width from height",
        "output width computed from the height",
        ("W_out = 1 + (W + 2 * pad - WW) // stride", "W_out = H_out"),
        loses=SHAPES,
    ),
    mistake(
        "conv3d_forward",
        "depth and width exchanged",
        "DD and WW exchanged: the shape of w is (F, C, DD, HH, WW)",
        ("F, _, DD, HH, WW = w.shape", "F, _, WW, HH, DD = w.shape"),
        loses=SHAPES,
    ),
    mistake(
        "conv3d_forward",
        "3-D sum over filters",
        "a sum over the F filters instead of the C channels",
        (BLOCK, "sum(np.sum(window[c] * w[f, c]) for c in range(F)) + b[f]"),
        loses=SHAPES,
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
        loses=PADDING,
        number=1,
    ),
    mistake(
        "conv3d_forward",
        "3-D without padding",
        "the padding left out",
        ('conv_param["pad"]', "0"),
        loses=PADDING,
        idea="no padding",
    ),
    mistake(
        "conv3d_forward",
        "3-D, no stride",
        "the stride left out",
        ('conv_param["stride"]', "1"),
        loses=STRIDE,
        idea="no stride",
    ),
    mistake(
        "conv3d_forward",
        "3-D without stride in the windows",
        "windows that start at i and j instead of i * stride and j * stride",
        ("front = d * stride", "front = d"),
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        loses=STRIDE,
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
    mistake("conv3d_forward", "3-D without bias", "the bias b left out", (BLOCK, "np.sum(window * w[f])"), loses=BIAS),
    mistake(
        "conv3d_forward",
        "depth not padded",
        "the depth not padded: pad applies to every axis",
        ("D_out = 1 + (D + 2 * pad - DD)", "D_out = 1 + (D - DD)"),
        (PAD_3D, "(0, 0), (pad, pad), (pad, pad))"),
        loses=PADDING,
    ),
    mistake(
        "conv3d_forward",
        "depth without stride",
        "the depth walked in steps of 1: stride applies to every axis",
        ("D_out = 1 + (D + 2 * pad - DD) // stride", "D_out = 1 + (D + 2 * pad - DD)"),
        ("front = d * stride", "front = d"),
        loses=STRIDE,
    ),
    mistake(
        "conv3d_forward",
        "depth start without stride",
        "windows that start at d, not at d * stride",
        ("front = d * stride", "front = d"),
        loses=STRIDE,
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
        loses=SHAPES,
    ),
    mistake(
        "conv3d_forward",
        "3-D flipped",
        "filters flipped as in a strict convolution",
        (BLOCK, "np.sum(window * w[f, :, ::-1, ::-1, ::-1]) + b[f]"),
        loses=CONV3D,
        idea="flipped filter",
    ),
    mistake(
        "conv3d_forward",
        "3-D for the simplest case only",
        "the simplest case only: cubes, stride 1, padding 1, as many filters as channels, no bias",
        ("W_out = 1 + (W + 2 * pad - WW) // stride", "W_out = H_out"),
        ('conv_param["pad"]', "1"),
        ("front = d * stride", "front = d"),
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        (BLOCK, "sum(np.sum(window[c] * w[f, c]) for c in range(F))"),
        loses=tests("conv3d", "bias", "shapes", "padding", "stride"),
    ),
)
