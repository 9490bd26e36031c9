"""Whether a notebook is this assignment's at all: told from the names that it defines and from its kernel."""

from __future__ import annotations

import re
from collections.abc import Collection

from autograder.reading.notebook import Notebook
from autograder.reading.ranking import count_answers
from autograder.reading.statements import Problem
from cnnlab.signatures import COURSE, graded_names

SET_UP = re.compile(r"^ASSIGNMENT\b[^=\n]*=[ \t]*[\"'](\w+)[\"']", re.MULTILINE)
DEFINED = re.compile(r"^(?:async def|def|class)[ \t]+(\w+)|^(?!_)\w+(?=[ \t]*=[^=])", re.MULTILINE)
SHOWN = 4  # names


def find_other(notebook: Notebook, assignment: str, here: Collection[str]) -> Problem | None:
    """What the notebook is instead of this assignment's: every name is open then, until a person has looked.

    here: the graded names that it defines.
    """
    names = graded_names(assignment)
    if len(here) == len(names):
        return None
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.kind == "code")
    counts = {other: count_answers(text, tuple(graded_names(other)))[1] for other in COURSE if other != assignment}
    other = max(counts, key=lambda name: counts[name], default="")
    if other and counts[other] > len(here) and _read_set_up(text) != assignment:
        shown = _list([name for name in graded_names(other) if re.search(rf"\b{name}\b", text)])
        told = f"this is the notebook of {other} (it defines {shown}), handed in as {assignment}"
        return _problem(f"{told}: hand in {assignment}'s own", names)
    if here or any(name in cell.source for cell in notebook.cells for name in names):
        return None
    if notebook.other_language:
        return _problem(f"this is no Python notebook: {notebook.other_language}", names)
    defined = list(dict.fromkeys(match[1] or match[0] for match in DEFINED.finditer(text)))
    what = f"it defines {_list(defined)}" if defined else "it defines nothing"
    told = f"{notebook.path.name} has none of the functions of {assignment}: {what}; is it another notebook?"
    return _problem(told, names)


def _read_set_up(text: str) -> str:
    """The assignment that the set-up cell names; "" if none or several do."""
    found = {match[1] for match in SET_UP.finditer(text)} & COURSE.keys()
    return found.pop() if len(found) == 1 else ""


def _list(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _problem(text: str, names: list[str]) -> Problem:
    return Problem(0, 1, text, tuple(names), open=True)
