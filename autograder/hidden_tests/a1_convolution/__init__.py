"""Hidden tests of a1_convolution.

A test differs from the plain case in what its title says and in nothing else, so that a slip costs that test and not
the others. The plain case of a layer has square images and filters, as many filters as channels, no biases, stride 1,
and one of two paddings, whichever the student can do. A case is a tuple (N, C, H, W, F, HH, WW, stride, pad).

`reference` is asked before `student`: a student's function that changes its inputs is told so by the test that asks for
it, and by no other.
"""
