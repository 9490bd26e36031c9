"""What a class's results say, counted: the state of the class, points, tests, mistakes, time, versions."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autograder.course.course import Assignment
from autograder.reporting.gradebook import Score
from autograder.reporting.standing import FINAL, OPEN_TESTS, OPEN_WRITTEN, STALE, Standing
from autograder.results.result import GRADED, PARTIAL
from cnnlab.checking import outcomes
from cnnlab.checking.outcomes import TestReport

LOOKS_LIKE = "looks like: "
MOST_TESTS = 15


def is_graded(row: Standing) -> bool:
    """Whether something was handed in that tests could be run on."""
    return row.result.status in (GRADED, PARTIAL)


def points_of(row: Standing, question: str) -> float | None:
    """What counts for a question; None as long as somebody has to decide."""
    score = scores_of(row).get(question)
    if score is not None:
        return None if score.is_open else score.points
    open_ = {q.name for q in row.result.open_questions}
    return next((q.points for q in row.result.questions if q.name == question and q.name not in open_), None)


def scores_of(row: Standing) -> Mapping[str, Score]:
    return row.entry.scores if row.entry else {}


def is_late(row: Standing, assignment: Assignment) -> bool:
    handed_in = row.entry.handed_in if row.entry else None
    return bool(assignment.due and handed_in and handed_in > assignment.due)


def state_of_class(rows: Sequence[Standing], assignment: Assignment) -> list[tuple[str, int]]:
    """How many students: handed in, late, and so on."""
    statuses, states = Counter(row.result.status for row in rows), Counter(row.state for row in rows)
    counts = [("students", len(rows)), ("handed in", sum(row.result.status != "missing" for row in rows))]
    counts += [("late", sum(is_late(row, assignment) for row in rows))]
    counts += [(status, statuses[status]) for status in ("graded", "partial", "unreadable", "missing")]
    counts += [(state, states[state]) for state in (FINAL, OPEN_WRITTEN, OPEN_TESTS, STALE)]
    return [*counts, ("need a look", sum(bool(row.attention) for row in rows))]


@dataclass
class Question:
    """The points of the class for one question, of those who handed in something that could be graded."""

    name: str
    most: float
    points: list[float] = field(default_factory=list)
    open: int = 0
    not_attempted: int = 0

    @property
    def mean(self) -> float:
        return statistics.mean(self.points) if self.points else 0.0

    @property
    def share(self) -> float:
        """The mean's part of all points."""
        return self.mean / self.most if self.most else 0.0

    @property
    def full(self) -> int:
        return sum(points >= self.most for points in self.points)

    @property
    def none(self) -> int:
        return sum(points <= 0 for points in self.points)


def questions_of(rows: Sequence[Standing]) -> list[Question]:
    """Every question, those with tests in the notebook's order, then the written ones."""
    questions: dict[str, Question] = {}
    for row in filter(is_graded, rows):
        found = {question.name: question.max_points for question in row.result.questions}
        found |= {name: score.max_points for name, score in scores_of(row).items() if score.written}
        skipped = {q.name for q in row.result.questions if q.outcome == outcomes.NOT_ATTEMPTED}
        for name, most in found.items():
            question = questions.setdefault(name, Question(name, most))
            points = points_of(row, name)
            question.open += points is None
            question.points += [] if points is None else [points]
            question.not_attempted += name in skipped
    return list(questions.values())


@dataclass
class Failing:
    """One test, and whom it cost points."""

    question: str
    title: str
    failed: int = 0
    asked: int = 0
    points: float = 0.0

    @property
    def share(self) -> float:
        return self.failed / self.asked if self.asked else 0.0


def failing_tests(rows: Sequence[Standing]) -> list[Failing]:
    """The tests that most students fail who have attempted them."""
    found: dict[tuple[str, str], Failing] = {}
    for test in (test for row in rows for question in row.result.questions for test in question.tests):
        one = found.setdefault((test.question, test.test), Failing(test.question, test.title))
        one.asked += test.outcome in (outcomes.PASSED, outcomes.FAILED)
        if is_lost(test):
            one.failed += 1
            one.points += test.max_points
    return sorted((one for one in found.values() if one.failed), key=lambda one: (-one.failed, -one.points))[
        :MOST_TESTS
    ]


def is_lost(test: TestReport) -> bool:
    return test.outcome == outcomes.FAILED and not test.excused


@dataclass
class Recognized:
    """A mistake that has a name, and who made it."""

    hint: str
    students: list[str] = field(default_factory=list)
    questions: Counter[str] = field(default_factory=Counter)

    @property
    def question(self) -> str:
        """Where most of them made it."""
        return self.questions.most_common(1)[0][0]


def mistakes_of(rows: Sequence[Standing]) -> list[Recognized]:
    """Mistakes that were recognized, commonest first."""
    found: dict[str, Recognized] = {}
    for row in rows:
        for question in row.result.questions:
            for hint in dict.fromkeys(test.hint.removeprefix(LOOKS_LIKE) for test in question.tests if test.hint):
                one = found.setdefault(hint, Recognized(hint))
                one.questions[question.name] += 1
                if row.student not in one.students:
                    one.students.append(row.student)
    return sorted(found.values(), key=lambda one: (-len(one.students), one.hint))


def unexplained(rows: Sequence[Standing]) -> list[tuple[str, int]]:
    """Question -> students who lost points there by tests that no known mistake explains; most first."""
    counts: Counter[str] = Counter()
    for row in rows:
        for question in row.result.questions:
            counts[question.name] += any(is_lost(test) and not test.hint for test in question.tests)
    return [(name, count) for name, count in counts.most_common() if count]


def times_of(rows: Sequence[Standing]) -> dict[str, float]:
    """Seconds of grading a hand-in: median, longest, and of these in the students' own code."""
    graded = [row.result for row in rows if is_graded(row)]
    own, whole = [r.student_seconds for r in graded] or [0.0], [r.seconds for r in graded] or [0.0]
    return {
        "median": statistics.median(whole),
        "longest": max(whole),
        "median in students' code": statistics.median(own),
        "longest in students' code": max(own),
    }


def limits_of(rows: Sequence[Standing]) -> dict[str, list[Standing]]:
    """What ran into a limit or ended its process -> who."""
    found: dict[str, list[Standing]] = defaultdict(list)
    for row in rows:
        for incident in dict.fromkeys(row.result.incidents):
            found[incident].append(row)
    return dict(sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])))


def versions_of(rows: Sequence[Standing]) -> list[tuple[str, int]]:
    return sorted(Counter(row.result.version or "not known" for row in rows if is_graded(row)).items())
