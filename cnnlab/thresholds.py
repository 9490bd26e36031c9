"""The accuracies that trained networks must reach, step by step, and the points of each step: no cliff anywhere.

The margins measured on CIFAR-10 stand in the notebook's source.
"""

# (at least so many percent of the held-out images right, points)
LENET_STEPS = ((40, 2), (50, 2), (55, 2), (60, 2), (63, 2), (66, 2), (68, 2), (70, 2))
CONVNET_STEPS = ((50, 2), (60, 2), (68, 2), (72, 2), (75, 2), (77, 2))
