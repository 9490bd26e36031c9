"""What writes into gradebook.db: a class's results, and an assignment's cells."""

from __future__ import annotations

from collections.abc import Callable, Collection

from autograder.course.course import Assignment, Course
from autograder.reporting.gradebook import is_class_list_new
from autograder.results.result import Result
from autograder.steps.boundary import boundary


def record(
    course: Course,
    assignment: Assignment,
    results: list[Result],
    made: Collection[str],
    done: Callable[[str], None],
) -> dict[str, str]:
    """Write results into gradebook.db, one transaction a student; `done(student)` after each.

    Names of the class list are brought up to date first.

    A TA's scores and comments stay. Stopped at any moment, a student is recorded wholly or not at all.

    Args:
        made: students whose autograded notebook has just been written with the result; the others' are written here.

    Returns:
        Student -> why the result could not be recorded.

    Raises:
        CourseError: the release and the gradebook do not fit together, or the gradebook is locked.
    """
    troubles: dict[str, str] = {}
    if results or is_class_list_new(course):
        from autograder.reporting.recorder import Recorder  # nbgrader takes more than a second to import

        with Recorder(course, assignment) as recorder:
            for result in results:
                with boundary("recording it") as attempt:
                    recorder.record(result, result.student in made)
                if attempt.trouble:
                    troubles[result.student] = attempt.trouble
                done(result.student)
    return troubles


def sync_assignment(course: Course, assignment: Assignment) -> None:
    """Put an assignment and its cells into gradebook.db, as `nbgrader generate_assignment` does."""
    from autograder.reporting.recorder import Recorder

    with Recorder(course, assignment):
        pass
