"""The course as `course.toml` describes it, and where its files lie."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder import REPOSITORY
from autograder.course.course_file import CourseError, CourseFile, read_course_file
from autograder.course.late import LatePolicy

__all__ = ["REPOSITORY", "Assignment", "Course", "CourseError", "load_course"]


ALIKE = 0.7  # of a name that was typed and the one that was meant


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
    due: datetime | None = field(default=None, repr=False)  # not in repr: another date is no reason to grade again

    @property
    def source(self) -> Path:
        return REPOSITORY / "solutions" / self.name / f"{self.name}.py"

    @property
    def notebook(self) -> Path:
        return REPOSITORY / "assignments" / self.name / f"{self.name}.ipynb"

    @property
    def hidden_tests(self) -> Path:
        """A folder."""
        return REPOSITORY / "autograder" / "hidden_tests" / self.name


@dataclass(frozen=True)
class Course:
    """A course folder: submissions come in, results, gradebook and feedback go out."""

    root: Path
    name: str
    term: str
    seed: str
    assignments: tuple[Assignment, ...]  # of this term, in teaching order
    late: str | LatePolicy = "none"  # "none", "zero", the class of an nbgrader plugin, or a policy of our own
    best_attempt: bool = False  # of several attempts the best one counts, else the latest
    students_fetch_from: str = ""  # address of what students get
    disclosure: str = ""  # what students see of hidden tests: a level of reporting/disclosure.py; "" follows the dates
    contact: str = ""  # whom students ask about their grades, in a line
    variations: Mapping[str, Any] = field(default_factory=dict, compare=False)  # numbers that change by term

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
        known = [assignment.name for assignment in self.assignments]
        meant = meant_by(name, known)
        guess = f": did you mean {meant}?" if meant else "."
        raise CourseError(f"There is no assignment named {name!r} in course.toml{guess} There are: {', '.join(known)}.")


def meant_by(name: str, known: Sequence[str]) -> str:
    """The name that was probably meant: the only one that begins so ("a1", "A1 "), or the most alike; "" if none is."""
    typed = name.strip().casefold()
    begun = [other for other in known if typed and (other.startswith(typed) or typed.startswith(f"{other}."))]
    return begun[0] if len(begun) == 1 else next(iter(difflib.get_close_matches(typed, known, 1, ALIKE)), "")


def load_course(root: Path | None = None, path: Path | None = None, term: str = "") -> Course:
    """Read `course.toml`.

    Args:
        root: the folder with `submitted/` in it; the repository itself if not given.
        path: another course file.
        term: another term than the file's own `term`.

    Raises:
        CourseError: the file is missing or something in it is wrong; the sentence has the line.
    """
    file = read_course_file(path or REPOSITORY / "course.toml")
    course = file.table["course"]
    term = term or course["term"]
    settings = find_term(file, term)
    late = settings.get("late", "none")
    return Course(
        root=(root or REPOSITORY).resolve(),
        name=course["name"],
        term=term,
        seed=settings["seed"],
        assignments=tuple(assignments_of(file, settings)),
        late=LatePolicy.from_table(late) if isinstance(late, dict) else late,
        best_attempt=settings.get("attempt", "latest") == "best",
        students_fetch_from=settings.get("students_fetch_from", ""),
        disclosure=settings.get("feedback", ""),
        contact=settings.get("contact", ""),
        variations={**file.table.get("variations", {}), **settings.get("variations", {})},
    )


def assignments_of(file: CourseFile, settings: dict[str, Any]) -> Iterator[Assignment]:
    """A term's assignments, in the file's order: those it names, or all."""
    for entry in file.table["assignments"]:
        if entry["name"] in settings.get("assignments", [entry["name"]]):
            due = settings.get("due", {}).get(entry["name"])
            yield Assignment(**{**entry, "forbidden": tuple(entry.get("forbidden", ()))}, due=due)


def find_term(file: CourseFile, term: str) -> dict[str, Any]:
    """The settings of a term; `CourseError` if the file has none of that name."""
    terms = file.table["terms"]
    if term not in terms:
        known = ", ".join(terms)
        raise CourseError(
            f"{file.path.name} has no term {term!r}: add [terms.{term}] with a seed of its own. There are: {known}."
        )
    return terms[term]


def error_of_term(course: Course, key: str, problem: str) -> CourseError:
    """What is wrong with a key of this term that was right when course.toml was read, with its line."""
    return read_course_file(REPOSITORY / "course.toml").error(("terms", course.term, key), problem)


def require_late_policy(course: Course) -> None:
    """CourseError unless the late policy is one of nbgrader's own, or a plugin that can be imported."""
    if isinstance(course.late, LatePolicy) or "." not in course.late:
        return
    module, _, name = course.late.rpartition(".")
    from nbgrader.plugins import BasePlugin  # nbgrader takes a second to import

    try:
        plugin = getattr(importlib.import_module(module), name)
    except Exception as error:  # whatever a module of the course's own raises
        problem = f"late names {course.late!r}, which can't be imported ({type(error).__name__}: {error})"
        raise error_of_term(course, "late", f"{problem}: put it beside course.toml, or correct the name.") from None
    if not (isinstance(plugin, type) and issubclass(plugin, BasePlugin)):
        raise error_of_term(course, "late", f"{course.late} is no class made from nbgrader.plugins.BasePlugin.")
