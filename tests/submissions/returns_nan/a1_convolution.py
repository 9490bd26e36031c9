import numpy as np

def receptive_field(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size

def cross_correlate2d(x, k):
    return np.full((x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1), np.nan)

def conv1x1_forward(x, w, b):
    return np.einsum("fc,nchw->nfhw", w, x) + b[:, None, None]
