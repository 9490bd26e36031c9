"""The course's gradebook, nbgrader's own: what is in it, and which results are not in it yet.

Read in a few statements, since nbgrader asks once for each cell; whatever writes is in gradebook_steps.py and
recorder.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from autograder.collecting.class_list import Student, class_list
from autograder.course.course import Assignment, Course
from autograder.course.late import Penalty
from autograder.reporting.autograded import autograded_path
from autograder.reporting.database import Database, has_gradebook, reading
from autograder.reporting.penalties import derive_penalties, read_span, read_utc
from autograder.results.result import QuestionResult, Result
from autograder.steps.boundary import boundary
from cnnlab.checking.outcomes import TestReport

# beside nbgrader's tables, so that a stamp, the answers and the grades they speak of are written in one transaction
TABLES = (
    """
CREATE TABLE IF NOT EXISTS autograder_stamp
(assignment TEXT, student TEXT, stamp TEXT, PRIMARY KEY (assignment, student))""",
    """
CREATE TABLE IF NOT EXISTS autograder_answer
(assignment TEXT, student TEXT, cell TEXT, hash TEXT, PRIMARY KEY (assignment, student, cell))""",
    """
CREATE TABLE IF NOT EXISTS autograder_history
(assignment TEXT, student TEXT, lines INTEGER, PRIMARY KEY (assignment, student))""",
)

NO_TAGS = str.maketrans('<>"', "‹›”")
OURS = {"autograder_stamp", "autograder_answer", "autograder_history"}

STUDENT_COLUMNS = ("first_name", "last_name", "email", "lms_user_id")
SCORES = """
SELECT submission.student_id, cell.name, graded.cell_type = 'markdown', graded.max_score,
       grade.auto_score, grade.manual_score, grade.extra_credit, grade.needs_manual_grade
FROM assignment JOIN notebook ON notebook.assignment_id = assignment.id
JOIN base_cell cell ON cell.notebook_id = notebook.id JOIN grade_cells graded ON graded.id = cell.id
JOIN grade ON grade.cell_id = cell.id JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
JOIN submitted_assignment submission ON submission.id = submitted_notebook.assignment_id
WHERE assignment.name = ?"""

COMMENTS = """
SELECT submission.student_id, cell.name, coalesce(comment.manual_comment, comment.auto_comment)
FROM assignment JOIN notebook ON notebook.assignment_id = assignment.id
JOIN base_cell cell ON cell.notebook_id = notebook.id
JOIN comment ON comment.cell_id = cell.id JOIN submitted_notebook ON submitted_notebook.id = comment.notebook_id
JOIN submitted_assignment submission ON submission.id = submitted_notebook.assignment_id
WHERE assignment.name = ? AND coalesce(comment.manual_comment, comment.auto_comment) IS NOT NULL"""

PENALTIES = """
SELECT submitted_notebook.id, assignment.name, submission.student_id, submitted_notebook.late_submission_penalty
FROM assignment JOIN submitted_assignment submission ON submission.assignment_id = assignment.id
JOIN submitted_notebook ON submitted_notebook.assignment_id = submission.id"""

TIMES = """
SELECT submission.student_id, submission.timestamp, submission.extension
FROM assignment JOIN submitted_assignment submission ON submission.assignment_id = assignment.id
WHERE assignment.name = ?"""


@dataclass(frozen=True)
class Score:
    """One graded cell of one student. A manual score, if there is one, counts in the place of the tests'."""

    max_points: float
    written: bool
    auto: float | None = None
    manual: float | None = None
    extra: float | None = None
    needs_manual: bool = False

    @property
    def points(self) -> float:
        """As nbgrader counts: nothing, extra credit included, until there is a score."""
        earned = self.auto if self.manual is None else self.manual
        return 0.0 if earned is None else earned + (self.extra or 0.0)

    @property
    def is_open(self) -> bool:
        """Whether a person has to grade it, or to look again; its points until then are those that it has so far."""
        return self.needs_manual or (self.manual is None and self.auto is None)

    @property
    def is_open_again(self) -> bool:
        """Whether a person has graded it, and what they graded has changed since."""
        return self.manual is not None and self.needs_manual

    @property
    def open_points(self) -> float:
        """Points that nobody has given or taken yet: all, where those given were given to something else."""
        return 0.0 if not self.is_open else self.max_points if self.is_open_again else self.max_points - self.points


@dataclass
class Entry:
    """What the gradebook knows of one student's submission."""

    stamp: str = ""
    late: Penalty = Penalty()
    scores: dict[str, Score] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    handed_in: datetime | None = None  # with its zone, UTC
    extension: timedelta | None = None  # nbgrader's own; those of extensions.csv stand there

    @property
    def points(self) -> float:
        return sum(score.points for score in self.scores.values())

    @property
    def score(self) -> float:
        """What counts: the points less what is taken off for a late hand-in."""
        return round(max(0.0, self.points - self.late.points), 4)

    @property
    def open_points(self) -> float:
        """Points that nobody has given or taken yet."""
        return sum(score.open_points for score in self.scores.values())

    @property
    def max_points(self) -> float:
        return sum(score.max_points for score in self.scores.values())


def read_entries(course: Course, assignment: Assignment) -> dict[str, Entry]:
    """Every student's entry for one assignment; empty if there is no gradebook yet.

    Raises:
        CourseError: it can't be read; extensions.csv is wrong, or a late policy of the course's own fails.
    """
    entries: dict[str, Entry] = {}
    if not has_gradebook(course):
        return entries
    with reading(course) as database:
        known = database.tables()
        for student, cell, written, most, auto, manual, extra, needs in database.execute(SCORES, (assignment.name,)):
            entry = entries.setdefault(student, Entry())
            entry.scores[cell] = Score(most, bool(written), auto, manual, extra, bool(needs))
        for student, cell, comment in database.execute(COMMENTS, (assignment.name,)):
            entries.setdefault(student, Entry()).comments[cell] = comment
        for student, penalty in derive_penalties(database, course).get(assignment.name, {}).items():
            entries.setdefault(student, Entry()).late = penalty
        for student, time, extension in database.execute(TIMES, (assignment.name,)):
            if student in entries:
                entries[student].handed_in = read_utc(time)
                entries[student].extension = read_span(extension) if extension else None
        if "autograder_stamp" in known:
            read_stamps(database, assignment, entries)
    return entries


def read_stamps(database: Database, assignment: Assignment, entries: Mapping[str, Entry]) -> None:
    """Fill in which result each entry was recorded from."""
    stamps = "SELECT student, stamp FROM autograder_stamp WHERE assignment = ?"
    for student, stamp in database.execute(stamps, (assignment.name,)):
        if student in entries:
            entries[student].stamp = stamp


def columns_of(student: Student) -> dict[str, str]:
    """What the class list says of a student, by nbgrader's columns; without what it leaves empty.

    formgrader puts names into its pages as they are, and in an LMS students choose theirs: no tag may be in them.
    """
    texts = (student.first_name, student.last_name, student.email, student.lms_id)
    return {column: text.translate(NO_TAGS) for column, text in zip(STUDENT_COLUMNS, texts) if text}


def is_class_list_new(course: Course) -> bool:
    """Whether the class list says anything of a student that the gradebook does not."""
    listed = class_list(course)
    if not listed or not has_gradebook(course):
        return bool(listed)
    with reading(course) as database:
        rows = database.execute(f"SELECT id, {', '.join(STUDENT_COLUMNS)} FROM student").fetchall()
    known = {student: dict(zip(STUDENT_COLUMNS, texts)) for student, *texts in rows}
    return any(not columns_of(student).items() <= known.get(id_, {}).items() for id_, student in listed.items())


def unrecorded(
    course: Course, assignment: Assignment, results: Iterable[Result], entries: Mapping[str, Entry]
) -> list[Result]:
    """Results that the gradebook does not hold as they are, or whose autograded notebook is not there."""
    base, found = stamp_base(assignment), []
    for result in results:
        same = False
        with boundary("looking for it in the gradebook"):
            same = entries.get(result.student, Entry()).stamp == stamp(result, base)
            same = same and autograded_path(course, assignment, result.student).exists()
        if not same:
            found.append(result)
    return found


def stamp_base(assignment: Assignment) -> str:
    """What everybody's stamp depends on: the release that answers are shown in, and the due date that nbgrader has."""
    release = assignment.notebook.read_bytes() if assignment.notebook.exists() else b""
    return hashlib.sha256(release + f"|{assignment.due}".encode()).hexdigest()


def stamp(result: Result, base: str) -> str:
    """Tells one result (and the release it is shown in) from another.

    Pictures are left out, which are most of a result, and never change alone; and answers, which are made from the
    submission and the release.
    """
    parts = [values_of(result, "questions", "answers")]
    for question in result.questions:
        parts += [values_of(question, "tests"), *(values_of(test, "picture", "seconds") for test in question.tests)]
    return hashlib.sha256(repr((base, parts)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def values_of(record: Result | QuestionResult | TestReport, *left_out: str) -> list[tuple[str, object]]:
    return [(name, value) for name, value in vars(record).items() if name not in left_out]
