"""A course that is graded in the process of the tests, so that its steps can be disturbed; small answers to hand in."""

from __future__ import annotations

import copy
import csv
import os
import subprocess
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hand_made import NAME
from rich.console import Console

from autograder.course.course import load_course
from autograder.grading import run as runs
from autograder.grading.grade import Grader
from autograder.grading.pipeline import grade_class
from autograder.grading.run import Job
from autograder.reporting import gradebook_steps
from cnnlab.checking.outcomes import TestReport
from cnnlab.checking.testing import run_tests

ANSWER = """def receptive_field(layers):
    size, jump = 1, 1
    for kernel_size, stride in layers:
        size, jump = size + (kernel_size - 1) * jump, jump * stride
    return size
"""
CLASS = ("amy", "ben", "cy")


@cache
def empty_gradebook():
    """A gradebook with the assignment in it, made once in a process."""
    with tempfile.TemporaryDirectory() as folder:
        course = load_course(Path(folder))
        gradebook_steps.sync_assignment(course, course.assignment(NAME))
        return course.gradebook.read_bytes()


@pytest.fixture(name="grader", scope="module")
def make_grader(tmp_path_factory):
    course = load_course(tmp_path_factory.mktemp("grader"))
    with Grader(course, replace(course.assignment(NAME), seconds_per_submission=20)) as grader:
        yield grader


KNOWN: dict[tuple, list[TestReport]] = {}


def run_once(path, tests):
    """In the place of run_tests: what the hidden tests say of the same statements is kept.

    These tests are about what comes before and after; the same small answer is handed in a hundred times.
    """
    statements = tests._student._program.statements
    key = (path, tests._seed, tests._version, *(statement.source for statement in statements))
    if key not in KNOWN:
        KNOWN[key] = run_tests(path, tests)
    return copy.deepcopy(KNOWN[key])


@pytest.fixture(name="job")
def make_job(tmp_path, grader, monkeypatch):
    """A course that is graded in this very process, so that its steps can be disturbed."""
    monkeypatch.setattr("autograder.grading.grade.run_tests", run_once)
    course = load_course(tmp_path)
    course = replace(course, assignments=(grader.assignment, *course.assignments[1:]))
    course.gradebook.write_bytes(empty_gradebook())
    grader.course = course
    job = Job(course, grader.assignment, True)
    monkeypatch.setattr(runs, "_judge", runs.Judge(job, grader))
    monkeypatch.setattr(runs, "Crew", Here)
    yield job
    subprocess.run(["rm", "-rf", tmp_path])  # shutil.rmtree ends in folders as deep as some of these


class Here:
    """In the place of processes.Crew."""

    def __init__(self, work, begin, arguments, jobs):
        self.work = work

    def each(self, entries):
        return ((entry, self.work(*entry)) for entry in entries)


def hand_in(course, student, files):
    folder = course.submitted / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


def grade(job, **options):
    """The rows of grades.csv by student, and what stood on the terminal."""
    console = Console(width=200, record=True, file=open(os.devnull, "w"))
    grade_class(job, options.get("students"), 1, options.get("force", False), console)
    with open(job.course.root / "grades.csv", newline="", encoding="utf-8") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}, console.export_text()
