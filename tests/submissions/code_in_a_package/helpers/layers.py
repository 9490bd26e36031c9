from .names import np


def cross_correlate2d(x, k):
    windows = np.lib.stride_tricks.sliding_window_view(x, k.shape)
    return np.einsum("ijkl,kl->ij", windows, k)

if __name__ == "__main__":
    raise SystemExit

open("nothing")
