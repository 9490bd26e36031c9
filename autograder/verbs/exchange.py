"""Verbs for what comes from an LMS, and what leaves the course folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from autograder.course.course import CourseError, load_course
from autograder.verbs.arguments import ASSIGNMENT, COURSE, TERM, argument, course_folder, positive, verb
from autograder.verbs.terminal import console


@verb(
    argument("zip", help="the file or folder that the LMS gave"),
    argument("--assignment", help="what all of it is (default: each hand-in says it)"),
    COURSE,
    argument("--from", dest="system", choices=("canvas", "moodle", "gradescope", "folder", "nbgrader")),
    argument("--times", metavar="TABLE", help="when each handed in: Moodle's grading worksheet, for one"),
)
def collect(arguments: argparse.Namespace) -> int:
    """Put a class's hand-ins, as an LMS packs them, into submitted/, and say what could not be placed."""
    from autograder.lms.collect import collect
    from autograder.lms.summary import print_summary

    course = load_course(course_folder(arguments.course))
    assignment = course.assignment(arguments.assignment) if arguments.assignment else None
    times = Path(arguments.times) if arguments.times else None
    found = collect(course, Path(arguments.zip), console, arguments.system or "", assignment, times)
    for done in found:
        print_summary(done, course, console)
    return 0


@verb(
    argument("kind", metavar="FOR", help="canvas, moodle, csv, junit, feedback, canvas-feedback or moodle-feedback"),
    argument("assignment", nargs="?", help="a1_convolution, for example (default: all that were graded)"),
    COURSE,
    TERM,
    argument("--file", help="the LMS's own file, which is filled in beside"),
    argument("--column", default="", help="of Canvas's table: its number or title"),
    argument("--missing", default="", help="0: who handed in nothing gets zero (default: nothing)"),
    argument("--so-far", action="store_true", help="what is not final is written as it is so far"),
    argument("--scale", action="store_true", help="to the points that the LMS has for the assignment"),
)
def export(arguments: argparse.Namespace) -> int:
    """Write grades or feedback as an LMS, a spreadsheet or a program takes them, into exports/."""
    from autograder.grading.asked import graded_course
    from autograder.lms.export import KINDS, export
    from autograder.lms.grades import Options

    if arguments.kind not in {*KINDS, "csv"}:
        raise CourseError(f"FOR={arguments.kind} is not known: say FOR={', '.join([*KINDS, 'csv'])}.")
    if arguments.missing not in ("", "0"):
        raise CourseError(
            f"MISSING={arguments.missing} is not known: MISSING=0 makes zeros; without it, they stay empty."
        )
    course = graded_course(course_folder(arguments.course), arguments.term)
    assignment = None if arguments.assignment in (None, "all") else course.assignment(arguments.assignment)
    if assignment is None and arguments.file:
        raise CourseError("A file of an LMS's is filled in for one assignment: say ASSIGNMENT=a1_convolution, for one.")
    options = Options(arguments.missing == "0", arguments.so_far, arguments.scale, arguments.column)
    export(course, arguments.kind, assignment, console, Path(arguments.file) if arguments.file else None, options)
    return 0


@verb(
    ASSIGNMENT,
    TERM,
    argument(
        "--show",
        choices=["names", "sentences", "everything"],
        help="what students see of a test (default: the term's `feedback`, or sentences)",
    ),
    argument("--minutes", type=positive, default=9, help="Gradescope's own limit less one (default: 9)"),
    argument("--torch-index", default="", metavar="ADDRESS", help="where pip finds PyTorch for CPUs"),
    argument("--no-sandbox", action="store_true", help="where the container can't shut students' code in"),
)
def gradescope(arguments: argparse.Namespace) -> int:
    """Make the zip that Gradescope grades one assignment with."""
    from autograder.lms.gradescope_zip import Packing, describe, write_zip

    course = load_course(term=arguments.term)
    assignment = course.assignment(arguments.assignment)
    show = arguments.show or course.disclosure or "sentences"
    packing = Packing(not arguments.no_sandbox, show, arguments.minutes, arguments.torch_index)
    for line in describe(write_zip(course, assignment, packing), assignment, packing):
        console.print(line, markup=False, soft_wrap=True, highlight=False)
    return 0


@verb(
    argument("student", help="the id"),
    COURSE,
    argument("--apply", action="store_true", help="delete it, for good"),
)
def forget(arguments: argparse.Namespace) -> int:
    """Say what the course folder keeps of one student, or delete it."""
    from autograder.lms.forget import forget

    course = load_course(course_folder(arguments.course))
    for line in forget(course, arguments.student, arguments.apply):
        console.print(line, markup=False, soft_wrap=True, highlight=False)
    return 0
