"""Regimes of a1_convolution's questions."""

from __future__ import annotations

from autograder.hidden_tests.regimes import Regime

REGIMES: dict[str, dict[str, Regime]] = {
    "conv_output_size": {},
    "conv_cost": {},
    "receptive_field": {},
    "cross_correlate2d": {},
    "convolve2d": {},
    "conv_forward_naive": {},
    "conv_backward_naive": {},
    "dilated_conv_forward": {},
    "conv1x1_forward": {},
    "conv1d_forward": {},
    "conv3d_forward": {},
}
