"""results.json: what Gradescope adds up, what it may not, what students read."""

from __future__ import annotations

import json

import pytest
from hand_made import make_result

from autograder.lms.gradescope_results import as_json, no_score, results_of
from autograder.reporting.disclosure import EVERYTHING, NAMES, SENTENCES
from autograder.results.result import MISSING, PARTIAL, UNGRADED, Result
from cnnlab.checking.outcomes import ERROR, FAILED, OPEN

WRITTEN = {"written_why": 5.0}


def table_of(result: Result, shown: str = SENTENCES) -> dict:
    return json.loads(as_json(results_of(result, WRITTEN, shown)))


def total(table: dict) -> float:
    return sum(test.get("score", 0) for test in table["tests"])


def texts(table: dict) -> str:
    return "\n".join([table["output"], *(f"{test['name']}\n{test['output']}" for test in table["tests"])])


def test_points_are_partial_and_sum_up_to_ours():
    table = table_of(make_result("ada", forward=6.0))
    scored = [(t["number"], t["score"], t["max_score"], t["status"]) for t in table["tests"] if "score" in t]
    assert scored == [("1.1", 6.0, 6.0, "passed"), ("1.2", 0.0, 4.0, "failed"), ("2.1", 0.0, 4.0, "failed")]
    assert total(table) == 6.0 and "score" not in table  # it would override the sum
    assert table["tests"][2]["output"] == "convolve2d is not attempted yet."
    assert "6 of 14 points from the tests" in table["output"]
    assert "Lateness is not in these points: Gradescope shows it." in table["output"]


def test_an_answer_in_words_is_no_zero():
    last = table_of(make_result("ada"))["tests"][-1]
    assert last["name"] == "written_why (5 points)" and last["output"].startswith("Graded by hand")
    assert "score" not in last and "status" not in last


@pytest.mark.parametrize("outcome", [OPEN, ERROR])
def test_what_is_open_is_neither_passed_nor_failed(outcome):
    result = make_result("ada", forward=6.0)
    wrong = result.questions[0].tests[1]
    wrong.outcome, wrong.text, wrong.trace = outcome, "package foo is not there", ["test_stride.py: secret line"]
    table = table_of(result)
    test = table["tests"][1]
    assert "score" not in test and "status" not in test
    assert test["name"].endswith("(open, 4 points)") and "a person will look at it" in test["output"]
    assert total(table) == 6.0 and "6 of 14 points from the tests so far" in table["output"]
    if outcome == ERROR:  # what a hidden test said when it broke
        assert "secret line" not in texts(table)


def test_a_mistake_that_is_paid_elsewhere_costs_nothing():
    result = make_result("ada", forward=6.0)
    result.questions[0].tests[1].excused = "the same mistake as in convolve2d, and paid for there"
    test = table_of(result)["tests"][1]
    assert (test["score"], test["status"]) == (4.0, "passed")
    assert test["output"].startswith("costs nothing: the same mistake as in convolve2d")


def test_three_levels_of_what_students_see():
    result = make_result("ada", forward=6.0)
    names, sentences, everything = (texts(table_of(result, shown)) for shown in (NAMES, SENTENCES, EVERYTHING))
    assert "right output for every shape, stride and padding" in names and "(2, 4, 3, 2)" not in names
    assert "out has not the right shape" in sentences and "looks like: output width" in sentences
    assert "(2, 4, 3" not in sentences and "x (2, 3, 7, 5)" not in sentences  # as on feedback pages
    assert "x (2, 3, 7, 5)" in everything and "out of shape (2, 4, 3, 2)" in everything


def test_a_zero_has_its_cause():
    result = make_result("ada", status=MISSING, reason="Nothing was handed in.")
    for question in result.questions:
        question.tests = []
    table = table_of(result)
    assert [(t["score"], t["max_score"]) for t in table["tests"] if "score" in t] == [(0.0, 10.0), (0.0, 4.0)]
    assert (
        table["tests"][0]["output"] == "Nothing was handed in." and "Missing: Nothing was handed in." in table["output"]
    )


def test_what_could_not_be_graded_has_no_zero_of_its_points():
    result = make_result("ada", status=PARTIAL, reason=UNGRADED, troubles=["look by hand: grading it failed"])
    for question in result.questions:
        question.tests = []
    table = table_of(result)
    scores = [(test["name"], test["score"], test["max_score"]) for test in table["tests"] if "score" in test]
    assert scores == [("so far", 0.0, 0.0)]
    assert "a person will look at it" in texts(table) and "look by hand" not in texts(table)


def test_networks_have_a_leaderboard_and_others_have_none():
    assert "leaderboard" not in table_of(make_result("ada"))
    table = table_of(make_result("ada", accuracies={"lenet": 0.70123456, "convnet": 0.8}))
    rows = [{"name": "lenet accuracy", "value": 0.7012}, {"name": "convnet accuracy", "value": 0.8}]
    assert table["leaderboard"] == rows


def test_our_result_goes_along_but_for_the_seed():
    kept = table_of(make_result("ada", seed="of the term"))["extra_data"]["result"]
    assert kept["seed"] == "" and kept["questions"][0]["points"] == 6.0


def test_hostile_text_is_text_that_can_be_stored():
    """No NUL, which databases refuse, no half of a pair, which is no UTF-8, no end to a long one."""
    odd = "a\x00b\ud800c\x1b[31m\u2028" + "x" * 100_000
    result = make_result("ada", output=odd, reason=odd, status=PARTIAL)
    result.questions[0].tests[1].returned = odd
    text = as_json(results_of(result, WRITTEN))
    assert "\\u0000" not in text and "\\ud800" not in text and "\\u001b" not in text
    assert len(text) < 400_000
    json.loads(text)


def test_a_number_that_is_not_finite_is_never_written():
    with pytest.raises(ValueError):
        as_json({"tests": [{"score": float("nan")}]})


def test_where_nothing_was_graded_there_is_a_sentence_and_no_score():
    table = json.loads(as_json(no_score("For the staff: the disk is full.")))
    assert "score" not in table and all("score" not in test for test in table["tests"])
    assert table["output"].startswith(
        "Not graded. For the staff: the disk is full.\nThere is no score, which is no zero."
    )


def test_the_outcome_of_a_failed_test_is_said_where_it_has_no_words():
    result = make_result("ada", forward=6.0)
    wrong = result.questions[0].tests[1]
    wrong.called = wrong.returned = wrong.expected = wrong.hint = ""
    assert wrong.outcome == FAILED and table_of(result)["tests"][1]["output"] == "failed"
