"""Regimes of a4_lenet's questions."""

from __future__ import annotations

from autograder.hidden_tests.regimes import Regime

REGIMES: dict[str, dict[str, Regime]] = {
    "LeNet": {},
    "layer_summary": {},
    "train_epoch": {},
    "evaluate": {},
    "standardize": {},
    "overfit": {},
    "ConvNet": {},
}
