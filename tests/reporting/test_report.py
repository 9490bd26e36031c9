"""grades.csv and the table."""

from __future__ import annotations

import csv

import pytest
from hand_made import (
    answered,
    grade_by_hand,
    hand_in,
    make_course,
    make_place,
    make_result,
    record,
    standings_of,
    write_grades,
)
from rich.console import Console

from autograder.reporting import report


@pytest.fixture
def place(tmp_path):
    return make_place(tmp_path)


def rows(place) -> list[dict[str, str]]:
    with open(place[0].root / "grades.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def printed(show, *arguments, width: int = 80) -> str:
    console = Console(width=width, record=True, file=open("/dev/null", "w"))
    show(*arguments, console)
    return console.export_text()


def test_grades_csv(place):
    """One row a student, one column a question; a written answer is empty until a person has graded it."""
    hand_in(place[0], "amy", answered(written_why="Because."))
    results = [make_result("bob", forward=0.0, status="missing", reason="Nothing was handed in."), make_result("amy")]
    record(place, *results)
    write_grades(place, results)
    amy, bob = rows(place)
    assert list(amy) == [
        "assignment", "student_id", "first_name", "last_name", "email", "status", "state", "score_so_far", "score",
        "max_score", "open_points", "late_penalty", "conv_forward_naive", "convolve2d",
        "written_how", "written_why", "late", "version", "reason", "attention",
    ]  # fmt: skip
    assert (amy["student_id"], amy["state"], amy["score_so_far"]) == ("amy", "open written answers", "6")
    assert (amy["score"], amy["max_score"], amy["open_points"]) == ("", "24", "5")
    assert (amy["conv_forward_naive"], amy["written_why"], amy["written_how"]) == ("6", "", "0")
    assert bob["reason"] == "Nothing was handed in." and bob["attention"]
    grade_by_hand(place, "amy", "written_why", 4.5)
    write_grades(place, results)
    amy = rows(place)[0]
    assert (amy["state"], amy["written_why"], amy["score"], amy["score_so_far"]) == ("final", "4.5", "10.5", "10.5")


@pytest.mark.parametrize(
    "status, reason",
    [("unreadable", "a1.ipynb is empty"), ("missing", "not in its place: found a2/a1_convolution.ipynb")],
)
def test_a_zero_with_a_cause_beside_the_answers_is_final_by_a_persons_word(place, status, reason):
    """A 0 that is given by hand says that it stands; what was not handed in at all needs no word."""
    results = [make_result("amy", forward=0.0, status=status, reason=reason, file="")]
    results.append(make_result("bob", forward=0.0, status="missing", reason="Nothing was handed in.", file=""))
    record(place, *results)
    write_grades(place, results)
    assert [(row["state"], row["score"]) for row in rows(place)] == [("open tests", ""), ("final", "0")]
    grade_by_hand(place, "amy", "conv_forward_naive", 0)
    write_grades(place, results)
    assert [(row["state"], row["score"]) for row in rows(place)] == [("final", "0"), ("final", "0")]


def test_grades_csv_without_a_gradebook(tmp_path):
    """The tests' points, where nothing was recorded."""
    place = make_course(tmp_path)
    write_grades(place, [make_result("amy")])
    assert (rows(place)[0]["score_so_far"], rows(place)[0]["max_score"]) == ("6", "14")


def test_names_of_the_class_list(place):
    (place[0].root / "students.csv").write_text("id,first_name,last_name,email\namy,Amy,Adams,amy@example.org\n")
    record(place, make_result("amy"))
    write_grades(place, [make_result("amy"), make_result("bob")])
    amy, bob = rows(place)
    assert (amy["first_name"], amy["last_name"], amy["email"]) == ("Amy", "Adams", "amy@example.org")
    assert (bob["first_name"], bob["last_name"], bob["email"]) == ("", "", "")


@pytest.mark.parametrize("student", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "a\r\n=1"])
def test_no_formula_reaches_a_spreadsheet(place, student):
    """What begins like a formula is text; the same student stays one row."""
    for _ in range(2):
        write_grades(place, [make_result(student, reason=f"{student} was odd", status="partial")])
    (row,) = rows(place)
    assert row["student_id"][0] not in "=+-@\t\r" and row["reason"][0] not in "=+-@\t\r"
    assert "\n" not in row["student_id"]


def test_a_grades_csv_of_somebody_else(place):
    """A file of that name that is not ours is replaced, not read."""
    (place[0].root / "grades.csv").write_text("name,grade\namy,1\n")
    write_grades(place, [make_result("amy")])
    assert [row["student_id"] for row in rows(place)] == ["amy"]


def test_the_table(place):
    """Every student, those to look at last; then the class in a few lines with the commonest mistake."""
    results = [
        make_result("zoe"),
        make_result("amy", status="unreadable", reason="a1.ipynb is not JSON"),
        make_result("bob"),
    ]
    text = printed(report.print_table, standings_of(place, results))
    assert text.index("bob") < text.index("zoe") < text.index("amy")
    assert "a1.ipynb is not JSON" in text and "6/14" in text
    assert "3 students: 2 graded, 1 unreadable" in text
    assert "mean 6.0, median 6.0 of 14" in " ".join(text.split())
    assert "3 students: output width computed from the height" in text
    assert "1 need" in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_any_terminal(place, width):
    """No line is wider than the terminal, and nothing is cut away."""
    reason = "the notebook could not be read because it is a web page: choose File → Download (.ipynb)"
    results = [make_result("a-student-with-a-long-name@university.example", status="unreadable", reason=reason)]
    text = printed(report.print_table, standings_of(place, results), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert "1 unreadable" in " ".join(text.split())


def test_a_long_reason_is_short_in_the_table_and_whole_in_grades_csv(place):
    files = ", ".join(f"a1_convolution ({n}).ipynb" for n in range(2, 20))
    result = make_result("amy", notes=[f"graded a1_convolution (20).ipynb; left: {files}", "read as nbformat 3"])
    text = " ".join(printed(report.print_table, standings_of(place, [result])).split())
    assert "graded a1_convolution (20).ipynb; left: a1_convolution (2).ipynb" in text and "(12)" not in text
    assert "…" in text and "in full in grades.csv" in text and "nbformat" not in text
    write_grades(place, [result])
    assert rows(place)[0]["attention"] == result.notes[0]


def test_names_cannot_drive_the_terminal(place):
    """Markup and escape sequences in what students choose are shown as text."""
    odd = make_result("[red]amy", status="partial", reason="\x1b[2Jgone [/]")
    text = printed(report.print_table, standings_of(place, [odd]))
    assert "[red]amy" in text and "\x1b" not in text and "[2Jgone [/]" in text


def test_unsafe_runs_are_told(place):
    """Results without a sandbox are counted under the table; an empty class has a sentence of its own."""
    assert "1 graded WITHOUT a sandbox" in printed(
        report.print_table, standings_of(place, [make_result("amy", sandbox="none")])
    )
    assert "No submissions." in printed(report.print_table, [])


def test_histogram():
    """Ten bars from no point to all, the fullest one highest."""
    assert report.histogram([0, 0, 5, 10], 10) == "0 █    ▄   ▄ 10"
    assert report.histogram([0.0], 0) == "0 █          0"
