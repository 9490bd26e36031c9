"""What writes into gradebook.db: a class's results, and an assignment's cells."""

from __future__ import annotations

from collections.abc import Callable, Collection

from autograder.course.course import Assignment, Course
from autograder.course.late import Penalty
from autograder.reporting.database import has_gradebook, reading, writing
from autograder.reporting.gradebook import PENALTIES, is_class_list_new
from autograder.reporting.penalties import derive_penalties
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

    Names of the class list are brought up to date first, everybody's late penalties last.

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
    write_penalties(course)
    return troubles


def write_penalties(course: Course) -> None:
    """Bring late penalties in gradebook.db up to date, of all assignments: formgrader and exports show them.

    Raises:
        CourseError: extensions.csv is wrong, or the gradebook is locked.
    """
    if not has_gradebook(course):
        return
    names = {assignment.name for assignment in course.assignments}
    with reading(course) as database:
        derived, stored = derive_penalties(database, course), database.execute(PENALTIES).fetchall()
    changed = []
    for notebook, assignment, student, before in stored:
        now = derived.get(assignment, {}).get(student, Penalty()).points or None
        if assignment in names and now != (before or None):
            changed.append((now, notebook))
    if changed:
        with writing(course) as database:
            for values in changed:
                database.execute("UPDATE submitted_notebook SET late_submission_penalty = ? WHERE id = ?", values)


def sync_assignment(course: Course, assignment: Assignment) -> None:
    """Put an assignment and its cells into gradebook.db, as `nbgrader generate_assignment` does."""
    from autograder.reporting.recorder import Recorder

    with Recorder(course, assignment):
        pass
