"""One student's feedback page: nbconvert with nbgrader's feedback template under ours."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbgrader
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters.highlight import Highlight2HTML
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

from autograder.course.course import load_course
from autograder.reporting import embed
from autograder.reporting.disclosure import for_student
from autograder.reporting.embed import is_test_cell, question_outputs
from autograder.reporting.gradebook import Entry, read_entries
from autograder.reporting.page_facts import Facts, read_facts
from autograder.reporting.page_head import head_of, open_names, result_without_tests
from autograder.reporting.restore import is_solution
from autograder.reporting.safe_markdown import can_be_coloured, safe_markdown
from autograder.results.result import Result
from autograder.results.store import result_path, usable_result
from cnnlab.checking import outcomes

TEMPLATES = Path(__file__).parent / "templates"
NBGRADER_TEMPLATES = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"


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
        self.register_filter("colours_of_code", lambda style: HtmlFormatter(style=style).get_style_defs(".highlight"))

    def from_notebook_node(  # type: ignore[override]  # gives a text, as HTMLExporter's own does
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """As HTMLExporter, without parsing the page again at the end: that takes twice as long as all the rest."""
        return TemplateExporter.from_notebook_node(self, nb, resources, **options)


@dataclass(frozen=True)
class Material:
    """What one student's page is made of, beside the autograded notebook: of that, only answers are taken."""

    result: Result | None  # None if it can't be read
    entry: Entry
    facts: Facts


class StudentsPage(NbGraderPreprocessor):
    """An autograded notebook as its student may see it: what came of each question, answers, grades, comments.

    Tests' outcomes are put in again, from the result: those in autograded/ show hidden inputs.
    """

    material: Material | None = None  # None under nbgrader: it is then read from the course folder that it works in

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        names = resources["nbgrader"]
        material = self.material or read_material(names["assignment"], names["student"])
        graded = [cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade")]
        result = material.result or result_without_tests(graded, names["assignment"], names["student"])
        result = with_lines(for_student(result, material.facts.level), dict(material.facts.lines))
        names["page"] = head_of(graded, result, material.entry, material.facts)
        put_outcomes(graded, result, open_names(result, material.entry))
        for cell in nb.cells:
            put_grade(cell, material.entry)
        nb.cells = only_answers(nb.cells)
        return nb, resources


def read_material(assignment: str, student: str) -> Material:
    """Of the course in whose folder nbgrader works."""
    course = load_course(Path.cwd())
    place = course.assignment(assignment)
    entries = read_entries(course, place)
    facts = read_facts(course, place, [student], entries)[student]
    return Material(usable_result(result_path(course, place, student)), entries.get(student, Entry()), facts)


def with_lines(result: Result, lines: Mapping[str, str]) -> Result:
    """The result with the line to look at again as the hint of what went wrong first in a question."""
    for question in result.questions:
        lost = [test for test in embed.in_order(question) if test.outcome == outcomes.FAILED and not test.excused]
        if question.name in lines and lost:
            lost[0].hint = lost[0].hint or lines[question.name]
    return result


def put_outcomes(cells: list[NotebookNode], result: Result, open_: set[str]) -> None:
    """Into each test cell what came of its question, as the student may see it."""
    questions = {question.name: question for question in result.questions}
    for cell in cells:
        name = cell.metadata.nbgrader.grade_id
        if is_test_cell(cell):
            cell.outputs = question_outputs(questions[name], name in open_) if name in questions else []


def put_grade(cell: NotebookNode, entry: Entry) -> None:
    """A cell's points and comment, as nbgrader's GetGrades gives them."""
    metadata = cell.metadata.get("nbgrader", {})
    name = metadata.get("grade_id")
    if metadata.get("solution"):
        metadata.comment = entry.comments.get(name)
    if metadata.get("grade") and name in entry.scores:
        score = entry.scores[name]
        metadata.update(score=score.points, points=score.max_points, needs_manual_grade=score.is_open)


def only_answers(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Tests, answers and the questions of written ones: what a student wants to read again."""
    kept = {i for i, cell in enumerate(cells) if is_shown(cell)}
    kept |= {i - 1 for i in kept if i and is_written(cells[i]) and cells[i - 1].cell_type == "markdown"}
    cells = [cell for i, cell in enumerate(cells) if i in kept]
    for i, (cell, below) in enumerate(zip(cells, cells[1:])):
        if is_solution(cell) and cell.cell_type == "code" and is_test_cell(below):
            cells[i : i + 2] = [below, cell]  # what came of it first, then the code
    return cells


def is_shown(cell: NotebookNode) -> bool:
    metadata = cell.metadata.get("nbgrader", {})
    return bool(metadata.get("grade") or metadata.get("solution"))


def is_written(cell: NotebookNode) -> bool:
    return cell.cell_type == "markdown" and is_solution(cell)


class FeedbackPages:
    """Renders pages of one assignment, one student after the other."""

    def __init__(self) -> None:
        config = Config()
        config.Exporter.default_preprocessors = []
        self._exporter = FeedbackExporter(config=config)
        self._students_page = StudentsPage()

    def render(self, notebook: NotebookNode, assignment: str, student: str, material: Material) -> str:
        """HTML of one page. Changes the notebook: an exporter would copy it, twice for each of its preprocessors."""
        self._students_page.material = material
        names = {"assignment": assignment, "notebook": assignment, "student": student}
        resources = {"metadata": {"name": assignment, "path": ""}, "nbgrader": names}
        page, _ = self._exporter.from_notebook_node(*self._students_page.preprocess(notebook, resources))
        return page
