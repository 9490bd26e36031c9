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

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from autograder import AutograderError
from autograder.authoring.build import source_notebook
from autograder.course.course import REPOSITORY, Assignment, load_course
from autograder.course.reference import Reference, load_functions, solution_source
from autograder.grading.plugin import HiddenTests
from autograder.proving.sample_class import Pupil, Writer
from cnnlab.checking.student import LocalStudent
from cnnlab.checking.testing import run_tests

GRADE_CELL = """from autograder.benchmarks.nbgrader_autograde import points_of

points_of({assignment!r}, {question!r}, globals())"""


class NbgraderFailed(AutograderError):
    """nbgrader ended with an error; the text is the end of what it said."""


def points_of(assignment_name: str, question: str, namespace: dict[str, Any]) -> float:
    """Points of one question by the hidden tests, run in this process on the functions of a namespace."""
    course = load_course()
    assignment = course.assignment(assignment_name)
    tests = HiddenTests(LocalStudent(namespace), course.seed, reference_of(assignment), None, [question])
    return sum(report.points for report in run_tests(assignment.hidden_tests, tests))


@cache
def reference_of(assignment: Assignment) -> Reference:
    return Reference(load_functions(solution_source(assignment.source), str(assignment.source)))


def measure(
    folder: Path, assignment: Assignment, pupils: dict[str, Pupil], console: Console
) -> tuple[list[float], dict[str, float]]:
    """Seconds for all pupils by one `nbgrader autograde` and by two at once, and the scores that it gave."""
    whole, halves = folder / "nbgrader", [folder / "nbgrader-first", folder / "nbgrader-second"]
    make_course(whole, assignment, pupils)
    for i, half in enumerate(halves):
        make_course(half, assignment, dict(list(pupils.items())[i::2]))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    seconds = []
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        for name, roots in (("nbgrader autograde", [whole]), ("two of them at once", halves)):
            task = progress.add_task(name, total=len(pupils))

            def show(done: int, task: TaskID = task) -> None:
                progress.update(task, completed=done)

            seconds.append(autograde(roots, assignment, show))
    return seconds, scores(whole, assignment)


def make_course(root: Path, assignment: Assignment, pupils: dict[str, Pupil]) -> None:
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
    wait_for([start(root, "generate_assignment", assignment)], [root])
    writer = Writer(assignment)
    for student, pupil in pupils.items():
        path = root / "submitted" / student / assignment.name / f"{assignment.name}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(nbformat.from_dict(writer.notebook(pupil, student)), path)


def autograde(roots: list[Path], assignment: Assignment, done: Callable[[int], None]) -> float:
    """Seconds that `nbgrader autograde` takes in some course folders at once; `done(count)` tells how far it is.

    Raises:
        NbgraderFailed: it ended with an error in one of them.
    """
    started = time.monotonic()
    running = [start(root, "autograde", assignment) for root in roots]
    while any(process.poll() is None for process in running):
        time.sleep(0.1)
        done(sum(1 for root in roots for _ in root.glob(f"autograded/*/{assignment.name}/*.ipynb")))
    seconds = round(time.monotonic() - started, 3)
    wait_for(running, roots)
    return seconds


def start(root: Path, verb: str, assignment: Assignment) -> subprocess.Popen:
    """nbgrader's command line in a course folder of its own; what it says goes to nbgrader.log there."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))  # it calls `alembic`
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PATH": path}
    command = [sys.executable, "-m", "nbgrader", verb, assignment.name]
    with open(root / "nbgrader.log", "a") as log:
        return subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log)


def wait_for(running: list[subprocess.Popen], roots: list[Path]) -> None:
    for process, root in zip(running, roots):
        if process.wait():
            raise NbgraderFailed(f"nbgrader failed in {root}:\n{(root / 'nbgrader.log').read_text()[-2000:]}")


def scores(root: Path, assignment: Assignment) -> dict[str, float]:
    """Student -> score, as nbgrader's gradebook has it."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        return {entry.student.id: round(entry.score, 4) for entry in gradebook.assignment_submissions(assignment.name)}
