"""`make grade`: the way of submissions from their folders to grades.csv, a call a step. Every step can be repeated.

    find     collecting/submissions.py       submitted/           -> Submission
    read     reading/submission.py           Submission           -> HandIn: the notebook's cells
    grade    grading/grade.py                HandIn               -> Result, in results/
    record   reporting/autograded.py         Result and HandIn    -> autograded/: what formgrader shows
             reporting/gradebook_steps.py    Result               -> gradebook.db: what a TA adds to
    page     reporting/feedback.py           gradebook.db         -> feedback/
    row      grading/survey.py               all of these         -> Standing: final, open or stale
             reporting/grades_csv.py         Standing             -> grades.csv
             reporting/report.py             Standing             -> the table

The steps from read to autograded/ are done for each submission in one go, in processes of their own (run.py). Before
all of them the gradebook is put right, and what people typed in it is kept (reporting/repair.py, typed.py).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping

from rich.console import Console

from autograder.collecting.extensions import extensions_of
from autograder.collecting.misplaced import strays
from autograder.collecting.submissions import Submission, find_submissions
from autograder.course.course import Assignment, Course, require_late_policy
from autograder.course.released import points_promised
from autograder.grading.heldout import require_images
from autograder.grading.regrade import finish_applying
from autograder.grading.run import Job, Troubles, grade_all, needs_grading, only_run, refused, ungraded
from autograder.grading.survey import survey_all
from autograder.reporting import changes, grades_csv, report
from autograder.reporting.departed import clear_departed
from autograder.reporting.exchange import copy_receipts
from autograder.reporting.feedback import page_path, stale_pages, write_feedback
from autograder.reporting.gradebook import Entry, read_entries, unrecorded
from autograder.reporting.gradebook_steps import record, write_penalties
from autograder.reporting.repair import repair_gradebook
from autograder.reporting.typed import notice_all, restore_typed
from autograder.results.result import Result
from autograder.results.store import ResultUnreadable, read_result, result_path, usable_result
from autograder.steps.boundary import machines_trouble
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
            that can't be imported, wrong extensions, files that can't be read or written.
    """
    course, assignment = job.course, job.assignment
    if assignment.images:
        require_images(assignment.images)
    require_late_policy(course)
    extensions_of(course)  # what is wrong with them is said now, and not after the grading
    seconds: dict[str, float] = {}
    with machines_trouble(), only_run(course), told_at_the_end(console) as told:
        submissions = find_submissions(course, assignment, students, force)
        finish_applying(course, assignment)
        put_state_right(course, students is None, told)
        before, unreadable = results_before(job, submissions)
        waiting, troubles = needs_grading(job, submissions, before, force)
        changes.keep_untold(course, assignment, [submission.student for submission, _ in waiting])

        with phase("grading", len(waiting), seconds, console) as done:
            graded = grade_all(job, waiting, jobs, done)
        results = {s.student: result_of(job, s, troubles | graded.troubles) for s in submissions}
        placed = [results[s.student] for s in submissions if s.has_place]

        new = unrecorded(course, assignment, placed, read_entries(course, assignment))
        with phase("gradebook", len(new), seconds, console) as done:
            failed = record(course, assignment, new, graded.notebooks, done)
        bring_back(course, assignment, told)
        entries = read_entries(course, assignment)

        stale = stale_pages(course, assignment, [r.student for r in placed if r.student not in failed], entries)
        with phase("feedback", len(stale), seconds, console) as done:
            failed |= write_feedback(course, assignment, stale, entries, jobs, done, results=results)
        copy_receipts(course, assignment, placed)
        others = {other.name: read_entries(course, other) for other in course.assignments if other != assignment}
        refresh_pages(course, others, jobs)

        for submission in submissions:
            results[submission.student].for_ta += [*submission.remarks, *unreadable.get(submission.student, ())]
        for student, trouble in failed.items():
            results[student].troubles.append(trouble)
        standings = list(survey_all(course, {assignment.name: results}))
        grades = grades_csv.write_grades_csv(course, standings)
        shown = [s for s in standings if s.result.assignment == assignment.name and s.student in results]
        report.print_table(shown, console)
        told += [*strays(course, assignment), *points_promised(course, assignment)]
        tell_changes(course, assignment, before, results.values(), console)
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


# --- the state of the course folder ---------------------------------------------------------------------------------


@contextlib.contextmanager
def told_at_the_end(console: Console) -> Iterator[list[str]]:
    """Sentences that are printed after all else, and also where the run is stopped."""
    told: list[str] = []
    try:
        yield told
    finally:
        for line in told:
            console.print(f"! {line}", style="yellow", markup=False, highlight=False, soft_wrap=True)


def put_state_right(course: Course, whole_class: bool, told: list[str]) -> None:
    """The gradebook can be used, what people typed is in history/, and nothing is kept of who is no longer there."""
    told += repair_gradebook(course)
    notice_all(course)
    if whole_class:
        told += clear_departed(course)


def keep_typed(course: Course) -> int:
    """What people typed in formgrader, into history/ at once; how many changes that were.

    Raises:
        CourseError: a run is grading here, which keeps it, or the next one does; gradebook or history can't be used.
    """
    with machines_trouble(), only_run(course):
        return notice_all(course)


def bring_back(course: Course, assignment: Assignment, told: list[str]) -> None:
    """What people typed, into a gradebook that has lost it."""
    cells, students = restore_typed(course, assignment.name)
    if cells:
        write_penalties(course)
        what = "cell" if cells == 1 else "cells"
        told.append(f"Points and comments of {cells} {what} of {students} students came back from history/.")


# --- results --------------------------------------------------------------------------------------------------------


def results_before(
    job: Job, submissions: Iterable[Submission]
) -> tuple[dict[str, Result | None], dict[str, list[str]]]:
    """The stored results, by student; and of those that can't be read, why."""
    before: dict[str, Result | None] = {}
    unreadable: dict[str, list[str]] = {}
    for submission in submissions:
        if submission.has_place:
            try:
                before[submission.student] = read_result(result_path(job.course, job.assignment, submission.student))
            except ResultUnreadable as error:
                before[submission.student] = None
                unreadable[submission.student] = [f"{error}: it was made again, and what changed is not known"]
    return before, unreadable


def result_of(job: Job, submission: Submission, troubles: Troubles) -> Result:
    """What came of a submission: the result on disk, or one that says why there is none."""
    if submission.refused:
        return refused(job.course, job.assignment, submission)
    trouble = troubles.get(submission.student)
    result = usable_result(result_path(job.course, job.assignment, submission.student))
    if result and not trouble:
        return result
    trouble = trouble or "look by hand: its result can't be read again"
    return ungraded(job.course, job.assignment, submission.student, trouble)


def tell_changes(
    course: Course,
    assignment: Assignment,
    before: Mapping[str, Result | None],
    after: Iterable[Result],
    console: Console,
) -> None:
    """Print whose grade changed, in this run or in one that was stopped before it could say so, and note it."""
    settled = [result for result in after if any(q.tests for q in result.questions) or not result.troubles]
    found = changes.changes_of({**before, **changes.read_untold(course, assignment)}, settled)
    changes.print_changes(found, console)
    changes.note_told(course, assignment, found, [result.student for result in settled])
