"""Judges wrong programs by the hidden tests, through the real sandbox, as fast as it goes.

What a grade needs besides, second looks, names of mistakes, pictures, is left out: only whether a test fails counts.
Several processes share the work; each holds a warm sandbox.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder import sandbox
from autograder.course.course import Assignment, Course
from autograder.course.reference import Reference, load_functions, solution_source
from autograder.grading.plugin import HiddenTests
from autograder.grading.sandboxed_student import SandboxedStudent
from autograder.proving.equivalents import difference
from autograder.proving.mutants import Mutant, Program, Verdict
from autograder.reading.submission import read_hand_in, read_program, read_release
from autograder.steps.processes import Crew, Died, begin_process
from cnnlab.checking.outcomes import ERROR, OPEN, PASSED, Stopped, TestReport
from cnnlab.checking.testing import marker_of, run_tests, title

SECONDS_PER_CALL = 3  # a reference's slowest call takes 0.1 s
SECONDS = 60  # of one mutant


class KillingTests(HiddenTests):
    """Hidden tests of some questions, in the order in which these are named, until enough is known."""

    all_of_a_question = False
    by_clock = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._after: dict[str, set[str]] = {}

    def run(self, items: Sequence[pytest.Item]) -> None:
        """Where a question shows that it is wrong, the next ones are not asked: it is paid once."""
        assert self._questions is not None
        self.reports += [right(item) for item in items if marker_of(item).args[0] not in self._questions]
        for question in self._questions:
            for item in [item for item in items if marker_of(item).args[0] == question]:
                item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
                if self.lost and not self.all_of_a_question:
                    return
            if self.lost:
                return

    @property
    def lost(self) -> list[TestReport]:
        """Tests that do not pass, but those that were not asked since one they build on did not."""
        failed = [report for report in self.reports if report.outcome not in (PASSED, ERROR, OPEN)]
        names = {report.test for report in failed}
        return [report for report in failed if not self._after.get(report.test, set()) & names]

    def add(self, report: TestReport, error: BaseException | None) -> None:
        self.by_clock |= isinstance(error, Stopped) and not self.lost
        self._after[report.test] = {*marker_of(self._item).kwargs.get("after", ())}
        self.reports.append(report)


def right(item: pytest.Item) -> TestReport:
    """The report of a test that no edit can touch: a right solution passes it."""
    return TestReport(marker_of(item).args[0], item.name, title(item), 0.0, PASSED)


class Bench:
    """What one process needs to judge: sandbox, reference, release."""

    def __init__(self, course: Course, assignment: Assignment, isolate: bool, whole_questions: bool) -> None:
        self._course, self._assignment, self._whole = course, assignment, whole_questions
        solution = solution_source(assignment.source)
        self._reference = Reference(load_functions(solution, str(assignment.source)))
        if "torch" in solution:
            import torch

            torch.set_num_threads(1)  # as many as a worker has, so that both compute alike
        self._box = sandbox.Sandbox(isolate=isolate, torch=assignment.torch, forbidden=assignment.forbidden)
        self._release = read_release(assignment.notebook)

    def judge(self, source: str, questions: Sequence[str]) -> Verdict:
        """Ask what a source loses of some questions, one after the other."""
        name = self._assignment.name
        with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
            Path(folder, f"{name}.py").write_text(source, encoding="utf-8")
            notebook = read_hand_in(Path(folder), name).notebook
        assert notebook is not None
        program = read_program(notebook, name, self._release, self._assignment.forbidden)
        limits = sandbox.Limits(call_seconds=SECONDS_PER_CALL, load_seconds=3 * SECONDS_PER_CALL)
        student = SandboxedStudent(self._box, program, limits, SECONDS)
        tests = KillingTests(student, self._course.seed, self._reference, None, questions=[*questions])
        tests.all_of_a_question = self._whole
        try:
            run_tests(self._assignment.hidden_tests, tests)
        finally:
            student.close()
        troubles = [f"{report.test}: {report.text}" for report in tests.reports if report.outcome in (ERROR, OPEN)]
        lost = tuple((report.question, report.test) for report in tests.lost)
        return Verdict(lost, tests.by_clock, troubles[0] if troubles else "")


_bench: list[Bench] = []  # of this process


def _open(course: Course, assignment: Assignment, isolate: bool, whole_questions: bool) -> None:
    begin_process()
    warnings.simplefilter("ignore")  # of NumPy and PyTorch, about what mutants compute
    _bench[:] = [Bench(course, assignment, isolate, whole_questions)]


def _judge(number: int, program: Program) -> Verdict:
    verdict = _bench[0].judge(program.source, program.questions)
    if verdict.lost or not isinstance(program, Mutant):
        return verdict
    return replace(verdict, difference=difference(program))


def judge_all(
    course: Course,
    assignment: Assignment,
    programs: Sequence[Program],
    jobs: int,
    isolate: bool = True,
    whole_questions: bool = False,
    done: Callable[[str], None] = lambda name: None,
) -> list[Verdict]:
    """The verdict on each program, in their order.

    Args:
        whole_questions: ask all tests of the first question that shows anything, not only until one fails.
        done: called after each, with its place.
    """
    if assignment.images:
        assignment = replace(assignment, images="colors")
    crew = Crew(_judge, _open, (course, assignment, isolate, whole_questions), jobs)
    verdicts: dict[int, Verdict] = {}
    for (number, program), verdict in crew.each([*enumerate(programs)]):
        ended = Verdict((), difference="a small case that ends the process")
        verdicts[number] = ended if isinstance(verdict, Died) else verdict
        done(program.place)
    return [verdicts[number] for number in range(len(programs))]
