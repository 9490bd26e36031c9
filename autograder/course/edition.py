"""What differs between the notebooks of two terms: the names in their set-up cell, `solutions/setup_cell.py`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.course.course import REPOSITORY, Assignment
from autograder.reading.formats import Cell
from cnnlab import __version__

SETUP_CELL = REPOSITORY / "solutions" / "setup_cell.py"
SETUP_TAG = "setup"  # of the cell in a source whose place it takes


@dataclass(frozen=True)
class Edition:
    """What the set-up cells of one term's notebooks say: its name, the version of cnnlab, and where its wheel is.

    `wheel` is a URL; as a bare file name, it is looked for beside the notebook.
    """

    term: str = "development"
    version: str = __version__
    wheel: str = f"cnnlab-{__version__}-py3-none-any.whl"


DEVELOPMENT = Edition()


def setup_cell(assignment: Assignment, edition: Edition) -> str:
    """The first code cell of a notebook: `solutions/setup_cell.py` with its four names filled in."""
    text = SETUP_CELL.read_text(encoding="utf-8").rstrip("\n")
    names = {"assignment": assignment.name, "term": edition.term, "version": edition.version, "wheel": edition.wheel}
    for name, value in names.items():
        text = text.replace(f'"{{{name}}}"', json.dumps(value, ensure_ascii=False), 1)
    return text


# --- which version a submission was made from ------------------------------------------------------------------------

SETUP_LINE = re.compile(
    r'^ASSIGNMENT, TERM, VERSION = "[\w-]{0,80}", "(?P<term>[\w-]{1,40})", "(?P<version>\d{1,4}(\.\d{1,4}){1,3})"', re.M
)


def as_numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def named_version(cells: Iterable[Cell]) -> tuple[str, str]:
    """Term and version that a submission's set-up cell names; ("", "") if it names none."""
    for cell in cells:
        if cell.kind == "code" and (match := SETUP_LINE.search(cell.source)):
            return match["term"], match["version"]
    return "", ""
