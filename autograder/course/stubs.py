"""What marks a solution in a source, and what students see in its place."""

from __future__ import annotations

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
CODE_STUB = 'raise NotImplementedError("Replace this line with your code.")'
TEXT_STUB = "*Replace this line with your answer.*"
