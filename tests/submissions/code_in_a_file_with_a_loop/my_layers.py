import numpy as np


def mix(x, w, b):
    out = np.zeros((x.shape[0], w.shape[0], *x.shape[2:]))
    for f in range(w.shape[0]):
        out[:, f] = np.einsum("nchw,c->nhw", x, w[f]) + b[f]
    return out
