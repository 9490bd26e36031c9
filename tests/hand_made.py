"""A small release, submissions and results made by hand, for the tests of everything that renders results."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.utils import compute_checksum

from autograder.collecting.class_list import Student, class_list
from autograder.course.course import Assignment, Course
from autograder.reading.formats import Cell
from autograder.reporting import feedback, gradebook, gradebook_steps, grades_csv
from autograder.reporting.standing import Standing
from autograder.results.result import GRADED, QuestionResult, Result
from autograder.results.store import write_result
from cnnlab.checking.outcomes import FAILED, NOT_ATTEMPTED, PASSED, TestReport

NAME = "a1_convolution"
Place = tuple[Course, Assignment]
STUB = 'def {0}(x):\n    """What {0} does."""\n    raise NotImplementedError("Replace this line with your code.")'
ANSWER = "*Replace this line with your answer.*"


def release() -> nbformat.NotebookNode:
    """Two questions in code (10 and 4 points) and two written ones (5 points each)."""
    cells = [text("# A small assignment"), code("import numpy as np")]
    for name, points in (("conv_forward_naive", 10), ("convolve2d", 4)):
        cells += [
            text(f"## Question: {name}"),
            code(STUB.format(name), f"{name}_code", solution=True),
            code(f'cnnlab.check("{name}")', name, grade=True, locked=True, points=points),
        ]
    for name in ("written_why", "written_how"):
        cells += [text(f"### {name}\n\nSay it."), text(ANSWER, name, solution=True, grade=True, points=5)]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    for number, cell in enumerate(cells):
        cell.id = f"release-{number}"
    return notebook


def code(source: str, grade_id: str = "", **marks) -> nbformat.NotebookNode:
    return mark(nbformat.v4.new_code_cell(source), grade_id, marks)


def text(source: str, grade_id: str = "", **marks) -> nbformat.NotebookNode:
    return mark(nbformat.v4.new_markdown_cell(source), grade_id, marks)


def mark(cell: nbformat.NotebookNode, grade_id: str, marks: dict) -> nbformat.NotebookNode:
    if grade_id:
        metadata = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3}
        metadata |= {"grade_id": grade_id, "cell_type": cell.cell_type, **marks}
        cell.metadata["nbgrader"] = nbformat.from_dict(metadata)
        cell.metadata.nbgrader.checksum = compute_checksum(cell)
    return cell


class HandMadeAssignment(Assignment):
    """An assignment whose notebook lies in the course folder of a test."""

    @property
    def notebook(self) -> Path:
        return FOLDERS[self.title] / f"{NAME}.ipynb"


FOLDERS: dict[str, Path] = {}


def make_course(folder: Path) -> tuple[Course, Assignment]:
    """A course in a scratch folder, with the small assignment."""
    FOLDERS[str(folder)] = folder
    assignment = HandMadeAssignment(NAME, str(folder), 10, 120)
    (folder / f"{NAME}.ipynb").write_text(nbformat.writes(release()))
    return Course(folder, "A course", "2026-fall", "a seed", (assignment,)), assignment


@cache
def empty_gradebook() -> bytes:
    """A new gradebook, made once: that takes nbgrader a second or two."""
    with tempfile.TemporaryDirectory() as folder:
        course, assignment = make_course(Path(folder))
        gradebook_steps.sync_assignment(course, assignment)
        return course.gradebook.read_bytes()


def make_place(folder: Path) -> Place:
    """A course folder with a gradebook, and its assignment."""
    (folder / "gradebook.db").write_bytes(empty_gradebook())
    return make_course(folder)


def record(place: Place, *results: Result) -> None:
    """Into results/ and the gradebook, as a run does."""
    for result in results:
        write_result(*place, result)
    gradebook_steps.record(*place, list(results), (), lambda student: None)


def unrecorded(place: Place, results: Sequence[Result]) -> list[Result]:
    return gradebook.unrecorded(*place, results, gradebook.read_entries(*place))


def stale_pages(place: Place, results: Sequence[Result], now: datetime | None = None) -> list[str]:
    return feedback.stale_pages(*place, [result.student for result in results], gradebook.read_entries(*place), now)


def write_pages(
    place: Place,
    results: Sequence[Result],
    jobs: int = 1,
    done: Callable[[str], None] = lambda student: None,
    now: datetime | None = None,
) -> dict[str, str]:
    """Every page that is stale."""
    stale = stale_pages(place, results, now)
    return feedback.write_feedback(*place, stale, gradebook.read_entries(*place), jobs, done, now)


def standings_of(place: Place, results: Sequence[Result]) -> list[Standing]:
    entries, people = gradebook.read_entries(*place), class_list(place[0]) or {}
    return [Standing(people.get(r.student, Student(r.student)), r, entries.get(r.student)) for r in results]


def write_grades(place: Place, results: Sequence[Result]) -> Path:
    return grades_csv.write_grades_csv(place[0], standings_of(place, results))


def open_gradebook(place: Place) -> Gradebook:
    return Gradebook(f"sqlite:///{place[0].gradebook}")


def grade_by_hand(place: Place, student: str, cell: str, score: float, comment: str = "") -> None:
    """What a TA does in formgrader."""
    with open_gradebook(place) as book:
        grade = book.find_grade(cell, NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = score, False
        if comment:
            book.find_comment(cell, NAME, NAME, student).manual_comment = comment
        book.db.commit()


def answered(**sources: str) -> nbformat.NotebookNode:
    """The release with answers, by grade_id."""
    notebook = release()
    for cell in notebook.cells:
        cell.source = sources.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""), cell.source)
    return notebook


def hand_in(course: Course, student: str, notebook: nbformat.NotebookNode | str, timestamp: str = "") -> Path:
    folder = course.submitted / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    content = notebook if isinstance(notebook, str) else nbformat.writes(notebook)
    (folder / f"{NAME}.ipynb").write_text(content)
    if timestamp:
        (folder / "timestamp.txt").write_text(timestamp)
    return folder


def make_result(student: str, forward: float = 6.0, **changes) -> Result:
    """`forward` of 10 points for conv_forward_naive, nothing attempted for convolve2d."""
    wrong = TestReport(
        "conv_forward_naive", "test_stride", "right output for every shape, stride and padding", 10.0 - forward,
        FAILED, called="conv_forward_naive with x (2, 3, 7, 5), w (4, 3, 3, 3), stride 2, pad 0",
        returned="out of shape (2, 4, 3, 3)", expected="out of shape (2, 4, 3, 2)",
        hint="looks like: output width computed from the height", mistake="width_from_height",
        picture={"title": "[0, 1]", "corner": [0, 0], "actual": [[1, 2], [3, None]], "desired": [[1, 5], [3, 4]]},
    )  # fmt: skip
    right = TestReport("conv_forward_naive", "test_shape", "right shape", forward, PASSED)
    stub = TestReport("convolve2d", "test_flip", "the kernel is flipped", 4.0, NOT_ATTEMPTED)
    stub.text = "convolve2d is not attempted yet."
    questions = [
        QuestionResult("conv_forward_naive", 10.0, [right, *([wrong] if forward < 10 else [])]),
        QuestionResult("convolve2d", 4.0, [stub]),
    ]
    result = Result(NAME, student, GRADED, "", questions, file=f"{NAME}.ipynb", sandbox="namespaces", suite="s1")
    for name, value in changes.items():
        setattr(result, name, value)
    return result


def cells_of(notebook: nbformat.NotebookNode) -> list:
    """As `read_notebook` gives them."""
    cells = json.loads(nbformat.writes(notebook))["cells"]
    return [
        Cell(i, c["cell_type"], "".join(c["source"]), c["metadata"].get("nbgrader", {}).get("grade_id"))
        for i, c in enumerate(cells, 1)
    ]
