"""The right answer that is nearest to a wrong one, and how the two differ, but for names and layout."""

from __future__ import annotations

import ast
import builtins
import difflib
import io
import keyword
import tokenize
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

CLOSE = 5  # right answers that are compared token by token
KEPT = {*keyword.kwlist, *dir(builtins), "np", "numpy"}
SPACE = (tokenize.NL, tokenize.COMMENT, tokenize.ENCODING, tokenize.ENDMARKER)


@dataclass(frozen=True)
class Nearest:
    """Which of the right answers it is, and the lines of a unified diff from the wrong one to it."""

    place: int
    diff: list[str]


def nearest_to(source: str, right: Sequence[str]) -> Nearest | None:
    """The nearest of some right answers; None where there is none, or something is no Python."""
    wrong = plain(source)
    codes = {place: code for place, code in enumerate(map(plain, right)) if code}
    if not wrong or not codes:
        return None
    mine = tokens(wrong)
    likely = sorted(codes, key=lambda place: distance(count(wrong), count(codes[place])))[:CLOSE]
    best = max(likely, key=lambda place: matcher(mine, tokens(codes[place])).ratio())
    other = renamed(codes[best], mine)
    lines = difflib.unified_diff(wrong.splitlines(), other.splitlines(), "this", "right", n=2, lineterm="")
    return Nearest(best, [line for line in lines if not line.startswith(("---", "+++", "@@"))])


@cache
def plain(source: str) -> str:
    """The code without comments and docstrings, laid out alike; "" where it is no Python."""
    try:
        tree = ast.parse(source)
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:] or [ast.Pass()]
        return ast.unparse(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""


@cache
def tokens(code: str) -> list[str]:
    try:
        found = tokenize.generate_tokens(io.StringIO(code).readline)
        return [token.string or tokenize.tok_name[token.type] for token in found if token.type not in SPACE]
    except (tokenize.TokenError, IndentationError):
        return []


@cache
def count(code: str) -> Counter[str]:
    return Counter(blank(tokens(code)))


def blank(words: Sequence[str]) -> list[str]:
    """Tokens with all names alike that a student chooses."""
    return ["_" if is_own(words, place) else word for place, word in enumerate(words)]


def is_own(words: Sequence[str], place: int) -> bool:
    is_attribute = place > 0 and words[place - 1] == "."
    return words[place].isidentifier() and words[place] not in KEPT and not is_attribute


def distance(one: Counter[str], other: Counter[str]) -> int:
    return (one - other).total() + (other - one).total()


def matcher(one: Sequence[str], other: Sequence[str]) -> difflib.SequenceMatcher:
    return difflib.SequenceMatcher(None, blank(one), blank(other), autojunk=False)


def renamed(code: str, mine: Sequence[str]) -> str:
    """Code with its names replaced by those that stand in the same places of another one."""
    theirs = tokens(code)
    votes: Counter[tuple[str, str]] = Counter()
    for start, other, size in matcher(mine, theirs).get_matching_blocks():
        for at in range(size):
            if is_own(theirs, other + at) and is_own(mine, start + at):
                votes[theirs[other + at], mine[start + at]] += 1
    names: dict[str, str] = {}
    for (old, new), _ in votes.most_common():
        if old not in names and new not in names.values():
            names[old] = new
    kept_back = {word for place, word in enumerate(theirs) if is_own(theirs, place)} - names.keys()
    names = {old: new for old, new in names.items() if new not in kept_back}
    return ast.unparse(Renamed(names).visit(ast.parse(code)))


class Renamed(ast.NodeTransformer):
    """Names of variables, arguments and functions by a table."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._names.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._names.get(node.arg, node.arg)
        return self._with_children(node)

    def visit_keyword(self, node: ast.keyword) -> ast.keyword:
        return self._with_children(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.name = self._names.get(node.name, node.name)
        return self._with_children(node)

    def _with_children(self, node):  # type: ignore[no-untyped-def]
        self.generic_visit(node)
        return node
