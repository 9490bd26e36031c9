"""comments.csv beside students.csv: short comments that a TA picks in formgrader, each with points if it likes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.collecting.class_list import plain, read_table
from autograder.course.course import CourseError

FILE = "comments.csv"
EVERY = "all"
MOST_OF_KEY = 40  # characters of a comment that has no key


@dataclass(frozen=True)
class BankComment:
    """A comment; `points` are added to those given, or taken off if below zero."""

    question: str  # a written answer's name, or "all"
    key: str  # what the button says
    text: str
    points: float = 0.0


def read_comments(root: Path) -> list[BankComment]:
    """The comment bank of a course folder, in the order of the file; empty if there is none.

    Columns are question, key, text, points: key and points may be left out, and a question may be "all".

    Raises:
        CourseError: it can't be read, or a line of it can't; the sentence has the line.
    """
    rows = read_table(root / FILE)
    if not rows:
        return []
    heads = [plain(head) for head in rows[0][1]]
    for needed in ("question", "text"):
        if needed not in heads:
            raise CourseError(f"{FILE} has no column {needed!r}: its first line must be question,key,text,points.")
    found = []
    for line, row in rows[1:]:
        entries = {head: entry.strip() for head, entry in zip(heads, row)}
        if any(entries.values()):
            found.append(read_comment(entries, f"{FILE}, line {line}"))
    return found


def read_comment(entries: dict[str, str], place: str) -> BankComment:
    text, points = entries.get("text", ""), entries.get("points", "")
    if not text or not entries["question"]:
        raise CourseError(f"{place}: a comment needs a question (or {EVERY}) and a text.")
    try:
        value = float(points.replace(",", ".").replace("−", "-") or 0)
        if not abs(value) < 1000:
            raise ValueError
    except ValueError:
        raise CourseError(f"{place}: points are a number such as 2 or -0.5, not {points!r}.") from None
    short = text if len(text) <= MOST_OF_KEY else f"{text[:MOST_OF_KEY].rstrip()} …"
    return BankComment(entries["question"], entries.get("key") or short, text, value)


def require_questions(comments: list[BankComment], questions: set[str]) -> None:
    """CourseError if a comment is for no written answer of the course."""
    for comment in comments:
        if comment.question not in {EVERY, *questions}:
            known = ", ".join(sorted(questions))
            raise CourseError(f"{FILE}: there is no written answer {comment.question!r}. There are: {known}.")
