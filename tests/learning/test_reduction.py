"""What the answers do not need goes, and nothing else."""

from __future__ import annotations

import ast

from autograder.learning.reduction import reduce

SOURCE = """
def helper(x):
    return x


def f(n):
    unused = 3
    total = 0
    for i in range(n):
        if i >= 0:
            total += i * 2
        else:
            total -= 1
    try:
        total = total if n > 0 else total
    except ValueError:
        total = 0
    return total
"""


def compute(source):
    """The function's values, or None where it can't be run."""
    names = {}
    try:
        exec(source, names)  # ours
        return [names["f"](n) for n in range(5)]
    except Exception:
        return None


def test_only_what_is_needed_is_left():
    short = reduce(SOURCE, frozenset({"f"}), lambda source: compute(source) == compute(SOURCE))
    assert ast.unparse(ast.parse(short)) == ast.unparse(
        ast.parse("def f(n):\n    total = 0\n    for i in range(n):\n        total += i * 2\n    return total\n")
    )


def test_what_can_not_be_shortened_stays():
    assert reduce("def f(n):\n    return n\n", frozenset({"f"}), lambda source: False) == "def f(n):\n    return n\n"


def test_tries_are_counted():
    tried = []
    reduce(SOURCE, frozenset({"f"}), lambda source: bool(tried.append(source)), tries=3)
    assert len(tried) == 3
