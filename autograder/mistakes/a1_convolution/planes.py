"""Mistakes in cross_correlate2d and convolve2d."""

from typing import Any

from autograder.mistakes import Base, Mistake

loops = Base("a1_convolution", "loops")
CORRELATE = ("test_correlate_by_hand", "test_correlate_square", "test_correlate_shapes", "test_correlate_manners")
CONVOLVE = ("test_convolve_by_hand", "test_convolve_square", "test_convolve_shapes", "test_convolve_manners")
BUFFER = "np.zeros((H - HH + 1, W - WW + 1))"
FLIP = "flipped = k[::-1, ::-1]"


def mistake(
    question: str, name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any
) -> Mistake:
    return loops.mistake(name, question, hint, *changes, loses=loses, **fields)


WINDOW = "y[i, j] = np.sum(x[i : i + HH, j : j + WW] * k)"
PLANES = (
    mistake(
        "convolve2d",
        "no flip",
        "a cross-correlation: flip the filter along both axes first",
        (FLIP, "flipped = k"),
        loses=CONVOLVE,
    ),
    mistake(
        "convolve2d",
        "rows flipped only",
        "a filter flipped along the rows only",
        (FLIP, "flipped = k[::-1]"),
        loses=CONVOLVE,
    ),
    mistake(
        "convolve2d",
        "columns flipped only",
        "a filter flipped along the columns only",
        (FLIP, "flipped = k[:, ::-1]"),
        loses=CONVOLVE,
    ),
    mistake(
        "convolve2d",
        "transposed filter",
        "a filter transposed instead of flipped along both axes",
        (FLIP, "flipped = k.T\n    HH, WW = flipped.shape"),
        loses=CONVOLVE,
    ),
    mistake(
        "convolve2d",
        "filter turned once",
        "a filter turned by 90 degrees: turn it twice",
        (FLIP, "flipped = np.rot90(k)\n    HH, WW = flipped.shape"),
        loses=CONVOLVE,
    ),
    mistake(
        "convolve2d",
        "k flipped in place",
        "k itself flipped: work on a copy",
        (FLIP, "k[...] = k[::-1, ::-1].copy()\n    flipped = k"),
        loses=("test_convolve_manners",),
    ),
    mistake(
        "convolve2d",
        "image flipped",
        "the image flipped instead of the filter",
        (FLIP, "flipped = k\n    x = x[::-1, ::-1]"),
        loses=CONVOLVE,
    ),
    mistake(
        "convolve2d",
        "same instead of valid",
        'an output as large as x ("same"): only windows inside x count ("valid")',
        (FLIP, f"x = np.pad(x, (((HH - 1) // 2, HH // 2), ((WW - 1) // 2, WW // 2)))\n    H, W = x.shape\n    {FLIP}"),
        loses=CONVOLVE,
    ),
    mistake(
        "cross_correlate2d",
        "filter flipped",
        "a strict convolution: leave the filter as it is",
        ("* k)", "* k[::-1, ::-1])"),
        loses=CORRELATE,
        idea="flipped filter",
    ),
    mistake(
        "cross_correlate2d",
        "full instead of valid",
        'an output of every overlap ("full"): only windows inside x count ("valid")',
        (
            "    HH, WW = k.shape\n",
            "    HH, WW = k.shape\n    x = np.pad(x, ((HH - 1, HH - 1), (WW - 1, WW - 1)))\n    H, W = x.shape\n",
        ),
        loses=CORRELATE,
    ),
    mistake(
        "cross_correlate2d",
        "plane without + 1",
        "the + 1 left out of the output size",
        (BUFFER, "np.zeros((H - HH, W - WW))"),
        loses=CORRELATE,
        idea="no + 1",
    ),
    mistake(
        "cross_correlate2d",
        "square plane",
        "output width computed from the height",
        (BUFFER, "np.zeros((H - HH + 1, H - HH + 1))"),
        loses=("test_correlate_shapes",),
    ),
    mistake(
        "cross_correlate2d",
        "mean of the products",
        "the mean of the products instead of their sum",
        ("np.sum", "np.mean"),
        loses=CORRELATE,
        idea="mean",
    ),
    mistake(
        "cross_correlate2d",
        "integer plane",
        "results cut to whole numbers by an integer output array",
        (BUFFER, f"{BUFFER[:-1]}, dtype=int)"),
        loses=("test_correlate_square", "test_correlate_shapes", "test_correlate_manners"),
        number=15,
    ),
    mistake(
        "cross_correlate2d",
        "filter sides unpacked as WW, HH",
        "HH and WW exchanged: the shape of a filter is (HH, WW)",
        ("HH, WW = k.shape", "WW, HH = k.shape"),
        loses=("test_correlate_shapes",),
        idea="HH and WW exchanged",
    ),
    mistake(
        "cross_correlate2d",
        "last row and column missing in the plane",
        "loops that stop before the last row and column",
        ("range(y.shape[0])", "range(y.shape[0] - 1)"),
        ("range(y.shape[1])", "range(y.shape[1] - 1)"),
        loses=CORRELATE,
    ),
    mistake(
        "cross_correlate2d",
        "plane's columns from i",
        "columns that start at i: j counts them",
        ("j : j + WW", "i : i + WW"),
        loses=CORRELATE,
    ),
    mistake(
        "cross_correlate2d",
        "place by place",
        "one product for each place instead of the sum over a window",
        (WINDOW, "y[i, j] = x[i, j] * k[0, 0]"),
        loses=CORRELATE,
    ),
    mistake(
        "cross_correlate2d",
        "window times filter in place",
        "the window multiplied in place, which changes the image under the next windows",
        (WINDOW, "window = x[i : i + HH, j : j + WW]\n            window *= k\n            y[i, j] = np.sum(window)"),
        loses=CORRELATE,
    ),
    mistake(
        "cross_correlate2d",
        "brightness",
        "results cut to 0 ... 255: here they are numbers, not pixels",
        ("return y", "return np.clip(y, 0, 255)"),
        loses=("test_correlate_square", "test_correlate_shapes", "test_correlate_manners"),
    ),
    mistake(
        "cross_correlate2d",
        "filter of weight 1",
        "the filter divided by its sum",
        (WINDOW, f"{WINDOW} / k.sum()"),
        loses=CORRELATE,
    ),
    mistake(
        "cross_correlate2d",
        "x centred in place",
        "x itself changed: work on a copy",
        ("return y", "x -= x.mean()\n    return y"),
        loses=("test_correlate_manners",),
    ),
    mistake(
        "cross_correlate2d",
        "the example by heart",
        "the numbers of the example returned whatever x is",
        ("    H, W = x.shape\n", "    return np.array([[70.0, 30], [10, 40]])\n    H, W = x.shape\n"),
        loses=("test_correlate_square", "test_correlate_shapes", "test_correlate_manners"),
    ),
    mistake(
        "convolve2d",
        "output flipped",
        "the output flipped instead of the filter",
        (FLIP, "flipped = k"),
        ("return y", "return y[::-1, ::-1]"),
        loses=CONVOLVE,
    ),
    mistake(
        "convolve2d",
        "square convolution",
        "output width computed from the height",
        (BUFFER, "np.zeros((H - HH + 1, H - HH + 1))"),
        loses=("test_convolve_shapes",),
    ),
    mistake(
        "convolve2d",
        "full convolution",
        'an output of every overlap ("full"): only windows inside x count ("valid")',
        (FLIP, f"x = np.pad(x, ((HH - 1, HH - 1), (WW - 1, WW - 1)))\n    H, W = x.shape\n    {FLIP}"),
        loses=CONVOLVE,
    ),
    mistake(
        "cross_correlate2d",
        "output transposed",
        "an output with rows and columns exchanged",
        ("return y", "return y.T"),
        loses=CORRELATE,
    ),
    mistake(
        "convolve2d",
        "integer convolution",
        "results cut to whole numbers by an integer output array",
        (BUFFER, f"{BUFFER[:-1]}, dtype=int)"),
        loses=CONVOLVE[1:],
        number=15,
    ),
)
