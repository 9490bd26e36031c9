"""Mistakes in the 1x1 convolution."""

from autograder.mistakes import Mistake
from autograder.mistakes.a1_convolution.relatives import mistake

CONV1X1 = (
    "test_conv1x1_plain",
    "test_conv1x1_bias",
    "test_conv1x1_shapes",
    "test_conv1x1_no_loops",
    "test_conv1x1_manners",
)
BIAS_1X1 = ("test_conv1x1_bias",)
EINSUM = 'out = np.einsum("nchw,fc->nfhw", x, w)'
BIAS = "return out + b[:, None, None]"

POINTWISE: tuple[Mistake, ...] = (
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
