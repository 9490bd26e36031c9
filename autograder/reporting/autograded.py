"""autograded/<student>/<assignment>/<assignment>.ipynb: the release with a student's answers and what came of them.

formgrader and the feedback page show it, and `nbgrader autograde` makes the same.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.course.course import Assignment, Course, CourseError
from autograder.files import write_inside
from autograder.reading.submission import HandIn
from autograder.reporting.embed import embed
from autograder.reporting.pictures import pictures_of
from autograder.reporting.restore import OWN_CELL, PICTURES_BESIDE, is_solution, restore
from autograder.results.result import Result


def autograded_path(course: Course, assignment: Assignment, student: str) -> Path:
    return course.autograded / student / assignment.name / f"{assignment.name}.ipynb"


def read_handed_out(assignment: Assignment) -> NotebookNode:
    """The student notebook as it is handed out; `CourseError` if it was not built."""
    try:
        return nbformat.v4.reads(assignment.notebook.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(f"{assignment.notebook} is not there: run `make build`.") from None


class AutogradedNotebooks:
    """Writes autograded notebooks of one assignment."""

    def __init__(self, course: Course, assignment: Assignment) -> None:
        self._course, self._assignment = course, assignment
        self.release = read_handed_out(assignment)
        self._stubs = answers_in(self.release)

    def write(self, result: Result, hand_in: HandIn | None) -> None:
        """Write a student's notebook, and into the result which of its answers there are.

        Args:
            result: `answers` is filled: a short hash of every answer that is not the stub, by its cell.
            hand_in: None if it can't be read, or shall not be: no answer is in the notebook then.
        """
        notebook = restore_hand_in(self.release, hand_in)
        result.answers = {
            name: hash_of_source(source)
            for name, source in answers_in(notebook).items()
            if source != self._stubs.get(name)
        }
        path = autograded_path(self._course, self._assignment, result.student)
        write_inside(self._course.autograded, path, nbformat.v4.writes(embed(notebook, result)))


def answers_in(notebook: NotebookNode) -> dict[str, str]:
    """The text of every cell that students fill in, by its grade_id.

    To a written answer belongs what the student wrote in cells of their own below it, and pictures that were handed in
    beside the notebook: nobody but a person can say which answer they are a part of.
    """
    beside = "".join(cell.source for cell in notebook.cells if cell.get("id") == PICTURES_BESIDE)
    answers, last = {}, None
    for cell in notebook.cells:
        if is_solution(cell):
            written, last = cell.cell_type == "markdown", cell.metadata.nbgrader.grade_id
            answers[last] = cell.source + beside * written
            last = last if written else None
        elif last and cell.cell_type == "markdown" and cell.get("id", "").startswith(OWN_CELL):
            answers[last] += f"\n\n{cell.source}"
        elif not cell.get("id", "").startswith(OWN_CELL):
            last = None
    return answers


def restore_hand_in(release: NotebookNode, hand_in: HandIn | None) -> NotebookNode:
    """The release with the answers of the notebook that was handed in; without any where there is none."""
    if hand_in is None or hand_in.notebook is None:
        return restore(release, None)
    notebook = hand_in.notebook
    is_script = notebook.path.suffix.lower() == ".py"
    return restore(release, notebook.cells, is_script, pictures_of(hand_in.folder, notebook.path))


def hash_of_source(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
