"""Expressions of right answers that a student's may be a slip of: alike, and made of names that they have."""

from __future__ import annotations

import ast
import builtins
import copy
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from autograder.learning.repairs import is_given_back
from autograder.mutation.making import Operator
from autograder.mutation.scope import Scope

WORD = re.compile(r"[A-Za-z_]\w*|\d[\d.e-]*|\*\*|//|[^\s\w(),]")
NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
FARTHEST = 8  # words that are put in or taken out
CLOSE = 3
SMALL = 7  # words that may take the place of one that they hold
MOST = 10  # for one place in the student's code
KINDS = (ast.BinOp, ast.Call, ast.Subscript, ast.UnaryOp, ast.Compare, ast.Attribute, ast.Tuple, ast.Slice)
KNOWN = frozenset(dir(builtins)) | {"np", "torch", "math", "nn", "F"}


@dataclass(frozen=True)
class Donor:
    """An expression of a right answer: its text in the student's names, its words, and the names that it has itself."""

    node: ast.AST
    text: str
    words: Counter
    size: int
    names: Mapping[str, str]  # its own -> the student's, where they differ
    away: int = 0  # 1: of an answer to another question

    def in_the_students_names(self) -> ast.AST:
        return Renamed(self.names).visit(copy.deepcopy(self.node)) if self.names else self.node


@dataclass(frozen=True)
class RightAnswer:
    """A function or class of a right answer: what its names are, and its expressions, with the names in each."""

    name: str
    roles: dict[str, str]
    parts: tuple[tuple[Donor, frozenset[str]], ...]

    @classmethod
    def of(cls, definition: ast.FunctionDef | ast.ClassDef) -> RightAnswer:
        parts = {}
        for node in ast.walk(definition):
            if isinstance(node, KINDS) and (text := ast.unparse(node)) not in parts:
                names = frozenset(part.id for part in ast.walk(node) if isinstance(part, ast.Name))
                parts[text] = donor_of(node, text, {}), names
        return cls(definition.name, roles(definition), tuple(parts.values()))


class Donors:
    """Of right answers to all questions of an assignment, read once.

    Args:
        sources: of whole answers to the assignment.
    """

    def __init__(self, sources: Iterable[str]) -> None:
        self._answers = [
            RightAnswer.of(node)
            for source in sources
            for node in ast.walk(ast.parse(source))
            if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        ]

    def operators(self, source: str, names: Iterable[str]) -> tuple[Operator, Operator]:
        """Operators that put them into a definition of a student's: those that differ by few words, and the others.

        Args:
            names: the functions that the definition is part of an answer to.
        """
        definition = ast.parse(source)
        bound = {name for node in definition.body if hasattr(node, "name") for name in Scope(node).names}
        found = [*self._fitting(definition, bound, {*names})]

        known: dict[ast.expr, list[tuple[int, Donor]]] = {}

        def put_in(node: ast.expr, scope: Scope, least: int, most: int) -> Iterator[ast.AST]:
            if node not in known:
                known[node] = nearest(node, found) if may_be_replaced(node, scope) else []
            yield from (donor.in_the_students_names() for away, donor in known[node] if least <= away <= most)

        near, far = partial(put_in, least=0, most=CLOSE), partial(put_in, least=CLOSE + 1, most=FARTHEST + 1)
        says = "as a right answer has it"
        return Operator("part", (ast.expr,), near, says), Operator("other part", (ast.expr,), far, says)

    def _fitting(self, definition: ast.AST, bound: set[str], names: set[str]) -> Iterator[Donor]:
        """Those whose names the student has, by name or by what they are."""
        known: dict[str, str] = {}
        for name, role in roles(definition).items():
            known.setdefault(role, name)
        usable, seen = bound | KNOWN, set()
        for answer in sorted(self._answers, key=lambda answer: answer.name not in names):
            others = {name: known[role] for name, role in answer.roles.items() if known.get(role, name) != name}
            for donor, needed in answer.parts:
                if all(others.get(name, name) in usable for name in needed):
                    changed = {name: others[name] for name in needed if name in others}
                    text = renamed_text(donor.text, changed)
                    if text not in seen:
                        seen.add(text)
                        own = donor_of(donor.node, text, changed) if changed else donor
                        yield replace(own, away=1) if answer.name not in names else own


def donor_of(node: ast.AST, text: str, names: Mapping[str, str]) -> Donor:
    words = Counter(WORD.findall(text))
    return Donor(node, text, words, sum(words.values()), names)


def renamed_text(text: str, names: Mapping[str, str]) -> str:
    return NAME.sub(lambda match: names.get(match[0], match[0]), text) if names else text


def may_be_replaced(node: ast.expr, scope: Scope) -> bool:
    """Whether an expression is a value of its own: no target, no function that is called."""
    if isinstance(getattr(node, "ctx", None), ast.Store) and not isinstance(node, ast.Subscript):
        return False
    parent = scope.parents.get(node)
    called = isinstance(parent, ast.Call) and node is parent.func
    return not called and not isinstance(parent, ast.Attribute) and not is_given_back(node, scope)


def may_stand_for(donor: ast.AST, node: ast.expr) -> bool:
    """Slices stand for slices, and several values for several."""
    return all(isinstance(donor, kind) == isinstance(node, kind) for kind in (ast.Slice, ast.Tuple))


def nearest(node: ast.expr, donors: list[Donor]) -> list[tuple[int, Donor]]:
    """Those that differ from an expression by a few words, and by how many."""
    text = ast.unparse(node)
    words = Counter(WORD.findall(text))
    size = sum(words.values())
    ranked: list[tuple[int, int, Donor]] = []
    for donor in donors:
        if abs(donor.size - size) > FARTHEST or donor.text == text or not may_stand_for(donor.node, node):
            continue
        common = sum((words & donor.words).values())
        away = size + donor.size - 2 * common
        alike = size > 1 and 3 * common >= max(size, donor.size) or (common == size and donor.size <= SMALL)
        if away <= FARTHEST and alike:
            ranked.append((donor.away + away, len(ranked), donor))
    return [(away, donor) for away, _, donor in sorted(ranked, key=lambda entry: entry[:2])[:MOST]]


class Renamed(ast.NodeTransformer):
    """Other names in an expression."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self._names.get(node.id, node.id), node.ctx)


def roles(function: ast.AST) -> dict[str, str]:
    """What each local name is, by the first value that it gets: `x.shape[2]`, `conv_param['stride']`."""
    found: dict[str, str] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], ast.unparse(node.value)
            if value == "cache":  # what was kept has the names that it was kept under
                continue
            if isinstance(target, ast.Name):
                found.setdefault(target.id, value)
            elif isinstance(target, ast.Tuple):
                parts = node.value.elts if isinstance(node.value, ast.Tuple) else []
                for place, element in enumerate(target.elts):
                    if isinstance(element, ast.Name) and element.id != "_":
                        alone = len(parts) == len(target.elts)
                        found.setdefault(element.id, ast.unparse(parts[place]) if alone else f"{value}[{place}]")
        elif isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.target, ast.Name):
            found.setdefault(node.target.id, f"in {ast.unparse(node.iter)}")
    for name, role in list(found.items()):
        words = re.split(r"([A-Za-z_]\w*)", role)
        found[name] = "".join(word if word == name else found.get(word, word) for word in words)
    return found
