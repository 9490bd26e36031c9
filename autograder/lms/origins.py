"""Where the hand-ins in `submitted/` came from, as `make collect` has noted it: what leaves goes back the same way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.course.course import Assignment, Course
from autograder.lms import canvas, moodle
from autograder.lms.pieces import Whose
from autograder.lms.placing import COLLECTED, NOTE, ORIGINS, content_hash, read_note, read_origins
from autograder.lms.which import NOTEBOOK


@dataclass(frozen=True)
class Origin:
    """A hand-in as an LMS packed it."""

    system: str  # the LMS's name
    names: tuple[str, ...]  # of its files, in the LMS's archive
    shared: bool = False  # by a group: what the names say of a person is said of one of them

    @property
    def name(self) -> str:
        """Of its notebook, or else of its first file."""
        return next(filter(NOTEBOOK.search, self.names), self.names[0])

    @property
    def whose(self) -> Whose:
        """What the LMS says of the student; nothing where several share it."""
        if self.shared:
            return Whose()
        if self.system == canvas.NAME and (found := canvas.parse(canvas.last(self.name))):
            return Whose(lms_id=found.groupdict().get("user") or "")
        if self.system == moodle.NAME and (participant := moodle.PATTERN.fullmatch(self.name)):
            return Whose(ids=(f"Participant {participant['number']}",))
        return Whose()


def find_origins(course: Course, assignment: Assignment, students: Iterable[str]) -> dict[str, Origin]:
    """Student -> where what lies in submitted/ came from; without those whose hand-in nobody collected."""
    found = {}
    for student in students:
        store = course.root / COLLECTED / student / assignment.name
        origins, note = read_origins(store / ORIGINS), read_note(store / NOTE)
        if origins and note is None:  # a run was stopped before it could note it
            there = course.submitted / student / assignment.name
            note_hash = content_hash(there) if there.is_dir() else ""
        else:
            note_hash = note.hash if note else ""
        origin = origins.get(note_hash, {})
        if names := [name for name in origin.get("names") or () if isinstance(name, str)]:
            found[student] = Origin(str(origin.get("from")), tuple(names), bool(origin.get("shared")))
    return found
