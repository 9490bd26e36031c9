"""grades.csv, the table at the end of a run, and what a regrade changed."""

from __future__ import annotations

import csv
import io
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.course.course import Course
from autograder.course.late import Penalty
from autograder.files import write_atomically
from autograder.reporting.gradebook import Entry
from autograder.results.result import GRADED, MISSING, PARTIAL, UNREADABLE, Result
from autograder.steps.boundary import boundary

FIRST = ("assignment", "student_id", "status", "score", "max_score", "open_points", "late_penalty")
OURS = {"assignment", "student_id", "status", "score", "max_score"}  # in every grades.csv of ours, older ones too
LAST = ("late", "version", "reason", "attention")
BARS = "▁▂▃▄▅▆▇█"
COLORS = {GRADED: "green", PARTIAL: "yellow", MISSING: "red", UNREADABLE: "red"}
SO_FAR = " so far"
MOST_HINTS = 5
MOST_SHOWN = 120  # characters of a reason in the table

# --- grades.csv -----------------------------------------------------------------------------------------------------


def write_grades_csv(course: Course, results: Iterable[Result], entries: Mapping[str, Mapping[str, Entry]]) -> Path:
    """Put these results into grades.csv, and bring points in its other rows up to date. Gives the file back.

    Scores come from the gradebook, so that a TA's count. What nobody has decided yet (a written answer, an open
    question) is empty; `open_points` says how many points that may still be, and `score` what there is so far.

    Args:
        entries: assignment -> student -> entry; rows that have none, or no result, stay as they are.
    """
    path = course.root / "grades.csv"
    rows = {(row["assignment"], row["student_id"]): row for row in read_rows(path)}
    for (assignment, student), row in rows.items():
        if entry := entries.get(assignment, {}).get(student):
            row |= {name: harmless(text) for name, text in points_in(entry, sorted(entry.scores)).items()}
    for result in results:
        row = bare_row(result)
        with boundary("making the row") as attempt:
            row = csv_row(result, entries.get(result.assignment, {}).get(result.student))
        if attempt.trouble:
            row["attention"] = printable(attempt.trouble)
            result.troubles.append(attempt.trouble)  # for the table
        rows[row["assignment"], row["student_id"]] = row
    questions = dict.fromkeys(name for row in rows.values() for name in row if name not in FIRST + LAST)
    text = io.StringIO()
    writer = csv.DictWriter(text, [*FIRST, *questions, *LAST], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows[key] for key in sorted(rows))
    write_atomically(path, text.getvalue())
    return path


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of an earlier run, without empty entries; none if the file is not there or not ours."""
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if not OURS <= set(reader.fieldnames or ()):
            return []
        return [{name: value for name, value in row.items() if name and value} for row in reader]


def bare_row(result: Result) -> dict[str, str]:
    """The row of a student of whom no more can be said."""
    row = {"assignment": result.assignment, "student_id": result.student, "status": result.status}
    return {name: harmless(value) for name, value in row.items()}


def csv_row(result: Result, entry: Entry | None) -> dict[str, str]:
    row = {"assignment": result.assignment, "student_id": result.student, "status": result.status}
    if entry is None:  # not in the gradebook: what the tests gave
        waiting = {question.name: question for question in result.open_questions}
        open_points = sum(question.max_points - question.points for question in waiting.values())
        row |= {"score": f"{result.points:g}", "max_score": f"{result.max_points:g}", "late_penalty": "0"}
        row |= {"open_points": f"{open_points:g}"}
        row |= {q.name: "" if q.name in waiting else f"{q.points:g}" for q in result.questions}
    else:
        names = [question.name for question in result.questions]
        row |= points_in(entry, names + sorted(name for name, score in entry.scores.items() if score.written))
    row |= {"version": result.version, "reason": result.reason, "attention": "; ".join(attention_of(result, entry))}
    return {name: harmless(value) for name, value in row.items()}


def points_in(entry: Entry, questions: Iterable[str]) -> dict[str, str]:
    """The part of a row that the gradebook gives."""
    row = {"score": f"{entry.score:g}", "max_score": f"{entry.max_points:g}", "open_points": f"{entry.open_points:g}"}
    row |= {"late_penalty": f"{entry.late.points:g}", "late": entry.late.text}
    return row | {name: points_of(entry, name) for name in questions}


def attention_of(result: Result, entry: Entry | None) -> list[str]:
    """What a TA has to look at and has not graded by hand yet."""
    return result.attention(settled(entry))


def settled(entry: Entry | None) -> list[str]:
    """Questions that are decided, those by a person too."""
    return [name for name, score in entry.scores.items() if not score.is_open] if entry else []


def points_of(entry: Entry, name: str) -> str:
    score = entry.scores.get(name)
    return "" if score is None or score.is_open else f"{score.points:g}"


def harmless(text: str) -> str:
    """A cell that a spreadsheet takes as text: one that begins like a formula gets an apostrophe in front."""
    text = printable(text)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def printable(text: str) -> str:
    """One line without control characters, which could begin a formula or drive a terminal."""
    return "".join(character if character.isprintable() else " " for character in text).strip()


# --- the table ------------------------------------------------------------------------------------------------------


def print_table(results: list[Result], console: Console, entries: Mapping[str, Entry] | None = None) -> None:
    """One row a student, those that need a TA's eye last, then the class in a few lines."""
    lines = [table_row(result, (entries or {}).get(result.student)) for result in results]
    attention, open_ = sum(bool(line[3]) for line in lines), sum(line[2].endswith(SO_FAR) for line in lines)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("student", overflow="fold", min_width=8)
    table.add_column("status", no_wrap=True)
    table.add_column("points", no_wrap=True, justify="right")
    late = {student: late_in_short(entry.late) for student, entry in (entries or {}).items()}
    if any(late.values()):
        table.add_column("late", no_wrap=True)
    table.add_column("what to look at", overflow="fold", ratio=1)
    for student, status, points, told in sorted(lines, key=lambda line: (bool(line[3]), line[0])):
        look = "; ".join(in_short(printable(reason)) for reason in told)
        columns = [points, late.get(student, "")] if any(late.values()) else [points]
        table.add_row(Text(printable(student)), Text(status, style=COLORS.get(status, "")), *columns, Text(look))
    console.print(table)
    console.print()
    for line in summary_lines(results, attention, open_):
        console.print(Text(line), soft_wrap=False)


def table_row(result: Result, entry: Entry | None) -> tuple[str, str, str, list[str]]:
    """Student, status, points, and what to look at."""
    points, told = "", []
    with boundary("making the row") as attempt:
        told = attention_of(result, entry)
        is_open = {question.name for question in result.open_questions} - set(settled(entry))
        points = f"{result.points:g}/{result.max_points:g}{SO_FAR if is_open else ''}"
    return result.student, result.status, points, [*told, *filter(None, [attempt.trouble])]


def late_in_short(late: Penalty) -> str:
    """Points off and tokens spent: "−21.25, 1 token"; grades.csv has the reason."""
    off = f"−{late.points:g}" if late.points else ""
    return ", ".join(filter(None, [off, f"{late.tokens} token{'s' * (late.tokens > 1)}" if late.tokens else ""]))


def in_short(reason: str) -> str:
    """A reason in a line or two; grades.csv has the whole of it."""
    return reason if len(reason) <= MOST_SHOWN else f"{reason[:MOST_SHOWN].rpartition(' ')[0]} …"


def summary_lines(results: list[Result], attention: int, open_: int) -> list[str]:
    """How the class did: counts, mean and median, a histogram, the commonest mistakes."""
    if not results:
        return ["No submissions."]
    counts = Counter(result.status for result in results)
    lines = [f"{len(results)} students: " + ", ".join(f"{n} {status}" for status, n in counts.most_common())]
    handed_in = [result for result in results if result.status in (GRADED, PARTIAL)]
    if handed_in:
        points, most = [result.points for result in handed_in], handed_in[0].max_points
        middle = f"mean {statistics.mean(points):.1f}, median {statistics.median(points):.1f} of {most:g}"
        lines += [f"points from the tests: {middle}", histogram(points, most)]
    versions = Counter(result.version for result in handed_in if result.version)
    lines += ["versions: " + ", ".join(f"{n} of {version}" for version, n in sorted(versions.items()))] * bool(versions)
    lines += [f"{count} students: {hint}" for hint, count in common_hints(results)]
    lines += [f"{open_} open: their points so far are not final"] if open_ else []
    lines += [f"{attention} need a TA's eye: the last rows of the table (in full in grades.csv)"] if attention else []
    unsafe = sum(result.sandbox == "none" for result in results)
    lines += [f"{unsafe} graded WITHOUT a sandbox"] if unsafe else []
    return lines


def histogram(points: list[float], most: float, bins: int = 10) -> str:
    """Ten bars from no point to all: `0 ▁  ▂▅█ 60`."""
    counts = [0] * bins
    for value in points:
        counts[min(int(value / most * bins), bins - 1) if most else 0] += 1
    bars = "".join(BARS[(count * (len(BARS) - 1)) // max(counts)] if count else " " for count in counts)
    return f"0 {bars} {most:g}"


def common_hints(results: Iterable[Result]) -> list[tuple[str, int]]:
    """Hints that more than one student got, commonest first, with the number of students."""
    counts: Counter[str] = Counter()
    for result in results:
        tests = [test for question in result.questions for test in question.tests]
        counts.update({test.hint.removeprefix("looks like: ") for test in tests if test.hint})
    return [(printable(hint), count) for hint, count in counts.most_common(MOST_HINTS) if count > 1]


# --- regrades -------------------------------------------------------------------------------------------------------


def print_changes(before: dict[str, Result | None], after: Iterable[Result], console: Console) -> None:
    """Whose grade is another one than before this run, by how much, and why. Nothing for first grades."""
    lines = [change for result in after for change in [change_of(before.get(result.student), result)] if change]
    if lines:
        console.print()
        console.print(Text(f"{len(lines)} grades changed:"))
        for line in lines:
            console.print(Text(f"  {line}"))


def change_of(before: Result | None, after: Result) -> str:
    """A line on one student; empty if nothing changed or there was no grade."""
    if before is None or (before.points, before.max_points, before.status) == (
        after.points,
        after.max_points,
        after.status,
    ):
        return ""
    old = {question.name: question.points for question in before.questions}
    moved = [
        f"{q.name} {old.get(q.name, 0):g} → {q.points:g}" for q in after.questions if old.get(q.name, 0) != q.points
    ]
    if before.status != after.status:
        moved.append(f"{before.status} → {after.status}")
    difference = f"{before.points:g} → {after.points:g} ({after.points - before.points:+g})"
    return printable(f"{after.student}  {difference}  {', '.join(moved)}; {why(before, after)}")


def why(before: Result, after: Result) -> str:
    reasons = []
    if before.submission != after.submission:
        reasons.append("handed in again")
    if before.suite != after.suite:
        reasons.append("the tests changed")
    if before.sandbox != after.sandbox:
        reasons.append(f"sandbox {before.sandbox or 'unknown'} → {after.sandbox or 'unknown'}")
    return " and ".join(reasons) or "same files, same tests: look at why the code gives another result each time"
