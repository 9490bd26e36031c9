"""Moodle: what "Download all submissions" packs.

A student's files lie in `{Full name}_{number}_assignsubmission_file/`, or have that in front of their names where no
folders were asked for; a text is in `..._assignsubmission_onlinetext`. The name is a group's in team assignments, or
stands behind the group's and a hyphen, and is "Participant" where names are hidden. The number is that of the
participant in this assignment, `Participant 123` in the grading worksheet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograder.lms.archive import Member
from autograder.lms.pieces import Piece, Reading, Whose

NAME = "Moodle"
PATTERN = re.compile(
    r"(?:.*/)?(?P<name>[^/_]+)_(?P<number>\d+)_assignsubmission_(?P<kind>file|onlinetext)_?(?:/(?P<path>.+)|(?P<file>[^/]+))?",
    re.DOTALL,
)
HIDDEN = {"participant", "teilnehmer/in", "teilnehmer", "teilnehmerin", "participante", "deelnemer"}


def recognize(members: Sequence[Member], assignments: Sequence[str] = ()) -> float:
    """The share of files that are named as Moodle names them."""
    return sum(PATTERN.fullmatch(member.path) is not None for member in members) / max(len(members), 1)


def read(members: Sequence[Member], assignments: Sequence[str] = ()) -> Reading:
    pieces, odd = [], []
    for member in members:
        found = PATTERN.fullmatch(member.path)
        if found is None:
            odd.append((member.path, "it is not named as Moodle names files and folders"))
            continue
        hidden = found["name"].strip().casefold() in HIDDEN
        name = "" if hidden else found["name"].strip()
        whose = Whose(name, ids=(f"Participant {found['number']}",), anonymous=hidden)
        pieces.append(Piece(member, (whose,), found["path"] or found["file"] or "onlinetext.html", found["number"]))
    return Reading(pieces, odd)
