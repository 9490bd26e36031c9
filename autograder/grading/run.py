"""Many submissions: which of them need grading, judges in parallel, one result file each, whatever happens."""

from __future__ import annotations

import contextlib
import fcntl
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.collecting.submissions import Submission
from autograder.course.course import Assignment, Course, CourseError
from autograder.course.questions import question_points
from autograder.course.suite import suite_hash
from autograder.files import write_inside
from autograder.grading.grade import Grader, blank_result
from autograder.grading.result import MISSING, PARTIAL, UNGRADED, UNREADABLE, Result
from autograder.steps.boundary import boundary
from autograder.steps.processes import Crew, Died, begin_process

Troubles = dict[str, str]  # student -> a sentence for the TA: a step that could not be done for them
Waiting = list[tuple[Submission, str]]  # submissions with their hashes


@dataclass(frozen=True)
class Job:
    """What a judge process needs to know of the run."""

    course: Course
    assignment: Assignment
    isolate: bool


def result_path(course: Course, assignment: Assignment, student: str) -> Path:
    return course.results / assignment.name / f"{student}.json"


def read_result(path: Path) -> Result | None:
    """A result, or None if there is none that can be used: it is then made again."""
    try:
        return Result.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def needs_grading(
    job: Job, submissions: list[Submission], before: dict[str, Result | None], force: bool
) -> tuple[Waiting, Troubles]:
    """Submissions whose result is missing, was made from something else, or is to be asked again; with their hashes."""
    suite = suite_hash(job.course, job.assignment)
    found: Waiting = []
    troubles: Troubles = {}
    for submission in submissions:
        if submission.refused:
            continue
        with boundary("hashing its files") as attempt:
            hash_ = submission.hash()
            result = before[submission.student]
            if (
                force
                or result is None
                or result.ask_again
                or (job.isolate and result.sandbox == "none")
                or (result.suite, result.submission) != (suite, hash_)
            ):
                found.append((submission, hash_))
        if attempt.trouble:
            troubles[submission.student] = attempt.trouble
    return found, troubles


@contextlib.contextmanager
def only_run(course: Course) -> Iterator[None]:
    """One run at a time in a course folder."""
    course.results.mkdir(parents=True, exist_ok=True)
    with open(course.results / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(f"Another run is grading in {course.root}: wait until it is done, or stop it.") from None
        yield


def grade_all(job: Job, waiting: Waiting, jobs: int, done: Callable[[str], None]) -> Troubles:
    """Grade submissions in `jobs` processes; each result is on disk before `done(student)` is called.

    A judge process that dies (out of memory, killed by hand) takes no other submission with it. What only the wall
    clock has ended is graded once more, with no other judge beside it: the machine may have been busy.

    Returns:
        Whose result could not be written.
    """
    troubles: Troubles = {}
    slow: Waiting = []
    for first in (True, False):
        crew = Crew(_grade_one, _open_judge, (job,), jobs if first else 1)
        for (submission, hash_), outcome in crew.each(waiting if first else slow):
            if isinstance(outcome, Died):
                outcome = store(job, give_up(job, submission, hash_, outcome.times))
            if outcome.trouble:
                troubles[submission.student] = outcome.trouble
            if first and outcome.ended_by_clock:
                slow.append((submission, hash_))
            else:
                done(submission.student)
    return troubles


def ungraded(job: Job, student: str, trouble: str, hash_: str = "") -> Result:
    """The result of a submission that a step of the grader could not handle: open, and tried again by the next run."""
    result = blank_result(job.course, job.assignment, student, hash_)
    result.status, result.reason, result.troubles = PARTIAL, UNGRADED, [trouble]
    return result


def refused(job: Job, submission: Submission) -> Result:
    """The result of a submission whose folder can't be used: open, for a person to put right."""
    result = ungraded(job, submission.student, f"look by hand: {submission.refused}")
    result.status, result.reason = UNREADABLE, submission.refused
    return result


def give_up(job: Job, submission: Submission, hash_: str, times: int) -> Result:
    died = f"the grader's own process died {times} times on this submission, each time with nothing else in it"
    return ungraded(job, submission.student, f"look by hand: {died}", hash_)


@dataclass(frozen=True)
class Outcome:
    """What a judge process tells of a submission; the result itself is on disk, unless there is trouble."""

    trouble: str = ""
    ended_by_clock: bool = False


def store(job: Job, result: Result) -> Outcome:
    """Write a result."""
    path = result_path(job.course, job.assignment, result.student)
    with boundary("writing its result") as attempt:
        write_inside(job.course.results, path, result.to_json())
    return Outcome(attempt.trouble, result.ended_by_clock)


_grader: Grader | Exception | None = None  # one for each judge process


def _open_judge(job: Job) -> None:
    global _grader
    begin_process()
    warnings.simplefilter("ignore")  # of NumPy and PyTorch, about inputs that tests choose on purpose
    try:
        _grader = Grader(job.course, job.assignment, job.isolate)
    except Exception as refusal:  # for the parent to say once, not a dead judge for each student
        _grader = refusal


def _grade_one(submission: Submission, hash_: str) -> Outcome:
    if not isinstance(_grader, Grader):
        raise _grader or RuntimeError("no judge is open in this process")
    job = Job(_grader.course, _grader.assignment, True)
    with boundary("grading it", job.assignment.seconds_per_submission) as attempt:
        result = _grader.grade(submission.student, submission.folder, hash_)
        result.folder = submission.folder_name
        result.for_ta += submission.notes
        if result.status == MISSING and submission.misplaced:
            result.reason = f"not in its place: {submission.misplaced}"
        elif result.status == MISSING and not submission.folder.is_dir():
            result.reason = "Nothing was handed in."
        if result.file.lower().endswith(".py") and question_points(job.assignment, by_hand=True):
            result.for_ta.append("a Python script: are its written answers there?")
    if attempt.trouble:
        result = ungraded(job, submission.student, attempt.trouble, hash_)
    outcome = store(job, result)
    if not outcome.trouble:
        return outcome
    # it can be a text in the result that can't be written: what went wrong can
    return store(job, ungraded(job, submission.student, outcome.trouble, hash_))
