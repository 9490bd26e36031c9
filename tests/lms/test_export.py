"""`make export`: what leaves, where it lies, what is said of it; every sentence on what is wrong."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree
import zipfile

import pytest
from classroom import Person, canvas_zip, moodle_worksheet, moodle_zip, sent_by, students_csv
from hand_made import NAME, hand_in, make_place, make_result, record, release
from rich.console import Console
from standing_made import make_missing, make_standing

from autograder.__main__ import main
from autograder.collecting.class_list import Student
from autograder.collecting.submissions import find_submissions
from autograder.course.course import CourseError
from autograder.course.suite import suite_hash
from autograder.lms import canvas, moodle
from autograder.lms.collect import collect
from autograder.lms.export import export
from autograder.lms.grades import Options
from autograder.lms.junit import junit_xml
from autograder.lms.origins import find_origins
from autograder.lms.whole_class import whole_class_table
from autograder.reporting.exports import read_exports
from autograder.reporting.feedback import page_path
from autograder.results.result import MISSING
from autograder.results.store import write_result
from cnnlab.checking import outcomes
from cnnlab.checking.outcomes import TestReport

PEOPLE = [
    Person("000012", "Ada", "Lovelace", "ada@example.org", "70001", group="Team 1"),
    Person("000013", "Ben", "O'Brien", "ben@example.org", "70002", group="Team 1"),
    Person("000014", "Zoë", "Ng", "zoe@example.org", "70003"),
]
BYTES = json.dumps(release()).encode()


@pytest.fixture
def place(tmp_path):
    """A course of three: two have handed in, and the third has nothing."""
    students_csv(tmp_path / "students.csv", PEOPLE)
    return make_place(tmp_path)


def graded(place, *students, **changes):
    """Results and gradebook entries of what lies in submitted/, and pages."""
    course, assignment = place
    results = []
    for submission in find_submissions(course, assignment, force=True):
        if submission.student in students:
            result = make_result(submission.student, suite=suite_hash(course, assignment), submission=submission.hash())
            result.term = course.term
            for name, value in changes.items():
                setattr(result, name, value)
            write_result(course, assignment, result)
            results.append(result)
            page = page_path(course, assignment, submission.student)
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(f"page of {submission.student}")
    record(place, *results)
    return results


def collected(place, write, **options):
    """Hand-ins of the first two, as an LMS packs them, in their place."""
    course, _ = place
    source = write(course.root / "class.zip", sent_by(PEOPLE[:2], lambda person, version: BYTES), **options)
    collect(course, source, quiet())


def quiet():
    return Console(width=300, record=True, file=open(os.devnull, "w"))


def run(place, for_, file=None, **options):
    """What was written, and what was said."""
    console = quiet()
    [done] = export(place[0], for_, place[1], console, file, Options(**options))
    return done, " ".join(console.export_text().split())


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


# --- pages ----------------------------------------------------------------------------------------------------------


def test_pages_go_back_to_canvas_under_the_names_that_it_gave(place):
    """Whose two numbers, user and attachment, Canvas reads again."""
    collected(place, canvas_zip)
    graded(place, "000012", "000013")
    done, said = run(place, "canvas-feedback", so_far=True)
    names = {
        "lovelaceada_70001_9000000_a1_convolution.html": "000012",
        "obrienben_70002_9000010_a1_convolution.html": "000013",
    }
    assert members(done.path) == {name: f"page of {student}" for name, student in names.items()}
    assert all(canvas.parse(name) for name in names) and "2 students: " in said
    before = done.path.read_bytes()
    assert run(place, "canvas-feedback")[0].path.read_bytes() == before


@pytest.mark.parametrize("folders", [True, False])
def test_pages_go_back_to_moodle_in_the_folders_that_it_gave(place, folders):
    collected(place, moodle_zip, folders=folders)
    graded(place, "000012", "000013")
    found = members(run(place, "moodle-feedback")[0].path)
    assert found["Ada Lovelace_570001_assignsubmission_file_/a1_convolution.html"] == "page of 000012"
    assert len(found) == 2 and all(moodle.PATTERN.fullmatch(name) for name in found)


def test_moodles_worksheet_says_whose_folder_is_whose_where_nothing_was_collected(place):
    hand_in(place[0], "000012", release())
    graded(place, "000012")
    with pytest.raises(CourseError, match="There is no page to send: .* was not collected from Moodle"):
        run(place, "moodle-feedback")
    sheet = moodle_worksheet(place[0].root / "worksheet.csv", PEOPLE)
    found = members(run(place, "moodle-feedback", sheet)[0].path)
    assert found == {"Ada Lovelace_570001_assignsubmission_file_/a1_convolution.html": "page of 000012"}


def test_what_did_not_come_from_an_lms_is_told(place):
    collected(place, canvas_zip)
    hand_in(place[0], "000014", release())
    graded(place, "000012", "000013", "000014")
    _, said = run(place, "canvas-feedback")
    assert (
        "1 pages are not in it, since what they speak of was not collected from a download of Canvas's: 000014." in said
    )


def test_a_group_gets_one_page_and_that_is_told(place):
    course, _ = place
    sent = [one for one in sent_by([PEOPLE[0]], lambda person, version: BYTES)]
    shared = [type(one)(one.person, one.files, one.when, members=tuple(PEOPLE[:2])) for one in sent]
    collect(course, canvas_zip(course.root / "class.zip", shared), quiet())
    graded(place, "000012", "000013")
    done, said = run(place, "canvas-feedback")
    assert members(done.path) == {"team1_70001_9000000_a1_convolution.html": "page of 000012"}
    assert "1 share a hand-in, and one page goes to all of them: 000013 (000012's is there)." in said
    assert all(origin.whose.lms_id == "" for origin in find_origins(*place, ["000012", "000013"]).values())


def test_all_pages_in_one_zip(place):
    hand_in(place[0], "000012", release())
    graded(place, "000012", "000014")
    page_path(*place, "000014").unlink()
    hand_in(place[0], "000012", json.dumps(release()) + " ")  # again, since it was graded
    done, said = run(place, "feedback")
    assert members(done.path) == {"000012/a1_convolution.html": "page of 000012"}
    assert "1 have no page: 000014. `make grade` makes it." in said
    assert "1 pages are of students whose points are not final: 000012." in said


def test_the_origin_of_an_earlier_attempt_is_not_that_of_the_latest(place):
    course, assignment = place
    sent = sent_by([PEOPLE[0]] * 5, lambda person, version: json.dumps(release()).encode() + b" " * version)[-2:]
    collect(course, canvas_zip(course.root / "class.zip", sent), quiet())
    origin = find_origins(course, assignment, ["000012"])["000012"]
    assert origin.names == ("lovelaceada_70001_9000010_a1_convolution-1.ipynb",)
    placed = course.root / "collected" / "000012" / NAME / "placed.json"
    placed.unlink()  # as where the run was killed before it could note it
    assert find_origins(course, assignment, ["000012"])["000012"] == origin


# --- the table of the whole class -----------------------------------------------------------------------------------


def read_csv(data):
    return list(csv.DictReader(io.StringIO(data.decode())))


def test_one_line_a_student_with_all_assignments():
    people = {s.id: s for s in (Student("a", "Ada", "=1+1", "a@x.org", "7", "CNN 1"), Student("d", "Dan", "Late"))}
    standings = {
        "a1": [make_standing("a", late=2.5), make_standing("b", written=None), make_missing("c")],
        "a2": [make_standing("a"), make_standing("b")],
        "a3": [],
    }
    rows = {row["student_id"]: row for row in read_csv(whole_class_table(standings, people, Options())[0])}
    assert list(rows) == ["a", "b", "c", "d"] and "a3" not in rows["a"]
    assert (rows["a"]["a1"], rows["a"]["a1_of"], rows["a"]["a1_late"], rows["a"]["a2"]) == ("6.5", "19", "2.5", "9")
    assert (rows["a"]["total"], rows["a"]["total_of"], rows["a"]["last_name"]) == ("15.5", "38", "'=1+1")
    assert (rows["b"]["a1"], rows["b"]["a1_state"], rows["b"]["total"]) == ("", "open written answers", "")
    assert (rows["c"]["a1"], rows["c"]["a1_state"], rows["c"]["total"]) == ("", "missing", "0")
    assert (rows["d"]["first_name"], rows["d"]["a1"], rows["d"]["total"]) == ("Dan", "", "")
    options = Options(missing_is_zero=True, so_far=True)
    rows = {row["student_id"]: row for row in read_csv(whole_class_table(standings, people, options)[0])}
    assert (rows["b"]["a1"], rows["b"]["total"], rows["c"]["a1"]) == ("6", "15", "0")


def test_the_table_is_written_and_noted(place):
    hand_in(place[0], "000012", release())
    graded(place, "000012")
    done, _ = run(place, "csv")
    assert done.path == place[0].root / "exports" / f"{NAME}.csv" and len(read_csv(done.path.read_bytes())) == 3
    [line] = read_exports(*place)
    assert (line["for"], line["students"]) == ("csv", ["000012"])


# --- JUnit ----------------------------------------------------------------------------------------------------------

SUITE = {"name", "tests", "failures", "errors", "skipped", "time"}


def read_junit(data):
    """The suites by name, as pytest's schema (junit-10.xsd) has them."""
    root = ElementTree.fromstring(data)
    assert root.tag == "testsuites" and set(root.attrib) <= {"name", "time", "tests", "failures", "errors"}
    for suite in root:
        assert suite.tag == "testsuite" and set(suite.attrib) == SUITE
        assert re.fullmatch(r"\d*\.\d{3}", suite.get("time")) and {child.tag for child in suite} <= {
            "properties",
            "testcase",
        }
        cases = suite.findall("testcase")
        assert int(suite.get("tests")) == len(cases)
        for tag, count in (("failure", "failures"), ("skipped", "skipped")):
            assert int(suite.get(count)) == sum(case.find(tag) is not None for case in cases)
        for case in cases:
            assert set(case.attrib) == {"name", "classname", "time"} and len(case) <= 1
            for child in case:
                assert child.tag in ("failure", "skipped") and set(child.attrib) == {"message", "type"}
        for node in suite.iter("property"):
            assert set(node.attrib) == {"name", "value"}
    return {suite.get("name"): suite for suite in root}


def test_junit_has_a_suite_a_student_and_a_case_a_test(place):
    open_ = make_standing("b", written=None)
    report = TestReport("convolve2d", "test_x", "a person looks", 0.0, outcomes.OPEN)
    open_.result.questions[1].tests.append(report)
    suites = read_junit(junit_xml(place[1], [make_standing("a", late=2.5), open_]))
    first = suites["a"]
    assert {case.get("classname") for case in first.iter("testcase")} == {
        f"{NAME}.conv_forward_naive",
        f"{NAME}.convolve2d",
    }
    assert [(child.tag, child.get("type")) for case in first.iter("testcase") for child in case] == [
        ("failure", "failed"),
        ("skipped", "not attempted"),
    ]
    values = {node.get("name"): node.get("value") for node in first.iter("property")}
    assert (values["score"], values["max_score"], values["late_penalty"], values["state"]) == (
        "6.5",
        "19",
        "2.5",
        "final",
    )
    assert (values["points.conv_forward_naive"], values["max_points.conv_forward_naive"]) == ("6", "10")
    values = {node.get("name"): node.get("value") for node in suites["b"].iter("property")}
    assert (values["score"], values["score_so_far"]) == ("", "6")
    assert [
        case.find("skipped").get("type") for case in suites["b"].iter("testcase") if case.find("skipped") is not None
    ][-1] == "open"


def test_junit_takes_any_text_that_a_student_makes_it_have(place):
    standing = make_standing("a\x00<&\ud800")
    standing.result.questions[0].tests[1].text = 'returned "\x1b[31m\ufffe" ]]> <b>'
    [name] = read_junit(junit_xml(place[1], [standing]))
    assert name == "a\ufffd<&\ufffd"


def test_junit_is_written(place):
    hand_in(place[0], "000012", release())
    graded(place, "000012")
    done, _ = run(place, "junit")
    assert list(read_junit(done.path.read_bytes())) == ["000012"] and done.path.name == f"{NAME}-junit.xml"


# --- sentences ------------------------------------------------------------------------------------------------------


def test_nothing_graded_is_said(place):
    with pytest.raises(CourseError, match=f"Nothing of {NAME} was graded: `make grade` first."):
        run(place, "csv")


@pytest.mark.parametrize("for_", ["canvas", "moodle"])
def test_a_table_that_is_not_given_or_not_there_is_asked_for(place, for_):
    graded(place, "000012")
    with pytest.raises(
        CourseError, match="Say which file is to be filled in: FILE=..., the (CSV|grading worksheet) that"
    ):
        run(place, for_)
    with pytest.raises(CourseError, match=r"nowhere.csv can't be read \(No such file or directory\): FILE must be the"):
        run(place, for_, place[0].root / "nowhere.csv")


def test_the_given_file_is_never_written_to(place):
    graded(place, "000012", status=MISSING)
    sheet = moodle_worksheet(place[0].root / "worksheet.csv", PEOPLE)
    before = sheet.read_bytes()
    done, said = run(place, "moodle", sheet)
    assert sheet.read_bytes() == before and str(done.path) in said
    with pytest.raises(CourseError, match="is what was exported before: give the file that the LMS exported."):
        run(place, "moodle", done.path)


def test_a_folder_that_cannot_be_written_to_is_said(place):
    graded(place, "000012")
    (place[0].root / "exports").write_text("a file in the way")
    with pytest.raises(CourseError, match="can't be written"):
        run(place, "csv")


def test_the_page_of_nobody_from_canvas(place):
    hand_in(place[0], "000012", release())
    graded(place, "000012")
    with pytest.raises(
        CourseError, match="There is no page to send: what was graded of a1_convolution was not collected"
    ):
        run(place, "canvas-feedback")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["blackboard"], "FOR=blackboard is not known: say FOR=canvas, moodle, junit, feedback, canvas-feedback,"),
        (["csv", "--missing", "1"], "MISSING=1 is not known: MISSING=0 makes zeros; without it, they stay empty."),
        (["canvas", "--file", "x.csv"], "A file of an LMS's is filled in for one assignment: say ASSIGNMENT="),
        (["csv", "a9"], "There is no assignment named 'a9' in course.toml."),
    ],
)
def test_what_is_misspelt_is_said(arguments, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["autograder", "export", *arguments, "--course", str(tmp_path)])
    assert main() == 2
    assert sentence in " ".join(capsys.readouterr().out.split())
