"""Item analysis: how each hidden test and each question of an assignment did its work in a class.

An item is a test, or a question as a whole. Its difficulty is the share of its points that the class got; its
discrimination the correlation of that share with the share of the points of all else (corrected item-total correlation:
Lord and Novick, "Statistical Theories of Mental Test Scores", 1968, chapter 15). Both are of those who attempted it.

What says nothing of an item is not counted, neither as right nor as wrong, and is told beside: not attempted, open, not
checked because it builds on what is missing, and what costs nothing since its mistake is paid for elsewhere. A question
as a whole counts what the gradebook gives.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from autograder.learning.item_statistics import (
    Interval,
    chance_of_difference,
    correlation,
    holm,
    interval_of_correlation,
    interval_of_difference,
    interval_of_share,
)
from autograder.reporting.class_figures import is_graded, points_of, scores_of
from autograder.reporting.standing import Standing
from autograder.results.result import GIVEN, QuestionResult
from cnnlab.checking import outcomes
from cnnlab.checking.outcomes import TestReport

LEAST = 20  # answers: with fewer, an interval of a correlation is 0.8 wide and more, and says nothing
FEW = 5  # who must have lost it, and who must not, before anything is said of who they are
TOGETHER, ENOUGH = 0.9, 10  # of all who lost one of two tests, those that lost both; and how many these must be
# Why an answer does not count
LEFT_OUT, NOT_REACHED, OPEN, EXCUSED = "left out", "not reached", "open", "paid for elsewhere"
NOT_ASKED = "not asked"  # it builds on what is missing, or is newer than the student's notebook
Key = tuple[str, str]  # question and test; "" for the question as a whole


@dataclass(frozen=True)
class Answer:
    """What came of an item for one student.

    share: of its points; None where that says nothing of the item, and `why` says why.
    rest: the share of the points of all else that is decided; None if there is nothing else.
    """

    student: str
    share: float | None
    rest: float | None
    seconds: float = 0.0
    why: str = ""


@dataclass(frozen=True)
class Discrimination:
    """The correlation of an item with all else, and its interval."""

    r: float
    low: float
    high: float


@dataclass
class Item:
    """A test of a question, or a question as a whole (`test` is empty), and what came of it for each student."""

    question: str
    test: str
    title: str
    points: float
    answers: list[Answer] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return self.question, self.test

    @cached_property
    def counted(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.share is not None]

    def count(self, *why: str) -> int:
        """How many answers do not count, for one of these reasons."""
        return sum(answer.why in why for answer in self.answers)

    @property
    def n(self) -> int:
        return len(self.counted)

    @cached_property
    def share(self) -> float:
        """The mean; 0 if nobody's counts."""
        return statistics.fmean(shares_of(self.counted)) if self.counted else 0.0

    @cached_property
    def interval(self) -> Interval:
        return interval_of_share(self.share, self.n)

    @cached_property
    def losers(self) -> frozenset[str]:
        """Who did not get all of its points."""
        return frozenset(answer.student for answer in self.counted if (answer.share or 0.0) < 1)

    @cached_property
    def seconds(self) -> tuple[float, float]:
        """The median of those who attempted it, and the longest."""
        seconds = [answer.seconds for answer in self.counted] or [0.0]
        return statistics.median(seconds), max(seconds)

    @cached_property
    def discrimination(self) -> Discrimination | None:
        """None where there are too few answers to say, or too few that differ from the others."""
        pairs = [(answer.share, answer.rest) for answer in self.counted if answer.rest is not None]
        own, rest = [float(share or 0) for share, _ in pairs], [rest for _, rest in pairs]
        commonest = max((own.count(share) for share in set(own)), default=0)
        if len(pairs) < LEAST or len(pairs) - commonest < FEW or (r := correlation(own, rest)) is None:
            return None
        return Discrimination(r, *interval_of_correlation(own, rest))

    @cached_property
    def quarters(self) -> tuple[list[Answer], list[Answer]]:
        """The best quarter by all else, the best first, and the others; nobody is best where they can't be told apart.

        Who has as many points as the last of the best belongs to them: if these are half of the class, they are none.
        """
        known = sorted((a for a in self.counted if a.rest is not None), key=lambda a: (-(a.rest or 0), a.student))
        if len(known) < LEAST:
            return [], known
        least = known[(len(known) + 3) // 4 - 1].rest or 0.0
        best = [answer for answer in known if (answer.rest or 0.0) >= least]
        return (best, known[len(best) :]) if 2 * len(best) < len(known) else ([], known)


def shares_of(answers: Iterable[Answer]) -> list[float]:
    return [answer.share for answer in answers if answer.share is not None]


# --- from results ---------------------------------------------------------------------------------------------------


def items_of(rows: Sequence[Standing]) -> list[Item]:
    """Every question that is worth a point, each followed by its tests, in the notebook's order; the written ones last.

    Of those who handed in something that could be graded.
    """
    items: dict[Key, Item] = {}
    for row in filter(is_graded, rows):
        for item, answer in answers_of(row):
            items.setdefault(item.key, item).answers.append(answer)
    order = list(dict.fromkeys(question for question, _ in items))
    return sorted(items.values(), key=lambda item: (order.index(item.question), item.test != ""))


def answers_of(row: Standing) -> Iterator[tuple[Item, Answer]]:
    """Every item that one student was asked, without other students' answers, and what came of it."""
    worth = worth_of(row)
    decided = {name: (p, most) for name, (p, most) in worth.items() if p is not None}
    skipped = skipped_questions(row.result.questions)
    for question in row.result.questions:
        others = [pair for name, pair in decided.items() if name != question.name]
        if question.name in worth:
            points, most = worth[question.name]
            why = OPEN if points is None else "" if points > 0 else skipped.get(question.name, "")
            share = None if why else min(1.0, max(0.0, (points or 0.0) / most))
            seconds = sum(test.seconds for test in question.tests)
            yield Item(question.name, "", "", most), Answer(row.student, share, part(others), seconds, why)
        for test in (test for test in question.tests if test.max_points > 0):
            beside = [(t.points, t.max_points) for t in question.tests if t is not test and not t.is_open]
            why = why_not_counted(test, skipped.get(question.name, LEFT_OUT))
            share = None if why else float(test.outcome == outcomes.PASSED)
            item = Item(question.name, test.test, test.title, test.max_points)
            yield item, Answer(row.student, share, part([*others, *beside]), test.seconds, why)
    for name in [name for name in worth if name not in {question.name for question in row.result.questions}]:
        yield written(row, name, worth, decided)


def worth_of(row: Standing) -> dict[str, tuple[float | None, float]]:
    """By question, the points (None as long as somebody has to decide) and the most that there are, if not 0."""
    most = {question.name: question.max_points for question in row.result.questions}
    most |= {name: score.max_points for name, score in scores_of(row).items() if score.written}
    return {name: (points_of(row, name), points) for name, points in most.items() if points > 0}


def skipped_questions(questions: Sequence[QuestionResult]) -> dict[str, str]:
    """Questions that say nothing -> why: not reached where nothing after them was attempted either, else left out."""
    none = (outcomes.NOT_ATTEMPTED, outcomes.NOT_CHECKED)
    tried = [place for place, question in enumerate(questions) if question.outcome not in none]
    skipped = {}
    for place, question in enumerate(questions):
        if question.outcome == outcomes.NOT_ATTEMPTED:
            skipped[question.name] = NOT_REACHED if place > max(tried, default=-1) else LEFT_OUT
        elif question.outcome == outcomes.NOT_CHECKED:
            skipped[question.name] = NOT_ASKED
    return skipped


def why_not_counted(test: TestReport, not_attempted: str) -> str:
    """Why a test's outcome says nothing of the test; "" if it passed or failed by its own."""
    if test.is_open:
        return OPEN
    if test.outcome == outcomes.NOT_ATTEMPTED:
        return not_attempted
    if test.outcome == outcomes.NOT_CHECKED or (test.outcome == outcomes.PASSED and test.text.startswith(GIVEN)):
        return NOT_ASKED
    return EXCUSED if test.excused else ""


def written(
    row: Standing, name: str, worth: Mapping[str, tuple[float | None, float]], decided: Mapping[str, tuple]
) -> tuple[Item, Answer]:
    """A written question. An answer that is still the stub was left out."""
    points, most = worth[name]
    why = OPEN if points is None else LEFT_OUT if points <= 0 and name not in row.result.answers else ""
    share = None if why else min(1.0, max(0.0, (points or 0.0) / most))
    rest = part(pair for other, pair in decided.items() if other != name)
    return Item(name, "", "", most), Answer(row.student, share, rest, why=why)


def part(pairs: Iterable[tuple[float, float]]) -> float | None:
    """The share of points in what there is; None if that is nothing."""
    known = list(pairs)
    most = sum(most for _, most in known)
    return sum(points for points, _ in known) / most if most > 0 else None


# --- between items, and between terms -------------------------------------------------------------------------------


def lost_together(items: Sequence[Item]) -> dict[Key, list[Item]]:
    """Tests -> the other tests that the same students lost; each test stands in one such group, led by the dearest."""
    waiting = sorted((item for item in items if item.test and len(item.losers) >= ENOUGH), key=lambda one: -one.points)
    found: dict[Key, list[Item]] = {}
    while waiting:
        first, *waiting = waiting
        same = [other for other in waiting if is_lost_with(first, other)]
        if same:
            found[first.key] = same
            waiting = [other for other in waiting if other not in same]
    return found


def is_lost_with(one: Item, other: Item) -> bool:
    """Whether the same students lost both tests, of those whose answers to both count; and not all of them."""
    asked = frozenset(a.student for a in one.counted) & frozenset(a.student for a in other.counted)
    lost, lost_too = one.losers & asked, other.losers & asked
    same = len(lost & lost_too)
    return same < len(asked) and same >= max(ENOUGH, TOGETHER * len(lost | lost_too))


@dataclass(frozen=True)
class Drift:
    """An item's share of an earlier term, and the difference since. `real`: it is no chance, though many are looked at.

    n: answers of the earlier term.
    """

    term: str
    before: float
    n: int
    difference: float
    low: float
    high: float
    real: bool


def drifts(items: Sequence[Item], earlier: Mapping[str, Sequence[Item]]) -> dict[Key, list[Drift]]:
    """Items -> how they differ from each earlier term that asked them, too."""
    now = {item.key: item for item in items if item.n}
    pairs = [(term, now[old.key], old) for term, olds in earlier.items() for old in olds if old.n and old.key in now]
    real = holm([chance_of_difference(new.share, new.n, old.share, old.n) for _, new, old in pairs])
    found: dict[Key, list[Drift]] = {}
    for (term, new, old), is_real in zip(pairs, real):
        low, high = interval_of_difference(new.share, new.n, old.share, old.n)
        drift = Drift(term, old.share, old.n, new.share - old.share, low, high, is_real and low * high > 0)
        found.setdefault(new.key, []).append(drift)
    return found
