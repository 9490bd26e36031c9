"""`make bench`: the grader beside nbgrader's own, the reference's layers beside PyTorch's."""
