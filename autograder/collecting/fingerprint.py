"""What tells one hand-in from another: a hash of all names and contents, within bounds that no file can stretch."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from autograder.reading.files import MAX_FILES, MAX_FOLDERS

MOST_HASHED = 256 << 20  # bytes of a submission; what is beyond is told apart by its size and time, not read
CHUNK = 1 << 20


def fingerprint(folder: Path, *texts: str) -> str:
    """A hash of some texts and of all files of a folder; the same for the same submission wherever it lies."""
    hasher = hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass"))
    room = MOST_HASHED
    for name, entry in walk(folder):
        hasher.update(os.fsencode(name) + b"\0")
        try:
            content, size = content_of(entry, room)
        except OSError as error:  # the reader says why, in the student's row
            content, size = str(error.errno).encode(), 0
        hasher.update(content)
        room -= size
    return hasher.hexdigest()[:16]


def walk(folder: Path) -> Iterator[tuple[str, os.DirEntry]]:
    """Entries with their paths in the folder, sorted, as deep and as many as are ever read; no link is followed."""
    level, left = [("", str(folder))], MAX_FILES
    for _ in range(MAX_FOLDERS + 1):
        deeper: list[tuple[str, str]] = []
        for prefix, path in level:
            for entry in sorted(list_entries(path, left), key=lambda entry: entry.name):
                left -= 1
                yield prefix + entry.name, entry
                if entry.is_dir(follow_symlinks=False):
                    deeper.append((f"{prefix}{entry.name}/", entry.path))
        level = deeper


def list_entries(path: str, most: int) -> list[os.DirEntry]:
    try:
        with os.scandir(path) as entries:
            return list(islice(entries, max(0, most)))
    except OSError:  # a folder that is not there or can't be entered
        return []


def content_of(entry: os.DirEntry, room: int) -> tuple[bytes, int]:
    """What stands for a file's content, and how many bytes were read for it."""
    status = entry.stat(follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        return os.fsencode(os.readlink(entry.path)), 0
    if not stat.S_ISREG(status.st_mode):
        return str(stat.S_IFMT(status.st_mode)).encode(), 0
    if status.st_size > room:
        return f"{status.st_size} {status.st_mtime_ns}".encode(), 0
    hasher, size = hashlib.sha256(), 0
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    with open(entry.path, "rb", opener=lambda name, more: os.open(name, flags | more)) as file:
        while size < room and (chunk := file.read(CHUNK)):
            hasher.update(chunk)
            size += len(chunk)
    return hasher.digest(), size
