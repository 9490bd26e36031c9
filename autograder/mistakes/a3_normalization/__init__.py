"""Mistakes of a3_normalization, the commonest first: the first that gives a student's output becomes the hint."""

from autograder.mistakes import Mistake
from autograder.mistakes.a3_normalization.batchnorm_backward import BACKWARD
from autograder.mistakes.a3_normalization.batchnorm_forward import FORWARD, SHARED
from autograder.mistakes.a3_normalization.folding import FOLD
from autograder.mistakes.a3_normalization.groupnorm import GROUPS
from autograder.mistakes.a3_normalization.kinked import KINKED
from autograder.mistakes.a3_normalization.layernorm import INSTANCES, LAYERS
from autograder.mistakes.a3_normalization.maxout import MAXOUT
from autograder.mistakes.a3_normalization.smooth import SMOOTH
from autograder.mistakes.a3_normalization.spatial import SPATIAL
from autograder.mistakes.learned import learned

RELATIVES = (*SPATIAL, *LAYERS, *INSTANCES, *GROUPS, *FOLD)
BANK: tuple[Mistake, ...] = (
    *BACKWARD,
    *FORWARD,
    *SHARED,
    *RELATIVES,
    *KINKED,
    *MAXOUT,
    *SMOOTH,
    *learned("a3_normalization"),
)
