"""Who does not want their code shown to others or learned from: `opt-out.txt` beside `students.csv`, an id a line."""

from __future__ import annotations

from autograder.collecting.class_list import class_list
from autograder.course.course import Course, CourseError
from autograder.course.identifiers import same_student, shown
from autograder.reading.formats import decode

FILE = "opt-out.txt"
MOST_BYTES = 1_000_000


def opted_out(course: Course) -> frozenset[str]:
    """The ids, each as `same_student` has it; what follows a # is for people.

    Raises:
        CourseError: the file can't be read, or a line is the id of nobody: it may be misspelt, and then somebody's code
            would be shown who has said no.
    """
    path = course.root / FILE
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CourseError(f"{FILE} is larger than {MOST_BYTES // 10**6} MB: it has one id a line.")
        text, _ = decode(path.read_bytes())
    except FileNotFoundError:
        return frozenset()
    except OSError as error:
        raise CourseError(f"{FILE} can't be read ({error.strerror}).") from None
    known = {same_student(name) for name in known_ids(course)}
    found = set()
    for number, line in enumerate(text.splitlines(), 1):
        name = same_student(line.partition("#")[0])
        if name and name not in known:
            raise CourseError(f"{FILE}, line {number}: {shown(name)!r} is nobody's id. Correct it: one id a line.")
        found.add(name)
    return frozenset(found - {""})


def known_ids(course: Course) -> set[str]:
    """Everybody on the class list, and whoever has handed in something."""
    folders = course.submitted.iterdir() if course.submitted.is_dir() else ()
    return {*(class_list(course) or {}), *(folder.name for folder in folders)}


def has_opted_out(student: str, names: frozenset[str]) -> bool:
    return same_student(student) in names
