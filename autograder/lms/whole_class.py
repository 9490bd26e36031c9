"""The whole class in one table, a line a student, for whatever an instructor keeps grades in."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from autograder.collecting.class_list import Student
from autograder.lms.grades import Options, grade_of
from autograder.reporting.grades_csv import harmless
from autograder.reporting.standing import FINAL, Standing

PEOPLE = ("student_id", "first_name", "last_name", "email", "lms_user_id", "section")


def whole_class_table(
    standings: Mapping[str, Sequence[Standing]], people: Mapping[str, Student], options: Options
) -> tuple[bytes, list[str]]:
    """A CSV with everybody's scores in every assignment, and a total; and the students in it.

    A score that is not final, and (unless `options` says zero) one of a student who has handed in nothing, is empty.
    The total is empty, too, unless every score of the student's is there or nothing was handed in for it.

    Args:
        standings: assignment -> standings, in teaching order.
        people: the class list; students who are only there get a line, too.
    """
    names = [name for name, found in standings.items() if found]
    most = {name: max(standing.max_score for standing in standings[name]) for name in names}
    by_student: dict[str, dict[str, Standing]] = {student: {} for student in people}
    persons = dict(people)
    for name in names:
        for standing in standings[name]:
            by_student.setdefault(standing.student, {})[name] = standing
            persons.setdefault(standing.student, standing.person)
    heads = [head for name in names for head in (name, f"{name}_of", f"{name}_state", f"{name}_late")]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*PEOPLE, *heads, "total", "total_of"])
    for student in sorted(by_student):
        person, there = persons[student], by_student[student]
        row = [student, person.first_name, person.last_name, person.email, person.lms_id, person.section]
        for name in names:
            row += cells_of(there.get(name), most[name], options)
        row += [total_of([there.get(name) for name in names], options), points(sum(most.values()))]
        writer.writerow(map(harmless, row))
    return text.getvalue().encode("utf-8", "backslashreplace"), sorted(by_student)


def cells_of(standing: Standing | None, most: float, options: Options) -> list[str]:
    """Score, maximum, state, what is taken off for being late."""
    if standing is None:
        return ["", points(most), "", ""]
    late = standing.entry.late.points if standing.entry else 0.0
    state = standing.state if standing.state != FINAL else standing.result.status
    return [points(grade_of(standing, options).score), points(most), state, points(late)]


def total_of(standings: Sequence[Standing | None], options: Options) -> str:
    grades = [grade_of(standing, options) for standing in standings if standing]
    if not grades or any(grade.left and grade.left != "missing" for grade in grades):
        return ""
    return points(sum(grade.score or 0.0 for grade in grades))


def points(value: float | None) -> str:
    return "" if value is None else f"{round(value, 4):g}" if abs(value) < 1e5 else f"{value:.2f}"
