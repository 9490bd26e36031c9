"""What students see of a result: at each level, with every field of it filled with something that must not be seen."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hand_made import make_result

from autograder.reporting.disclosure import EVERYTHING, LEVELS, NAMES, SENTENCES, for_student, report_for_student
from autograder.results.result import UNGRADED, Result
from cnnlab.checking import outcomes
from cnnlab.checking.outcomes import ERROR, FAILED, NOT_ATTEMPTED, NOT_CHECKED, OPEN, PASSED, TestReport

SECRET = "7319"
HELD_BACK = (NAMES, SENTENCES)


def make_test(outcome=FAILED, **filled) -> TestReport:
    return TestReport("conv", "test_conv", "right output", 2.0, outcome, **filled)


def shown(level=SENTENCES, outcome=FAILED, **filled) -> TestReport:
    return report_for_student(make_test(outcome, **filled), level)


# what the student's code, or a test about its answer, may have written into each field
SECRETS = {
    "text": f"raised ValueError: {SECRET}",
    "called": f"conv with x of shape ({SECRET},)",
    "returned": f"out = {SECRET}",
    "expected": f"out = {SECRET}",
    "trace": [f"cell 3, line 4 in f{SECRET}: raise ValueError('{SECRET}')"],
    "picture": {"title": SECRET, "actual": [[7319.0]], "desired": [[7319.0]]},
    "seconds": 7319.0,
}
PLAIN = {  # the course's own words
    "question": "conv", "test": "test_conv", "title": "right output", "max_points": 2.0, "outcome": FAILED,
    "hint": "looks like: no flip", "mistake": "no_flip", "paid_as": "no flip", "excused": "",
}  # fmt: skip


def test_every_field_of_a_report_is_thought_of():
    """A new field of a test's report has to be sorted here, and so in disclosure.py."""
    assert {field.name for field in fields(TestReport)} == SECRETS.keys() | PLAIN.keys()


@pytest.mark.parametrize("outcome", [FAILED, OPEN, ERROR, NOT_CHECKED])
@pytest.mark.parametrize("level", HELD_BACK)
def test_no_field_shows_an_input(level, outcome):
    test = TestReport(**{**PLAIN, **SECRETS, "outcome": outcome})
    assert SECRET in repr(test)
    found = report_for_student(test, level)
    assert SECRET not in repr(found)
    assert (found.points, found.max_points, found.outcome, found.title) == (0.0, 2.0, outcome, "right output")


@pytest.mark.parametrize("name", SECRETS)
def test_everything_is_everything(name):
    test = TestReport(**{**PLAIN, **SECRETS})
    assert getattr(report_for_student(test, EVERYTHING), name) == SECRETS[name]


@pytest.mark.parametrize("level", LEVELS)
def test_trouble_of_the_grader_is_for_staff(level):
    """Its trace quotes hidden tests."""
    found = shown(level, ERROR, text=SECRET, trace=[SECRET], called=SECRET)
    assert SECRET not in repr(found) and found.outcome == ERROR


def test_names_are_names():
    found = shown(NAMES, text="raised ValueError: x", hint="looks like: no flip", mistake="no_flip", paid_as="no flip")
    assert found == make_test()


def test_sentences_have_the_hint():
    found = shown(hint="looks like: no flip", mistake="no_flip", paid_as="no flip", trace=["cell 3, line 4 in f: x"])
    assert (found.hint, found.mistake, found.paid_as) == ("looks like: no flip", "no_flip", "no flip")
    assert found.trace == ["cell 3, line 4"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raised IndexError: index 7319 is out of bounds", "raised IndexError"),
        ("raised LinAlgError: 7319", "raised LinAlgError"),
        ("raised X7319: nothing", "raised an exception"),
        ("raised É7319", "raised an exception"),
        ("raised KeyError", "raised KeyError"),
        ("conv took longer than 10 s", "conv took longer than 10 s"),
        ("the model took longer than 2.5 s", "the model took longer than 2.5 s"),
        ("conv used more than 900 s of processor time", "conv used more than 900 s of processor time"),
        ("conv stopped by os._exit(73)", "conv ended its own process"),
        ("conv killed by signal 9 (sent by itself)", "conv ended its own process"),
        ("conv sent a malformed reply: 7319", "conv ended its own process"),
        ("conv broke its connection to the grader", "conv ended its own process"),
        ("the student's code has ended", "the student's code ended its own process"),
        ("assert 7319 == 1", ""),
        ("; with a right cache of the course's own it is not right either", ""),
    ],
)
def test_texts_of_what_failed(text, said):
    assert shown(text=text, called="conv with x (2,)").text == said


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("out of shape (7, 3, 19)", "out has not the right shape"),
        ("dx of dtype float64, like the inputs", "dx has not the dtype of the inputs"),
        ("out[7, 3] = 19.5", "out has not the right values"),
        ("size = 7319", "size has not the right values"),
        ("dw between -7319 and 3", "dw is all zeros"),
        ("x left as it was: work on a copy", "x is changed by the call: work on a copy"),
        ("finite numbers everywhere", "some entries are nan or inf"),
        ("at least 30 times as fast as nested loops", "not fast enough yet"),
        ("something of 7319", ""),
    ],
)
def test_the_kind_of_a_difference_is_said(expected, said):
    """And nothing of the values; what was returned is not looked at, since the student's code makes it."""
    assert shown(called="conv with x (2,)", returned="out of shape (1,)", expected=expected).text == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not checked: conv raised IndexError, so there is no cache", "not checked: conv raised IndexError"),
        ("not checked: conv raised X7319, so there is no cache", "not checked: conv raised an exception"),
        ("not checked: conv returned one result, 7319, so ...", "not checked: conv returned no cache to start from"),
        ("not checked: conv took longer than 10 s before", "not checked: conv took longer than 10 s"),
        ("not checked: conv stopped by os._exit(73), so ...", "not checked: conv ended its own process"),
    ],
)
def test_texts_of_what_was_not_checked(text, said):
    assert shown(outcome=NOT_CHECKED, text=text).text == said


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (NOT_CHECKED, "not checked: it builds on “a ValueError is raised for a wrong mode”, which did not pass"),
        (NOT_CHECKED, "not checked: conv is not attempted yet, so there is no cache to start from"),
        (NOT_ATTEMPTED, "conv is not defined anywhere in the notebook"),
        (OPEN, "it builds on “the output”, which is not decided yet"),
        (OPEN, "conv may come from the module helpers, which the grader does not have"),
        (PASSED, "judged with a right conv_forward_naive"),
        (FAILED, "there is no lenet.safetensors beside the notebook"),  # nothing of the student's was called
    ],
)
def test_texts_of_the_course_stay(outcome, text):
    assert shown(outcome=outcome, text=text).text == text


def test_what_is_open_may_quote_an_exception():
    other = ", and with the course's own cache it can't be asked either: a person has to look"
    assert shown(outcome=OPEN, text=f"raised ValueError: {SECRET}{other}").text == "raised ValueError"
    cause = "conv could not be judged: it is written for NumPy 1, and the grader has NumPy 2.2.6"
    assert shown(outcome=OPEN, text=f"{cause}: was removed in NumPy 2 {SECRET}").text == cause


@pytest.mark.parametrize("trace", [[f"cell {SECRET}, line 1 in f: x"], [f"cell 1, line {SECRET}73 in f: x"], ["x"], []])
def test_a_forged_place_is_not_shown(trace):
    assert shown(trace=trace).trace == []


@pytest.mark.parametrize("level", HELD_BACK)
def test_what_costs_nothing_costs_nothing(level):
    same = shown(level, excused="the same mistake as in conv, and paid for there")
    rounded = shown(level, excused=f"out = {SECRET}; that is paid for once, in conv")
    assert same.points == rounded.points == 2.0 and SECRET not in rounded.excused
    if level == SENTENCES:
        assert same.excused == "the same mistake as in conv, and paid for there"
        assert rounded.excused == "right, but in numbers of a smaller type; that is paid for once, in conv"


# --- a whole result -------------------------------------------------------------------------------------------------

STAFF = {"seed": SECRET, "for_ta": [SECRET], "incidents": [SECRET], "troubles": [SECRET]}  # never for students
PRINTED = {"output": SECRET, "seconds": 7319.0, "student_seconds": 7319.0}
THEIRS = {"assignment", "student", "status", "reason", "questions", "notes", "ended_by_clock", "answers", "file"}
THEIRS |= {"accuracies", "made_by", "folder", "version", "term", "suite", "submission", "sandbox"}


def test_every_field_of_a_result_is_thought_of():
    assert {field.name for field in fields(Result)} == STAFF.keys() | PRINTED.keys() | THEIRS


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_for_staff_is_never_shown(level):
    """The seed first of all: it is what the hidden inputs of this and later assignments are drawn from."""
    found = for_student(make_result("amy", **STAFF), level)
    assert SECRET not in repr(found)
    assert found.troubles == [UNGRADED]  # so that what is open stays open


@pytest.mark.parametrize("level", LEVELS)
def test_what_the_code_printed(level):
    assert (SECRET in repr(for_student(make_result("amy", **PRINTED), level))) == (level == EVERYTHING)


@pytest.mark.parametrize("level", LEVELS)
def test_points_are_the_same_at_each_level(level):
    result = make_result("amy")
    result.questions[0].tests[1].excused = "the same mistake as in convolve2d, and paid for there"
    before = result.to_json()
    found = for_student(result, level)
    assert (found.points, found.max_points) == (result.points, result.max_points)
    assert [q.outcome for q in found.questions] == [q.outcome for q in result.questions]
    assert [q.is_open for q in found.questions] == [q.is_open for q in result.questions]
    assert result.to_json() == before  # a copy


@pytest.mark.parametrize("outcome", [getattr(outcomes, name) for name in ("PASSED", "FAILED", "OPEN", "ERROR")])
def test_a_report_is_never_changed(outcome):
    test = make_test(outcome, **SECRETS)
    before = replace(test)
    for level in LEVELS:
        report_for_student(test, level).text = "changed"
    assert test == before
