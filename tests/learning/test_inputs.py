"""The inputs that answers are compared on: every regime, of no term, and the same whatever else is asked for."""

from __future__ import annotations

import importlib

import pytest

from autograder.course.course import load_course
from autograder.course.reference import load_functions, solution_source
from autograder.learning.inputs import FEWEST, MOST, chains_of, key_of, makes_object, regimes_of, shared_inputs
from cnnlab.signatures import COURSE as QUESTIONS
from cnnlab.signatures import names_of

COURSE = load_course()
A1 = COURSE.assignment("a1_convolution")


@pytest.mark.parametrize("name", ["a1_convolution", "a3_normalization"])
def test_every_regime_of_a_function_is_among_them(name):
    assignment = COURSE.assignment(name)
    namespace = load_functions(solution_source(assignment.source), name)
    tables = importlib.import_module(f"autograder.hidden_tests.regimes.{name}").REGIMES
    missing = []
    for question, chains in shared_inputs(assignment).items():
        assert FEWEST // 2 <= len(chains) <= MOST
        for function in names_of(QUESTIONS[name][question]):
            mine = [chain for chain in chains if any(step.name == function for step in chain)]
            found = set().union(*(regimes_of(chain, function, tables[function], namespace) for chain in mine))
            missing += [f"{function}: {regime}" for regime in tables[function].keys() - found]
    assert missing == []


def test_they_are_the_same_whatever_else_is_asked_for():
    """So that answers of two runs can be compared."""
    whole, one = shared_inputs(A1), shared_inputs(A1, {"receptive_field"})
    assert [*one] == ["receptive_field"]
    assert [*map(key_of, whole["receptive_field"])] == [*map(key_of, one["receptive_field"])]


@pytest.mark.whole
def test_of_a_network_only_what_can_be_told_is_asked():
    """Not the network itself, which stays where the student's code runs, but what it has and gives."""
    a4 = COURSE.assignment("a4_lenet")
    chains = shared_inputs(a4, {"lenet"})["lenet"]
    assert len({chain[-1].name for chain in chains}) > 2
    assert not any(makes_object(chain[-1]) for chain in chains) and all(chain[0].name == "LeNet" for chain in chains)


def test_a_call_is_there_once():
    chains = shared_inputs(A1, {"conv_cost"})["conv_cost"]
    assert len(chains_of("conv_cost", [[*chain] for chain in chains * 2])) == len(chains)
