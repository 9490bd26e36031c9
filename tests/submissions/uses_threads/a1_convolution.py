import numpy as np

def receptive_field(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size

def cross_correlate2d(x, k):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        rows = pool.map(lambda i: [np.sum(x[i:i + k.shape[0], j:j + k.shape[1]] * k) for j in range(x.shape[1] - k.shape[1] + 1)], range(x.shape[0] - k.shape[0] + 1))
    return np.array(list(rows))

def conv1x1_forward(x, w, b):
    return np.einsum("fc,nchw->nfhw", w, x) + b[:, None, None]
