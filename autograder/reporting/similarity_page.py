"""similarity/<assignment>.html: pairs of hand-ins that are alike, side by side. It loads nothing, and runs nothing."""

from __future__ import annotations

import html
import unicodedata
from pathlib import Path

import numpy as np
from copydetect.utils import highlight_overlap

from autograder.course.course import Assignment, Course
from autograder.files import write_atomically
from autograder.reporting.similarity import COMMON, FEW, ROW, SHARE, Comparison, Pair

MOST_PAIRS = 200
NO_PROOF = (
    "Likeness is no proof of anything. The same lecture, the same tutorial, and the few lines that a task leaves to "
    "write make code alike. Read both codes, and talk to the students, before you think anything of them."
)
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2328; margin: 1.5em auto; max-width: 110em; padding: 0 1em; }
p, ul { max-width: 60em; }
.reason { border-left: 4px solid #9a6700; padding: .4em .8em; background: #fff8e1; }
table { border-collapse: collapse; }
th, td { padding: .2em 1.2em .2em 0; text-align: left; overflow-wrap: anywhere; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
section { border-top: 1px solid #d1d9e0; margin-top: 2em; }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1em; }
.sides > div { min-width: 0; }
pre { font: 13px/1.45 ui-monospace, Consolas, monospace; background: #f6f8fa; padding: .6em .8em; overflow-x: auto; }
mark { background: #ffe08a; color: inherit; }
@media (max-width: 50em) { .sides { grid-template-columns: 1fr; } th, td { padding-right: .5em; } }
"""
HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title><style>{style}</style></head><body>
"""


def page_path(course: Course, assignment: Assignment) -> Path:
    return course.root / "similarity" / f"{assignment.name}.html"


def write_page(course: Course, assignment: Assignment, found: Comparison) -> Path:
    path = page_path(course, assignment)
    write_atomically(path, page(f"{assignment.title}: hand-ins that are alike", found))
    return path


def page(title: str, found: Comparison) -> str:
    shown = found.pairs[:MOST_PAIRS]
    parts = [HEAD.format(title=html.escape(title), style=STYLE), f"<h1>{html.escape(title)}</h1>", *explanation(found)]
    if shown:
        rows = "".join(row(number, pair) for number, pair in enumerate(shown, 1))
        heads = '<th></th><th>student</th><th class="number">of their code</th><th>student</th>'
        heads += '<th class="number">of their code</th><th class="number">longest part</th>'
        parts.append(f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>")
    for group in found.groups:
        parts.append(f"<p><b>{len(group)} have the same code</b>, but for names: {text(', '.join(group))}.</p>")
    parts += [section(number, pair) for number, pair in enumerate(shown, 1)]
    if found.left_out:
        lines = "".join(f"<li>{text(work.label)}: {text(work.trouble)}</li>" for work in found.left_out)
        parts.append(f"<section><h2>Not compared</h2><ul>{lines}</ul></section>")
    return "\n".join([*parts, "</body></html>\n"])


def explanation(found: Comparison) -> list[str]:
    count = len(found.pairs)
    pairs = (
        f"{count} pair{'s are' if count != 1 else ' is'} alike"
        if count
        else "No other two are alike"
        if found.groups
        else "No two are alike"
    )
    more = f"; the {MOST_PAIRS} likest are shown" if count > MOST_PAIRS else ""
    return [
        f'<p class="reason">{NO_PROOF}</p>',
        f"<p>{found.compared} hand-ins were compared with each other. <b>{pairs}</b>{more}.</p>",
        f"<p>Compared is what students have written themselves for the graded functions: comments and names do not "
        f"count, nor what the notebook gave them, nor what more than {COMMON:.0%} of the hand-ins (more than {FEW}) "
        f"have alike. A pair is shown where {SHARE:.0%} of one's code is in the other's, too, or {ROW} characters in a "
        "row (a name counts as one). Answers of our own that were written independently share at most 39&nbsp;% and 82 "
        "characters in a row; copies with one change, at least 95&nbsp;% and 250.</p>",
    ]


def row(number: int, pair: Pair) -> str:
    sides = "".join(
        f'<td>{text(work.label)}</td><td class="number">{share:.0%}</td>'
        for work, share in zip((pair.first, pair.second), pair.shares)
    )
    return f'<tr><td><a href="#pair{number}">{number}</a></td>{sides}<td class="number">{pair.row}</td></tr>'


def section(number: int, pair: Pair) -> str:
    sides = zip((pair.first, pair.second), pair.shares, pair.places)
    columns = "".join(
        f"<div><h3>{text(work.label)}: {share:.0%} marked</h3><pre>{marked(work.code, places)}</pre></div>"
        for work, share, places in sides
    )
    heading = f"{number}. {text(pair.first.label)} and {text(pair.second.label)}"
    return f'<section id="pair{number}"><h2>{heading}</h2><div class="sides">{columns}</div></section>'


def marked(code: str, places: np.ndarray) -> str:
    """The code as HTML with the parts marked that both have."""
    return highlight_overlap(printable(code), places, "<mark>", "</mark>", escape_html=True)[0]


def text(value: str) -> str:
    return html.escape(printable(value))


def printable(value: str) -> str:
    """As many characters, and none that turns a line round or can't be written."""
    return "".join(
        character if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs") else "\ufffd"
        for character in value
    )
