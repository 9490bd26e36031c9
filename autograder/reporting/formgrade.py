"""nbgrader's formgrader for a course folder, opened at the written answers that wait for a person."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from autograder.course.course import Assignment, Course, CourseError
from autograder.course.questions import points_of_questions
from autograder.reporting.autograded import read_handed_out
from autograder.reporting.comment_bank import read_comments, require_questions
from autograder.reporting.database import has_gradebook, reading

EXTENSION = "nbgrader.server_extensions.formgrader"
PAGES = "/formgrader/gradebook"
OPEN = """
SELECT cell.name, count(*), min(submitted_notebook.id)
FROM assignment JOIN notebook ON notebook.assignment_id = assignment.id
JOIN base_cell cell ON cell.notebook_id = notebook.id JOIN grade ON grade.cell_id = cell.id
JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
WHERE assignment.name = ?
AND (grade.needs_manual_grade OR (grade.manual_score IS NULL AND grade.auto_score IS NULL))
GROUP BY cell.name"""
GRADED = """
SELECT count(*) FROM assignment JOIN submitted_assignment ON submitted_assignment.assignment_id = assignment.id
WHERE assignment.name = ?"""


@dataclass(frozen=True)
class OpenQuestion:
    """A question that waits for a person, of how many students, and its place on the first one's page."""

    name: str
    count: int
    page: str


def open_questions(course: Course, assignment: Assignment) -> list[OpenQuestion]:
    """In the notebook's order. On from such a page, formgrader's Next stays at the same question."""
    with reading(course) as database:
        rows = {name: (count, first) for name, count, first in database.execute(OPEN, (assignment.name,))}
    fields = fields_of(read_handed_out(assignment))
    return [
        OpenQuestion(name, rows[name][0], f"/formgrader/submissions/{rows[name][1]}/?index={index}")
        for name, index in fields.items()
        if name in rows
    ]


def fields_of(release: NotebookNode) -> dict[str, int]:
    """Question -> the number of its first field on formgrader's page: points, extra credit, a comment."""
    fields, count = {}, 1  # before them, the link that shows the student's name
    for cell in release.cells:
        metadata = cell.metadata.get("nbgrader", {})
        if metadata.get("grade"):
            fields[metadata["grade_id"]] = count
            count += 2
        count += bool(metadata.get("solution"))
    return fields


def formgrade(
    course: Course, assignment: Assignment | None, port: int, browser: bool, say: Callable[[str], None]
) -> None:
    """Serve formgrader on this machine until Ctrl-C, and say where.

    Args:
        assignment: whose written answers; a list of all assignments if None.
        port: 0 for the first that is free.
        browser: whether to open a browser, where there is one.

    Raises:
        CourseError: nothing is graded yet, comments.csv is wrong, the port is in use, formgrader is switched off.
    """
    require_graded(course, assignment)
    written = {name for one in course.assignments for name in points_of_questions(one, by_hand=True)}
    require_questions(read_comments(course.root), written)
    waiting = open_questions(course, assignment) if assignment else []
    page = f"{PAGES}/{assignment.name}/{assignment.name}" if assignment else PAGES
    server = open_server(course, waiting[0].page if waiting else page, port, browser and has_browser())
    address = f"http://127.0.0.1:{server.port}{server.base_url.rstrip('/')}"
    token = server.identity_provider.token
    lines = [f"{q.name}, open for {q.count}: {address}{q.page}&token={token}" for q in waiting]
    lines += [f"Nothing of {assignment.name} is open."] if assignment and not waiting else []
    lines.append(f"{'All submissions' if assignment else 'Written answers'}: {address}{page}?token={token}")
    lines.append("Ctrl-C stops it. What you give is kept; `make grade` then takes it over to pages and grades.csv.")
    server.io_loop.add_callback(lambda: say("\n".join(lines)))  # when it answers
    server.start()


def require_graded(course: Course, assignment: Assignment | None) -> None:
    name = assignment.name if assignment else course.assignments[0].name
    if not has_gradebook(course):
        raise CourseError(f"There is no gradebook yet in {course.root}: run `make grade ASSIGNMENT={name}` first.")
    with reading(course) as database:
        if assignment and not database.execute(GRADED, (name,)).scalar():
            raise CourseError(f"Nothing of {name} is graded yet: run `make grade ASSIGNMENT={name}` first.")


def open_server(course: Course, page: str, port: int, browser: bool) -> Any:
    """A Jupyter server in the course folder, on loopback, with a token of its own; not started yet."""
    if port:
        require_port(port)
    from jupyter_server.serverapp import ServerApp  # it takes more than a second to import

    from autograder.reporting.gradebook_setup import link_config

    class Formgrader(ServerApp):
        """With no other extension: a student's notebook can be read here, not run."""

        def find_server_extensions(self) -> None:
            pass

    link_config(course)
    os.chdir(course.root)  # nbgrader reads the folder's nbgrader_config.py there
    settings: dict[str, Any] = {  # as on a command line: these outdo whatever stands in ~/.jupyter
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.root_dir": course.root,
        "ServerApp.default_url": page,
        "ServerApp.open_browser": browser,
        "ServerApp.answer_yes": True,  # Ctrl-C stops it, without a question
        "ServerApp.allow_root": True,  # in containers
        "ServerApp.log_level": "ERROR",
        "ServerApp.jpserver_extensions": {EXTENSION: True},
        "IdentityProvider.token": secrets.token_hex(24),
        "IdentityProvider.cookie_options": {"path": "/"},  # else formgrader makes one that holds for one page
        "PasswordIdentityProvider.hashed_password": "",
    }
    if port:
        settings |= {"ServerApp.port": port, "ServerApp.port_retries": 0}
    server = Formgrader.instance()
    server.initialize([f"--{name}={value}" for name, value in settings.items()])
    if "nbgrader_formgrader" not in server.web_app.settings:
        raise CourseError(
            f"formgrader is not there: {EXTENSION} can't be loaded. "
            f"`.venv/bin/python -c 'import {EXTENSION}'` says why."
        )
    return server


def require_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            why = "is in use" if isinstance(error, OSError) else "is no port"
            raise CourseError(f"Port {port} {why}: name another one (PORT=8890), or none.") from None


def has_browser() -> bool:
    """Whether there is a screen to open one on: a browser of the terminal can't show formgrader."""
    return sys.platform == "darwin" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")))
