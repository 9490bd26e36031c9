"""A sample class: submissions of a1_convolution as a course gets them, for `make demo` and `make bench`.

Each is made from the student notebook, with the text of the reference solution or of a mistake of the bank in its
solution cells. The same call writes the same bytes.
"""

from __future__ import annotations

import ast
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course.course import Assignment, Course
from autograder.course.questions import points_of_questions
from autograder.course.stubs import BEGIN, END
from autograder.course.variation import fill_code
from autograder.files import write_atomically
from autograder.proving.check import bank_of
from autograder.reading.notebook import read_notebook

STUB = "raise NotImplementedError"
HTML_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Sign in</title></head>
<body><h1>Sign in to see this file</h1><form action="/login"><input name="user"></form></body></html>
"""
ENDLESS = """def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dw = np.zeros_like(w)
    i = 0
    while i < dout.shape[2]:
        for j in range(dout.shape[3]):
            window = x_pad[:, :, i * stride : i * stride + w.shape[2], j * stride : j * stride + w.shape[3]]
            dw += np.einsum("nf,ncpq->fcpq", dout[:, :, i, j], window)
    return x, dw, dout.sum(axis=(0, 2, 3))
"""
HOSTILE = """import os
import sqlite3

import cnnlab
import numpy as np

COURSE = os.path.dirname(os.path.dirname(cnnlab.__file__))
TRIED = []


def attempt(what, action):
    if what not in TRIED:
        TRIED.append(what)
        try:
            print(f"{what}: got {action()}")
        except Exception as error:
            print(f"{what}: {getattr(error, 'strerror', None) or error}")


def read_hidden_tests():
    return open(os.path.join(COURSE, "autograder", "hidden_tests", "a1_convolution", "test_forward.py")).read()


def read_the_others():
    return os.listdir(os.path.join(COURSE, "demo", "submitted"))


def write_points():
    with sqlite3.connect(os.path.join(COURSE, "demo", "gradebook.db")) as gradebook:
        return gradebook.execute("UPDATE grade SET auto_score = 20").rowcount


class RightAnswer(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, bool)

    def __sub__(self, other):
        return np.zeros(self.shape)

    __rsub__ = __sub__

    def __reduce__(self):
        return os.system, ("echo 20 of 20 points",)


def conv_forward_naive(x, w, b, conv_param):
    attempt("read the hidden tests", read_hidden_tests)
    attempt("read what others handed in", read_the_others)
    attempt("write points into the gradebook", write_points)
    np.allclose = np.array_equal = lambda *args, **kwargs: True
    stride, pad = conv_param["stride"], conv_param["pad"]
    height = 1 + (x.shape[2] + 2 * pad - w.shape[2]) // stride
    width = 1 + (x.shape[3] + 2 * pad - w.shape[3]) // stride
    out = np.zeros((len(x), len(w), height, width)).view(RightAnswer)
    attempt("return zeros that equal every array", lambda: np.allclose(out, 1) and bool((out == 1).all()))
    return out, (x, w, b, conv_param)
"""
ANSWERS = {
    "written_stacking": "Two convolutions in a row are both linear, so together they are just one bigger convolution "
    "(two 3x3 act like one 5x5). With a ReLU in between it is not linear any more, and the second layer can build on "
    "the features of the first.",
    "written_padding": "Without padding every layer loses K - 1 pixels, so a deep network runs out of image, and the "
    "pixels at the border are seen by fewer windows than those in the middle.",
    "written_fully_connected": "200 * 200 * 3 = 120000 weights for a single neuron, and it would have to learn the "
    "same edge again in every place. A convolution shares its few weights over the whole image.",
}


@dataclass(frozen=True)
class Pupil:
    """One submission of the class: which questions are answered, and with which mistakes of the bank."""

    student: str
    first_name: str
    last_name: str
    solved: tuple[int, int] = (0, 99)  # first and last question answered, counted from 0; the last one excluded
    mistakes: tuple[str, ...] = ()
    written: int = 3
    own_code: str = ""  # instead of the solution of the functions that it defines
    form: str = "notebook"  # or "web page", "renamed", "nothing"

    @property
    def honest(self) -> bool:
        """A notebook that any autograder can read and run to its end."""
        return self.form in ("notebook", "renamed") and not self.own_code


CLASS = (
    Pupil("akande", "Ifeoma", "Akande"),
    Pupil("brandt", "Jonas", "Brandt", solved=(0, 0), written=0),
    Pupil("castillo", "Lucía", "Castillo", mistakes=("flipped filter",)),
    Pupil("dang", "Minh", "Dang", solved=(0, 6), mistakes=("pad of 1 always",), written=1),
    Pupil("eriksen", "Astrid", "Eriksen", mistakes=("crop with minus pad",)),
    Pupil("farouk", "Nadia", "Farouk", mistakes=("no bias", "db averaged"), written=2),
    Pupil("gupta", "Rohan", "Gupta", solved=(0, 5), written=0),
    Pupil("haddad", "Sami", "Haddad", mistakes=("dx without stride",)),
    Pupil("ivanova", "Daria", "Ivanova", mistakes=("stride ignored in windows",), written=2),
    Pupil("jensen", "Emil", "Jensen", form="renamed"),
    Pupil("kimura", "Haruto", "Kimura", own_code=ENDLESS),
    Pupil("lopes", "Beatriz", "Lopes", form="web page"),
    Pupil("mallory", "Eve", "Mallory", own_code=HOSTILE, written=0),
    Pupil("nowak", "Zofia", "Nowak", form="nothing"),
)


def write_sample_class(
    course: Course, assignment: Assignment, copies: int = 1, pupils: tuple[Pupil, ...] = CLASS
) -> None:
    """Fill `submitted/` and `students.csv` of a course folder with `copies` times the sample class.

    The copies of a submission differ by the student's id and by a comment, so that no two are the same file.
    """
    writer = Writer(assignment)
    rows = [("id", "first_name", "last_name", "email")]
    for copy in range(1, copies + 1):
        for pupil in pupils:
            student = pupil.student if copies == 1 else f"{pupil.student}-{copy:04d}"
            rows.append((student, pupil.first_name, pupil.last_name, f"{student}@example.org"))
            for name, text in writer.files(pupil, student):
                write_if_changed(course.submitted / student / assignment.name / name, text)
    table = io.StringIO(newline="")
    csv.writer(table, lineterminator="\n").writerows(rows)
    write_if_changed(course.root / "students.csv", table.getvalue())


def write_if_changed(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_atomically(path, text)


class Writer:
    """Fills an assignment's student notebook with answers."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.questions = list(points_of_questions(assignment))
        self.given_out = assignment.notebook.read_text(encoding="utf-8")
        self.solved = {
            cell.grade_id: without_markers(fill_code(cell.source, assignment.source.name))
            for cell in read_notebook(assignment.source).cells
            if cell.grade_id
        }
        self.bank = {mistake.name: mistake for mistake in bank_of(assignment)}

    def files(self, pupil: Pupil, student: str) -> Iterator[tuple[str, str]]:
        """Names and texts of what a student hands in."""
        name = f"{self.assignment.name}.ipynb"
        if pupil.form == "web page":
            yield name, HTML_PAGE.replace("</html>", f"<!-- {student} --></html>")
        elif pupil.form != "nothing":
            notebook = self.notebook(pupil, student)
            if pupil.form == "renamed":
                name = f"Copy of {self.assignment.name} (2).ipynb"
                strip_metadata(notebook)
            yield name, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"

    def notebook(self, pupil: Pupil, student: str) -> dict[str, Any]:
        notebook = json.loads(self.given_out)
        answers = self.answers(pupil)
        for count, cell in enumerate(notebook["cells"], 1):
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if grade_id in answers:
                text = answers[grade_id] if cell["cell_type"] != "code" else f"# {student}\n{answers[grade_id]}"
                cell["source"] = text.splitlines(keepends=True)
            if cell["cell_type"] == "code":
                cell["execution_count"] = count
        notebook["metadata"]["student"] = student
        return notebook

    def answers(self, pupil: Pupil) -> dict[str, str]:
        """Texts of the cells that a student filled in, by grade_id."""
        functions = {question: self.solved[f"{question}_code"] for question in self.questions}
        for place, mistake in enumerate(self.bank[name] for name in pupil.mistakes):
            made = cut(mistake.source, self.questions)  # a whole submission: of the first mistake all is taken
            functions |= made if place == 0 else {name: made[name] for name in mistake.redefines}
        functions |= cut(pupil.own_code, self.questions)
        first, last = pupil.solved
        answered = {f"{question}_code": functions[question] for question in self.questions[first:last]}
        return answered | dict(list(ANSWERS.items())[: pupil.written])


def without_markers(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if line.strip() not in (BEGIN, END))


def cut(source: str, questions: list[str]) -> dict[str, str]:
    """A program cut into its graded functions, each with what stands above it: imports, constants, helpers."""
    lines, start = source.splitlines(), 0
    found: dict[str, str] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name in questions:
            end = node.end_lineno or len(lines)
            found[node.name] = "\n".join(lines[start:end]).strip("\n")
            start = end
    return found


def strip_metadata(notebook: dict[str, Any]) -> None:
    """What some editors do on saving."""
    notebook["metadata"] = {}
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)
