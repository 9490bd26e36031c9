"""Mistakes in LeNet."""

from typing import Any

from autograder.mistakes import Mistake
from autograder.mistakes.a4_lenet.base import (
    DEFAULTS,
    GRADIENTS,
    LENET_MODES,
    LOGITS,
    ODD,
    PARAMETERS,
    START,
    VALUES,
    plain,
)
from cnnlab.networks.lenet import CHANNELS, IMAGE_SIZE, lenet_shapes

SHAPES = (PARAMETERS, VALUES, ODD)  # of the parameters: then there is nothing to compare by the same weights
OTHER_NETWORK = (*SHAPES, LENET_MODES, GRADIENTS)
CRASHES = (LOGITS, VALUES, LENET_MODES, ODD, GRADIENTS)
SOFTMAX = "a softmax before the cross-entropy, which has one of its own"
CONV1 = "self.conv1 = nn.Conv2d(in_channels, first, kernel_size=5, stride=1, padding=2)"
CONV2 = "self.conv2 = nn.Conv2d(first, second, kernel_size=5, stride=1, padding=2)"
FC1, FC2 = "self.fc1 = nn.Linear(second * side * side, 500)", "self.fc2 = nn.Linear(500, num_classes)"
POOL1, POOL2 = "self.pool1 = nn.MaxPool2d(2, 2)", "self.pool2 = nn.MaxPool2d(2, 2)"
SIDE = "side = image_size // 2 // 2"
LAST = "logits = self.fc2(x)"
FLATTEN = "x = self.flatten(x)"
FLAT = lenet_shapes()["fc1.weight"][1]
OTHER = (20, 50) if CHANNELS == (6, 16) else (6, 16)


def lenet(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return plain.mistake(name, "LeNet", hint, *changes, loses=loses, question="lenet", **fields)


NETWORK = (
    lenet(
        "softmax in the model",
        "a softmax behind the last layer: cross-entropy has one of its own, give it logits",
        (LAST, "logits = F.softmax(self.fc2(x), dim=1)"),
        loses=(VALUES,),
        number=80,
        idea=SOFTMAX,
    ),
    lenet(
        "log-softmax in the model",
        "a log-softmax behind the last layer: cross-entropy has one of its own, give it logits",
        (LAST, "logits = F.log_softmax(self.fc2(x), dim=1)"),
        loses=(VALUES,),
        number=80,
    ),
    lenet(
        "ReLU on the logits",
        "a ReLU behind the last layer: logits may be negative",
        (LAST, "logits = F.relu(self.fc2(x))"),
        loses=(VALUES,),
        number=79,
    ),
    lenet(
        "no ReLU between the linear layers",
        "no activation between the two fully-connected layers",
        ("        x = self.relu3(x)\n", ""),
        loses=(VALUES,),
        number=81,
    ),
    lenet(
        "no ReLU after the convolutions",
        "no activation after the convolutions",
        ("        x = self.relu1(x)\n", ""),
        ("        x = self.relu2(x)\n", ""),
        loses=(VALUES,),
        number=81,
    ),
    lenet(
        "no ReLU after the second convolution",
        "no activation after the second convolution",
        ("        x = self.relu2(x)\n", ""),
        loses=(VALUES,),
        number=81,
    ),
    lenet(
        "sigmoid for ReLU",
        "sigmoid in the place of ReLU",
        ("self.relu1 = nn.ReLU()", "self.relu1 = nn.Sigmoid()"),
        ("self.relu2 = nn.ReLU()", "self.relu2 = nn.Sigmoid()"),
        ("self.relu3 = nn.ReLU()", "self.relu3 = nn.Sigmoid()"),
        loses=(VALUES,),
        number=81,
    ),
    lenet(
        "tanh for ReLU",
        "tanh in the place of ReLU",
        ("self.relu1 = nn.ReLU()", "self.relu1 = nn.Tanh()"),
        ("self.relu2 = nn.ReLU()", "self.relu2 = nn.Tanh()"),
        ("self.relu3 = nn.ReLU()", "self.relu3 = nn.Tanh()"),
        loses=(VALUES,),
        number=81,
    ),
    lenet(
        "average pooling",
        "average pooling in the place of max pooling",
        (POOL1, POOL1.replace("Max", "Avg")),
        (POOL2, POOL2.replace("Max", "Avg")),
        loses=(VALUES,),
    ),
    lenet(
        "no biases in the convolutions",
        "bias=False in the convolutions: every filter has its bias",
        (CONV1, CONV1.replace("padding=2", "padding=2, bias=False")),
        (CONV2, CONV2.replace("padding=2", "padding=2, bias=False")),
        loses=(PARAMETERS,),
        number=77,
    ),
    lenet(
        "no bias in the last layer",
        "bias=False in the last layer",
        (FC2, FC2.replace("num_classes)", "num_classes, bias=False)")),
        loses=(PARAMETERS,),
        number=77,
    ),
    lenet(
        "no padding",
        "convolutions without padding: pad 2 keeps the size",
        (CONV1, CONV1.replace("padding=2", "padding=0")),
        (CONV2, CONV2.replace("padding=2", "padding=0")),
        (SIDE, "side = ((image_size - 4) // 2 - 4) // 2"),
        loses=SHAPES,
        number=78,
    ),
    lenet(
        "first padding only",
        "no padding in the second convolution: 256 or so values where there are thousands",
        (CONV2, CONV2.replace("padding=2", "padding=0")),
        (SIDE, "side = (image_size // 2 - 4) // 2"),
        loses=SHAPES,
        number=78,
    ),
    lenet(
        "padding 1",
        "padding 1 for 5x5 filters: pad 2 keeps the size",
        (CONV1, CONV1.replace("padding=2", "padding=1")),
        (CONV2, CONV2.replace("padding=2", "padding=1")),
        (SIDE, "side = ((image_size - 2) // 2 - 2) // 2"),
        loses=SHAPES,
        number=78,
    ),
    lenet(
        "pooling with stride 1",
        "pooling windows that move by 1: the stride is 2",
        (POOL1, "self.pool1 = nn.MaxPool2d(2, stride=1)"),
        (POOL2, "self.pool2 = nn.MaxPool2d(2, stride=1)"),
        (SIDE, "side = image_size - 2"),
        loses=SHAPES,
        number=82,
    ),
    lenet(
        "overlapping pooling",
        "pooling windows of 3x3: the table has 2x2",
        (POOL1, "self.pool1 = nn.MaxPool2d(3, 2, padding=1)"),
        (POOL2, "self.pool2 = nn.MaxPool2d(3, 2, padding=1)"),
        (SIDE, "side = -(-image_size // 2) // 2 + (-(-image_size // 2) % 2)"),
        loses=(VALUES, ODD),
        number=82,
    ),
    lenet(
        "one pooling only",
        "a single pooling: the table has one after each convolution",
        ("        x = self.pool2(x)\n", ""),
        (SIDE, "side = image_size // 2"),
        loses=SHAPES,
        number=82,
    ),
    lenet(
        "batch flattened, too",
        "the batch flattened together with the rest: keep the first axis",
        (FLATTEN, "x = x.view(-1)"),
        loses=(LOGITS, VALUES, LENET_MODES, ODD, GRADIENTS),
        number=83,
    ),
    lenet(
        "squeezed for one image",
        "a squeeze that takes the batch away where it holds a single image",
        (LAST, "logits = self.fc2(x).squeeze()"),
        loses=("test_lenet_logits",),
        number=83,
    ),
    lenet(
        "batch size written into the model",
        "a batch size that is fixed in the model",
        (FLATTEN, "x = x.view(2, -1)"),
        loses=(LOGITS, VALUES, LENET_MODES, ODD, GRADIENTS),
        number=83,
    ),
    lenet(
        "flattened to a number that fits one size only",
        "the flattened length written as a number: it depends on image_size",
        (FC1, f"self.fc1 = nn.Linear({FLAT}, 500)"),
        loses=("test_lenet_logits", "test_lenet_parameters", *OTHER_NETWORK),
    ),
    lenet(
        "layers in a Python list",
        "layers kept in a Python list: model.parameters() does not see them, nn.ModuleList does",
        (FC1, "self.linear = [nn.Linear(second * side * side, 500), nn.Linear(500, num_classes)]"),
        (f"        {FC2}\n", ""),
        ("x = self.fc1(x)", "x = self.linear[0](x)"),
        (LAST, "logits = self.linear[1](x)"),
        loses=(PARAMETERS, VALUES, LENET_MODES, ODD, GRADIENTS),
        number=84,
    ),
    lenet(
        "dropout in the model",
        "dropout, which is not part of LeNet",
        (LAST, "logits = self.fc2(F.dropout(x, 0.5, self.training))"),
        loses=(LENET_MODES,),
        number=85,
    ),
    lenet(
        "dropout of one's own, always on",
        "a dropout that is not part of LeNet, and that drops in evaluation mode, too",
        (LAST, "logits = self.fc2(x * (torch.rand_like(x) < 0.5) / 0.5)"),
        loses=(VALUES,),
        number=85,
    ),
    lenet(
        "batch normalization in LeNet",
        "batch normalization, which is not part of this LeNet",
        (CONV2, f"{CONV2}\n        self.norm = nn.BatchNorm2d(first)"),
        ("x = self.pool1(x)", "x = self.norm(self.pool1(x))"),
        loses=(PARAMETERS, VALUES, LENET_MODES, ODD),
    ),
    lenet(
        "channels of the original LeNet-5",
        f"{OTHER[0]} and {OTHER[1]} filters{', as in the paper of 1998' * (OTHER == (6, 16))}: "
        f"here it is {CHANNELS[0]} and {CHANNELS[1]}",
        ('first, second = VARIATIONS["lenet_channels"]', f"first, second = {OTHER}"),
        loses=(PARAMETERS, VALUES, LENET_MODES, ODD, GRADIENTS),
    ),
    lenet(
        "3x3 filters",
        "3x3 filters: the table has 5x5",
        (CONV1, CONV1.replace("kernel_size=5, stride=1, padding=2", "kernel_size=3, stride=1, padding=1")),
        (CONV2, CONV2.replace("kernel_size=5, stride=1, padding=2", "kernel_size=3, stride=1, padding=1")),
        loses=(PARAMETERS, VALUES, LENET_MODES, ODD, GRADIENTS),
    ),
    lenet(
        "always three channels",
        "3 input channels whatever in_channels says",
        (CONV1, CONV1.replace("in_channels", "3")),
        loses=(LOGITS, *OTHER_NETWORK),
    ),
    lenet(
        "always ten classes",
        "10 logits whatever num_classes says",
        (FC2, FC2.replace("num_classes", "10")),
        loses=(LOGITS, PARAMETERS, VALUES, ODD),
    ),
    lenet(
        "sizes must be divisible by 4",
        "a size computed by image_size / 4, which is wrong where it leaves a remainder",
        (SIDE, "side = (image_size + 3) // 4"),
        loses=("test_lenet_odd_sizes",),
    ),
    lenet(
        "odd sizes rounded up",
        "pooling that rounds up: the last row and column are dropped",
        (POOL1, POOL1.replace("2, 2", "2, 2, ceil_mode=True")),
        (POOL2, POOL2.replace("2, 2", "2, 2, ceil_mode=True")),
        (SIDE, "side = -(-image_size // 2)\n        side = -(-side // 2)"),
        loses=("test_lenet_odd_sizes",),
    ),
    lenet(
        "flattened channel last",
        "the maps flattened with the channels last: flatten keeps the order (C, H, W)",
        (FLATTEN, "x = x.permute(0, 2, 3, 1).reshape(len(x), -1)"),
        loses=(VALUES,),
    ),
    lenet(
        "detached features",
        "the features detached from the graph: no gradient reaches the convolutions",
        (FLATTEN, "x = self.flatten(x).detach()"),
        loses=("test_lenet_gradients",),
    ),
    lenet(
        "a convolution without gradients",
        "a forward pass under no_grad: no gradient reaches the first convolution",
        ("x = self.conv1(x)", "with torch.no_grad():\n            x = self.conv1(x)"),
        loses=("test_lenet_gradients",),
    ),
    lenet(
        "logits centred",
        "logits with their mean taken away: give them as they are",
        (LAST, "logits = self.fc2(x)\n        logits = logits - logits.mean(dim=1, keepdim=True)"),
        loses=(VALUES,),
    ),
    lenet(
        "other defaults",
        f"LeNet() for gray images of 28x28: the defaults are 3 and {IMAGE_SIZE}",
        ('in_channels=3, image_size=VARIATIONS["image_size"]', "in_channels=1, image_size=28"),
        loses=(DEFAULTS,),
    ),
    lenet(
        "softmax in evaluation mode only",
        "a softmax in evaluation mode: the logits are the same in both modes",
        (LAST, "logits = self.fc2(x)\n        logits = logits if self.training else logits.softmax(dim=1)"),
        loses=(VALUES, LENET_MODES),
        number=80,
        idea=SOFTMAX,
    ),
    lenet(
        "no ReLU after the first convolution",
        "no activation after the first convolution",
        ("        x = self.relu1(x)\n", ""),
        loses=(VALUES,),
        number=81,
    ),
    lenet(
        "initial weights of zero",
        "initial weights that are all zero: every filter would learn the same",
        (FC2, FC2 + "\n        for parameter in self.parameters():\n            nn.init.zeros_(parameter)"),
        loses=(START,),
    ),
    lenet(
        "initial weights all alike",
        "initial weights that are all alike: every filter would learn the same",
        (FC2, FC2 + "\n        for parameter in self.parameters():\n            nn.init.constant_(parameter, 0.01)"),
        loses=(START,),
    ),
    lenet(
        "initial weights too large",
        "initial weights with a standard deviation of 1: what goes through the layers grows and grows",
        (FC2, FC2 + "\n        for parameter in self.parameters():\n            nn.init.normal_(parameter)"),
        loses=(START,),
    ),
    lenet(
        "no biases at all",
        "bias=False in every layer",
        (CONV1, CONV1.replace("padding=2", "padding=2, bias=False")),
        (CONV2, CONV2.replace("padding=2", "padding=2, bias=False")),
        (FC1, FC1.replace("500)", "500, bias=False)")),
        (FC2, FC2.replace("num_classes)", "num_classes, bias=False)")),
        loses=(PARAMETERS,),
        number=77,
    ),
    lenet(
        "classes for logits",
        "the number of the likeliest class: it is the logits that are asked for",
        (LAST, "logits = self.fc2(x).argmax(dim=1)"),
        loses=(LOGITS, VALUES, START, LENET_MODES, ODD, GRADIENTS),
    ),
    lenet(
        "a third fully-connected layer",
        "three fully-connected layers, as in the paper of 1998: here there are two",
        (FC2, "self.fc2 = nn.Linear(500, 84)\n        self.fc3 = nn.Linear(84, num_classes)"),
        (LAST, "logits = self.fc3(F.relu(self.fc2(x)))"),
        loses=SHAPES,
    ),
    lenet(
        "another number of hidden units",
        "120 hidden units: here there are 500",
        (FC1, FC1.replace("500)", "120)")),
        (FC2, FC2.replace("500", "120")),
        loses=OTHER_NETWORK,
    ),
    lenet(
        "a layer that is never used",
        "a layer that forward never uses",
        (FC2, f"{FC2}\n        self.spare = nn.Linear(5, 3)"),
        loses=(*SHAPES, GRADIENTS),
    ),
)
