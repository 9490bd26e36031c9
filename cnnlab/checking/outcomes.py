"""What can come of one test, and the record that is made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

PASSED, FAILED, NOT_ATTEMPTED, NOT_CHECKED, ERROR = "passed", "failed", "not_attempted", "not_checked", "error"
OPEN = "open"  # a person has to look, as at a written answer; an error is open, too, and is asked again by the next run


class CheckFailed(AssertionError):
    """A wrong answer, said in the grammar called -> returned -> expected -> hint.

    `actual` and `desired` are the two arrays where there are any: the picture and the diagnosis are made from them.
    `precision` names the dtype to whose digits the answer is right, where that is all that is wrong with it.
    """

    def __init__(
        self,
        returned: str,
        expected: str,
        hint: str = "",
        actual: Any = None,
        desired: Any = None,
        precision: str = "",
    ) -> None:
        super().__init__(f"returned {returned}, expected {expected}")
        self.returned, self.expected, self.hint = returned, expected, hint
        self.actual, self.desired, self.precision = actual, desired, precision


class StudentError(Exception):
    """The student's code raised. `trace` holds one line for each of the student's own frames, outermost first.

    `kinds` names the classes that the exception's own is made from: a `class TooSmall(ValueError)` is a ValueError.
    """

    def __init__(self, type_name: str, message: str, trace: list[str] | None = None, kinds: Iterable[str] = ()) -> None:
        super().__init__(f"{type_name}: {message}" if message else type_name)
        self.type_name, self.message, self.trace, self.kinds = type_name, message, trace or [], tuple(kinds)

    def is_a(self, name: str) -> bool:
        """Whether `except name:` would catch it."""
        return name in (self.type_name, *self.kinds)


class Stopped(Exception):
    """The student's code took too long or ended its process; the text is the whole sentence."""


class NotAttempted(Exception):
    """The function is still the stub, or is not there at all; the text is the whole sentence."""


class NotChecked(Exception):
    """What this test builds on is missing; the text says what and why."""


class NoCache(NotChecked):
    """A backward pass can't be asked: its forward pass gave it nothing to start from."""


class NeedsPerson(Exception):
    """What was handed in can't be judged fairly by tests alone; the text says what was found, where, and what to do."""


class GraderError(Exception):
    """Trouble of the grader's own: nothing is given or taken, and it is asked again."""


@dataclass
class TestReport:
    """One test of one question: what the student reads, and what the gradebook counts."""

    __test__ = False  # the name starts with "Test", but pytest has nothing to collect here

    question: str
    test: str
    title: str
    max_points: float
    outcome: str = PASSED
    text: str = ""
    called: str = ""
    returned: str = ""
    expected: str = ""
    hint: str = ""
    mistake: str = ""
    paid_as: str = ""  # what a recognized mistake is paid for as, once in a submission
    excused: str = ""  # why a test that failed costs nothing: its mistake has been paid for elsewhere
    trace: list[str] = field(default_factory=list)
    picture: dict[str, Any] | None = None
    seconds: float = 0.0

    @property
    def points(self) -> float:
        """Those of what passed, and of what failed by a mistake that was paid for elsewhere."""
        return self.max_points if self.outcome == PASSED or self.excused else 0.0

    @property
    def is_open(self) -> bool:
        """Whether nobody can say yet what it is worth: a person has to look, or the grader has to ask again."""
        return self.outcome in (OPEN, ERROR)

    def to_dict(self) -> dict[str, Any]:
        told = {key: value for key, value in asdict(self).items() if value not in ("", [], None)}
        return told | {"points": self.points}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> TestReport:
        return cls(**{key: value for key, value in data.items() if key != "points"})
