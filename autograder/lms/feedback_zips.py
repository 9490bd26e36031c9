"""Feedback pages in a zip, as Canvas and Moodle take many at once, or simply all of them.

Canvas ("Upload Submissions"): under the name that the notebook had in the download, whose two numbers say where it
goes; Canvas shows it in a comment, under the name of the file that was handed in. Moodle ("Upload multiple feedback
files in a zip"): in `{Full name}_{participant}_assignsubmission_file_/`, of which only the number counts. The same
pages give the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from autograder.course.course import Assignment, Course
from autograder.course.identifiers import shown
from autograder.lms import canvas, moodle
from autograder.lms.grades import Filled, names_in
from autograder.lms.origins import Origin
from autograder.reporting.feedback import page_path
from autograder.reporting.standing import FINAL, Standing

EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip can say: no clock is in the file


def zip_pages(
    course: Course, assignment: Assignment, standings: Sequence[Standing], names: Mapping[str, str]
) -> Filled:
    """A zip of the pages of the students whom `names` has, each under its name there.

    Of students with the same name there (a group's), only the first one's page is in it, and that is told.
    """
    filled, pages = Filled(b""), {}
    taken: dict[str, str] = {}
    without, twice = [], []
    for standing in standings:
        student, page = standing.student, page_path(course, assignment, standing.student)
        if student not in names:
            continue
        if not page.is_file():
            without.append(student)
        elif names[student] in taken:
            twice.append(f"{shown(student)} ({shown(taken[names[student]])}'s is there)")
        else:
            taken[names[student]] = student
            pages[names[student]] = page.read_bytes()
            filled.students.append(student)
    filled.data = zip_of(pages)
    open_ = [s.student for s in standings if s.student in filled.students and s.state != FINAL]
    if without:
        filled.told.append(f"{len(without)} have no page: {names_in(without)}. `make grade` makes it.")
    if twice:
        filled.told.append(f"{len(twice)} share a hand-in, and one page goes to all of them: {', '.join(twice[:10])}.")
    if open_:
        filled.told.append(f"{len(open_)} pages are of students whose points are not final: {names_in(open_)}.")
    return filled


def zip_of(files: Mapping[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
            archive.writestr(entry, files[name])
    return data.getvalue()


# --- names ----------------------------------------------------------------------------------------------------------


def plain_names(assignment: Assignment, standings: Iterable[Standing]) -> dict[str, str]:
    """`<student>/<assignment>.html`."""
    return {standing.student: f"{standing.student}/{assignment.name}.html" for standing in standings}


def canvas_names(origins: Mapping[str, Origin]) -> dict[str, str]:
    """The names that Canvas gave the notebooks, of students whose hand-in is a file of Canvas's."""
    found = {}
    for student, origin in origins.items():
        name = canvas.last(origin.name)
        parts = canvas.parse(name) if origin.system == canvas.NAME else None
        if parts and "attachment" in parts.groupdict():
            found[student] = str(PurePosixPath(name).with_suffix(".html"))
    return found


def moodle_names(assignment: Assignment, origins: Mapping[str, Origin]) -> dict[str, str]:
    """The folders that Moodle gave the hand-ins."""
    found = {}
    for student, origin in origins.items():
        parts = moodle.PATTERN.fullmatch(origin.name) if origin.system == moodle.NAME else None
        if parts:
            found[student] = moodle_name(assignment, parts["name"], parts["number"])
    return found


def moodle_name(assignment: Assignment, name: str, number: str) -> str:
    folder = f"{name.replace('_', ' ').replace('/', ' ').strip() or 'Participant'}_{number}_assignsubmission_file_"
    return f"{folder}/{assignment.name}.html"
