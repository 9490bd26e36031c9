"""What each hidden test is there for: it must tell two answers apart that no other test of its question does.

The answers are the right one, which loses nothing, and the mistakes of the bank. Where one of the two is the right one,
the test is the only one that catches the other; else it decides what a wrong answer that is partly right still gets.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType

from autograder.course.course import Assignment
from autograder.mistakes import Mistake

Lost = frozenset[str]  # tests of one question


@dataclass(frozen=True)
class Asked:
    """A hidden test, as its marks have it."""

    name: str
    question: str
    after: frozenset[str]  # tests without which it is not asked
    of_code: bool  # whether it asks the student's functions; else the files that were handed in


def hidden_tests_of(assignment: Assignment) -> list[Asked]:
    """The tests of an assignment that are worth one number of points: not those in steps, such as accuracies."""
    package = importlib.import_module(f"autograder.hidden_tests.{assignment.name}")
    modules = [part.name for part in pkgutil.iter_modules(package.__path__) if part.name.startswith("test_")]
    return [test for name in modules for test in _tests_in(importlib.import_module(f"{package.__name__}.{name}"))]


def _tests_in(module: ModuleType) -> Iterator[Asked]:
    for name, function in vars(module).items():
        marks = [mark for mark in getattr(function, "pytestmark", ()) if mark.name == "question"]
        if name.startswith("test_") and marks:
            after = frozenset(marks[0].kwargs.get("after", ()))
            yield Asked(name, marks[0].args[0], after, "student" in inspect.signature(function).parameters)


def redundant(tests: Iterable[Asked], lost: Iterable[Iterable[str]]) -> list[str]:
    """The tests that tell no two answers apart.

    Args:
        lost: for each wrong answer, all tests that it loses.
    """
    by_question: dict[str, list[Asked]] = defaultdict(list)
    for test in tests:
        by_question[test.question].append(test)
    wrong = [frozenset(tests) for tests in lost]
    return [name for asked in by_question.values() for name in _redundant_of(asked, wrong)]


def _redundant_of(asked: list[Asked], wrong: list[Lost]) -> Iterator[str]:
    own = frozenset(test.name for test in asked)
    answers = {frozenset(), *(lost & own for lost in wrong)}
    for test in asked:
        waiting = waiting_for(test.name, asked)  # they go with it, whatever they would say
        seen = {lost - waiting for lost in answers}
        if test.of_code and not any(lost - {test.name} in seen for lost in seen if test.name in lost):
            yield test.name


def waiting_for(name: str, asked: Iterable[Asked]) -> Lost:
    """The tests that are not asked where this one is lost."""
    found: set[str] = set()
    while more := {test.name for test in asked if test.after & {name, *found}} - found:
        found |= more
    return frozenset(found)


def check_redundant(assignment: Assignment, bank: Iterable[Mistake]) -> list[str]:
    """A sentence for each hidden test that no mistake of the bank needs."""
    return [
        f"{assignment.name}: {name} is lost by no mistake of its own: every two answers that it tells apart differ in "
        "another test too. Add the mistake that it is there for to the bank, or give its points to that other test"
        for name in redundant(hidden_tests_of(assignment), (mistake.loses for mistake in bank))
    ]
