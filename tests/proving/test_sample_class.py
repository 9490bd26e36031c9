"""The sample class of `make demo`: as handed in, the same every time, and each copy a file of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograder.collecting.submissions import find_submissions
from autograder.course.course import REPOSITORY, Assignment, Course, load_course
from autograder.grading.grade import Grader
from autograder.proving.sample_class import CLASS, write_sample_class
from autograder.results.result import Result
from cnnlab.checking.outcomes import FAILED

POINTS = {
    **{"akande": 85, "brandt": 0, "castillo": 69, "dang": 36, "eriksen": 83, "farouk": 81},
    **{"gupta": 23, "haddad": 82.5, "ivanova": 81, "jensen": 85, "kimura": 65, "lopes": 0, "mallory": 69, "nowak": 0},
}
NOT_GRADED = {"lopes": "unreadable", "nowak": "missing"}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return load_course(tmp_path)


@pytest.fixture
def assignment(course: Course) -> Assignment:
    return course.assignment("a1_convolution")


def hashes(course: Course, assignment: Assignment) -> dict[str, str]:
    return {submission.student: submission.hash() for submission in find_submissions(course, assignment)}


def test_same_class_every_time(course: Course, assignment: Assignment) -> None:
    """A second `make demo` finds nothing to grade."""
    write_sample_class(course, assignment)
    before = hashes(course, assignment)
    write_sample_class(course, assignment)
    assert hashes(course, assignment) == before
    assert set(before) == set(POINTS) == {pupil.student for pupil in CLASS}


def test_copies_are_submissions_of_their_own(course: Course, assignment: Assignment) -> None:
    """No two copies are the same file, so that none is graded by another's result."""
    write_sample_class(course, assignment, copies=3)
    found = hashes(course, assignment)
    missing = sum(1 for student in found if student.startswith("nowak"))
    assert len(found) == 3 * len(CLASS) and missing == 3
    assert len(set(found.values())) == len(found) - missing + 1


def test_every_pupil_gets_what_is_due(course: Course, assignment: Assignment) -> None:
    """Each honest mistake costs its points and is named; attacks and unreadable files cost no one else anything."""
    write_sample_class(course, assignment)
    with Grader(course, replace(assignment, seconds_per_call=2)) as grader:
        results = {s.student: grader.grade(s.student, s.folder) for s in find_submissions(course, assignment)}
    assert {student: result.points for student, result in results.items()} == POINTS
    assert {student: r.status for student, r in results.items() if r.status != "graded"} == NOT_GRADED
    hints = {test.hint for question in results["eriksen"].questions for test in question.tests if test.hint}
    assert hints == {"looks like: the padding cropped with pad:-pad, which is empty when pad is 0"}
    attack(results["mallory"])


def attack(result: Result) -> None:
    """Every step ran; what lies outside can't be seen, and the forged array is just zeros."""
    assert (REPOSITORY / "autograder" / "hidden_tests" / "a1_convolution" / "test_forward.py").exists()
    assert result.output.splitlines() == [
        "read the hidden tests: No such file or directory",
        "read what others handed in: No such file or directory",
        "write points into the gradebook: unable to open database file",
        "return zeros that equal every array: got True",
    ]
    (forged,) = [question for question in result.questions if question.points < question.max_points]
    assert (forged.name, forged.points) == ("conv_forward_naive", 0)
    assert {test.returned for test in forged.tests if test.outcome == FAILED} == {"out is all zeros"}
    assert result.incidents == []
