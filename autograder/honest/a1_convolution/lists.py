"""Numbers one by one in nested lists, as one would without NumPy; errors of a class of their own; called by names."""

import itertools

import numpy as np


class DoesNotFit(ValueError):
    """The filter is larger than what it should lie in."""


def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    last_start = size + 2 * pad - (1 + dilation * (kernel_size - 1))
    if last_start < 0:
        raise DoesNotFit(f"it would need {-last_start} places more")
    return len([start for start in range(last_start + 1) if start % stride == 0])


def conv_cost(input_shape, out_channels, kernel_size, stride=1, pad=0, bias=True):
    rows, columns = (conv_output_size(side, kernel_size, stride=stride, pad=pad) for side in input_shape[1:])
    taps = [(c, p, q) for c in range(input_shape[0]) for p in range(kernel_size) for q in range(kernel_size)]
    cost = {"output_shape": [out_channels, rows, columns]}
    cost["parameters"] = sum(len(taps) + int(bias) for _ in range(out_channels))
    cost["macs"] = len(taps) * rows * columns * out_channels
    return cost


def receptive_field(layers):
    first = last = 0
    for kernel_size, stride in layers[::-1]:
        first, last = first * stride, last * stride + kernel_size - 1
    return last - first + 1


def cross_correlate2d(x, k):
    rows, columns = (conv_output_size(*sizes) for sizes in zip(x.shape, k.shape))
    image, weights = x.tolist(), k.tolist()
    return np.array([[dot(image, weights, i, j) for j in range(columns)] for i in range(rows)])


def dot(image, weights, i, j, dilation=1):
    """One window's sum of products."""
    total = 0.0
    for p, row in enumerate(weights):
        for q, weight in enumerate(row):
            total += image[i + p * dilation][j + q * dilation] * weight
    return total


def convolve2d(x, k):
    return cross_correlate2d(k=np.flipud(np.fliplr(k)), x=x)


def bordered(image, pad):
    """A list of rows with zeros around it."""
    width = len(image[0]) + 2 * pad
    middle = [[0.0] * pad + row + [0.0] * pad for row in image]
    return [[0.0] * width for _ in range(pad)] + middle + [[0.0] * width for _ in range(pad)]


def conv_forward_naive(x, w, b, conv_param):
    return dilated_conv_forward(x, w, b, dict(conv_param, dilation=1))[0], [conv_param, x.copy(), w.copy()]


def conv_backward_naive(dout, cache):
    conv_param, x, w = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    dx, dw, db = np.zeros(x.shape, order="F"), np.zeros(w.shape), np.zeros(len(w))
    height, width = x.shape[2:]
    for n, f, i, j in itertools.product(*map(range, dout.shape)):
        share = dout[n, f, i, j]
        db[f] += share
        for p, q in itertools.product(*map(range, w.shape[2:])):
            row, column = i * stride + p - pad, j * stride + q - pad
            if 0 <= row < height and 0 <= column < width:  # the rest is padding
                dx[n, :, row, column] += share * w[f, :, p, q]
                dw[f, :, p, q] += share * x[n, :, row, column]
    return dx, dw, db


def dilated_conv_forward(x, w, b, conv_param):
    stride, pad, dilation = conv_param["stride"], conv_param["pad"], conv_param.get("dilation", 1)
    rows, columns = (conv_output_size(x.shape[k], w.shape[k], stride, pad, dilation) for k in (2, 3))
    images = [[bordered(channel, pad) for channel in image] for image in x.tolist()]
    out = [
        [
            [
                [
                    bias + sum(dot(c, k, i * stride, j * stride, dilation) for c, k in zip(image, weights))
                    for j in range(columns)
                ]
                for i in range(rows)
            ]
            for weights, bias in zip(w.tolist(), b.tolist())
        ]
        for image in images
    ]
    return np.array(out), ()


def conv1x1_forward(x, w, b):
    pixels = x.swapaxes(1, 3)
    return (np.dot(pixels, w.T) + b).swapaxes(3, 1)


def conv1d_forward(x, w, b, conv_param):
    """An image of one row, where only the row's ends get zeros."""
    pad = conv_param["pad"]
    ends = np.zeros((x.shape[0], x.shape[1], pad))
    row = np.concatenate([ends, x, ends], axis=2)[:, :, None]
    return conv_forward_naive(row, w[:, :, None], b, {"stride": conv_param["stride"], "pad": 0})[0][:, :, 0]


def conv3d_forward(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    sizes = [conv_output_size(kernel_size=k, size=n, pad=pad, stride=stride) for n, k in zip(x.shape[2:], w.shape[2:])]
    out = np.empty((len(x), len(w), *sizes))
    out[...] = b[None, :, None, None, None]
    for place, tap in itertools.product(itertools.product(*map(range, sizes)), np.ndindex(w.shape[2:])):
        at = tuple(i * stride + t - pad for i, t in zip(place, tap))
        if all(0 <= a < n for a, n in zip(at, x.shape[2:])):
            out[(..., *place)] += x[(..., *at)] @ w[(..., *tap)].T
    return out
