"""Where in the student's own code something happened: `cell [5], line 7 in conv_forward_naive: out = x @ w`."""

from __future__ import annotations

import linecache
import re
import sys
import traceback
from pathlib import Path

PACKAGE = str(Path(__file__).parents[1])
PYTHON = str(Path(linecache.__file__).parent)  # its own library
NOT_STUDENT_CODE = ("site-packages", "dist-packages", "<__array_function__", "<frozen", "<string>", PACKAGE, PYTHON)
MOST_FRAMES = 6  # of an endless recursion there are a thousand


def own_frames(error: BaseException) -> list[str]:
    """Lines of the student's own code in a traceback, outermost first; of many, the first and the last ones."""
    lines = []
    for frame in traceback.extract_tb(error.__traceback__):
        if not any(part in frame.filename for part in NOT_STUDENT_CODE):
            source = frame.line or linecache.getline(frame.filename, frame.lineno or 0).strip()
            lines.append(f"{place(frame.filename)}line {frame.lineno} in {frame.name}: {source}")
    if len(lines) <= MOST_FRAMES:
        return lines
    half = MOST_FRAMES // 2
    return [*lines[:half], f"... {len(lines) - 2 * half} more calls ...", *lines[-half:]]


def place(filename: str) -> str:
    """What a student calls a file: `cell [5], ` for a notebook's cell, `helpers.py, ` for a file of their own."""
    number = cell_number(filename)
    if number:
        return f"cell [{number}], "
    if re.fullmatch(r"cell \d+", filename):  # of a notebook's file, counted from its beginning
        return f"{filename}, "
    return f"{Path(filename).name}, " if filename.endswith(".py") and "ipykernel_" not in filename else ""


def cell_number(filename: str) -> int | None:
    """The number that stands beside a cell in the notebook, from the name that IPython gave to its code."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    known = getattr(getattr(shell, "compile", None), "_filename_map", {})
    if filename in known:
        return known[filename]
    older = re.match(r"<ipython-input-(\d+)-", filename)
    return int(older[1]) if older else None
