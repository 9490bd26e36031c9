"""The student's functions behind the sandbox: the transport of the hidden tests."""

from __future__ import annotations

import ast
import copy
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from autograder import sandbox
from autograder.reading.program import Program, Statement, functions, uses
from cnnlab.outcomes import NotAttempted, NotChecked, Stopped, StudentError
from cnnlab.signatures import PROBES, SIGNATURES, Signature
from cnnlab.student import Student, imported_packages

PROBES_FIRST = Statement("from cnnlab.probes import *", 0, 1, ())  # where there are objects to ask
MOST_DEATHS = 12  # a submission that dies this often is not worth more of the class's time
SPENT = {"MemoryError", "OSError"}  # what a call raises that has used up memory, open files or disk space


class SandboxedStudent(Student):
    """Calls go to a worker, which is started when first needed and again after a crash or a time-out."""

    def __init__(self, box: sandbox.Sandbox, program: Program, limits: sandbox.Limits, seconds: float) -> None:
        super().__init__()
        self._replaced: frozenset[str] = frozenset()
        self._box, self._program, self._limits = box, program, limits
        probed = any(SIGNATURES[name].stateful for name in (*program.definitions, *program.missing))
        self._statements = [*([PROBES_FIRST] if probed else []), *program.statements]
        self._deadline = time.monotonic() + seconds
        self._worker: sandbox.Worker | None = None
        self._deaths = 0
        self._spent_by: str | None = None
        self._served: set[str] = set()  # functions that the worker has been asked for
        self._stuck: set[str] = set()
        self._outputs: list[str] = []
        self.notes: list[str] = []
        self.incidents: list[str] = []  # what a TA may want to look at: time-outs and ended processes
        self.student_seconds = 0.0

    def trees(self, name: str) -> list[ast.AST]:
        """Syntax trees of a function and of everything it uses, for rules about the source."""
        self._require(name)
        self.source_was_asked = True
        return list(functions(self._program, name))

    def modules(self, name: str) -> set[str]:
        """Top-level packages that the statements behind a function import: `{"numpy"}`."""
        self._require(name)
        self.source_was_asked = True
        return imported_packages(ast.parse(statement.source) for statement in uses(self._program, name))

    def with_course(self, sources: Mapping[str, str]) -> SandboxedStudent:
        """The same student with other statements in the place of some definitions, in a worker of its own.

        Args:
            sources: name -> the statements that bind it.
        """
        other = copy.copy(self)
        other.calls, other._worker, other._outputs, other.notes, other.incidents = [], None, [], [], []
        other.student_seconds = 0.0
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

    def _invoke(self, signature: Signature, args: tuple, kwargs: dict[str, Any]) -> Any:
        self._require(signature.name)
        name = signature.spoken or signature.name
        if signature.name in self._stuck:
            raise NotChecked(f"not checked: {name} took too long before")
        if self._spent_by not in (None, signature.name):  # what one function has used up is not the next one's fault
            self.close()
        worker = self._running_worker()
        blameless = not self._served <= {signature.name} and not holds_handle((args, kwargs))
        self._served.add(signature.name)
        started = time.monotonic()
        try:
            reply = worker.call(signature.name, args, kwargs, keep=signature.kept, seconds=self._seconds_left())
        except sandbox.StudentError as error:
            if error.type_name in SPENT or "new thread" in error.message:
                self._spent_by = signature.name
            raise self._translate(name, error) from None
        except sandbox.CallTimeout as error:
            self._stuck.add(signature.name)
            raise self._stopped(f"{name} took longer than {error.seconds:g} s") from None
        except sandbox.WorkerDied as error:
            if not blameless:
                raise self._stopped(f"{name} {error}") from None
            reply = None  # it may be what an earlier function has left behind: a thread, a forged reply
        finally:
            self.student_seconds += time.monotonic() - started
            if not worker.alive:
                self._deaths += 1
                self.close()
        if reply is None:
            return self._invoke(signature, args, kwargs)
        for before, after in [*zip(args, reply.args), *((kwargs[key], reply.kwargs[key]) for key in kwargs)]:
            write_back(before, after)
        return reply.value

    def _stopped(self, text: str) -> Stopped:
        if text not in self.incidents:
            self.incidents.append(text)
        return Stopped(text)

    def _require(self, name: str) -> None:
        if name in self._program.definitions or name in PROBES or name in self._replaced:
            return
        for problem in self._program.problems:
            if name in problem.names:
                raise NotAttempted(problem.text)
        raise NotAttempted(f"{name} is not defined anywhere in the notebook")

    def _seconds_left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise NotChecked("not checked: the time for this submission was used up by the questions before")
        return min(left, self._limits.call_seconds)

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
                self._worker = self._box.start(self._statements, limits)
            except (sandbox.CallTimeout, sandbox.WorkerDied) as error:
                self._deaths += 1
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

    def _translate(self, name: str, error: sandbox.StudentError) -> Exception:
        """A worker's exception as the tests know it; a name that a failed import should have bound is explained."""
        if error.type_name == "NotImplementedError":
            return NotAttempted(f"{name} is not attempted yet")
        message = error.message
        if error.type_name == "NameError" and self.notes:
            message = f"{message} (an earlier statement failed: {self.notes[0]})"
        trace = [f"cell {cell}, line {line} in {function}: {source}" for cell, line, source, function in error.trace]
        return StudentError(error.type_name, message, trace, error.kinds)


def holds_handle(value: Any) -> bool:
    """Whether a value of a worker's own is in it, which no other worker has."""
    if isinstance(value, dict):
        value = tuple(value.values())
    return any(map(holds_handle, value)) if isinstance(value, (tuple, list)) else isinstance(value, sandbox.Handle)


def write_back(before: Any, after: Any) -> None:
    """Make an argument what the call made of it, so that a test sees changes as if the function were local."""
    if before is after:
        return
    if isinstance(before, np.ndarray) and isinstance(after, np.ndarray):
        if before.dtype == after.dtype:
            before.resize(after.shape, refcheck=False)
            before[...] = after
    elif isinstance(before, dict) and isinstance(after, dict):
        before.clear()
        before.update(after)
    elif isinstance(before, list) and isinstance(after, list):
        before[:] = after
