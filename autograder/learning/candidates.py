"""Which edits of a student's code may make a question pass, the likeliest first."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from autograder.learning.donors import Donors
from autograder.learning.repairs import REPAIRS
from autograder.mutation.edits import Edit, apply, unchecked
from autograder.mutation.making import Operator
from autograder.mutation.operators import OPERATORS
from autograder.reading.names import DEFINITIONS, read_scope
from autograder.reading.program import Program, Statement, uses
from autograder.reading.statements import Unit

COMMON = 17  # operators whose slips are made most often: names, indices, axes, signs, transpositions
GROUPS = 6
SHAPES = 5  # repairs of axes, shapes and views, which are few


@dataclass(frozen=True)
class Candidate:
    """A statement of the student's with one edit."""

    statement: Statement
    edit: Edit

    @property
    def source(self) -> str:
        return apply(self.statement.source, self.edit)

    @property
    def line(self) -> int:
        """Of the cell."""
        return self.statement.line + self.edit.line - 1

    @property
    def text(self) -> str:
        """Of the line, but for a comment behind the statement."""
        return self.statement.source.split("\n")[self.edit.line - 1].strip()

    @property
    def place(self) -> tuple[int, int]:
        return self.statement.cell, self.line


def candidates(program: Program, names: Sequence[str], donors: Donors) -> Iterator[Candidate]:
    """Edits of graded functions and of helpers that they call, the commonest first.

    Args:
        program: the student's.
        names: the graded functions. Others that they call are right, or were paid for: they stay.
        donors: parts of right answers.
    """
    places = editable(program, names)
    parts = {place: donors.operators(place.source, names) for place in places}
    for group in range(GROUPS):
        for place in places:
            for edit in unchecked(place.source, operators_of(group, *parts[place])):
                yield Candidate(place, edit)


def operators_of(group: int, near: Operator, far: Operator) -> Sequence[Operator]:
    """A group of operators, the likeliest first."""
    common, others = OPERATORS[:COMMON], OPERATORS[COMMON:]
    return ([near], common, REPAIRS[:SHAPES], [far], others, REPAIRS[SHAPES:])[group]


def editable(program: Program, names: Sequence[str]) -> list[Statement]:
    """The definitions behind some graded functions, the functions themselves first."""
    needed = {place_of(statement) for name in names for statement in uses(program, name)}
    others = program.definitions.keys() - set(names)
    found = [
        statement
        for statement in program.statements
        if place_of(statement) in needed
        and not statement.text
        and not others & set(statement.binds)
        and any(isinstance(node, DEFINITIONS) for node in ast.parse(statement.source).body)
    ]
    return sorted(found, key=lambda statement: not set(names) & set(statement.binds))


def place_of(statement: Statement) -> tuple[int, int, str]:
    return statement.cell, statement.line, statement.source


def edited(program: Program, candidate: Candidate) -> Program:
    """The program as if the student had handed it in so."""

    def rewrite(statement: Statement) -> Statement:
        same = place_of(statement) == place_of(candidate.statement)
        return replace(statement, source=candidate.source) if same else statement

    units = tuple(rewritten(unit, rewrite(unit.statement)) for unit in program.units)
    return replace(program, statements=tuple(map(rewrite, program.statements)), units=units)


def rewritten(unit: Unit, statement: Statement) -> Unit:
    if statement is unit.statement:
        return unit
    (node,) = ast.parse(statement.source).body
    return replace(unit, statement=statement, node=node, scope=read_scope(statement.source, node))
