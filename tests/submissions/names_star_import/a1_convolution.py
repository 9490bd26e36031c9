from numpy import *

def cross_correlate2d(x, k):
    H, W = x.shape
    y = zeros((H - k.shape[0] + 1, W - k.shape[1] + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = sum(x[i:i + k.shape[0], j:j + k.shape[1]] * k)
    return y
