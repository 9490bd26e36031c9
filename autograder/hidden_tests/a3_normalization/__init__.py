"""Hidden tests of a3_normalization.

All sizes of most shapes differ, so that a swapped axis shows, and batches are small, so that N - 1 is not N. A backward
always has at least four values to normalize: with two, dx is nearly zero. `reference` is asked before `student`. The
running statistics are computed here: a reference that remembers its results updates nothing the second time.
"""
