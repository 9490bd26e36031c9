"""`make grade`, step by step: find, grade, gradebook, feedback, report. Every step can be repeated."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from autograder.collecting.misplaced import strays
from autograder.collecting.submissions import Submission, find_submissions
from autograder.course.course import require_late_policy
from autograder.grading.heldout import require_images
from autograder.grading.result import Result
from autograder.grading.run import (
    Job,
    Troubles,
    grade_all,
    needs_grading,
    only_run,
    read_result,
    refused,
    result_path,
    ungraded,
)

LINE_EVERY = 20  # so many done, a line is written where no bar can be drawn
BAR = (
    TextColumn("{task.description:<10}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
    TimeRemainingColumn(),
)


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
            that can't be imported.
    """
    from autograder.reporting import feedback, gradebook, gradebook_steps, report  # nbgrader takes a second to import

    course, assignment = job.course, job.assignment
    if assignment.images:
        require_images(assignment.images)
    require_late_policy(course)
    seconds: dict[str, float] = {}
    with only_run(course):
        submissions = find_submissions(course, assignment, students, force)
        before = {
            s.student: read_result(result_path(course, assignment, s.student)) for s in submissions if s.has_place
        }
        waiting, troubles = needs_grading(job, submissions, before, force)
        with phase("grading", len(waiting), seconds, console) as done:
            troubles |= grade_all(job, waiting, jobs, done)
        results = {s.student: result_of(job, s, troubles) for s in submissions}
        placed = [results[s.student] for s in submissions if s.has_place]
        unrecorded = gradebook.unrecorded(course, assignment, placed)
        with phase("gradebook", len(unrecorded), seconds, console) as done:
            failed = gradebook_steps.record(course, assignment, unrecorded, done)
        stale = feedback.stale(course, assignment, [result for result in placed if result.student not in failed])
        with phase("feedback", len(stale), seconds, console) as done:
            failed |= feedback.write_feedback(course, assignment, stale, jobs, done)
        for submission in submissions:
            results[submission.student].for_ta += submission.remarks
        for student, trouble in failed.items():
            results[student].troubles.append(trouble)
        grades = report.write_grades_csv(course, assignment, results.values())
        entries = gradebook.read_entries(course, assignment)
    report.print_table(list(results.values()), console, entries)
    for stray in strays(course, assignment):
        console.print(f"! {stray}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    report.print_changes(before, results.values(), console)
    spent = ", ".join(f"{name} {time_:.1f} s" for name, time_ in seconds.items())
    console.print(f"{len(waiting)} of {len(submissions)} graded ({spent}).", markup=False)
    console.print(f"Grades: {grades}", f"Feedback: {course.feedback}", sep="\n", markup=False, soft_wrap=True)
    return seconds


def result_of(job: Job, submission: Submission, troubles: Troubles) -> Result:
    """What came of a submission: the result on disk, or one that says why there is none."""
    if submission.refused:
        return refused(job, submission)
    if submission.student in troubles:
        return ungraded(job, submission.student, troubles[submission.student])
    result = read_result(result_path(job.course, job.assignment, submission.student))
    return result or ungraded(job, submission.student, "look by hand: its result can't be read again")


@contextlib.contextmanager
def phase(
    name: str, total: int, seconds: dict[str, float], console: Console, order: Sequence[str] = ()
) -> Iterator[Callable[[str], None]]:
    """A progress bar over one phase, and its time. Where the output is no terminal, no bar is drawn.

    Args:
        order: of a long phase, what is done one after the other: the one that is waited for is named beside the bar or,
            where no bar is drawn, in a plain line now and then.

    Raises:
        KeyboardInterrupt: Ctrl-C, with how far it came.
    """
    started = time.monotonic()
    with Progress(*BAR, console=console, transient=True, disable=not console.is_terminal or not total) as progress:
        task = progress.add_task(name, total=total)

        def done(student: str) -> None:
            progress.advance(task)
            count = round(progress.tasks[task].completed)
            if count < len(order):
                progress.update(task, description=f"{name}, {order[count]:.50}")
                if not console.is_terminal and count % LINE_EVERY == 0:
                    console.print(f"{name}: {count} of {total} done, now {order[count]}", markup=False, soft_wrap=True)

        try:
            yield done
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"{name}, {progress.tasks[task].completed:g} of {total} done") from None
    seconds[name] = time.monotonic() - started
