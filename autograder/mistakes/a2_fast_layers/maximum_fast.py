"""Mistakes in max_pool_forward_fast and max_pool_backward_fast."""

from typing import Any

from autograder.mistakes import Base, Mistake
from autograder.mistakes.a2_fast_layers import hints
from autograder.mistakes.a2_fast_layers.lost import lost

columns = Base("a2_fast_layers", "columns")
taps = Base("a2_fast_layers", "taps")
FIRST = "out = x[places[0]].copy()"
STEP = "out = np.maximum(out, x[place])"
GIVE = "dx[place] += dout * (x[place] == out)"
OUT = "    places = list(window_places(*x.shape[2:], pool_param))\n    out = x[places[0]].copy()\n    for place in places[1:]:\n        out = np.maximum(out, x[place])\n"
GIVE_ALL = "    dx = np.zeros(x.shape, dtype=dout.dtype)\n    for place in places:\n        dx[place] += dout * (x[place] == out)\n"
READ = '    N, C, H, W = x.shape\n    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]\n'
PLACES = "    places = list(window_places(*x.shape[2:], pool_param))\n"
TILED = f"""{READ}{PLACES}    tiles = x[:, :, : H // height * height, : W // width * width]
    out = tiles.reshape(N, C, H // height, height, W // width, width).max(axis=(3, 5))
"""
LOOPS = f"""{READ}{PLACES}    out = np.zeros((N, C, (H - height) // stride + 1, (W - width) // stride + 1))
    for n in range(N):
        for c in range(C):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    out[n, c, i, j] = x[n, c, i * stride : i * stride + height, j * stride : j * stride + width].max()
"""
REPEATED = """    height = max(place[2].start for place in places) + 1
    width = max(place[3].start for place in places) + 1
    spread = np.zeros(x.shape)
    filled = dout.repeat(height, axis=2).repeat(width, axis=3)[:, :, : x.shape[2], : x.shape[3]]
    largest = out.repeat(height, axis=2).repeat(width, axis=3)[:, :, : x.shape[2], : x.shape[3]]
    part = (slice(None), slice(None), slice(filled.shape[2]), slice(filled.shape[3]))
    spread[part] = filled * (x[part] == largest)
    dx = spread
"""
LOOPS_BACK = """    dx = np.zeros(x.shape)
    height = max(place[2].start for place in places) + 1
    width = max(place[3].start for place in places) + 1
    stride = places[0][2].step
    for n, c, i, j in np.ndindex(dout.shape):
        window = x[n, c, i * stride : i * stride + height, j * stride : j * stride + width]
        p, q = divmod(int(np.argmax(window)), width)
        dx[n, c, i * stride + p, j * stride + q] += dout[n, c, i, j]
"""


def forward(
    name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], base: Base = taps, **fields: Any
) -> Mistake:
    return base.mistake(name, "max_pool_forward_fast", hint, *changes, loses=loses, **fields)


def backward(
    name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], base: Base = taps, **fields: Any
) -> Mistake:
    return base.mistake(name, "max_pool_backward_fast", hint, *changes, loses=loses, **fields)


MAXIMUM_FAST = (
    forward(
        "fast: tiles only",
        "the reshape that splits maps into tiles: it is right only if the stride equals both sides of the window",
        (OUT, TILED),
        loses=lost(max_fast="windows overlapping gapped speed"),
    ),
    forward(
        "fast: maximum above zero",
        hints.ZERO_START,
        (FIRST, "out = np.zeros_like(x[places[0]])"),
        ("places[1:]", "places"),
        loses=lost(max_fast="signs"),
        number=38,
    ),
    forward(
        "fast: last place left out",
        "the last place of the window left out",
        ("places[1:]", "places[1:-1]"),
        loses=lost(max_fast="all"),
    ),
    forward(
        "fast: x changed",
        "the maximum written into x itself: the first slice is a view, so copy it",
        (f"    {FIRST}", "    out = x[places[0]]"),
        (STEP, "np.maximum(out, x[place], out=out)"),
        loses=lost(max_fast="windows overlapping manners speed"),
    ),
    forward(
        "fast: sum for maximum",
        "the sum of the window instead of its maximum",
        (STEP, "out = out + x[place]"),
        loses=lost(max_fast="all"),
        number=43,
    ),
    forward(
        "fast: places by height",
        hints.WIDTH_FOR_BOTH,
        (
            PLACES,
            '    places = list(window_places(*x.shape[2:], {**pool_param, "pool_height": pool_param["pool_width"]}))\n',
        ),
        loses=lost(max_fast="windows"),
        number=33,
    ),
    forward(
        "fast: width from height",
        hints.WIDTH_FROM_HEIGHT,
        ("W_out = out_size(W, pool_width, stride)", "W_out = H_out"),
        base=columns,
        loses=lost(max_fast="maps"),
        number=37,
    ),
    forward(
        "fast: size by pool_height",
        hints.SIZE_BY_WINDOW,
        ("H_out = out_size(H, pool_height, stride)", "H_out = H // pool_height"),
        ("W_out = out_size(W, pool_width, stride)", "W_out = W // pool_width"),
        base=columns,
        loses=lost(max_fast="windows overlapping gapped speed", max_fast_dx="windows gapped speed"),
        number=36,
    ),
    forward(
        "fast: windows over channels",
        hints.OVER_CHANNELS,
        (
            "out = np.take_along_axis(cols, best[:, None], axis=1)",
            "out = np.take_along_axis(cols, best[:, None], axis=1).reshape(N, C, -1).max(axis=1, keepdims=True) + np.zeros((N, C, 1))",
        ),
        base=columns,
        loses=lost(max_fast="all"),
        number=43,
    ),
    forward(
        "fast: planes in another order",
        "maps reshaped with channels and images mixed up",
        ("planes = x.reshape(N * C, 1, H, W)", "planes = x.transpose(1, 0, 2, 3).reshape(N * C, 1, H, W)"),
        base=columns,
        loses=lost(
            max_fast_dx="square maps windows overlapping gapped together uneven signs manners repeated speed",
        ),
    ),
    forward(
        "fast: float32 output",
        "an output array of float32: it keeps the dtype of x",
        ("return out,", "return out.astype(np.float32),"),
        loses=lost(max_fast="gapped"),
        number=28,
    ),
    forward("fast: nested loops", "four nested loops", (OUT, LOOPS), loses=lost(max_fast="speed")),
    forward(
        "fast: PyTorch's pooling",
        "PyTorch's own pooling",
        (PLACES, f"    import torch\n\n    torch.set_num_threads(1)\n{PLACES}"),
        loses=lost(max_fast="all"),
    ),
    backward(
        "fast: dx overwritten",
        hints.OVERLAP,
        (GIVE, GIVE.replace("+=", "=")),
        loses=lost(max_fast_dx="overlapping together speed"),
        number=31,
    ),
    backward(
        "fast: overlaps lost",
        "dx[index] += with index arrays, which adds only once where windows overlap: np.add.at adds every time",
        ("np.add.at(dx, (slice(None), k, i, j), dcols)", "dx[:, k, i, j] += dcols"),
        base=columns,
        loses=lost(max_fast_dx="overlapping together speed"),
        idea=hints.OVERLAP,
        number=31,
    ),
    backward(
        "fast: only where x is the maximum of the map",
        hints.WHOLE_MAP,
        (GIVE, GIVE.replace("== out", "== x.max(axis=(2, 3), keepdims=True)")),
        loses=lost(max_fast_dx="all"),
        number=40,
    ),
    backward(
        "fast: maxima without keepdims",
        "np.max(axis=(2, 3)) without keepdims, which does not fit the maps",
        (GIVE, GIVE.replace("== out", "== np.max(x, axis=(2, 3))")),
        loses=lost(max_fast_dx="all"),
        number=40,
    ),
    backward(
        "fast: dout repeated",
        "dout repeated to the size of x, which is right only if windows lie side by side",
        (GIVE_ALL, REPEATED),
        loses=lost(max_fast_dx="windows overlapping gapped together speed"),
    ),
    backward(
        "fast: gradient to all of the window",
        hints.TO_ALL,
        (GIVE, "dx[place] += dout"),
        loses=lost(max_fast_dx="all"),
    ),
    backward(
        "fast: mask without dout",
        hints.NO_DOUT,
        (GIVE, "dx[place] += x[place] == out"),
        loses=lost(max_fast_dx="all"),
    ),
    backward(
        "fast: smaller than the maximum",
        "the gradient given to all but the maximum",
        (GIVE, GIVE.replace("==", "!=")),
        loses=lost(max_fast_dx="all"),
    ),
    backward(
        "fast: planes back in another order",
        "maps reshaped with channels and images mixed up",
        ("dx.reshape(x_shape)", "dx.reshape(C, N, H, W).transpose(1, 0, 2, 3)"),
        base=columns,
        loses=lost(max_fast_dx="all"),
    ),
    backward(
        "fast: columns of another order",
        "dout reshaped to columns in another order than the windows are in",
        ("dout.reshape(N * C, 1, -1)", "dout.transpose(0, 1, 3, 2).reshape(N * C, 1, -1)"),
        base=columns,
        loses=lost(max_fast_dx="all"),
    ),
    backward(
        "fast: float32 dx",
        "dx of float32: gradients keep the dtype of the inputs",
        ("dtype=dout.dtype", "dtype=np.float32"),
        loses=lost(max_fast_dx="together"),
        number=28,
    ),
    backward(
        "fast: dout changed",
        "dout itself changed while it is handed out: work on a copy",
        (GIVE, f"{GIVE}\n        dout *= x[place] != out"),
        loses=lost(max_fast_dx="manners"),
        number=27,
    ),
    backward(
        "fast: dx kept",
        "dx added to what an earlier call left",
        (
            "dx = np.zeros(x.shape, dtype=dout.dtype)",
            "dx = x * 0\n    dx += getattr(max_pool_backward_fast, 'dx', 0) if getattr(max_pool_backward_fast, 'x', None) is x else 0\n    max_pool_backward_fast.x, max_pool_backward_fast.dx = x, dx",
        ),
        loses=lost(max_fast_dx="repeated"),
    ),
    backward("fast: nested loops back", "four nested loops", (GIVE_ALL, LOOPS_BACK), loses=lost(max_fast_dx="speed")),
)
