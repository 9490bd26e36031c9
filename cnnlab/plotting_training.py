"""What notebooks import of `cnnlab.pictures.plotting_training`."""

from cnnlab.pictures.plotting_training import confusion_matrix, show_color_filters, show_confusion, show_layers

__all__ = ["confusion_matrix", "show_color_filters", "show_confusion", "show_layers"]
