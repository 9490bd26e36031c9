"""Students who are no longer there, neither in submitted/ nor on the class list: what we made for them goes.

Nothing is deleted: results, pages and notebooks are moved into history/gone/, the gradebook is copied before its rows
are removed, and what people typed stands in history/ by then: it comes back with the student.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.collecting.class_list import class_list
from autograder.collecting.misplaced import refuse_unreadable, student_folders
from autograder.collecting.submissions import match_ids
from autograder.course.course import Course
from autograder.reporting.database import has_gradebook, reading, writing
from autograder.reporting.history import dated, history_folder
from autograder.reporting.repair import copy_gradebook

MOST_NAMED = 10
SUBMISSIONS = "SELECT id FROM submitted_assignment WHERE student_id = ?"
NOTEBOOKS = f"SELECT id FROM submitted_notebook WHERE assignment_id IN ({SUBMISSIONS})"
REMOVALS = (
    f"DELETE FROM grade WHERE notebook_id IN ({NOTEBOOKS})",
    f"DELETE FROM comment WHERE notebook_id IN ({NOTEBOOKS})",
    f"DELETE FROM submitted_notebook WHERE assignment_id IN ({SUBMISSIONS})",
    "DELETE FROM submitted_assignment WHERE student_id = ?",
    "DELETE FROM student WHERE id = ?",
    *(f"DELETE FROM autograder_{table} WHERE student = ?" for table in ("stamp", "answer", "history")),
)


def clear_departed(course: Course) -> list[str]:
    """Move what is there of departed students away; a sentence if there were any.

    Stopped at any moment, the next run does the rest.

    Raises:
        CourseError: submitted/, the class list or the gradebook can't be read: then nobody has departed.
    """
    if not course.submitted.is_dir():  # it may be on a drive that is away
        return []
    there = students_there(course)
    booked = booked_students(course) - there
    gone = sorted(booked | (students_with_files(course) - there))
    if not gone:
        return []
    folder = history_folder(course) / "gone" / dated()
    if booked:
        copy_gradebook(course, "before-removal")
        with writing(course) as database:
            for student in booked:
                for statement in REMOVALS:
                    database.execute(statement, (student,))
    for student in gone:
        for path in files_of(course, student):
            target = folder / path.relative_to(course.root)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, target)
    return [said(gone, folder.relative_to(course.root))]


def said(gone: list[str], folder: Path) -> str:
    names = ", ".join(gone[:MOST_NAMED]) + f" and {len(gone) - MOST_NAMED} more" * (len(gone) > MOST_NAMED)
    return (
        f"No longer in submitted/ or on the class list: {names}. Rows, pages and gradebook entries went to {folder}/; "
        "points and comments that people gave are in history/, and come back with the student."
    )


def students_there(course: Course) -> set[str]:
    """Everybody with a folder in submitted/, by folder and by id, and everybody on the class list."""
    refuse_unreadable(course)
    folders, listed = list(student_folders(course)), class_list(course)
    ids, _ = match_ids(folders, listed)
    return {*folders, *ids.values(), *(listed or ())}


def booked_students(course: Course) -> set[str]:
    """Students whom the gradebook has hand-ins of; all of it, where a class list says who there is."""
    if not has_gradebook(course):
        return set()
    everybody = class_list(course) is not None
    query = "SELECT id FROM student" if everybody else "SELECT student_id FROM submitted_assignment"
    with reading(course) as database:
        return {student for (student,) in database.execute(query)}


def students_with_files(course: Course) -> set[str]:
    """Students whom there is a result, a page or a notebook of."""
    names = {assignment.name for assignment in course.assignments}
    found = {path.stem for name in names for path in (course.results / name).glob("*.json")}
    for root in (course.feedback, course.autograded):
        found |= {path.parent.parent.name for name in names for path in root.glob(f"*/{name}/{name}.*")}
    return {student for student in found if not student.startswith(".")}


def files_of(course: Course, student: str) -> Iterator[Path]:
    """What there is of a student, file or folder."""
    names = [assignment.name for assignment in course.assignments]
    paths: Iterable[Path] = (
        *(course.results / name / f"{student}.json" for name in names),
        *(root / student for root in (course.feedback, course.autograded)),
        *(course.root / folder / name / f"{student}.json" for folder in ("located", "behaviour") for name in names),
        *(history_folder(course) / "untold" / name / f"{student}.json" for name in names),
    )
    return (path for path in paths if os.path.lexists(path))
