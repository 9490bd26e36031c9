"""Images to learn from: `cifar10`, and `synthetic_cifar10` where there is no network; called alike, with like results.

images, labels = cifar10(split="train")       # (45000, 3, 32, 32) uint8 and (45000,) int64
CIFAR10_CLASSES[labels[0]]                     # "frog"
"""

from cnnlab.datasets.cifar10 import CIFAR10_CLASSES, CIFAR10_MEAN, CIFAR10_STD, cifar10
from cnnlab.datasets.storage import DatasetError, Split, middle
from cnnlab.datasets.synthetic import SYNTHETIC_CLASSES, SYNTHETIC_MEAN, SYNTHETIC_STD, synthetic_cifar10

__all__ = ["CIFAR10_CLASSES", "CIFAR10_MEAN", "CIFAR10_STD", "SYNTHETIC_CLASSES", "SYNTHETIC_MEAN", "SYNTHETIC_STD"]
__all__ += ["DatasetError", "Split", "cifar10", "middle", "synthetic_cifar10"]
