"""The course as `course.toml` describes it, and where its files lie."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPOSITORY = Path(__file__).resolve().parent.parent


class CourseError(Exception):
    """Something in the course's own files is wrong; the text says what, where, and what to do."""


@dataclass(frozen=True)
class Assignment:
    """One assignment: its name is its id in every folder, file and gradebook column."""

    name: str
    title: str
    seconds_per_call: float
    seconds_per_submission: float
    torch: bool = True  # whether workers start with PyTorch loaded: a program that imports it works either way
    forbidden: tuple[str, ...] = ()  # packages that a student's code may not import
    images: str = ""  # the data set that trained networks are graded on: "cifar10" or "synthetic"

    @property
    def source(self) -> Path:
        return REPOSITORY / "solutions" / self.name / f"{self.name}.py"

    @property
    def notebook(self) -> Path:
        return REPOSITORY / "assignments" / self.name / f"{self.name}.ipynb"

    @property
    def hidden_tests(self) -> Path:
        return REPOSITORY / "autograder" / "hidden_tests" / f"test_{self.name}.py"


@dataclass(frozen=True)
class Course:
    """A course folder: submissions come in, results, gradebook and feedback go out."""

    root: Path
    name: str
    term: str
    seed: str
    assignments: tuple[Assignment, ...]

    @property
    def submitted(self) -> Path:
        return self.root / "submitted"

    @property
    def results(self) -> Path:
        return self.root / "results"

    @property
    def autograded(self) -> Path:
        return self.root / "autograded"

    @property
    def feedback(self) -> Path:
        return self.root / "feedback"

    @property
    def gradebook(self) -> Path:
        return self.root / "gradebook.db"

    def assignment(self, name: str) -> Assignment:
        for assignment in self.assignments:
            if assignment.name == name:
                return assignment
        known = ", ".join(assignment.name for assignment in self.assignments)
        raise CourseError(f"There is no assignment named {name!r} in course.toml. There are: {known}.")


def load_course(root: Path | None = None, path: Path | None = None) -> Course:
    """Read `course.toml`. `root` is the folder with `submitted/` in it; the repository itself if not given."""
    path = path or REPOSITORY / "course.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(f"{path} is missing: every course has one.") from None
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{path.name} is not valid TOML: {error}.") from None
    term = _entry(table, path, "course", "term")
    return Course(
        root=(root or REPOSITORY).resolve(),
        name=_entry(table, path, "course", "name"),
        term=term,
        seed=_entry(table, path, "terms", term, "seed"),
        assignments=tuple(_assignment(entry, path) for entry in _entry(table, path, "assignments")),
    )


def _assignment(entry: dict[str, Any], path: Path) -> Assignment:
    fields = {
        field: _entry(entry, path, field) for field in ("name", "title", "seconds_per_call", "seconds_per_submission")
    }
    optional = {field: entry[field] for field in ("torch", "images") if field in entry}
    return Assignment(**fields, **optional, forbidden=tuple(entry.get("forbidden", ())))


def _entry(table: dict[str, Any], path: Path, *keys: str) -> Any:
    for i, key in enumerate(keys):
        if not isinstance(table, dict) or key not in table:
            raise CourseError(f"{path.name} has no {'.'.join(keys[: i + 1])}: add it (README, “A new term”).")
        table = table[key]
    return table
