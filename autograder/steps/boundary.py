"""The boundary around a submission: what goes wrong in a step is a line in its row, and the run goes on.

Every step that touches a hand-in (finding, hashing, grading, recording, its page, its row) is done inside `boundary`:
our own code, too, meets files that nobody thought of, and one student's file must not cost the others their grades.
"""

from __future__ import annotations

import contextlib
import errno
import resource
import signal
import threading
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder import REPOSITORY, AutograderError
from autograder.course.course import CourseError
from autograder.course.identifiers import shown

SECONDS = 60.0  # of processor time for one step of one submission, but grading: that has the submission's own
MEMORY = 3 << 30  # bytes that one step may take more than the process has
AGAIN = 1.0  # seconds until whoever swallowed `BudgetSpent` meets it again
MOST_TEXT = 300  # characters of an exception's message
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}  # the machine's trouble, not this submission's
MACHINE = FULL | {errno.EACCES, errno.EPERM, errno.EIO, errno.ENOTDIR, errno.EISDIR}  # the same, beside any submission


class BudgetSpent(AutograderError):
    """A step took more processor time than any honest submission needs."""


@dataclass
class Attempt:
    """What came of a step: `trouble` is a sentence for the TA, empty if all went well."""

    trouble: str = ""


@contextlib.contextmanager
def boundary(step: str, seconds: float = SECONDS) -> Iterator[Attempt]:
    """Do one step of one submission; `step` names it in the sentence ("hashing its files").

    Raises:
        CourseError: the course's trouble or the machine's, a full disk for example, not this submission's.
    """
    attempt = Attempt()
    try:
        with bounded_time(seconds), bounded_memory(MEMORY):
            yield attempt
    except CourseError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise CourseError(f"{error.filename or step}: {error.strerror}. Mend that, then run again.") from None
        attempt.trouble = f"look by hand: {step} failed: {describe(error)}"


@contextlib.contextmanager
def machines_trouble() -> Iterator[None]:
    """Around a whole run: a full disk, a folder that may not be written, as a sentence.

    Raises:
        CourseError: what the machine says.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in MACHINE:
            raise
        raise CourseError(f"{error.filename or 'A file'}: {error.strerror}. Mend that, then run again.") from None


def describe(error: BaseException) -> str:
    """An exception in a line: what, and where in the course's own code."""
    try:
        message = shown(str(error))[:MOST_TEXT]
    except Exception:  # a message that can't be made
        message = ""
    if isinstance(error, BudgetSpent):
        return message
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(REPOSITORY)]
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{f': {message}' if message else ''}{place}"


@contextlib.contextmanager
def bounded_time(seconds: float) -> Iterator[None]:
    """BudgetSpent when this process has used so much processor time, also where something swallows it on the way.

    Only a process's main thread can be interrupted: elsewhere nothing is bounded.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    spent, open_ = False, True

    def interrupt(signum: int, frame: object) -> None:
        nonlocal spent
        spent = True
        if open_:
            raise BudgetSpent(f"it took more than {seconds:g} s of the grader's processor time")

    before = signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN)
    try:
        try:
            yield
        finally:
            open_ = False
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    if spent:
        raise BudgetSpent(f"it took more than {seconds:g} s of the grader's processor time")


@contextlib.contextmanager
def bounded_memory(size: int) -> Iterator[None]:
    """MemoryError where this process would take so many bytes more than it has, before the machine runs out."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = address_space() + size
    if soft != resource.RLIM_INFINITY and soft <= most or most == size:
        yield
        return
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def address_space() -> int:
    """Bytes of address space that this process has; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        return 0
