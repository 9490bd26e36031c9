"""From Canvas's zip to Canvas's table with no hand on it: twice the same bytes; killed anywhere and resumed, the same.

`--students 300` does it with a whole class, every one of whom has answered something, and says how long it took.
"""

from __future__ import annotations

import csv
import io
import json
import random
import sqlite3

import pytest
from classroom import NAME
from killed_steps import run_steps
from whole_way import COLLECT, EXPORT, FILLED, GRADE, STEPS, TABLE, make_way

FEW, SOLVED = 18, 3  # every form of handing in is there once
pytestmark = pytest.mark.long  # all of it, so that one process has the class that all of it looks at
KILLS = {COLLECT: 3, GRADE: 2, EXPORT: 2}
BOOKED = """
SELECT submission.student_id, cell.name, grade.auto_score, grade.needs_manual_grade
FROM submitted_assignment submission JOIN submitted_notebook ON submitted_notebook.assignment_id = submission.id
JOIN grade ON grade.notebook_id = submitted_notebook.id JOIN base_cell cell ON cell.id = grade.cell_id
ORDER BY submission.student_id, cell.name"""
TELL = "{count} students: {collect:.0f} s to collect, {grade:.0f} s to grade, {export:.0f} s to export"


@pytest.fixture(scope="module")
def count(request):
    return request.config.getoption("students") or FEW


@pytest.fixture(scope="module")
def people(count, tmp_path_factory):
    return make_way(tmp_path_factory.mktemp("twin"), count, 0)


@pytest.fixture(scope="module")
def clean(count, tmp_path_factory):
    """A course folder after all steps, and how each of them ended; then all of them once more."""
    root = tmp_path_factory.mktemp("clean")
    make_way(root, count, SOLVED if count == FEW else count)
    first = run_steps(root, [(step, 0) for step in STEPS])
    before = state(root)
    again = run_steps(root, [(step, 0) for step in STEPS])
    return root, first, before, again


def contents(root, *folders):
    found = (path for folder in folders for path in sorted((root / folder).rglob("*")))
    return {str(path.relative_to(root)): path.read_bytes() for path in found if path.is_file()}


def state(root):
    """All that the way leaves, but for seconds, and the times at which something was noted."""
    results = {path.stem: json.loads(path.read_text()) for path in (root / "results" / NAME).glob("*.json")}
    for result in results.values():
        del result["seconds"], result["student_seconds"]
        for question in result["questions"]:
            question["tests"] = [{k: v for k, v in test.items() if k != "seconds"} for test in question["tests"]]
    database = sqlite3.connect(root / "gradebook.db")
    rows = database.execute(BOOKED).fetchall()
    database.close()
    files = contents(root, "submitted", "collected") | {"grades.csv": (root / "grades.csv").read_bytes()}
    return {
        "files": {name: data for name, data in files.items() if "/.staging/" not in name},
        "results": results,
        "gradebook": rows,
        "pages": sorted(path.name for path in (root / "feedback").iterdir()),
        "table": (root / FILLED).read_bytes(),
    }


def test_the_zip_becomes_the_table(clean, people, count):
    """Everybody in the table who handed in has a score; what is not ours to change is as it came."""
    root, ended, _, _ = clean
    assert [step.code for step in ended] == [0, 0, 0]
    assert "nobodynemo" in ended[0].said
    rows = list(csv.reader(io.StringIO((root / FILLED).read_text("utf-8-sig"), newline="")))
    scores = {row[2]: row[5] for row in rows[2:]}
    assert scores.pop(people[0].id) == "EX" and scores.pop(people[1].id) == "N/A"
    assert scores.pop("888888") == "" and scores.pop("") == ""  # not ours, and the test student
    assert set(scores) == {person.id for person in people[2:-1]}
    results = {path.stem: json.loads(path.read_text()) for path in (root / "results" / NAME).glob("*.json")}
    for student, text in scores.items():
        assert float(text) == pytest.approx(results[student]["points"], abs=0.0051)  # two decimals
    assert len({text for text in scores.values()}) > 1
    nothing = [s for s in scores if results[s]["status"] == "missing"]
    assert len(nothing) == len([number for number in range(count) if number % 18 == 13])
    emptied = (root / FILLED).read_bytes()
    for row in rows[2:]:
        if row[2] in scores:
            emptied = emptied.replace(f",{row[5]},0.00".encode(), b",,0.00")
    assert emptied == (root / TABLE).read_bytes()


def test_a_second_time_nothing_changes(clean):
    root, _, before, again = clean
    assert [step.code for step in again] == [0, 0, 0] and state(root) == before
    assert "put into submitted/" not in again[0].said and "0 of" in again[1].said


def test_killed_in_each_step_and_resumed_nothing_is_lost_or_doubled(clean, count, tmp_path, request):
    """The moments are drawn by the seed of the sample: other ones each day."""
    _, ended, before, _ = clean
    draw, orders = random.Random(request.config.getoption("sample")), []
    make_way(tmp_path, count, SOLVED if count == FEW else count)
    for step, whole in zip(STEPS, ended):
        orders += [(step, draw.randint(1, whole.things - 1)) for _ in range(KILLS[step])] + [(step, 0)]
    killed = run_steps(tmp_path, orders)
    assert sum(step.code == -9 for step in killed) >= len(STEPS)
    assert state(tmp_path) == before
    assert list((tmp_path / "collected").glob(".staging/*")) == []


def test_how_long_it_takes(clean, count):
    """Measured where it is asked for; otherwise only that every step says what it did."""
    _, ended, _, _ = clean
    seconds = dict(zip(("collect", "grade", "export"), (step.seconds for step in ended)))
    print("\n" + TELL.format(count=count, **seconds))
    assert all(step.things for step in ended)
