"""Attempts put in their place: the latest into `submitted/`, earlier ones into `collected/`, each by one renaming.

Beside the attempts, `collected/<student>/<assignment>/placed.json` says what was put into `submitted/`: what lies there
and is anything else was changed by a person, and stays. Stopped between two renamings, the next run finds an attempt
in `collected/` or in `submitted/`, never in both or in neither.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from autograder.collecting.misplaced import student_folders
from autograder.collecting.submissions import refuse_folder
from autograder.collecting.timestamps import FILE as TIME_FILE
from autograder.collecting.timestamps import read_timestamp
from autograder.course.course import Course, CourseError
from autograder.course.identifiers import same_student, shown
from autograder.files import SCRATCH, write_atomically
from autograder.lms.paths import is_ignored
from autograder.reading.notebook import list_files

COLLECTED = "collected"
NOTE, ORIGINS = "placed.json", "origins.json"
CHUNK = 1 << 20
MOST_TIME = 200  # characters of a time
NEW, REPLACED, SAME, RETIMED, EARLIER, KEPT = "new", "newer", "the same", "its time", "earlier", "kept"


@dataclass(frozen=True)
class Attempt:
    """One attempt at one assignment, laid out in a folder that may be moved."""

    student: str
    assignment: str
    folder: Path
    hash: str
    when: datetime | None = None  # with its zone
    order: int = 0
    late: bool = False
    sure: bool = False  # whether a person said when it was handed in
    system: str = ""  # the LMS that it came from, as canvas.NAME
    names: tuple[str, ...] = ()  # of its files, as that LMS packed them: feedback goes back under them
    shared: bool = False  # whether others handed it in, too


@dataclass(frozen=True)
class Placed:
    """What was done with an attempt, and a sentence where a person should know."""

    attempt: Attempt
    outcome: str
    told: str = ""


@dataclass(frozen=True)
class Note:
    """What lies in `submitted/`, as it was put there."""

    hash: str
    time: str = ""  # the text of its timestamp.txt
    order: int = 0


def content_hash(folder: Path) -> str:
    """A hash of names and contents below a folder, without the time and what systems and editors leave beside it."""
    hasher = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if is_ignored(name):
            continue
        if path.is_symlink():  # and is not followed
            hasher.update(f"{name}\0link\0{os.readlink(path)}\0".encode("utf-8", "surrogatepass"))
        elif path.is_file() and name != TIME_FILE and not SCRATCH.fullmatch(path.name):
            hasher.update(f"{name}\0{path.stat().st_size}\0".encode("utf-8", "surrogatepass"))
            with open(path, "rb") as file:
                while chunk := file.read(CHUNK):
                    hasher.update(chunk)
    return hasher.hexdigest()[:16]


def time_text(when: datetime | None) -> str:
    """As nbgrader writes it; "" for no time."""
    return f"{when.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S.%f} UTC" if when else ""


class Placer:
    """Puts attempts of a course in their place."""

    def __init__(self, course: Course, staging: Path) -> None:
        """staging: a folder whose content is removed in the end."""
        self.course, self.staging = course, staging
        self.kept = course.root / COLLECTED
        self._folders: dict[str, list[str]] = {}
        for name in student_folders(course):
            self._folders.setdefault(same_student(name), []).append(name)

    def folder_of(self, student: str) -> str:
        """The student's folder in submitted/: the one that is there, if it writes the id otherwise."""
        there = self._folders.get(same_student(student), [])
        return there[0] if len(there) == 1 and student not in there else student

    def place(self, attempts: Sequence[Attempt]) -> list[Placed]:
        """Attempts of one student at one assignment, the earliest first: the last of them goes to submitted/."""
        *earlier, latest = attempts
        store = self.kept / latest.student / latest.assignment
        there = self._there(latest.student, latest.assignment)
        for folder in (there.parent, there):
            if os.path.lexists(folder) and (problem := refuse_folder(folder, self.course)):
                return [Placed(attempt, KEPT, problem) for attempt in attempts]
        note_origins(store / ORIGINS, attempts)
        placed = self._place_latest(latest, there, store)  # first: it may be one of the earlier ones that makes room
        note = read_note(store / NOTE)
        here = note.hash if note else ""
        others = [
            Placed(with_time(attempt, there), SAME) if attempt.hash == here else self._keep(attempt, store)
            for attempt in earlier
        ]
        return [*others, placed]

    def students_with_attempts(self, assignment: str) -> list[str]:
        """Whose attempts at an assignment are kept."""
        return sorted(store.parent.name for store in self.kept.glob(f"*/{assignment}") if store.is_dir())

    def put_there(self, student: str, assignment: str) -> Attempt | None:
        """The attempt in submitted/, without a hash if there is none; None if a person has put or changed it."""
        there = self._there(student, assignment)
        if not list_files(there):
            return Attempt(student, assignment, there, "")
        note = read_note(self.kept / student / assignment / NOTE)
        if note is None or (note.hash, note.time) != (content_hash(there), read_time_file(there)):
            return None
        return Attempt(student, assignment, there, note.hash, parse_time(note.time), note.order)

    def exchange(self, attempt: Attempt) -> bool:
        """Bring a kept attempt into submitted/, and what was put there before to the kept; whether it was not there."""
        there = self._there(attempt.student, attempt.assignment)
        store = self.kept / attempt.student / attempt.assignment
        if attempt.folder == there:
            return False
        if old := self.put_there(attempt.student, attempt.assignment):
            if old.hash:
                rename(there, self._place_of(old, store))
        rename(attempt.folder, there)
        write_note(store / NOTE, Note(attempt.hash, time_text(attempt.when), attempt.order))
        return True

    def _there(self, student: str, assignment: str) -> Path:
        return self.course.submitted / self.folder_of(student) / assignment

    def _place_latest(self, attempt: Attempt, there: Path, store: Path) -> Placed:
        if not list_files(there):
            if os.path.lexists(there) and any(there.iterdir()):  # a time without a hand-in, or what a system leaves
                self._make_room(there, store / "was-there")
            self._move_in(attempt, there, store)
            return Placed(attempt, NEW)
        note, hash_, time = read_note(store / NOTE), content_hash(there), read_time_file(there)
        if hash_ == attempt.hash:
            return self._same(attempt, there, store, note, time)
        if note is None or (note.hash, note.time) != (hash_, time):
            self._keep(attempt, store)
            what = "was changed by hand since it was collected" if note else "was there before anything was collected"
            other = self._shown(self._place_of(attempt, store))
            told = f"{self._shown(there)} {what}, and stays; what was handed in lies in {other}"
            return Placed(attempt, KEPT, f"{told}. To grade that, move {self._shown(there)} away and collect again")
        if self._place_of(attempt, store).exists() or is_earlier(attempt, note):
            return self._keep(attempt, store)
        old = Attempt(attempt.student, attempt.assignment, there, hash_, parse_time(note.time), note.order)
        self._make_room(there, self._place_of(old, store))
        self._move_in(attempt, there, store)
        return Placed(attempt, REPLACED)

    def _same(self, attempt: Attempt, there: Path, store: Path, note: Note | None, time: str) -> Placed:
        """What lies in submitted/ already; its time may be new."""
        wanted = time_text(attempt.when)
        untouched = time == wanted or (note.time == time if note else not time)
        newer = attempt.sure or not time or wanted > time  # the same files may have been handed in twice
        if wanted and wanted != time and untouched and newer:
            write_atomically(there / TIME_FILE, wanted)
            write_note(store / NOTE, Note(attempt.hash, wanted, attempt.order))
            return Placed(attempt, RETIMED)
        if untouched:
            write_note(store / NOTE, Note(attempt.hash, time, attempt.order))
            attempt = with_time(attempt, there)
        elif wanted and wanted != time and newer:
            told = f"{self._shown(there / TIME_FILE)} was changed by hand, and stays: {time or 'it is not there'}"
            return Placed(attempt, SAME, f"{told}; the LMS says {wanted}")
        return Placed(attempt, SAME)

    def _move_in(self, attempt: Attempt, there: Path, store: Path) -> None:
        kept = self._place_of(attempt, store)
        if kept.exists():  # a person has made room for it
            rename(attempt.folder, attempt.folder.with_name(f"{attempt.folder.name}.twice"))
            attempt = replace(attempt, folder=kept)
        write_time(attempt)
        rename(attempt.folder, there)
        write_note(store / NOTE, Note(attempt.hash, time_text(attempt.when), attempt.order))

    def _make_room(self, there: Path, place: Path) -> None:
        """Move what lies in submitted/ to `place`; where that has it already, out of the way."""
        rename(there, Path(tempfile.mkdtemp(dir=self.staging)) / there.name if place.exists() else place)

    def _keep(self, attempt: Attempt, store: Path) -> Placed:
        place = self._place_of(attempt, store)
        if place.exists():
            return Placed(with_time(attempt, place), SAME)
        write_time(attempt)
        rename(attempt.folder, place)
        return Placed(attempt, EARLIER)

    def _place_of(self, attempt: Attempt, store: Path) -> Path:
        known = next(store.glob(f"*-{attempt.hash}"), None)
        stamp = f"{attempt.when.astimezone(timezone.utc):%Y-%m-%dT%H-%M-%SZ}" if attempt.when else "time-unknown"
        return known or store / f"{stamp}-{attempt.hash}"

    def _shown(self, path: Path) -> str:
        return shown(path.relative_to(self.course.root).as_posix()) + "/" * path.is_dir()


def is_earlier(attempt: Attempt, note: Note) -> bool:
    """Whether it was made before the one in submitted/; where nothing says it, what is collected later counts."""
    before = parse_time(note.time)
    if attempt.when and before:
        return (attempt.when, attempt.order) < (before, note.order)
    return bool(attempt.order and note.order and attempt.order < note.order)


def rename(source: Path, target: Path) -> None:
    """Move a folder to where nothing, or an empty folder, is; CourseError if that is on another disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise CourseError(
                f"{target.parent} lies on another disk than {source.parent}: a hand-in could be lost between them. "
                f"Put submitted/ and {COLLECTED}/ on one disk."
            ) from None
        raise


def write_time(attempt: Attempt) -> None:
    if attempt.when:
        write_atomically(attempt.folder / TIME_FILE, time_text(attempt.when))


def read_when(folder: Path) -> datetime | None:
    """When what lies in a folder was handed in, as grading takes it."""
    when = read_timestamp(folder / TIME_FILE).when
    return when.replace(tzinfo=timezone.utc) if when else None


def with_time(attempt: Attempt, place: Path) -> Attempt:
    """An attempt that lies there already: where nothing says its time now, it has the one that was said before."""
    return attempt if attempt.when else replace(attempt, when=read_when(place))


def read_time_file(folder: Path) -> str:
    """What a person or a run has written there; "" if it is no ordinary file."""
    path = folder / TIME_FILE
    if path.is_symlink() or not path.is_file():
        return ""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read(MOST_TIME).strip()


def parse_time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f UTC").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def read_note(path: Path) -> Note | None:
    """What was put into submitted/; None if nothing was, or nobody can say."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return Note(str(table["hash"]), str(table["time"]), int(table["order"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_note(path: Path, note: Note) -> None:
    if read_note(path) != note:
        write_atomically(path, json.dumps(vars(note)) + "\n")


def note_origins(path: Path, attempts: Sequence[Attempt]) -> None:
    """Keep where attempts come from, by the hash of what they hold."""
    known = read_origins(path)
    new = {a.hash: {"from": a.system, "names": list(a.names), "shared": a.shared} for a in attempts if a.names}
    if {**known, **new} != known:
        write_atomically(path, json.dumps({**known, **new}, indent=1) + "\n")


def read_origins(path: Path) -> dict[str, dict[str, Any]]:
    """Hash of an attempt -> {"from", "names", "shared"}; what can't be read is collected again, and noted anew."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return {hash_: origin for hash_, origin in table.items() if isinstance(origin, dict)}
    except (OSError, ValueError, AttributeError):
        return {}
