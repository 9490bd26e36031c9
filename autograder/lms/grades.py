"""What an LMS is told of each student: a score that is final, or nothing, unless the instructor says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from autograder.collecting.class_list import Student
from autograder.course.identifiers import shown
from autograder.lms.pieces import Whose
from autograder.lms.roster import Roster, name_key
from autograder.reporting.standing import FINAL, Standing
from autograder.results.result import MISSING

MOST_NAMED = 10  # students in a sentence


@dataclass(frozen=True)
class Options:
    """What the instructor says of an export."""

    missing_is_zero: bool = False
    so_far: bool = False  # what is not final is given as it is so far
    scale: bool = False  # to the points that the LMS has for the assignment
    column: str = ""  # of the LMS's table


@dataclass
class Grade:
    """One student's, for an LMS: `score` is None where nothing is to be said."""

    standing: Standing
    score: float | None
    left: str = ""  # why it is None
    is_so_far: bool = False

    @property
    def student(self) -> str:
        return self.standing.student


@dataclass
class Filled:
    """What came of a table of an LMS's: the file, and what a person should know."""

    data: bytes
    students: list[str] = field(default_factory=list)  # whose score is in it
    told: list[str] = field(default_factory=list)


def grades_of(standings: Iterable[Standing], options: Options) -> dict[str, Grade]:
    """Student -> grade."""
    return {standing.student: grade_of(standing, options) for standing in standings}


def grade_of(standing: Standing, options: Options) -> Grade:
    if standing.state != FINAL:
        if options.so_far:
            return Grade(standing, standing.score_so_far, is_so_far=True)
        return Grade(standing, None, f"not final: {standing.state}")
    if standing.result.status == MISSING and not options.missing_is_zero:
        return Grade(standing, None, "missing")
    return Grade(standing, standing.score)


def most_points(standings: Iterable[Standing]) -> float:
    return max((standing.max_score for standing in standings), default=0.0)


def rounded(value: float) -> str:
    """Two decimals, as LMSs keep; halves up, as people round."""
    return str(Decimal(repr(value)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def scaled(score: float, ours: float, theirs: float | None, options: Options) -> float:
    """A score in the LMS's points, where that is asked for."""
    return score * theirs / ours if options.scale and theirs and ours else score


def tell_points(ours: float, theirs: float | None, options: Options, lms: str) -> list[str]:
    """A sentence where the LMS counts in other points than we do."""
    if theirs is None:
        return [f"{lms} has no points for this assignment; here it has {ours:g}."]
    if theirs == ours:
        return []
    if options.scale and theirs:
        return [f"{lms} has {theirs:g} points for it, here it has {ours:g}: scores are scaled by {theirs:g}/{ours:g}."]
    remedy = f"correct that in {lms}, or say SCALE=1, which multiplies by {theirs:g}/{ours:g}"
    return [f"{lms} has {theirs:g} points for it, here it has {ours:g}. Scores are not scaled: {remedy}."]


def names_in(students: Sequence[str]) -> str:
    more = f" and {len(students) - MOST_NAMED} more" * (len(students) > MOST_NAMED)
    return ", ".join(map(shown, students[:MOST_NAMED])) + more


def tell_left(grades: Iterable[Grade], lms: str) -> list[str]:
    """A sentence for each reason why students have no score in the file, and one on those that are not final."""
    reasons: dict[str, list[str]] = {}
    so_far = []
    for grade in grades:
        if grade.left:
            reasons.setdefault(grade.left, []).append(grade.student)
        if grade.is_so_far:
            so_far.append(grade.student)
    told = []
    for reason, students in sorted(reasons.items()):
        remedy = "MISSING=0 makes them zeros" if reason == "missing" else "SO_FAR=1 writes what they have so far"
        told.append(f"{len(students)} left as {lms} has them, {reason}: {names_in(students)} ({remedy}).")
    if so_far:
        told.append(f"{len(so_far)} are not final, and are written as they are so far: {names_in(so_far)}.")
    return told


# --- whose row ------------------------------------------------------------------------------------------------------


class Rows:
    """Whose each row of an LMS's table is; what can't be said is in `told`."""

    def __init__(
        self, standings: Iterable[Standing], said: Mapping[str, Whose], listed: Mapping[str, Student] | None = None
    ) -> None:
        """
        Args:
            said: student -> what the LMS has said of whose hand-in it is.
            listed: the class list, where there may be students whom nobody has graded yet.
        """
        people = dict(listed or {})
        self._graded: set[str] = set()
        for standing in standings:
            person, whose = standing.person, said.get(standing.student, Whose())
            self._graded.add(standing.student)
            ids = tuple(dict.fromkeys((*person.aliases, *whose.ids)))
            people[person.id] = replace(person, lms_id=person.lms_id or whose.lms_id, aliases=ids)
        self._roster = Roster(people)
        self._has_lms_ids = any(person.lms_id for person in people.values())
        self._has_names = any(person.last_name or person.first_name for person in people.values())
        self._rows: dict[str, list[int]] = {}
        self.strangers: list[str] = []
        self.ungraded: list[str] = []
        self.told: list[str] = []

    def find(self, line: int, name: str, lms_id: str = "", ids: Sequence[str] = ()) -> str:
        """The student of the row in a line; "" if it is nobody's whom we know, or nobody can say whose."""
        known = tuple(filter(None, ids))
        if lms_id and not self._has_lms_ids:
            known, lms_id = (lms_id, *known), ""
        if not self._has_names:  # no class list: folders may be named as Canvas names files
            known += (name_key(name),)
        found = self._roster.find(Whose(name, lms_id, known))
        who = f"line {line} ({shown(name or ' '.join(known))})"
        if len(found.students) != 1:
            if found.guess and "nobody in" not in found.problem:
                self.told.append(f"{who} is left as it is: {found.problem}.")
            elif found.problem:  # without one it is the test student
                self.strangers.append(shown(name or " ".join(known) or lms_id))
            return ""
        if found.note:
            self.told.append(f"{who}: {found.note}.")
        [student] = found.students
        if student not in self._graded:
            self.ungraded.append(student)
            return ""
        self._rows.setdefault(student, []).append(line)
        return student

    def twice(self) -> dict[str, list[int]]:
        """Students who have several rows, with the lines."""
        return {student: lines for student, lines in self._rows.items() if len(lines) > 1}

    def tell(self) -> list[str]:
        absent = sorted(self._graded - set(self._rows))
        told = list(self.told)
        for student, lines in sorted(self.twice().items()):
            places = " and ".join(map(str, lines))
            told.append(f"{shown(student)} is there twice, in lines {places}: both are left as they are.")
        if absent:
            told.append(f"{len(absent)} students of yours are not in the file: {names_in(absent)}.")
        if self.ungraded:
            told.append(f"{len(self.ungraded)} were not graded yet (`make grade`): {names_in(self.ungraded)}.")
        if self.strangers:
            told.append(f"{len(self.strangers)} in the file are not students of yours: {names_in(self.strangers)}.")
        return told
