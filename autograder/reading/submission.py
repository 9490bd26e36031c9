"""A notebook that was handed in → the program that is graded, and what has to be told about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from autograder.reading.identity import find_other
from autograder.reading.modules import Files
from autograder.reading.notebook import Notebook
from autograder.reading.program import Program, Surroundings, slice_program
from autograder.reading.release import Release, read_release
from cnnlab.signatures import graded_names

__all__ = ["read_program", "read_release"]


def read_program(notebook: Notebook, assignment: str, release: Release, forbidden: Iterable[str] = ()) -> Program:
    """What runs of a notebook that was handed in for an assignment.

    Args:
        notebook: as it was read.
        assignment: what it was handed in for.
        release: the notebook that was given out.
        forbidden: packages that the assignment does not allow.
    """
    around = Surroundings(Files(notebook.path), release, tuple(forbidden))
    program = slice_program(notebook.cells, graded_names(assignment), around)
    other = find_other(notebook, assignment, program.definitions)
    if other is None:
        return program
    return Program(
        (), {}, (other, *(replace(problem, names=(), open=False) for problem in program.problems)), other.names
    )
