"""What notebooks import of `cnnlab.networks.training`."""

from cnnlab.networks.training import LiveCurves, needs, predict

__all__ = ["LiveCurves", "needs", "predict"]
