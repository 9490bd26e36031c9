"""`make learn`: a group of the report gets a name once, and becomes a mistake of the bank.

Its shortest code that may be used is made anonymous and short, and is asked in the sandbox whether it still computes
what the group does. The tests that it loses are found by grading it. Nothing that says whose it was goes into the bank,
nor anything that may not run in the judge (`vocabulary.py`); and no name that would be another's.
"""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import AutograderError
from autograder.collecting.class_list import Student, class_list
from autograder.course.course import Assignment, Course
from autograder.course.reference import solution_source
from autograder.files import write_atomically
from autograder.grading.grade import Grader
from autograder.learning.anonymous import NotAnonymous, anonymous, names_told, words_of
from autograder.learning.answers import Answers
from autograder.learning.behaviour import Asker
from autograder.learning.groups import Found, Group, Member
from autograder.learning.reduction import reduce
from autograder.mistakes import Mistake
from autograder.mistakes.learned import QUOTES, learned_folder, name_of, to_toml
from autograder.reading.program import uses
from autograder.reading.submission import read_hand_in, read_program, read_release
from autograder.results.store import result_path, usable_result
from cnnlab.checking.outcomes import PASSED
from cnnlab.signatures import COURSE, SIGNATURES, names_of

MOST_NAME = 120  # characters of what a student reads after "looks like: "
MOST_EXAMPLES = 5  # whose code is tried


class CanNotLearn(AutograderError):
    """A group that can't become a mistake of the bank, or a name that it can't have; the text says why."""


@dataclass(frozen=True)
class Learner:
    """What is needed to learn: the course, the groups of a class, its bank, and who is in it."""

    course: Course
    assignment: Assignment
    found: Found
    bank: Sequence[Mistake]
    isolate: bool = True

    def learn(self, id_: str, name: str) -> Mistake:
        """The group as a mistake, with the tests that it loses; it is not in the bank yet.

        Raises:
            CanNotLearn: no such group, or not one to learn from; or the name is not fit.
        """
        group = self.group(id_)
        hint = self._hint(name)
        with Asker(self.assignment, self.isolate, [group.question]) as asker:
            self._refuse_known(group, asker)
            source = self._source(group, asker)
        loses = self._loses(source)
        mine = [test for test in loses if test[0] == group.question]
        if not mine:
            raise CanNotLearn(
                f"What {id_} computes loses no test of {group.question} once it is in the bank: nothing is learned."
            )
        names = names_of(COURSE[self.assignment.name][group.question])
        return Mistake(name_of(hint), group.question, hint, source, tuple(t for _, t in loses), redefines=names)

    def group(self, id_: str) -> Group:
        """A group that can be learned from; CanNotLearn with the reason if there is none of this id."""
        group = self.found.group(id_)
        if group is None:
            raise CanNotLearn(
                f"There is no group {id_!r} now. Hand-ins or tests may have changed since the report was written: "
                "`make report` shows the groups that there are (with the same WITH=, if it had one)."
            )
        if group.right:
            raise CanNotLearn(f"What {id_} computes is right: what it lost has another cause, so there is no mistake.")
        if group.follows:
            raise CanNotLearn(f"{id_} could not be asked: {group.follows}. There is nothing of its own to learn from.")
        if group.hint:
            raise CanNotLearn(f"The group {id_} has a name already: {group.hint}.")
        if group.answers.stopped:
            raise CanNotLearn(f"{id_} takes too long or ends its process: the bank holds only what comes to an end.")
        functions = names_of(COURSE[self.assignment.name][group.question])
        if any(SIGNATURES[function].stateful for function in functions):
            raise CanNotLearn(
                f"{group.question} is about networks: only functions of numbers and arrays are learned. Write this "
                f"mistake into autograder/mistakes/{self.assignment.name}/ by hand."
            )
        if group.example is None:
            raise CanNotLearn(f"Everybody in {id_} has opted out: nothing is learned from their code.")
        return group

    def _hint(self, name: str) -> str:
        hint = " ".join(name.split()).rstrip(".")
        if not hint or len(hint) > MOST_NAME or not hint.isprintable() or not name_of(hint):
            raise CanNotLearn(f"NAME is one line of at most {MOST_NAME} characters, such as: the stride added twice.")
        for mistake in self.bank:
            if hint.casefold() in (mistake.hint.casefold(), mistake.name.casefold(), mistake.idea.casefold()) or (
                name_of(hint) == mistake.name
            ):
                raise CanNotLearn(f"The bank has a mistake of that name already: {mistake.hint}. Say it otherwise.")
        if told := names_told(hint, self._people()):
            raise CanNotLearn(f"NAME has {told!r} in it, which is of a student: everybody in the group would read it.")
        return hint

    def _people(self) -> list[Student]:
        """Everybody whose name or id may not be told."""
        listed = [*(class_list(self.course) or {}).values()]
        groups = (group for groups in self.found.groups.values() for group in groups)
        return [*listed, *(member.row.person for group in groups for member in group.members)]

    def _refuse_known(self, group: Group, asker: Asker) -> None:
        """CanNotLearn where a mistake of the bank computes the same: two names for it, and neither would be said."""
        for mistake in self.bank:
            if mistake.question != group.question or mistake.slow:
                continue
            if self._answers(asker, mistake.source, group.question).same(group.answers):
                raise CanNotLearn(
                    f"The bank knows what {group.id} computes: {mistake.hint}. If the feedback does not say so, these "
                    "answers are wrong in some way of their own, too."
                )

    # --- the source -------------------------------------------------------------------------------------------------

    def _source(self, group: Group, asker: Asker) -> str:
        """The first example's code that can be used."""
        why = ""
        for member in sorted(group.examples, key=lambda one: (one.earlier, len(one.source), one.student))[
            :MOST_EXAMPLES
        ]:
            try:
                return self._source_of(member, group, asker)
            except NotAnonymous as problem:
                why = why or str(problem)
        raise CanNotLearn(f"Nobody's code in {group.id} can go into the bank: {why}. Write this mistake by hand.")

    def _source_of(self, member: Member, group: Group, asker: Asker) -> str:
        source = anonymous(member.source, self._imports_of(member, group.question), self.assignment)

        def same(code: str) -> bool:
            return self._answers(asker, code, group.question).same(group.answers)

        if not same(source):
            raise NotAnonymous("put in the place of the course's own it computes something else")
        functions = frozenset(names_of(COURSE[self.assignment.name][group.question]))
        source = reduce(source, functions, same)
        if (told := names_told(source, self._people(), sorted(words_of(self.assignment)))) or QUOTES in source:
            raise NotAnonymous(f"{told!r} is in it, which is of a student" if told else "three quotes are in it")
        return source

    def _answers(self, asker: Asker, source: str, question: str) -> Answers:
        return asker.ask_source(self._whole(source), question)

    def _whole(self, source: str) -> str:
        return f"{solution_source(self.assignment.source)}\n\n{source}"

    def _imports_of(self, member: Member, question: str) -> str:
        """The import statements that the answer's functions need."""
        notebook = read_hand_in(member.folder, self.assignment.name).notebook if member.folder else None
        if notebook is None:
            raise NotAnonymous("it is no longer there")
        release = read_release(self.assignment.notebook)
        program = read_program(notebook, self.assignment.name, release, self.assignment.forbidden)
        names = [n for n in names_of(COURSE[self.assignment.name][question]) if n in program.definitions]
        sources = [statement.source for name in names for statement in uses(program, name)]
        return "\n".join(dict.fromkeys(filter(is_import, sources)))

    def _loses(self, source: str) -> list[tuple[str, str]]:
        """Question and name of each test that the course's solution loses by it."""
        bank = tuple(self.bank)
        with tempfile.TemporaryDirectory(prefix="learn-") as folder:
            (Path(folder) / f"{self.assignment.name}.py").write_text(self._whole(source), encoding="utf-8")
            with Grader(self.course, self.assignment, self.isolate, bank) as grader:
                result = grader.grade("learned", Path(folder))
        tests = (test for question in result.questions for test in question.tests)
        return [(test.question, test.test) for test in tests if test.outcome != PASSED and not test.excused]


def is_import(source: str) -> bool:
    try:
        return all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.parse(source).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def put_into_bank(
    assignment: Assignment, mistake: Mistake, prove: Callable[[], Iterable[str]], folder: Path | None = None
) -> Path:
    """Write a mistake's file; it stays only if the bank can be proved with it.

    Args:
        prove: gives a sentence for each promise of the course that is broken with it.

    Raises:
        CanNotLearn: with the first of these sentences.
    """
    path = (folder or learned_folder(assignment.name)) / f"{mistake.name}.toml"
    write_atomically(path, to_toml(mistake))
    problems: list[str] = ["it was stopped"]
    try:
        problems = [*prove()]
    finally:
        if problems:
            path.unlink()
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise CanNotLearn(f"It can't be in the bank: {problems[0]}{more}. Nothing is learned.")
    return path


def tell_hints(course: Course, assignment: Assignment, group: Group, mistake: Mistake) -> str:
    """How many of a group have the hint now, in a sentence."""
    here = [member.student for member in group.members if not member.earlier]
    results = [usable_result(result_path(course, assignment, student)) for student in here]
    tests = [[test for q in result.questions for test in q.tests] if result else [] for result in results]
    told = sum(any(test.mistake == mistake.name for test in some) for some in tests)
    rest = "" if told == len(here) else ": what the others wrote fails on other inputs in another way"
    return (
        f"{told} of {len(here)} in the group have the hint now{rest}. "
        "The next `make grade` looks at everybody else with it."
    )
