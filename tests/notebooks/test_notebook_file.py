"""`python -m cnnlab a1_convolution.ipynb`: the visible checks of a file, without a kernel and without the grader."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from student_notebooks import NAME, notebook, solutions

from autograder.course.course import REPOSITORY
from cnnlab.__main__ import main
from cnnlab.checking.notebook_file import as_markdown, check_file
from cnnlab.notebooks.definitions import run_definitions
from cnnlab.notebooks.document import Document
from cnnlab.signatures import COURSE, graded_names


@pytest.fixture
def save(tmp_path):
    def save(filled: dict, name: str = f"{NAME}.ipynb") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(filled))
        return path

    return save


def document(*cells: str, **metadata) -> dict:
    cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in cells]
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def defined(*cells: str, names: tuple[str, ...] = ("f",)) -> tuple[dict, list[str]]:
    return run_definitions(Document(json.dumps(document(*cells)).encode(), "x.ipynb"), names)


def test_a_solved_notebook_passes_and_an_untouched_one_does_not(save, capsys):
    assert main([str(save(notebook(solutions())))]) == 0
    assert f"{NAME} · 11 of 11 questions pass all their checks" in capsys.readouterr().out
    assert main([str(save(notebook()))]) == 1
    assert "0 of 11 questions pass" in capsys.readouterr().out


def test_it_needs_nothing_of_the_grader(save, tmp_path):
    path = save(notebook(solutions()))
    program = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); sys.modules['autograder'] = None\n"
    program += f"from cnnlab.__main__ import main; sys.exit(main([{str(path)!r}]))"
    assert subprocess.run([sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True).returncode == 0


@pytest.mark.parametrize("name", COURSE)
def test_no_training_no_picture_and_no_check_runs(name):
    shown = notebook(solutions(name), name)
    for cell in shown["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "code" and text.startswith(("with ", "cnnlab.", "# Set-up", "show_", "EPOCHS")):
            cell["source"] = "raise SystemExit('this cell must not run')\n" + text
    names, notes = run_definitions(Document(json.dumps(shown).encode(), "x.ipynb"), graded_names(name))
    assert notes == [] and set(graded_names(name)) <= set(names)
    assert not {"lenet", "convnet", "train_x"} & set(names)


def test_what_functions_need_is_there():
    cells = (
        "import math as m\nimport json",
        "TABLE = {}\nfor i in range(3):\n    TABLE[i] = m.sqrt(i)\nROWS = []",
        "ROWS.append(4)\nm.unused = 1\nunrelated = print('never')",
        "def helper():\n    return len(TABLE) + ROWS[0] + LATER",
        "def f():\n    local = 1\n    return helper() + local",
        "LATER = 10",
        "local = open('/not/there')",
    )
    names, notes = defined(*cells)
    assert names["f"]() == 3 + 4 + 10 + 1 and notes == []
    assert not {"json", "unrelated", "local"} & set(names)


def test_the_last_definition_counts_and_a_broken_cell_is_told():
    names, notes = defined("def f():\n    return 1", "def f(:", "def f():\n    return 2", "f = undefined(f)")
    assert names["f"]() == 2
    assert notes == [
        "cell 2 is not valid Python (line 1: invalid syntax)",
        "cell 4, line 1 raised NameError: name 'undefined' is not defined",
    ]


def test_errors_name_the_cell_of_the_file(save, capsys):
    answers = solutions() | {"convolve2d_code": "def convolve2d(x, k):\n    return x @ undefined"}
    assert main([str(save(notebook(answers)))]) == 1
    said = capsys.readouterr().out
    assert "raised NameError: name 'undefined' is not defined" in said
    assert "cell 23, line 2 in convolve2d: return x @ undefined" in said


def test_modules_and_weights_lie_beside_the_notebook(save, tmp_path):
    (tmp_path / "my_layers.py").write_text("def convolve2d(x, k):\n    return x\n")
    path = save(document("from my_layers import convolve2d", cnnlab={"assignment": NAME}))
    before, paths = Path.cwd(), list(sys.path)
    progress, notes = check_file(path)
    sys.modules.pop("my_layers", None)
    (result,) = [result for result in progress.results if result.question == "convolve2d"]
    assert result.outcome == "failed" and notes == [] and Path.cwd() == before and sys.path == paths


def test_the_assignment_is_known_by_its_answers_where_metadata_is_lost(save):
    progress, _ = check_file(save(document("def relu_forward(x):\n    return x, x"), "renamed (1).ipynb"))
    assert progress.assignment == "a3_normalization"


@pytest.mark.parametrize(
    "text, said",
    [
        (None, "can't be opened: No such file or directory."),
        ("half a noteb", "x.ipynb is not a whole notebook"),
        (json.dumps(document("print(1)")), "x.ipynb answers no question of this course. There are: a1_convolution,"),
    ],
)
def test_what_is_no_notebook_of_ours_is_a_sentence(tmp_path, capsys, text, said):
    path = tmp_path / "x.ipynb"
    if text is not None:
        path.write_text(text)
    assert main([str(path)]) == 2
    assert said in capsys.readouterr().err


def test_the_same_table_in_markdown(save, tmp_path):
    answers = solutions() | {"convolve2d_code": "def convolve2d(x, k):\n    return '</pre><script>\\n\\n# x'"}
    summary = tmp_path / "summary.md"
    wrong, right = save(notebook(answers), "wrong.ipynb"), save(notebook(solutions()), "right.ipynb")
    assert main([str(wrong), str(right), "--markdown", str(summary)]) == 1
    text = summary.read_text()
    assert text.count(f"### {NAME}") == 2 and "10 of 11 questions pass all their checks" in text
    assert "| ✓ | `conv_cost` | all 2 checks | 5 points |" in text
    assert "| ✗ | `convolve2d` | 0 of 2 checks | 4 points |" in text
    assert "<details><summary>convolve2d</summary>" in text and "<script>" not in text


def test_a_terminal_without_our_signs_gets_the_table_all_the_same(save):
    odd = "def convolve2d(x, k):\n    raise ValueError('\\ud800')"
    path = save(notebook(solutions() | {"convolve2d_code": odd}))
    command = [sys.executable, "-m", "cnnlab", str(path), "--markdown", str(path.with_suffix(".md"))]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, env=environment)
    assert done.returncode == 1 and "10 of 11 questions pass" in done.stdout and "Traceback" not in done.stderr
    assert "raised ValueError: ?" in path.with_suffix(".md").read_text()


def test_what_could_not_be_run_is_told_in_markdown(save):
    progress, notes = check_file(save(document("def conv_cost(:", cnnlab={"assignment": NAME})))
    assert "cell 1 is not valid Python" in as_markdown(progress, notes)


@pytest.mark.skipif(os.name == "nt", reason="the workflow runs in a shell of Linux")
def test_the_workflow_for_github_writes_the_table(save, tmp_path):
    """Its last step as GitHub's shell runs it, in a repository of a student, on a file whose name has a blank."""
    save(notebook(solutions()), f"{NAME} (1).ipynb")
    workflow = (REPOSITORY / "solutions" / "github_classroom.yml").read_text()
    command = workflow.splitlines()[-1].partition("run: ")[2]
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{REPOSITORY}" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    environment = {**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}", "GITHUB_STEP_SUMMARY": "summary.md"}
    for line in ("git init --quiet", "git add --all", command):
        assert subprocess.run(["bash", "-e", "-c", line], cwd=tmp_path, env=environment).returncode == 0
    assert "11 of 11 questions pass all their checks" in (tmp_path / "summary.md").read_text()
