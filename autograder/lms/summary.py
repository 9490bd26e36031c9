"""What `make collect` did, in a table and a few sentences."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.collecting.not_placed import FILE, NotPlaced
from autograder.course.course import Course
from autograder.course.identifiers import shown
from autograder.lms.intake import Collected
from autograder.lms.placing import EARLIER, KEPT, NEW, REPLACED, RETIMED, SAME, Attempt, Placed

MOST_TOLD = 60  # lines on what was placed
MOST_SHOWN = 40  # rows of what was not placed: the file has all
COUNTS = (  # outcome, in words
    (NEW, "put into submitted/"),
    (REPLACED, "newer than what lay there, which is now in collected/"),
    (RETIMED, "there already, with another time now"),
    (SAME, "there already: nothing changed"),
    (EARLIER, "earlier attempts, in collected/"),
    (KEPT, "not touched, because of what lies there"),
)


def print_summary(done: Collected, course: Course, console: Console) -> None:
    counts = Counter(placed.outcome for placed in done.placed)
    lines = [f"  {counts[outcome]:5} {text}" for outcome, text in COUNTS if counts[outcome]]
    late = {p.attempt.student for p in done.placed if is_late(p, course) and p.outcome != EARLIER}
    if late:
        lines.append(f"  {len(late):5} late: {', '.join(sorted(late)[:10])}{' ...' * (len(late) > 10)}")
    missed: dict[str, list[NotPlaced]] = {}
    for entry in done.not_placed:
        missed.setdefault(entry.name, []).append(entry)
    lines.append(f"  {len(missed):5} not placed" + ", with reasons below" * bool(missed))
    groups = f", {done.groups} groups among them" if done.groups else ""
    head = f"{shown(done.source)}: {done.students} students{groups}."
    console.print(head, *lines, sep="\n", markup=False, highlight=False)
    told = list(filter(None, (*when_known(done, course), *done.told, *(placed.told for placed in done.placed))))
    for line in told[:MOST_TOLD] + [f"... and {len(told) - MOST_TOLD} more like that"] * (len(told) > MOST_TOLD):
        console.print(f"! {line}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    if done.not_placed:
        console.print(table_of(missed))
        console.print(f"All of them: {course.root / FILE}", markup=False, highlight=False, soft_wrap=True)
        console.print("Correct students.csv or say ASSIGNMENT=..., and collect again: nothing is doubled.")


def is_late(placed: Placed, course: Course) -> bool:
    return placed.attempt.late or is_after(placed.attempt, course)


def when_known(done: Collected, course: Course) -> list[str]:
    """What is known of when it was handed in."""
    latest = {(one.attempt.student, one.attempt.assignment): one.attempt for one in done.placed}  # the earliest first
    attempts = list(latest.values())
    unknown = sum(attempt.when is None for attempt in attempts)
    lines = []
    if done.zone:
        lines.append(f"Times are those that the archive has of its files; where it names no zone, in {done.zone}.")
    if unknown:
        text = f"When {unknown} of {len(attempts)} were handed in is not known, and they count as on time"
        lines.append(f"{text}: TIMES=worksheet.csv takes it from a table (Moodle's grading worksheet, for one).")
    marked = sorted({attempt.student for attempt in attempts if attempt.late and attempt.when is None})
    if marked:
        names = ", ".join(marked[:20]) + " ..." * (len(marked) > 20)
        lines.append(f"{done.system} marks as late, without a time: {names}")
    early = sorted({a.student for a in attempts if a.late and a.when and not is_after(a, course)})
    if early:
        names = ", ".join(early[:20]) + " ..." * (len(early) > 20)
        lines.append(f"{done.system} marks as late what it dates before the due date: {names}")
    return lines


def is_after(attempt: Attempt, course: Course) -> bool:
    """Whether it was handed in after the due date."""
    due = course.assignment(attempt.assignment).due
    return bool(attempt.when and due and attempt.when > due)


def table_of(missed: dict[str, list[NotPlaced]]) -> Table:
    """What was not placed, by name."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("not placed", overflow="fold", ratio=2)
    table.add_column("why", overflow="fold", ratio=3)
    table.add_column("nearest guess", overflow="fold", ratio=1)
    for name, entries in list(missed.items())[:MOST_SHOWN]:
        guess = " or ".join(filter(None, (entry.student for entry in entries)))
        assignment = f" ({entries[0].assignment})" if entries[0].assignment else ""
        table.add_row(Text(name), Text(entries[0].reason), Text(guess + assignment))
    if len(missed) > MOST_SHOWN:
        table.add_row(Text(f"... and {len(missed) - MOST_SHOWN} more"))
    return table
