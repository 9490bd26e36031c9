"""The visible checks of a notebook's file: `python -m cnnlab a1_convolution.ipynb`, and the same table in Markdown."""

from __future__ import annotations

import html
import os
import sys
from pathlib import Path

from cnnlab.checking.check_result import SIGNS
from cnnlab.checking.outcomes import FAILED
from cnnlab.checking.overview import MORE, Progress
from cnnlab.checking.visible import check_all
from cnnlab.notebooks.definitions import run_definitions
from cnnlab.notebooks.document import Document, DocumentError
from cnnlab.notebooks.session import assignment_in
from cnnlab.signatures import COURSE, graded_names


def check_file(path: Path) -> tuple[Progress, list[str]]:
    """Run the visible checks on what a notebook's file defines, in the notebook's folder.

    Returns:
        How its questions stand, and a sentence for each piece of it that could not be run.

    Raises:
        DocumentError: there is no such file, it is no notebook, or one of another course.
    """
    try:
        document = Document(path.read_bytes(), path.name)
    except OSError as error:
        raise DocumentError(f"{path} can't be opened: {error.strerror}.") from None
    assignment = assignment_of(document)
    os.environ.setdefault("MPLBACKEND", "Agg")  # no window for a picture
    before, folder = Path.cwd(), str(path.resolve().parent)
    os.chdir(folder)  # where trained weights and modules of the student's own lie
    sys.path.insert(0, folder)
    try:
        namespace, notes = run_definitions(document, graded_names(assignment))
        return Progress(assignment, check_all(assignment, namespace)), notes
    finally:
        sys.path.remove(folder)
        os.chdir(before)


def assignment_of(document: Document) -> str:
    if document.assignment in COURSE:
        return document.assignment
    if assignment := assignment_in(document.definitions):
        return assignment
    raise DocumentError(f"{document.name} answers no question of this course. There are: {', '.join(COURSE)}.")


def as_text(progress: Progress, notes: list[str]) -> str:
    """The table that `cnnlab.progress()` shows, and what the checks say of each question that is not right yet."""
    failed = [repr(result) for result in progress.results if result.outcome == FAILED]
    return "\n\n".join([repr(progress), *failed, *(f"! {note}" for note in notes)])


def as_markdown(progress: Progress, notes: list[str]) -> str:
    """The same for GitHub, which renders Markdown."""
    rows = [
        f"| {SIGNS[outcome]} | `{name}` | {html.escape(short)} | {worth} |"
        for outcome, name, short, worth in progress.rows()
    ]
    head = f"### {progress.assignment}\n\n{progress.summary}.\n"
    table = ["|  | question | checks | worth |", "|---|---|---|---|", *rows]
    said = [folded(result.question, repr(result)) for result in progress.results if result.outcome == FAILED]
    said += [folded("What could not be run", "\n".join(notes))] if notes else []
    return "\n".join([head, *table, "", MORE, "", *said]) + "\n"


def folded(title: str, text: str) -> str:
    """Text of the student's code may be anything: in <pre> it is only text, and no empty line ends the HTML."""
    lines = "\n".join(line or "&nbsp;" for line in html.escape(text).splitlines())
    return f"<details><summary>{html.escape(title)}</summary>\n<pre>{lines}</pre>\n</details>\n"
