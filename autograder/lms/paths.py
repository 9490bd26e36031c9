"""Paths in an archive: those that any file system takes, and what of them no student handed in."""

from __future__ import annotations

import re
import unicodedata

from autograder.collecting.timestamps import FILE as TIME_FILE
from autograder.course.identifiers import CONTROL, TURNING
from autograder.reading.files import IGNORED
from autograder.reading.folders import STAND_IN

MOST_DEEP = 12  # folders, one inside the other
MOST_NAME = 150  # bytes of one name: a copy of it gets a number, and results a suffix


def clean(raw: str) -> tuple[str, str]:
    """A path that any file system takes, and why it is refused ("" if it is not)."""
    name = raw.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or re.match(r"[A-Za-z]:/", name) or ".." in parts:
        return "/".join(parts), "its name leads out of the archive"
    if not parts:
        return "", "it has no name"
    if len(parts) > MOST_DEEP:
        return "/".join(parts), f"it lies {len(parts)} folders deep"
    return "/".join(map(clean_part, parts)), ""


def clean_part(part: str) -> str:
    """One name: accents composed, what can't be written or seen as "_", no longer than a file's name may be."""
    part = "".join(
        "_" if unicodedata.category(character) in CONTROL or TURNING.match(character) else character
        for character in unicodedata.normalize("NFC", part)
    )
    if len(part.encode()) <= MOST_NAME:
        return part
    stem, dot, suffix = part.rpartition(".")
    if not stem or len(suffix) > 20:
        stem, dot, suffix = part, "", ""
    return stem.encode()[: MOST_NAME - 25].decode("utf-8", "ignore") + dot + suffix


def is_ignored(path: str) -> bool:
    """What an operating system adds; not what stands for a file, and not a notebook that begins with a dot."""
    *folders, name = path.split("/")
    meant = name == TIME_FILE or STAND_IN.match(name) or re.fullmatch(r"\.[^_].*\.ipynb", name, re.IGNORECASE)
    return any(map(IGNORED.match, folders)) or not meant and bool(IGNORED.match(name))
