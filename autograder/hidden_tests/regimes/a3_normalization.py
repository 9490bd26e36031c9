"""Regimes of a3_normalization's questions."""

from __future__ import annotations

from autograder.hidden_tests.regimes import Regime

REGIMES: dict[str, dict[str, Regime]] = {
    "sigmoid_forward": {},
    "sigmoid_backward": {},
    "tanh_forward": {},
    "tanh_backward": {},
    "relu_forward": {},
    "relu_backward": {},
    "leaky_relu_forward": {},
    "leaky_relu_backward": {},
    "elu_forward": {},
    "elu_backward": {},
    "maxout_forward": {},
    "maxout_backward": {},
    "batchnorm_forward": {},
    "batchnorm_backward": {},
    "batchnorm_backward_alt": {},
    "spatial_batchnorm_forward": {},
    "spatial_batchnorm_backward": {},
    "layernorm_forward": {},
    "layernorm_backward": {},
    "instancenorm_forward": {},
    "spatial_groupnorm_forward": {},
    "spatial_groupnorm_backward": {},
    "fold_batchnorm": {},
}
