"""Mistakes of a2_fast_layers, the commonest first: the first that gives a student's output becomes the hint."""

from autograder.mistakes import Mistake
from autograder.mistakes.a2_fast_layers.average import AVERAGE
from autograder.mistakes.a2_fast_layers.convolution_backward import BACKWARD
from autograder.mistakes.a2_fast_layers.convolution_forward import FORWARD
from autograder.mistakes.a2_fast_layers.maximum import MAXIMUM
from autograder.mistakes.a2_fast_layers.maximum_fast import MAXIMUM_FAST

BANK: tuple[Mistake, ...] = (*MAXIMUM, *MAXIMUM_FAST, *BACKWARD, *FORWARD, *AVERAGE)
