"""The released notebooks, filled in as students do, and stand-ins for the programs that show notebooks."""

from __future__ import annotations

import copy
import json
import sys
import types
from functools import cache
from types import SimpleNamespace
from typing import Any

import IPython
import pytest

from autograder.course.course import load_course
from autograder.course.questions import points_of_questions
from autograder.course.stubs import BEGIN, END
from autograder.course.variation import fill_code
from autograder.reading.notebook import read_notebook

NAME = "a1_convolution"
COURSE = load_course()
ASSIGNMENT = COURSE.assignment(NAME)


@cache
def solutions(name: str = NAME) -> dict[str, str]:
    """The reference solution's code, by grade_id."""
    cells = read_notebook(COURSE.assignment(name).source).cells
    cells = [cell for cell in cells if cell.kind == "code" and cell.grade_id]
    return {
        cell.grade_id: "\n".join(
            line for line in fill_code(cell.source, name).splitlines() if line.strip() not in (BEGIN, END)
        )
        for cell in cells
        if BEGIN in cell.source
    }


@cache
def released(name: str) -> str:
    return COURSE.assignment(name).notebook.read_text(encoding="utf-8")


def notebook(answers: dict[str, str] | None = None, name: str = NAME) -> dict[str, Any]:
    """The released notebook with these texts in the cells of these grade_ids."""
    filled = json.loads(released(name))
    for cell in filled["cells"]:
        text = (answers or {}).get(cell["metadata"].get("nbgrader", {}).get("grade_id"))
        if text is not None:
            cell["source"] = text.splitlines(keepends=True)
    return filled


def written(name: str = NAME) -> dict[str, str]:
    """An answer to each written question."""
    return {question: "Because." for question in points_of_questions(COURSE.assignment(name), by_hand=True)}


def codes(filled: dict[str, Any]) -> list[str]:
    """The cells of a notebook with functions in them, as they are typed."""
    sources = ["".join(cell["source"]) for cell in filled["cells"] if cell["cell_type"] == "code"]
    return [source for source in sources if source.startswith("def ")]


def run(filled: dict[str, Any]) -> dict[str, Any]:
    """What a kernel holds after running its functions."""
    names: dict[str, Any] = {}
    exec("import numpy as np\n\n" + "\n\n".join(codes(filled)), names)
    return names


def put_history(monkeypatch: pytest.MonkeyPatch, cells: list[str]) -> None:
    """An IPython shell in which these cells have been run."""
    history = SimpleNamespace(input_hist_raw=["", *cells])
    shell = SimpleNamespace(history_manager=history, compile=SimpleNamespace(_filename_map={}))
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)


def put_colab(monkeypatch: pytest.MonkeyPatch, document: dict[str, Any] | None) -> list[str]:
    """A stand-in for google.colab whose window shows a notebook (none: no answer); the paths that are downloaded."""
    downloads: list[str] = []
    colab = types.ModuleType("google.colab")
    colab._message = types.ModuleType("google.colab._message")
    colab.files = types.ModuleType("google.colab.files")

    def blocking_request(request_type: str, request: str = "", timeout_sec: int = 5, parent: Any = None) -> Any:
        return {"ipynb": copy.deepcopy(document)} if request_type == "get_ipynb" and document else None

    colab._message.blocking_request = blocking_request
    colab.files.download = downloads.append
    google = types.ModuleType("google")
    google.colab = colab
    for name, module in (("", google), (".colab", colab), (".colab._message", colab._message)):
        monkeypatch.setitem(sys.modules, f"google{name}", module)
    monkeypatch.setitem(sys.modules, "google.colab.files", colab.files)
    return downloads
