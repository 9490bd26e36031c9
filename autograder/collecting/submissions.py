"""Which submissions there are: `submitted/<student>/<assignment>/`, and the class list beside it."""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from autograder.collecting.class_list import UNLISTED, class_list
from autograder.collecting.fingerprint import fingerprint
from autograder.collecting.misplaced import (
    MOST_TOLD,
    Find,
    found_elsewhere,
    likely_ids,
    refuse_unreadable,
    strays,
    student_folders,
)
from autograder.collecting.not_placed import FILE as NOT_PLACED
from autograder.collecting.not_placed import read_not_placed
from autograder.collecting.timestamps import read_timestamp, why_odd
from autograder.course.course import Assignment, Course, CourseError
from autograder.course.identifiers import problem_of, same_student, shown
from autograder.reading.notebook import list_files
from autograder.steps.boundary import boundary


class NoSubmissions(CourseError):
    """Nobody has handed in anything for an assignment."""


@dataclass(frozen=True)
class Submission:
    """One student's folder for one assignment; it may not exist (then the student is on the class list only)."""

    student: str
    folder: Path
    misplaced: str = ""  # where its files seem to lie instead, if there are none in the folder
    notes: tuple[str, ...] = ()  # for the TA
    refused: str = ""  # why nothing in it is looked at: a sentence
    remarks: tuple[str, ...] = ()  # for the TA, of what no result is made from: when it was handed in

    @property
    def folder_name(self) -> str:
        """The student's folder in submitted/ if that is not the id, else ""."""
        return "" if self.folder.parent.name == self.student else self.folder.parent.name

    @property
    def has_place(self) -> bool:
        """Whether the student can have files of their own: a name that can't be an id gets a row only."""
        return not problem_of(self.student)

    def hash(self) -> str:
        """The same for the same submission wherever it lies."""
        return fingerprint(self.folder, self.misplaced, *self.notes)


@dataclass(frozen=True)
class Look:
    """What was seen of one student's folder."""

    there: bool = False  # the assignment's folder
    filled: bool = False
    find: Find | None = None
    refused: str = ""
    remark: str = ""

    @property
    def is_trace(self) -> bool:
        """Whether there is anything of the student's for the assignment."""
        return bool(self.there or self.refused or self.find)


@dataclass
class Known:
    """What is known of one student, from the class list and from submitted/."""

    id: str
    folder: Path  # the student's in submitted/; it may not exist
    look: Look = Look()
    is_listed: bool = True  # or there is no class list
    misplaced: str = ""
    not_placed: str = ""  # what `make collect` could not place of theirs
    remarks: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing of the student's for the assignment, wherever it may lie."""
        return not self.look.filled and self.look.find is None

    def submission(self, assignment: Assignment) -> Submission:
        remarks = (*filter(None, [self.look.remark]), *self.remarks)
        folder, refused = self.folder / assignment.name, self.look.refused or self.not_placed
        return Submission(shown(self.id), folder, self.misplaced, tuple(self.notes), refused, remarks)


def find_submissions(
    course: Course, assignment: Assignment, students: list[str] | None = None, force: bool = False
) -> list[Submission]:
    """All submissions of an assignment, and the students of the class list who handed in nothing, by name.

    Args:
        students: only these.
        force: even if nobody handed in anything: everybody then gets a row of zeros.

    Raises:
        CourseError: there is no submission at all, a named student is not to be found, the class list is wrong, or
            submitted/ can't be read.
    """
    refuse_unreadable(course)
    listed = class_list(course)
    known = know_class(course, assignment, listed)
    wanted = choose_students(course, known, students)
    lost, nobodys = not_placed_of(course, assignment)
    if not known or not (force or lost or any(map(is_submission, known.values()))):
        raise NoSubmissions(nobody(course, assignment, known.values()))
    tell_unlisted(known)
    for student in known.values():
        tell_misplaced(course, assignment, student)
        if not student.look.filled:
            student.not_placed, student.remarks = lost.get(student.id, ""), nobodys
    return [known[name].submission(assignment) for name in sorted(wanted)]


# --- the steps ------------------------------------------------------------------------------------------------------


def know_class(course: Course, assignment: Assignment, listed: Collection[str] | None) -> dict[str, Known]:
    """What is known of each student by id: those with a folder, then those who are on the class list only.

    Where there is a class list, a folder that is not on it counts only with something in it for the assignment.
    """
    folders = student_folders(course) | not_folders(course, listed or ())
    ids, notes = match_ids(list(folders), listed)
    known: dict[str, Known] = {}
    for name, path in folders.items():
        id_, look = ids[name], look_into(course, assignment, name, path)
        if not listed or id_ in listed or look.is_trace:
            known[id_] = Known(id_, path, look, listed is None or id_ in listed, notes=notes[id_])
    for id_ in listed or ():
        known.setdefault(id_, Known(id_, course.submitted / id_))
    return known


def choose_students(course: Course, known: dict[str, Known], students: Iterable[str] | None) -> set[str]:
    """The ids of the students that are asked for, by id or by folder; all if nobody is named."""
    ids = {student.folder.name: student.id for student in known.values()}
    wanted = {ids.get(name, name) for name in students or ()}
    if unknown := sorted(map(shown, wanted - known.keys())):
        raise CourseError(f"No student named {', '.join(unknown)} in {course.submitted} or students.csv.")
    return wanted or set(known)


def is_submission(student: Known) -> bool:
    """Whether there is something to tell of: files, in their place or surely meant for it, or a refused folder."""
    look = student.look
    return bool(look.filled or look.refused or (look.find and look.find.sure))


def tell_unlisted(known: dict[str, Known]) -> None:
    """Tell of each folder that is not on the class list, and to the student whom it probably belongs to."""
    unlisted = sorted(student.id for student in known.values() if not student.is_listed)
    silent = sorted(student.id for student in known.values() if student.is_listed and student.is_silent)
    meant = likely_ids(unlisted, silent)
    for folder in unlisted:
        known[folder].notes.insert(0, UNLISTED + (f": did you mean {meant[folder]}?" if folder in meant else ""))
    for folder, name in meant.items():
        known[name].misplaced = f"found {shown(folder)}/: if it is {name}'s, rename it to {name}"


def tell_misplaced(course: Course, assignment: Assignment, student: Known) -> None:
    """Tell of what lies beside the assignment's folder: in its stead, or besides what is graded."""
    find = student.look.find
    if find and not student.look.filled:
        student.misplaced = where_to(find, course, assignment, student.id)
    elif find and find.sure and find.path.suffix == ".ipynb":  # a zip may be what the folder was unpacked from
        student.notes.append(f"not graded, because it lies elsewhere: {path_told(course, find)}")


def not_placed_of(course: Course, assignment: Assignment) -> tuple[dict[str, str], tuple[str, ...]]:
    """Why a student's row is open, of whose hand-in `make collect` could not say enough; and what may be anybody's."""
    found = [entry for entry in read_not_placed(course) if entry.assignment in ("", assignment.name)]
    told = {entry.student: f"{entry.sentence}: put that right and collect again" for entry in found if entry.student}
    count = sum(not entry.student for entry in found)
    text = f"nothing of theirs was found, but hand-ins are in nobody's place ({count}): see {NOT_PLACED}"
    return told, (text,) if count else ()


# --- one student ----------------------------------------------------------------------------------------------------


def look_into(course: Course, assignment: Assignment, name: str, path: Path) -> Look:
    """What lies in a student's folder; what can't be looked at is refused, with a sentence."""
    if problem := problem_of(name):
        return Look(refused=f"the folder {shown(name)} in submitted/ {problem}: rename it to the student's id")
    with boundary("finding its files") as attempt:
        folder = path / assignment.name
        for place in (path, folder):
            if refusal := refuse_folder(place, course):
                return Look(refused=refusal)
        there, find = folder.is_dir(), found_elsewhere(course, assignment, path)
        if not there:
            return Look(find=find)
        remark = why_odd(read_timestamp(folder / "timestamp.txt"), assignment.due)
        return Look(True, bool(list_files(folder)), find, remark=remark)
    return Look(refused=attempt.trouble.removeprefix("look by hand: "))


def refuse_folder(path: Path, course: Course) -> str:
    """Why a folder is not looked into; "" if it is one, or is not there."""
    name = shown(path.relative_to(course.root).as_posix())
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            return f"{name} is a link, and links are not followed: put the folder itself in its place"
        if not stat.S_ISDIR(mode):
            return f"{name} is no folder: make one of that name, and put what was handed in into it"
        with os.scandir(path):
            return ""
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{name} can't be entered ({error.strerror}): give yourself the right to read it"


def not_folders(course: Course, listed: Iterable[str]) -> dict[str, Path]:
    """What has the name of a student of the class list, but is a file, a pipe or the like."""
    paths = {name: course.submitted / name for name in listed}
    return {name: path for name, path in paths.items() if os.path.lexists(path) and not os.path.isdir(path)}


# --- the class ------------------------------------------------------------------------------------------------------


def match_ids(folders: list[str], listed: Iterable[str] | None) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Folder -> student's id, and notes by id: a folder whose name writes a listed id otherwise is that student's.

    Only where no other folder and no other id may be meant; else all of them are told of each other.
    """
    ids, notes = {name: name for name in folders}, defaultdict(list)
    groups: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, names in enumerate((folders, listed or ())):
        for name in names:
            groups[same_student(name)][side].append(name)
    for here, expected in groups.values():
        if len(here) == 1 and len(expected) == 1 and here != expected:
            ids[here[0]] = expected[0]
            notes[expected[0]].append(f"taken from submitted/{shown(here[0])}/: the same id, written otherwise")
        elif len({*here, *expected}) > 1 and here:
            for name in here:
                others = ", ".join(map(shown, sorted({*here, *expected} - {name})))
                notes[name].append(f"may be the same student as {others}: the same id, written otherwise")
    return ids, notes


def where_to(find: Find, course: Course, assignment: Assignment, student: str) -> str:
    doubt = "" if find.sure else f"if it is {assignment.name}, "
    return f"found {path_told(course, find)}: {doubt}move it into submitted/{student}/{assignment.name}/"


def path_told(course: Course, find: Find) -> str:
    return shown(find.path.relative_to(course.submitted).as_posix())


def nobody(course: Course, assignment: Assignment, students: Collection[Known]) -> str:
    """The sentence where there is nothing to grade."""
    expected = course.submitted / "<student>" / assignment.name / f"{assignment.name}.ipynb"
    doubtful = [where_to(known.look.find, course, assignment, known.id) for known in students if known.look.find]
    lines = [f"No submissions of {assignment.name} found: expected {expected}."]
    lines += [*strays(course, assignment), *doubtful[:MOST_TOLD]]
    if students:
        lines.append(f'To give all {len(students)} students zero points and a page all the same: OPTIONS="--force".')
    return "\n".join(lines)
