"""`make regrade`: graded again beside the grades, shown, applied on a word; stopped anywhere, it goes on."""

from __future__ import annotations

import os

import pytest
from hand_made import NAME, grade_by_hand
from in_process import ANSWER, grade, hand_in, make_grader, make_job  # noqa: F401 - fixtures
from rich.console import Console

from autograder.grading import regrade as regrades
from autograder.grading import run as runs
from autograder.grading.pipeline import grade_class
from autograder.grading.regrade import regrade_class
from autograder.reporting import gradebook, gradebook_steps
from autograder.reporting.history import changes_path, read_lines
from autograder.results.store import read_result, result_path, write_result

CLASS = ("amy", "ben", "cy")
WRONG = ANSWER.replace("1, 1", "2, 1")


class Killed(BaseException):
    """As kill -9: nothing of ours sees it coming or tidies up after it."""


@pytest.fixture
def graded(job, monkeypatch):
    """Three right answers; then the stored grade of ben is one point less, as an older grader gave it."""
    for student in CLASS:
        hand_in(job.course, student, {f"{NAME}.py": ANSWER})
    grade(job)
    older = read_result(result_path(job.course, job.assignment, "ben"))
    lost = next(question for question in older.questions if question.name == "receptive_field")
    lost.tests[0].outcome = "failed"
    older.suite, older.made_by = "older", {**older.made_by, "tests": "older"}
    write_result(job.course, job.assignment, older)
    gradebook_steps.record(job.course, job.assignment, [older], (), print)

    def judge_anywhere(submission, hash_):  # the judge writes into the course of its job
        return runs.Judge(judge_anywhere.job, runs._judge._grader).take(submission, hash_)

    class Here:
        def __init__(self, work, begin, arguments, jobs):
            (judge_anywhere.job,) = arguments

        def each(self, entries):
            return ((entry, judge_anywhere(*entry)) for entry in entries)

    monkeypatch.setattr(runs, "Crew", Here)
    return job


def regrade(job, apply=False, **options):
    """What stood on the terminal."""
    console = Console(width=200, record=True, file=open(os.devnull, "w"))
    regrade_class(job, options.get("students"), 1, options.get("force", False), apply, console)
    if apply:
        grade_class(job, options.get("students"), 1, False, console)
    return console.export_text()


def points(job):
    return {s: read_result(result_path(job.course, job.assignment, s)).points for s in CLASS}


def test_it_shows_and_changes_nothing(graded):
    before = {s: result_path(graded.course, graded.assignment, s).read_bytes() for s in CLASS}
    book = graded.course.gradebook.read_bytes()
    text = regrade(graded)
    lost = 5 - points(graded)["ben"]
    assert f"1 grades changed: 1 gain (+{lost:g} together)" in text and f"ben  {5 - lost:g} → 5 (+{lost:g})" in text
    assert "the tests changed" in text and "3 of 3 graded again; 2 grades stay as they are." in text
    assert "No grade was changed. To put these in their place: make regrade ASSIGNMENT=a1_convolution APPLY=1" in text
    assert before == {s: result_path(graded.course, graded.assignment, s).read_bytes() for s in CLASS}
    assert graded.course.gradebook.read_bytes() == book
    assert "0 of 3 graded again, 3 by the regrade before; 2 grades stay" in regrade(graded)
    assert "3 of 3 graded again; 2 grades" in regrade(graded, force=True)


def test_applied_it_keeps_the_old_result_and_the_reason(graded):
    grade_by_hand((graded.course, graded.assignment), "ben", "receptive_field", 4.5)
    text = regrade(graded, apply=True)
    assert "Points given by hand stay, and are to be looked at again: ben." in text
    assert points(graded) == dict.fromkeys(CLASS, 5)
    (line,) = read_lines(changes_path(graded.course, graded.assignment))
    assert (line["student"], line["to"], line["why"]) == ("ben", 5, ["the tests changed"])
    (old,) = (graded.course.root / "history" / "results" / NAME).glob("ben-*.json")
    assert read_result(old).suite == "older"
    score = gradebook.read_entries(graded.course, graded.assignment)["ben"].scores["receptive_field"]
    assert (score.auto, score.manual, score.is_open_again) == (5, 4.5, True)
    assert not regrades.mark_path(graded.course, graded.assignment).exists()
    assert "grades changed" not in grade(graded)[1]


def test_a_hand_in_that_changed_since_is_graded_again_before_it_is_applied(graded):
    regrade(graded)
    hand_in(graded.course, "cy", {f"{NAME}.py": WRONG})
    text = regrade(graded, apply=True)
    assert "1 of 3 graded again, 2 by the regrade before" in text and "handed in again" in text
    assert points(graded)["cy"] < 5


@pytest.mark.parametrize("moved", range(4))
def test_killed_while_it_is_applied(graded, monkeypatch, moved):
    """After each file that is put in its place: `make grade` finishes it, and says who changed, once."""
    regrade(graded)
    replace_, done = os.replace, []

    def die(source, target):
        if len(done) == moved:
            raise Killed
        replace_(source, target)
        done.append(target)

    with monkeypatch.context() as patch:
        patch.setattr(
            regrades.os, "replace", lambda *paths: die(*paths) if "regrade" in str(paths[0]) else replace_(*paths)
        )
        patch.setattr(regrades.shutil, "rmtree", lambda *args, **options: die(None, None))
        with pytest.raises(Killed):
            regrade(graded, apply=True)
    rows, text = grade(graded)
    assert points(graded) == dict.fromkeys(CLASS, 5) and rows["ben"]["score_so_far"] == "5"
    assert "1 grades changed" in text and "ben" in text.split("grades changed")[1]
    assert "grades changed" not in grade(graded)[1]
    assert len(read_lines(changes_path(graded.course, graded.assignment))) == 1


def test_an_interrupted_run_of_make_grade_still_knows_who_changed(job, monkeypatch):
    """Killed after the results were written: the next run says whose grade became another, and why."""
    for student in CLASS:
        hand_in(job.course, student, {f"{NAME}.py": ANSWER})
    grade(job)
    for source in (WRONG, ANSWER.replace("jump * stride", "jump + stride")):
        hand_in(job.course, "ben", {f"{NAME}.py": source})
        with monkeypatch.context() as patch:
            patch.setattr("autograder.grading.pipeline.record", lambda *args: (_ for _ in ()).throw(Killed()))
            with pytest.raises(Killed):
                grade(job)
    text = grade(job)[1]
    assert "0 of 3 graded" in text and "1 grades changed" in text and "ben  5 → " in text
    assert "grades changed" not in grade(job)[1]
