"""feedback/<student>/<assignment>/<assignment>.html: a page for every student, made again when a grade changes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from autograder.course.course import Assignment, Course
from autograder.files import write_inside
from autograder.reporting.autograded import autograded_path
from autograder.reporting.gradebook import Entry
from autograder.reporting.page_facts import Facts, read_facts
from autograder.results.result import Result
from autograder.results.store import result_path, usable_result
from autograder.steps.boundary import boundary
from autograder.steps.processes import Crew, Died, begin_process

MOST_ALONE = 60  # pages that one process makes sooner than a second one has started
SOURCES: tuple[str, ...] = (
    "embed.py",
    "feedback_page.py",
    "page_head.py",
    "page_facts.py",
    "disclosure.py",
    "safe_markdown.py",
)
SOURCES += ("formulas.py", "pictures.py", "templates/answers/index.html.j2", "../../cnnlab/checking/heatmap.py")
SOURCES += ("../results/located.py",)


def page_path(course: Course, assignment: Assignment, student: str) -> Path:
    return course.feedback / student / assignment.name / f"{assignment.name}.html"


def stale_pages(
    course: Course,
    assignment: Assignment,
    students: Iterable[str],
    entries: Mapping[str, Entry],
    now: datetime | None = None,
) -> list[str]:
    """Students whose page is missing, or was made before anything on it changed: a grade, a comment, the late penalty,
    a name, and how much may be shown now.

    Args:
        now: with a zone; this moment if not given.
    """
    base, facts = sources_hash(), read_facts(course, assignment, students := list(students), entries, now)
    stamps = {student: page_stamp(entries.get(student, Entry()), facts[student], base) for student in students}
    return [student for student in students if read_stamp(page_path(course, assignment, student)) != stamps[student]]


def write_feedback(
    course: Course,
    assignment: Assignment,
    students: list[str],
    entries: Mapping[str, Entry],
    jobs: int,
    done: Callable[[str], None],
    now: datetime | None = None,
    results: Mapping[str, Result] | None = None,
) -> dict[str, str]:
    """Write the pages of some students from results/, autograded/ and the gradebook's entries.

    Args:
        done: called with each student afterwards.
        now: as for `stale_pages`.
        results: those that are known; the others are read. What could not be graded has none to read.

    Returns:
        Student -> why the page could not be made.
    """
    facts = read_facts(course, assignment, students, entries, now)
    work = [
        (course, assignment, student, entries.get(student, Entry()), facts[student], (results or {}).get(student))
        for student in students
    ]
    troubles: dict[str, str] = {}
    for task, trouble in each_page(work, jobs):
        student = task[2]
        if isinstance(trouble, Died):
            trouble = f"look by hand: making the page ended its process, {trouble.times} times"
        if trouble:
            troubles[student] = trouble
        done(student)
    return troubles


def each_page(work: list[tuple], jobs: int) -> Iterable[tuple[tuple, str | Died]]:
    if len(work) <= MOST_ALONE or jobs == 1:
        return ((task, try_page(*task)) for task in work)
    return Crew(try_page, begin_process, (), jobs).each(work)


def try_page(
    course: Course, assignment: Assignment, student: str, entry: Entry, facts: Facts, result: Result | None
) -> str:
    """Write one student's page; why it could not be made, empty if it was."""
    with boundary("making the page") as attempt:
        result = result or usable_result(result_path(course, assignment, student))
        write_page(course, assignment, student, entry, facts, result)
    return attempt.trouble


_pages = None  # one for each process: templates are compiled once


def write_page(
    course: Course, assignment: Assignment, student: str, entry: Entry, facts: Facts, result: Result | None
) -> None:
    """Write one student's page, with a stamp of what it was made from."""
    global _pages
    import nbformat  # nbconvert and nbgrader take seconds to import

    from autograder.reporting.feedback_page import FeedbackPages, Material

    _pages = _pages or FeedbackPages()
    notebook = nbformat.v4.reads(autograded_path(course, assignment, student).read_text(encoding="utf-8"))
    page = _pages.render(notebook, assignment.name, student, Material(result, entry, facts))
    stamp = page_stamp(entry, facts, sources_hash())
    path = page_path(course, assignment, student)
    write_inside(course.feedback, path, f"{page}\n<!-- made from {stamp} -->\n")


def page_stamp(entry: Entry, facts: Facts, base: str) -> str:
    """Of all that a page is made from; of the result and the answers, the gradebook's stamp in the entry tells."""
    return hashlib.sha256(f"{base}{facts}{sorted(asdict(entry).items())}".encode("utf-8", "surrogatepass")).hexdigest()[
        :16
    ]


def sources_hash() -> str:
    """A change of how pages look makes all of them stale."""
    hasher = hashlib.sha256()
    for name in SOURCES:
        hasher.update((Path(__file__).parent / name).read_bytes())
    return hasher.hexdigest()[:16]


def read_stamp(path: Path) -> str:
    """The stamp in a page's last line; empty if there is none."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 60))
            words = file.read().decode("utf-8", errors="replace").split()
    except OSError:
        return ""
    return words[-2] if len(words) > 1 and words[-1] == "-->" else ""
