"""What a grade depends on beside the submission: when any of it changes, everybody is graded again."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from autograder.course.course import REPOSITORY, Assignment, Course

PACKAGES = ("autograder", "cnnlab")
# where grading begins; the last two are named in a command line and to a worker, not imported
ENTRANCES = ("autograder/grading/grade.py", "autograder/sandbox/server.py", "cnnlab/checking/probes.py")


def suite_hash(course: Course, assignment: Assignment) -> str:
    """A hash of the term's seed, the assignment's limits and every file of the suite."""
    return hashlib.sha256(repr(sorted(suite_parts(course, assignment).items())).encode()).hexdigest()[:16]


@cache
def suite_parts(course: Course, assignment: Assignment) -> dict[str, str]:
    """Hashes that tell what changed: "term" (seed and limits), "tests" (with solution and mistakes), "grader"."""
    parts = {name: hashlib.sha256() for name in ("term", "tests", "grader")}
    parts["term"].update(f"{course.seed}|{assignment}".encode())
    for path in suite_files(assignment):
        part = parts["tests" if is_of_tests(path) else "grader"]
        part.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return {name: hasher.hexdigest()[:16] for name, hasher in parts.items()}


def is_of_tests(path: Path) -> bool:
    """Whether a file says what is asked, and not how it is asked."""
    folders = ("solutions", "autograder/hidden_tests", "autograder/mistakes")
    return path.suffix == ".json" or any(path.is_relative_to(REPOSITORY / folder) for folder in folders)


def suite_files(assignment: Assignment) -> list[Path]:
    """Sorted: the assignment's source, tests and mistakes, and every module that grading them imports."""
    folder = REPOSITORY / "autograder" / "mistakes" / assignment.name
    bank = [*folder.glob("*.py")]
    modules = imported([REPOSITORY / name for name in ENTRANCES] + [*assignment.hidden_tests.glob("*.py"), *bank])
    learned = folder.glob("learned/*.toml")
    return sorted({assignment.source, *learned, REPOSITORY / "cnnlab" / "variations.json", *modules})


def imported(roots: Iterable[Path]) -> set[Path]:
    """The modules of this repository that `roots` import, wherever in them, and so on; with the roots."""
    found: set[Path] = set()
    waiting = [*roots]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += files_imported(path)
    return found


@cache
def files_imported(path: Path) -> frozenset[Path]:
    """The modules of this repository that one imports itself. A file is parsed once in a process, for all hashes."""
    return frozenset(file for name in names_imported(path) if (file := file_of_module(name)) is not None)


def names_imported(path: Path) -> Iterator[str]:
    for node in statements(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Everything that can hold a statement, and no expressions: they are most of a tree, and none holds an import."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, name, ())
            waiting += inner if isinstance(inner, list) else ()


def file_of_module(module: str) -> Path | None:
    """The file of one of this repository's modules; None for all others."""
    parts = module.split(".")
    if parts[0] not in PACKAGES:
        return None
    path = REPOSITORY.joinpath(*parts)
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)
