"""The parts of `make report`'s page that this room makes, in the order in which they stand there."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.course.course import Course
from autograder.learning.line_section import line_section
from autograder.reporting.class_report import Section
from autograder.reporting.standing import Standing


def sections_of(
    course: Course, class_: Mapping[str, list[Standing]], anonymous: bool = False
) -> dict[str, list[Section]]:
    """By assignment, the parts of its page.

    Args:
        class_: by assignment, how everybody stands.
        anonymous: nothing of a student's (id, name, page, code) may be in them.
    """
    return {
        name: [line_section(course, course.assignment(name), rows, anonymous)] for name, rows in class_.items() if rows
    }
