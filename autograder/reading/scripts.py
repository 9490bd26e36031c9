"""The bytes of a `.py` export as cells: percent format, nbconvert's, Colab's, or one cell where nothing marks cells."""

from __future__ import annotations

import ast
import re

from autograder.reading.cell_source import PYTHON_MAGICS
from autograder.reading.formats import SIGNATURES, Cell, clean_source, decode, refuse_other_files
from autograder.reading.marimo import read_marimo

MARKER = re.compile(r"^#[ ]?(?:%%(?=[ \t\[]|$)|In\[[ \d*]*\]:[ \t]*$)(.*)$", re.MULTILINE)
PREAMBLE = re.compile(r"\A(?:#!.*\n|# coding.*\n)+")
EXPORTED_MAGIC = re.compile(r"^get_ipython\(\)\.run_cell_magic(\(.*\))[ \t]*$", re.MULTILINE)
COLAB_MAGIC = re.compile(
    rf"^# Commented out IPython magic.*\n(# ?%%(?:{'|'.join(PYTHON_MAGICS)})\b.*(?:\n#.*)*)", re.MULTILINE
)


def read_script(data: bytes, name: str) -> tuple[tuple[Cell, ...], list[str]]:
    """The cells of a `.py` export: percent format, nbconvert's, Colab's, or one cell where nothing marks cells."""
    text, notes = decode(data)
    text = clean_source(text)
    if any(data.startswith(start) for start, _ in SIGNATURES) or not text.strip():
        refuse_other_files(data, text.strip(), name)
    if cells := read_marimo(text):
        return cells, [*notes, "read as a marimo notebook"]
    notes.append("read as a Python script, not a notebook")
    text = COLAB_MAGIC.sub(lambda found: "\n" + re.sub(r"(?m)^# ?", "", found[1]), text)
    marks = list(MARKER.finditer(text))
    ends = [mark.start() for mark in marks] + [len(text)]
    pieces = [
        (_read_kind(mark[1]), mark[1], text[mark.end() + 1 : end]) for mark, end in zip(marks, ends[1:], strict=True)
    ]
    head = text[: ends[0]]
    exported = any("In[" in mark[0] for mark in marks)
    if not marks or exported or re.search(r"^[^#\s]", head, re.MULTILINE):
        pieces.insert(0, ("code", "", PREAMBLE.sub("", head)))
    if exported:
        pieces = [part for piece in pieces for part in _split_text_cells(*piece)]
    cells = tuple(
        Cell(index, kind, EXPORTED_MAGIC.sub(_restore_cell_magic, source), _read_grade_id(options))
        for index, (kind, options, source) in enumerate(pieces, start=1)
    )
    return cells, notes


def _split_text_cells(kind: str, options: str, source: str) -> list[tuple[str, str, str]]:
    """A cell of nbconvert's, and the text cells that follow it: as comments, between empty lines, at its end."""
    lines, texts = source.split("\n"), []
    end = len(lines)
    while True:
        while end and not lines[end - 1].strip():
            end -= 1
        start = end
        while start and lines[start - 1].startswith("#"):
            start -= 1
        if start == end or (start and lines[start - 1].strip()):
            break
        text = "\n".join(line[1:].removeprefix(" ") for line in lines[start:end])
        texts += [("markdown", "", text)] if text.strip() else []
        end = start
    return [(kind, options, "\n".join(lines[:end])), *texts[::-1]] if end or not texts else texts[::-1]


def _read_kind(options: str) -> str:
    """The kind of cell that the rest of a percent marker names."""
    found = re.match(r"\s*[^\[{]*\[(markdown|md|raw)\]", options)
    return "code" if not found else "raw" if found[1] == "raw" else "markdown"


def _read_grade_id(options: str) -> str | None:
    found = re.search(r'nbgrader=.*?"grade_id":\s*"([\w-]+)"', options)
    return found and found[1]


def _restore_cell_magic(found: re.Match[str]) -> str:
    try:
        magic, options, body = ast.literal_eval(found[1])
        return f"%%{magic} {options}\n{body}" if magic in PYTHON_MAGICS else found[0]
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return found[0]
