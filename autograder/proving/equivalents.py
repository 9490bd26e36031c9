"""Mutants that no test can kill, by small cases or by declaration.

A declaration stands in `autograder/mistakes/<assignment>/equivalents.toml`, with the reason: the edit changes nothing
that the contract speaks of, and small cases can't show that (they know no clock, no memory and no large sizes).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from autograder import AutograderError
from autograder.course.course_file import tomllib
from autograder.course.reference import load_functions
from autograder.proving.mutants import Mutant
from autograder.proving.small_cases import CONVOLUTION, Script, first_difference, results
from autograder.proving.small_cases_normalization import NORMALIZATION
from cnnlab.signatures import COURSE

MISTAKES = Path(__file__).resolve().parent.parent / "mistakes"
SCRIPTS = {**CONVOLUTION, **NORMALIZATION}
COUNT = 200  # small cases that a mutant is asked
COSTLY = {"overfit": 6, "train_epoch": 20, "lenet": 30}  # of questions whose cases take long


@dataclass(frozen=True)
class Declared:
    """An edit of a style that is equivalent, and why."""

    style: str
    function: str
    before: str
    after: str
    reason: str

    def fits(self, mutant: Mutant) -> bool:
        edit = mutant.edit
        return (self.style, self.function, self.before, self.after) == (
            mutant.style.name,
            edit.function,
            edit.before,
            edit.after,
        )


def read_declared(assignment: str) -> list[Declared]:
    """The declarations of an assignment; none where there is no file.

    Raises:
        AutograderError: an entry lacks a key, has one too many, or gives no reason.
    """
    path = MISTAKES / assignment / "equivalents.toml"
    if not path.exists():
        return []
    with path.open("rb") as file:
        entries = tomllib.load(file).get("equivalent", [])
    return [
        read_entry(entry, f"{path.name} of {assignment}, entry {number}") for number, entry in enumerate(entries, 1)
    ]


def read_entry(entry: Mapping[str, Any], place: str) -> Declared:
    wanted = Declared.__dataclass_fields__.keys()
    if entry.keys() != wanted or not all(isinstance(value, str) for value in entry.values()):
        raise AutograderError(f"{place}: an equivalent mutant has the keys {', '.join(wanted)}, each a text.")
    if len(entry["reason"].split()) < 3:
        raise AutograderError(f"{place}: say why the edit changes nothing that the contract speaks of.")
    return Declared(**entry)


def declared_reason(mutant: Mutant, declared: Iterable[Declared]) -> str:
    return next((one.reason for one in declared if one.fits(mutant)), "")


def difference(mutant: Mutant) -> str:
    """The first small case in which a mutant does not do as its own right solution; empty if none is found."""
    wrong, known = load_functions(mutant.source, "<mutant>"), scripts(mutant.style.assignment)
    for question in mutant.questions:
        if question not in known:
            return f"{question}, for all that is known: autograder/proving/ has no small cases of it"
        right = right_results(mutant.style.source, mutant.style.assignment, question)
        if found := first_difference(right, wrong, known[question]):
            return f"{question}, {found}"
    return ""


@cache
def right_results(source: str, assignment: str, question: str) -> list[Any]:
    """What a right solution gives in the small cases of a question."""
    found = results(load_functions(source, "<style>"), scripts(assignment)[question])
    return list(islice(found, COSTLY.get(question, COUNT)))


@cache
def scripts(assignment: str) -> dict[str, Script]:
    """Small cases by question; of an assignment that is new, none."""
    if assignment == "a4_lenet":
        from autograder.proving.small_cases_lenet import NETWORKS  # PyTorch takes seconds to import

        return NETWORKS
    return {name: script for name, script in SCRIPTS.items() if name in COURSE[assignment]}
