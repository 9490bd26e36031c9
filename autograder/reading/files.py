"""The bytes of what a student handed in, read safely: a regular file of bounded size, or a member of a zip.

A path inside a zip is written as if the zip were a folder (`handed_in.zip/work/a1.ipynb`); nothing is unpacked.
Links are refused wherever they lead: what is behind one need not be this student's. (A hard link can't be told from
the file itself.)
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from autograder.reading.formats import HAND_IN, MissingSubmission, UnreadableSubmission

MAX_BYTES = 200_000_000
MAX_FILES = 10_000  # looked at in a folder or a zip
MAX_FOLDERS = 8  # one inside the other, in a folder or a zip
MAX_ZIP_LISTING = 5_000_000  # bytes of a zip's directory: some 50,000 names
IGNORED = re.compile(
    r"^(?:\.|__MACOSX$|__pycache__$|Thumbs\.db$|desktop\.ini$|timestamp\.txt$|submission_secret\.txt$)", re.IGNORECASE
)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file of the submission, or of a zip's member, at most MAX_BYTES."""
    archive = _find_archive(path)
    if archive is not None:
        return _read_member(archive, path)
    with _open(path) as file:
        _refuse_large(path.name, os.fstat(file.fileno()).st_size)
        return file.read(MAX_BYTES)


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    """A regular file of the submission, open; never waits on a pipe and follows no link."""
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        if path.is_symlink():
            raise UnreadableSubmission(f"{path.name} is a link, not a file, and links are not followed; {HAND_IN}.")
        with open(path, "rb", opener=lambda name, more: os.open(name, flags | more)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnreadableSubmission(f"{path.name} is not an ordinary file; {HAND_IN}.")
            yield file
    except FileNotFoundError:
        raise MissingSubmission(f"{path.name} is not there; {HAND_IN}.") from None
    except IsADirectoryError:
        raise UnreadableSubmission(f"{path.name} is a folder, not a file; {HAND_IN}.") from None
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or error
        raise UnreadableSubmission(f"{path.name} could not be opened ({reason}); {HAND_IN}.") from None


def _refuse_large(name: str, size: int) -> None:
    if size > MAX_BYTES:
        raise UnreadableSubmission(
            f"{name} is {size // 1_000_000} MB, more than the {MAX_BYTES // 1_000_000} MB that can be read; "
            "choose Edit → Clear All Outputs, save, and hand it in again."
        )


def is_zipped(path: Path) -> bool:
    return _find_archive(path) is not None


def _find_archive(path: Path) -> Path | None:
    """The zip that a path leads into."""
    return next((parent for parent in list(path.parents)[: MAX_FOLDERS + 1] if parent.is_file()), None)


def list_zip(path: Path) -> list[str]:
    """Names in a zip, at most MAX_FOLDERS deep, without what an operating system adds."""
    with _open_zip(path) as archive:
        names = [info.filename for info in archive.infolist()[:MAX_FILES] if not info.is_dir()]
    return sorted(filter(_leads_inside, names))


def _leads_inside(name: str) -> bool:
    """Whether a zip's name leads to a place inside it (not to `/etc` or `../`), no deeper than is looked."""
    parts = name.split("/")
    inside = len(parts) <= MAX_FOLDERS + 1 and name == str(PurePosixPath(name)) and not name.startswith("/")
    return inside and not any(map(IGNORED.match, parts))


def _read_member(archive_path: Path, path: Path) -> bytes:
    with _open_zip(archive_path) as archive:
        name = path.relative_to(archive_path).as_posix()
        try:
            if stat.S_ISLNK(archive.getinfo(name).external_attr >> 16):
                raise UnreadableSubmission(f"{path.name} is a link in {archive_path.name}, not a file; {HAND_IN}.")
            with archive.open(name) as file:
                data = file.read(MAX_BYTES + 1)  # what comes out, whatever the archive claims
        except KeyError:
            raise MissingSubmission(f"{path.name} is not in {archive_path.name}; {HAND_IN}.") from None
    _refuse_large(path.name, len(data))
    return data


@contextmanager
def _open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    with _open(path) as file:
        try:
            _refuse_long_listing(file)
            with zipfile.ZipFile(file) as archive:
                yield archive
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
            if "encrypted" in str(error):
                text = f"{path.name} is protected by a password, and what is in it can't be read"
                raise UnreadableSubmission(f"{text}; {HAND_IN}.") from None
            raise UnreadableSubmission(f"{path.name} could not be unpacked ({error}); {HAND_IN}.") from None


def _refuse_long_listing(file: BinaryIO) -> None:
    """zipfile makes an object of each name before anything can be asked of it: the listing is measured first."""
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - 70_000))
    tail = file.read()
    for end in re.finditer(rb"PK\x05\x06", tail):
        if int.from_bytes(tail[end.start() + 12 : end.start() + 16], "little") > MAX_ZIP_LISTING:
            raise ValueError("it lists too many files")
