"""What a student's page says besides result, answers and grades: name, times, whom to ask, how much is shown, lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from autograder.collecting.class_list import class_list
from autograder.collecting.extensions import extensions_of
from autograder.course.course import Assignment, Course
from autograder.course.late import LatePolicy, moment
from autograder.reporting.disclosure import EVERYTHING, NAMES, SENTENCES
from autograder.reporting.gradebook import Entry
from autograder.results.located import locations_of


@dataclass(frozen=True)
class Facts:
    """Of one student's page."""

    name: str
    level: str  # of disclosure
    held_back: str = ""  # what is not shown yet, in a sentence
    due: str = ""
    handed_in: str = ""  # "" where it is not known
    contact: str = ""
    lines: tuple[tuple[str, str], ...] = ()  # questions, and which line of the answer to look at again


def read_facts(
    course: Course,
    assignment: Assignment,
    students: Iterable[str],
    entries: Mapping[str, Entry],
    now: datetime | None = None,
) -> dict[str, Facts]:
    """The facts of some students' pages.

    Args:
        entries: of the whole class: an extension of one student holds back hidden inputs for all.
        now: with a zone; this moment if not given.

    Raises:
        CourseError: the class list or extensions.csv is wrong.
    """
    closing = closing_time(course, assignment, entries)
    level = level_at(course, closing, now or datetime.now(timezone.utc))
    shared = {"level": level, "held_back": held_back(course, level, closing), "contact": course.contact}
    shared["due"] = moment(assignment.due) if assignment.due else ""
    zone = assignment.due.tzinfo if assignment.due else timezone.utc
    listed, facts = class_list(course) or {}, {}
    for student in students:
        time = entries.get(student, Entry()).handed_in
        handed_in = moment(time.astimezone(zone)) if time else ""
        name = listed[student].name if student in listed else student
        lines = lines_of(course, assignment, student, level)
        facts[student] = Facts(name, handed_in=handed_in, lines=lines, **shared)
    return facts


def lines_of(course: Course, assignment: Assignment, student: str, level: str) -> tuple[tuple[str, str], ...]:
    """Which lines of a student's to look at again, a sentence for each question that has one; never where only names
    of tests are shown: a line says more."""
    if level == NAMES:
        return ()
    found = locations_of(course, assignment, student)
    return tuple((location.question, location.sentence) for location in found if location.sentence)


def level_at(course: Course, closing: datetime | None, now: datetime) -> str:
    """What students may see: as the term says it; else sentences until the closing time has passed, then everything."""
    is_over = closing is not None and now > closing
    return course.disclosure or (EVERYTHING if is_over else SENTENCES)


def closing_time(course: Course, assignment: Assignment, entries: Mapping[str, Entry]) -> datetime | None:
    """Until when some student may still hand in for points; None where that is never certain to be over.

    That is the latest due date of any student, extensions included, and how late the late policy lets points be earned.
    Without a late policy it is the due date: what comes later is the instructor's to decide. No due date, a percentage
    that is taken off however late, and a policy of the course's own (a plugin) have no end.
    """
    if assignment.due is None or (isinstance(course.late, str) and "." in course.late):
        return None
    extended = [until for (_, name), until in extensions_of(course).items() if name == assignment.name]
    extended += [assignment.due + entry.extension for entry in entries.values() if entry.extension]
    last = max([assignment.due, *extended])
    longest = course.late.longest() if isinstance(course.late, LatePolicy) else None
    if longest is None:
        return None if isinstance(course.late, LatePolicy) else last
    return last + longest


def held_back(course: Course, level: str, closing: datetime | None) -> str:
    """What a page does not show, and until when, for the student."""
    if level == EVERYTHING:
        return ""
    what = {NAMES: "Of each test only its name is shown", SENTENCES: "What the tests call your code with is not shown"}
    if course.disclosure or closing is None:
        return f"{what[level]}."
    return f"{what[level]} before {moment(closing)}: until then somebody may still hand in."
