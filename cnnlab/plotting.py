"""What notebooks import of `cnnlab.pictures.plotting`."""

from cnnlab.pictures.plotting import (
    picture,
    sample_image,
    show_feature_maps,
    show_filters,
    show_images,
    show_receptive_field,
    show_windows,
)

__all__ = [
    "picture",
    "sample_image",
    "show_feature_maps",
    "show_filters",
    "show_images",
    "show_receptive_field",
    "show_windows",
]
