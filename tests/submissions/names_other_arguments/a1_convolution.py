import numpy as np

def receptive_field():
    return 1

def cross_correlate2d(image, kernel, *, verbose=False):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijkl,kl->ij", windows, kernel)

def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    span = dilation * (kernel_size - 1) + 1
    if span > size + 2 * pad:
        raise ValueError("the filter does not fit into the padded input")
    return (size + 2 * pad - span) // stride + 1
