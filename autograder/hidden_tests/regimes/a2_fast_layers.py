"""Regimes of a2_fast_layers's questions."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from autograder.hidden_tests.regimes import Regime, has, orders

MOST_INT16 = 2**15 - 1
MOST_UINT8 = 2**8 - 1
NEAR = 5e-3  # two numbers of a window that a mask with a tolerance of 0.01 can't tell apart


class Conv(NamedTuple):
    """The numbers that a call of a convolution is made of."""

    N: int
    C: int
    H: int
    W: int
    F: int
    HH: int
    WW: int
    stride: int
    pad: int

    @property
    def rest(self) -> tuple[int, int]:
        """Rows and columns that no window sees, in the padded image."""
        sides = (self.H + 2 * self.pad - self.HH, self.W + 2 * self.pad - self.WW)
        return sides[0] % self.stride, sides[1] % self.stride

    @property
    def windows(self) -> tuple[int, int]:
        rows, columns = self.H + 2 * self.pad - self.HH, self.W + 2 * self.pad - self.WW
        return rows // self.stride + 1, columns // self.stride + 1


class Pool(NamedTuple):
    """The numbers that a call of a pooling layer is made of."""

    N: int
    C: int
    H: int
    W: int
    height: int
    width: int
    stride: int

    @property
    def rest(self) -> tuple[int, int]:
        return (self.H - self.height) % self.stride, (self.W - self.width) % self.stride

    @property
    def windows(self) -> tuple[int, int]:
        return (self.H - self.height) // self.stride + 1, (self.W - self.width) // self.stride + 1


def conv_forward(call: SimpleNamespace) -> Conv:
    N, C, H, W = call.x.shape
    F, _, HH, WW = call.w.shape
    return Conv(N, C, H, W, F, HH, WW, call.conv_param["stride"], call.conv_param["pad"])


def conv_backward(call: SimpleNamespace) -> Conv:
    """From the solution's own cache."""
    x_pad, w, stride, pad, _ = call.cache
    N, C, H, W = x_pad.shape
    F, _, HH, WW = w.shape
    return Conv(N, C, H - 2 * pad, W - 2 * pad, F, HH, WW, stride, pad)


def pool_forward(call: SimpleNamespace) -> Pool:
    return Pool(*call.x.shape, *(call.pool_param[key] for key in ("pool_height", "pool_width", "stride")))


def max_naive_backward(call: SimpleNamespace) -> Pool:
    x, pool_param = call.cache
    return pool_forward(SimpleNamespace(x=x, pool_param=pool_param))


def from_places(shape: tuple[int, ...], places: list[tuple]) -> Pool:
    """A window is known by the slices of its places."""
    _, rows, columns = places[-1]
    N, C, H, W = shape
    return Pool(N, C, H, W, rows.start + 1, columns.start + 1, rows.step)


def max_fast_backward(call: SimpleNamespace) -> Pool:
    return from_places(call.cache[0].shape, call.cache[2])


def avg_backward(call: SimpleNamespace) -> Pool:
    return from_places(*call.cache)


def of(read: Callable[[SimpleNamespace], Any], is_so: Callable[[Any], bool]) -> Regime:
    return lambda call: bool(is_so(read(call)))


def pair(read: Callable[[SimpleNamespace], Any], one: str, other: str) -> dict[str, Regime]:
    return orders(one, other, lambda call: (getattr(read(call), one), getattr(read(call), other)))


def layer(read: Callable[[SimpleNamespace], Any]) -> dict[str, Regime]:
    """What holds for windows of every kind: images and channels, maps, the last places, how many there are."""
    return {
        **pair(read, "N", "C"),
        **pair(read, "H", "W"),
        "one image": of(read, lambda s: s.N == 1),
        "one channel": of(read, lambda s: s.C == 1),
        "one row": of(read, lambda s: s.H == 1 < s.W),
        "one column": of(read, lambda s: s.W == 1 < s.H),
        "one window": of(read, lambda s: s.windows == (1, 1)),
        "as many rows as columns of windows, of maps that are not square": of(
            read, lambda s: s.windows[0] == s.windows[1] > 1 and s.H != s.W
        ),
        "more rows than columns of windows": of(read, lambda s: s.windows[0] > s.windows[1]),
        "more columns than rows of windows": of(read, lambda s: s.windows[0] < s.windows[1]),
        "every place seen": of(read, lambda s: s.rest == (0, 0)),
        "last rows not seen": of(read, lambda s: s.rest[0] > 0 == s.rest[1]),
        "last columns not seen": of(read, lambda s: s.rest[1] > 0 == s.rest[0]),
        "last rows and columns not seen": of(read, lambda s: min(s.rest) > 0),
        "more than 32,767 numbers in one map": of(read, lambda s: s.H * s.W > MOST_INT16),
        "more than 255 windows in one map": of(read, lambda s: s.windows[0] * s.windows[1] > MOST_UINT8),
    }


def convolution(read: Callable[[SimpleNamespace], Conv]) -> dict[str, Regime]:
    return {
        **layer(read),
        **pair(read, "C", "F"),
        **pair(read, "N", "F"),
        **pair(read, "HH", "WW"),
        **pair(read, "HH", "stride"),
        **pair(read, "WW", "stride"),
        **pair(read, "HH", "pad"),
        **pair(read, "stride", "pad"),
        "one filter": of(read, lambda s: s.F == 1),
        **{f"padding {pad}": of(read, has("pad", pad)) for pad in (0, 1, 2, 3)},
        **{f"stride {n}": of(read, has("stride", n)) for n in (1, 2, 3)},
        "all square, stride 1, padding 1": of(
            read, lambda s: s.H == s.W and s.HH == s.WW > 1 and s.stride == s.pad == 1
        ),
        "stride and padding": of(read, lambda s: s.stride > 1 and s.pad > 1),
        "1x1 filters": of(read, lambda s: s.HH == s.WW == 1),
        "1x1 filters with padding": of(read, lambda s: s.HH == s.WW == 1 and s.pad),
        "1x1 filters with a stride": of(read, lambda s: s.HH == s.WW == 1 and s.stride > 1),
        "stride as the filter, with padding": of(
            read, lambda s: s.HH == s.WW == s.stride > 1 and s.pad and not (s.H % s.stride or s.W % s.stride)
        ),
        "stride as one side of the filter": of(read, lambda s: s.HH == s.stride < s.WW and not s.W % s.WW),
        "stride as the other side": of(read, lambda s: s.WW == s.stride < s.HH and not s.H % s.HH),
        "a filter larger than the image": of(read, lambda s: s.HH > s.H or s.WW > s.W),
        "more than 255 columns": of(read, lambda s: s.W > MOST_UINT8),
    }


def pooling(read: Callable[[SimpleNamespace], Pool]) -> dict[str, Regime]:
    return {
        **layer(read),
        **pair(read, "height", "width"),
        **pair(read, "height", "stride"),
        **pair(read, "width", "stride"),
        "all square, windows side by side": of(
            read, lambda s: s.H == s.W > s.height == s.width == s.stride > 1 and not s.H % s.height
        ),
        "height as the stride, width larger, both divide": of(
            read, lambda s: s.height == s.stride < s.width and not (s.H % s.height or s.W % s.width)
        ),
        "height as the stride, width smaller, both divide": of(
            read, lambda s: s.height == s.stride > s.width > 1 and not (s.H % s.height or s.W % s.width)
        ),
        "width as the stride, height larger, both divide": of(
            read, lambda s: s.width == s.stride < s.height and not (s.H % s.height or s.W % s.width)
        ),
        "width as the stride, height smaller, both divide": of(
            read, lambda s: s.width == s.stride > s.height > 1 and not (s.H % s.height or s.W % s.width)
        ),
        "overlapping in rows only": of(read, lambda s: s.height > s.stride >= s.width),
        "overlapping in columns only": of(read, lambda s: s.width > s.stride >= s.height),
        "overlapping in both": of(read, lambda s: min(s.height, s.width) > s.stride),
        "gaps in both": of(read, lambda s: max(s.height, s.width) < s.stride),
        "stride 1": of(read, lambda s: s.stride == 1),
        "1x1 windows": of(read, lambda s: s.height == s.width == 1),
        "a window as large as the map": of(read, lambda s: (s.height, s.width) == (s.H, s.W) and s.H > 1),
        "more than 255 places in a window": of(read, lambda s: s.height * s.width > MOST_UINT8),
    }


def maximum_inputs(read: Callable[[SimpleNamespace], np.ndarray]) -> dict[str, Regime]:
    return {
        "all positive": of(read, lambda x: x.min() > 0),
        "all negative": of(read, lambda x: x.max() < 0),
        "both signs": of(read, lambda x: x.min() < 0 < x.max()),
        "a maximum of zero among negative entries": of(read, lambda x: x.max() == 0 > x.min()),
        "all below -1000": of(read, lambda x: x.max() < -1000),
        "above 1000": of(read, lambda x: x.max() > 1000),
        "near ties": of(read, lambda x: x.size > 1 and np.median(np.diff(np.sort(x, axis=None))) < NEAR),
        "whole numbers": of(read, lambda x: np.array_equal(x, np.round(x)) and x.size > 1),
        "channels of very different scales": of(read, has_scales),
    }


def mean_inputs(read: Callable[[SimpleNamespace], np.ndarray]) -> dict[str, Regime]:
    return {
        "all positive": of(read, lambda x: x.min() > 0),
        "all negative": of(read, lambda x: x.max() < 0),
        "both signs": of(read, lambda x: x.min() < 0 < x.max()),
        "some zeros": of(read, lambda x: (x == 0).any() and not (x == 0).all()),
        "a map of zeros": of(read, lambda x: (x == 0).all(axis=(2, 3)).any()),
        "above 1000": of(read, lambda x: x.max() > 1000),
        "below -1000": of(read, lambda x: x.min() < -1000),
        "channels of very different scales": of(read, has_scales),
    }


def has_scales(x: np.ndarray) -> bool:
    means = np.abs(x).mean(axis=(0, 2, 3))
    return bool(means.max() > 1000 * means.min())


GRADIENT: dict[str, Regime] = {
    "dout of both signs": lambda call: call.dout.min() < 0 < call.dout.max(),
}
POOL_GRADIENT: dict[str, Regime] = {
    **GRADIENT,
    "dout partly zero": lambda call: bool((call.dout == 0).any() and (call.dout != 0).any()),
}
MAXIMUM = {**pooling(pool_forward), **maximum_inputs(lambda call: call.x)}
REGIMES: dict[str, dict[str, Regime]] = {
    "conv_forward_fast": convolution(conv_forward),
    "conv_backward_fast": {**convolution(conv_backward), **GRADIENT},
    "max_pool_forward_naive": MAXIMUM,
    "max_pool_backward_naive": {
        **pooling(max_naive_backward),
        **maximum_inputs(lambda call: call.cache[0]),
        **POOL_GRADIENT,
    },
    "max_pool_forward_fast": MAXIMUM,
    "max_pool_backward_fast": {
        **pooling(max_fast_backward),
        **maximum_inputs(lambda call: call.cache[0]),
        **POOL_GRADIENT,
    },
    "avg_pool_forward": {**pooling(pool_forward), **mean_inputs(lambda call: call.x)},
    "avg_pool_backward": {**pooling(avg_backward), **POOL_GRADIENT},
}
