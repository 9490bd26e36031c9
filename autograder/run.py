"""Many submissions: which of them need grading, judges in parallel, one result file each, whatever happens."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import multiprocessing
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from autograder.build import question_points
from autograder.course import Assignment, Course, CourseError
from autograder.grade import Grader, blank_result
from autograder.result import MISSING, PARTIAL, Result, write_atomically
from autograder.sandbox import SandboxUnavailable
from autograder.submissions import Submission
from autograder.suite import suite_hash

MOST_TRIES = 2  # a submission that was being graded when a judge died is tried once more


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
    except (OSError, ValueError, KeyError, TypeError):
        return None


def needs_grading(
    job: Job, submissions: list[Submission], before: dict[str, Result | None], force: bool
) -> list[tuple[Submission, str]]:
    """Submissions whose result is missing or was made from something else, with their hashes."""
    suite = suite_hash(job.course, job.assignment)
    found = []
    for submission in submissions:
        hash_ = submission.hash()
        result = before[submission.student]
        unsafe = result is not None and job.isolate and result.sandbox == "none"
        if force or unsafe or result is None or (result.suite, result.submission) != (suite, hash_):
            found.append((submission, hash_))
    return found


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


def grade_all(job: Job, waiting: list[tuple[Submission, str]], jobs: int, done: Callable[[str], None]) -> None:
    """Grade submissions in `jobs` processes; each result is on disk before `done(student)` is called.

    A judge process that dies (out of memory, killed by hand) takes no other submission with it.
    """
    tries: dict[str, int] = {}
    while waiting:
        waiting = [
            entry for entry in waiting if tries.get(entry[0].student, 0) < MOST_TRIES or give_up(job, entry, done)
        ]
        waiting = _grade_until_broken(job, waiting, jobs, tries, done)


def _grade_until_broken(
    job: Job, waiting: list[tuple[Submission, str]], jobs: int, tries: dict[str, int], done: Callable[[str], None]
) -> list[tuple[Submission, str]]:
    """Grade with one pool of judges; what is left when the pool breaks."""
    left = {entry[0].student: entry for entry in waiting}
    queue = list(waiting)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max(1, min(jobs, len(queue))), context, _open_judge, (job,)) as pool:
        running: dict[Future, str] = {}
        try:
            while queue or running:
                while queue and len(running) < jobs:
                    submission, hash_ = queue.pop(0)
                    tries[submission.student] = tries.get(submission.student, 0) + 1
                    running[pool.submit(_grade_one, submission, hash_)] = submission.student
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    student = running.pop(future)
                    future.result()
                    del left[student]
                    done(student)
        except BrokenProcessPool:
            return list(left.values())
        except BaseException:
            for judge in multiprocessing.active_children():
                judge.kill()
            raise
    return []


def give_up(job: Job, entry: tuple[Submission, str], done: Callable[[str], None]) -> bool:
    """Write a result that says the judge itself died on this submission, for a TA to look at. Always False."""
    submission, hash_ = entry
    result = blank_result(job.course, job.assignment, submission.student, hash_)
    result.status = PARTIAL
    result.reason = (
        f"the grader's own process died {MOST_TRIES} times on this submission: not graded yet, look at it by hand"
    )
    write_atomically(result_path(job.course, job.assignment, submission.student), result.to_json())
    done(submission.student)
    return False


_grader: Grader | Exception | None = None  # one for each judge process


def _open_judge(job: Job) -> None:
    global _grader
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's: it ends the judges
    warnings.simplefilter("ignore")  # of NumPy and PyTorch, about inputs that tests choose on purpose
    die_with_parent()
    try:
        _grader = Grader(job.course, job.assignment, job.isolate)
    except (
        CourseError,
        SandboxUnavailable,
    ) as refusal:  # for the parent to say once, not a dead judge for each student
        _grader = refusal


def die_with_parent() -> None:
    """A judge must not outlive a parent that was killed; only Linux can promise that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _grade_one(submission: Submission, hash_: str) -> None:
    if not isinstance(_grader, Grader):
        raise _grader or RuntimeError("no judge is open in this process")
    result = _grader.grade(submission.student, submission.folder, hash_)
    result.for_ta += submission.notes
    if result.status == MISSING and submission.misplaced:
        result.reason = f"not in its place: {submission.misplaced}"
    elif result.status == MISSING and not submission.folder.is_dir():
        result.reason = "Nothing was handed in."
    if result.file.lower().endswith(".py") and question_points(_grader.assignment, by_hand=True):
        result.for_ta.append("a Python script: are its written answers there?")
    write_atomically(result_path(_grader.course, _grader.assignment, submission.student), result.to_json())
