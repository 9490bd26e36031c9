"""What a wrong answer looks like: said after a student's second different try at a question, if it is certain.

`hints.json` is made by the build from the bank of mistakes. It knows a mistake by the hashes of what it does in the
visible checks, and its sentence can be read only with them: by whoever has made that mistake.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from cnnlab.checking.outcomes import FAILED, TestReport
from cnnlab.checking.sketch import Sketch

TABLE = Path(__file__).parents[1] / "hints.json"
LOOKS_LIKE = "looks like: "
PART = 12  # characters of each half of a name in the table
TRIES = 2  # different wrong ones, from which on a mistake may be named

_tries: dict[str, set[bytes]] = {}  # the different wrong answers to each question, in this kernel


def add_hint(question: str, reports: list[TestReport], sketch: Sketch, look_again: Callable[[], Sketch]) -> None:
    """Count a wrong answer, and name what is wrong with it on the first check that failed for no known reason.

    Args:
        sketch: of the checks as they were made.
        look_again: makes all their calls, also those behind the first difference of each check, and sketches them.
    """
    failed = [report for report in reports if report.outcome == FAILED]
    if not failed or not sketch.is_whole:
        return
    tries = _tries.setdefault(question, set())
    tries.add(sketch.key)
    unexplained = next((report for report in failed if not report.hint), None)
    if len(tries) < TRIES or unexplained is None:
        return
    if mistake := recognize(question, sketch, look_again):
        unexplained.hint = LOOKS_LIKE + mistake


def recognize(question: str, sketch: Sketch, look_again: Callable[[], Sketch]) -> str:
    """The mistake that explains all that was done; empty if none is known to."""
    entry = table().get(question, {})
    random, hints = entry.get("random", ()), entry.get("hints", {})
    known = {name[:PART] for name in hints}
    first = [key for key in sketch.keys(random, sketch.only_raises) if part_of_name(key) in known]
    others = [*look_again().keys(random, sketch.only_raises)] if first else []
    for one, other in itertools.product(first, others):
        if sentence := hints.get(name_of(one, other)):
            return uncover(sentence, one, other)
    return ""


@cache
def table() -> dict[str, Any]:
    """What is known of each question."""
    text = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
    return {question: entry for assignment in text.values() for question, entry in assignment.items()}


def part_of_name(first: bytes) -> str:
    return first.hex()[:PART]


def name_of(first: bytes, other: bytes) -> str:
    """By what a mistake stands in the table: hashes of its checks as they were made, and of all their calls."""
    return part_of_name(first) + hashlib.sha256(first + other).hexdigest()[:PART]


def cover(sentence: str, first: bytes, other: bytes) -> str:
    """A sentence that can be read only with the two hashes."""
    return covered(sentence.encode(), first, other).hex()


def uncover(text: str, first: bytes, other: bytes) -> str:
    return covered(bytes.fromhex(text), first, other).decode()


def covered(data: bytes, first: bytes, other: bytes) -> bytes:
    stream = hashlib.shake_256(b"sentence" + first + other).digest(len(data))
    return bytes(a ^ b for a, b in zip(data, stream))
