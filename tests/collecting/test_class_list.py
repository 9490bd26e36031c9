"""Ids of the class list become names of folders: each that can't be one is refused, with its line."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.collecting.class_list import Student, class_list, read_students
from autograder.collecting.submissions import find_submissions
from autograder.course.course import CourseError, load_course
from autograder.course.identifiers import problem_of, shown

NAME = "a1_convolution"


@pytest.mark.parametrize(
    "ids, told",
    [
        ("ada\n../../escape", r"students.csv, line 3: the id '../../escape' begins as names do that are hidden"),
        ("/etc/passwd", "line 2: the id '/etc/passwd' has a slash in it, so it is a path and no name"),
        ("a\\b", "has a slash in it, so it is a path and no name"),
        ("..", "line 2: the id '..' begins as names do that are hidden. Ids become names of folders: correct it."),
        (".", "begins as names do that are hidden"),
        (".hidden", "begins as names do that are hidden"),
        ("ada,Ada\n ,Ben", "line 3: the id '' is empty"),
        ("a\0b", "has characters that can't be written or that are invisible"),
        ("a\x1b[2Jb", "has characters that can't be written or that are invisible"),
        ("a\u202eb", "has characters that can't be written or that are invisible"),
        ("x" * 129, "is longer than 128 characters"),
        ("語" * 70, "is longer than 128 characters"),
        ("nul", "is a name that Windows keeps for itself"),
        (
            "1.23457E+11",
            "line 2: the id '1.23457E\\+11' is a number that a spreadsheet rounded: save that column as text",
        ),
        ("ada\nben\nada", "line 4: the id 'ada' is there twice, first in line 2. Remove one."),
        ("ada\nAda", "line 3: the id 'Ada' differs from 'ada' in line 2 only in large and small letters"),
        ("José\nJose\u0301", "line 3: .* only in large and small letters or in how an accent is written"),
    ],
)
def test_an_id_that_can_be_no_folder(tmp_path, ids, told):
    path = tmp_path / "students.csv"
    path.write_text(f"id,first_name\n{ids}\n", encoding="utf-8")
    with pytest.raises(CourseError, match=told):
        read_students(path)


def test_a_class_list_that_can_not_be_read(tmp_path):
    (tmp_path / "students.csv").mkdir()
    with pytest.raises(CourseError, match="students.csv can't be read"):
        read_students(tmp_path / "students.csv")


@pytest.mark.parametrize(
    "name", ["ada", "Müller", "s1234567", "ada@example.org", "Ada Lovelace_12_assign_file_", "日本", "می\u200cخ"]
)
def test_ids_that_can(name):
    assert problem_of(name) == "" and shown("ada") == "ada"


def hand_in(course, *students):
    for student in students:
        (course.submitted / student / NAME).mkdir(parents=True)
        (course.submitted / student / NAME / "a1.py").write_text("x = 1")


def found(tmp_path, folders, ids):
    course = load_course(tmp_path)
    hand_in(course, *folders)
    if ids:
        (tmp_path / "students.csv").write_text("\n".join(["id", *ids]), encoding="utf-8")
    return {s.student: (s.folder.parent.name, s.notes) for s in find_submissions(course, course.assignment(NAME))}


@pytest.mark.parametrize(
    "folder, listed", [("00123", "123"), ("123", "00123"), ("Jose\u0301", "José"), ("123", "123.0")]
)
def test_one_id_written_in_two_ways_is_one_student(tmp_path, folder, listed):
    """A zero lost by a spreadsheet, an accent composed otherwise: one row, and the TA is told."""
    told = found(tmp_path, [folder, "ada"], [listed, "ada"])
    assert told == {
        listed: (folder, (f"taken from submitted/{folder}/: the same id, written otherwise",)),
        "ada": ("ada", ()),
    }


def test_nobody_is_taken_for_another(tmp_path):
    """Where two folders or two ids could be meant, all are told, and none is taken for another."""
    told = found(tmp_path, ["123", "00123"], ["123"])
    assert told["123"] == ("123", ("may be the same student as 00123: the same id, written otherwise",))
    assert told["00123"][0] == "00123" and told["00123"][1][0] == "not on the class list (students.csv)"
    assert told["00123"][1][1] == "may be the same student as 123: the same id, written otherwise"


def test_without_a_class_list_two_spellings_are_told(tmp_path):
    told = found(tmp_path, ["José", "Jose\u0301"], [])
    assert len(told) == 2 and all("may be the same student as" in notes[0] for _, notes in told.values())


def test_who_they_are(tmp_path):
    """nbgrader's columns."""
    path = tmp_path / "students.csv"
    path.write_text("id,first_name,last_name,email,lms_user_id\nada,Ada,Lovelace,ada@example.org,4711\nben,,,,\n")
    ada, ben = read_students(path).values()
    assert ada == Student("ada", "Ada", "Lovelace", "ada@example.org", "4711")
    assert (ada.name, ben.name) == ("Ada Lovelace", "ben")


@pytest.mark.parametrize(
    "text, student",
    [
        (  # Canvas's gradebook, with rows that are no students
            "Student,ID,SIS User ID,SIS Login ID,Section,Homework (12)\n    Points Possible,,,,,85.00\n"
            '"Student, Test",99,,hash,CNN 1,\n"Lovelace, Ada",4711,00123,ada@example.org,CNN 1,12.5\n',
            Student("00123", "Ada", "Lovelace", "", "4711", "CNN 1", (), ("ada@example.org",)),
        ),
        (  # Canvas without SIS ids: the login is the id
            "Student,ID,SIS User ID,SIS Login ID,Section\nAda Lovelace,4711,,ada,CNN 1\n",
            Student("ada", "Ada", "Lovelace", "", "4711", "CNN 1"),
        ),
        (  # Moodle's participants, as a German Excel saves them
            "sep=;\r\nFirst name;Surname;ID number;Email address;Groups;Identifier\r\n"
            "Ada;Lovelace;123;ada@example.org;Group 1, Team B;Participant 77\r\n",
            Student(
                "123", "Ada", "Lovelace", "ada@example.org", groups=("Group 1", "Team B"), aliases=("Participant 77",)
            ),
        ),
        (  # Gradescope's roster
            "Full Name\tSID\tEmail\tSections\nAda Maria Lovelace\t123\tada@example.org\tTuesday\n",
            Student("123", "Ada Maria", "Lovelace", "ada@example.org", section="Tuesday"),
        ),
        (
            'Student ID,Sortable Name,login,Group\ns1,"Lovelace, Ada",ada,Team B\n',
            Student("s1", "Ada", "Lovelace", groups=("Team B",), aliases=("ada",)),
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_lists_of_an_lms(tmp_path, text, student, encoding):
    path = tmp_path / "students.csv"
    path.write_bytes(text.replace("Lovelace", "Lövelace").encode(encoding))
    [found] = read_students(path).values()
    assert found == replace(student, last_name="Lövelace")


@pytest.mark.parametrize(
    "rows, told",
    [
        ("ada,1.23457E+11", r"line 2: the LMS's id '1.23457E\+11' is a number that a spreadsheet rounded: save"),
        ("ada,4711\nben,04711", "line 3: the LMS's id '04711' is there twice, first in line 2. Correct one."),
    ],
)
def test_an_lms_id_that_can_not_tell_whose_a_file_is(tmp_path, rows, told):
    path = tmp_path / "students.csv"
    path.write_text(f"id,lms_user_id\n{rows}\n")
    with pytest.raises(CourseError, match=told):
        read_students(path)


def test_a_table_of_anything_may_be_the_class_list(tmp_path):
    """Whatever lies there: students, or a sentence."""

    @given(
        st.binary(max_size=300)
        | st.text(alphabet='id,"\n;\tname0é', max_size=80).map(lambda text: f"id,{text}".encode())
    )
    def read(data):
        (tmp_path / "students.csv").write_bytes(data)
        with contextlib.suppress(CourseError):
            assert all(problem_of(name) == "" for name in read_students(tmp_path / "students.csv"))

    read()


def listed(tmp_path, groups):
    (tmp_path / "students.csv").write_text("id,email,lms_user_id,group\nada,ada@example.org,7,Team 1\nben,,8,\n")
    (tmp_path / "groups.csv").write_text(groups)
    return {student.id: student.groups for student in class_list(load_course(tmp_path)).values()}


def test_groups_beside_the_class_list(tmp_path):
    """By any id; who has left the course is passed over."""
    text = "name,canvas_user_id,login,group_name\nAda,7,,Pool\nBen,8,,Pool\nGone,99,gone,Pool\nAda,7,,Pool\nBen,8,,\n"
    assert listed(tmp_path, text) == {"ada": ("Team 1", "Pool"), "ben": ("Pool",)}
    assert listed(tmp_path, "group;email\nPool;ADA@example.org\n")["ada"] == ("Team 1", "Pool")


@pytest.mark.parametrize(
    "text, told",
    [
        ("id,team name\nada,Pool\n", "groups.csv has no column 'group': its first line must be like id,group."),
        ("id,group\nx,Pool\n", "groups.csv: nobody of students.csv is in it, by id, login, e-mail or LMS id."),
        ("id,email,group\nben,ada@example.org,Pool\n", "groups.csv, line 2: its ids are those of ada and ben."),
    ],
)
def test_groups_that_can_not_be_read(tmp_path, text, told):
    with pytest.raises(CourseError, match=told):
        listed(tmp_path, text)
