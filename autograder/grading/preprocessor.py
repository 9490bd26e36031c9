"""`nbgrader autograde` with our judge: what nbgrader_config.py puts in the place of nbgrader's own preprocessors.

nbgrader changes into the course folder before it calls any of these.
"""

from __future__ import annotations

import atexit
from functools import cache
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool

from autograder.collecting.submissions import refuse_folder
from autograder.collecting.timestamps import FILE, read_timestamp
from autograder.course.course import Assignment, Course, CourseError, load_course
from autograder.grading.grade import Grader
from autograder.reading.submission import read_hand_in
from autograder.reporting.autograded import read_handed_out, restore_hand_in
from autograder.reporting.embed import embed
from autograder.reporting.gradebook_steps import sync_assignment, write_penalties
from autograder.results.store import write_result

Resources = dict[str, Any]


def fill_gradebook(assignment: str, **others: Any) -> None:
    """nbgrader's hook before autograding: the assignment's cells must be in the gradebook, as after a build."""
    course = load_course(Path.cwd())
    sync_assignment(course, course.assignment(assignment))


def submission_of(resources: Resources) -> tuple[Course, Assignment, str, Path]:
    """Course, assignment, student and folder of the submission that nbgrader is at."""
    course = load_course(Path.cwd())
    assignment = course.assignment(resources["nbgrader"]["assignment"])
    student = resources["nbgrader"]["student"]
    return course, assignment, student, course.submitted / student / assignment.name


class RestoreCells(NbGraderPreprocessor):
    """In front of nbgrader's clean-up: the submission's answers in the cells of our release."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        course, assignment, _, folder = submission_of(resources)
        for part in (folder.parent, folder):
            if refusal := refuse_folder(part, course):
                raise CourseError(refusal)
        return restore_hand_in(read_handed_out(assignment), read_hand_in(folder, assignment.name)), resources


class GradeInSandbox(NbGraderPreprocessor):
    """In the place of nbgrader's Execute: hidden tests in the judge, the student's code in the sandbox."""

    isolate = Bool(True, help="False runs students' code unprotected, and every result says so.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        course, assignment, student, folder = submission_of(resources)
        result = open_grader(course, assignment, self.isolate).grade(student, folder)
        self.log.info("%s: %s of %s points (%s)", student, result.points, result.max_points, result.status)
        write_result(course, assignment, result)  # feedback pages are made from it
        resources["nbgrader"]["open"] = [question.name for question in result.open_questions]
        return embed(nb, result), resources


class KeepOpen(NbGraderPreprocessor):
    """After nbgrader has saved the tests' points: open questions wait for a person, and the time is the one we read."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        _, assignment, student, folder = submission_of(resources)
        with Gradebook(resources["nbgrader"]["db_url"]) as gradebook:
            for name in resources["nbgrader"]["open"]:
                grade = gradebook.find_grade(name, assignment.name, assignment.name, student)
                grade.needs_manual_grade = grade.manual_score is None
            submission = gradebook.find_submission(assignment.name, student)
            submission.timestamp = read_timestamp(folder / FILE).when
            gradebook.db.commit()
        return nb, resources


class AssignPenalties(NbGraderPreprocessor):
    """In the place of nbgrader's AssignLatePenalties: as `make grade` derives them, of all assignments.

    nbgrader's knows nothing of extensions.csv, and asks its plugin about one assignment, and late ones only; a token
    that is spent here may have been spent on another one.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        write_penalties(submission_of(resources)[0])
        return nb, resources


@cache
def open_grader(course: Course, assignment: Assignment, isolate: bool) -> Grader:
    """One judge and sandbox for all submissions of this run of nbgrader."""
    grader = Grader(course, assignment, isolate)
    atexit.register(grader.close)
    return grader
