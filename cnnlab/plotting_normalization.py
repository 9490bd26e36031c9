"""What notebooks import of `cnnlab.pictures.plotting_normalization`."""

from cnnlab.pictures.plotting_normalization import (
    show_activations,
    show_histograms,
    show_normalization_axes,
    show_running_statistics,
)

__all__ = ["show_activations", "show_histograms", "show_normalization_axes", "show_running_statistics"]
