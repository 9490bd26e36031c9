"""What a question comes to, from its tests: the worst that a TA should see first."""

import itertools

import pytest

from autograder.results.result import QuestionResult
from cnnlab.checking.outcomes import ERROR, FAILED, NOT_ATTEMPTED, NOT_CHECKED, OPEN, PASSED, TestReport

WORST_FIRST = (ERROR, OPEN, FAILED, NOT_CHECKED, NOT_ATTEMPTED, PASSED)
NOTHING_ASKED = {NOT_CHECKED, NOT_ATTEMPTED}  # alone together: nobody has begun, whatever was gated by it


def outcome(*outcomes):
    return QuestionResult(
        "q", 2.0, [TestReport("q", "t", "title", 1.0, outcome=outcome) for outcome in outcomes]
    ).outcome


@pytest.mark.parametrize("first, second", [*itertools.combinations(WORST_FIRST, 2)])
def test_the_worst_outcome_is_the_question_s(first, second):
    expected = NOT_ATTEMPTED if {first, second} == NOTHING_ASKED else first
    assert outcome(first, second) == outcome(second, first) == expected


@pytest.mark.parametrize("alone", WORST_FIRST)
def test_tests_that_agree_decide(alone):
    assert outcome(alone, alone) == alone


def test_a_question_that_was_not_asked_is_not_attempted():
    assert outcome() == NOT_ATTEMPTED
