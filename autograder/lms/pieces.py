"""What an LMS's names say of a file: whose it is, in which attempt it was handed in, when, and under which name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from autograder.lms.archive import Member


@dataclass(frozen=True)
class Whose:
    """A student, a group or nobody known, in the words of the LMS."""

    name: str = ""  # of a person or a group
    lms_id: str = ""  # the LMS's own number
    ids: tuple[str, ...] = ()  # anything else that is sure: a login, an e-mail, "Participant 123"
    anonymous: bool = False

    def __str__(self) -> str:
        return self.name or ", ".join((*self.ids, *([self.lms_id] * bool(self.lms_id)))) or "nobody"


@dataclass(frozen=True)
class Piece:
    """One file of a hand-in."""

    member: Member
    whose: tuple[Whose, ...]  # several: each of them hands it in
    name: str  # as the student named it, with folders if it lies in any
    attempt: str = ""  # files of one attempt have the same
    order: int = 0  # a higher one was handed in later; 0 if that is not known
    when: datetime | None = None  # where the LMS itself says it; else the archive's date may
    late: bool = False  # the LMS's own mark
    assignment: str = ""  # where a folder has its name


@dataclass(frozen=True)
class Reading:
    """How one LMS reads the names of an archive."""

    pieces: Sequence[Piece]
    odd: Sequence[tuple[str, str]] = ()  # (name, reason): what fits no pattern
    dates_count: bool = True  # whether dates of the archive can be times of handing in
