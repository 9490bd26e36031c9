"""`make locate`: the line that is wrong, in each failing question of a class that no mistake of the bank explains.

A phase of its own beside grading. What is found of a student is on disk before the next one is begun, so a run that was
stopped goes on where it was; and it is looked for again when submission, suite, budget or operators have changed.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from functools import cache

from rich.console import Console

from autograder.collecting.submissions import Submission, find_submissions
from autograder.course.course import REPOSITORY, Assignment, Course, CourseError
from autograder.course.suite import imported, suite_hash
from autograder.grading.run import Job, only_run
from autograder.learning.locator import Locator, is_unexplained
from autograder.mistakes import HONEST
from autograder.reading.submission import read_hand_in
from autograder.reporting.feedback import page_path, stale_pages, write_feedback
from autograder.reporting.gradebook import read_entries
from autograder.reporting.text import printable
from autograder.results.located import (
    Located,
    Location,
    MadeFrom,
    Place,
    fits,
    located_path,
    read_located,
    write_located,
)
from autograder.results.result import Result
from autograder.results.store import result_path, usable_result
from autograder.steps.boundary import boundary, machines_trouble
from autograder.steps.processes import Crew, Died, begin_process
from autograder.steps.progress import phase

SECONDS = 2.0  # of processor time for a failing question
MARGIN = 30.0  # more that a submission may take: the last edits are asked with the limits of grading
Waiting = list[tuple[Submission, MadeFrom]]


def locate_class(job: Job, students: list[str] | None, seconds: float, jobs: int, console: Console) -> None:
    """Look for the wrong lines of a class, print them, and bring the pages up to date that may say them.

    Args:
        students: only these; the whole class if None.
        seconds: of processor time that each failing question may take.
        jobs: submissions at once.

    Raises:
        CourseError: nobody was graded, an unknown student, another run in the same folder, files that can't be written.
    """
    course, assignment = job.course, job.assignment
    with machines_trouble(), only_run(course):
        submissions = [s for s in find_submissions(course, assignment, students) if s.has_place and not s.refused]
        results = {s.student: usable_result(result_path(course, assignment, s.student)) for s in submissions}
        if not any(results.values()):
            raise CourseError(
                f"Nobody was graded in {course.results}: `make grade ASSIGNMENT={assignment.name}` first."
            )
        suite, operators = suite_hash(course, assignment), operators_hash(assignment)
        waiting, old = [], []
        for submission in submissions:
            result = results[submission.student]
            if result is None or not any(map(is_unexplained, result.questions)):
                located_path(course, assignment, submission.student).unlink(missing_ok=True)
            elif (result.submission, result.suite) != (submission.hash(), suite):
                old.append(submission.student)
            elif not is_current(job, made_from := MadeFrom(result.submission, suite, seconds, operators), submission):
                waiting.append((submission, made_from))
        with phase("locating", len(waiting), {}, console) as done:
            for (submission, made_from), outcome in Crew(_locate_one, _open, (job,), jobs).each(waiting):
                if isinstance(outcome, Died):
                    store(job, submission, Located(made_from, trouble="the grader's own process died on it"))
                done(submission.student)
        refresh_pages(course, assignment, [s.student for s in submissions], jobs)
        print_found(job, [s.student for s in submissions], results, console)
        if old:
            console.print(
                f"! Changed since they were graded, so not looked at: {', '.join(map(printable, old))}. "
                f"`make grade ASSIGNMENT={assignment.name}` first.",
                style="yellow",
                markup=False,
                soft_wrap=True,
            )


def is_current(job: Job, made_from: MadeFrom, submission: Submission) -> bool:
    """Whether it was looked for already, with the same of everything."""
    located = read_located(job.course, job.assignment, submission.student)
    return located is not None and located.made_from == made_from


@cache
def operators_hash(assignment: Assignment) -> str:
    """Of all that edits are made of and tried with: these modules, and the right answers whose parts are taken."""
    hasher = hashlib.sha256()
    here = REPOSITORY / "autograder" / "learning" / "locator.py"
    rooms = ("autograder/learning", "autograder/mutation")
    ours = [path for path in imported([here]) if any(path.is_relative_to(REPOSITORY / room) for room in rooms)]
    for path in sorted([*ours, *(HONEST / assignment.name).glob("*.py")]):
        hasher.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return hasher.hexdigest()[:16]


def refresh_pages(course: Course, assignment: Assignment, students: Sequence[str], jobs: int) -> None:
    """Pages that are there and say something else now."""
    entries = read_entries(course, assignment)
    there = [student for student in students if page_path(course, assignment, student).exists()]
    stale = stale_pages(course, assignment, there, entries)
    write_feedback(course, assignment, stale, entries, jobs, lambda student: None)


# --- what a process does --------------------------------------------------------------------------------------------

_locator: tuple[Job, Locator] | Exception | None = None  # one for each process


def _open(job: Job) -> None:
    global _locator
    begin_process()
    warnings.simplefilter("ignore")  # of NumPy and PyTorch, about inputs that tests choose on purpose
    try:
        _locator = job, Locator(job.course, job.assignment, job.isolate)
    except Exception as refusal:  # for the parent to say once
        _locator = refusal


def _locate_one(submission: Submission, made_from: MadeFrom) -> None:
    if not isinstance(_locator, tuple):
        raise _locator or RuntimeError("no locator is open in this process")
    job, locator = _locator
    store(job, submission, locate_one(job, locator, submission, made_from))


def locate_one(job: Job, locator: Locator, submission: Submission, made_from: MadeFrom) -> Located:
    """What is found in one submission; never an exception for what it holds."""
    result = usable_result(result_path(job.course, job.assignment, submission.student))
    if result is None:
        return Located(made_from, trouble="its result can't be read again")
    questions = sum(map(is_unexplained, result.questions))
    with boundary("looking for the wrong line", 2 * questions * made_from.seconds + MARGIN) as attempt:
        notebook = read_hand_in(submission.folder, job.assignment.name).notebook
        if notebook is not None:
            return Located(made_from, locator.locate(notebook, result, made_from.seconds))
    return Located(made_from, trouble=attempt.trouble)


def store(job: Job, submission: Submission, located: Located) -> None:
    write_located(job.course, job.assignment, submission.student, located)


# --- for staff ------------------------------------------------------------------------------------------------------


def print_found(job: Job, students: Sequence[str], results: dict[str, Result | None], console: Console) -> None:
    """Each line that was found, with the edit that makes the question pass; then all in a sentence."""
    locations: list[Location] = []
    troubles: list[str] = []
    for student in students:
        located, result = read_located(job.course, job.assignment, student), results[student]
        if located is None or result is None or not fits(located, result):
            continue
        locations += located.locations
        troubles += [f"{student}: {located.trouble}"] if located.trouble else []
        for location in located.locations:
            for number, place in enumerate(location.places):
                who = f"{student} · {location.question} · " if not number else "    or "
                console.print(told(who, place), markup=False, highlight=False, soft_wrap=True)
    for line in [summary(locations), *(f"! {trouble}" for trouble in troubles)]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def told(who: str, place: Place) -> str:
    before, after = (printable(" ".join(text.split())) for text in (place.before, place.after))
    return f"{printable(who)} {place.where}: {before}  →  {after}"


def summary(locations: Sequence[Location]) -> str:
    if not locations:
        return "No failing question is without a name."
    one = sum(len(location.places) == 1 for location in locations)
    several = sum(len(location.places) > 1 for location in locations)
    seconds = sum(location.seconds for location in locations)
    count = len(locations)
    return (
        f"{count} failing question{'s' * (count > 1)} without a name: the line is known in {one}, "
        f"one of several in {several}, nothing in {count - one - several}; {seconds:.1f} s of processor time."
    )
