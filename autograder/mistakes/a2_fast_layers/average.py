"""Mistakes in avg_pool_forward and avg_pool_backward."""

from autograder.mistakes import Base

columns = Base("a2_fast_layers", "columns")
taps = Base("a2_fast_layers", "taps")
OTHERS = ("test_avg_overlapping", "test_avg_gapped", "test_avg_not_square")
ALL = ("test_avg_tiles", "test_avg_manners", *OTHERS, "test_avg_uneven")
DX_OTHERS = ("test_avg_dx_overlapping", "test_avg_dx_gapped", "test_avg_dx_not_square")
DX_GATED = ("test_avg_dx_manners", "test_avg_dx_repeated")
DX_ALL = ("test_avg_dx_tiles", *DX_GATED, *DX_OTHERS, "test_avg_dx_uneven")
MEAN = "np.mean(window, axis=(2, 3))"
WINDOW = "window = x[:, :, top : top + pool_height, left : left + pool_width]"
H_OUT, W_OUT = "H_out = 1 + (H - pool_height) // stride", "W_out = 1 + (W - pool_width) // stride"
SHARE = "share = dout[:, :, i, j] / area"
ADD = "dx[:, :, top : top + pool_height, left : left + pool_width] += share[:, :, None, None]"
AREA = "area = pool_height * pool_width"


def forward(name, hint, *changes, loses, base=columns, **fields):
    return base.mistake(name, "avg_pool_forward", hint, *changes, loses=loses, **fields)


def backward(name, hint, *changes, loses, base=columns, **fields):
    return base.mistake(name, "avg_pool_backward", hint, *changes, loses=loses, **fields)


AVERAGE = (
    backward(
        "share not divided",
        "dout given whole to every place of the window: each gets its share, divided by the window's area",
        (SHARE, "share = dout[:, :, i, j]"),
        loses=DX_ALL,
        number=42,
    ),
    backward(
        "share divided twice",
        "dout divided by the window's area twice",
        (SHARE, "share = dout[:, :, i, j] / area / area"),
        loses=DX_ALL,
        number=42,
    ),
    backward(
        "share by stride",
        "dout divided by stride * stride instead of the window's area",
        (AREA, "area = stride * stride"),
        loses=(*DX_OTHERS, "test_avg_dx_uneven"),
    ),
    backward(
        "share by pool_height",
        "dout divided by pool_height * pool_height: the window's area is pool_height * pool_width",
        (AREA, "area = pool_height**2"),
        loses=("test_avg_dx_not_square", "test_avg_dx_uneven"),
        number=33,
    ),
    backward(
        "avg dx overwritten",
        "dx assigned with = where windows overlap: add with +=",
        (ADD, ADD.replace("+=", "=")),
        loses=("test_avg_dx_overlapping", "test_avg_dx_not_square"),
        number=31,
    ),
    backward(
        "avg dx without stride",
        "dx added in windows that start at i and j",
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        loses=DX_ALL,
    ),
    backward(
        "share to one place",
        "dout given to the first place of the window only",
        (ADD, "dx[:, :, top, left] += dout[:, :, i, j]"),
        loses=DX_ALL,
        number=43,
    ),
    backward(
        "window sides swapped back",
        "pool_height and pool_width swapped in the window",
        (ADD, ADD.replace("pool_height", "X").replace("pool_width", "pool_height").replace("X", "pool_width")),
        loses=("test_avg_dx_not_square", "test_avg_dx_uneven"),
        number=33,
    ),
    backward(
        "avg dx of the windows only",
        "dx cut to the places that windows cover: it has the shape of x",
        ("return dx", "return dx[:, :, : (H_out - 1) * stride + pool_height, : (W_out - 1) * stride + pool_width]"),
        loses=("test_avg_dx_uneven",),
    ),
    backward(
        "avg dout changed",
        "dout itself divided: work on a copy",
        (SHARE, "dout[:, :, i, j] /= area\n            share = dout[:, :, i, j]"),
        loses=("test_avg_dx_manners",),
        number=27,
    ),
    backward(
        "avg float32 dx",
        "dx of float32: gradients keep the dtype of the inputs",
        ("np.zeros(x_shape)", "np.zeros(x_shape, dtype=np.float32)"),
        loses=("test_avg_dx_manners",),
        number=28,
    ),
    backward(
        "average of dout",
        "the average of dout over the whole map instead of each window's own",
        (SHARE, "share = dout.mean(axis=(2, 3)) / area"),
        loses=DX_ALL,
    ),
    forward(
        "sum for mean",
        "the sum of the window instead of its mean",
        (MEAN, "np.sum(window, axis=(2, 3))"),
        loses=ALL,
        number=42,
    ),
    forward(
        "maximum for mean",
        "the maximum of the window instead of its mean",
        (MEAN, "np.max(window, axis=(2, 3))"),
        loses=ALL,
        number=43,
    ),
    forward(
        "mean over channels",
        "the mean taken over the channels too: each channel has its own",
        (MEAN, "np.mean(window, axis=(1, 2, 3))[:, None]"),
        loses=ALL,
        number=43,
    ),
    forward(
        "mean by stride",
        "the sum divided by stride * stride instead of the window's area",
        (MEAN, "np.sum(window, axis=(2, 3)) / stride**2"),
        loses=(*OTHERS, "test_avg_uneven"),
    ),
    forward(
        "mean by pool_height",
        "the sum divided by pool_height * pool_height: the area is pool_height * pool_width",
        (MEAN, "np.sum(window, axis=(2, 3)) / pool_height**2"),
        loses=("test_avg_not_square", "test_avg_uneven"),
        number=33,
    ),
    forward(
        "mean rounded down",
        "the mean divided with //, which rounds down",
        (MEAN, "np.sum(window, axis=(2, 3)) // (pool_height * pool_width)"),
        loses=ALL,
    ),
    forward(
        "avg window by stride",
        "windows of stride x stride places instead of pool_height x pool_width",
        (WINDOW, "window = x[:, :, top : top + stride, left : left + stride]"),
        loses=(*OTHERS, "test_avg_uneven"),
        number=35,
    ),
    forward(
        "avg window sides swapped",
        "pool_height and pool_width swapped in the window",
        (WINDOW, "window = x[:, :, top : top + pool_width, left : left + pool_height]"),
        loses=("test_avg_not_square", "test_avg_uneven"),
        number=33,
    ),
    forward(
        "avg stride ignored",
        "windows that start at i and j instead of i * stride and j * stride",
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        loses=ALL,
    ),
    forward(
        "avg size by pool_height",
        "output size as H // pool_height, which is right only if the stride equals it",
        (H_OUT, "H_out = H // pool_height"),
        (W_OUT, "W_out = W // pool_width"),
        loses=(*OTHERS, "test_avg_uneven"),
        number=36,
    ),
    forward(
        "avg width from height", "output width computed from the height", (W_OUT, "W_out = H_out"), loses=ALL, number=37
    ),
    forward(
        "avg size rounded up",
        "output size rounded up: the last, incomplete window does not count",
        (H_OUT, "H_out = 1 - (pool_height - H) // stride"),
        (W_OUT, "W_out = 1 - (pool_width - W) // stride"),
        loses=("test_avg_uneven",),
        number=44,
    ),
    forward(
        "avg float32 output",
        "an output array of float32: it keeps the dtype of x",
        ("np.zeros((N, C, H_out, W_out))", "np.zeros((N, C, H_out, W_out), dtype=np.float32)"),
        loses=("test_avg_manners",),
        number=28,
    ),
    forward(
        "avg x changed",
        "x itself divided: work on a copy",
        ("    area =", '    x /= pool_param["pool_height"] * pool_param["pool_width"]\n    area ='),
        ("out += x[place] / area", "out += x[place]"),
        base=taps,
        loses=("test_avg_manners",),
    ),
)
