"""The class list: `students.csv` beside `submitted/`, as nbgrader, an LMS or a spreadsheet writes it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.course.course import Course, CourseError
from autograder.course.identifiers import ROUNDED, problem_of, same_on_disk, same_student, shown
from autograder.reading.formats import decode

FILE = "students.csv"
GROUPS = "groups.csv"
UNLISTED = f"not on the class list ({FILE})"
MOST_BYTES = 10_000_000

# What columns are called, by nbgrader, Canvas, Moodle and Gradescope: letters and digits only, the likeliest first
COLUMNS = {
    "id": ("id", "studentid", "sisuserid", "sisid", "sid", "idnumber", "studentnumber", "matriculationnumber")
    + ("sisloginid", "loginid", "login", "username", "netid"),
    "first_name": ("firstname", "givenname", "forename"),
    "last_name": ("lastname", "surname", "familyname"),
    "full_name": ("name", "fullname", "displayname", "student", "studentname", "sortablename", "lastnamefirstname"),
    "email": ("email", "emailaddress", "mail"),
    "lms_id": ("lmsuserid", "lmsid", "canvasid", "canvasuserid", "moodleid", "userid"),
    "section": ("section", "sections", "sectionname"),
    "groups": ("group", "groups", "groupname", "team", "teams"),
}
# other names that an LMS has for a student: each of them finds the student
ALIASES = (*COLUMNS["id"][1:], "integrationid", "anonymousid", "identifier", "participant", "participantid")
CANVAS = {"sisuserid", "sisloginid"}  # beside these, the column "ID" holds Canvas's own numbers
NO_STUDENT = re.compile(r"\s*(?:Points Possible|Manual Posting|Student, Test|Test Student)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Student:
    """One student of the class list. The id is the name of the folder in `submitted/`; all else may be empty."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""  # the LMS's own number: nbgrader's `lms_user_id`
    section: str = ""
    groups: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()  # other ids: login, SIS id, Moodle's "Participant 123"

    @property
    def name(self) -> str:
        """For people to read: the full name, or the id where there is none."""
        return " ".join(filter(None, (self.first_name, self.last_name))) or self.id


def class_list(course: Course) -> dict[str, Student] | None:
    """The course's class list, with the groups of `groups.csv` if that is beside it; None if there is no list."""
    students = read_students(course.root / FILE)
    return students and add_groups(students, course.root / GROUPS)


def add_groups(students: dict[str, Student], path: Path) -> dict[str, Student]:
    """Students with the groups of a table that has a column "group" or "group_name", as Canvas exports them."""
    rows = read_table(path)
    if rows is None:
        return students
    heads = [plain(head) for head in rows[0][1]] if rows else []
    column = next((heads.index(name) for name in COLUMNS["groups"] if name in heads), None)
    if column is None:
        raise CourseError(f"{path.name} has no column 'group': its first line must be like id,group.")
    known: dict[str, list[str]] = {}
    for student in students.values():
        for text in filter(None, {student.id, student.email, student.lms_id, *student.aliases}):
            known.setdefault(same_student(text).casefold(), []).append(student.id)
    placed = 0
    for line, row in rows[1:]:
        group, others = (row[column].strip(), row[:column] + row[column + 1 :]) if len(row) > column else ("", [])
        hits = {hit for text in others if text for hit in known.get(same_student(text).casefold(), ())}
        if group and len(hits) > 1:
            raise CourseError(f"{path.name}, line {line}: its ids are those of {' and '.join(sorted(hits))}.")
        for id_ in hits if group else ():
            groups = dict.fromkeys((*students[id_].groups, group))
            students[id_] = replace(students[id_], groups=tuple(groups))
            placed += 1
    if not placed and len(rows) > 1:  # some may have left the course; all can't have
        raise CourseError(f"{path.name}: nobody of {FILE} is in it, by id, login, e-mail or LMS id.")
    return students


def read_students(path: Path) -> dict[str, Student] | None:
    """Students by id, in the order of the file; None if there is no such file.

    The file has nbgrader's columns (id, first_name, last_name, email, lms_user_id), or those that Canvas, Moodle and
    Gradescope export; in UTF-8 or the encoding of Windows, with commas, semicolons or tabs.

    Raises:
        CourseError: it can't be read, an id can't become the name of a folder, or an id stands there twice. The
            sentence has the line.
    """
    rows = read_table(path)
    if rows is None:
        return None
    (_, head), *rows = rows or [(1, [])]
    columns = find_columns([plain(name) for name in head])
    if "id" not in columns:
        raise CourseError(f"{path.name} has no column 'id': its first line must be like id,first_name,last_name,email.")
    students: dict[str, Student] = {}
    ids: dict[str, tuple[str, int]] = {}  # as a disk spells it -> the id, and its line
    lms_ids: dict[str, int] = {}
    for line, row in rows:
        if not any(entry.strip() for entry in row) or NO_STUDENT.match(row[0]):
            continue
        student, place = make_student(columns, row), f"{path.name}, line {line}"
        refuse_unusable(student.id, place)
        refuse_alike(student.id, place, *ids.get(same_on_disk(student.id), ("", 0)))
        refuse_lms_id(student.lms_id, place, lms_ids.get(same_student(student.lms_id), 0))
        ids[same_on_disk(student.id)], students[student.id] = (student.id, line), student
        if student.lms_id:
            lms_ids[same_student(student.lms_id)] = line
    return students


def plain(head: str) -> str:
    """A column's name, whatever its spelling: letters and digits, in small letters."""
    return "".join(filter(str.isalnum, head.casefold()))


def find_columns(heads: Sequence[str]) -> dict[str, list[int]]:
    """Field of a student -> the columns that it may stand in, the likeliest first."""
    names = dict(COLUMNS)
    if CANVAS & set(heads):
        names["id"], names["lms_id"] = COLUMNS["id"][1:], ("id", *COLUMNS["lms_id"])
    names["aliases"] = ALIASES
    found = {field: [heads.index(name) for name in spellings if name in heads] for field, spellings in names.items()}
    return {field: columns for field, columns in found.items() if columns}


def make_student(columns: dict[str, list[int]], row: Sequence[str]) -> Student:
    def entries(field: str) -> Iterator[str]:
        yield from (row[column].strip() for column in columns.get(field, ()) if len(row) > column)

    texts = {field: next(filter(None, entries(field)), "") for field in COLUMNS}
    first, last = split_name(texts.pop("full_name"))
    if not texts["first_name"] and not texts["last_name"]:
        texts["first_name"], texts["last_name"] = first, last
    groups = tuple(filter(None, (name.strip() for name in re.split("[,;]", texts.pop("groups")))))
    aliases = dict.fromkeys(name for name in entries("aliases") if name and name != texts["id"])
    return Student(**texts, groups=groups, aliases=tuple(aliases))


def split_name(name: str) -> tuple[str, str]:
    """First and last name of "Lovelace, Ada" or "Ada Lovelace": in the latter the last word is the last name."""
    if "," in name:
        last, _, first = name.partition(",")
    else:
        first, _, last = name.rpartition(" ")
    return first.strip(), last.strip()


def read_table(path: Path) -> list[tuple[int, list[str]]] | None:
    """The rows with their line numbers; None if there is no file."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CourseError(f"{path.name} is larger than {MOST_BYTES // 10**6} MB: is it the class list?")
        text, _ = decode(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CourseError(f"{path.name} can't be read ({error.strerror}).") from None
    text = re.sub(r"\Asep=.\r?\n", "", text)  # Excel's own first line
    text = text.replace("\0", "\1")  # as invisible, and no error of csv's on Python 3.10
    first = text.partition("\n")[0]
    table = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        return [(table.line_num, row) for row in table]
    except csv.Error as error:
        raise CourseError(f"{path.name}, line {table.line_num}: {error}.") from None


# --- what is refused ------------------------------------------------------------------------------------------------


def refuse_unusable(name: str, place: str) -> None:
    """CourseError if an id can't be a folder's name."""
    if problem := problem_of(name):
        raise CourseError(f"{place}: the id {shown(name)!r} {problem}. Ids become names of folders: correct it.")
    if ROUNDED.match(name):
        raise CourseError(f"{place}: the id {name!r} is a number that a spreadsheet rounded: save that column as text.")


def refuse_alike(name: str, place: str, other: str, line: int) -> None:
    """CourseError if there is an other, earlier id: the same, or one that not every file system tells from it."""
    if name == other:
        raise CourseError(f"{place}: the id {name!r} is there twice, first in line {line}. Remove one.")
    if other:
        raise CourseError(
            f"{place}: the id {name!r} differs from {other!r} in line {line} only in large and small letters or in how "
            "an accent is written. If it is one student, remove one; if they are two, give one another id."
        )


def refuse_lms_id(lms_id: str, place: str, line: int) -> None:
    """CourseError if the LMS's number of a student can't tell whose a file is."""
    if ROUNDED.match(lms_id):
        raise CourseError(
            f"{place}: the LMS's id {lms_id!r} is a number that a spreadsheet rounded: save that column as text."
        )
    if line:
        raise CourseError(f"{place}: the LMS's id {shown(lms_id)!r} is there twice, first in line {line}. Correct one.")
