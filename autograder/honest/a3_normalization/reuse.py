"""One norm made from another: spatial from plain batchnorm, layernorm by transposing, instance norm from group norm.

The statistics are updated in place, test mode writes them back as they were, and results come in any memory order.
"""

import numpy as np


def sigmoid_forward(x):
    out = 0.5 * (1 + np.tanh(0.5 * x))
    return out, out


def sigmoid_backward(dout, cache):
    return dout * (cache - cache**2)


def tanh_forward(x):
    out = 2 * sigmoid_forward(2 * x)[0] - 1
    return out, x


def tanh_backward(dout, cache):
    half = np.exp(-np.abs(cache))
    return dout * (2 * half / (1 + half**2)) ** 2


def relu_forward(x):
    out = x.copy()
    out[out < 0] = 0
    return out, x


def relu_backward(dout, cache):
    dx = np.array(dout, copy=True)
    dx[cache <= 0] = 0
    return dx


def leaky_relu_forward(x):
    return np.maximum(x, 0.1 * x), np.where(x > 0, 1.0, 0.1)


def leaky_relu_backward(dout, cache):
    return cache * dout


def elu_forward(x):
    with np.errstate(all="ignore"):
        return np.where(x > 0, x, np.exp(x) - 1), x


def elu_backward(dout, cache):
    dx = dout.copy()
    dx[cache <= 0] *= np.exp(cache[cache <= 0])
    return dx


def maxout_forward(x, w1, b1, w2, b2):
    pieces = np.stack([x.dot(w1) + b1, x.dot(w2) + b2])
    return pieces.max(axis=0), (x, w1, w2, pieces.argmax(axis=0))


def maxout_backward(dout, cache):
    x, w1, w2, winner = cache
    parts = [np.where(winner == piece, dout, 0) for piece in (0, 1)]
    dx = parts[0].dot(w1.T) + parts[1].dot(w2.T)
    (dw1, db1), (dw2, db2) = [(x.T.dot(part), np.sum(part, 0)) for part in parts]
    return [dx, dw1, db1, dw2, db2]


def batchnorm_forward(x, gamma, beta, bn_param):
    D = x.shape[1]
    bn_param.setdefault("running_mean", np.zeros(D, dtype=x.dtype))
    bn_param.setdefault("running_var", np.zeros(D, dtype=x.dtype))
    eps = bn_param["eps"] if "eps" in bn_param else 1e-5
    keep = bn_param["momentum"] if "momentum" in bn_param else 0.9
    if bn_param["mode"] == "train":
        mu, var = x.mean(0), x.var(0)
        for name, value in (("running_mean", mu), ("running_var", var)):
            bn_param[name] *= keep
            bn_param[name] += (1 - keep) * value
    elif bn_param["mode"] == "test":
        mu, var = bn_param["running_mean"], bn_param["running_var"]
    else:
        raise ValueError('Invalid forward batchnorm mode "%s"' % bn_param["mode"])
    inverse = (var + eps) ** -0.5
    x_hat = (x - mu) * inverse
    return x_hat * gamma + beta, dict(x_hat=x_hat, inverse=inverse, gamma=gamma)


def batchnorm_backward(dout, cache):
    x_hat, inverse, gamma = cache["x_hat"], cache["inverse"], cache["gamma"]
    dx_hat = dout * gamma
    dx = inverse * (dx_hat - dx_hat.mean(0) - x_hat * (dx_hat * x_hat).mean(0))
    return dx, (dout * x_hat).sum(0), dout.sum(0)


def batchnorm_backward_alt(dout, cache):
    """The matrix of derivatives of one column, applied to all columns at once."""
    x_hat = cache["x_hat"]
    N = len(x_hat)
    jacobian = np.eye(N)[:, :, None] - 1 / N - x_hat[:, None] * x_hat[None] / N
    dx = np.einsum("ijd,jd->id", jacobian, dout) * cache["gamma"] * cache["inverse"]
    return dx, np.einsum("nd,nd->d", dout, x_hat), np.einsum("nd->d", dout)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(np.moveaxis(x, 1, 3).reshape(N * H * W, C), gamma, beta, bn_param)
    return np.moveaxis(out.reshape(N, H, W, C), 3, 1), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward_alt(dout.swapaxes(0, 1).reshape(C, -1).T, cache)
    return dx.T.reshape(C, N, H, W).swapaxes(0, 1), dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    param = {**ln_param, "mode": "train"}
    x_hat, cache = batchnorm_forward(x.T, 1.0, 0.0, {**param, "running_mean": 0.0, "running_var": 0.0})
    return x_hat.T * gamma + beta, (cache, gamma)


def layernorm_backward(dout, cache):
    inner, gamma = cache
    dx = batchnorm_backward((dout * gamma).T, inner)[0].T
    return dx, np.sum(dout * inner["x_hat"].T, axis=0), np.sum(dout, axis=0)


def instancenorm_forward(x, gamma, beta, in_param):
    return spatial_groupnorm_forward(x, gamma, beta, x.shape[1], in_param)


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    one, zero = np.ones(C // G * H * W), np.zeros(C // G * H * W)
    x_hat, cache = layernorm_forward(x.reshape(N * G, -1), one, zero, gn_param)
    x_hat = x_hat.reshape(N, C, H, W)
    return x_hat * gamma[:, None, None] + beta[:, None, None], (G, gamma, x_hat, cache)


def spatial_groupnorm_backward(dout, cache):
    G, gamma, x_hat, inner = cache
    N = len(dout)
    dx, _, _ = layernorm_backward((dout * gamma[:, None, None]).reshape(N * G, -1), inner)
    return dx.reshape(dout.shape), (dout * x_hat).sum((0, 2, 3)), dout.sum((0, 2, 3))


def fold_batchnorm(w, b, gamma, beta, running_mean, running_var, eps):
    scale = gamma * (running_var + eps) ** -0.5
    w_folded = (np.diag(scale) @ w.reshape(len(w), -1)).reshape(w.shape)
    return w_folded, beta + scale * b - scale * running_mean
