"""A student's functions with one statement of theirs written otherwise, again and again, in a worker that goes on."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from autograder import sandbox
from autograder.grading.sandboxed_student import SandboxedStudent
from autograder.reading.names import DEFINITIONS
from autograder.reading.program import Statement


class EditedStudent(SandboxedStudent):
    """Behind the same walls: an edit is student code, too.

    What a call leaves behind stays until the next worker, so what passes here has to be asked again in a fresh one.
    """

    _edited: Statement | None = None  # whose other wording the worker has

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._dependents: dict[Statement, list[Statement]] = {}

    def with_course(self, sources: Mapping[str, str]) -> EditedStudent:
        other = cast(EditedStudent, super().with_course(sources))
        other._dependents = {}
        return other

    def put(self, place: Statement, source: str) -> bool:
        """Let a statement be written as `source`, and every other one as the student has it; False if it can't run."""
        self.begin()
        worker = self._running_worker()
        if place not in self._statements:  # it hung when it was loaded, and was left out
            return False
        again = [] if self._edited in (None, place) else [self._edited, *self._hanging_on(self._edited)]
        edited = Statement(source, place.cell, place.line, place.binds)
        self._edited = place
        return self._load(worker, [*again, edited, *self._hanging_on(place)])

    def begin(self) -> None:
        """Nothing counts that another wording has done."""
        self._stuck.clear()
        self._untouched.clear()
        self._answers.clear()
        self._deaths, self._spent_by = 0, None

    def bound(self, seconds: float) -> None:
        """From now on a call may take so long."""
        self._limits = replace(self._limits, call_seconds=seconds)

    @property
    def hangs(self) -> bool:
        """Whether a call took too long since it began."""
        return bool(self._stuck)

    def close(self) -> None:
        super().close()
        self._edited = None

    def _load(self, worker: sandbox.Worker, statements: Sequence[Statement]) -> bool:
        worker.load_errors.clear()
        before, ended = worker.spent, None
        try:
            worker.load(statements)
        except (sandbox.CallTimeout, sandbox.WorkerDied) as error:
            ended = error
        finally:
            self._budget.charge(worker.spent - before, ended)
            if not worker.alive:
                self.close()
        failed = bool(worker.load_errors)
        worker.load_errors.clear()
        return ended is None and not failed

    def _hanging_on(self, place: Statement) -> list[Statement]:
        """Later statements that take their value from it when they run: an alias, a table, a class made of another."""
        if place not in self._dependents:
            names, found = {*place.binds}, []
            for statement in self._statements[self._statements.index(place) + 1 :]:
                if names & {*re.findall(r"\w+", statement.source)} and is_run(statement):
                    found.append(statement)
                    names |= {*statement.binds}
            self._dependents[place] = found
        return self._dependents[place]


def is_run(statement: Statement) -> bool:
    """Whether more happens where it stands than that a function is defined."""
    body = ast.parse(statement.source).body
    return not all(
        isinstance(node, DEFINITIONS)
        and not isinstance(node, ast.ClassDef)
        and not node.decorator_list
        and not node.args.defaults
        for node in body
    )
