"""The honest solution to make mistakes in, and the hidden tests that belong together."""

from __future__ import annotations

import ast

from autograder.mistakes import Base

LOGITS, PARAMETERS, VALUES = "test_lenet_logits", "test_lenet_parameters", "test_lenet_values"
START, LENET_MODES, ODD = "test_lenet_start", "test_lenet_modes", "test_lenet_odd_sizes"
GRADIENTS, DEFAULTS = "test_lenet_gradients", "test_lenet_defaults"
MODES = ("test_summary_mode", "test_summary_mixed_modes")
BEFORE, FLOAT = "test_train_loss_before_step", "test_train_float"
LOSS_ONLY = ("test_train_loss",)
BETWEEN_BATCHES = ("test_train_weights", "test_train_again")  # what a single batch does not show
TRAIN_WEIGHTS = (*BETWEEN_BATCHES, "test_train_mode")
TRAIN_NOTHING = (*TRAIN_WEIGHTS, BEFORE)
TRAIN = (*LOSS_ONLY, *TRAIN_WEIGHTS, BEFORE, FLOAT)
EVALUATE: tuple[str, ...] = ("test_evaluate_accuracy", "test_evaluate_in_evaluation_mode")
EVALUATE += ("test_evaluate_restores_mode", "test_evaluate_buffers", "test_evaluate_no_gradients")
ACCURACY = ("test_evaluate_accuracy",)
STANDARDIZE_TRAIN = ("test_standardize_train",)
STANDARDIZE = ("test_standardize_train", "test_standardize_others")
STANDARDIZE_ALL = (*STANDARDIZE, "test_standardize_alone", "test_standardize_manners")
OVERFIT = ("test_overfit_learns", "test_overfit_returns")


class PlainSolution(Base):
    """The honest solution `plain`: changes are made in its classes, too."""

    def __init__(self) -> None:
        super().__init__("a4_lenet", "plain")
        classes = [node for node in ast.parse(self.text).body if isinstance(node, ast.ClassDef)]
        self.functions |= {node.name: ast.get_source_segment(self.text, node) or "" for node in classes}


plain = PlainSolution()
