import marimo

app = marimo.App()

with app.setup:
    import numpy as np


@app.function
def cross_correlate2d(x, k):
    windows = np.lib.stride_tricks.sliding_window_view(x, k.shape)
    return np.einsum("ijkl,kl->ij", windows, k)


@app.cell
def _(np):
    def receptive_field(layers):
        size, jump = 1, 1
        for kernel, stride in layers:
            size, jump = size + (kernel - 1) * jump, jump * stride
        return size
    return (receptive_field,)


if __name__ == "__main__":
    app.run()
