"""The speed questions: a ratio to nested loops, the best of several calls, and patience with a busy machine."""

import ast

import pytest

from autograder.benchmarks import layers
from autograder.hidden_tests import speed
from autograder.reading.formats import Cell
from autograder.reading.program import slice_program, uses
from cnnlab.checking.imports import imported_packages
from cnnlab.checking.numpy_only import FORBIDDEN
from cnnlab.checking.outcomes import CheckFailed
from cnnlab.checking.student import Student
from cnnlab.signatures import graded_names


@pytest.fixture(autouse=True)
def loops(monkeypatch):
    """Nested loops that take a second."""
    monkeypatch.setattr(speed, "measured", lambda name: 1.0)
    monkeypatch.setattr(speed, "measure", lambda name: 1.0)


class Calls:
    """A student's function whose calls take as long as we say; the last duration goes on for ever."""

    def __init__(self, *seconds: float) -> None:
        self.seconds, self.count = seconds, 0

    def __call__(self) -> float:
        self.count += 1
        return self.seconds[min(self.count, len(self.seconds)) - 1]


def test_a_quick_function_is_called_few_times():
    calls = Calls(0.04)
    speed.assert_faster(Student(), calls, "conv_forward", 20)
    assert calls.count == speed.CALLS


def test_one_quick_call_among_slow_ones_is_enough():
    calls = Calls(*[0.08] * 40, 0.04, 0.08)
    speed.assert_faster(Student(), calls, "conv_forward", 20)
    assert 41 <= calls.count < 41 + speed.CALLS


def test_a_function_that_is_near_is_given_more_time_than_a_hopeless_one():
    near, hopeless = Calls(0.06), Calls(0.3)
    for calls in (near, hopeless):
        with pytest.raises(CheckFailed):
            speed.assert_faster(Student(), calls, "conv_forward", 20)
    assert near.count * 0.06 > speed.PATIENCE[True] > hopeless.count * 0.3 > speed.PATIENCE[False]


def test_a_larger_goal_that_was_reached_before_is_not_measured_again():
    student, calls = Student(), Calls(0.04, 0.2)
    speed.assert_faster(student, calls, "conv_forward", 5)
    speed.assert_faster(student, calls, "conv_forward", 20)
    assert calls.count == speed.CALLS
    with pytest.raises(CheckFailed, match="an answer in 40.0 ms"):
        speed.assert_faster(student, calls, "conv_forward", 30)
    assert calls.count > speed.CALLS


def test_falling_short_is_said_with_both_times():
    with pytest.raises(CheckFailed) as failure:
        speed.assert_faster(Student(), Calls(0.125), "conv_forward", 20)
    assert failure.value.returned == "an answer in 125.0 ms, where nested loops take 1000 ms: 8.0 times as fast"
    assert failure.value.expected == "at least 20 times as fast as nested loops"


def test_loops_that_were_measured_on_a_quiet_machine_are_measured_again(monkeypatch):
    monkeypatch.setattr(speed, "measure", lambda name: 2.0)
    calls = Calls(0.08)
    speed.assert_faster(Student(), calls, "conv_forward", 20)
    assert calls.count == 2 * speed.CALLS


@pytest.mark.parametrize("loops", ["conv_forward", "conv_backward", "max_pool_forward", "max_pool_backward"])
def test_the_loops_can_be_measured(loops, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(speed, "CONV_SHAPES", ((1, 2, 4, 4), (3, 2, 3, 3)))
    monkeypatch.setattr(speed, "POOL_SHAPE", (1, 1, 4, 4))
    assert speed.measure(loops) > 0


NOTEBOOK = """
import numpy as np
import torch.nn.functional as F

def avg_pool_forward(x, pool_param):
    F = x.shape
    return np.zeros(F), None

def avg_pool_backward(dout, cache):
    return F.avg_pool2d(dout, 2)
"""


@pytest.mark.parametrize("name, found", [("avg_pool_forward", set()), ("avg_pool_backward", {"torch"})])
def test_a_library_counts_only_where_it_is_used(name, found):
    """An import for a timing plot, under a name that the function has for something else, is no use of it."""
    cell = Cell(1, "code", NOTEBOOK)
    program = slice_program([cell], graded_names("a2_fast_layers"))
    packages = imported_packages(ast.parse(statement.source) for statement in uses(program, name))
    assert packages & FORBIDDEN == found


def test_the_bench_is_a_table():
    rows = [layers.Row("conv 2x3x8x8, 4x3x3x3", "float32", 2.0, 0.01, 0.02, 0.004, 0.005)]
    head, line = layers.format_table(rows).splitlines()
    assert head.split()[-2:] == ["of", "PyTorch"]
    assert line.split()[-5:] == ["2000", "10.0", "20.0", "200x", "0.50"]
