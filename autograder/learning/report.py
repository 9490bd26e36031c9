"""The parts of `make report`'s page that this room makes, in the order in which they stand there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograder.course.course import Course
from autograder.learning.earlier import EarlierTerm
from autograder.learning.groups import Found
from autograder.learning.groups_section import groups_section
from autograder.learning.item_section import item_section
from autograder.learning.line_section import line_section
from autograder.reporting.class_report import Section
from autograder.reporting.standing import Standing


def sections_of(
    course: Course,
    class_: Mapping[str, list[Standing]],
    anonymous: bool = False,
    earlier: Sequence[EarlierTerm] = (),
    groups: Mapping[str, Found] | None = None,
) -> dict[str, list[Section]]:
    """By assignment, the parts of its page.

    Args:
        class_: by assignment, how everybody stands.
        anonymous: nothing of a student's (id, name, page, code) may be in them.
        earlier: classes of earlier terms.
        groups: by assignment, who computes the same; of those that are not in it, the page has no such part.
    """
    found: dict[str, list[Section]] = {}
    for name, rows in class_.items():
        assignment = course.assignment(name)
        before = {term.name: term.class_.get(name, []) for term in earlier}
        if rows:
            found[name] = [
                *([groups_section(course, assignment, groups[name], anonymous)] if groups and name in groups else []),
                line_section(course, assignment, rows, anonymous),
                item_section(course, assignment, rows, before, anonymous),
            ]
    return found
