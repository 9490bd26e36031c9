"""`make check`: what we promise of notebooks, hidden tests and mistake banks, proved through the real sandbox.

The reference solution and every honest solution get all points, an untouched notebook none, and each mistake of the
bank loses exactly the tests it says it loses.
"""

from __future__ import annotations

import importlib
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from autograder.build import check_built
from autograder.course import REPOSITORY, Assignment, Course
from autograder.grade import Grader
from autograder.mistakes import Mistake
from autograder.reference import solution_source
from autograder.result import Result
from cnnlab.outcomes import PASSED

HONEST = REPOSITORY / "autograder" / "honest"
SLOW_LIMIT = 1.0  # seconds a call, for the mistakes that are merely too slow


@dataclass(frozen=True)
class Case:
    """One submission and what it must get."""

    name: str
    source: str  # a Python file, or the path of a notebook
    loses: frozenset[str] | None  # tests that must not pass; None: every test
    slow: bool = False
    points: float | None = None  # exact points, where a case says so


def cases_of(assignment: Assignment) -> Iterator[Case]:
    """Everything that is proved of one assignment."""
    solution = solution_source(assignment.source)
    yield Case("the reference solution", solution, frozenset())
    yield Case("the untouched notebook", str(assignment.notebook), None)
    for path in sorted((HONEST / assignment.name).glob("*.py")):
        yield Case(f"honest: {path.stem}", path.read_text(encoding="utf-8"), frozenset())
    for mistake in bank_of(assignment):
        yield Case(
            f"mistake: {mistake.name}", f"{solution}\n\n{mistake.source}", frozenset(mistake.loses), mistake.slow
        )


def bank_of(assignment: Assignment) -> tuple[Mistake, ...]:
    return importlib.import_module(f"autograder.mistakes.{assignment.name}").BANK


def check_course(course: Course, jobs: int, isolate: bool, done=lambda: None) -> list[str]:
    """All problems of all assignments, each a sentence; an empty list is what we want."""
    problems = []
    for assignment in course.assignments:
        problems += check_built(assignment)
        problems += prove(course, assignment, list(cases_of(assignment)), jobs, isolate, done)
    return problems


def prove(course: Course, assignment: Assignment, cases: list[Case], jobs: int, isolate: bool, done) -> list[str]:
    """Grade every case in `jobs` processes; a sentence for each that gets something else than it must."""
    shares = [cases[i::jobs] for i in range(jobs)]
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        futures = [pool.submit(_prove_share, course, assignment, share, isolate) for share in shares if share]
        problems = []
        for future in futures:
            problems += future.result()
            done()
    return problems


def _prove_share(course: Course, assignment: Assignment, cases: list[Case], isolate: bool) -> list[str]:
    quick = replace(assignment, seconds_per_call=SLOW_LIMIT)
    folder = Path(tempfile.mkdtemp(prefix="check-"))
    problems = []
    try:
        with Grader(course, assignment, isolate) as grader, Grader(course, quick, isolate) as slow_grader:
            for case in cases:
                result = (slow_grader if case.slow else grader).grade("check", hand_in(case, assignment, folder))
                problems += [f"{assignment.name}: {problem}" for problem in judge(case, result)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return problems


def hand_in(case: Case, assignment: Assignment, folder: Path) -> Path:
    """A submission folder with the case in it."""
    target = folder / case.name.replace(" ", "_").replace(":", "")
    target.mkdir(parents=True, exist_ok=True)
    if case.source.endswith(".ipynb"):
        shutil.copy(case.source, target / f"{assignment.name}.ipynb")
    else:
        (target / f"{assignment.name}.py").write_text(case.source, encoding="utf-8")
    return target


def judge(case: Case, result: Result) -> list[str]:
    """What a result has that the case does not allow."""
    tests = [test for question in result.questions for test in question.tests]
    lost = {test.test for test in tests if test.outcome != PASSED}
    expected = {test.test for test in tests} if case.loses is None else case.loses
    problems = [f"{case.name}: {result.reason}"] if result.status in ("missing", "unreadable") else []
    for test in tests:
        if test.test in lost - expected:
            problems.append(
                f"{case.name} loses {test.test}: {test.text or f'{test.returned}; expected {test.expected}'}"
            )
    problems += [f"{case.name} is not caught by {name}" for name in sorted(expected - lost)]
    for question in result.questions:
        if sum(test.points for test in question.tests) != question.max_points:
            problems.append(
                f"the hidden tests of {question.name} are worth {sum(t.points for t in question.tests):g} points, "
                f"its grade cell {question.max_points:g}: make them agree"
            )
    return problems
