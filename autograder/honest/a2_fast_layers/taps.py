"""A loop over the places in a window, slices of everything else; keyword arguments and dicts as caches."""

import numpy as np


def steps(start, count, stride):
    return slice(start, start + (count - 1) * stride + 1, stride)


def conv_forward_fast(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    rows = (H + 2 * pad - HH) // stride + 1
    columns = (W + 2 * pad - WW) // stride + 1
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=x.dtype)
    padded[:, :, pad : pad + H, pad : pad + W] = x
    out = np.zeros((N, F, rows * columns), dtype=x.dtype)
    out += b[None, :, None]
    for p in range(HH):
        for q in range(WW):
            part = padded[:, :, steps(p, rows, stride), steps(q, columns, stride)]
            out += w[:, :, p, q] @ part.reshape(N, C, rows * columns)
    return out.reshape(N, F, rows, columns), {"padded": padded, "w": w, "stride": stride, "pad": pad}


def conv_backward_fast(dout, cache):
    padded, w, stride, pad = cache["padded"], cache["w"], cache["stride"], cache["pad"]
    N, F, rows, columns = dout.shape
    F, C, HH, WW = w.shape
    flat = dout.reshape(N, F, rows * columns)
    dpadded = np.zeros_like(padded)
    dw = np.zeros_like(w)
    for p in range(HH):
        for q in range(WW):
            place = (slice(None), slice(None), steps(p, rows, stride), steps(q, columns, stride))
            part = padded[place].reshape(N, C, rows * columns)
            dw[:, :, p, q] = (flat @ part.swapaxes(1, 2)).sum(axis=0)
            dpadded[place] += (w[:, :, p, q].T @ flat).reshape(N, C, rows, columns)
    db = flat.sum(axis=(0, 2))
    H, W = padded.shape[2] - 2 * pad, padded.shape[3] - 2 * pad
    return dpadded[:, :, pad : pad + H, pad : pad + W], dw, db


def window_places(H, W, pool_param):
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    rows, columns = (H - height) // stride + 1, (W - width) // stride + 1
    for p in range(height):
        for q in range(width):
            yield (slice(None), slice(None), steps(p, rows, stride), steps(q, columns, stride))


def max_pool_forward_naive(x, pool_param):
    parts = [x[place] for place in window_places(*x.shape[2:], pool_param)]
    return np.max(parts, axis=0), (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    best = np.argmax([x[place] for place in window_places(*x.shape[2:], pool_param)], axis=0)
    dx = np.zeros_like(x)
    for number, place in enumerate(window_places(*x.shape[2:], pool_param)):
        dx[place] += np.where(best == number, dout, 0)
    return dx


def max_pool_forward_fast(x, pool_param):
    places = list(window_places(*x.shape[2:], pool_param))
    out = x[places[0]].copy()
    for place in places[1:]:
        out = np.maximum(out, x[place])
    return out, (x, out, places)


def max_pool_backward_fast(dout, cache):
    x, out, places = cache
    dx = np.zeros(x.shape, dtype=dout.dtype)
    for place in places:
        dx[place] += dout * (x[place] == out)
    return dx


def avg_pool_forward(x, pool_param):
    area = pool_param["pool_height"] * pool_param["pool_width"]
    places = list(window_places(*x.shape[2:], pool_param))
    out = np.zeros_like(x[places[0]])
    for place in places:
        out += x[place] / area
    return out, (x.shape, pool_param)


def avg_pool_backward(dout, cache):
    x_shape, pool_param = cache
    area = pool_param["pool_height"] * pool_param["pool_width"]
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for place in window_places(*x_shape[2:], pool_param):
        dx[place] += dout / area
    return dx
