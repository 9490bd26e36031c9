"""Hand-ins that lie where nothing is graded: told with the place they belong to, never moved or graded by guess."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.course.course import Assignment, Course, CourseError
from autograder.course.identifiers import shown
from autograder.reading.files import IGNORED
from autograder.reading.notebook import list_files

ENDING = re.compile(r"\.(?:ipynb|zip|py)$", re.IGNORECASE)
MOST_TOLD = 5  # of many files in wrong places
MOST_LOOKED_AT = 2_000  # entries of one student's folder
ALIKE = 0.8  # of two ids with the same digits: a letter or two typed wrong


@dataclass(frozen=True)
class Find:
    """A file, and whether its name says that it is this assignment's."""

    path: Path
    sure: bool


def refuse_unreadable(course: Course) -> None:
    """CourseError where submitted/ is there and can't be looked into: it is not empty then, and nobody is missing."""
    try:
        os.scandir(course.submitted).close()
    except FileNotFoundError:
        return
    except OSError as error:
        raise CourseError(f"{course.submitted} can't be read ({error.strerror}): nothing was changed.") from None


def student_folders(course: Course) -> dict[str, Path]:
    """Student -> what has that name in submitted/: a folder, or a link in its place, which nobody follows.

    One that is named like an assignment is no student's: `strays` tells of it.
    """
    named = {plain(assignment.name) for assignment in course.assignments}
    entries = [entry for entry in entries_of(course.submitted) if not IGNORED.match(entry.name)]
    entries = [entry for entry in entries if is_folder(entry) or is_folder_elsewhere(entry)]
    return {entry.name: Path(entry.path) for entry in entries if plain(entry.name) not in named}


def found_elsewhere(course: Course, assignment: Assignment, folder: Path) -> Find | None:
    """What lies beside a student's folder for the assignment and seems to be meant for it: the likeliest file."""
    names, found = (plain(assignment.name), assignment.name.partition("_")[0]), []
    for entry in entries_of(folder, MOST_LOOKED_AT):
        if is_folder(entry) and entry.name != assignment.name and plain(entry.name) in names:
            found += [Find(file, True) for file in list_files(Path(entry.path))[:1]]
        elif is_file(entry) and ENDING.search(entry.name) and may_be(entry.name, course, assignment):
            found.append(Find(Path(entry.path), speaks_of(entry.name, assignment)))
    return min(found, key=lambda find: not find.sure, default=None)


def strays(course: Course, assignment: Assignment) -> list[str]:
    """A sentence for each hand-in in submitted/ itself: nobody can say whose it is."""
    belongs = f"submitted/<student>/{assignment.name}/"
    told = []
    for entry in entries_of(course.submitted):
        if is_folder(entry) and plain(entry.name) == plain(assignment.name):
            told.append(f"submitted/{shown(entry.name)}/ is no student's folder: move its files into {belongs}")
        elif is_file(entry) and ENDING.search(entry.name) and may_be(entry.name, course, assignment):
            told.append(f"submitted/{shown(entry.name)} is in no student's folder: move it into {belongs}")
    return told[:MOST_TOLD] + [f"... and {len(told) - MOST_TOLD} more files like that"] * (len(told) > MOST_TOLD)


def entries_of(folder: Path, most: int | None = None) -> list[os.DirEntry]:
    """What lies in a folder, by name; nothing where there is no folder or it may not be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted((entry for _, entry in zip(range(most or 10**9), entries)), key=lambda entry: entry.name)
    except OSError:
        return []


def is_folder(entry: os.DirEntry) -> bool:
    return entry.is_dir(follow_symlinks=False)


def is_file(entry: os.DirEntry) -> bool:
    return entry.is_file(follow_symlinks=False)


def is_folder_elsewhere(entry: os.DirEntry) -> bool:
    """Whether it is a link to a folder."""
    try:
        return entry.is_symlink() and entry.is_dir()
    except OSError:  # a link to where nobody may look
        return True


def speaks_of(name: str, assignment: Assignment) -> bool:
    """Whether a file's name has the assignment's number in it: "Copy of A1 (2).ipynb" has a1."""
    return bool(re.search(rf"(?<![a-z0-9]){assignment.name.partition('_')[0]}(?![0-9])", name.casefold()))


def may_be(name: str, course: Course, assignment: Assignment) -> bool:
    """Whether a file's name speaks of this assignment, or of none."""
    return speaks_of(name, assignment) or not any(speaks_of(name, other) for other in course.assignments)


def plain(name: str) -> str:
    """Letters and digits alone, in small letters; of a mail address the part before the @."""
    return "".join(filter(str.isalnum, name.partition("@")[0].casefold()))


def likely_ids(folders: Iterable[str], ids: Iterable[str]) -> dict[str, str]:
    """For folders that are not on the class list: the id that each was probably meant to be, where there is one."""
    by_digits: dict[str, dict[str, str]] = {}  # ids that differ in a digit are two students
    for name in ids:
        by_digits.setdefault(digits(name), {}).setdefault(plain(name), name)
    found = {}
    for folder in folders:
        near = difflib.get_close_matches(plain(folder), by_digits.get(digits(folder), ()), 1, ALIKE)
        if near:
            found[folder] = by_digits[digits(folder)][near[0]]
    return found


def digits(name: str) -> str:
    return "".join(filter(str.isdigit, plain(name)))
