"""Which assignment a file belongs to: its name says it, or what it defines; the name it should have in its folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from autograder.collecting.misplaced import plain, speaks_of
from autograder.course.course import Assignment
from autograder.lms import canvas
from autograder.reading.identity import SET_UP
from autograder.reading.notebook import UnreadableSubmission, read_notebook
from autograder.reading.ranking import count_answers
from cnnlab.signatures import COURSE, graded_names

NOTEBOOK = re.compile(r"\.(?:-?\d*|_)*(?:ipynb|py|q?md|rmd)$", re.IGNORECASE)
WEIGHTS = re.compile(r"\.(?:safetensors|pth?)$", re.IGNORECASE)
COPIED = re.compile(r"^(?:copy of |kopie von |copie de )+|\s*\(\d{1,4}\)(?=\.|$)|-copy\d*(?=\.|$)", re.IGNORECASE)
MOST_TEXT = 20_000_000  # bytes of a notebook that is looked into


def named(name: str, assignments: Sequence[Assignment]) -> Assignment | None:
    """The one assignment that a file's name speaks of."""
    stem = PurePosixPath(name).name
    whole = [a for a in assignments if plain(a.name) in plain(stem)]
    whole = [a for a in whole if not any(plain(a.name) in plain(b.name) and a != b for b in whole)]
    found = whole or [a for a in assignments if speaks_of(stem, a)]
    return found[0] if len(found) == 1 else None


def defined(path: Path, assignments: Sequence[Assignment]) -> Assignment | None:
    """The one assignment whose questions a notebook or script answers."""
    if not NOTEBOOK.search(path.name) or path.stat().st_size > MOST_TEXT:
        return None
    try:
        cells = read_notebook(path).cells
    except (UnreadableSubmission, OSError):
        return None
    text = "\n\n".join(cell.source for cell in cells)
    set_up = {match[1] for match in SET_UP.finditer(text)}
    said = [a for a in assignments if a.name in set_up]
    if len(said) == 1:
        return said[0]
    grade_ids = {cell.grade_id for cell in cells if cell.grade_id}
    counts = {a: count_answers(text, tuple(names_of(a)))[1] + len(grade_ids & set(names_of(a))) for a in assignments}
    most = max(counts.values(), default=0)
    found = [a for a, count in counts.items() if count == most]
    return found[0] if most and len(found) == 1 else None


def names_of(assignment: Assignment) -> list[str]:
    return graded_names(assignment.name) if assignment.name in COURSE else []


def likely_name(name: str, assignment: Assignment) -> str:
    """The notebook's own name for one that differs in large letters and hyphens only: "A1-Convolution.ipynb"."""
    path = PurePosixPath(name)
    for ending in (".ipynb", ".zip", ".py"):
        if path.suffix.lower() == ending and plain(path.stem) == plain(assignment.name):
            return str(path.with_name(assignment.name + ending))
    return name


def without_marks(name: str) -> str:
    """`name` in its folders, without the marks of copies in its last part."""
    folder, slash, last = name.rpartition("/")
    bare = last
    for _ in range(5):  # "Copy of a1 (1)-1.ipynb" has three
        before = bare
        bare = COPIED.sub("", canvas.without_mark(bare)[0]) or bare
        if bare == before:
            break
    return f"{folder}{slash}{bare}"


def companions(name: str, beside: Iterable[Assignment], everybody: Iterable[Assignment]) -> list[Assignment]:
    """The assignments that a file belongs to: those of the notebooks beside it, but weights to that of the networks."""
    trained = [assignment for assignment in dict.fromkeys(everybody) if assignment.images]
    return trained if trained and WEIGHTS.search(without_marks(name)) else list(dict.fromkeys(beside))
