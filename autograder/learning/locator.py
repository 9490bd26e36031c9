"""Looks for the wrong line in one submission, question by question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from autograder import sandbox
from autograder.course.course import Assignment, Course
from autograder.course.reference import Reference, load_functions, solution_source
from autograder.grading.plugin import HiddenTests
from autograder.grading.second_look import RIGHT
from autograder.learning.candidates import Candidate, edited
from autograder.learning.donors import Donors
from autograder.learning.search import Found, Search, Tests
from autograder.mistakes import HONEST
from autograder.mistakes.naming import LOOKS_LIKE
from autograder.reading.formats import Cell
from autograder.reading.program import Program, slice_program, uses
from autograder.results.result import QuestionResult, Result
from cnnlab.checking.outcomes import FAILED, PASSED, TestReport
from cnnlab.checking.testing import collect, marker_of
from cnnlab.signatures import COURSE, names_of


def is_lost(test: TestReport) -> bool:
    return test.outcome != PASSED and not test.excused and not test.is_open


def is_unexplained(question: QuestionResult) -> bool:
    """Whether it failed, and no mistake of the bank says why."""
    lost = [test for test in question.tests if is_lost(test)]
    return any(test.outcome == FAILED for test in lost) and not any(test.hint.startswith(LOOKS_LIKE) for test in lost)


class Locator:
    """Holds what submissions of one assignment share: sandbox, reference, parts of right answers."""

    def __init__(self, course: Course, assignment: Assignment, isolate: bool = True) -> None:
        self.course, self.assignment = course, assignment
        source = solution_source(assignment.source)
        reference = Reference(load_functions(source, str(assignment.source)))
        self._tests = Tests(assignment.hidden_tests, course.seed, reference)
        self._donors: dict[str, Donors] = {}
        self._box = sandbox.Sandbox(isolate=isolate, torch=assignment.torch, forbidden=assignment.forbidden)

    def __enter__(self) -> Locator:
        return self

    def __exit__(self, *exception: object) -> None:
        self._box.close()

    def locate(self, program: Program, result: Result, seconds: float) -> dict[str, Found]:
        """By question, what was found; questions in the notebook's order, each after what was found before it."""
        found: dict[str, Found] = {}
        broken: set[str] = set()
        for question in result.questions:
            names = [n for n in names_of(COURSE[self.assignment.name][question.name]) if n in program.definitions]
            if names and is_unexplained(question):
                found[question.name] = one = self._search(program, question, names, broken, seconds)
                if one.fixes:
                    program = edited(program, one.fixes[0])
                    continue
            if any(map(is_lost, question.tests)):
                broken |= {*names}
        return found

    def _search(self, program: Program, question: QuestionResult, names: list[str], broken: set[str], seconds: float):
        needed = {binds for name in names for statement in uses(program, name) for binds in statement.binds}
        needed |= called_before(names)
        course = {name: RIGHT.format(name=name, source=solution_source(self.assignment.source, name)) for name in sorted((broken & needed) - {*names})}
        per_call = self.assignment.seconds_per_call
        limits = sandbox.Limits(call_seconds=per_call, load_seconds=3 * per_call)
        search = Search(self._box, self._tests, program, limits, course, seconds)
        lost = [test.test for test in question.tests if is_lost(test)]
        passed = [test.test for test in question.tests if test.outcome == PASSED]
        return search.find(names, self.donors(question.name), lost, passed)

    def donors(self, question: str) -> Donors:
        """Parts of right answers, those of the question first."""
        if question not in self._donors:
            own = names_of(COURSE[self.assignment.name][question])
            texts = [path.read_text(encoding="utf-8") for path in sorted((HONEST / self.assignment.name).glob("*.py"))]
            programs = [slice_program([Cell(0, "code", text)], own) for text in texts]
            sources = ["\n".join(statement.source for statement in program.statements) for program in programs]
            source = self.assignment.source
            self._donors[question] = Donors([solution_source(source, *own), *sources], [solution_source(source), *texts])
        return self._donors[question]


def called_before(names):
    return {name.replace("backward", "forward") for name in names}
