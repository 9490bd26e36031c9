"""Many submissions: which of them need grading, judges in parallel, one result file each, whatever happens."""

from __future__ import annotations

import contextlib
import fcntl
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from autograder.collecting.submissions import Submission
from autograder.course.course import Assignment, Course, CourseError
from autograder.course.questions import points_of_questions
from autograder.course.suite import suite_hash
from autograder.files import remove_scratch
from autograder.grading.grade import Grader, blank_result
from autograder.reading.submission import HandIn, read_hand_in
from autograder.reporting.autograded import AutogradedNotebooks
from autograder.results.result import MISSING, PARTIAL, UNGRADED, UNREADABLE, Result
from autograder.results.store import write_result
from autograder.steps.boundary import boundary
from autograder.steps.processes import Crew, Died, begin_process

# what a killed run may have left, below a course's folder; of what was handed in nothing else goes
LEFT = (
    *(".*.tmp", "results/*/.*.tmp", "feedback/*/*/.*.tmp", "autograded/*/*/.*.tmp", "history/.*.tmp"),
    *("history/untold/*/.*.tmp", "exports/.*.tmp", "collected/.*.tmp", "collected/*/*/.*.tmp"),
    *("submitted/*/*/.timestamp.txt.*.tmp", "located/*/.*.tmp", "behaviour/*/.*.tmp"),
)
Troubles = dict[str, str]  # student -> a sentence for the TA: a step that could not be done for them
Waiting = list[tuple[Submission, str]]  # submissions with their hashes


@dataclass(frozen=True)
class Job:
    """What a judge process needs to know of the run."""

    course: Course
    assignment: Assignment
    isolate: bool


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
    """One run at a time in a course folder; what a killed one has left half written goes."""
    course.results.mkdir(parents=True, exist_ok=True)
    with open(course.results / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(f"Another run is grading in {course.root}: wait until it is done, or stop it.") from None
        remove_scratch(course.root, *LEFT)
        yield


@dataclass
class Graded:
    """What came of a run over a class, beside the results on disk."""

    troubles: Troubles = field(default_factory=dict)  # whose result could not be written
    notebooks: set[str] = field(default_factory=set)  # whose autograded notebook was written with it


def grade_all(job: Job, waiting: Waiting, jobs: int, done: Callable[[str], None]) -> Graded:
    """Grade submissions in `jobs` processes; each result is on disk before `done(student)` is called.

    A judge process that dies (out of memory, killed by hand) takes no other submission with it. What only the wall
    clock has ended is graded once more, with no other judge beside it: the machine may have been busy.
    """
    graded = Graded()
    slow: Waiting = []
    for first in (True, False):
        crew = Crew(_grade_one, _open_judge, (job,), jobs if first else 1)
        for (submission, hash_), outcome in crew.each(waiting if first else slow):
            if isinstance(outcome, Died):
                outcome = store_result(job, give_up(job, submission, hash_, outcome.times))
            if outcome.trouble:
                graded.troubles[submission.student] = outcome.trouble
            if outcome.has_notebook:
                graded.notebooks.add(submission.student)
            if first and outcome.ended_by_clock:
                slow.append((submission, hash_))
            else:
                done(submission.student)
    return graded


def ungraded(course: Course, assignment: Assignment, student: str, trouble: str, hash_: str = "") -> Result:
    """The result of a submission that a step of the grader could not handle: open, and tried again by the next run."""
    result = blank_result(course, assignment, student, hash_)
    result.status, result.reason, result.troubles = PARTIAL, UNGRADED, [trouble]
    return result


def refused(course: Course, assignment: Assignment, submission: Submission) -> Result:
    """The result of a submission whose folder can't be used: open, for a person to put right."""
    result = ungraded(course, assignment, submission.student, f"look by hand: {submission.refused}")
    result.status, result.reason = UNREADABLE, submission.refused
    return result


def give_up(job: Job, submission: Submission, hash_: str, times: int) -> Result:
    died = f"the grader's own process died {times} times on this submission, each time with nothing else in it"
    return ungraded(job.course, job.assignment, submission.student, f"look by hand: {died}", hash_)


@dataclass(frozen=True)
class Outcome:
    """What a judge process tells of a submission; the result itself is on disk, unless there is trouble."""

    trouble: str = ""
    ended_by_clock: bool = False
    has_notebook: bool = False


def store_result(job: Job, result: Result, has_notebook: bool = False) -> Outcome:
    with boundary("writing its result") as attempt:
        write_result(job.course, job.assignment, result)
    return Outcome(attempt.trouble, result.ended_by_clock, has_notebook)


class Judge:
    """Takes one submission from its folder to its result and its notebook, both on disk."""

    def __init__(self, job: Job, grader: Grader) -> None:
        self._job, self._grader = job, grader
        self._notebooks = AutogradedNotebooks(job.course, job.assignment)

    def take(self, submission: Submission, hash_: str) -> Outcome:
        hand_in, result = self._read_and_grade(submission, hash_)
        outcome = self._store(hand_in, result)
        if not outcome.trouble:
            return outcome
        # it can be a text in the result that can't be written: what went wrong can
        return self._store(None, self._ungraded(submission, outcome.trouble, hash_))

    def _read_and_grade(self, submission: Submission, hash_: str) -> tuple[HandIn | None, Result]:
        assignment = self._job.assignment
        with boundary("grading it", assignment.seconds_per_submission) as attempt:
            hand_in = read_hand_in(submission.folder, assignment.name)
            result = self._grader.judge(submission.student, hand_in, hash_)
            result.folder = submission.folder_name
            result.for_ta += submission.notes
            if result.status == MISSING and submission.misplaced:
                result.reason = f"not in its place: {submission.misplaced}"
            elif result.status == MISSING and not submission.folder.is_dir():
                result.reason = "Nothing was handed in."
            if result.file.lower().endswith(".py") and points_of_questions(assignment, by_hand=True):
                result.for_ta.append("a Python script: are its written answers there?")
            return hand_in, result
        return None, self._ungraded(submission, attempt.trouble, hash_)

    def _ungraded(self, submission: Submission, trouble: str, hash_: str) -> Result:
        return ungraded(self._job.course, self._job.assignment, submission.student, trouble, hash_)

    def _store(self, hand_in: HandIn | None, result: Result) -> Outcome:
        with boundary("making its notebook") as attempt:
            self._notebooks.write(result, hand_in)
        if attempt.trouble:
            result.troubles.append(attempt.trouble)
        return store_result(self._job, result, not attempt.trouble)


_judge: Judge | Exception | None = None  # one for each judge process


def _open_judge(job: Job) -> None:
    global _judge
    begin_process()
    warnings.simplefilter("ignore")  # of NumPy and PyTorch, about inputs that tests choose on purpose
    try:
        _judge = Judge(job, Grader(job.course, job.assignment, job.isolate))
    except Exception as refusal:  # for the parent to say once, not a dead judge for each student
        _judge = refusal


def _grade_one(submission: Submission, hash_: str) -> Outcome:
    if not isinstance(_judge, Judge):
        raise _judge or RuntimeError("no judge is open in this process")
    return _judge.take(submission, hash_)
