"""What to do about an item, in one plain sentence, and which items are worth a look first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autograder.learning.item_statistics import interval_of_share
from autograder.learning.items import (
    FEW,
    LEAST,
    LEFT_OUT,
    NOT_ASKED,
    NOT_REACHED,
    OPEN,
    Drift,
    Item,
    Key,
    drifts,
    lost_together,
)

HARD, EASY = 0.3, 0.85  # shares: said where the whole interval lies below, or above and nobody loses it
WEAK = 0.2  # a poor discrimination (Ebel, "Measuring Educational Achievement", 1965), where the interval lies below
NO_LINK = 0.1
OFTEN = 0.1  # of the class did not attempt a question, for certain
SLOW, SECONDS = 0.25, 1.0  # of the time of all tests, and that is more than this
MOST_READ = 3
# The kinds of advice: what is worth a look first; then what is true of many items; then the rest
KINDS = (
    *("best fail", "drifted", "too hard", "not attempted", "says little", "says the same", "slow"),
    *("never lost", "nothing"),
)


@dataclass(frozen=True)
class Advice:
    """What to do about an item.

    kind: one of those above.
    read: students whose submissions to read, the first first.
    """

    item: Item
    kind: str
    text: str
    read: list[str] = field(default_factory=list)
    drifts: list[Drift] = field(default_factory=list)

    @property
    def is_worth_a_look(self) -> bool:
        return self.kind not in ("never lost", "nothing")


@dataclass(frozen=True)
class Beside:
    """What is known beside an item: all items of the class, what is lost together, how items differ from earlier terms.

    changed: the terms that had other hidden tests.
    """

    items: Sequence[Item]
    together: Mapping[Key, Sequence[Item]]
    drifts: Mapping[Key, Sequence[Drift]]
    changed: Sequence[str] = ()


def advise(
    items: Sequence[Item], earlier: Mapping[str, Sequence[Item]] | None = None, changed: Sequence[str] = ()
) -> list[Advice]:
    """Advice on each item, what is worth a look first: by kind, then by the points that it costs the class.

    Args:
        earlier: by term, the items of earlier terms.
        changed: of these, the terms that had other hidden tests.
    """
    beside = Beside(items, lost_together(items), drifts(items, earlier or {}), changed)
    found = [advice_on(item, beside) for item in items]
    return sorted(found, key=lambda one: (KINDS.index(one.kind), -one.item.points * one.item.n * (1 - one.item.share)))


def advice_on(item: Item, beside: Beside) -> Advice:
    """The first thing that there is to say."""
    said = (best_fail, drifted, too_hard, not_attempted, says_little, says_the_same, slow, never_lost, nothing)
    kind, text = next((kind, text) for kind, say in zip(KINDS, said) if (text := say(item, beside)))
    read = best_losers(item)[:MOST_READ] if kind == "best fail" else []
    return Advice(item, kind, text, read, list(beside.drifts.get(item.key, ())))


def best_losers(item: Item) -> list[str]:
    """Of the best quarter, who lost points, the best first."""
    return [answer.student for answer in item.quarters[0] if answer.student in item.losers]


# --- sentences: "" where there is nothing to say --------------------------------------------------------------------


def best_fail(item: Item, beside: Beside) -> str:
    """The best quarter does no better than the others. In a class of 60, a good item seems so in one of fifty."""
    best, others = item.quarters
    lost, known = best_losers(item), item.discrimination
    lost_too = sum(answer.student in item.losers for answer in others)
    if known is None or known.r >= NO_LINK or len(lost) < MOST_READ or len(lost) * len(others) < lost_too * len(best):
        return ""
    return (
        f"The best quarter {loses(item)} at least as often as the others "
        f"({len(lost)} of {len(best)}, {lost_too} of {len(others)}): it may be wrong, or its text may mislead."
    )


def drifted(item: Item, beside: Beside) -> str:
    """Another difficulty than in an earlier term, where that is no chance."""
    drift = next((one for one in beside.drifts.get(item.key, ()) if one.real), None)
    if drift is None:
        return ""
    low, high = sorted((abs(drift.low), abs(drift.high)))
    why = "the hidden tests were changed in between, too." if drift.term in beside.changed else "what was changed?"
    return (
        f"{'Easier' if drift.difference > 0 else 'Harder'} than in {drift.term}: {percent(item.share)} of its points "
        f"now, {percent(drift.before)} then, {100 * low:.0f} to {100 * high:.0f} % between them: {why}"
    )


def too_hard(item: Item, beside: Beside) -> str:
    if not item.n or item.interval[1] >= HARD:
        return ""
    if item.share == 0:
        return f"Nobody of {item.n} gets a point: see that the notebook asks for it, and that the reference is right."
    return (
        f"{len(item.losers)} of {item.n} {loses(item, '')}: teach it once more, or say in the notebook what is asked."
    )


def not_attempted(item: Item, beside: Beside) -> str:
    """Of a question as a whole: its tests would all say the same."""
    left, late = item.count(LEFT_OUT), item.count(NOT_REACHED)
    asked, skipped = len(item.answers) - item.count(NOT_ASKED), left + late
    if item.test or skipped < FEW or interval_of_share(skipped / asked, asked)[0] <= OFTEN:
        return ""
    told = [f"{count} {how}" for count, how in ((left, "left it out"), (late, "did not get so far")) if count]
    what = "say more clearly what to do" if left > late else "ask for less before it, or give more time"
    return f"Of {asked}, {' and '.join(told)}: {what}."


def says_little(item: Item, beside: Beside) -> str:
    known = item.discrimination
    if known is None or known.high >= WEAK:
        return ""
    return (
        f"Who is good at the rest is {'worse' if known.high < 0 else 'hardly better'} here (a correlation of "
        f"{known.high:.2f} at most): "
        "does it ask for what the course is about?"
    )


def says_the_same(item: Item, beside: Beside) -> str:
    same = beside.together.get(item.key, ())
    if not same:
        return ""
    names = ", ".join(map(quoted, same))
    return f"Whoever loses it ({len(item.losers)}) loses {names}, too: they say the same, so one could have the points."


def slow(item: Item, beside: Beside) -> str:
    median, whole = item.seconds[0], sum(other.seconds[0] for other in beside.items if other.test)
    if not item.test or median <= max(SECONDS, SLOW * whole):
        return ""
    return f"It takes {percent(median / whole)} of the time of all tests: would a smaller case do?"


def never_lost(item: Item, beside: Beside) -> str:
    if not item.n or item.losers or item.interval[0] <= EASY:
        return ""
    best = most_telling(item, beside.items)
    place = quoted(best) if best else "an item that tells students apart"
    return f"Nobody of {item.n} loses it: keep it as a warm-up, or give its points to {place}."


def most_telling(item: Item, items: Sequence[Item]) -> Item | None:
    """Of the tests of its question, else of all, that which tells students apart best; for a question, a question."""
    known = [(other, other.discrimination) for other in items if bool(other.test) == bool(item.test)]
    telling = [(found.r, other) for other, found in known if found and found.low > 0]
    near = [pair for pair in telling if pair[1].question == item.question] or telling
    return max(near, key=lambda pair: pair[0])[1] if near else None


def nothing(item: Item, beside: Beside) -> str:
    twin = next((key for key, others in beside.together.items() if item in others), None)
    if twin:
        return f"Says the same as {quoted(next(other for other in beside.items if other.key == twin))}."
    waiting = item.count(OPEN)
    if waiting > item.n:
        return f"{waiting} wait for a person: grade them first."
    if item.n < LEAST:
        return f"Too few to say: {item.n} answers, and it takes {LEAST}."
    if all(answer.rest is None for answer in item.counted):
        return "There is nothing else to compare it with."
    if item.discrimination is None:
        return f"Too few differ to say whom it tells apart: {len(item.losers)} of {item.n} lose points."
    return "Does its work: leave it." if item.discrimination.low > 0 else "Too few to say whether it tells them apart."


def loses(item: Item, ending: str = "s") -> str:
    """Of a question, any of its points."""
    return f"lose{ending} it" if item.test else f"lose{ending} points here"


def quoted(item: Item) -> str:
    return f"“{item.title}” ({item.question})" if item.test else item.question


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"
