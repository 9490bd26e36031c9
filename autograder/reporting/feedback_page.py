"""One student's feedback page: nbconvert with nbgrader's feedback template under ours."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import nbgrader
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters.highlight import Highlight2HTML
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets.config import Config

from autograder.reporting.embed import SUMMARY, is_test_cell
from autograder.reporting.gradebook import Entry
from autograder.reporting.restore import is_solution
from autograder.reporting.safe_markdown import can_be_coloured, safe_markdown

TEMPLATES = Path(__file__).parent / "templates"
NBGRADER_TEMPLATES = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
WAITING = re.compile(r'<(div|span) class="(?:reason )?waiting">[^<]*(?:<b>[^<]*</b>[^<]*)?</\1>')
MATH = re.compile(r"\$|\\\(|\\\[|\\begin")


class FeedbackExporter(HTMLExporter):
    """Notebook to feedback page. Compiles its templates once: keep one for many pages."""

    def __init__(self, config: Config | None = None, **options: Any) -> None:
        ours = Config()
        ours.FeedbackExporter.extra_template_basedirs = [str(TEMPLATES), str(NBGRADER_TEMPLATES)]
        ours.FeedbackExporter.extra_template_paths = [str(NBGRADER_TEMPLATES)]
        ours.FeedbackExporter.template_name = "answers"
        ours.FeedbackExporter.filters = {"markdown2html": safe_markdown}
        merged = Config(config or {})
        merged.merge(ours)
        super().__init__(config=merged, **options)
        colour = Highlight2HTML(pygments_lexer="python3", parent=self)  # IPython's takes twice as long

        def highlight(source: str, **options: Any) -> str:
            plain = f'<div class="highlight"><pre>{html.escape(source)}</pre></div>'
            return colour(source) if can_be_coloured(source) else plain

        self.register_filter("highlight_code", highlight)

    def from_notebook_node(  # type: ignore[override]  # gives a text, as HTMLExporter's own does
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """As HTMLExporter, without parsing the page again at the end: that takes twice as long as all the rest."""
        return TemplateExporter.from_notebook_node(self, nb, resources, **options)


class OnlyAnswers(NbGraderPreprocessor):
    """Leaves the summary, tests, answers and the questions of written ones: what a student wants to read again."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        kept = {i for i, cell in enumerate(nb.cells) if is_shown(cell)}
        kept |= {i - 1 for i in kept if i and is_written(nb.cells[i]) and nb.cells[i - 1].cell_type == "markdown"}
        nb.cells = [cell for i, cell in enumerate(nb.cells) if i in kept]
        for i, (cell, below) in enumerate(zip(nb.cells, nb.cells[1:])):
            if is_solution(cell) and cell.cell_type == "code" and is_test_cell(below):
                nb.cells[i : i + 2] = [below, cell]  # what came of it first, then the code
        resources["has_math"] = any(cell.cell_type == "markdown" and MATH.search(cell.source) for cell in nb.cells)
        return nb, resources


def is_shown(cell: NotebookNode) -> bool:
    metadata = cell.metadata.get("nbgrader", {})
    return bool(cell.get("id") == SUMMARY or metadata.get("grade") or metadata.get("solution"))


def is_written(cell: NotebookNode) -> bool:
    return cell.cell_type == "markdown" and is_solution(cell)


class KnownGrades(NbGraderPreprocessor):
    """What nbgrader's GetGrades does, from grades that were read for the whole class at once."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.entry = Entry()

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        for cell in nb.cells:
            metadata = cell.metadata.get("nbgrader", {})
            name = metadata.get("grade_id")
            if metadata.get("solution"):
                metadata.comment = self.entry.comments.get(name)
            if cell.get("id") == SUMMARY and not any(s.is_open and not s.written for s in self.entry.scores.values()):
                drop_waiting(cell)
            if metadata.get("grade") and name in self.entry.scores:
                score = self.entry.scores[name]
                metadata.update(score=score.points, points=score.max_points)
                metadata.needs_manual_grade = score.is_open
                if not score.is_open and cell.cell_type == "code":
                    drop_waiting(cell)
        resources["nbgrader"]["score"] = self.entry.score
        resources["nbgrader"]["max_score"] = self.entry.max_points
        resources["nbgrader"]["late_penalty"] = self.entry.late.points
        resources["nbgrader"]["late"] = self.entry.late
        waiting = [score for score in self.entry.scores.values() if score.is_open]
        resources["nbgrader"]["open_points"] = sum(score.max_points for score in waiting if score.written)
        resources["nbgrader"]["undecided_points"] = sum(s.max_points - s.points for s in waiting if not s.written)
        return nb, resources


def drop_waiting(cell: NotebookNode) -> None:
    """Take away what the tests said of an open question: a person has settled it."""
    for output in cell.outputs:
        if "text/html" in output.get("data", {}):
            output.data["text/html"] = WAITING.sub("", output.data["text/html"])


class FeedbackPages:
    """Renders pages of one assignment, one student after the other."""

    def __init__(self) -> None:
        config = Config()
        config.Exporter.default_preprocessors = []
        self._exporter = FeedbackExporter(config=config)
        self._grades, self._answers = KnownGrades(), OnlyAnswers()

    def render(self, notebook: NotebookNode, assignment: str, student: str, entry: Entry) -> str:
        """HTML of one page. Changes the notebook: an exporter would copy it, twice for each of its preprocessors."""
        self._grades.entry = entry
        names = {"assignment": assignment, "notebook": assignment, "student": student}
        resources = {"metadata": {"name": assignment, "path": ""}, "nbgrader": names}
        notebook, resources = self._answers.preprocess(*self._grades.preprocess(notebook, resources))
        page, _ = self._exporter.from_notebook_node(notebook, resources=resources)
        return page
