"""What notebooks import of `cnnlab.pictures.layer_pictures`."""

from cnnlab.pictures.layer_pictures import show_im2col, show_pooling, show_shift, show_speed

__all__ = ["show_im2col", "show_pooling", "show_shift", "show_speed"]
