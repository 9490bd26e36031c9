"""`make check` tells of hidden tests, banks and honest answers that prove nothing."""

from __future__ import annotations

import re

import pytest

from autograder.course.course import load_course
from autograder.course.reference import Reference, load_functions, solution_source
from autograder.grading.plugin import HiddenTests
from autograder.proving.check import Case, bank_of, cases_to_prove, judge, prove
from autograder.proving.suite_check import (
    BY_WEIGHTS,
    check_suite,
    computed_tests,
    empty_banks,
    few_styles,
    idle_answer,
    unlost,
)
from autograder.results.result import GRADED, QuestionResult, Result
from cnnlab.checking.outcomes import PASSED, TestReport
from cnnlab.checking.student import LocalStudent
from cnnlab.checking.testing import run_tests
from cnnlab.signatures import COURSE

ASSIGNMENTS = load_course().assignments
A1 = ASSIGNMENTS[0]


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda assignment: assignment.name)
def test_all_is_there(assignment):
    assert check_suite(assignment, bank_of(assignment)) == []


def test_an_empty_bank_is_told():
    without = [mistake for mistake in bank_of(A1) if mistake.question != "conv1d_forward"]
    (problem,) = empty_banks(COURSE[A1.name], without)
    assert problem.startswith("the bank has no mistake of conv1d_forward")
    found = check_suite(A1, [])
    assert sum("the bank has no mistake of" in problem for problem in found) == len(COURSE[A1.name])
    assert all(problem.startswith("a1_convolution: ") for problem in found)


def test_a_question_that_weights_answer_needs_no_function():
    assert list(empty_banks(BY_WEIGHTS, [])) == [] == list(few_styles(dict.fromkeys(BY_WEIGHTS, ()), []))


def test_too_few_honest_styles_are_told_and_a_copy_is_none(tmp_path):
    for name, body in (("a", "return 1"), ("b", "return 2"), ("copy", "return  1  # as a")):
        (tmp_path / f"{name}.py").write_text(f"def receptive_field(layers):\n    {body}\n")
    lines = {"receptive_field": COURSE[A1.name]["receptive_field"]}
    (problem,) = few_styles(lines, tmp_path.glob("*.py"))
    assert problem.startswith("receptive_field has 2 honest answers that differ, 3 are needed")
    (tmp_path / "c.py").write_text("receptive_field = lambda layers: 1\n")
    assert list(few_styles(lines, tmp_path.glob("*.py"))) == []


def test_a_test_that_no_mistake_loses_is_told():
    bank = bank_of(A1)
    tests = computed_tests(A1)
    assert unlost([*tests, "test_new"], bank) == [
        "test_new is lost by no mistake of the bank: add one, or leave it out"
    ]


def test_an_answer_that_computes_nothing_loses_every_test():
    """Of the other assignments, `make check` proves it."""
    (case,) = [case for case in cases_to_prove(A1) if case.name == "an answer that computes nothing"]
    assert prove(load_course(), A1, [case], 1, True) == []


def test_a_test_without_its_assertions_is_passed_by_it(tmp_path):
    """As if somebody had taken them out: what it asks for is called, and nothing compared."""
    text = (A1.hidden_tests / "test_sizes.py").read_text()
    emptied, count = re.subn(
        r"(def test_receptive_strides\(.*?\"\"\"\n).*?(?=\n\n\n@)",
        r"\1    student.receptive_field([(3, 2)])",
        text,
        flags=re.S,
    )
    assert count == 1
    reference = Reference(load_functions(solution_source(A1.source), "<solution>"))
    passed = []
    for name, source in (("test_sizes.py", text), ("test_emptied.py", emptied)):
        (tmp_path / name).write_text(source)
        student = LocalStudent(load_functions(idle_answer(A1), "<idle>"))
        reports = run_tests(tmp_path / name, HiddenTests(student, "0", reference, None))
        passed.append([report.test for report in reports if report.outcome == PASSED])
    assert passed == [[], ["test_receptive_strides"]]


def test_a_case_that_passes_a_test_which_it_must_lose_is_told():
    case = Case("an answer that computes nothing", "", frozenset({"test_a"}))
    result = Result(A1.name, "check", GRADED, "", [QuestionResult("q", 1, [TestReport("q", "test_a", "", 1)])])
    assert judge(case, result) == ["an answer that computes nothing is not caught by test_a"]
