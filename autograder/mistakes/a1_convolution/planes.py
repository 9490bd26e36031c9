"""Mistakes in cross_correlate2d and convolve2d."""

from autograder.mistakes import Base

loops = Base("a1_convolution", "loops")
CORRELATE = ("test_correlate_by_hand", "test_correlate_shapes", "test_correlate_manners")
CONVOLVE = ("test_convolve_by_hand", "test_convolve_shapes", "test_convolve_manners")
BUFFER = "np.zeros((H - HH + 1, W - WW + 1))"
FLIP = "flipped = k[::-1, ::-1]"


def mistake(question, name, hint, *changes, loses, **fields):
    return loops.mistake(name, question, hint, *changes, loses=loses, **fields)


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
    ),
    mistake(
        "cross_correlate2d",
        "square plane",
        "the output's width taken from its height",
        (BUFFER, "np.zeros((H - HH + 1, H - HH + 1))"),
        loses=("test_correlate_shapes", "test_correlate_manners"),
    ),
    mistake(
        "cross_correlate2d",
        "mean of the products",
        "the mean of the products instead of their sum",
        ("np.sum", "np.mean"),
        loses=CORRELATE,
    ),
    mistake(
        "cross_correlate2d",
        "integer plane",
        "results cut to whole numbers by an integer output array",
        (BUFFER, f"{BUFFER[:-1]}, dtype=int)"),
        loses=("test_correlate_shapes", "test_correlate_manners"),
        number=15,
    ),
    mistake(
        "cross_correlate2d",
        "output transposed",
        "an output with rows and columns exchanged",
        ("return y", "return y.T"),
        loses=CORRELATE,
    ),
)
