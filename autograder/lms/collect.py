"""`make collect`: open, recognize, take in (intake.py), tell.

Every step can be repeated: the same call goes on where it stopped, and changes nothing where all is in its place.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from autograder.collecting.class_list import class_list
from autograder.course.course import Assignment, Course, CourseError
from autograder.course.identifiers import shown
from autograder.grading.run import only_run
from autograder.lms import canvas, folder, gradescope, moodle, nbgrader_folders
from autograder.lms.archive import Archive, Member, open_archive
from autograder.lms.intake import Collected, Intake
from autograder.lms.placing import COLLECTED
from autograder.lms.roster import Roster
from autograder.lms.times import read_times, zone_of
from autograder.lms.unpacked import take_aside

SYSTEMS = {"canvas": canvas, "moodle": moodle, "gradescope": gradescope, "nbgrader": nbgrader_folders, "folder": folder}
MOST_OF_IT = 0.5  # of the names must be an LMS's


def collect(
    course: Course,
    source: Path,
    console: Console,
    system: str = "",
    assignment: Assignment | None = None,
    times: Path | None = None,
) -> list[Collected]:
    """Put a class's hand-ins in their place in `submitted/`; what was done, source by source.

    Args:
        source: a zip, or a folder, or a folder of zips.
        system: of SYSTEMS; recognized from the names if empty.
        assignment: what all of it is; else each hand-in says it.
        times: a table that says when each was handed in: Moodle's grading worksheet, Gradescope's grades.

    Raises:
        CourseError: the source can't be read, or the class list or the table of times is wrong.
    """
    roster = Roster(class_list(course))
    when = read_times(times, roster, zone_of(course, assignment)) if times else {}
    found = []
    try:
        with only_run(course), staging_of(course) as staging:
            place = take_aside(course, source)
            if place != source:
                console.print(f"What an LMS packed lies in {place} now, out of submitted/.", markup=False)
            for number, path in enumerate(sources(place)):
                with open_archive(path) as archive:
                    name = system or recognize(archive.members, course)
                    print_system(archive, name, not system, console)
                    intake = Intake(course, roster, staging / str(number), console, assignment, when)
                    found.append(intake.take(archive, SYSTEMS[name]))
    except OSError as error:
        raise CourseError(f"{error.filename or course.root}: {error.strerror}. Mend that, then run again.") from None
    return found


def print_system(archive: Archive, name: str, is_guess: bool, console: Console) -> None:
    """Say what the names are taken for."""
    told = f"this looks like {SYSTEMS[name].NAME} (FROM={name})" if is_guess else f"from {SYSTEMS[name].NAME}"
    line = f"{shown(archive.path.name)}: {told}, {len(archive.members)} files."
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def recognize(members: Sequence[Member], course: Course) -> str:
    """The LMS that most names are from; a folder where none is."""
    names = [assignment.name for assignment in course.assignments]
    shares = {name: system.recognize(members, names) for name, system in SYSTEMS.items()}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] > MOST_OF_IT else "folder"


def sources(path: Path) -> list[Path]:
    """The archives to collect from: the path itself, or the zips in a folder that holds nothing else."""
    inside = sorted(path.glob("[!.]*")) if path.is_dir() else []
    return inside if inside and all(entry.suffix.lower() == ".zip" for entry in inside) else [path]


@contextmanager
def staging_of(course: Course) -> Iterator[Path]:
    """A folder on the disk of `submitted/`, removed in the end; what a stopped run has left of it is removed first."""
    staging = course.root / COLLECTED / ".staging"
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True, exist_ok=True)
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
