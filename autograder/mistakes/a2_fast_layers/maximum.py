"""Mistakes in max_pool_forward_naive and max_pool_backward_naive."""

from autograder.mistakes import Base

columns = Base("a2_fast_layers", "columns")
GATED = ("test_max_naive_negative", "test_max_naive_manners")  # not checked where windows side by side are wrong
NEAR = ("test_max_naive_overlapping", "test_max_naive_gapped", "test_max_naive_not_square")
ALL = ("test_max_naive_tiles", *GATED, *NEAR, "test_max_naive_uneven")
DX_GATED = ("test_max_naive_dx_manners", "test_max_naive_dx_repeated")
DX_NEAR = ("test_max_naive_dx_overlapping", "test_max_naive_dx_gapped", "test_max_naive_dx_not_square")
DX_ALL = ("test_max_naive_dx_tiles", *DX_GATED, *DX_NEAR, "test_max_naive_dx_uneven")
# a window beyond the map is empty, and np.max of nothing raises: there is no cache
DX_RAISED = ("test_max_naive_dx_gapped", "test_max_naive_dx_not_square", "test_max_naive_dx_uneven")
H_OUT, W_OUT = "H_out = 1 + (H - pool_height) // stride", "W_out = 1 + (W - pool_width) // stride"
WINDOW = "window = x[n, c, top : top + pool_height, left : left + pool_width]"
MAX = "out[n, c, i, j] = np.max(window)"
ADD = "dx[n, c, top + row, left + column] += dout[n, c, i, j]"
BLOCK = "dx[n, c, top : top + pool_height, left : left + pool_width]"
BEST = "best = np.argmax(window)"
FIND = """                    best = np.argmax(window)
                    row = best // pool_width
                    column = best % pool_width
                    dx[n, c, top + row, left + column] += dout[n, c, i, j]
"""
KEEP_PLACES = """    places = np.zeros((N, C, H_out, W_out, 2))
    for n, c, i, j in np.ndindex(out.shape):
        window = x[n, c, i * stride : i * stride + pool_height, j * stride : j * stride + pool_width]
        places[n, c, i, j] = divmod(np.argmax(window), pool_width)
    cache = (x, pool_param, places)"""


def forward(name, hint, *changes, loses, **fields):
    return columns.mistake(name, "max_pool_forward_naive", hint, *changes, loses=loses, **fields)


def backward(name, hint, *changes, loses, **fields):
    return columns.mistake(name, "max_pool_backward_naive", hint, *changes, loses=loses, **fields)


def windowed(window):
    """A change of the window."""
    return WINDOW, f"window = x[n, c, {window}]"


MAXIMUM = (
    backward(
        "max dx overwritten",
        "dx assigned with = where windows overlap: add with +=",
        (ADD, ADD.replace("+=", "=")),
        loses=("test_max_naive_dx_overlapping", "test_max_naive_dx_not_square"),
        number=31,
    ),
    backward(
        "max dx window overwritten",
        "the whole window of dx assigned, which clears what other windows gave: add with +=",
        (FIND, f"                    {BLOCK} = (window == np.max(window)) * dout[n, c, i, j]\n"),
        loses=("test_max_naive_dx_overlapping", "test_max_naive_dx_not_square"),
        number=32,
    ),
    backward(
        "place by pool_height",
        "the place in the window recovered with pool_height: a row has pool_width places",
        ("best // pool_width", "best // pool_height"),
        ("best % pool_width", "best % pool_height"),
        loses=("test_max_naive_dx_not_square", "test_max_naive_dx_uneven"),
        number=34,
    ),
    backward(
        "row and column swapped",
        "row and column of the maximum swapped",
        ("left + column] +=", "left + row] +="),
        ("[n, c, top + row,", "[n, c, top + column,"),
        loses=DX_ALL,
    ),
    backward(
        "place without its window",
        "the place of the maximum in its window taken for its place in the image",
        (ADD, ADD.replace("top + row", "row").replace("left + column", "column")),
        loses=DX_ALL,
    ),
    backward(
        "argmax of dout",
        "the place of the largest dout instead of the largest x",
        (BEST, "best = min(np.argmax(dout[n, c]), window.size - 1)"),
        loses=DX_ALL,
    ),
    backward(
        "maximum of the whole image",
        "a mask against the maximum of the whole map instead of the window's",
        (FIND, f"                    {BLOCK} += (window == np.max(x[n, c])) * dout[n, c, i, j]\n"),
        loses=DX_ALL,
        number=40,
    ),
    backward(
        "gradient to all of the window",
        "dout given to every place of the window: only the maximum gets it",
        (FIND, f"                    {BLOCK} += dout[n, c, i, j]\n"),
        loses=DX_ALL,
        number=43,
    ),
    backward(
        "mask without dout",
        "the mask of the maxima without dout",
        (FIND, f"                    {BLOCK} += window == np.max(window)\n"),
        loses=DX_ALL,
    ),
    backward("max dx left at zero", "dx left at its initial zeros", (ADD, "pass"), loses=DX_ALL, number=25),
    backward(
        "max dx without stride",
        "dx added in windows that start at i and j",
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        loses=DX_ALL,
    ),
    backward(
        "dx of the windows only",
        "dx cut to the places that windows cover: it has the shape of x",
        ("return dx", "return dx[:, :, : (H_out - 1) * stride + pool_height, : (W_out - 1) * stride + pool_width]"),
        loses=("test_max_naive_dx_uneven",),
    ),
    backward(
        "float32 dx",
        "dx of float32: gradients keep the dtype of the inputs",
        ("np.zeros_like(x)", "np.zeros(x.shape, dtype=np.float32)"),
        loses=("test_max_naive_dx_manners",),
        number=28,
    ),
    backward(
        "max dout changed",
        "dout itself changed: work on a copy",
        (ADD, f"{ADD}\n                    dout[n, c, i, j] = 0"),
        loses=("test_max_naive_dx_manners",),
        number=27,
    ),
    backward(
        "dx kept between calls",
        "dx kept from call to call: start from zeros each time",
        ("dx = np.zeros_like(x)", 'dx = pool_param.setdefault("dx", np.zeros_like(x))'),
        ("max_pool_forward_naive", "cache = (x, pool_param)", "cache = (x, dict(pool_param))"),
        loses=("test_max_naive_dx_repeated",),
    ),
    forward(
        "window by stride",
        "windows of stride x stride places instead of pool_height x pool_width",
        windowed("top : top + stride, left : left + stride"),
        loses=(*NEAR, "test_max_naive_uneven"),
        number=35,
    ),
    forward(
        "window square",
        "pool_height used for both sides of the window",
        windowed("top : top + pool_height, left : left + pool_height"),
        loses=("test_max_naive_not_square", "test_max_naive_uneven"),
        number=33,
    ),
    forward(
        "window sides swapped",
        "pool_height and pool_width swapped in the window",
        windowed("top : top + pool_width, left : left + pool_height"),
        loses=("test_max_naive_not_square", "test_max_naive_uneven"),
        number=33,
    ),
    forward(
        "size by pool_height",
        "output size as H // pool_height, which is right only if the stride equals it",
        (H_OUT, "H_out = H // pool_height"),
        (W_OUT, "W_out = W // pool_width"),
        loses=(*NEAR, "test_max_naive_uneven", *DX_RAISED),
        number=36,
    ),
    forward(
        "size with the sides swapped",
        "pool_height and pool_width swapped in the output's size",
        (H_OUT, H_OUT.replace("pool_height", "pool_width")),
        (W_OUT, W_OUT.replace("pool_width", "pool_height")),
        loses=("test_max_naive_not_square", "test_max_naive_uneven"),
        number=33,
    ),
    forward(
        "max width from height",
        "output width computed from the height",
        (W_OUT, "W_out = H_out"),
        loses=(*ALL, "test_max_naive_dx_tiles", "test_max_naive_dx_gapped", *DX_GATED),
        number=37,
    ),
    forward(
        "size rounded up",
        "output size rounded up: the last, incomplete window does not count",
        (H_OUT, "H_out = 1 - (pool_height - H) // stride"),
        (W_OUT, "W_out = 1 - (pool_width - W) // stride"),
        loses=("test_max_naive_uneven", "test_max_naive_dx_uneven"),
        number=44,
    ),
    forward(
        "max size by true division",
        "output size divided with /, which gives a float: use //",
        (H_OUT, H_OUT.replace("//", "/")),
        (W_OUT, W_OUT.replace("//", "/")),
        loses=(*ALL, *DX_ALL),
    ),
    forward(
        "max stride ignored",
        "windows that start at i and j instead of i * stride and j * stride",
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        loses=ALL,
    ),
    forward(
        "maximum above zero",
        "a running maximum that starts at 0: it starts at the first entry, or at minus infinity",
        (MAX, "out[n, c, i, j] = max(0, np.max(window))"),
        loses=("test_max_naive_negative",),
        number=38,
    ),
    forward(
        "largest magnitude",
        "the entry of largest magnitude instead of the largest",
        (MAX, "out[n, c, i, j] = window.flat[np.argmax(np.abs(window))]"),
        loses=("test_max_naive_negative",),
    ),
    forward(
        "maximum over channels",
        "the maximum taken over the channels too: each channel has its own",
        ("window = x[n, c,", "window = x[n, :,"),
        loses=ALL,
        number=43,
    ),
    forward(
        "mean for maximum",
        "the mean of the window instead of its maximum",
        (MAX, "out[n, c, i, j] = np.mean(window)"),
        loses=ALL,
        number=43,
    ),
    forward(
        "minimum for maximum",
        "the minimum of the window instead of its maximum",
        (MAX, "out[n, c, i, j] = np.min(window)"),
        loses=ALL,
    ),
    forward(
        "places cached as floats",
        "places of the maxima cached in an array of floats: an index needs integers",
        ("    cache = (x, pool_param)", KEEP_PLACES),
        ("max_pool_backward_naive", "x, pool_param = cache", "x, pool_param, places = cache"),
        (
            "max_pool_backward_naive",
            FIND,
            f"                    row, column = places[n, c, i, j]\n                    {ADD}\n",
        ),
        question="max_pool_backward_naive",
        loses=DX_ALL,
        number=41,
    ),
    forward(
        "max float32 output",
        "an output array of float32: it keeps the dtype of x",
        ("np.zeros((N, C, H_out, W_out))", "np.zeros((N, C, H_out, W_out), dtype=np.float32)"),
        loses=("test_max_naive_manners",),
        number=28,
    ),
    forward(
        "x cleared",
        "x itself changed while searching: work on a copy",
        (MAX, f"{MAX}\n                    window -= 1e-12"),
        loses=("test_max_naive_manners",),
    ),
)
