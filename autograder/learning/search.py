"""The one edit that makes a question pass.

Every edit is asked by the hidden tests themselves, in the sandbox: first by the cheapest test that failed, then by the
other ones. What passes these is asked all of them once more, in a worker that has run nothing else, with the limits of
grading. So nothing is found that the tests would not have taken for right.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar, cast

from autograder import sandbox
from autograder.course.reference import Reference
from autograder.grading.sandboxed_student import SandboxedStudent
from autograder.learning.candidates import Candidate, candidates, edited
from autograder.learning.donors import Donors
from autograder.learning.edited_student import EditedStudent
from autograder.learning.probe import Probe, cheapest, probe_of
from autograder.learning.trial import Trial
from autograder.reading.program import Program
from cnnlab.checking.outcomes import NotChecked
from cnnlab.checking.testing import collect, run_tests

Student = TypeVar("Student", bound=SandboxedStudent)

CALL_SECONDS = 0.25  # of an edit; whatever loops for ever does so no longer
PARTS = 8  # of the time that one call may take, where much is given
SHORTEST = 0.04
SLOWER = 10  # times as long as the student's own code takes for a call
LOAD_SECONDS = 2.0
WALL = 5.0  # times the processor time: what sleeps has its end, too
MOST_LINES = 5  # that are found; beyond, the tests can't tell which line it is


@dataclass
class Found:
    """What a search came to: edits that make the question pass, the first of each line, as they were found."""

    fixes: list[Candidate] = field(default_factory=list)
    tried: int = 0
    seconds: float = 0.0
    is_right: bool = False  # it passes as it is: by what was put right before


@dataclass(frozen=True)
class Tests:
    """How a question is asked: by which tests, on which inputs."""

    folder: Path
    seed: str
    reference: Reference

    def of_code(self, names: Sequence[str]) -> list[str]:
        """Those that ask the code; what weights are worth, no edit changes."""
        items = collect(self.folder, Trial).items
        weights = {item.name for item in items if "trained" in getattr(item, "fixturenames", ())}
        return [name for name in names if name not in weights]

    def ask(self, student: SandboxedStudent, names: Sequence[str]) -> Trial:
        trial = Trial(student, self.seed, self.reference, names)
        run_tests(self.folder, trial)
        return trial


class Search:
    """In one question of one submission."""

    def __init__(
        self,
        box: sandbox.Sandbox,
        tests: Tests,
        program: Program,
        limits: sandbox.Limits,
        course: Mapping[str, str],
        seconds: float,
    ) -> None:
        """`course`: statements that bind functions of the course's own, in the place of some of the student's."""
        self._box, self._tests, self._program, self._limits = box, tests, program, limits
        self._course, self._seconds = course, seconds
        self._started = time.process_time()
        self._charged = 0.0  # of workers that were asked at last
        self._quick = min(max(CALL_SECONDS, seconds / PARTS), limits.call_seconds)
        quick = replace(limits, call_seconds=self._quick, load_seconds=LOAD_SECONDS)
        self._student = self._with_course(EditedStudent(box, program, quick, WALL * seconds))

    def _with_course(self, student: Student) -> Student:
        return cast(Student, student.with_course(self._course)) if self._course else student

    @property
    def spent(self) -> float:
        """Seconds of processor time, here and in workers."""
        return time.process_time() - self._started + self._student.budget.spent + self._charged

    def find(self, names: Sequence[str], donors: Donors, lost: Sequence[str], passed: Sequence[str]) -> Found:
        """Try edits until the time is spent.

        Args:
            names: the graded functions that may be edited.
            donors: parts of right answers to the question.
            lost, passed: the question's tests, as the student's own code did.
        """
        found = Found()
        lost, passed = self._tests.of_code(lost), self._tests.of_code(passed)
        try:
            order, probe = self._look(lost)
            found.is_right = not order and self._is_right(self._program, [*passed, *lost])
            for candidate in candidates(self._program, names, donors) if order else ():
                if self.spent > self._seconds or len(found.fixes) == MOST_LINES:
                    break
                if candidate.place not in {fix.place for fix in found.fixes}:
                    found.tried += 1
                    if self._is_fix(candidate, probe, order, [*passed, *lost]):
                        found.fixes.append(candidate)
        except NotChecked:  # it hangs or ends its process again and again: by the clock, its time is over
            pass
        finally:
            self._student.close()
        found.seconds = self.spent
        return found

    def _look(self, lost: Sequence[str]) -> tuple[list[str], Probe | None]:
        """The tests that fail here, too, cheapest first, and their cheapest wrong call; not what only takes long."""
        costs: dict[str, float] = {}
        probes = []
        for test in lost:
            before = self.spent
            if costs and before > self._seconds / 2:  # they are dear: the others are asked of what passes these
                break
            trial = self._tests.ask(self._student, [test])
            if not trial.passed and not self._student.hangs:
                costs[test] = self.spent - before
                probes.append(probe_of(self._student.calls, trial.error, self._tests.reference))
            self._student.begin()
        return sorted(costs, key=costs.__getitem__), cheapest(probes)

    def _is_fix(
        self, candidate: Candidate, probe: Probe | None, failing: Sequence[str], everything: Sequence[str]
    ) -> bool:
        student = self._student
        if not student.put(candidate.statement, candidate.source):
            return False
        if probe is not None:
            student.bound(min(self._quick, max(SHORTEST, SLOWER * probe.seconds)))
            if not probe.is_passed(student):
                return False
            student.begin()
            student.bound(self._quick)
        right = self._tests.ask(student, failing).passed
        return right and self._is_right(edited(self._program, candidate), everything)

    def _is_right(self, program: Program, everything: Sequence[str]) -> bool:
        """Whether a program passes, in a worker of its own and with the limits of grading."""
        seconds = 10 * self._seconds + 20
        student = self._with_course(SandboxedStudent(self._box, program, self._limits, seconds))
        try:
            return self._tests.ask(student, everything).passed
        finally:
            student.close()
            self._charged += student.budget.spent
