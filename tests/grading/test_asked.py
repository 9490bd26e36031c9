"""What a command asks for is taken as it is meant, or refused with a sentence."""

from __future__ import annotations

import sys

import pytest
from command_line import run_command
from hand_made import NAME, make_result
from rich.console import Console

from autograder import __main__ as command_line
from autograder.collecting.submissions import NoSubmissions
from autograder.course.course import CourseError, load_course
from autograder.grading import asked
from autograder.grading.asked import asked_assignments, asked_course, asked_students
from autograder.results.store import write_result
from autograder.verbs import grading, terminal


@pytest.mark.parametrize("text", ["", ",", " , ,"])
def test_a_list_that_names_nobody_is_not_everybody(text):
    with pytest.raises(CourseError, match="--students names nobody"):
        asked_students(text)


def test_students():
    assert asked_students(None) is None and asked_students(" ada, ben,") == ["ada", "ben"]


@pytest.mark.parametrize(
    "typed, meant",
    [("a1", NAME), ("A1", NAME), ("a2_fast", "a2_fast_layers"), ("a1_convolution.ipynb", NAME), ("lenet", "a4_lenet")]
    + [("a3_normalisation", "a3_normalization"), ("convolution", NAME)],
)
def test_did_you_mean(typed, meant):
    with pytest.raises(CourseError, match=f"named '{typed}' in course.toml: did you mean {meant}. There are: a1_conv"):
        load_course().assignment(typed)


@pytest.mark.parametrize("typed", ["", "a", "a9_nothing", "homework"])
def test_no_guess_where_none_is_near(typed):
    with pytest.raises(CourseError, match=f"named '{typed}' in course.toml. There are: "):
        load_course().assignment(typed)


def test_all_assignments():
    course = load_course()
    assert asked_assignments(course, "all") == [*course.assignments]
    assert asked_assignments(course, NAME) == [course.assignments[0]]


def test_results_of_another_term_are_not_graded_as_this_one(tmp_path, monkeypatch):
    """Unless the term is named: its seed and points are others."""
    course = load_course(tmp_path)
    write_result(course, course.assignments[0], make_result("amy", term="2025-fall"))
    with pytest.raises(
        CourseError, match="are of 2025-fall, and course.toml's term is 2026-fall. Say which you mean: "
    ):
        asked_course(tmp_path, "")
    assert asked_course(tmp_path, "2026-fall").term == "2026-fall"
    with pytest.raises(CourseError, match="course.toml has no term '2025-fall'"):
        asked_course(tmp_path, "2025-fall")
    monkeypatch.setattr(asked, "difference_of_variations", lambda course: ["other numbers"])
    with pytest.raises(CourseError, match='2026-fall has other numbers .*`make build OPTIONS="--term 2026-fall"`'):
        asked_course(tmp_path, "2026-fall")


@pytest.mark.parametrize("verb", [["status"], ["export", "junit"], ["report"]], ids=lambda verb: verb[0])
def test_grades_of_another_term_are_not_taken_for_this_one(tmp_path, monkeypatch, capsys, verb):
    """All of them would be stale, and an export empty; the term is named instead."""
    course = load_course(tmp_path)
    write_result(course, course.assignments[0], make_result("amy", term="2025-fall"))
    for more, code in (([], 2), (["--term", "2026-fall"], 0)):
        monkeypatch.setattr(sys, "argv", ["autograder", *verb, "--course", str(tmp_path), *more])
        assert command_line.main() == code
        assert ("Say which you mean: TERM=2025-fall" in " ".join(capsys.readouterr().out.split())) == (code == 2)


def test_submitted_itself_is_not_the_course(tmp_path):
    (tmp_path / "submitted").mkdir()
    with pytest.raises(CourseError, match="is submitted/ itself: COURSE is the folder above it"):
        asked_course(tmp_path / "submitted", "")


def test_one_assignment_that_fails_does_not_keep_the_others_from_it(monkeypatch):
    course, done = load_course(), []
    console = Console(width=100, record=True, file=open("/dev/null", "w"))
    for module in (grading, terminal):
        monkeypatch.setattr(module, "console", console)

    def do(assignment):
        if assignment.name.startswith("a2"):
            raise NoSubmissions("none")
        if assignment.name.startswith("a3"):
            raise CourseError("the images are not there")
        done.append(assignment.name)

    assert grading.each_assignment([*course.assignments], do) == 2
    text = console.export_text()
    assert done == [NAME, "a4_lenet"] and "Nobody has handed in a2_fast_layers." in text
    assert "✗ the images are not there" in text
    assert grading.each_assignment([*course.assignments[:2]], do) == 0
    with pytest.raises(CourseError):
        grading.each_assignment([course.assignments[2]], do)


@pytest.mark.parametrize("verb", ["grade", "regrade"])
@pytest.mark.parametrize(
    "arguments, sentence",
    [(["a1"], "did you mean a1_convolution?"), (["all"], "Nobody has handed in a4_lenet.")]
    + [([NAME, "--students", ","], "--students names nobody"), ([NAME, "--term", "x"], "course.toml has no term 'x'")],
)
def test_the_command_line_says_it(tmp_path, monkeypatch, capsys, verb, arguments, sentence):
    code, said = run_command(monkeypatch, capsys, verb, *arguments, "--course", str(tmp_path))
    assert code == 2 and sentence in said
