"""Code made shorter as long as it computes the same: statements and branches that its answers do not need go."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

MOST_TRIES = 120  # each is a worker's start and some calls


def reduce(source: str, keep: frozenset[str], same: Callable[[str], bool], tries: int = MOST_TRIES) -> str:
    """The source without what can be left out, the largest parts tried first.

    Args:
        keep: functions that must stay.
        same: whether a source still computes what the first one did.
    """
    done = 0
    found = True
    while found and done < tries:
        found = False
        for shorter in shorter_ones(source, keep):
            if done == tries:
                break
            done += 1
            if same(shorter):
                source, found = shorter, True
                break
    return source


def shorter_ones(source: str, keep: frozenset[str]) -> Iterator[str]:
    """The source with one part less, for each part; what could not run at all is not worth a try."""
    tree = ast.parse(source)
    edits = [*left_out(tree, keep), *unwrapped(tree)]
    edits.sort(key=lambda edit: -edit[0])
    for _, apply in edits:
        other = copy.deepcopy(tree)
        apply(other)
        text = ast.unparse(ast.fix_missing_locations(other)) + "\n"
        if len(text) < len(ast.unparse(tree)) + 1:
            yield text


Edit = tuple[int, Callable[[ast.Module], None]]  # how much it takes away, and how


def left_out(tree: ast.Module, keep: frozenset[str]) -> Iterator[Edit]:
    """Each statement left out."""
    for place, node in enumerate(ast.walk(tree)):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            for number, statement in enumerate(block if isinstance(block, list) else ()):
                if getattr(statement, "name", "") not in keep and not isinstance(statement, ast.Pass):
                    yield len(ast.unparse(statement)), _without(place, field, number)


def _without(place: int, field: str, number: int) -> Callable[[ast.Module], None]:
    def apply(tree: ast.Module) -> None:
        node = [*ast.walk(tree)][place]
        block = getattr(node, field)
        block[number : number + 1] = [] if len(block) > 1 or field != "body" else [ast.Pass()]

    return apply


def unwrapped(tree: ast.Module) -> Iterator[Edit]:
    """Each `if` and `try` as one of its branches, and each conditional expression."""
    for place, node in enumerate(ast.walk(tree)):
        for field in ("body", "orelse"):
            block = getattr(node, field, None)
            for number, statement in enumerate(block if isinstance(block, list) else ()):
                if isinstance(statement, (ast.If, ast.Try)):
                    for branch in filter(None, (statement.body, statement.orelse)):
                        rest = len(ast.unparse(statement)) - sum(len(ast.unparse(part)) for part in branch)
                        yield rest, _with_branch(place, field, number, statement.body is branch)
        for field, value in ast.iter_fields(node):
            if isinstance(value, ast.IfExp):
                for name in ("body", "orelse"):
                    yield (
                        len(ast.unparse(value)) - len(ast.unparse(getattr(value, name))),
                        _with_value(place, field, name),
                    )


def _with_branch(place: int, field: str, number: int, is_body: bool) -> Callable[[ast.Module], None]:
    def apply(tree: ast.Module) -> None:
        block = getattr([*ast.walk(tree)][place], field)
        block[number : number + 1] = block[number].body if is_body else block[number].orelse

    return apply


def _with_value(place: int, field: str, name: str) -> Callable[[ast.Module], None]:
    def apply(tree: ast.Module) -> None:
        node = [*ast.walk(tree)][place]
        setattr(node, field, getattr(getattr(node, field), name))

    return apply
