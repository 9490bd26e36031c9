"""Where one student stands in one assignment: what is final, what is open and for whom, what is out of date."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.collecting.class_list import Student
from autograder.course.late import Penalty
from autograder.reporting.gradebook import Entry
from autograder.results.result import MISSING, UNREADABLE, Result

FINAL, OPEN_WRITTEN, OPEN_TESTS, STALE = "final", "open written answers", "open tests", "stale"
MISPLACED = "not in its place: "  # how a result says that files lie elsewhere


@dataclass
class Standing:
    """One row of grades.csv and of the tables.

    entry: what the gradebook has; None if the result is not in it.
    stale: why the result is not that of what lies there now; "" if it is.
    """

    person: Student
    result: Result
    entry: Entry | None = None
    stale: str = ""

    @property
    def student(self) -> str:
        return self.result.student

    @property
    def late(self) -> Penalty:
        """What is taken off for a late hand-in."""
        return self.entry.late if self.entry else Penalty()

    @property
    def settled(self) -> list[str]:
        """Questions that are decided, those by a person too."""
        return [name for name, score in self.entry.scores.items() if not score.is_open] if self.entry else []

    @property
    def open_tests(self) -> list[str]:
        """Questions with tests that a person, or the next run, has to decide."""
        found = [question.name for question in self.result.open_questions]
        if self.entry:
            found += [name for name, score in self.entry.scores.items() if score.is_open and not score.written]
        return [name for name in dict.fromkeys(found) if name not in self.settled]

    @property
    def open_written(self) -> list[str]:
        """Written answers that wait for points: never graded, or changed since."""
        return (
            [name for name, score in self.entry.scores.items() if score.is_open and score.written] if self.entry else []
        )

    @property
    def changed_since(self) -> list[str]:
        """Questions that somebody graded by hand, and that have changed since."""
        return [name for name, score in self.entry.scores.items() if score.is_open_again] if self.entry else []

    @property
    def is_zero_of_no_answer(self) -> bool:
        """Whether the zero has a cause beside the answers: no person has said yet that it shall stand."""
        lies_elsewhere = self.result.status == MISSING and self.result.reason.startswith(MISPLACED)
        is_touched = self.entry is not None and any(score.manual is not None for score in self.entry.scores.values())
        return (self.result.status == UNREADABLE or lies_elsewhere) and not is_touched

    @property
    def state(self) -> str:
        """final, open written answers, open tests or stale: what has to be done first."""
        if self.stale:
            return STALE
        if self.open_tests or self.is_zero_of_no_answer:
            return OPEN_TESTS
        return OPEN_WRITTEN if self.open_written else FINAL

    @property
    def attention(self) -> list[str]:
        """What a TA has to look at and has not settled yet."""
        return attention_of(self)

    @property
    def score_so_far(self) -> float:
        return self.entry.score if self.entry else self.result.points

    @property
    def score(self) -> float | None:
        """The final score; None as long as anything may change it."""
        return self.score_so_far if self.state == FINAL else None

    @property
    def max_score(self) -> float:
        return self.entry.max_points if self.entry else self.result.max_points

    @property
    def open_points(self) -> float:
        """Points that nobody has given or taken yet."""
        if self.entry:
            return self.entry.open_points
        return sum(question.max_points - question.points for question in self.result.open_questions)


def attention_of(standing: Standing) -> list[str]:
    changed = standing.changed_since
    again = [f"changed since it was graded by hand: {', '.join(changed)}"] if changed else []
    stale = [f"stale: {standing.stale}"] if standing.stale else []
    return stale + again + standing.result.attention(standing.settled)
