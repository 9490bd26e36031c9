"""First-order edits of Python source: found, put into the text where they belong, and applied.

Only the text of what changes is rewritten, so that lines, comments and layout of everything else stay.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from autograder.mutation.making import Operator
from autograder.mutation.operators import OPERATORS
from autograder.mutation.scope import Scope

WIDEST = 60  # characters of the expression that is shown around a name or a number
_LINE_END = re.compile(rb"\r\n|\r|\n")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BINARY = {ast.BitOr: 7, ast.BitXor: 8, ast.BitAnd: 9, ast.LShift: 10, ast.RShift: 10, ast.Add: 11, ast.Sub: 11}
_LOOSE = {ast.NamedExpr: 0, ast.Lambda: 1, ast.IfExp: 2, ast.Compare: 6}
_ATOM = 16


@dataclass(frozen=True)
class Edit:
    """One change of a source, shown with the expression around it; of a loop or a block, its first line."""

    operator: str
    line: int  # from 1, in the source that was given
    before: str
    after: str
    function: str  # the top-level function or class that it changes
    start: int  # bytes of the source that give way to what is written
    end: int
    written: str
    says: str = field(default="", repr=False)  # the definition afterwards, as a hash that knows no layout

    def __str__(self) -> str:
        return f"line {self.line}: {self.before} -> {self.after} ({self.operator})"


def apply(source: str, edit: Edit) -> str:
    """The source with one edit made."""
    raw = source.encode()
    return (raw[: edit.start] + edit.written.encode() + raw[edit.end :]).decode()


def edits(source: str, names: Iterable[str] | None = None) -> Iterator[Edit]:
    """Edits of the top-level functions and classes called `names` (all), the commonest mistakes first, each once.

    Every edit compiles and differs from the source in what it says, not only in how it is written. Docstrings, messages
    of exceptions, imports, annotations and decorators are left alone. SyntaxError where the source does not parse.
    """
    wanted = None if names is None else set(names)
    text = _Text(source)
    found = [
        (edit, original)
        for node in ast.parse(source).body
        if isinstance(node, DEFINITIONS) and (wanted is None or node.name in wanted)
        for original in [_Original(node, text)]
        for edit in _edits_of(Scope(node), text, OPERATORS)
    ]
    rank = {operator.name: number for number, operator in enumerate(OPERATORS)}
    seen: set[str] = set()
    for edit, original in sorted(found, key=lambda pair: rank[pair[0].operator]):  # stable: else in the text's order
        new = original.edited(edit)
        if new not in ("", original.says) and new not in seen:
            seen.add(new)
            yield replace(edit, says=new)


def unchecked(source: str, operators: Sequence[Operator]) -> Iterator[Edit]:
    """Edits by some operators, in their order, fast: what does not compile or says the same again is among them."""
    text, scopes = _Text(source), [Scope(node) for node in ast.parse(source).body if isinstance(node, DEFINITIONS)]
    seen: set[tuple[int, int, str]] = set()
    for operator in operators:
        for edit in (edit for scope in scopes for edit in _edits_of(scope, text, [operator])):
            place = edit.start, edit.end, edit.written
            if place not in seen:
                seen.add(place)
                yield edit


def _edits_of(scope: Scope, text: _Text, operators: Sequence[Operator]) -> Iterator[Edit]:
    for node in scope.nodes:
        for operator in operators:
            if isinstance(node, operator.kinds):
                for new in operator.make(node, scope):
                    yield text.edit(operator.name, node, new, scope)


class _Text:
    """A source as bytes, in which syntax trees give places."""

    def __init__(self, source: str) -> None:
        self.raw = source.encode()
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(self.raw))]

    def span(self, node: ast.AST) -> tuple[int, int]:
        return (
            self._starts[node.lineno - 1] + node.col_offset,  # type: ignore[attr-defined]
            self._starts[node.end_lineno - 1] + node.end_col_offset,  # type: ignore[attr-defined]
        )

    def edit(self, operator: str, node: ast.AST, new: ast.AST, scope: Scope) -> Edit:
        start, end = self.span(node)
        left, right = self.span(self._shown(node, scope))
        written = _write(node, new, scope)
        before = self.raw[left:right].decode()
        after = self.raw[left:start].decode() + written + self.raw[end:right].decode()
        if isinstance(node, ast.stmt) and "\n" in before:
            before = f"{before.splitlines()[0]} ..."
        return Edit(operator, node.lineno, before, after, scope.name, start, end, written)  # type: ignore[attr-defined]

    def _shown(self, node: ast.AST, scope: Scope) -> ast.AST:
        """The expression around a name, a number or a slice: alone, they would not say where in the line they stand."""
        shown = node
        while isinstance(shown, (ast.Name, ast.Constant, ast.Slice, ast.keyword, ast.Tuple)):
            outer = scope.parents[shown]
            if not hasattr(outer, "lineno") or isinstance(outer, (*DEFINITIONS, ast.For, ast.If, ast.While, ast.With)):
                break
            start, end = self.span(outer)
            if end - start > WIDEST or b"\n" in self.raw[start:end]:
                break
            shown = outer
        return shown


class _Original:
    """A definition as it was, to compare with what edits make of it."""

    def __init__(self, node: ast.stmt, text: _Text) -> None:
        self._start, end = text.span(node)
        self._raw = text.raw[self._start : end]
        self.says = _hash(ast.parse(self._raw))

    def edited(self, edit: Edit) -> str:
        """What an edit makes of it, without layout; nothing where that does not compile."""
        start, end = edit.start - self._start, edit.end - self._start
        try:
            tree = ast.parse(self._raw[:start] + edit.written.encode() + self._raw[end:])
            compile(tree, "<edit>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return ""
        return _hash(tree)


def _hash(tree: ast.AST) -> str:
    return hashlib.blake2b(ast.dump(tree).encode(), digest_size=16).hexdigest()


def _write(node: ast.AST, new: ast.AST, scope: Scope) -> str:
    """Source of what takes a node's place, in parentheses where the place needs them."""
    parent = scope.parents[node]
    if isinstance(node, ast.stmt):
        indent = "\n" + " " * node.col_offset
        return ast.unparse(ast.fix_missing_locations(new)).replace("\n", indent)
    if isinstance(new, ast.Tuple) and new.elts and isinstance(parent, (ast.Subscript, ast.Assign, ast.Return)):
        return ", ".join(map(ast.unparse, new.elts)) + "," * (len(new.elts) == 1)
    return f"({ast.unparse(new)})" if _is_tight(node, parent) and _level(new) < _level(node) else ast.unparse(new)


def _is_tight(node: ast.AST, parent: ast.AST) -> bool:
    """Whether what stands around a node would pull at a looser one."""
    if isinstance(parent, ast.Call):
        return node is parent.func
    if isinstance(parent, (ast.Attribute, ast.Subscript)):
        return node is parent.value
    return isinstance(parent, (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Starred))


def _level(node: ast.AST) -> int:
    """How tightly an expression holds together, as Python's grammar has it."""
    if isinstance(node, ast.BinOp):
        return 14 if isinstance(node.op, ast.Pow) else _BINARY.get(type(node.op), 12)
    if isinstance(node, ast.UnaryOp):
        return 5 if isinstance(node.op, ast.Not) else 13
    if isinstance(node, ast.BoolOp):
        return 3 if isinstance(node.op, ast.Or) else 4
    return _LOOSE.get(type(node), _ATOM)
