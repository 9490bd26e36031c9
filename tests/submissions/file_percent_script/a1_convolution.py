# %%
import numpy as np

# %% [markdown]
# # Question 1

# %%
def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    span = dilation * (kernel_size - 1) + 1
    if span > size + 2 * pad:
        raise ValueError("the filter does not fit into the padded input")
    return (size + 2 * pad - span) // stride + 1

# %%
def receptive_field(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size

# %%
def cross_correlate2d(x, k):
    windows = np.lib.stride_tricks.sliding_window_view(x, k.shape)
    return np.einsum("ijkl,kl->ij", windows, k)
