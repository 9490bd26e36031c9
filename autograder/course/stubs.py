"""What marks a solution in a source, and what students see in its place."""

from __future__ import annotations

from cnnlab.notebooks.document import UNANSWERED

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
CODE_STUB = 'raise NotImplementedError("Replace this line with your code.")'
TEXT_STUB = f"*{UNANSWERED}*"
