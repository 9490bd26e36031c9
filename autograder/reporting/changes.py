"""Whose grade became another: by how much, in which questions, and why. Told once, and kept in history/.

A result that is about to be made again is kept in history/untold/ until its change was told: an interrupted run does
not know less than a whole one.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from autograder.course.course import Assignment, Course
from autograder.files import write_atomically
from autograder.reporting.history import append_lines, changes_path, dated, history_folder, now, read_lines
from autograder.reporting.text import printable
from autograder.results.result import Result
from autograder.results.store import result_path, usable_result

PARTS = {"tests": "the tests changed", "grader": "the grader changed", "term": "the term's seed or limits changed"}
HANDED_IN = "handed in again"
UNEXPLAINED = "same files, same tests: look at why the code gives another result each time"


@dataclass(frozen=True)
class Change:
    """A grade that is another one than before."""

    before: Result
    after: Result

    @property
    def difference(self) -> float:
        return round(self.after.points - self.before.points, 4)

    @property
    def moved(self) -> list[str]:
        """What became of each question, and of the status."""
        old = {question.name: question for question in self.before.questions}
        lines = []
        for new in self.after.questions:
            was = old.pop(new.name, None)
            if was is None:
                lines.append(f"{new.name} is new: {new.points:g}")
            elif was.max_points != new.max_points:
                lines.append(f"{new.name} {was.points:g} of {was.max_points:g} → {new.points:g} of {new.max_points:g}")
            elif was.points != new.points:
                lines.append(f"{new.name} {was.points:g} → {new.points:g}")
        lines += [f"{name} is gone" for name in old]
        if self.before.status != self.after.status:
            lines.append(f"{self.before.status} → {self.after.status}")
        return lines

    @property
    def causes(self) -> list[str]:
        before, after = self.before, self.after
        found = [HANDED_IN] if before.submission != after.submission else []
        if before.suite != after.suite:
            parts = [said for part, said in PARTS.items() if before.made_by.get(part) != after.made_by.get(part)]
            found += parts if before.made_by else ["the tests or the grader changed"]
        if before.sandbox != after.sandbox:
            found.append(f"sandbox {before.sandbox or 'unknown'} → {after.sandbox or 'unknown'}")
        return found or [UNEXPLAINED]

    @property
    def why(self) -> str:
        return " and ".join(self.causes)

    def __str__(self) -> str:
        points = f"{self.before.points:g} → {self.after.points:g} ({self.difference:+g})"
        return printable(f"{self.after.student}  {points}  {', '.join(self.moved)}; {self.why}")


def changes_of(before: Mapping[str, Result | None], after: Iterable[Result]) -> list[Change]:
    """Those whose points, maximum or status are others than before; a first grade is no change."""
    found = []
    for result in after:
        old = before.get(result.student)
        if old is not None and grade_of(old) != grade_of(result):
            found.append(Change(old, result))
    return found


def grade_of(result: Result) -> tuple:
    return result.points, result.max_points, result.status


def print_changes(changes: list[Change], console: Console) -> None:
    """A line a student, after how many gain and lose, and what became of the questions' points for everybody."""
    if not changes:
        return
    console.print()
    gains, losses = ([c.difference for c in changes if sign * c.difference > 0] for sign in (1, -1))
    parts = [f"{len(gains)} gain ({sum(gains):+g} together)"] * bool(gains)
    parts += [f"{len(losses)} lose ({sum(losses):+g} together)"] * bool(losses)
    console.print(Text(f"{len(changes)} grades changed: {', '.join(parts) or 'no points from the tests'}."))
    for line in changed_points(changes):
        console.print(Text(f"! {line}", style="yellow"), soft_wrap=True)
    for change in changes:
        console.print(Text(f"  {change}"))


def changed_points(changes: Iterable[Change]) -> list[str]:
    """A sentence for each way in which a whole class's questions weigh otherwise than before."""
    found: Counter[str] = Counter()
    for change in changes:
        old, new = ({q.name: q.max_points for q in result.questions} for result in (change.before, change.after))
        if old != new:
            words = [f"{name} {old.get(name, 0):g} → {new.get(name, 0):g}" for name in {**old, **new}]
            words = [word for word, name in zip(words, {**old, **new}) if old.get(name) != new.get(name)]
            found[
                f"points of questions changed ({', '.join(words)}): {sum(old.values()):g} → {sum(new.values()):g}"
            ] += 1
    return [f"{text} is the maximum of {count} students" for text, count in found.items()]


# --- kept until it was told -----------------------------------------------------------------------------------------


def untold_path(course: Course, assignment: Assignment, student: str) -> Path:
    return history_folder(course) / "untold" / assignment.name / f"{student}.json"


def keep_untold(course: Course, assignment: Assignment, students: Iterable[str]) -> None:
    """Keep the results of students that are about to be graded again; one that is kept already is the older one."""
    for student in students:
        source, target = result_path(course, assignment, student), untold_path(course, assignment, student)
        if source.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, target)  # the new result takes the name, and not the content
            except OSError:
                write_atomically(target, source.read_text(encoding="utf-8", errors="replace"))


def read_untold(course: Course, assignment: Assignment) -> dict[str, Result]:
    """The results whose changes were not told yet."""
    found = {}
    for path in untold_path(course, assignment, "x").parent.glob("*.json"):
        if result := usable_result(path):
            found[result.student] = result
    return found


def note_told(course: Course, assignment: Assignment, changes: Iterable[Change], students: Iterable[str]) -> None:
    """After changes were printed: note them in the history, keep the old results there, and forget what was kept.

    Repeated after a crash, nothing is noted twice.

    Args:
        students: whose result is settled for now, changed or not.
    """
    path, changes = changes_path(course, assignment), list(changes)
    known = {(line.get("student"), line.get("was"), line.get("is")) for line in read_lines(path)} if changes else set()
    lines = [line_of(change) for change in changes]
    append_lines(path, [line for line in lines if (line["student"], line["was"], line["is"]) not in known])
    for change in changes:
        kept = untold_path(course, assignment, change.after.student)
        if change.causes != [HANDED_IN] and kept.exists():
            old = history_folder(course) / "results" / assignment.name / f"{change.after.student}-{dated()}.json"
            old.parent.mkdir(parents=True, exist_ok=True)
            os.replace(kept, old)
    for student in students:
        untold_path(course, assignment, student).unlink(missing_ok=True)


def line_of(change: Change) -> dict:
    before, after = change.before, change.after
    line = {"when": now(), "student": after.student, "from": before.points, "to": after.points}
    line |= {"max_from": before.max_points, "max_to": after.max_points, "questions": change.moved}
    return {**line, "why": change.causes, "was": mark_of(before), "is": mark_of(after)}


def mark_of(result: Result) -> str:
    """Tells one result from another."""
    return hashlib.sha256(result.to_json().encode("utf-8", "backslashreplace")).hexdigest()[:16]
