"""What must be there of every question so that its hidden tests can be trusted: part of `make check`.

A test that asserts nothing passes everybody, a bank without mistakes proves nothing, and two honest styles are easily
alike; none of that shows in anybody's grade. That each test does lose the answers that it should is proved by grading
them: every mistake of the bank, and an answer that computes nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from autograder.course.course import Assignment
from autograder.grading.plugin import HiddenTests
from autograder.mistakes import HONEST, Mistake
from autograder.proving.redundant import check_redundant
from cnnlab.checking.testing import collect, marker_of
from cnnlab.signatures import COURSE, SIGNATURES, graded_names, names_of

STYLES = 3  # honest answers to each question, at least
BY_WEIGHTS = {"cifar10_accuracy"}  # questions that a file answers, and no function
MODEL = """
class {name}(torch.nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)

    def forward(self, x):
        return x
"""


def check_suite(assignment: Assignment, bank: Sequence[Mistake]) -> list[str]:
    """All that an assignment's hidden tests, mistakes and honest answers lack."""
    questions, tests = COURSE[assignment.name], computed_tests(assignment)
    styles = sorted((HONEST / assignment.name).glob("*.py"))
    lacks = [*empty_banks(questions, bank), *few_styles(questions, styles), *unlost(tests, bank)]
    return [f"{assignment.name}: {problem}" for problem in lacks] + check_redundant(assignment, bank)


def computed_tests(assignment: Assignment) -> list[str]:
    """The hidden tests that ask for what functions compute."""
    items = collect(assignment.hidden_tests, HiddenTests).items
    return [item.name for item in items if marker_of(item).args[0] not in BY_WEIGHTS]


def empty_banks(questions: Iterable[str], bank: Iterable[Mistake]) -> Iterator[str]:
    """Questions that no mistake of the bank belongs to."""
    known = {mistake.question for mistake in bank}
    for question in questions:
        if question not in known | BY_WEIGHTS:
            yield f"the bank has no mistake of {question}, so nothing proves its hidden tests: add some"


def few_styles(questions: Mapping[str, tuple[str, ...]], files: Iterable[Path]) -> Iterator[str]:
    """Questions that too few honest answers answer in a way of their own: a function that is copied counts once."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    for question, lines in questions.items():
        ways = {way for way in (way_of(tree, names_of(lines)) for tree in trees) if way}
        if question not in BY_WEIGHTS and len(ways) < STYLES:
            yield (
                f"{question} has {len(ways)} honest answers that differ, {STYLES} are needed: "
                "write another in autograder/honest/"
            )


def way_of(tree: ast.Module, names: Iterable[str]) -> str:
    """How an honest answer defines some names; empty where it does not."""
    found = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = ast.dump(node)
        elif isinstance(node, ast.Assign):
            found.update({ast.unparse(target): ast.dump(node) for target in node.targets})
    return "\n".join(found[name] for name in names) if all(name in found for name in names) else ""


def unlost(tests: Iterable[str], bank: Iterable[Mistake]) -> list[str]:
    """Tests that no mistake of the bank loses: without their assertions, nothing would be noticed."""
    lost = {name for mistake in bank for name in mistake.loses}
    return [f"{name} is lost by no mistake of the bank: add one, or leave it out" for name in tests if name not in lost]


def idle_answer(assignment: Assignment) -> str:
    """Every graded function, and none computes anything: what no test may pass."""
    lines = ["import numpy as np"]
    for name in graded_names(assignment.name):
        results = SIGNATURES[name].results
        if "model" in results:
            lines += ["import torch", MODEL.format(name=name)]
        else:
            value = ", ".join(["np.zeros(1)"] * len(results))
            lines += [f"def {name}(*args, **kwargs):", f"    return {value}"]
    return "\n".join(lines) + "\n"
