"""What notebooks import of `cnnlab.notebooks.places`."""

from cnnlab.notebooks.places import weights_path

__all__ = ["weights_path"]
