"""What notebooks import of `cnnlab.networks.weights`."""

from cnnlab.networks.weights import load_weights, save_weights

__all__ = ["load_weights", "save_weights"]
