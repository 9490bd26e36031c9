"""`make report`: a page for staff on each assignment, report/<assignment>.html, and report.html over all of them.

It loads nothing, and is made of results/, the gradebook and autograded/ as they are now. An anonymous one has no
student's id, name, page or code.
"""

from __future__ import annotations

import ast
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from autograder.collecting.opt_out import has_opted_out, opted_out
from autograder.course.course import Assignment, Course, CourseError
from autograder.course.identifiers import shown
from autograder.files import write_inside
from autograder.reporting import class_figures as figures
from autograder.reporting.autograded import autograded_path
from autograder.reporting.class_figures import Recognized
from autograder.reporting.feedback import page_path
from autograder.reporting.standing import FINAL, Standing

TEMPLATES = Path(__file__).parent / "templates" / "class"
MOST_EXAMPLES = 3  # students' pages that are linked for a mistake
MOST_LINES = 14  # of an extract of code
MOST_WIDTH = 110
MOST_MISTAKES = 40


@dataclass(frozen=True)
class Section:
    """A part of an assignment's page that a room above this one makes.

    name: where the page's list of contents leads to; of letters, digits and "-".
    template: its contents below the heading. What stands in `values` is escaped there, as on the rest of the page.
    """

    name: str
    title: str
    template: Path
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def html(self) -> str:
        return render(self.template.name, self.values, self.template.parent)


def write_reports(
    course: Course,
    class_: Mapping[str, list[Standing]],
    anonymous: bool = False,
    sections: Mapping[str, Sequence[Section]] | None = None,
) -> list[Path]:
    """Write the page of each assignment of which there is anything; and one over all, if they are several.

    Args:
        class_: by assignment, how everybody stands.
        sections: by assignment, what more its page has; for an anonymous one, made without names.

    Raises:
        CourseError: there is nothing of any of them.
    """
    paths, overview = [], []
    for name, rows in class_.items():
        if rows:
            assignment, path = course.assignment(name), course.root / "report" / f"{name}.html"
            values = page_of(course, assignment, rows, anonymous) | {"sections": (sections or {}).get(name, ())}
            write_inside(course.root, path, render("report.html.j2", values))
            paths.append(path)
            overview.append({**summary_of(assignment, rows), "link": quote(f"report/{path.name}")})
    if not paths:
        raise CourseError(f"There are no results of {', '.join(class_)} in {course.results}: run `make grade` first.")
    if len(class_) > 1:
        paths.append(course.root / "report.html")
        write_inside(course.root, paths[-1], render("overview.html.j2", {"course": course, "rows": overview}))
    return paths


def render(template: str, values: dict[str, Any], folder: Path = TEMPLATES) -> str:
    """Every text is escaped, whoever it is from, but for plots. A template elsewhere can import macros.html.j2, too."""
    environment = Environment(
        loader=FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(values)


def page_of(course: Course, assignment: Assignment, rows: list[Standing], anonymous: bool) -> dict[str, Any]:
    """All that the template shows."""
    from autograder.reporting.class_plots import distribution, spread  # matplotlib takes a second to import

    graded = [row for row in rows if figures.is_graded(row)]
    questions = figures.questions_of(rows)
    mistakes = figures.mistakes_of(rows)
    return {
        "course": course,
        "assignment": assignment,
        "anonymous": anonymous,
        "state": figures.state_of_class(rows, assignment),
        "summary": summary_of(assignment, rows),
        "distribution": distribution([row.score_so_far for row in graded], max_score(rows)),
        "questions": questions,
        "spread": spread(questions),
        "failing": figures.failing_tests(rows),
        "mistakes": [told(course, assignment, mistake, rows, anonymous) for mistake in mistakes[:MOST_MISTAKES]],
        "more_mistakes": max(0, len(mistakes) - MOST_MISTAKES),
        "unexplained": figures.unexplained(rows),
        "times": figures.times_of(rows),
        "limits": [
            (shown(what), len(who), [] if anonymous else [student_of(course, assignment, row) for row in who])
            for what, who in figures.limits_of(rows).items()
        ],
        "versions": figures.versions_of(rows),
        "unsafe": sum(row.result.sandbox == "none" for row in rows),
        "students": [] if anonymous else [line_of(course, assignment, row) for row in rows],
    }


def summary_of(assignment: Assignment, rows: list[Standing]) -> dict[str, Any]:
    """An assignment in a line."""
    scores = [row.score_so_far for row in rows if figures.is_graded(row)]
    return {
        "name": assignment.name,
        "students": len(rows),
        "graded": len(scores),
        "not_final": sum(row.state != FINAL for row in rows),
        "attention": sum(bool(row.attention) for row in rows),
        "most": max_score(rows),
        "mean": statistics.mean(scores) if scores else 0.0,
        "median": statistics.median(scores) if scores else 0.0,
        "deviation": statistics.pstdev(scores) if scores else 0.0,
    }


def max_score(rows: list[Standing]) -> float:
    return max((row.max_score for row in rows), default=0.0)


def student_of(course: Course, assignment: Assignment, row: Standing) -> dict[str, str]:
    """A name, and the way from the report to the student's page; "" if there is no page."""
    path = page_path(course, assignment, row.student)
    link = quote(f"../{path.relative_to(course.root).as_posix()}") if path.exists() else ""
    name = row.person.name
    return {"name": shown(name if name == row.student else f"{name} ({row.student})"), "link": link}


def line_of(course: Course, assignment: Assignment, row: Standing) -> dict[str, Any]:
    """A student's row in the table of the class."""
    return {
        **student_of(course, assignment, row),
        "status": row.result.status,
        "state": row.state,
        "score": row.score_so_far,
        "late": row.late.text or ("late" if figures.is_late(row, assignment) else ""),
        "attention": shown("; ".join(row.attention)),
    }


# --- mistakes -------------------------------------------------------------------------------------------------------


def told(
    course: Course, assignment: Assignment, mistake: Recognized, rows: Sequence[Standing], anonymous: bool
) -> dict[str, Any]:
    """A mistake with its count and, unless names are left out, whose pages to look at and the code of the first who has
    not opted out."""
    who = {row.student: row for row in rows}
    examples = [who[student] for student in mistake.students[:MOST_EXAMPLES]]
    refuse = opted_out(course)
    first = next((student for student in mistake.students if not has_opted_out(student, refuse)), "")
    return {
        "hint": mistake.hint,
        "count": len(mistake.students),
        "questions": ", ".join(name for name, _ in mistake.questions.most_common()),
        "examples": [] if anonymous else [student_of(course, assignment, row) for row in examples],
        "code": "" if anonymous or not first else code_of(course, assignment, first, mistake.question),
    }


def code_of(course: Course, assignment: Assignment, student: str, question: str) -> str:
    """The first lines of a student's answer, without its docstring; "" if it can't be found.

    The cell of the answer stands before that of its tests.
    """
    try:
        cells = json.loads(autograded_path(course, assignment, student).read_text(encoding="utf-8"))["cells"]
        answer = ""
        for cell in cells:
            mark = cell["metadata"].get("nbgrader", {})
            if mark.get("grade_id") == question:
                return extract(answer)
            if mark.get("solution"):
                answer = "".join(cell["source"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    return ""


def extract(source: str) -> str:
    """A few lines of code."""
    lines = without_docstrings(source).splitlines()
    lines = [line if len(line) <= MOST_WIDTH else f"{line[:MOST_WIDTH]} …" for line in lines if line.strip()]
    return "\n".join(lines[:MOST_LINES] + ["…"] * (len(lines) > MOST_LINES))


def without_docstrings(source: str) -> str:
    """Code as it was written, but for the first texts in functions and classes; all of it where it is no Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source
    lines: list[str | None] = list(source.splitlines())
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and ast.get_docstring(
            node, clean=False
        ):
            text = node.body[0]
            if len(node.body) > 1 and text.lineno > node.lineno and text.end_lineno:
                lines[text.lineno - 1 : text.end_lineno] = [None] * (text.end_lineno - text.lineno + 1)
    return "\n".join(line for line in lines if line is not None)
