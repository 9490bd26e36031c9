"""What a question comes to, from its tests: the worst that a TA should see first."""

import itertools
import json
from dataclasses import replace

import pytest

from autograder.results.result import FORMAT_VERSION, GRADED, PARTIAL, UNGRADED, WAITS, QuestionResult, Result
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


# --- points, and what is open -------------------------------------------------------------------------------------


def report(question="q", points=1.0, outcome=PASSED, **more):
    return TestReport(question, "t", "title", points, outcome=outcome, **more)


def result(*tests, status=GRADED, reason="", **more):
    """One of two questions: `one` with these tests, `two` that passed."""
    questions = [QuestionResult("one", 5.0, [*tests]), QuestionResult("two", 2.0, [report("two", 2.0)])]
    return Result("a1", "ada", status, reason, questions, **more)


def test_points_are_those_of_tests_that_passed_or_cost_nothing():
    tests = [report(points=1 / 3), report(points=2.0, outcome=FAILED, excused="paid for"), report(outcome=FAILED)]
    tests += [report(outcome=outcome) for outcome in (NOT_ATTEMPTED, NOT_CHECKED, ERROR, OPEN)]
    made = result(*tests)
    assert [question.points for question in made.questions] == [2.3333, 2.0]
    assert (made.points, made.max_points) == (4.3333, 7.0)
    made.questions = [QuestionResult("q", 1.0, [report(points=0.33335)]) for _ in range(3)]
    assert made.points == round(3 * made.questions[0].points, 4)


def names(questions):
    return [question.name for question in questions]


@pytest.mark.parametrize("outcome", WORST_FIRST)
def test_only_a_person_or_the_next_run_can_decide_what_is_open(outcome):
    made = result(report(outcome=outcome))
    assert names(made.open_questions) == ["one"] * (outcome in (OPEN, ERROR))
    assert made.ask_again is (outcome == ERROR)


def test_all_is_open_where_nothing_could_be_graded():
    nothing = [QuestionResult("one", 5.0), QuestionResult("two", 2.0)]
    made = replace(result(), questions=nothing)
    assert names(made.open_questions) == [] and not made.ask_again
    made.troubles = ["look by hand: it"]
    assert names(made.open_questions) == ["one", "two"] and made.ask_again
    made.questions[1].tests = [report("two")]
    assert names(made.open_questions) == [] and made.ask_again


def test_why_it_is_open_is_the_first_cause_that_is_no_consequence():
    def why(*texts):
        return QuestionResult("q", 1.0, [report(outcome=OPEN, text=text) for text in texts]).why_open

    waits = f"{WAITS} test_shape"
    assert why(waits, "cell 3", "cell 4") == "cell 3" and why(waits, waits + "s") == waits and why() == ""
    assert QuestionResult("q", 1.0, [report(text="cell 3")]).why_open == ""


# --- what a TA has to look at -------------------------------------------------------------------------------------

HARMLESS = ["read as Python", "not UTF-8: read as cp1252", "cell 3, line 2 is no Python", "not read: a (1).ipynb"]


@pytest.mark.parametrize(
    "made, told",
    [
        (result(), []),
        (result(reason="said"), []),
        (result(status=PARTIAL, reason="why"), ["why"]),
        (result(status=PARTIAL, reason=UNGRADED, troubles=["look by hand: it"]), ["look by hand: it"]),
        (result(status=PARTIAL, reason="it", troubles=["look by hand: it"]), ["look by hand: it"]),
        (result(status=PARTIAL, reason="why", troubles=["look by hand: it"]), ["look by hand: it", "why"]),
        (result(report(outcome=OPEN, text="cell 3")), ["open: one: cell 3"]),
        (result(report(outcome=OPEN, text="cell 3"), status=PARTIAL, reason="cell 3"), ["cell 3"]),
        (result(report(outcome=OPEN, text="cell 3"), status=PARTIAL, reason="why"), ["why", "open: one: cell 3"]),
        (result(incidents=["hung", "died"], for_ta=["who?", "late?"], notes=["renamed"]), "hung who? late? renamed"),
        (result(notes=HARMLESS), []),
        (
            result(notes=["cell 3 is odd"], status=PARTIAL, reason="cell 3 is odd, and lost"),
            ["cell 3 is odd, and lost"],
        ),
        (result(notes=["cell 3 is odd"], status=PARTIAL, reason="why"), ["why", "cell 3 is odd"]),
    ],
)
def test_what_a_person_has_to_look_at_is_told_once(made, told):
    assert made.needs_attention == (told.split() if isinstance(told, str) else told)


def test_what_a_person_has_settled_is_told_no_more():
    made = result(report(outcome=OPEN, text="cell 3"))
    assert made.attention({"two"}) == ["open: one: cell 3"] and made.attention({"one"}) == []


# --- its file -----------------------------------------------------------------------------------------------------


def test_a_new_result_says_nothing_that_nobody_has_found():
    data = json.loads(result(report()).to_json())
    assert data.pop("format_version") == FORMAT_VERSION
    assert {name for name, value in data.items() if not value} == data.keys() - {
        *("assignment", "student", "status", "questions", "points", "max_points")
    }


@pytest.mark.parametrize("version", [FORMAT_VERSION - 1, FORMAT_VERSION + 1, str(FORMAT_VERSION), None])
def test_another_format_is_no_result(version):
    text = result(report()).to_json()
    assert Result.from_json(text) == result(report())
    with pytest.raises(ValueError, match="^not a result of format version"):
        Result.from_json(json.dumps(json.loads(text) | {"format_version": version}))
    with pytest.raises(ValueError, match="^not a result of format version"):
        Result.from_json("[]")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_has_no_number_for_is_not_written(number):
    with pytest.raises(ValueError):
        result(report(), seconds=number).to_json()
