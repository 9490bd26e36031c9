"""Item analysis: figures against values by hand, and against classes of which the truth is known."""

import pytest
from simulated_class import by_chance, report, standing

from autograder.learning.items import (
    EXCUSED,
    LEFT_OUT,
    NOT_ASKED,
    NOT_REACHED,
    OPEN,
    Item,
    drifts,
    items_of,
    lost_together,
)
from autograder.reporting.gradebook import Entry, Score
from autograder.results.result import GIVEN, MISSING, PARTIAL, UNREADABLE


def found(rows) -> dict[str, Item]:
    """By `conv` for a question, `conv 1` for a test."""
    return {item.title or item.question: item for item in items_of(rows)}


def rests(item: Item) -> dict:
    return {answer.student: answer.rest for answer in item.answers}


def test_a_tiny_class_by_hand():
    """Ada loses one of four tests, Ben three; Cem did not attempt the second question."""
    rows = [
        standing("ada", conv="++", pool="+-"),
        standing("ben", conv="-+", pool="--"),
        standing("cem", conv="+-", pool=".."),
    ]
    items = found(rows)
    assert list(items) == ["conv", "conv 1", "conv 2", "pool", "pool 1", "pool 2"]
    assert (items["conv 1"].share, items["conv 1"].n) == (pytest.approx(2 / 3), 3)
    assert items["conv"].share == pytest.approx((1 + 0.5 + 0.5) / 3) and items["conv"].points == 2
    assert items["pool"].share == pytest.approx(0.25) and items["pool"].n == 2
    assert (items["pool 2"].share, items["pool 2"].losers) == (0, {"ada", "ben"})
    # of everything else: ada 1 + 1 + 0 of 3 without conv 1; ben 1; cem 0
    assert rests(items["conv 1"]) == pytest.approx({"ada": 2 / 3, "ben": 1 / 3, "cem": 0})
    assert rests(items["conv"]) == pytest.approx({"ada": 1 / 2, "ben": 0, "cem": 0})
    assert items["conv 2"].seconds == (0.2, 0.2) and items["conv"].seconds == pytest.approx((0.3, 0.3))
    low, high = items["conv 1"].interval
    assert (low, high) == pytest.approx((0.2077, 0.9385), abs=1e-4)
    assert items["conv 1"].discrimination is None  # three answers are too few


def test_discrimination_by_hand():
    """Of 20, ten pass both tests, five only the second, five none: phi = sqrt(1/3)."""
    rows = [standing(f"s{n:02}", conv=marks, pool="-") for n, marks in enumerate(["++"] * 10 + ["-+"] * 5 + ["--"] * 5)]
    known = found(rows)["conv 1"].discrimination
    # 2x2 table 10, 0, 5, 5: (10 * 5 - 0 * 5) / sqrt(10 * 10 * 15 * 5)
    assert known.r == pytest.approx(50 / 7500**0.5) and known.low < known.r < known.high < 1
    assert found(rows[:19])["conv 1"].discrimination is None
    few = [standing(f"s{n:02}", conv="-+" if n < 4 else "++", pool="+-"[n % 2]) for n in range(40)]
    assert found(few)["conv 1"].discrimination is None  # four that lose it may be anybody


def test_no_variance():
    """All equal, or all else equal: there is nothing that it could go together with."""
    for marks in ("++", "--", "+-"):
        assert found([standing(f"s{n}", conv=marks) for n in range(30)])["conv 1"].discrimination is None
    rows = [standing(f"s{n}", conv="+-"[n % 2] + "+") for n in range(30)]
    assert found(rows)["conv 1"].discrimination is None
    alone = found([standing(f"s{n}", conv="+-"[n % 2]) for n in range(30)])
    assert alone["conv"].discrimination is None and set(rests(alone["conv"]).values()) == {None}


def test_one_student_and_none():
    assert items_of([]) == []
    (question, test) = items_of([standing("ada", conv="+")])
    assert (question.share, question.n, test.share, test.interval[1]) == (1, 1, 1, 1) and test.interval[0] < 0.3


def test_what_could_not_be_graded_is_no_answer():
    rows = [standing("ada", conv="+-"), standing("ben", status=MISSING, conv=".."), standing("cem", status=UNREADABLE)]
    rows.append(standing("dan", status=PARTIAL, conv="--"))
    assert found(rows)["conv 1"].n == 2 and found(rows)["conv 1"].share == 0.5


def test_what_says_nothing_is_told_and_not_counted():
    """Neither for nor against: open, not checked, paid for elsewhere, given since nobody asked it."""
    rows = [
        standing("ada", conv="?-"),
        standing("ben", conv="~+"),
        standing("cem", conv="e+"),
        standing("dan", conv="-+"),
    ]
    rows.append(standing("eva", conv="+-"))
    rows[-1].result.questions[0].tests[0].text = f"{GIVEN}new in version 1.0.1"
    items = found(rows)
    assert (items["conv 1"].n, items["conv 1"].share) == (1, 0)
    assert [items["conv 1"].count(why) for why in (OPEN, NOT_ASKED, EXCUSED)] == [1, 2, 1]
    # the question counts as the gradebook does: nothing of ada's yet, both points for what cem paid elsewhere
    shares = {answer.student: answer.share for answer in items["conv"].answers}
    assert shares == {"ada": None, "ben": 0.5, "cem": 1, "dan": 0.5, "eva": 0.5}
    assert items["conv"].count(OPEN) == 1


def test_left_out_is_not_the_same_as_not_reached():
    rows = [standing("ada", conv="+", pool="..", dense="-", last=".."), standing("ben", conv="..", pool="..")]
    rows.append(standing("cem", conv="+", pool="~~", dense="+"))
    items = found(rows)
    assert (items["pool"].count(LEFT_OUT), items["pool"].count(NOT_REACHED), items["pool"].count(NOT_ASKED)) == (
        1,
        1,
        1,
    )
    assert items["last"].count(NOT_REACHED) == 1 and items["conv"].count(NOT_REACHED) == 1
    assert items["pool 1"].count(LEFT_OUT) == 1 and items["pool"].n == 0 and items["pool"].share == 0


def test_written_questions_count_what_a_person_gave():
    """Open until then; what is still the stub was left out; extra credit does not make it more than all."""
    given = {"ada": Score(5, True, None, 2.5), "ben": Score(5, True, None, None), "cem": Score(5, True, 0.0, None)}
    given["dan"] = Score(5, True, None, 5.0, 1.0)
    rows = [standing(name, {"why": score}, conv="+-") for name, score in given.items()]
    rows[2].result.answers = {}
    why = found(rows)["why"]
    assert {answer.student: answer.share for answer in why.answers} == {"ada": 0.5, "ben": None, "cem": None, "dan": 1}
    assert (why.count(OPEN), why.count(LEFT_OUT)) == (1, 1)
    assert rests(found(rows)["conv 1"]) == pytest.approx(
        {"ada": 2.5 / 6, "ben": 0, "cem": 0, "dan": 6 / 6}
    )  # 1 of the other test's points is lost by all; what is open is in neither sum


def test_points_that_a_person_gave_for_a_tested_question_count():
    row = standing("ada", conv="--", pool="+")
    row.entry = Entry(scores={"conv": Score(2, False, 0.0, 1.0)})
    items = found([row])
    assert items["conv"].share == 0.5 and rests(items["pool"]) == {"ada": 0.5}
    row = standing("ada", conv="..")
    row.entry = Entry(scores={"conv": Score(2, False, 0.0, 2.0)})
    assert found([row])["conv"].share == 1


def test_items_without_points_are_none():
    row = standing("ada", conv="+")
    row.result.questions[0].tests.append(report("conv", 2, "-", points=0.0))
    assert list(found([row])) == ["conv", "conv 1"]


def test_known_difficulties_are_found_again():
    """In their order; and each tells students apart, but the one that was made not to."""
    items = [(b, 1.5) for b in (1.6, -2.0, 0.8, -1.2, 0.0, -0.5, 2.4)] + [(-0.2, 0.0)]
    tests = [item for item in items_of(by_chance(300, items)) if item.test]
    order = sorted(range(7), key=lambda place: tests[place].share)
    assert order == sorted(range(7), key=lambda place: -items[place][0])
    assert all(item.discrimination.r > 0.15 and item.discrimination.low > 0 for item in tests[:7])
    assert abs(tests[7].discrimination.r) < 0.15
    assert all(item.interval[0] <= item.share <= item.interval[1] for item in tests)


def test_the_best_quarter():
    """By all else; equal ones belong to it, and where they are half of the class nobody is best."""
    rows = [standing(f"s{n:02}", conv="-" + "+" * (n // 4) + "-" * (5 - n // 4)) for n in range(24)]
    best, others = found(rows)["conv 1"].quarters
    assert [answer.student for answer in best] == [f"s{n}" for n in (20, 21, 22, 23, 16, 17, 18, 19)]
    assert len(others) == 16
    rows = [standing(f"s{n:02}", conv="-" + "+-"[n % 2]) for n in range(24)]
    assert found(rows)["conv 1"].quarters[0] == [] and found(rows[:8])["conv 1"].quarters[0] == []


def test_what_is_lost_together():
    """By ten at least, all but one in ten the same; and not by everybody."""
    marks = ["--+-"] * 10 + ["++--"] * 5 + ["+++-"] * 15
    rows = [standing(f"s{n:02}", conv=mark) for n, mark in enumerate(marks)]
    items = found(rows)
    assert lost_together(list(items.values())) == {("conv", "test_1"): [items["conv 2"]]}
    assert lost_together(items_of(rows[1:])) == {}  # nine are too few
    rows[10] = standing("s10", conv="-+--")
    assert list(lost_together(items_of(rows))) == [("conv", "test_1")]
    rows[11] = standing("s11", conv="-+--")
    assert lost_together(items_of(rows)) == {}


def test_drift_is_found_where_there_is_one():
    """One item of twelve is harder than before: that one, with an interval that holds how much."""
    before = [(b / 4, 1.2) for b in range(-6, 6)]
    now = [*before[:5], (1.5, 1.2), *before[6:]]
    items, old = items_of(by_chance(200, now, seed=1)), items_of(by_chance(250, before, seed=2))
    found = drifts(items, {"2025-fall": old})
    real = {key: drift for key, (drift,) in found.items() if drift.real}
    assert list(real) == [("conv", "test_6")]
    drift = real["conv", "test_6"]
    assert drift.low <= drift.difference <= drift.high < 0 and (drift.term, drift.n) == ("2025-fall", 250)


def test_without_drift_none_is_said():
    """In 40 pairs of classes, 12 items each: 2 pairs in which anything is said would be chance."""
    items = [(b / 5, 1.0) for b in range(-6, 6)]
    pairs = [(by_chance(40, items, 2 * n), by_chance(40, items, 2 * n + 1)) for n in range(40)]
    said = [any(d.real for one in drifts(items_of(a), {"t": items_of(b)}).values() for d in one) for a, b in pairs]
    assert sum(said) <= 3


def test_drift_is_of_items_that_both_terms_have():
    rows, old = [standing("ada", conv="+", pool=".")], [standing("ben", conv="-", dense="+", pool="+")]
    found = drifts(items_of(rows), {"2025-fall": items_of(old), "2024-fall": []})
    assert list(found) == [("conv", ""), ("conv", "test_1")] and not any(d.real for one in found.values() for d in one)
