"""Mistakes in ConvNet."""

from typing import Any

from autograder.mistakes import Mistake
from autograder.mistakes.a4_lenet.base import plain
from cnnlab.networks.thresholds import CONVNET_STEPS

OUTPUT, DESIGN, WEIGHTS = "test_convnet_output", "test_convnet_design", "test_convnet_weights"
ACCURACIES = tuple(f"test_convnet_accuracy[{percent}]" for percent, _ in CONVNET_STEPS)
NO_NETWORK = (DESIGN, WEIGHTS, *ACCURACIES)
LAST, RETURN = "self.fc = nn.Linear(128, 10)", "return self.fc(x)"


def convnet(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return plain.mistake(name, "ConvNet", hint, *changes, loses=loses, question="convnet", **fields)


DESIGNS = (
    convnet(
        "no batch normalization",
        "a network without batch normalization",
        ("self.bn1 = nn.BatchNorm2d(32)", "self.bn1 = nn.Identity()"),
        ("self.bn2 = nn.BatchNorm2d(64)", "self.bn2 = nn.Identity()"),
        ("self.bn3 = nn.BatchNorm2d(128)", "self.bn3 = nn.Identity()"),
        loses=(DESIGN,),
    ),
    convnet(
        "batch normalization that is never used",
        "batch normalization that no image goes through",
        ("x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)", "x = F.max_pool2d(F.relu(self.conv1(x)), 2)"),
        ("x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)", "x = F.max_pool2d(F.relu(self.conv2(x)), 2)"),
        ("x = F.relu(self.bn3(self.conv3(x)))", "x = F.relu(self.conv3(x))"),
        loses=(DESIGN,),
    ),
    convnet(
        "too many parameters",
        "more than 300,000 parameters",
        (LAST, "self.fc = nn.Sequential(nn.Linear(128, 2000), nn.Linear(2000, 10))"),
        loses=NO_NETWORK,
    ),
    convnet(
        "layers hidden in a list",
        "layers kept in a Python list: model.parameters() does not see them, nn.ModuleList does",
        (LAST, "self.head = [nn.Linear(128, 10)]"),
        (RETURN, "return self.head[0](x)"),
        loses=NO_NETWORK,
        number=84,
    ),
    convnet(
        "squeezed logits",
        "a squeeze that takes the batch away where it holds a single image",
        (RETURN, "return self.fc(x).squeeze()"),
        loses=(OUTPUT,),
        number=83,
    ),
    convnet(
        "nine classes",
        "9 logits: CIFAR-10 has ten classes",
        (LAST, "self.fc = nn.Linear(128, 9)"),
        loses=(OUTPUT, *NO_NETWORK),
    ),
)
