"""`make export`: grades and pages as an LMS, a spreadsheet or a program takes them, in `exports/`.

The same results give the same bytes. A file that was given is never written to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from autograder.collecting.class_list import Student, class_list
from autograder.course.course import Assignment, Course, CourseError
from autograder.files import write_bytes_atomically
from autograder.grading.run import only_run
from autograder.grading.survey import survey
from autograder.lms import canvas, moodle
from autograder.lms.canvas_grades import fill_gradebook
from autograder.lms.feedback_zips import canvas_names, moodle_name, moodle_names, plain_names, zip_pages
from autograder.lms.grades import Filled, Options, names_in
from autograder.lms.junit import junit_xml
from autograder.lms.moodle_grades import fill_worksheet, read_participants
from autograder.lms.origins import Origin, find_origins
from autograder.lms.pieces import Whose
from autograder.lms.whole_class import whole_class_table
from autograder.reporting.exports import note_export
from autograder.reporting.standing import Standing

FOLDER = "exports"
WORKSHEET = "the grading worksheet that Moodle's assignment gives"


@dataclass(frozen=True)
class Order:
    """What is to be exported, of one assignment."""

    course: Course
    assignment: Assignment
    standings: list[Standing]
    file: Path | None = None
    options: Options = Options()

    @property
    def origins(self) -> dict[str, Origin]:
        return find_origins(self.course, self.assignment, [standing.student for standing in self.standings])

    @property
    def listed(self) -> dict[str, Student]:
        return class_list(self.course) or {}

    def said_by(self, lms: str) -> dict[str, Whose]:
        """Student -> what the LMS has said of whose hand-in it is."""
        return {student: origin.whose for student, origin in self.origins.items() if origin.system == lms}

    def given(self, what: str) -> tuple[bytes, str]:
        """The LMS's own file, and its name."""
        if self.file is None:
            raise CourseError(f"Say which file is to be filled in: FILE=..., {what}.")
        try:
            return self.file.read_bytes(), self.file.name
        except OSError as error:
            raise CourseError(f"{self.file} can't be read ({error.strerror}): FILE must be {what}.") from None


@dataclass
class Exported:
    """One file that was written."""

    path: Path
    students: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def export(
    course: Course,
    for_: str,
    assignment: Assignment | None,
    console: Console,
    file: Path | None = None,
    options: Options | None = None,
) -> list[Exported]:
    """Write what was asked for, an assignment a file, and say what a person should know of it.

    Args:
        for_: one of KINDS, or "csv".
        assignment: all that were graded, if None.
        file: the LMS's own, to be filled in.

    Raises:
        CourseError: nothing was graded; the file can't be read or is another one than it should be.
    """
    options = options or Options()
    with only_run(course):
        chosen = course.assignments if assignment is None else (assignment,)
        standings = {one.name: found for one in chosen if (found := survey(course, one))}
        if not standings:
            raise CourseError(f"Nothing of {' or '.join(one.name for one in chosen)} was graded: `make grade` first.")
        if for_ == "csv":
            done = [export_table(course, chosen, standings, options, assignment)]
        else:
            done = [
                export_one(Order(course, one, standings[one.name], file, options), for_)
                for one in chosen
                if one.name in standings
            ]
    for exported in done:
        tell(exported, console)
    return done


def export_table(
    course: Course,
    chosen: tuple[Assignment, ...],
    standings: Mapping[str, list[Standing]],
    options: Options,
    only: Assignment | None,
) -> Exported:
    data, students = whole_class_table(standings, class_list(course) or {}, options)
    path = course.root / FOLDER / (f"{only.name}.csv" if only else "grades.csv")
    write(path, data, None)
    for one in chosen:
        if one.name in standings:
            note_export(course, one, "csv", [standing.student for standing in standings[one.name]])
    return Exported(path, students)


def export_one(order: Order, for_: str) -> Exported:
    make, suffix = KINDS[for_]
    filled = make(order)
    path = order.course.root / FOLDER / f"{order.assignment.name}-{for_}{suffix}"
    write(path, filled.data, order.file)
    note_export(order.course, order.assignment, for_, filled.students)
    return Exported(path, filled.students, filled.told)


def write(path: Path, data: bytes, given: Path | None) -> None:
    """CourseError where it would be the given file, or can't be written."""
    if given is not None and path.exists() and path.samefile(given):
        raise CourseError(f"{given} is what was exported before: give the file that the LMS exported.")
    try:
        write_bytes_atomically(path, data)
    except OSError as error:
        raise CourseError(f"{path} can't be written ({error.strerror}). Mend that, then run again.") from None


def tell(exported: Exported, console: Console) -> None:
    for line in exported.told:
        console.print(f"! {line}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    count = len(exported.students)
    console.print(
        f"{count} student{'s' * (count != 1)}: {exported.path}", markup=False, highlight=False, soft_wrap=True
    )


# --- kinds ----------------------------------------------------------------------------------------------------------


def for_canvas(order: Order) -> Filled:
    data, name = order.given("the CSV that Canvas's gradebook exports")
    said = order.said_by(canvas.NAME)
    return fill_gradebook(
        data, name, order.course, order.assignment, order.standings, said, order.options, order.listed
    )


def for_moodle(order: Order) -> Filled:
    data, name = order.given(WORKSHEET)
    return fill_worksheet(data, name, order.standings, order.said_by(moodle.NAME), order.options, order.listed)


def for_programs(order: Order) -> Filled:
    students = [standing.student for standing in order.standings]
    return Filled(junit_xml(order.assignment, order.standings), students)


def all_pages(order: Order) -> Filled:
    return zip_pages(order.course, order.assignment, order.standings, plain_names(order.assignment, order.standings))


def pages_for_canvas(order: Order) -> Filled:
    names = canvas_names(order.origins)
    filled = zip_pages(order.course, order.assignment, order.standings, names)
    return with_unsent(filled, order, names, "was not collected from a download of Canvas's")


def pages_for_moodle(order: Order) -> Filled:
    names = moodle_names(order.assignment, order.origins)
    if order.file is not None:
        data, name = order.given(WORKSHEET)
        found = read_participants(data, name, order.standings, order.said_by(moodle.NAME))
        names |= {s: moodle_name(order.assignment, *found[s]) for s in found if s not in names}
    filled = zip_pages(order.course, order.assignment, order.standings, names)
    return with_unsent(filled, order, names, "was not collected from Moodle (FILE=worksheet.csv says who is who)")


def with_unsent(filled: Filled, order: Order, names: Mapping[str, str], why: str) -> Filled:
    """Students with a page that is not in the zip; who has handed in nothing has no place in an LMS's download."""
    there = [s.student for s in order.standings if s.student not in names and s.result.status != "missing"]
    if there:
        filled.told.append(f"{len(there)} pages are not in it, since what they speak of {why}: {names_in(there)}.")
    if not filled.students:
        raise CourseError(f"There is no page to send: what was graded of {order.assignment.name} {why}.")
    return filled


KINDS: dict[str, tuple[Callable[[Order], Filled], str]] = {
    "canvas": (for_canvas, ".csv"),
    "moodle": (for_moodle, ".csv"),
    "junit": (for_programs, ".xml"),
    "feedback": (all_pages, ".zip"),
    "canvas-feedback": (pages_for_canvas, ".zip"),
    "moodle-feedback": (pages_for_moodle, ".zip"),
}
