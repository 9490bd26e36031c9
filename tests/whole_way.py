"""A class on its whole way: Canvas's zip -> submitted/ -> grades -> Canvas's table."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from classroom import NAME, Person, canvas_gradebook_csv, canvas_zip, make_class, sent_by, students_csv
from student_notebooks import notebook, solutions, written

ZIP, TABLE = "a1 submissions.zip", "2026-12-01 Grades-CNN.csv"
STRANGER = Person("999999", "Nemo", "Nobody", "nemo@example.org", "1")  # handed in, and is on no list
FILLED = f"exports/{NAME}-canvas.csv"
COLLECT, GRADE = ("collect", ZIP), ("grade", NAME, "--jobs", "1")
EXPORT = ("export", "canvas", NAME, "--file", TABLE, "--missing", "0", "--so-far")
STEPS = (COLLECT, GRADE, EXPORT)


def make_way(root: Path, count: int, solved: int) -> list[Person]:
    """A course folder with the class list, Canvas's zip and Canvas's table. The same call makes the same bytes.

    Args:
        solved: how many students have answered anything, each another number of questions; the others have handed in
            the notebook as they got it.
    """
    people, functions = make_class(count), solutions()
    root.mkdir(parents=True, exist_ok=True)

    def answered(person: Person, version: int) -> bytes:
        number = people.index(person) if person in people else count
        there = len(functions) - number % (len(functions) + 1) if number < solved else 0
        answers = dict(list(functions.items())[:there]) | (written() if there and number % 3 == 1 else {})
        filled = notebook(answers)
        filled["cells"][1]["source"].append(f"\n# {person.id}, attempt {version}")
        return json.dumps(filled).encode()

    students_csv(root / "students.csv", people)
    canvas_zip(root / ZIP, sent_by([*people, STRANGER], answered))
    write_gradebook(root / TABLE, people)
    return people


def write_gradebook(path: Path, people: list[Person]) -> None:
    """Canvas's table: the first student is excused, the second was not asked; the last one is not in it."""
    canvas_gradebook_csv(path, [*people[:-1], Person("888888", "Ann", "Auditor", "ann@example.org", "2")])
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    rows[2][5], rows[3][5] = "EX", "N/A"
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    path.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())
