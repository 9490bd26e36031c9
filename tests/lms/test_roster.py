"""Whose a hand-in is: one answer that is sure, or none, with the reason and who it may be."""

from __future__ import annotations

import pytest

from autograder.collecting.class_list import Student
from autograder.lms.pieces import Whose
from autograder.lms.roster import Found, Roster

CLASS = (
    Student("00123", "Ada", "Lovelace", "ada@example.org", "71", groups=("Team 1",), aliases=("adal", "x7Kq2")),
    Student("00456", "José", "García Márquez", "jose@example.org", "72", groups=("Team 1",)),
    Student("789", "Jan", "van der Berg", "jan@example.org", "73", aliases=("Participant 9",)),
    Student("790", "Wei", "Zhang", "wei1@example.org", "74"),
    Student("791", "Wei", "Zhang", "wei2@example.org", "75"),
    Student("792", "Mary-Jane", "O'Brien"),
)
ROSTER = Roster({student.id: student for student in CLASS})


@pytest.mark.parametrize(
    "whose, student",
    [
        (Whose("lovelaceada", "71"), "00123"),  # Canvas
        (Whose("lovelaceada", ""), "00123"),
        (Whose("garcíamárquezjosé", "72"), "00456"),
        (Whose("garci\u0301ama\u0301rquezjose\u0301"), "00456"),
        (Whose("vanderbergjan"), "789"),
        (Whose("Jan van der Berg"), "789"),
        (Whose("zhangwei", "75"), "791"),
        (Whose("obrienmaryjane", "99"), "792"),
        (Whose("Wei Zhang", ids=("WEI1@example.org",)), "790"),
        (Whose("123", ids=("123",)), "00123"),  # a zero that a spreadsheet dropped
        (Whose("ADAL", ids=("ADAL",)), "00123"),
        (Whose(ids=("x7Kq2",), anonymous=True), "00123"),
        (Whose(ids=("Participant 9",), anonymous=True), "789"),
        (Whose("Team 7-Ada Lovelace", ids=("Participant 5",)), "00123"),  # Moodle puts the group in front
        (Whose("Team-7-Mary-Jane O'Brien"), "792"),
    ],
)
def test_who_it_is(whose, student):
    assert ROSTER.find(whose) == Found((student,))


@pytest.mark.parametrize(
    "whose, problem, guess",
    [
        (Whose("zhangwei"), "790 and 791 have that name, and no id says which of them it is", ("790", "791")),
        (Whose("lovelacead", "5"), "nobody in students.csv is lovelacead", ("00123",)),
        (Whose("qqq"), "nobody in students.csv is qqq", ()),
        (Whose("", "5"), "nobody in students.csv is 5", ()),
        (Whose(), "nobody in students.csv is nobody", ()),
        (
            Whose("lovelaceada", "5"),
            "the name is 00123's, but students.csv has the LMS's id 71 for 00123, not 5",
            ("00123",),
        ),
        (Whose("lovelaceada", "72"), "the id is 00456's, but the name is 00123's", ("00123", "00456")),
        (Whose("x", ids=("00123", "jan@example.org")), "its ids are those of 00123 and 789", ("00123", "789")),
        (Whose("Team 1", "73"), "it is of the group Team 1, but 789 is not in that group", ("789",)),
        (
            Whose(ids=("zzzzz",), anonymous=True),
            "it was handed in anonymously, as zzzzz: show names and download again, or add a column anonymous_id to "
            "students.csv",
            (),
        ),
    ],
)
def test_where_nobody_can_say(whose, problem, guess):
    assert ROSTER.find(whose) == Found(problem=problem, guess=guess)


def test_a_group():
    assert ROSTER.find(Whose("team1", "72")) == Found(("00123", "00456"), group="team1")
    assert ROSTER.find(Whose("Team 1")).students == ("00123", "00456")


def test_a_name_that_is_written_otherwise_is_told():
    found = ROSTER.find(Whose("garciamarquezjose"))
    assert found.students == ("00456",)
    assert found.note == "garciamarquezjose was taken for 00456, whose name is written otherwise in students.csv"


def test_a_number_is_surer_than_a_name_but_may_be_a_groups():
    found = ROSTER.find(Whose("team7", "71"))
    told = (
        "team7 was taken for 00123, whose number is 71; if it is a group, groups.csv (columns id,group) says who else"
    )
    assert found.students == ("00123",) and found.note == f"{told} is in it"
    assert ROSTER.find(Whose("Team 7-Jan van der Berg", ids=("Participant 9",))) == Found(("789",))


def test_a_name_alone_is_told_where_the_id_is_unknown():
    found = ROSTER.find(Whose("Ada Lovelace", ids=("999", "other@example.com")))
    told = "Ada Lovelace (999, other@example.com) was taken for 00123 by the name alone"
    assert found == Found(("00123",), note=told)


def test_a_login_is_the_first_part_of_an_address():
    """Unless it is another student's id."""
    assert ROSTER.find(Whose("wei2", ids=("wei2",))).students == ("791",)
    other = Student("jose", "Another", "Student")
    assert Roster({s.id: s for s in (*CLASS, other)}).find(Whose("jose", ids=("jose",))).students == ("jose",)


def test_a_class_list_with_the_lmss_ids_as_its_own():
    assert Roster({"71": Student("71")}).find(Whose("lovelaceada", "71")) == Found(("71",))


def test_without_a_class_list():
    """Folders are named as the LMS names students; two of one name are told apart."""
    roster = Roster(None)
    assert roster.find(Whose("doejane", "1")).students == ("doejane",)
    assert roster.find(Whose("doejane", "2")).students == ("doejane-2",)
    assert roster.find(Whose("doejane", "1")).students == ("doejane",)
    assert roster.find(Whose("Ada Lovelace", ids=("Participant 7",))).students == ("Ada Lovelace",)
    assert roster.find(Whose(ids=("Participant 7",), anonymous=True)).students == ("Participant 7",)
    assert roster.find(Whose("Ada", ids=("00123", "ada@example.org"))).students == ("00123",)
    assert (
        roster.find(Whose("../x", "1")).problem
        == "'../x' can't be the name of a folder: it begins as names do that are hidden"
    )
    assert roster.find(Whose("studenttest", "9")) == ROSTER.find(Whose("Student Test", "1")) == Found()


def test_ids_of_another_table_are_learned():
    roster = Roster({student.id: student for student in CLASS})
    roster.learn(["Participant 55"], "790")
    assert roster.find(Whose("Wei Zhang", ids=("Participant 55",))).students == ("790",)
