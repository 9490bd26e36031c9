import numpy as np

def receptive_field(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size

def conv_forward_naive(x, w, b, conv_param):
    return x, w, b


def conv_backward_naive(dout, cache):
    return (dout,)

def conv1x1_forward(x, w, b):
    return np.einsum("fc,nchw->nfhw", w, x) + b[:, None, None]
