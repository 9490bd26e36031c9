"""Whose grade changed, by how much and why; kept until it was told, noted once."""

from __future__ import annotations

import pytest
from hand_made import make_place, make_result
from rich.console import Console

from autograder.reporting import changes
from autograder.reporting.history import changes_path, read_lines
from autograder.results.store import write_result


@pytest.fixture
def place(tmp_path):
    return make_place(tmp_path)


def printed(before, after) -> str:
    console = Console(width=200, record=True, file=open("/dev/null", "w"))
    changes.print_changes(changes.changes_of(before, after), console)
    return console.export_text()


def test_who_and_how_much_and_why():
    """In which question, too; nothing for first grades and for the same points."""
    before = {"amy": make_result("amy"), "bob": make_result("bob"), "eve": None, "joe": make_result("joe")}
    after = [
        make_result("amy", forward=10.0, suite="s2"),
        make_result("bob"),
        make_result("eve"),
        make_result("joe", forward=4.0, submission="other"),
    ]
    text = printed(before, after)
    assert "2 grades changed: 1 gain (+4 together), 1 lose (-2 together)." in text
    assert "amy  6 → 10 (+4)  conv_forward_naive 6 → 10; the tests or the grader changed" in text
    assert "joe  6 → 4 (-2)  conv_forward_naive 6 → 4; handed in again" in text
    assert "bob" not in text and "eve" not in text
    assert printed(before, [make_result("amy")]) == ""


@pytest.mark.parametrize(
    "part, said",
    [("tests", "the tests changed"), ("grader", "the grader changed"), ("term", "the term's seed or limits changed")],
)
def test_which_part_changed(part, said):
    parts = {"tests": "t", "grader": "g", "term": "s"}
    before = {"amy": make_result("amy", made_by=parts)}
    after = make_result("amy", forward=9.0, suite="s2", made_by={**parts, part: "another"})
    assert printed(before, [after]).strip().endswith(f"; {said}")


def test_a_change_without_a_cause():
    """A grade that changes with nothing else is worth a look, and says so."""
    assert "same files, same tests" in printed({"amy": make_result("amy")}, [make_result("amy", forward=9.0)])


def test_questions_that_weigh_otherwise_are_told_for_the_class():
    """Points, a new question, one that is gone: the maximum of everybody, in a line above the students'."""
    after = [make_result("amy", suite="s2"), make_result("bob", suite="s2")]
    for result in after:
        result.questions[0].max_points, result.questions[1].name = 12.0, "convolve3d"
    text = printed({"amy": make_result("amy"), "bob": make_result("bob")}, after)
    assert (
        "! points of questions changed (conv_forward_naive 10 → 12, convolve2d 4 → 0, convolve3d 0 → 4): "
        "14 → 16 is the maximum of 2 students"
    ) in text
    assert "conv_forward_naive 6 of 10 → 6 of 12, convolve3d is new: 0, convolve2d is gone" in text


def test_what_is_not_told_yet_is_kept_the_oldest_first(place):
    """Two runs that were stopped: the change is that from before both."""
    course, assignment = place
    for forward in (6.0, 7.0):
        write_result(course, assignment, make_result("amy", forward=forward))
        changes.keep_untold(course, assignment, ["amy", "nobody"])
    write_result(course, assignment, make_result("amy", forward=10.0, suite="s2"))
    assert changes.read_untold(course, assignment) == {"amy": make_result("amy", forward=6.0)}


def test_a_change_is_noted_once_with_the_old_result(place):
    course, assignment = place
    old, new = make_result("amy"), make_result("amy", forward=10.0, suite="s2")
    found = changes.changes_of({"amy": old}, [new])
    for _ in range(2):  # the first time it is stopped before it could forget what it has kept
        write_result(course, assignment, old)
        changes.keep_untold(course, assignment, ["amy"])
        changes.note_told(course, assignment, found, ["amy"])
        assert changes.read_untold(course, assignment) == {}
    (line,) = read_lines(changes_path(course, assignment))
    assert (line["student"], line["from"], line["to"]) == ("amy", 6, 10)
    assert line["why"] == ["the tests or the grader changed"] and line["questions"] == ["conv_forward_naive 6 → 10"]
    assert len([*(course.root / "history" / "results" / assignment.name).glob("amy-*.json")]) == 2


def test_a_new_hand_in_is_noted_and_its_old_result_is_not_kept(place):
    course, assignment = place
    old, new = make_result("amy"), make_result("amy", forward=10.0, submission="other")
    write_result(course, assignment, old)
    changes.keep_untold(course, assignment, ["amy"])
    changes.note_told(course, assignment, changes.changes_of({"amy": old}, [new]), ["amy"])
    assert len(read_lines(changes_path(course, assignment))) == 1
    assert not (course.root / "history" / "results").exists() and changes.read_untold(course, assignment) == {}
