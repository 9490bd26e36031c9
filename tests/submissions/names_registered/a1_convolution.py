import functools

import numpy as np


class Registry(dict):
    def register(self, f):
        self[f.__name__] = f
        return f


FORMULAS, DEFAULTS, LAYERS = Registry(), {}, []


@FORMULAS.register
def span(kernel_size, dilation):
    return dilation * (kernel_size - 1) + 1


def named(name):
    def keep(f):
        FORMULAS[name] = f
        return f

    return keep


@named("free room")
def room(size, kernel_size, pad, dilation):
    return size + 2 * pad - FORMULAS["span"](kernel_size, dilation)


def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    left = FORMULAS["free room"](size, kernel_size, pad, dilation)
    if left < 0:
        raise ValueError("the filter does not fit into the padded input")
    return left // stride + 1


def configure(**values):
    DEFAULTS.update(values)
    return True


ok = configure(size=1)
put = functools.partial(DEFAULTS.__setitem__, "jump")
put(1)


class Layer:
    def __init_subclass__(cls):
        LAYERS.append(cls)


class Grow(Layer):
    def __call__(self, size, jump, kernel, stride):
        return size + (kernel - 1) * jump, jump * stride


def receptive_field(layers):
    size, jump = DEFAULTS["size"], DEFAULTS["jump"]
    for kernel, stride in layers:
        size, jump = LAYERS[0]()(size, jump, kernel, stride)
    return size


@functools.singledispatch
def cross_correlate2d(x, k):
    raise TypeError(type(x))


@cross_correlate2d.register
def _(x: np.ndarray, k):
    windows = np.lib.stride_tricks.sliding_window_view(x, k.shape)
    return np.einsum("ijkl,kl->ij", windows, k)
