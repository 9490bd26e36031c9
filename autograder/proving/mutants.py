"""`make mutants`: how good the hidden tests are, measured on slips that nobody has thought of.

Every function of the reference solution and of each honest one is edited in all ways that `autograder/mutation/` knows,
one at a time. A mutant that some hidden test fails is killed; one that none fails is equivalent, or a test is missing.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar

from autograder.course.course import REPOSITORY, Assignment
from autograder.course.reference import solution_source
from autograder.mistakes import HONEST, words_of
from autograder.mutation.edits import DEFINITIONS, Edit, apply, edits
from cnnlab.signatures import COURSE, names_of, partners_of

REFERENCE = "reference"
FREE = {"convnet", "cifar10_accuracy"}  # networks of a student's own design: no edit of theirs is wrong as such


@dataclass(frozen=True)
class Style:
    """One right solution, to be edited: the reference, or an honest one."""

    assignment: str
    name: str
    path: Path
    source: str

    @cached_property
    def definitions(self) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
        return {node.name: node for node in ast.parse(self.source).body if isinstance(node, DEFINITIONS)}

    @cached_property
    def _statements(self) -> dict[str, ast.stmt]:
        """What makes each name: its definition, or `relu_forward, relu_backward = RELU.forward, RELU.backward`."""
        bound = {
            name.id: statement
            for statement in ast.parse(self.source).body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            for name in ast.walk(target)
            if isinstance(name, ast.Name)
        }
        return {**bound, **self.definitions}

    @cached_property
    def _used(self) -> dict[str, set[str]]:
        """What each name stands on, directly or not, itself too."""
        statements = self._statements
        direct = {name: words_of(ast.unparse(node)) & statements.keys() for name, node in statements.items()}
        found = {}
        for name in direct:
            reached, waiting = {name}, [name]
            while waiting:
                new = direct[waiting.pop()] - reached
                reached |= new
                waiting += new
            found[name] = reached
        return found

    def questions(self, definition: str) -> tuple[str, ...]:
        """The questions whose functions use a definition: its own one first, then in the notebook's order."""
        own: list[str] = []
        others: list[str] = []
        for question, lines in COURSE[self.assignment].items():
            names = names_of(lines)
            if question not in FREE and definition in self._behind(names):
                (own if definition in names else others).append(question)
        return tuple(own + others)

    def around(self, definition: str, questions: Iterable[str]) -> str:
        """What else stands behind some questions: together with an edit, it tells two mutants apart."""
        lines = COURSE[self.assignment]
        reached = self._behind(name for question in questions for name in names_of(lines[question]))
        return "\n".join(ast.dump(self._statements[name]) for name in sorted(reached - {definition}))

    def _behind(self, names: Iterable[str]) -> set[str]:
        """What some graded functions use, and those that make the caches which they get."""
        wanted = {
            other for name in names for other in (name, *partners_of(name)) if other == name or "_forward" in other
        }
        return {used for name in wanted & self._used.keys() for used in self._used[name]}

    @cached_property
    def _lines(self) -> dict[str, int]:
        tree = ast.parse(self.path.read_text(encoding="utf-8"))
        return {node.name: node.lineno for node in tree.body if isinstance(node, DEFINITIONS)}

    def line(self, edit: Edit) -> int:
        """The line of an edit in the style's own file."""
        return self._lines[edit.function] + edit.line - self.definitions[edit.function].lineno


@dataclass(frozen=True)
class Mutant:
    """A right solution with one edit."""

    style: Style
    edit: Edit
    questions: tuple[str, ...]  # in which it may be seen, its own one first

    @property
    def source(self) -> str:
        return apply(self.style.source, self.edit)

    @property
    def place(self) -> str:
        return f"{self.style.path.relative_to(REPOSITORY)}:{self.style.line(self.edit)}"


class Program(Protocol):
    """What can be judged: a source, and the questions that are asked of it."""

    @property
    def source(self) -> str: ...

    @property
    def questions(self) -> tuple[str, ...]: ...

    @property
    def place(self) -> str: ...


@dataclass(frozen=True)
class Verdict:
    """What hidden tests say of a mutant, or of anything else that is wrong."""

    lost: tuple[tuple[str, str], ...]  # question and test of each that failed, in the order in which they were asked
    by_clock: bool = False  # the first one only because a call took too long
    trouble: str = ""  # the grader's own
    difference: str = ""  # of what no test fails: the first small case in which it does not do as the right solution


def styles_of(assignment: Assignment) -> list[Style]:
    """The reference solution and the honest ones."""
    found = [Style(assignment.name, REFERENCE, assignment.source, solution_source(assignment.source))]
    for path in sorted((HONEST / assignment.name).glob("*.py")):
        found.append(Style(assignment.name, path.stem, path, path.read_text(encoding="utf-8")))
    return found


def mutants_of(styles: Iterable[Style]) -> Iterator[Mutant]:
    """Every mutant once, also where two styles have a function in common."""
    seen: set[tuple[str, str]] = set()
    for style in styles:
        around = {name: style.around(name, style.questions(name)) for name in style.definitions}
        for edit in edits(style.source):
            questions = style.questions(edit.function)
            key = (edit.says, around[edit.function])
            if questions and key not in seen:
                seen.add(key)
                yield Mutant(style, edit, questions)


Some = TypeVar("Some")


def drawn(programs: list[Some], count: int, seed: int) -> list[Some]:
    """Some of them, in their order, the same for the same seed."""
    chosen = set(random.Random(seed).sample(range(len(programs)), min(count, len(programs))))
    return [program for number, program in enumerate(programs) if number in chosen]
