"""Writing files whole, and never outside of the course's folders. It imports nothing of the house."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

SCRATCH = re.compile(r"\..+\.\d{1,9}\.tmp", re.DOTALL)  # files that are not whole yet, or never were


def write_inside(root: Path, path: Path, text: str) -> None:
    """Write a file below a folder of the course; OSError where a link leads out of it: nothing is written there."""
    if not path.parent.resolve().is_relative_to(root.resolve()):
        raise OSError(f"{path.parent.relative_to(root.parent)} leads to somewhere else: remove that link")
    write_atomically(path, text)


def remove_scratch(folder: Path, *patterns: str) -> None:
    """Remove what writers left that were killed, of the files that `patterns` name below a folder.

    Only where no other process writes: it could be just making one of them.
    """
    for pattern in patterns:
        with contextlib.suppress(OSError):  # whoever needs what lies there says that it can't be read
            for path in folder.glob(pattern):
                if SCRATCH.fullmatch(path.name):
                    path.unlink(missing_ok=True)


def write_atomically(path: Path, text: str) -> None:
    """Write a whole file or nothing: a reader, a crash or a full disk never leaves half of one.

    What UTF-8 does not have (halves of surrogate pairs, from file names) is written as its number.
    """
    write_bytes_atomically(path, text.encode("utf-8", "backslashreplace"))


def write_bytes_atomically(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with scratch_beside(path) as scratch:
        with open(scratch, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


@contextlib.contextmanager
def scratch_beside(path: Path) -> Iterator[Path]:
    """Where to make a file that takes the place of `path` when it is whole, and is removed if it never is."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield scratch
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)
