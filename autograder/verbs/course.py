"""Verbs for who makes the course: what it is made of, what proves it, what goes out."""

from __future__ import annotations

import argparse
import subprocess
import sys

from autograder import REPOSITORY
from autograder.course.course import Assignment, Course, CourseError, load_course
from autograder.verbs.arguments import JOBS, MAYBE_ONE, NO_SANDBOX, TERM, argument, positive, verb
from autograder.verbs.terminal import console, print_problems


@verb(TERM)
def build(arguments: argparse.Namespace) -> int:
    """Make assignments/ from solutions/."""
    from autograder.authoring.build import build_all
    from autograder.course.variation import FILE, write_variations

    course = load_course(term=arguments.term)
    changed = [FILE] if write_variations(course) else []
    changed += build_all(course)
    names = ", ".join(path.relative_to(REPOSITORY).as_posix() for path in changed)
    console.print(f"Built: {names}." if changed else "Nothing changed.", markup=False, soft_wrap=True)
    return 0


@verb(MAYBE_ONE, TERM, JOBS, NO_SANDBOX)
def check(arguments: argparse.Namespace) -> int:
    """Prove notebooks, hidden tests, solutions and mistake banks, of one assignment or of all."""
    from autograder.proving.check import cases_to_prove, check_assignment, check_files
    from autograder.steps.progress import phase

    course = load_course(term=arguments.term)
    assignments = course.assignments if arguments.assignment is None else [course.assignment(arguments.assignment)]
    problems = check_files(course)
    print_problems(problems)
    for assignment in assignments:
        names = [case.name for case in cases_to_prove(assignment)]
        seconds: dict[str, float] = {}
        count = len(names)
        with phase(assignment.name, count, seconds, console, names) as done:
            found = check_assignment(course, assignment, arguments.jobs, not arguments.no_sandbox, done)
        print_problems(found)
        verdict = f"{len(found)} problem{'s' * (len(found) > 1)}" if found else "all as promised"
        console.print(f"{assignment.name}: {count} of our own graded in {seconds[assignment.name]:.0f} s, {verdict}.")
        problems += found
    return 1 if problems else 0


@verb(
    MAYBE_ONE,
    TERM,
    argument("--sample", type=positive, metavar="N", help="only N of them, drawn"),
    argument("--seed", type=int, default=0, help="draws the sample (default: 0)"),
    argument("--worth", action="store_true", help="instead: what each hidden test alone finds"),
    JOBS,
    NO_SANDBOX,
)
def mutants(arguments: argparse.Namespace) -> int:
    """Edit right solutions in small ways, and see whether the hidden tests notice each."""
    course = load_course(term=arguments.term)
    every = arguments.assignment in (None, "all")
    measured = [
        (show_worth if arguments.worth else show_mutants)(course, assignment, arguments)
        for assignment in (course.assignments if every else [course.assignment(arguments.assignment)])
    ]
    return 1 if any(measured) else 0


def show_mutants(course: Course, assignment: Assignment, arguments: argparse.Namespace) -> int:
    """Print what became of the mutants of one assignment; how many survive."""
    from autograder.proving.equivalents import read_declared
    from autograder.proving.mutant_judge import judge_all
    from autograder.proving.mutant_table import Outcomes, outcome_table
    from autograder.proving.mutants import drawn, mutants_of, styles_of
    from autograder.steps.progress import phase

    found = list(mutants_of(styles_of(assignment)))
    found = drawn(found, arguments.sample or len(found), arguments.seed)
    seconds: dict[str, float] = {}
    with phase(assignment.name, len(found), seconds, console, [mutant.edit.function for mutant in found]) as done:
        verdicts = judge_all(course, assignment, found, arguments.jobs, not arguments.no_sandbox, done=done)
    outcomes = Outcomes(found, verdicts, read_declared(assignment.name))
    console.print(outcome_table(assignment.name, outcomes, seconds[assignment.name]))
    print_problems(outcomes.problems())
    return len(outcomes.survivors)


def show_worth(course: Course, assignment: Assignment, arguments: argparse.Namespace) -> int:
    """Print what each hidden test of one assignment finds alone; nothing is wrong with what it says."""
    from autograder.proving.check import bank_of
    from autograder.proving.mutant_table import worth_table
    from autograder.proving.mutants import drawn
    from autograder.proving.worth import measure, programs_of
    from autograder.steps.progress import phase

    programs = programs_of(assignment, bank_of(assignment))
    programs = drawn(programs, arguments.sample or len(programs), arguments.seed)
    with phase(assignment.name, len(programs), {}, console, [program.place for program in programs]) as done:
        tests = measure(course, assignment, programs, arguments.jobs, not arguments.no_sandbox, done)
    console.print(worth_table(assignment.name, tests))
    return 0


@verb()
def mistakes(arguments: argparse.Namespace) -> int:
    """List the mistakes of the banks: the tests that catch each, and the hint."""
    from autograder.proving.check import mistake_table

    print(mistake_table(load_course()), flush=True)
    return 0


@verb(argument("assignment", help="a5_resnet, for example"))
def new(arguments: argparse.Namespace) -> int:
    """Write the skeleton of a new assignment, whole and passing."""
    from autograder.authoring.new import new_assignment

    for path in new_assignment(arguments.assignment):
        console.print(f"Wrote {path}.", markup=False)
    built = subprocess.run([sys.executable, "-m", "autograder", "build"])  # a fresh process: the contract has changed
    console.print("`make check` proves it; solutions/README.md says how to go on.")
    return built.returncode


@verb(
    argument("term", help="2026-fall, for example"),
    argument("--patch", action="store_true", help="a correction of what students have: raises the version"),
    argument("--branch", action="store_true", help="also commit it to the branch that students fetch from"),
    argument("--no-check", action="store_true", help="a trial, not proved: dist/TERM-trial/ and no version"),
)
def release(arguments: argparse.Namespace) -> int:
    """Write what the students of a term get into dist/TERM/."""
    from autograder.releasing.branch import write_branch
    from autograder.releasing.release import describe, read_manifest, release

    if arguments.branch and arguments.no_check:
        raise CourseError("--no-check makes a trial, and a trial is on no branch: leave out one of the two.")
    course = load_course(term=arguments.term)
    handout = release(course, arguments.patch, arguments.no_check, lambda line: console.print(line, markup=False))
    for line in describe(handout):
        console.print(line, markup=False, soft_wrap=True, highlight=False)
    if arguments.branch:
        files = {file: handout.folder / file for file in read_manifest(handout.folder)}
        name = handout.place.branch
        commit = write_branch(files, name, handout.place.folder.strip("/"), f"{course.term} {handout.version}")
        console.print(f"The branch {name} now holds it ({commit[:10]}). To publish it: git push origin {name}")
    return 0


@verb(argument("--quick", action="store_true", help="small classes only: three minutes instead of ten"))
def bench(arguments: argparse.Namespace) -> int:
    """Measure speed and memory, beside nbgrader's own autograder, and the layers beside PyTorch's."""
    from autograder.benchmarks.grading import run_bench
    from autograder.benchmarks.layers import format_table, layer_table

    run_bench(console, arguments.quick)
    console.print(format_table(layer_table()), soft_wrap=True, highlight=False, markup=False)
    return 0
