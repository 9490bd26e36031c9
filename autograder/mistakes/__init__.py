"""The mistake bank: what students do wrong, each as a submission that does it.

`make check` proves that the hidden tests catch every one of them, and the grader recognizes them by their output. A
mistake is an honest solution (`autograder/honest/<assignment>/`) with one thing changed, so that nothing else is wrong
with it.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnlab.signatures import graded_names

HONEST = Path(__file__).resolve().parent.parent / "honest"


@dataclass(frozen=True)
class Mistake:
    """One mistake: a whole submission that makes it, and what that must cost."""

    name: str
    question: str
    hint: str  # a noun phrase that follows "looks like: "
    source: str
    loses: tuple[str, ...]  # the hidden tests that must not pass; every other one must
    number: int | None = None  # in the published list of 95
    slow: bool = False  # right, but takes longer than a second a call
    redefines: tuple[str, ...] = ()  # graded functions whose code differs from the honest solution's
    also: tuple[str, ...] = ()  # further hints that are true of it: tests have some of their own
    # what it has in common with others, as a hint: paid once in a submission, and said where several of them fit alike
    idea: str = ""

    @property
    def paid_as(self) -> str:
        """What it is paid for as, once in a submission."""
        return self.idea or self.hint


class Base:
    """An honest solution to make mistakes in."""

    def __init__(self, assignment: str, name: str) -> None:
        self.assignment = assignment
        self.text = (HONEST / assignment / f"{name}.py").read_text(encoding="utf-8")
        self.functions = split_functions(self.text)

    def mistake(
        self,
        name: str,
        function: str,
        hint: str,
        *changes: tuple[str, ...],
        loses: tuple[str, ...],
        question: str = "",
        **fields: Any,
    ) -> Mistake:
        """A mistake in one function: each change replaces a text that occurs in it exactly once.

        A change of the form `(function, old, new)` is made in that function instead.

        Raises:
            ValueError: an old text does not occur exactly once.
        """
        functions = dict(self.functions)
        for *where, old, new in changes:
            place = where[0] if where else function
            functions[place] = replace_once(functions[place], old, new, f"{name}: {place}")
        text = self.text
        for place, before in self.functions.items():
            text = text.replace(before, functions[place])
        question = question or function
        return Mistake(name, question, hint, text, loses, redefines=self.touched(functions, question), **fields)

    def touched(self, functions: dict[str, str], question: str) -> tuple[str, ...]:
        """Graded functions that changed, or that use a helper that did, and the question's own."""
        changed = {name for name, text in functions.items() if text != self.functions[name]}
        while more := {name for name in functions if name not in changed and words_of(functions[name]) & changed}:
            changed |= more
        return tuple(name for name in graded_names(self.assignment) if name == question or name in changed)


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def split_functions(text: str) -> dict[str, str]:
    """The source of each function at the top level, by name."""
    nodes = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return {node.name: ast.get_source_segment(text, node) or "" for node in nodes}


def replace_once(text: str, old: str, new: str, where: str) -> str:
    """`text` with `old` replaced; `ValueError` unless it occurs exactly once."""
    if text.count(old) != 1:
        raise ValueError(f"mistake bank, {where}: {old!r} occurs {text.count(old)} times, it must occur exactly once")
    return text.replace(old, new)
