"""What the sources say of their questions: the metadata on the `# %%` lines.

Read line by line, since every grading run asks for it and jupytext takes seconds to import.
"""

from __future__ import annotations

import json
import re

from autograder.course.course import Assignment, CourseError
from autograder.course.variation import fill

CELL_LINE = re.compile(r"^# %%(?P<markdown> \[markdown\])?.*?\bnbgrader=(?P<metadata>\{.*\})\s*$")


def points_of_questions(assignment: Assignment, by_hand: bool = False) -> dict[str, float]:
    """Points of each question that the tests grade, or of each that is graded by hand, in the notebook's order.

    Raises:
        CourseError: a cell's metadata can't be read, or a grade cell has no points.
    """
    points: dict[str, float] = {}
    for number, line in enumerate(read_source(assignment).splitlines(), 1):
        match = CELL_LINE.match(line)
        if not match:
            continue
        place = f"solutions/{assignment.name}/{assignment.source.name}, line {number}"
        try:
            metadata = json.loads(match["metadata"])
        except json.JSONDecodeError as error:
            raise CourseError(f"{place}: the nbgrader metadata is not valid JSON ({error}).") from None
        if metadata.get("grade") and bool(metadata.get("solution")) == by_hand:
            if "grade_id" not in metadata or not isinstance(metadata.get("points"), (int, float)):
                raise CourseError(f'{place}: a grade cell needs a "grade_id" and "points".')
            points[metadata["grade_id"]] = float(metadata["points"])
    return points


def model_answers(assignment: Assignment) -> dict[str, str]:
    """What each written answer's cell says in the source, with this term's numbers: for staff only.

    Raises:
        CourseError: there is no source, or one of its numbers can't be computed.
    """
    texts: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in read_source(assignment).splitlines():
        match = CELL_LINE.match(line)
        if line.startswith("# %%"):
            metadata = json.loads(match["metadata"]) if match else {}
            is_written = metadata.get("grade") and metadata.get("solution")
            lines = texts.setdefault(metadata["grade_id"], []) if is_written else []
        else:
            lines.append(line.removeprefix("#").removeprefix(" "))
    place = f"solutions/{assignment.name}/{assignment.source.name}"
    return {name: fill("\n".join(lines).strip(), place) for name, lines in texts.items()}


def read_source(assignment: Assignment) -> str:
    try:
        return assignment.source.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CourseError(
            f"{assignment.name} has no source: write solutions/{assignment.name}/{assignment.name}.py."
        ) from None
