"""A submission's file → its cells, whatever state the file is in; and which file of a folder that is.

`find_notebook` picks the file and reads it, `read_notebook` reads a given one, files.py opens it safely, formats.py and
scripts.py know what the bytes mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from autograder.reading.files import is_zipped, list_zip, read_bytes
from autograder.reading.folders import explain_stand_in, is_stand_in, list_files
from autograder.reading.formats import (
    DAMAGED,
    HAND_IN,
    KERNEL,
    Cell,
    MissingSubmission,
    UnreadableSubmission,
    read_json,
)
from autograder.reading.markdown import read_markdown
from autograder.reading.ranking import count_answers, rank_name
from autograder.reading.scripts import read_script

__all__ = ["Cell", "MissingSubmission", "Notebook", "UnreadableSubmission", "find_notebook", "list_files"]
__all__ += ["read_notebook"]

MAX_CANDIDATES = 20  # read, where several files could be the notebook
MAX_CHOICE = 20_000_000  # bytes of them
NOTEBOOK, ZIP, TEXT, SCRIPT, MARKDOWN = KINDS = (
    r"ipynb",
    r"\.zip$",
    r"(?:\.json|\.txt|^[^.]+)$",
    r"\.py$",
    r"^(?!readme).*\.(?:q?md|rmd)$",
)  # the likeliest first
READERS = {".py": read_script, ".md": read_markdown, ".qmd": read_markdown, ".rmd": read_markdown}


@dataclass(frozen=True)
class Notebook:
    """The cells of a submission's file, and what the TA should know about how it was read."""

    path: Path
    cells: tuple[Cell, ...]
    notes: tuple[str, ...]
    size: int = 0  # bytes

    @property
    def damage(self) -> str:
        """What was lost of the file, as a sentence; empty if nothing was."""
        return next((note for note in self.notes if note.startswith(DAMAGED)), "")

    @property
    def other_language(self) -> str:
        """A sentence where the notebook says that it is not written in Python."""
        return next((note for note in self.notes if note.startswith(KERNEL)), "")


def read_notebook(path: Path | str) -> Notebook:
    """Read a notebook (`.ipynb` of any version, a `.py` or Markdown export, or one in a zip) without running any of it.

    Raises:
        UnreadableSubmission: no code can be read from it; the sentence says why and what to hand in.
        MissingSubmission: there is no such file.
    """
    path = Path(path)
    data = read_bytes(path)
    if data.startswith(b"PK\x03\x04"):
        return _read_zipped(path)
    cells, notes = READERS.get(path.suffix.lower(), read_json)(data, path.name)
    return Notebook(path, cells, tuple(notes), len(data))


def _read_zipped(path: Path) -> Notebook:
    """The notebook of a zip that was handed in under any name."""
    names = [] if is_zipped(path) else list_zip(path)  # a zip within a zip is not looked into
    inside = [path / name for name in names if re.search(f"{NOTEBOOK}|{SCRIPT}", name, re.IGNORECASE)]
    if not inside:
        raise UnreadableSubmission(f"{path.name} is a zip archive or an Office document without a notebook; {HAND_IN}.")
    return read_notebook(min(inside, key=lambda inner: rank_name(inner, "")))


# --- which file -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """The file that counts, its notebook, notes for the TA on the others; how many of the graded names it answers.

    `path` is the file as it was handed in, a zip for example; the notebook knows its own place in it.
    """

    path: Path
    notebook: Notebook
    notes: list[str] = field(default_factory=list)
    answered: int = 0

    @property
    def text(self) -> str:
        return "\n\n".join(cell.source for cell in self.notebook.cells)


def find_notebook(folder: Path | str, assignment: str, required_names: Iterable[str] = ()) -> Choice:
    """Which file of a submission's folder counts, read, with notes for the TA on what was left.

    The exact name wins if it can be read and answers anything; then the file that answers most of `required_names`;
    then one named like a download of the assignment ("Copy of a1 (2).ipynb"), the highest number first; then the first
    in the alphabet. Folders and zips are looked into.

    Raises:
        MissingSubmission: the folder is not there or holds no file.
        UnreadableSubmission: no file of it can be read, or it is a link.
    """
    folder, names = Path(folder), tuple(required_names)
    if folder.is_symlink():
        raise UnreadableSubmission(f"{folder.name} is a link, not a folder, and links are not followed; {HAND_IN}.")
    everything = list_files(folder)
    if not everything:
        raise MissingSubmission(f"Nothing was handed in for {assignment}: {folder.name} holds no file to grade.")
    files = [path for path in everything if not is_stand_in(path)]
    likely = [path for path in files if re.search("|".join(KINDS), path.name, re.IGNORECASE)]
    if len(likely) == 1 and re.search(NOTEBOOK, likely[0].name, re.IGNORECASE):
        return Choice(likely[0], read_notebook(likely[0]))  # nothing to choose
    first: Choice | None = None
    problem: UnreadableSubmission | None = None
    for kind in KINDS:
        try:
            others = [path for path in files if not (first and kind == SCRIPT and _is_used(path, first.text))]
            choice = _choose_of_kind(others, kind, assignment, names)
        except UnreadableSubmission as error:
            problem = problem or (error if kind not in (TEXT, MARKDOWN) else None)  # a text need not be meant
            continue
        if choice and (choice.answered or not names):
            blank = [f"{_short(first.path, choice.path)} answers nothing: graded {choice.path.name}"] if first else []
            return replace(choice, notes=[*blank, *choice.notes])
        first = first or choice
    if first:
        return first
    shown = ", ".join(sorted(path.name for path in everything)[:5])
    sentence = explain_stand_in(everything) or f"No notebook was handed in, only {shown}; {HAND_IN}."
    raise problem or UnreadableSubmission(sentence)


def _choose_of_kind(files: list[Path], kind: str, assignment: str, names: tuple[str, ...]) -> Choice | None:
    """The best of the files whose names are of a kind; None if there are none."""
    candidates = [path for path in files if re.search(kind, path.name, re.IGNORECASE)]
    if kind == ZIP:
        candidates = [path / name for path in candidates for name in _list_notebooks_in(path)] or candidates
    return _choose(candidates, assignment, names) if candidates else None


def _choose(candidates: list[Path], assignment: str, names: tuple[str, ...]) -> Choice:
    """The best of the candidates that can be read; UnreadableSubmission (the best name's) if none can be."""
    candidates = sorted(candidates, key=lambda path: rank_name(path, assignment))[:MAX_CANDIDATES]
    best: Choice | None = None
    score, errors, room = (-1, -1), [], MAX_CHOICE
    for path in candidates:
        if room < 0:
            break
        try:
            notebook = read_notebook(path)
        except UnreadableSubmission as error:
            errors.append(error)
            continue
        room -= notebook.size
        choice = Choice(path, notebook)
        found = count_answers(choice.text, names)
        exact = path.name == f"{assignment}.ipynb" and found[0] > 0
        if exact or found > score:
            best, score = replace(choice, answered=found[0]), found
        if exact:
            break
    if best is None:
        raise errors[0] if errors else UnreadableSubmission(f"{candidates[0].name} could not be read; {HAND_IN}.")
    left = ", ".join(sorted(_short(path, best.path) for path in candidates if path != best.path))
    notes = [f"graded {_short(best.path, best.path)}; left: {left}"] if left else []
    return replace(best, notes=notes + [f"not read: {error}" for error in errors])


def _is_used(script: Path, code: str) -> bool:
    """Whether a notebook imports or runs a script that lies beside it: then that is no notebook of its own."""
    return bool(re.search(rf"(?:\b(?:import|from)\b|%run\b|%load\b|open\()[^\n]*\b{re.escape(script.stem)}\b", code))


def _short(path: Path, best: Path) -> str:
    return path.name if path.parent == best.parent else f"{path.parent.name}/{path.name}"


def _list_notebooks_in(path: Path) -> list[str]:
    try:
        return [name for name in list_zip(path) if re.search("ipynb", PurePosixPath(name).name, re.IGNORECASE)]
    except UnreadableSubmission:  # told when the zip itself is read
        return []
