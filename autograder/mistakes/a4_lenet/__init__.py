"""Mistakes of a4_lenet, the commonest first: the first that gives a student's output becomes the hint."""

from autograder.mistakes import Mistake
from autograder.mistakes.a4_lenet.convnet import DESIGNS
from autograder.mistakes.a4_lenet.evaluation import EVALUATION
from autograder.mistakes.a4_lenet.learning import OVERFITTING, SCALING
from autograder.mistakes.a4_lenet.network import NETWORK
from autograder.mistakes.a4_lenet.table import TABLE
from autograder.mistakes.a4_lenet.training import TRAINING
from autograder.mistakes.learned import learned

BANK: tuple[Mistake, ...] = (
    *NETWORK,
    *TRAINING,
    *EVALUATION,
    *TABLE,
    *SCALING,
    *OVERFITTING,
    *DESIGNS,
    *learned("a4_lenet"),
)
