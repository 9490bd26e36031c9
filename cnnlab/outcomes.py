"""What can come of one test, and the record that is made of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

PASSED, FAILED, NOT_ATTEMPTED, NOT_CHECKED, ERROR = "passed", "failed", "not_attempted", "not_checked", "error"


class CheckFailed(AssertionError):
    """A wrong answer, said in the grammar called -> returned -> expected -> hint.

    `actual` and `desired` are the two arrays where there are any: the picture and the diagnosis are made from them.
    """

    def __init__(self, returned: str, expected: str, hint: str = "", actual: Any = None, desired: Any = None) -> None:
        super().__init__(f"returned {returned}, expected {expected}")
        self.returned, self.expected, self.hint = returned, expected, hint
        self.actual, self.desired = actual, desired


class StudentError(Exception):
    """The student's code raised. `trace` holds one line for each of the student's own frames, outermost first."""

    def __init__(self, type_name: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(f"{type_name}: {message}" if message else type_name)
        self.type_name, self.message, self.trace = type_name, message, trace or []


class Stopped(Exception):
    """The student's code took too long or ended its process; the text is the whole sentence."""


class NotAttempted(Exception):
    """The function is still the stub, or is not there at all; the text is the whole sentence."""


class NotChecked(Exception):
    """What this test builds on is missing; the text says what and why."""


@dataclass
class TestReport:
    """One test of one question: what the student reads, and what the gradebook counts."""

    __test__ = False  # the name starts with "Test", but pytest has nothing to collect here

    question: str
    test: str
    title: str
    points: float
    outcome: str = PASSED
    text: str = ""
    called: str = ""
    returned: str = ""
    expected: str = ""
    hint: str = ""
    mistake: str = ""
    trace: list[str] = field(default_factory=list)
    picture: dict[str, Any] | None = None
    seconds: float = 0.0

    @property
    def earned(self) -> float:
        """Points; an error of the grader's own never costs any."""
        return self.points if self.outcome in (PASSED, ERROR) else 0.0

    def to_dict(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value not in ("", [], None)}
