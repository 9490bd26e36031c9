"""`make check`: the course as it stands keeps its promises, and a broken promise is told."""

from __future__ import annotations

import multiprocessing
import re
import sys

import pytest
from rich.console import Console

from autograder.__main__ import main
from autograder.authoring.build import check_built
from autograder.course.course import load_course
from autograder.course.reference import solution_source
from autograder.grading.grade import Grader
from autograder.grading.pipeline import phase
from autograder.proving import check
from autograder.proving.check import Case, prove

COURSE = load_course()
A1 = COURSE.assignments[0]
MISTAKES, FEW = 5, 3  # of each bank, in a sample; where a case takes seconds


@pytest.mark.long
@pytest.mark.parametrize("assignment", COURSE.assignments[::-1], ids=lambda assignment: assignment.name)
def test_promises_are_kept(assignment, request):
    """Of a sample that changes from day to day; `make check` proves every one."""
    count = FEW if assignment.images else MISTAKES
    cases = check.sample(list(check.cases_to_prove(assignment)), request.config.getoption("sample"), count)
    assert check_built(assignment) + prove(COURSE, assignment, cases, jobs=1, isolate=True) == []


def test_the_files_of_the_package_are_as_the_sources_say():
    assert check.check_files(COURSE) == []


def test_a_sample_is_the_same_for_a_seed_and_in_time_holds_every_case():
    cases = list(check.cases_to_prove(A1))
    names = [[case.name for case in check.sample(cases, seed, 8)] for seed in range(300)]
    assert names[7] == [case.name for case in check.sample(cases, 7, 8)] and names[7] != names[8]
    always = ["the reference solution", "the untouched notebook", "an answer that computes nothing"]
    assert all(name[:3] == always for name in names)
    assert all([name.split(":")[0] for name in some[3:]] == ["honest"] + ["mistake"] * 8 for some in names)
    assert {case.name for case in cases} == {name for some in names for name in some}


def test_a_small_bank_is_sampled_whole():
    cases = [Case("the solution", "", frozenset()), Case("mistake: one", "", frozenset())]
    assert check.sample(cases, 1, 8) == cases


@pytest.mark.parametrize("assignment", COURSE.assignments, ids=lambda assignment: assignment.name)
def test_every_mistake_has_a_name_and_an_idea_of_its_own(assignment):
    """What is said of one must not be another's: names are keys, and a hint is paid as one thing."""
    bank = check.bank_of(assignment)
    assert len({mistake.name for mistake in bank}) == len(bank)
    ideas = {(mistake.hint, mistake.paid_as) for mistake in bank}
    assert len(ideas) == len({hint for hint, _ in ideas})


@pytest.mark.parametrize(
    "case, sentence",
    [
        (
            Case("honest: lazy", "def receptive_field(layers):\n    return 1", frozenset()),
            "honest: lazy loses test_receptive",
        ),
        (Case("the untouched notebook", solution_source(A1.source), None), "the untouched notebook is not caught by"),
        (
            Case("mistake: none", solution_source(A1.source), frozenset({"test_forward_plain"})),
            "mistake: none is not caught by test_forward_plain",
        ),
        (Case("honest: empty", "", frozenset()), "honest: empty: a1_convolution.py"),
    ],
)
def test_a_broken_promise_is_told(case, sentence):
    problems = prove(COURSE, A1, [case], jobs=1, isolate=True)
    assert any(sentence in problem for problem in problems), problems


def test_points_that_disagree_are_told(tmp_path):
    case = Case("the solution", solution_source(A1.source), frozenset())
    with Grader(COURSE, A1) as grader:
        result = grader.grade("check", check.hand_in(case, A1, tmp_path))
    result.questions[1].max_points *= 2
    assert check.judge(case, result) == [
        "the hidden tests of conv_cost are worth 5 points, its grade cell 10: make them agree"
    ]


def test_the_table_of_mistakes_covers_the_published_list():
    """All but number 39, ties among maxima: the course leaves their gradient undefined."""
    numbers = {row.split("|")[3].strip() for row in check.mistake_table(COURSE).splitlines()}
    assert {str(number) for number in range(1, 96)} - numbers == {"39"}


def test_a_stopped_check_ends_at_once_and_says_how_far_it_came(monkeypatch, capsys):
    def press_ctrl_c(course, assignment, cases, jobs, isolate, done):
        def after_the_first(name):
            done(name)
            raise KeyboardInterrupt

        return prove(course, assignment, cases, jobs, isolate, after_the_first)

    monkeypatch.setattr(check, "prove", press_ctrl_c)
    monkeypatch.setattr(sys, "argv", ["autograder", "check", A1.name, "--jobs", "1"])
    assert main() == 130
    assert re.search(r"Stopped \(a1_convolution, 1 of \d+ done\)\.\n", "".join(capsys.readouterr()))
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("lost, verdict", [(frozenset(), "all as promised"), ({"test_cost"}, "1 problem")])
def test_a_line_for_each_assignment(monkeypatch, capsys, lost, verdict):
    """Without a terminal, too; and what is wrong stands above it."""
    case = Case("the solution", solution_source(A1.source), frozenset(lost))
    monkeypatch.setattr(check, "cases_to_prove", lambda assignment: [case])
    monkeypatch.setattr(check, "MUTANTS", 2)
    monkeypatch.setattr(sys, "argv", ["autograder", "check", A1.name, "--jobs", "1"])
    assert main() == (1 if lost else 0)
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("✗ a1_convolution: the sol")]
    assert re.fullmatch(rf"a1_convolution: 1 of our own graded in \d+ s, {verdict}\.", lines[-1]) and len(lines) == 1


def test_a_long_check_says_what_it_is_at_where_no_bar_can_be_drawn(capsys):
    names = [f"case {number}" for number in range(45)]
    with phase("a1_convolution", len(names), {}, Console(), names) as done:
        for name in names:
            done(name)
    first, second = capsys.readouterr().out.splitlines()
    assert first == "a1_convolution: 20 of 45 done, now case 20" and second.endswith("40 of 45 done, now case 40")
