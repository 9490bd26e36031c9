"""The student's functions behind the sandbox: the transport of the hidden tests."""

from __future__ import annotations

import ast
import contextlib
import copy
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from autograder import sandbox
from autograder.grading.worker_values import Memory, handles_in, write_back
from autograder.reading.absent import find_cause
from autograder.reading.program import Program, Statement, functions, uses
from autograder.reading.statements import is_untouched
from cnnlab.checking.imports import imported_packages
from cnnlab.checking.outcomes import GraderError, NeedsPerson, NotAttempted, NotChecked, Stopped, StudentError
from cnnlab.checking.student import Student
from cnnlab.signatures import PROBES, SIGNATURES, Signature

PROBES_FIRST = "cnnlab.checking.probes"  # loaded before the student's program where there are objects to ask
MOST_DEATHS = 12  # a submission that dies this often is not worth more of the class's time
SPENT = {"MemoryError", "OSError"}  # what a call raises that has used up memory, open files or disk space


class SandboxedStudent(Student):
    """Calls go to a worker, which is started when first needed and again after a crash or a time-out.

    ended_by_clock: something was ended that a less busy machine might have let go on; worth another try, alone.
    """

    def __init__(self, box: sandbox.Sandbox, program: Program, limits: sandbox.Limits, seconds: float) -> None:
        super().__init__()
        self._replaced: frozenset[str] = frozenset()
        self._box, self._program, self._limits = box, program, limits
        probed = any(SIGNATURES[name].stateful for name in (*program.definitions, *program.missing))
        self._trusted = PROBES_FIRST if probed else ""
        self._statements = [*program.statements]
        self._budget = sandbox.TimeBudget(seconds)
        self._worker: sandbox.Worker | None = None
        self._deaths = 0
        self._spent_by: str | None = None
        self._served: set[str] = set()  # functions that the worker has been asked for
        self._stuck: set[str] = set()
        self._untouched: set[str] = set()  # functions that have said they are, and can't do anything else
        self._broke_down = False  # the sandbox, not the student's code
        self._remembers = False
        self._memory = Memory()
        self._outputs: list[str] = []
        self.notes: list[str] = []
        self.incidents: list[str] = []  # what a TA may want to look at: time-outs and ended processes
        self.student_seconds = 0.0

    @property
    def budget(self) -> sandbox.TimeBudget:
        """The time of the whole submission."""
        return self._budget

    def trees(self, name: str) -> list[ast.AST]:
        """Syntax trees of a function and of everything it uses, for rules about the source."""
        self._require(name)
        self.source_was_asked = True
        return list(functions(self._program, name))

    def modules(self, name: str) -> set[str]:
        """Packages that the statements behind a function use, and what they use of them: `{"numpy", "numpy.pad"}`."""
        self._require(name)
        self.source_was_asked = True
        if name in self._replaced:  # by the course's own
            return set()
        return imported_packages(ast.parse(statement.code) for statement in uses(self._program, name))

    def with_course(self, sources: Mapping[str, str]) -> SandboxedStudent:
        """The same student with other statements in the place of some definitions, in a worker of its own.

        Args:
            sources: name -> the statements that bind it.
        """
        other = copy.copy(self)
        other.calls, other._worker, other._outputs, other.notes, other.incidents = [], None, [], [], []
        other._answers = {}
        other.student_seconds = 0.0
        other._memory, other._remembers, other._broke_down = Memory(), False, False
        other._served, other._stuck, other._spent_by, other._deaths = set(), set(), None, 0
        other._replaced = frozenset(sources)
        other._statements = list(self._statements)
        for name, source in sources.items():  # after its last definition: what is made of it at once is right, too
            places = [at for at, statement in enumerate(other._statements) if name in statement.binds]
            at = places[-1] + 1 if places else len(other._statements)
            other._statements.insert(at, Statement(source, 0, 1, (name,)))
        return other

    def close(self) -> None:
        if self._worker is not None:
            self._outputs.append(self._worker.output)
            self._worker.close()
            self._worker = self._spent_by = None
            self._served.clear()

    @property
    def output(self) -> str:
        """What the student's code printed, over all workers."""
        return "".join(self._outputs)

    @property
    def ended_by_clock(self) -> bool:
        return self._budget.ended_by_clock

    def forget(self) -> None:
        super().forget()
        self._remembers = False
        self._memory.clear()

    def remember(self) -> None:
        self._remembers = True

    def recall(self, value: np.ndarray) -> np.ndarray:
        kept = self._find(value)
        return self._look_back(lambda worker: worker.look(*kept))

    def share_memory(self, first: np.ndarray, second: np.ndarray) -> bool:
        kept = self._find(first), self._find(second)
        return self._look_back(lambda worker: worker.overlap(*kept))

    def _find(self, value: np.ndarray) -> tuple[sandbox.Handle, list[int]]:
        handle, path = self._memory.find(value)
        self._require_alive(handle)
        return handle, path

    def _look_back(self, look: Callable[[sandbox.Worker], Any]) -> Any:
        worker = self._worker
        assert worker is not None  # `_require_alive` has seen it
        try:
            with self._judged("", "looking at an earlier result", worker):
                return look(worker)
        except sandbox.WorkerDied as error:
            raise self._stopped(f"the student's code {error}") from None
        except sandbox.SandboxUnavailable as error:
            raise GraderError(f"the sandbox broke down: {error}") from None

    def _invoke(self, signature: Signature, args: tuple, kwargs: dict[str, Any]) -> Any:
        self._require(signature.name)
        reply = self._call_steadily(signature, args, kwargs)
        self.calls[-1].seconds = reply.seconds
        for before, after in [*zip(args, reply.args), *((kwargs[key], reply.kwargs[key]) for key in kwargs)]:
            write_back(before, after)
        if reply.kept is not None:
            self._memory.add(args, kwargs, reply)
        return reply.value

    def _call_steadily(
        self, signature: Signature, args: tuple, kwargs: dict[str, Any], again: bool = True
    ) -> sandbox.Reply:
        """Where the sandbox breaks down, which is no fault of the student's: once more, with a new server."""
        try:
            return self._call_worker(signature, args, kwargs)
        except sandbox.SandboxUnavailable as error:
            if not again or any(handles_in((args, kwargs))):  # what those stand for went with the worker
                raise GraderError(f"the sandbox broke down: {error}") from None
        return self._call_steadily(signature, args, kwargs, again=False)

    def _call_worker(self, signature: Signature, args: tuple, kwargs: dict[str, Any]) -> sandbox.Reply:
        """Where the worker dies, it may be by a thread, say, that another function has left: once more in a new one."""
        name = signature.spoken or signature.name
        self._refuse_hopeless(signature.name, name)
        handles = [*handles_in((args, kwargs))]
        worker = self._worker_for(signature.name, handles)
        others_ran = bool(self._served - {signature.name})
        self._served.add(signature.name)
        seconds = min(self._seconds_left(), self._limits.call_seconds)
        try:
            with self._judged(signature.name, name, worker):
                return worker.call(signature.name, args, kwargs, signature.kept, seconds, self._remembers)
        except sandbox.WorkerDied as error:
            if handles or not others_ran:
                raise self._stopped(f"{name} {error}") from None
        return self._call_worker(signature, args, kwargs)  # in the new worker no other function has run

    def _refuse_hopeless(self, function: str, name: str) -> None:
        """A function that hung once hangs again, and a stub stays one: not asked, and said at once."""
        if function in self._stuck:
            raise NotChecked(f"not checked: {name} took too long before")
        if function in self._untouched - self._replaced:
            raise NotAttempted(f"{name} is not attempted yet")

    def _worker_for(self, function: str, handles: Iterable[sandbox.Handle]) -> sandbox.Worker:
        """A worker in which a function can be called, with all that the handles stand for."""
        if self._spent_by not in (None, function):  # what one function has used up is not the next one's fault
            self.close()
        worker = self._running_worker()
        for handle in handles:
            self._require_alive(handle)
        return worker

    @contextlib.contextmanager
    def _judged(self, function: str, name: str, worker: sandbox.Worker) -> Iterator[None]:
        """Charges for what a worker is asked, and tells what came of it as the tests know it."""
        started, spent = time.monotonic(), worker.spent
        ended: Exception | None = None
        try:
            yield
        except sandbox.CodeRaised as error:
            if error.type_name == "NotImplementedError" and self._is_untouched(function):
                self._untouched.add(function)
            if error.type_name in SPENT or "new thread" in error.message:
                self._spent_by = function
            raise self._translate(name, error) from None
        except sandbox.CallTimeout as error:
            ended = error
            self._stuck.add(function)
            raise self._stopped(f"{name} took longer than {error.seconds:g} s") from None
        except (sandbox.WorkerDied, sandbox.SandboxUnavailable) as error:
            ended = error
            raise
        finally:
            self.student_seconds += time.monotonic() - started
            self._budget.charge(worker.spent - spent, ended)
            if not worker.alive:
                self._broke_down |= isinstance(ended, sandbox.SandboxUnavailable)
                self._deaths += not isinstance(ended, sandbox.SandboxUnavailable)
                self.close()

    def _is_untouched(self, name: str) -> bool:
        definition = self._program.definitions.get(name)
        return definition is not None and any(map(is_untouched, ast.parse(definition.source).body))

    def _require_alive(self, handle: sandbox.Handle) -> None:
        """What stayed in a worker is gone with it."""
        if handle.owner is self._worker:
            return
        if self._broke_down:
            raise GraderError("the sandbox broke down in the middle of this test")
        raise NotChecked("not checked: the student's code ended its own process, and an earlier result went with it")

    def _stopped(self, text: str) -> Stopped:
        if text not in self.incidents:
            self.incidents.append(text)
        return Stopped(text)

    def _require(self, name: str) -> None:
        if name in self._program.definitions or name in PROBES or name in self._replaced:
            return
        for problem in self._program.problems:
            if name in problem.names:
                raise (NeedsPerson if problem.open else NotAttempted)(problem.text)
        raise NotAttempted(f"{name} is not defined anywhere in the notebook")

    def _seconds_left(self) -> float:
        left = self._budget.left()
        if left <= 0:
            raise NotChecked("not checked: the time for this submission was used up by the questions before")
        return left

    def _running_worker(self) -> sandbox.Worker:
        """A worker that has run the program; a statement that hangs or ends the process is left out from then on."""
        while self._worker is None:
            limits = replace(self._limits, load_seconds=min(self._limits.load_seconds, self._seconds_left()))
            if self._deaths == MOST_DEATHS:
                raise NotChecked(
                    f"not checked: the submission's code ended its own process {self._deaths} times before"
                )
            started = time.monotonic()
            try:
                self._worker = self._box.start(self._statements, limits, self._trusted)
                self._budget.charge(self._worker.spent, None)
            except (sandbox.CallTimeout, sandbox.WorkerDied) as error:
                self._deaths += 1
                self._budget.charge(min(time.monotonic() - started, limits.load_seconds), error)
                self._leave_out(error)
            finally:
                self.student_seconds += time.monotonic() - started
        for failed in self._worker.load_errors:
            self._note(f"cell {failed.cell}, line {failed.line} raised {failed.type}: {failed.message}")
        return self._worker

    def _leave_out(self, error: sandbox.CallTimeout | sandbox.WorkerDied) -> None:
        place = (error.cell, error.line)
        kept = [statement for statement in self._statements if (statement.cell, statement.line) != place]
        if len(kept) == len(self._statements):
            raise NotChecked(f"not checked: the submission's code {error}, whatever part of it runs")
        self._statements = kept
        self._note(f"cell {error.cell}, line {error.line} {error}, so it was left out")

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _translate(self, name: str, error: sandbox.CodeRaised) -> Exception:
        """A worker's exception as the tests know it; a name that a failed import should have bound is explained."""
        if error.type_name == "NotImplementedError":
            return NotAttempted(f"{name} is not attempted yet")
        message = error.message
        if cause := find_cause(error.type_name, message, self._program.lost):
            return NeedsPerson(f"{name} could not be judged: {cause}")
        if error.type_name == "NameError" and self.notes:
            message = f"{message} (an earlier statement failed: {self.notes[0]})"
        trace = [f"cell {cell}, line {line} in {function}: {source}" for cell, line, source, function in error.trace]
        return StudentError(error.type_name, message, trace, error.kinds)
