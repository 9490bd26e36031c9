"""Verbs for what a class did: the report, what can be learned of it, hand-ins that are alike."""

from __future__ import annotations

import argparse
import functools
import subprocess
import sys

from autograder import REPOSITORY
from autograder.course.course import Assignment, Course, load_course
from autograder.verbs.arguments import (
    ASSIGNMENT,
    COURSE,
    EARLIER_TERMS,
    JOBS,
    MAYBE_ONE,
    NO_SANDBOX,
    TERM,
    argument,
    course_folder,
    verb,
)
from autograder.verbs.terminal import console


@verb(
    MAYBE_ONE,
    COURSE,
    TERM,
    argument("--anonymous", action="store_true", help="no student's name, id, page or code on it"),
    EARLIER_TERMS,
    JOBS,
    NO_SANDBOX,
)
def report(arguments: argparse.Namespace) -> int:
    """Write report/<assignment>.html for staff, of one assignment or of all."""
    from autograder.grading.asked import graded_course
    from autograder.grading.survey import survey
    from autograder.learning.earlier import earlier_terms
    from autograder.learning.groups import find_groups
    from autograder.learning.report import sections_of
    from autograder.reporting.class_report import write_reports

    course = graded_course(course_folder(arguments.course), arguments.term)
    one = arguments.assignment not in (None, "all")
    assignments = [course.assignment(arguments.assignment)] if one else list(course.assignments)
    class_ = {assignment.name: survey(course, assignment) for assignment in assignments}
    earlier = earlier_terms(arguments.earlier, course, assignments)
    isolate = not arguments.no_sandbox
    groups = {
        name: find_groups(course, course.assignment(name), rows, earlier, arguments.jobs, isolate, console)
        for name, rows in class_.items()
        if rows
    }
    sections = sections_of(course, class_, arguments.anonymous, earlier, groups)
    for path in write_reports(course, class_, arguments.anonymous, sections):
        console.print(f"Wrote {path}.", markup=False, soft_wrap=True)
    return 0


@verb(
    ASSIGNMENT,
    COURSE,
    TERM,
    argument("--group", required=True, help="as the report names it: receptive_field-abe3d9, for example"),
    argument("--name", required=True, help='what is wrong, in a few words that follow "looks like: "'),
    EARLIER_TERMS,
    JOBS,
    NO_SANDBOX,
)
def learn(arguments: argparse.Namespace) -> int:
    """Make a group of the report a mistake of the bank, and give everybody in it the hint."""
    from autograder.grading.asked import asked_course
    from autograder.grading.survey import survey
    from autograder.learning.earlier import earlier_terms
    from autograder.learning.groups import find_groups
    from autograder.learning.learn import Learner, put_into_bank, tell_hints
    from autograder.proving.check import bank_of, prove_learned

    course = asked_course(course_folder(arguments.course), arguments.term)
    assignment, isolate = course.assignment(arguments.assignment), not arguments.no_sandbox
    earlier = earlier_terms(arguments.earlier, course, [assignment])
    found = find_groups(course, assignment, survey(course, assignment), earlier, arguments.jobs, isolate, console)
    learner = Learner(course, assignment, found, bank_of(assignment), isolate)
    mistake = learner.learn(arguments.group, arguments.name)
    console.print(mistake.source, markup=False, highlight=False)
    prove = functools.partial(prove_learned, course, assignment, mistake, arguments.jobs, isolate)
    path = put_into_bank(assignment, mistake, prove)
    then = "Look at it, run `make build` (hints in notebooks are made from the bank), and commit."
    console.print(f"Learned: {path.relative_to(REPOSITORY)}. {then}", markup=False, soft_wrap=True)
    group = learner.group(arguments.group)
    members = [member.student for member in group.members if not member.earlier]
    code = grade_again(course, assignment, members, arguments) if members else 0
    console.print(tell_hints(course, assignment, group, mistake), markup=False, soft_wrap=True)
    return code


def grade_again(course: Course, assignment: Assignment, students: list[str], arguments: argparse.Namespace) -> int:
    """`make grade` for some students, in a fresh process: the bank has changed."""
    command = [sys.executable, "-m", "autograder", "grade", assignment.name, "--course", str(course.root)]
    command += ["--students", ",".join(students), "--jobs", str(arguments.jobs)]
    command += ["--term", arguments.term] if arguments.term else []
    command += ["--no-sandbox"] if arguments.no_sandbox else []
    return subprocess.run(command).returncode


@verb(
    ASSIGNMENT,
    COURSE,
    argument("--with", dest="earlier", metavar="FOLDER", help="an earlier term's folder that holds submitted/"),
)
def similarity(arguments: argparse.Namespace) -> int:
    """Compare hand-ins with each other, and write a page of pairs that are alike."""
    from autograder.reporting.similarity import compare
    from autograder.reporting.similarity_page import write_page

    course = load_course(course_folder(arguments.course))
    assignment = course.assignment(arguments.assignment)
    earlier = None if arguments.earlier is None else load_course(course_folder(arguments.earlier))
    found = compare(course, assignment, earlier)
    path = write_page(course, assignment, found)
    console.print(
        f"{found.compared} hand-ins compared, {len(found.left_out)} not. Pairs that are alike: {len(found.pairs)}."
    )
    console.print(f"Likeness is no proof. Side by side: {path}", markup=False, soft_wrap=True, highlight=False)
    return 0
