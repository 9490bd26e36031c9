"""What a command asks for: which course folder and term, which assignments, which students."""

from __future__ import annotations

from pathlib import Path

from autograder.course.course import Assignment, Course, CourseError, load_course
from autograder.course.variation import difference_of_variations
from autograder.results.store import recorded_students, result_path, usable_result

ALL = "all"


def graded_course(folder: Path | None, term: str) -> Course:
    """The course in a folder, for the term that is named, or the one that course.toml names.

    Raises:
        CourseError: there is no such term, or the folder's results are of another term and none was named.
    """
    course = load_course(folder, term=term)
    if not term:
        refuse_other_term(course)
    return course


def asked_course(folder: Path | None, term: str) -> Course:
    """The same, to be graded.

    Raises:
        CourseError: as `graded_course`; or the folder is submitted/ itself, or the notebooks that are built have
            another term's numbers.
    """
    course = graded_course(folder, term)
    refuse_submitted(course)
    for problem in difference_of_variations(course):
        if not term:
            raise CourseError(problem)
        build = f'make build OPTIONS="--term {course.term}"'
        raise CourseError(
            f"{course.term} has other numbers than the notebooks that are built here: `{build}`, grade, "
            "and `make build` afterwards."
        )
    return course


def asked_assignments(course: Course, name: str) -> list[Assignment]:
    """The one that is named, or all."""
    return [*course.assignments] if name == ALL else [course.assignment(name)]


def asked_students(text: str | None) -> list[str] | None:
    """Students of `--students ada,ben`; None for the whole class.

    Raises:
        CourseError: the list names nobody: the whole class is never meant by an empty one.
    """
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise CourseError('--students names nobody: name some (--students "ada, ben"), or leave it out for everybody.')
    return names


def refuse_submitted(course: Course) -> None:
    """CourseError where the folder that is named is submitted/ itself."""
    if course.root.name == course.submitted.name and not course.submitted.exists():
        raise CourseError(f"{course.root} is submitted/ itself: COURSE is the folder above it, {course.root.parent}.")


def refuse_other_term(course: Course) -> None:
    """CourseError where results are another term's: with another seed and other points, grades would be others."""
    for assignment in course.assignments:
        term = term_of_results(course, assignment)
        if term and term != course.term:
            raise CourseError(
                f"The results in {course.root} are of {term}, and course.toml's term is {course.term}. Say which you "
                f"mean: TERM={term} grades them as before, TERM={course.term} grades everybody anew."
            )


def term_of_results(course: Course, assignment: Assignment) -> str:
    """The term of an assignment's results, as the first that can be read has it; "" if none has."""
    for student in recorded_students(course, assignment):
        result = usable_result(result_path(course, assignment, student))
        if result and result.term:
            return result.term
    return ""
