"""Classes made by hand or by chance, of which it is known how difficult each item is, and whom it tells apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from autograder.collecting.class_list import Student
from autograder.reporting.gradebook import Entry, Score
from autograder.reporting.standing import Standing
from autograder.results.result import GRADED, QuestionResult, Result
from cnnlab.checking.outcomes import FAILED, NOT_ATTEMPTED, NOT_CHECKED, OPEN, PASSED, TestReport

NAME = "a1_convolution"
OUTCOMES = {"+": PASSED, "-": FAILED, ".": NOT_ATTEMPTED, "?": OPEN, "~": NOT_CHECKED, "e": FAILED}


def report(question: str, number: int, mark: str, points: float = 1.0) -> TestReport:
    """A mark is + passed, - failed, . not attempted, ? open, ~ not checked, e failed and paid for elsewhere."""
    made = TestReport(question, f"test_{number}", f"{question} {number}", points, OUTCOMES[mark], seconds=number / 10)
    made.excused = "the same mistake as in conv, and paid for there" if mark == "e" else ""
    return made


def standing(
    student: str, written: Mapping[str, Score] | None = None, status: str = GRADED, **questions: str
) -> Standing:
    """A student's marks, a question each: `standing("ada", conv="++-", pool="..")`; a test is worth a point."""
    made = [
        QuestionResult(name, float(len(marks)), [report(name, n, mark) for n, mark in enumerate(marks, 1)])
        for name, marks in questions.items()
    ]
    result = Result(NAME, student, status, "", made, answers={name: "hash" for name in written or ()})
    return Standing(Student(student), result, Entry(scores=dict(written)) if written else None)


def by_chance(
    students: int, items: Sequence[tuple[float, float]], seed: int = 0, ability: float = 0.0, split: int = 99
) -> list[Standing]:
    """A class whose answers follow the two-parameter logistic model (Birnbaum, 1968).

    Args:
        items: difficulty b and discrimination a of each: it is passed with chance 1 / (1 + exp(-a (ability - b))).
        ability: the class's mean; its standard deviation is 1.
        split: how many are tests of `conv`; the others are of `pool`.
    """
    rng = np.random.default_rng(seed)
    able = rng.normal(ability, 1, students)
    chance = 1 / (1 + np.exp(-np.array([a * (able - b) for b, a in items])))  # (items, students)
    passed = rng.random(chance.shape) < chance
    width = math.ceil(math.log10(students + 1))
    names = [f"s{number:0{width}}" for number in range(students)]
    marks = ["".join("+" if right else "-" for right in passed[:, number]) for number in range(students)]
    return [
        standing(name, conv=mark[:split], **({"pool": mark[split:]} if mark[split:] else {}))
        for name, mark in zip(names, marks)
    ]
