"""The notebook that formgrader and the feedback show: our release, with the student's own cells in their places.

Whatever became of nbgrader's metadata on the way (stripped, copied, merged, reordered, deleted cells), the result has
each graded cell of the release exactly once and in its order. Tests and locked cells are always ours; answers are the
student's; cells that the student added stand, as plain cells, after the cell that they were added after.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.reading.formats import Cell
from autograder.reporting.pictures import Pictures

MOST_CHARACTERS = 50_000  # of one cell; a longer one is cut, so that a page can be shown at all
MOST_ADDED = 300  # cells of the student's own
OWN_CELL, PICTURES_BESIDE = "student-", "pictures-beside"  # how ids of cells begin that are not of the release
PUT_BACK = "*This cell was not in the submission. It was put back from the assignment.*"
IN_SCRIPT = "*Handed in as a Python script: look for this answer among the comments and texts of its cells.*"
ELSEWHERE = "*{names} was handed in together with another function: see the cell that defines it.*"


def restore(
    release: Mapping[str, Any], cells: Sequence[Cell] | None, is_script: bool = False, pictures: Pictures | None = None
) -> NotebookNode:
    """The release with a submission's answers in it.

    Args:
        release: the student notebook as we handed it out, with nbgrader's metadata.
        cells: the submission's cells; None if none could be read, then the release stays as it is.
        is_script: whether they come from a Python file, where a written answer may stand in a comment: one that is not
            found is not taken as blank, a person has to look.
        pictures: those that lie beside the notebook; pasted ones are taken from its cells.
    """
    notebook = nbformat.v4.rwbase.rejoin_lines(nbformat.from_dict(copy.deepcopy(dict(release))))
    if cells is None:
        return notebook
    pictures = pictures or Pictures()
    matching = Matching(notebook.cells, [cell for cell in cells if cell.source.strip()], pictures)
    restored = list(matching.added_before_all())
    for position, cell in enumerate(notebook.cells):
        answer = matching.answers.get(position)
        if is_solution(cell) and answer is None and is_script and cell.cell_type == "markdown":
            cell.source = IN_SCRIPT
        elif is_solution(cell) and answer is None:
            restored.append(plain_cell("markdown", matching.why_missing(position), f"missing-{position}"))
        elif answer is not None:
            fill_cell(cell, answer, pictures)
        restored += [cell, *matching.added_after(position)]
    notebook.cells = restored + beside(pictures)
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):  # ids of cells are not known there
        for cell in notebook.cells:
            cell.pop("id", None)
    return notebook


class Matching:
    """Which of the student's cells answers which cell of the release, and which are the student's own.

    `answers` has the answer to each solution cell by its position in the release; an untouched stub counts as one.
    """

    def __init__(self, release: Sequence[NotebookNode], cells: Sequence[Cell], pictures: Pictures) -> None:
        self._release, self._cells, self._pictures = release, cells, pictures
        self._place = self._match_unchanged()
        self.answers: dict[int, Cell] = {}
        self._taken: set[int] = set()
        for position, cell in enumerate(release):
            if is_solution(cell):
                self._answer(
                    position, self._find_code(position) if cell.cell_type == "code" else self._find_text(position)
                )
        self._added = self._place_added()

    def _match_unchanged(self) -> dict[int, int]:
        """Index of a student's cell -> position of the cell of the release whose text it still has."""
        positions: dict[str, list[int]] = {}
        for position, cell in enumerate(self._release):
            positions.setdefault(cell.source.strip(), []).append(position)
        place = {}
        for index, given in enumerate(self._cells):
            same = positions.get(given.source.strip())
            if same:
                named = [p for p in same if given.grade_id and grade_id(self._release[p]) == given.grade_id]
                place[index] = (named or same)[0]
                if len(same) > 1:  # the next of several equal cells (written answers' stubs) goes with the next of them
                    same.remove(place[index])
        return place

    def _answer(self, position: int, index: int | None) -> None:
        if index is not None:
            self.answers[position] = self._cells[index]
            self._taken.add(index)
            self._place[index] = position

    def _find_code(self, position: int) -> int | None:
        """The last cell that defines a function of this stub (as the judge takes the last), else by grade_id."""
        names = defined_names(self._release[position].source)
        defining = [i for i, cell in enumerate(self._cells) if cell.kind == "code" and defines(cell.source, names)]
        if defining:
            return defining[-1] if defining[-1] not in self._taken else None
        return self._find_by_id(position)

    def _find_by_id(self, position: int) -> int | None:
        wanted = grade_id(self._release[position])
        same = [i for i, cell in enumerate(self._cells) if wanted and cell.grade_id == wanted and i not in self._taken]
        changed = [i for i in same if i not in self._place]
        found = changed or same
        return found[-1] if found else None

    def _find_text(self, position: int) -> int | None:
        """A written answer: by grade_id, else by the lines above the stub, else below its question, else the stub."""
        found = self._find_by_id(position)
        if found is None:
            found = self._find_beginning(self._release[position].source.strip().rpartition("\n")[0])
        if found is None and position and self._release[position - 1].cell_type == "markdown":
            found = self._below_question(position - 1)
        if found is None:
            stub = self._release[position].source.strip()
            stubs = [i for i, c in enumerate(self._cells) if c.source.strip() == stub and i not in self._taken]
            found = stubs[0] if stubs else None
        return found

    def _below_question(self, question: int) -> int | None:
        """The student's text in the cell after the question's, or in the question's own."""
        for index in (i for i, place in self._place.items() if place == question):
            after = index + 1
            if after < len(self._cells) and after not in self._place and self._cells[after].kind != "code":
                return after
        return self._find_beginning(self._release[question].source)

    def _find_beginning(self, text: str) -> int | None:
        """A cell that begins with this text and goes on."""
        text = text.strip()
        free = [i for i in range(len(self._cells)) if i not in self._taken and i not in self._place]
        return next((i for i in free if text and self._cells[i].source.strip().startswith(text)), None)

    def why_missing(self, position: int) -> str:
        """A sentence for an answer that has no cell of its own."""
        names = defined_names(self._release[position].source)
        here = [
            name for name in names if any(cell.kind == "code" and defines(cell.source, [name]) for cell in self._cells)
        ]
        return ELSEWHERE.format(names=", ".join(here)) if here else PUT_BACK

    def _place_added(self) -> dict[int, list[NotebookNode]]:
        """Cells that are the student's own, by the position in the release that they follow; -1 is the beginning."""
        added: dict[int, list[NotebookNode]] = {}
        last, count = -1, 0
        for index, cell in enumerate(self._cells):
            if index in self._place:
                last = self._place[index]
            elif count < MOST_ADDED:
                count += 1
                added.setdefault(last, []).append(own_cell(cell, self._pictures))
        return added

    def added_before_all(self) -> list[NotebookNode]:
        return self._added.get(-1, [])

    def added_after(self, position: int) -> list[NotebookNode]:
        return self._added.get(position, [])


def is_solution(cell: Mapping[str, Any]) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("solution"))


def grade_id(cell: Mapping[str, Any]) -> str | None:
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def defined_names(source: str) -> list[str]:
    """Names of the functions and classes at the top level of a cell, whether or not it parses."""
    return re.findall(r"^(?:async +)?(?:def|class) +(\w+)", source, re.MULTILINE)


def defines(source: str, names: Sequence[str]) -> bool:
    """Whether a cell defines one of the names: with def or class, or by an assignment."""
    either = "|".join(map(re.escape, names))
    pattern = rf"^[ \t]*(?:(?:async +)?(?:def|class) +(?:{either})\b|(?:{either}) *=(?!=))"
    return bool(names) and re.search(pattern, source, re.MULTILINE) is not None


def own_cell(cell: Cell, pictures: Pictures) -> NotebookNode:
    """A cell of the student's as a plain one. A raw cell becomes quoted text: a page would take its HTML as it is."""
    own = plain_cell("code" if cell.kind == "code" else "markdown", "", f"{OWN_CELL}{cell.index}")
    fill_cell(own, cell, pictures)
    if cell.kind not in ("code", "markdown"):
        own.source = "\n".join(f"    {line}" for line in own.source.splitlines())
    return own


def fill_cell(cell: NotebookNode, answer: Cell, pictures: Pictures) -> None:
    """Put a student's text into a cell, with its pictures if it is one that shows any."""
    source = answer.source
    if cell.cell_type == "markdown" and answer.kind == "markdown":
        source = pictures.put_into(cell, source, answer.attachments)
    cell.source = bounded(source)


def beside(pictures: Pictures) -> list[NotebookNode]:
    """A last cell with the pictures that no answer names, if there are any: whoever grades may need them."""
    text, attachments = pictures.beside()
    if not text:
        return []
    cell = plain_cell("markdown", text, PICTURES_BESIDE)
    cell["attachments"] = attachments
    return [cell]


def plain_cell(kind: str, source: str, name: str) -> NotebookNode:
    cell = {"cell_type": kind, "id": name, "metadata": {}, "source": source}
    return nbformat.from_dict({**cell, "execution_count": None, "outputs": []} if kind == "code" else cell)


def bounded(source: str) -> str:
    """A cell's text, cut where nobody would read on."""
    if len(source) <= MOST_CHARACTERS:
        return source
    return (
        f"{source[:MOST_CHARACTERS]}\n# ... and {len(source) - MOST_CHARACTERS} characters more, in the submitted file"
    )
