"""The results of a course, a file each: `results/<assignment>/<student>.json`."""

from __future__ import annotations

from pathlib import Path

from autograder import AutograderError
from autograder.course.course import Assignment, Course
from autograder.files import write_inside
from autograder.results.result import Result


class ResultUnreadable(AutograderError):
    """There is a result, and it can't be read: damaged, of another version, or forbidden."""


def result_path(course: Course, assignment: Assignment, student: str) -> Path:
    return course.results / assignment.name / f"{student}.json"


def read_result(path: Path) -> Result | None:
    """A result, or None if there is none.

    Raises:
        ResultUnreadable: there is one that can't be read.
    """
    try:
        return Result.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ResultUnreadable(f"results/{path.parent.name}/{path.name} can't be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ResultUnreadable(f"results/{path.parent.name}/{path.name} is damaged ({type(error).__name__})") from None


def usable_result(path: Path) -> Result | None:
    """A result, or None if there is none that can be read: for whoever makes it again then."""
    try:
        return read_result(path)
    except ResultUnreadable:
        return None


def write_result(course: Course, assignment: Assignment, result: Result) -> None:
    """A result's file, whole or not at all."""
    write_inside(course.results, result_path(course, assignment, result.student), result.to_json())


def recorded_students(course: Course, assignment: Assignment) -> list[str]:
    """Everybody who has a result, readable or not, by name."""
    return sorted(path.stem for path in (course.results / assignment.name).glob("*.json") if path.name[0] != ".")
