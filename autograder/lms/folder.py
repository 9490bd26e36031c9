"""A plain folder or zip: a folder for each student, under the student's id, e-mail or name; or files named by them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograder.collecting.misplaced import plain
from autograder.lms.archive import Member
from autograder.lms.pieces import Piece, Reading, Whose

NAME = "a folder"
ENDS = " _-.,;()[]+"


def recognize(members: Sequence[Member], assignments: Sequence[str] = ()) -> float:
    """Anything may be a folder; whatever is surer wins."""
    return 0.01


def read(members: Sequence[Member], assignments: Sequence[str] = ()) -> Reading:
    names = {plain(name): name for name in assignments}
    names |= {plain(name.partition("_")[0]): name for name in assignments}
    skip = outer_folders([member.path.split("/") for member in members], names)
    pieces, odd = [], []
    for member in members:
        student, assignment, name = split_path(member.path.split("/")[skip:], names)
        if student:
            whose = (Whose(student, ids=(student,)),)
            pieces.append(Piece(member, whose, name, student, assignment=assignment))
        else:
            odd.append((member.path, "nothing in its name says whose it is"))
    return Reading(pieces, odd)


def outer_folders(paths: Sequence[Sequence[str]], names: dict[str, str]) -> int:
    """How many folders lie around the students' own: those that hold one folder each, and in the end several."""
    for depth in range(3):
        tops = {parts[depth] for parts in paths if len(parts) > depth + 1}
        if len(tops) != 1 or any(len(parts) == depth + 1 for parts in paths) or plain(min(tops)) in names:
            break
        inside = {parts[depth + 1] for parts in paths if len(parts) > depth + 2}
        if len(inside) > 1 and not any(plain(name) in names for name in inside):
            return depth + 1
    return 0


def split_path(parts: Sequence[str], names: dict[str, str]) -> tuple[str, str, str]:
    """Student, assignment ("" if no folder says it) and the file's own path; the student is "" if nothing says it."""
    folders, file = parts[:-1], parts[-1]
    at = next((place for place, part in enumerate(folders) if plain(part) in names), None)
    if at is not None:
        assignment = names[plain(folders[at])]
        if at > 0:
            return folders[at - 1], assignment, "/".join(parts[at + 1 :])
        if len(folders) > 1:
            return folders[1], assignment, "/".join(parts[2:])
        return named_in(file, names), assignment, file
    if folders:
        return folders[0], "", "/".join(parts[1:])
    return named_in(file, names), "", file


def named_in(file: str, names: dict[str, str]) -> str:
    """What a file's name says besides the assignment: "ada_a1_convolution (1).ipynb" says "ada"."""
    stem = re.sub(r"\s*\(\d+\)|^(?:copy of )+|\.[A-Za-z]{1,12}$", "", file, flags=re.IGNORECASE)
    for name in sorted({*names.values(), *(name.partition("_")[0] for name in names.values())}, key=len, reverse=True):
        wanted = re.escape(name).replace("_", "[ _-]?")
        stem = re.sub(rf"(?<![^\W_]){wanted}(?![^\W_])", " ", stem, count=1, flags=re.IGNORECASE)
    return stem.strip(ENDS)
