"""One submission in, one result out, whatever state the submission is in."""

from __future__ import annotations

import importlib
import sys
import time
from functools import partial
from pathlib import Path

from autograder import sandbox
from autograder.course.course import Assignment, Course
from autograder.course.edition import DEVELOPMENT, named_version
from autograder.course.questions import points_of_questions
from autograder.course.reference import Reference, load_functions, solution_source
from autograder.course.suite import suite_hash, suite_parts
from autograder.grading.diagnosis import Diagnosis
from autograder.grading.heldout import load_images
from autograder.grading.plugin import HiddenTests
from autograder.grading.sandboxed_student import SandboxedStudent
from autograder.grading.second_look import SecondLook
from autograder.grading.trained import TrainedNetworks
from autograder.reading.notebook import Notebook
from autograder.reading.program import Program
from autograder.reading.submission import HandIn, read_hand_in, read_program, read_release
from autograder.results.result import GRADED, MISSING, PARTIAL, UNREADABLE, QuestionResult, Result
from cnnlab.checking.testing import run_tests


class Grader:
    """Grades submissions of one assignment, one by one. Holds what they share: sandbox, reference, mistakes."""

    def __init__(self, course: Course, assignment: Assignment, isolate: bool = True, bank: tuple | None = None) -> None:
        self.course, self.assignment = course, assignment
        solution = solution_source(assignment.source)
        self._reference = Reference(load_functions(solution, str(assignment.source)))
        if bank is None:
            bank = importlib.import_module(f"autograder.mistakes.{assignment.name}").BANK
        self._diagnosis = Diagnosis(bank, solution)
        if "torch" in sys.modules:  # the solution uses it: as many threads as a worker has, so that both compute alike
            sys.modules["torch"].set_num_threads(1)
        self._images = load_images(assignment.images, course.seed) if assignment.images else None
        self._box = sandbox.Sandbox(isolate=isolate, torch=assignment.torch, forbidden=assignment.forbidden)

    def __enter__(self) -> Grader:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._box.close()

    def grade(self, student: str, folder: Path, submission: str = "") -> Result:
        """Grade what lies in `folder`. Always a result, never an exception for what a submission holds."""
        return self.judge(student, read_hand_in(folder, self.assignment.name), submission)

    def judge(self, student: str, hand_in: HandIn, submission: str = "") -> Result:
        """The result of a hand-in that was read; `submission` is the hash of its files."""
        started = time.monotonic()
        result = blank_result(self.course, self.assignment, student, submission)
        result.sandbox = self._box.layers
        result.file, result.notes = hand_in.file, [*hand_in.notes]
        if hand_in.notebook is None:
            result.status, result.reason = MISSING if hand_in.missing else UNREADABLE, hand_in.problem
        else:
            term, result.version = named_version(hand_in.notebook.cells)
            if term not in ("", DEVELOPMENT.term, self.course.term):
                result.notes.append(f"made from the notebook of {term}, not of {self.course.term}")
            version = result.version if term == self.course.term else ""
            self._judge(hand_in.notebook, hand_in.folder, result, version)
        result.seconds = round(time.monotonic() - started, 3)
        return result

    def _judge(self, notebook: Notebook, folder: Path, result: Result, version: str) -> None:
        """Run the hidden tests on what a notebook of this version defines, and fill them into the result."""
        name, release = self.assignment.name, read_release(self.assignment.notebook)
        program = read_program(notebook, name, release, self.assignment.forbidden)
        result.notes += [problem.text for problem in program.problems]
        seconds = self.assignment.seconds_per_call
        limits = sandbox.Limits(call_seconds=seconds, load_seconds=3 * seconds)
        student = SandboxedStudent(self._box, program, limits, self.assignment.seconds_per_submission)
        trained = TrainedNetworks(self._box, folder, student, self._images, student.budget)
        points = {question.name: question.max_points for question in result.questions}
        second_look = SecondLook(student, program, points, partial(solution_source, self.assignment.source))
        try:
            with second_look:
                tests = self._tests(student, trained, version, second_look)
                reports = run_tests(self.assignment.hidden_tests, tests)
        finally:
            student.close()
            trained.close()
        for question in result.questions:
            question.tests = [report for report in reports if report.question == question.name]
        result.output, result.student_seconds = student.output, round(student.student_seconds + second_look.seconds, 3)
        result.accuracies = trained.accuracies
        result.notes += student.notes
        result.for_ta += tests.troubles
        result.incidents, result.ended_by_clock = student.incidents, student.ended_by_clock
        result.status, result.reason = status_of(program, notebook, student)

    def _tests(
        self, student: SandboxedStudent, trained: TrainedNetworks, version: str, second_look: SecondLook
    ) -> HiddenTests:
        return HiddenTests(
            student,
            self.course.seed,
            self._reference,
            self._diagnosis,
            trained=trained,
            version=version,
            second_look=second_look,
        )


def blank_result(course: Course, assignment: Assignment, student: str, submission: str) -> Result:
    """A result with every question and no test yet."""
    questions = [QuestionResult(name, points) for name, points in points_of_questions(assignment).items()]
    result = Result(assignment.name, student, GRADED, "", questions, submission=submission)
    result.term, result.seed, result.suite = course.term, course.seed, suite_hash(course, assignment)
    result.made_by = {**suite_parts(course, assignment)}
    return result


def status_of(program: Program, notebook: Notebook, student: SandboxedStudent) -> tuple[str, str]:
    """graded, or partial with the reason: an answer could not be read or run as it was handed in."""
    lost = [problem.text for problem in program.problems if set(problem.names) & set(program.missing)]
    reasons = [*filter(None, [notebook.damage]), *lost, *student.notes]
    return (PARTIAL, reasons[0]) if reasons else (GRADED, "")
