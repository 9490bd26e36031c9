"""A submission's file → its cells, whatever state the file is in; and which file of a folder that is.

`find_notebook` picks the file, `read_notebook` reads it, files.py opens it safely, formats.py and scripts.py
know what the bytes mean.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.reading.files import IGNORED, MAX_FILES, is_zipped, list_zip, read_bytes
from autograder.reading.formats import DAMAGED, HAND_IN, Cell, MissingSubmission, UnreadableSubmission, read_json
from autograder.reading.program import slice_program
from autograder.reading.scripts import read_script

__all__ = ["Cell", "MissingSubmission", "Notebook", "UnreadableSubmission", "find_notebook", "read_notebook"]

MAX_CANDIDATES = 20  # read, where several files could be the notebook
NOTEBOOK, ZIP, TEXT, SCRIPT = KINDS = (
    r"ipynb",
    r"\.zip$",
    r"(?:\.json|\.txt|^[^.]+)$",
    r"\.py$",
)  # the likeliest first


@dataclass(frozen=True)
class Notebook:
    """The cells of a submission's file, and what the TA should know about how it was read."""

    path: Path
    cells: tuple[Cell, ...]
    notes: tuple[str, ...]

    @property
    def damage(self) -> str:
        """What was lost of the file, as a sentence; empty if nothing was."""
        return next((note for note in self.notes if note.startswith(DAMAGED)), "")


def read_notebook(path: Path | str) -> Notebook:
    """Read a notebook (`.ipynb` of any version, a `.py` export, or either in a zip) without running any of it.

    Raises:
        UnreadableSubmission: no code can be read from it; the sentence says why and what to hand in.
        MissingSubmission: there is no such file.
    """
    path = Path(path)
    data = read_bytes(path)
    if data.startswith(b"PK\x03\x04"):
        return _read_zipped(path)
    cells, notes = (read_script if path.suffix.lower() == ".py" else read_json)(data, path.name)
    return Notebook(path, cells, tuple(notes))


def _read_zipped(path: Path) -> Notebook:
    """The notebook of a zip that was handed in under any name."""
    names = [] if is_zipped(path) else list_zip(path)  # a zip within a zip is not looked into
    inside = [path / name for name in names if re.search(f"{NOTEBOOK}|{SCRIPT}", name, re.IGNORECASE)]
    if not inside:
        raise UnreadableSubmission(f"{path.name} is a zip archive or an Office document without a notebook; {HAND_IN}.")
    return read_notebook(_choose(inside, "", ())[0])


# --- which file -----------------------------------------------------------------------------------------------------


def find_notebook(folder: Path | str, assignment: str, required_names: Iterable[str] = ()) -> tuple[Path, list[str]]:
    """Which file of a submission's folder counts, and notes for the TA on what was left.

    The exact name wins if it can be read; then the file that defines most of `required_names`; then one named like a
    download of the assignment ("Copy of a1 (2).ipynb"), the highest number first; then the first in the alphabet.
    Folders and zips are looked into, one level deep.

    Raises:
        MissingSubmission: the folder is not there or holds no file.
        UnreadableSubmission: no file of it can be read.
    """
    folder = Path(folder)
    files = list_files(folder)
    if not files:
        raise MissingSubmission(f"Nothing was handed in for {assignment}: {folder.name} holds no file to grade.")
    problem: UnreadableSubmission | None = None
    likely = [path for path in files if re.search("|".join(KINDS), path.name, re.IGNORECASE)]
    if len(likely) == 1 and re.search(NOTEBOOK, likely[0].name, re.IGNORECASE):
        return likely[0], []  # nothing to choose: it is read once, by the caller
    for kind in KINDS:
        candidates = [path for path in files if re.search(kind, path.name, re.IGNORECASE)]
        if kind == ZIP:
            candidates = [path / name for path in candidates for name in _list_notebooks_in(path)] or candidates
        try:
            if candidates:
                return _choose(candidates, assignment, tuple(required_names))
        except UnreadableSubmission as error:
            problem = problem or (error if kind != TEXT else None)  # a text file need not be meant
    names = ", ".join(sorted(path.name for path in files)[:5])
    raise problem or UnreadableSubmission(f"No notebook was handed in, only {names}; {HAND_IN}.")


def _choose(candidates: list[Path], assignment: str, names: tuple[str, ...]) -> tuple[Path, list[str]]:
    """The best of the candidates that can be read, and notes; UnreadableSubmission (the best name's) if none can be."""
    candidates = sorted(candidates, key=lambda path: _rank_name(path, assignment))[:MAX_CANDIDATES]
    if len(candidates) == 1:
        read_notebook(candidates[0])
        return candidates[0], []
    best, best_found, errors = None, -1, []
    for path in candidates:
        try:
            cells = read_notebook(path).cells
        except UnreadableSubmission as error:
            errors.append(error)
            continue
        found = len(slice_program(cells, names).definitions) if names else 0
        if found > best_found:
            best, best_found = path, found
        if path.name == f"{assignment}.ipynb":
            break
    if best is None:
        raise errors[0]
    left = ", ".join(sorted(_show(path, best) for path in candidates if path != best))
    return best, [f"graded {_show(best, best)}; left: {left}", *(f"not read: {error}" for error in errors)]


def _show(path: Path, best: Path) -> str:
    return path.name if path.parent == best.parent else f"{path.parent.name}/{path.name}"


def _rank_name(path: Path, assignment: str) -> tuple[bool, bool, bool, int, str]:
    """Sorts the exact name first, then the assignment's renamed downloads, the newest (highest number) first."""
    wanted = f"{assignment}.ipynb"
    numbers = re.findall(r"\((\d{1,9})\)|-(?:Copy)?(\d{1,9})(?=\.|$|ipynb)", path.name)
    number = max((int(a or b) for a, b in numbers), default=0)
    like = _normalise(path.name).startswith(_normalise(assignment)) if assignment else False
    return path.name != wanted, path.name.lower() != wanted.lower(), not like, -number, str(path)


def _normalise(name: str) -> str:
    """A file's name without the marks of a download: "Copy of A1 (2)-1.ipynb" → "a1"."""
    name = re.sub(r"^(?:copy of )+|\s*\(\d+\)|\.?-(?:copy)?\d+(?=[.\s]|ipynb|$)|\.?ipynb.*$", "", name.lower())
    return re.sub(r"[\s_-]+", "_", name).strip("_")


# --- files ----------------------------------------------------------------------------------------------------------


def list_files(folder: Path) -> list[Path]:
    """What lies in a folder and its sub-folders, one level deep, sorted; links to folders are not followed."""
    if not folder.is_dir():
        return []
    files, folders = [], []
    for entry in _scan(folder):
        (folders if entry.is_dir(follow_symlinks=False) else files).append(Path(entry.path))
    for inner in folders:
        found = [Path(entry.path) for entry in _scan(inner) if not entry.is_dir(follow_symlinks=False)]
        files += found or ([inner] if "ipynb" in inner.name else [])  # a folder named like a notebook is told so
    return files


def _scan(folder: Path) -> list[os.DirEntry]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(itertools.islice(entries, MAX_FILES), key=lambda entry: entry.name)
    except OSError:  # a folder that may not be read
        return []
    return [entry for entry in found if not IGNORED.match(entry.name)]


def _list_notebooks_in(path: Path) -> list[str]:
    try:
        return [name for name in list_zip(path) if re.search("ipynb", PurePosixPath(name).name, re.IGNORECASE)]
    except UnreadableSubmission:  # told when the zip itself is read
        return []
