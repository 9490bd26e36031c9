"""A zip or a folder with the hand-ins of a class, read safely: what is in it under which name, and nothing else.

A zip's entries are claims. Names that lead out of it, links, devices, and what unpacks to more than a hand-in can be
are refused one by one, each with a reason; the rest is read in pieces, as long as it is no more than was claimed.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from autograder import AutograderError
from autograder.course.course import CourseError
from autograder.course.identifiers import shown
from autograder.lms.paths import clean, is_ignored
from autograder.reading.files import MAX_BYTES

CHUNK = 1 << 20
MOST_RATIO = 200  # bytes for one: text of a notebook's outputs comes to a tenth of that
SMALL = 20_000_000  # bytes that any file may unpack to
OLDEST = 1990  # zips that know no date say 1980
UTF8, UNICODE_PATH, UNIX_TIME = 0x800, 0x7075, 0x5455
FORMAT = {None, errno.EINVAL}  # of an OSError that bzip2, or a place outside of the file, gives


class ArchiveError(CourseError):
    """A zip or folder that can't be collected from at all; the text is the sentence for the TA."""


@dataclass(frozen=True)
class Limits:
    """What an archive may hold: files, bytes of its directory, bytes of all files together."""

    files: int = 50_000
    listing: int = 20_000_000
    together: int = 20_000_000_000


CLASS = Limits()
HAND_IN = Limits(files=2_000, listing=1_000_000, together=500_000_000)  # of a zip that a student handed in


@dataclass
class Room:
    """What one student's files may still unpack to, all zips in zips together."""

    files: int = HAND_IN.files
    together: int = HAND_IN.together

    def take(self, size: int) -> None:
        """ArchiveError where that is more than there is."""
        self.files, self.together = self.files - 1, self.together - size
        if self.files < 0 or self.together < 0:
            most = f"{HAND_IN.files} files or {HAND_IN.together // 10**6} MB"
            raise ArchiveError(f"the zips in it unpack to more than {most} together")


@dataclass(frozen=True)
class Member:
    """One file: its path inside, with "/" between folders and accents composed, and when it was last changed.

    `when` has no zone where the zip does not say any; None where it says no time. What can't be unpacked has a problem,
    the end of a sentence, and can't be opened.
    """

    path: str
    size: int
    when: datetime | None
    open: Callable[[], IO[bytes]] = field(compare=False, repr=False)
    problem: str = ""

    def chunks(self) -> Iterator[bytes]:
        """Its bytes, piece by piece; `ArchiveError` if they are not what the archive claims."""
        room = self.size
        try:
            with self.open() as source:
                while chunk := source.read(CHUNK):
                    room -= len(chunk)
                    if room < 0:
                        raise ValueError("it holds more than it says")
                    yield chunk
        except Exception as error:  # zipfile meets damage with exceptions of many kinds
            if isinstance(error, AutograderError) or isinstance(error, OSError) and error.errno not in FORMAT:
                raise
            raise ArchiveError(why_bad(error)) from None

    def read(self) -> bytes:
        """All its bytes; raises as `chunks`."""
        return b"".join(self.chunks())

    def copy_to(self, target: Path) -> None:
        """Write its bytes to a new file; raises as `chunks`, and then there is no file."""
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(target, "xb") as file:
                file.writelines(self.chunks())
        except Exception:
            target.unlink(missing_ok=True)
            raise


@dataclass(frozen=True)
class Archive:
    """Files that can be read, and those that are refused."""

    path: Path
    members: tuple[Member, ...]
    refused: tuple[Member, ...] = ()


@contextmanager
def open_archive(path: Path, limits: Limits = CLASS) -> Iterator[Archive]:
    """Open a zip or a folder.

    Raises:
        ArchiveError: it is neither, or holds more than `limits`; the sentence says which.
    """
    with ExitStack() as stack:
        try:
            if path.is_dir() and not path.is_symlink():
                found = Archive(path, *walk(path, limits))
            else:
                found = Archive(path, *entries(open_zip(path, limits, stack), path.name, limits))
        except ArchiveError:
            raise
        except FileNotFoundError:
            raise ArchiveError(f"There is no {path}: ZIP names the file or folder to collect from.") from None
        except OSError as error:
            raise ArchiveError(f"{path.name} can't be read ({error.strerror or error}).") from None
        except Exception as error:  # zipfile meets damage with exceptions of many kinds
            raise ArchiveError(f"{path.name}: {why_bad(error)}. Download it again.") from None
        yield found


def open_zip(path: Path, limits: Limits, stack: ExitStack) -> zipfile.ZipFile:
    file = stack.enter_context(open(path, "rb"))
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        raise ArchiveError(f"{path.name} is neither a zip nor a folder.")
    refuse_long_listing(file, path.name, limits)
    return stack.enter_context(zipfile.ZipFile(file))


def why_bad(error: BaseException) -> str:
    """What is wrong with a zip or an entry, in a few words."""
    text = str(error)
    if "encrypted" in text or "password" in text.lower():
        return "it is protected by a password"
    if isinstance(error, NotImplementedError):
        return "it is packed in a way that Python can't unpack"
    return "it is no zip" if "not a zip" in text else f"it is damaged ({shown(text)[:80] or type(error).__name__})"


def refuse_long_listing(file: BinaryIO, name: str, limits: Limits) -> None:
    """zipfile makes an object of each name before anything can be asked of it: the listing is measured first."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 70_000))
    tail = file.read()
    for end in re.finditer(rb"PK\x05\x06.{8}(....)", tail, re.DOTALL):
        if limits.listing < int.from_bytes(end[1], "little") != 0xFFFFFFFF:
            raise ArchiveError(f"{name} lists more files than a class hands in.")
    for end in re.finditer(rb"PK\x06\x06.{36}(.{8})", tail, re.DOTALL):
        if int.from_bytes(end[1], "little") > limits.listing:
            raise ArchiveError(f"{name} lists more files than a class hands in.")
    file.seek(0)


def refuse(name: str, problem: str) -> Member:
    def no_file() -> IO[bytes]:
        raise ArchiveError(problem)

    return Member(shown(name), 0, None, no_file, problem)


# --- zips -----------------------------------------------------------------------------------------------------------

Found = tuple[tuple[Member, ...], tuple[Member, ...]]


def entries(archive: zipfile.ZipFile, name: str, limits: Limits) -> Found:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > limits.files:
        raise ArchiveError(f"{name} holds {len(infos)} files, more than the {limits.files} that are unpacked.")
    found, refused, room = [], [], limits.together
    for info in infos:
        raw = name_of(info)
        path, problem = clean(raw)
        if not problem and is_ignored(path):
            continue
        problem = problem or problem_of(info)
        if problem:
            refused.append(refuse(raw, problem))
            continue
        room -= info.file_size
        found.append(Member(path, info.file_size, when_of(info), partial(archive.open, info)))
    if room < 0:
        raise ArchiveError(f"{name} unpacks to more than {limits.together // 10**6} MB.")
    return tuple(found), tuple(refused)


def name_of(info: zipfile.ZipInfo) -> str:
    """An entry's name: of UTF-8 where it is that, marked or not; else of the code page of old zips."""
    for kind, data in extras(info):
        if kind == UNICODE_PATH and len(data) > 5:
            return data[5:].decode("utf-8", "replace")
    name = getattr(info, "orig_filename", info.filename)
    if info.flag_bits & UTF8:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def extras(info: zipfile.ZipInfo) -> Iterator[tuple[int, bytes]]:
    rest = info.extra
    while len(rest) >= 4:
        kind, size = struct.unpack("<HH", rest[:4])
        yield kind, rest[4 : 4 + size]
        rest = rest[4 + size :]


def problem_of(info: zipfile.ZipInfo) -> str:
    """Why an entry is not unpacked; "" if it is."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if stat.S_ISLNK(kind):
        return "it is a link, and links are not followed"
    if kind not in (0, stat.S_IFREG):
        return "it is no ordinary file"
    if info.flag_bits & 1:
        return "it is protected by a password"
    if info.file_size > MAX_BYTES:
        return f"it has {info.file_size // 10**6} MB, more than {MAX_BYTES // 10**6}"
    if info.file_size > SMALL and info.file_size > MOST_RATIO * max(info.compress_size, 1):
        return f"it unpacks to {info.file_size // 10**6} MB from {info.compress_size // 1000} kB, as no hand-in does"
    return ""


def when_of(info: zipfile.ZipInfo) -> datetime | None:
    """When an entry's file was last changed: in UTC if the zip has Unix's time, else as a clock without a zone."""
    for kind, data in extras(info):
        if kind == UNIX_TIME and len(data) >= 5 and data[0] & 1:
            return datetime.fromtimestamp(struct.unpack("<i", data[1:5])[0], timezone.utc)
    try:
        when = datetime(*info.date_time)
    except ValueError:
        return None
    return when if when.year >= OLDEST else None


# --- folders --------------------------------------------------------------------------------------------------------


def walk(folder: Path, limits: Limits) -> Found:
    """Files of a folder, none of them behind a link."""
    found, refused = [], []
    for path in sorted(scan(folder, limits)):
        raw = path.relative_to(folder).as_posix()
        inner, problem = clean(os.fsencode(raw).decode("utf-8", "replace"))
        if not problem and is_ignored(inner):
            continue
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            problem = "it is a link, and links are not followed"
        elif not stat.S_ISREG(status.st_mode):
            problem = "it is no ordinary file"
        elif status.st_size > MAX_BYTES:
            problem = f"it has {status.st_size // 10**6} MB, more than {MAX_BYTES // 10**6}"
        if problem:
            refused.append(refuse(raw, problem))
            continue
        when = datetime.fromtimestamp(status.st_mtime, timezone.utc)
        found.append(Member(inner, status.st_size, when, partial(open_file, path)))
    return tuple(found), tuple(refused)


def scan(folder: Path, limits: Limits) -> list[Path]:
    """All that is no folder, links to folders included."""
    found: list[Path] = []
    for root, folders, files in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(root, name))]
        found += [Path(root, name) for name in [*files, *links]]
        if len(found) > limits.files:
            raise ArchiveError(f"{folder.name} holds more than the {limits.files} files that are collected.")
    return found


def open_file(path: Path) -> BinaryIO:
    return open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NOFOLLOW", 0)))
