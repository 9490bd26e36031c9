"""Plain loops over images, filters and windows; the cache is the tuple of the arguments."""

import numpy as np


def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    covered = dilation * (kernel_size - 1) + 1
    if covered > size + 2 * pad:
        raise ValueError(f"a filter covering {covered} places does not fit into {size + 2 * pad}")
    return (size + 2 * pad - covered) // stride + 1


def conv_cost(input_shape, out_channels, kernel_size, stride=1, pad=0, bias=True):
    C, H, W = input_shape
    H_out = (H + 2 * pad - kernel_size) // stride + 1
    W_out = (W + 2 * pad - kernel_size) // stride + 1
    weights = C * kernel_size * kernel_size
    parameters = out_channels * weights
    if bias:
        parameters += out_channels
    macs = out_channels * H_out * W_out * weights
    return {"output_shape": (out_channels, H_out, W_out), "parameters": parameters, "macs": macs}


def receptive_field(layers):
    size = 1
    step = 1
    for kernel, stride in layers:
        size = size + (kernel - 1) * step
        step = step * stride
    return size


def cross_correlate2d(x, k):
    H, W = x.shape
    HH, WW = k.shape
    y = np.zeros((H - HH + 1, W - WW + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = np.sum(x[i : i + HH, j : j + WW] * k)
    return y


def convolve2d(x, k):
    H, W = x.shape
    HH, WW = k.shape
    flipped = k[::-1, ::-1]
    y = np.zeros((H - HH + 1, W - WW + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = np.sum(x[i : i + HH, j : j + WW] * flipped)
    return y


def conv_forward_naive(x, w, b, conv_param):
    stride = conv_param["stride"]
    pad = conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    top = i * stride
                    left = j * stride
                    window = x_pad[n, :, top : top + HH, left : left + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    cache = (x, w, b, conv_param)
    return out, cache


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride = conv_param["stride"]
    pad = conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    _, _, H_out, W_out = dout.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    dx_pad = np.zeros_like(x_pad)
    dw = np.zeros_like(w)
    db = np.sum(dout, axis=(0, 2, 3))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    top = i * stride
                    left = j * stride
                    window = x_pad[n, :, top : top + HH, left : left + WW]
                    dw[f] += window * dout[n, f, i, j]
                    dx_pad[n, :, top : top + HH, left : left + WW] += w[f] * dout[n, f, i, j]
    dx = dx_pad[:, :, pad : pad + H, pad : pad + W]
    return dx, dw, db


def dilated_conv_forward(x, w, b, conv_param):
    stride = conv_param["stride"]
    pad = conv_param["pad"]
    dilation = conv_param.get("dilation", 1)
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    rows = dilation * (HH - 1) + 1
    columns = dilation * (WW - 1) + 1
    H_out = 1 + (H + 2 * pad - rows) // stride
    W_out = 1 + (W + 2 * pad - columns) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    top = i * stride
                    left = j * stride
                    window = x_pad[n, :, top : top + rows : dilation, left : left + columns : dilation]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, None


def conv1x1_forward(x, w, b):
    out = np.einsum("nchw,fc->nfhw", x, w)
    return out + b[:, None, None]


def conv1d_forward(x, w, b, conv_param):
    stride = conv_param["stride"]
    pad = conv_param["pad"]
    N, C, L = x.shape
    F, _, K = w.shape
    L_out = 1 + (L + 2 * pad - K) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad)))
    out = np.zeros((N, F, L_out))
    for n in range(N):
        for f in range(F):
            for i in range(L_out):
                start = i * stride
                out[n, f, i] = np.sum(x_pad[n, :, start : start + K] * w[f]) + b[f]
    return out


def conv3d_forward(x, w, b, conv_param):
    stride = conv_param["stride"]
    pad = conv_param["pad"]
    N, C, D, H, W = x.shape
    F, _, DD, HH, WW = w.shape
    D_out = 1 + (D + 2 * pad - DD) // stride
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, D_out, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for d in range(D_out):
                for i in range(H_out):
                    for j in range(W_out):
                        front = d * stride
                        top = i * stride
                        left = j * stride
                        window = x_pad[n, :, front : front + DD, top : top + HH, left : left + WW]
                        out[n, f, d, i, j] = np.sum(window * w[f]) + b[f]
    return out
