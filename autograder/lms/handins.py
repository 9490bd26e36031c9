"""Hand-ins laid out beside `submitted/`: one student's or group's files of one attempt, unpacked, by assignment."""

from __future__ import annotations

import errno
import filecmp
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from autograder.collecting.timestamps import FILE as TIME_FILE
from autograder.course.course import Assignment
from autograder.course.identifiers import same_on_disk, shown
from autograder.lms import canvas
from autograder.lms.archive import HAND_IN, ArchiveError, Member, Room, open_archive
from autograder.lms.pieces import Piece
from autograder.lms.which import NOTEBOOK, WEIGHTS, companions, defined, likely_name, named, without_marks

ZIP = re.compile(r"\.(?:-\d+)?zip$", re.IGNORECASE)
Attachment = tuple[str, int]  # the name that the LMS has for it, and its number
BAD_NAME = {errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ}
Odd = list[tuple[str, str]]  # (name, reason) of what was left out
MOST_NESTED = 3  # zips, one inside the other


@dataclass
class File:
    """One file on disk, under the name that it was handed in by; `attached` is what the LMS called it."""

    path: Path
    name: str
    attached: str
    order: int
    when: datetime | None = None
    assignment: str = ""  # where a folder says it


@dataclass
class HandIn:
    """What a student or group handed in at once."""

    students: tuple[str, ...]
    pieces: list[Piece]
    when: datetime | None = None  # as a person says
    files: list[File] = field(default_factory=list)
    odd: Odd = field(default_factory=list)

    @property
    def late(self) -> bool:
        return any(piece.late for piece in self.pieces)

    @property
    def names(self) -> str:
        """For people to read."""
        names = [shown(piece.member.path) for piece in self.pieces]
        return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "")


class Names:
    """Names that are taken in a folder; two that some file system takes for one are never both given."""

    def __init__(self) -> None:
        self._files: set[str] = {same_on_disk(TIME_FILE)}
        self._folders: set[str] = set()
        self._counts: dict[str, int] = {}  # name -> the last number that it got

    def free(self, name: str) -> str:
        """`name`, with a number where it is taken."""
        wanted, count = name, self._counts.get(name, 1)
        while not self._fits(name):
            count += 1
            flat = PurePosixPath(wanted.replace("/", "_") if count > 2 else wanted)
            name = str(flat.with_name(f"{flat.stem} ({count}){flat.suffix}"))
        self._counts[wanted] = count
        path = PurePosixPath(same_on_disk(name))
        self._files.add(str(path))
        self._folders.update(map(str, path.parents))
        return name

    def _fits(self, name: str) -> bool:
        path = PurePosixPath(same_on_disk(name))
        is_taken = str(path) in self._files or str(path) in self._folders
        return not is_taken and not any(str(parent) in self._files for parent in path.parents)


# --- onto the disk --------------------------------------------------------------------------------------------------


def lay_out(hand_in: HandIn, folder: Path) -> None:
    """Copy a hand-in's files to disk, zips unpacked; what can't be is in `hand_in.odd` with the reason."""
    room = Room()
    for number, piece in enumerate(sorted(reversed(hand_in.pieces), key=lambda piece: -piece.order)):
        if piece.member.problem:
            hand_in.odd.append((shown(piece.member.path), piece.member.problem))
            continue
        target = folder / str(number) / PurePosixPath(piece.name).name
        if target.name == TIME_FILE:  # made by the student: it would be believed
            continue
        try:
            piece.member.copy_to(target)
        except (ArchiveError, OSError) as error:
            hand_in.odd.append((shown(piece.member.path), why_left_out(error)))
            continue
        file = File(target, piece.name, piece.name, piece.order, piece.when, piece.assignment)
        hand_in.files += unpack(file, folder / f"{number}.unpacked", hand_in.odd, room)


def unpack(file: File, folder: Path, odd: Odd, room: Room, depth: int = 1) -> list[File]:
    """The files of a zip; the zip itself where it can't be unpacked, so that its reader says why; any other file."""
    if not ZIP.search(file.name) or depth > MOST_NESTED:
        return [file]
    found: list[File] = []
    try:
        with open_archive(file.path, HAND_IN) as archive:
            odd += [(f"{shown(file.name)}/{member.path}", member.problem) for member in archive.refused]
            for number, member in enumerate(archive.members):
                found += unpack_one(file, member, folder / str(number), odd, room, depth)
    except ArchiveError as error:
        odd.append((shown(file.name), f"it is kept packed: {error}"))
        return [file]
    return found or [file]


def unpack_one(outer: File, member: Member, folder: Path, odd: Odd, room: Room, depth: int) -> list[File]:
    inner = PurePosixPath(member.path)
    if inner.name == TIME_FILE:
        return []
    target = folder / inner.name
    room.take(member.size)
    try:
        member.copy_to(target)
    except (ArchiveError, OSError) as error:
        odd.append((f"{shown(outer.name)}/{member.path}", why_left_out(error)))
        return []
    name = str(PurePosixPath(outer.name).parent / member.path)
    return unpack(replace(outer, path=target, name=name), folder / "more", odd, room, depth + 1)


def why_left_out(error: ArchiveError | OSError) -> str:
    """What is wrong with a file; raises what is wrong with the machine: no half of a hand-in may be placed for that."""
    if isinstance(error, OSError) and error.errno not in BAD_NAME:
        raise error
    return getattr(error, "strerror", None) or str(error)


# --- by assignment --------------------------------------------------------------------------------------------------


def by_assignment(hand_in: HandIn, assignments: Sequence[Assignment]) -> dict[str, list[File]]:
    """Files by assignment; none where nothing of the hand-in says which one it is."""
    owners: dict[str, list[Assignment]] = defaultdict(list)  # folder -> whose notebooks lie there
    places: dict[int, Assignment] = {}
    for number, file in enumerate(hand_in.files):
        owner = next((a for a in assignments if a.name == file.assignment), None)
        if owner is None and (NOTEBOOK.search(file.name) or ZIP.search(file.name)):
            owner = named(file.name, assignments) or defined(file.path, assignments)
        if owner is None and NOTEBOOK.search(file.name) and file.name.endswith(".ipynb"):
            owner = named(file.attached, assignments)
        if owner is not None:
            places[number] = owner
            owners[folder_of(file)].append(owner)
    if not places:
        trained = [assignment for assignment in assignments if assignment.images]
        if len(trained) == 1 and any(WEIGHTS.search(without_marks(file.name)) for file in hand_in.files):
            return {trained[0].name: hand_in.files}
        texts = {text for file in hand_in.files for text in (file.name, file.attached)}
        spoken = {owner.name for owner in (named(text, assignments) for text in texts) if owner}
        return {name: hand_in.files for name in spoken} if len(spoken) == 1 else {}
    found: dict[str, list[File]] = defaultdict(list)
    everybody = list(dict.fromkeys(places.values()))
    for number, file in enumerate(hand_in.files):
        beside = companions(file.name, owners.get(folder_of(file)) or everybody, everybody)
        for owner in [places[number]] if number in places else beside:
            found[owner.name].append(file)
    return found


def folder_of(file: File) -> str:
    return str(PurePosixPath(file.name).parent)


# --- attempts -------------------------------------------------------------------------------------------------------


def layers(files: Sequence[File], marked: bool) -> list[list[File]]:
    """The files that were handed in last, then those that they took the place of, the latest first.

    marked: whether the LMS marks a file that is handed in again (`a1-1.ipynb`).
    """
    if not marked:
        return [list(files)]
    versions: dict[str, list[Attachment]] = defaultdict(list)
    for attachment in dict.fromkeys((file.attached, file.order) for file in files):
        versions[version_of(attachment[0])].append(attachment)
    depths: dict[Attachment, int] = {}
    for name, group in versions.items():
        group.sort(key=lambda attachment: (attachment[1], canvas.without_mark(attachment[0])[1]), reverse=True)
        same = WEIGHTS.search(name) or is_marked([attached for attached, _ in group])
        depths |= {attachment: depth if same else 0 for depth, attachment in enumerate(group)}
    found: list[list[File]] = [[] for _ in range(max(depths.values(), default=0) + 1)]
    for file in files:
        found[depths[file.attached, file.order]].append(file)
    return found


def version_of(name: str) -> str:
    """What the versions of one file have in common, of files that are graded; any other keeps its name."""
    bare = canvas.without_mark(name)[0]
    graded = is_graded(bare) or WEIGHTS.search(bare)
    return same_on_disk(bare) if graded and "/" not in name else name


def is_marked(names: Sequence[str]) -> bool:
    """Whether it was the LMS that marked files: one has no mark, or all speak of an assignment ("part-1" does not)."""
    numbers = [canvas.without_mark(name)[1] for name in names]
    return len({*numbers}) == len(numbers) and (0 in numbers or re.match(r"a\d", names[0], re.IGNORECASE) is not None)


def write_attempt(files: Sequence[File], assignment: Assignment, folder: Path) -> None:
    """Copy the files of one attempt to one folder, under the names that they should have where these are free."""
    folder.mkdir(parents=True)
    names = Names()
    there: dict[str, Path] = {}
    meant = {name: likely(name, assignment) for name in {file.name for file in files}}
    claims = Counter(same_on_disk(meant[file.name]) for file in files)
    for file in sorted(files, key=lambda file: (file.name != meant[file.name], -file.order, file.name)):
        wanted = meant[file.name]
        if claims[same_on_disk(wanted)] > 1:  # each keeps its own, and the reader chooses
            wanted = file.name
        twin = there.get(same_on_disk(wanted))
        if twin and filecmp.cmp(twin, file.path, shallow=False):  # a zip may hold one file twice
            continue
        there[same_on_disk(wanted)] = file.path
        target = folder / names.free(wanted)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.path, target)


def likely(name: str, assignment: Assignment) -> str:
    """The name that a graded file should have; others, pictures for example, keep theirs."""
    bare = without_marks(name)
    if is_graded(bare):
        return likely_name(bare, assignment)
    return bare if WEIGHTS.search(bare) else name


def is_graded(name: str) -> bool:
    """Whether it is named as what can be a notebook is."""
    return bool(NOTEBOOK.search(name) or ZIP.search(name))
