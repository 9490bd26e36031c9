"""A table that another program wrote, filled in: single cells get another text, and every other byte stays as it came.

Python's csv would write the whole file anew: other quotes, line ends and marks, and a diff of every line.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from autograder.collecting.class_list import plain
from autograder.course.course import CourseError
from autograder.course.identifiers import shown

MOST_BYTES = 50_000_000
DELIMITERS = ",;\t"
EXCEL = re.compile(r"\A\ufeff?sep=(.)\r?\n")  # a first line of Excel's own
WITH_POINT, WITH_COMMA = re.compile(r"-?\d+\.\d+"), re.compile(r"-?\d+,\d+")
NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class Cell:
    """Where a cell stands in the file's text, and what it says."""

    start: int
    end: int
    text: str
    is_quoted: bool = False


class Table:
    """Rows of cells; `put` changes one, and `to_bytes` gives the file back."""

    def __init__(self, data: bytes, name: str, is_head: Callable[[Sequence[str]], bool]) -> None:
        """
        Args:
            name: of the file, for sentences.
            is_head: whether the columns of a first row, as `plain` writes them, are those of such a table.

        Raises:
            CourseError: it can't be read, or is no such table.
        """
        self.name = name
        self._text, self._encoding = decode(data, name)
        self._changes: dict[tuple[int, int], str] = {}
        said = EXCEL.match(self._text)
        for delimiter in said[1] if said else DELIMITERS:
            self.delimiter, self.rows = delimiter, scan(self._text, said.end() if said else 0, delimiter)
            if self.rows and is_head(self.columns):
                return
        raise CourseError(
            f"{shown(name)} does not begin as such a file does: its first line must be the names of the columns. Give "
            "the file as it was exported, with the LMS in English, and not what a spreadsheet made of it."
        )

    @property
    def columns(self) -> list[str]:
        """The head, in small letters and digits only."""
        return [plain(cell.text) for cell in self.rows[0]]

    def heads(self) -> list[str]:
        return [cell.text.strip("\ufeff ") for cell in self.rows[0]]

    def text(self, row: int, column: int | None) -> str:
        """What a cell says; "" where the row is shorter, or there is no such column."""
        cells = self.rows[row]
        return cells[column].text.strip() if column is not None and column < len(cells) else ""

    def line(self, row: int) -> int:
        """The line that a row begins in."""
        return bisect_right(self._line_ends, self.rows[row][0].start) + 1

    @cached_property
    def _line_ends(self) -> list[int]:
        return [found.end() for found in re.finditer(r"\r\n|\r|\n", self._text)]

    @cached_property
    def has_decimal_comma(self) -> bool:
        """Whether its numbers have a comma where others have a point."""
        texts = [cell.text.strip() for row in self.rows[1:] for cell in row]
        return any(map(WITH_COMMA.fullmatch, texts)) and not any(map(WITH_POINT.fullmatch, texts))

    def put(self, row: int, column: int, text: str) -> None:
        if text != self.text(row, column):
            self._changes[row, column] = text

    def put_number(self, row: int, column: int, text: str) -> bool:
        """Write a number as the file writes them; whether another one stood there. The same one stays as it is."""
        before = read_number(self.text(row, column))
        if before == float(text):
            return False
        self.put(row, column, text.replace(".", ",") if self.has_decimal_comma else text)
        return before is not None

    def to_bytes(self) -> bytes:
        """The file, with what was put into it."""
        pieces, at = [], 0
        for (row, column), text in sorted(self._changes.items()):
            cells = self.rows[row]
            if column < len(cells):
                start, end, before = cells[column].start, cells[column].end, ""
            else:  # a row that a spreadsheet has left the empty ends of out
                start = end = cells[-1].end
                before = self.delimiter * (column - len(cells) + 1)
            needs = column < len(cells) and cells[column].is_quoted
            needs = needs or any(character in text for character in f'{self.delimiter}"\r\n')
            pieces += [self._text[at:start], before, quoted(text) if needs else text]
            at = end
        return "".join([*pieces, self._text[at:]]).encode(self._encoding, "surrogateescape")


def quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def decode(data: bytes, name: str) -> tuple[str, str]:
    """The text, which gives the same bytes again in the encoding that comes with it; CourseError if none does."""
    if len(data) > MOST_BYTES:
        raise CourseError(f"{shown(name)} is larger than {MOST_BYTES // 10**6} MB: it is no table of a class.")
    if data.startswith(b"PK\x03\x04"):
        raise CourseError(f"{shown(name)} is a workbook (or another zip), not a CSV file: give the file as exported.")
    marked = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(data[:2])
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            text = data.decode(encoding, "strict" if encoding == "utf-8" else "surrogateescape")
            if text.encode(encoding, "surrogateescape") == data:
                return text, encoding
        except UnicodeError:
            continue
    raise CourseError(f"{shown(name)} can't be read as text: export it again, as CSV in UTF-8.")


def scan(text: str, at: int, delimiter: str) -> list[list[Cell]]:
    """Rows of cells, as csv.reader understands them; lines with nothing in them are none."""
    inside, end = f"[^{re.escape(delimiter)}\r\n]*", rf"({re.escape(delimiter)}|\r\n|\r|\n|\Z)"
    field = re.compile(rf'(?:"([^"]*(?:""[^"]*)*)"({inside})|({inside})){end}')
    rows: list[list[Cell]] = [[]]
    while at < len(text) or rows[-1]:
        found = field.match(text, at)
        assert found is not None  # the second half takes any text
        whole = found[3] if found[1] is None else found[1].replace('""', '"') + found[2]
        rows[-1].append(Cell(at, found.start(4), whole, found[1] is not None))
        at = found.end()
        if found[4] != delimiter:
            rows.append([])
        if at >= len(text) and found[4] != delimiter:
            break
    return [row for row in rows if row and (len(row) > 1 or row[0].text)]


def read_number(text: str) -> float | None:
    """The number that a cell is; None for any other text."""
    text = text.strip()
    return float(text.replace(",", ".")) if NUMBER.fullmatch(text) else None
