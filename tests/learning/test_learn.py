"""`make learn`: a group becomes a mistake of the bank, and whoever is in it gets the hint."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from small_class import EARLIER, NAME, NOW, PLANTED, QUESTION, TERSE, grade, make_class

from autograder.course.course import load_course
from autograder.grading.grade import Grader
from autograder.grading.survey import survey
from autograder.learning.earlier import EarlierTerm
from autograder.learning.groups import find_groups
from autograder.learning.learn import CanNotLearn, Learner, put_into_bank, tell_hints
from autograder.mistakes.learned import learned
from autograder.proving.check import MISTAKE_CASE, bank_of, case_of, cases_to_prove, judge
from autograder.reporting.class_figures import is_lost

pytestmark = pytest.mark.whole

NAMED = "the step multiplied by the kernel: it takes the stride"


@pytest.fixture(scope="module")
def learner(tmp_path_factory):
    """Of this term's class and one of the term before."""
    course, assignment, rows = make_class(tmp_path_factory.mktemp("now"), NOW)
    before, _, earlier = make_class(tmp_path_factory.mktemp("earlier"), EARLIER, "2027-winter")
    found = find_groups(course, assignment, rows, [EarlierTerm("2027-winter", before, {NAME: earlier})])
    return Learner(course, assignment, found, bank_of(assignment))


@pytest.fixture(scope="module")
def mistake(learner):
    return learner.learn(learner.found.groups[QUESTION][0].id, f"{NAMED}.")


def id_of(learner, question, student=""):
    """Of the group that a student is in."""
    groups = learner.found.groups[question]
    return next(group.id for group in groups if not student or student in {one.student for one in group.members})


def test_a_group_becomes_a_mistake_with_the_tests_that_it_loses(mistake):
    assert (mistake.question, mistake.hint, mistake.redefines) == (QUESTION, NAMED, (QUESTION,))
    assert mistake.loses and all(test.startswith("test_receptive") for test in mistake.loses)
    assert "def receptive_field(layers):" in mistake.source and len(mistake.source) < 300


def test_everybody_in_the_group_gets_the_hint(learner, mistake, tmp_path):
    """With the points that they had; whoever is not in it gets none."""
    put_into_bank(learner.assignment, mistake, lambda: [], tmp_path)
    bank = (*learner.bank, *learned(NAME, tmp_path))
    before = {row.student: row.result for row in survey(learner.course, learner.assignment)}
    group = learner.found.groups[QUESTION][0]
    with Grader(learner.course, learner.assignment, bank=bank) as grader:
        for student in ("ada", "ben", "cem", "eve", "dora"):
            grade(grader, student)
    after = {row.student: row.result for row in survey(learner.course, learner.assignment)}
    for student in ("ada", "ben", "cem", "eve", "dora"):
        lost = [t for q in after[student].questions for t in q.tests if is_lost(t) and q.name == QUESTION]
        assert {test.hint for test in lost} == (set() if student == "dora" else {f"looks like: {NAMED}"})
        assert after[student].points == before[student].points
    assert tell_hints(learner.course, learner.assignment, group, mistake).startswith(
        "4 of 4 in the group have the hint"
    )
    other = replace(mistake, name="another")
    assert "0 of 4 in the group have the hint now: what" in tell_hints(learner.course, learner.assignment, group, other)


def test_the_bank_keeps_its_promises_with_it(learner, mistake, tmp_path):
    """It loses its tests, and is no other's name: of a few; `make check` asks all."""
    bank = (*learner.bank, mistake)
    cases = [case for case in cases_to_prove(learner.assignment) if not case.name.startswith(MISTAKE_CASE)][:1]
    cases.append(case_of("", mistake))
    with Grader(learner.course, learner.assignment, bank=bank) as grader:
        for number, case in enumerate(cases):
            folder = tmp_path / str(number)
            folder.mkdir()
            source = case.source if number == 0 else f"{cases[0].source}\n\n{mistake.source}"
            (folder / f"{NAME}.py").write_text(source)
            assert judge(case, grader.grade("check", folder)) == []


def test_nothing_of_a_students_identity_is_in_it(tmp_path):
    """From the code of one who wrote it everywhere."""
    course, assignment, rows = make_class(tmp_path, {"ada": PLANTED})
    found = find_groups(course, assignment, rows)
    learner = Learner(course, assignment, found, bank_of(assignment))
    mistake = learner.learn(id_of(learner, QUESTION), NAMED)
    text = put_into_bank(assignment, mistake, lambda: [], tmp_path / "bank").read_text()
    assert not re.search(r"ada|lovelace|120037|example|matrikel|hello|kernel_of", text, re.IGNORECASE), text
    assert "print" not in text and "raise" not in text  # and what it does not need


def test_what_is_no_group_to_learn_from(learner):
    def refused(id_, name=NAMED):
        with pytest.raises(CanNotLearn) as error:
            learner.learn(id_, name)
        return str(error.value)

    assert refused("receptive_field-000000").startswith("There is no group 'receptive_field-000000' now. Hand-ins or")
    assert "has a name already: a filter flipped" in refused(id_of(learner, "convolve2d"))
    assert "computes is right: what it lost has another cause" in refused(id_of(learner, "conv1x1_forward", "hal"))
    assert "takes too long or ends its process" in refused(id_of(learner, "conv1x1_forward", "fay"))


@pytest.mark.parametrize(
    "name, said",
    [
        ("", "NAME is one line"),
        ("…", "NAME is one line"),
        ("x" * 121, "NAME is one line"),
        ("no bias\x07", "NAME is one line"),
        ("the bias b left out", "The bank has a mistake of that name already: the bias b left out"),
        ("No bias", "The bank has a mistake of that name already"),
        ("what Ada does", "NAME has 'Ada' in it, which is of a student"),
        ("ask ben@example.org", "NAME has 'ben@example.org' in it"),
    ],
)
def test_a_name_that_is_not_fit(learner, name, said):
    with pytest.raises(CanNotLearn, match=re.escape(said)):
        learner.learn(id_of(learner, QUESTION), name)


def test_code_of_those_who_have_opted_out_is_not_learned_from(tmp_path):
    course, assignment, rows = make_class(tmp_path, {"ben": TERSE})
    (course.root / "opt-out.txt").write_text("ben\n")
    learner = Learner(course, assignment, find_groups(course, assignment, rows), bank_of(assignment))
    with pytest.raises(CanNotLearn, match="has opted out: nothing is learned from their code"):
        learner.learn(id_of(learner, QUESTION), NAMED)


def test_what_the_bank_computes_already_is_not_learned_twice(learner, mistake):
    again = replace(learner, bank=(*learner.bank, mistake))
    with pytest.raises(CanNotLearn, match=f"The bank knows what .* computes: {NAMED}"):
        again.learn(id_of(learner, QUESTION), "other words")


def test_code_that_may_not_run_in_the_judge_is_refused(tmp_path):
    text = TERSE.replace("    r, j = 1, 1\n", "    r, j = 1, 1\n    while j < 1:\n        j += 1\n")
    course, assignment, rows = make_class(tmp_path, {"ben": text})
    learner = Learner(course, assignment, find_groups(course, assignment, rows), bank_of(assignment))
    with pytest.raises(CanNotLearn, match="can go into the bank: a while loop, which might never end"):
        learner.learn(id_of(learner, QUESTION), NAMED)


def test_a_broken_promise_keeps_it_out(learner, mistake, tmp_path):
    with pytest.raises(CanNotLearn, match=r"It can't be in the bank: honest: loops loses x \(and 1 more\)"):
        put_into_bank(learner.assignment, mistake, lambda: ["honest: loops loses x", "another"], tmp_path)

    def stopped():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put_into_bank(learner.assignment, mistake, stopped, tmp_path)
    assert not [*tmp_path.iterdir()]


def test_what_depends_on_another_wrong_function_is_refused(tmp_path):
    """In the bank it would stand beside the course's own functions, and compute something else."""
    text = "\ndef cross_correlate2d(x, k):\n    return np.zeros((2, 2))\n"
    text += "\ndef convolve2d(x, k):\n    return cross_correlate2d(x, k) + k.sum()\n"
    course, assignment, rows = make_class(tmp_path, {"ben": text})
    learner = Learner(course, assignment, find_groups(course, assignment, rows), bank_of(assignment))
    with pytest.raises(CanNotLearn, match="in the place of the course's own it computes something else"):
        learner.learn(id_of(learner, "convolve2d"), "something of its own")


def test_networks_are_not_learned_from(learner):
    """Their code would need PyTorch in the judge."""
    found = learner.found.groups[QUESTION][0]
    network = replace(found, question="lenet", members=found.members)
    lenet = load_course().assignment("a4_lenet")
    other = replace(learner, assignment=lenet, found=replace(learner.found, groups={"lenet": [network]}))
    with pytest.raises(CanNotLearn, match="lenet is about networks: only functions of numbers and arrays are learned"):
        other.learn(network.id, NAMED)
