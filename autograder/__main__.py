"""The command line: `python -m autograder VERB`. Each verb is one function of this file, below what it takes."""

from __future__ import annotations

import argparse
import functools
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from autograder import REPOSITORY, AutograderError
from autograder.arguments import (
    ASSIGNMENT,
    COURSE,
    EARLIER_TERMS,
    FORCE,
    JOBS,
    MAYBE_ONE,
    NO_SANDBOX,
    ONE_OR_ALL,
    STUDENTS,
    TERM,
    argument,
    course_folder,
    parser,
    positive,
    seconds_above_0,
    verb,
)
from autograder.course.course import Assignment, Course, CourseError, load_course

if TYPE_CHECKING:
    from autograder.grading.run import Job

console = Console()


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


def print_problems(problems: list[str]) -> None:
    for problem in problems:
        console.print(f"✗ {problem}", style="red", markup=False, soft_wrap=True)


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


@verb(argument("assignment", help="a5_resnet, for example"))
def new(arguments: argparse.Namespace) -> int:
    """Write the skeleton of a new assignment, whole and passing."""
    from autograder.authoring.new import new_assignment

    for path in new_assignment(arguments.assignment):
        console.print(f"Wrote {path}.", markup=False)
    built = subprocess.run([sys.executable, "-m", "autograder", "build"])  # a fresh process: the contract has changed
    console.print("`make check` proves it; solutions/README.md says how to go on.")
    return built.returncode


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


@verb(argument("--quick", action="store_true", help="small classes only: three minutes instead of ten"))
def bench(arguments: argparse.Namespace) -> int:
    """Measure speed and memory, beside nbgrader's own autograder, and the layers beside PyTorch's."""
    from autograder.benchmarks.grading import run_bench
    from autograder.benchmarks.layers import format_table, layer_table

    run_bench(console, arguments.quick)
    console.print(format_table(layer_table()), soft_wrap=True, highlight=False, markup=False)
    return 0


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


@verb()
def mistakes(arguments: argparse.Namespace) -> int:
    """List the mistakes of the banks: the tests that catch each, and the hint."""
    from autograder.proving.check import mistake_table

    print(mistake_table(load_course()), flush=True)
    return 0


def main() -> int:
    arguments = parser(__doc__).parse_args()
    try:
        return arguments.function(arguments)
    except AutograderError as error:
        print_problems([str(error)])
        return 2
    except KeyboardInterrupt as stop:
        lines = [f"Stopped ({stop})." if str(stop) else "Stopped."]
        if arguments.function in (grade, regrade, locate, demo, collect):
            lines.append("Nothing is lost: the same command goes on where it stopped.")
        console.print(*lines, highlight=False)
        return 130
    except BrokenPipeError:  # `make mistakes | head`: whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
