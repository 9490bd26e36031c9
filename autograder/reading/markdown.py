"""Code in the fences of Markdown: a notebook exported to it (Jupytext, MyST, Quarto, R Markdown), or one text cell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograder.reading.formats import (
    HAND_IN,
    SIGNATURES,
    Cell,
    UnreadableSubmission,
    clean_source,
    decode,
    refuse_other_files,
)

FENCE = re.compile(r"^([ \t]*)(`{3,}|~{3,})[ \t]*(.*)$")
PYTHON = re.compile(r"\{?[ \t]*(?:\.?(?:python|ipython|py)[\d.]*\b|code-cell\b)", re.IGNORECASE)
FRONT = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*\n", re.DOTALL)
CELL_OPTIONS = re.compile(r"\A(?:---\n.*?\n---\n|(?::\w[\w-]*:.*\n)+)", re.DOTALL)  # of MyST


def read_markdown(data: bytes, name: str) -> tuple[tuple[Cell, ...], list[str]]:
    """The cells of a notebook that was exported to Markdown; UnreadableSubmission if it has no Python in fences."""
    text, notes = decode(data)
    text = clean_source(text)
    if any(data.startswith(start) for start, _ in SIGNATURES) or not text.strip():
        refuse_other_files(data, text.strip(), name)
    cells: list[Cell] = []
    for kind, source in split_fences(FRONT.sub("", text, count=1)):
        if kind == "code":
            source = CELL_OPTIONS.sub("", source, count=1)
        if source.strip():
            cells.append(Cell(len(cells) + 1, kind, source.strip("\n")))
    if not any(cell.kind == "code" for cell in cells):
        raise UnreadableSubmission(f"{name} is a text without a fence of Python code; {HAND_IN}.")
    return tuple(cells), [*notes, "read as a notebook exported to Markdown"]


def split_fences(text: str, unnamed: bool = False) -> Iterator[tuple[str, str]]:
    """("code", ...) for what stands in fences of Python, ("markdown", ...) for the rest, in order; fences of other
    languages stay in the text.

    unnamed: whether fences that name no language count too.
    """
    lines: list[str] = []
    closing, code = "", False
    for line in text.split("\n"):
        found = FENCE.match(line)
        if not closing and found:
            closing, code = found[2], bool(PYTHON.match(found[3])) or (unnamed and not found[3].strip())
            if code:
                yield "markdown", "\n".join(lines)
                lines, indent = [], found[1]
                continue
        elif closing and found and found[2].startswith(closing) and not found[3].strip():
            closing = ""
            if code:
                yield "code", "\n".join(lines)
                lines, code = [], False
                continue
        lines.append(line.removeprefix(indent) if code else line)
    yield ("code" if code else "markdown"), "\n".join(lines)
