"""`make grade`: the way of submissions from their folders to grades.csv, a call a step. Every step can be repeated.

    find     collecting/submissions.py       submitted/           -> Submission
    read     reading/submission.py           Submission           -> HandIn: the notebook's cells
    grade    grading/grade.py                HandIn               -> Result, in results/
    record   reporting/autograded.py         Result and HandIn    -> autograded/: what formgrader shows
             reporting/gradebook_steps.py    Result               -> gradebook.db: what a TA adds to
    page     reporting/feedback.py           gradebook.db         -> feedback/
    row      reporting/report.py             gradebook.db         -> grades.csv and the table

The steps from read to autograded/ are done for each submission in one go, in processes of their own (run.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console

from autograder.collecting.extensions import extensions_of
from autograder.collecting.misplaced import strays
from autograder.collecting.submissions import Submission, find_submissions
from autograder.course.course import Course, require_late_policy
from autograder.grading.heldout import require_images
from autograder.grading.run import Job, Troubles, grade_all, needs_grading, only_run, refused, ungraded
from autograder.reporting import report
from autograder.reporting.exchange import copy_receipts
from autograder.reporting.feedback import page_path, stale_pages, write_feedback
from autograder.reporting.gradebook import Entry, read_entries, unrecorded
from autograder.reporting.gradebook_steps import record
from autograder.results.result import Result
from autograder.results.store import read_result, result_path
from autograder.steps.progress import phase


def grade_class(job: Job, students: list[str] | None, jobs: int, force: bool, console: Console) -> dict[str, float]:
    """Grade what changed, bring gradebook, feedback and grades.csv up to date, and print the table.

    Stopped at any moment, the same call goes on where it stopped: each step asks what is there already.

    Args:
        students: only these; the whole class if None.
        jobs: submissions graded at once.
        force: grade again what has not changed, too.

    Returns:
        Seconds of each phase.

    Raises:
        CourseError: no submission, an unknown student, another run in the same folder, missing images, a late policy
            that can't be imported, wrong extensions.
    """
    course, assignment = job.course, job.assignment
    if assignment.images:
        require_images(assignment.images)
    require_late_policy(course)
    extensions_of(course)  # what is wrong with them is said now, and not after the grading
    seconds: dict[str, float] = {}
    with only_run(course):
        submissions = find_submissions(course, assignment, students, force)
        before = {s.student: stored(job, s) for s in submissions if s.has_place}
        waiting, troubles = needs_grading(job, submissions, before, force)

        with phase("grading", len(waiting), seconds, console) as done:
            graded = grade_all(job, waiting, jobs, done)
        results = {s.student: result_of(job, s, troubles | graded.troubles) for s in submissions}
        placed = [results[s.student] for s in submissions if s.has_place]

        new = unrecorded(course, assignment, placed, read_entries(course, assignment))
        with phase("gradebook", len(new), seconds, console) as done:
            failed = record(course, assignment, new, graded.notebooks, done)
        entries = read_entries(course, assignment)

        stale = stale_pages(course, assignment, [r.student for r in placed if r.student not in failed], entries)
        with phase("feedback", len(stale), seconds, console) as done:
            failed |= write_feedback(course, assignment, stale, entries, jobs, done)
        copy_receipts(course, assignment, placed)
        others = {other.name: read_entries(course, other) for other in course.assignments if other != assignment}
        refresh_pages(course, others, jobs)

        for submission in submissions:
            results[submission.student].for_ta += submission.remarks
        for student, trouble in failed.items():
            results[student].troubles.append(trouble)
        grades = report.write_grades_csv(course, results.values(), {**others, assignment.name: entries})
    report.print_table(list(results.values()), console, entries)
    for stray in strays(course, assignment):
        console.print(f"! {stray}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    report.print_changes(before, results.values(), console)
    spent = ", ".join(f"{name} {time_:.1f} s" for name, time_ in seconds.items())
    console.print(f"{len(waiting)} of {len(submissions)} graded ({spent}).", markup=False)
    console.print(f"Grades: {grades}", f"Feedback: {course.feedback}", sep="\n", markup=False, soft_wrap=True)
    return seconds


def refresh_pages(course: Course, entries: Mapping[str, Mapping[str, Entry]], jobs: int) -> None:
    """Pages of other assignments that are there: a late token that is spent here may have been spent there."""
    for name, students in entries.items():
        assignment = course.assignment(name)
        there = [student for student in students if page_path(course, assignment, student).exists()]
        stale = stale_pages(course, assignment, there, students)
        write_feedback(course, assignment, stale, students, jobs, lambda student: None)


def stored(job: Job, submission: Submission) -> Result | None:
    return read_result(result_path(job.course, job.assignment, submission.student))


def result_of(job: Job, submission: Submission, troubles: Troubles) -> Result:
    """What came of a submission: the result on disk, or one that says why there is none."""
    if submission.refused:
        return refused(job, submission)
    if submission.student in troubles:
        return ungraded(job, submission.student, troubles[submission.student])
    return stored(job, submission) or ungraded(job, submission.student, "look by hand: its result can't be read again")
