import numpy as np
import no_such_package

def receptive_field(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size

def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    return no_such_package.size(size, kernel_size, stride, pad, dilation)

def cross_correlate2d(x, k):
    windows = np.lib.stride_tricks.sliding_window_view(x, k.shape)
    return np.einsum("ijkl,kl->ij", windows, k)
