"""cnnlab.progress(): a row for each question of the notebook's assignment."""

import re

import pytest
from student_notebooks import NAME, notebook, run, solutions

import cnnlab
from cnnlab.notebooks import session
from cnnlab.signatures import COURSE


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    monkeypatch.setattr(session, "current", session.Session())


@pytest.fixture(scope="module")
def half() -> dict:
    """Two questions right, one wrong, one with an error, the others as they were given out."""
    answers = {f"{name}_code": solutions()[f"{name}_code"] for name in ("conv_output_size", "receptive_field")}
    answers["convolve2d_code"] = "def convolve2d(x, k):\n    return x * 0"
    answers["conv_cost_code"] = "def conv_cost(*args, **kwargs):\n    return undefined"
    return run(notebook(answers))


def test_every_question_has_a_row(half):
    said = repr(cnnlab.progress(NAME, half)).splitlines()
    head = "a1_convolution · 2 of 11 questions pass all their checks (10 of 85 points are on them)"
    assert said[0] == f"{head}, 6 not attempted yet, 1 not checked yet."
    rows = [re.split(r"  +", line.strip()) for line in said[1:-1]]
    assert [row[0].split()[1] for row in rows] == list(COURSE[NAME])
    assert rows[0] == ["✓ conv_output_size", "all 3 checks", "5 points"]
    assert rows[1][:1] == ["✗ conv_cost"] and re.fullmatch(r"0 of \d checks?", rows[1][1])
    assert rows[4][:1] == ["✗ convolve2d"]
    assert rows[5] == ["○ conv_forward_naive", "not attempted yet", "16 points"]
    assert rows[6][1] == "not checked yet"  # there is no forward whose cache it could be given
    assert said[-1].startswith("The grader runs more tests")


def test_a_notebook_shows_a_table(half):
    page = cnnlab.progress(NAME, half)._repr_html_()
    assert page.count("<code") == 11 and "all 3 checks" in page and "16 points" in page


def test_the_solution_passes_everything():
    result = cnnlab.progress(NAME, run(notebook(solutions())))
    assert result.passed and "11 of 11 questions pass all their checks (85 of 85 points are on them)." in repr(result)


def test_cells_that_were_not_run():
    said = repr(cnnlab.progress(NAME, {}))
    assert "✗" not in said and said.count("not defined yet: run its cell") == 10  # backward waits for forward


def test_the_assignment_is_found(half):
    """As the set-up cell says, else by the names that there are."""
    assert cnnlab.progress(namespace=half).assignment == NAME
    session.current.assignment = "a1_convolution"
    assert cnnlab.progress(namespace={}).assignment == NAME


def test_no_assignment_and_an_unknown_one():
    assert repr(cnnlab.progress(namespace={})).startswith("Which assignment is this? Run the set-up cell")
    assert repr(cnnlab.progress("a9")).startswith("There is no assignment named 'a9'. There are: a1_convolution, ")
