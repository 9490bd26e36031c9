"""Which submissions there are: `submitted/<student>/<assignment>/`, and the class list beside it."""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.collecting.class_list import UNLISTED, class_list
from autograder.collecting.fingerprint import fingerprint
from autograder.collecting.misplaced import MOST_TOLD, Find, found_elsewhere, likely_ids, strays, student_folders
from autograder.collecting.not_placed import FILE as NOT_PLACED
from autograder.collecting.not_placed import read_not_placed
from autograder.collecting.timestamps import read_timestamp, why_odd
from autograder.course.course import Assignment, Course, CourseError
from autograder.course.identifiers import problem_of, same_student, shown
from autograder.reading.notebook import list_files
from autograder.steps.boundary import boundary


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


def find_submissions(
    course: Course, assignment: Assignment, students: list[str] | None = None, force: bool = False
) -> list[Submission]:
    """All submissions of an assignment, and the students of the class list who handed in nothing, by name.

    Args:
        students: only these.
        force: even if nobody handed in anything: everybody then gets a row of zeros.

    Raises:
        CourseError: there is no submission at all, a named student is not to be found, or the class list is wrong.
    """
    listed = class_list(course)
    folders = student_folders(course) | not_folders(course, listed or ())
    looks = {name: look_into(course, assignment, name, path) for name, path in folders.items()}
    ids, notes = match_ids(list(folders), listed)
    seen = {ids[name]: look for name, look in looks.items()}
    finds = {student: look.find for student, look in seen.items() if look.find}
    filled = {student for student, look in seen.items() if look.filled}
    names = {student for student, look in seen.items() if look.there or look.refused} | set(finds)
    names |= set(listed or seen)
    wanted = {ids.get(name, name) for name in students or ()}
    if unknown := sorted(map(shown, wanted - names)):
        raise CourseError(f"No student named {', '.join(unknown)} in {course.submitted} or students.csv.")
    lost, nobodys = not_placed_of(course, assignment)
    someone = filled or lost or any(find.sure for find in finds.values()) or any_refused(seen)
    if not names or not (someone or force):
        doubtful = [where_to(find, course, assignment, name) for name, find in finds.items()]
        raise CourseError(nobody(course, assignment, len(names), doubtful))
    unlisted = names.difference(names if listed is None else listed)
    meant = likely_ids(sorted(unlisted), names - filled - set(finds) - unlisted)
    misplaced = {name: where_to(find, course, assignment, name) for name, find in finds.items() if name not in filled}
    misplaced |= {
        name: f"found {shown(folder)}/: if it is {name}'s, rename it to {name}" for folder, name in meant.items()
    }
    for name in unlisted:
        notes[name].insert(0, UNLISTED + (f": did you mean {meant[name]}?" if name in meant else ""))
    for name in filled & set(finds):
        if finds[name].sure and finds[name].path.suffix == ".ipynb":  # a zip may be what the folder was unpacked from
            notes[name].append(f"not graded, because it lies elsewhere: {inside(course, finds[name])}")
    places = {ids[name]: path for name, path in folders.items()}
    found = []
    for name in sorted(wanted or names):
        look, folder = seen.get(name, Look()), places.get(name, course.submitted / name) / assignment.name
        remarks = (look.remark,) if look.remark else ()
        notes_, refused = tuple(notes[name]), look.refused
        if name not in filled:
            refused = refused or lost.get(name, "")
            remarks += nobodys
        found.append(Submission(shown(name), folder, misplaced.get(name, ""), notes_, refused, remarks))
    return found


def not_placed_of(course: Course, assignment: Assignment) -> tuple[dict[str, str], tuple[str, ...]]:
    """Why a student's row is open, of whose hand-in `make collect` could not say enough; and what may be anybody's."""
    found = [entry for entry in read_not_placed(course) if entry.assignment in ("", assignment.name)]
    told = {entry.student: f"{entry.sentence}: put that right and collect again" for entry in found if entry.student}
    count = sum(not entry.student for entry in found)
    text = f"nothing of theirs was found, but {count} hand-ins are in nobody's place: see {NOT_PLACED}"
    return told, (text,) if count else ()


def any_refused(seen: dict[str, Look]) -> bool:
    return any(look.refused for look in seen.values())


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
    return f"found {inside(course, find)}: {doubt}move it into submitted/{student}/{assignment.name}/"


def inside(course: Course, find: Find) -> str:
    return shown(find.path.relative_to(course.submitted).as_posix())


def nobody(course: Course, assignment: Assignment, count: int, doubtful: list[str]) -> str:
    """The sentence where there is nothing to grade."""
    expected = course.submitted / "<student>" / assignment.name / f"{assignment.name}.ipynb"
    lines = [f"No submissions of {assignment.name} found: expected {expected}."]
    lines += [*strays(course, assignment), *doubtful[:MOST_TOLD]]
    if count:
        lines.append(f'To give all {count} students zero points and a page all the same: OPTIONS="--force".')
    return "\n".join(lines)
