"""Canvas: what "Download Submissions" packs.

An entry is named `{name}[_LATE]_{user}_{attachment}_{file}`: the sortable name in small letters, of letters and digits
only (of a group its name), the numbers of user and attachment, and the file's own name. Anonymous ones are
`anon_{id}_{attachment}_{file}`; a text is `{name}_{user}_text.html`. A file that is handed in again under the same name
is called `file-1.ipynb`, and where there are several periods the mark stands at the first or the last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograder.lms.archive import Member
from autograder.lms.pieces import Piece, Reading, Whose

NAME = "Canvas"
ANONYMOUS = r"(?:(?P<late0>LATE)_)?anon_(?P<anon>[^_]+)"
PERSON = r"(?:(?P<name>\w+?)_)?(?:(?P<late>LATE)_)?(?P<user>\d+)"
FILE = r"_(?P<attachment>\d+)_(?P<file>.+)"
TEXT = r"_(?P<kind>text|link)\.html"
PATTERNS = [re.compile(who + what, re.DOTALL) for what in (TEXT, FILE) for who in (ANONYMOUS, PERSON)]
AGAIN = re.compile(r"-(\d{1,4})(?=\.|$)")  # `a1-1.ipynb`, `a1-1.final.ipynb`, `a1.tar-1.gz`
AFTER_PERIOD = re.compile(r"(?<=\.)-(\d{1,4})(?=[^\W\d_])")  # `a1.-1ipynb`


def recognize(members: Sequence[Member], assignments: Sequence[str] = ()) -> float:
    """The share of files that are named as Canvas names them."""
    return sum(parse(last(member.path)) is not None for member in members) / max(len(members), 1)


def read(members: Sequence[Member], assignments: Sequence[str] = ()) -> Reading:
    pieces, odd = [], []
    for member in members:
        found = parse(last(member.path))
        if found is None:
            odd.append((member.path, "it is not named as Canvas names files"))
        else:
            pieces.append(make_piece(member, found.groupdict()))
    return Reading(pieces, odd)


def parse(name: str) -> re.Match[str] | None:
    return next(filter(None, (pattern.fullmatch(name) for pattern in PATTERNS)), None)


def make_piece(member: Member, found: dict[str, str | None]) -> Piece:
    late = bool(found.get("late") or found.get("late0"))
    if found.get("anon"):
        whose = Whose(ids=(found["anon"] or "",), anonymous=True)
    else:
        whose = Whose(found["name"] or "", found["user"] or "")
    attempt = found.get("anon") or found.get("user") or ""
    name, order = (found.get("file") or f"{found.get('kind')}.html"), int(found.get("attachment") or 0)
    return Piece(member, (whose,), name, attempt, order, late=late)


def last(path: str) -> str:
    """Without the folder that unpacking, or packing again, has put around it."""
    return path.rpartition("/")[2]


def without_mark(name: str) -> tuple[str, int]:
    """A file's name as the student gave it, and which one of that name it is: `a1-1.ipynb` is ("a1.ipynb", 1)."""
    for pattern in (AFTER_PERIOD, AGAIN):
        if found := pattern.search(name):
            return name[: found.start()] + name[found.end() :], int(found[1])
    return name, 0
