"""Late hand-ins: what is taken off, why in words, and tokens where they save most."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course.late import UNKNOWN_TIME, HandIn, LatePolicy, Penalty, assign_penalties, cost

SUMMER = timezone(timedelta(hours=2))
DUE = datetime(2026, 10, 19, 23, 59, tzinfo=SUMMER)
PUBLISHED = LatePolicy(grace=timedelta(minutes=15), tokens=3, percent_per_day=25)
HOUR = timedelta(hours=1)


def late(hours: float, points: float = 85.0, name: str = "a1", due: datetime | None = DUE) -> HandIn:
    return HandIn(name, points, due, (due or DUE) + hours * HOUR)


def only(policy: LatePolicy, hand_in: HandIn) -> Penalty:
    return assign_penalties(policy, [hand_in])[hand_in.assignment]


def points_off(policy: LatePolicy, *hand_ins: HandIn) -> list[float]:
    return [penalty.points for penalty in assign_penalties(policy, hand_ins).values()]


ONE = replace(PUBLISHED, tokens=1)
PLAIN = LatePolicy(percent_per_day=25)
SENTENCES = [
    (ONE, late(26 + 1 / 6), 21.25, "Handed in 26 h 10 min after Mon 19 Oct 23:59 +02:00 (grace 15 min): 1 of 1 late "
     "tokens, then 25 % off for 1 day: −21.25."),
    (PUBLISHED, late(26), 0.0, "Handed in 26 h after Mon 19 Oct 23:59 +02:00 (grace 15 min): 2 of 3 late tokens, no "
     "points off."),
    (PUBLISHED, late(0.2), 0.0, "Handed in 12 min after Mon 19 Oct 23:59 +02:00 (grace 15 min): on time."),
    (PUBLISHED, late(24.25), 0.0, "Handed in 24 h 15 min after Mon 19 Oct 23:59 +02:00 (grace 15 min): 1 of 3 late "
     "tokens, no points off."),
    (PUBLISHED, late(-1), 0.0, ""),
    (PUBLISHED, late(0), 0.0, ""),
    (PUBLISHED, late(9, due=None), 0.0, ""),
    (PUBLISHED, replace(late(9), handed_in=None), 0.0, UNKNOWN_TIME),
    (replace(PUBLISHED, token=12 * HOUR), late(26), 0.0, "Handed in 26 h after Mon 19 Oct 23:59 +02:00 (grace 15 min): "
     "3 of 3 late tokens, no points off."),
    (PLAIN, late(1 / 7200), 21.25, "Handed in 1 s after Mon 19 Oct 23:59 +02:00: 25 % off for 1 day: −21.25."),
    (PLAIN, late(50, points=10), 7.5, "Handed in 2 days 2 h after Mon 19 Oct 23:59 +02:00: 25 % off a day for 3 days: "
     "−7.5."),
    (PLAIN, late(24 * 9, points=10), 10.0, "Handed in 9 days after Mon 19 Oct 23:59 +02:00: 25 % off a day for 9 days: "
     "−10."),
    (PUBLISHED, late(99, points=0), 0.0, "Handed in 4 days 3 h after Mon 19 Oct 23:59 +02:00 (grace 15 min): 25 % off "
     "a day for 5 days: no points to take off."),
    (LatePolicy(percent_once=20), late(24 * 9, points=10), 2.0, "Handed in 9 days after Mon 19 Oct 23:59 +02:00: 20 % "
     "off: −2."),
    (replace(PUBLISHED, cut_off=timedelta(days=2)), late(49), 85.0, "Handed in 2 days 1 h after Mon 19 Oct 23:59 "
     "+02:00 (grace 15 min): after the cut-off of Wed 21 Oct 23:59 +02:00, so no points count: −85."),
    (LatePolicy(tokens=9, percent_per_day=25, cut_off=timedelta(0)), late(1), 85.0, "Handed in 1 h after Mon 19 Oct "
     "23:59 +02:00: after the cut-off of Mon 19 Oct 23:59 +02:00, so no points count: −85."),
    (replace(PUBLISHED, cut_off=timedelta(0)), late(0.2), 0.0, "Handed in 12 min after Mon 19 Oct 23:59 +02:00 (grace "
     "15 min): on time."),
    (PLAIN, replace(late(26), extended=DUE + 48 * HOUR), 0.0, "Handed in 26 h after Mon 19 Oct 23:59 +02:00: on time, "
     "extended to Wed 21 Oct 23:59 +02:00."),
    (PLAIN, replace(late(49), extended=DUE + 48 * HOUR), 21.25, "Handed in 1 h after Wed 21 Oct 23:59 +02:00, the "
     "extended due date: 25 % off for 1 day: −21.25."),
]  # fmt: skip


@pytest.mark.parametrize("policy, hand_in, points, text", SENTENCES, ids=[text[:60] for *_, text in SENTENCES])
def test_what_is_taken_off_and_why(policy, hand_in, points, text):
    penalty = only(policy, hand_in)
    assert (penalty.points, penalty.text) == (points, text)


def test_tokens_go_where_they_save_most():
    """The earlier assignment is worth less: its day is paid, the token is kept for the later one."""
    assert points_off(ONE, late(5, 40), late(5, 80, "a2")) == [10.0, 0.0]
    assert points_off(ONE, late(5, 80), late(5, 40, "a2")) == [0.0, 10.0]


def test_where_the_tokens_are_is_said():
    texts = [penalty.text for penalty in assign_penalties(PUBLISHED, [late(26, 40), late(40, 80, "a2")]).values()]
    assert texts[0].endswith(": 1 of 3 late tokens (2 on a2), then 25 % off for 1 day: −10.")
    assert texts[1].endswith(": 2 of 3 late tokens, no points off.")
    texts = [penalty.text for penalty in assign_penalties(ONE, [late(5, 40), late(5, 80, "a2")]).values()]
    assert texts[0].endswith(": no late token (1 on a2), then 25 % off for 1 day: −10.")


def test_a_token_alone_that_saves_nothing_is_not_spent():
    """Six days late, one token would leave five days: all points are lost either way. Three make it 75 %."""
    assert only(ONE, late(24 * 6)).tokens == 0
    assert only(PUBLISHED, late(24 * 6)).tokens == 3
    assert points_off(PUBLISHED, late(24 * 6, 20), late(5, 40, "a2")) == [20.0, 0.0]


def test_equal_gains_leave_a_token_where_it_was():
    """A later assignment that would save just as much takes nothing away from an earlier one."""
    assert points_off(ONE, late(5, 80), late(5, 80, "a2"), late(5, 80, "a3")) == [0.0, 20.0, 20.0]


def test_a_written_answer_that_is_graded_later_can_move_a_token():
    before, after = (points_off(ONE, late(5, points), late(5, 50, "a2")) for points in (40, 60))
    assert before == [10.0, 0.0] and after == [0.0, 12.5]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"])
def test_a_change_of_the_clocks_gives_and_takes_no_hour(zone):
    """24 hours are 24 hours, wherever clocks are changed in between."""
    place = ZoneInfo(zone)
    for day in range(366):
        due = datetime(2026, 1, 1, 23, 59, tzinfo=place) + timedelta(days=day)
        for seconds, tokens in ((24 * 3600, 1), (24 * 3600 + 1, 2)):
            handed_in = due.astimezone(timezone.utc) + timedelta(seconds=seconds)
            for when in (handed_in, handed_in.astimezone(place)):
                hand_in = HandIn("a1", 10, due, when)
                assert only(LatePolicy(tokens=3, percent_per_day=25), hand_in).tokens == tokens, due


def test_the_zone_is_named():
    for zone, said in ((timezone.utc, "UTC"), (timezone(-timedelta(hours=3, minutes=30)), "-03:30")):
        due = datetime(2026, 10, 19, 23, 59, tzinfo=zone)
        assert only(PLAIN, late(1, due=due)).text.startswith(f"Handed in 1 h after Mon 19 Oct 23:59 {said}: ")


# --- whatever the times, the points and the policy --------------------------------------------------------------------

POLICIES = st.builds(
    LatePolicy,
    grace=st.sampled_from([timedelta(0), timedelta(minutes=15), timedelta(hours=30)]),
    tokens=st.integers(0, 5),
    token=st.sampled_from([HOUR, 12 * HOUR, 24 * HOUR, 36 * HOUR]),
    percent_per_day=st.sampled_from([1, 10, 12.5, 25, 100 / 3, 100]),
    percent_once=st.sampled_from([0, 0, 20, 100]),
    cut_off=st.sampled_from([None, None, timedelta(0), timedelta(days=1), timedelta(days=4)]),
)
POINTS = st.one_of(*[st.sampled_from([10.0, 57.5, 85.0])] * 4, st.floats())
HOURS = st.one_of(st.integers(0, 120), st.floats(-30, 120), st.floats(-1e5, 1e5))
HAND_INS = st.lists(
    st.builds(
        lambda points, hours, extension, known: HandIn(
            "", points, DUE, DUE + hours * HOUR if known else None, extension and DUE + extension * HOUR
        ),
        POINTS,
        HOURS,
        st.one_of(st.none(), st.none(), st.floats(-50, 200)),
        st.sampled_from([True, True, True, False]),
    ),
    max_size=4,
).map(lambda hand_ins: [replace(hand_in, assignment=f"a{number}") for number, hand_in in enumerate(hand_ins)])


def total(policy: LatePolicy, hand_ins: list[HandIn]) -> float:
    """Points lost, exactly."""
    penalties = assign_penalties(policy, hand_ins)
    return sum(cost(policy, hand_in, penalties[hand_in.assignment].tokens) for hand_in in hand_ins)


@given(POLICIES, HAND_INS)
def test_a_penalty_is_never_negative_and_never_more_than_the_points(policy, hand_ins):
    for hand_in, penalty in zip(hand_ins, assign_penalties(policy, hand_ins).values()):
        assert 0 <= penalty.points and (penalty.points == 0 or penalty.points <= hand_in.points)
        assert penalty.tokens >= 0 and (penalty.text or not penalty.points)


@settings(max_examples=300)
@given(POLICIES, HAND_INS)
def test_tokens_are_spent_in_the_best_way(policy, hand_ins):
    """None of all ways to spend them loses less, and none that loses as little spends fewer."""
    penalties = assign_penalties(policy, hand_ins)
    spent = [penalties[hand_in.assignment].tokens for hand_in in hand_ins]
    ways = itertools.product(range(policy.tokens + 1), repeat=len(hand_ins))
    lost = [
        (sum(cost(policy, hand_in, tokens) for hand_in, tokens in zip(hand_ins, way)), sum(way))
        for way in ways
        if sum(way) <= policy.tokens
    ]
    assert sum(spent) <= policy.tokens and (total(policy, hand_ins), sum(spent)) == min(lost)


@given(POLICIES, HAND_INS)
def test_more_tokens_are_never_worse(policy, hand_ins):
    assert total(replace(policy, tokens=policy.tokens + 1), hand_ins) <= total(policy, hand_ins)


@given(POLICIES, HAND_INS, st.floats(0, 500))
def test_an_extension_is_never_worse(policy, hand_ins, hours):
    for number, hand_in in enumerate(hand_ins):
        given_more = replace(hand_in, extended=hand_in.deadline + hours * HOUR)
        changed = [*hand_ins[:number], given_more, *hand_ins[number + 1 :]]
        assert total(policy, changed) <= total(policy, hand_ins)


@given(POLICIES, HAND_INS)
def test_other_zones_give_the_same(policy, hand_ins):
    def moved(when):
        return when and when.astimezone(ZoneInfo("Asia/Kathmandu"))

    elsewhere = [
        replace(h, due=moved(h.due), handed_in=moved(h.handed_in), extended=moved(h.extended)) for h in hand_ins
    ]
    assert [p.points for p in assign_penalties(policy, elsewhere).values()] == points_off(policy, *hand_ins)
