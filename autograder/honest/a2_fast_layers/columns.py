"""Index arrays: im2col and col2im with np.add.at; pooling by loops, and fast by sorting windows into columns too."""

import numpy as np


def out_size(size, kernel, stride, pad=0):
    return (size + 2 * pad - kernel) // stride + 1


def get_indices(C, H_out, W_out, HH, WW, stride):
    """Channel, row and column of each entry of the columns, shapes (C*HH*WW, 1), (C*HH*WW, H_out*W_out) twice."""
    k = np.repeat(np.arange(C), HH * WW).reshape(-1, 1)
    i0 = np.tile(np.repeat(np.arange(HH), WW), C)
    j0 = np.tile(np.arange(WW), HH * C)
    i1 = stride * np.repeat(np.arange(H_out), W_out)
    j1 = stride * np.tile(np.arange(W_out), H_out)
    return k, i0.reshape(-1, 1) + i1.reshape(1, -1), j0.reshape(-1, 1) + j1.reshape(1, -1)


def conv_forward_fast(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param["stride"], conv_param["pad"]
    H_out = out_size(H, HH, stride, pad)
    W_out = out_size(W, WW, stride, pad)
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    k, i, j = get_indices(C, H_out, W_out, HH, WW, stride)
    cols = x_pad[:, k, i, j]
    out = w.reshape(F, -1) @ cols + b.reshape(1, F, 1)
    out = out.reshape(N, F, H_out, W_out)
    cache = (x.shape, w, conv_param, cols, (k, i, j))
    return out, cache


def conv_backward_fast(dout, cache):
    x_shape, w, conv_param, cols, (k, i, j) = cache
    N, C, H, W = x_shape
    F, _, HH, WW = w.shape
    pad = conv_param["pad"]
    db = np.sum(dout, axis=(0, 2, 3))
    dout_rows = dout.reshape(N, F, -1)
    dw = np.sum(dout_rows @ cols.transpose(0, 2, 1), axis=0).reshape(w.shape)
    dcols = w.reshape(F, -1).T @ dout_rows
    dx_pad = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=dout.dtype)
    np.add.at(dx_pad, (slice(None), k, i, j), dcols)
    dx = dx_pad[:, :, pad : pad + H, pad : pad + W]
    return dx, dw, db


def max_pool_forward_naive(x, pool_param):
    N, C, H, W = x.shape
    pool_height = pool_param["pool_height"]
    pool_width = pool_param["pool_width"]
    stride = pool_param["stride"]
    H_out = 1 + (H - pool_height) // stride
    W_out = 1 + (W - pool_width) // stride
    out = np.zeros((N, C, H_out, W_out))
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    top = i * stride
                    left = j * stride
                    window = x[n, c, top : top + pool_height, left : left + pool_width]
                    out[n, c, i, j] = np.max(window)
    cache = (x, pool_param)
    return out, cache


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    N, C, H, W = x.shape
    pool_height = pool_param["pool_height"]
    pool_width = pool_param["pool_width"]
    stride = pool_param["stride"]
    H_out = 1 + (H - pool_height) // stride
    W_out = 1 + (W - pool_width) // stride
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    top = i * stride
                    left = j * stride
                    window = x[n, c, top : top + pool_height, left : left + pool_width]
                    best = np.argmax(window)
                    row = best // pool_width
                    column = best % pool_width
                    dx[n, c, top + row, left + column] += dout[n, c, i, j]
    return dx


def max_pool_forward_fast(x, pool_param):
    N, C, H, W = x.shape
    pool_height, pool_width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    H_out = out_size(H, pool_height, stride)
    W_out = out_size(W, pool_width, stride)
    planes = x.reshape(N * C, 1, H, W)
    k, i, j = get_indices(1, H_out, W_out, pool_height, pool_width, stride)
    cols = planes[:, k, i, j]
    best = np.argmax(cols, axis=1)
    out = np.take_along_axis(cols, best[:, None], axis=1)
    out = out.reshape(N, C, H_out, W_out)
    cache = (x.shape, best, cols.shape, (k, i, j))
    return out, cache


def max_pool_backward_fast(dout, cache):
    x_shape, best, cols_shape, (k, i, j) = cache
    N, C, H, W = x_shape
    dcols = np.zeros(cols_shape, dtype=dout.dtype)
    np.put_along_axis(dcols, best[:, None], dout.reshape(N * C, 1, -1), axis=1)
    dx = np.zeros((N * C, 1, H, W), dtype=dout.dtype)
    np.add.at(dx, (slice(None), k, i, j), dcols)
    return dx.reshape(x_shape)


def avg_pool_forward(x, pool_param):
    N, C, H, W = x.shape
    pool_height = pool_param["pool_height"]
    pool_width = pool_param["pool_width"]
    stride = pool_param["stride"]
    H_out = 1 + (H - pool_height) // stride
    W_out = 1 + (W - pool_width) // stride
    out = np.zeros((N, C, H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            top = i * stride
            left = j * stride
            window = x[:, :, top : top + pool_height, left : left + pool_width]
            out[:, :, i, j] = np.mean(window, axis=(2, 3))
    cache = (x.shape, pool_param)
    return out, cache


def avg_pool_backward(dout, cache):
    x_shape, pool_param = cache
    N, C, H, W = x_shape
    pool_height = pool_param["pool_height"]
    pool_width = pool_param["pool_width"]
    stride = pool_param["stride"]
    H_out, W_out = dout.shape[2:]
    area = pool_height * pool_width
    dx = np.zeros(x_shape)
    for i in range(H_out):
        for j in range(W_out):
            top = i * stride
            left = j * stride
            share = dout[:, :, i, j] / area
            dx[:, :, top : top + pool_height, left : left + pool_width] += share[:, :, None, None]
    return dx
