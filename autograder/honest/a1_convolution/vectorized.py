"""im2col with index arrays: a matrix product forward, np.add.at backward. The cache is a dict, counts are NumPy's."""

import numpy as np


def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    room = size + 2 * pad - dilation * (kernel_size - 1) - 1
    if room < 0:
        raise ValueError("kernel larger than the padded input")
    return np.floor_divide(np.int64(room), stride) + 1


def conv_cost(input_shape, out_channels, kernel_size, stride=1, pad=0, bias=True):
    spatial = (np.array(input_shape[1:]) + 2 * pad - kernel_size) // stride + 1
    weights = np.array([out_channels, input_shape[0], kernel_size, kernel_size])
    return {
        "macs": spatial.prod() * weights.prod(),
        "parameters": weights.prod() + int(bias) * out_channels,
        "output_shape": np.concatenate([[out_channels], spatial]),
    }


def receptive_field(layers):
    kernels = np.array([kernel for kernel, _ in layers], dtype=int)
    strides = np.array([1] + [stride for _, stride in layers], dtype=int)
    return 1 + np.sum((kernels - 1) * np.cumprod(strides)[: len(layers)])


def cross_correlate2d(x, k):
    rows = np.arange(x.shape[0] - k.shape[0] + 1)[:, None] + np.arange(k.shape[0])
    columns = np.arange(x.shape[1] - k.shape[1] + 1)[:, None] + np.arange(k.shape[1])
    return np.tensordot(x[rows[:, None, :, None], columns[None, :, None, :]], k, 2)


def convolve2d(x, k):
    return cross_correlate2d(x, np.rot90(k, 2))


def window_index(C, HH, WW, H_out, W_out, stride):
    """Index arrays (channels, rows, columns): one row for each entry of a filter, one column for each window."""
    rows = np.repeat(np.arange(HH), WW)
    rows = np.tile(rows, C)
    columns = np.tile(np.arange(WW), HH * C)
    tops = stride * np.repeat(np.arange(H_out), W_out)
    lefts = stride * np.tile(np.arange(W_out), H_out)
    channels = np.repeat(np.arange(C), HH * WW)
    return channels[:, None], rows[:, None] + tops, columns[:, None] + lefts


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    H_out = (H + 2 * pad - HH) // stride + 1
    W_out = (W + 2 * pad - WW) // stride + 1
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    index = window_index(C, HH, WW, H_out, W_out, stride)
    cols = x_pad[(slice(None), *index)]
    out = np.matmul(w.reshape(F, -1), cols) + b.reshape(-1, 1)
    cache = {"x": x, "w": w, "cols": cols, "index": index, "pad": pad}
    return [out.reshape(N, F, H_out, W_out), cache]


def conv_backward_naive(dout, cache):
    x, w, cols, index, pad = (cache[key] for key in ("x", "w", "cols", "index", "pad"))
    N, C, H, W = x.shape
    F = w.shape[0]
    dout_cols = dout.reshape(N, F, -1)
    dcols = np.matmul(w.reshape(F, -1).T, dout_cols)
    dx_pad = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    np.add.at(dx_pad, (slice(None), *index), dcols)
    dx = dx_pad[:, :, pad : H + pad, pad : W + pad]
    dw = np.einsum("nfp,nkp->fk", dout_cols, cols).reshape(w.shape)
    return [dx, dw, dout_cols.sum(axis=(0, 2))]


def dilated_conv_forward(x, w, b, conv_param):
    stride, pad, d = conv_param["stride"], conv_param["pad"], conv_param.get("dilation", 1)
    F, C, HH, WW = w.shape
    with_gaps = np.zeros((F, C, d * (HH - 1) + 1, d * (WW - 1) + 1))
    with_gaps[:, :, ::d, ::d] = w
    return conv_forward_naive(x, with_gaps, b, {"stride": stride, "pad": pad})


def conv1x1_forward(x, w, b):
    N, C, H, W = x.shape
    return (w @ x.reshape(N, C, H * W) + b[:, None]).reshape(N, -1, H, W)


def conv1d_forward(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad)])
    taps = w.shape[2]
    starts = stride * np.arange((padded.shape[2] - taps) // stride + 1)
    return np.einsum("nclk,fck->nfl", padded[:, :, starts[:, None] + np.arange(taps)], w) + b[None, :, None]


def conv3d_forward(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, [(0, 0), (0, 0)] + [(pad, pad)] * 3)
    sizes = [(n - k) // stride + 1 for n, k in zip(padded.shape[2:], w.shape[2:])]
    out = np.zeros((x.shape[0], w.shape[0], *sizes))
    for d, h, v in np.ndindex(*w.shape[2:]):
        part = padded[:, :, d : d + stride * sizes[0] : stride, h : h + stride * sizes[1] : stride]
        part = part[..., v : v + stride * sizes[2] : stride]
        out += np.einsum("ncdhw,fc->nfdhw", part[:, :, : sizes[0], : sizes[1], : sizes[2]], w[:, :, d, h, v])
    return out + b[:, None, None, None]
