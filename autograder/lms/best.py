"""Where a term says `attempt = "best"`: of each student's attempts the best one lies in submitted/, and so is graded.

`make collect` keeps every attempt. All of them are graded by the tests, each with its own time of hand-in. The one
counts that leaves most points, late penalty taken off and late tokens spent as they then would be, over all
assignments; of equals the latest. What a person has to grade can't be weighed before.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

from rich.console import Console

from autograder.collecting.extensions import extensions_of
from autograder.collecting.submissions import Submission
from autograder.course.course import Assignment, Course
from autograder.course.late import HandIn, LatePolicy, assign_penalties
from autograder.grading.run import Job, grade_all, needs_grading, only_run
from autograder.lms.placing import Attempt, Placer, read_when
from autograder.reporting.database import has_gradebook, reading
from autograder.reporting.penalties import read_hand_ins
from autograder.results.result import Result
from autograder.results.store import result_path, usable_result
from autograder.steps.progress import phase

GRADED = ".attempts"  # results of all attempts, by student and hash
KEPT = re.compile(r".+-([0-9a-f]{16})")


def choose_attempts(job: Job, students: list[str] | None, jobs: int, console: Console) -> None:
    """Put each student's best attempt into submitted/, and say whose is another one than before."""
    with only_run(job.course):
        placer = Placer(job.course, job.course.root / GRADED)
        found = {
            student: attempts
            for student in placer.students_with_attempts(job.assignment.name)
            if (not students or student in students) and (attempts := attempts_of(placer, job, student))
        }
        results = grade_attempts(job, [one for attempts in found.values() for one in attempts], jobs, console)
        worth = worth_in(job.course, job.assignment)
        for student, attempts in sorted(found.items()):
            graded = {attempt.hash: results.get(attempt.hash + student) for attempt in attempts}
            for line in settle(placer, student, attempts, graded, worth):
                console.print(line, markup=False, highlight=False, soft_wrap=True)


def attempts_of(placer: Placer, job: Job, student: str) -> list[Attempt]:
    """The attempt in submitted/ and those that are kept, the earliest first; none if a person changed that one."""
    there = placer.put_there(student, job.assignment.name)
    if there is None:
        return []
    kept = []
    for folder in sorted((placer.kept / student / job.assignment.name).iterdir()):
        if match := KEPT.fullmatch(folder.name):
            kept.append(Attempt(student, job.assignment.name, folder, match[1], read_when(folder)))
    attempts = [*filter(lambda attempt: attempt.hash != there.hash, kept), *([there] if there.hash else [])]
    return sorted(attempts, key=moment) if kept else []


def moment(attempt: Attempt) -> float:
    return attempt.when.timestamp() if attempt.when else -math.inf


def grade_attempts(job: Job, attempts: list[Attempt], jobs: int, console: Console) -> dict[str, Result]:
    """The results of attempts, those that are known as they are."""
    aside = replace(job, course=replace(job.course, root=job.course.root / GRADED))
    submissions = [Submission(f"{attempt.student}.{attempt.hash}", attempt.folder) for attempt in attempts]
    before = {
        one.student: usable_result(result_path(aside.course, aside.assignment, one.student)) for one in submissions
    }
    waiting, _ = needs_grading(aside, submissions, before, False)
    with phase("attempts", len(waiting), {}, console) as done:
        grade_all(aside, waiting, jobs, done)
    found = {}
    for attempt, one in zip(attempts, submissions):
        result = usable_result(result_path(aside.course, aside.assignment, one.student))
        if result is not None and not result.open_questions:
            found[attempt.hash + attempt.student] = result
    return found


def worth_in(course: Course, assignment: Assignment) -> Callable[[Attempt, Result], float]:
    """What an attempt would leave a student of all assignments together."""
    policy = course.late if isinstance(course.late, LatePolicy) else LatePolicy()
    extensions = extensions_of(course)
    class_: dict[str, list[HandIn]] = {}
    if has_gradebook(course):
        with reading(course) as database:
            class_ = read_hand_ins(database, course, extensions)
    order = [one.name for one in course.assignments]

    def worth(attempt: Attempt, result: Result) -> float:
        extended = extensions.get((attempt.student, assignment.name))
        known = {hand_in.assignment: hand_in for hand_in in class_.get(attempt.student, ())}
        here = known.get(assignment.name, HandIn(assignment.name, 0.0, assignment.due, None, extended))
        known[assignment.name] = replace(here, points=result.points, handed_in=attempt.when)
        hand_ins = sorted(known.values(), key=lambda hand_in: order.index(hand_in.assignment))
        penalties = assign_penalties(policy, hand_ins)
        return sum(hand_in.points - penalties[hand_in.assignment].points for hand_in in hand_ins)

    return worth


def settle(
    placer: Placer,
    student: str,
    attempts: list[Attempt],
    results: dict[str, Result | None],
    worth: Callable[[Attempt, Result], float],
) -> list[str]:
    """Put the best attempt in its place; a sentence where something changed or can't be decided."""
    graded = [(attempt, result) for attempt in attempts if (result := results[attempt.hash]) is not None]
    if len(graded) < len(attempts):
        return [f"{student}: not every attempt could be graded by tests alone; the one in submitted/ stays"]
    best, result = max(graded, key=lambda pair: (round(worth(*pair), 6), moment(pair[0])))
    if not placer.exchange(best):
        return []
    when = f"{best.when:%Y-%m-%d %H:%M} UTC" if best.when else "an unknown time"
    return [f"{student}: of {len(attempts)} attempts the one of {when} counts ({result.points:g} points by the tests)"]
