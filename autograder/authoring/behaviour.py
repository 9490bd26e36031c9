"""What solutions and mistakes do in the visible checks of a question, run in processes of their own."""

from __future__ import annotations

import contextlib
import io
import random
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.course.reference import load_functions
from autograder.mistakes import Mistake
from cnnlab.checking.outcomes import FAILED, TestReport
from cnnlab.checking.sketch import PRECISIONS, Sketch, WatchedStudent
from cnnlab.checking.visible import all_calls, run_checks

SEEDS = (1, 2)  # of NumPy's and PyTorch's own random numbers: what differs between them says nothing


@dataclass(frozen=True)
class Behaviour:
    """What a mistake does in the checks of a question: the hashes that it may be known by."""

    mistake: Mistake
    calls: dict[bool, frozenset[bytes]]  # of all their calls, without and with the words of exceptions
    checks: bytes = b""  # of the checks as they are made, where one of them fails
    call: bytes = b""  # of all their calls, in the same way
    in_words: bool = False  # whether there are only exceptions to know it by

    def is_like(self, other: Behaviour) -> bool:
        """Whether another could be taken for it."""
        return bool(self.calls[self.in_words] & other.calls[self.in_words])


@dataclass(frozen=True)
class Right:
    """What the checks of a question call, and which places of its sketches chance decides."""

    called: frozenset[str]
    by_chance: frozenset[str]


def begin(use_torch: bool) -> None:
    """Of each process: mistakes print and warn, and there are as many processes as cores."""
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    if use_torch:
        import torch

        torch.set_num_threads(1)


def look_at_right(solution: str, question: str) -> Right:
    """Run the checks of a question on the solution, for each seed."""
    functions = load_functions(solution, "<solution>")
    pairs = [(checks_of(question, functions, seed)[1], calls_of(question, functions, seed)) for seed in SEEDS]
    places = {place for one, other in zip(*pairs) for place in differing_places(one, other)}
    return Right(frozenset(names_called(question, solution)), frozenset(places))


def names_called(question: str, solution: str) -> Iterator[str]:
    class Listening(WatchedStudent):
        def _invoke(self, signature: Any, args: tuple, kwargs: dict) -> Any:
            names.add(signature.name)
            return super()._invoke(signature, args, kwargs)

    names: set[str] = set()
    run_checks(question, Listening(load_functions(solution, "<solution>")), Sketch(), everything=False)
    yield from names


def differing_places(one: Sketch, other: Sketch) -> Iterator[str]:
    ours, theirs = one.features(), other.features()
    for place in ours.keys() | theirs.keys():
        if place not in ours or place not in theirs:
            yield place
            continue
        (precision, shares, broken), (_, others, as_broken) = ours[place], theirs[place]
        if broken != as_broken or np.abs(shares - others).max() > PRECISIONS[precision][0]:
            yield place


def look_at(solution: str, mistake: Mistake, question: str, by_chance: frozenset[str]) -> Behaviour | None:
    """Run the checks of a question on a mistake, for each seed; None if it is not the same each time."""
    functions = load_functions(solution, "<bank>", mistake.source)
    once, again = (calls_of(question, functions, seed) for seed in SEEDS)
    calls = {words: frozenset(once.keys(by_chance, words)) for words in (False, True)}
    if not calls[True] & set(again.keys(by_chance)):
        return None
    if mistake.question != question:
        return Behaviour(mistake, calls)
    reports, sketch = checks_of(question, functions, SEEDS[0])
    if not sketch.is_whole or all(report.outcome != FAILED for report in reports):
        return Behaviour(mistake, calls)
    first, call = (next(one.keys(by_chance, sketch.only_raises)) for one in (sketch, once))
    return Behaviour(mistake, calls, first, call, sketch.only_raises)


def checks_of(question: str, functions: dict[str, Any], seed: int) -> tuple[list[TestReport], Sketch]:
    """The reports of the steady checks, and what was done in them."""
    sow(seed)
    sketch = Sketch()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        reports = run_checks(question, WatchedStudent(functions), sketch, everything=False)
    return reports, sketch


def calls_of(question: str, functions: dict[str, Any], seed: int) -> Sketch:
    sow(seed)
    return all_calls(question, WatchedStudent(functions))


def sow(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed)
