"""A course that is graded in the process of the tests, so that its steps can be disturbed; small answers to hand in."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from dataclasses import replace

import pytest
from hand_made import NAME
from rich.console import Console

from autograder.course.course import load_course
from autograder.grading import run as runs
from autograder.grading.grade import Grader
from autograder.grading.pipeline import grade_class
from autograder.grading.run import Job
from autograder.reporting import gradebook_steps

ANSWER = """def receptive_field(layers):
    size, jump = 1, 1
    for kernel_size, stride in layers:
        size, jump = size + (kernel_size - 1) * jump, jump * stride
    return size
"""
CLASS = ("amy", "ben", "cy")


@pytest.fixture(name="empty", scope="module")
def make_empty(tmp_path_factory):
    """A gradebook with the assignment in it, made once."""
    course = load_course(tmp_path_factory.mktemp("empty"))
    gradebook_steps.sync_assignment(course, course.assignment(NAME))
    return course.gradebook


@pytest.fixture(name="grader", scope="module")
def make_grader(tmp_path_factory):
    course = load_course(tmp_path_factory.mktemp("grader"))
    with Grader(course, replace(course.assignment(NAME), seconds_per_submission=20)) as grader:
        yield grader


@pytest.fixture(name="job")
def make_job(tmp_path, empty, grader, monkeypatch):
    """A course that is graded in this very process, so that its steps can be disturbed."""
    course = load_course(tmp_path)
    course = replace(course, assignments=(grader.assignment, *course.assignments[1:]))
    shutil.copy(empty, course.gradebook)
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
