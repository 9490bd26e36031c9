"""`make similarity`: whose code is alike, by copydetect's fingerprints (winnowing as in Schleimer, Wilkerson and Aiken,
"Winnowing: Local Algorithms for Document Fingerprinting", 2003).

Compared is what students have written for the graded functions, comments left out and names made alike. What the
released notebook gave them does not count, nor what a part of the class has written alike: there are few ways to write
four loops.
"""

from __future__ import annotations

import ast
import io
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from copydetect import CodeFingerprint, compare_files
from copydetect.utils import find_fingerprint_overlap, get_copied_slices

from autograder.collecting.submissions import Submission, find_submissions
from autograder.course.course import Assignment, Course
from autograder.reading.files import read_bytes
from autograder.reading.formats import read_json
from autograder.reading.statements import is_stub, read_statements
from autograder.reading.submission import read_hand_in, read_program, read_release
from autograder.reporting.safe_markdown import can_be_coloured
from autograder.steps.boundary import boundary

# Lengths are in characters of filtered code: a name is one of them. The honest answers of this repository, written
# without a look at each other, share at most 39 % and 82 characters in a row; copies with one change, at least 95 %
# and 250.
NOISE = 25  # what is shorter is chance
SHARE, ROW = 0.5, 150  # from either on, a pair is shown
LEAST = 150  # with less code of one's own, likeness means nothing
MOST = 200_000  # characters as written
COMMON, FEW = 0.1, 10  # what a larger part of the class has alike does not count, if that are more than a few


@dataclass(frozen=True)
class Work:
    """One student's own code; `trouble` says why there is none to compare."""

    student: str
    code: str = ""
    earlier: bool = False  # of a term before
    trouble: str = ""

    @property
    def label(self) -> str:
        return f"{self.student} (earlier)" if self.earlier else self.student


@dataclass(frozen=True)
class Pair:
    """Two students, the share of each one's code that the other has, too, the longest part, and where these are."""

    first: Work
    second: Work
    shares: tuple[float, float]
    row: int
    places: tuple[np.ndarray, np.ndarray]  # (2, N) each: first and last characters of the parts, in the codes


@dataclass(frozen=True)
class Comparison:
    """What came of one assignment: pairs, the likest first."""

    pairs: list[Pair]
    compared: int
    left_out: list[Work] = field(default_factory=list)
    groups: list[list[str]] = field(default_factory=list)  # so many with the very same code that pairs say nothing


def compare(course: Course, assignment: Assignment, earlier: Course | None = None) -> Comparison:
    """Compare all hand-ins of an assignment with each other, and with those of an earlier term.

    Raises:
        CourseError: there are none.
    """
    works = [own_code(submission, assignment) for submission in find_submissions(course, assignment)]
    if earlier:
        works += [own_code(submission, assignment, True) for submission in find_submissions(earlier, assignment)]
    return compare_works(works, given_code(assignment))


def compare_works(works: Iterable[Work], given: str) -> Comparison:
    """Compare codes with each other; `given` is what everybody has."""
    known = np.array(sorted(fingerprint(given, np.array([])).hashes))
    prints, left_out = {}, []
    for work in works:
        with boundary("comparing its code") as attempt:
            made = None if work.trouble else fingerprint(work.code, known)
        if attempt.trouble or made is None:
            left_out.append(Work(work.student, "", work.earlier, attempt.trouble or work.trouble))
        elif len(made.filtered_code) < LEAST:
            left_out.append(Work(work.student, "", work.earlier, "too little code of their own"))
        else:
            prints[work] = made
    groups = same_code(prints)
    drop_common(prints)
    pairs = [pair for one, two in itertools.combinations(prints, 2) if (pair := alike(one, two, prints))]
    pairs.sort(key=lambda pair: (-max(pair.shares), -pair.row, pair.first.label, pair.second.label))
    return Comparison(pairs, len(prints), left_out, groups)


def fingerprint(code: str, known: np.ndarray) -> CodeFingerprint:
    """All k-grams: a choice of them would be another one in each process, as Python's hashes are."""
    made = CodeFingerprint("code.py", NOISE, 1, boilerplate=known, language="python", fp=io.StringIO(code))
    if len(made.offsets):  # copydetect 0.5 begins to count anew at each class: marks would lie far from their code
        made.offsets[:, 1] = np.maximum.accumulate(made.offsets[:, 1])
    return made


def many(prints: Mapping[Work, CodeFingerprint]) -> float:
    """What more than so many have alike says nothing of any two of them."""
    return max(FEW, COMMON * len(prints))


def same_code(prints: Mapping[Work, CodeFingerprint]) -> list[list[str]]:
    """Groups of many whose code differs in names at most, the largest first."""
    groups: dict[str, list[str]] = defaultdict(list)
    for work, made in prints.items():
        groups[made.filtered_code].append(work.label)
    return sorted((group for group in groups.values() if len(group) > many(prints)), key=len, reverse=True)


def drop_common(prints: Mapping[Work, CodeFingerprint]) -> None:
    """Forget what many have written alike."""
    counts = Counter(hash_ for made in prints.values() for hash_ in made.hashes)
    for made in prints.values():
        for hash_ in [hash_ for hash_ in made.hashes if counts[hash_] > many(prints)]:
            made.hashes.discard(hash_)
            made.hash_idx.pop(hash_)


def alike(one: Work, two: Work, prints: Mapping[Work, CodeFingerprint]) -> Pair | None:
    """The pair if it is worth a look."""
    first, second = prints[one], prints[two]
    if one.earlier and two.earlier or one.student == two.student:
        return None
    if len(first.hashes & second.hashes) < NOISE:
        return None
    matched, shares, places = compare_files(first, second)
    found = find_fingerprint_overlap(first.hashes, second.hashes, first.hash_idx, second.hash_idx)
    row = int(min(np.ptp(get_copied_slices(places_, NOISE), axis=0).max() for places_ in found))
    shares = tuple(min(1.0, float(share)) for share in shares)
    if row < ROW and (max(shares) < SHARE or matched < LEAST):
        return None
    return Pair(one, two, shares, row, tuple(sides.astype(int) for sides in places))


# --- a student's own code -------------------------------------------------------------------------------------------


def own_code(submission: Submission, assignment: Assignment, earlier: bool = False) -> Work:
    """The statements of a hand-in that the graded names need, without stubs and what was given out."""
    student = submission.student
    if submission.refused:
        return Work(student, earlier=earlier, trouble=submission.refused)
    with boundary("reading its code") as attempt:
        hand_in = read_hand_in(submission.folder, assignment.name)
        if hand_in.notebook is None:
            return Work(student, earlier=earlier, trouble=hand_in.problem)
        program = read_program(
            hand_in.notebook, assignment.name, read_release(assignment.notebook), assignment.forbidden
        )
        code = own_text(program.units, given_statements(assignment), given_docstrings(assignment))
        odd = len(code) > MOST or not all(map(can_be_coloured, code.split("\n\n")))
        return Work(student, "" if odd else code, earlier, "far more code than the assignment takes" if odd else "")
    return Work(student, earlier=earlier, trouble=attempt.trouble)


def own_text(units: Iterable, given: frozenset[str], docstrings: frozenset[str]) -> str:
    own = [unit for unit in units if not is_stub(unit.node) and ast.dump(unit.node) not in given]
    return "\n\n".join(without_docstring(unit.statement.code, docstrings) for unit in own) + "\n"


def without_docstring(code: str, docstrings: frozenset[str]) -> str:
    """A function's text without the docstring that the notebook gave it."""
    try:
        node = ast.parse(code).body[0]
    except (SyntaxError, IndexError):
        return code
    if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or ast.get_docstring(node) not in docstrings:
        return code
    lines = code.split("\n")
    return "\n".join([*lines[: node.body[0].lineno - 1], *lines[node.body[0].end_lineno :]])


@cache
def given_units(notebook: Path) -> tuple:
    cells, _ = read_json(read_bytes(notebook), notebook.name)
    return tuple(read_statements(cells, ())[0])


@cache
def given_statements(assignment: Assignment) -> frozenset[str]:
    return frozenset(ast.dump(unit.node) for unit in given_units(assignment.notebook))


@cache
def given_docstrings(assignment: Assignment) -> frozenset[str]:
    functions = (
        u.node for u in given_units(assignment.notebook) if isinstance(u.node, (ast.FunctionDef, ast.ClassDef))
    )
    return frozenset(filter(None, map(ast.get_docstring, functions)))


def given_code(assignment: Assignment) -> str:
    return "\n\n".join(unit.statement.source for unit in given_units(assignment.notebook))
