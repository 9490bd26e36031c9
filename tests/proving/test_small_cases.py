"""Small cases: all right solutions do the same on them, and what is wrong shows."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from autograder.course.course import load_course
from autograder.course.reference import load_functions
from autograder.proving.equivalents import scripts
from autograder.proving.mutants import FREE, styles_of
from autograder.proving.small_cases import first_difference, results, same
from cnnlab.signatures import COURSE

ASSIGNMENTS = load_course().assignments
CASES = {"a4_lenet": 2}  # of each question; of the others more


@pytest.mark.long
@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda assignment: assignment.name)
def test_right_solutions_do_the_same(assignment):
    """However they are written: so the cases ask for nothing that the contract leaves open."""
    first, *others = (load_functions(style.source, "<style>") for style in styles_of(assignment))
    found = scripts(assignment.name)
    assert found.keys() >= COURSE[assignment.name].keys() - FREE
    for question in COURSE[assignment.name].keys() - FREE - {"overfit"}:
        for other in others:
            right = islice(results(first, found[question], 1), CASES.get(assignment.name, 40))
            assert first_difference(right, other, found[question], 1) == ""


def test_the_first_case_that_differs_is_told():
    def script(names, rng):
        return names["f"](int(rng.integers(10)))

    def wrong(x):
        return x if x < 9 else 0

    right = list(islice(results({"f": abs}, script), 50))
    assert first_difference(right, {"f": abs}, script) == ""
    assert "9 against 0" in first_difference(right, {"f": wrong}, script)
    assert "raised ZeroDivisionError" in first_difference(right, {"f": lambda x: 1 // 0}, script)


def test_what_hangs_differs(monkeypatch):
    monkeypatch.setattr("autograder.proving.small_cases.SECONDS", 0.05)

    def hang(x):
        while True:
            pass

    assert "took too long" in first_difference([1], {"f": hang}, lambda names, rng: names["f"](1))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (1, np.int32(1), True),
        (1, 1.0, False),
        (True, 1, False),
        ("a", "a", True),
        (None, None, True),
        ((1, 2), [1, 2], True),
        ((1, 2), (1, 2, 3), False),
        ({"a": 1}, {"a": 1}, True),
        ({"a": 1}, {"b": 1}, False),
        (np.ones(2), np.ones(2) + 1e-12, True),
        (np.ones(2), np.ones(2) + 1e-5, False),
        (np.ones(2), np.ones((1, 2)), False),
        (np.ones(2), np.ones(2, np.float32), False),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), True),
        (np.array(1.5), np.float64(1.5), True),
        (0.5, 0.5 + 1e-12, True),
        (0.5, np.ones(1), False),
        (np.array([1, 2]), np.array([1, 3]), False),
    ],
)
def test_alike_is_what_a_hidden_test_takes_for_alike(one, other, alike):
    assert same(one, other) is alike is same(other, one)
