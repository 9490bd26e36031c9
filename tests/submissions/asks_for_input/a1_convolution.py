import numpy as np

def receptive_field(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size

def cross_correlate2d(x, k):
    name = input('Which kernel? ')
    windows = np.lib.stride_tricks.sliding_window_view(x, k.shape)
    y = np.einsum('ijkl,kl->ij', windows, k)
    return y

def conv1x1_forward(x, w, b):
    return np.einsum("fc,nchw->nfhw", w, x) + b[:, None, None]
