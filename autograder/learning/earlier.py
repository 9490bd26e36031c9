"""Classes of earlier terms, as their course folders keep them: results and gradebook. Nothing of them is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.collecting.class_list import Student
from autograder.course.course import Assignment, Course, CourseError, load_course
from autograder.grading.asked import term_of_results
from autograder.reporting.gradebook import read_entries
from autograder.reporting.standing import Standing
from autograder.results.store import recorded_students, result_path, usable_result


@dataclass(frozen=True)
class EarlierTerm:
    """What one folder has of the assignments that are asked for.

    name: the term's, or the folder's where its results don't say it or another folder has it, too.
    class_: by assignment, how everybody stood whose result can be read.
    """

    name: str
    course: Course
    class_: dict[str, list[Standing]]


def earlier_terms(text: str | None, course: Course, assignments: Sequence[Assignment]) -> list[EarlierTerm]:
    """The terms in the folders of `--with one,other`, in that order; none where it is not given.

    Raises:
        CourseError: none is named, or one is not there, is the course's own, or has no results of these assignments.
    """
    folders = [name.strip() for name in (text or "").split(",") if name.strip()]
    if text is not None and not folders:
        raise CourseError("WITH names no folder: name those of earlier terms, or leave it out.")
    found: list[EarlierTerm] = []
    for folder in folders:
        term = read_term(Path(folder), course, assignments)
        taken = {course.term, *(other.name for other in found)}
        found.append(EarlierTerm(term.course.root.name, term.course, term.class_) if term.name in taken else term)
    return found


def read_term(folder: Path, course: Course, assignments: Sequence[Assignment]) -> EarlierTerm:
    if not folder.is_dir():
        raise CourseError(
            f"There is no folder {folder}: WITH names folders of earlier terms, with a comma between them."
        )
    earlier = load_course(folder)
    if earlier.root == course.root:
        raise CourseError(f"{folder} is the folder that is reported on: WITH names those of earlier terms.")
    class_ = {assignment.name: standings_in(earlier, assignment) for assignment in assignments}
    if not any(class_.values()):
        names = ", ".join(assignment.name for assignment in assignments)
        raise CourseError(f"There are no results of {names} in {earlier.results}: WITH names folders that were graded.")
    terms = [term for assignment in assignments if (term := term_of_results(earlier, assignment))]
    return EarlierTerm(terms[0] if terms else earlier.root.name, earlier, class_)


def standings_in(course: Course, assignment: Assignment) -> list[Standing]:
    """Everybody whose result can be read; whether it is stale does not matter any more."""
    entries = read_entries(course, assignment)
    results = [usable_result(result_path(course, assignment, name)) for name in recorded_students(course, assignment)]
    return [Standing(Student(result.student), result, entries.get(result.student)) for result in results if result]
