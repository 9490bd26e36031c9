"""`make regrade`: a class graded again beside its grades: who would gain and lose, and why; on a word, done.

regrade/results/      what came of it, until it is applied: an interrupted regrade goes on where it stopped
regrade/<a>.applying  it is being applied, and whoever comes next finishes that
history/              what the grades were before, and why they changed
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from autograder.collecting.submissions import Submission, find_submissions
from autograder.course.course import Assignment, Course
from autograder.grading.heldout import require_images
from autograder.grading.run import Job, grade_all, needs_grading, only_run
from autograder.reporting.changes import Change, changes_of, keep_untold, print_changes
from autograder.reporting.gradebook import Entry, read_entries
from autograder.results.result import Result
from autograder.results.store import recorded_students, result_path, usable_result
from autograder.steps.boundary import machines_trouble
from autograder.steps.progress import phase


def regrade_class(
    job: Job, students: list[str] | None, jobs: int, force: bool, apply: bool, console: Console
) -> list[Change]:
    """Grade a class again, beside its grades, and print what would change.

    Args:
        force: also again what an earlier regrade, not applied yet, has graded.
        apply: put the new results in the place of the old ones; gradebook, pages and rows are `grade_class`'s.

    Returns:
        The changes.

    Raises:
        CourseError: as `grade_class`.
    """
    course, assignment = job.course, job.assignment
    beside = replace(job, course=beside_course(course))
    with machines_trouble(), only_run(course):
        finish_applying(course, assignment)
        submissions = [s for s in find_submissions(course, assignment, students) if s.has_place and not s.refused]
        if assignment.images:
            require_images(assignment.images)
        known = {s.student: usable(beside.course, assignment, s.student) for s in submissions}
        waiting, _ = needs_grading(beside, submissions, known, force)
        with phase("grading", len(waiting), {}, console) as done:
            grade_all(beside, waiting, jobs, done)
        found = compare(course, assignment, submissions)
        print_changes(found, console)
        for line in summary(course, assignment, submissions, len(waiting), found):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        if apply:
            begin_applying(course, assignment, submissions)
            finish_applying(course, assignment)
        elif found:
            words = f"make regrade ASSIGNMENT={assignment.name} APPLY=1"
            console.print(f"No grade was changed. To put these in their place: {words}", markup=False, soft_wrap=True)
    return found


def beside_course(course: Course) -> Course:
    """The same course, whose results lie in regrade/."""
    return replace(course, root=course.root / "regrade")


def usable(course: Course, assignment: Assignment, student: str) -> Result | None:
    """A result that can be read; None if there is none."""
    return usable_result(result_path(course, assignment, student))


def is_graded(result: Result | None) -> bool:
    """Whether the grader came to a result at all."""
    return result is not None and (not result.troubles or any(question.tests for question in result.questions))


def compare(course: Course, assignment: Assignment, submissions: list[Submission]) -> list[Change]:
    """The grades of regrade/ that are others than those in results/."""
    students = [submission.student for submission in submissions]
    before = {student: usable(course, assignment, student) for student in students}
    after = [usable(beside_course(course), assignment, student) for student in students]
    return changes_of(before, [result for result in after if result is not None and is_graded(result)])


def summary(
    course: Course, assignment: Assignment, submissions: list[Submission], count: int, found: list[Change]
) -> list[str]:
    """How many were graded now and before, how many stay, and whose points by hand are in question."""
    lines = [f"{count} of {len(submissions)} graded again" + f", {len(submissions) - count} by the regrade before" * (
        count < len(submissions)
    ) + f"; {len(submissions) - len(found)} grades stay as they are."]  # fmt: skip
    entries = read_entries(course, assignment)
    asked = [change.after.student for change in found if overrides(change, entries.get(change.after.student, Entry()))]
    if asked:
        lines.append(f"! Points given by hand stay, and are to be looked at again: {', '.join(asked)}.")
    return lines


def overrides(change: Change, entry: Entry) -> list[str]:
    """Questions with points by hand whose tests give other points than before."""
    old = {question.name: question.points for question in change.before.questions}
    moved = [question.name for question in change.after.questions if old.get(question.name) != question.points]
    return [name for name in moved if name in entry.scores and entry.scores[name].manual is not None]


# --- on a word ------------------------------------------------------------------------------------------------------


def mark_path(course: Course, assignment: Assignment) -> Path:
    return beside_course(course).root / f"{assignment.name}.applying"


def begin_applying(course: Course, assignment: Assignment, submissions: list[Submission]) -> None:
    """From here on, whoever comes next finishes it."""
    beside = beside_course(course)
    for submission in submissions:  # what the grader could not grade stays away from the grades
        if not is_graded(usable(beside, assignment, submission.student)):
            result_path(beside, assignment, submission.student).unlink(missing_ok=True)
    mark_path(course, assignment).touch()


def finish_applying(course: Course, assignment: Assignment) -> None:
    """Put results of regrade/ in their place, one whole file after the other; the old ones are kept till it is told."""
    mark, beside = mark_path(course, assignment), beside_course(course)
    if not mark.exists():
        return
    students = recorded_students(beside, assignment)
    keep_untold(course, assignment, students)
    for student in students:
        target = result_path(course, assignment, student)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(result_path(beside, assignment, student), target)
    shutil.rmtree(beside.autograded, ignore_errors=True)  # notebooks are made where results are recorded
    mark.unlink()
