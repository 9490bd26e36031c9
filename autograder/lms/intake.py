"""One source on its way into `submitted/`: a call a step, from the names in it to what was done with each hand-in."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import ModuleType

from rich.console import Console

from autograder.collecting.not_placed import NotPlaced, one_line, write_not_placed
from autograder.course.course import Assignment, Course, CourseError
from autograder.course.identifiers import shown
from autograder.lms import canvas
from autograder.lms.archive import Archive
from autograder.lms.handins import File, HandIn, by_assignment, is_graded, lay_out, layers, write_attempt
from autograder.lms.pieces import Piece, Reading
from autograder.lms.placing import Attempt, Placed, Placer, content_hash
from autograder.lms.roster import Found, Roster
from autograder.lms.times import date_hand_ins, zone_of
from autograder.lms.which import named
from autograder.steps.boundary import boundary
from autograder.steps.progress import phase

NEARLY_ALL = 0.8  # of a source's hand-ins: who says nothing is taken to hand in what they do
MOST_NAMED = 5  # files in a sentence


@dataclass
class Collected:
    """What came of one source."""

    source: str
    system: str = ""  # the LMS's name
    placed: list[Placed] = field(default_factory=list)
    not_placed: list[NotPlaced] = field(default_factory=list)
    told: list[str] = field(default_factory=list)  # sentences on hand-ins that were placed
    groups: int = 0
    zone: str = ""  # whose zone the archive's dates were taken to be in; "" if they were not used

    @property
    def students(self) -> int:
        return len({placed.attempt.student for placed in self.placed})


@dataclass
class Intake:
    """What all steps need; `take` does them."""

    course: Course
    roster: Roster
    staging: Path  # a folder of its own, removed in the end
    console: Console
    assignment: Assignment | None = None  # what all of it is, if a person says so
    times: dict[str, datetime] = field(default_factory=dict)
    system: str = ""  # the LMS's name

    def take(self, archive: Archive, system: ModuleType) -> Collected:
        """Raises CourseError where nothing of it can be used, or the disk is too small for it."""
        done = Collected(archive.path.name, system.NAME)
        self.system = system.NAME
        members = (*archive.members, *archive.refused)
        reading = system.read(members, [assignment.name for assignment in self.course.assignments])
        refuse_nothing(archive, reading, system)
        problems = {member.path: member.problem for member in archive.refused}
        for name, reason in reading.odd:
            self._miss(done, name, problems.get(name, reason))
        hand_ins = self._whose(reading.pieces, done)
        zone = zone_of(self.course, self.assignment)
        done.zone = str(zone) if date_hand_ins(hand_ins, reading, self.times, zone) else ""
        self._require_room(hand_ins)
        with phase("unpacking", len(hand_ins), {}, self.console) as step:
            files = [self._lay_out(number, hand_in, done, step) for number, hand_in in enumerate(hand_ins)]
        usual = self.assignment or commonest(files, self.course) or named(archive.path.name, self.course.assignments)
        attempts = self._attempts(hand_ins, files, usual, system is canvas, done)
        done.not_placed = [entry if entry.assignment else with_assignment(entry, usual) for entry in done.not_placed]
        handled = {one_line(hand_in.names) for hand_in in hand_ins}
        seen = {"", *(assignment for _, assignment in attempts), *([usual.name] if usual else [])}

        def is_done(entry: NotPlaced) -> bool:
            """Whether an entry of an earlier run has been seen to in this one: other zips may have the same name."""
            return entry.name in handled or (entry.source == shown(done.source) and entry.assignment in seen)

        write_not_placed(self.course, done.not_placed, is_done)  # before: a run that is stopped has told of them
        with phase("placing", len(attempts), {}, self.console) as step:
            self._place(attempts, done, step)
        write_not_placed(self.course, done.not_placed, is_done)
        return done

    def _miss(
        self, done: Collected, name: str, reason: str, students: Sequence[str] = ("",), assignment: str = ""
    ) -> None:
        """students: whose it is, or may be."""
        for student in students or ("",):
            done.not_placed.append(NotPlaced(shown(done.source), one_line(name), reason, student, assignment))

    def _spoken(self, pieces: Sequence[Piece]) -> str:
        """The assignment that the LMS's names speak of; "" if none does."""
        owners = (named(piece.name, self.course.assignments) for piece in pieces)
        return pieces[0].assignment or next((owner.name for owner in owners if owner), "")

    # --- whose ------------------------------------------------------------------------------------------------------

    def _whose(self, pieces: Sequence[Piece], done: Collected) -> list[HandIn]:
        """The pieces by who handed them in, and when; what is nobody's is told."""
        groups: dict[tuple, list[Piece]] = defaultdict(list)
        for piece in pieces:
            groups[piece.whose, piece.attempt, piece.assignment].append(piece)
        hand_ins, groups_seen = [], set()
        for (whose, *_), group in groups.items():
            found = together([self.roster.find(one) for one in whose])
            hand_in = HandIn(found.students, group)
            if found.note:
                done.told.append(found.note)
            elif not found.students and not found.problem:
                done.told.append(f"{hand_in.names} was left out: it is the LMS's test student's")
            if found.problem:
                self._miss(done, hand_in.names, found.problem, found.guess, self._spoken(group))
            if found.students:
                hand_ins.append(hand_in)
                groups_seen |= {found.students} if len(found.students) > 1 else set()
        done.groups = len(groups_seen)
        return hand_ins

    # --- files ------------------------------------------------------------------------------------------------------

    def _require_room(self, hand_ins: Sequence[HandIn]) -> None:
        needed = sum(piece.member.size * len(h.students) for h in hand_ins for piece in h.pieces)
        free = shutil.disk_usage(self.staging.parent).free
        if 2 * needed > free:
            raise CourseError(
                f"{needed // 10**6} MB are to be collected, and the disk has {free // 10**6} MB left: twice as much is "
                "needed. Make room, then run again."
            )

    def _lay_out(
        self, number: int, hand_in: HandIn, done: Collected, step: Callable[[str], None]
    ) -> dict[str, list[File]]:
        found: dict[str, list[File]] = {}
        with boundary("unpacking it", seconds=300) as attempt:
            lay_out(hand_in, self.staging / "laid-out" / str(number))
            found = {self.assignment.name: hand_in.files} if self.assignment else {}
            found = found or by_assignment(hand_in, self.course.assignments)
        if attempt.trouble:
            hand_in.files = []
            hand_in.odd.append((hand_in.names, attempt.trouble.removeprefix("look by hand: ")))
        if hand_in.odd and not any(is_graded(file.name) for file in hand_in.files):
            hand_in.files = []  # what is left of it is not what was handed in
        if not hand_in.files:
            for name, reason in hand_in.odd or [(hand_in.names, "it holds no file")]:
                self._miss(done, name, reason, hand_in.students, self._spoken(hand_in.pieces))
        else:
            who = " and ".join(hand_in.students[:3])
            done.told += [f"{who}: {shown(name)} was left out: {reason}" for name, reason in hand_in.odd[:MOST_NAMED]]
        step(hand_in.students[0])
        return found if hand_in.files else {}

    # --- attempts ---------------------------------------------------------------------------------------------------

    def _attempts(
        self,
        hand_ins: Sequence[HandIn],
        files: Sequence[dict[str, list[File]]],
        usual: Assignment | None,
        marked: bool,
        done: Collected,
    ) -> dict[tuple[str, str], list[Attempt]]:
        """(student, assignment) -> attempts, the earliest first."""
        found: dict[tuple[str, str], list[tuple[tuple, Attempt]]] = defaultdict(list)
        for number, (hand_in, here) in enumerate(zip(hand_ins, files)):
            if hand_in.files and not here:
                if usual is None:
                    reason = "nothing in its names or contents says which assignment it is: say ASSIGNMENT=..."
                    self._miss(done, hand_in.names, reason, hand_in.students)
                    continue
                here = {usual.name: hand_in.files}
            if usual and here and usual.name not in here and not self.assignment:
                self._tell_other(hand_in, sorted(here), usual, done)
            for name, inside in here.items():
                for depth, layer in enumerate(layers(inside, marked)):
                    when = hand_in.when if depth == 0 else None
                    for attempt in self._write(hand_in, name, layer, when, self.staging / f"{number}-{depth}"):
                        rank = attempt.when is not None, attempt.when or datetime.min, -depth, attempt.order, number
                        found[attempt.student, name].append((rank, attempt))
        return {
            key: without_twins([attempt for _, attempt in sorted(group, key=lambda pair: pair[0])])
            for key, group in found.items()
        }

    def _write(
        self, hand_in: HandIn, name: str, files: Sequence[File], said: datetime | None, folder: Path
    ) -> list[Attempt]:
        """The files of one attempt, in a folder for each student; `said` is the time that a person gives it."""
        written, shared = [], len(hand_in.students) > 1
        for member, student in enumerate(hand_in.students):
            target = folder / name / str(member)
            write_attempt(files, self.course.assignment(name), target)
            order = max(file.order for file in files)
            when = said or max((file.when for file in files if file.when), default=None)
            hash_ = content_hash(target)
            attempt = Attempt(student, name, target, hash_, when, order, hand_in.late, said is not None)
            written.append(replace(attempt, system=self.system, names=names_of(hand_in, files), shared=shared))
        return written

    def _tell_other(self, hand_in: HandIn, names: Sequence[str], usual: Assignment, done: Collected) -> None:
        """A hand-in at another assignment than all others: placed there, and a person looks before this one is zero."""
        other = " and ".join(names)
        reason = f"it is {other}, and was put there, but nearly all others here are {usual.name}: the wrong file?"
        self._miss(done, hand_in.names, reason, hand_in.students, usual.name)

    # --- in place ---------------------------------------------------------------------------------------------------

    def _place(
        self, attempts: dict[tuple[str, str], list[Attempt]], done: Collected, step: Callable[[str], None]
    ) -> None:
        placer = Placer(self.course, self.staging)
        for (student, assignment), group in sorted(attempts.items()):
            with boundary("putting it in its place") as attempt:
                done.placed += placer.place(group)
            if attempt.trouble:
                self._miss(done, student, attempt.trouble.removeprefix("look by hand: "), [student], assignment)
            step(student)


def names_of(hand_in: HandIn, files: Sequence[File]) -> tuple[str, ...]:
    """What the LMS called these files of a hand-in, in its archive."""
    attached = {(file.attached, file.order) for file in files}
    return tuple(sorted(piece.member.path for piece in hand_in.pieces if (piece.name, piece.order) in attached))


def together(found: Sequence[Found]) -> Found:
    """All who handed something in together; those who were not found are told, and take it from none of the others."""
    if len(found) == 1:
        return found[0]
    problem = "; ".join(one.problem for one in found if one.problem)
    students = tuple(dict.fromkeys(student for one in found for student in one.students))
    guess = tuple(dict.fromkeys(student for one in found for student in one.guess))
    note = "; ".join(one.note for one in found if one.note)
    return Found(students, problem, guess, note, group=" and ".join(students))


def refuse_nothing(archive: Archive, reading: Reading, system: ModuleType) -> None:
    if not archive.members and not archive.refused:
        raise CourseError(f"{shown(archive.path.name)} holds no file.")
    if not reading.pieces:
        name, reason = reading.odd[0]
        told = f"{shown(archive.path.name)} is not as {system.NAME} packs hand-ins: {shown(name)}: {reason}"
        raise CourseError(f"{told}. If it is from elsewhere, say FROM=canvas, moodle, gradescope, nbgrader or folder.")


def commonest(files: Sequence[dict[str, list[File]]], course: Course) -> Assignment | None:
    """The assignment of nearly all hand-ins that say which one they are."""
    said = sum(bool(here) for here in files)
    first, second = (Counter(name for here in files for name in here).most_common(2) + [("", 0)] * 2)[:2]
    alone = first[1] >= NEARLY_ALL * said and second[1] <= (1 - NEARLY_ALL) * said
    return course.assignment(first[0]) if said and alone else None


def with_assignment(entry: NotPlaced, assignment: Assignment | None) -> NotPlaced:
    return replace(entry, assignment=assignment.name) if assignment else entry


def without_twins(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Of attempts with the same files, only the latest."""
    last = {attempt.hash: attempt for attempt in attempts}
    return [attempt for attempt in attempts if last[attempt.hash] is attempt]
