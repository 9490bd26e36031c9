"""What can be wrong with a source's metadata, and what must never reach a student notebook."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from autograder.course.course import Assignment
from autograder.course.edition import SETUP_TAG
from autograder.course.stubs import BEGIN, END
from cnnlab.signatures import COURSE

if TYPE_CHECKING:
    from nbformat import NotebookNode

MARKERS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS", "END HIDDEN TESTS", "MARK SCHEME")
TELLING = 30  # characters: shorter lines (`N, C, H, W = x.shape`) may well stand in two places


def metadata_problems(assignment: Assignment, source: NotebookNode) -> list[str]:
    """Questions without a cell, cells without a question, missing points, ids used twice: one sentence each."""
    where = f"solutions/{assignment.name}/{assignment.source.name}"
    graded = [cell for cell in source.cells if "nbgrader" in cell.metadata]
    ids = Counter(cell.metadata.nbgrader.get("grade_id", "") for cell in graded)
    problems = [f"{where}: the grade_id {name!r} is used {count} times." for name, count in ids.items() if count > 1]
    questions = list(COURSE.get(assignment.name, {}))
    autograded = {cell.metadata.nbgrader.get("grade_id", ""): cell for cell in graded if is_autograded(cell)}
    for name in questions:
        if name not in autograded:
            problems.append(f"{where}: {name} has no grade cell, but it is a question in cnnlab/signatures.py.")
        elif f"{name}_code" not in ids:
            problems.append(f"{where}: {name} has no solution cell with the grade_id {name}_code.")
    for name, cell in autograded.items():
        if name not in questions:
            problems.append(f"{where}: there is a grade cell {name!r}, but no such question in cnnlab/signatures.py.")
        elif cell.source.strip() != f'cnnlab.check("{name}")':
            problems.append(f'{where}: the grade cell {name} must say just cnnlab.check("{name}").')
    setups = sum(SETUP_TAG in cell.metadata.get("tags", ()) for cell in source.cells)
    if setups != 1:
        problems.append(
            f'{where}: {setups} cells are set-up cells: write one, `# %% tags=["{SETUP_TAG}"]` with `import cnnlab` in '
            "it, before all other code."
        )
    if not any(cell.source.strip() == "cnnlab.submit()" for cell in source.cells):
        problems.append(f"{where}: no cell says cnnlab.submit(): students hand in with it, at the notebook's end.")
    text = "\n".join(cell.source for cell in source.cells if cell.cell_type == "markdown")
    return problems + [problem for cell in graded for problem in cell_problems(where, cell, text)]


def is_autograded(cell: NotebookNode) -> bool:
    return bool(cell.metadata.nbgrader.get("grade")) and not cell.metadata.nbgrader.get("solution")


def cell_problems(where: str, cell: NotebookNode, text: str) -> list[str]:
    """Problems of one cell with nbgrader's metadata; `text` is all the notebook's Markdown."""
    metadata = cell.metadata.nbgrader
    name, points = metadata.get("grade_id", ""), metadata.get("points")
    problems = []
    if not name:
        problems.append(f"{where}: a cell with nbgrader metadata has no grade_id: {cell.source[:40]!r}.")
    if metadata.get("grade") and not (isinstance(points, (int, float)) and points > 0):
        problems.append(f'{where}: the grade cell {name} has no "points".')
    elif metadata.get("grade") and f"`{name}` ({points:g} points)" not in text:
        problems.append(
            f"{where}: no heading says “`{name}` ({points:g} points)”, but that is what its grade cell gives."
        )
    if metadata.get("solution") and cell.cell_type == "code" and BEGIN not in cell.source:
        problems.append(
            f"{where}: the solution cell {name} has no {BEGIN}: students would lose the signature and docstring."
        )
    return problems


def leaks(assignment: Assignment, source: NotebookNode, text: str) -> list[str]:
    """Places where a student notebook (its file as `text`) shows what it must not; one sentence each."""
    where = f"assignments/{assignment.name}/{assignment.notebook.name}"
    try:
        notebook = json.loads(text)
        cells = [(number, "".join(cell["source"]), cell) for number, cell in enumerate(notebook["cells"], 1)]
    except (ValueError, KeyError, TypeError):
        return [f"{where} is not a notebook: run `make build`."]
    problems = (
        [f"{where}: it has a jupytext block in its metadata."] if "jupytext" in notebook.get("metadata", {}) else []
    )
    solution, hidden = solution_lines(source), hidden_test_lines(assignment)
    for number, content, cell in cells:
        lines = {line.strip() for line in content.splitlines()}
        found = [f"the marker {marker!r}" for marker in MARKERS if marker in content]
        found += [f"a line of a solution: {line!r}" for line in sorted(lines & solution)]
        found += [f"a line of the hidden tests: {line!r}" for line in sorted(lines & hidden)]
        found += ["an output"] * bool(cell.get("outputs") or cell.get("execution_count"))
        problems += [f"{where}, cell {number}: it shows {what}." for what in found]
    return problems


def solution_lines(source: NotebookNode) -> set[str]:
    """Telling lines inside solution regions, and of the model answers to the written questions."""
    lines: set[str] = set()
    for cell in source.cells:
        if not cell.metadata.get("nbgrader", {}).get("solution"):
            continue
        inside = cell.cell_type == "markdown"
        for line in cell.source.splitlines():
            if line.strip() in (BEGIN, END):
                inside = line.strip() == BEGIN
            elif inside:
                lines.add(line.strip())
    return {line for line in lines if len(line) >= TELLING}


def hidden_test_lines(assignment: Assignment) -> set[str]:
    """Telling lines of the hidden tests, imports aside."""
    texts = [path.read_text(encoding="utf-8") for path in assignment.hidden_tests.glob("*.py")]
    lines = {line.strip() for text in texts for line in text.splitlines()}
    return {line for line in lines if len(line) >= TELLING and not line.startswith(("from ", "import "))}
