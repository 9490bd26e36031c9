"""What a student's notebook imports: checks, comparisons, gradient checks, pictures."""

from cnnlab.check import check

__all__ = ["check"]
__version__ = "0.1.0"
