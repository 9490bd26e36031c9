"""Mistakes of a2_fast_layers, the commonest first: where several with one idea fit, the first is the hint."""

from autograder.mistakes import Mistake
from autograder.mistakes.a2_fast_layers.average import AVERAGE
from autograder.mistakes.a2_fast_layers.convolution_backward import BACKWARD
from autograder.mistakes.a2_fast_layers.convolution_forward import FORWARD
from autograder.mistakes.a2_fast_layers.maximum import MAXIMUM
from autograder.mistakes.a2_fast_layers.maximum_fast import MAXIMUM_FAST
from autograder.mistakes.a2_fast_layers.partial import PARTIAL
from autograder.mistakes.a2_fast_layers.results import RESULTS
from autograder.mistakes.a2_fast_layers.sides import SIDES
from autograder.mistakes.a2_fast_layers.simplest import SIMPLEST
from autograder.mistakes.a2_fast_layers.slow import SLOW
from autograder.mistakes.a2_fast_layers.special_cases import SPECIAL_CASES
from autograder.mistakes.learned import learned

BANK: tuple[Mistake, ...] = (
    *MAXIMUM,
    *MAXIMUM_FAST,
    *BACKWARD,
    *FORWARD,
    *AVERAGE,
    *SIDES,
    *SPECIAL_CASES,
    *RESULTS,
    *PARTIAL,
    *SIMPLEST,
    *SLOW,
    *learned("a2_fast_layers"),
)
