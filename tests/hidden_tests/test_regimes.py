"""Every regime of inputs in `autograder/hidden_tests/regimes/` is asked for by some hidden test."""

import importlib
import inspect
from types import SimpleNamespace

import pytest

from autograder.course.course import load_course
from autograder.course.reference import Reference, load_functions, solution_source
from autograder.grading.plugin import HiddenTests
from cnnlab.checking.student import LocalStudent
from cnnlab.checking.testing import run_tests
from cnnlab.signatures import COURSE, SIGNATURES, graded_names

ASSIGNMENTS = ("a1_convolution", "a2_fast_layers", "a3_normalization", "a4_lenet")


class Recorded(LocalStudent):
    """The solution as a student, with every call of every test kept."""

    def __init__(self, namespace):
        super().__init__(namespace)
        self.asked = []

    def _call(self, name, args, kwargs):
        try:
            return super()._call(name, args, kwargs)
        finally:
            self.asked.append(self.calls[-1])


def regimes_of(assignment):
    return importlib.import_module(f"autograder.hidden_tests.regimes.{assignment}").REGIMES


def arguments(namespace, call):
    """A call's arguments by name, defaults included."""
    names = SIGNATURES[call.name].parameters
    given = {**dict(zip(names, call.args)), **call.kwargs}
    if names and names[-1].startswith("*"):
        given[names[-1].strip("*")] = call.args[len(names) - 1 :]
    signature = inspect.signature(namespace[call.name])
    defaults = {p.name: p.default for p in signature.parameters.values() if p.default is not inspect.Parameter.empty}
    return SimpleNamespace(**{**defaults, **given})


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_regime_is_asked_for(assignment):
    course = load_course()
    source = course.assignment(assignment)
    namespace = load_functions(solution_source(source.source), assignment)
    student, regimes = Recorded(namespace), regimes_of(assignment)
    run_tests(source.hidden_tests, HiddenTests(student, course.seed, Reference(namespace), None))
    missing = []
    for function, table in regimes.items():
        calls = [arguments(namespace, call) for call in student.asked if call.name == function]
        missing += [f"{function}: {name}" for name, regime in table.items() if not any(map(regime, calls))]
    assert not missing


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_function_has_a_table(assignment):
    asked = {name for name in graded_names(assignment)}
    assert asked == set(regimes_of(assignment)), f"of {', '.join(COURSE[assignment])}"
