"""extensions.csv: what each line gives, in whatever form a spreadsheet saves it, and a sentence for each wrong one."""

from __future__ import annotations

import csv
import io
import sys
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.collecting.extensions import extensions_of, read_extensions
from autograder.course.course import Assignment, Course, CourseError

SUMMER, WINTER = (timezone(timedelta(hours=hours)) for hours in (2, 1))
FIRST = datetime(2026, 10, 19, 23, 59, tzinfo=SUMMER)
SECOND = datetime(2026, 11, 2, 23, 59, tzinfo=WINTER)
ASSIGNMENTS = [
    Assignment("a1_first", "First", 10, 120, due=FIRST),
    Assignment("a2_second", "Second", 10, 120, due=SECOND),
    Assignment("a3_third", "Third", 10, 120),
]
STUDENTS = ["ada", "ben", "00123", "José"]
HEAD = "student,assignment,until,days,hours\n"


@pytest.fixture
def read(tmp_path):
    def read(text: str, are_all=True, encoding="utf-8"):
        (tmp_path / "extensions.csv").write_bytes(text.encode(encoding))
        return read_extensions(tmp_path / "extensions.csv", ASSIGNMENTS, STUDENTS, are_all)

    return read


def test_no_file_is_no_extension(tmp_path):
    assert read_extensions(tmp_path / "extensions.csv", ASSIGNMENTS, STUDENTS) == {}


def test_days_hours_and_times(read):
    lines = 'ada,a1_first,,2,\nben,a1_first,,,"1,5"\nJosé,a2_second,2026-11-05 23:59 Europe/Berlin,,\n'
    assert read(HEAD + lines) == {
        ("ada", "a1_first"): FIRST + timedelta(days=2),
        ("ben", "a1_first"): FIRST + timedelta(hours=1.5),
        ("José", "a2_second"): SECOND + timedelta(days=3),
    }


def test_all_assignments_that_have_a_due_date(read):
    """A time is an extension of those only that are due before it; of two lines the later time counts."""
    until = "ada,ALL,2026-10-21 12:00 UTC,,\n"
    assert read(HEAD + until) == {("ada", "a1_first"): datetime(2026, 10, 21, 12, tzinfo=timezone.utc)}
    both = read(HEAD + "ada,all,,2,\nada,a1_first,,1,\nada,a2_second,,3,\n")
    assert both == {("ada", "a1_first"): FIRST + timedelta(days=2), ("ada", "a2_second"): SECOND + timedelta(days=3)}


@pytest.mark.parametrize("class_list, students", [("id\n00123\nben\n", ["00123", "ben"]), ("", ["123", "zoe"])])
def test_whom_a_course_knows(tmp_path, class_list, students):
    """Ids of the class list, then folders; a folder that writes an id otherwise is that student's."""
    (tmp_path / "submitted" / "123").mkdir(parents=True)
    if class_list:
        (tmp_path / "students.csv").write_text(class_list)
    (tmp_path / "extensions.csv").write_text(f"student,assignment,days\n0123,all,1\n{students[1]},a1_first,1\n")
    course = Course(tmp_path, "A course", "2026-fall", "a seed", tuple(ASSIGNMENTS))
    assert {student for student, _ in extensions_of(course)} == set(students)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_as_a_spreadsheet_saves_it(read, encoding, delimiter, newline):
    """Columns in another order, notes among them, empty lines, and an id that lost its zeros."""
    rows = [["note", "Days", "Student", "assignment"], ["ill", "2", "José", "a1_first"], ["", "", "", ""]]
    rows += [["", "1", "123", "a2_second"]]
    text = newline.join(delimiter.join(row) for row in rows) + newline
    found = {("José", "a1_first"): FIRST + timedelta(days=2), ("00123", "a2_second"): SECOND + timedelta(days=1)}
    assert read(text, encoding=encoding) == found


def test_without_a_class_list_any_student_may_come(read):
    expected = {(name, "a1_first"): FIRST + timedelta(days=1) for name in ("zoe", "00123")}
    assert read(HEAD + "zoe,a1_first,,1,\n123,a1_first,,1,", are_all=False) == expected


@pytest.mark.parametrize(
    "line, sentence",
    [
        ("bem,a1_first,,1,", "line 2: there is no student 'bem': did you mean 'ben'?"),
        ("zzzzzz,a1_first,,1,", "line 2: there is no student 'zzzzzz'."),
        (",a1_first,,1,", "line 2: the student is missing."),
        ("ada,,,1,", "line 2: the assignment is missing: write its name, or all."),
        ("ada,a1_frist,,1,", "line 2: there is no assignment 'a1_frist': did you mean 'a1_first'?"),
        ("ada,x,,1,", "there is no assignment 'x'. There are: a1_first, a2_second, a3_third, all."),
        ("ada,a3_third,,1,", "a3_third has no due date in course.toml, so there is nothing to extend."),
        ("ada,a1_first,,,", "line 2: nothing says until when: fill one of until, days and hours."),
        ("ada,a1_first", "line 2: nothing says until when: fill one of until, days and hours."),
        ("ada,a1_first,,1,1", "line 2: days and hours are both filled: fill one of until, days and hours."),
        ("ada,a1_first,,0,", "line 2: days must be a number above 0, up to 366, not '0'."),
        ("ada,a1_first,,-1,", "days must be a number above 0, up to 366, not '-1'."),
        ("ada,a1_first,,nan,", "days must be a number above 0, up to 366, not 'nan'."),
        ("ada,a1_first,,1e400,", "days must be a number above 0, up to 366, not '1e400'."),
        ("ada,a1_first,,,two", "line 2: hours must be a number above 0, up to 8784, not 'two'."),
        ("ada,a1_first,2026-10-22 23:59,,", "line 2: “2026-10-22 23:59” names no zone: write it like 2026-10-22 23:59"),
        ("ada,a1_first,1792710000,,", "“1792710000” names no zone: write it like 2026-10-22 23:59 +02:00."),
        ("ada,a1_first,2026-10-22 23:59 CST,,", "names CST, which is the time of several zones: write it like"),
        (
            "ada,a1_first,2026-10-22 23:59 Mars/City,,",
            "the zone of “2026-10-22 23:59 Mars/City” is not known: write it",
        ),
        ("ada,a1_first,Thursday UTC,,", "line 2: “Thursday UTC” can't be read as a time: write it like 2026-10-22"),
        ("ada,a1_first,2026-10-22 UTC,,", "“2026-10-22 UTC” can't be read as a time: write it like"),
        ("ada,a1_first,2016-10-22 23:59 UTC,,", "is no later than the due date, 2026-10-19 23:59+02:00."),
        ("ada,all,2016-10-22 23:59 UTC,,", "is no later than the due date, 2026-11-02 23:59+01:00."),
        ("ben,a1_first,,1,\nben,a1_first,,2,", "line 3: ben and a1_first stand in line 2 already: remove one."),
    ],
)
def test_what_is_wrong_is_said_with_its_line(read, line, sentence):
    with pytest.raises(CourseError) as raised:
        read(HEAD + line)
    assert str(raised.value).startswith("extensions.csv, line ") and sentence in str(raised.value)


@pytest.mark.parametrize("text", ["", "student;days\nada;2", "id,assignment,days\n"])
def test_a_head_that_lacks_something(read, text):
    with pytest.raises(
        CourseError, match="extensions.csv has no column '(student|assignment)': its first line must be"
    ):
        read(text)


def test_a_due_date_at_the_end_of_all_time(tmp_path):
    never = Assignment("a1_first", "First", 10, 120, due=datetime(9999, 12, 31, 23, tzinfo=timezone.utc))
    (tmp_path / "extensions.csv").write_text(HEAD + "ada,a1_first,,1,")
    with pytest.raises(CourseError, match="extensions.csv, line 2: that is later than any calendar goes."):
        read_extensions(tmp_path / "extensions.csv", [never], STUDENTS)


ODD = [
    "",
    "1",
    "-0",
    "1e308",
    "9" * 400,
    "٣",
    "2026-10-22 23:59 +02:00",
    "2026-10-22 23:59 +99:99",
    "0001-01-01 0:00 +14:00",
]
ZONES = ["UTC", "+14:00", "Europe/Berlin", "Etc/GMT+12", "X/../Y", ""]
NO_NUL = "\0" if sys.version_info < (3, 11) else ""  # csv writes none there
ENTRIES = st.one_of(
    st.just(""),
    st.sampled_from(ODD),
    st.text(st.characters(exclude_characters=NO_NUL), max_size=30),
    st.builds("{} {}".format, st.datetimes(), st.sampled_from(ZONES)),
)
ROWS = st.tuples(
    st.one_of(st.sampled_from(["ada", "ben", "123"]), ENTRIES),
    st.one_of(st.sampled_from(["all", "a1_first", "a2_second"]), ENTRIES),
    *[ENTRIES] * 3,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROWS, max_size=2))
def test_whatever_stands_in_a_line_is_an_extension_or_a_sentence(read, rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    try:
        found = read(HEAD + text.getvalue())
    except CourseError as error:
        assert str(error).startswith("extensions.csv")
    else:
        assert all(until > FIRST for until in found.values())
