"""What differs between the notebooks of two terms: the names in their set-up cell, `solutions/setup_cell.py`."""

from __future__ import annotations

import json
from dataclasses import dataclass

from autograder.course import REPOSITORY, Assignment
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
