"""Gradescope: what "Export Submissions" packs.

A folder `submission_123/` holds a hand-in, and `submission_metadata.yml` beside the folders says whose it is (each
submitter's name, SID and e-mail) and when it was made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import yaml

from autograder.collecting.timestamps import read_time
from autograder.course.course import CourseError
from autograder.lms.archive import ArchiveError, Member
from autograder.lms.pieces import Piece, Reading, Whose

NAME = "Gradescope"
METADATA = "submission_metadata.yml"
MOST_BYTES = 50_000_000
FOLDER = re.compile(r"(?P<outer>(?:.*/)?)(?P<key>submission_(?P<number>\d+))/(?P<path>.+)", re.DOTALL)


# every value as the text that stands there: an SID of 00123 is no octal number, and Ruby's own types are passed over
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
EMPTY = {"", "~", "null"}


def recognize(members: Sequence[Member], assignments: Sequence[str] = ()) -> float:
    """1 where Gradescope's list of submissions is there, else 0."""
    return float(find_metadata(members) is not None and any(FOLDER.fullmatch(member.path) for member in members))


def read(members: Sequence[Member], assignments: Sequence[str] = ()) -> Reading:
    """CourseError if the list of submissions is not there or can't be read."""
    metadata = find_metadata(members)
    if metadata is None:
        raise CourseError(f"There is no {METADATA} in it: Gradescope's export has one, and only it says whose is what.")
    table = read_metadata(metadata)
    outer, pieces, odd = metadata.path.removesuffix(METADATA), [], []
    for member in members:
        found = FOLDER.fullmatch(member.path)
        if member is metadata:
            continue
        if found is None or found["outer"] != outer:
            odd.append((member.path, "it lies in no folder of a submission"))
        elif found["key"] not in table:
            odd.append((member.path, f"{METADATA} has no {found['key']}"))
        else:
            whose, when = table[found["key"]]
            pieces.append(Piece(member, whose, found["path"], found["key"], int(found["number"]), when))
    return Reading(pieces, odd, dates_count=False)


def find_metadata(members: Sequence[Member]) -> Member | None:
    found = [member for member in members if member.path.rpartition("/")[2] == METADATA]
    return min(found, key=lambda member: member.path.count("/"), default=None)


def read_metadata(member: Member) -> dict[str, tuple[tuple[Whose, ...], datetime | None]]:
    """Submission -> its submitters and its time."""
    try:
        if member.size > MOST_BYTES:
            raise ValueError("it is too large")
        raw = yaml.load(member.read(), LOADER)
        if not isinstance(raw, dict):
            raise ValueError("it is no table")
    except (ArchiveError, yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        raise CourseError(f"{METADATA} can't be read ({reason}): export the submissions again.") from None
    return {
        str(key): (submitters(entry), read_when(entry.get(":created_at")))
        for key, entry in raw.items()
        if isinstance(entry, dict)
    }


def submitters(entry: dict[str, Any]) -> tuple[Whose, ...]:
    people = entry.get(":submitters")
    found = []
    for person in people if isinstance(people, list) else ():
        if isinstance(person, dict):
            name, *ids = (text_of(person, key) for key in (":name", ":sid", ":email"))
            found.append(Whose(name, ids=tuple(filter(None, ids))))
    return tuple(found) or (Whose(),)


def text_of(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    return value.strip() if isinstance(value, str) and value.strip() not in EMPTY else ""


def read_when(value: Any) -> datetime | None:
    """A time as it stands there, or as Ruby writes its own kind; None if it is none."""
    if isinstance(value, dict):
        value = value.get("utc") or value.get("time")
    try:
        return read_time(value).replace(tzinfo=timezone.utc) if isinstance(value, str) else None
    except ValueError:
        return None
