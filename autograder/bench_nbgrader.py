"""The other side of `make bench`: nbgrader's own autograder, with the same hidden tests inside the notebook.

A grade cell of that course runs the tests of its question in the student's kernel and ends with the points, which
nbgrader takes as partial credit: so both give the same scores, and only the way there differs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from autograder.build import generate, source_notebook
from autograder.course import REPOSITORY, Assignment, load_course
from autograder.plugin import HiddenTests
from autograder.reference import Reference, load_functions, solution_source
from autograder.sample_class import Pupil, Writer
from cnnlab.student import LocalStudent
from cnnlab.testing import run_tests

GRADE_CELL = "from autograder.bench_nbgrader import points_of\n\npoints_of({assignment!r}, {question!r}, globals())"


class NbgraderFailed(Exception):
    """nbgrader ended with an error; the text is the end of what it said."""


def points_of(assignment_name: str, question: str, namespace: dict[str, Any]) -> float:
    """Points of one question by the hidden tests, run in this process on the functions of a namespace."""
    course = load_course()
    assignment = course.assignment(assignment_name)
    tests = HiddenTests(LocalStudent(namespace), course.seed, reference_of(assignment), None, [question])
    return sum(report.earned for report in run_tests(assignment.hidden_tests, tests))


@cache
def reference_of(assignment: Assignment) -> Reference:
    return Reference(load_functions(solution_source(assignment.source), str(assignment.source)))


def make_course(root: Path, assignment: Assignment, pupils: list[tuple[Pupil, str]]) -> None:
    """A course folder for nbgrader alone: source, release, gradebook, and the notebooks of some pupils."""
    import nbformat

    shutil.rmtree(root, ignore_errors=True)
    notebook = source_notebook(assignment)
    for cell in notebook.cells:
        metadata = cell.metadata.get("nbgrader", {})
        if metadata.get("grade") and not metadata.get("solution"):
            cell.source = GRADE_CELL.format(assignment=assignment.name, question=metadata["grade_id"])
    source = root / "source" / assignment.name / f"{assignment.name}.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(notebook, source)
    generate(assignment.name, root)
    writer = Writer(assignment)
    for pupil, student in pupils:
        path = root / "submitted" / student / assignment.name / f"{assignment.name}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(nbformat.from_dict(writer.notebook(pupil, student)), path)


def autograde(roots: list[Path], assignment: Assignment, done: Callable[[int], None]) -> float:
    """Seconds that `nbgrader autograde` takes in some course folders at once; `done(count)` tells how far it is.

    Raises:
        NbgraderFailed: it ended with an error in one of them.
    """
    command = [sys.executable, "-m", "nbgrader", "autograde", assignment.name]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    started = time.monotonic()
    running = []
    for root in roots:
        log = open(root / "autograde.log", "w")
        running.append(subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log))
        log.close()
    while any(process.poll() is None for process in running):
        time.sleep(0.1)
        done(sum(1 for root in roots for _ in root.glob(f"autograded/*/{assignment.name}/*.ipynb")))
    seconds = time.monotonic() - started
    for root, process in zip(roots, running):
        if process.returncode:
            raise NbgraderFailed(f"nbgrader autograde failed:\n{(root / 'autograde.log').read_text()[-2000:]}")
    return seconds


def scores(root: Path, assignment: Assignment) -> dict[str, float]:
    """Student -> score, as nbgrader's gradebook has it."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        return {entry.student.id: round(entry.score, 4) for entry in gradebook.assignment_submissions(assignment.name)}
