import numpy as np

def receptive_field(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size

def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    span = dilation * (kernel_size - 1) + 1
    if span > size + 2 * pad:
        raise ValueError("the filter does not fit into the padded input")
    return np.array((size + 2 * pad - span) // stride + 1, dtype=np.int32)

def conv1x1_forward(x, w, b):
    return np.einsum("fc,nchw->nfhw", w, x) + b[:, None, None]
