"""solutions/ -> assignments/: the student notebooks, made from the only source through nbgrader's generate_assignment.

A cell tagged "setup" becomes the set-up cell, the same in all notebooks but for four names.

jupytext, nbformat and nbgrader take seconds to import: only what builds imports them.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course.course import Assignment, Course, CourseError
from autograder.course.edition import DEVELOPMENT, SETUP_TAG, Edition, setup_cell
from autograder.course.questions import read_source
from autograder.course.stubs import BEGIN, CODE_STUB, END, TEXT_STUB
from autograder.course.variation import fill, fill_code
from autograder.files import write_atomically

if TYPE_CHECKING:
    from nbformat import NotebookNode

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def source_notebook(assignment: Assignment, edition: Edition = DEVELOPMENT) -> NotebookNode:
    """The instructor's version: solutions in it, nbgrader's metadata on its cells, no outputs."""
    import jupytext

    notebook = jupytext.reads(read_source(assignment), fmt="py:percent")
    made_from = f"solutions/{assignment.name}/{assignment.source.name}"
    notebook.metadata = {
        "cnnlab": {
            "assignment": assignment.name,
            "made_from": made_from,
            "term": edition.term,
            "version": edition.version,
        },
        "kernelspec": dict(KERNEL),
        "language_info": {"name": "python"},
    }
    set_cell_ids(notebook)
    for cell in notebook.cells:
        cell.source = (fill_code if cell.cell_type == "code" else fill)(cell.source, made_from)
        if SETUP_TAG in cell.metadata.get("tags", ()):
            cell.source = setup_cell(assignment, edition)
    first = notebook.cells[0]
    first.source = f"<!-- Made by `make build` from {made_from}: change that file, not this one. -->\n\n{first.source}"
    return notebook


def set_cell_ids(notebook: NotebookNode) -> None:
    """The grade_id, or the place after the last cell that has one: an edit changes few ids, and never at random."""
    last, place = "start", 0
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id:
            last, place = grade_id, 0
        else:
            place += 1
        cell.id = grade_id or f"{last}-{place}"


def student_notebook(assignment: Assignment, edition: Edition = DEVELOPMENT) -> NotebookNode:
    """What students get: the source through nbgrader's own generate_assignment, in a scratch course folder.

    Raises:
        CourseError: nbgrader refused; with what it logged.
    """
    import nbformat

    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch, "source", assignment.name, f"{assignment.name}.ipynb")
        source.parent.mkdir(parents=True)
        nbformat.write(source_notebook(assignment, edition), source)
        generate(assignment.name, Path(scratch))
        return nbformat.read(Path(scratch, "release", assignment.name, source.name), as_version=4)


def generate(name: str, root: Path) -> None:
    """Run nbgrader's GenerateAssignment on the course folder `root`."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.assignment_id = name
    config.GenerateAssignment.no_database = True  # what `--no-db` sets: a build leaves no gradebook behind
    config.SaveCells.enabled = False
    config.ClearSolutions.code_stub = {"python": CODE_STUB}
    config.ClearSolutions.text_stub = TEXT_STUB
    log = ErrorLog()
    converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config, log=log.logger)
    try:
        converter.start()
    except (Exception, SystemExit) as error:  # nbgrader ends with either
        raise CourseError(f"nbgrader could not generate {name}: {log.text() or error}") from None


class ErrorLog(logging.Handler):
    """Keeps what nbgrader logs as errors, instead of printing it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []
        self.logger = logging.Logger("nbgrader of this build")
        self.logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record.getMessage())

    def text(self) -> str:
        """The reasons: last lines of the tracebacks in the log."""
        lines = [text.strip().splitlines()[-1] for text in self.records if text.strip()]
        return " ".join(dict.fromkeys(lines))


def solution_notebook(assignment: Assignment, edition: Edition = DEVELOPMENT) -> NotebookNode:
    """The solved notebook, as a student with full marks would hand it in: no markers, released metadata."""
    notebook = student_notebook(assignment, edition)
    for cell, source in zip(notebook.cells, source_notebook(assignment).cells):
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = "\n".join(line for line in source.source.splitlines() if line.strip() not in (BEGIN, END))
    return notebook


def notebook_text(notebook: NotebookNode) -> str:
    """The bytes of a notebook's file, the same for the same notebook: sorted keys, one newline at the end."""
    import nbformat

    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def build(assignment: Assignment, folder: Path, edition: Edition = DEVELOPMENT) -> Path:
    """Write the student notebook of an assignment to `folder`; whole or not at all, and only if it changed."""
    path = Path(folder) / assignment.notebook.name
    text = notebook_text(student_notebook(assignment, edition))
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_atomically(path, text)
    return path


def build_all(course: Course) -> list[Path]:
    """Build every assignment into `assignments/`, `cnnlab/points.json` and `hints.json`; the files that changed."""
    from autograder.authoring.hints import write_hints
    from autograder.authoring.points import write_points

    changed = []
    for assignment in course.assignments:
        before = committed(assignment)
        path = build(assignment, assignment.notebook.parent)
        if path.read_text(encoding="utf-8") != before:
            changed.append(path)
    return changed + write_points(course) + write_hints(course)


def committed(assignment: Assignment) -> str | None:
    path = assignment.notebook
    return path.read_text(encoding="utf-8") if path.exists() else None


def check_built(assignment: Assignment) -> list[str]:
    """What is wrong with a source and its built notebook; empty if nothing is. One sentence a problem."""
    from autograder.authoring.build_check import leaks, metadata_problems

    try:
        source = source_notebook(assignment)
    except CourseError as error:
        return [str(error)]
    actual = committed(assignment)
    problems = metadata_problems(assignment, source) or difference(assignment, actual)
    return problems + (leaks(assignment, source, actual) if actual is not None else [])


def difference(assignment: Assignment, actual: str | None) -> list[str]:
    """A sentence if the committed notebook (its file's text) is not what the source gives."""
    where = f"assignments/{assignment.name}/{assignment.notebook.name}"
    try:
        desired = notebook_text(student_notebook(assignment))
    except CourseError as error:
        return [str(error)]
    if actual == desired:
        return []
    problem = "missing" if actual is None else "not what its source gives"
    return [f"{where} is {problem}: run `make build` and commit the result."]
