"""Expressions of right answers that a student's may be a slip of: alike, and made of names that they have."""

from __future__ import annotations

import ast
import builtins
import copy
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from autograder.mutation.making import Operator
from autograder.mutation.scope import Scope

WORD = re.compile(r"[A-Za-z_]\w*|[\d.e-]+|\*\*|//|[^\s\w(),]")
FARTHEST = 8  # words that are put in or taken out
KINDS = (ast.BinOp, ast.Call, ast.Subscript, ast.UnaryOp, ast.Compare, ast.Attribute, ast.Tuple, ast.Slice)
KNOWN = frozenset(dir(builtins)) | {"np", "torch", "math", "nn", "F"}


class Donors:
    """Of some right answers to a question: each expression, with the names it needs."""

    def __init__(self, sources: Iterable[str]) -> None:
        self._functions = [
            node
            for source in sources
            for node in ast.walk(ast.parse(source))
            if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        ]
        self._of: dict[int, list] = {}

    def operator(self, student: ast.AST) -> Operator:
        """The operator that puts them into one function of a student's."""
        found = [*self._fitting(student)]

        def near(node: ast.expr, scope: Scope) -> Iterator[ast.AST]:
            if isinstance(getattr(node, "ctx", None), ast.Store) and not isinstance(node, ast.Subscript):
                return
            parent = scope.parents.get(node)
            if isinstance(parent, (ast.Call, ast.Attribute)) and node in (getattr(parent, "func", None), getattr(parent, "value", None)):
                return
            text = unparse(node)
            if not text:
                return
            own = Counter(WORD.findall(text))
            size = sum(own.values())
            ranked = []
            for words, count, needed, other_text, other in found:
                if other_text == text or abs(count - size) > FARTHEST or not needed <= scope.names.keys() | KNOWN:
                    continue
                common = sum((own & words).values())
                away = size + count - 2 * common
                if away <= FARTHEST and (2 * common >= max(size, count) or (common == size and count <= 7)):
                    ranked.append((away, len(ranked), other))
            for _, _, other in sorted(ranked, key=lambda entry: entry[:2])[:12]:
                yield other

        return Operator("donor", (ast.expr,), near, "as a right answer has it")

    def _fitting(self, student: ast.AST) -> Iterator[tuple]:
        mine = roles(student)
        known: dict[str, str] = {}
        for name, role in mine.items():
            known.setdefault(role, name)
        seen: set[str] = set()
        for function in self._functions:
            names = {name: known.get(role, name) for name, role in roles(function).items()}
            for node in ast.walk(function):
                if isinstance(node, KINDS):
                    other = Renamed(names).visit(copy.deepcopy(node))
                    text = unparse(other)
                    if text in seen:
                        continue
                    seen.add(text)
                    words = Counter(WORD.findall(text))
                    needed = {part.id for part in ast.walk(other) if isinstance(part, ast.Name)}
                    yield words, sum(words.values()), needed, text, other


class Renamed(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self._names.get(node.id, node.id), node.ctx)


def unparse(node: ast.AST) -> str:
    try:
        return ast.unparse(node)
    except (ValueError, RecursionError, AttributeError):
        return ""


def roles(function: ast.AST) -> dict[str, str]:
    """What each local name is, by the first value that it gets, as far as that says it: `x.shape[2]`, `range(H_out)`."""
    found: dict[str, str] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], unparse(node.value)
            if isinstance(target, ast.Name):
                found.setdefault(target.id, value)
            elif isinstance(target, ast.Tuple):
                for place, element in enumerate(target.elts):
                    if isinstance(element, ast.Name) and element.id != "_":
                        found.setdefault(element.id, f"{value}[{place}]")
        elif isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.target, ast.Name):
            found.setdefault(node.target.id, f"in {unparse(node.iter)}")
    for name, role in list(found.items()):
        found[name] = re.sub(r"[A-Za-z_]\w*", lambda match: found.get(match[0], match[0]) if match[0] != name else match[0], role)
    return found
