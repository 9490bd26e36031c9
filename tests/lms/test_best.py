"""The best of several attempts lies in submitted/ where the term says so: by the tests, late penalty taken off."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from rich.console import Console

from autograder.course.course import load_course
from autograder.course.late import LatePolicy
from autograder.grading.run import Job
from autograder.lms import best
from autograder.lms.best import choose_attempts
from autograder.lms.placing import Attempt, Placer, content_hash

NAME = "a1_convolution"
GOOD = """def receptive_field(layers):
    size, jump = 1, 1
    for kernel_size, stride in layers:
        size, jump = size + (kernel_size - 1) * jump, jump * stride
    return size
"""
WRONG = "def receptive_field(layers):\n    return 1\n"
DUE = datetime(2026, 10, 19, 21, 59, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Attempts of five students; whose name says which is the best."""
    course = load_course(tmp_path_factory.mktemp("course"))
    assert course.assignment(NAME).due == DUE
    course = replace(course, best_attempt=True, late=LatePolicy(percent_per_day=25, tokens=1))
    hand_in(course, "first", (GOOD, -10), (WRONG, -1))
    hand_in(course, "late", (WRONG, -10), (GOOD, 30))  # two days, one of them for a token
    hand_in(course, "too_late", (GOOD, -10), (GOOD + "# more", 24 * 9))
    hand_in(course, "equal", (GOOD, -10), (GOOD + "# more", -5))
    hand_in(course, "changed", (GOOD, -10), (WRONG, -1))
    (course.submitted / "changed" / NAME / "a1.py").write_text(WRONG + "# by a TA")
    return course


def hand_in(course, student, *attempts):
    staging = course.root / "staging" / student
    found = []
    for number, (source, hours) in enumerate(attempts):
        folder = staging / str(number)
        folder.mkdir(parents=True)
        (folder / "a1.py").write_text(source)
        found.append(Attempt(student, NAME, folder, content_hash(folder), DUE + timedelta(hours=hours), number))
    Placer(course, staging).place(found)


def choose(course):
    console = Console(width=200, record=True, file=open("/dev/null", "w"))
    choose_attempts(Job(course, course.assignment(NAME), True), None, 2, console)
    return console.export_text()


def test_the_best_attempt_counts(course, monkeypatch):
    text = choose(course)
    there = {folder.name: (folder / NAME / "a1.py").read_text() for folder in course.submitted.iterdir()}
    more = GOOD + "# more"
    assert there == {
        "first": GOOD, "late": GOOD, "too_late": GOOD, "equal": more, "changed": WRONG + "# by a TA"
    }  # fmt: skip
    counts = "of 2 attempts the one of 2026-10-19 11:59 UTC counts (5 points by the tests)"
    assert text.splitlines() == [f"first: {counts}", f"too_late: {counts}"]
    for student in ("first", "too_late"):
        assert len(list((course.root / "collected" / student / NAME).glob("*/a1.py"))) == 1
        assert (course.submitted / student / NAME / "timestamp.txt").read_text().startswith("2026-10-19 11:59:00")
    monkeypatch.setattr(best, "grade_all", lambda job, waiting, jobs, done: waiting and 1 / 0)
    assert choose(course) == ""  # nothing is graded again, nothing moves


def test_stopped_between_two_moves(course):
    """Nothing lies in submitted/ then: the next run puts the best one there."""
    placer = Placer(course, course.root / "staging")
    good = next(one for one in best.attempts_of(placer, Job(course, course.assignment(NAME), True), "first"))
    good.folder.rename(course.root / "collected" / "first" / NAME / f"time-unknown-{good.hash}")
    choose(course)
    assert (course.submitted / "first" / NAME / "a1.py").read_text() == GOOD


def test_an_attempt_that_waits_for_a_person_changes_nothing(course, monkeypatch):
    monkeypatch.setattr(best, "grade_attempts", lambda *arguments: {})
    assert "first: not every attempt could be graded by tests alone; the one in submitted/ stays" in choose(course)
