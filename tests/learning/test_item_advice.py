"""What is said of an item, each sentence by the class that calls for it, and what is not said."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_class import by_chance, standing

from autograder.learning.item_advice import KINDS, advise
from autograder.learning.items import items_of
from autograder.reporting.gradebook import Score


def advised(rows, **options):
    """By `conv` for a question, `conv 1` for a test."""
    return {one.item.title or one.item.question: one for one in advise(items_of(rows), **options)}


def class_of(marks, **more):
    return [standing(f"s{number:02}", conv=mark, **more) for number, mark in enumerate(marks)]


def test_the_best_fail_it():
    """Six of the ten best of 40, the best of them first."""
    marks = ["-+++++"] * 6 + ["+++++-"] * 4 + ["+---+-"] * 15 + ["---+--"] * 15
    one = advised(class_of(marks))["conv 1"]
    assert one.kind == "best fail" and one.read == ["s00", "s01", "s02"] and one.is_worth_a_look
    told = "The best quarter loses it at least as often as the others (6 of 10, 15 of 30): "
    assert one.text == f"{told}it may be wrong, or its text may mislead."


def test_an_item_that_the_best_pass_is_no_such():
    found = advised(by_chance(200, [(b, 1.5) for b in (-1, 0, 1)]))
    assert [one.kind for one in found.values()] == ["nothing"] * 4
    assert found["conv 2"].text == "Does its work: leave it." and found["conv 2"].read == []
    assert found["conv"].text == "There is nothing else to compare it with."


def test_good_items_seldom_seem_failed_by_the_best():
    """Of 320 good ones in classes of 60, six would be one in fifty."""
    items = [(b / 4, 1.5) for b in range(-4, 4)]
    kinds = [one.kind for seed in range(40) for one in advised(by_chance(60, items, seed)).values() if one.item.test]
    assert len(kinds) == 320 and kinds.count("best fail") <= 6


def test_of_a_question_the_best_must_lose_points_as_often():
    """Not more points: the sentence tells how often."""
    rows = class_of(["+++++"] * 4, pool="---") + class_of(["++++-"] * 6, pool="+++")
    rows += class_of(["+----"] * 30, pool="++-")
    for number, row in enumerate(rows):
        row.person = replace(row.person, id=f"s{number:02}")
        row.result.student = f"s{number:02}"
    found = advised(rows)["pool"]
    assert found.item.discrimination.r < 0.1 and found.kind != "best fail"


def test_most_lose_it():
    found = advised(class_of(["-+"] * 27 + ["+-"] * 3))
    assert found["conv 1"].text == "27 of 30 lose it: teach it once more, or say in the notebook what is asked."
    assert advised(class_of(["-----+"] * 60))["conv"].text.startswith("60 of 60 lose points here: teach it once more")
    found = advised(class_of(["-+"] * 9))
    assert found["conv 1"].text == (
        "Nobody of 9 gets a point: see that the notebook asks for it, and that the reference is right."
    )
    assert advised(class_of(["-+"] * 8))["conv 1"].text == "Too few to say: 8 answers, and it takes 20."


def test_many_did_not_attempt_it():
    """Of a question, not of its tests; who waits for a person has attempted it."""
    rows = class_of(["+"] * 18, pool="+", dense="+") + class_of(["+"] * 8, pool=".", dense=".")
    rows += class_of(["+"] * 4, pool=".", dense="+")
    found = advised(rows)
    assert found["pool"].text == (
        "Of 30, 4 left it out and 8 did not get so far: ask for less before it, or give more time."
    )
    assert found["pool 1"].kind != "not attempted" and found["dense"].text.startswith(
        "Of 30, 8 did not get so far: ask"
    )
    why = [standing(f"s{n}", {"why": Score(5, True, None if n < 20 else 0.0)}, conv="+") for n in range(30)]
    for row in why[20:]:
        row.result.answers = {}
    assert advised(why)["why"].text == "Of 30, 10 left it out: say more clearly what to do."
    assert advised(why[:22])["why"].text == "20 wait for a person: grade them first."
    assert advised(class_of(["+"] * 3, pool="."))["pool"].kind == "nothing"


def test_it_says_little():
    """With 300 answers an item without discrimination has an interval below 0.2."""
    found = advised(by_chance(300, [(0.0, 1.5), (0.3, 1.5), (-0.3, 1.5), (0.5, 0.0)], seed=4))
    assert found["conv 4"].kind == "says little" and found["conv 1"].kind == "nothing"
    assert found["conv 4"].text.startswith("Who is good at the rest is hardly better here (a correlation of 0.")
    rows = class_of(["+++--", "--+++", "-+-++", "+-+-+"] * 25)
    one = advised(rows)["conv 1"]
    assert one.kind == "says little"
    assert one.text.startswith("Who is good at the rest is worse here (a correlation of -1.00 at most): does it")


def test_it_says_the_same():
    """Once for all of a group; the others say of which."""
    found = advised(class_of(["--+-"] * 12 + ["++--"] * 5 + ["++++"] * 15))
    assert found["conv 1"].kind == "says the same" and found["conv 1"].text == (
        "Whoever loses it (12) loses “conv 2” (conv), too: they say the same, so one could have the points."
    )
    assert found["conv 2"].text == "Says the same as “conv 1” (conv)." and not found["conv 2"].is_worth_a_look


def test_it_takes_long():
    """Seconds of the tests here are 1, 2, 3; half a second is no matter."""
    rows = class_of(["+++"] * 3)
    assert advised(rows)["conv 3"].kind == "nothing"
    for row in rows:
        for number, test in enumerate(row.result.questions[0].tests, 1):
            test.seconds = float(number)
    found = advised(rows)
    assert found["conv 3"].text == "It takes 50 % of the time of all tests: would a smaller case do?"
    assert found["conv 1"].kind == "nothing"


def test_nobody_loses_it():
    """Its points might go to the test of its question that tells most; 20 answers are too few to be sure of 85 %."""
    found = advised(by_chance(60, [(-9, 1), (0, 2.5), (0.2, 1.5), (0.4, 0.8)], seed=5))
    best = max((f"conv {n}" for n in (2, 3, 4)), key=lambda name: found[name].item.discrimination.r)
    assert found["conv 1"].text == (
        f"Nobody of 60 loses it: keep it as a warm-up, or give its points to “{best}” (conv)."
    )
    equal = advised(class_of(["++"] * 30))
    assert equal["conv"].text.endswith("or give its points to an item that tells students apart.")
    assert equal["conv"].kind == "never lost" and not equal["conv"].is_worth_a_look
    assert advised(class_of(["++"] * 20))["conv"].kind == "nothing"


def test_too_few_to_say():
    """Too few answers; too few that differ; an interval on both sides of 0."""
    assert advised(class_of(["+-", "-+", "++"]))["conv 1"].text == "Too few to say: 3 answers, and it takes 20."
    text = "Too few differ to say whom it tells apart: 4 of 40 lose points."
    assert advised(class_of(["-+"] * 4 + ["+-"] * 18 + ["++"] * 18))["conv 1"].text == text
    weak = advised(by_chance(40, [(0, 1.0)] * 4, seed=1))
    assert "Too few to say whether it tells them apart." in {one.text for one in weak.values()}


def test_drift_is_said_in_words():
    """With both shares and the difference's interval; and that the tests were changed, where they were."""
    before = class_of(["+-", "++"] * 50)
    now = class_of(["+-", "++", "--", "-+"] * 25)
    items = {"2025-fall": items_of(before)}
    text = "Harder than in 2025-fall: 50 % of its points now, 100 % then, 40 to 60 % between them: what was changed?"
    one = advised(now, earlier=items)["conv 1"]
    assert (one.kind, one.text) == ("drifted", text) and [drift.term for drift in one.drifts] == ["2025-fall"]
    changed = advised(now, earlier=items, changed=["2025-fall"])["conv 1"].text
    assert changed.endswith("between them: the hidden tests were changed in between, too.")
    assert advised(before, earlier={"x": items_of(now)})["conv 1"].text.startswith("Easier than in x: 100 % of its")
    assert advised(now, earlier={"x": items_of(now)})["conv 1"].kind != "drifted"


def test_what_is_worth_a_look_stands_first():
    """By kind; of one kind, what costs the class most points."""
    rows = class_of(["--+"] * 26 + ["+-+"] * 2 + ["+++"] * 3, pool="-")
    found = advise(items_of(rows))
    kinds = [KINDS.index(one.kind) for one in found]
    assert kinds == sorted(kinds) and len(found) == 6
    hard = [one.item for one in found if one.kind == "too hard"]
    lost = [item.points * item.n * (1 - item.share) for item in hard]
    assert len(hard) > 2 and lost == sorted(lost, reverse=True)


@pytest.mark.parametrize("name", ["<script>", "“", "%s {0}"])
def test_titles_are_texts(name):
    rows = class_of(["--+-"] * 12 + ["++--"] * 5 + ["++++"] * 15)
    for row in rows:
        row.result.questions[0].tests[1] = replace(row.result.questions[0].tests[1], title=name)
    assert f"loses “{name}” (conv)" in advised(rows)["conv 1"].text


MARKS = st.text("+-.?~e", min_size=1, max_size=4)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(MARKS, MARKS), max_size=30), st.lists(st.tuples(MARKS, MARKS), max_size=30), st.integers(1, 9)
)
def test_whatever_came_of_a_class_there_is_a_sentence(now, before, copies):
    """Students who were asked different tests, too."""
    rows, old = (
        [standing(f"s{n}", conv=conv, pool=pool) for n, (conv, pool) in enumerate(marks * copies)]
        for marks in (now, before)
    )
    found = advise(items_of(rows), {"2025-fall": items_of(old)})
    assert len(found) == len(items_of(rows)) and all(one.text and one.kind in KINDS for one in found)
    for item in (one.item for one in found):
        assert item.interval[0] <= item.share <= item.interval[1] and item.n <= len(rows)
        known = item.discrimination
        assert known is None or -1 <= known.low <= known.r <= known.high <= 1
