"""`make status`: the whole class in all assignments, and student by student; it changes nothing."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import datetime, timezone

from hand_made import NAME, grade_by_hand
from in_process import ANSWER, grade, hand_in, make_grader, make_job  # noqa: F401 - fixtures
from rich.console import Console
from student_notebooks import notebook, written

from autograder.grading.status import look_over, print_course, print_students
from autograder.reporting.exports import note_export

DUE = datetime(2026, 10, 19, 22, tzinfo=timezone.utc)


def shown(show, *arguments):
    console = Console(width=220, record=True, file=open(os.devnull, "w"))
    show(*arguments, console)
    return console.export_text()


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def class_of_five(job):
    """amy is final, ben has open written answers, cy is late, dan handed in nothing, eve was not graded yet."""
    course = replace(job.course, assignments=(replace(job.assignment, due=DUE), *job.course.assignments[1:]))
    (course.root / "students.csv").write_text("id,first_name,last_name\namy,Amy,Adams\nben,,\ncy,,\ndan,,\neve,,\n")
    for student, day in (("amy", 18), ("ben", 17), ("cy", 20)):
        answers = {**written(), "receptive_field_code": ANSWER}
        files = {f"{NAME}.ipynb": json.dumps(notebook(answers)), "timestamp.txt": f"2026-10-{day} 10:00:00 UTC"}
        hand_in(course, student, files)
    job = replace(job, course=course, assignment=course.assignments[0])
    grade(job)
    for cell in written():
        grade_by_hand((course, job.assignment), "amy", cell, 4.0)
    hand_in(course, "eve", {f"{NAME}.py": ANSWER})
    note_export(course, job.assignment, "canvas", ["amy"])
    return job


def test_the_class_in_all_assignments(job):
    job = class_of_five(job)
    before = contents(job.course.root)
    found = look_over(job.course, job.assignment)
    assert {row.id: row.state for row in found.rows} == {
        "amy": "final",
        "ben": "open written answers",
        "cy": "open written answers",
        "dan": "final",
        "eve": "stale",
    }
    assert [row.id for row in found.rows if row.handed_in] == ["amy", "ben", "cy", "eve"]
    assert [row.id for row in found.rows if row.is_late] == ["cy"]
    assert f"{found.since:%Y-%m-%d}" == "2026-10-17"
    text = shown(print_course, job.course)
    today = f"{datetime.now(timezone.utc):%Y-%m-%d}"
    facts = {"handed in": "4 of 5", "late": "1", "graded": "5", "final": "2", "open written answers": "2"}
    facts |= {"not up to date": "1", "waiting since": "2026-10-17", "exported": f"{today} for canvas"}
    for fact, value in facts.items():
        assert re.search(rf"^{fact} +{value}(?: |$)", text, re.MULTILINE), fact
    assert "a1_convolution needs an eye: eve" in text
    assert contents(job.course.root) == before


def test_student_by_student(job):
    job = class_of_five(job)
    text = shown(print_students, job.course, job.assignment)
    lines = {line.split()[0]: line for line in text.splitlines() if line}
    assert "Amy Adams" in lines["amy"] and "final" in lines["amy"] and "17/100" in lines["amy"]
    assert "2026-10-20 10:00 UTC late" in lines["cy"] and "2026-10-20 10:00 UTC" not in lines["amy"]
    assert "the hand-in changed since: `make grade` grades it again" in lines["eve"]
    assert list(lines).index("amy") < list(lines).index("ben") and "exported" in lines


def test_nobody_was_graded_yet(job):
    hand_in(job.course, "amy", {f"{NAME}.py": ANSWER})
    (row,) = look_over(job.course, job.assignment).rows
    assert (row.state, row.handed_in, row.standing) == ("not graded yet", True, None)
    assert "1 of 1" in shown(print_course, job.course)
