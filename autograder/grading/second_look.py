"""A mistake is paid once: what a question builds on is taken as right.

A test that failed is asked again with the course's functions in the place of those of the student's that failed in
their own questions: those that the student's function calls, and those that the test calls to have something to start
from (the forward pass that gives a backward pass its cache). The course's code then lies in the student's process, so
of such a second look nothing but the word "passed" is ever used: no output, no value, no message of it reaches anybody.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from autograder.grading.sandboxed_student import SandboxedStudent
from autograder.reading.program import Program, uses
from autograder.reading.statements import is_stub
from cnnlab.signatures import QUESTIONS, SIGNATURES, are_twins, partners_of

RIGHT = """{name} = (lambda names: (__import__("builtins").exec({source!r}, names), names[{name!r}])[1])(
    {{"__name__": "course"}}
)
"""
KEEPS_INPUTS = """{name} = (
    lambda right: lambda *inputs: (right(*inputs)[0], inputs[0] if len(inputs) == 1 else inputs)
)({name})
"""


@dataclass(frozen=True)
class Substitution:
    """Which graded functions are the course's own, and whether their caches are just the inputs."""

    names: frozenset[str]
    keeps_inputs: bool = False

    def source(self, name: str, course: Callable[[str], str]) -> str:
        """The statements that put the course's function in the place of the student's."""
        text = RIGHT.format(name=name, source=course(name))
        has_cache = "cache" in SIGNATURES[name].results
        return text + KEEPS_INPUTS.format(name=name) if self.keeps_inputs and has_cache else text


class SecondLook:
    """What may stand in for what, in one submission.

    Args:
        student: whose submission it is.
        program: what runs of it.
        points: of each question, in the notebook's order.
        course: gives the source of the course's own function of a name.
    """

    def __init__(
        self, student: SandboxedStudent, program: Program, points: Mapping[str, float], course: Callable[[str], str]
    ) -> None:
        self._student, self._program, self._points, self._course = student, program, points, course
        self._order = {name: place for place, name in enumerate(points)}
        self._students: dict[Substitution, SandboxedStudent] = {}
        self._stubs: dict[str, bool] = {}

    def __enter__(self) -> SecondLook:
        return self

    def __exit__(self, *exception: object) -> None:
        for student in self._students.values():
            student.close()

    @property
    def seconds(self) -> float:
        """Seconds in the student's code so far."""
        return sum(student.student_seconds for student in self._students.values())

    def open(self, substitution: Substitution) -> SandboxedStudent:
        """The student with the course's functions in the place of some of theirs."""
        if substitution not in self._students:
            sources = {name: substitution.source(name, self._course) for name in sorted(substitution.names)}
            self._students[substitution] = self._student.with_course(sources)
        return self._students[substitution]

    def substitutions(self, own: set[str], called: Iterable[str], broken: set[str]) -> list[Substitution]:
        """How a test may be asked again, the smallest change first.

        Args:
            own: the functions that the test is about: they stay the student's.
            called: what the test called.
            broken: functions that failed in their own questions.
        """
        started = {name for name in called if name in QUESTIONS} - own
        needed = self._built_on(own | started) | started
        usable = {name for name in needed & broken if name not in own and self._may_stand_in(name, own)}
        if not usable:
            return []
        roots = {name for name in usable if not self._built_on({name}) & usable}
        whole = usable | {p for name in usable for p in partners_of(name) if p in needed and p not in own}
        found = [Substitution(frozenset(names)) for names in (roots, whole)]
        if any("cache" in SIGNATURES[name].results for name in whole & started):
            found.append(Substitution(frozenset(whole), keeps_inputs=True))
        return list(dict.fromkeys(found))

    def are_stubs(self, own: set[str]) -> bool:
        """Whether there is nothing of the student's to look at."""
        return all(self._is_stub(name) for name in own)

    def _may_stand_in(self, name: str, own: set[str]) -> bool:
        """Not for its twin, not round in circles, and nothing small by something larger that comes later: whoever
        leaves a general function empty must not have the special ones for a line each."""
        if any(are_twins(name, mine) for mine in own) or own & self._built_on({name}):
            return False
        place, points = self._order[QUESTIONS[name]], self._points[QUESTIONS[name]]
        return all(place <= self._order[QUESTIONS[mine]] or points >= self._points[QUESTIONS[mine]] for mine in own)

    def _built_on(self, names: Iterable[str]) -> set[str]:
        """The graded functions that some functions use, directly or not."""
        found: set[str] = set()
        for name in names:
            found |= self._uses.get(name, set())
        return found

    @cached_property
    def _uses(self) -> dict[str, set[str]]:
        return {name: self._used_by(name) - {name} for name in self._program.definitions}

    def _used_by(self, name: str) -> set[str]:
        statements = uses(self._program, name)
        bound = {binds for statement in statements for binds in statement.binds}
        words = set(re.findall(r"\w+", " ".join(statement.source for statement in statements)))
        return (bound & self._program.definitions.keys()) | (words & set(self._program.missing))

    def _is_stub(self, name: str) -> bool:
        """Whether a function is not written yet, as the notebook gives it."""
        if name not in self._stubs:
            definition = self._program.definitions.get(name)
            self._stubs[name] = definition is None or any(map(is_stub, ast.parse(definition.source).body))
        return self._stubs[name]
