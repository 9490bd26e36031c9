"""The command line: `python -m autograder VERB`. Each verb is one function of this file."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from autograder.course import CourseError, load_course

console = Console()


def build(arguments: argparse.Namespace) -> int:
    """Make assignments/ from solutions/."""
    from autograder.build import build_all

    changed = build_all(load_course())
    console.print(f"Built: {', '.join(str(path) for path in changed)}." if changed else "Nothing changed.")
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Prove notebooks, hidden tests, solutions and mistake banks."""
    from autograder.check import cases_of, check_course
    from autograder.pipeline import phase

    course = load_course()
    count = sum(1 for assignment in course.assignments for _ in cases_of(assignment))
    seconds: dict[str, float] = {}
    with phase("checking", count, seconds, console) as done:
        problems = check_course(course, arguments.jobs, not arguments.no_sandbox, done)
    for problem in problems:
        console.print(f"✗ {problem}", style="red", markup=False, soft_wrap=True)
    verdict = f"{len(problems)} problems" if problems else "all as promised"
    console.print(f"{count} submissions of our own graded in {seconds['checking']:.0f} s: {verdict}.")
    return 1 if problems else 0


def grade(arguments: argparse.Namespace) -> int:
    """Grade every submission of one assignment: results, gradebook, feedback, grades.csv, table."""
    from autograder.pipeline import grade_class
    from autograder.run import Job

    course = load_course(arguments.course)
    assignment = course.assignment(arguments.assignment)
    if arguments.seconds_per_call:
        assignment = replace(assignment, seconds_per_call=arguments.seconds_per_call)
    if arguments.seconds_per_submission:
        assignment = replace(assignment, seconds_per_submission=arguments.seconds_per_submission)
    students = arguments.students.split(",") if arguments.students else None
    job = Job(course, assignment, not arguments.no_sandbox)
    grade_class(job, students, arguments.jobs, arguments.force, console)
    return 0


def demo(arguments: argparse.Namespace) -> int:
    """Grade a sample class in demo/, exactly as `make grade` does."""
    from autograder.pipeline import grade_class
    from autograder.run import Job
    from autograder.sample_class import write_sample_class

    course = load_course(Path("demo"))
    assignment = course.assignments[0]
    write_sample_class(course, assignment)
    grade_class(Job(course, assignment, not arguments.no_sandbox), None, arguments.jobs, False, console)
    pages = sorted(course.feedback.glob(f"*/{assignment.name}/*.html"))
    console.print(f"Now open a student's feedback page in a browser: {pages[0]}", markup=False, soft_wrap=True)
    return 0


def bench(arguments: argparse.Namespace) -> int:
    """Measure speed and memory, beside nbgrader's own autograder."""
    from autograder.bench import run_bench

    run_bench(console)
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m autograder", description=__doc__)
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--jobs", type=positive, default=os.cpu_count() or 1, help="submissions graded at once (default: one a core)"
    )
    common.add_argument(
        "--no-sandbox", action="store_true", help="run students' code unprotected; every result says so"
    )
    for function in (build, check, demo, bench):
        verb = verbs.add_parser(function.__name__, parents=[common], help=function.__doc__.splitlines()[0])
        verb.set_defaults(function=function)
    verb = verbs.add_parser("grade", parents=[common], help=grade.__doc__.splitlines()[0])
    verb.set_defaults(function=grade)
    verb.add_argument("assignment", help="a1_convolution, for example")
    verb.add_argument("--course", type=Path, help="folder that holds submitted/ (default: the repository)")
    verb.add_argument("--students", metavar="A,B,...", help="only these students")
    verb.add_argument("--force", action="store_true", help="grade again what has not changed")
    verb.add_argument("--seconds-per-call", type=positive, help="instead of what course.toml says")
    verb.add_argument("--seconds-per-submission", type=positive, help="instead of what course.toml says")
    return top


def positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def main() -> int:
    from autograder.sandbox import SandboxUnavailable

    arguments = parser().parse_args()
    try:
        return arguments.function(arguments)
    except (CourseError, SandboxUnavailable) as error:
        console.print(f"✗ {error}", style="red", markup=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        console.print("Stopped. Nothing is lost: the same command goes on where it stopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
