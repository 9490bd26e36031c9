"""What `nbgrader release_feedback` wants beside a page, where hand-ins came through nbgrader's exchange."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from autograder.course.course import Assignment, Course
from autograder.files import write_inside
from autograder.reading.files import read_bytes
from autograder.reading.formats import UnreadableSubmission
from autograder.reporting.feedback import page_path
from autograder.results.result import Result

SECRET, TIME = "submission_secret.txt", "timestamp.txt"
MOST_BYTES = 1000


def copy_receipts(course: Course, assignment: Assignment, results: Iterable[Result]) -> None:
    """Put time and secret of each hand-in beside its page: by the secret, the exchange finds whose page it is.

    A later hand-in has another secret, also where its notebook, and so the page, is the same.
    """
    for result in results:
        handed_in = course.submitted / (result.folder or result.student) / assignment.name
        page = page_path(course, assignment, result.student)
        if not ((handed_in / SECRET).exists() and page.exists()):
            continue
        for name in (SECRET, TIME):
            with contextlib.suppress(OSError, UnreadableSubmission):  # then nbgrader says that there is none
                data = read_bytes(handed_in / name)
                copy = page.with_name(name)
                if len(data) <= MOST_BYTES and not (copy.exists() and copy.read_bytes() == data):
                    write_inside(course.feedback, copy, data.decode("utf-8", "replace"))
