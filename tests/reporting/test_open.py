"""An open question is never a final zero: in the gradebook, in grades.csv, in the table and on the page."""

from __future__ import annotations

import csv
from dataclasses import fields

import nbformat
import pytest
from hand_made import (
    NAME,
    answered,
    grade_by_hand,
    hand_in,
    make_place,
    make_result,
    open_gradebook,
    record,
    standings_of,
    unrecorded,
    write_grades,
    write_pages,
)
from rich.console import Console

from autograder.course.course import CourseError
from autograder.reporting import feedback, gradebook, report
from autograder.reporting.autograded import autograded_path
from autograder.results.result import QuestionResult, Result
from cnnlab.checking.outcomes import ERROR, FAILED, OPEN, PASSED, TestReport

WHY = "cell 3 is valid in Python 3.12 and not in 3.11, which judged it: run it under 3.12"


@pytest.fixture
def place(tmp_path):
    return make_place(tmp_path)


def open_result(outcome=OPEN, text=WHY):
    """6 of 10 points so far, 4 of them open."""
    result = make_result("amy")
    _, wrong = result.questions[0].tests
    wrong.outcome, wrong.text, wrong.trace = outcome, text, ["assert hidden == secret"] if outcome == ERROR else []
    wrong.returned = wrong.expected = wrong.hint = wrong.called = ""
    return result


def show(place, result):
    hand_in(place[0], "amy", answered(conv_forward_naive_code="def conv_forward_naive(x):\n    return x"))
    record(place, result)
    write_pages(place, [result])
    write_grades(place, [result])
    console = Console(width=200, record=True, file=open("/dev/null", "w"))
    report.print_table(standings_of(place, [result]), console)
    with open(place[0].root / "grades.csv", newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    page = feedback.page_path(*place, "amy").read_text(encoding="utf-8")
    return row, console.export_text(), page


@pytest.mark.parametrize("outcome", [OPEN, ERROR])
def test_an_open_question_everywhere(place, outcome):
    row, table, page = show(place, open_result(outcome))
    with open_gradebook(place) as book:
        grade = book.find_grade("conv_forward_naive", NAME, NAME, "amy")
        assert (grade.auto_score, grade.needs_manual_grade) == (6, True)
        assert book.find_submission(NAME, "amy").needs_manual_grade
    assert (row["state"], row["score"], row["score_so_far"]) == ("open tests", "", "6")
    assert (row["open_points"], row["conv_forward_naive"], row["convolve2d"]) == ("4", "", "0")
    assert row["attention"] == f"open: conv_forward_naive: {WHY}"
    assert "6/14 so far" in table and f"open: conv_forward_naive: {WHY[:40]}" in table
    assert "1 open: their points so far are not final" in table
    assert "6 of 24 so far" in page and "4 of these points are open: a person will look at them." in page
    assert "open, 6 of 10 so far" in page and "until then it costs you nothing" in page


def test_the_student_reads_why_and_not_the_graders_own_trouble(place):
    """What was found in the answer is shown; a trace of hidden tests is not."""
    assert "valid in Python 3.12" in show(place, open_result())[2]
    page = show(place, open_result(ERROR, "RuntimeError in hidden_tests"))[2]
    assert "the grader had trouble of its own here, which decides nothing: it will be asked again" in page
    assert "hidden" not in page.split("<main>")[1] and "RuntimeError" not in page
    notebook = nbformat.read(autograded_path(*place, "amy"), 4)
    assert "hidden == secret" not in nbformat.writes(notebook)


def test_a_persons_grade_closes_it(place):
    """It counts and stays, and nobody is asked again."""
    show(place, open_result())
    grade_by_hand(place, "amy", "conv_forward_naive", 9.0)
    row, table, page = show(place, open_result())
    assert (row["score"], row["open_points"], row["conv_forward_naive"], row["attention"]) == ("9", "0", "9", "")
    assert "open:" not in table and "9 of 10" in page and "so far" not in page.split("<main>")[1].split("<section")[0]


def test_a_question_that_is_settled_by_the_next_run_is_closed(place):
    show(place, open_result(ERROR))
    row, table, page = show(place, make_result("amy", forward=10.0))
    assert (row["score"], row["open_points"], row["attention"]) == ("10", "0", "")
    assert "so far" not in table and "open" not in page.split("<main>")[1]


def test_what_waits_for_an_open_test_is_told_once():
    result = open_result()
    result.questions[1].tests[0].outcome = OPEN
    result.questions[1].tests[0].text = "it builds on “right shape”, which is not decided yet"
    assert result.needs_attention == [
        f"open: conv_forward_naive: {WHY}",
        "open: convolve2d: it builds on “right shape”, which is not decided yet",
    ]
    result.questions[0].tests += result.questions[1].tests
    assert result.open_lines(settled=["convolve2d"]) == [f"open: conv_forward_naive: {WHY}"]


def test_what_costs_nothing_says_so(place):
    """A mistake that was paid for elsewhere, and a test that was judged with the reference's function: a line each."""
    result = make_result("amy")
    right, wrong = result.questions[0].tests
    wrong.excused = "the same mistake as in convolve2d, and paid for there"
    right.text = "judged with a right conv_output_size"
    row, _, page = show(place, result)
    assert row["conv_forward_naive"] == "10" and row["open_points"] == "0"
    assert "costs nothing: the same mistake as in convolve2d, and paid for there" in page
    assert "judged with a right conv_output_size" in page and "10 of 10" in page
    notebook = nbformat.read(autograded_path(*place, "amy"), 4)
    texts = [out.data["text/plain"] for cell in notebook.cells for out in cell.get("outputs", [])]
    assert any("    costs nothing: the same mistake as in convolve2d, and paid for there" in text for text in texts)
    assert any("    judged with a right conv_output_size" in text for text in texts)


@pytest.mark.parametrize(
    "field, value", [("excused", "paid for"), ("title", "new"), ("trace", ["line 1"]), ("text", "x")]
)
def test_whatever_is_shown_is_in_the_stamp(place, field, value):
    """A result that differs in it is recorded, and its page made, again."""
    before, after = make_result("amy"), make_result("amy")
    setattr(after.questions[0].tests[1], field, value)
    record(place, before)
    assert unrecorded(place, [before]) == [] and unrecorded(place, [after]) == [after]


def test_every_field_of_a_result_is_in_the_stamp():
    """But pictures, seconds and answers, which never change alone: whoever adds a field need not think of it."""

    def changed(what, name):
        result = make_result("amy")
        question = result.questions[0]
        target = {Result: result, QuestionResult: question, TestReport: question.tests[1]}[what]
        setattr(target, name, "another value")
        return gradebook.stamp(result, "base")

    same = gradebook.stamp(make_result("amy"), "base")
    assert gradebook.stamp(make_result("amy"), "another base") != same
    left_out = {
        (what.__name__, field.name)
        for what in (Result, QuestionResult, TestReport)
        for field in fields(what)
        if field.name not in ("questions", "tests") and changed(what, field.name) == same
    }
    assert left_out == {("Result", "answers"), ("TestReport", "picture"), ("TestReport", "seconds")}


def test_a_result_keeps_all_of_it():
    result = open_result()
    result.troubles, result.ended_by_clock, result.folder = ["look by hand: it"], True, "00123"
    again = Result.from_json(result.to_json())
    assert again == result and again.ask_again
    assert [test.outcome for test in again.questions[0].tests] == [PASSED, OPEN] != [PASSED, FAILED]


def test_nbgraders_own_command_keeps_it_open(place, monkeypatch):
    """After nbgrader has saved the points: an open question waits for a person, and the time is the one we read."""
    from autograder.grading import preprocessor

    course, assignment = place
    show(place, make_result("amy"))
    (course.submitted / "amy" / NAME / "timestamp.txt").write_text("2026-10-19 23:30:00 CEST")
    monkeypatch.setattr(preprocessor, "load_course", lambda root: course)
    names = {"assignment": NAME, "student": "amy", "db_url": f"sqlite:///{course.gradebook}"}
    resources = {"nbgrader": {**names, "open": ["conv_forward_naive"]}}
    preprocessor.KeepOpen().preprocess(nbformat.v4.new_notebook(), resources)
    with open_gradebook(place) as book:
        assert book.find_grade("conv_forward_naive", NAME, NAME, "amy").needs_manual_grade
        assert not book.find_grade("convolve2d", NAME, NAME, "amy").needs_manual_grade
        assert f"{book.find_submission(NAME, 'amy').timestamp:%H:%M}" == "21:30"


def test_nbgraders_own_command_follows_no_link(place, monkeypatch):
    from autograder.grading import preprocessor

    course, assignment = place
    hand_in(course, "amy", answered())
    (course.submitted / "ben").symlink_to(course.submitted / "amy")
    monkeypatch.setattr(preprocessor, "load_course", lambda root: course)
    resources = {"nbgrader": {"assignment": NAME, "student": "ben"}}
    with pytest.raises(CourseError, match="submitted/ben is a link, and links are not followed"):
        preprocessor.RestoreCells().preprocess(nbformat.v4.new_notebook(), resources)
