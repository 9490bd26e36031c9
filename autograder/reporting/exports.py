"""history/exports.jsonl: which grades have left for which LMS, a line for each export."""

from __future__ import annotations

from collections.abc import Iterable

from autograder.course.course import Assignment, Course
from autograder.reporting.history import Line, append_lines, exports_path, now, read_lines


def note_export(course: Course, assignment: Assignment, for_: str, students: Iterable[str]) -> None:
    """Note that the grades of these students were written for an LMS ("canvas", "moodle", "csv")."""
    line = {"when": now(), "assignment": assignment.name, "for": for_, "students": sorted(students)}
    append_lines(exports_path(course), [line])


def read_exports(course: Course, assignment: Assignment) -> list[Line]:
    """Exports of an assignment, oldest first: {"when", "assignment", "for", "students"}."""
    return [line for line in read_lines(exports_path(course)) if line.get("assignment") == assignment.name]
