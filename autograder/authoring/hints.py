"""`cnnlab/hints.json`: the commonest mistakes of each question, as what the visible checks know them by.

Each mistake of the bank is run through the visible checks that it touches. A name is kept if the checks fail by it, and
no mistake with another name does the same in them. Neither a source nor a number of a result gets into the file.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import json
import os
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import autograder.course.course
import cnnlab
from autograder.authoring.behaviour import Behaviour, begin, look_at, look_at_right
from autograder.course.course import Assignment, Course
from autograder.course.reference import solution_source
from autograder.files import write_atomically
from autograder.mistakes import Mistake
from cnnlab.checking.hints import cover, name_of
from cnnlab.signatures import COURSE

MOST = 12  # sentences for a question
USED = re.compile(r"from (cnnlab\.(?:checks|networks))(?:\.(\w+))? import ([\w, ]+)")
MARK = re.compile(r"\.question\(['\"](\w+)")
DECIDING = ("checking/sketch.py", "checking/visible.py", "checking/compare.py", "checking/gradcheck.py")


def hints_path() -> Path:
    return autograder.course.course.REPOSITORY / "cnnlab" / "hints.json"


def written() -> dict[str, Any]:
    return json.loads(hints_path().read_text(encoding="utf-8")) if hints_path().exists() else {}


def stale_questions(course: Course, before: dict[str, Any]) -> dict[str, dict[str, str]]:
    """By assignment, the questions whose entry was made from something else, with what it is to be made from."""
    found: dict[str, dict[str, str]] = {}
    for assignment in course.assignments:
        entries = before.get(assignment.name, {})
        sources = made_from(course, assignment)
        stale = {name: now for name, now in sources.items() if entries.get(name, {}).get("made_from") != now}
        if stale or list(entries) != list(sources):
            found[assignment.name] = stale
    return found


def check_hints(course: Course) -> list[str]:
    """A sentence if the file was made from other banks, checks, solutions or numbers than there are."""
    before = written()
    if not stale_questions(course, before) and list(before) == [assignment.name for assignment in course.assignments]:
        return []
    problem = "cnnlab/hints.json is not what the banks of mistakes and the visible checks give"
    return [f"{problem}: run `make build` and commit the result."]


def write_hints(course: Course) -> list[Path]:
    """Bring the file up to date, for the questions where something has changed; what changed."""
    if not check_hints(course):
        return []
    before, table = written(), {}
    stale = stale_questions(course, before)
    for assignment in course.assignments:
        new = stale.get(assignment.name, {})
        made = make_hints(assignment, list(new))
        entries = {**before.get(assignment.name, {}), **{name: {"made_from": new[name], **made[name]} for name in new}}
        table[assignment.name] = {name: entries[name] for name in COURSE[assignment.name]}
    write_atomically(hints_path(), json.dumps(table, indent=1) + "\n")
    return [hints_path()]


def made_from(course: Course, assignment: Assignment) -> dict[str, str]:
    """For each question a hash of everything that decides what the file says of it."""
    root = Path(cnnlab.__file__).parent
    checks, *others = sources_of(root, f"checks/{assignment.name}.py")
    others += [solution_source(assignment.source), *((root / name).read_text(encoding="utf-8") for name in DECIDING)]
    base = "\0".join([checks, *others, *map(repr, bank_of(assignment))])
    tests = tests_of(checks)
    rest, found = "\0".join([checks, *others]), {}
    for _, source in tests:
        rest = rest.replace(source, "")
    for question in COURSE[assignment.name]:
        text = "\0".join([rest, *(source for name, source in tests if name == question)])
        numbers = {name: value for name, value in course.variations.items() if f'"{name}"' in text}
        found[question] = hashlib.sha256(f"{base}\0{json.dumps(numbers)}".encode()).hexdigest()[:16]
    return found


def tests_of(checks: str) -> list[tuple[str, str]]:
    """Each test of a file of checks: its question, and its source."""
    nodes = [node for node in ast.parse(checks).body if isinstance(node, ast.FunctionDef)]
    marks = [(node, MARK.search(" ".join(map(ast.unparse, node.decorator_list)))) for node in nodes]
    return [(mark[1], ast.get_source_segment(checks, node) or "") for node, mark in marks if mark]


def sources_of(root: Path, name: str) -> list[str]:
    """The text of a file of checks, then of those that it uses in its room and in networks."""
    found: dict[str, str] = {}
    waiting = [name]
    while waiting:
        path = waiting.pop()
        if path not in found and (root / path).exists():
            found[path] = (root / path).read_text(encoding="utf-8")
            for package, module, names in USED.findall(found[path]):
                folder = package.removeprefix("cnnlab.")
                waiting += [f"{folder}/{module or name.strip()}.py" for name in names.split(",")]
    return list(found.values())


def bank_of(assignment: Assignment) -> tuple[Mistake, ...]:
    return importlib.import_module(f"autograder.mistakes.{assignment.name}").BANK


def make_hints(assignment: Assignment, questions: Sequence[str]) -> dict[str, Any]:
    """For each question its places that chance decides, and the covered sentences by their names."""
    solution = solution_source(assignment.source)
    bank = [mistake for mistake in bank_of(assignment) if not mistake.slow]
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), begin, (assignment.torch,)) as pool:
        right = dict(zip(questions, pool.map(look_at_right, [solution] * len(questions), questions)))
        work = [
            (solution, mistake, question, right[question].by_chance)
            for question in questions
            for mistake in bank
            if right[question].called & set(mistake.redefines)
        ]
        done = list(pool.map(look_at, *zip(*work), chunksize=4)) if work else []
    found: dict[str, list[Behaviour]] = {question: [] for question in questions}
    for (_, _, question, _), behaviour in zip(work, done):
        found[question] += [behaviour] if behaviour else []
    return {name: {"random": sorted(right[name].by_chance), "hints": choose(name, found[name])} for name in questions}


def choose(question: str, behaviours: Sequence[Behaviour]) -> dict[str, str]:
    """The covered sentences by their names: of the first `MOST` in the bank's order that are certain."""
    chosen: dict[str, str] = {}
    said: set[str] = set()
    for one in behaviours:
        if one.mistake.question != question or not one.checks:
            continue
        sentence = common_sentence(other.mistake for other in behaviours if one.is_like(other))
        if sentence and (sentence in said or len(said) < MOST):
            said.add(sentence)
            chosen[name_of(one.checks, one.call)] = cover(sentence, one.checks, one.call)
    return dict(sorted(chosen.items()))


def common_sentence(mistakes: Iterable[Mistake]) -> str:
    """What is true of all of them: their hint, or what they have in common; empty if there is no such."""
    alike = list(mistakes)
    for sentences in ({mistake.hint for mistake in alike}, {mistake.paid_as for mistake in alike}):
        if len(sentences) == 1:
            return sentences.pop()
    return ""
