"""Each hidden test is there for something that no other test of its question says."""

from __future__ import annotations

import pytest

from autograder.course.course import load_course
from autograder.proving.check import bank_of
from autograder.proving.redundant import Asked, check_redundant, hidden_tests_of, redundant

COURSE = load_course()


def ask(name, after=(), question="q", of_code=True):
    return Asked(name, question, frozenset(after), of_code)


@pytest.mark.parametrize(
    "tests, lost, idle",
    [
        ([ask("a"), ask("b")], [["a"], ["b"]], []),  # each is the only one to catch something
        ([ask("a"), ask("b")], [["a", "b"]], ["a", "b"]),  # two tests that say the same
        ([ask("a"), ask("b")], [["a", "b"], ["b"]], []),  # a decides what is left of one that loses b anyway
        ([ask("a"), ask("b")], [["b"]], ["a"]),  # never lost
        ([ask("a"), ask("b", after=["a"])], [["a", "b"], ["b"]], []),  # b is not asked where a is lost
        ([ask("a"), ask("b", ["a"]), ask("c", ["b"])], [["a", "b", "c"], ["b", "c"], ["c"]], []),
        ([ask("a"), ask("b", of_code=False)], [["a"]], []),  # no code can lose it
        ([ask("a"), ask("b", question="other")], [["a", "b"]], []),  # another question's tests say nothing here
    ],
)
def test_a_test_earns_its_points_by_telling_two_answers_apart(tests, lost, idle):
    assert redundant(tests, lost) == idle


def test_tests_are_known_by_their_marks():
    tests = {test.name: test for test in hidden_tests_of(COURSE.assignments[-1])}
    assert tests["test_convnet_output"] == Asked("test_convnet_output", "convnet", frozenset(), True)
    assert not tests["test_lenet_weights"].of_code and "test_lenet_accuracy" not in tests
    first = {test.name: test for test in hidden_tests_of(COURSE.assignments[0])}
    assert first["test_forward_cache"].after == {"test_forward_plain"}


def test_a_test_that_no_mistake_needs_is_told():
    assignment = COURSE.assignments[0]
    bank = [mistake for mistake in bank_of(assignment) if mistake.name != "windows that never overlap"]
    (problem,) = check_redundant(assignment, bank)
    assert problem.startswith("a1_convolution: test_forward_stride is lost by no mistake of its own")
    assert len(check_redundant(assignment, [])) == len(hidden_tests_of(assignment))
