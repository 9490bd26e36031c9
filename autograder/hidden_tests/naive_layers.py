"""Layers with nested loops and nothing clever: what the speed questions and the bench measure against."""

from __future__ import annotations

import numpy as np

Cache = tuple


def conv_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray, param: dict[str, int]) -> tuple[np.ndarray, Cache]:
    """Shapes: x (N, C, H, W), w (F, C, HH, WW), b (F,), out (N, F, H_out, W_out); one product of windows an output."""
    (N, _, H, W), (F, _, HH, WW) = x.shape, w.shape
    stride, pad = param["stride"], param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1), x.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    top, left = i * stride, j * stride
                    out[n, f, i, j] = np.sum(padded[n, :, top : top + HH, left : left + WW] * w[f]) + b[f]
    return out, (padded, w, stride, pad)


def conv_backward(dout: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """dx, dw and db, of the shapes of x, w and b."""
    padded, w, stride, pad = cache
    HH, WW = w.shape[2:]
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for n, f, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        dw[f] += dout[n, f, i, j] * padded[n, :, top : top + HH, left : left + WW]
        dpadded[n, :, top : top + HH, left : left + WW] += dout[n, f, i, j] * w[f]
    H, W = padded.shape[2] - 2 * pad, padded.shape[3] - 2 * pad
    return dpadded[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))


def max_pool_forward(x: np.ndarray, param: dict[str, int]) -> tuple[np.ndarray, Cache]:
    """Shapes: x (N, C, H, W), out (N, C, H_out, W_out); one window at a time."""
    N, C, H, W = x.shape
    height, width, stride = param["pool_height"], param["pool_width"], param["stride"]
    out = np.zeros((N, C, (H - height) // stride + 1, (W - width) // stride + 1), x.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    top, left = i * stride, j * stride
                    window = x[n, c, top : top + height, left : left + width]
                    out[n, c, i, j] = window[np.unravel_index(np.argmax(window), window.shape)]
    return out, (x, param)


def max_pool_backward(dout: np.ndarray, cache: Cache) -> np.ndarray:
    """dx, of the shape of x: each gradient goes to the maximum of its window."""
    x, param = cache
    height, width, stride = param["pool_height"], param["pool_width"], param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        window = x[n, c, top : top + height, left : left + width]
        dx[n, c, top : top + height, left : left + width] += (window == np.max(window)) * dout[n, c, i, j]
    return dx
