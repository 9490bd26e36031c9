"""Views of all windows at once (sliding_window_view, as_strided), einsum and tensordot; classes, aliases, results as lists."""

from numpy.lib.stride_tricks import as_strided, sliding_window_view
import numpy as np


class Windows:
    """All windows of some planes, as a view: (N, C, H_out, W_out, HH, WW)."""

    def __init__(self, planes, height, width, stride):
        self.planes = planes
        self.view = sliding_window_view(planes, (height, width), axis=(2, 3))[:, :, ::stride, ::stride]
        self.stride = stride

    def give_back(self, shares):
        """Planes with the shares of all their windows added up; shares like the view."""
        total = np.zeros_like(self.planes)
        for p in range(shares.shape[4]):
            for q in range(shares.shape[5]):
                rows = np.arange(shares.shape[2]) * self.stride + p
                columns = np.arange(shares.shape[3]) * self.stride + q
                total[:, :, rows[:, None], columns] += shares[..., p, q]
        return total


def conv_forward_fast(x, w, b, conv_param):
    pad = conv_param["pad"]
    F, _, HH, WW = w.shape
    padded = np.pad(x, [(0, 0)] * 2 + [(pad, pad)] * 2)
    windows = Windows(padded, HH, WW, conv_param["stride"])
    out = np.tensordot(windows.view, w, axes=([1, 4, 5], [1, 2, 3])) + b
    return np.moveaxis(out, 3, 1), (windows, w, pad)


def conv_backward_fast(dout, cache):
    windows, w, pad = cache
    dw = np.tensordot(dout, windows.view, axes=([0, 2, 3], [0, 2, 3]))
    shares = np.tensordot(dout, w, axes=(1, 0)).transpose(0, 3, 1, 2, 4, 5)
    dx = windows.give_back(shares)
    H, W = (side - 2 * pad for side in dx.shape[2:])
    return [dx[:, :, pad : H + pad, pad : W + pad], dw, np.einsum("nfij->f", dout)]


class MaxPool:
    @staticmethod
    def forward(x, pool_param):
        height, width = pool_param["pool_height"], pool_param["pool_width"]
        windows = Windows(x, height, width, pool_param["stride"])
        return [windows.view.max(axis=(4, 5)), windows]

    @staticmethod
    def backward(dout, cache):
        view = cache.view
        best = view.reshape(*view.shape[:4], -1).argmax(axis=-1)
        taps = np.arange(view.shape[4] * view.shape[5])
        shares = (best[..., None] == taps) * dout[..., None]
        return cache.give_back(shares.reshape(view.shape))


max_pool_forward_naive = max_pool_forward_fast = MaxPool.forward
max_pool_backward_naive, max_pool_backward_fast = MaxPool.backward, MaxPool.backward


def avg_pool_forward(x, pool_param):
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    x = np.ascontiguousarray(x)
    n, c, h, w = x.strides
    shape = (*x.shape[:2], (x.shape[2] - height) // stride + 1, (x.shape[3] - width) // stride + 1, height, width)
    view = as_strided(x, shape, (n, c, h * stride, w * stride, h, w), writeable=False)
    return view.mean(axis=(-1, -2)), (Windows(x, height, width, stride), height, width)


def avg_pool_backward(dout, cache):
    windows, height, width = cache
    shares = np.broadcast_to(dout[..., None, None] / (height * width), (*dout.shape, height, width))
    return windows.give_back(shares)
