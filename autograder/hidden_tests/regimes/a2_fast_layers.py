"""Regimes of a2_fast_layers's questions."""

from __future__ import annotations

from autograder.hidden_tests.regimes import Regime

REGIMES: dict[str, dict[str, Regime]] = {
    "conv_forward_fast": {},
    "conv_backward_fast": {},
    "max_pool_forward_naive": {},
    "max_pool_backward_naive": {},
    "max_pool_forward_fast": {},
    "max_pool_backward_fast": {},
    "avg_pool_forward": {},
    "avg_pool_backward": {},
}
