"""Which submissions there are: `submitted/<student>/<assignment>/`, and the class list beside it."""

from __future__ import annotations

import csv
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from autograder.course import Assignment, Course, CourseError

MOST_HASHED = 256 << 20  # a larger file is told apart by its size and time, not read


@dataclass(frozen=True)
class Submission:
    """One student's folder for one assignment; it may not exist (then the student is on the class list only)."""

    student: str
    folder: Path
    listed: bool  # on the class list, or there is none

    def hash(self) -> str:
        """A hash of names and contents of all files; the same for the same submission wherever it lies."""
        hasher = hashlib.sha256(b"listed" if self.listed else b"unlisted")
        for path in sorted(self.folder.rglob("*")) if self.folder.is_dir() else ():
            hasher.update(os.fsencode(path.relative_to(self.folder)) + b"\0")
            if path.is_file() and not path.is_symlink():
                hasher.update(content_hash(path))
        return hasher.hexdigest()[:16]


def content_hash(path: Path) -> bytes:
    hasher = hashlib.sha256()
    try:
        stat = path.stat()
        if stat.st_size > MOST_HASHED:
            return f"{stat.st_size} {stat.st_mtime_ns}".encode()
        with open(path, "rb") as file:
            while chunk := file.read(1 << 20):
                hasher.update(chunk)
    except OSError as error:  # the reader says why, in the student's row
        return str(error.errno).encode()
    return hasher.digest()


def find_submissions(course: Course, assignment: Assignment, students: list[str] | None = None) -> list[Submission]:
    """All submissions of an assignment, and the students of the class list who handed in nothing, by name.

    Args:
        students: only these.

    Raises:
        CourseError: there is no submission at all, or a named student is not to be found.
    """
    class_list = read_class_list(course.root / "students.csv")
    folders = {
        path.name: path for path in course.submitted.glob("*") if path.is_dir() and not path.name.startswith(".")
    }
    handed_in = {name for name, path in folders.items() if (path / assignment.name).is_dir()}
    names = handed_in | set(class_list or folders)
    if students:
        unknown = sorted(set(students) - names)
        if unknown:
            raise CourseError(f"No student named {', '.join(unknown)} in {course.submitted} or students.csv.")
        names = set(students)
    if not names:
        expected = course.submitted / "<student>" / assignment.name / f"{assignment.name}.ipynb"
        raise CourseError(f"No submissions of {assignment.name} found: expected {expected}.")
    return [
        Submission(name, course.submitted / name / assignment.name, class_list is None or name in class_list)
        for name in sorted(names)
    ]


def read_class_list(path: Path) -> list[str] | None:
    """Student ids of `students.csv` (nbgrader's format: a column `id`); None if there is no such file."""
    if not path.exists():
        return None
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        if "id" not in (rows.fieldnames or ()):
            raise CourseError(
                f"{path.name} has no column 'id': its first line must be like id,first_name,last_name,email."
            )
        return [row["id"].strip() for row in rows if (row["id"] or "").strip()]
