"""What came of one submission: `results/<assignment>/<student>.json`. Every other output is a rendering of it."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cnnlab import outcomes
from cnnlab.outcomes import TestReport

FORMAT_VERSION = 1
# notes that no TA need see: how a file was read, cells that are no Python (the reason says so if an answer was lost),
# which of several files could not be read (another note says which one was graded), the student's own modules
HARMLESS = re.compile(
    r"read as |read with the module |not UTF-8: read as |cell \d+(?:, line \d+ | is not a code cell)|not read: "
)
GRADED, PARTIAL, MISSING, UNREADABLE = "graded", "partial", "missing", "unreadable"


@dataclass
class QuestionResult:
    """One question: its points, and every test behind them."""

    name: str
    max_points: float
    tests: list[TestReport] = field(default_factory=list)

    @property
    def points(self) -> float:
        return round(sum(test.earned for test in self.tests), 4)

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
    file: str = ""  # the notebook that was graded, relative to the submission's folder
    output: str = ""  # what the student's code printed, bounded
    version: str = ""  # of the release that the submission was made from, as its set-up cell names it
    term: str = ""
    seed: str = ""
    suite: str = ""  # hash of everything the grade depends on but the submission
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
    def needs_attention(self) -> list[str]:
        """What a TA has to look at with their own eyes."""
        found = [f"grader error in {q.name}" for q in self.questions if q.outcome == outcomes.ERROR]
        if self.status != GRADED:
            found.append(self.reason)
        open_ = [test.text for q in self.questions for test in q.tests if test.outcome == outcomes.OPEN]
        told = [text for text in dict.fromkeys(open_) if not (self.reason and self.reason in text)]
        found += [f"open: {text}" for text in told if not text.startswith("it builds on")]
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
            QuestionResult(q["name"], q["max_points"], [TestReport(**test) for test in q["tests"]])
            for q in data["questions"]
        ]
        return cls(**data)


def write_atomically(path: Path, text: str) -> None:
    """Write a whole file or nothing: a reader, a crash or a full disk never leaves half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(scratch, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)
