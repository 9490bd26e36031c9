"""The bytes of a notebook file, of any version of Jupyter's format, as cells.

Jupyter's JSON (versions 1 to 4) is read cell by cell, so that a file that is cut off or damaged still gives the cells
that are whole, and so that the outputs never lie in memory together. Nothing here runs or imports what it reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from autograder import AutograderError

DAMAGED = "the file is damaged or cut off"
KERNEL = "its kernel is"
HAND_IN = "hand in the notebook itself: open it, choose File → Download (.ipynb), and upload that file"
MAX_DAMAGES = 200  # places where reading starts anew, so that a hostile file cannot make it start a million times
MAX_MEMORY = 1_000_000_000  # bytes that the JSON values of one file may take
CELL_START = re.compile(r'\{\s*"(?:cell_type|attachments)"\s*:')
SPACE = re.compile(r"[ \t\r\n]*")
SIGNATURES = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a zip archive or an Office document"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\xd0\xcf\x11\xe0", "an Office document"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"version https://git-lfs", "a pointer to a file kept in Git LFS"),
)


class UnreadableSubmission(AutograderError):
    """A file that no code can be read from; `str(error)` is the sentence for the TA and the student."""


class MissingSubmission(UnreadableSubmission):
    """Nothing was handed in."""


@dataclass(frozen=True)
class Cell:
    """One cell: `index` counts all cells from 1, `kind` is "code", "markdown" or "raw", `grade_id` is nbgrader's.

    `attachments` is Jupyter's, name → type → data in base64, as it was handed in: anything may stand there.
    """

    index: int
    kind: str
    source: str
    grade_id: str | None = None
    attachments: object = field(default=None, compare=False, repr=False)


def read_json(data: bytes, name: str) -> tuple[tuple[Cell, ...], list[str]]:
    """The cells of a Jupyter notebook and notes on how it had to be read; UnreadableSubmission if there are none."""
    text, notes = decode(data)
    text = text.strip("\ufeff \t\r\n\0")
    refuse_other_files(data, text, name)
    _refuse_too_many_values(text, name)
    reader = _JsonReader(text)
    cells = tuple(_make_cell(index, raw) for index, raw in enumerate(reader.read_cells(), start=1))
    if reader.version < 4:
        notes.append(f"read as nbformat {reader.version}, an old notebook format")
    if reader.damage:
        line = text.count("\n", 0, reader.damage[0]) + 1
        whole = "1 whole cell" if len(cells) == 1 else f"{len(cells)} whole cells"
        notes.append(f"{DAMAGED} at its line {line}: {whole} could be read")
    if not any(cell.kind == "code" and cell.source.strip() for cell in cells):
        raise UnreadableSubmission(_explain_no_code(reader, cells, name))
    if reader.language and "python" not in reader.language.lower():
        notes.append(f"{KERNEL} {reader.language}, not Python")
    return cells, notes


def decode(data: bytes) -> tuple[str, list[str]]:
    """Text of UTF-8, -16 or -32, with or without a byte order mark, or else of Windows-1252 with a note."""
    try:
        return data.decode(json.detect_encoding(data)), []
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), ["not UTF-8: read as Windows-1252"]


def refuse_other_files(data: bytes, text: str, name: str) -> None:
    if not text:
        raise UnreadableSubmission(f"{name} is empty: an upload or a download that was not finished; {HAND_IN}.")
    for start, kind in SIGNATURES:
        if data.startswith(start):
            raise UnreadableSubmission(f"{name} is {kind}, not a notebook; {HAND_IN}.")
    if text.startswith("[InternetShortcut]") or text.startswith("bplist0") or "<key>URL</key>" in text[:2000]:
        raise UnreadableSubmission(f"{name} is a shortcut, not the file that it leads to; {HAND_IN}.")
    if text.startswith("<"):
        raise UnreadableSubmission(
            f"{name} is a web page (HTML) saved under a notebook's name, not the notebook; {HAND_IN}. "
            "On GitHub, use the Raw or the Download button."
        )
    if not text.startswith(("{", "[")):
        raise UnreadableSubmission(f"{name} is not a notebook: it does not hold JSON; {HAND_IN}.")


def _refuse_too_many_values(text: str, name: str) -> None:
    """Bound what the JSON values would take (CPython's sizes) before any is made; small files need no count."""
    if len(text) < MAX_MEMORY // 64:
        return
    brackets = text.count("[") + text.count("{")
    if len(text) + 64 * brackets + 32 * text.count(",") + 30 * text.count('"') > MAX_MEMORY:
        raise UnreadableSubmission(
            f"{name} holds too many values to be read; choose Edit → Clear All Outputs, save, and hand it in again."
        )


def _explain_no_code(reader: _JsonReader, cells: tuple[Cell, ...], name: str) -> str:
    if reader.damage:
        return f"{name} is damaged or cut off before its first whole code cell; {HAND_IN}."
    if not reader.is_notebook:
        return f"{name} is JSON, but not a notebook: it has no list of cells; {HAND_IN}."
    if any(cell.kind == "code" for cell in cells):
        return f"{name} has only empty code cells; hand in the notebook with your answers."
    return f"{name} has no code cell; hand in the notebook with your answers."


class _JsonReader:
    """Walks a notebook's top level by hand and decodes one cell at a time."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.version = 4
        self.language = ""
        self.is_notebook = False
        self.damage: list[int] = []
        self._decode = json.JSONDecoder(strict=False).raw_decode

    def read_cells(self) -> Iterator[object]:
        """Yields the cells; at a value that is no JSON, notes `damage` and goes on at the next cell, or ends."""
        try:
            yield from self._read_top()
        except (ValueError, RecursionError, MemoryError):
            self.damage.append(self.at)

    def _read_top(self) -> Iterator[object]:
        if not self._skip("{"):
            self._value()  # a list or a number: JSON, not a notebook
            return
        while not self._skip("}"):
            key = self._value()
            if not self._skip(":"):
                raise ValueError("no colon")
            if key == "cells" and self._skip("["):
                self.is_notebook = True
                yield from self._read_list()
            else:
                yield from self._read_other(key, self._value())
            if not self._skip(",") and self.text[self.at : self.at + 1] != "}":
                raise ValueError("no comma")

    def _read_list(self) -> Iterator[object]:
        while not self._skip("]"):
            try:
                cell = self._value()
                if not self._skip(",") and self.text[self.at : self.at + 1] != "]":
                    self.damage.append(self.at)
            except (ValueError, RecursionError, MemoryError):
                self._start_anew()
            else:
                yield cell

    def _start_anew(self) -> None:
        """Past a damaged place, such as the marks of a merge conflict, to where the next cell begins."""
        self.damage.append(self.at)
        found = CELL_START.search(self.text, self.at + 1)
        if found is None or len(self.damage) > MAX_DAMAGES:
            raise ValueError("no further cell")
        self.at = found.start()

    def _read_other(self, key: object, value: object) -> Iterator[object]:
        if key == "nbformat" and isinstance(value, int):
            self.version = value
        if key == "metadata":
            self.language = _read_language(value)
        if key == "worksheets" and isinstance(value, list):  # nbformat 2 and 3
            for sheet in value:
                cells = sheet.get("cells") if isinstance(sheet, dict) else None
                self.is_notebook = True
                yield from cells if isinstance(cells, list) else ()

    def _value(self) -> object:
        value, self.at = self._decode(self.text, self._behind_space())
        return value

    def _skip(self, mark: str) -> bool:
        self.at = self._behind_space()
        found = self.text.startswith(mark, self.at)
        self.at += len(mark) if found else 0
        return found

    def _behind_space(self) -> int:
        space = SPACE.match(self.text, self.at)
        assert space  # it matches nothing, too
        return space.end()


def _read_language(metadata: object) -> str:
    """What a notebook's metadata say that its code is written in; "" if they don't."""
    metadata = metadata if isinstance(metadata, dict) else {}
    for key, entry in (("language_info", "name"), ("kernelspec", "language")):
        part = metadata.get(key)
        if isinstance(part, dict) and isinstance(part.get(entry), str):
            return part[entry].strip()[:40]
    return ""


def _make_cell(index: int, raw: object) -> Cell:
    raw = raw if isinstance(raw, dict) else {}
    kind = raw.get("cell_type", "code")
    source = next((raw[key] for key in ("source", "input", "code", "text") if raw.get(key)), "")
    if isinstance(source, list):
        parts = [part for part in source if isinstance(part, str)]
        cut = len(parts) > 1 and not any(part.endswith("\n") for part in parts)  # some tools drop the line ends
        source = ("\n" if cut else "").join(parts)
    grade_id = None
    if isinstance(metadata := raw.get("metadata"), dict) and isinstance(nbgrader := metadata.get("nbgrader"), dict):
        grade_id = nbgrader.get("grade_id")
    return Cell(
        index,
        kind if kind in ("code", "raw") else "markdown",
        clean_source(source) if isinstance(source, str) else "",
        grade_id if isinstance(grade_id, str) else None,
        raw.get("attachments") if kind == "markdown" else None,
    )


def clean_source(source: str) -> str:
    """One line end, and no characters that Python's parser refuses whole (lone surrogates, zeros, byte order marks)."""
    source = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").lstrip("\ufeff")
    return source if source.isascii() else source.encode("utf-8", "replace").decode()
