"""nbgrader's exchange, from release to feedback, with the course folder as nbgrader_config.py describes it."""

from __future__ import annotations

import functools
import os
import sys
from types import SimpleNamespace

import pytest
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import (
    ExchangeCollect,
    ExchangeFetchAssignment,
    ExchangeFetchFeedback,
    ExchangeReleaseAssignment,
    ExchangeReleaseFeedback,
    ExchangeSubmit,
)

from autograder.course.course import REPOSITORY, load_course
from autograder.course.questions import points_of_questions
from autograder.reporting.exchange import copy_receipts
from autograder.reporting.feedback import page_path, write_feedback
from autograder.reporting.gradebook import read_entries
from autograder.reporting.gradebook_steps import record
from autograder.reporting.nbgrader_settings import read_config
from autograder.results.result import GRADED, QuestionResult, Result
from cnnlab.checking.outcomes import FAILED, TestReport

NAME = "a1_convolution"


@pytest.fixture
def do(tmp_path, monkeypatch):
    """What nbgrader's commands do, in the course's folder or a student's own."""
    for folder in ("course", "student", "exchange"):
        (tmp_path / folder).mkdir()
    (tmp_path / "exchange").chmod(0o777)
    (tmp_path / "course" / "assignments").symlink_to(REPOSITORY / "assignments")
    monkeypatch.setenv("JUPYTERHUB_USER", "amy")
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable), prepend=os.pathsep)  # nbgrader runs `alembic`
    config = read_config(REPOSITORY)
    config.CourseDirectory.update(course_id="cnn", assignment_id=NAME)
    config.Exchange.update(root=str(tmp_path / "exchange"), cache=str(tmp_path / "cache"))

    def command(kind, place):
        monkeypatch.chdir(tmp_path / place)
        directory = CourseDirectory(config=config, root=os.getcwd())
        kind(coursedir=directory, authenticator=Authenticator(config=config), config=config).start()

    return SimpleNamespace(command=command, root=tmp_path)


def test_from_release_to_feedback(do):
    """Release, fetch, submit, collect, grade, and the page comes back; also after handing in the same again."""
    do.command(ExchangeReleaseAssignment, "course")
    do.command(ExchangeFetchAssignment, "student")
    for count in (1, 2):
        do.command(ExchangeSubmit, "student")
        do.command(functools.partial(ExchangeCollect, update=True), "course")
        course = load_course(do.root / "course")
        assignment = course.assignment(NAME)
        questions = [
            QuestionResult(name, points, [TestReport(name, "test_values", "right values", points, FAILED)])
            for name, points in points_of_questions(assignment).items()
        ]
        (student,) = os.listdir(course.submitted)
        result = Result(NAME, student, GRADED, "", questions, file=f"{NAME}.ipynb")
        if count == 1:
            record(course, assignment, [result], (), lambda student: None)
            write_feedback(course, assignment, [student], read_entries(course, assignment), 1, lambda student: None)
        copy_receipts(course, assignment, [result])
        do.command(ExchangeReleaseFeedback, "course")
        do.command(ExchangeFetchFeedback, "student")
        pages = list((do.root / "student").glob(f"{NAME}/feedback/*/{NAME}.html"))
        assert len(pages) == count
        assert all(page.read_text() == page_path(course, assignment, student).read_text() for page in pages)


def test_receipts_that_are_none(tmp_path):
    """A link, a folder or a long file is left alone, and nothing else stops."""
    course = load_course(tmp_path)
    assignment = course.assignment(NAME)
    (tmp_path / "private").write_text("secret")
    page = page_path(course, assignment, "amy")
    page.parent.mkdir(parents=True)
    page.write_text("a page")
    folder = course.submitted / "amy" / NAME
    folder.mkdir(parents=True)
    (folder / "submission_secret.txt").symlink_to(tmp_path / "private")
    (folder / "timestamp.txt").write_text("x" * 1001)
    copy_receipts(course, assignment, [Result(NAME, "amy", GRADED, "", [])])
    assert [path.name for path in page.parent.iterdir()] == [page.name]
