"""What notebooks import of `cnnlab.networks.thresholds`."""

from cnnlab.networks.thresholds import CONVNET_STEPS, LENET_STEPS

__all__ = ["CONVNET_STEPS", "LENET_STEPS"]
