"""One submission: its points, its hints, its sentences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from autograder.course.course import load_course
from autograder.course.reference import Reference, digest, load_functions, solution_source
from autograder.grading.grade import Grader
from autograder.results.result import Result

COURSE = load_course()
A1 = COURSE.assignments[0]
SOLUTION = solution_source(A1.source)
SHIFTED = """
_right = conv_forward_naive
def conv_forward_naive(*args):
    out, cache = _right(*args)
    return out + {}, cache
"""


@pytest.fixture(scope="module")
def grader():
    with Grader(COURSE, A1) as grader:
        yield grader


@pytest.fixture
def grade(grader, tmp_path):
    def grade(source: str) -> Result:
        (tmp_path / f"{A1.name}.py").write_text(source, encoding="utf-8")
        return grader.grade("ada", tmp_path)

    return grade


def question(result, name):
    return next(question for question in result.questions if question.name == name)


def test_the_hint_names_the_mistake(grade):
    """A mistake of the bank, written in another way than the bank has it."""
    flipped = """
_right = conv_forward_naive
def conv_forward_naive(x, w, b, conv_param):
    turned = np.rot90(w, 2, axes=(2, 3)).copy()
    out, _ = _right(x, turned, b, conv_param)
    return out, (x, w, b, conv_param)
"""
    lost = [
        test for test in question(grade(SOLUTION + flipped), "conv_forward_naive").tests if test.outcome == "failed"
    ]
    assert lost and lost[0].hint.startswith("looks like: ") and "flip" in lost[0].hint
    assert lost[0].called.startswith("conv_forward_naive with x (") and lost[0].returned and lost[0].expected
    assert lost[0].picture["actual"] != lost[0].picture["desired"]


def test_no_hint_where_no_mistake_of_the_bank_gives_that_output(grade):
    lost = [
        test
        for test in question(grade(SOLUTION + SHIFTED.format(7.25)), "conv_forward_naive").tests
        if test.outcome == "failed"
    ]
    assert lost and not any(test.hint for test in lost)


def test_the_same_submission_gets_the_same_result(grade):
    source = SOLUTION + "\ndef convolve2d(x, k):\n    return np.random.rand(2, 2)\n"
    first, second = (replace(grade(source), seconds=0, student_seconds=0) for _ in range(2))
    for result in (first, second):
        for test in (test for q in result.questions for test in q.tests):
            test.seconds = 0
    assert first.to_json() == second.to_json()


def test_a_backward_is_judged_on_a_wrong_forward(grade):
    """Output off by a constant, cache right: only the forward loses."""
    result = grade(SOLUTION + SHIFTED.format(1))
    assert question(result, "conv_forward_naive").points == 0
    assert question(result, "conv_backward_naive").points == question(result, "conv_backward_naive").max_points


def test_a_backward_that_got_a_wrong_cache_is_judged_on_a_right_one(grade):
    """Output wrong, and a cache of another x: only the forward loses, and nobody is sent to mend it first."""
    doubled = """
_right = conv_forward_naive
def conv_forward_naive(x, w, b, conv_param):
    return _right(x, 3 * w - 1, b, conv_param)[0], _right(2.5 * x + 1, w, b, conv_param)[1]
"""
    result = grade(SOLUTION + doubled)
    assert question(result, "conv_forward_naive").points == 0
    backward = question(result, "conv_backward_naive")
    assert backward.points == backward.max_points
    assert "judged with a right conv_forward_naive" in {test.text for test in backward.tests}


def test_an_exception_shows_the_student_s_own_lines(grade):
    result = grade(SOLUTION + "\ndef receptive_field(layers):\n    return layers[99]\n")
    test = question(result, "receptive_field").tests[0]
    assert test.text == "raised IndexError: list index out of range"
    assert len(test.trace) == 1 and "return layers[99]" in test.trace[0] and test.trace[0].startswith("cell ")


def test_a_result_survives_its_file(grade):
    result = grade(SOLUTION)
    assert Result.from_json(result.to_json()) == result
    assert result.term == COURSE.term and result.sandbox != "none" and result.suite


@pytest.mark.parametrize("text", ["[]", "{}", '{"format_version": 99}', "not json"])
def test_something_else_is_no_result(text):
    with pytest.raises(ValueError):
        Result.from_json(text)


def test_a_test_s_own_error_is_open(grader, tmp_path, monkeypatch):
    """The reference crashes: the tests that need it are errors, their points wait, a TA is told."""
    monkeypatch.setitem(grader._reference._namespace, "conv_cost", lambda *args, **kwargs: 1 / 0)
    monkeypatch.setattr(grader._reference, "_results", {})
    (tmp_path / f"{A1.name}.py").write_text(SOLUTION)
    result = grader.grade("ada", tmp_path)
    assert question(result, "conv_cost").outcome == "error"
    assert question(result, "conv_cost").points == 0 and {t.outcome for t in question(result, "conv_cost").tests} <= {
        "error",
        "open",
        "passed",
    }
    assert len(result.needs_attention) == 1 and "the reference's conv_cost raised" in result.needs_attention[0]


def test_the_reference_is_computed_once_for_the_same_arguments():
    calls = []
    reference = Reference({"f": lambda x: calls.append(1) or (x + 1, {"mine": x})})
    x = np.ones(3)
    assert reference.f(x)[0] is reference.f(x.copy())[0] and len(calls) == 1
    reference.f(x + 1)
    assert len(calls) == 2
    with pytest.raises(AttributeError, match="no function 'g'"):
        reference.g(x)


def test_a_value_without_a_stable_hash():
    with pytest.raises(TypeError, match="no stable hash"):
        digest(object(), {})


def test_a_solution_that_lacks_a_function(tmp_path):
    path = tmp_path / "a1_convolution.py"
    path.write_text("def conv_output_size(size):\n    return size\n")
    with pytest.raises(ValueError, match="does not define conv_cost"):
        solution_source(path)


def test_our_own_source_runs_in_a_namespace_of_its_own():
    assert load_functions("def f():\n    return 3\n", "x.py")["f"]() == 3
