"""history/ beside gradebook.db: what a person typed and what became of grades. Lines are added, and never changed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

from autograder.course.course import Assignment, Course, CourseError

Line = dict[str, Any]


def history_folder(course: Course) -> Path:
    return course.root / "history"


def typed_path(course: Course, assignment: str) -> Path:
    """Points, extra credit and comments that people gave in formgrader."""
    return history_folder(course) / f"{assignment}.jsonl"


def changes_path(course: Course, assignment: Assignment) -> Path:
    """Grades that became others, by how much and why."""
    return history_folder(course) / f"{assignment.name}.changes.jsonl"


def exports_path(course: Course) -> Path:
    """What was exported, when and for what."""
    return history_folder(course) / "exports.jsonl"


def now() -> str:
    """This moment in UTC, as lines have it."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def dated() -> str:
    """This moment as a part of a file's name; two of one second differ."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H%M%S-%f")


def read_lines(path: Path) -> list[Line]:
    """The lines of a file of the history; none if there is no such file.

    The last one may have been cut off by a crash: it was never finished, and is left out.

    Raises:
        CourseError: it can't be read, or a line is damaged.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CourseError(f"history/{path.name} can't be read ({error.strerror}): nothing was changed.") from None
    lines = []
    for number, text in enumerate(data.split(b"\n")[:-1], 1):
        try:
            line = json.loads(text)
            if not isinstance(line, dict):
                raise ValueError("no object")
        except ValueError as error:
            raise CourseError(
                f"history/{path.name}, line {number} can't be read ({error}): it keeps what people typed. Correct or "
                "remove that line, then run again."
            ) from None
        lines.append(line)
    return lines


def append_lines(path: Path, lines: Iterable[Line]) -> None:
    """Add lines, all or none; a line that a crash cut off before is taken away first.

    Raises:
        CourseError: it can't be written.
    """
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    if not text:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "ab+", buffering=0) as file:
            whole = end_of_last_line(file)
            file.truncate(whole)
            try:
                write_whole(file, text.encode("utf-8", "backslashreplace"))
                os.fsync(file.fileno())
            except OSError:
                file.truncate(whole)
                raise
    except OSError as error:
        raise CourseError(
            f"history/{path.name} can't be written ({error.strerror}). Mend that, then run again."
        ) from None


def end_of_last_line(file: IO[bytes]) -> int:
    """How many bytes of a file are whole lines."""
    file.seek(0)
    return file.read().rfind(b"\n") + 1


def write_whole(file: IO[bytes], data: bytes) -> None:
    """Write all of it to an unbuffered file; a disk that fills on the way raises OSError at the next try."""
    while data:
        data = data[file.write(data) :]
