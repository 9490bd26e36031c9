"""What each question is worth, for `cnnlab.progress()`: `cnnlab/points.json`, made from the sources' grade cells."""

from __future__ import annotations

import json
from pathlib import Path

import autograder.course.course
from autograder.course.course import Course
from autograder.course.questions import points_of_questions
from autograder.files import write_atomically


def points_path() -> Path:
    return autograder.course.course.REPOSITORY / "cnnlab" / "points.json"


def points_text(course: Course) -> str:
    """The text of the file: points of each assignment's questions, those graded by tests and those by hand."""
    table = {
        assignment.name: {
            "tests": points_of_questions(assignment),
            "by_hand": points_of_questions(assignment, by_hand=True),
        }
        for assignment in course.assignments
    }
    return json.dumps(table, indent=1) + "\n"


def check_points(course: Course) -> list[str]:
    """A sentence if the file is not what the sources give."""
    path = points_path()
    if path.exists() and path.read_text(encoding="utf-8") == points_text(course):
        return []
    return ["cnnlab/points.json is not what the sources give: run `make build` and commit the result."]


def write_points(course: Course) -> list[Path]:
    """Write the file if it is not what the sources give; what changed."""
    if not check_points(course):
        return []
    write_atomically(points_path(), points_text(course))
    return [points_path()]
