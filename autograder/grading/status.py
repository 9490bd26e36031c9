"""`make status`: where a class stands, in all assignments or student by student in one. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.collecting.class_list import Student, class_list
from autograder.collecting.extensions import extensions_of
from autograder.collecting.submissions import Submission
from autograder.collecting.timestamps import FILE, read_timestamp
from autograder.course.course import Assignment, Course
from autograder.course.late import HandIn
from autograder.grading.survey import submissions_of, survey
from autograder.reading.notebook import list_files
from autograder.reporting.database import has_gradebook, reading
from autograder.reporting.exports import read_exports
from autograder.reporting.penalties import read_hand_ins
from autograder.reporting.report import in_short
from autograder.reporting.standing import FINAL, OPEN_TESTS, OPEN_WRITTEN, STALE, Standing
from autograder.reporting.text import printable
from autograder.results.result import MISSING
from autograder.results.store import result_path
from autograder.steps.boundary import boundary, machines_trouble

MOST_NAMED = 8
FACTS = (
    *("due", "handed in", "late", "graded", "final", OPEN_WRITTEN, OPEN_TESTS, "not up to date", "needs an eye"),
    *("waiting since", "exported"),
)
NOT_YET = "not graded yet"


@dataclass
class Row:
    """One student in one assignment."""

    person: Student
    standing: Standing | None  # None: not graded yet
    handed_in: bool
    when: datetime | None  # of the hand-in, or of its result where that is not known; in UTC
    is_timed: bool  # whether the time of the hand-in is known
    is_late: bool = False

    @property
    def id(self) -> str:
        return self.standing.student if self.standing else self.person.id

    @property
    def state(self) -> str:
        return self.standing.state if self.standing else NOT_YET if self.handed_in else ""

    @property
    def waits(self) -> bool:
        """Whether somebody has to do something: grade, look, or run `make grade`."""
        return self.state not in ("", FINAL)

    @property
    def to_look_at(self) -> list[str]:
        found = self.standing
        return found.attention if found and (self.handed_in or found.is_zero_of_no_answer) else []


@dataclass
class Survey:
    """One assignment: everybody who is there, and when its grades were exported."""

    assignment: Assignment
    rows: list[Row]
    exports: list[str] = field(default_factory=list)

    def count(self, state: str) -> int:
        return sum(row.state == state for row in self.rows)

    @property
    def since(self) -> datetime | None:
        """Since when the oldest of those waits that wait for somebody."""
        return min((row.when for row in self.rows if row.waits and row.when), default=None)


def look_over(course: Course, assignment: Assignment) -> Survey:
    """Everybody of the class and everybody who has a result, by name.

    Raises:
        CourseError: class list, gradebook or history can't be read.
    """
    submissions, people = submissions_of(course, assignment), class_list(course) or {}
    standings = {standing.student: standing for standing in survey(course, assignment)}
    rows = [
        make_row(course, assignment, people.get(id_, Student(id_)), submissions.get(id_), standings.get(id_))
        for id_ in sorted({*submissions, *standings})
    ]
    tell_late(course, assignment, rows)
    exports = [f"{line.get('when', '')[:10]} for {line.get('for', '')}" for line in read_exports(course, assignment)]
    return Survey(assignment, rows, exports)


def make_row(
    course: Course, assignment: Assignment, person: Student, submission: Submission | None, standing: Standing | None
) -> Row:
    handed_in, when = False, None
    with boundary("looking at its files"):
        handed_in = bool(submission and list_files(submission.folder))
        when = read_timestamp(submission.folder / FILE).when if submission and handed_in else None
    is_timed = when is not None
    if standing and not when:
        when = graded_at(course, assignment, standing)
    handed_in = handed_in or bool(standing and standing.result.status != MISSING)
    return Row(person, standing, handed_in, when, is_timed)


def tell_late(course: Course, assignment: Assignment, rows: list[Row]) -> None:
    """Who handed in after the due date and every extension: as the gradebook says, or, not graded yet, the files."""
    extensions, booked = extensions_of(course), {}
    if has_gradebook(course):
        with reading(course) as database:
            booked = read_hand_ins(database, course, extensions)
    for row in rows:
        known = [hand_in for hand_in in booked.get(row.id, ()) if hand_in.assignment == assignment.name]
        until = extensions.get((row.id, assignment.name))
        when = aware(row.when) if row.when and row.is_timed else None
        hand_in = known[0] if known else HandIn(assignment.name, 0.0, assignment.due, when, until)
        row.is_late = row.handed_in and bool(hand_in.late_by())


def graded_at(course: Course, assignment: Assignment, standing: Standing) -> datetime | None:
    try:
        seconds = result_path(course, assignment, standing.student).stat().st_mtime
    except OSError:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None)


def aware(when: datetime) -> datetime:
    return when.replace(tzinfo=timezone.utc)


# --- printed --------------------------------------------------------------------------------------------------------


def print_course(course: Course, console: Console) -> None:
    """A column an assignment, which fits on a terminal, then who needs a TA's eye."""
    with machines_trouble():
        surveys = [look_over(course, assignment) for assignment in course.assignments]
    table = new_table("", *(found.assignment.name for found in surveys))
    for fact, *cells in zip(FACTS, *map(cells_of, surveys)):
        table.add_row(*texts_of([fact, *cells]))
    console.print(f"{course.name}, {course.term}", markup=False, highlight=False)
    console.print(table)
    for found in surveys:
        names = [printable(row.id) for row in found.rows if row.to_look_at]
        if names:
            more = f" and {len(names) - MOST_NAMED} more" * (len(names) > MOST_NAMED)
            console.print(f"{found.assignment.name} needs an eye: {', '.join(names[:MOST_NAMED])}{more}", **PLAIN)
    console.print("One by one: make status ASSIGNMENT=" + course.assignments[0].name, **PLAIN)


PLAIN: dict = {"markup": False, "highlight": False, "soft_wrap": True}


def cells_of(found: Survey) -> list[str]:
    """A column of the course's table."""
    rows, due = found.rows, found.assignment.due
    handed_in, graded = sum(row.handed_in for row in rows), sum(bool(row.standing) for row in rows)
    numbers = [sum(row.is_late for row in rows), graded]
    numbers += [found.count(state) for state in (FINAL, OPEN_WRITTEN, OPEN_TESTS)]
    numbers += [found.count(STALE) + found.count(NOT_YET), sum(bool(row.to_look_at) for row in rows)]
    texts = [f"{handed_in} of {len(rows)}", *map(str, numbers)]
    exported = found.exports[-1] if found.exports else ""
    return [f"{due:%Y-%m-%d %H:%M %z}" if due else "", *texts, day(found.since), exported]


def print_students(course: Course, assignment: Assignment, console: Console) -> None:
    """A row a student; whoever waits for somebody last."""
    with machines_trouble():
        found = look_over(course, assignment)
    table = new_table("student", "name", "handed in", "state", "points", "since", "what to look at")
    for row in sorted(found.rows, key=lambda row: (row.waits or bool(row.to_look_at), row.id)):
        name = row.person.name if row.person.name != row.person.id else ""
        when = f"{row.when:%Y-%m-%d %H:%M} UTC" if row.when and row.is_timed else "yes" * row.handed_in
        when += " late" * row.is_late
        points = f"{row.standing.score_so_far:g}/{row.standing.max_score:g}" if row.standing else ""
        look = "; ".join(in_short(printable(text)) for text in row.to_look_at)
        state = row.state or "nothing handed in"
        table.add_row(*texts_of([row.id, name, when, state, points, day(row.when) if row.waits else "", look]))
    console.print(table)
    for export in found.exports:
        console.print(f"exported {export}", **PLAIN)


def new_table(*heads: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def texts_of(cells: Iterable[str]) -> list[Text]:
    return [Text(printable(cell)) for cell in cells]


def day(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d}" if when else ""
