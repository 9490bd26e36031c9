"""What is taken off for late hand-ins, derived whenever it is asked for from all that it depends on.

That is: points of tests and of people, times of hand-in, due dates, extensions (extensions.csv, and those that nbgrader
keeps), the late policy, and how late the student's other assignments were.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from autograder.collecting.extensions import Extensions, extensions_of
from autograder.course.course import Course, CourseError
from autograder.course.late import HandIn, LatePolicy, Penalty, assign_penalties, describe, minus
from autograder.reporting.database import Database
from autograder.reporting.nbgrader_settings import Plugin, late_plugin

HAND_INS = """
SELECT submission.student_id, assignment.name, assignment.duedate, submission.timestamp, submission.extension,
       sum(coalesce(grade.manual_score, grade.auto_score) + coalesce(grade.extra_credit, 0))
FROM assignment JOIN submitted_assignment submission ON submission.assignment_id = assignment.id
JOIN submitted_notebook ON submitted_notebook.assignment_id = submission.id
JOIN grade ON grade.notebook_id = submitted_notebook.id
GROUP BY submission.id, submission.student_id, assignment.name, assignment.duedate, submission.timestamp,
         submission.extension"""


def derive_penalties(database: Database, course: Course) -> dict[str, dict[str, Penalty]]:
    """Assignment -> student -> what is taken off, of the course's assignments that are in the gradebook.

    Raises:
        CourseError: extensions.csv is wrong, or a plugin of the course's own fails.
    """
    penalties: dict[str, dict[str, Penalty]] = defaultdict(dict)
    class_ = read_hand_ins(database, course, extensions_of(course))
    after_due = any(describe(hand_in, "") for hand_ins in class_.values() for hand_in in hand_ins)
    plugin = late_plugin(course) if after_due and not isinstance(course.late, LatePolicy) else None
    for student, hand_ins in class_.items():
        found: Iterable[tuple[str, Penalty]] = ()
        if isinstance(course.late, LatePolicy):
            found = assign_penalties(course.late, hand_ins).items()
        elif plugin:
            found = [(hand_in.assignment, ask(course, plugin, student, hand_in)) for hand_in in hand_ins]
        for assignment, penalty in found:
            penalties[assignment][student] = penalty
    return penalties


def read_hand_ins(database: Database, course: Course, extensions: Extensions) -> dict[str, list[HandIn]]:
    """Each student's graded hand-ins, in teaching order."""
    dues = {assignment.name: assignment.due for assignment in course.assignments}
    found: dict[str, list[HandIn]] = defaultdict(list)
    for student, assignment, duedate, timestamp, extension, points in database.execute(HAND_INS):
        if assignment in dues:
            due = dues[assignment] or read_utc(duedate)
            until = [extensions.get((student, assignment))]
            if due and extension:
                until.append(due + read_span(extension))
            extended = max(filter(None, until), default=None)
            found[student].append(HandIn(assignment, points or 0.0, due, read_utc(timestamp), extended))
    order = list(dues)
    return {student: sorted(found[student], key=lambda hand_in: order.index(hand_in.assignment)) for student in found}


def read_utc(time: str | datetime | None) -> Any:
    """A time as nbgrader keeps it, in SQLite as text; None for none."""
    time = datetime.fromisoformat(time) if isinstance(time, str) and time else time
    return time.replace(tzinfo=timezone.utc) if time else None


def read_span(span: str | timedelta) -> timedelta:
    """A span of time as nbgrader keeps it, in SQLite as the time so long after 1970."""
    return span if isinstance(span, timedelta) else read_utc(span) - datetime(1970, 1, 1, tzinfo=timezone.utc)


def ask(course: Course, plugin: Plugin, student: str, hand_in: HandIn) -> Penalty:
    """What nbgrader's AssignLatePenalties would take off."""
    late, points = hand_in.late_by(), 0.0
    if late:
        try:
            points = float(plugin(student, hand_in.points, late.total_seconds()) or 0.0)
            if not math.isfinite(points):
                raise ValueError(f"it says {points}")
        except Exception as error:  # whatever a class of the course's own raises
            name = f"The late policy {course.late} fails for {student} and {hand_in.assignment}"
            raise CourseError(f"{name} ({type(error).__name__}: {error}): correct it, or name another one.") from None
    points = min(max(points, 0.0), max(hand_in.points, 0.0))
    return Penalty(points, text=describe(hand_in, minus(points)))
