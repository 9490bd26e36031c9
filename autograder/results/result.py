"""What came of one submission: `results/<assignment>/<student>.json`. Every other output is a rendering of it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any

from cnnlab.checking import outcomes
from cnnlab.checking.outcomes import TestReport

FORMAT_VERSION = 2
# notes that no TA need see: how a file was read, cells that are no Python (the reason says so if an answer was lost),
# which of several files could not be read (another note says which one was graded), the student's own modules
HARMLESS = re.compile(
    r"read as |read with the module |not UTF-8: read as |cell \d+(?:, line \d+ | is not a code cell)|not read: "
)
GRADED, PARTIAL, MISSING, UNREADABLE = "graded", "partial", "missing", "unreadable"
UNGRADED = "It could not be graded automatically. That costs nothing: a person will look at it."
WAITS = "it builds on"  # how a test says that it is open because another one is
GIVEN = "points given: "  # how a test says that nobody asked it


@dataclass
class QuestionResult:
    """One question: its points, and every test behind them."""

    name: str
    max_points: float
    tests: list[TestReport] = field(default_factory=list)

    @property
    def points(self) -> float:
        return round(sum(test.points for test in self.tests), 4)

    @property
    def is_open(self) -> bool:
        """Whether nobody can say yet what it is worth; its points are those it has so far."""
        return any(test.is_open for test in self.tests)

    @property
    def why_open(self) -> str:
        """What was found, for whoever has to look; empty if it is not open."""
        texts = [test.text for test in self.tests if test.is_open]
        return next((text for text in texts if not text.startswith(WAITS)), texts[0] if texts else "")

    @property
    def outcome(self) -> str:
        """passed, failed, not_attempted, not_checked, open or error: the worst that a TA should see first."""
        found = {test.outcome for test in self.tests}
        if found <= {outcomes.NOT_ATTEMPTED, outcomes.NOT_CHECKED}:
            return outcomes.NOT_ATTEMPTED if outcomes.NOT_ATTEMPTED in found or not found else outcomes.NOT_CHECKED
        for outcome in (outcomes.ERROR, outcomes.OPEN, outcomes.FAILED, outcomes.NOT_CHECKED, outcomes.NOT_ATTEMPTED):
            if outcome in found:
                return outcome
        return outcomes.PASSED


@dataclass
class Result:
    """One graded submission. `status` is graded, partial, missing or unreadable; `reason` says why it is not graded."""

    assignment: str
    student: str
    status: str
    reason: str
    questions: list[QuestionResult]
    notes: list[str] = field(default_factory=list)  # what a TA or the student should know: renamed file, bad cell
    for_ta: list[str] = field(default_factory=list)  # what is not for the student's page: who this may be
    incidents: list[str] = field(default_factory=list)  # code that hung or ended its process
    troubles: list[str] = field(default_factory=list)  # steps that could not be done: the next run tries them again
    ended_by_clock: bool = False  # a call was ended by the wall clock alone: the machine may have been busy
    answers: dict[str, str] = field(default_factory=dict)  # short hash of each answer that is not the stub, by its cell
    file: str = ""  # the notebook that was graded, relative to the submission's folder
    folder: str = ""  # the student's folder in submitted/, where its name is not the student's id
    output: str = ""  # what the student's code printed, bounded
    accuracies: dict[str, float] = field(default_factory=dict)  # of trained networks, as far as they count
    version: str = ""  # of the release that the submission was made from, as its set-up cell names it
    term: str = ""
    seed: str = ""
    suite: str = ""  # hash of everything the grade depends on but the submission
    made_by: dict[str, str] = field(default_factory=dict)  # the same in parts: "term", "tests", "grader"
    submission: str = ""  # hash of the submission's files
    sandbox: str = ""
    seconds: float = 0.0
    student_seconds: float = 0.0  # of these, in the student's own code

    @property
    def points(self) -> float:
        return round(sum(question.points for question in self.questions), 4)

    @property
    def max_points(self) -> float:
        return sum(question.max_points for question in self.questions)

    @property
    def open_questions(self) -> list[QuestionResult]:
        """Those that a person, or the next run, has to decide; all, where the submission could not be graded at all."""
        ungraded = bool(self.troubles) and not any(question.tests for question in self.questions)
        return [question for question in self.questions if question.is_open or ungraded]

    def open_lines(self, settled: Collection[str] = ()) -> list[str]:
        """`open: <names>: <what was found>` for each cause, but for questions that a person has settled."""
        names: dict[str, list[str]] = {}
        for question in self.questions:
            if question.is_open and question.name not in settled:
                names.setdefault(question.why_open, []).append(question.name)
        return [f"open: {', '.join(questions)}: {why}" for why, questions in names.items()]

    @property
    def ask_again(self) -> bool:
        """Whether the next run grades it again though nothing has changed: the grader itself was in trouble."""
        tests = [test for question in self.questions for test in question.tests]
        return bool(self.troubles) or any(test.outcome == outcomes.ERROR for test in tests)

    @property
    def needs_attention(self) -> list[str]:
        """What a TA has to look at with their own eyes."""
        return self.attention()

    def attention(self, settled: Collection[str] = ()) -> list[str]:
        """What a TA has to look at, but for open questions that a person has settled."""
        found = [*self.troubles]
        if self.status != GRADED and self.reason != UNGRADED and not any(self.reason in text for text in found):
            found.append(self.reason)
        found += [line for line in self.open_lines(settled) if not (self.reason and self.reason in line)]
        told = [note for note in self.notes if not HARMLESS.match(note) and note not in self.reason]
        return found + self.incidents[:1] + self.for_ta + told

    def to_json(self) -> str:
        data = {"format_version": FORMAT_VERSION, **asdict(self)}
        data["points"], data["max_points"] = self.points, self.max_points
        data["questions"] = [
            {"name": q.name, "points": q.points, "max_points": q.max_points, "outcome": q.outcome}
            | {"tests": [test.to_dict() for test in q.tests]}
            for q in self.questions
        ]
        return json.dumps(data, indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Result:
        """Read a result back; `ValueError` if it is of another format version or not a result at all."""
        data: dict[str, Any] = json.loads(text)
        if not isinstance(data, dict) or data.pop("format_version", None) != FORMAT_VERSION:
            raise ValueError(f"not a result of format version {FORMAT_VERSION}")
        del data["points"], data["max_points"]
        data["questions"] = [
            QuestionResult(q["name"], q["max_points"], [TestReport.from_dict(test) for test in q["tests"]])
            for q in data["questions"]
        ]
        return cls(**data)
