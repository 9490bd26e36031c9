"""What stands in for a judge of `make grade` in its own process, which imports it by name: so little stands here."""

from __future__ import annotations

import os
import signal
from typing import NoReturn

from autograder.collecting.submissions import Submission
from autograder.grading import run
from autograder.sandbox import SandboxUnavailable

grade_one, open_judge = run._grade_one, run._open_judge


def die_on_ada(submission: Submission, hash_: str) -> run.Outcome:
    """Stands in for run._grade_one."""
    if submission.student == "ada":
        os.kill(os.getpid(), signal.SIGKILL)
    return grade_one(submission, hash_)


def open_judge_without_sandbox(job: run.Job) -> None:
    """Stands in for run._open_judge, on a machine that has neither namespaces nor Landlock."""

    def refuse(*arguments: object, **options: object) -> NoReturn:
        raise SandboxUnavailable("This machine can't shut student code in")

    run.Grader.__init__ = refuse  # type: ignore[method-assign]
    open_judge(job)
