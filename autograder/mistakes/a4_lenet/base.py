"""The honest solution to make mistakes in, and the hidden tests that belong together."""

from __future__ import annotations

import ast

from autograder.mistakes import Base

LENET = ("test_lenet_logits", "test_lenet_parameters")
LENET_GATED = ("test_lenet_values", "test_lenet_odd_sizes", "test_lenet_gradients")  # not checked without the values
DEFAULTS = "test_lenet_defaults"
SUMMARY = ("test_summary_layers",)
SUMMARY += tuple(f"test_summary_{what}" for what in ("calls", "names", "parameters", "mode", "buffers", "hooks"))
SUMMARY += ("test_summary_mixed_modes",)
MODES = ("test_summary_mode", "test_summary_mixed_modes")
BEFORE = "test_train_loss_before_step"  # not checked without either
TRAIN_LOSS = ("test_train_loss", "test_train_float", BEFORE)
TRAIN_WEIGHTS = ("test_train_weights", "test_train_mode", "test_train_again", BEFORE)
EVALUATE = ("test_evaluate_accuracy", "test_evaluate_in_evaluation_mode", "test_evaluate_restores_mode")
EVALUATE += ("test_evaluate_buffers", "test_evaluate_no_gradients")
STANDARDIZE_GATED = ("test_standardize_alone", "test_standardize_manners")
STANDARDIZE_TRAIN = ("test_standardize_train", *STANDARDIZE_GATED)
STANDARDIZE = (*STANDARDIZE_TRAIN, "test_standardize_others")
OVERFIT = ("test_overfit_learns", "test_overfit_returns")


class PlainSolution(Base):
    """The honest solution `plain`: changes are made in its classes, too."""

    def __init__(self) -> None:
        super().__init__("a4_lenet", "plain")
        classes = [node for node in ast.parse(self.text).body if isinstance(node, ast.ClassDef)]
        self.functions |= {node.name: ast.get_source_segment(self.text, node) for node in classes}


plain = PlainSolution()
