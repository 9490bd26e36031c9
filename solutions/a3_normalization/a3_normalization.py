# %% [markdown]
# # Assignment 3 · Activations and normalization
#
# A deep network is a long chain of layers, and what goes into one layer is what came out of all those before it. In
# this assignment you write the two things that keep such a chain alive: the non-linearities between the layers, and
# the normalizations that hold the numbers in a range where the non-linearities still do something. You will write
# batch normalization forward and backward, find a formula for its backward pass that fits on one line, and then see
# that layer, instance and group normalization are the same few lines with other axes.
#
# **How this notebook works.** As before: complete the functions, run the cell `cnnlab.check(...)` below each, and
# look at the pictures; those that need a function of yours tell you so. The grader runs more tests of the same kind
# on other shapes and numbers, and looks only at your functions, by their names. Every array is float64. The last cell,
# `cnnlab.submit()`, packs what you hand in.
#
# Any NumPy is allowed. The 17 questions about functions give 85 points, the two written answers 15.
#
# Three promises that your functions keep everywhere:
#
# - They leave their inputs as they were: `x`, `dout`, `gamma`, the parameter dicts. (One exception, said below.) The
#   commonest way to break it is `dx = dout` followed by `dx[...] = 0`: that is not a copy.
# - `cache` is yours alone. A backward pass may be called twice on one cache, so it must not change it.
# - Gradients have exactly the shape of what they belong to: `dgamma` is $(D,)$, not $(1, D)$.

# %% tags=["setup"]
import cnnlab

# %%
import numpy as np
from IPython.display import display

from cnnlab.plotting import picture
from cnnlab.plotting_normalization import (
    show_activations,
    show_histograms,
    show_normalization_axes,
    show_running_statistics,
)

# %% [markdown]
# ## 1 · Activations
#
# Two convolutions in a row are again one convolution: without something non-linear between them, depth buys nothing.
# The non-linearity acts on each number on its own, so its backward pass is short: with $y = f(x)$ and
# $\text{dout} = \partial L / \partial y$,
#
# $$ \text{dx} = \text{dout} \cdot f'(x), \qquad \text{entry by entry.} $$
#
# | | $f(x)$ | $f'(x)$ | |
# |:---|:---|:---|:---|
# | sigmoid | $\dfrac{1}{1 + e^{-x}}$ | $y\,(1 - y)$ | from 0 to 1; flat on both sides |
# | tanh | $\dfrac{e^x - e^{-x}}{e^x + e^{-x}}$ | $1 - y^2$ | from -1 to 1; centred at 0 |
# | ReLU | $\max(0, x)$ | 1 if $x > 0$, else 0 | cheap, never flat on the right |
# | leaky ReLU | $x$ if $x > 0$, else $0.1\,x$ | 1 if $x > 0$, else $0.1$ | no dead side |
# | ELU | $x$ if $x > 0$, else $\alpha\,(e^x - 1)$ | 1 if $x > 0$, else $\alpha\,e^x = y + \alpha$ | smooth; here $\alpha = 1$ |
# | maxout | $\max(x w_1 + b_1,\; x w_2 + b_2)$ | that of the larger one | learns its own shape |
#
# **Large numbers.** `np.exp(1000)` is `inf`. Sometimes that does no harm ($1 / (1 + \infty) = 0$ is right), but
# $\infty / \infty$ and $0 \cdot \infty$ are `nan`, and one `nan` in a network spreads to every weight within one step
# of training. So each of these functions has to be *finite and right* for $x = \pm 1000$, forward and backward. The
# remedy is never to put a large positive number into `exp`. For the sigmoid there are two equal forms, each safe on
# one side:
#
# $$ \sigma(x) = \frac{1}{1 + e^{-x}} \quad (x \ge 0), \qquad \sigma(x) = \frac{e^{x}}{1 + e^{x}} \quad (x < 0). $$
#
# Note that `np.where(x > 0, a, b)` computes both `a` and `b` everywhere and then chooses. That gives the right
# numbers, with a warning on the way if one of them overflows; `np.exp(np.minimum(x, 0))` avoids even that. Warnings
# cost no points.
#
# On paper: $\sigma(0) = \tfrac12$, $\sigma(\ln 3) = \tfrac34$ with slope $\tfrac{3}{16}$; $\tanh(\ln 2) = \tfrac35$
# with slope $\tfrac{16}{25}$; leaky ReLU of $-2$ is $-0.2$; ELU of $-\ln 2$ is $-\tfrac12$ with slope $\tfrac12$.
#
# ### Question 1 · `sigmoid` (3 points)
#
# `x` may have any number of axes. Both derivatives in the table are given in terms of the *output*: a hint for what to
# keep in the cache.


# %% nbgrader={"grade": false, "grade_id": "sigmoid_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sigmoid_forward(x):
    """The logistic sigmoid of each entry, finite and right for entries of any size.

    Args:
        x: any shape.

    Returns:
        out: as x, values from 0 to 1.
        cache: whatever `sigmoid_backward` needs.
    """
    ### BEGIN SOLUTION
    small = np.exp(-np.abs(x))  # at most 1: never overflows
    out = np.where(x >= 0, 1, small) / (1 + small)
    return out, out
    ### END SOLUTION


def sigmoid_backward(dout, cache):
    """Backward pass of the sigmoid.

    Args:
        dout: gradient of the loss with respect to out, the shape of x.
        cache: from `sigmoid_forward`.

    Returns:
        dx: as x.
    """
    ### BEGIN SOLUTION
    out = cache
    return dout * out * (1 - out)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "sigmoid", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("sigmoid")

# %% [markdown]
# ### Question 2 · `tanh` (3 points)
#
# NumPy has a function for it. If you want to write it with `np.exp` instead, think of $\pm 1000$ first.


# %% nbgrader={"grade": false, "grade_id": "tanh_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def tanh_forward(x):
    """The hyperbolic tangent of each entry, finite and right for entries of any size.

    Args:
        x: any shape.

    Returns:
        out: as x, values from -1 to 1.
        cache: whatever `tanh_backward` needs.
    """
    ### BEGIN SOLUTION
    out = np.tanh(x)
    return out, out
    ### END SOLUTION


def tanh_backward(dout, cache):
    """Backward pass of tanh.

    Args:
        dout: gradient of the loss with respect to out, the shape of x.
        cache: from `tanh_forward`.

    Returns:
        dx: as x.
    """
    ### BEGIN SOLUTION
    out = cache
    return dout * (1 - out**2)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "tanh", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("tanh")

# %% [markdown]
# ### What happens to the numbers in a deep network?
#
# Before the next function, see why the choice matters. The picture below sends random inputs through eight layers of
# 200 neurons each, $x \leftarrow \tanh(x W)$, with your `tanh_forward`. Nothing is trained; only the spread of the
# random weights differs from row to row. Each small picture shows how the 200 x 200 outputs of one layer are
# distributed.
#
# - **Weights too small**: every layer shrinks its input, after a few layers all outputs are practically 0. And since
#   the gradient of $W$ is the layer's input times something, the gradients are 0 as well. Nothing learns.
# - **Weights too large**: every output is near -1 or 1, where tanh is flat: $1 - y^2 \approx 0$. Nothing learns
#   either.
# - **Nearly right**, with a standard deviation of $1 / \sqrt{\text{inputs}}$ (known as Xavier initialization): $xW$
#   has the spread of $x$, and only tanh takes away a little in each layer. It holds for this network, at its start;
#   for another non-linearity the right number is another one, and training moves the weights away from it.
#
# Remember this picture: it comes again in section 3, with one line added.

# %%
WEIGHTS = {"too small: 0.01": 0.01, "Xavier: 0.07": 1 / np.sqrt(200), "too large: 0.3": 0.3}


def deep_network(spread, normalize=False, depth=8, width=200):
    """Outputs of every layer of a random network, each (200, width); batch normalization ahead of tanh if wanted."""
    random = np.random.default_rng(0)
    x, outputs = random.standard_normal((200, width)), []
    for _ in range(depth):
        x = x @ (spread * random.standard_normal((width, width)))
        if normalize:
            x, _ = batchnorm_forward(x, np.ones(width), np.zeros(width), {"mode": "train"})
        x, _ = tanh_forward(x)
        outputs.append(x)
    return outputs


with picture("tanh_forward"):
    layers = {name: deep_network(spread) for name, spread in WEIGHTS.items()}
    display(show_histograms(layers, "without batch normalization: outputs of eight tanh layers"))

# %% [markdown]
# ### Question 3 · `relu` (3 points)
#
# The simplest of all, and the one that is most often handed in with a bug that its author does not see: `dx = dout`
# does not copy.


# %% nbgrader={"grade": false, "grade_id": "relu_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relu_forward(x):
    """Each entry, or 0 if it is negative.

    Args:
        x: any shape; it is left as it is.

    Returns:
        out: as x.
        cache: whatever `relu_backward` needs.
    """
    ### BEGIN SOLUTION
    return np.maximum(x, 0), x
    ### END SOLUTION


def relu_backward(dout, cache):
    """Backward pass of ReLU.

    Args:
        dout: gradient of the loss with respect to out, the shape of x; it is left as it is.
        cache: from `relu_forward`.

    Returns:
        dx: as x. What happens where x is exactly 0 is up to you.
    """
    ### BEGIN SOLUTION
    x = cache
    return dout * (x > 0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "relu", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("relu")

# %% [markdown]
# ### Question 4 · `leaky_relu` (3 points)
#
# A ReLU whose input is negative for every image gets no gradient any more, and stays that way: it is "dead". A small
# slope on the left keeps it alive. The slope is 0.1 here.


# %% nbgrader={"grade": false, "grade_id": "leaky_relu_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def leaky_relu_forward(x):
    """Each entry, or a tenth of it if it is negative.

    Args:
        x: any shape; it is left as it is.

    Returns:
        out: as x.
        cache: whatever `leaky_relu_backward` needs.
    """
    ### BEGIN SOLUTION
    return np.where(x > 0, x, 0.1 * x), x
    ### END SOLUTION


def leaky_relu_backward(dout, cache):
    """Backward pass of leaky ReLU with slope 0.1.

    Args:
        dout: gradient of the loss with respect to out, the shape of x; it is left as it is.
        cache: from `leaky_relu_forward`.

    Returns:
        dx: as x.
    """
    ### BEGIN SOLUTION
    x = cache
    return dout * np.where(x > 0, 1, 0.1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "leaky_relu", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("leaky_relu")

# %% [markdown]
# ### Question 5 · `elu` (3 points)
#
# $\alpha = 1$. Careful with $1000$: it never takes the branch with `exp`, but a mask such as
# `(x > 0) * x + (x <= 0) * (np.exp(x) - 1)` multiplies $\infty$ by 0, and that is `nan`.


# %% nbgrader={"grade": false, "grade_id": "elu_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def elu_forward(x):
    """The exponential linear unit with alpha = 1 of each entry, finite and right for entries of any size.

    Args:
        x: any shape; it is left as it is.

    Returns:
        out: as x, values from -1.
        cache: whatever `elu_backward` needs.
    """
    ### BEGIN SOLUTION
    out = np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
    return out, out
    ### END SOLUTION


def elu_backward(dout, cache):
    """Backward pass of ELU with alpha = 1.

    Args:
        dout: gradient of the loss with respect to out, the shape of x.
        cache: from `elu_forward`.

    Returns:
        dx: as x.
    """
    ### BEGIN SOLUTION
    out = cache
    return dout * np.where(out > 0, 1, out + 1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "elu", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("elu")

# %% [markdown]
# The five functions and their derivatives, drawn with your own code (the derivative is what your backward pass gives
# for `dout = 1`). Compare how much of the axis has a slope that is not nearly 0.

# %%
with picture():
    names = ("sigmoid", "tanh", "relu", "leaky_relu", "elu")
    pairs = {name: (globals()[f"{name}_forward"], globals()[f"{name}_backward"]) for name in names}
    display(show_activations(pairs))

# %% [markdown]
# ### Question 6 · `maxout` (5 points)
#
# Maxout takes the larger of two affine functions of its input. So it is a layer with weights, not a function of one
# number; ReLU ($w_1 = b_1 = 0$), leaky ReLU and the absolute value are special cases that it can learn.
#
# Write $z_1 = x w_1 + b_1$ and $z_2 = x w_2 + b_2$, both $(N, M)$. Each entry of the output is the entry of one of
# them, and its gradient goes to that one alone: $\text{d}z_1 = \text{dout}$ where $z_1$ is the larger, else 0, and
# the other way round for $\text{d}z_2$. From there on it is two linear layers: $\text{d}w_1 = x^\top \text{d}z_1$,
# $\text{d}b_1 = \sum_n \text{d}z_1$, and $\text{d}x$ is the *sum* of what both send back.
#
# On paper:
#
# $$
# x = \begin{pmatrix} 1 & 2 \end{pmatrix},\;
# w_1 = \begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix},\; b_1 = (0, 0),\quad
# w_2 = \begin{pmatrix} 0 & 1 \\ 1 & 0 \end{pmatrix},\; b_2 = (1, -2)
# \;\Longrightarrow\;
# z_1 = (1, 2),\; z_2 = (3, -1),\; \text{out} = (3, 2).
# $$
#
# With $\text{dout} = (1, 10)$: $\text{d}z_1 = (0, 10)$ and $\text{d}z_2 = (1, 0)$, hence
# $\text{dx} = (0, 10) + (0, 1) = (0, 11)$, $\text{d}b_1 = (0, 10)$ and
# $\text{d}w_1 = \begin{pmatrix} 0 & 10 \\ 0 & 20 \end{pmatrix}$.


# %% nbgrader={"grade": false, "grade_id": "maxout_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def maxout_forward(x, w1, b1, w2, b2):
    """The larger of two affine functions.

    Args:
        x: shape (N, D).
        w1, w2: weights, shape (D, M).
        b1, b2: biases, shape (M,).

    Returns:
        out: shape (N, M).
        cache: whatever `maxout_backward` needs.
    """
    ### BEGIN SOLUTION
    z1, z2 = x @ w1 + b1, x @ w2 + b2
    return np.maximum(z1, z2), (x, w1, w2, z1 > z2)
    ### END SOLUTION


def maxout_backward(dout, cache):
    """Backward pass of maxout.

    Args:
        dout: gradient of the loss with respect to out, shape (N, M).
        cache: from `maxout_forward`.

    Returns:
        dx: shape (N, D).
        dw1, db1, dw2, db2: as the weights and biases.
    """
    ### BEGIN SOLUTION
    x, w1, w2, first = cache
    dz1, dz2 = dout * first, dout * ~first
    dx = dz1 @ w1.T + dz2 @ w2.T
    return dx, x.T @ dz1, dz1.sum(axis=0), x.T @ dz2, dz2.sum(axis=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "maxout", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("maxout")

# %% [markdown]
# ## 2 · Batch normalization: forward
#
# The histograms above say what we want: outputs of every layer with mean 0 and standard deviation 1, whatever the
# weights are. Batch normalization (Ioffe and Szegedy, 2015) does not look for clever weights: it *makes* the numbers
# so.
#
# Take a batch of $N$ examples with $D$ features, `x` of shape $(N, D)$. For **each feature** $d$, over the batch:
#
# $$
# \mu_d = \frac1N \sum_n x_{nd}, \qquad
# v_d = \frac1N \sum_n (x_{nd} - \mu_d)^2, \qquad
# \hat x_{nd} = \frac{x_{nd} - \mu_d}{\sqrt{v_d + \varepsilon}}, \qquad
# \text{out}_{nd} = \gamma_d\, \hat x_{nd} + \beta_d .
# $$
#
# $\varepsilon$ stands **inside** the root; it keeps a constant feature from being divided by 0. The variance is
# divided by $N$, not $N - 1$ (what `np.var` does by itself). $\gamma$ and $\beta$ are parameters, learnt like
# weights: if mean 0 and deviation 1 is not what the next layer wants, the network can choose another mean ($\beta$)
# and another deviation ($\gamma$). What it can no longer do is let the weights of all earlier layers decide them by
# accident.
#
# On paper, with $\varepsilon = 15$ (a strange choice, but the roots come out even):
#
# $$
# x = \begin{pmatrix} 1 & 3 \\ 3 & 17 \end{pmatrix}: \quad
# \mu = (2, 10),\; v = (1, 49),\; \sqrt{v + 15} = (4, 8),\quad
# \hat x = \begin{pmatrix} -\frac14 & -\frac78 \\[4pt] \frac14 & \frac78 \end{pmatrix}
# $$
#
# $$
# \gamma = (4, 8),\; \beta = (1, 0) \quad\Longrightarrow\quad
# \text{out} = \begin{pmatrix} 0 & -7 \\ 2 & 7 \end{pmatrix}
# $$
#
# ### Two modes
#
# In training the output for one image depends on the other images that happen to be in its batch. When the network is
# *used*, that must not be: one image has no batch, and its answer must not depend on who else is asking. So batch
# normalization has two modes.
#
# - `"train"`: normalize with the mean and variance of this batch, and keep a running average of both for later:
#
# $$
# \text{running} \leftarrow m \cdot \text{running} + (1 - m) \cdot \text{batch}, \qquad \text{momentum } m = 0.9 .
# $$
#
# - `"test"`: normalize with the running mean and the running variance. Nothing is updated.
#
# The running statistics live in the dict `bn_param`, and here is the exception to the promise above: in train mode you
# **do** change it, since that is how the layer remembers. Everything else in it stays as it is.
#
# On paper: the batch above, started from zeros with $m = 0.9$, gives the running mean $(0.2, 1)$ and the running
# variance $(0.1, 4.9)$. And in test mode with running mean $(2, 10)$ and running variance $(1, 49)$, the row $(6, 2)$
# becomes $4 \cdot \frac{6 - 2}{4} + 1 = 5$ and $8 \cdot \frac{2 - 10}{8} + 0 = -8$.
#
# > **If you know PyTorch**, beware of two differences. Its `momentum` weighs the **new** value:
# > `torch.nn.BatchNorm1d(momentum=0.1)` is our $m = 0.9$. And it normalizes with the biased variance (divided by
# > $N$), as we do, but keeps the **unbiased** one (divided by $N - 1$) as its running variance. With batches of 128
# > that is less than one percent; with batches of 4 it is a third.
#
# ### Question 7 · `batchnorm_forward` (12 points)


# %% nbgrader={"grade": false, "grade_id": "batchnorm_forward_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batchnorm_forward(x, gamma, beta, bn_param):
    """Forward pass of batch normalization.

    Args:
        x: shape (N, D).
        gamma, beta: scale and shift, shape (D,).
        bn_param: dict with
            - "mode": "train" or "test", always there;
            - "eps": added to the variance, 1e-5 if missing;
            - "momentum": weight of the old running statistics, 0.9 if missing;
            - "running_mean", "running_var": shape (D,), zeros if missing.
            In train mode the last two are updated in it.

    Returns:
        out: shape (N, D).
        cache: whatever the backward passes need; both take the same one, and only ever from train mode.

    Raises:
        ValueError: the mode is neither "train" nor "test".
    """
    ### BEGIN SOLUTION
    mode, eps, momentum = bn_param["mode"], bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    zeros = np.zeros(x.shape[1], dtype=x.dtype)
    running_mean, running_var = bn_param.get("running_mean", zeros), bn_param.get("running_var", zeros)
    if mode == "train":
        mean, var = x.mean(axis=0), x.var(axis=0)
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
    elif mode == "test":
        mean, var = running_mean, running_var
    else:
        raise ValueError(f'The mode of a batch normalization is "train" or "test", not {mode!r}.')
    std = np.sqrt(var + eps)
    x_hat = (x - mean) / std
    return gamma * x_hat + beta, (x_hat, std, gamma)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "batchnorm_forward", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("batchnorm_forward")

# %% [markdown]
# ## 3 · What it does
#
# ### The same network again
#
# The picture of section 1, with one line added: batch normalization between $xW$ and $\tanh$. The three rows start
# with weights of 0.01, 0.07 and 0.3, thirty times apart, and you can hardly tell them from each other. In fact
# $\hat x$ does not change at all (but for $\varepsilon$) if all weights of a layer are multiplied by some number:
# mean and deviation are multiplied too, and it cancels.

# %%
with picture("batchnorm_forward"):
    layers = {name: deep_network(spread, normalize=True) for name, spread in WEIGHTS.items()}
    display(show_histograms(layers, "with batch normalization"))

# %% [markdown]
# ### The running statistics find their way
#
# A feature with mean 5 and variance 4, in batches of 16. The gray dots are the statistics of each single batch, the
# lines the running ones, which start at zero (so a network must see a few dozen batches before its test mode means
# anything). A momentum near 1 gives a calm line that arrives late; 0.9 arrives after about thirty batches, and keeps
# trembling. The dashed lines are the truth; note that the running variance settles a little below it, at
# $\frac{N-1}{N} \cdot 4 = 3.75$: that is the bias that PyTorch takes out.

# %%
with picture("batchnorm_forward"):
    random = np.random.default_rng(0)
    batches = 5 + 2 * random.standard_normal((150, 16, 1))
    curves = {}
    for momentum in (0.9, 0.98):
        bn_param, steps = {"mode": "train", "momentum": momentum}, []
        for batch in batches:
            batchnorm_forward(batch, np.ones(1), np.zeros(1), bn_param)
            steps.append((bn_param["running_mean"][0], bn_param["running_var"][0]))
        curves[f"momentum {momentum}"] = np.array(steps)
    display(show_running_statistics(batches[:, :, 0], curves, mean=5, var=4))

# %% [markdown]
# ### Next to PyTorch
#
# One batch of four through both. The outputs agree; the running variances differ by the factor $\frac{4}{3}$ of the
# box above.

# %%
with picture("batchnorm_forward"):
    import torch

    batch = np.random.default_rng(0).standard_normal((4, 3))
    bn_param = {"mode": "train", "momentum": 0.9, "running_mean": np.zeros(3), "running_var": np.ones(3)}
    ours, _ = batchnorm_forward(batch, np.ones(3), np.zeros(3), bn_param)
    layer = torch.nn.BatchNorm1d(3, momentum=0.1, dtype=torch.float64)
    theirs = layer(torch.from_numpy(batch)).detach().numpy()
    added = [bn_param["running_var"] - 0.9, layer.running_var.numpy() - 0.9]  # what the batch put in
    print(f"largest difference of the outputs: {np.abs(ours - theirs).max():.1e}")
    print(f"theirs over ours, in the running variance: {added[1] / added[0]}")

# %% [markdown]
# ## 4 · Batch normalization: backward
#
# Three arrows lead from $x$ to the output: directly, through the mean, and through the variance. Forget one and the
# gradient is wrong. The safe way is to write the forward pass as a graph of tiny steps, and go back through it step by
# step.
#
# | forward | backward |
# |:---|:---|
# | $\mu = \frac1N \sum_n x_n$ | $\text{dx} = \text{dc} + \frac1N \text{d}\mu$ |
# | $c = x - \mu$ | $\text{d}\mu = -\sum_n \text{dc}_n$ |
# | $v = \frac1N \sum_n c_n^2$ | $\text{dc} \mathrel{+}= \frac2N\, c \,\text{d}v$ |
# | $s = \sqrt{v + \varepsilon}$ | $\text{d}v = \text{d}s \,/\, (2 s)$ |
# | $\hat x = c / s$ | $\text{dc} = \text{d}\hat x / s$ and $\text{d}s = -\sum_n \text{d}\hat x_n\, c_n / s^2$ |
# | $\text{out} = \gamma \hat x + \beta$ | $\text{d}\hat x = \gamma\, \text{dout}$, $\;\text{d}\gamma = \sum_n \text{dout}_n\, \hat x_n$, $\;\text{d}\beta = \sum_n \text{dout}_n$ |
#
# Read the right column from the bottom up. Where a forward step spreads one number over all rows ($\mu$, $s$,
# $\gamma$, $\beta$), the backward step sums over the rows; where a forward step sums over rows, the backward step
# spreads. $c$ is used twice, so it receives two gradients, and they are added.
#
# On paper, with the example of section 2:
#
# $$
# \text{dout} = \begin{pmatrix} 1 & 1 \\ 0 & 1 \end{pmatrix}
# \;\Longrightarrow\;
# \text{dx} = \begin{pmatrix} \frac{15}{32} & 0 \\[4pt] -\frac{15}{32} & 0 \end{pmatrix},\quad
# \text{d}\gamma = (-\tfrac14,\, 0), \quad \text{d}\beta = (1, 2).
# $$
#
# Look at the second column: the loss wants both outputs to move by the same amount, and the gradient is 0. Adding a
# constant to a feature changes nothing, the mean takes it away again. For the same reason each column of dx sums to
# 0: a quick test for your code. (And a bias in the layer before a batch normalization is of no use: its gradient is
# always 0.)
#
# ### Question 8 · `batchnorm_backward` (9 points)


# %% nbgrader={"grade": false, "grade_id": "batchnorm_backward_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batchnorm_backward(dout, cache):
    """Backward pass of batch normalization in train mode, step by step along the graph.

    Args:
        dout: gradient of the loss with respect to out, shape (N, D).
        cache: from `batchnorm_forward` in train mode; leave it as it is.

    Returns:
        dx: shape (N, D).
        dgamma, dbeta: shape (D,).
    """
    ### BEGIN SOLUTION
    x_hat, std, gamma = cache
    N = len(dout)
    dgamma, dbeta = np.sum(dout * x_hat, axis=0), np.sum(dout, axis=0)
    dx_hat = gamma * dout
    centered = x_hat * std
    dstd = -np.sum(dx_hat * centered, axis=0) / std**2
    dvar = dstd / (2 * std)
    dcentered = dx_hat / std + 2 / N * centered * dvar
    dmean = -np.sum(dcentered, axis=0)
    return dcentered + dmean / N, dgamma, dbeta
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "batchnorm_backward", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("batchnorm_backward")

# %% [markdown]
# ### The short way
#
# The graph is safe, but it makes many passes over the data. Put the steps together with pencil and paper and most of
# it cancels. Start from $\text{dx} = \text{dc} + \frac1N \text{d}\mu$ and put in, from the table, first
# $\text{d}\mu$, then $\text{dc}$, then $\text{d}v$ and $\text{d}s$. Two facts do the cancelling: $\sum_n c_n = 0$,
# since the mean is gone; and $c / s = \hat x$. What remains, for each feature:
#
# $$
# \text{dx}_n \;=\; \frac{\gamma}{N s} \Big( N\, \text{dout}_n \;-\; \sum_m \text{dout}_m \;-\;
# \hat x_n \sum_m \text{dout}_m\, \hat x_m \Big)
# $$
#
# The two sums are old friends: $\text{d}\beta$ and $\text{d}\gamma$. In words: take the gradient, and remove from it
# the part that would only shift the batch (the mean takes that away) and the part that would only stretch it (the
# variance takes that away). Do the derivation once yourself before you type the result.
#
# ### Question 9 · `batchnorm_backward_alt` (6 points)
#
# The same gradients from the **same cache** as `batchnorm_backward`, by the formula instead of the graph. (Calling
# `batchnorm_backward` gives the right numbers, but not all the points.)


# %% nbgrader={"grade": false, "grade_id": "batchnorm_backward_alt_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batchnorm_backward_alt(dout, cache):
    """Backward pass of batch normalization in train mode, by the simplified formula.

    Args:
        dout: gradient of the loss with respect to out, shape (N, D).
        cache: from `batchnorm_forward`, the same that `batchnorm_backward` takes; leave it as it is.

    Returns:
        dx: shape (N, D).
        dgamma, dbeta: shape (D,).
    """
    ### BEGIN SOLUTION
    x_hat, std, gamma = cache
    dgamma, dbeta = np.sum(dout * x_hat, axis=0), np.sum(dout, axis=0)
    N = len(dout)
    dx = gamma / (N * std) * (N * dout - dbeta - x_hat * dgamma)
    return dx, dgamma, dbeta
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "batchnorm_backward_alt", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("batchnorm_backward_alt")

# %% [markdown]
# ## 5 · Spatial batch normalization
#
# What is "a feature" in a convolution layer's output of shape $(N, C, H, W)$? The same filter runs over all places of
# all images, so its outputs should be treated alike: each **channel** is one feature, and every pixel of every image
# is one example of it. Statistics are taken over $N$, $H$ and $W$; there are $C$ means, $C$ variances, $C$ gammas and
# $C$ betas.
#
# So you can put the axes in the right order, call what you have already written on an array of shape
# $(N \cdot H \cdot W,\; C)$, and put the result back. "The right order" is the point: `x.reshape(-1, C)` of an array
# of shape $(N, C, H, W)$ does *not* collect the channels in columns. It only cuts the numbers, as they lie in memory,
# into rows of length $C$. First move the channels to the end with `transpose`, then reshape; and on the way back
# first reshape to $(N, H, W, C)$, then transpose.
#
# On paper: one image with two channels of $1 \times 2$ pixels, $x_0 = (1\;\; 3)$ and $x_1 = (3\;\; 17)$. As an array
# of pixels by channels it is the example of section 2, so with the same $\varepsilon$, $\gamma$, $\beta$ the output
# is $(0\;\; 2)$ and $(-7\;\; 7)$.
#
# ### Question 10 · `spatial_batchnorm_forward` (5 points)


# %% nbgrader={"grade": false, "grade_id": "spatial_batchnorm_forward_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    """Forward pass of batch normalization of images: each channel over images, rows and columns.

    Args:
        x: shape (N, C, H, W).
        gamma, beta: shape (C,).
        bn_param: as in `batchnorm_forward`; the running statistics have shape (C,).

    Returns:
        out: shape (N, C, H, W).
        cache: whatever `spatial_batchnorm_backward` needs.
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "spatial_batchnorm_forward", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("spatial_batchnorm_forward")

# %% [markdown]
# ### Question 11 · `spatial_batchnorm_backward` (4 points)


# %% nbgrader={"grade": false, "grade_id": "spatial_batchnorm_backward_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def spatial_batchnorm_backward(dout, cache):
    """Backward pass of spatial batch normalization in train mode.

    Args:
        dout: gradient of the loss with respect to out, shape (N, C, H, W).
        cache: from `spatial_batchnorm_forward` in train mode; leave it as it is.

    Returns:
        dx: shape (N, C, H, W).
        dgamma, dbeta: shape (C,).
    """
    ### BEGIN SOLUTION
    N, C, H, W = dout.shape
    rows = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dx, dgamma, dbeta = batchnorm_backward_alt(rows, cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "spatial_batchnorm_backward", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("spatial_batchnorm_backward")

# %% [markdown]
# ## 6 · The same idea with other axes
#
# Batch normalization has a weak spot, its name says it: it needs a batch. With two images to a batch, mean and
# variance are mostly noise; with one there is nothing left to normalize; and in recurrent networks every time step
# would need statistics of its own. The relatives below normalize **within each example**, so that no example knows of
# any other, and training and test do exactly the same.
#
# Below is one array of shape $(N, C, H, W)$, with $H$ and $W$ drawn as one axis. The coloured cells share **one**
# mean and **one** variance. All else is the same in all four: subtract the mean, divide by $\sqrt{v + \varepsilon}$,
# then scale and shift by $\gamma$ and $\beta$, which belong to the *channels* (or features) in every case, whatever
# the axes of the statistics are.

# %%
with picture():
    display(show_normalization_axes())

# %% [markdown]
# ### Layer normalization
#
# For features, `x` of shape $(N, D)$: each **row** has its own mean and variance, over its $D$ features. In the
# forward pass that is `axis=1` in place of `axis=0` (and `keepdims`, so that a column of means lines up with the
# rows).
#
# In the backward pass one thing more changes. $\gamma$ now differs *along* the axis that is summed over, so it can't
# be pulled out of the sums; with $g = \gamma \cdot \text{dout}$ the formula of section 4 becomes
#
# $$
# \text{dx}_d = \frac{1}{D s} \Big( D\, g_d - \sum_{k} g_k - \hat x_d \sum_{k} g_k\, \hat x_k \Big)
# \qquad \text{(in each row)},
# $$
#
# while $\text{d}\gamma$ and $\text{d}\beta$ are sums over the *rows*, as before: they have shape $(D,)$.
#
# On paper, $x$, $\gamma$, $\beta$ and $\varepsilon$ as in section 2: the rows have means 2 and 10, roots 4 and 8, and
#
# $$
# \hat x = \begin{pmatrix} -\frac14 & \frac14 \\[4pt] -\frac78 & \frac78 \end{pmatrix}, \quad
# \text{out} = \begin{pmatrix} 0 & 2 \\[4pt] -\frac52 & 7 \end{pmatrix}; \quad
# \text{dout} = \begin{pmatrix} 1 & 0 \\ 0 & 0 \end{pmatrix} \Longrightarrow
# \text{dx} = \begin{pmatrix} \frac{15}{32} & -\frac{15}{32} \\[4pt] 0 & 0 \end{pmatrix},\;
# \text{d}\gamma = (-\tfrac14, 0),\; \text{d}\beta = (1, 0).
# $$
#
# ### Question 12 · `layernorm_forward` (4 points)


# %% nbgrader={"grade": false, "grade_id": "layernorm_forward_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layernorm_forward(x, gamma, beta, ln_param):
    """Forward pass of layer normalization: each row by its own mean and variance.

    Args:
        x: shape (N, D).
        gamma, beta: shape (D,).
        ln_param: dict, perhaps with "eps" (1e-5 if missing); it is left as it is.

    Returns:
        out: shape (N, D).
        cache: whatever `layernorm_backward` needs.
    """
    ### BEGIN SOLUTION
    std = np.sqrt(x.var(axis=1, keepdims=True) + ln_param.get("eps", 1e-5))
    x_hat = (x - x.mean(axis=1, keepdims=True)) / std
    return gamma * x_hat + beta, (x_hat, std, gamma)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "layernorm_forward", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("layernorm_forward")

# %% [markdown]
# ### Question 13 · `layernorm_backward` (5 points)


# %% nbgrader={"grade": false, "grade_id": "layernorm_backward_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layernorm_backward(dout, cache):
    """Backward pass of layer normalization.

    Args:
        dout: gradient of the loss with respect to out, shape (N, D).
        cache: from `layernorm_forward`; leave it as it is.

    Returns:
        dx: shape (N, D).
        dgamma, dbeta: shape (D,).
    """
    ### BEGIN SOLUTION
    x_hat, std, gamma = cache
    g = gamma * dout
    mean_g = g.mean(axis=1, keepdims=True)
    mean_gx = np.mean(g * x_hat, axis=1, keepdims=True)
    return (g - mean_g - x_hat * mean_gx) / std, np.sum(dout * x_hat, axis=0), np.sum(dout, axis=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "layernorm_backward", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("layernorm_backward")

# %% [markdown]
# ### Instance normalization
#
# For images: each channel of each image on its own, over $H$ and $W$ only. It removes the contrast of a picture, and
# so it became popular for transferring the style of one picture to another. $\gamma$ and $\beta$ have shape $(C,)$,
# and have to be lined up with the second of four axes: `gamma[:, None, None]`, or a `reshape`.
#
# On paper: the image of section 5 gives the same output as there, $(0\;\; 2)$ and $(-7\;\; 7)$. With a single image,
# instance normalization and spatial batch normalization in train mode are the same thing.
#
# ### Question 14 · `instancenorm_forward` (4 points)
#
# There is no backward pass to write: the next question covers it.


# %% nbgrader={"grade": false, "grade_id": "instancenorm_forward_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def instancenorm_forward(x, gamma, beta, in_param):
    """Forward pass of instance normalization: each channel of each image by its own mean and variance.

    Args:
        x: shape (N, C, H, W).
        gamma, beta: shape (C,).
        in_param: dict, perhaps with "eps" (1e-5 if missing); it is left as it is.

    Returns:
        out: shape (N, C, H, W).
        cache: may be anything, None too; there is no backward pass to write.
    """
    ### BEGIN SOLUTION
    std = np.sqrt(x.var(axis=(2, 3), keepdims=True) + in_param.get("eps", 1e-5))
    x_hat = (x - x.mean(axis=(2, 3), keepdims=True)) / std
    return gamma[:, None, None] * x_hat + beta[:, None, None], None
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "instancenorm_forward", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("instancenorm_forward")

# %% [markdown]
# ### Group normalization
#
# Between the two extremes: the channels of an image are divided into $G$ groups of $C / G$ neighbours, and each group
# of each image has one mean and one variance (Wu and He, 2018). $G = C$ is instance normalization; $G = 1$ is layer
# normalization of a whole image. Group normalization works as well with 2 images to a batch as with 32.
#
# A fifth axis does it: `x.reshape(N, G, C // G, H, W)`. Now the statistics are over the last three axes, and
# afterwards the result goes back to $(N, C, H, W)$ for $\gamma$ and $\beta$. Here the reshape needs no transpose:
# channels that are neighbours in memory *are* the groups. ($(N, C/G, G, H, W)$ would group channels that are far
# apart.)
#
# On paper: the image of section 5 with $G = 1$ and $\varepsilon = 8$. All four numbers together have the mean
# $(1 + 3 + 3 + 17) / 4 = 6$ and the variance $(25 + 9 + 9 + 121) / 4 = 41$; $\sqrt{41 + 8} = 7$. With
# $\gamma = (7, 14)$ and $\beta = (0, 1)$ the output is $(-5\;\; {-3})$ and $(-5\;\; 23)$.
#
# ### Question 15 · `spatial_groupnorm_forward` (5 points)


# %% nbgrader={"grade": false, "grade_id": "spatial_groupnorm_forward_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    """Forward pass of group normalization: each group of channels of each image by its own mean and variance.

    Args:
        x: shape (N, C, H, W).
        gamma, beta: shape (C,).
        G: number of groups, int; it divides C.
        gn_param: dict, perhaps with "eps" (1e-5 if missing); it is left as it is.

    Returns:
        out: shape (N, C, H, W).
        cache: whatever `spatial_groupnorm_backward` needs.
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    groups = x.reshape(N, G, C // G, H, W)
    std = np.sqrt(groups.var(axis=(2, 3, 4), keepdims=True) + gn_param.get("eps", 1e-5))
    x_hat = (groups - groups.mean(axis=(2, 3, 4), keepdims=True)) / std
    out = gamma[:, None, None] * x_hat.reshape(x.shape) + beta[:, None, None]
    return out, (x_hat, std, gamma)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "spatial_groupnorm_forward", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("spatial_groupnorm_forward")

# %% [markdown]
# The backward pass is the one of layer normalization, with $D$ replaced by the number of values in a group and the
# sums taken over the same axes as the statistics: $g = \gamma \cdot \text{dout}$, reshaped to groups,
#
# $$
# \text{dx} = \frac{1}{M s} \Big( M g - \sum g - \hat x \sum g\, \hat x \Big), \qquad M = \frac{C}{G}\, H\, W .
# $$
#
# $\text{d}\gamma$ and $\text{d}\beta$ belong to the channels: sums over images, rows and columns.
#
# ### Question 16 · `spatial_groupnorm_backward` (6 points)


# %% nbgrader={"grade": false, "grade_id": "spatial_groupnorm_backward_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def spatial_groupnorm_backward(dout, cache):
    """Backward pass of group normalization.

    Args:
        dout: gradient of the loss with respect to out, shape (N, C, H, W).
        cache: from `spatial_groupnorm_forward`; leave it as it is.

    Returns:
        dx: shape (N, C, H, W).
        dgamma, dbeta: shape (C,).
    """
    ### BEGIN SOLUTION
    x_hat, std, gamma = cache
    g = (gamma[:, None, None] * dout).reshape(x_hat.shape)
    mean_g = g.mean(axis=(2, 3, 4), keepdims=True)
    mean_gx = np.mean(g * x_hat, axis=(2, 3, 4), keepdims=True)
    dx = ((g - mean_g - x_hat * mean_gx) / std).reshape(dout.shape)
    return dx, np.sum(dout * x_hat.reshape(dout.shape), axis=(0, 2, 3)), np.sum(dout, axis=(0, 2, 3))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "spatial_groupnorm_backward", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("spatial_groupnorm_backward")

# %% [markdown]
# ## 7 · Batch normalization for free
#
# In test mode the statistics are constants, and so batch normalization is just "times a number, plus a number" for
# each channel. The convolution before it is linear as well. Two such steps are one: multiply each filter by its
# channel's number once and for all, adjust its bias, and throw the batch normalization away. The network on the phone
# has none left.
#
# For channel $f$, with the scale $a_f = \gamma_f / \sqrt{\text{running\_var}_f + \varepsilon}$:
#
# $$
# a_f \,\big( (w_f \star x + b_f) - \text{running\_mean}_f \big) + \beta_f
# \;=\; \underbrace{(a_f\, w_f)}_{\text{folded filter}} \star\, x \;+\;
# \underbrace{a_f\, (b_f - \text{running\_mean}_f) + \beta_f}_{\text{folded bias}} .
# $$
#
# The scale belongs to the *output* channel $f$, which is the first axis of `w`. (And it only works in this order:
# with a ReLU between the two, or the normalization before a convolution with zero padding, nothing can be folded this
# way.)
#
# On paper, one $1 \times 1$ filter: $w = 3$, $b = 5$, $\gamma = 8$, $\beta = 1$, running mean 2, running variance 1,
# $\varepsilon = 15$. The scale is $8 / 4 = 2$; $2\,(3x + 5 - 2) + 1 = 6x + 7$. So $w = 6$ and $b = 7$.
#
# ### Question 17 · `fold_batchnorm` (5 points)


# %% nbgrader={"grade": false, "grade_id": "fold_batchnorm_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fold_batchnorm(w, b, gamma, beta, running_mean, running_var, eps):
    """One convolution that equals a convolution and the batch normalization after it, in test mode.

    Args:
        w: filters, shape (F, C, HH, WW).
        b: biases, shape (F,).
        gamma, beta, running_mean, running_var: of the batch normalization after it, shape (F,).
        eps: what it adds to the variance, float.

    Returns:
        w_folded: shape (F, C, HH, WW).
        b_folded: shape (F,).
    """
    ### BEGIN SOLUTION
    scale = gamma / np.sqrt(running_var + eps)
    return scale[:, None, None, None] * w, scale * (b - running_mean) + beta
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "fold_batchnorm", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("fold_batchnorm")

# %% [markdown]
# Does it hold end to end? A convolution of ten images, written with `einsum` over all windows, once followed by your
# batch normalization in test mode, once with the folded filters alone.

# %%
with picture("fold_batchnorm"):

    def convolve(x, w, b):
        """A convolution with stride 1 and no padding."""
        windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
        return np.einsum("nchwij,fcij->nfhw", windows, w) + b[:, None, None]

    random = np.random.default_rng(0)
    x, w = random.standard_normal((10, 3, 16, 16)), random.standard_normal((6, 3, 3, 3))
    b, gamma, beta, mean, var = *random.standard_normal((4, 6)), random.uniform(0.5, 2, 6)
    bn_param = {"mode": "test", "eps": 1e-5, "running_mean": mean, "running_var": var}
    two_steps, _ = spatial_batchnorm_forward(convolve(x, w, b), gamma, beta, bn_param)
    one_step = convolve(x, *fold_batchnorm(w, b, gamma, beta, mean, var, 1e-5))
    print(f"values up to {np.abs(two_steps).max():.1f}")
    print(f"largest difference: {np.abs(one_step - two_steps).max():.1e}")

# %% [markdown]
# ## 8 · Written answers
#
# A few sentences each are enough. Reasons count, not length; a formula or a small example is welcome.
#
# ### Question 18 · `written_initialization` (8 points)
#
# Look at the two pictures of histograms again. (a) Why does the network without normalization learn so badly when its
# weights start too small, and why when they start too large? (b) Why is it nearly indifferent to that once batch
# normalization is there? (c) Your images are so large that only two fit into a batch. What happens to batch
# normalization, and which of the other normalizations would you take, and why?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_initialization", "locked": false, "points": 8, "schema_version": 3, "solution": true, "task": false}
# (a) Each layer multiplies the spread of its input by about $\sqrt{\text{inputs}}$ times the weights' deviation. If
# that is less than 1, the outputs shrink with every layer to nearly 0; the gradient of a layer's weights is its input
# times the gradient from above, so it is nearly 0 too (and the gradient going back is multiplied by small weights in
# each layer). If it is more than 1, the numbers grow until tanh saturates at $\pm 1$, where its slope $1 - y^2$ is
# nearly 0, and again no gradient comes through. (b) Batch normalization brings each feature back to mean 0 and
# deviation 1 before the non-linearity, in every layer. Multiplying the weights by $a > 0$ multiplies mean and
# deviation by $a$, and that cancels: $BN(x \cdot aW) = BN(xW)$ but for eps. So the scale of the initialization plays
# hardly any role, and the values stay where tanh has a slope. (c) Mean and variance of two examples are very noisy
# estimates: outputs depend strongly on the other image of the batch, (with features: two values always become about
# $\pm 1$), and the running statistics used at test time match badly what was seen in training. Group (or layer, or
# instance) normalization takes its statistics within each image, so the batch size plays no role, and training and
# test do the same.
#
# **Marks.** (a) 1.5 outputs and with them gradients of the weights vanish; 1.5 saturation, slope near 0. (b) 1
# normalized in each layer; 1 the scale cancels (a formula or in words). (c) 1.5 noisy statistics, or dependence on
# the other image, or mismatch with the running statistics; 1.5 a normalization within the example, with the reason
# that it does not depend on the batch.

# %% [markdown]
# ### Question 19 · `written_train_test` (7 points)
#
# Why does batch normalization compute something else when the network is used than in training? Say what would go
# wrong if it went on using the statistics of the batch; name one sign by which you would notice that somebody forgot
# to switch the mode; and say why layer normalization does not need two modes.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_train_test", "locked": false, "points": 7, "schema_version": 3, "solution": true, "task": false}
# In training the batch is a random sample, and its mean and variance are what the gradients go through; the noise
# even helps a little against overfitting. In use, the answer for one image must not depend on which other images are
# asked about at the same time, nor on how many: a batch of one would always give beta, whatever the image, and a
# batch sorted by class would have its class normalized away. So fixed statistics are taken, estimated over training
# as running averages. Signs that the mode was forgotten: the accuracy changes with the batch size or with the order
# of the test images; the same image gets different answers in different batches; predictions for single images are
# useless; evaluating changes the running statistics, so that a second evaluation differs. (Or the other way round,
# training in test mode: the statistics never leave their start.) Layer normalization takes mean and variance over the
# features of one example: no other example takes part, so nothing has to be replaced, and both modes are the same
# computation.
#
# **Marks.** 2 the output must not depend on the other examples of the batch (determinism, single images); 1 running
# statistics, estimated in training, take their place; 2 a sign, with a word on why; 2 layer normalization uses only
# the example itself.

# %% [markdown]
# ## Handing in
#
# Restart the kernel and run everything from top to bottom. The next cell runs all checks again, so that you see the
# whole assignment at a glance.

# %%
cnnlab.progress()

# %% [markdown]
# Save the notebook, then run the last cell. It packs one file, `a3_normalization.zip`, says what is missing, and tells
# you how to hand it in. You may hand in again as often as you like until the deadline.

# %%
cnnlab.submit()
