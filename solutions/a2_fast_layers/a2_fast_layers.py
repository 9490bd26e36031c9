# %% [markdown]
# # Assignment 2 · Fast layers
#
# In Assignment 1 you wrote a convolution with four nested loops. It was right, and so slow that nobody could train a
# network with it. Here you make it some hundred times faster, without leaving NumPy, and you add the other layer
# that every classical network has: pooling.
#
# **How this notebook works.** As before: replace `raise NotImplementedError(...)` in each function, and run the cell
# `cnnlab.check(...)` below it as often as you like. The grader calls your functions by their names, on other shapes
# and numbers.
#
# **NumPy only.** In the eight functions, and in what they call, use NumPy and nothing else: no PyTorch, SciPy or
# Numba, no compiled code. Within NumPy everything is allowed.
#
# **Speed counts.** In four questions a part of the points is for speed: your function is timed against four nested
# loops on the same machine in the same minute, and should be at least 20 times as fast (some points already for 5 and
# 10 times). The best of several calls counts, and a good solution is at 100 times or more, so a busy machine is no
# reason to worry.
#
# The eight functions give 85 points, the two written answers 15.

# %% tags=["setup"]
import cnnlab

# %%
import numpy as np
from IPython.display import display

from cnnlab.layer_pictures import show_im2col, show_pooling, show_shift, show_speed
from cnnlab.plotting import picture, sample_image
from cnnlab.timing import best_seconds, time_ways, torch_layers

# %% [markdown]
# ## 1 · Why are loops slow?
#
# Not because of the arithmetic. One window of a $3 \times 3$ filter on three channels is 27 multiply-adds, which a
# processor does in a few billionths of a second. But before NumPy gets to multiply, Python has to look up names, build
# slice objects, check types and shapes, and make two small arrays to hold the results. That costs the same whether
# the arrays have 27 entries or 27 million: a few **microseconds per call**. Look at what your machine does:

# %%
with picture():
    rng = np.random.default_rng(0)
    window, weights, a, b = (rng.random(shape) for shape in ((3, 3, 3), (3, 3, 3), (400, 400), (400, 400)))
    small = best_seconds(lambda: [np.sum(window * weights) for _ in range(100)]) / 100
    large = best_seconds(lambda: a @ b)
    for what, seconds, count in (("window * weights, sum", small, 27), ("400x400 matrices, @", large, 400**3)):
        print(f"{what:<22} {1e6 * seconds:9.1f} µs {count / seconds / 1e6:9,.0f} million multiply-adds per second")

# %% [markdown]
# A matrix product is the one thing that processors, and the people who write libraries for them, have optimized for
# fifty years: blocks that fit the caches, several multiply-adds in every clock tick. So the plan is:
#
# 1. **few calls, large arrays**: the number of Python calls must not grow with the number of windows;
# 2. **say it as a matrix product**, if you can.
#
# ### Bring your loops along
#
# For the comparison further down, copy `conv_forward_naive` and `conv_backward_naive` from your Assignment 1 into
# this cell. It is not graded; without it, one bar is missing in a picture.


# %% nbgrader={"grade": false, "grade_id": "your_loops", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_forward_naive(x, w, b, conv_param):
    ### BEGIN SOLUTION
    stride, pad = conv_param["stride"], conv_param["pad"]
    F, _, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    H_out, W_out = (x_pad.shape[2] - HH) // stride + 1, (x_pad.shape[3] - WW) // stride + 1
    out = np.zeros((len(x), F, H_out, W_out), dtype=x.dtype)
    for n, f, i, j in np.ndindex(out.shape):
        window = x_pad[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
        out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x_pad, w, stride, pad)
    ### END SOLUTION


def conv_backward_naive(dout, cache):
    ### BEGIN SOLUTION
    x_pad, w, stride, pad = cache
    HH, WW = w.shape[2:]
    dx_pad, dw = np.zeros_like(x_pad), np.zeros_like(w)
    for n, f, i, j in np.ndindex(dout.shape):
        place = (n, slice(None), slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW))
        dw[f] += dout[n, f, i, j] * x_pad[place]
        dx_pad[place] += dout[n, f, i, j] * w[f]
    H, W = x_pad.shape[2] - 2 * pad, x_pad.shape[3] - 2 * pad
    return dx_pad[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))
    ### END SOLUTION


# %% [markdown]
# ## 2 · A convolution is a matrix product
#
# Take one image, and write each window as a **column**: all its $K = C \cdot HH \cdot WW$ numbers below each other.
# With $L = H_\text{out} \cdot W_\text{out}$ windows that is a matrix of shape $(K, L)$. Write each filter as a
# **row** of $K$ numbers in the same order: a matrix of shape $(F, K)$. The product of the two,
#
# $$
# \underbrace{\text{out}}_{F \times L} \;=\; \underbrace{W}_{F \times K}\; \underbrace{X_\text{col}}_{K \times L} \;+\; b,
# $$
#
# holds "filter times window" for every filter and every window. Reshaped to $(F, H_\text{out}, W_\text{out})$ it is
# the output. Making the columns is known as **im2col**; it is how the first fast GPU networks convolved, and many
# libraries still do.
#
# Here is the example of Assignment 1, with $x$ of $3 \times 4$ and windows of $2 \times 2$. Find each window in its
# column:

# %%
with picture():
    plane = np.array([[1, 2, 0, 1], [0, 1, 3, 1], [2, 0, 1, 2]])
    display(show_im2col(plane, (2, 2)))

# %% [markdown]
# With the filter $w = \begin{pmatrix} 1 & 0 \\ -1 & 2 \end{pmatrix}$ as a row and $b = 1$:
#
# $$
# \begin{pmatrix} 1 & 0 & -1 & 2 \end{pmatrix}
# \begin{pmatrix} 1 & 2 & 0 & 0 & 1 & 3 \\ 2 & 0 & 1 & 1 & 3 & 1 \\ 0 & 1 & 3 & 2 & 0 & 1 \\ 1 & 3 & 1 & 0 & 1 & 2
# \end{pmatrix} + 1 =
# \begin{pmatrix} 4 & 8 & 0 & -1 & 4 & 7 \end{pmatrix}
# \quad\longrightarrow\quad
# \begin{pmatrix} 4 & 8 & 0 \\ -1 & 4 & 7 \end{pmatrix}.
# $$
#
# ### How to make the columns without looping over windows
#
# Read the picture the other way: by **rows**. A row belongs to one tap $(p, q)$ of the filter, and holds what that tap
# meets while the filter walks over the image. That is simply the image, shifted by $(p, q)$, every $S$-th place of it:
#
# $$
# X_\text{col}[(c, p, q),\, (i, j)] \;=\; \hat x[c,\; iS + p,\; jS + q].
# $$
#
# So there are (at least) three ways, each with a handful of Python calls:
#
# - **a loop over taps**: nine steps for a $3 \times 3$ filter, each of which copies one shifted slice for all images,
#   channels and windows at once. Where does the slice end? It has $H_\text{out}$ places, $S$ apart;
# - **index arrays**: compute once which row and column of the image every entry of $X_\text{col}$ comes from, and let
#   `x_pad[:, c, rows, columns]` do the rest;
# - **`np.lib.stride_tricks.sliding_window_view`**: shows all windows as an array with two more axes, without copying
#   anything. Then `np.tensordot`, or a reshape (which copies) and `@`. Mind the order of the axes, and the stride.
#
# What it costs: $X_\text{col}$ has $HH \cdot WW$ times as many numbers as the image. For 16 images of
# $32 \times 28 \times 28$ and $5 \times 5$ filters that is 80 MB instead of 3. If it does not fit the processor's
# caches any more, working through the batch a few images at a time is faster than all at once.
#
# ### Helpers, if you like
#
# Two functions that many solutions have in some form. They are not graded, you need not use them, and you may change
# them as you please. `taps` is $X_\text{col}$ with all its axes: reshape it to $(N, K, L)$ for the product.


# %% nbgrader={"grade": false, "grade_id": "im2col", "locked": false, "schema_version": 3, "solution": true, "task": false}
def im2col(x_pad, taps, stride):
    """Fill the columns of some images: taps[n, c, p, q, i, j] = x_pad[n, c, i * stride + p, j * stride + q].

    Args:
        x_pad: padded images, shape (N, C, H, W).
        taps: the array to fill, shape (N, C, HH, WW, H_out, W_out).
        stride: int.
    """
    ### BEGIN SOLUTION
    # Columns of the filter first, then its rows: the second step copies whole planes, which is quicker than W_out
    # numbers at a time.
    N, C, HH, WW, H_out, W_out = taps.shape
    strips = np.empty((N, C, WW, x_pad.shape[2], W_out), dtype=taps.dtype)
    for q in range(WW):
        strips[:, :, q] = x_pad[:, :, :, q : q + stride * (W_out - 1) + 1 : stride]
    for p in range(HH):
        taps[:, :, p] = strips[:, :, :, p : p + stride * (H_out - 1) + 1 : stride]
    ### END SOLUTION


def col2im(taps, x_pad, stride):
    """The way back: add taps[n, c, p, q, i, j] to x_pad[n, c, i * stride + p, j * stride + q]. Shapes as in im2col."""
    ### BEGIN SOLUTION
    N, C, HH, WW, H_out, W_out = taps.shape
    strips = np.zeros((N, C, WW, x_pad.shape[2], W_out), dtype=taps.dtype)
    for p in range(HH):
        strips[:, :, :, p : p + stride * (H_out - 1) + 1 : stride] += taps[:, :, p]
    for q in range(WW):
        x_pad[:, :, :, q : q + stride * (W_out - 1) + 1 : stride] += strips[:, :, q]
    ### END SOLUTION


# %% [markdown]
# ### Question 1 · `conv_forward_fast` (20 points)
#
# The same layer as `conv_forward_naive`, in every detail. 15 points are for right outputs, 5 for speed.


# %% nbgrader={"grade": false, "grade_id": "conv_forward_fast_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_forward_fast(x, w, b, conv_param):
    """Forward pass of a convolution layer, fast.

    Args:
        x: images, shape (N, C, H, W).
        w: filters, shape (F, C, HH, WW).
        b: biases, shape (F,).
        conv_param: dict with "stride" and "pad", ints, the same on both axes; the padding is zeros.

    Returns:
        out: shape (N, F, H_out, W_out), sizes rounded down as in Assignment 1, dtype as x.
        cache: whatever `conv_backward_fast` needs.
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param["stride"], conv_param["pad"]
    H_out, W_out = (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1
    K, L = C * HH * WW, H_out * W_out
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    weights = np.column_stack([w.reshape(F, K), b])  # the bias meets a row of ones at the end of the columns
    out = np.empty((N, F, L), dtype=np.result_type(x, w, b))
    block = min(N, max(1, 400_000 // (K * L)))  # images at a time: about what a processor's cache holds
    columns = np.ones((block, K + 1, L), dtype=x.dtype)
    taps = columns[:, :K].reshape(block, C, HH, WW, H_out, W_out)
    for n in range(0, N, block):
        size = min(block, N - n)
        im2col(x_pad[n : n + size], taps[:size], stride)
        np.matmul(weights, columns[:size], out=out[n : n + size])
    cache = (x_pad, w, stride, pad, block)
    return out.reshape(N, F, H_out, W_out), cache
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "conv_forward_fast", "locked": true, "points": 20, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("conv_forward_fast")

# %% [markdown]
# ## 3 · Backward: the same two matrices
#
# Once a layer is a matrix product, its backward pass is two more. Let $\text{dout}$ of one image be a matrix of shape
# $(F, L)$ too. From $\text{out} = W X_\text{col} + b$ follows
#
# $$
# dW = \text{dout}\; X_\text{col}^{\mathsf T}, \qquad
# dX_\text{col} = W^{\mathsf T}\, \text{dout}, \qquad
# db = \text{dout}\, \mathbf 1 ,
# $$
#
# with $dW$ and $db$ added up over the images of the batch. (A check that always helps: there is only one order in
# which the shapes fit.)
#
# What is left is the way back from the columns to the image, **col2im**. A pixel was copied into several columns, one
# for each window that covers it, so its gradient is the **sum** of what arrives at all its copies. In the picture
# above, follow the 3 of the image: it stands in four columns.
#
# Careful with index arrays here. `dx_pad[rows, columns] += dcols` reads, adds and writes each place *once*, so that of
# several contributions to the same pixel only one survives. `np.add.at(dx_pad, index, dcols)` adds every one. With a
# loop over taps the problem does not arise: within one tap no pixel comes twice.
#
# For paper, with the image and filter from above:
#
# $$
# \text{dout} = \begin{pmatrix} 1 & 0 & 2 & 0 & -1 & 0 \end{pmatrix}, \qquad
# dX_\text{col} = \begin{pmatrix} 1 \\ 0 \\ -1 \\ 2 \end{pmatrix} \text{dout} =
# \begin{pmatrix} 1 & 0 & 2 & 0 & -1 & 0 \\ 0 & 0 & 0 & 0 & 0 & 0 \\ -1 & 0 & -2 & 0 & 1 & 0 \\ 2 & 0 & 4 & 0 & -2 & 0
# \end{pmatrix}
# $$
#
# $$
# \Longrightarrow\quad
# \text{dx} = \begin{pmatrix} 1 & 0 & 2 & 0 \\ -1 & 1 & -2 & 4 \\ 0 & 1 & -2 & 0 \end{pmatrix}, \quad
# \text{dw} = \begin{pmatrix} 0 & 1 \\ 6 & 2 \end{pmatrix}, \quad \text{db} = 2 .
# $$
#
# ### Question 2 · `conv_backward_fast` (25 points)
#
# 20 points are for right gradients, 5 for speed.


# %% nbgrader={"grade": false, "grade_id": "conv_backward_fast_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_backward_fast(dout, cache):
    """Backward pass of a convolution layer, fast.

    Args:
        dout: gradient of the loss with respect to out, shape (N, F, H_out, W_out).
        cache: from `conv_forward_fast`; it may be used again, so leave it as it is.

    Returns:
        dx: shape (N, C, H, W), as x.
        dw: shape (F, C, HH, WW), as w.
        db: shape (F,), as b.
    """
    ### BEGIN SOLUTION
    x_pad, w, stride, pad, block = cache
    F, C, HH, WW = w.shape
    N, _, H_out, W_out = dout.shape
    K, L = C * HH * WW, H_out * W_out
    dout = dout.reshape(N, F, L)
    w_columns = np.ascontiguousarray(w.reshape(F, K).T)
    dx_pad = np.zeros_like(x_pad)
    dweights = np.zeros((K + 1, F), dtype=w.dtype)
    columns = np.ones((block, K + 1, L), dtype=x_pad.dtype)
    taps = columns[:, :K].reshape(block, C, HH, WW, H_out, W_out)
    for n in range(0, N, block):
        size = min(block, N - n)
        im2col(x_pad[n : n + size], taps[:size], stride)
        dweights += np.matmul(columns[:size], dout[n : n + size].transpose(0, 2, 1)).sum(axis=0)
        np.matmul(w_columns, dout[n : n + size], out=columns[:size, :K])
        col2im(taps[:size], dx_pad[n : n + size], stride)
    H, W = x_pad.shape[2] - 2 * pad, x_pad.shape[3] - 2 * pad
    return dx_pad[:, :, pad : pad + H, pad : pad + W], dweights[:K].T.reshape(w.shape), dweights[K]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "conv_backward_fast", "locked": true, "points": 25, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("conv_backward_fast")

# %% [markdown]
# ### What it brings
#
# Forward and backward together, in float64: your loops (measured on one image and multiplied), your fast layer, and
# PyTorch if it is installed. The axis is logarithmic: each line is a factor of ten. Run it twice, timings jump a
# little.

# %%
with picture("conv_backward_fast"):
    layers = {
        "loops": (conv_forward_naive, conv_backward_naive),
        "fast": (conv_forward_fast, conv_backward_fast),
        "library": torch_layers().get("conv"),
    }
    sizes = {
        "16 images 3x32x32,\n32 filters 3x3": ((16, 3, 32, 32), (32, 3, 3, 3), 1),
        "4 images 32x28x28,\n64 filters 5x5": ((4, 32, 28, 28), (64, 32, 5, 5), 2),
    }
    rng, table = np.random.default_rng(0), {}
    for title, (x_shape, w_shape, pad) in sizes.items():
        x, w, b = (rng.standard_normal(shape) for shape in (x_shape, w_shape, w_shape[:1]))
        table[title] = time_ways(**layers, inputs=(x, w, b, {"stride": 1, "pad": pad}))
    for title, seconds in table.items():
        print(f"{title.replace(chr(10), ' '):<38}", *(f"{way} {1000 * s:9.2f} ms " for way, s in seconds.items()))
    display(show_speed(table))

# %% [markdown]
# ## 4 · Max pooling
#
# A pooling layer makes maps smaller: it lays a window of $PH \times PW$ over each map, as a convolution would, and
# keeps one number of each window. **Max pooling** keeps the largest. There are no weights, no padding here, and
# channels stay apart: the output has as many as the input.
#
# $$
# \text{out}[n, c, i, j] = \max_{0 \le p < PH,\; 0 \le q < PW} x[n, c,\; iS + p,\; jS + q],
# \qquad H_\text{out} = \left\lfloor \frac{H - PH}{S} \right\rfloor + 1 .
# $$
#
# Mostly windows of $2 \times 2$ lie side by side ($S = 2$), but they may overlap ($S < PH$: AlexNet took $3 \times 3$
# with stride 2) or have gaps between them ($S > PH$), need not be square, and where the stride does not divide evenly
# the last rows and columns are in no window. Your functions do all of these.

# %%
with picture():
    plane = np.array([[1, 3, 2, 0], [5, 4, 1, 8], [0, 2, 6, 1], [3, 1, 2, 7]])
    display(show_pooling(plane, 2, 2, stride=2))
    display(show_pooling(plane, 2, 2, stride=1, title="overlapping windows: 2x2 with stride 1"))

# %% [markdown]
# ### Question 3 · `max_pool_forward_naive` (7 points)
#
# With loops, as simple as you can.


# %% nbgrader={"grade": false, "grade_id": "max_pool_forward_naive_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def max_pool_forward_naive(x, pool_param):
    """Forward pass of max pooling, with loops.

    Args:
        x: maps, shape (N, C, H, W).
        pool_param: dict with "pool_height", "pool_width" and "stride", ints.

    Returns:
        out: shape (N, C, H_out, W_out), sizes rounded down, dtype as x.
        cache: whatever `max_pool_backward_naive` needs.
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    out = np.zeros((N, C, (H - height) // stride + 1, (W - width) // stride + 1), dtype=x.dtype)
    for n, c, i, j in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        out[n, c, i, j] = np.max(x[n, c, top : top + height, left : left + width])
    return out, (x, pool_param)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "max_pool_forward_naive", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("max_pool_forward_naive")

# %% [markdown]
# ### Backward
#
# Move an input a little that is not the largest of its window: nothing happens, its gradient is zero. Move the largest
# one: the output moves just as much. So each entry of dout goes, whole, to the place its window's maximum came from.
# Where windows overlap, one input may be the maximum of several, and collects from all of them.
#
# (If two numbers of a window are equal, either may get it; sharing it out is fine too. The tests have no ties.)
#
# For paper, the plane from above with windows of $2 \times 2$ and stride 1:
#
# $$
# \text{dout} = \begin{pmatrix} 1 & 2 & 3 \\ 4 & 5 & 6 \\ 7 & 8 & 9 \end{pmatrix}
# \quad\Longrightarrow\quad
# \text{dx} = \begin{pmatrix} 0 & 0 & 0 & 0 \\ 5 & 2 & 0 & 9 \\ 0 & 0 & 13 & 0 \\ 7 & 0 & 0 & 9 \end{pmatrix}.
# $$
#
# The 6 of the plane was the maximum of two windows, and gets $5 + 8 = 13$.
#
# ### Question 4 · `max_pool_backward_naive` (8 points)


# %% nbgrader={"grade": false, "grade_id": "max_pool_backward_naive_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def max_pool_backward_naive(dout, cache):
    """Backward pass of max pooling, with loops.

    Args:
        dout: gradient of the loss with respect to out, shape (N, C, H_out, W_out).
        cache: from `max_pool_forward_naive`; it may be used again, so leave it as it is.

    Returns:
        dx: shape (N, C, H, W), as x.
    """
    ### BEGIN SOLUTION
    x, pool_param = cache
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        window = x[n, c, top : top + height, left : left + width]
        p, q = np.unravel_index(np.argmax(window), window.shape)
        dx[n, c, top + p, left + q] += dout[n, c, i, j]
    return dx
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "max_pool_backward_naive", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("max_pool_backward_naive")

# %% [markdown]
# ### What pooling is good for: small shifts
#
# Below, a photograph is moved by one pixel, and we look at its edges. Without pooling, the map of edges changes a lot:
# every edge is in another place. After max pooling with larger and larger windows, the difference gets smaller and
# smaller: where an edge moves *within* a window, the maximum stays the same. What is lost is the exact place. Your
# own function does the work.

# %%
with picture("max_pool_forward_naive"):
    gray = np.tensordot([0.299, 0.587, 0.114], sample_image(128), axes=1)
    edges = np.abs(gray[:, 1:] - gray[:, :-1])
    before, after = edges[:, :-8][:120, :112], edges[:, 1:][:120, :112]  # the second one is moved by one pixel
    rows = [("edges", before, after)]
    for size in (2, 4, 8):
        pool_param = {"pool_height": size, "pool_width": size, "stride": size}
        pooled = [max_pool_forward_naive(plane[None, None], pool_param)[0][0, 0] for plane in (before, after)]
        rows.append((f"pooled {size}x{size}", *pooled))
    display(show_shift(rows))

# %% [markdown]
# ## 5 · Max pooling, fast
#
# The trick is that of section 2: loop over the **places in a window**, not over the windows. For windows of
# $2 \times 2$ there are four shifted slices of the input, each as large as the output, and the output is the largest
# of the four, entry by entry: `np.maximum`.
#
# For the way back, compare each of these slices with the output: where they are equal is where the maximum came from.
# (Mind ties, if you want to be exact: after a ReLU whole windows may be 0, and each gradient should be handed out
# once.)
#
# You may know another trick: for windows side by side, reshape $(N, C, H, W)$ to
# $(N, C, H/2, 2, W/2, 2)$ and take the maximum over two axes. It is neat, but does not work where windows overlap, and
# those are what speed is measured with here: `{"pool_height": 2, "pool_width": 2, "stride": 1}`.
#
# ### Question 5 · `max_pool_forward_fast` (6 points)
#
# 4.5 points are for right outputs, 1.5 for speed.


# %% nbgrader={"grade": false, "grade_id": "max_pool_forward_fast_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def max_pool_forward_fast(x, pool_param):
    """Forward pass of max pooling, fast.

    Args:
        x: maps, shape (N, C, H, W).
        pool_param: dict with "pool_height", "pool_width" and "stride", ints; windows may overlap or have gaps.

    Returns:
        out: shape (N, C, H_out, W_out), sizes rounded down, dtype as x.
        cache: whatever `max_pool_backward_fast` needs.
    """
    ### BEGIN SOLUTION
    H, W = x.shape[2:]
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    bottom, right = (H - height) // stride * stride + 1, (W - width) // stride * stride + 1
    places = [
        (..., slice(p, p + bottom, stride), slice(q, q + right, stride)) for p in range(height) for q in range(width)
    ]
    tall = x[..., :bottom:stride, :].copy()  # the largest of each column of a window: rows lie together in memory
    for p in range(1, height):
        np.maximum(tall, x[..., p : p + bottom : stride, :], out=tall)
    out = tall[..., :right:stride].copy()  # the largest of its columns
    for q in range(1, width):
        np.maximum(out, tall[..., q : q + right : stride], out=out)
    return out, (x, out.copy(), places)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "max_pool_forward_fast", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("max_pool_forward_fast")

# %% [markdown]
# ### Question 6 · `max_pool_backward_fast` (8 points)
#
# 6.5 points are for right gradients, 1.5 for speed.


# %% nbgrader={"grade": false, "grade_id": "max_pool_backward_fast_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def max_pool_backward_fast(dout, cache):
    """Backward pass of max pooling, fast.

    Args:
        dout: gradient of the loss with respect to out, shape (N, C, H_out, W_out).
        cache: from `max_pool_forward_fast`; it may be used again, so leave it as it is.

    Returns:
        dx: shape (N, C, H, W), as x.
    """
    ### BEGIN SOLUTION
    x, out, places = cache
    dx = np.zeros_like(x)
    for image, largest, gradient, dimage in zip(x, out, dout, dx):  # one image at a time stays in the cache
        waiting = np.ones(gradient.shape, dtype=bool)  # of several equal maxima the first gets it all
        for place in places:
            found = (image[place] == largest) & waiting
            waiting ^= found
            dimage[place] += gradient * found
    return dx
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "max_pool_backward_fast", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("max_pool_backward_fast")

# %%
with picture("max_pool_backward_fast"):
    layers = {
        "loops": (max_pool_forward_naive, max_pool_backward_naive),
        "fast": (max_pool_forward_fast, max_pool_backward_fast),
        "library": torch_layers().get("max_pool"),
    }
    rng, table = np.random.default_rng(0), {}
    for (size, stride), title in {(2, 2): "2x2, stride 2", (3, 2): "3x3, stride 2"}.items():
        pool_param = {"pool_height": size, "pool_width": size, "stride": stride}
        table[title] = time_ways(**layers, inputs=(rng.standard_normal((32, 32, 32, 32)), pool_param))
    for title, seconds in table.items():
        print(f"{title:<14}", *(f"{way} {1000 * s:9.2f} ms " for way, s in seconds.items()))
    display(show_speed(table))

# %% [markdown]
# ## 6 · Average pooling
#
# The other common choice: keep the mean of each window. It appears mostly at the end of modern networks, over whole
# maps ("global average pooling").
#
# $$
# \text{out}[n, c, i, j] = \frac{1}{PH \cdot PW} \sum_{p, q} x[n, c,\; iS + p,\; jS + q]
# $$
#
# Every input of a window has the same share $1 / (PH \cdot PW)$ in its output, and so gets the same share of its
# gradient. On paper, with the plane from above, $2 \times 2$, stride 2:
#
# $$
# \text{out} = \begin{pmatrix} 3.25 & 2.75 \\ 1.5 & 4 \end{pmatrix}, \qquad
# \text{dout} = \begin{pmatrix} 4 & 8 \\ 12 & 16 \end{pmatrix} \;\Longrightarrow\;
# \text{dx} = \begin{pmatrix} 1 & 1 & 2 & 2 \\ 1 & 1 & 2 & 2 \\ 3 & 3 & 4 & 4 \\ 3 & 3 & 4 & 4 \end{pmatrix}.
# $$
#
# Loops are fine here, slices are shorter.
#
# ### Question 7 · `avg_pool_forward` (5 points)


# %% nbgrader={"grade": false, "grade_id": "avg_pool_forward_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def avg_pool_forward(x, pool_param):
    """Forward pass of average pooling.

    Args:
        x: maps, shape (N, C, H, W).
        pool_param: dict with "pool_height", "pool_width" and "stride", ints; windows may overlap or have gaps.

    Returns:
        out: shape (N, C, H_out, W_out), sizes rounded down, dtype as x.
        cache: whatever `avg_pool_backward` needs.
    """
    ### BEGIN SOLUTION
    H, W = x.shape[2:]
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    bottom, right = (H - height) // stride * stride + 1, (W - width) // stride * stride + 1
    places = [
        (..., slice(p, p + bottom, stride), slice(q, q + right, stride)) for p in range(height) for q in range(width)
    ]
    out = sum(x[place] for place in places) / len(places)
    return out, (x.shape, places)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "avg_pool_forward", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("avg_pool_forward")

# %% [markdown]
# ### Question 8 · `avg_pool_backward` (6 points)


# %% nbgrader={"grade": false, "grade_id": "avg_pool_backward_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def avg_pool_backward(dout, cache):
    """Backward pass of average pooling.

    Args:
        dout: gradient of the loss with respect to out, shape (N, C, H_out, W_out).
        cache: from `avg_pool_forward`; it may be used again, so leave it as it is.

    Returns:
        dx: shape (N, C, H, W), as x.
    """
    ### BEGIN SOLUTION
    shape, places = cache
    dx = np.zeros(shape, dtype=dout.dtype)
    for place in places:
        dx[place] += dout / len(places)
    return dx
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "avg_pool_backward", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("avg_pool_backward")

# %% [markdown]
# ## 7 · Written answers
#
# A few sentences each are enough. Reasons count, not length; a small example is welcome.
#
# ### Question 9 · `written_small_shifts` (8 points)
#
# Max pooling is said to make a network *invariant to small shifts*. What exactly does that mean, and why does it hold
# only in part? Use one row of a map, $(0, 0, 9, 0, 0, 0, 0, 0)$, and pooling with size 2 and stride 2: what happens to
# the output when the 9 moves by one place to the right, and what when it moves by one more? How does a convolution
# layer, in comparison, answer to a shift of its input? Name a task where pooling away the position hurts.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_small_shifts", "locked": false, "points": 8, "schema_version": 3, "solution": true, "task": false}
# Invariant means that the output does not change when the input is shifted a little. Each pooled number says only
# *that* something strong was in its window, not where in it. In the example the output is $(0, 9, 0, 0)$. One place to
# the right, the 9 is still in the second window, places 2 and 3: the output is the same. One more, and it is in the
# third window: $(0, 0, 9, 0)$. So it is invariant only for shifts that keep the maximum within its window (about
# half of all shifts by one place, for this size), and otherwise the output moves too, by one of its own places, which
# are $S$ of the input's. Several pooling layers on top of each other allow for larger shifts. A convolution with
# stride 1 is *equivariant* instead: shift the input and the output is shifted by the same amount (away from the
# border). Where position matters, as in segmentation, detection, pose or depth estimation, or reading a robot's
# gripper from a picture, throwing it away hurts.
#
# **Marks.** 2 what invariance means, with the reason (the place within a window does not count); 2 the example:
# unchanged first, then changed; 1 so it holds in part only, or only for small shifts; 2 convolution: the output shifts
# along (equivariant); 1 a task where position matters.

# %% [markdown]
# ### Question 10 · `written_pool_or_stride` (7 points)
#
# A map can be made half as high and wide by max pooling ($2 \times 2$, stride 2) after a convolution, or by giving
# the convolution itself a stride of 2. Compare the two for a layer with $3 \times 3$ filters, $C$ channels in and out,
# on maps of $H \times W$: parameters, multiply-adds, and what each can and cannot compute. When would you take which?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_pool_or_stride", "locked": false, "points": 7, "schema_version": 3, "solution": true, "task": false}
# Both have the same parameters, $9 C^2 + C$: pooling has none of its own. The convolution with stride 1 takes
# $9 C^2 H W$ multiply-adds, and then pooling looks at the results; with stride 2 only a quarter of the outputs are
# computed, $9 C^2 H W / 4$. The price: the strided layer looks at every second place only, so an answer in between is
# missed or depends on how the pattern lies on the grid (aliasing), while pooling computes all of them and keeps the
# strongest. On the other hand max pooling is fixed and not linear; a strided convolution *learns* how to summarize,
# and it could learn an average, but never a maximum. Pooling hands its gradient to one input of a window only. I would
# take strides where computation is short, or in networks that are to be run backwards or generate images, and where
# enough data is there to learn it (ResNet has mostly strides); pooling in small networks and with little data, for the
# invariance it gives for free.
#
# **Marks.** 1 equal parameters; 2 a quarter of the multiply-adds with stride 2; 2 what is computed: fixed maximum over
# all places against a learnt linear summary of every second place; 2 a choice with a reason (cost, learnt or fixed,
# invariance, aliasing, gradients).

# %% [markdown]
# ## Handing in
#
# Restart the kernel and run everything from top to bottom. The next cell runs all checks again, so that you see the
# whole assignment at a glance.

# %%
cnnlab.progress()

# %% [markdown]
# Save the notebook, then run the last cell. It packs one file, `a2_fast_layers.zip`, says what is missing, and tells
# you how to hand it in. You may hand in again as often as you like until the deadline.

# %%
cnnlab.submit()
