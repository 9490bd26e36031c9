"""nbgrader's own folders: `{student}/{assignment}/`, or `{student}+{assignment}+{time}+{...}/` of an exchange's inbox.

`timestamp.txt` in each says when it was handed in. nbgrader's zip_collect is not used for any LMS here: it knows one
pattern a course, unpacks without bounds, overwrites what lies in submitted/, and drops what its pattern does not match.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timezone

from autograder.collecting.timestamps import FILE as TIME_FILE
from autograder.collecting.timestamps import MOST_BYTES, read_time
from autograder.lms.archive import ArchiveError, Member
from autograder.lms.pieces import Piece, Reading, Whose
from autograder.reading.formats import decode

NAME = "nbgrader"
INBOX = re.compile(
    r"(?:.*/)?(?P<key>(?P<student>[^/+]+)\+(?P<assignment>[^/+]+)\+(?P<time>[^/+]+)(?:\+[^/+]*)?)/(?P<path>.+)",
    re.DOTALL,
)
SECRET = "submission_secret.txt"


def pattern_of(assignments: Sequence[str]) -> re.Pattern[str]:
    names = "|".join(map(re.escape, assignments)) or "(?!)"
    return re.compile(rf"(?:.*/)?(?P<key>(?P<student>[^/]+)/(?P<assignment>{names}))/(?P<path>.+)", re.DOTALL)


def parse(path: str, tree: re.Pattern[str]) -> re.Match[str] | None:
    return INBOX.fullmatch(path) or tree.fullmatch(path)


def recognize(members: Sequence[Member], assignments: Sequence[str] = ()) -> float:
    """The share of files that lie in such folders, if any of these has a time; else a folder is only a folder."""
    tree = pattern_of(assignments)
    found = [match for match in (parse(member.path, tree) for member in members) if match]
    timed = any(match["path"] == TIME_FILE or "time" in match.groupdict() for match in found)
    return len(found) / max(len(members), 1) if timed else 0.0


def read(members: Sequence[Member], assignments: Sequence[str] = ()) -> Reading:
    tree = pattern_of(assignments)
    found = [(member, parse(member.path, tree)) for member in members]
    times = {match["key"]: time_in(member) for member, match in found if match and match["path"] == TIME_FILE}
    pieces, odd = [], []
    for member, match in found:
        if match is None:
            odd.append((member.path, "it lies in no folder of a student and an assignment"))
        elif match["path"] not in (TIME_FILE, SECRET):
            parts, student = match.groupdict(), match["student"]
            when = times.get(match["key"]) or time_of(parts.get("time") or "")
            assignment = match["assignment"] if match["assignment"] in assignments else ""
            whose = (Whose(student, ids=(student,)),)
            pieces.append(Piece(member, whose, match["path"], match["key"], when=when, assignment=assignment))
    return Reading(pieces, odd, dates_count=False)


def time_in(member: Member) -> datetime | None:
    """None where it says none, or can't be read."""
    if member.size > MOST_BYTES:
        return None
    try:
        text, _ = decode(member.read())
    except ArchiveError:
        return None
    return time_of(text.strip())


def time_of(text: str) -> datetime | None:
    """A time as nbgrader writes it into a file or, with its colons changed by Windows, a folder's name."""
    try:
        text = re.sub(r"(?<=\d\d)[_\uf03a](?=\d\d)", ":", text)
        return read_time(text).replace(tzinfo=timezone.utc)
    except ValueError:
        return None
