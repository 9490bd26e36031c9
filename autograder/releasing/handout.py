"""What students read beside the package: their notebooks with a term's badges and links, README.md, CHANGES.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course.course import REPOSITORY, Assignment, Course
from autograder.course.edition import SETUP_TAG, Edition, setup_cell
from autograder.releasing.links import Place
from autograder.releasing.versions import Record, Snapshot, changes

if TYPE_CHECKING:
    from nbformat import NotebookNode

MADE_FROM = re.compile(r"^<!-- Made by .*? -->\s*")


@dataclass(frozen=True)
class Handout:
    """One release of one term: what all its files speak of."""

    course: Course
    place: Place
    version: str
    trial: bool = False  # not proved: lies beside the real one, and no record remembers it

    @property
    def folder(self) -> Path:
        return REPOSITORY / "dist" / (f"{self.course.term}-trial" if self.trial else self.course.term)

    @property
    def wheel(self) -> str:
        return f"cnnlab-{self.version}-py3-none-any.whl"

    @property
    def edition(self) -> Edition:
        return Edition(self.course.term, self.version, self.place.file(self.wheel))


def path_of(assignment: Assignment) -> str:
    """Where a student notebook lies in a release."""
    return f"{assignment.name}/{assignment.name}.ipynb"


def hand_out(notebook: NotebookNode, assignment: Assignment, handout: Handout) -> NotebookNode:
    """A built notebook with this term's badge, version, due date and set-up cell; changed in place."""
    ours, edition = notebook.metadata["cnnlab"], handout.edition
    ours.pop("made_from", None)
    ours.update(term=edition.term, version=edition.version)
    first = notebook.cells[0]
    words = [handout.place.badge(path_of(assignment)), f"{edition.term}, version {edition.version}"]
    words += [f"due {in_words(assignment.due)}"] if assignment.due else []
    first.source = f"{' · '.join(words)}\n\n{MADE_FROM.sub('', first.source)}"
    for cell in notebook.cells:
        if SETUP_TAG in cell.metadata.get("tags", ()):
            cell.source = setup_cell(assignment, edition)
    return notebook


def in_words(moment: datetime) -> str:
    """`19 October 2026, 23:59 (UTC+02:00)`."""
    return f"{moment.day} {moment:%B %Y, %H:%M} ({moment.tzname()})"


def readme(handout: Handout, template: Path) -> str:
    """The students' README, from the course's own template."""
    lines = ["| assignment | due | open |", "|---|---|---|"]
    for assignment in handout.course.assignments:
        due = in_words(assignment.due) if assignment.due else ""
        path = path_of(assignment)
        lines.append(f"| [{assignment.title}]({path}) | {due} | {handout.place.badge(path)} |")
    text = template.read_text(encoding="utf-8")
    values = {
        "course": handout.course.name,
        "term": handout.course.term,
        "version": handout.version,
        "table": "\n".join(lines),
        "wheel_name": handout.wheel,
        "wheel": handout.place.file(handout.wheel),
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def classroom_workflow(handout: Handout, template: Path) -> str:
    """The GitHub Actions workflow for courses on GitHub Classroom, which installs this release."""
    return template.read_text(encoding="utf-8").replace("{wheel}", handout.place.file(handout.wheel))


def changes_text(record: Record, before: Record | None) -> str:
    """CHANGES.md: each version of the term, the newest first, against the one before it.

    before: the latest earlier term that was released.
    """
    parts = []
    last, name = (before.versions[before.latest], f"{before.term}, {before.latest}") if before else (None, "")
    for version, snapshot in record.versions.items():
        parts.append(f"## {version}\n\n" + "\n".join(news(last, snapshot, name)) + "\n")
        last, name = snapshot, version
    return f"# Changes · {record.term}\n\n" + "\n".join(reversed(parts))


def news(before: Snapshot | None, after: Snapshot, name: str) -> list[str]:
    if before is None:
        return ["The first release."]
    lines = changes(before, after) or ["The notebooks ask the same as before."]
    return [f"Compared with {name}:", "", *(f"- {line}" for line in lines)]
