"""Mistakes that leave most of a layer right: each costs what one or two hidden tests are there for."""

from autograder.mistakes import Base
from autograder.mistakes.a2_fast_layers import hints
from autograder.mistakes.a2_fast_layers.lost import lost

columns = Base("a2_fast_layers", "columns")
reshape = Base("a2_fast_layers", "reshape")
taps = Base("a2_fast_layers", "taps")
NAIVE = "max_pool_forward_naive", "max_pool_backward_naive"
FAST = "max_pool_forward_fast", "max_pool_backward_fast"
AVG = "avg_pool_forward", "avg_pool_backward"
CONV = "conv_forward_fast", "conv_backward_fast"
TOP, LEFT = "top = i * stride", "left = j * stride"
# beyond the map there would be no windows: the last ones are pushed back into it
APART = (
    (TOP, "top = min(i * max(stride, pool_height), H - pool_height)"),
    (LEFT, "left = min(j * max(stride, pool_width), W - pool_width)"),
)
APART_FAST = """    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    rows = np.minimum(np.arange(out.shape[2]) * max(stride, height), x.shape[2] - height)
    columns = np.minimum(np.arange(out.shape[3]) * max(stride, width), x.shape[3] - width)
    windows = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(2, 3))
    return windows[:, :, rows[:, None], columns].max(axis=(4, 5)), (x, out, places)"""
GIVE = "dx[place] += dout * (x[place] == out)"
TILED = """    height = max(place[2].start for place in places) + 1
    width = max(place[3].start for place in places) + 1
    stride = places[0][2].step
    if stride >= max(height, width):
        given = dout.repeat(height, axis=2).repeat(width, axis=3)
        largest = out.repeat(height, axis=2).repeat(width, axis=3)
        part = (slice(None), slice(None), slice(given.shape[2]), slice(given.shape[3]))
        dx[part] = given * (x[part] == largest)
        return dx
"""
LOOP = "    for place in places:\n"
AS_WIDE_AS_HIGH = """        columns = place[3]
        columns = slice(columns.start, columns.start + (dout.shape[2] - 1) * columns.step + 1, columns.step)
        place = (*place[:3], columns)
"""
WHOLE_MAP = """    if (H_out, W_out) == (1, 1):
        dx = dout * np.ones(x_shape)
    return dx"""
NOT_ZERO = """    windows = x[:, :, rows, columns]
    shares = (windows != 0) / np.maximum(np.count_nonzero(windows, axis=(4, 5), keepdims=True), 1)
    np.add.at(dx, (slice(None), slice(None), rows, columns), dout[..., None, None] * shares)"""
CONV_CACHE = "    cache = (x.shape, w, conv_param, cols, (k, i, j))"
TILES = """    if HH == WW == stride > 1 and x_pad.shape[2] % HH == 0 and x_pad.shape[3] % WW == 0:
        tiles = x_pad.reshape(N, C, HH, H_out, WW, W_out)
        out = np.einsum("ncphqw,fcpq->nfhw", tiles, w) + b[:, None, None]
"""
ADD_AT = "np.add.at(dx_pad, (slice(None), k, i, j), dcols)"
ADD_AT_INT16 = """Wp = W + 2 * pad
    places = ((k * (H + 2 * pad) + i) * Wp + j).astype(np.int16)
    np.add.at(dx_pad.reshape(N, -1), (slice(None), places), dcols)"""

PARTIAL = (
    columns.mistake(
        "max: windows never overlap",
        NAIVE[0],
        hints.NEVER_OVERLAP,
        *APART,
        loses=lost(max_naive="windows overlapping"),
    ),
    taps.mistake(
        "fast: windows never overlap",
        FAST[0],
        hints.NEVER_OVERLAP,
        ("    return out, (x, out, places)", APART_FAST),
        loses=lost(max_fast="windows overlapping speed"),
    ),
    columns.mistake(
        "average: windows never overlap",
        AVG[0],
        hints.NEVER_OVERLAP,
        *APART,
        loses=lost(avg="windows overlapping"),
    ),
    columns.mistake(
        "max: dx side by side",
        NAIVE[1],
        hints.SIDE_BY_SIDE,
        (TOP, "top = i * min(stride, pool_height)"),
        (LEFT, "left = j * min(stride, pool_width)"),
        loses=lost(max_naive_dx="windows gapped together"),
    ),
    taps.mistake(
        "fast: dx side by side",
        FAST[1],
        hints.SIDE_BY_SIDE,
        (LOOP, TILED + LOOP),
        loses=lost(max_fast_dx="windows gapped together"),
    ),
    taps.mistake(
        "fast: dx as wide as high",
        FAST[1],
        hints.WIDTH_FROM_HEIGHT,
        (LOOP, LOOP + AS_WIDE_AS_HIGH),
        loses=lost(max_fast_dx="maps together"),
        number=37,
    ),
    columns.mistake(
        "average: dx as wide as high",
        AVG[1],
        hints.WIDTH_FROM_HEIGHT,
        ("H_out, W_out = dout.shape[2:]", "H_out = W_out = dout.shape[2]"),
        loses=lost(avg_dx="maps together"),
        number=37,
    ),
    columns.mistake(
        "max: place of 8 bits",
        NAIVE[1],
        hints.SMALL_INDEX,
        ("best = np.argmax(window)", "best = np.argmax(window).astype(np.uint8)"),
        loses=lost(max_naive_dx="sizes"),
    ),
    columns.mistake(
        "average: share of the whole map",
        AVG[1],
        "dout not divided where one window covers the map: each place gets its share there too",
        ("    return dx", WHOLE_MAP),
        loses=lost(avg_dx="sizes"),
        number=42,
    ),
    reshape.mistake(
        "average: shares for what is not zero",
        AVG[1],
        "dout shared out among the entries that are not zero: zeros get their share too",
        ("    np.add.at(dx, (slice(None), slice(None), rows, columns), dout[..., None, None] / area)", NOT_ZERO),
        loses=lost(avg_dx="signs"),
        number=42,
    ),
    columns.mistake(
        "average: dx kept between calls",
        AVG[1],
        "dx kept from call to call: start from zeros each time",
        ("dx = np.zeros(x_shape)", 'dx = pool_param.setdefault("dx", np.zeros(x_shape))'),
        (AVG[0], "cache = (x.shape, pool_param)", "cache = (x.shape, dict(pool_param))"),
        loses=lost(avg_dx="repeated"),
    ),
    columns.mistake(
        "conv: tiles of other places",
        CONV[0],
        "a reshape into tiles, where the stride equals the filter, with the place in a tile before the tile's number",
        (CONV_CACHE, TILES + CONV_CACHE),
        loses=lost(conv_forward="stride together"),
    ),
    columns.mistake(
        "conv: index of 16 bits back",
        CONV[1],
        hints.SMALL_INDEX,
        (ADD_AT, ADD_AT_INT16),
        loses=lost(conv_backward="together"),
    ),
    columns.mistake(
        "conv: sides of dw swapped",
        CONV[1],
        "dw reshaped to (F, C, WW, HH): it has the shape of w, (F, C, HH, WW)",
        (".reshape(w.shape)", ".reshape(F, C, WW, HH)"),
        loses=lost(conv_backward="dw_not_square together"),
        number=20,
    ),
    taps.mistake(
        "conv: filter sides swapped back",
        CONV[1],
        "HH and WW swapped on the way back",
        ("F, C, HH, WW = w.shape", "F, C, WW, HH = w.shape"),
        loses=lost(conv_backward="dw_not_square dx_not_square together"),
        number=20,
    ),
    taps.mistake(
        "conv: stride ignored back",
        CONV[1],
        "the stride ignored on the way back",
        ('cache["stride"]', "1"),
        loses=lost(conv_backward="dw_stride dx_stride together ends uneven"),
        number=19,
    ),
    columns.mistake(
        "conv: pad of 1 always back",
        CONV[1],
        "padding of 1 whatever conv_param says",
        ('pad = conv_param["pad"]', "pad = 1"),
        loses=lost(conv_backward="no_padding dw_padding dx_padding together"),
        number=18,
    ),
)
