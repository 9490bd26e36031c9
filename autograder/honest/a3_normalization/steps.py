"""One small step after the other, every function on its own; the cache is a tuple of intermediate values."""

import numpy as np


def sigmoid_forward(x):
    small = np.exp(-np.abs(x))
    out = np.where(x >= 0, 1 / (1 + small), small / (1 + small))
    cache = out
    return out, cache


def sigmoid_backward(dout, cache):
    out = cache
    dx = dout * out * (1 - out)
    return dx


def tanh_forward(x):
    out = np.tanh(x)
    cache = out
    return out, cache


def tanh_backward(dout, cache):
    out = cache
    dx = dout * (1 - out**2)
    return dx


def relu_forward(x):
    out = np.maximum(0, x)
    cache = x
    return out, cache


def relu_backward(dout, cache):
    x = cache
    dx = dout * (x > 0)
    return dx


def leaky_relu_forward(x):
    slope = 0.1
    out = np.where(x > 0, x, slope * x)
    cache = x
    return out, cache


def leaky_relu_backward(dout, cache):
    x = cache
    slope = 0.1
    dx = np.where(x > 0, dout, slope * dout)
    return dx


def elu_forward(x):
    alpha = 1.0
    out = np.where(x > 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1))
    cache = (x, out)
    return out, cache


def elu_backward(dout, cache):
    x, out = cache
    alpha = 1.0
    dx = np.where(x > 0, dout, dout * (out + alpha))
    return dx


def maxout_forward(x, w1, b1, w2, b2):
    z1 = x @ w1 + b1
    z2 = x @ w2 + b2
    out = np.maximum(z1, z2)
    cache = (x, w1, w2, z1 > z2)
    return out, cache


def maxout_backward(dout, cache):
    x, w1, w2, first = cache
    d1 = dout * first
    d2 = dout * ~first
    dx = d1 @ w1.T + d2 @ w2.T
    dw1 = x.T @ d1
    db1 = d1.sum(axis=0)
    dw2 = x.T @ d2
    db2 = d2.sum(axis=0)
    return dx, dw1, db1, dw2, db2


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D))
    running_var = bn_param.get("running_var", np.zeros(D))
    if mode == "train":
        mean = np.mean(x, axis=0)
        var = np.var(x, axis=0)
        std = np.sqrt(var + eps)
        x_hat = (x - mean) / std
        out = gamma * x_hat + beta
        cache = (x, mean, var, std, x_hat, gamma, beta, eps)
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * var
    elif mode == "test":
        std = np.sqrt(running_var + eps)
        x_hat = (x - running_mean) / std
        out = gamma * x_hat + beta
        cache = None
    else:
        raise ValueError(f"the mode must be train or test, not {mode}")
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    x, mean, var, std, x_hat, gamma, beta, eps = cache
    N = dout.shape[0]
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)
    dx_hat = dout * gamma
    centered = x - mean
    dcentered = dx_hat / std
    dstd = np.sum(dx_hat * centered, axis=0) * -1 / std**2
    dvar = dstd * 0.5 / std
    dcentered = dcentered + dvar * 2 * centered / N
    dmean = -np.sum(dcentered, axis=0)
    dx = dcentered + dmean / N
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    x, mean, var, std, x_hat, gamma, beta, eps = cache
    N = dout.shape[0]
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)
    dx = gamma / (N * std) * (N * dout - dbeta - x_hat * dgamma)
    return dx, dgamma, dbeta


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, C, H, W = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(C))
    running_var = bn_param.get("running_var", np.zeros(C))
    flat = x.transpose(0, 2, 3, 1).reshape(-1, C)
    if mode == "train":
        mean = np.mean(flat, axis=0)
        var = np.var(flat, axis=0)
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * var
    elif mode == "test":
        mean = running_mean
        var = running_var
    else:
        raise ValueError(f"the mode must be train or test, not {mode}")
    std = np.sqrt(var + eps)
    x_hat = (flat - mean) / std
    out = gamma * x_hat + beta
    out = out.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    cache = (x_hat, std, gamma)
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def spatial_batchnorm_backward(dout, cache):
    x_hat, std, gamma = cache
    N, C, H, W = dout.shape
    flat = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    m = flat.shape[0]
    dbeta = np.sum(flat, axis=0)
    dgamma = np.sum(flat * x_hat, axis=0)
    dx = gamma / (m * std) * (m * flat - dbeta - x_hat * dgamma)
    dx = dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    mean = np.mean(x, axis=1, keepdims=True)
    var = np.var(x, axis=1, keepdims=True)
    std = np.sqrt(var + eps)
    x_hat = (x - mean) / std
    out = gamma * x_hat + beta
    cache = (x_hat, std, gamma)
    return out, cache


def layernorm_backward(dout, cache):
    x_hat, std, gamma = cache
    D = dout.shape[1]
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)
    dx_hat = dout * gamma
    total = np.sum(dx_hat, axis=1, keepdims=True)
    product = np.sum(dx_hat * x_hat, axis=1, keepdims=True)
    dx = (D * dx_hat - total - x_hat * product) / (D * std)
    return dx, dgamma, dbeta


def instancenorm_forward(x, gamma, beta, in_param):
    eps = in_param.get("eps", 1e-5)
    mean = np.mean(x, axis=(2, 3), keepdims=True)
    var = np.var(x, axis=(2, 3), keepdims=True)
    std = np.sqrt(var + eps)
    x_hat = (x - mean) / std
    out = gamma.reshape(1, -1, 1, 1) * x_hat + beta.reshape(1, -1, 1, 1)
    cache = (x_hat, std, gamma)
    return out, cache


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    groups = x.reshape(N, G, C // G, H, W)
    mean = np.mean(groups, axis=(2, 3, 4), keepdims=True)
    var = np.var(groups, axis=(2, 3, 4), keepdims=True)
    std = np.sqrt(var + eps)
    x_hat = ((groups - mean) / std).reshape(N, C, H, W)
    out = gamma.reshape(1, C, 1, 1) * x_hat + beta.reshape(1, C, 1, 1)
    cache = (x_hat, std, gamma, G)
    return out, cache


def spatial_groupnorm_backward(dout, cache):
    x_hat, std, gamma, G = cache
    N, C, H, W = dout.shape
    dbeta = np.sum(dout, axis=(0, 2, 3))
    dgamma = np.sum(dout * x_hat, axis=(0, 2, 3))
    dx_hat = (dout * gamma.reshape(1, C, 1, 1)).reshape(N, G, C // G, H, W)
    x_hat = x_hat.reshape(N, G, C // G, H, W)
    m = C // G * H * W
    total = np.sum(dx_hat, axis=(2, 3, 4), keepdims=True)
    product = np.sum(dx_hat * x_hat, axis=(2, 3, 4), keepdims=True)
    dx = (m * dx_hat - total - x_hat * product) / (m * std)
    dx = dx.reshape(N, C, H, W)
    return dx, dgamma, dbeta


def fold_batchnorm(w, b, gamma, beta, running_mean, running_var, eps):
    scale = gamma / np.sqrt(running_var + eps)
    w_folded = w * scale[:, None, None, None]
    b_folded = (b - running_mean) * scale + beta
    return w_folded, b_folded
