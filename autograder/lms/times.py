"""When hand-ins were made: as the LMS or a table says, or as a zip dates its files, where these dates differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path

from autograder.collecting.class_list import plain, read_table
from autograder.collecting.timestamps import read_time
from autograder.course.course import Assignment, Course, CourseError
from autograder.lms.handins import HandIn
from autograder.lms.pieces import Piece, Reading, Whose
from autograder.lms.roster import Roster

TIMES = ("lastmodifiedsubmission", "submissiontime", "submittedat", "submitted", "timestamp", "time")
NAMES = ("fullname", "name", "student", "studentname")
IDS = (
    "identifier",
    "sid",
    "id",
    "studentid",
    "idnumber",
    "emailaddress",
    "email",
    "username",
    "sisloginid",
    "sisuserid",
)
NONE = {"", "-", "--", "n/a", "never"}
SPREAD = timedelta(hours=1)  # dates of a zip that lie closer together are those of its making


def zone_of(course: Course, assignment: Assignment | None) -> tzinfo:
    """The zone of times that name none: that of the due date."""
    due = [a.due for a in ([assignment] if assignment else course.assignments) if a.due and a.due.tzinfo]
    return due[0].tzinfo or timezone.utc if due else timezone.utc


def read_times(path: Path, roster: Roster, zone: tzinfo) -> dict[str, datetime]:
    """Student -> when, from Moodle's grading worksheet, Gradescope's grades, or any table with a time for each.

    Raises:
        CourseError: there is no such file, no such column, or a time that can't be read; the sentence has the line.
    """
    rows = read_table(path)
    if rows is None:
        raise CourseError(f"There is no {path}: TIMES names a table that says when each student handed in.")
    heads = [plain(head) for head in rows[0][1]] if rows else []
    column = next((at for name in TIMES for at, head in enumerate(heads) if head == name or head.endswith(name)), None)
    if column is None:
        raise CourseError(
            f"{path.name} has no column of times: it must be named Last modified (submission), Submission Time or time."
        )
    found: dict[str, datetime] = {}
    said = 0
    for line, row in rows[1:]:
        whose, text = whose_row(heads, row), row[column].strip() if len(row) > column else ""
        students = roster.find(whose).students
        if len(students) == 1:  # the worksheet knows the number that Moodle's folders have
            roster.learn(whose.ids, students[0])
        if text.casefold() in NONE:
            continue
        try:
            when = read_time(text, zone).replace(tzinfo=timezone.utc)
        except ValueError as error:
            raise CourseError(f"{path.name}, line {line}: {error}.") from None
        said += 1
        found |= dict.fromkeys(students, when)
    if said and not found:
        raise CourseError(f"{path.name} has no time of anybody: does it say who it is by id, e-mail or name?")
    return found


def whose_row(heads: Sequence[str], row: Sequence[str]) -> Whose:
    cells = dict(zip(heads, (text.strip() for text in row)))
    name = next((cells[head] for head in NAMES if cells.get(head)), "")
    name = name or f"{cells.get('firstname', '')} {cells.get('lastname', '') or cells.get('surname', '')}".strip()
    if "," in name:
        last, _, first = name.partition(",")
        name = f"{first.strip()} {last.strip()}"
    return Whose(name, ids=tuple(cells[head] for head in IDS if cells.get(head)))


def date_hand_ins(hand_ins: Iterable[HandIn], reading: Reading, table: dict[str, datetime], zone: tzinfo) -> bool:
    """Set when each was made, where anything says it; whether the dates of the archive were taken for that."""
    hand_ins = list(hand_ins)
    dates = [aware(piece.member.when, zone) for h in hand_ins for piece in h.pieces if piece.member.when]
    trusted = reading.dates_count and bool(dates) and max(dates) - min(dates) > SPREAD
    for hand_in in hand_ins:
        if trusted:
            hand_in.pieces = [dated(piece, zone) for piece in hand_in.pieces]
        hand_in.when = max((table[student] for student in hand_in.students if student in table), default=None)
    return trusted


def dated(piece: Piece, zone: tzinfo) -> Piece:
    when = piece.member.when
    return replace(piece, when=aware(when, zone)) if when and not piece.when else piece


def aware(when: datetime, zone: tzinfo) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=zone)
