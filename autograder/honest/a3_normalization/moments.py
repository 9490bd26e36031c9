"""Features one by one in loops, the variance as mean square minus squared mean, lists as results, subclassed errors."""

import numpy as np


class NoSuchMode(ValueError):
    pass


def sigmoid_forward(x):
    with np.errstate(over="ignore"):
        out = 1.0 / (1.0 + np.exp(-x))
    return [out, [x]]


def sigmoid_backward(dout, cache):
    y = sigmoid_forward(cache[0])[0]
    return y * (1.0 - y) * dout


def tanh_forward(x):
    small = np.exp(-2 * np.abs(x))
    return [np.sign(x) * (1 - small) / (1 + small), [x]]


def tanh_backward(dout, cache):
    return dout - dout * tanh_forward(cache[0])[0] ** 2


def relu_forward(x):
    return [(np.abs(x) + x) / 2, x > 0]


def relu_backward(dout, cache):
    return np.multiply(dout, cache, dtype=float)


def leaky_relu_forward(x):
    return [np.maximum(x, 0) + 0.1 * np.minimum(x, 0), x.copy()]


def leaky_relu_backward(dout, cache):
    slopes = np.full_like(cache, 0.1)
    slopes[cache > 0] = 1
    return slopes * dout


def elu_forward(x):
    out = x.copy()
    out[x <= 0] = np.exp(x[x <= 0]) - 1
    return [out, (x > 0, out.copy())]


def elu_backward(dout, cache):
    right, out = cache
    return np.where(right, dout, (out + 1) * dout)


def maxout_forward(x, w1, b1, w2, b2):
    z = [x.dot(w1) + b1, x.dot(w2) + b2]
    return [np.where(z[0] >= z[1], *z), [x, w1, w2, z[0] >= z[1]]]


def maxout_backward(dout, cache):
    x, w1, w2, first = cache
    dx, results = 0, []
    for w, mask in ((w1, first), (w2, np.logical_not(first))):
        dz = np.where(mask, dout, 0)
        dx = dx + dz @ w.T
        results += [x.T @ dz, np.ones(len(x)) @ dz]
    return dx, *results


def mean_and_variance(values):
    mean = values.sum() / values.size
    return mean, max((values**2).sum() / values.size - mean**2, 0.0)


def normalize(values, eps):
    mean, variance = mean_and_variance(values)
    std = np.sqrt(variance + eps)
    return (values - mean) / std, std, mean, variance


def gradient(g, x_hat, std):
    """Of one set of values that share a mean and a variance."""
    return (g - g.mean() - x_hat * (g * x_hat).mean()) / std


def batchnorm_forward(x, gamma, beta, bn_param):
    if bn_param["mode"] not in {"train", "test"}:
        raise NoSuchMode(bn_param["mode"])
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    x_hat, stds, features = np.zeros_like(x), [], range(x.shape[1])
    means, variances = (bn_param.get(name, np.zeros(x.shape[1])).copy() for name in ("running_mean", "running_var"))
    for d in features:
        if bn_param["mode"] == "test":
            x_hat[:, d] = (x[:, d] - means[d]) / np.sqrt(variances[d] + eps)
            continue
        x_hat[:, d], std, mean, variance = normalize(x[:, d], eps)
        means[d], variances[d] = (
            momentum * means[d] + (1 - momentum) * mean,
            momentum * variances[d] + (1 - momentum) * variance,
        )
        stds.append(std)
    bn_param["running_mean"], bn_param["running_var"] = means, variances
    return [np.asfortranarray(gamma * x_hat + beta), {"x_hat": x_hat, "std": stds, "gamma": gamma}]


def batchnorm_backward(dout, cache):
    x_hat, features = cache["x_hat"], range(dout.shape[1])
    columns = [gradient(cache["gamma"][d] * dout[:, d], x_hat[:, d], cache["std"][d]) for d in features]
    return [np.stack(columns, axis=1), np.diag(dout.T @ x_hat).copy(), dout.sum(0)]


def batchnorm_backward_alt(dout, cache):
    x_hat, scale = cache["x_hat"], cache["gamma"] / np.array(cache["std"])
    dgamma, dbeta = (dout * x_hat).sum(0), dout.sum(0)
    return [scale * (dout - (dbeta + x_hat * dgamma) / len(dout)), dgamma, dbeta]


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    columns = np.stack([x[:, c].ravel() for c in range(C)], axis=1)
    out, cache = batchnorm_forward(columns, gamma, beta, bn_param)
    return [np.stack([out[:, c].reshape(N, H, W) for c in range(C)], axis=1), cache]


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    columns = np.stack([dout[:, c].ravel() for c in range(C)], axis=1)
    dx, dgamma, dbeta = batchnorm_backward(columns, cache)
    return [np.stack([dx[:, c].reshape(N, H, W) for c in range(C)], axis=1), dgamma, dbeta]


def layernorm_forward(x, gamma, beta, ln_param):
    rows = [normalize(row, ln_param.get("eps", 1e-5)) for row in x]
    x_hat = np.array([row[0] for row in rows])
    return [x_hat * gamma + beta, (x_hat, [row[1] for row in rows], gamma)]


def layernorm_backward(dout, cache):
    x_hat, stds, gamma = cache
    dx = np.array([gradient(gamma * d, row, std) for d, row, std in zip(dout, x_hat, stds)])
    return [dx, (dout * x_hat).sum(0), dout.sum(0)]


def instancenorm_forward(x, gamma, beta, in_param):
    out = np.zeros_like(x)
    for n, c in np.ndindex(x.shape[:2]):
        out[n, c] = gamma[c] * normalize(x[n, c], in_param.get("eps", 1e-5))[0] + beta[c]
    return [out, None]


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    size, x_hat, stds = x.shape[1] // G, np.zeros_like(x), {}
    for n, g in np.ndindex(len(x), G):
        group = slice(g * size, (g + 1) * size)
        x_hat[n, group], stds[n, g], *_ = normalize(x[n, group], gn_param.get("eps", 1e-5))
    out = np.einsum("c,nchw->nchw", gamma, x_hat) + beta.reshape(-1, 1, 1)
    return [out, {"x_hat": x_hat, "stds": stds, "gamma": gamma, "size": size}]


def spatial_groupnorm_backward(dout, cache):
    x_hat, size, dx = cache["x_hat"], cache["size"], np.zeros_like(dout)
    for (n, g), std in cache["stds"].items():
        group = slice(g * size, (g + 1) * size)
        scaled = cache["gamma"][group].reshape(-1, 1, 1) * dout[n, group]
        dx[n, group] = gradient(scaled, x_hat[n, group], std)
    return [dx, np.einsum("nchw,nchw->c", dout, x_hat), np.einsum("nchw->c", dout)]


def fold_batchnorm(w, b, gamma, beta, running_mean, running_var, eps):
    filters, biases = [], []
    for f, filter_ in enumerate(w):
        scale = gamma[f] / (running_var[f] + eps) ** 0.5
        filters.append(scale * filter_)
        biases.append(scale * (b[f] - running_mean[f]) + beta[f])
    return [np.stack(filters), np.array(biases)]
