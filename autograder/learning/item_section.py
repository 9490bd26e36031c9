"""The part of `make report`'s page on items: a plot of difficulty and discrimination, and a table, worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.course.course import Assignment, Course
from autograder.learning.item_advice import WEAK, Advice, advise
from autograder.learning.items import EXCUSED, LEAST, LEFT_OUT, NOT_ASKED, NOT_REACHED, OPEN, Item, items_of
from autograder.reporting.class_figures import is_graded
from autograder.reporting.class_report import Section, student_of
from autograder.reporting.standing import Standing

TEMPLATE = Path(__file__).parent / "templates" / "items.html.j2"
# Of the plot, in its own units: where its field begins, how large it is, and the least discrimination that is drawn
LEFT, TOP, WIDTH, HEIGHT = 62.0, 14.0, 760.0, 330.0
LOWEST = -0.4


def item_section(
    course: Course,
    assignment: Assignment,
    rows: Sequence[Standing],
    earlier: Mapping[str, Sequence[Standing]],
    anonymous: bool,
) -> Section:
    """Items of one assignment.

    Args:
        earlier: by term, how everybody stood.
    """
    changed = [term for term, olds in earlier.items() if olds and tests_of(rows) != tests_of(olds)]
    advice = advise(items_of(rows), {term: items_of(olds) for term, olds in earlier.items()}, changed)
    people = {} if anonymous else {row.student: student_of(course, assignment, row) for row in rows}
    numbered = [shown_item(number, one, people) for number, one in enumerate(advice, 1)]
    values = {
        "graded": sum(map(is_graded, rows)),
        "least": LEAST,
        "terms": [term for term, olds in earlier.items() if olds],
        "look": [one for one in numbered if one["look"]],
        "never_lost": [one for one in numbered if one["kind"] == "never lost"],
        "others": [one for one in numbered if one["kind"] == "nothing"],
        "plot": plot_of(numbered, advice),
    }
    return Section("items", "Items", TEMPLATE, values)


def tests_of(rows: Sequence[Standing]) -> set[str]:
    """The hidden tests, by hash, that a class's results were made with."""
    return {row.result.made_by.get("tests", "") for row in rows if is_graded(row)}


def shown_item(number: int, advice: Advice, people: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    """A row of the table."""
    item, known = advice.item, advice.item.discrimination
    aside = [(OPEN, "open"), (EXCUSED, "paid for elsewhere"), (NOT_ASKED, "not checked")]
    return {
        "number": number,
        "id": f"item-{number}",
        "look": advice.is_worth_a_look,
        "kind": advice.kind,
        "name": item.title or item.question,
        "question": item.question if item.test else "",
        "points": item.points,
        "n": item.n,
        "share": item.share,
        "interval": item.interval,
        "r": known,
        "left_out": item.count(LEFT_OUT),
        "not_reached": item.count(NOT_REACHED),
        "aside": [f"{item.count(why)} {text}" for why, text in aside if item.count(why)],
        "seconds": item.seconds,
        "advice": advice.text,
        "read": [people[student] for student in advice.read if student in people],
        "drifts": {drift.term: drift for drift in advice.drifts},
    }


# --- the plot -------------------------------------------------------------------------------------------------------


def plot_of(shown: Sequence[Mapping[str, Any]], advice: Sequence[Advice]) -> dict[str, Any] | None:
    """Where each item with a discrimination stands; None if there is none."""
    marks = [
        {**{key: row[key] for key in ("number", "id", "name", "question", "look", "share")}, **place_of(one.item)}
        for row, one in zip(shown, advice)
        if row["r"] is not None
    ]
    if not marks:
        return None
    x, y = x_of, y_of
    return {
        "marks": sorted(marks, key=lambda mark: mark["look"]),  # what is worth a look lies above the others
        "left_out": len(shown) - len(marks),
        "across": [(x(share), f"{100 * share:.0f} %") for share in (0, 0.2, 0.4, 0.6, 0.8, 1)],
        "up": [(y(r), f"{r:g}") for r in (-0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8, 1)],
        "weak": y(WEAK),
        "box": {"left": LEFT, "top": TOP, "right": LEFT + WIDTH, "bottom": TOP + HEIGHT},
    }


def place_of(item: Item) -> dict[str, float]:
    r = item.discrimination.r if item.discrimination else 0.0
    return {"x": x_of(item.share), "y": y_of(r), "r": r}


def x_of(share: float) -> float:
    return round(LEFT + WIDTH * share, 1)


def y_of(r: float) -> float:
    return round(TOP + HEIGHT * (1 - max(r, LOWEST)) / (1 - LOWEST), 1)
