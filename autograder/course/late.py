"""What late hand-ins cost under a term's late policy: the calculation alone, from times and points.

Lateness is counted in seconds of real time, so a change of the clocks in between makes no difference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

DAY = timedelta(days=1)
UNKNOWN_TIME = "It is not known when this was handed in, so it counts as on time."
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class LatePolicy:
    """`[terms.NAME.late]` of course.toml. Percentages are of the points that were earned."""

    grace: timedelta = timedelta(0)  # added to each due date
    tokens: int = 0  # of a student, for all assignments of the term
    token: timedelta = DAY  # what one of them covers
    percent_per_day: float = 0.0  # for each day that no token covers, a part of a day included
    percent_once: float = 0.0  # instead: the same however late
    cut_off: timedelta | None = None  # after the due date; later nothing counts, and no token helps

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> LatePolicy:
        """From a table that course_file.py has checked."""
        return cls(
            grace=timedelta(minutes=table.get("grace_minutes", 0)),
            tokens=table.get("tokens", 0),
            token=timedelta(hours=table.get("hours_per_token", 24)),
            percent_per_day=table.get("percent_per_day", 0),
            percent_once=table.get("percent_once", 0),
            cut_off=timedelta(days=table["cut_off_days"]) if "cut_off_days" in table else None,
        )

    def longest(self) -> timedelta | None:
        """How late after their deadline a student can still earn points, all tokens included; None: for ever."""
        ends = [max(self.cut_off, self.grace)] if self.cut_off is not None else []
        percent = self.percent_once or self.percent_per_day
        if percent and (percent >= 100 or not self.percent_once):
            days = 0 if self.percent_once else math.ceil(100 / Fraction(percent)) - 1
            ends.append(self.grace + self.tokens * self.token + days * DAY)
        return min(ends, default=None)


@dataclass(frozen=True)
class HandIn:
    """One graded assignment of one student. Times have a zone."""

    assignment: str
    points: float  # all that counts: of tests, given by hand, extra credit
    due: datetime | None
    handed_in: datetime | None  # None: not known
    extended: datetime | None = None  # until when this student may hand in, if that is later than `due`

    @property
    def deadline(self) -> datetime | None:
        return max(self.due, self.extended, key=datetime.timestamp) if self.due and self.extended else self.due

    def late_by(self, grace: timedelta = timedelta(0)) -> timedelta:
        """After the due date, extension and grace included; zero where one of the times is not known."""
        if self.deadline is None or self.handed_in is None:
            return timedelta(0)
        # of two times in one zone Python subtracts what the clocks on the wall say: UTC's have no summer
        return max(timedelta(0), self.handed_in.astimezone(timezone.utc) - self.deadline - grace)


@dataclass(frozen=True)
class Penalty:
    """What is taken off one assignment, from 0 to its points, and why."""

    points: float = 0.0
    tokens: int = 0  # spent on it
    text: str = ""  # for the student; "" if it was simply on time
    may_change: bool = False  # whether tokens could still move, with what comes of other assignments


def assign_penalties(policy: LatePolicy, hand_ins: Sequence[HandIn]) -> dict[str, Penalty]:
    """Penalties of all assignments of one student, by name, with late tokens spent where they save most points.

    Only what has been graded takes part, with the points that it has at this moment: nothing is kept back for what may
    still come. So with each assignment and each point that is added, a token can move to another assignment, but only
    where the student gains by that. Among equally good ways the one with the fewest tokens is taken, and of those the
    one that spends them on the earlier assignments: a later one has to save more points to take a token away.

    Args:
        hand_ins: each assignment once, in teaching order.
    """
    spent = dict(zip((hand_in.assignment for hand_in in hand_ins), spend_tokens(policy, hand_ins)))
    return {
        hand_in.assignment: Penalty(
            float(cost(policy, hand_in, spent[hand_in.assignment])),
            spent[hand_in.assignment],
            explain(policy, hand_in, spent),
            bool(policy.tokens and hand_in.late_by(policy.grace)),
        )
        for hand_in in hand_ins
    }


def spend_tokens(policy: LatePolicy, hand_ins: Sequence[HandIn]) -> tuple[int, ...]:
    """The tokens for each hand-in: the best way to spend 0, 1, ... of them on the first, on the first two, ..."""
    best: list[tuple[Fraction, tuple[int, ...]]] = [(Fraction(0), ())]  # by tokens spent: points lost, and the way
    for hand_in in hand_ins:
        costs = [cost(policy, hand_in, tokens) for tokens in range(useful_tokens(policy, hand_in) + 1)]
        ways: dict[int, list[tuple[Fraction, tuple[int, ...]]]] = {}
        for before, (lost, way) in enumerate(best):
            for tokens, more in enumerate(costs[: policy.tokens - before + 1]):
                ways.setdefault(before + tokens, []).append((lost + more, (*way, tokens)))
        best = [min(ways[spent], key=later_first) for spent in sorted(ways)]
    return min(best, key=lambda found: found[0])[1]  # of equals the first, which spends fewest


def later_first(found: tuple[Fraction, tuple[int, ...]]) -> tuple[Fraction, tuple[int, ...]]:
    """Sorts ways of equally many tokens: by points lost, then by tokens on the last assignment, the one before, ..."""
    lost, way = found
    return lost, way[::-1]


def useful_tokens(policy: LatePolicy, hand_in: HandIn) -> int:
    """No more than would cover all of its lateness; none after the cut-off."""
    if after_cut_off(policy, hand_in):
        return 0
    return min(policy.tokens, -(-hand_in.late_by(policy.grace) // policy.token))


def cost(policy: LatePolicy, hand_in: HandIn, tokens: int) -> Fraction:
    """Points taken off with so many tokens; exact, so that equal ways are equal."""
    points = Fraction(hand_in.points) if math.isfinite(hand_in.points) else Fraction(0)
    days = days_uncovered(policy, hand_in, tokens)
    if points <= 0 or not days:
        return Fraction(0)
    if after_cut_off(policy, hand_in):
        return points
    percent = Fraction(policy.percent_once) or Fraction(policy.percent_per_day) * days
    return min(points, points * percent / 100)


def days_uncovered(policy: LatePolicy, hand_in: HandIn, tokens: int) -> int:
    """Days late that tokens leave; a part of a day counts as one."""
    covered = timedelta(0) if after_cut_off(policy, hand_in) else tokens * policy.token
    return max(0, -(-(hand_in.late_by(policy.grace) - covered) // DAY))


def after_cut_off(policy: LatePolicy, hand_in: HandIn) -> bool:
    return policy.cut_off is not None and hand_in.late_by() > max(policy.cut_off, policy.grace)


# --- in words -------------------------------------------------------------------------------------------------------


def explain(policy: LatePolicy, hand_in: HandIn, spent: Mapping[str, int]) -> str:
    """Why so many points are taken off, in a sentence; "" for what was on time without help.

    Args:
        spent: tokens by assignment, of this student.
    """
    if not hand_in.late_by(policy.grace):
        follows = "on time"
    elif not days_uncovered(policy, hand_in, spent[hand_in.assignment]):
        follows = f"{tokens_spent(policy, hand_in, spent)}, no points off"
    else:
        parts = (tokens_spent(policy, hand_in, spent, others=True), taken_off(policy, hand_in, spent))
        follows = ", then ".join(filter(None, parts))
    return describe(hand_in, follows, policy.grace)


def describe(hand_in: HandIn, follows: str, grace: timedelta = timedelta(0)) -> str:
    """How late it was, and what follows from that; "" for what was simply on time."""
    if hand_in.due is None or hand_in.deadline is None:
        return ""
    if hand_in.handed_in is None:
        return UNKNOWN_TIME if hand_in.points > 0 else ""
    if late := hand_in.late_by():
        name = ", the extended due date" if hand_in.deadline > hand_in.due else ""
        with_grace = f" (grace {duration(grace)})" if grace else ""
        return f"Handed in {duration(late)} after {moment(hand_in.deadline)}{name}{with_grace}: {follows}."
    if late := replace(hand_in, extended=None).late_by():
        extended = f"on time, extended to {moment(hand_in.deadline)}"
        return f"Handed in {duration(late)} after {moment(hand_in.due)}: {extended}."
    return ""


def tokens_spent(policy: LatePolicy, hand_in: HandIn, spent: Mapping[str, int], others: bool = False) -> str:
    """How many tokens went here and, where that did not cover all of it, where the others are; "" if nowhere."""
    here = spent[hand_in.assignment]
    elsewhere = [f"{n} on {name}" for name, n in spent.items() if n and name != hand_in.assignment and others]
    if not here and not elsewhere:
        return ""
    text = f"{here} of {policy.tokens} late tokens" if here else "no late token"
    return f"{text} ({', '.join(elsewhere)})" if elsewhere else text


def taken_off(policy: LatePolicy, hand_in: HandIn, spent: Mapping[str, int]) -> str:
    tokens = spent[hand_in.assignment]
    if policy.cut_off is not None and hand_in.deadline and after_cut_off(policy, hand_in):
        off = f"after the cut-off of {moment(hand_in.deadline + policy.cut_off)}, so no points count"
    elif policy.percent_once:
        off = f"{policy.percent_once:g} % off"
    else:
        days = days_uncovered(policy, hand_in, tokens)
        each = f"{policy.percent_per_day:g} % off"
        off = f"{each} for 1 day" if days == 1 else f"{each} a day for {days} days"
    return f"{off}: {minus(float(cost(policy, hand_in, tokens)))}"


def minus(points: float) -> str:
    return f"−{round(points, 2):g}" if points else "no points to take off"


def duration(span: timedelta) -> str:
    """ "26 h 10 min", from 48 h on "2 days 2 h"; a part of a second counts as one."""
    seconds = math.ceil(span.total_seconds())
    days = seconds // 86400 if seconds >= 2 * 86400 else 0
    parts = ((days, "days"), (seconds // 3600 - days * 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


def moment(when: datetime) -> str:
    """ "Mon 19 Oct 23:59 +02:00": in its own zone, which is named."""
    offset = when.strftime("%z")
    zone = "UTC" if offset == "+0000" else f"{offset[:3]}:{offset[3:5]}"
    return f"{DAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1]} {when:%H:%M} {zone}"
