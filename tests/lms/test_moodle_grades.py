"""Moodle's grading worksheet, filled in."""

import re

import pytest
from standing_made import MOST, make_missing, make_standing

from autograder.course.course import CourseError
from autograder.lms.grades import Options
from autograder.lms.moodle_grades import fill_worksheet, read_participants
from autograder.lms.pieces import Whose

HEAD = 'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
HEAD += '"Last modified (submission)","Last modified (grade)","Feedback comments"'
COMMENT = "conv_forward_naive 6/10, convolve2d 0/4, written_why 3/5"


def row(grade="", comment="", can="Yes", number="570001", name="Ada Lovelace", email="ada@x.org", most=f"{MOST:.2f}"):
    who = f'"Participant {number}","{name}",{email},"Submitted for grading - Graded"'
    return f'{who},{grade},{most},{can},"Sunday, 18 October 2026, 9:15 PM",-,{comment}'


def sheet(*rows, end="\n"):
    return ("\ufeff" + end.join([HEAD, *rows, ""])).encode()


def ada(**changes):
    return make_standing("000012", last_name="Lovelace", first_name="Ada", email="ada@x.org", **changes)


def fill(data, *standings, said=None, **options):
    return fill_worksheet(data, "worksheet.csv", standings, said or {}, Options(**options))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_grade_and_comment_are_filled_in_and_nothing_else(end):
    filled = fill(sheet(row(), end=end), ada())
    assert filled.data == sheet(row("9.00", f'"{COMMENT}"'), end=end)
    assert filled.students == ["000012"] and filled.told == []


def test_the_comment_of_a_person_stays_and_ours_says_what_is_late():
    filled = fill(sheet(row("", "Well done!")), ada())
    assert filled.data == sheet(row("9.00", "Well done!"))
    filled = fill(sheet(row()), ada(late=2.0))
    assert filled.data == sheet(row("7.00", f'"{COMMENT}; late by 2 days: −2"'))


@pytest.mark.parametrize(
    "changes",
    [{"name": ""}, {"email": "", "name": "Ada Lovelace"}, {"email": "", "name": ""}],
    ids=["mail", "name", "id"],
)
def test_a_student_is_found_by_each_of_what_moodle_says(changes):
    said = {"000012": Whose(ids=("Participant 570001",))} if not any(changes.values()) else {}
    assert fill(sheet(row(**changes)), ada(), said=said).students == ["000012"]


def test_a_student_of_whom_only_the_number_is_there_is_listed():
    filled = fill(sheet(row(name="", email="")), ada())
    assert filled.told == [
        "1 students of yours are not in the file: 000012.",
        "1 in the file are not students of yours: Participant 570001.",
    ]


def test_a_grade_that_nobody_may_change_is_left():
    filled = fill(sheet(row(can="No")), ada())
    assert filled.data == sheet(row(can="No")) and not filled.students
    assert filled.told == ["1 left, since Moodle lets nobody change their grade: 000012."]


def test_a_grade_above_the_maximum_is_told_since_moodle_says_nothing():
    filled = fill(sheet(row(most="5.00")), ada())
    said = "1 have more than Moodle's maximum, and Moodle will pass over them: 000012."
    assert said in filled.told and filled.told[0].startswith(
        "Moodle has 5 points for it, here it has 19. Scores are not"
    )
    filled = fill(sheet(row(most="5.00")), ada(), scale=True)
    assert filled.told == ["Moodle has 5 points for it, here it has 19: scores are scaled by 5/19."]
    assert filled.data == sheet(row("2.37", f'"{COMMENT}"', most="5.00"))


def test_a_scale_of_words_has_no_maximum():
    assert fill(sheet(row(most="Good")), ada()).told[0].startswith("Moodle has no points for this assignment")


def test_decimal_commas_stay():
    data = sheet(row(most='"19,00"'))
    assert fill(data, ada()).data == sheet(row('"9,00"', f'"{COMMENT}"', most='"19,00"'))


def test_missing_and_open_are_left_as_they_are():
    ben = make_missing("000013", email="ben@x.org")
    data = sheet(row(), row(number="2", name="Ben", email="ben@x.org"))
    filled = fill(data, ada(written=None), ben)
    assert filled.data == data and len(filled.told) == 2
    assert fill(data, ada(written=None), ben, missing_is_zero=True, so_far=True).students == ["000012", "000013"]


def test_another_grade_is_replaced_and_counted():
    assert fill(sheet(row("8.00")), ada()).told == ["1 had another grade in Moodle, which this file replaces."]


def test_a_student_who_is_there_twice_is_left():
    filled = fill(sheet(row(), row()), ada())
    assert filled.data == sheet(row(), row())
    assert filled.told == ["000012 is there twice, in lines 2 and 3: both are left as they are."]


@pytest.mark.parametrize("lacking", ["Grade", "Last modified (grade)"])
def test_a_worksheet_without_what_moodle_needs_is_refused(lacking):
    data = (
        sheet(row())
        .replace(f'"{lacking}"'.encode(), b'"Nota"')
        .replace(b",Grade,", f",{lacking == 'Grade' and 'Nota' or 'Grade'},".encode())
    )
    with pytest.raises(CourseError, match=re.escape(f"worksheet.csv has no column {lacking}, which Moodle needs")):
        fill(data, ada())


def test_another_file_is_refused():
    with pytest.raises(CourseError, match="worksheet.csv does not begin as such a file does"):
        fill(b"Student,ID\n", ada())


def test_a_worksheet_says_who_has_which_number():
    assert read_participants(sheet(row()), "worksheet.csv", [ada()], {}) == {"000012": ("Ada Lovelace", "570001")}
