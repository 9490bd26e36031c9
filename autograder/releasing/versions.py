"""Versions of a term's release: `releases/<term>.json` in the repository keeps what each of them gave to students.

The first release of a term raises the minor number (1.1.0 after 1.0.0), so that a later term's cnnlab is always a later
version; a correction raises the last one. A hidden test marked `since="1.0.1"` does not ask earlier notebooks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.course.course import REPOSITORY, CourseError
from autograder.course.course_values import SEASONS, TERM_NAME
from autograder.course.edition import as_numbers

FOLDER = REPOSITORY / "releases"
Snapshot = dict[str, dict[str, dict[str, Any]]]  # assignment -> question -> {"points", "text"}; "" is what follows


@dataclass
class Record:
    """The versions of one term, oldest first, what was in each, and a hash of all that students got."""

    term: str
    versions: dict[str, Snapshot] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)

    @property
    def latest(self) -> str:
        return list(self.versions)[-1] if self.versions else ""

    def to_json(self) -> str:
        table = {"term": self.term, "versions": self.versions, "contents": self.contents}
        return json.dumps(table, indent=1, ensure_ascii=False) + "\n"


def read_records(folder: Path | None = None) -> list[Record]:
    """What every term has released, in the order of the terms."""
    records = []
    for path in (folder or FOLDER).glob("*.json"):
        try:
            table = json.loads(path.read_text(encoding="utf-8"))
            records.append(Record(table["term"], table["versions"], table["contents"]))
            list(map(as_numbers, records[-1].versions))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CourseError(
                f"releases/{path.name} can't be read ({error}): take it back from git, it says what students have."
            ) from None
    return sorted(records, key=lambda record: term_key(record.term))


def term_key(term: str) -> tuple[int, int]:
    """Sorts terms by year and season."""
    match = TERM_NAME.fullmatch(term)
    return (int(match[1]), SEASONS.index(match[2])) if match else (0, 0)


def next_version(records: Iterable[Record], term: str, patch: bool) -> str:
    """The version that a release of this term gets.

    Raises:
        CourseError: there is nothing yet that a patch could correct.
    """
    records = list(records)
    own = next((record for record in records if record.term == term and record.versions), None)
    if own is not None:
        major, minor, last = as_numbers(own.latest)
        return f"{major}.{minor}.{last + patch}"
    if patch:
        raise CourseError(
            f"{term} has no release yet that PATCH=1 could correct: run `make release TERM={term}` first."
        )
    minors = [as_numbers(record.latest)[1] for record in records if record.versions]
    return f"1.{max(minors) + 1 if minors else 0}.0"


# --- what a version holds, and what is new in it -------------------------------------------------------------------


def snapshot(notebook: Any) -> dict[str, dict[str, Any]]:
    """Points and a hash of each question's cells (the text before it, stub, check); "" holds the rest.

    The first cell and the set-up cell are left out: they name the term.
    """
    parts: dict[str, dict[str, Any]] = {}
    texts: list[str] = []
    for cell in notebook.cells[1:]:
        if "setup" not in cell.metadata.get("tags", ()):
            texts.append(cell.source)
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("grade"):
            parts[marks["grade_id"]] = {"points": float(marks["points"]), "text": short_hash(texts)}
            texts = []
    return {**parts, "": {"text": short_hash(texts)}}


def short_hash(texts: list[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


def changes(before: Snapshot, after: Snapshot) -> list[str]:
    """What a student sees otherwise in one version than in another; a line an assignment."""
    lines = [f"`{name}` is new." for name in after if name not in before]
    lines += [f"`{name}` is no longer there." for name in before if name not in after]
    for name in (name for name in after if name in before):
        old, new = before[name], after[name]
        words = [f"new question `{question}`" for question in new if question not in old]
        words += [f"`{question}` is gone" for question in old if question not in new]
        words += [what(question, old[question], new[question]) for question in new if question in old]
        if words := [word for word in words if word]:
            lines.append(f"`{name}`: {'; '.join(words)}.")
    return lines


def what(question: str, old: dict[str, Any], new: dict[str, Any]) -> str:
    if old.get("points") != new.get("points"):
        return f"`{question}` gives {new['points']:g} points instead of {old['points']:g}"
    return "" if old == new else f"`{question}` has other text" if question else "other text at the end"


def refuse_other_points(term: str, before: Snapshot, after: Snapshot) -> None:
    """A correction keeps questions and points: the gradebook has one maximum for everybody."""
    old, new = ({a: {q: p.get("points") for q, p in parts.items()} for a, parts in s.items()} for s in (before, after))
    for name in old:
        if name in new and old[name] != new[name]:
            odd = ", ".join(sorted(dict(old[name].items() ^ new[name].items())))
            raise CourseError(
                f"A correction can't add, remove or re-weigh questions of {name} ({odd}): {term} has one maximum for "
                'all students. Take that back, or mark new hidden tests since="VERSION": they ask newer notebooks only.'
            )
