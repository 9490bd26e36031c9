"""Expressions of right answers that a student's may be a slip of: alike, and made of names that they have."""

from __future__ import annotations

import ast
import builtins
import copy
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from autograder.mutation.making import Operator
from autograder.mutation.scope import Scope

WORD = re.compile(r"[A-Za-z_]\w*|\d[\d.e-]*|\*\*|//|[^\s\w(),]")
FARTHEST = 8  # words that are put in or taken out
SMALL = 7  # words that may take the place of one that they hold
MOST = 10  # for one place in the student's code
KINDS = (ast.BinOp, ast.Call, ast.Subscript, ast.UnaryOp, ast.Compare, ast.Attribute, ast.Tuple, ast.Slice)
KNOWN = frozenset(dir(builtins)) | {"np", "torch", "math", "nn", "F"}


@dataclass(frozen=True)
class Donor:
    """An expression of a right answer, in the student's names."""

    node: ast.expr
    text: str
    words: Counter
    size: int
    rank: int  # 0: of an answer to the very question


class Donors:
    """Of some right answers to an assignment's questions.

    Args:
        own: sources of right answers to the question.
        others: of the other questions.
    """

    def __init__(self, own: Iterable[str], others: Iterable[str] = ()) -> None:
        self._functions = [
            (rank, node, roles(node))
            for rank, sources in enumerate((own, others))
            for source in sources
            for node in ast.walk(ast.parse(source))
            if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        ]

    def operator(self, source: str) -> Operator:
        """The operator that puts them into a definition of a student's: nearest first."""
        definition = ast.parse(source)
        names = {name for node in definition.body if hasattr(node, "name") for name in Scope(node).names}
        found = [*self._fitting(definition, names)]

        def near(node: ast.expr, scope: Scope) -> Iterator[ast.AST]:
            if may_be_replaced(node, scope):
                yield from (donor.node for donor in nearest(node, found))

        return Operator("donor", (ast.expr,), near, "as a right answer has it")

    def _fitting(self, definition: ast.AST, names: set[str]) -> Iterator[Donor]:
        """Those whose names the student has, by name or by what they are."""
        known: dict[str, str] = {}
        for name, role in roles(definition).items():
            known.setdefault(role, name)
        usable, seen = names | KNOWN, set()
        for rank, function, theirs in self._functions:
            renaming = Renamed({name: known.get(role, name) for name, role in theirs.items()})
            for node in ast.walk(function):
                if not isinstance(node, KINDS):
                    continue
                other = renaming.visit(copy.deepcopy(node))
                if any(isinstance(part, ast.Name) and part.id not in usable for part in ast.walk(other)):
                    continue
                text = ast.unparse(other)
                if text not in seen:
                    seen.add(text)
                    words = Counter(WORD.findall(text))
                    yield Donor(other, text, words, sum(words.values()), rank)


def may_be_replaced(node: ast.expr, scope: Scope) -> bool:
    """Whether an expression is a value of its own: no target, no function that is called."""
    if isinstance(getattr(node, "ctx", None), ast.Store) and not isinstance(node, ast.Subscript):
        return False
    parent = scope.parents.get(node)
    return not (isinstance(parent, ast.Call) and node is parent.func) and not isinstance(parent, ast.Attribute)


def nearest(node: ast.expr, donors: list[Donor]) -> list[Donor]:
    """Those that differ from an expression by a few words."""
    text = ast.unparse(node)
    words = Counter(WORD.findall(text))
    size = sum(words.values())
    ranked: list[tuple[int, int, Donor]] = []
    for donor in donors:
        if abs(donor.size - size) > FARTHEST or donor.text == text:
            continue
        common = sum((words & donor.words).values())
        away = size + donor.size - 2 * common
        alike = 2 * common >= max(size, donor.size) or (common == size and donor.size <= SMALL)
        if away <= FARTHEST and alike:
            ranked.append((donor.rank + away, len(ranked), donor))
    return [donor for *_, donor in sorted(ranked, key=lambda entry: entry[:2])[:MOST]]


class Renamed(ast.NodeTransformer):
    """Other names in an expression."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self._names.get(node.id, node.id), node.ctx)


def roles(function: ast.AST) -> dict[str, str]:
    """What each local name is, by the first value that it gets: `x.shape[2]`, `conv_param['stride']`."""
    found: dict[str, str] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], ast.unparse(node.value)
            if isinstance(target, ast.Name):
                found.setdefault(target.id, value)
            elif isinstance(target, ast.Tuple):
                for place, element in enumerate(target.elts):
                    if isinstance(element, ast.Name) and element.id != "_":
                        found.setdefault(element.id, f"{value}[{place}]")
        elif isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.target, ast.Name):
            found.setdefault(node.target.id, f"in {ast.unparse(node.iter)}")
    for name, role in list(found.items()):
        words = re.split(r"([A-Za-z_]\w*)", role)
        found[name] = "".join(word if word == name else found.get(word, word) for word in words)
    return found
