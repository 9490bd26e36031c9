"""One general `Norm` whose axes make all the difference; classes, aliases, einsum; caches are objects."""

import math

import numpy as np

DEFAULT_EPS = 1e-5


class Activation:
    """A function and its derivative, both of the input."""

    def __init__(self, value, slope):
        self.value, self.slope = value, slope

    def forward(self, x):
        return self.value(x), x

    def backward(self, dout, cache):
        return dout * self.slope(cache)


def logistic(x):
    """On each sign with the form that cannot overflow there."""
    y = np.empty_like(x)
    right = x >= 0
    y[right] = 1 / (1 + np.exp(-x[right]))
    y[~right] = np.exp(x[~right]) / (1 + np.exp(x[~right]))
    return y


SIGMOID = Activation(logistic, lambda x: logistic(x) * logistic(-x))
TANH = Activation(np.tanh, lambda x: 1 / np.cosh(np.clip(x, -300, 300)) ** 2)
RELU = Activation(lambda x: x * (x > 0), lambda x: np.heaviside(x, 0.5))
LEAKY = Activation(lambda x: x - 0.9 * np.minimum(x, 0), lambda x: 0.55 + 0.45 * np.sign(x))
ELU = Activation(lambda x: np.maximum(x, 0) + np.expm1(np.minimum(x, 0)), lambda x: np.exp(np.minimum(x, 0)))

sigmoid_forward, sigmoid_backward = SIGMOID.forward, SIGMOID.backward
tanh_forward, tanh_backward = TANH.forward, TANH.backward
relu_forward, relu_backward = RELU.forward, RELU.backward
leaky_relu_forward, leaky_relu_backward = LEAKY.forward, LEAKY.backward
elu_forward, elu_backward = ELU.forward, ELU.backward


class Maxout:
    def __init__(self, x, w1, b1, w2, b2):
        self.x, self.weights = x, (w1, w2)
        first, second = x @ w1 + b1, x @ w2 + b2
        self.masks = first >= second, first < second
        self.out = np.select(self.masks, (first, second))

    def gradients(self, dout):
        dx = np.zeros_like(self.x)
        gradients = []
        for mask, w in zip(self.masks, self.weights):
            part = dout * mask
            dx += np.einsum("nm,dm->nd", part, w)
            gradients += [np.einsum("nd,nm->dm", self.x, part), part.sum(axis=0)]
        return (dx, *gradients)


def maxout_forward(*args):
    layer = Maxout(*args)
    return layer.out, layer


def maxout_backward(dout, cache):
    return cache.gradients(dout)


class Norm:
    """Normalizes over `axes`; gamma and beta belong to axis 1 of the array as it came in."""

    def __init__(self, x, axes, eps, mean=None, var=None):
        self.axes = axes
        self.count = math.prod(x.shape[axis] for axis in axes)
        self.mean = x.mean(axis=axes, keepdims=True) if mean is None else mean
        self.centered = x - self.mean
        self.var = np.mean(self.centered**2, axis=axes, keepdims=True) if var is None else var
        self.std = np.sqrt(self.var + eps)
        self.x_hat = self.centered / self.std

    def scale(self, gamma, beta, shape):
        self.gamma = gamma.reshape(1, -1, *[1] * (len(shape) - 2))
        self.shape = shape
        return self.x_hat.reshape(shape) * self.gamma + beta.reshape(self.gamma.shape)

    def average(self, values):
        return values.sum(axis=self.axes, keepdims=True) / self.count

    def backward(self, dout):
        others = tuple(axis for axis in range(dout.ndim) if axis != 1)
        dgamma = (dout * self.x_hat.reshape(self.shape)).sum(axis=others)
        g = (dout * self.gamma).reshape(self.x_hat.shape)
        dx = (g - self.average(g) - self.x_hat * self.average(g * self.x_hat)) / self.std
        return dx.reshape(self.shape), dgamma, dout.sum(axis=others)

    def backward_by_steps(self, dout):
        g = dout * self.gamma
        dvar = (g * self.centered).sum(self.axes, keepdims=True) * -0.5 * self.std**-3
        dmean = -(g / self.std).sum(self.axes, keepdims=True)
        dx = g / self.std + dvar * 2 * self.centered / self.count + dmean / self.count
        return dx, (dout * self.x_hat).sum(self.axes), dout.sum(self.axes)


def batch_norm(x, gamma, beta, bn_param):
    """For features and for images: every axis but the channels'."""
    mode, eps = bn_param["mode"], bn_param.get("eps", DEFAULT_EPS)
    if mode not in ("train", "test"):
        raise ValueError("No such mode: " + str(mode))
    axes = tuple(axis for axis in range(x.ndim) if axis != 1)
    per_channel = [1 if axis in axes else -1 for axis in range(x.ndim)]
    running = [bn_param.get(name, np.zeros(x.shape[1])) for name in ("running_mean", "running_var")]
    if mode == "test":
        norm = Norm(x, axes, eps, *(value.reshape(per_channel) for value in running))
    else:
        norm = Norm(x, axes, eps)
        weight = 1 - bn_param.get("momentum", 0.9)
        news = norm.mean.ravel(), norm.var.ravel()
        updated = [old + weight * (new - old) for old, new in zip(running, news)]
        bn_param.update(running_mean=updated[0], running_var=updated[1])
    return norm.scale(gamma, beta, x.shape), norm


batchnorm_forward = spatial_batchnorm_forward = batch_norm
batchnorm_backward = lambda dout, cache: cache.backward_by_steps(dout)  # noqa: E731
batchnorm_backward_alt = lambda dout, cache: cache.backward(dout)  # noqa: E731


def normalization_backward(dout, cache):
    return cache.backward(dout)


spatial_batchnorm_backward = layernorm_backward = spatial_groupnorm_backward = normalization_backward


def layernorm_forward(x, gamma, beta, ln_param):
    norm = Norm(x, (1,), ln_param.get("eps", DEFAULT_EPS))
    return norm.scale(gamma, beta, x.shape), norm


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    norm = Norm(x.reshape(N, G, C // G, H, W), (2, 3, 4), gn_param.get("eps", DEFAULT_EPS))
    return norm.scale(gamma, beta, x.shape), norm


def instancenorm_forward(x, gamma, beta, in_param):
    norm = Norm(x, (2, 3), in_param.get("eps", DEFAULT_EPS))
    return norm.scale(gamma, beta, x.shape), norm


def fold_batchnorm(w, b, gamma, beta, running_mean, running_var, eps):
    scale = gamma / np.sqrt(running_var + eps)
    return np.einsum("f,fcij->fcij", scale, w), beta - scale * (running_mean - b)
