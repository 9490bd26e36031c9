"""Regimes of a1_convolution's questions."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np

from autograder.hidden_tests.regimes import Regime, has, orders

MOST_16_BIT = 2**15 - 1


def layer(call: SimpleNamespace) -> SimpleNamespace:
    """The sizes of a convolution layer's call, of a backward pass by its cache. Sides: one number for each axis."""
    x, w, b, conv_param = call.cache if hasattr(call, "cache") else (call.x, call.w, call.b, call.conv_param)
    n, c, *sides = x.shape
    f, _, *taps = w.shape
    stride, pad, d = conv_param["stride"], conv_param["pad"], conv_param.get("dilation", 1)
    rooms = [side + 2 * pad - d * (tap - 1) - 1 for side, tap in zip(sides, taps)]
    return SimpleNamespace(
        **{"x": x, "w": w, "b": b, "n": n, "c": c, "f": f, "sides": sides, "taps": taps, "stride": stride, "pad": pad},
        **{"dilation": d, "out": [room // stride + 1 for room in rooms], "uneven": [room % stride for room in rooms]},
    )


def of_layer(regime: Regime) -> Regime:
    return lambda call: regime(layer(call))


def layer_orders(one: str, other: str, first: Regime, second: Regime) -> dict[str, Regime]:
    return orders(one, other, lambda call: (first(layer(call)), second(layer(call))))


AXES = {  # of any number
    **layer_orders("channels", "filters", lambda s: s.c, lambda s: s.f),
    **layer_orders("images", "channels", lambda s: s.n, lambda s: s.c),
    **layer_orders("images", "filters", lambda s: s.n, lambda s: s.f),
    **layer_orders("stride", "taps", lambda s: s.stride, lambda s: s.taps[0]),
    **layer_orders("taps", "side", lambda s: s.taps[0], lambda s: s.sides[0]),
    "one image": of_layer(lambda s: s.n == 1),
    "one channel": of_layer(lambda s: s.c == 1),
    "one filter": of_layer(lambda s: s.f == 1),
    "no padding": of_layer(lambda s: s.pad == 0),
    "pad 1": of_layer(lambda s: s.pad == 1),
    "pad 2": of_layer(lambda s: s.pad == 2),
    "stride 1": of_layer(lambda s: s.stride == 1),
    "stride 2": of_layer(lambda s: s.stride == 2),
    "stride 3": of_layer(lambda s: s.stride == 3),
    "stride without padding": of_layer(lambda s: s.stride > 1 and s.pad == 0),
    "stride and padding": of_layer(lambda s: s.stride > 1 and s.pad > 0),
    "a size that is rounded down": of_layer(lambda s: any(s.uneven)),
    "a size that rounding to the nearest changes": of_layer(lambda s: any(2 * u > s.stride for u in s.uneven)),
    "a stride that divides evenly": of_layer(lambda s: s.stride > 1 and not any(s.uneven)),
    "one output": of_layer(lambda s: set(s.out) == {1}),
    "filters with an even number of taps": of_layer(lambda s: s.taps[0] % 2 == 0),
    "biases": of_layer(lambda s: (s.b != 0).all()),
    "biases 0": of_layer(lambda s: not s.b.any()),
}
PLANES = {
    **layer_orders("height", "width", lambda s: s.sides[0], lambda s: s.sides[1]),
    **layer_orders("filter height", "filter width", lambda s: s.taps[0], lambda s: s.taps[1]),
    **layer_orders("filter width", "side", lambda s: s.taps[1], lambda s: s.sides[1]),
    "square images, filters that are not": of_layer(lambda s: s.sides[0] == s.sides[1] and s.taps[0] != s.taps[1]),
    "square filters, images that are not": of_layer(lambda s: s.sides[0] != s.sides[1] and s.taps[0] == s.taps[1]),
    "square all over": of_layer(lambda s: s.sides[0] == s.sides[1] and s.taps[0] == s.taps[1] > 1),
    "1x1 filters": of_layer(lambda s: s.taps == [1, 1]),
    "filters of the image's size": of_layer(lambda s: s.taps == s.sides),
    "filters larger than the image": of_layer(lambda s: s.taps[0] > s.sides[0] and s.taps[1] > s.sides[1]),
    "pad 3": of_layer(lambda s: s.pad == 3),
    "padding as wide as the filter": of_layer(lambda s: s.pad >= s.taps[0] > 1),
    "not square, with stride": of_layer(lambda s: s.sides[0] != s.sides[1] and s.taps[0] != s.taps[1] and s.stride > 1),
}
NUMBERS = {
    "large numbers": of_layer(lambda s: 1e5 < np.abs(s.x).max()),
    "small numbers": of_layer(lambda s: np.abs(s.x).max() < 1e-4),
    "more entries than 16 bits count": of_layer(lambda s: s.x.size > MOST_16_BIT),
}
DILATED = {
    **layer_orders("dilation", "stride", lambda s: s.dilation, lambda s: s.stride),
    **layer_orders("dilation", "taps", lambda s: s.dilation, lambda s: s.taps[0]),
    **layer_orders("dilation", "pad", lambda s: s.dilation, lambda s: s.pad),
    "no dilation given": lambda call: "dilation" not in call.conv_param,
    "dilation 1": lambda call: call.conv_param.get("dilation") == 1,
    "dilation 2": lambda call: call.conv_param.get("dilation") == 2,
    "dilation 3": lambda call: call.conv_param.get("dilation") == 3,
    "dilation where a filter has one row": of_layer(lambda s: s.taps[0] == 1 < s.dilation),
    "dilation, padding and stride": of_layer(lambda s: s.dilation > 1 and s.pad > 0 and s.stride > 1),
}
NOT_FOR_DILATED = (
    *NUMBERS,
    "1x1 filters",
    "filters of the image's size",
    "one filter",
    "one output",
    "filter width > side",
)
NOT_FOR_DILATED += ("filter width = side", "filters larger than the image", "taps = side", "taps > side", "pad 3")


def room(call: SimpleNamespace) -> int:
    """What is left of an axis beyond one window."""
    return call.size + 2 * call.pad - call.dilation * (call.kernel_size - 1) - 1


def cost_orders(one: str, other: str, first: Regime, second: Regime) -> dict[str, Regime]:
    return orders(one, other, lambda call: (first(call), second(call)))


def strides(call: SimpleNamespace) -> list[int]:
    return [stride for _, stride in call.layers]


def has_gap_at(place: int) -> Regime:
    """A stride larger than its kernel in a layer that others follow."""
    return lambda call: len(call.layers) > place + 1 and call.layers[place][0] < call.layers[place][1]


PLANE_FUNCTION: dict[str, Regime] = {
    **orders("height", "width", lambda call: call.x.shape),
    **orders("filter height", "filter width", lambda call: call.k.shape),
    "filter of the plane's size": lambda call: call.x.shape == call.k.shape,
    "one tap": lambda call: call.k.shape == (1, 1),
    "one row of taps": lambda call: call.k.shape[0] == 1 < call.k.shape[1],
    "one column of taps": lambda call: call.k.shape[1] == 1 < call.k.shape[0],
    "filter as high as the plane": lambda call: (
        call.k.shape[0] == call.x.shape[0] and call.k.shape[1] < call.x.shape[1]
    ),
    "square plane, filter that is not": lambda call: (
        call.x.shape[0] == call.x.shape[1] and call.k.shape[0] != call.k.shape[1]
    ),
    "square filter, plane that is not": lambda call: (
        call.x.shape[0] != call.x.shape[1] and call.k.shape[0] == call.k.shape[1]
    ),
    "negative numbers": lambda call: (call.x < 0).any(),
    "zeros": lambda call: (call.x == 0).any(),
    "large numbers": lambda call: np.abs(call.x).max() > 1e5,
    "small numbers": lambda call: np.abs(call.x).max() < 1e-4,
}
REGIMES: dict[str, dict[str, Regime]] = {
    "conv_output_size": {
        **cost_orders("stride", "kernel", lambda call: call.stride, lambda call: call.kernel_size),
        **cost_orders("kernel", "size", lambda call: call.kernel_size, lambda call: call.size),
        **cost_orders("dilation", "stride", lambda call: call.dilation, lambda call: call.stride),
        **cost_orders("pad", "kernel", lambda call: call.pad, lambda call: call.kernel_size),
        **{f"pad {pad}": has("pad", pad) for pad in range(4)},
        **{f"stride {stride}": has("stride", stride) for stride in range(1, 5)},
        **{f"dilation {d}": has("dilation", d) for d in range(1, 4)},
        "kernel 1": lambda call: call.kernel_size == 1,
        "kernel 1, dilated": lambda call: call.kernel_size == 1 < call.dilation,
        "an even kernel": lambda call: call.kernel_size % 2 == 0,
        "a kernel that padding makes room for": lambda call: call.kernel_size > call.size and room(call) >= 0,
        "a kernel that just fits": lambda call: room(call) == 0,
        "a kernel that does not fit": lambda call: room(call) < 0 and call.dilation == 1 and call.pad == 0,
        "one that does not fit in spite of padding": lambda call: room(call) < 0 < call.pad,
        "one that does not fit because of its dilation": lambda call: (
            room(call) < 0 and call.kernel_size <= call.size + 2 * call.pad
        ),
        "one that is too large by 1": lambda call: room(call) == -1,
        "a stride that divides evenly": lambda call: call.stride > 1 and room(call) % call.stride == 0 < room(call),
        "a stride that does not": lambda call: room(call) % call.stride > 0,
        "one that rounding to the nearest changes": lambda call: 2 * (room(call) % call.stride) > call.stride,
        "rest 1": lambda call: call.stride > 2 and room(call) % call.stride == 1,
        "padding and dilation": lambda call: call.pad > 0 and call.dilation > 1,
        "padding and stride": lambda call: call.pad > 0 and call.stride > 1,
        "dilation and stride": lambda call: call.dilation > 1 and call.stride > 1,
        "a stride larger than what is left": lambda call: 0 < room(call) < call.stride,
        "a size beyond 16 bits": lambda call: call.size > 2 * MOST_16_BIT,
    },
    "conv_cost": {
        **cost_orders("height", "width", lambda call: call.input_shape[1], lambda call: call.input_shape[2]),
        **cost_orders("channels", "filters", lambda call: call.input_shape[0], lambda call: call.out_channels),
        **cost_orders("stride", "kernel", lambda call: call.stride, lambda call: call.kernel_size),
        "an even kernel": lambda call: call.kernel_size % 2 == 0,
        "kernel 1": lambda call: call.kernel_size == 1,
        "no biases": lambda call: not call.bias,
        "one channel": lambda call: call.input_shape[0] == 1,
        "one filter": lambda call: call.out_channels == 1,
        "pad 1": lambda call: call.pad == 1,
        "pad 2": lambda call: call.pad == 2,
        "padding and stride": lambda call: call.pad > 0 and call.stride > 1,
        "a stride that does not divide evenly": lambda call: (
            (call.input_shape[1] + 2 * call.pad - call.kernel_size) % call.stride > 0
        ),
        "everything at once": lambda call: call.input_shape[1] != call.input_shape[2] and call.stride > 1 and call.pad,
        "counts beyond 16 bits": lambda call: (
            call.out_channels * call.input_shape[0] * call.input_shape[1] ** 2 > 10**4
        ),
    },
    "receptive_field": {
        "no layers": lambda call: not call.layers,
        "one layer": lambda call: len(call.layers) == 1,
        "one layer with a stride": lambda call: len(call.layers) == 1 and call.layers[0][1] > 1,
        "two layers": lambda call: len(call.layers) == 2,
        "many layers": lambda call: len(call.layers) > 10,
        "stride 1 everywhere": lambda call: call.layers and set(strides(call)) == {1},
        "kernels that differ": lambda call: len({kernel for kernel, _ in call.layers}) > 1,
        "kernels that are equal": lambda call: len(call.layers) > 1 and len({kernel for kernel, _ in call.layers}) == 1,
        "kernel 1 with stride 1": lambda call: (1, 1) in [tuple(entry) for entry in call.layers],
        "kernel 1 with a stride": lambda call: any(kernel == 1 < stride for kernel, stride in call.layers),
        "even kernels": lambda call: any(kernel % 2 == 0 for kernel, _ in call.layers),
        "a stride in the first layer only": lambda call: (
            call.layers and strides(call)[0] > 1 == max(strides(call)[1:], default=0)
        ),
        "a stride in the last layer only": lambda call: (
            len(call.layers) > 1 and strides(call)[-1] > 1 == max(strides(call)[:-1])
        ),
        "two strides before a layer": lambda call: sum(stride > 1 for stride in strides(call)[:-1]) == 2,
        "three strides or more": lambda call: sum(stride > 1 for stride in strides(call)[:-1]) > 2,
        "equal strides": lambda call: len(call.layers) > 2 and len(set(strides(call)[:2])) == 1 < strides(call)[0],
        "strides that differ": lambda call: len({stride for stride in strides(call) if stride > 1}) > 1,
        "stride = kernel": lambda call: any(kernel == stride > 1 for kernel, stride in call.layers[:-1]),
        "stride > kernel in the first layer": has_gap_at(0),
        "stride > kernel in a middle layer": lambda call: any(has_gap_at(k)(call) for k in range(1, len(call.layers))),
        "a field beyond 16 bits": lambda call: math.prod(strides(call)) > MOST_16_BIT,
    },
    "cross_correlate2d": PLANE_FUNCTION,
    "convolve2d": PLANE_FUNCTION,
    "conv_forward_naive": {**AXES, **PLANES, **NUMBERS},
    "conv_backward_naive": {name: regime for name, regime in {**AXES, **PLANES}.items() if name != "biases 0"},
    "dilated_conv_forward": {
        **{name: regime for name, regime in {**AXES, **PLANES}.items() if name not in NOT_FOR_DILATED},
        **DILATED,
    },
    "conv1x1_forward": {
        **orders("height", "width", lambda call: call.x.shape[2:]),
        **orders("channels", "filters", lambda call: call.w.shape[::-1]),
        **orders("images", "channels", lambda call: call.x.shape[:2]),
        **orders("filters", "width", lambda call: (call.w.shape[0], call.x.shape[3])),
        **orders("filters", "height", lambda call: (call.w.shape[0], call.x.shape[2])),
        "one image": lambda call: call.x.shape[0] == 1,
        "one channel": lambda call: call.x.shape[1] == 1,
        "one filter": lambda call: call.w.shape[0] == 1,
        "one row": lambda call: call.x.shape[2] == 1,
        "one pixel": lambda call: call.x.shape[2:] == (1, 1),
        "biases": lambda call: (call.b != 0).all(),
        "biases 0": lambda call: not call.b.any(),
        "more entries than 16 bits count": lambda call: call.x.size > MOST_16_BIT,
    },
    "conv1d_forward": {
        **AXES,
        "pad 3": of_layer(lambda s: s.pad == 3),
        "more entries than 16 bits count": NUMBERS["more entries than 16 bits count"],
    },
    "conv3d_forward": {
        **AXES,
        **{name: regime for name, regime in PLANES.items() if name.split()[0] in ("height", "filter")},
        **layer_orders("depth", "width", lambda s: s.sides[0], lambda s: s.sides[2]),
        **layer_orders("rows", "columns", lambda s: s.sides[1], lambda s: s.sides[2]),
        **layer_orders("taps in rows", "taps in columns", lambda s: s.taps[1], lambda s: s.taps[2]),
        "cubes": of_layer(lambda s: len(set(s.sides)) == len(set(s.taps)) == 1),
        "three sides that differ": of_layer(lambda s: len(set(s.sides)) == 3),
        "three tap numbers that differ": of_layer(lambda s: len(set(s.taps)) == 3),
    },
}
