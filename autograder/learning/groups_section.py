"""The part of `make report`'s page on what the class did: groups by question, with example, difference and name."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from autograder.course.course import Assignment, Course
from autograder.course.identifiers import shown
from autograder.course.reference import solution_source
from autograder.learning.behaviour import source_of
from autograder.learning.groups import Found, Group, Member
from autograder.learning.nearest import Nearest, nearest_to
from autograder.reading.formats import Cell
from autograder.reading.program import slice_program
from autograder.reporting.class_report import Section, student_of
from autograder.steps.boundary import boundary
from cnnlab.signatures import COURSE, graded_names, names_of

TEMPLATE = Path(__file__).parent / "templates" / "groups.html.j2"
MOST_GROUPS = 12  # of a question
MOST_STUDENTS = 12  # of a group, by name
MOST_LINES, MOST_WIDTH = 60, 110


def groups_section(course: Course, assignment: Assignment, found: Found, anonymous: bool) -> Section:
    """What the template shows; of an anonymous page neither names nor code."""
    questions = [
        question_of(course, assignment, name, groups, found.right.get(name, []), anonymous)
        for name in COURSE[assignment.name]
        if (groups := found.groups.get(name))
    ]
    values = {"assignment": assignment.name, "questions": questions, "unseen": unseen_of(found, anonymous)}
    return Section("groups", "What the class did", TEMPLATE, values)


def unseen_of(found: Found, anonymous: bool) -> list[tuple[str, str]]:
    """Who was not asked, and why: names together that have the same reason; of an anonymous page how many."""
    names: dict[str, list[str]] = defaultdict(list)
    for student, why in sorted(found.unseen.items()):
        names[why].append(shown(student))
    return [(f"{len(some)} students" if anonymous else ", ".join(some), why) for why, some in names.items()]


def question_of(
    course: Course, assignment: Assignment, name: str, groups: list[Group], right: list[Member], anonymous: bool
) -> dict[str, Any]:
    lost = sum(len(group.members) for group in groups)
    reference = reference_source(assignment, name)
    return {
        "name": name,
        "lost": lost,
        "groups": [line_of(course, assignment, g, right, reference, lost, anonymous) for g in groups[:MOST_GROUPS]],
        "more": max(0, len(groups) - MOST_GROUPS),
    }


def line_of(
    course: Course,
    assignment: Assignment,
    group: Group,
    right: list[Member],
    reference: str,
    lost: int,
    anonymous: bool,
) -> dict[str, Any]:
    """One group. Of an earlier term nobody is named: their pages lie elsewhere."""
    here = [member for member in group.members if not member.earlier]
    is_wrong = not group.right and not group.follows
    code = "" if anonymous or group.example is None else group.example.source
    nearest = None
    with boundary("comparing its code"):
        nearest = nearest_to(code, [reference, *(one.source for one in right)]) if code and is_wrong else None
    return {
        "id": group.id,
        "size": len(group.members),
        "earlier": len(group.members) - len(here),
        "share": len(group.members) / lost,
        "right": group.right,
        "follows": group.follows,
        "name": group.hint,
        "students": [] if anonymous else [student_of(course, assignment, m.row) for m in here[:MOST_STUDENTS]],
        "more": 0 if anonymous else max(0, len(here) - MOST_STUDENTS),
        "code": cut(code.splitlines()),
        "diff": cut(nearest.diff) if nearest else "",
        "nearest": whose(nearest, right) if nearest else "",
        "silent": not anonymous and group.example is None,
    }


def whose(nearest: Nearest, right: list[Member]) -> str:
    """In words: nobody of an earlier term is named."""
    if not nearest.place:
        return "the course's own"
    member = right[nearest.place - 1]
    return "of an earlier term" if member.earlier else f"a classmate's: {shown(member.row.person.name)}"


def reference_source(assignment: Assignment, question: str) -> str:
    """The course's own answer to a question, with its helpers."""
    names = names_of(COURSE[assignment.name][question])
    program = slice_program([Cell(1, "code", solution_source(assignment.source))], graded_names(assignment.name))
    return source_of(program, names, assignment)


def cut(lines: list[str]) -> str:
    """As many lines as a page can bear."""
    lines = [line if len(line) <= MOST_WIDTH else f"{line[:MOST_WIDTH]} …" for line in lines]
    return "\n".join(lines[:MOST_LINES] + ["…"] * (len(lines) > MOST_LINES))
