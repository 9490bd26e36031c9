"""Mistakes of a1_convolution, the commonest first: the first that gives a student's output becomes the hint."""

from autograder.mistakes import Mistake
from autograder.mistakes.a1_convolution.arithmetic import ARITHMETIC
from autograder.mistakes.a1_convolution.conv1d import CONVOLUTIONS_1D
from autograder.mistakes.a1_convolution.conv3d import CONVOLUTIONS_3D
from autograder.mistakes.a1_convolution.dilated import DILATIONS
from autograder.mistakes.a1_convolution.layer_backward import BACKWARD
from autograder.mistakes.a1_convolution.layer_forward import FORWARD
from autograder.mistakes.a1_convolution.planes import PLANES
from autograder.mistakes.a1_convolution.pointwise import POINTWISE
from autograder.mistakes.learned import learned

RELATIVES = (*DILATIONS, *POINTWISE, *CONVOLUTIONS_1D, *CONVOLUTIONS_3D)
BANK: tuple[Mistake, ...] = (*BACKWARD, *FORWARD, *ARITHMETIC, *PLANES, *RELATIVES, *learned("a1_convolution"))
