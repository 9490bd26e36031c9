"""What everybody's functions compute that lost points, kept on disk: `behaviour/<assignment>/<student>.json`.

A file is made anew only if the hand-in, the inputs or what was lost has changed. Student code runs in the sandbox, and
its answers are read in processes of their own, as in grading: never in that which asks for them.
"""

from __future__ import annotations

import ast
import contextlib
import json
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console

from autograder import sandbox
from autograder.collecting.submissions import Submission
from autograder.course.course import Assignment, Course
from autograder.course.reference import solution_source
from autograder.files import write_inside
from autograder.grading.sandboxed_student import SandboxedStudent
from autograder.learning.answers import Answers, ask
from autograder.learning.inputs import Chain, inputs_version, shared_inputs
from autograder.reading.formats import Cell
from autograder.reading.program import Program, slice_program, uses
from autograder.reading.statements import is_stub
from autograder.reading.submission import read_hand_in, read_program, read_release
from autograder.reporting.class_report import without_docstrings
from autograder.steps.boundary import boundary, machines_trouble
from autograder.steps.processes import Crew, Died, begin_process
from autograder.steps.progress import phase
from cnnlab.signatures import COURSE, graded_names, names_of

FORMAT = 1
NOT_KEPT = "its answers could not be kept"
MOST_SOURCE = 20_000  # characters of the code for one question


@dataclass(frozen=True)
class Behaviour:
    """What is known of one submission. `sources` are of all its questions, `answers` of those that were asked for.

    right: questions whose answers are those of the course's own solution.
    """

    submission: str = ""  # hash of its files
    inputs: str = ""  # version of the shared inputs
    trouble: str = ""
    sources: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Answers] = field(default_factory=dict)
    right: tuple[str, ...] = ()

    def serves(self, submission: str, inputs: str, questions: Iterable[str]) -> bool:
        """Whether there is nothing to ask again."""
        same = (self.submission, self.inputs) == (submission, inputs)
        return same and (bool(self.trouble) or set(questions) <= set(self.answers))


def behaviour_path(course: Course, assignment: Assignment, student: str) -> Path:
    return course.root / "behaviour" / assignment.name / f"{student}.json"


def read_behaviour(path: Path) -> Behaviour:
    """What the file holds; nothing where there is none of this format."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.pop("format") != FORMAT:
            return Behaviour()
        answers = {question: Answers(**found) for question, found in data.pop("answers").items()}
        return Behaviour(answers=answers, right=tuple(data.pop("right")), **data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Behaviour()


def write_behaviour(course: Course, assignment: Assignment, student: str, found: Behaviour) -> None:
    text = json.dumps({"format": FORMAT, **asdict(found)})
    write_inside(course.root, behaviour_path(course, assignment, student), text)


@dataclass(frozen=True)
class Wanted:
    """Of one submission: the questions that it lost points in."""

    submission: Submission
    hash: str
    questions: tuple[str, ...]


def behaviours_of(
    course: Course,
    assignment: Assignment,
    wanted: Sequence[Wanted],
    jobs: int,
    isolate: bool,
    console: Console | None = None,
) -> dict[str, Behaviour]:
    """By student, what each computes; asks, in `jobs` processes, only those of whom it is not known yet."""
    version = inputs_version(assignment)
    paths = {one.submission.student: behaviour_path(course, assignment, one.submission.student) for one in wanted}
    found = {student: read_behaviour(path) for student, path in paths.items()}
    waiting = [(one,) for one in wanted if not found[one.submission.student].serves(one.hash, version, one.questions)]
    if not waiting:
        return found
    trouble = ""
    try:
        _ask_all(course, assignment, waiting, jobs, isolate, console or Console(quiet=True))
    except sandbox.SandboxUnavailable as error:  # the rest of a report is as good as ever
        trouble = str(error)
    for (one,) in waiting:
        known = read_behaviour(paths[one.submission.student])
        is_new = known.serves(one.hash, version, one.questions)
        found[one.submission.student] = known if is_new else Behaviour(trouble=trouble or NOT_KEPT)
    return found


def _ask_all(
    course: Course, assignment: Assignment, waiting: list[tuple[Wanted]], jobs: int, isolate: bool, console: Console
) -> None:
    """Each one's answers into their file.

    Raises:
        SandboxUnavailable: student code can't be shut in here.
    """
    version = inputs_version(assignment)
    asked = {question for (one,) in waiting for question in one.questions}
    crew = Crew(_ask_one, _open_asker, (course, assignment, isolate, asked), jobs)
    with machines_trouble(), phase(f"what {assignment.name} computes", len(waiting), {}, console) as done:
        for (one,), trouble in crew.each(waiting):
            if isinstance(trouble, Died):
                trouble = f"the process that read its answers died {trouble.times} times"
                write_behaviour(course, assignment, one.submission.student, Behaviour(one.hash, version, trouble))
            done(one.submission.student)


# --- asking ---------------------------------------------------------------------------------------------------------


class Asker:
    """Asks programs for their answers to the shared inputs. Holds what they share: the sandbox, the inputs.

    Args:
        questions: those that will be asked for; all, if None.
    """

    def __init__(self, assignment: Assignment, isolate: bool = True, questions: Iterable[str] | None = None) -> None:
        self.assignment = assignment
        wanted = None if questions is None else set(questions)
        self.inputs: dict[str, list[Chain]] = shared_inputs(assignment, wanted)
        self._box = sandbox.Sandbox(isolate=isolate, torch=assignment.torch, forbidden=assignment.forbidden)
        self._right: dict[str, Answers] = {}

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *exception: object) -> None:
        self._box.close()

    def ask(self, program: Program, questions: Iterable[str]) -> dict[str, Answers]:
        """A program's answers, by question, with the limits of grading."""
        seconds = self.assignment.seconds_per_call
        limits = sandbox.Limits(call_seconds=seconds, load_seconds=3 * seconds)
        student = SandboxedStudent(self._box, program, limits, self.assignment.seconds_per_submission)
        with contextlib.closing(student):
            return {question: ask(self.inputs.get(question, []), student) for question in questions}

    def ask_source(self, source: str, question: str) -> Answers:
        """The answers of code of ours, or made of a student's: it runs in the sandbox all the same."""
        cells = [Cell(0, "code", source)]
        program = slice_program(cells, graded_names(self.assignment.name))
        return self.ask(program, [question])[question]

    def right(self, question: str) -> Answers:
        """The answers of the course's own solution."""
        if question not in self._right:
            self._right[question] = self.ask_source(solution_source(self.assignment.source), question)
        return self._right[question]

    def behaviour(self, one: Wanted) -> Behaviour:
        """What a submission's functions compute; a sentence where that can't be seen."""
        version = inputs_version(self.assignment)
        with boundary("asking what it computes", self.assignment.seconds_per_submission) as attempt:
            hand_in = read_hand_in(one.submission.folder, self.assignment.name)
            if hand_in.notebook is None:
                return Behaviour(one.hash, version, hand_in.problem)
            release = read_release(self.assignment.notebook)
            program = read_program(hand_in.notebook, self.assignment.name, release, self.assignment.forbidden)
            answers = self.ask(program, one.questions)  # of a question that can't be asked quickly, none
            right = tuple(q for q, found in answers.items() if found.forms and found.same(self.right(q)))
            return Behaviour(one.hash, version, "", dict(sources_of(program, self.assignment)), answers, right)
        return Behaviour(one.hash, version, attempt.trouble)


def sources_of(program: Program, assignment: Assignment) -> Iterator[tuple[str, str]]:
    """For each question that is answered, the code of its functions and of the helpers that are the student's own."""
    for question, lines in COURSE[assignment.name].items():
        names = [name for name in names_of(lines) if name in program.definitions]
        source = source_of(program, names, assignment)
        if names and len(source) <= MOST_SOURCE:
            yield question, source


def source_of(program: Program, names: Sequence[str], assignment: Assignment) -> str:
    """Code of some graded functions with their helpers, without imports, docstrings and other graded functions."""
    others = set(graded_names(assignment.name)) - set(names)
    found: dict[str, None] = {}
    for statement in (statement for name in names for statement in uses(program, name)):
        if not others & set(statement.binds) and not is_left_out(statement.source):
            found[without_docstrings(statement.source)] = None
    return "\n\n".join(found)


def is_left_out(source: str) -> bool:
    """Imports, and what was never written."""
    try:
        nodes = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(isinstance(node, (ast.Import, ast.ImportFrom)) or is_stub(node) for node in nodes)


_asker: Asker | Exception | None = None  # one for each process
_course: Course | None = None


def _open_asker(course: Course, assignment: Assignment, isolate: bool, questions: set[str]) -> None:
    global _asker, _course
    begin_process()
    warnings.simplefilter("ignore")
    _course = course
    try:
        _asker = Asker(assignment, isolate, questions)
    except Exception as refusal:  # for the parent to say once, not a dead process for each student
        _asker = refusal


def _ask_one(one: Wanted) -> str:
    if not isinstance(_asker, Asker) or _course is None:
        raise _asker if isinstance(_asker, Exception) else RuntimeError("nobody is there to ask in this process")
    found = _asker.behaviour(one)
    write_behaviour(_course, _asker.assignment, one.submission.student, found)
    return found.trouble
