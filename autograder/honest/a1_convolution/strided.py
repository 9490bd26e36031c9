"""Views with sliding windows; the cache is an object; results are views that are not contiguous, or in Fortran order."""

from types import SimpleNamespace

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view


def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    starts = range(0, size + 2 * pad - dilation * (kernel_size - 1), stride)
    if len(starts) == 0:
        raise ValueError(f"No room for a kernel of {kernel_size} in an input of {size} with pad {pad}.")
    return len(starts)


def conv_cost(input_shape, out_channels, kernel_size, stride=1, pad=0, bias=True):
    channels, *sides = input_shape
    shape = [out_channels] + [conv_output_size(side, kernel_size, stride, pad) for side in sides]
    weights = out_channels * channels * kernel_size**2
    return dict(output_shape=shape, parameters=weights + out_channels * bool(bias), macs=weights * shape[1] * shape[2])


def receptive_field(layers):
    size = 1
    for kernel_size, stride in reversed(layers):
        size = (size - 1) * stride + kernel_size
    return size


def cross_correlate2d(x, k):
    windows = sliding_window_view(x, k.shape)
    return np.asfortranarray(np.einsum("ijpq,pq->ij", windows, k))


def convolve2d(x, k):
    windows = sliding_window_view(x, k.shape)
    return (windows * np.flip(k)).sum((-2, -1)).T.copy().T


def windows_of(x, HH, WW, stride, pad):
    """Every window, shape (N, C, H_out, W_out, HH, WW): a view of the padded images."""
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    return padded, sliding_window_view(padded, (HH, WW), axis=(2, 3))[:, :, ::stride, ::stride]


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded, windows = windows_of(x, w.shape[2], w.shape[3], stride, pad)
    out = np.tensordot(windows, w, ((1, 4, 5), (1, 2, 3))) + b
    cache = SimpleNamespace(windows=windows, w=w, stride=stride, pad=pad, shape=x.shape, padded_shape=padded.shape)
    return out.transpose(0, 3, 1, 2), cache


def conv_backward_naive(dout, cache):
    """dx is the full correlation of dout, spread out by the stride, with the flipped filters."""
    N, C, H, W = cache.shape
    F, _, HH, WW = cache.w.shape
    s, pad = cache.stride, cache.pad
    Hp, Wp = cache.padded_shape[2:]
    spread = np.zeros((N, F, Hp + HH - 1, Wp + WW - 1), dout.dtype)
    spread[:, :, HH - 1 : HH - 1 + s * dout.shape[2] : s, WW - 1 : WW - 1 + s * dout.shape[3] : s] = dout
    spread_windows = sliding_window_view(spread, (HH, WW), axis=(2, 3))
    dx = np.einsum("nfhwij,fcij->nchw", spread_windows, cache.w[:, :, ::-1, ::-1])
    dx = dx[:, :, pad : Hp - pad, pad : Wp - pad]
    dw = np.einsum("nfij,ncijpq->fcpq", dout, cache.windows)
    return dx, np.asfortranarray(dw), np.einsum("nfij->f", dout)


def dilated_conv_forward(x, w, b, conv_param):
    d = conv_param["dilation"] if "dilation" in conv_param else 1
    s, p = conv_param["stride"], conv_param["pad"]
    HH, WW = w.shape[2:]
    _, windows = windows_of(x, d * (HH - 1) + 1, d * (WW - 1) + 1, s, p)
    out = np.einsum("nchwij,fcij->fnhw", windows[..., ::d, ::d], w) + b.reshape(-1, 1, 1, 1)
    return out.swapaxes(0, 1), windows


def conv1x1_forward(x, w, b):
    return (np.moveaxis(x, 1, -1) @ w.T + b).transpose(0, 3, 1, 2)


def conv1d_forward(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.zeros((x.shape[0], x.shape[1], x.shape[2] + 2 * pad))
    padded[:, :, pad : pad + x.shape[2]] = x
    N, C, L = padded.shape
    step = padded.strides
    L_out = (L - w.shape[2]) // stride + 1
    windows = as_strided(padded, (N, C, L_out, w.shape[2]), (step[0], step[1], step[2] * stride, step[2]))
    return (np.tensordot(windows, w, ((1, 3), (1, 2))) + b).swapaxes(1, 2)


def conv3d_forward(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad,) * 2, (pad,) * 2, (pad,) * 2))
    windows = sliding_window_view(padded, w.shape[2:], axis=(2, 3, 4))[:, :, ::stride, ::stride, ::stride]
    return np.einsum("ncxyzijk,fcijk->nfxyz", windows, w) + b.reshape(1, -1, 1, 1, 1)
