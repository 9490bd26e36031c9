"""Right answers that are faster than nested loops, and not fast: they reach the first steps of speed.

Like the nested loops they spend their time on calls of NumPy for single windows or rows. So a machine that is slow is
slow for both, and the ratios hardly change: 6 to 7 times as fast, or 12 to 14.
"""

from autograder.mistakes import Base
from autograder.mistakes.a2_fast_layers.lost import lost

taps = Base("a2_fast_layers", "taps")
CONV = """    out += b[None, :, None]
    for p in range(HH):
        for q in range(WW):
            part = padded[:, :, steps(p, rows, stride), steps(q, columns, stride)]
            out += w[:, :, p, q] @ part.reshape(N, C, rows * columns)
"""
CHANNEL_BY_CHANNEL = """    out = out.reshape(N, F, rows, columns) + b[:, None, None]
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            for c in range(C):
                window = padded[:, c, top : top + HH, left : left + WW]
                out[:, :, i, j] += window.reshape(N, -1) @ w[:, c].reshape(F, -1).T
"""
WINDOW_BY_WINDOW = """    out = out.reshape(N, F, rows, columns)
    for i, j in np.ndindex(rows, columns):
        top, left = i * stride, j * stride
        window = padded[:, :, top : top + HH, left : left + WW]
        out[:, :, i, j] = np.einsum("nchw,fchw->nf", window, w) + b
"""
CONV_BACK = """    dw = np.zeros_like(w)
    for p in range(HH):
        for q in range(WW):
            place = (slice(None), slice(None), steps(p, rows, stride), steps(q, columns, stride))
            part = padded[place].reshape(N, C, rows * columns)
            dw[:, :, p, q] = (flat @ part.swapaxes(1, 2)).sum(axis=0)
            dpadded[place] += (w[:, :, p, q].T @ flat).reshape(N, C, rows, columns)
"""
WINDOW_BY_WINDOW_BACK = """    w_rows = w.reshape(F, -1)
    dw = np.zeros_like(w_rows)
    for n, i, j in np.ndindex(N, rows, columns):
        top, left = i * stride, j * stride
        given = dout[n, :, i, j]
        dw += given[:, None] * padded[n, :, top : top + HH, left : left + WW].ravel()
        dpadded[n, :, top : top + HH, left : left + WW] += (given @ w_rows).reshape(C, HH, WW)
    dw = dw.reshape(w.shape)
"""
POOL = """    out = x[places[0]].copy()
    for place in places[1:]:
        out = np.maximum(out, x[place])
"""
READ = """    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    out = np.zeros_like(x[places[0]])
"""
MAXIMUM_BY_MAXIMUM = f"""{READ}    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            top, left = i * stride, j * stride
            out[:, :, i, j] = np.max(x[:, :, top : top + height, left : left + width], axis=(2, 3))
"""
ROW_BY_ROW = f"""{READ}    for n, c, i in np.ndindex(out.shape[:3]):
        rows = x[n, c, i * stride : i * stride + height]
        out[n, c, i] = np.lib.stride_tricks.sliding_window_view(rows, width, axis=1)[:, ::stride].max(axis=(0, 2))
"""
POOL_BACK = """    for place in places:
        dx[place] += dout * (x[place] == out)
"""
READ_BACK = """    height = max(place[2].start for place in places) + 1
    width = max(place[3].start for place in places) + 1
    stride = places[0][2].step
"""
PLACE_BY_PLACE = f"""{READ_BACK}    n, c = np.indices(x.shape[:2])
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            top, left = i * stride, j * stride
            window = x[:, :, top : top + height, left : left + width].reshape(*x.shape[:2], -1)
            p, q = np.divmod(window.argmax(axis=2), width)
            dx[n, c, top + p, left + q] += dout[:, :, i, j]
"""
ENTRY_BY_ENTRY = f"""{READ_BACK}    best = np.argmax([x[place] for place in places], axis=0)
    rows = best // width + stride * np.arange(dout.shape[2])[:, None]
    columns = best % width + stride * np.arange(dout.shape[3])
    c = np.arange(x.shape[1])
    for n, i, j in np.ndindex(len(x), *dout.shape[2:]):
        dx[n, c, rows[n, :, i, j], columns[n, :, i, j]] += dout[n, :, i, j]
"""

SLOW = (
    taps.mistake(
        "conv: channel by channel",
        "conv_forward_fast",
        "a step for each window and channel, all filters at once",
        (CONV, CHANNEL_BY_CHANNEL),
        loses=lost(conv_forward="10_times 20_times"),
    ),
    taps.mistake(
        "conv: window by window",
        "conv_forward_fast",
        "a step for each window, all filters at once",
        (CONV, WINDOW_BY_WINDOW),
        loses=lost(conv_forward="20_times"),
    ),
    taps.mistake(
        "conv: window by window back",
        "conv_backward_fast",
        "a step for each window, all filters at once",
        (CONV_BACK, WINDOW_BY_WINDOW_BACK),
        loses=lost(conv_backward="20_times"),
    ),
    taps.mistake(
        "fast: window by window",
        "max_pool_forward_fast",
        "a step for each window, all maps at once",
        (POOL, MAXIMUM_BY_MAXIMUM),
        loses=lost(max_fast="10_times 20_times"),
    ),
    taps.mistake(
        "fast: row by row",
        "max_pool_forward_fast",
        "a step for each row of each map",
        (POOL, ROW_BY_ROW),
        loses=lost(max_fast="20_times"),
    ),
    taps.mistake(
        "fast: window by window back",
        "max_pool_backward_fast",
        "a step for each window, all maps at once",
        (POOL_BACK, PLACE_BY_PLACE),
        loses=lost(max_fast_dx="10_times 20_times"),
    ),
    taps.mistake(
        "fast: added window by window",
        "max_pool_backward_fast",
        "the places of the maxima found at once, and dout handed back in a step for each window",
        (POOL_BACK, ENTRY_BY_ENTRY),
        loses=lost(max_fast_dx="20_times"),
    ),
)
