"""A notebook as it is handed in: its cells, the names that they define, and what is still as it was given out."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

UNANSWERED = "Replace this line with your answer."
PYTHON_MAGIC = re.compile(r"(\s*)%%(?:time|capture|prun|memit|debug)\b.*")


class DocumentError(Exception):
    """The notebook can't be read; the text is the sentence for the student."""


@dataclass(frozen=True)
class DocumentCell:
    """One cell: `number` counts all cells from 1; `grade_id` and `answer` (a written one) come from its metadata."""

    number: int
    kind: str
    source: str
    grade_id: str = ""
    answer: bool = False


class Document:
    """What a notebook's file says. Nothing of it is run."""

    def __init__(self, data: bytes, name: str) -> None:
        """Raises `DocumentError` if the bytes are no notebook with code in it."""
        try:
            self.notebook = json.loads(data.decode("utf-8-sig"))
            self.cells = tuple(read_cell(number, raw) for number, raw in enumerate(self.notebook["cells"], 1))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DocumentError(f"{name} is not a whole notebook ({type(error).__name__}): save it again.") from None
        if not any(cell.kind == "code" and cell.source.strip() for cell in self.cells):
            raise DocumentError(f"{name} has no code cell with anything in it.")
        self.data, self.name = data, name
        self.definitions: dict[str, list[tuple[int, ast.stmt]]] = defaultdict(list)  # name -> (cell, statement)
        self.broken: dict[int, str] = {}  # cell -> why Python can't read it
        for cell in self.cells:
            if cell.kind == "code":
                self._read_code(cell)

    def _read_code(self, cell: DocumentCell) -> None:
        try:
            tree = parse(cell.source)
        except SyntaxError as error:
            self.broken[cell.number] = f"line {error.lineno}: {error.msg}"
            return
        for name, node in bound_names(tree.body):
            self.definitions[name].append((cell.number, node))

    @property
    def assignment(self) -> str:
        """The assignment that its metadata names; "" if an editor has dropped that."""
        metadata = self.notebook.get("metadata")
        ours = metadata.get("cnnlab") if isinstance(metadata, dict) else None
        return str(ours.get("assignment", "")) if isinstance(ours, dict) else ""

    def code(self) -> set[str]:
        return {cell.source.strip() for cell in self.cells if cell.kind == "code" and cell.source.strip()}

    def stubs(self, names: Iterable[str]) -> list[str]:
        """Which of these names are defined, but as they were given out."""
        return [name for name in names if name in self.definitions and is_stub(self.definitions[name][-1][1])]

    def unanswered(self) -> list[str]:
        """The written questions whose cell is as it was given out, or empty."""
        answers = [cell for cell in self.cells if cell.answer]
        return [cell.grade_id for cell in answers if cell.source.strip(" \n*_") in ("", UNANSWERED)]


def read_cell(number: int, raw: dict[str, Any]) -> DocumentCell:
    source = raw.get("source", "")
    metadata = raw.get("metadata", {}).get("nbgrader", {})
    kind = raw["cell_type"]
    answer = kind == "markdown" and bool(metadata.get("solution"))
    text = "".join(source) if isinstance(source, list) else str(source)
    return DocumentCell(number, kind, text, str(metadata.get("grade_id", "")), answer)


def parse(source: str) -> ast.Module:
    """A code cell's statements, with IPython's magics out of the way; `SyntaxError` if it is not valid Python."""
    try:
        return ast.parse(source)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error)) from None
    except SyntaxError:
        plain = PYTHON_MAGIC.sub(r"\1", source, count=1) if source.lstrip().startswith("%%") else source
        if plain.lstrip().startswith("%%"):
            return ast.Module([], [])  # another language
        try:
            from IPython.core.inputtransformer2 import TransformerManager
        except ImportError:
            raise
        return ast.parse(TransformerManager().transform_cell(plain))


def bound_names(body: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """Names that statements bind at top level, in order; also inside `if`, `try`, `with` and loops."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name, node
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target] if node.value else []
            for target in targets:
                names = [part for part in ast.walk(target) if isinstance(part, ast.Name)]
                yield from ((part.id, node) for part in names if isinstance(part.ctx, ast.Store))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name.split(".")[0], node) for alias in node.names)
        else:
            for part in ("body", "orelse", "finalbody"):
                yield from bound_names(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from bound_names(handler.body)


def is_stub(node: ast.stmt) -> bool:
    """A function or class of which a part still says only `raise NotImplementedError(...)`."""
    if isinstance(node, ast.ClassDef):
        return any(is_stub(part) for part in node.body)
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    for part in node.body:
        if isinstance(part, ast.Return):
            return False
        if isinstance(part, ast.Raise):
            return part.exc is not None and "NotImplementedError" in ast.dump(part.exc)
    return False
