"""grades.csv holds what students wrote as text: nothing in it is a formula to a spreadsheet."""

import csv

import pytest
from hand_made import make_result

from autograder.collecting.class_list import Student
from autograder.course.course import load_course
from autograder.reporting.grades_csv import write_grades_csv
from autograder.reporting.standing import Standing


@pytest.mark.parametrize("text", ['=HYPERLINK("x")', "+1", "-1", "@SUM(A1)"])
def test_what_begins_like_a_formula_is_text(tmp_path, text):
    standing = Standing(Student("amy", first_name=text), make_result("amy", reason=text))
    with open(write_grades_csv(load_course(tmp_path), [standing]), newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["reason"] == row["first_name"] == f"'{text}"
