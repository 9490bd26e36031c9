"""How everybody stands in an assignment, from submitted/, results/ and gradebook.db. Nothing is graded here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from autograder.collecting.class_list import Student, class_list
from autograder.collecting.submissions import NoSubmissions, Submission, find_submissions
from autograder.course.course import Assignment, Course
from autograder.course.suite import suite_hash
from autograder.grading.run import refused, ungraded
from autograder.reporting.gradebook import read_entries, unrecorded
from autograder.reporting.standing import Standing
from autograder.results.result import Result
from autograder.results.store import ResultUnreadable, read_result, recorded_students, result_path
from autograder.steps.boundary import boundary

NOT_THERE = "what was graded is no longer there"
NOT_MADE = "its result is not there: `make grade` makes it again"
NOT_RECORDED = "not in the gradebook as it is: `make grade` records it"
TESTS_CHANGED = "the tests, the grader or the term changed since: `make grade` grades it again"
HAND_IN_CHANGED = "the hand-in changed since: `make grade` grades it again"


def survey(course: Course, assignment: Assignment, made: Mapping[str, Result] | None = None) -> list[Standing]:
    """A standing of everybody who was graded, or can't be.

    Args:
        made: results of this very run, which stand in the place of those on disk.

    Raises:
        CourseError: class list or gradebook can't be read.
    """
    entries, found = read_entries(course, assignment), recorded_students(course, assignment)
    if not (made or found or entries):
        return []
    submissions = submissions_of(course, assignment)
    people = class_list(course) or {}
    looked = {s.student: s for s in submissions.values() if s.refused}
    results = {s: read(course, assignment, s) for s in dict.fromkeys([*found, *entries])}
    results |= {student: (refused(course, assignment, submission), "") for student, submission in looked.items()}
    results |= {student: (result, "") for student, result in (made or {}).items()}
    waiting = [
        result for s, (result, stale) in results.items() if not stale and s not in (made or {}) and s not in looked
    ]
    late = {result.student for result in unrecorded(course, assignment, waiting, entries)}
    standings = []
    for student in sorted(results):
        result, stale = results[student]
        if student not in (made or {}):
            submission = submissions.get(student)
            stale = stale or why_stale(course, assignment, result, submission) or NOT_RECORDED * (student in late)
            result.for_ta += submission.remarks if submission else ()
        standings.append(Standing(people.get(student, Student(student)), result, entries.get(student), stale))
    return standings


def submissions_of(course: Course, assignment: Assignment) -> dict[str, Submission]:
    """What was handed in, by student; nothing where nobody is."""
    try:
        return {s.student: s for s in find_submissions(course, assignment, force=True)}
    except NoSubmissions:
        return {}


def read(course: Course, assignment: Assignment, student: str) -> tuple[Result, str]:
    """A student's result, and why it is none that counts."""
    try:
        result, why = read_result(result_path(course, assignment, student)), NOT_MADE
    except ResultUnreadable as error:
        result, why = None, f"{error}: `make grade` makes it again"
    return (result, "") if result else (ungraded(course, assignment, student, f"look by hand: {why}"), why)


def why_stale(course: Course, assignment: Assignment, result: Result, submission: Submission | None) -> str:
    """Why a result is not that of what lies there now; "" if it is."""
    if submission is None:
        return NOT_THERE
    if submission.refused:
        return ""
    if result.suite != suite_hash(course, assignment):
        return TESTS_CHANGED
    with boundary("hashing its files") as attempt:
        if result.submission != submission.hash():
            return HAND_IN_CHANGED
    return attempt.trouble or last_trouble(result)


def last_trouble(result: Result) -> str:
    """Why the next run grades it again though nothing has changed, where some of it was graded."""
    was_graded = any(question.tests for question in result.questions)
    return result.troubles[0] if result.troubles and was_graded else ""


def survey_all(course: Course, made: Mapping[str, Mapping[str, Result]] | None = None) -> Iterable[Standing]:
    """Everybody in every assignment; `made` by assignment."""
    for assignment in course.assignments:
        yield from survey(course, assignment, (made or {}).get(assignment.name))
