"""The part of `make report`'s page on lines: which failing answers have one that is wrong, and what puts it right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.course.course import Assignment, Course
from autograder.course.identifiers import shown
from autograder.reporting.class_report import Section, student_of
from autograder.reporting.standing import Standing
from autograder.results.located import Location, locations_of

TEMPLATE = Path(__file__).parent / "templates" / "lines.html.j2"
MOST_SHOWN = 200


def line_section(course: Course, assignment: Assignment, rows: Sequence[Standing], anonymous: bool) -> Section:
    """What `make locate` found in a class; an anonymous one has only the counts by question."""
    found = {row.student: locations_of(course, assignment, row.student) for row in rows}
    everything = [location for locations in found.values() for location in locations]
    asked, known = Counter(one.question for one in everything), Counter(o.question for o in everything if o.places)
    who = {} if anonymous else {row.student: student_of(course, assignment, row) for row in rows if found[row.student]}
    lines = [
        shown_location(who[student], location) for student in who for location in found[student] if location.places
    ]
    values = {
        "assignment": assignment.name,
        "questions": [(name, known[name], count) for name, count in asked.most_common()],
        "lines": lines[:MOST_SHOWN],
        "more": max(0, len(lines) - MOST_SHOWN),
    }
    return Section("lines", "Lines that are wrong", TEMPLATE, values)


def shown_location(student: dict[str, str], location: Location) -> dict[str, Any]:
    places = [
        {"where": place.where, "text": shown(place.text), "before": shown(place.before), "after": shown(place.after)}
        for place in location.places
    ]
    return {"student": student, "question": location.question, "places": places}
