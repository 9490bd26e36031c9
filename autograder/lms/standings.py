"""Where each student stands in an assignment: what is final, and what is open."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.collecting.class_list import Student, class_list
from autograder.collecting.submissions import find_submissions
from autograder.course.course import Assignment, Course, CourseError
from autograder.course.suite import suite_hash
from autograder.reporting.gradebook import Entry, read_entries
from autograder.results.result import MISSING, UNREADABLE, Result
from autograder.results.store import read_result, result_path

FINAL, OPEN_WRITTEN, OPEN_TESTS, STALE = "final", "open written answers", "open tests", "stale"


@dataclass
class Standing:
    """One student in one assignment; `entry` is what the gradebook has, None if nothing."""

    person: Student
    result: Result
    entry: Entry | None = None
    stale: str = ""

    @property
    def student(self) -> str:
        return self.result.student

    @property
    def state(self) -> str:
        scores = self.entry.scores if self.entry else {}
        if self.stale:
            return STALE
        settled = [name for name, score in scores.items() if not score.is_open]
        tests = [q.name for q in self.result.open_questions if q.name not in settled]
        tests += [name for name, score in scores.items() if score.is_open and not score.written]
        elsewhere = self.result.status == MISSING and self.result.reason.startswith("not in its place: ")
        touched = any(score.manual is not None for score in scores.values())
        if tests or ((self.result.status == UNREADABLE or elsewhere) and not touched):
            return OPEN_TESTS
        return OPEN_WRITTEN if any(score.is_open for score in scores.values()) else FINAL

    @property
    def score_so_far(self) -> float:
        return self.entry.score if self.entry else self.result.points

    @property
    def score(self) -> float | None:
        return self.score_so_far if self.state == FINAL else None

    @property
    def max_score(self) -> float:
        return self.entry.max_points if self.entry else self.result.max_points


def survey(course: Course, assignment: Assignment) -> list[Standing]:
    """A standing of everybody who was graded; none if nobody was."""
    entries = read_entries(course, assignment)
    folder = course.results / assignment.name
    if not entries and not folder.exists():
        return []
    people, suite = class_list(course) or {}, suite_hash(course, assignment)
    try:
        submissions = {s.student: s for s in find_submissions(course, assignment, force=True)}
    except CourseError:
        submissions = {}
    found = []
    for student in sorted({*entries, *(path.stem for path in folder.glob("[!.]*.json"))}):
        result = read_result(result_path(course, assignment, student))
        if result is None:
            continue
        submission, stale = submissions.get(student), ""
        if submission is None:
            stale = "what was graded is no longer there"
        elif not submission.refused and (result.suite, result.submission) != (suite, submission.hash()):
            stale = "the hand-in or the tests changed since: `make grade` grades it again"
        found.append(Standing(people.get(student, Student(student)), result, entries.get(student), stale))
    return found
