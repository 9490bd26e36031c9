"""The table at the end of a run: a row a student, then the class in a few lines."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.course.late import Penalty
from autograder.reporting.standing import OPEN_TESTS, Standing
from autograder.reporting.text import printable
from autograder.results.result import GRADED, MISSING, PARTIAL, UNREADABLE, Result
from autograder.steps.boundary import boundary

BARS = "▁▂▃▄▅▆▇█"
COLORS = {GRADED: "green", PARTIAL: "yellow", MISSING: "red", UNREADABLE: "red"}
SO_FAR = " so far"
MOST_HINTS = 5
MOST_SHOWN = 120  # characters of a reason in the table


def print_table(standings: list[Standing], console: Console) -> None:
    """One row a student, those that need a TA's eye last, then the class in a few lines."""
    lines = [table_row(standing) for standing in standings]
    attention, open_ = sum(bool(line[3]) for line in lines), sum(line[2].endswith(SO_FAR) for line in lines)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("student", overflow="fold", min_width=8)
    table.add_column("status", no_wrap=True)
    table.add_column("points", no_wrap=True, justify="right")
    late = {standing.student: late_in_short(standing.late) for standing in standings}
    if any(late.values()):
        table.add_column("late", no_wrap=True)
    table.add_column("what to look at", overflow="fold", ratio=1)
    for student, status, points, told in sorted(lines, key=lambda line: (bool(line[3]), line[0])):
        look = "; ".join(in_short(printable(reason)) for reason in told)
        columns = [points, late.get(student, "")] if any(late.values()) else [points]
        table.add_row(Text(printable(student)), Text(status, style=COLORS.get(status, "")), *columns, Text(look))
    console.print(table)
    console.print()
    for line in summary_lines([standing.result for standing in standings], attention, open_) + state_lines(standings):
        console.print(Text(line), soft_wrap=False)


def table_row(standing: Standing) -> tuple[str, str, str, list[str]]:
    """Student, status, points of the tests, and what to look at."""
    result, points, told = standing.result, "", []
    with boundary("making the row") as attempt:
        told = standing.attention
        so_far = SO_FAR if standing.state == OPEN_TESTS else ""
        points = f"{result.points:g}/{result.max_points:g}{so_far}"
    return result.student, result.status, points, [*told, *filter(None, [attempt.trouble])]


def late_in_short(late: Penalty) -> str:
    """Points off and tokens spent: "−21.25, 1 token"; grades.csv has the reason."""
    off = f"−{late.points:g}" if late.points else ""
    return ", ".join(filter(None, [off, f"{late.tokens} token{'s' * (late.tokens > 1)}" if late.tokens else ""]))


def state_lines(standings: Iterable[Standing]) -> list[str]:
    """How many are final, and what the others wait for."""
    counts = Counter(standing.state for standing in standings)
    return ["state: " + ", ".join(f"{count} {state}" for state, count in counts.most_common())] * bool(counts)


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
