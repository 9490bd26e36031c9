"""Which submissions there are: `submitted/<student>/<assignment>/`, and the class list beside it."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path

from autograder.course import Assignment, Course, CourseError
from autograder.misplaced import MOST_TOLD, Find, found_elsewhere, likely_ids, strays, student_folders
from autograder.reading.formats import decode
from autograder.reading.notebook import list_files

UNLISTED = "not on the class list (students.csv)"
MOST_HASHED = 256 << 20  # a larger file is told apart by its size and time, not read


@dataclass(frozen=True)
class Submission:
    """One student's folder for one assignment; it may not exist (then the student is on the class list only)."""

    student: str
    folder: Path
    misplaced: str = ""  # where its files seem to lie instead, if there are none in the folder
    notes: tuple[str, ...] = ()  # for the TA

    def hash(self) -> str:
        """A hash of names and contents of all files; the same for the same submission wherever it lies."""
        hasher = hashlib.sha256("\0".join([self.misplaced, *self.notes]).encode("utf-8", "surrogatepass"))
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


def find_submissions(
    course: Course, assignment: Assignment, students: list[str] | None = None, force: bool = False
) -> list[Submission]:
    """All submissions of an assignment, and the students of the class list who handed in nothing, by name.

    Args:
        students: only these.
        force: even if nobody handed in anything: everybody then gets a row of zeros.

    Raises:
        CourseError: there is no submission at all, or a named student is not to be found.
    """
    class_list = read_class_list(course.root / "students.csv")
    folders = student_folders(course)
    there = {name for name, path in folders.items() if (path / assignment.name).is_dir()}
    filled = {name for name in there if list_files(folders[name] / assignment.name)}
    finds = {name: find for name, path in folders.items() if (find := found_elsewhere(course, assignment, path))}
    names = there | set(finds) | set(class_list or folders)
    unknown = sorted(set(students or ()) - names)
    if unknown:
        raise CourseError(f"No student named {', '.join(unknown)} in {course.submitted} or students.csv.")
    if not names or not (filled or force or any(find.sure for find in finds.values())):
        doubtful = [where_to(find, course, assignment, name) for name, find in finds.items()]
        raise CourseError(nobody(course, assignment, len(names), doubtful))
    unlisted = names.difference(names if class_list is None else class_list)
    meant = likely_ids(sorted(unlisted), names - filled - set(finds) - unlisted)
    misplaced = {name: where_to(find, course, assignment, name) for name, find in finds.items() if name not in filled}
    misplaced |= {name: f"found {folder}/: if it is {name}'s, rename it to {name}" for folder, name in meant.items()}
    notes: dict[str, list[str]] = {name: [] for name in names}
    for name in unlisted:
        notes[name].append(UNLISTED + (f": did you mean {meant[name]}?" if name in meant else ""))
    for name in filled & set(finds):
        if finds[name].sure and finds[name].path.suffix == ".ipynb":  # a zip may be what the folder was unpacked from
            notes[name].append(f"not graded, because it lies elsewhere: {inside(course, finds[name])}")
    return [
        Submission(name, course.submitted / name / assignment.name, misplaced.get(name, ""), tuple(notes[name]))
        for name in sorted(set(students or names))
    ]


def where_to(find: Find, course: Course, assignment: Assignment, student: str) -> str:
    doubt = "" if find.sure else f"if it is {assignment.name}, "
    return f"found {inside(course, find)}: {doubt}move it into submitted/{student}/{assignment.name}/"


def inside(course: Course, find: Find) -> str:
    return find.path.relative_to(course.submitted).as_posix()


def nobody(course: Course, assignment: Assignment, count: int, doubtful: list[str]) -> str:
    """The sentence where there is nothing to grade."""
    expected = course.submitted / "<student>" / assignment.name / f"{assignment.name}.ipynb"
    lines = [f"No submissions of {assignment.name} found: expected {expected}."]
    lines += [*strays(course, assignment), *doubtful[:MOST_TOLD]]
    if count:
        lines.append(f'To give all {count} students zero points and a page all the same: OPTIONS="--force".')
    return "\n".join(lines)


def read_class_list(path: Path) -> list[str] | None:
    """Student ids of `students.csv` (nbgrader's format: a column `id`); None if there is no such file.

    As spreadsheets save it: in UTF-8 or the encoding of Windows, with commas, semicolons or tabs.
    """
    if not path.exists():
        return None
    text, _ = decode(path.read_bytes())
    first = text.partition("\n")[0]
    table = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=max(",;\t", key=first.count))
    head, *rows = list(table) or [[]]
    names = [name.strip().lower() for name in head]
    if "id" not in names:
        raise CourseError(f"{path.name} has no column 'id': its first line must be like id,first_name,last_name,email.")
    ids = [row[names.index("id")].strip() for row in rows if len(row) > names.index("id")]
    return [name for name in ids if name]
