"""`make check`: what we promise of notebooks, hidden tests and mistake banks, proved through the real sandbox.

The reference solution and every honest solution get all points, an untouched notebook none, and each mistake of the
bank loses exactly the tests it says it loses.
"""

from __future__ import annotations

import importlib
import random
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import active_children, get_context
from pathlib import Path

from autograder.authoring.build import check_built
from autograder.authoring.hints import check_hints
from autograder.authoring.points import check_points
from autograder.course.course import Assignment, Course
from autograder.course.reference import solution_source
from autograder.course.variation import difference_of_variations
from autograder.grading.grade import Grader
from autograder.mistakes import HONEST, Mistake
from autograder.mistakes.naming import LOOKS_LIKE
from autograder.proving.equivalents import read_declared, scripts
from autograder.proving.mutant_judge import judge_all
from autograder.proving.mutant_table import Outcomes
from autograder.proving.mutants import drawn, mutants_of, styles_of
from autograder.proving.quick_weights import put_weights
from autograder.proving.suite_check import check_suite, computed_tests, idle_answer
from autograder.results.result import Result
from autograder.steps.processes import begin_process
from cnnlab.checking.outcomes import PASSED, TestReport

HONEST_CASE, MISTAKE_CASE = "honest: ", "mistake: "  # how the names of such cases begin
MUTANTS = 50  # of each assignment, in `make check`
SLOW_LIMIT = 0.5  # seconds a call, for the mistakes that are merely too slow


@dataclass(frozen=True)
class Case:
    """One submission and what it must get."""

    name: str
    source: str  # a Python file, or the path of a notebook
    loses: frozenset[str] | None  # tests that must not pass; None: every test
    slow: bool = False
    hints: tuple[str, ...] = ()  # the only mistakes that may be named


def cases_to_prove(assignment: Assignment) -> Iterator[Case]:
    """Everything that is proved of one assignment."""
    solution = solution_source(assignment.source)
    yield Case("the reference solution", solution, frozenset())
    yield Case("the untouched notebook", str(assignment.notebook), None)
    yield Case("an answer that computes nothing", idle_answer(assignment), frozenset(computed_tests(assignment)))
    for path in sorted((HONEST / assignment.name).glob("*.py")):
        yield Case(f"{HONEST_CASE}{path.stem}", path.read_text(encoding="utf-8"), frozenset())
    for mistake in bank_of(assignment):
        yield case_of(solution, mistake)


def case_of(solution: str, mistake: Mistake) -> Case:
    return Case(
        case_name(mistake),
        f"{solution}\n\n{mistake.source}",
        frozenset(mistake.loses),
        mistake.slow,
        (mistake.hint, mistake.idea, *mistake.also),
    )


def case_name(mistake: Mistake) -> str:
    return f"{MISTAKE_CASE}{mistake.name}"


def sample(cases: list[Case], seed: int, mistakes: int) -> list[Case]:
    """What is proved where there is no time for all: solution and notebook, one honest answer, some of the mistakes."""
    rng = random.Random(seed)
    honest = [case for case in cases if case.name.startswith(HONEST_CASE)]
    wrong = [case for case in cases if case.name.startswith(MISTAKE_CASE)]
    drawn = {case.name for case in rng.sample(honest, min(1, len(honest)))}
    drawn |= {case.name for case in rng.sample(wrong, min(mistakes, len(wrong)))}
    return [case for case in cases if case.name in drawn or not case.name.startswith((HONEST_CASE, MISTAKE_CASE))]


def bank_of(assignment: Assignment) -> tuple[Mistake, ...]:
    return importlib.import_module(f"autograder.mistakes.{assignment.name}").BANK


def prove_learned(course: Course, assignment: Assignment, mistake: Mistake, jobs: int, isolate: bool) -> list[str]:
    """What breaks with a mistake that has just been put into the bank: of itself, of right answers, and of the other
    mistakes in functions that it is about."""
    related = {case_name(other) for other in bank_of(assignment) if set(other.redefines) & set(mistake.redefines)}
    cases = [case_of(solution_source(assignment.source), mistake)]
    cases += [c for c in cases_to_prove(assignment) if c.name in related or not c.name.startswith(MISTAKE_CASE)]
    return prove(course, assignment, cases, jobs, isolate)


def mistake_table(course: Course) -> str:
    """Every mistake of the banks as a Markdown table: the hidden tests that catch it, the hint it gets."""
    lines = ["| assignment | mistake | number | caught by | hint |", "|---|---|---:|---|---|"]
    for assignment in course.assignments:
        for mistake in bank_of(assignment):
            tests, number = ", ".join(mistake.loses), "" if mistake.number is None else mistake.number
            lines.append(f"| {assignment.name} | {mistake.name} | {number} | {tests} | {mistake.hint} |")
    return "\n".join(lines)


def check_files(course: Course) -> list[str]:
    """What the package's generated files have that course.toml and the sources do not give."""
    return [*difference_of_variations(course), *check_points(course), *check_hints(course)]


def check_assignment(
    course: Course,
    assignment: Assignment,
    jobs: int,
    isolate: bool,
    done: Callable[[str], None] = lambda name: None,
) -> list[str]:
    """All problems of one assignment: its notebook as built, and every promise about its grades."""
    cases = list(cases_to_prove(assignment))
    found = [*check_built(assignment), *check_suite(assignment, bank_of(assignment))]
    found += prove(course, assignment, cases, jobs, isolate, done)
    return found + check_mutants(course, assignment, jobs, isolate)


def check_mutants(course: Course, assignment: Assignment, jobs: int, isolate: bool) -> list[str]:
    """A sentence for each mutant of a sample, always the same, that no hidden test notices. `make mutants` asks all."""
    if not scripts(assignment.name):  # nothing would tell which of them are equivalent
        return []
    found = drawn(list(mutants_of(styles_of(assignment))), MUTANTS, 0)
    outcomes = Outcomes(found, judge_all(course, assignment, found, jobs, isolate), read_declared(assignment.name))
    return [f"{assignment.name}: {problem}" for problem in outcomes.problems()]


def prove(
    course: Course,
    assignment: Assignment,
    cases: list[Case],
    jobs: int,
    isolate: bool,
    done: Callable[[str], None] = lambda name: None,
) -> list[str]:
    """Grade every case in `jobs` processes; a sentence for each that gets something else than it must."""
    problems = []
    if assignment.images:  # the real ones take an hour to learn from
        assignment = replace(assignment, images="colors")
    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin_judge, (course, assignment, isolate)) as pool:
        try:
            for case, proof in [(case, pool.submit(_prove_one, case)) for case in cases]:
                problems += [f"{assignment.name}: {problem}" for problem in proof.result()]
                done(case.name)
        except BaseException:  # Ctrl-C: the pool would wait for cases that nobody wants any more
            for judge in active_children():
                judge.kill()
            raise
    return problems


_place: tuple[Course, Assignment, bool]  # of this process: what its graders are opened with


def _begin_judge(course: Course, assignment: Assignment, isolate: bool) -> None:
    global _place
    begin_process()
    warnings.simplefilter("ignore")  # of NumPy and PyTorch, about inputs that tests choose on purpose
    _place = course, assignment, isolate


@cache
def _grader(slow: bool) -> Grader:
    """This process's, opened when the first case needs it: it has a server of its own."""
    course, assignment, isolate = _place
    return Grader(course, replace(assignment, seconds_per_call=SLOW_LIMIT) if slow else assignment, isolate)


def _prove_one(case: Case) -> list[str]:
    grader = _grader(case.slow)
    with tempfile.TemporaryDirectory(prefix="check-") as folder:
        return judge(case, grader.grade("check", hand_in(case, grader.assignment, Path(folder))))


def hand_in(case: Case, assignment: Assignment, folder: Path) -> Path:
    """A submission folder with the case in it."""
    if case.source.endswith(".ipynb"):
        shutil.copy(case.source, folder / f"{assignment.name}.ipynb")
    else:
        (folder / f"{assignment.name}.py").write_text(case.source, encoding="utf-8")
        if assignment.images:
            put_weights(case.source, folder)
    return folder


def false_hints(case: Case, tests: list[TestReport]) -> set[str]:
    """What the feedback says that is not so: a mistake named that the case does not make."""
    said = {test.hint.removeprefix(LOOKS_LIKE) for test in tests if test.hint.startswith(LOOKS_LIKE)}
    return said - set(case.hints)


def judge(case: Case, result: Result) -> list[str]:
    """What a result has that the case does not allow."""
    tests = [test for question in result.questions for test in question.tests]
    lost = {test.test for test in tests if test.outcome != PASSED and not test.excused}
    expected = {test.test for test in tests} if case.loses is None else case.loses
    problems = [f"{case.name}: {result.reason}"] if result.status in ("missing", "unreadable") else []
    for test in tests:
        if test.test in lost - expected:
            problems.append(
                f"{case.name} loses {test.test}: {test.text or f'{test.returned}; expected {test.expected}'}"
            )
    problems += [f"{case.name} is not caught by {name}" for name in sorted(expected - lost)]
    problems += [f"{case.name} is taken for another mistake: {hint}" for hint in sorted(false_hints(case, tests))]
    for question in result.questions:
        if sum(test.max_points for test in question.tests) != question.max_points:
            problems.append(
                f"the hidden tests of {question.name} are worth {sum(t.max_points for t in question.tests):g} points, "
                f"its grade cell {question.max_points:g}: make them agree"
            )
    return problems
