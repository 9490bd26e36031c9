"""Classes and aliases, one loop over the taps of a filter, recursion; the cache is an instance of the student's class."""

import math
from functools import reduce

import numpy as np


class Conv:
    """One call of the layer; keeps what backward needs."""

    def __init__(self, x, w, b, stride, pad, dilation=1):
        self.x, self.w, self.b = x, w, b
        self.stride, self.pad, self.dilation = stride, pad, dilation
        self.padded = np.zeros((*x.shape[:2], x.shape[2] + 2 * pad, x.shape[3] + 2 * pad), dtype=x.dtype)
        self.padded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]] = x
        self.out_shape = tuple(self.length(axis) for axis in (2, 3))

    def length(self, axis):
        return (self.padded.shape[axis] - self.dilation * (self.w.shape[axis] - 1) - 1) // self.stride + 1

    def part(self, array, p, q):
        """The places that tap (p, q) of the filter meets, one for each output."""
        rows, columns = self.out_shape
        top, left = p * self.dilation, q * self.dilation
        last_row, last_column = top + self.stride * (rows - 1), left + self.stride * (columns - 1)
        return array[:, :, top : last_row + 1 : self.stride, left : last_column + 1 : self.stride]

    def taps(self):
        for p in range(self.w.shape[2]):
            for q in range(self.w.shape[3]):
                yield p, q

    def run(self):
        out = np.empty((self.x.shape[0], self.w.shape[0], *self.out_shape), dtype=self.x.dtype)
        out[:] = self.b.reshape(1, -1, 1, 1)
        for p, q in self.taps():
            out += np.einsum("nchw,fc->nfhw", self.part(self.padded, p, q), self.w[:, :, p, q])
        return out

    def gradients(self, dout):
        dx, dw = np.zeros_like(self.padded), np.empty_like(self.w)
        for p, q in self.taps():
            dw[:, :, p, q] = np.einsum("nfhw,nchw->fc", dout, self.part(self.padded, p, q))
            view = self.part(dx, p, q)
            view += np.einsum("nfhw,fc->nchw", dout, self.w[:, :, p, q])
        end = lambda axis: dx.shape[axis] - self.pad  # noqa: E731
        return dx[:, :, self.pad : end(2), self.pad : end(3)], dw, dout.sum(3).sum(2).sum(0)

    @staticmethod
    def forward(x, w, b, conv_param):
        layer = Conv(x, w, b, **conv_param)
        return layer.run(), layer

    @classmethod
    def backward(cls, dout, cache):
        return cache.gradients(dout)


conv_forward_naive = Conv.forward
conv_backward_naive = Conv.backward
dilated_conv_forward = conv_forward_naive


def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    places = size + 2 * pad - (kernel_size + (kernel_size - 1) * (dilation - 1))
    if places < 0:
        raise ValueError("The filter does not fit: use more padding or a smaller filter.")
    return math.floor(places / stride + 1)


def conv_cost(input_shape, out_channels, kernel_size, stride=1, pad=0, bias=True):
    C, H, W = input_shape
    cost = {}
    height, width = map(lambda side: int((side + 2 * pad - kernel_size) / stride) + 1, (H, W))
    cost["output_shape"] = (out_channels, height, width)
    cost["parameters"] = out_channels * (C * kernel_size**2 + (1 if bias else 0))
    cost["macs"] = math.prod(cost["output_shape"]) * C * kernel_size**2
    return cost


def receptive_field(layers):
    if not layers:
        return 1
    (kernel_size, stride), *rest = layers
    return (receptive_field(rest) - 1) * stride + kernel_size


def slide(x, k):
    if k.shape[0] == 0:
        return 0
    rows, columns = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    taps = [(p, q) for p in range(k.shape[0]) for q in range(k.shape[1])]
    return reduce(lambda y, t: y + x[t[0] : t[0] + rows, t[1] : t[1] + columns] * k[t], taps, np.zeros((rows, columns)))


cross_correlate2d = slide
convolve2d = lambda x, k: slide(x, k[::-1][:, ::-1])  # noqa: E731


class Pointwise:
    def __call__(self, x, w, b):
        return np.einsum("fc,nc...->nf...", w, x) + np.expand_dims(b, (1, 2))


conv1x1_forward = Pointwise()


def conv1d_forward(x, w, b, conv_param):
    """Along the second axis of an image of one row: pad there only."""
    pad = conv_param["pad"]
    x = np.concatenate([np.zeros((*x.shape[:2], pad)), x, np.zeros((*x.shape[:2], pad))], axis=2)
    out, _ = conv_forward_naive(x[:, :, None], w[:, :, None], b, {"stride": conv_param["stride"], "pad": 0})
    return out[:, :, 0]


def conv3d_forward(x, w, b, conv_param):
    """A sum of two-dimensional convolutions, one for each plane of the filter."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (0, 0), (0, 0)))
    planes = []
    for d in range(0, x.shape[2] - w.shape[2] + 1, stride):
        parts = [conv_forward_naive(x[:, :, d + t], w[:, :, t], b * (t == 0), conv_param)[0] for t in range(w.shape[2])]
        planes.append(sum(parts))
    return np.stack(planes, axis=2)
