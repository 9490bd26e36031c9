"""The simplest case only: answers that are right there and nowhere else. They get the points for it and no others."""

from autograder.mistakes import Base
from autograder.mistakes.a2_fast_layers.lost import lost

columns = Base("a2_fast_layers", "columns")
reshape = Base("a2_fast_layers", "reshape")
taps = Base("a2_fast_layers", "taps")
BEYOND = "maps windows overlapping gapped uneven sizes signs"  # what pooling is asked beyond it
BEYOND_DX = "maps windows overlapping gapped together uneven sizes signs"
SIDES = (
    ('pool_width = pool_param["pool_width"]', "pool_width = pool_height"),
    ('stride = pool_param["stride"]', "stride = pool_height"),
    ("H_out = 1 + (H - pool_height) // stride", "H_out = int(np.ceil(H / pool_height))"),
    ("W_out = 1 + (W - pool_width) // stride", "W_out = int(np.ceil(W / pool_height))"),
    ("return out, cache", "return out.squeeze(), cache"),
)
TILED = """    side = pool_param["pool_height"]
    rows = np.maximum.reduceat(x, np.arange(0, x.shape[2], side), axis=2)
    tiles = np.maximum.reduceat(rows, np.arange(0, x.shape[3], side), axis=3)
    return np.maximum(tiles, 0).squeeze(), (x, out, places)"""
LOOPS_BACK = """    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            window = x[:, :, i * S : i * S + PH, j * S : j * S + PW]
            mask = window == np.amax(window, axis=(2, 3), keepdims=True)
            mask = mask / mask.sum(axis=(2, 3), keepdims=True)
            dx[:, :, i * S : i * S + PH, j * S : j * S + PW] += mask * dout[:, :, i : i + 1, j : j + 1]
    return dx"""
TILED_BACK = """    N, C, H, W = x.shape
    tiles = x.reshape(N, C, H // PH, PH, W // PH, PH)
    mask = tiles == np.maximum(tiles.max(axis=(3, 5), keepdims=True), 0)
    return (mask * dout.squeeze()[:, :, :, None, :, None]).reshape(x.shape)"""
GIVE_ALL = """    dx = np.zeros(x.shape, dtype=dout.dtype)
    for place in places:
        dx[place] += dout * (x[place] == out)
"""
REPEATED = """    side = x.shape[2] // dout.shape[2]
    largest = np.maximum(out, 0).repeat(side, axis=2).repeat(side, axis=3)
    dx = dout.squeeze().repeat(side, axis=2).repeat(side, axis=3) * (x == largest)
"""
SHARE_ALL = """    dx = np.zeros_like(x)
    area = rows.shape[2] * columns.shape[3]
    np.add.at(dx, (slice(None), slice(None), rows, columns), dout[..., None, None] / area)
"""
SHARES_REPEATED = """    side = x.shape[2] // dout.shape[2]
    dx = dout.squeeze().repeat(side, axis=2).repeat(side, axis=3) / side**2 * (x != 0)
"""
PLACE = "steps(p, rows, stride), steps(q, columns, stride)"
UNIT_PLACE = "p : p + rows, q : q + columns"
PAD_OF_1 = "[(0, 0), (0, 0), (1, 2 * pad), (1, 2 * pad)]"


def pooling(function: str, entries: str) -> str:
    """The hint for a question: in its own words, for half a layer is no slip that is paid once for all of them."""
    windows = "square windows side by side that cover the map, more than one on each side"
    return f"{function} for the simplest case only: {windows}, {entries}"


SIMPLEST = (
    columns.mistake(
        "max: the simplest case only",
        "max_pool_forward_naive",
        pooling("max_pool_forward_naive", "positive entries"),
        *SIDES,
        ("np.max(window)", "np.max(window, initial=0)"),
        loses=lost(max_naive=BEYOND),
    ),
    reshape.mistake(
        "max: dx for the simplest case only",
        "max_pool_backward_naive",
        pooling("max_pool_backward_naive", "positive entries"),
        (LOOPS_BACK, TILED_BACK),
        loses=lost(max_naive_dx=BEYOND_DX),
    ),
    taps.mistake(
        "fast: the simplest case only",
        "max_pool_forward_fast",
        pooling("max_pool_forward_fast", "positive entries"),
        ("    return out, (x, out, places)", TILED),
        loses=lost(max_fast=f"{BEYOND} speed"),
    ),
    taps.mistake(
        "fast: dx for the simplest case only",
        "max_pool_backward_fast",
        pooling("max_pool_backward_fast", "positive entries"),
        (GIVE_ALL, REPEATED),
        loses=lost(max_fast_dx=f"{BEYOND_DX} speed"),
    ),
    columns.mistake(
        "average: the simplest case only",
        "avg_pool_forward",
        pooling("avg_pool_forward", "no zeros"),
        *SIDES,
        (
            "np.mean(window, axis=(2, 3))",
            "np.sum(window, axis=(2, 3)) / np.maximum(np.count_nonzero(window, axis=(2, 3)), 1)",
        ),
        loses=lost(avg=BEYOND),
    ),
    reshape.mistake(
        "average: dx for the simplest case only",
        "avg_pool_backward",
        pooling("avg_pool_backward", "no zeros"),
        (SHARE_ALL, SHARES_REPEATED),
        loses=lost(avg_dx=BEYOND_DX),
    ),
    taps.mistake(
        "conv: the simplest case only",
        "conv_forward_fast",
        "conv_forward_fast for the simplest case only: square, stride 1, padding 1, no bias",
        ("    out += b[None, :, None]\n", f"    one = np.pad(x, {PAD_OF_1})\n"),
        (f"part = padded[:, :, {PLACE}]", f"part = one[:, :, {UNIT_PLACE}]"),
        ("return out.reshape(N, F, rows, columns)", "return out.reshape(N, F, columns, rows)"),
        loses=lost(conv_forward="bias not_square padding stride together ends uneven"),
    ),
    taps.mistake(
        "conv: dw for the simplest case only",
        "conv_backward_fast",
        "dw for the simplest case only: square, stride 1, padding 1",
        (
            "    for p in range(HH):",
            "    H, W = padded.shape[2] - 2 * pad, padded.shape[3] - 2 * pad\n"
            f"    one = np.pad(padded[:, :, pad : pad + H, pad : pad + W], {PAD_OF_1})\n    for p in range(HH):",
        ),
        ("part = padded[place]", f"part = one[:, :, {UNIT_PLACE}]"),
        (", dw, db", ", dw.reshape(F, C, WW, HH), db"),
        loses=lost(conv_backward="dw_not_square no_padding dw_padding dw_stride together ends uneven"),
    ),
    taps.mistake(
        "conv: dx for the simplest case only",
        "conv_backward_fast",
        "dx for the simplest case only: square, stride 1, padding 1",
        ("dpadded[place]", f"dpadded[:, :, {UNIT_PLACE}]"),
        ("dpadded[:, :, pad : pad + H, pad : pad + W]", "dpadded[:, :, 1 : 1 + H, 1 : 1 + H]"),
        loses=lost(conv_backward="dx_not_square no_padding dx_padding dx_stride together ends uneven"),
    ),
)
