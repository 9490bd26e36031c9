"""Images last in the columns; tiles by a reshape where they fit; running maxima in plain loops; ties shared out."""

import numpy as np


def window_indices(H_out, W_out, HH, WW, stride):
    rows = stride * np.arange(H_out)[:, None, None, None] + np.arange(HH)[None, None, :, None]
    columns = stride * np.arange(W_out)[None, :, None, None] + np.arange(WW)[None, None, None, :]
    return rows, columns


def conv_forward_fast(x, w, b, conv_param):
    S, P = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    H_out, W_out = 1 + (H + 2 * P - HH) // S, 1 + (W + 2 * P - WW) // S
    x_pad = np.zeros((N, C, H + 2 * P, W + 2 * P), dtype=x.dtype)
    x_pad[:, :, P : H + P, P : W + P] = x
    rows, columns = window_indices(H_out, W_out, HH, WW, S)
    cols = x_pad[:, :, rows, columns].transpose(1, 4, 5, 2, 3, 0).reshape(C * HH * WW, -1)
    out = w.reshape(F, -1).dot(cols) + b[:, np.newaxis]
    out = out.reshape(F, H_out, W_out, N).transpose(3, 0, 1, 2)
    return out, (x, w, conv_param, cols)


def conv_backward_fast(dout, cache):
    x, w, conv_param, cols = cache
    S, P = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    _, _, H_out, W_out = dout.shape
    flat = dout.transpose(1, 2, 3, 0).reshape(F, -1)
    dw = flat.dot(cols.T).reshape(w.shape)
    dcols = w.reshape(F, -1).T.dot(flat).reshape(C, HH, WW, H_out, W_out, N)
    dx_pad = np.zeros((N, C, H + 2 * P, W + 2 * P), dtype=dout.dtype)
    for p in range(HH):
        for q in range(WW):
            seen = dx_pad[:, :, p : p + S * H_out : S, q : q + S * W_out : S]
            seen += dcols[:, p, q].transpose(3, 0, 1, 2)
    return dx_pad[:, :, P : P + H, P : P + W], dw, np.sum(flat, axis=1)


def max_pool_forward_naive(x, pool_param):
    PH, PW, S = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    out = np.full((N, C, 1 + (H - PH) // S, 1 + (W - PW) // S), -np.inf)
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            for p in range(PH):
                for q in range(PW):
                    out[:, :, i, j] = np.maximum(out[:, :, i, j], x[:, :, i * S + p, j * S + q])
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    PH, PW, S = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            window = x[:, :, i * S : i * S + PH, j * S : j * S + PW]
            mask = window == np.amax(window, axis=(2, 3), keepdims=True)
            mask = mask / mask.sum(axis=(2, 3), keepdims=True)
            dx[:, :, i * S : i * S + PH, j * S : j * S + PW] += mask * dout[:, :, i : i + 1, j : j + 1]
    return dx


def max_pool_forward_fast(x, pool_param):
    PH, PW, S = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    if PH == PW == S and H % PH == 0 and W % PW == 0:
        tiles = x.reshape(N, C, H // PH, PH, W // PW, PW)
        return tiles.max(axis=3).max(axis=4), ("tiles", x, tiles)
    rows, columns = window_indices(1 + (H - PH) // S, 1 + (W - PW) // S, PH, PW, S)
    return x[:, :, rows, columns].max(axis=(4, 5)), ("windows", x, (rows, columns))


def max_pool_backward_fast(dout, cache):
    way, x, more = cache
    if way == "tiles":
        largest = more.max(axis=(3, 5), keepdims=True)
        mask = more == largest
        spread = mask * dout[:, :, :, None, :, None] / mask.sum(axis=(3, 5), keepdims=True)
        return spread.reshape(x.shape)
    rows, columns = more
    windows = x[:, :, rows, columns]
    mask = windows == windows.max(axis=(4, 5), keepdims=True)
    dx = np.zeros(x.shape)
    np.add.at(dx, (slice(None), slice(None), rows, columns), mask * dout[..., None, None])
    return dx


def avg_pool_forward(x, pool_param):
    PH, PW, S = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    H_out, W_out = 1 + (x.shape[2] - PH) // S, 1 + (x.shape[3] - PW) // S
    rows, columns = window_indices(H_out, W_out, PH, PW, S)
    return x[:, :, rows, columns].mean(axis=(4, 5)), (x, rows, columns)


def avg_pool_backward(dout, cache):
    x, rows, columns = cache
    dx = np.zeros_like(x)
    area = rows.shape[2] * columns.shape[3]
    np.add.at(dx, (slice(None), slice(None), rows, columns), dout[..., None, None] / area)
    return dx
