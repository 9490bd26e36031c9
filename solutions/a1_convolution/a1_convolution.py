# %% [markdown]
# # Assignment 1 · Convolution by hand
#
# You will write a convolution layer yourself, forward and backward, with loops and NumPy and nothing else. At the end
# nothing about `torch.nn.Conv2d` should be a mystery: you will know its output size, its cost, what each output can
# see, and where its gradients come from.
#
# **How this notebook works.** Every question has a cell with a function to complete: replace the line
# `raise NotImplementedError(...)`. The cell below it, `cnnlab.check(...)`, tells you at once what is right and what
# is not. Run it as often as you like. The grader runs more tests of the same kind, on other shapes and numbers: it
# looks only at your functions, by their names, so you may add cells, helpers and experiments wherever you want. The last
# cell, `cnnlab.submit()`, packs what you hand in.
#
# Any NumPy is allowed unless the question says otherwise. The 11 functions give 85 points, the three written answers
# 15.

# %% tags=["setup"]
import cnnlab

# %%
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

from cnnlab.plotting import (
    picture,
    sample_image,
    show_feature_maps,
    show_filters,
    show_images,
    show_receptive_field,
    show_windows,
)

# %% [markdown]
# ## 1 · Our classifiers ignore the spatial structure of images
#
# So far an image was a vector. A linear classifier, or the first layer of a multi-layer perceptron, takes the
# $32 \times 32 \times 3$ numbers of a picture, writes them one after the other into a vector $x$ of 3072 entries, and
# computes $Wx + b$. Two things are wrong with that.
#
# **It cannot know what is near what.** Shuffle the pixels of all images with one fixed permutation: a person
# recognizes nothing any more, but the linear classifier learns exactly as well as before, with the columns of $W$
# shuffled the same way. Whatever it knows about a picture, it does not know that neighbouring pixels belong together.
#
# **It learns everything again in every place.** A weight belongs to one pixel. An edge detector learnt in the upper
# left corner is of no use in the lower right one. And there are many weights: a single neuron that looks at a colour
# image of $200 \times 200$ pixels has $200 \cdot 200 \cdot 3 = 120\,000$ of them, a hidden layer of a thousand
# neurons 120 million.
#
# A **convolution layer** answers both with two decisions:
#
# 1. *Local*: a neuron looks at a small window of the image only, say $5 \times 5$ pixels, through all channels.
# 2. *Shared*: neurons at different places use the **same** weights. Those weights are called a **filter**.
#
# A filter has as many channels as its input. We lay it over the image, multiply what lies on top of each other, add
# everything up, add a bias: that is one number. Doing it at every place gives a plane of numbers, a **feature map**,
# which says how strongly the image looks like the filter at each place. With $F$ filters we get $F$ maps: the output
# is again "an image", with $F$ channels, and the next layer can do the same with it.
#
# For a batch of $N$ images with $C$ channels, with filters `w` of shape $(F, C, HH, WW)$, biases `b` of shape $(F,)$,
# stride $S$, and $\hat x$ the images with a border of zeros around them:
#
# $$
# \text{out}[n, f, i, j] \;=\; b[f] + \sum_{c=0}^{C-1} \sum_{p=0}^{HH-1} \sum_{q=0}^{WW-1}
# \hat x[n, c,\; iS + p,\; jS + q] \cdot w[f, c, p, q]
# $$
#
# This formula is most of the assignment. Note what is summed over (channels and the window) and what is not (images
# and filters).

# %% [markdown]
# ## 2 · How large is the output?
#
# Look at one axis only. The input has `size` places. We put `pad` zeros on *both* ends, so the filter walks over
# $\text{size} + 2\,\text{pad}$ places, starting at $0, S, 2S, \dots$ A filter with $K$ taps covers $K$ places, or, if
# there are gaps of $D - 1$ places between its taps (**dilation** $D$, section 7), $D(K-1) + 1$ places. The last start
# is therefore at most $\text{size} + 2\,\text{pad} - D(K-1) - 1$, and the number of starts is
#
# $$
# \text{output size} \;=\; \left\lfloor \frac{\text{size} + 2\,\text{pad} - D\,(K - 1) - 1}{S} \right\rfloor + 1 .
# $$
#
# On paper:
#
# | size | $K$ | stride | pad | dilation | output | |
# |---:|---:|---:|---:|---:|---:|:---|
# | 7 | 3 | 1 | 0 | 1 | 5 | a filter eats $K - 1$ places |
# | 7 | 3 | 2 | 0 | 1 | 3 | starts at 0, 2, 4 |
# | 7 | 3 | 3 | 0 | 1 | 2 | starts at 0, 3; the last place is never seen: hence the floor |
# | 32 | 5 | 1 | 2 | 1 | 32 | pad $(K-1)/2$ keeps the size ("same") |
# | 7 | 3 | 1 | 0 | 3 | 1 | two unused places between taps: the filter covers all 7 |
#
# The picture below is the second row, once without and once with padding: each bar is one window, and one output.

# %%
with picture():
    display(show_windows(size=7, kernel_size=3, stride=2, pad=0))
    display(show_windows(size=7, kernel_size=3, stride=2, pad=1))

# %% [markdown]
# ### Question 1 · `conv_output_size` (5 points)
#
# Write the formula as a function. A filter that is larger than the padded input does not fit anywhere: that is a
# `ValueError` with a sentence that would help you at midnight.


# %% nbgrader={"grade": false, "grade_id": "conv_output_size_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    """Number of outputs of a convolution along one axis.

    Args:
        size: places of the input along this axis, int.
        kernel_size: taps of the filter along this axis, int.
        stride: distance from one window to the next, int.
        pad: zeros added on each of the two ends, int.
        dilation: distance from one tap to the next, int; 1 means no gaps.

    Returns:
        The number of windows, int (rounded down).

    Raises:
        ValueError: the filter does not fit into the padded input; with a sentence that says so.
    """
    ### BEGIN SOLUTION
    room = size + 2 * pad - dilation * (kernel_size - 1) - 1
    if room < 0:
        raise ValueError(
            f"A filter that covers {dilation * (kernel_size - 1) + 1} places does not fit into {size + 2 * pad} places."
        )
    return room // stride + 1
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "conv_output_size", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("conv_output_size")

# %% [markdown]
# ## 3 · What does a layer cost?
#
# Take a colour image of $3 \times {{cost_size}} \times {{cost_size}}$ and {{cost_filters}} filters of $5 \times 5$ with pad 2.
#
# - **Output**: ${{cost_filters}} \times {{cost_size}} \times {{cost_size}}$.
# - **Parameters**: each filter has $3 \cdot 5 \cdot 5 = 75$ weights and one bias: ${{cost_filters}} \cdot (75 + 1) =
#   {{grouped(cost_filters * 76)}}$. The size of the image plays no role: that is what sharing buys.
# - **Multiply-adds** (MACs): each of the ${{cost_filters}} \cdot {{cost_size}} \cdot {{cost_size}} =
#   {{grouped(cost_filters * cost_size**2)}}$ outputs is a sum of 75 products: ${{grouped(cost_filters * cost_size**2)}} \cdot 75 =
#   {{grouped(cost_filters * cost_size**2 * 75)}}$. The size of the image plays the main role: that is what sharing does not buy.
#   By convention the addition of the bias is not counted.
#
# A fully-connected layer from the same input to an output of the same size would need one weight for each pair of an
# input and an output, and one bias for each output: ${{grouped(3 * cost_size**2)}} \cdot {{grouped(cost_filters * cost_size**2)}} +
# {{grouped(cost_filters * cost_size**2)}} = {{grouped((3 * cost_size**2 + 1) * cost_filters * cost_size**2)}}$ parameters.
#
# ### Question 2 · `conv_cost` (5 points)


# %% nbgrader={"grade": false, "grade_id": "conv_cost_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_cost(input_shape, out_channels, kernel_size, stride=1, pad=0, bias=True):
    """Output shape, parameters and multiply-adds of a convolution layer with square filters, for one image.

    Args:
        input_shape: (C, H, W) of the image.
        out_channels: number of filters, int.
        kernel_size: height and width of a filter, int.
        stride, pad: as in `conv_output_size`, the same on both axes.
        bias: whether each filter has a bias.

    Returns:
        A dict with the keys
        - "output_shape": (F, H_out, W_out), a tuple of ints,
        - "parameters": weights and, if there are any, biases, int,
        - "macs": multiply-adds, int; the bias never counts.
    """
    ### BEGIN SOLUTION
    C, H, W = input_shape
    H_out = conv_output_size(H, kernel_size, stride, pad)
    W_out = conv_output_size(W, kernel_size, stride, pad)
    weights_per_filter = C * kernel_size * kernel_size
    return {
        "output_shape": (out_channels, H_out, W_out),
        "parameters": out_channels * (weights_per_filter + (1 if bias else 0)),
        "macs": out_channels * H_out * W_out * weights_per_filter,
    }
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "conv_cost", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("conv_cost")

# %% [markdown]
# ## 4 · What can an output see?
#
# The **receptive field** of a neuron is the part of the image that can change its value. After one layer with $K$
# taps it is $K$ wide. In the second layer a neuron looks at $K$ neighbours, whose windows overlap: each further
# neighbour adds as many places as the windows are apart. That distance is the product of all strides so far. So
#
# $$
# R_0 = 1, \qquad R_\ell \;=\; R_{\ell-1} + (K_\ell - 1) \prod_{i < \ell} S_i .
# $$
#
# With stride 1 everywhere this is $1 + L\,(K - 1)$: it grows *linearly* with depth, and to see $224$ pixels with
# $3 \times 3$ filters would take 112 layers. Strides multiply, so with them it grows *exponentially*. Note that a
# layer's own stride does not count for its own receptive field, only for the layers after it.
#
# On paper, for LeNet: convolution $5$, pooling $2$ with stride $2$, convolution $5$, pooling $2$ with stride 2:
# $1 \to 1 + 4 = 5 \to 5 + 1 = 6 \to 6 + 4 \cdot 2 = 14 \to 14 + 1 \cdot 2 = 16$.

# %%
with picture():
    display(show_receptive_field([(3, 1), (3, 1), (3, 1)], "kernel 3, stride 1: 7 places"))
    display(show_receptive_field([(3, 2), (3, 2), (3, 1)], "kernel 3, strides 2, 2, 1: 15 places"))

# %% [markdown]
# ### Question 3 · `receptive_field` (5 points)
#
# `layers` goes from the image to the output. If a stride is larger than its kernel, some places in between are never
# seen; we count the whole extent, from the first place seen to the last, and the formula gives just that.


# %% nbgrader={"grade": false, "grade_id": "receptive_field_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def receptive_field(layers):
    """Places of the input, along one axis, that one output of a stack of layers can see.

    Args:
        layers: list of (kernel_size, stride), first layer first; may be empty.

    Returns:
        The extent of the receptive field, int; 1 if there are no layers.
    """
    ### BEGIN SOLUTION
    size, jump = 1, 1
    for kernel_size, stride in layers:
        size += (kernel_size - 1) * jump
        jump *= stride
    return size
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "receptive_field", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("receptive_field")

# %%
with picture("receptive_field"):
    depths = range(11)
    curves = {
        "kernel 3, stride 1": [receptive_field([(3, 1)] * depth) for depth in depths],
        "kernel 5, stride 1": [receptive_field([(5, 1)] * depth) for depth in depths],
        "kernel 3, then pooling 2 with stride 2, in turn": [
            receptive_field([(3, 1), (2, 2)] * (depth // 2) + [(3, 1)] * (depth % 2)) for depth in depths
        ],
    }
    plt.figure(figsize=(7, 3.5))
    for label, sizes in curves.items():
        plt.plot(depths, sizes, "o-", label=label)
    plt.xlabel("layers")
    plt.ylabel("receptive field (places)")
    plt.legend()
    plt.grid(alpha=0.3)

# %% [markdown]
# ## 5 · Convolution or cross-correlation?
#
# What our formula computes is called **cross-correlation** in signal processing: the filter is laid over the image as
# it is. A **convolution** in the strict sense flips the filter along both axes first:
#
# $$
# (x \star k)[i, j] = \sum_{p, q} x[i + p,\, j + q]\; k[p, q],
# \qquad
# (x * k)[i, j] = \sum_{p, q} x[i + p,\, j + q]\; k[HH - 1 - p,\, WW - 1 - q].
# $$
#
# For learnt filters it makes no difference, since the network would simply learn the flipped filter; so deep learning
# says "convolution" and means cross-correlation, and so does this course everywhere except in the function
# `convolve2d`. (The flip makes convolution commutative and associative, which is why mathematicians want it. And it
# will come back to us in the backward pass.)
#
# An example to redo on paper, with "valid" windows only (no padding), one channel, stride 1:
#
# $$
# x = \begin{pmatrix} 0 & 80 & 40 \\ 20 & 40 & 0 \\ 0 & 0 & 40 \end{pmatrix}, \quad
# k = \begin{pmatrix} 0 & 0.25 \\ 0.5 & 1 \end{pmatrix}, \quad
# \text{flipped } k = \begin{pmatrix} 1 & 0.5 \\ 0.25 & 0 \end{pmatrix}
# $$
#
# The upper left output: cross-correlation $0 \cdot 0 + 80 \cdot 0.25 + 20 \cdot 0.5 + 40 \cdot 1 = 70$, convolution
# $0 \cdot 1 + 80 \cdot 0.5 + 20 \cdot 0.25 + 40 \cdot 0 = 45$. All four:
#
# $$
# x \star k = \begin{pmatrix} 70 & 30 \\ 10 & 40 \end{pmatrix}, \qquad
# x * k = \begin{pmatrix} 45 & 110 \\ 40 & 40 \end{pmatrix}.
# $$
#
# ### Question 4 · `cross_correlate2d` (4 points)


# %% nbgrader={"grade": false, "grade_id": "cross_correlate2d_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cross_correlate2d(x, k):
    """Cross-correlation of one plane with one filter, "valid" windows only (no padding, stride 1).

    Args:
        x: plane, shape (H, W).
        k: filter, shape (HH, WW), not larger than x.

    Returns:
        y, shape (H - HH + 1, W - WW + 1).
    """
    ### BEGIN SOLUTION
    HH, WW = k.shape
    H_out, W_out = x.shape[0] - HH + 1, x.shape[1] - WW + 1
    y = np.zeros((H_out, W_out), dtype=np.result_type(x, k))
    for i in range(H_out):
        for j in range(W_out):
            y[i, j] = np.sum(x[i : i + HH, j : j + WW] * k)
    return y
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "cross_correlate2d", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("cross_correlate2d")

# %% [markdown]
# ### Question 5 · `convolve2d` (4 points)


# %% nbgrader={"grade": false, "grade_id": "convolve2d_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def convolve2d(x, k):
    """Convolution in the strict sense, with the filter flipped along both axes; "valid" windows only.

    Args:
        x: plane, shape (H, W).
        k: filter, shape (HH, WW), not larger than x.

    Returns:
        y, shape (H - HH + 1, W - WW + 1).
    """
    ### BEGIN SOLUTION
    return cross_correlate2d(x, k[::-1, ::-1])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "convolve2d", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("convolve2d")

# %% [markdown]
# ## 6 · The convolution layer
#
# ### Forward
#
# Now the whole formula of section 1: many images, many channels, many filters, a bias, stride and padding. Four
# loops, over images, filters, output rows and output columns; inside them one window, one filter, one sum.
#
# An example for paper with one image and one channel, stride 1, no padding:
#
# $$
# x = \begin{pmatrix} 1 & 2 & 0 & 1 \\ 0 & 1 & 3 & 1 \\ 2 & 0 & 1 & 2 \end{pmatrix}, \quad
# w = \begin{pmatrix} 1 & 0 \\ -1 & 2 \end{pmatrix}, \quad b = 1
# \quad\Longrightarrow\quad
# \text{out} = \begin{pmatrix} 4 & 8 & 0 \\ -1 & 4 & 7 \end{pmatrix}
# $$
#
# And one with two channels, where the image is just as large as the filters, so each of the two filters gives one
# number:
#
# $$
# x_0 = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix},\;
# x_1 = \begin{pmatrix} 0 & 1 \\ 1 & 0 \end{pmatrix},\quad
# b = (0.5,\, -1)
# $$
#
# $$
# w_{0,0} = \begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix},\;
# w_{0,1} = \begin{pmatrix} 2 & 0 \\ 0 & 2 \end{pmatrix},\quad
# w_{1,0} = \begin{pmatrix} 0 & -1 \\ 1 & 0 \end{pmatrix},\;
# w_{1,1} = \begin{pmatrix} 1 & 1 \\ 1 & 1 \end{pmatrix}
# $$
#
# The first filter gives $5 + 0 + 0.5 = 5.5$, the second $1 + 2 - 1 = 2$: the channels are added up, the bias comes
# once.
#
# ### Question 6 · `conv_forward_naive` (16 points)
#
# Some advice. `np.pad` pads each axis by its own amount: images and channels get nothing. Heights and widths differ
# in the tests, and so do the sides of a filter. `cache` is for you alone: put into it what your backward pass will
# want. Do not change `x`, `w` or `b`.


# %% nbgrader={"grade": false, "grade_id": "conv_forward_naive_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_forward_naive(x, w, b, conv_param):
    """Forward pass of a convolution layer, with loops.

    Args:
        x: images, shape (N, C, H, W).
        w: filters, shape (F, C, HH, WW).
        b: biases, shape (F,).
        conv_param: dict with "stride" and "pad", ints, the same on both axes; the padding is zeros.

    Returns:
        out: shape (N, F, H_out, W_out), sizes as in `conv_output_size`, dtype as x.
        cache: whatever `conv_backward_naive` needs.
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param["stride"], conv_param["pad"]
    H_out = conv_output_size(H, HH, stride, pad)
    W_out = conv_output_size(W, WW, stride, pad)
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, H_out, W_out), dtype=np.result_type(x, w, b))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    top, left = i * stride, j * stride
                    window = x_pad[n, :, top : top + HH, left : left + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    cache = (x, w, b, conv_param)
    return out, cache
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "conv_forward_naive", "locked": true, "points": 16, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("conv_forward_naive")

# %% [markdown]
# ### What a filter sees
#
# Filters are usually learnt, but it is instructive to set some by hand. The first one below weighs red, green and
# blue as the eye does and so makes a grayscale picture; the next two take differences across columns and across rows,
# and answer where the picture has vertical or horizontal edges; the last one averages, which blurs. Your own function
# does the work.

# %%
with picture():
    image = sample_image()  # (3, H, W), values from 0 to 1
    eye = np.array([0.299, 0.587, 0.114])  # weights of red, green and blue in a grayscale picture
    planes = {
        "grayscale": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "vertical edges": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
        "horizontal edges": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
        "blur": np.full((3, 3), 1 / 9),
    }
    filters = np.stack([eye[:, None, None] * np.array(plane) for plane in planes.values()])  # (4, 3, 3, 3)
    display(show_filters(filters, list(planes)))

# %%
with picture("conv_forward_naive"):
    maps, _ = conv_forward_naive(image[None], filters, np.zeros(4), {"stride": 1, "pad": 1})
    display(show_images([image, *maps[0]], ["the image", *planes]))

# %% [markdown]
# Training starts from random filters. Here are eight of them, followed by $\max(0, \cdot)$, with stride 2. Even random
# filters answer to edges, spots and colours; training makes them answer to what matters.

# %%
with picture("conv_forward_naive"):
    random = np.random.default_rng(0).standard_normal((8, 3, 5, 5))
    random -= random.mean(axis=(1, 2, 3), keepdims=True)  # no answer to plain areas
    maps, _ = conv_forward_naive(image[None], random, np.zeros(8), {"stride": 2, "pad": 2})
    display(show_feature_maps(np.maximum(maps[0], 0)))

# %% [markdown]
# ### Backward
#
# Some later part of the network has a loss $L$, and hands us $\text{dout} = \partial L / \partial\, \text{out}$, an
# array with the shape of `out`. We owe it $\partial L / \partial x$, $\partial L / \partial w$ and
# $\partial L / \partial b$. Every output is a sum of products,
#
# $$
# \text{out}[n, f, i, j] = b[f] + \sum_{c, p, q} \hat x[n, c,\, iS + p,\, jS + q]\; w[f, c, p, q],
# $$
#
# so all we need is the chain rule and an answer to "which outputs does this number take part in?"
#
# **Bias.** $b[f]$ takes part in every output of filter $f$, each time with factor 1:
#
# $$ \text{db}[f] = \sum_{n, i, j} \text{dout}[n, f, i, j]. $$
#
# **Filters.** $w[f, c, p, q]$ also takes part in every output of filter $f$, each time multiplied by the pixel that
# lay under it:
#
# $$ \text{dw}[f, c, p, q] = \sum_{n, i, j} \text{dout}[n, f, i, j]\; \hat x[n, c,\, iS + p,\, jS + q]. $$
#
# In words: go through all windows as in the forward pass, and add `dout * window` to `dw[f]`.
#
# **Input.** A pixel takes part in all windows that cover it, of all filters. Collecting them is awkward; handing out
# is easy: the output $(n, f, i, j)$ tells each pixel of its window
#
# $$ d\hat x[n, c,\, iS + p,\, jS + q] \mathrel{+}= \text{dout}[n, f, i, j]\; w[f, c, p, q]. $$
#
# In words: go through all windows, and add `dout * w[f]` to the same window of `dx_pad`. Windows overlap, so it must
# be *added*. At the end cut the border off: the padding was zeros and nobody asks for its gradient. (Think of what
# `[pad:-pad]` does when pad is 0.)
#
# With stride 1, one filter and one channel, collecting instead of handing out gives
# $d\hat x[u, v] = \sum_{p, q} \text{dout}[u - p,\, v - q]\; w[p, q]$: the minus signs are a flipped filter. The
# backward pass of a cross-correlation is a true convolution.
#
# For paper, the first example of the forward pass again:
#
# $$
# \text{dout} = \begin{pmatrix} 1 & 0 & 2 \\ 0 & -1 & 0 \end{pmatrix}
# \quad\Longrightarrow\quad
# \text{dx} = \begin{pmatrix} 1 & 0 & 2 & 0 \\ -1 & 1 & -2 & 4 \\ 0 & 1 & -2 & 0 \end{pmatrix}, \quad
# \text{dw} = \begin{pmatrix} 0 & 1 \\ 6 & 2 \end{pmatrix}, \quad \text{db} = 2 .
# $$
#
# The 1 in the middle of dx is $2 - 1$: two windows with a gradient meet there.
#
# ### Question 7 · `conv_backward_naive` (20 points)
#
# The check compares your gradients with numeric ones: it moves the input a little in a random direction and looks how
# the output of your own `conv_forward_naive` changes. So get that one right first.


# %% nbgrader={"grade": false, "grade_id": "conv_backward_naive_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_backward_naive(dout, cache):
    """Backward pass of a convolution layer, with loops.

    Args:
        dout: gradient of the loss with respect to out, shape (N, F, H_out, W_out).
        cache: from `conv_forward_naive`; it may be used again, so leave it as it is.

    Returns:
        dx: shape (N, C, H, W), as x.
        dw: shape (F, C, HH, WW), as w.
        db: shape (F,), as b.
    """
    ### BEGIN SOLUTION
    x, w, b, conv_param = cache
    H, W = x.shape[2:]
    HH, WW = w.shape[2:]
    stride, pad = conv_param["stride"], conv_param["pad"]
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx_pad, dw = np.zeros_like(x_pad), np.zeros_like(w)
    db = dout.sum(axis=(0, 2, 3))
    N, F, H_out, W_out = dout.shape
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    rows = slice(i * stride, i * stride + HH)
                    columns = slice(j * stride, j * stride + WW)
                    dw[f] += dout[n, f, i, j] * x_pad[n, :, rows, columns]
                    dx_pad[n, :, rows, columns] += dout[n, f, i, j] * w[f]
    dx = dx_pad[:, :, pad : pad + H, pad : pad + W]
    return dx, dw, db
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "conv_backward_naive", "locked": true, "points": 20, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("conv_backward_naive")

# %% [markdown]
# ## 7 · Variations
#
# ### Dilation: see further for the same price
#
# Pull the taps of a filter apart, so that there are $D - 1$ unused places between any two of them. It still has $K$
# taps and costs the same, but covers $D(K-1) + 1$ places. ($D = 1$ is the ordinary filter. Careful: not $D \cdot K$,
# the gaps lie *between* taps.)
#
# $$
# \text{out}[n, f, i, j] = b[f] + \sum_{c, p, q} \hat x[n, c,\; iS + pD,\; jS + qD]\; w[f, c, p, q]
# $$
#
# For paper: with $D = 2$ a $2 \times 2$ filter touches the four corners of a $3 \times 3$ image.
#
# $$
# x = \begin{pmatrix} 1 & 2 & 3 \\ 4 & 5 & 6 \\ 7 & 8 & 9 \end{pmatrix},\quad
# w = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix},\quad b = 0
# \quad\Longrightarrow\quad 1 \cdot 1 + 3 \cdot 2 + 7 \cdot 3 + 9 \cdot 4 = 64
# $$
#
# Stack layers with $D = 1, 2, 4, \dots, 2^{L-1}$ and the receptive field is $1 + (K - 1)(2^L - 1)$: exponential in
# depth, without losing resolution as strides do. Ten layers with $K = 3$ see 2047 places.
#
# ### Question 8 · `dilated_conv_forward` (8 points)


# %% nbgrader={"grade": false, "grade_id": "dilated_conv_forward_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dilated_conv_forward(x, w, b, conv_param):
    """Forward pass of a dilated convolution.

    Args:
        x: images, shape (N, C, H, W).
        w: filters, shape (F, C, HH, WW).
        b: biases, shape (F,).
        conv_param: dict with "stride" and "pad", and perhaps "dilation" (1 if it is not there);
            ints, the same on both axes.

    Returns:
        out: shape (N, F, H_out, W_out), sizes as in `conv_output_size`.
        cache: may be anything, None too; there is no backward pass to write.
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad, dilation = conv_param["stride"], conv_param["pad"], conv_param.get("dilation", 1)
    H_out = conv_output_size(H, HH, stride, pad, dilation)
    W_out = conv_output_size(W, WW, stride, pad, dilation)
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, H_out, W_out), dtype=np.result_type(x, w, b))
    height, width = dilation * (HH - 1) + 1, dilation * (WW - 1) + 1
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    top, left = i * stride, j * stride
                    window = x_pad[n, :, top : top + height : dilation, left : left + width : dilation]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, None
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "dilated_conv_forward", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("dilated_conv_forward")

# %% [markdown]
# ### A 1x1 convolution is a small network at every pixel
#
# A $1 \times 1$ filter has no neighbours to look at. What remains of the formula is, at every place, a matrix times
# the vector of channels:
#
# $$ \text{out}[n, :, i, j] = W\, x[n, :, i, j] + b, \qquad W \text{ of shape } (F, C). $$
#
# So it is a fully-connected layer applied to each pixel on its own; two of them with a ReLU in between are a
# multi-layer perceptron that walks over the image. They are used to mix channels, and to make them fewer before
# something expensive.
#
# For paper, two channels, one row of two pixels with the channel vectors $(1, 2)$ and $(3, -1)$:
#
# $$
# W = \begin{pmatrix} 1 & 1 \\ 2 & 0 \\ 0 & -1 \end{pmatrix}, \quad b = (0, 1, 2)
# \quad\Longrightarrow\quad (3, 3, 0) \text{ and } (2, 7, 3).
# $$
#
# ### Question 9 · `conv1x1_forward` (6 points)
#
# Without any loop: no `for`, no `while`, no comprehension, no `map`, no `np.vectorize` or its like. `np.einsum`, `@` and
# broadcasting are your friends.


# %% nbgrader={"grade": false, "grade_id": "conv1x1_forward_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv1x1_forward(x, w, b):
    """A 1x1 convolution with stride 1 and no padding, without loops.

    Args:
        x: images, shape (N, C, H, W).
        w: weights, shape (F, C).
        b: biases, shape (F,).

    Returns:
        out, shape (N, F, H, W).
    """
    ### BEGIN SOLUTION
    return np.einsum("fc,nchw->nfhw", w, x) + b[:, None, None]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "conv1x1_forward", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("conv1x1_forward")

# %% [markdown]
# ### One axis, three axes
#
# Nothing in the idea needs two axes. Sound, text and sensor readings have one: windows slide along time. Videos and
# medical volumes have three: windows slide through height, width and depth (or time). The output size is the same
# formula on every axis.
#
# For paper: $x = (1, 2, 3, 4)$, $w = (1, 0, -1)$, $b = 0$, stride 1, pad 1 gives $(-2, -2, -2, 3)$.
#
# A hint: all images and all filters can be done at once for one window, with `np.einsum` or `np.tensordot`. Then only
# the loops over positions remain.
#
# ### Question 10 · `conv1d_forward` (5 points)


# %% nbgrader={"grade": false, "grade_id": "conv1d_forward_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv1d_forward(x, w, b, conv_param):
    """Forward pass of a convolution along one axis.

    Args:
        x: signals, shape (N, C, L).
        w: filters, shape (F, C, K).
        b: biases, shape (F,).
        conv_param: dict with "stride" and "pad", ints.

    Returns:
        out, shape (N, F, L_out), size as in `conv_output_size`.
    """
    ### BEGIN SOLUTION
    N, C, L = x.shape
    F, _, K = w.shape
    stride, pad = conv_param["stride"], conv_param["pad"]
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad)))
    out = np.zeros((N, F, conv_output_size(L, K, stride, pad)), dtype=np.result_type(x, w, b))
    for i in range(out.shape[2]):
        window = x_pad[:, :, i * stride : i * stride + K]
        out[:, :, i] = np.einsum("nck,fck->nf", window, w) + b
    return out
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "conv1d_forward", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("conv1d_forward")

# %% [markdown]
# ### Question 11 · `conv3d_forward` (7 points)


# %% nbgrader={"grade": false, "grade_id": "conv3d_forward_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv3d_forward(x, w, b, conv_param):
    """Forward pass of a convolution along three axes.

    Args:
        x: volumes, shape (N, C, D, H, W).
        w: filters, shape (F, C, DD, HH, WW).
        b: biases, shape (F,).
        conv_param: dict with "stride" and "pad", ints, the same on all three axes.

    Returns:
        out, shape (N, F, D_out, H_out, W_out), sizes as in `conv_output_size`.
    """
    ### BEGIN SOLUTION
    stride, pad = conv_param["stride"], conv_param["pad"]
    sizes = [conv_output_size(size, kernel, stride, pad) for size, kernel in zip(x.shape[2:], w.shape[2:])]
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad), (pad, pad)))
    out = np.zeros((x.shape[0], w.shape[0], *sizes), dtype=np.result_type(x, w, b))
    DD, HH, WW = w.shape[2:]
    for i, j, k in np.ndindex(*sizes):
        front, top, left = i * stride, j * stride, k * stride
        window = x_pad[:, :, front : front + DD, top : top + HH, left : left + WW]
        out[:, :, i, j, k] = np.einsum("ncdhw,fcdhw->nf", window, w) + b
    return out
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "conv3d_forward", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("conv3d_forward")

# %% [markdown]
# ## 8 · Written answers
#
# Two to five sentences each are enough. Reasons count, not length; a formula or a small example is welcome.
#
# ### Question 12 · `written_stacking` (5 points)
#
# A friend puts two convolution layers directly after each other, with nothing in between, "to make the network
# deeper". What can the two together compute that one layer with larger filters could not? What is missing, and why
# does it help?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_stacking", "locked": false, "points": 5, "schema_version": 3, "solution": true, "task": false}
# A convolution is a linear map (plus a constant), and a linear map of a linear map is linear. Two layers with filters
# of $K_1$ and $K_2$ taps and stride 1 are, away from the padded border, one convolution with filters of
# $K_1 + K_2 - 1$ taps: the pair can compute nothing that this one layer could not. (It may use fewer parameters, and
# it can even do less, if there are few channels in between.) A non-linearity such as ReLU between them breaks this:
# the composition is no longer linear, so depth adds new functions, such as "this edge here and that one there".
#
# **Marks.** 2 the composition is again linear, nothing new; 1 as one convolution, of $K_1 + K_2 - 1$ taps (or: the
# receptive field of both); 2 the non-linearity between them is missing, and it makes the composition more than
# linear.

# %% [markdown]
# ### Question 13 · `written_padding` (5 points)
#
# Why do we put zeros around an image? Say what would go wrong without them in a network with many layers, and name
# one thing that is not so nice about them.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_padding", "locked": false, "points": 5, "schema_version": 3, "solution": true, "task": false}
# Without padding every layer with $K$ taps shrinks the maps by $K - 1$: after $L$ layers, $L(K-1)$ rows and columns
# are gone, which limits the depth (seven layers of 5x5 filters make 4x4 of a 32x32 image, and the
# eighth does not fit).
# Besides, a pixel at the border takes part in far fewer windows than one in the middle, a corner pixel in one only,
# so that information at the borders gets lost. With $P = (K-1)/2$ the size stays the same and layers can be stacked
# and added freely. The price: zeros are invented data; the network sees an artificial edge around every image, and
# outputs at the border rest on less of the image.
#
# **Marks.** 2 the maps shrink with each layer, which limits depth (or: "same" size makes layers easy to stack); 2
# border pixels take part in fewer windows; 1 a drawback (artificial edge or invented values, or a little more
# computation).

# %% [markdown]
# ### Question 14 · `written_fully_connected` (5 points)
#
# Why not take a fully-connected first layer for colour images of 200x200 pixels? Give numbers for a hidden layer of
# 1000 neurons, compare them with a convolution layer of your choice, and name the two assumptions about images that
# the convolution layer makes.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_fully_connected", "locked": false, "points": 5, "schema_version": 3, "solution": true, "task": false}
# Each of the neurons has $200 \cdot 200 \cdot 3 = 120\,000$ weights, the layer 120 million (and 1000 biases): much
# memory and computation, far more parameters than there are training images to determine them, so it overfits. A
# convolution layer with, say, 32 filters of 5x5 has $32 \cdot (3 \cdot 25 + 1) = 2432$ parameters, whatever the size
# of the image. It assumes that what matters is local (nearby pixels belong together), and that a pattern means the
# same wherever it is (shared weights: a shift of the image shifts the maps).
#
# **Marks.** 1 for 120 million (or 120,000 a neuron); 1 for a right number for a convolution layer; 1 for what follows
# (memory, overfitting); 1 each for locality and for shared weights.

# %% [markdown]
# ## Handing in
#
# Restart the kernel and run everything from top to bottom. The next cell runs all checks again, so that you see the whole
# assignment at a glance.

# %%
cnnlab.progress()

# %% [markdown]
# Save the notebook, then run the last cell. It packs one file, `a1_convolution.zip`, says what is missing, and tells you
# how to hand it in. You may hand in again as often as you like until the deadline.

# %%
cnnlab.submit()
