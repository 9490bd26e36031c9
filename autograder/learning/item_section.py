"""The part of `make report`'s page on items: a plot of difficulty and discrimination, and a table, worst first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.course.course import Assignment, Course
from autograder.learning.item_advice import WEAK, Advice, advise
from autograder.learning.items import EXCUSED, LEAST, LEFT_OUT, NOT_ASKED, NOT_REACHED, OPEN, items_of
from autograder.reporting.class_figures import is_graded
from autograder.reporting.class_report import Section, student_of
from autograder.reporting.standing import Standing

TEMPLATE = Path(__file__).parent / "templates" / "items.html.j2"
# Of the plot, in its own units: where its field begins, how large it is, and the least discrimination that is drawn
LEFT, TOP, WIDTH, HEIGHT = 62.0, 14.0, 760.0, 330.0
LOWEST = -0.4
NEAR = (22.0, 11.0)  # numbers that stand nearer to each other than this are written as one
WHY = (OPEN, LEFT_OUT, NOT_REACHED, NOT_ASKED, EXCUSED)


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
        "plot": plot_of(numbered),
    }
    return Section("items", "Items", TEMPLATE, values)


def tests_of(rows: Sequence[Standing]) -> set[str]:
    """The hidden tests, by hash, that a class's results were made with."""
    return {row.result.made_by.get("tests", "") for row in rows if is_graded(row)}


def shown_item(number: int, advice: Advice, people: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    """A row of the table."""
    item, known = advice.item, advice.item.discrimination
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
        "aside": [f"{count} {why}" for why in WHY if (count := item.count(why))],
        "seconds": item.seconds,
        "advice": advice.text,
        "read": [people[student] for student in advice.read if student in people],
        "drifts": {drift.term: drift for drift in advice.drifts},
    }


# --- the plot -------------------------------------------------------------------------------------------------------


def plot_of(shown: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Where each item with a discrimination stands; None if there is none."""
    rows = [row for row in shown if row["r"]]
    if not rows:
        return None
    least = min(0.6, math.floor(5 * min(row["share"] for row in rows)) / 5)  # easy classes need no empty field
    marks: list[dict[str, Any]] = [{"row": row, "x": x_of(row["share"], least), "y": y_of(row["r"].r)} for row in rows]
    steps = [least + step * (1 - least) / 4 for step in range(5)]
    return {
        "marks": sorted(marks, key=lambda mark: mark["row"]["look"]),  # what is worth a look lies above the others
        "labels": labels_of([mark for mark in marks if mark["row"]["look"]]),
        "left_out": len(shown) - len(marks),
        "across": [(x_of(share, least), f"{100 * share:.0f} %") for share in steps],
        "up": [(y_of(r), f"{r:g}") for r in (-0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8, 1)],
        "weak": y_of(WEAK),
        "box": {"left": LEFT, "top": TOP, "right": LEFT + WIDTH, "bottom": TOP + HEIGHT},
    }


def labels_of(marks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The numbers of marks, with those that would lie on each other in one."""
    labels: list[dict[str, Any]] = []
    for mark in marks:
        near = [one for one in labels if abs(one["x"] - mark["x"]) < NEAR[0] and abs(one["y"] - mark["y"]) < NEAR[1]]
        if near:
            near[0]["text"] += f", {mark['row']['number']}"
        else:
            labels.append({"x": mark["x"], "y": mark["y"], "text": str(mark["row"]["number"])})
    return labels


def x_of(share: float, least: float) -> float:
    return round(LEFT + WIDTH * (share - least) / (1 - least), 1)


def y_of(r: float) -> float:
    return round(TOP + HEIGHT * (1 - max(r, LOWEST)) / (1 - LOWEST), 1)
