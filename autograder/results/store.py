"""The results of a course, a file each: `results/<assignment>/<student>.json`."""

from __future__ import annotations

from pathlib import Path

from autograder.course.course import Assignment, Course
from autograder.files import write_inside
from autograder.results.result import Result


def result_path(course: Course, assignment: Assignment, student: str) -> Path:
    return course.results / assignment.name / f"{student}.json"


def read_result(path: Path) -> Result | None:
    """A result, or None if there is none that can be used: it is then made again."""
    try:
        return Result.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def write_result(course: Course, assignment: Assignment, result: Result) -> None:
    """A result's file, whole or not at all."""
    write_inside(course.results, result_path(course, assignment, result.student), result.to_json())
