"""Inputs that all answers to a question are compared on, whatever the term: the same for every class.

The hidden tests ask for every regime of inputs that a question needs (`hidden_tests/regimes/`). They are run once, with
a seed of their own, on the course's own solution; of the calls that they make, few are kept that have every regime.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import inspect
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.course.course import Assignment
from autograder.course.reference import Reference, digest, load_functions, solution_source
from autograder.course.suite import imported
from autograder.grading.plugin import HiddenTests
from autograder.grading.replay import calls_behind, is_complete, is_stateful, objects_made
from autograder.hidden_tests.regimes import Regime
from cnnlab.checking.student import Call, LocalStudent
from cnnlab.checking.testing import run_tests
from cnnlab.signatures import COURSE, PROBES, QUESTIONS, SIGNATURES, names_of, partners_of

SEED = "what answers are compared on"  # of no term: groups go over several
MOST_ENTRIES = 4000  # of the arrays that a call is given, where smaller ones do not have its regime, too
MOST_SECONDS = 1.0  # that the solution takes for the calls
FEWEST, MOST = 20, 40  # calls of a function
Chain = list[Call]  # calls, of which the last is the one whose answer counts and the others made what it is given


class Recorded(LocalStudent):
    """The solution as a student, with the calls of every test kept."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        super().__init__(namespace)
        self.tests: list[list[Call]] = [self.calls]

    def forget(self) -> None:
        self.calls = []
        self.tests.append(self.calls)
        super().forget()


def shared_inputs(assignment: Assignment, questions: Collection[str] | None = None) -> dict[str, list[Chain]]:
    """For each question that has functions, the calls to compare its answers on, those of each function together.

    Args:
        questions: only these; all, if None.
    """
    namespace = load_functions(solution_source(assignment.source), assignment.name)
    tables = importlib.import_module(f"autograder.hidden_tests.regimes.{assignment.name}").REGIMES
    found: dict[str, list[Chain]] = {}
    for question, lines in COURSE[assignment.name].items():
        if lines and (questions is None or question in questions):
            tests = calls_of(assignment, question, namespace)
            found[question] = [
                chain
                for function in names_of(lines)
                for chain in choose(chains_of(function, tests), function, tables.get(function, {}), namespace)
            ]
    return found


def calls_of(assignment: Assignment, question: str, namespace: dict[str, Any]) -> list[list[Call]]:
    """The calls of each hidden test of a question, and of those about the other direction of its layer: always the
    same, whichever other questions are asked for."""
    functions = names_of(COURSE[assignment.name][question])
    related = [question, *(QUESTIONS[name] for function in functions for name in partners_of(function))]
    student = Recorded(namespace)
    run_tests(assignment.hidden_tests, HiddenTests(student, SEED, Reference(namespace), None, related))
    return student.tests


def chains_of(function: str, tests: Iterable[list[Call]]) -> list[Chain]:
    """The different calls of a function, the smallest first, each with those behind it."""
    found: dict[bytes, Chain] = {}
    for calls in tests:
        for call in calls:
            if not (call.name == function or call.name in PROBES) or not call.answered or makes_object(call):
                continue
            chain = calls_behind(calls, call)
            if is_complete(chain) and any(step.name == function for step in chain) and is_small(chain):
                found.setdefault(key_of(chain), chain)
    return sorted(found.values(), key=size_of)


def makes_object(call: Call) -> bool:
    """Whether all that came of it stays where the student's code runs: only a later call can tell of it."""
    return is_stateful(call) and bool(objects_made(call))


def key_of(chain: Chain) -> bytes:
    """What tells calls apart: names and plain arguments; objects by their kinds."""
    return b"".join(digest((step.name, [plain(value) for value in given(step)]), {}) for step in chain)


def plain(value: Any) -> Any:
    try:
        digest(value, {})
    except TypeError:
        return type(value).__name__
    return value


def given(call: Call) -> list[Any]:
    return [*call.args, *call.kwargs.values()]


def is_small(chain: Chain) -> bool:
    return sum(step.seconds for step in chain) <= MOST_SECONDS


def size_of(chain: Chain) -> int:
    """Entries of the arrays that calls are given."""
    return sum(value.size for step in chain for value in given(step) if isinstance(value, np.ndarray))


def choose(
    chains: list[Chain], function: str, table: Mapping[str, Regime], namespace: Mapping[str, Any]
) -> list[Chain]:
    """As few as have every regime, small ones where there is a choice; and some more of the smallest."""
    table = {**table, "float32": has_float32}
    regimes = {id(chain): regimes_of(chain, function, table, namespace) | {ends(chain)} for chain in chains}
    small = [chain for chain in chains if size_of(chain) <= MOST_ENTRIES]
    chosen: list[Chain] = []
    missing = {*table, *map(ends, chains)}
    for some in (small, chains):
        while len(chosen) < MOST:
            best = max(some, key=lambda chain: len(regimes[id(chain)] & missing), default=None)
            if best is None or not regimes[id(best)] & missing:
                break
            chosen.append(best)
            missing -= regimes[id(best)]
    more = [chain for chain in small if not any(chain is other for other in chosen)]
    chosen += more[:: max(1, len(more) // FEWEST)][: max(0, FEWEST - len(chosen))]
    return sorted(chosen, key=size_of)


def regimes_of(chain: Chain, function: str, table: Mapping[str, Regime], namespace: Mapping[str, Any]) -> set[str]:
    call = arguments_of(next(step for step in reversed(chain) if step.name == function), namespace)
    found = set()
    for name, regime in table.items():
        with contextlib.suppress(Exception):  # a regime is written for the calls that it can be in
            if regime(call):
                found.add(name)
    return found


def arguments_of(call: Call, namespace: Mapping[str, Any]) -> SimpleNamespace:
    """A call's arguments by name, defaults included."""
    names = SIGNATURES[call.name].parameters
    by_name = {**dict(zip(names, call.args)), **call.kwargs}
    if names and names[-1].startswith("*"):
        by_name[names[-1].strip("*")] = call.args[len(names) - 1 :]
    parameters = inspect.signature(namespace[call.name]).parameters.values()
    defaults = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
    return SimpleNamespace(**{**defaults, **by_name})


def ends(chain: Chain) -> str:
    """By what it is told: of a network, its parameters, its output, ..."""
    return f"told by {chain[-1].name}"


def has_float32(call: SimpleNamespace) -> bool:
    return any(getattr(value, "dtype", None) == np.float32 for value in vars(call).values())


@cache
def inputs_version(assignment: Assignment) -> str:
    """Changes whenever the inputs may: a hash of what they are made by."""
    hasher = hashlib.sha256()
    made_by = imported([Path(__file__), *assignment.hidden_tests.glob("*.py")])
    for path in sorted({assignment.source, *made_by}):
        hasher.update(path.name.encode() + path.read_bytes())
    return hasher.hexdigest()[:16]
