"""Honest answers inside the released notebook, where the course's own cells stand around them."""

import ast
import json
from pathlib import Path

import pytest
from student_notebooks import COURSE, notebook, solutions

from autograder.grading.grade import Grader
from autograder.mistakes import HONEST
from autograder.reading.notebook import read_notebook
from autograder.reading.program import slice_program, uses
from cnnlab.checking.imports import imported_packages
from cnnlab.checking.numpy_only import FORBIDDEN
from cnnlab.signatures import graded_names

NAME = "a2_fast_layers"
GRADED = graded_names(NAME)
BORROWED = "global name, done, wheel\nname = done = wheel = sys.maxsize"  # all of them are in the set-up cell, too


def answer(source: str) -> dict[str, str]:
    """One text as the answer to all questions; each of its functions uses names of the set-up cell."""
    tree = ast.parse(source)
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        function.body[1 if ast.get_docstring(function) else 0 : 0] = ast.parse(BORROWED).body
    cells = [cell for cell in solutions(NAME) if cell.removesuffix("_code") in GRADED]
    return dict.fromkeys(cells, "") | {cells[-1]: ast.unparse(tree)}


def save(folder: Path, answers: dict[str, str]) -> Path:
    path = folder / f"{NAME}.ipynb"
    path.write_text(json.dumps(notebook(answers, NAME)), encoding="utf-8")
    return path


@pytest.mark.parametrize("honest", sorted((HONEST / NAME).glob("*.py")), ids=lambda path: path.stem)
def test_no_answer_is_charged_with_what_the_set_up_cell_imports(tmp_path, honest):
    path = save(tmp_path, answer(honest.read_text(encoding="utf-8")))
    program = slice_program(read_notebook(path).cells, GRADED)
    assert program.missing == () and program.problems == ()
    for name in GRADED:
        packages = imported_packages(ast.parse(statement.source) for statement in uses(program, name))
        assert "sys" in packages and not packages & FORBIDDEN


def test_an_honest_answer_in_the_released_notebook_gets_all_points(tmp_path):
    save(tmp_path, answer("\n\n".join(text for text in solutions(NAME).values())))
    with Grader(COURSE, COURSE.assignment(NAME)) as grader:
        result = grader.grade("ada", tmp_path)
    assert (result.status, result.points, result.notes) == ("graded", result.max_points, [])
