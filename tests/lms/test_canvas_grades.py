"""Canvas's gradebook, filled in."""

import re
from dataclasses import replace

import pytest
from standing_made import MOST, make_missing, make_standing

from autograder.collecting.class_list import Student
from autograder.course.course import Assignment, Course, CourseError
from autograder.lms.canvas_grades import fill_gradebook
from autograder.lms.grades import Options, rounded
from autograder.lms.pieces import Whose

A1 = Assignment("a1_convolution", "Convolution by hand", 10, 120)
A2 = Assignment("a2_fast_layers", "Fast layers", 10, 120)
HEAD = "Student,ID,SIS User ID,SIS Login ID,Section,Notes,Essay (11),a1_convolution (4242),a2_fast_layers (43)"
HEAD += ",Assignments Current Score,Final Score,Unposted Final Score"
POINTS = f"    Points Possible,,,,,,10.00,{MOST:.2f},85.00,(read only),(read only),(read only)"


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path, "A course", "2026-fall", "a seed", (A1, A2))


def ada(**changes):
    return make_standing("000012", last_name="Lovelace", first_name="Ada", email="ada@x.org", lms_id="70001", **changes)


def row(score="", name='"Lovelace, Ada"', lms="70001", sis="000012", login="ada@x.org"):
    return f"{name},{lms},{sis},{login},CNN 1,,7.00,{score},,77.77,77.77,77.77"


def table(*rows, head=HEAD, points=POINTS, end="\n"):
    return end.join([head, points, *rows, ""]).encode()


def fill(course, data, *standings, said=None, **options):
    return fill_gradebook(data, "gradebook.csv", course, A1, standings, said or {}, Options(**options))


def test_the_score_is_filled_in_and_nothing_else(course):
    filled = fill(course, table(row(), end="\r\n"), ada())
    assert filled.data == table(row("9.00"), end="\r\n") and filled.students == ["000012"]
    assert filled.told == ["The column is a1_convolution (4242)."]


@pytest.mark.parametrize(
    "changes",
    [
        {"sis": "", "login": ""},
        {"lms": "", "sis": "12"},
        {"lms": "", "sis": "", "login": "ADA@x.org"},
        {"lms": "", "sis": "", "login": ""},
        {"lms": "", "sis": "", "login": "", "name": "Ada Lovelace"},
    ],
    ids=["Canvas's number", "SIS id without its zeros", "login", "sortable name", "name"],
)
def test_a_student_is_found_by_each_of_what_canvas_says(course, changes):
    assert fill(course, table(row(**changes)), ada()).data == table(row("9.00", **changes))


def test_ids_that_speak_of_two_students_fill_nothing(course):
    ben = make_standing("000013", last_name="Babbage", first_name="Ben", email="ben@x.org", lms_id="70002")
    for changes in ({"sis": "000013"}, {"login": "ben@x.org"}, {"name": '"Babbage, Ben"'}, {"lms": "70002"}):
        data = table(row(**changes))
        filled = fill(course, data, ada(), ben)
        assert filled.data == data and not filled.students
        assert any("line 3" in line and "is left as it is" in line for line in filled.told)


def test_two_of_one_name_are_told_and_none_is_guessed(course):
    twin = make_standing("000099", last_name="Lovelace", first_name="Ada", lms_id="70009")
    data = table(row(lms="", sis="", login=""))
    filled = fill(course, data, ada(), twin)
    assert filled.data == data
    said = (
        "line 3 (Lovelace, Ada) is left as it is: 000012 and 000099 have that name, and no id says which of them it is."
    )
    assert said in filled.told
    both = table(row(), row(lms="70009", sis="000099", login=""))
    assert fill(course, both, ada(), twin).students == ["000012", "000099"]


def test_a_student_who_is_there_twice_is_left_in_both_rows(course):
    data = table(row(), row())
    filled = fill(course, data, ada())
    assert filled.data == data
    assert "000012 is there twice, in lines 3 and 4: both are left as they are." in filled.told


def test_students_whom_only_one_side_knows_are_told(course):
    ben = make_standing("000013", last_name="Babbage", first_name="Ben")
    filled = fill(course, table(row(name='"Curie, Marie"', lms="8", sis="8", login="m"), row()), ada(), ben)
    assert filled.told[1:] == [
        "1 students of yours are not in the file: 000013.",
        "1 in the file are not students of yours: Curie, Marie.",
    ]


def test_who_is_on_the_class_list_and_was_not_graded_is_no_stranger(course):
    ben = Student("000013", "Ben", "Babbage", lms_id="70002")
    data = table(row(), row(name='"Babbage, Ben"', lms="70002", sis="000013", login=""))
    filled = fill_gradebook(data, "gradebook.csv", course, A1, [ada()], {}, Options(), {ben.id: ben})
    assert filled.students == ["000012"]
    assert filled.told[1:] == ["1 were not graded yet (`make grade`): 000013."]


def test_the_test_student_and_the_rows_on_top_are_no_students(course):
    posting = ",,,,,,,Manual Posting,,,,"
    test = row(name='"Student, Test"', lms="9", sis="", login="0ddba11")
    data = (HEAD + "\n" + posting + "\n" + POINTS + "\n" + row() + "\n" + test + "\n").encode()
    filled = fill(course, data, ada())
    assert filled.data == data.replace(row().encode(), row("9.00").encode()) and len(filled.told) == 1


@pytest.mark.parametrize(("there", "why"), [("EX", "excused"), ("ex", "excused"), ("N/A", "not assigned to them")])
def test_who_is_excused_or_was_not_asked_is_left(course, there, why):
    filled = fill(course, table(row(there)), ada())
    assert filled.data == table(row(there)) and not filled.students
    assert f"1 left, since {there.upper()} is there: {why}." in filled.told


def test_missing_is_nothing_unless_the_instructor_says_zero(course):
    missing = make_missing("000012", lms_id="70001")
    filled = fill(course, table(row()), missing)
    assert filled.data == table(row())
    assert "1 left as Canvas has them, missing: 000012 (MISSING=0 makes them zeros)." in filled.told
    assert fill(course, table(row("4.00")), missing).data == table(row("4.00"))
    assert fill(course, table(row()), missing, missing_is_zero=True).data == table(row("0.00"))


def test_what_is_not_final_is_left_out_unless_the_instructor_says_so_far(course):
    open_ = ada(written=None)
    filled = fill(course, table(row()), open_, missing_is_zero=True)
    said = "1 left as Canvas has them, not final: open written answers: 000012 (SO_FAR=1 writes what they have so far)."
    assert filled.data == table(row()) and said in filled.told
    filled = fill(course, table(row()), open_, so_far=True)
    assert filled.data == table(row("6.00"))
    assert "1 are not final, and are written as they are so far: 000012." in filled.told


def test_a_stale_score_is_not_final(course):
    stale = replace(ada(), stale="the hand-in changed since")
    assert fill(course, table(row()), stale).data == table(row())


def test_what_is_late_is_taken_off(course):
    assert fill(course, table(row()), ada(late=2.5)).data == table(row("6.50"))


def test_another_score_in_canvas_is_replaced_and_counted_and_the_same_one_stays_as_it_was(course):
    filled = fill(course, table(row("8.5")), ada())
    assert (
        filled.data == table(row("9.00")) and "1 had another score in Canvas, which this file replaces." in filled.told
    )
    filled = fill(course, table(row("9")), ada())
    assert filled.data == table(row("9")) and len(filled.told) == 1 and filled.students == ["000012"]


def test_other_points_in_canvas_are_told_and_scaled_only_where_that_is_said(course):
    data = table(row(), points=POINTS.replace("19.00", "100.00"))
    filled = fill(course, data, ada())
    assert filled.data == data.replace(row().encode(), row("9.00").encode())
    said = "Canvas has 100 points for it, here it has 19. Scores are not scaled: correct that in Canvas, or say SCALE=1"
    assert any(line.startswith(said) for line in filled.told)
    filled = fill(course, data, ada(), scale=True)
    assert filled.data == data.replace(row().encode(), row("47.37").encode())
    assert "Canvas has 100 points for it, here it has 19: scores are scaled by 100/19." in filled.told


def test_no_points_in_canvas_are_told(course):
    filled = fill(course, table(row(), points=POINTS.replace("19.00", "")), ada(), scale=True)
    assert filled.data == table(row("9.00"), points=POINTS.replace("19.00", ""))
    assert "Canvas has no points for this assignment; here it has 19." in filled.told


def test_semicolons_and_decimal_commas_stay(course):
    def turned(text):
        return re.sub(
            r"(\d)\.(\d\d)(?=;|$)", r"\1,\2", text.replace('"Lovelace, Ada"', "Lovelace. Ada").replace(",", ";")
        )

    data = "\r\n".join(["\ufeff" + turned(HEAD), turned(POINTS), turned(row()), ""]).encode()
    filled = fill(course, data, ada())
    assert filled.data == data.replace(b"7,00;;;", b"7,00;9,00;;")


def test_last_and_first_names_may_have_columns_of_their_own(course):
    head = HEAD.replace("Student,ID", "LastName,FirstName,ID")
    points = POINTS.replace("Possible,", "Possible,,", 1)
    data = table(row(name="Lovelace,Ada", lms="", sis="", login=""), head=head, points=points)
    assert fill(course, data, ada()).data == data.replace(b"7.00,,,", b"7.00,9.00,,")


def test_a_name_that_canvas_guards_against_formulas_is_read(course):
    student = make_standing("x", last_name="=1+1", first_name="")
    data = table(row(name='"=""=1+1"""', lms="", sis="", login=""))
    assert fill(course, data, student).students == ["x"]


def test_without_a_class_list_canvas_own_numbers_of_the_hand_ins_find_the_rows(course):
    student = make_standing("lovelaceada")
    changes = {"sis": "", "login": "somebody"}
    assert fill(course, table(row(**changes)), student).students == ["lovelaceada"]  # the folder's name
    student = make_standing("s12")
    assert fill(course, table(row(**changes)), student, said={"s12": Whose(lms_id="70001")}).students == ["s12"]
    assert fill(course, table(row(sis="s12")), student).students == ["s12"]
    assert fill(course, table(row(**changes)), make_standing("70001")).students == ["70001"]


# --- which column ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title", ["a1_convolution (4242)", "Convolution by Hand (4242)", "A1: loops and windows (4242)", "A1 Convolution"]
)
def test_a_title_that_is_the_assignments_is_found(course, title):
    data = table(row(), head=HEAD.replace("a1_convolution (4242)", title))
    assert fill(course, data, ada()).students == ["000012"]


@pytest.mark.parametrize("asked", ["4242", "Homework one", "Homework one (4242)"])
def test_a_column_can_be_named(course, asked):
    data = table(row(), head=HEAD.replace("a1_convolution", "Homework one"))
    assert fill(course, data, ada(), column=asked).told[0] == "The column is Homework one (4242)."


def test_an_unknown_title_is_asked_for_with_all_that_there_are(course):
    data = table(row(), head=HEAD.replace("a1_convolution", "Homework one"))
    said = (
        "a1_convolution is none of the columns of gradebook.csv: say which one with its number or title, COLUMN=11 for "
    )
    said += "example. There are: Essay (11); Homework one (4242); a2_fast_layers (43)."
    with pytest.raises(CourseError, match=re.escape(said)):
        fill(course, data, ada())


def test_several_titles_are_asked_for(course):
    data = table(row(), head=HEAD.replace("Essay", "A1_Convolution"))
    said = (
        "a1_convolution is several of the columns of gradebook.csv: say which one with its number or title, COLUMN=11 "
    )
    with pytest.raises(CourseError, match=re.escape(said + "for example. There are: A1_Convolution (11); a1_convo")):
        fill(course, data, ada())


def test_a_column_that_is_not_there_and_one_that_is_read_only_are_refused(course):
    for asked in ("999", "Final Score", "Section"):
        with pytest.raises(CourseError, match=f"COLUMN={asked} is none of the columns"):
            fill(course, table(row()), ada(), column=asked)


def test_a_title_that_speaks_of_two_assignments_is_none(course):
    with pytest.raises(CourseError, match="is none of the columns"):
        fill(course, table(row(), head=HEAD.replace("a1_convolution", "a1 and a2")), ada())


def test_another_file_is_refused(course):
    with pytest.raises(CourseError, match="gradebook.csv does not begin as such a file does"):
        fill(course, b"Identifier,Full name,Grade\n", ada())


@pytest.mark.parametrize(("value", "text"), [(6.005, "6.01"), (2.675, "2.68"), (0.1 + 0.2, "0.30"), (7, "7.00")])
def test_halves_are_rounded_up_as_people_do(value, text):
    assert rounded(value) == text
