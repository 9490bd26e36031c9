"""What an LMS packs, unpacked into `submitted/` by hand: recognized, to be collected and not graded as students."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote

from autograder.collecting.misplaced import entries_of, is_folder
from autograder.course.course import Course, CourseError
from autograder.course.identifiers import shown
from autograder.lms import canvas, gradescope, moodle, nbgrader_folders
from autograder.lms.paths import is_ignored

ASIDE = "collected/.unpacked"
MOST_OF_IT = 0.5  # of a folder's entries must be an LMS's
MOST_LOOKED_AT = 5_000  # entries of submitted/


def find_unpacked(course: Course) -> tuple[str, list[str]]:
    """The LMS whose files lie in `submitted/`, and which; "" and none where that holds students' folders alone."""
    entries = entries_of(course.submitted, MOST_LOOKED_AT)
    names = [assignment.name for assignment in course.assignments]
    folders = [entry.name for entry in entries if is_folder(entry)]
    files = [entry.name for entry in entries if not is_folder(entry)]
    found = {
        moodle.NAME: [name for name in (*folders, *files) if moodle.PATTERN.fullmatch(name)],
        canvas.NAME: [name for name in files if canvas.parse(name)],
        nbgrader_folders.NAME: [name for name in folders if nbgrader_folders.INBOX.fullmatch(f"{name}/x")],
    }
    if gradescope.METADATA in files:
        found[gradescope.NAME] = [gradescope.METADATA, *(n for n in folders if gradescope.FOLDER.fullmatch(f"{n}/x"))]
    for outer in folders:  # a folder around it all, as unpacking makes one
        inside = [e.name for e in entries_of(course.submitted / outer, MOST_LOOKED_AT) if not is_ignored(e.name)]
        if outer.casefold() == "submitted" and inside:
            found.setdefault("another submitted/", []).append(outer)
        elif gradescope.METADATA in inside:
            found.setdefault(gradescope.NAME, []).append(outer)
        elif outer not in found[moodle.NAME] and not any(name in names for name in inside):
            for system, is_theirs in ((moodle.NAME, moodle.PATTERN.fullmatch), (canvas.NAME, canvas.parse)):
                if len(inside) > 1 and sum(map(bool, map(is_theirs, inside))) > MOST_OF_IT * len(inside):
                    found[system].append(outer)
    best = max(found, key=lambda name: len(found[name]))
    return (best, sorted(name for group in found.values() for name in group)) if found[best] else ("", [])


def refuse_unpacked(course: Course) -> None:
    """CourseError where an LMS's files lie in `submitted/`, with the command that puts them in their place."""
    system, names = find_unpacked(course)
    if not names:
        return
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    here = course.root == Path.cwd()
    command = f"make collect ZIP={quote('submitted' if here else str(course.submitted))}"
    command += "" if here else f" COURSE={quote(str(course.root))}"
    raise CourseError(
        f"submitted/ holds what is no student's folder: {shown(names[0])}{more}, as {system} packs them. Nothing was "
        f"graded. To put each hand-in in its place: {command}"
    )


def take_aside(course: Course, source: Path) -> Path:
    """Where to collect from: if `submitted/` itself is named, what an LMS packed is moved out of it first."""
    aside = course.root / ASIDE
    inside = source.is_dir() and source.resolve().is_relative_to(course.submitted.resolve())
    if not inside:
        return source
    _, names = find_unpacked(course)
    if not names and not aside.is_dir():
        raise CourseError(
            f"{source} holds nothing that an LMS packed: hand-ins are collected from its zip, or from another folder."
        )
    aside.mkdir(parents=True, exist_ok=True)
    for name in names:
        target, count = aside / name, 1
        while os.path.lexists(target):
            count += 1
            target = aside / f"{count}-{name}"
        os.rename(course.submitted / name, target)
    return aside
