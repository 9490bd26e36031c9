"""`make mutants`: every function of every right solution is edited; what no test notices is told with what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console

from autograder import AutograderError
from autograder.course.course import REPOSITORY, load_course
from autograder.mutation.edits import edits
from autograder.proving import check, equivalents
from autograder.proving.equivalents import Declared, difference, read_declared, read_entry
from autograder.proving.mutant_judge import judge_all
from autograder.proving.mutant_table import Outcomes, outcome_table, worth_table
from autograder.proving.mutants import FREE, REFERENCE, Mutant, Verdict, drawn, mutants_of, styles_of
from autograder.proving.worth import BankProgram, Worth, Wrong, nothing_found, programs_of, worth_of
from cnnlab.signatures import COURSE

COURSE_OF_OURS = load_course()
A1 = COURSE_OF_OURS.assignments[0]
MUTANTS = 4  # of each assignment, in a sample


@pytest.fixture(scope="module")
def reference():
    return styles_of(A1)[0]


def edited(style, function, before, after):
    """The mutant of a style with one edit."""
    edit = next(e for e in edits(style.source, [function]) if (e.before, e.after) == (before, after))
    return Mutant(style, edit, style.questions(function))


def text_of(table):
    console = Console(width=160, record=True, quiet=False, file=open("/dev/null", "w"))
    console.print(table)
    return console.export_text()


@pytest.mark.long
@pytest.mark.parametrize("assignment", COURSE_OF_OURS.assignments[:3], ids=lambda assignment: assignment.name)
def test_no_mutant_survives(assignment, request):
    """Of a sample that changes from day to day; `make check` asks more, of a4 too, and `make mutants` all."""
    found = drawn(list(mutants_of(styles_of(assignment))), MUTANTS, request.config.getoption("sample"))
    outcomes = Outcomes(found, judge_all(COURSE_OF_OURS, assignment, found, 1), read_declared(assignment.name))
    assert outcomes.problems() == []


@pytest.mark.parametrize("assignment", COURSE_OF_OURS.assignments, ids=lambda assignment: assignment.name)
def test_every_question_of_every_style_has_mutants(assignment):
    styles = styles_of(assignment)
    assert [style.name for style in styles][0] == REFERENCE and len(styles) >= 4
    found = list(mutants_of(styles[:2]))
    asked = {question for mutant in found for question in mutant.questions}
    assert asked == COURSE[assignment.name].keys() - FREE
    assert {mutant.style.name for mutant in found} == {style.name for style in styles[:2]}
    for style in styles:  # also where functions are methods, lambdas, or other names of one function
        asked = {question for name in style.definitions for question in style.questions(name)}
        assert asked == COURSE[assignment.name].keys() - FREE, style.name


def test_what_two_styles_have_in_common_is_edited_once(reference):
    again = replace(reference, name="again")
    alone = list(mutants_of([reference]))
    assert list(mutants_of([reference, again])) == alone


def test_a_mutant_is_asked_in_its_own_question_first(reference):
    mutant = edited(reference, "conv_output_size", "room // stride + 1", "room // stride")
    assert mutant.questions[:2] == ("conv_output_size", "conv_cost") and "receptive_field" not in mutant.questions
    lines = (REPOSITORY / mutant.place.split(":")[0]).read_text().splitlines()
    assert "return room // stride + 1" in lines[int(mutant.place.split(":")[1]) - 1]


def test_what_is_not_checked_is_lost_but_for_what_another_test_decides():
    """Where weights do not fit a LeNet no more can be asked: a finding. Where a test builds on another one: none."""
    lenet = COURSE_OF_OURS.assignment("a4_lenet")
    chosen = ("sizes must be divisible by 4", "mode not restored")
    programs = [
        program for program in programs_of(lenet, check.bank_of(lenet)) if getattr(program, "name", "") in chosen
    ]
    verdicts = judge_all(COURSE_OF_OURS, lenet, programs, 1, whole_questions=True)
    assert sorted(verdict.lost for verdict in verdicts) == [
        (("layer_summary", "test_summary_mode"),),
        (("lenet", "test_lenet_odd_sizes"),),
    ]


def test_a_sample_is_the_same_for_a_seed():
    assert drawn([*range(99)], 5, 1) == drawn([*range(99)], 5, 1) != drawn([*range(99)], 5, 2)
    assert drawn([1, 2], 5, 1) == [1, 2]


def test_the_hidden_tests_judge_through_the_sandbox(reference):
    """One that is wrong, one that is only wrong for other questions, one that does the same, one that hangs."""
    wrong = edited(reference, "conv1d_forward", "i * stride", "i")
    unseen = replace(wrong, questions=("receptive_field",))
    same = edited(
        reference, "receptive_field", "size += (kernel_size - 1) * jump", "size = size + (kernel_size - 1) * jump"
    )
    slow = reference.source.replace("size, jump = 1, 1", "size, jump = 1, 1\n    while True: pass")
    hangs = BankProgram("hangs", slow, ("receptive_field",))
    verdicts = judge_all(COURSE_OF_OURS, A1, [wrong, unseen, same, hangs], 1)
    assert [bool(verdict.lost) for verdict in verdicts] == [True, False, False, True]
    assert verdicts[0].lost[0][0] == "conv1d_forward" and len(verdicts[0].lost) == 1
    assert [verdict.by_clock for verdict in verdicts] == [False, False, False, True]
    assert not any(verdict.difference or verdict.trouble for verdict in verdicts)
    whole = judge_all(COURSE_OF_OURS, A1, [wrong], 1, whole_questions=True)[0]
    assert {question for question, _ in whole.lost} == {"conv1d_forward"} and len(whole.lost) > 1


def test_what_small_cases_show_is_told(reference):
    wrong = edited(reference, "conv1d_forward", "i * stride", "i")
    assert difference(wrong).startswith("conv1d_forward, case ")
    assert difference(replace(wrong, questions=("receptive_field",))) == ""


def test_a_survivor_is_told_with_what_to_do(reference):
    one = edited(reference, "conv1d_forward", "i * stride", "i")
    outcomes = Outcomes([one] * 4, [Verdict((("q", "t"),), True), Verdict(()), *[Verdict((), difference="case 3")] * 2])
    assert [outcome for *_, outcome in outcomes.each()] == ["killed", "equivalent", "surviving", "surviving"]
    (problem, _) = outcomes.problems()
    assert problem.startswith("solutions/a1_convolution/a1_convolution.py:") and "`i * stride` -> `i`" in problem
    assert "It differs in case 3. Ask for that in a hidden test of conv1d_forward, or say in" in problem
    declared = Declared(REFERENCE, "conv1d_forward", "i * stride", "i", "a reason of three words")
    assert Outcomes(outcomes.mutants, outcomes.verdicts, [declared]).problems() == []
    text = text_of(outcome_table("a1_convolution", outcomes, 2.0))
    assert "4 mutants in 2 s, 2.0 a second" in text and "1 of the killed ones took too long" in text
    assert [row.split() for row in text.splitlines() if "conv1d" in row] == [
        ["conv1d_forward", "4", "1", "1", "0", "2"]
    ]


@pytest.mark.parametrize("assignment", COURSE_OF_OURS.assignments, ids=lambda assignment: assignment.name)
def test_each_declaration_is_of_a_mutant_that_no_test_kills_and_small_cases_do(assignment):
    declared = read_declared(assignment.name)
    if not declared:
        return
    found = list(mutants_of(styles_of(assignment)))
    fitting = [[mutant for mutant in found if one.fits(mutant)] for one in declared]
    assert [one for one, mutants in zip(declared, fitting) if not mutants] == []
    flat = [mutant for mutants in fitting for mutant in mutants]
    verdicts = judge_all(COURSE_OF_OURS, assignment, flat, 1)
    assert [mutant.place for mutant, verdict in zip(flat, verdicts) if verdict.lost] == []


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"style": "reference"}, "has the keys style, function, before, after, reason"),
        ({**dict.fromkeys(("style", "function", "before", "after", "reason"), "a b c"), "more": "x"}, "has the keys"),
        (dict.fromkeys(("style", "function", "before", "after", "reason"), "slow"), "say why the edit changes nothing"),
    ],
)
def test_a_declaration_without_what_it_needs_is_refused(entry, told):
    with pytest.raises(AutograderError, match=told):
        read_entry(entry, "equivalents.toml of a1, entry 1")


def test_an_assignment_without_declarations_has_none(tmp_path, monkeypatch):
    monkeypatch.setattr(equivalents, "MISTAKES", tmp_path)
    assert read_declared("a1_convolution") == []


def test_the_worth_of_a_test_is_what_it_finds_alone():
    tests = [Worth("q", "one", 1), Worth("q", "two", 2), Worth("q", "three", 0.5)]
    wrong = [
        Wrong("a", frozenset({"one"}), True),
        Wrong("b", frozenset({"one", "two"}), False),
        Wrong("c", frozenset({"one"}), False),
    ]
    one, two, three = worth_of(tests, wrong)
    assert (one.bank, one.mutants, one.alone_bank, one.alone_mutants, one.example) == (1, 2, 1, 1, "a")
    assert one.earns_its_points and not two.earns_its_points and (two.mutants, three.mutants) == (1, 0)
    text = text_of(worth_table("a1_convolution", [one, two, three]))
    assert "2 of 3 tests, 2.5 of 3.5 points, find nothing alone." in text


def test_worth_asks_the_bank_and_the_mutants_of_the_reference():
    from autograder.proving.check import bank_of

    programs = programs_of(A1, bank_of(A1))
    kinds = [isinstance(program, BankProgram) for program in programs]
    assert 250 < sum(kinds) < len(kinds) - 1000 and kinds == sorted(kinds, reverse=True)
    assert {mutant.style.name for mutant in programs if isinstance(mutant, Mutant)} == {REFERENCE}
    assert {one.question for one in nothing_found(A1)} == COURSE["a1_convolution"].keys()


def test_make_check_tells_of_a_mutant_that_survives(monkeypatch):
    monkeypatch.setattr(check, "MUTANTS", 2)
    monkeypatch.setattr(
        check,
        "judge_all",
        lambda course, assignment, found, *_: [Verdict((("q", "t"),))] + [Verdict((), difference="case 1")],
    )
    (problem,) = check.check_mutants(COURSE_OF_OURS, A1, 1, True)
    assert problem.startswith("a1_convolution: ") and "fails no hidden test" in problem


def test_make_check_asks_no_mutants_where_no_small_cases_tell_the_equivalent_ones(monkeypatch):
    monkeypatch.setattr(check, "scripts", lambda name: {})
    assert check.check_mutants(COURSE_OF_OURS, A1, 1, True) == []


def test_a_question_without_small_cases_is_told(reference, monkeypatch):
    monkeypatch.setattr(equivalents, "scripts", lambda name: {})
    assert "has no small cases of it" in difference(edited(reference, "conv1d_forward", "i * stride", "i"))
