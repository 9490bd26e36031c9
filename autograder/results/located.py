"""The lines that are wrong, as `make locate` found them: `located/<assignment>/<student>.json`.

They are true of one submission, judged by one suite: of any other, nothing is read.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder.course.course import Assignment, Course
from autograder.files import write_inside
from autograder.results.result import Result
from autograder.results.store import result_path, usable_result

FORMAT_VERSION = 1
FOLDER = "located"
MOST_TOLD = 3  # lines that a student is told of; of more the tests can't say enough


@dataclass(frozen=True)
class Place:
    """A line of the student's, and for staff the edit of it that makes the question pass."""

    cell: int
    line: int
    text: str
    before: str
    after: str

    @property
    def where(self) -> str:
        return f"cell {self.cell}, line {self.line}"


@dataclass(frozen=True)
class Location:
    """What was found for one question: one line, several of which one is wrong, or none."""

    question: str
    places: tuple[Place, ...] = ()
    tried: int = 0
    seconds: float = 0.0

    @property
    def sentence(self) -> str:
        """For the student, without the edit; "" where nothing can be said."""
        if not 0 < len(self.places) <= MOST_TOLD:
            return ""
        if len(self.places) == 1:
            return f"look again at {self.places[0].where}: {self.places[0].text}"
        *others, last = [place.where for place in self.places]
        return f"look again at {'; '.join(others)} and {last}: one of these lines is not right yet"


@dataclass(frozen=True)
class MadeFrom:
    """What a search depends on."""

    submission: str
    suite: str
    seconds: float = 0.0  # that each question may take
    operators: str = ""  # a hash of what makes the edits


@dataclass(frozen=True)
class Located:
    """Of one submission, by question."""

    made_from: MadeFrom
    locations: tuple[Location, ...] = ()
    trouble: str = ""  # why it could not be looked for, for staff

    def to_json(self) -> str:
        return json.dumps({"format_version": FORMAT_VERSION, **asdict(self)}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Located:
        data: dict[str, Any] = json.loads(text)
        if data.pop("format_version") != FORMAT_VERSION:
            raise ValueError(f"not of format version {FORMAT_VERSION}")
        locations = tuple(
            Location(**{**entry, "places": tuple(Place(**place) for place in entry["places"])})
            for entry in data["locations"]
        )
        return cls(MadeFrom(**data["made_from"]), locations, data["trouble"])


def located_path(course: Course, assignment: Assignment, student: str) -> Path:
    return course.root / FOLDER / assignment.name / f"{student}.json"


def read_located(course: Course, assignment: Assignment, student: str) -> Located | None:
    """What is stored; None if there is nothing that can be read: it is then looked for again."""
    try:
        return Located.from_json(located_path(course, assignment, student).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def write_located(course: Course, assignment: Assignment, student: str, located: Located) -> None:
    write_inside(course.root / FOLDER, located_path(course, assignment, student), located.to_json())


def locations_of(course: Course, assignment: Assignment, student: str) -> tuple[Location, ...]:
    """What was found, as far as it is about the result that stands in results/ now."""
    located = read_located(course, assignment, student)
    if located is None:
        return ()
    result = usable_result(result_path(course, assignment, student))
    return located.locations if result is not None and fits(located, result) else ()


def fits(located: Located, result: Result) -> bool:
    """Whether it was looked for in the very submission, judged by the very suite."""
    made_from = located.made_from
    return (made_from.submission, made_from.suite) == (result.submission, result.suite)
