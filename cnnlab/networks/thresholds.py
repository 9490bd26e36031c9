"""The accuracies that trained networks must reach, step by step, and the points of each step: no cliff anywhere.

The margins measured on CIFAR-10 stand in the notebook's source.
"""

from cnnlab.variations import VARIATIONS

POINTS = 2  # of each step
# (at least so many percent of the held-out images right, points)
LENET_STEPS = tuple((percent, POINTS) for percent in VARIATIONS["lenet_percents"])
CONVNET_STEPS = tuple((percent, POINTS) for percent in VARIATIONS["convnet_percents"])
