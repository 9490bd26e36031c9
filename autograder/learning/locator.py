"""Looks for the wrong line in one submission, question by question: where the bank has no name for what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from autograder import sandbox
from autograder.course.course import Assignment, Course
from autograder.course.reference import Reference, load_functions, solution_source
from autograder.grading.second_look import RIGHT
from autograder.learning.candidates import Candidate, edited
from autograder.learning.donors import Donors
from autograder.learning.search import Found, Search, Tests
from autograder.mistakes import HONEST
from autograder.mistakes.naming import LOOKS_LIKE
from autograder.reading.notebook import Notebook
from autograder.reading.program import Program, uses
from autograder.reading.submission import read_program, read_release
from autograder.results.located import Location, Place
from autograder.results.result import QuestionResult, Result
from cnnlab.checking.outcomes import FAILED, PASSED, TestReport
from cnnlab.signatures import COURSE, SIGNATURES, names_of, partners_of

TOO_SLOW = "at least "  # how a test of speed says what it expects: no edit of a line makes loops fast


def is_lost(test: TestReport) -> bool:
    return test.outcome != PASSED and not test.excused and not test.is_open


def is_unexplained(question: QuestionResult) -> bool:
    """Whether it failed by what it computes, and no mistake of the bank says why."""
    lost = [test for test in question.tests if is_lost(test)]
    failed = [test for test in lost if test.outcome == FAILED and not test.expected.startswith(TOO_SLOW)]
    return bool(failed) and not any(test.hint.startswith(LOOKS_LIKE) for test in lost)


def lost_tests(question: QuestionResult) -> list[str]:
    """Those that an edit can win."""
    return [test.test for test in question.tests if is_lost(test) and not test.expected.startswith(TOO_SLOW)]


class Locator:
    """Holds what submissions of one assignment share: sandbox, reference, parts of right answers."""

    def __init__(self, course: Course, assignment: Assignment, isolate: bool = True) -> None:
        self._course, self._assignment = course, assignment
        source = solution_source(assignment.source)
        reference = Reference(load_functions(source, str(assignment.source)))
        self._tests = Tests(assignment.hidden_tests, course.seed, reference)
        honest = sorted((HONEST / assignment.name).glob("*.py"))
        self._donors = Donors([source, *(path.read_text(encoding="utf-8") for path in honest)])
        self._box = sandbox.Sandbox(isolate=isolate, torch=assignment.torch, forbidden=assignment.forbidden)

    def __enter__(self) -> Locator:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._box.close()

    def locate(self, notebook: Notebook, result: Result, seconds: float) -> tuple[Location, ...]:
        """What is found in each failing question that has no name, in the notebook's order.

        What was put right in one question is right for those that build on it; else they get the course's own.

        Args:
            notebook: that was handed in.
            result: what came of it.
            seconds: of processor time that each question may take.
        """
        assignment = self._assignment
        program = read_program(notebook, assignment.name, read_release(assignment.notebook), assignment.forbidden)
        lines = {cell.index: cell.source.split("\n") for cell in notebook.cells}
        locations: list[Location] = []
        mended: list[tuple[Candidate, Location]] = []
        broken: set[str] = set()
        for question in result.questions:
            names = [name for name in self._names(question.name) if name in program.definitions]
            found = Found()
            if names and is_unexplained(question) and self._tests.of_code(lost_tests(question)):
                found = self._search(program, question, names, broken, seconds)
                location = location_of(question.name, found, lines)
                if found.is_right:  # the line was found in an earlier question: a helper's, say
                    location = replace(location, places=places_in(program, names, mended))
                locations.append(location)
            if found.fixes:
                mended.append((found.fixes[0], location))
                program = edited(program, found.fixes[0])
            elif any(map(is_lost, question.tests)) and not found.is_right:
                broken |= {*names}
        return tuple(locations)

    def _search(
        self, program: Program, question: QuestionResult, names: list[str], broken: set[str], seconds: float
    ) -> Found:
        per_call = self._assignment.seconds_per_call
        limits = sandbox.Limits(call_seconds=per_call, load_seconds=3 * per_call)
        right = {name: self._right(name) for name in sorted(broken & built_on(program, names))}
        bases: list[dict[str, str]] = [{}, right] if right else [{}]  # it builds on the student's own; on a right one
        lost = lost_tests(question)
        passed = [test.test for test in question.tests if test.outcome == PASSED]
        tried, spent = 0, 0.0
        for base in bases:
            search = Search(self._box, self._tests, program, limits, base, seconds / len(bases))
            found = search.find(names, self._donors, lost, passed)
            tried, spent = tried + found.tried, spent + found.seconds
            if found.fixes or found.is_right:
                break
        return replace(found, tried=tried, seconds=spent)

    def _names(self, question: str) -> tuple[str, ...]:
        return tuple(names_of(COURSE[self._assignment.name][question]))

    def _right(self, name: str) -> str:
        """Statements that bind the course's own function."""
        return RIGHT.format(name=name, source=solution_source(self._assignment.source, name))


def built_on(program: Program, names: Iterable[str]) -> set[str]:
    """Graded functions that some functions use, and those whose results the tests give them."""
    used = {bound for name in names for statement in uses(program, name) for bound in statement.binds}
    given = {partner for name in names for partner in partners_of(name)}
    return ((used & SIGNATURES.keys()) | given) - {*names}


def places_in(
    program: Program, names: Iterable[str], mended: Iterable[tuple[Candidate, Location]]
) -> tuple[Place, ...]:
    """The lines that were put right before in what some functions use."""
    used = {(statement.cell, statement.line) for name in names for statement in uses(program, name)}
    found = [where for fix, where in mended if (fix.statement.cell, fix.statement.line) in used]
    return tuple(place for location in found for place in location.places)


def location_of(question: str, found: Found, lines: Mapping[int, list[str]]) -> Location:
    """What a search came to, as far as it stands in the notebook as the student sees it."""
    places = [place_of(fix, lines.get(fix.place[0], [])) for fix in found.fixes]
    known = sorted((place for place in places if place), key=lambda place: (place.cell, place.line))
    if len(known) < len(places):  # of lines that can't be shown, the others are half of the truth
        known = []
    return Location(question, tuple(known), found.tried, round(found.seconds, 3))


def place_of(fix: Candidate, lines: Sequence[str]) -> Place | None:
    """Where an edit stands; None where the cell has another text there: a file that it runs, a spelling of today's."""
    cell, line = fix.place
    text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    if not text.startswith(fix.text):  # behind a statement a comment may stand
        return None
    return Place(cell, line, text, fix.edit.before, fix.edit.after)
