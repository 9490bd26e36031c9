"""`make report`: what stands on the page, with names and without, whatever students write."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hand_made import NAME, answered, grade_by_hand, hand_in, make_place, make_result, record, write_pages

from autograder import __main__ as command_line
from autograder.collecting.class_list import Student, class_list
from autograder.course.course import CourseError
from autograder.grading import asked
from autograder.reporting import class_figures, class_report
from autograder.reporting.class_report import Section, write_reports
from autograder.reporting.gradebook import read_entries
from autograder.reporting.standing import Standing
from autograder.results.result import Result
from cnnlab.checking.outcomes import FAILED, PASSED, TestReport

CODE = 'def conv_forward_naive(x):\n    """What it\n    does."""\n    # a comment\n    return x + 1'
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def place(tmp_path):
    course, assignment = make_place(tmp_path)
    assignment = replace(assignment, due=datetime(2026, 10, 19, 12, tzinfo=timezone.utc))
    return replace(course, assignments=(assignment,)), assignment


@pytest.fixture
def class_(place):
    """Ada and Ben with the same mistake, Cem without any, Dora with nothing; Ben late."""
    hand_in(place[0], "ada", answered(conv_forward_naive_code=CODE, written_why="Because."), "2026-10-19 10:00:00 UTC")
    hand_in(place[0], "ben", answered(conv_forward_naive_code=CODE), "2026-10-20 10:00:00 UTC")
    hand_in(place[0], "cem", answered(conv_forward_naive_code=CODE))
    (place[0].root / "students.csv").write_text("id,first_name,last_name\nada,Ada,Lovelace\nben,Ben,\ncem,,\ndora,,\n")
    results = [
        make_result("ada", version="1.0", seconds=2.0, student_seconds=1.0),
        make_result("ben", version="1.1", incidents=["conv_forward_naive took longer than 10 s"], seconds=12.0),
        make_result("cem", forward=10.0, version="1.0"),
        nothing("dora"),
    ]
    record(place, *results)
    write_pages(place, results)
    return place


def nothing(student):
    """The result of somebody who handed in nothing: no test was run."""
    result = make_result(student, status="missing", reason="Nothing was handed in.")
    for question in result.questions:
        question.tests = []
    return result


def standings(place) -> list[Standing]:
    """How everybody stands of whom there is a result."""
    people, entries = class_list(place[0]) or {}, read_entries(*place)
    found = sorted((place[0].results / NAME).glob("*.json"))
    results = [Result.from_json(path.read_text()) for path in found]
    return [Standing(people.get(r.student, Student(r.student)), r, entries.get(r.student)) for r in results]


def report_of(place, anonymous=False) -> str:
    write_reports(place[0], {NAME: standings(place)}, anonymous)
    return (place[0].root / "report" / f"{NAME}.html").read_text(encoding="utf-8")


def words(page: str) -> str:
    """What is read, with one blank between words."""
    text = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(text).split())


def test_the_state_of_the_class(class_):
    text = words(report_of(class_))
    assert "students 4 handed in 3 late 1 graded 3 missing 1 final 3 open written answers 1 need a look 2" in text
    assert "Mean 7.3, median 6.0, standard deviation 1.9, of 24; 3 hand-ins that could be graded" in text
    assert "1 are not final" in text


def test_points_count_as_a_person_gave_them(class_):
    """A settled answer is in the points, and no longer open."""
    grade_by_hand(class_, "ada", "written_why", 4.5)
    text = words(report_of(class_))
    assert "open written answers" not in text and "are not final" not in text and "Mean 8.8" in text
    assert "written_why 5 1.5 30 % 0 2 0 0" in text


def test_points_a_question(class_):
    """Mean, share, all points, none, not attempted, open: of those who handed in something."""
    text = words(report_of(class_))
    assert "conv_forward_naive 10 7.3 73 % 1 0 0 0" in text and "convolve2d 4 0.0 0 % 0 3 3 0" in text
    assert "written_why 5 0.0 0 % 0 2 0 1" in text


def test_tests_that_fail_most(class_):
    assert "right output for every shape, stride and padding conv_forward_naive 2 100 % 8" in words(report_of(class_))


def test_what_costs_nothing_is_no_lost_test():
    """And the share is of those who attempted it."""
    results = [make_result("ada"), make_result("ben"), make_result("cem", forward=10.0)]
    rows = [Standing(Student(result.student), result) for result in results]
    rows[0].result.questions[0].tests[1].excused = "the same mistake as in convolve2d, and paid for there"
    rows[2].result.questions[0].tests.append(TestReport("conv_forward_naive", "test_stride", "", 4.0, PASSED))
    (test,) = class_figures.failing_tests(rows)
    assert (test.failed, test.asked, test.points) == (1, 3, 4.0)


def test_recognized_mistakes(class_):
    """With their count, whose pages to look at, and a short extract of code; the links lead to pages that are there."""
    page = report_of(class_)
    assert "output width computed from the height Ada Lovelace (ada) , Ben (ben)" in words(page)
    (first, *_) = re.findall(r'href="(\.\./feedback/[^"]*)"', page)
    assert (class_[0].root / "report" / first).resolve().exists()
    assert "<pre>def conv_forward_naive(x):\n    # a comment\n    return x + 1</pre>" in page


def test_what_no_known_mistake_explains(place):
    result = make_result("ada")
    result.questions[0].tests[1].hint = ""
    record(place, result)
    assert "no known mistake explains: conv_forward_naive 1." in words(report_of(place))


def test_time_limits_versions(class_):
    text = words(report_of(class_))
    assert "median 2.0, longest 12.0, median in students' code 0.0, longest in students' code 1.0" in text
    assert "conv_forward_naive took longer than 10 s 1 Ben (ben)" in text
    assert "Versions of the notebook: 2 of 1.0, 1 of 1.1." in text


def test_a_run_without_a_sandbox_is_told(place):
    record(place, make_result("ada", sandbox="none"))
    assert "1 graded WITHOUT a sandbox." in words(report_of(place))


def test_the_students(class_):
    text = words(report_of(class_))
    assert "Ada Lovelace (ada) graded 6 open written answers" in text and "dora missing 0 final" in text
    assert "Ben (ben) graded 6 final late conv_forward_naive took longer than 10 s" in text


def test_without_names(class_):
    """No id, name, link to a page, or code; the counts stay."""
    page = report_of(class_, anonymous=True)
    for name in ("ada", "Ada", "Lovelace", "ben", "Ben", "cem", "dora", "feedback/", "return x + 1"):
        assert not re.search(rf"\b{re.escape(name)}", page)
    text = words(page)
    assert "output width computed from the height 2 conv_forward_naive" in text
    assert "conv_forward_naive took longer than 10 s 1" in text and "students 4" in text


def test_it_loads_nothing_and_can_be_read_by_everyone(class_):
    page = report_of(class_)
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert all(link.startswith(("#", "../")) for link in loaded) and "<script" not in page and "url(http" not in page
    assert "default-src 'none'" in page and '<html lang="en">' in page and page.count("<h1>") == 1
    assert page.count('role="img"') == 2 and 'aria-label="Students by points. 6 to 7.2: 2; 9.6 to 10.8: 1.' in page
    assert "prefers-color-scheme: dark" in page and '<th scope="col">question</th>' in page


def test_twice_the_same_bytes(class_):
    assert report_of(class_) == report_of(class_)


def test_whatever_students_write_is_text(place):
    name = f"{EVIL}'\""
    (place[0].root / "students.csv").write_text(f'id,first_name,last_name\nada,"{EVIL}",x\n')
    hand_in(place[0], "ada", answered(conv_forward_naive_code=f"def conv_forward_naive(x):\n    return '{EVIL}'"))
    result = make_result("ada", version=name, incidents=[name], reason=name, status="partial", notes=[name])
    record(place, result)
    page = report_of(place)
    assert "<script" not in page and page.count("&lt;script&gt;") > 4


def test_code_that_is_no_python(place):
    """It is shown as it is, and not for ever; so is what can't be found."""
    lines = "\n".join(f"line {number} (" + "x" * 200 for number in range(99))
    hand_in(place[0], "ada", answered(conv_forward_naive_code=f"def conv_forward_naive(x):\n{lines}"))
    record(place, make_result("ada"))
    code = class_report.code_of(*place, "ada", "conv_forward_naive")
    assert len(code.splitlines()) == class_report.MOST_LINES + 1 and max(map(len, code.splitlines())) < 120
    assert class_report.code_of(*place, "ada", "no_such_question") == ""
    assert class_report.code_of(*place, "ben", "conv_forward_naive") == ""


def test_a_docstring_alone_stays():
    assert class_report.extract('def f(x):\n    """Nothing else."""') == 'def f(x):\n    """Nothing else."""'
    assert class_report.extract('def f(x): "one line"; return x') == 'def f(x): "one line"; return x'


def test_a_class_that_handed_in_nothing(place):
    record(place, nothing("ada"))
    text = words(report_of(place))
    assert "students 1 handed in 0" in text and "None failed." in text and "Nobody ran into a limit." in text


def test_what_is_stale_is_not_final(class_):
    rows = standings(class_)
    rows[2].stale = "the hand-in changed since"
    write_reports(class_[0], {NAME: rows})
    text = words((class_[0].root / "report" / f"{NAME}.html").read_text())
    assert "final 2 open written answers 1 stale 1" in text and "cem graded 10 stale stale: the hand-in changed" in text


def test_a_page_over_all(class_):
    """It links the others; one assignment alone has none."""
    course, assignment = class_
    other = replace(assignment, name="a2_fast_layers")
    course = replace(course, assignments=(assignment, other))
    paths = write_reports(course, {NAME: standings(class_), "a2_fast_layers": []})
    assert [path.name for path in paths] == [f"{NAME}.html", "report.html"]
    page = paths[-1].read_text()
    assert f'<a href="report/{NAME}.html">' in page and "a1_convolution 4 3 1 2 7.3 6.0 24" in words(page)


def test_no_results(place):
    with pytest.raises(CourseError, match=r"There are no results of a1_convolution in .*: run `make grade` first\."):
        write_reports(place[0], {NAME: []})


def test_the_command(class_, monkeypatch, capsys):
    """`make report ASSIGNMENT=...` writes one page, with `all` or nothing named that of each assignment."""
    monkeypatch.setattr(asked, "load_course", lambda folder, term: class_[0])
    for arguments, count in ((["report", NAME], 1), (["report", NAME, "--anonymous"], 1), (["report", "all"], 1)):
        monkeypatch.setattr("sys.argv", ["autograder", *arguments])
        assert command_line.main() == 0
        assert capsys.readouterr().out.count("Wrote") == count
    assert "Ada" in (class_[0].root / "report" / f"{NAME}.html").read_text()
    monkeypatch.setattr("sys.argv", ["autograder", "report", "a9_nothing"])
    assert command_line.main() == 2


def test_the_figures_of_a_test_that_nobody_was_asked():
    assert class_figures.Failing("conv", "title").share == 0.0
    assert class_figures.Question("conv", 0.0).share == 0.0
    row = Standing(Student("ada"), make_result("ada"))
    assert class_figures.is_lost(row.result.questions[0].tests[1])
    assert class_figures.points_of(row, "nothing") is None and class_figures.points_of(row, "conv_forward_naive") == 6.0
    assert row.result.questions[0].tests[1].outcome == FAILED


def test_a_part_that_another_room_makes(class_, tmp_path):
    """It stands in the list of contents and on the page; its texts are escaped, and it may use the page's macros."""
    template = tmp_path / "part.html.j2"
    template.write_text('{% from "macros.html.j2" import student %}<p>{{ text }} {{ student(one) }}</p>')
    section = Section("groups", f"Groups {EVIL}", template, {"text": EVIL, "one": {"name": "Ada", "link": "#x"}})
    (path,) = write_reports(class_[0], {NAME: standings(class_)}, sections={NAME: [section]})
    page = path.read_text()
    escaped = html.escape(EVIL)
    assert f'<a href="#groups">Groups {escaped}</a>' in page and f'<h2 id="groups">Groups {escaped}</h2>' in page
    assert f'<p>{escaped} <a href="#x">Ada</a></p>' in page and "<script" not in page
