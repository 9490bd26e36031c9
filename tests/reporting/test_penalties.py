"""Late penalties are derived from all that they depend on; gradebook, page, row and nbgrader's export say the same."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import hand_made
import pytest
from hand_made import NAME, HandMadeAssignment, answered, grade_by_hand, make_place, make_result, open_gradebook, record
from nbgrader.plugins import CsvExportPlugin
from rich.console import Console

from autograder.course.course import CourseError
from autograder.course.late import LatePolicy
from autograder.grading import pipeline, preprocessor
from autograder.grading.run import Job
from autograder.reporting import feedback, gradebook, gradebook_steps, grades_csv, report

DUE = datetime(2026, 10, 19, 23, 59, tzinfo=timezone(timedelta(hours=2)))
SECOND = "a2_fast_layers"
TOKEN = LatePolicy(grace=timedelta(minutes=15), tokens=1, percent_per_day=25)
WHY = answered(written_why="Because.")
MOVES = "Late tokens go where they save you the most points"


def make_class(folder, late):
    """Places of two assignments, due on the same day, of one course."""
    course, first = make_place(folder)
    first = replace(first, due=DUE)
    second = HandMadeAssignment(SECOND, first.title, 10, 120, due=DUE)
    course = replace(course, assignments=(first, second), late=late)
    return (course, first), (course, second)


def hand_in(place, student="amy", hours=5.0):
    """So many hours after the due date."""
    folder = hand_made.hand_in(place[0], student, WHY)
    folder = folder.rename(folder.with_name(place[1].name)) if place[1].name != NAME else folder
    when = (DUE + timedelta(hours=hours)).astimezone(timezone.utc)
    (folder / "timestamp.txt").write_text(f"{when:%Y-%m-%d %H:%M:%S.%f} UTC")


def lates(place):
    return {student: entry.late.points for student, entry in gradebook.read_entries(*place).items()}


def stored(place):
    """What nbgrader has."""
    with open_gradebook(place) as book:
        return {s.student.id: s.late_submission_penalty for s in book.assignment_submissions(place[1].name)}


def bring_up_to_date(place):
    """What `make grade` does in the gradebook where nothing was handed in."""
    gradebook_steps.record(*place, [], (), print)


@pytest.fixture
def first(tmp_path):
    return make_class(tmp_path, "zero")[0]


def test_a_written_answer_that_is_graded_is_taken_off_too(first):
    hand_in(first)
    record(first, make_result("amy"))
    assert lates(first) == stored(first) == {"amy": 6.0}
    grade_by_hand(first, "amy", "written_why", 4.0)
    entry = gradebook.read_entries(*first)["amy"]
    assert (entry.late.points, entry.score) == (10.0, 0.0)
    bring_up_to_date(first)
    assert stored(first) == {"amy": 10.0}


def test_extra_credit_counts(first):
    hand_in(first)
    record(first, make_result("amy"))
    with open_gradebook(first) as book:
        book.find_grade("conv_forward_naive", NAME, NAME, "amy").extra_credit = 2.5
        book.db.commit()
    assert lates(first) == {"amy": 8.5}


def test_an_extension_counts_whenever_it_comes_and_goes(first):
    """From extensions.csv or from nbgrader, the later one."""
    extensions = first[0].root / "extensions.csv"
    hand_in(first)
    record(first, make_result("amy"))
    extensions.write_text(f"student,assignment,hours\namy,{NAME},5\n")
    bring_up_to_date(first)
    assert lates(first) == stored(first) == {"amy": 0.0}
    extensions.write_text(f"student,assignment,hours\namy,{NAME},4\n")
    bring_up_to_date(first)
    assert lates(first) == stored(first) == {"amy": 6.0}
    with open_gradebook(first) as book:
        book.grant_extension(NAME, "amy", hours=5)
    bring_up_to_date(first)
    assert lates(first) == stored(first) == {"amy": 0.0}
    late = gradebook.read_entries(*first)["amy"].late
    assert late.text == "Handed in 5 h after Mon 19 Oct 23:59 +02:00: on time, extended to Tue 20 Oct 04:59 +02:00."


def test_another_due_date_and_another_policy(first):
    course, assignment = first
    hand_in(first)
    record(first, make_result("amy"))
    later = replace(assignment, due=DUE + timedelta(days=1))
    assert lates((replace(course, assignments=(later,)), later)) == {"amy": 0.0}
    half = replace(course, late=LatePolicy(percent_once=50))
    assert lates((half, assignment)) == {"amy": 3.0}
    bring_up_to_date((replace(course, late="none"), assignment))
    assert stored(first) == {"amy": 0.0}


def test_a_token_moves_to_where_it_saves_more(tmp_path):
    """The other assignment's gradebook, page and row follow."""
    first, second = make_class(tmp_path, TOKEN)
    hand_in(first)
    record(first, make_result("amy", forward=4.0))
    hand_made.write_pages(first, [make_result("amy", forward=4.0)])
    page = feedback.page_path(*first, "amy")
    assert lates(first) == stored(first) == {"amy": 0.0} and f"{MOVES}, so this can change until" in page.read_text()

    hand_in(second)
    record(second, make_result("amy", forward=10.0, assignment=SECOND))
    assert lates(first) == stored(first) == {"amy": 1.0} and lates(second) == stored(second) == {"amy": 0.0}
    others = {NAME: gradebook.read_entries(*first)}
    pipeline.refresh_pages(first[0], others, 1)
    text = (
        "Handed in 5 h after Mon 19 Oct 23:59 +02:00 (grace 15 min): no late token (1 on a2_fast_layers), then 25 % "
        "off for 1 day: −1."
    )
    assert f'<dd class="late">{text}' in page.read_text()
    standings = hand_made.standings_of(first, [make_result("amy", forward=4.0)])
    standings += hand_made.standings_of(second, [make_result("amy", forward=10.0, assignment=SECOND)])
    grades_csv.write_grades_csv(first[0], standings)
    with open(tmp_path / "grades.csv", encoding="utf-8", newline="") as file:
        rows = {row["assignment"]: row for row in csv.DictReader(file)}
    assert (rows[NAME]["score_so_far"], rows[NAME]["late_penalty"], rows[NAME]["late"]) == ("3", "1", text)
    assert (rows[SECOND]["score_so_far"], rows[SECOND]["late_penalty"]) == ("10", "0")
    assert rows[SECOND]["late"].endswith("(grace 15 min): 1 of 1 late tokens, no points off.")


def test_nbgrader_exports_the_same(tmp_path):
    first, _ = make_class(tmp_path, TOKEN)
    hand_in(first, hours=26)
    record(first, make_result("amy"))
    with open_gradebook(first) as book:
        CsvExportPlugin(to=str(tmp_path / "out.csv")).export(book)
    with open(tmp_path / "out.csv", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["assignment"] == NAME)
    assert (row["raw_score"], row["late_submission_penalty"], row["score"]) == ("6.0", "1.5", "4.5")


def test_nbgrader_autograde_gives_the_same(tmp_path, monkeypatch):
    """Of all assignments of the student: a token may have moved."""
    first, second = make_class(tmp_path, TOKEN)
    for place, forward in ((first, 4.0), (second, 10.0)):
        hand_in(place)
        record(place, make_result("amy", forward=forward))
    with open_gradebook(first) as book:
        for name in (NAME, SECOND):
            book.find_submission_notebook(name, name, "amy").late_submission_penalty = 3.0
        book.db.commit()
    monkeypatch.setattr(preprocessor, "load_course", lambda root: second[0])
    preprocessor.AssignPenalties().preprocess(None, {"nbgrader": {"assignment": SECOND, "student": "amy"}})
    assert stored(first) == {"amy": 1.0} and stored(second) == {"amy": 0.0}


def test_the_table_shows_it(tmp_path):
    first, _ = make_class(tmp_path, replace(TOKEN, tokens=2))
    for student, hours in (("amy", 50), ("ben", 3), ("eve", -1)):
        hand_in(first, student, hours)
    results = [make_result(student) for student in ("amy", "ben", "eve")]
    record(first, *results)
    console = Console(file=io.StringIO(), width=160)
    report.print_table(hand_made.standings_of(first, results), console)
    lines = console.file.getvalue().splitlines()
    assert "late" in lines[0].split() and "−1.5, 2 tokens" in lines[1] and "1 token" in lines[2]
    assert "token" not in lines[3]


def test_a_time_that_is_not_known_is_told_and_costs_nothing(tmp_path):
    first, _ = make_class(tmp_path, TOKEN)
    hand_in(first)
    (first[0].submitted / "amy" / NAME / "timestamp.txt").write_text("yesterday, I think")
    nothing = make_result("eve", forward=0.0, status="missing", reason="Nothing was handed in.")
    record(first, make_result("amy"), nothing)
    texts = {student: entry.late.text for student, entry in gradebook.read_entries(*first).items()}
    assert texts == {"amy": "It is not known when this was handed in, so it counts as on time.", "eve": ""}


PLUGIN = """
from nbgrader.plugins import BasePlugin
class Own(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {}
"""


@pytest.mark.parametrize(
    "returns, expected",
    [("total_seconds_late / 3600", 5.0), ("1e9", 6.0), ("-1", 0.0), ("None", 0.0)],
)
def test_a_plugin_of_the_courses_own(tmp_path, monkeypatch, returns, expected):
    name = f"own_late_{abs(hash(returns))}"
    (tmp_path / f"{name}.py").write_text(PLUGIN.format(returns))
    monkeypatch.syspath_prepend(tmp_path)
    first, _ = make_class(tmp_path, f"{name}.Own")
    hand_in(first)
    record(first, make_result("amy"))
    assert lates(first) == stored(first) == {"amy": expected}
    assert gradebook.read_entries(*first)["amy"].late.text.startswith("Handed in 5 h after Mon 19 Oct 23:59 +02:00: ")


@pytest.mark.parametrize(
    "returns, why", [("1 / 0", "ZeroDivisionError: division by zero"), ("float('nan')", "ValueError: it says nan")]
)
def test_a_plugin_that_fails(tmp_path, monkeypatch, returns, why):
    name = f"failing_late_{abs(hash(returns))}"
    (tmp_path / f"{name}.py").write_text(PLUGIN.format(returns))
    monkeypatch.syspath_prepend(tmp_path)
    first, _ = make_class(tmp_path, f"{name}.Own")
    hand_in(first)
    with pytest.raises(CourseError) as raised:
        record(first, make_result("amy"))
    said = f"The late policy {name}.Own fails for amy and {NAME} ({why}): correct it, or name another one."
    assert str(raised.value) == said


def test_wrong_extensions_are_told_before_anybody_is_graded(first):
    course, assignment = first
    (course.root / "extensions.csv").write_text("student,assignment,days\namy,a1,1\n")
    with pytest.raises(CourseError, match="extensions.csv, line 2: there is no assignment 'a1'"):
        pipeline.grade_class(Job(course, assignment, True), None, 1, False, Console(file=io.StringIO()))
