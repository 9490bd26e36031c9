"""Groups of students whose functions compute the same, over a class and over terms; the largest first."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from autograder.collecting.opt_out import has_opted_out, opted_out
from autograder.collecting.submissions import Submission
from autograder.course.course import Assignment, Course
from autograder.grading.survey import submissions_of
from autograder.learning.answers import Answers
from autograder.learning.behaviour import Behaviour, Wanted, behaviours_of
from autograder.learning.earlier import EarlierTerm
from autograder.mistakes.naming import LOOKS_LIKE
from autograder.reporting.class_figures import is_graded, is_lost
from autograder.reporting.standing import Standing
from autograder.results.result import QuestionResult
from autograder.steps.boundary import boundary
from cnnlab.checking.outcomes import NOT_ATTEMPTED
from cnnlab.signatures import COURSE, SIGNATURES, assignment_of, names_of


@dataclass(frozen=True)
class Member:
    """One student's answer to one question.

    earlier: of a term before; it has no page here.
    hint: the mistake that explains all that was lost; "" if none does.
    source: the code, as it was written; "" where the student has opted out.
    """

    row: Standing
    earlier: bool = False
    hint: str = ""
    source: str = ""
    opted_out: bool = False
    folder: Path | None = None  # of the hand-in

    @property
    def student(self) -> str:
        return self.row.student


@dataclass
class Group:
    """Those who lost points in a question with functions that compute the same."""

    question: str
    answers: Answers
    right: bool = False  # the same as the course's own solution: what was lost has another cause, speed for one
    members: list[Member] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Says nothing of anybody, and stays the same as long as the inputs do."""
        rounded = [[f"{number:.3g}" for number in numbers] for numbers in self.answers.numbers]
        made_of = repr((self.question, self.answers.forms, rounded))
        return f"{self.question}-{hashlib.sha256(made_of.encode('utf-8', 'replace')).hexdigest()[:6]}"

    @property
    def follows(self) -> str:
        """What another function did in every call, so that this one was never asked: "f raised ValueError"."""
        functions = names_of(COURSE[assignment_of(self.question)][self.question])
        others = [form for form in self.answers.forms if form.split()[0] in SIGNATURES.keys() - {*functions}]
        return others[0] if len(others) == len(self.answers.forms) else ""

    @property
    def example(self) -> Member | None:
        """The shortest code of those who let it be shown."""
        return min(self.examples, key=lambda member: (len(member.source), member.student), default=None)

    @property
    def examples(self) -> list[Member]:
        return [member for member in self.members if member.source]

    @property
    def hint(self) -> str:
        """The name that most of them have, of this term if there are any: pages of earlier ones stay as they are."""
        here = [member for member in self.members if not member.earlier] or self.members
        return Counter(member.hint for member in here).most_common(1)[0][0]


@dataclass(frozen=True)
class Found:
    """What came of an assignment: groups by question, the code of those who lost nothing there, what was not seen."""

    groups: dict[str, list[Group]]
    right: dict[str, list[Member]]
    unseen: dict[str, str] = field(default_factory=dict)  # student -> why

    def group(self, id_: str) -> Group | None:
        return next((group for groups in self.groups.values() for group in groups if group.id == id_), None)


def find_groups(
    course: Course,
    assignment: Assignment,
    rows: Sequence[Standing],
    earlier: Sequence[EarlierTerm] = (),
    jobs: int = 1,
    isolate: bool = True,
    console: Console | None = None,
) -> Found:
    """Group everybody's answers to the questions that they lost points in.

    Args:
        rows: how everybody stands.
        earlier: classes of earlier terms.
    """
    terms = [(course, rows, False), *((term.course, term.class_.get(assignment.name, []), True) for term in earlier)]
    groups: dict[str, list[Group]] = defaultdict(list)
    right: dict[str, list[Member]] = defaultdict(list)
    unseen: dict[str, str] = {}
    for place, standings, is_earlier in terms:
        refuse = opted_out(place)
        wanted = list(wanted_of(standings, submissions_of(place, assignment)))
        found = behaviours_of(place, assignment, wanted, jobs, isolate, console)
        by_student = {row.student: row for row in standings}
        for one in wanted:
            row, behaviour = by_student[one.submission.student], found[one.submission.student]
            if behaviour.trouble and one.questions:
                unseen[row.student] = behaviour.trouble
            out = has_opted_out(row.student, refuse)
            for question in row.result.questions:
                source = "" if out else behaviour.sources.get(question.name, "")
                member = Member(row, is_earlier, hint_of(question), source, out, one.submission.folder)
                if question.name in one.questions:
                    put(member, question.name, behaviour, groups[question.name])
                elif source and question.outcome != NOT_ATTEMPTED:
                    right[question.name].append(member)
    for some in groups.values():
        some.sort(key=lambda group: (-len(group.members), group.id))
    return Found({question: some for question, some in groups.items() if some}, right, unseen)


def wanted_of(rows: Iterable[Standing], submissions: dict[str, Submission]) -> Iterable[Wanted]:
    """Of everybody whose hand-in is the one that was graded, what was lost."""
    for row in rows:
        submission = submissions.get(row.student)
        if not is_graded(row) or submission is None or submission.refused:
            continue
        with boundary("hashing its files") as attempt:
            hash_ = submission.hash()
        if not attempt.trouble and hash_ == row.result.submission:
            yield Wanted(submission, hash_, tuple(q.name for q in row.result.questions if any(map(is_lost, q.tests))))


def hint_of(question: QuestionResult) -> str:
    """The one mistake that all that was lost is known by."""
    hints = {test.hint for test in question.tests if is_lost(test)}
    hint = next(iter(hints)) if len(hints) == 1 else ""
    return hint.removeprefix(LOOKS_LIKE) if hint.startswith(LOOKS_LIKE) else ""


def put(member: Member, question: str, behaviour: Behaviour, groups: list[Group]) -> None:
    """Into the group that computes the same, or a new one; whose answers are not known is in none."""
    answers = behaviour.answers.get(question)
    if answers is None or answers.empty:
        return
    group = next((group for group in groups if group.answers.same(answers)), None)
    if group is None:
        group = Group(question, answers, question in behaviour.right)
        groups.append(group)
    group.members.append(member)
