"""Handing in: `cnnlab.submit()` packs the notebook and the trained weights into one zip, and says what is missing."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import cnnlab
from cnnlab.checking.check_result import Notice
from cnnlab.checking.overview import Progress
from cnnlab.checking.visible import check_all
from cnnlab.notebooks import session
from cnnlab.notebooks.document import Document, DocumentError
from cnnlab.notebooks.frontend import live_notebook, saved_notebook, start_download
from cnnlab.notebooks.places import in_colab, weights_path
from cnnlab.signatures import COURSE, graded_names, names_of
from cnnlab.submitting.inspection import inspect_code, inspect_weights, stale_names
from cnnlab.submitting.receipt import Receipt

WEIGHTS = {"a4_lenet": ("lenet", "convnet")}  # handed in beside the notebook
DATE = (1980, 1, 1, 0, 0, 0)  # of every file, the oldest that a zip can name: the same answers give the same bytes
SAVE = "save the notebook (Ctrl+S, or ⌘S on a Mac)"


class NotPacked(Exception):
    """There is nothing that could be handed in; the text says why, and what to do."""


def submit(notebook: str | Path | None = None, namespace: dict[str, Any] | None = None) -> Receipt | Notice:
    """Pack this notebook, and the trained weights where the assignment has any, into `<assignment>.zip`.

    Args:
        notebook: its file; only where it can't be found without.
        namespace: where the functions are; the calling notebook's own names if not given.

    Returns:
        What was packed, what is missing and how to hand it in; or a sentence why nothing was packed.
    """
    if namespace is None:
        namespace = sys._getframe(1).f_globals
    try:
        return _submit(Path(notebook) if notebook else None, namespace)
    except (NotPacked, DocumentError) as error:
        return Notice(f"Nothing was packed. {error}")


def _submit(notebook: Path | None, namespace: dict[str, Any]) -> Receipt:
    assignment = session.assignment_in(namespace)
    if not assignment:
        raise NotPacked(
            "Which assignment is this? Run the set-up cell at the top of the notebook, then this one again."
        )
    document, path = open_notebook(notebook, namespace, assignment)
    refuse_nothing(document, assignment)
    stale = stale_names(document, graded_names(assignment))
    if stale and path is not None:
        raise NotPacked(
            f"{path.name} does not hold what you ran last of {', '.join(stale)}: {SAVE}, run the cells that you "
            "changed, then this one again."
        )
    progress = Progress(assignment, check_all(assignment, namespace))
    notes = inspect_code(document, assignment, namespace, path.parent if path else Path.cwd())
    if stale:
        notes.append(f"Changed since it was last run: {', '.join(stale)}. These checks are of the older version.")
    weights = {name: weights_path(name, assignment) for name in WEIGHTS.get(assignment, ())}
    notes += [note for name, found in weights.items() for note in inspect_weights(name, found, namespace)]
    files = {f"{assignment}.ipynb": document.data}
    files |= {found.name: found.read_bytes() for found in weights.values() if found.is_file()}
    target = (path.parent if path else Path.cwd()) / f"{assignment}.zip"
    write_zip(target, files, manifest(assignment, files))
    stubs = [question for question, lines in COURSE[assignment].items() if document.stubs(names_of(lines))]
    answers = document.unanswered()
    return Receipt(target, files, origin(path), progress, stubs, answers, notes, start_download(target))


def open_notebook(notebook: Path | None, namespace: dict[str, Any], assignment: str) -> tuple[Document, Path | None]:
    """The notebook that is handed in, and its file; in Colab it comes from the window, not from a file."""
    live = None if notebook else live_notebook()
    if live is not None:
        return Document(live, f"{assignment}.ipynb"), None
    if notebook is None and in_colab():
        raise NotPacked(
            "Colab did not give the notebook out. Run this cell again; if that does not help, choose File → Download → "
            "Download .ipynb and hand that file in, with your files of weights if there are any."
        )
    path = notebook or saved_notebook(namespace, assignment)
    if path is None:
        raise NotPacked(f'This notebook\'s file was not found in {Path.cwd()}: call cnnlab.submit("its name.ipynb").')
    try:
        document = Document(path.read_bytes(), path.name)
    except OSError as error:
        raise NotPacked(f"{path} could not be read: {error.strerror}.") from None
    if document.assignment not in (assignment, ""):
        raise NotPacked(f"{path.name} is {document.assignment}, but this notebook was set up as {assignment}.")
    return document, path


def refuse_nothing(document: Document, assignment: str) -> None:
    """Raises `NotPacked` if no question is answered."""
    names = graded_names(assignment)
    answered = [name for name in names if name in document.definitions and name not in document.stubs(names)]
    written = [cell for cell in document.cells if cell.answer]
    if not answered and not document.broken and len(document.unanswered()) == len(written):
        raise NotPacked(f"No question of {document.name} is answered yet; if you did answer some: {SAVE}.")


def manifest(assignment: str, files: dict[str, bytes]) -> bytes:
    """What is in the zip, and which version of the assignment it answers, as JSON."""
    listed = {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()}
    table = {
        "format_version": 1,
        "assignment": assignment,
        "term": session.current.term,
        "cnnlab": cnnlab.__version__,
        "files": listed,
    }
    return (json.dumps(table, indent=1, sort_keys=True) + "\n").encode()


def write_zip(target: Path, files: dict[str, bytes], listing: bytes) -> None:
    """Write the zip, read it again, and only then put it in its place: there is never half a file."""
    part = target.with_name(f".{target.name}.part")
    contents = {**files, "manifest.json": listing}
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in contents.items():
                entry = zipfile.ZipInfo(name, DATE)
                entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
                archive.writestr(entry, data)
        with zipfile.ZipFile(part) as archive:
            if any(archive.read(name) != data for name, data in contents.items()):
                raise OSError(0, "what was written is not what can be read")
        os.replace(part, target)
    except OSError as error:
        raise NotPacked(f"{target} could not be written: {error.strerror or error}. Is the disk full?") from None
    finally:
        part.unlink(missing_ok=True)


def origin(path: Path | None) -> str:
    """Where the notebook was taken from, and how old that is."""
    if path is None:
        return "as it stands in this window"
    seconds = time.time() - path.stat().st_mtime
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            count = int(seconds / size)
            return f"{path.name}, saved {count} {unit}{'s' if count > 1 else ''} ago"
    return f"{path.name}, saved less than a minute ago"
