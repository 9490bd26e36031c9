"""What notebooks import of `cnnlab.networks.timing`."""

from cnnlab.networks.timing import best_seconds, time_ways, torch_layers

__all__ = ["best_seconds", "time_ways", "torch_layers"]
