# %% [markdown]
# # Assignment 4 · LeNet on CIFAR-10
#
# The layers that you wrote by hand now come from PyTorch, fast and with their gradients. What is left is everything
# around them: putting layers together to a network, keeping account of its shapes and parameters, the training loop,
# an honest evaluation, and looking at what the network has learnt. You will train LeNet, then beat it with a network
# of your own{{" that has a sixth of its parameters" if (lenet_channels, image_size) == ((20, 50), 32) else ""}}.
#
# **How this notebook works.** As before: replace `raise NotImplementedError(...)`, run the check below it, repeat. The
# grader looks at your functions and classes by their names, so you may add cells and helpers wherever you want. New
# here: **you hand in two files of trained weights as well**, `lenet.safetensors` and `convnet.safetensors`. This
# notebook writes them, and the last cell, `cnnlab.submit()`, packs them together with the notebook.
#
# **Time.** Training LeNet takes about three minutes on one processor core, your own network eight, and both less on a
# GPU. In Colab, that is under *Runtime → Change runtime type*. Colab forgets its files when it disconnects: mount your Google
# Drive (folder symbol on the left, then the Drive symbol) *before* you train, and the weights are kept there.
#
# The eight questions for code give 85 points, the two written answers 15.

# %% tags=["setup"]
import cnnlab

# %%
import os

import numpy as np
import torch
import torch.nn.functional as F
from IPython.display import display
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from cnnlab.places import weights_path
from cnnlab.plotting import picture, show_images
from cnnlab.plotting_training import confusion_matrix, show_color_filters, show_confusion, show_layers
from cnnlab.thresholds import CONVNET_STEPS, LENET_STEPS
from cnnlab.training import LiveCurves, needs, predict
from cnnlab.variations import VARIATIONS
from cnnlab.weights import load_weights, save_weights

device = "cuda" if torch.cuda.is_available() else "cpu"
print(f"torch {torch.__version__}: ready, training on {device}.")

# %% [markdown]
# ## 1 · The data
#
# CIFAR-10 has 60,000 colour photographs of $32 \times 32$ pixels in ten classes. Of the 50,000 official training
# images we train on 45,000 and keep 5,000 for **validation**: on those you try things out and compare networks. The
# 10,000 test images are for one purpose only, the final accuracy, and in this course the grader computes that. If you
# chose your network by its test accuracy, that number would no longer say how it does on images nobody has looked at.{{"" if image_size == 32 else " Of every image we use the middle, %d x %d pixels." % (image_size, image_size)}}
#
# The first run downloads 170 MB. Without a network, the cell falls back to *synthetic* images (ten kinds of shapes, of
# the same size and type) and says so: everything below works with them too, but what you hand in must be trained on
# CIFAR-10.

# %%
from cnnlab.datasets import CIFAR10_CLASSES, SYNTHETIC_CLASSES, DatasetError, cifar10, synthetic_cifar10

SYNTHETIC = os.environ.get("CNNLAB_DATASET") == "synthetic"  # or write: SYNTHETIC = True

data, classes, images_of = "cifar10", CIFAR10_CLASSES, cifar10
if not SYNTHETIC:
    try:
        cifar10(split="train")
    except DatasetError as problem:
        print(f"No CIFAR-10: {problem}\n")
        SYNTHETIC = True
if SYNTHETIC:
    data, classes, images_of = "synthetic", SYNTHETIC_CLASSES, synthetic_cifar10
    print("These are SYNTHETIC images, good for trying things out. Train on CIFAR-10 before you hand in.")

train_images, train_labels = images_of(split="train")
val_images, val_labels = images_of(split="val")
print(
    f"{data}: {len(train_images)} training images, {len(val_images)} validation images, each {train_images.shape[1:]}"
)

# %%
with picture():
    first = [np.flatnonzero(train_labels == label)[0] for label in range(10)]
    display(show_images(train_images[first] / 255, classes))

# %% [markdown]
# ### Standardizing
#
# Networks learn best from numbers around zero, with a spread of about one. So from every pixel we take the mean of its
# **channel**, and divide by the channel's standard deviation; both are taken over all images and all places:
#
# $$
# \mu_c = \frac{1}{NHW} \sum_{n, i, j} x[n, c, i, j], \qquad
# \sigma_c^2 = \frac{1}{NHW} \sum_{n, i, j} \big(x[n, c, i, j] - \mu_c\big)^2, \qquad
# \hat x[n, c, i, j] = \frac{x[n, c, i, j] - \mu_c}{\sigma_c}
# $$
#
# One thing is easily done wrong. $\mu$ and $\sigma$ belong to the **training** images, and validation and test images
# are transformed with those same six numbers. They are part of the trained network, as its weights are: at test time
# there may be one image only, and the same image must give the same input whatever others are looked at with it.
#
# For paper, one channel: the training images hold the values 1, 1, 3, 3, so $\mu = 2$, $\sigma = 1$. They become
# -1, -1, 1, 1, and a validation image with the values 2, 5 becomes 0, 3.
#
# ### Question 1 · `standardize` (3 points)


# %% nbgrader={"grade": false, "grade_id": "standardize_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def standardize(train, *others):
    """Standardize images per channel, all of them with the mean and standard deviation of the training set.

    Args:
        train: training images, an array of floats (N, C, H, W).
        *others: any number of further arrays (M, C, H, W), each with its own M: validation images, test images.

    Returns:
        A tuple with the standardized `train`, then the standardized `others` in their order. New arrays of the same
        shapes and dtype; those that came in are left as they were.
    """
    ### BEGIN SOLUTION
    mean = train.mean(axis=(0, 2, 3), keepdims=True)
    std = train.std(axis=(0, 2, 3), keepdims=True)
    return tuple((images - mean) / std for images in (train, *others))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "standardize", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("standardize")

# %% [markdown]
# On CIFAR-10's training images, divided by 255, you should find the numbers below ({{"to three digits" if image_size == 32 else "to 0.02: they are those of the whole images"}}). **The grader
# standardizes the held-out images with them**, so a network that was trained on anything else sees strange pictures.
#
# | | red | green | blue |
# |:---|---:|---:|---:|
# | mean | 0.4914 | 0.4822 | 0.4465 |
# | standard deviation | 0.2470 | 0.2435 | 0.2616 |

# %%
with needs("standardize"):
    scaled, scaled_val = train_images.astype(np.float32) / 255, val_images.astype(np.float32) / 255
    print("mean", scaled.mean(axis=(0, 2, 3)).round(3), "standard deviation", scaled.std(axis=(0, 2, 3)).round(3))
    scaled, scaled_val = standardize(scaled, scaled_val)
    train_x, train_y = torch.as_tensor(scaled, dtype=torch.float32), torch.as_tensor(train_labels)
    val_x, val_y = torch.as_tensor(scaled_val, dtype=torch.float32), torch.as_tensor(val_labels)
    val_loader = DataLoader(TensorDataset(val_x, val_y), batch_size=500)

# %% [markdown]
# ## 2 · LeNet
#
# In the 1990s, LeNet-5 read the digits on bank cheques: convolution, pooling, convolution, pooling, then
# fully-connected layers. Ours has ReLUs and max pooling in the place of the original's sigmoids and averages, and more
# channels, but it is the same idea. For a gray image of $28 \times 28$:
#
# | layer | output | parameters |
# |:---|---:|---:|
# | input | 1 x 28 x 28 | |
# | convolution, {{lenet_channels[0]}} filters of 5x5, pad 2 | {{lenet_channels[0]}} x 28 x 28 | ${{lenet_channels[0]}} \cdot (1 \cdot 25 + 1) = {{grouped(lenet_channels[0] * 26)}}$ |
# | ReLU | {{lenet_channels[0]}} x 28 x 28 | |
# | max pooling, 2x2, stride 2 | {{lenet_channels[0]}} x 14 x 14 | |
# | convolution, {{lenet_channels[1]}} filters of 5x5, pad 2 | {{lenet_channels[1]}} x 14 x 14 | ${{lenet_channels[1]}} \cdot ({{lenet_channels[0]}} \cdot 25 + 1) = {{grouped(lenet_channels[1] * (lenet_channels[0] * 25 + 1))}}$ |
# | ReLU | {{lenet_channels[1]}} x 14 x 14 | |
# | max pooling, 2x2, stride 2 | {{lenet_channels[1]}} x 7 x 7 | |
# | flatten | {{lenet_channels[1] * 49}} | |
# | fully connected, 500 | 500 | ${{lenet_channels[1] * 49}} \cdot 500 + 500 = {{grouped(lenet_channels[1] * 49 * 500 + 500)}}$ |
# | ReLU | 500 | |
# | fully connected, 10 | 10 | $500 \cdot 10 + 10 = 5\,010$ |
# | **total** | | **{{commas(lenet_parameters(1, 28))}}** |
#
# Redo the table for a colour image of ${{image_size}} \times {{image_size}}$ before you write code: the flattened vector has {{lenet_channels[1] * (image_size // 4)**2}} entries, and
# the total is {{commas(lenet_parameters())}}. Where do the parameters sit, and where does the computation?
#
# The ten outputs are **logits**: plain numbers, one a class, with no softmax and no ReLU behind them.
# `F.cross_entropy` does the softmax itself, in a way that is safe for large numbers.
#
# ### Question 2 · `lenet` (15 points)
#
# The names of the layers are yours, and so is the style (`nn.Sequential`, or functions such as `F.relu` in
# `forward`). Image sizes that are not divisible by 4 are welcome too: pooling drops the last row and column then, so a
# side of `image_size` becomes `image_size // 2 // 2`.


# %% nbgrader={"grade": false, "grade_id": "lenet_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
class LeNet(nn.Module):
    """LeNet as in the table, for square images of any size.

    Args:
        in_channels: channels of the images, 1 for gray, 3 for colour.
        image_size: height and width of the images, at least 4.
        num_classes: number of logits.
    """

    def __init__(self, in_channels=3, image_size=VARIATIONS["image_size"], num_classes=10):
        super().__init__()
        ### BEGIN SOLUTION
        side = image_size // 2 // 2
        first, second = VARIATIONS["lenet_channels"]
        self.conv1 = nn.Conv2d(in_channels, first, kernel_size=5, padding=2)
        self.conv2 = nn.Conv2d(first, second, kernel_size=5, padding=2)
        self.pool = nn.MaxPool2d(2)
        self.relu = nn.ReLU()
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(second * side * side, 500)
        self.fc2 = nn.Linear(500, num_classes)
        ### END SOLUTION

    def forward(self, x):
        """Logits (N, num_classes) of images (N, in_channels, image_size, image_size)."""
        ### BEGIN SOLUTION
        x = self.pool(self.relu(self.conv1(x)))
        x = self.pool(self.relu(self.conv2(x)))
        x = self.relu(self.fc1(self.flatten(x)))
        return self.fc2(x)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "lenet", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("lenet")

# %% [markdown]
# ## 3 · The table, made by the network itself
#
# Nobody writes such tables by hand for a network of fifty layers. PyTorch lets you listen in: a **forward hook** is a
# function that a module calls after each of its forward passes.
#
# ```python
# def hook(module, inputs, output):
#     print(module, output.shape)
#
# handle = module.register_forward_hook(hook)
# ...                                          # run the model once
# handle.remove()
# ```
#
# Register one on every module *without children* (a `Linear` has none, a `Sequential` has), send an image of zeros
# through the model, and collect. `model.named_modules()` gives every module with its dotted name, such as
# `features.0`.
#
# Looking must not change anything: remove the hooks; a forward pass in training mode would change the running
# statistics of batch normalization (and fail there for a single image), so switch to evaluation mode, and give back
# each module's mode as it was; compute no gradients.
#
# ### Question 3 · `layer_summary` (8 points)


# %% nbgrader={"grade": false, "grade_id": "layer_summary_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layer_summary(model, input_shape):
    """The table of a model's layers: one row for each call of a module without children, in the order of the calls.

    Args:
        model: any `nn.Module` on the CPU.
        input_shape: (C, H, W) of one image.

    Returns:
        A list of (name, output_shape, parameters): the module's dotted name, the shape of its output without the
        batch as a tuple, and the number of all its own parameters. A module that is called twice gives two rows, one
        that is never called gives none.

    The model is left as it was: the mode of every module (training or evaluation), buffers, gradients, hooks.
    """
    ### BEGIN SOLUTION
    rows, handles = [], []

    def listen(name):
        def hook(module, _, output):
            rows.append((name, tuple(output.shape[1:]), sum(p.numel() for p in module.parameters())))

        return hook

    modes = {module: module.training for module in model.modules()}
    for name, module in model.named_modules():
        if not list(module.children()):
            handles.append(module.register_forward_hook(listen(name)))
    try:
        model.eval()
        with torch.no_grad():
            model(torch.zeros(1, *input_shape))
    finally:
        for handle in handles:
            handle.remove()
        for module, mode in modes.items():
            module.training = mode
    return rows
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "layer_summary", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("layer_summary")

# %%
with needs("LeNet", "layer_summary"):
    rows = layer_summary(LeNet(), (3, VARIATIONS["image_size"], VARIATIONS["image_size"]))
    for name, shape, parameters in rows:
        print(f"{name:<10} {' x '.join(map(str, shape)):>14} {parameters:>10,}")
    print(f"{'total':<10} {'':>14} {sum(parameters for *_, parameters in rows):>10,}")

# %% [markdown]
# The same as a picture, on a logarithmic scale. The blue bars are what has to be kept in memory for the backward pass:
# most of it at the beginning. The orange bars are the parameters: nearly all of them in a single layer, the first
# fully-connected one.

# %%
with picture(), needs("LeNet", "layer_summary"):
    rows = layer_summary(LeNet(), (3, VARIATIONS["image_size"], VARIATIONS["image_size"]))
    display(show_layers(rows, "LeNet on a colour image of {{image_size}}x{{image_size}}"))

# %% [markdown]
# ## 4 · The training loop
#
# One **epoch** goes through all the training images once, in batches $B$. For each batch:
#
# 1. forward: logits, and the loss, the mean cross-entropy over the batch;
# 2. backward: the gradients. PyTorch *adds* them to what `parameter.grad` holds already, so they have to be set to
#    zero once a batch;
# 3. `optimizer.step()` moves the parameters.
#
# A network has two modes, and training needs `model.train()`: batch normalization then uses the statistics of the
# batch, and dropout drops.
#
# What to report? The mean loss **of an image**. The last batch is often smaller than the others, so the mean of the
# batches' means is not it:
#
# $$
# \frac{1}{N} \sum_{B} |B| \cdot \text{loss}(B)
# $$
#
# For paper: a batch of three images with the mean loss 2.0, then a batch of a single image with 4.0. The mean over
# images is $(3 \cdot 2 + 1 \cdot 4) / 4 = 2.5$, not 3.
#
# Use `loss.item()` for the sum: it is a plain number. Adding up the tensors themselves keeps the graph of every batch
# in memory, until there is none left.
#
# ### Question 4 · `train_epoch` (8 points)


# %% nbgrader={"grade": false, "grade_id": "train_epoch_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_epoch(model, loader, optimizer, device="cpu"):
    """Train for one epoch, with the cross-entropy loss.

    Args:
        model: a network on `device`, in either mode; it gives logits. Its gradients are empty.
        loader: gives batches (images, labels): float tensors (B, C, H, W) and integer tensors (B,), on the CPU. The
            last batch may be smaller. Count the images yourself: not every loader knows how many there are.
        optimizer: of the model's parameters; one step a batch.
        device: where to compute.

    Returns:
        The mean loss per image over the epoch, a float; each batch's loss as it is before the batch's step.
    """
    ### BEGIN SOLUTION
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "train_epoch", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("train_epoch")

# %% [markdown]
# Evaluation is the other half: `model.eval()`, no gradients, count the right answers. And leave no trace. Somebody may
# call it in the middle of training, so the model gets back the mode that it had.
#
# For paper: a batch of four images with three right answers, then a batch of one with none: $3 / 5 = 0.6$, not
# $(3/4 + 0) / 2$.
#
# ### Question 5 · `evaluate` (6 points)


# %% nbgrader={"grade": false, "grade_id": "evaluate_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def evaluate(model, loader, device="cpu"):
    """Accuracy of a network: the share of images for which the largest logit is the right one.

    Args:
        model: a network on `device`, in either mode.
        loader: gives batches (images, labels) as in `train_epoch`.
        device: where to compute.

    Returns:
        A float in [0, 1]. The model is left in the mode it was in, with its buffers as they were; no gradients are
        computed.
    """
    ### BEGIN SOLUTION
    training = model.training
    model.eval()
    right, count = 0, 0
    with torch.no_grad():
        for images, labels in loader:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            right += (predicted == labels).sum().item()
            count += len(labels)
    model.train(training)
    return right / count
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "evaluate", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("evaluate")

# %% [markdown]
# ### First, overfit
#
# Before spending minutes on a training run, spend seconds on this: take 50 images, and train on nothing else until
# **all** of them are right. {{round(lenet_parameters() / 1e6, 1)}} million parameters can learn 50 images by heart. A network that can't has a bug, in
# the model, the loss or the loop, and no learning rate will mend that. It is the cheapest test there is, and it finds
# most bugs.
#
# ### Question 6 · `overfit` (5 points)
#
# At most **200 steps** of an optimizer of your choice, and stop as soon as all images are right: the grader trains,
# too, and waits. `torch.optim.Adam` with a learning rate of 1e-3, on all 50 images at once, needs about 20.


# %% nbgrader={"grade": false, "grade_id": "overfit_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def overfit(model, images, labels):
    """Train a network on a few images until it knows them all by heart.

    Args:
        model: a network as `LeNet()` makes it, on the CPU; it is trained in place.
        images: float tensor (50, C, H, W), standardized.
        labels: integer tensor (50,).

    Returns:
        The accuracy on these images after at most 200 steps, a float: 1.0.
    """
    ### BEGIN SOLUTION
    loader = [(images, labels)]
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(200):
        train_epoch(model, loader, optimizer)
        accuracy = evaluate(model, loader)
        if accuracy == 1:
            break
    return accuracy
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "overfit", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("overfit")

# %%
with needs("LeNet", "overfit", "standardize", "train_x"):
    torch.manual_seed(0)
    accuracy = overfit(LeNet(), train_x[:50], train_y[:50])
    print(f"accuracy on 50 images of {data}: {100 * accuracy:.0f} %")

# %% [markdown]
# ## 5 · Train LeNet
#
# ### A loader that makes more of the images
#
# A truck seen in a mirror is still a truck, and so is one two pixels further to the left. So we mirror each image with
# probability 1/2 and move each batch by up to two pixels, anew in every epoch: the network never sees quite the same
# image twice and finds it harder to learn images by heart. This is **augmentation**, for training images only.
# Moreover, the grader's held-out images are changed in the same spirit (mirrored, moved by up to two pixels, cropped a
# little, a little darker or brighter), so a network that has seen such things has an easier time.


# %%
class Batches:
    """Batches of 128 in a random order; every image mirrored or not, every batch moved by up to `shift` pixels."""

    def __init__(self, images, labels, batch_size=128, shift=2):
        self.images, self.labels, self.batch_size, self.shift = images, labels, batch_size, shift

    def __len__(self):
        return -(-len(self.images) // self.batch_size)

    def __iter__(self):
        for chosen in torch.randperm(len(self.images)).split(self.batch_size):
            x, (height, width) = self.images[chosen], self.images.shape[2:]
            x = torch.where(torch.rand(len(x), 1, 1, 1) < 0.5, x.flip(3), x)
            x = F.pad(x, (self.shift,) * 4, mode="reflect")
            top, left = torch.randint(0, 2 * self.shift + 1, (2,)).tolist()
            yield x[:, :, top : top + height, left : left + width], self.labels[chosen]


with picture(), needs("train_x"):
    looks = [next(iter(Batches(train_x[:1], train_y[:1])))[0][0] for _ in range(8)]
    low, high = train_x[0].min(), train_x[0].max()
    display(show_images([(look - low) / (high - low) for look in looks], columns=4, title="one image, eight times"))

# %% [markdown]
# ### The recipe
#
# Stochastic gradient descent with momentum 0.9 and a weight decay of $5 \cdot 10^{-4}$. The learning rate goes through
# **one cycle**: it rises from small to `rate` in the first third of all steps, while the network finds its feet, and
# falls to zero until the last one, while it settles. `make_optimizer` does that: it moves the learning rate by itself,
# after each step.


# %%
def make_optimizer(model, rate, steps):
    """SGD whose learning rate rises to `rate` and falls back to zero within `steps` steps."""
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps + 1)
    optimizer.register_step_post_hook(lambda *_: schedule.step())
    return optimizer


# %% [markdown]
# ### Question 7 · `cifar10_accuracy` (20 points)
#
# Write `fit`, which is the whole training, with the pieces that you have. Then run the cell below it, which trains
# LeNet for six epochs and saves the weights, and check.
#
# **Points.** The grader loads your weights into a LeNet of its own and computes the accuracy on 2,000 test images of
# CIFAR-10, changed as described above. (And on as many training images, changed in the same way: the lower accuracy
# counts. For an honest network that is the one on the test images.) The next cell prints how many points you get for
# which accuracy.
#
# {{"The recipe gets there with points to spare." if (lenet_channels, image_size) == ((20, 50), 32) and lenet_percents[-1] <= 70 else "To compare with, the recipe for a LeNet of 20 and 50 channels on images of 32 x 32."}} Five runs of six epochs, from five seeds, in percent of images right:
#
# | LeNet | mean | lowest | highest |
# |:---|---:|---:|---:|
# | test images as they are | 77.8 | 77.4 | 78.2 |
# | changed, all 10,000 (five times) | 76.1 | 75.4 | 76.8 |
# | changed, 2,000 at a time (25 times a run) | 76.1 | 74.2 | 78.9 |
# | training images, changed, 2,000 | 81.8 | 81.2 | 82.3 |


# %%
def show_steps(name, steps):
    """How many points the grader gives for which accuracy."""
    print(f"{name}: {steps[0][1]} points from {steps[0][0]} % of the images right, and further ones from")
    print(", ".join(f"{least} % ({points} more)" for least, points in steps[1:]) + ".")


show_steps("LeNet", LENET_STEPS)
print("4 points for weights that fit LeNet at all.")


# %% nbgrader={"grade": false, "grade_id": "cifar10_accuracy_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fit(model, train_loader, val_loader, epochs, rate, report, device="cpu"):
    """Train a network for some epochs.

    Args:
        model: a network on `device`.
        train_loader: gives `len(train_loader)` batches an epoch.
        val_loader: the validation images.
        epochs: number of epochs.
        rate: the highest learning rate, for `make_optimizer`; it wants to know the number of all steps, too.
        report: to be called as `report(loss, accuracy)` after every epoch: the epoch's training loss, and the accuracy
            on the validation images.
        device: where to compute.
    """
    ### BEGIN SOLUTION
    optimizer = make_optimizer(model, rate, epochs * len(train_loader))
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, optimizer, device)
        report(loss, evaluate(model, val_loader, device))
    ### END SOLUTION


# %%
EPOCHS = {"cifar10": 6, "synthetic": 3}

with needs("standardize", "LeNet", "train_epoch", "evaluate", "fit", "train_x"):
    torch.manual_seed(0)
    lenet = LeNet().to(device, memory_format=torch.channels_last)  # the same numbers in another order: faster on a CPU
    if not load_weights(lenet, weights_path("lenet"), data):
        curves = LiveCurves("LeNet", EPOCHS[data])
        fit(lenet, curves.watch(Batches(train_x, train_y)), val_loader, EPOCHS[data], 0.05, curves, device)
        save_weights(lenet, weights_path("lenet"), data)
    print(f"LeNet gets {100 * evaluate(lenet, val_loader, device):.1f} % of the validation images right.")

# %% nbgrader={"grade": true, "grade_id": "cifar10_accuracy", "locked": true, "points": 20, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("cifar10_accuracy")

# %% [markdown]
# ## 6 · What has it learnt?
#
# **The first layer.** Its filters have three channels, red, green and blue, so each of them is a small colour image
# (gray: no weight). Next to them, the filters of a LeNet that has not been trained.

# %%
with picture(), needs("LeNet", "lenet"):
    filters = [next(p for p in model.parameters() if p.dim() == 4 and p.shape[1] == 3) for model in (LeNet(), lenet)]
    filters = [w.detach().cpu().numpy() for w in filters]
    display(show_color_filters(*filters, titles=["before training", "after training"]))

# %% [markdown]
# **What it mixes up.** Row by row: of all the validation images of a class, how many percent were taken for which?

# %%
with picture(), needs("lenet"):
    chances = predict(lenet, val_x)  # (N, 10) probabilities
    said = chances.argmax(axis=1)
    counts = confusion_matrix(val_labels, said)
    display(
        show_confusion(
            counts, classes, f"LeNet on the validation images: {100 * (said == val_labels).mean():.1f} % right"
        )
    )

# %% [markdown]
# **What it got wrong**, and was most certain about. Some of these you may forgive.

# %%
with picture(), needs("lenet", "said"):
    wrong = np.flatnonzero(said != val_labels)
    worst = wrong[np.argsort(-chances[wrong, said[wrong]])][:10]
    titles = [f"{classes[val_labels[i]]}\n“{classes[said[i]]}” {100 * chances[i, said[i]]:.0f} %" for i in worst]
    display(show_images(val_images[worst] / 255, titles, columns=5))

# %% [markdown]
# ## 7 · A network of your own
#
# LeNet spends {{round(100 * 500 * (lenet_channels[1] * (image_size // 4)**2 + 1) / lenet_parameters())}} % of its parameters on one fully-connected layer. Thirty years later we know better. Your network
# gets **at most 300,000 parameters** and should be clearly better than LeNet. What helps:
#
# - **Batch normalization** after each convolution (assignment 3): it allows much higher learning rates.
# - **Small filters, more layers.** Two layers of 3x3 see as much as one of 5x5, with fewer parameters and one more
#   non-linearity (assignment 1).
# - **Pool early.** Half the side means a quarter of the computation. Pooling *before* normalization and ReLU saves
#   work, too.
# - **No large fully-connected layer.** Reduce each of the last maps to a single number, by global average or max
#   pooling (`nn.AdaptiveAvgPool2d(1)`), and a small `nn.Linear` is enough.
# - A bias directly before batch normalization is useless (why?): `bias=False`.
#
# ### Question 8 · `convnet` (20 points)
#
# `ConvNet()` maps images (N, 3, {{image_size}}, {{image_size}}) to logits (N, 10), has at most 300,000 parameters, and at least one
# `nn.BatchNorm2d`. It is handed in as this class, and as the weights in `convnet.safetensors`. The grader runs it by
# its list of layers: the usual layers and functions of PyTorch are fine; operations of your own invention may not be,
# and the check below tells you.
#
# **Points.** The grader computes the accuracy on the same images as for LeNet; the cell below prints the points. A plain
# network of five 3x3 convolutions with 32, 64, 64, 128 and 128 channels (279,466 parameters), trained for ten epochs with
# the recipe above and a highest learning rate of 0.2, got this in five runs{{"" if image_size == 32 else " on images of 32 x 32"}}, in percent:
#
# | ConvNet | mean | lowest | highest |
# |:---|---:|---:|---:|
# | test images as they are | 87.2 | 86.7 | 87.5 |
# | changed, all 10,000 (five times) | 85.6 | 84.8 | 86.1 |
# | changed, 2,000 at a time (25 times a run) | 85.6 | 83.9 | 87.9 |
# | training images, changed, 2,000 | 89.6 | 88.8 | 90.2 |
#
# (These five were trained on all 50,000 images. Two runs on the 45,000 of this notebook got 87.0 and 86.6 % of the test
# images right, as they are.)

# %%
show_steps("ConvNet", CONVNET_STEPS)
print("3 points for the right output, 3 for a design within the limits, 2 for weights that fit.")


# %% nbgrader={"grade": false, "grade_id": "convnet_code", "locked": false, "schema_version": 3, "solution": true, "task": false}
class ConvNet(nn.Module):
    """A network of your own for CIFAR-10."""

    def __init__(self):
        super().__init__()
        ### BEGIN SOLUTION
        self.layers = nn.Sequential(
            *self.block(3, 32, nn.MaxPool2d(2)),
            *self.block(32, 64),
            *self.block(64, 64, nn.MaxPool2d(2)),
            *self.block(64, 128),
            *self.block(128, 128, nn.MaxPool2d(2)),
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Linear(128, 10),
        )

    def block(self, inputs, outputs, *pool):
        """3x3 convolution, pooling where asked for, batch normalization, ReLU."""
        return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), *pool, nn.BatchNorm2d(outputs), nn.ReLU()]
        ### END SOLUTION

    def forward(self, x):
        """Logits (N, 10) of images (N, 3, {{image_size}}, {{image_size}})."""
        ### BEGIN SOLUTION
        return self.layers(x)
        ### END SOLUTION


# %% [markdown]
# Train it here. How many epochs, which learning rate: yours to try. To train again, delete the file of weights or give
# it another name.

# %%
CONVNET_EPOCHS = {"cifar10": 10, "synthetic": 1}
CONVNET_RATE = 0.2

with needs("standardize", "ConvNet", "train_epoch", "evaluate", "fit", "train_x"):
    torch.manual_seed(0)
    convnet = ConvNet().to(device, memory_format=torch.channels_last)
    print(f"ConvNet has {sum(p.numel() for p in convnet.parameters()):,} parameters.")
    if not load_weights(convnet, weights_path("convnet"), data):
        epochs = CONVNET_EPOCHS[data]
        curves = LiveCurves("ConvNet", epochs)
        fit(convnet, curves.watch(Batches(train_x, train_y)), val_loader, epochs, CONVNET_RATE, curves, device)
        save_weights(convnet, weights_path("convnet"), data)
    print(f"ConvNet gets {100 * evaluate(convnet, val_loader, device):.1f} % of the validation images right.")

# %% nbgrader={"grade": true, "grade_id": "convnet", "locked": true, "points": 20, "schema_version": 3, "solution": false, "task": false}
cnnlab.check("convnet")

# %%
with picture(), needs("convnet"):
    said = predict(convnet, val_x).argmax(axis=1)
    counts = confusion_matrix(val_labels, said)
    display(
        show_confusion(
            counts, classes, f"ConvNet on the validation images: {100 * (said == val_labels).mean():.1f} % right"
        )
    )

# %% [markdown]
# ## 8 · Written answers
#
# Two to five sentences each are enough. Reasons count, not length; a formula or a small example is welcome.
#
# ### Question 9 · `written_channels` (8 points)
#
# From the image to the logits, the spatial size of the maps falls while the number of channels grows, in LeNet and in
# nearly every network since. Why both? Say what the falling size is good for, what the growing number of channels is
# good for, and what would happen to memory and computation if the channels grew but the size stayed. Give numbers from
# your table.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_channels", "locked": false, "points": 8, "schema_version": 3, "solution": true, "task": false}
# Early layers find simple things, edges and colours, of which there are few kinds, but whose exact place matters. Later
# layers combine them to parts and objects: there are many more kinds of those, so more channels are needed, while
# their exact place matters less and less; the class of an image does not depend on it at all. Pooling throws away
# place, which gives some invariance to small shifts, and it lets the receptive field grow: after two poolings a 5x5
# filter sees a region four times as wide. It also pays for the channels: halving both sides divides the numbers in a
# map, and the multiply-adds of a convolution on it, by four. In LeNet on {{image_size}}x{{image_size}} the output of
# the first convolution has {{lenet_channels[0]}}·{{image_size}}·{{image_size}} =
# {{commas(lenet_channels[0] * image_size**2)}} numbers, that of the second, with {{lenet_channels[1]}} channels,
# {{lenet_channels[1]}}·{{image_size // 2}}·{{image_size // 2}} = {{commas(lenet_channels[1] * (image_size // 2)**2)}}.
# Without pooling that would be {{commas(lenet_channels[1] * image_size**2)}} numbers and four times the multiply-adds,
# and the fully-connected layer behind it would have {{commas(lenet_channels[1] * image_size**2)}} inputs, not
# {{commas(lenet_channels[1] * (image_size // 4)**2)}}: {{round(lenet_channels[1] * image_size**2 / 2000, 1)}} million weights.
#
# **Marks.** 2 growing channels: more kinds of features, more abstract ones; 2 falling size: place matters less, shift
# invariance; 1 larger receptive field for the same filter; 2 the cost (memory and multiply-adds by the size of the
# map; both together keep it bounded); 1 right numbers from a table.

# %% [markdown]
# ### Question 10 · `written_filters` (7 points)
#
# Look at the first-layer filters before and after training. What do you see in the trained ones, and why is it useful
# to a first layer? Why does every network that is trained on photographs find much the same filters? And why can't you
# look at the filters of the second layer in the same way?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_filters", "locked": false, "points": 7, "schema_version": 3, "solution": true, "task": false}
# Before training the filters are noise. Afterwards many of them are smooth and have a shape: a bright side and a dark
# one, at some angle (edge detectors), a spot, or two opposite colours such as blue against orange (colour contrasts);
# a few still look like noise, they are hardly used. Edges and colour contrasts are what photographs are made of
# locally, whatever they show, so they are the first useful thing to know of a 5x5 window, and all later layers and all
# classes can share them. That is why networks find them again and again, from any start and on any photographs (and
# why the first layers of one network can be reused for another task). A filter of the second layer has {{lenet_channels[0]}} channels
# that are not colours but answers of first-layer filters: it can't be shown as a colour image. It can only be looked at
# channel by channel, or by the images that excite it most.
#
# **Marks.** 2 edges of several directions, and colour contrasts or spots, against noise before; 2 local structure that
# all photographs share, useful for every class; 1 hence general, found from any start; 2 the second layer's channels
# are feature maps, not red, green and blue.

# %% [markdown]
# ## Handing in
#
# Restart the kernel and run everything from top to bottom (trained weights are found, and not trained again). The next
# cell runs all checks again, so that you see the whole assignment at a glance.

# %%
cnnlab.progress()

# %% [markdown]
# Save the notebook, then run the last cell. It packs one file, `a4_lenet.zip`, with the notebook and both files of
# weights, says what is missing, and tells you how to hand it in. You may hand in again as often as you like until the
# deadline.

# %%
cnnlab.submit()
