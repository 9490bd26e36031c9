"""Verbs for grading a class, and for how it stands."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import AutograderError
from autograder.course.course import Assignment, Course, load_course
from autograder.verbs.arguments import (
    COURSE,
    FORCE,
    JOBS,
    MAYBE_ONE,
    NO_SANDBOX,
    ONE_OR_ALL,
    STUDENTS,
    TERM,
    argument,
    course_folder,
    positive,
    seconds_above_0,
    verb,
)
from autograder.verbs.terminal import console, print_problems

if TYPE_CHECKING:
    from autograder.grading.run import Job


@verb(JOBS, NO_SANDBOX)
def demo(arguments: argparse.Namespace) -> int:
    """Grade a sample class in demo/, exactly as `make grade` does."""
    from autograder.grading.pipeline import grade_class
    from autograder.grading.run import Job
    from autograder.proving.sample_class import write_sample_class

    course = load_course(Path("demo"))
    assignment = course.assignments[0]
    write_sample_class(course, assignment)
    grade_class(Job(course, assignment, not arguments.no_sandbox), None, arguments.jobs, False, console)
    pages = sorted(course.feedback.glob(f"*/{assignment.name}/*.html"))
    console.print(f"Now open a student's feedback page in a browser: {pages[0]}", markup=False, soft_wrap=True)
    return 0


@verb(
    ONE_OR_ALL,
    COURSE,
    TERM,
    STUDENTS,
    FORCE,
    argument("--seconds-per-call", type=positive, help="instead of what course.toml says"),
    argument("--seconds-per-submission", type=positive, help="instead of what course.toml says"),
    JOBS,
    NO_SANDBOX,
)
def grade(arguments: argparse.Namespace) -> int:
    """Grade every submission of one assignment or all: results, gradebook, feedback, grades.csv, table."""
    from autograder.collecting.submissions import find_submissions
    from autograder.grading.pipeline import grade_class
    from autograder.lms.best import choose_attempts

    course, assignments, students = asked_for(arguments)

    def grade_one(assignment: Assignment) -> None:
        if len(assignments) > 1:  # of all, nobody means zeros for what nobody has handed in
            find_submissions(course, assignment)
        job = job_of(arguments, course, assignment)
        if course.best_attempt:
            choose_attempts(job, students, arguments.jobs, console)
        grade_class(job, students, arguments.jobs, arguments.force, console)

    return each_assignment(assignments, grade_one)


@verb(
    ONE_OR_ALL,  # and no other limits: of these it would say that the term has changed
    COURSE,
    TERM,
    STUDENTS,
    FORCE,
    argument("--apply", action="store_true", help="put the new results in the place of the old ones"),
    JOBS,
    NO_SANDBOX,
)
def regrade(arguments: argparse.Namespace) -> int:
    """Grade again beside the grades that there are, show who gains and loses, and put it in place with --apply."""
    from autograder.grading.pipeline import grade_class
    from autograder.grading.regrade import regrade_class

    course, assignments, students = asked_for(arguments)

    def regrade_one(assignment: Assignment) -> None:
        job = job_of(arguments, course, assignment)
        regrade_class(job, students, arguments.jobs, arguments.force, arguments.apply, console)
        if arguments.apply:
            grade_class(job, students, arguments.jobs, False, console)

    return each_assignment(assignments, regrade_one)


@verb(
    ONE_OR_ALL,
    COURSE,
    TERM,
    STUDENTS,
    argument("--seconds", type=seconds_above_0, default=2.0, help="of processor time a failing question (default: 2)"),
    JOBS,
    NO_SANDBOX,
)
def locate(arguments: argparse.Namespace) -> int:
    """Look for the line that is wrong in failing questions that no mistake of the bank explains."""
    from autograder.learning.locate import locate_class

    course, assignments, students = asked_for(arguments)

    def locate_one(assignment: Assignment) -> None:
        job = job_of(arguments, course, assignment)
        locate_class(job, students, arguments.seconds, arguments.jobs, console)

    return each_assignment(assignments, locate_one)


@verb(MAYBE_ONE, COURSE, TERM)
def status(arguments: argparse.Namespace) -> int:
    """Where the class stands: handed in, late, graded, open, to look at, since when, exported. Changes nothing."""
    from autograder.grading.asked import asked_assignments, graded_course
    from autograder.grading.status import print_course, print_students

    course = graded_course(course_folder(arguments.course), arguments.term)
    if arguments.assignment and arguments.assignment != "all":
        print_students(course, asked_assignments(course, arguments.assignment)[0], console)
    else:
        print_course(course, console)
    return 0


@verb(
    argument("assignment", nargs="?", help="a1_convolution, for example (default: a list of all)"),
    COURSE,
    TERM,
    argument("--port", type=positive, default=0, help="default: the first free one from 8888 on"),
    argument("--no-browser", action="store_true", help="only print the addresses"),
)
def formgrade(arguments: argparse.Namespace) -> int:
    """Open formgrader at an assignment's written answers, until Ctrl-C."""
    from autograder.grading.pipeline import keep_typed
    from autograder.reporting.formgrade import formgrade

    course = load_course(course_folder(arguments.course), term=arguments.term)
    assignment = None if arguments.assignment in (None, "all") else course.assignment(arguments.assignment)
    say = functools.partial(console.print, markup=False, soft_wrap=True, highlight=False)
    formgrade(course, assignment, arguments.port, not arguments.no_browser, say)
    say(f"{keep_typed(course)} points or comments were given or changed: kept in history/.")
    return 0


def asked_for(arguments: argparse.Namespace) -> tuple[Course, list[Assignment], list[str] | None]:
    """Course, assignments and students (None: all) that a command names."""
    from autograder.grading.asked import asked_assignments, asked_course, asked_students
    from autograder.lms.unpacked import refuse_unpacked

    course = asked_course(course_folder(arguments.course), arguments.term)
    refuse_unpacked(course)
    return course, asked_assignments(course, arguments.assignment), asked_students(arguments.students)


def job_of(arguments: argparse.Namespace, course: Course, assignment: Assignment) -> Job:
    from autograder.grading.run import Job

    limits = {name: getattr(arguments, name, None) for name in ("seconds_per_call", "seconds_per_submission")}
    changed = {name: seconds for name, seconds in limits.items() if seconds}
    return Job(course, replace(assignment, **changed), not arguments.no_sandbox)


def each_assignment(assignments: list[Assignment], do: Callable[[Assignment], object]) -> int:
    """Do it for one, or for one after the other: what is wrong with one does not keep the others from it."""
    from autograder.collecting.submissions import NoSubmissions

    if len(assignments) == 1:
        do(assignments[0])
        return 0
    failed, empty = 0, 0
    for assignment in assignments:
        console.rule(assignment.name)
        try:
            do(assignment)
        except NoSubmissions:
            console.print(f"Nobody has handed in {assignment.name}.", markup=False)
            empty += 1
        except AutograderError as error:
            print_problems([str(error)])
            failed += 1
    return 2 if failed or empty == len(assignments) else 0
