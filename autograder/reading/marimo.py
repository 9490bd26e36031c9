"""A marimo notebook, which is a Python script whose cells are functions, as cells.

`@app.cell` functions give their bodies, `@app.function` and `@app.class_definition` what they decorate,
`with app.setup:` its body; a cell that only calls `mo.md(...)` is a text.
"""

from __future__ import annotations

import ast
import re
import textwrap

from autograder.reading.cell_source import FAILURES
from autograder.reading.formats import Cell
from autograder.reading.names import DEFINITIONS

IS_MARIMO = re.compile(r"^import marimo\b.*\n(?:.*\n)*?.*\bmarimo\.App\(", re.MULTILINE)
WHOLE = ("function", "class_definition")


def read_marimo(text: str) -> tuple[Cell, ...]:
    """The cells of a marimo script, in its order; none if it does not parse or holds no cell."""
    if not IS_MARIMO.search(text):
        return ()
    try:
        body = ast.parse(text).body
    except FAILURES:
        return ()
    lines, cells = text.split("\n"), list[Cell]()
    for node in body:
        kind, source = _read_node(node, lines)
        if source.strip():
            cells.append(Cell(len(cells) + 1, kind, source))
    return tuple(cells)


def _read_node(node: ast.stmt, lines: list[str]) -> tuple[str, str]:
    """The kind and the text of the cell that a top-level statement holds."""
    marks = [_mark_of(decorator) for decorator in getattr(node, "decorator_list", ())]
    if isinstance(node, ast.With) and [_mark_of(item.context_expr) for item in node.items] == ["setup"]:
        return "code", _cut(lines, node.body)
    if not isinstance(node, DEFINITIONS):
        return "code", ""
    if any(mark in WHOLE for mark in marks):
        kept = [d.lineno for d in node.decorator_list if _mark_of(d) not in WHOLE]
        return "code", "\n".join(lines[min([node.lineno, *kept]) - 1 : node.end_lineno])
    if "cell" in marks:
        inner = [part for part in node.body if not isinstance(part, ast.Return)]
        if len(inner) == 1 and (written := _read_text(inner[0])):
            return "markdown", written
        return "code", _cut(lines, inner)
    return "code", ""


def _mark_of(node: ast.expr) -> str:
    """The `cell` of `@app.cell` and `@app.cell(hide_code=True)`."""
    node = node.func if isinstance(node, ast.Call) else node
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name) or node.value.id != "app":
        return ""
    return node.attr


def _read_text(node: ast.stmt) -> str:
    """The text of `mo.md("...")`; "" for anything else."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or getattr(call.func, "attr", "") != "md" or len(call.args) != 1:
        return ""
    value = getattr(call.args[0], "value", None)
    return textwrap.dedent(value).strip() if isinstance(value, str) else ""


def _cut(lines: list[str], body: list[ast.stmt]) -> str:
    if not body:
        return ""
    first = min([body[0].lineno, *(d.lineno for d in getattr(body[0], "decorator_list", ()))])
    return textwrap.dedent("\n".join(lines[first - 1 : body[-1].end_lineno]))
