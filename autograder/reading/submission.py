"""A student's folder → the notebook that was handed in → the program that is graded, and what has to be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.reading.identity import find_other
from autograder.reading.modules import Files
from autograder.reading.notebook import MissingSubmission, Notebook, UnreadableSubmission, find_notebook
from autograder.reading.program import Program, Surroundings, slice_program
from autograder.reading.release import Release, read_release
from cnnlab.signatures import graded_names

__all__ = ["HandIn", "read_hand_in", "read_program", "read_release"]


@dataclass(frozen=True)
class HandIn:
    """What lies in a student's folder, read once: its notebook, or why there is none."""

    folder: Path
    file: str = ""  # that was chosen, by its name
    notebook: Notebook | None = None
    notes: tuple[str, ...] = ()
    problem: str = ""  # a sentence where there is no notebook
    missing: bool = False  # whether that is because nothing was handed in


def read_hand_in(folder: Path, assignment: str) -> HandIn:
    """Choose and read the notebook of a folder; never an exception for what lies there."""
    try:
        choice = find_notebook(folder, assignment, graded_names(assignment))
    except UnreadableSubmission as problem:
        return HandIn(folder, problem=str(problem), missing=isinstance(problem, MissingSubmission))
    return HandIn(folder, choice.path.name, choice.notebook, (*choice.notes, *choice.notebook.notes))


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
