"""Whose a hand-in is: what an LMS says of a student, looked up in the class list. One answer, or a reason."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograder.collecting.class_list import FILE, GROUPS, Student
from autograder.course.identifiers import problem_of, same_student, shown
from autograder.lms.pieces import Whose

MOST_WORDS = 8  # of a name
PARTICIPANT = "Participant "  # in front of Moodle's numbers
Table = defaultdict[str, list[str]]  # spelling -> ids of those who may be meant
ALIKE = 0.75  # of two names: a guess for a person to look at, never more
TEST_STUDENTS = {"studenttest", "teststudent"}  # Canvas's own, for instructors who look at their course


@dataclass(frozen=True)
class Found:
    """The students whose it is; or, if there are none, why, and whose it may be. Nothing of it: it is no student's."""

    students: tuple[str, ...] = ()
    problem: str = ""
    guess: tuple[str, ...] = ()
    note: str = ""  # for the TA, of what was found all the same
    group: str = ""


class Roster:
    """Finds students by everything that the class list says of them; without one, by what the LMS says alone."""

    def __init__(self, students: Mapping[str, Student] | None) -> None:
        self.students = students
        self._made: dict[str, Whose] = {}  # without a class list: the id that was given to each
        self._ids, self._logins, self._lms, self._names, self._plain, self._groups = (Table(list) for _ in range(6))
        for student in (students or {}).values():
            for text in (student.id, student.email, *student.aliases):
                add(self._ids, id_key(text), student.id)
            add(self._logins, id_key(student.email.partition("@")[0]), student.id)
            add(self._lms, same_student(student.lms_id), student.id)
            for text in spellings(student):
                add(self._names, name_key(text), student.id)
                add(self._plain, plain_key(text), student.id)
            for group in student.groups:
                add(self._groups, name_key(group), student.id)

    def learn(self, ids: Iterable[str], student: str) -> None:
        """Other ids of a student, from another table than the class list."""
        for text in ids:
            add(self._ids, id_key(text), student)

    def find(self, whose: Whose) -> Found:
        if name_key(whose.name) in TEST_STUDENTS and not self._names.get(name_key(whose.name)):
            return Found()
        if self.students is None:
            return self._without_list(whose)
        hits = {id_ for text in whose.ids for id_ in self._ids.get(id_key(text), ())}
        if whose.lms_id:  # a class list without LMS ids may have them as its own
            hits |= set(self._lms.get(same_student(whose.lms_id), ()) if self._lms else self._ids.get(whose.lms_id, ()))
        hits = hits or {id_ for text in whose.ids for id_ in self._logins.get(id_key(text), ())}
        named = self._names.get(name_key(whose.name), [])
        members = self._members(whose.name)
        if len(hits) > 1:
            return Found(problem=f"its ids are those of {listing(hits)}", guess=tuple(sorted(hits)))
        if members and not set(named) & (hits or set(named)):
            return self._of_group(whose, members, hits)
        if hits:
            if named and not hits & set(named):
                problem = f"the id is {listing(hits)}'s, but the name is {listing(named)}'s"
                return Found(problem=problem, guess=tuple(sorted(hits | set(named))))
            return Found(tuple(hits), note=self._note_of_number(whose, min(hits)))
        return self._by_name(whose, named)

    def _members(self, name: str) -> list[str]:
        """Of a group: its name alone, or as Moodle writes it in front of a student's own."""
        return self._groups.get(name_key(name), []) if name else []

    def _of_group(self, whose: Whose, members: list[str], hits: set[str]) -> Found:
        if hits and not hits & set(members):
            problem = f"it is of the group {shown(whose.name)}, but {listing(hits)} is not in that group"
            return Found(problem=problem, guess=tuple(sorted(hits)))
        return Found(tuple(members), group=whose.name)

    def _note_of_number(self, whose: Whose, student: str) -> str:
        """For the TA, where the LMS's number says whose it is and the name is quite another: it may be a group's."""
        number = whose.lms_id or next((text for text in whose.ids if text.startswith(PARTICIPANT)), "")
        names = [plain_key(text) for text in spellings((self.students or {})[student])]
        if not (whose.name and number and names) or plain_key(whose.name).endswith(tuple(names)):
            return ""
        told = f"{shown(whose.name)} was taken for {student}, whose number is {number}"
        return f"{told}; if it is a group, {GROUPS} (columns id,group) says who else is in it"

    def _by_name(self, whose: Whose, named: list[str]) -> Found:
        note = ""
        if not named and whose.name:
            named = self._plain.get(plain_key(whose.name), [])
            note = f"{shown(whose.name)} was taken for {listing(named)}, whose name is written otherwise in {FILE}"
        if not named and "-" in whose.name:  # Moodle puts a group's name in front
            behind = whose.name.split("-")
            tails = {"-".join(behind[start:]) for start in range(1, len(behind))}
            named = sorted({id_ for tail in tails for id_ in self._names.get(name_key(tail), ())})
            note = ""
        if len(named) == 1:
            ids = [text for text in whose.ids if text != whose.name and not text.startswith(PARTICIPANT)]
            if ids and not note:
                note = f"{shown(str(whose))} ({', '.join(map(shown, ids))}) was taken for {named[0]} by the name alone"
            return self._check_number(whose, named[0], note)
        if named:
            problem = f"{listing(named)} have that name, and no id says which of them it is"
            return Found(problem=problem, guess=tuple(named))
        if whose.anonymous:
            told = f"it was handed in anonymously, as {' '.join(whose.ids)}"
            return Found(problem=f"{told}: show names and download again, or add a column anonymous_id to {FILE}")
        return Found(problem=f"nobody in {FILE} is {shown(str(whose))}", guess=self.guess(whose))

    def _check_number(self, whose: Whose, student: str, note: str) -> Found:
        """A name alone is enough unless the LMS's number says that it is somebody else of that name."""
        number = self.students[student].lms_id if self.students else ""
        if whose.lms_id and number and same_student(number) != same_student(whose.lms_id):
            problem = f"the name is {student}'s, but {FILE} has the LMS's id {number} for {student}, not {whose.lms_id}"
            return Found(problem=problem, guess=(student,))
        return Found((student,), note=note)

    def guess(self, whose: Whose) -> tuple[str, ...]:
        """The students whose name or id is nearest; none if none is near."""
        known = {**self._plain, **self._names, **self._ids}
        for text in filter(None, (name_key(whose.name), *map(id_key, whose.ids))):
            if near := difflib.get_close_matches(text, known, 1, ALIKE):
                return tuple(known[near[0]])
        return ()

    def _without_list(self, whose: Whose) -> Found:
        """An id made of what the LMS says."""
        numbered = whose.anonymous or not whose.name
        name = re.sub(r"\s+", " ", "".join(whose.ids[:1]) or whose.name or whose.lms_id).strip()
        if whose.ids and whose.ids[0].startswith(PARTICIPANT) and not numbered:
            name = whose.name
        if self._made.setdefault(name, whose) != whose:
            name = f"{name}-{whose.lms_id or whose.ids[-1].removeprefix('Participant ')}"
        if problem := problem_of(name):
            return Found(problem=f"{shown(name)!r} can't be the name of a folder: it {problem}")
        return Found((name,))


def add(table: Table, key: str, student: str) -> None:
    if key and student not in table[key]:
        table[key].append(student)


def spellings(student: Student) -> list[str]:
    """The full name from each of its words on: nobody can say where the last name of "Jan van der Berg" begins."""
    words = f"{student.first_name} {student.last_name}".split()[:MOST_WORDS]
    return [" ".join(words[start:] + words[:start]) for start in range(len(words))]


def id_key(text: str) -> str:
    """What all ways to write one id have in common; large and small letters, too."""
    return same_student(text).casefold()


def name_key(text: str) -> str:
    """A name as Canvas writes it in its zips: letters, marks and digits, in small letters, nothing between."""
    text = unicodedata.normalize("NFC", text).casefold()
    return "".join(character for character in text if character.isalnum() or unicodedata.category(character)[0] == "M")


def plain_key(text: str) -> str:
    """A name without accents."""
    text = unicodedata.normalize("NFKD", text).casefold().replace("ß", "ss").replace("ø", "o").replace("ł", "l")
    return "".join(character for character in text if character.isalnum())


def listing(students: Iterable[str]) -> str:
    return " and ".join(map(shown, sorted(set(students))))
