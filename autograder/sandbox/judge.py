"""The judge's side of one worker: the student's functions as calls with a time limit, and every way they can end."""

from __future__ import annotations

import contextlib
import copy
import operator
import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograder.sandbox import wire
from autograder.sandbox.channel import Channel, Closed
from autograder.sandbox.clock import Allowance, Clock, Late
from autograder.sandbox.decoder import Decoder
from autograder.sandbox.encoder import Encoder
from autograder.sandbox.outcomes import (
    BROKEN,
    LOOK,
    OVERLAP,
    CallTimeout,
    CodeRaised,
    Handle,
    Limits,
    LoadError,
    Reply,
    Runnable,
    SandboxUnavailable,
    TraceLine,
    WorkerDied,
)

START_SECONDS = 60
SAMPLED = 0.5  # the kernel enforces its limit by sampling, which on a busy machine may count double
MAX_TEXT, MAX_NAME, MAX_TRACE, MAX_KINDS = 2000, 100, 50, 20
SIGNALS = {
    "SIGSEGV": "segmentation fault",
    "SIGABRT": "abort",
    "SIGBUS": "bus error",
    "SIGFPE": "arithmetic error",
    "SIGILL": "illegal instruction",
    "SIGSYS": "forbidden system call",
}


class Overuse(Exception):
    """A limit that the kernel can't enforce here was passed; the message completes "the code ..."."""


class Worker:
    """A running program. `load_errors` and `load_seconds` tell how its statements ran; `call` calls its functions.

    end(pid) kills the worker and tells how it ended. spent: seconds that all its requests have taken, of processor
    time, or of the wall clock where that alone has ended one. trusted: a module of the course's own whose `functions()`
    are loaded before the program, and are called by their names whatever the program binds to these. Everything raises
    SandboxUnavailable where the sandbox itself broke down.
    """

    def __init__(
        self,
        pid: int,
        channel: Channel,
        limits: Limits,
        end: Callable[[int], dict],
        clock: Clock | None = None,
        trusted: str = "",
    ) -> None:
        self.limits = limits
        self.load_errors: list[LoadError] = []
        self.load_seconds = self.spent = 0.0
        self.alive = True
        self._pid, self._channel, self._end, self._clock = pid, channel, end, clock
        self._gone: Exception = WorkerDied("has ended")  # what is said to who calls it then
        self._forgotten: list[int] = []
        with self._guard(Allowance(START_SECONDS)) as allowance:
            answer, _ = channel.receive(allowance)
            if answer != {"ready": True}:
                raise SandboxUnavailable(f"the worker could not be shut in: {answer.get('failed')}")
            if trusted:
                answer, _ = self._exchange(self._encoder(), {"trust": trusted}, allowance)
                if answer != {"done": True}:
                    raise SandboxUnavailable(f"{trusted} could not be loaded: {_read_error(answer)}")

    def load(self, program: Iterable[Runnable]) -> None:
        """Run a program's statements in order; those that raise go to `load_errors`, and the others still run."""
        allowance = Allowance(self.limits.load_seconds, self._clock)
        for statement in program:
            request = {"source": statement.source, "cell": statement.cell, "line": statement.line}
            self._load_one(request, allowance, statement.cell, statement.line)
        self.load_seconds = allowance.used()

    def _load_one(self, request: dict, allowance: Allowance, cell: int, line: int) -> None:
        try:
            with self._guard(allowance):
                answer, _ = self._exchange(self._encoder(), request, allowance)
                if answer != {"done": True}:
                    error = _read_error(answer)
                    at = error.trace[0].line if error.trace else line
                    self.load_errors.append(LoadError(cell, at, error.type_name, error.message))
        except (WorkerDied, CallTimeout) as error:
            error.cell, error.line = cell, line
            raise

    def call(
        self,
        name: str | Handle,
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
        keep: Sequence[int] = (),
        seconds: float | None = None,
        remember: bool = False,
    ) -> Reply:
        """Call a global of the program, or a kept value.

        args, kwargs: plain values, arrays, tensors and Handles of this worker. keep: indexes of a returned tuple or
        list whose items stay in the worker as Handles. seconds: the limit, from sending to the end of the reply.
        remember: arguments and result stay where they are as well, for `look` and `overlap` (`Reply.kept`).
        Raises CodeRaised, CallTimeout or WorkerDied; after the last two the worker is gone.
        """
        kwargs = kwargs or {}
        allowance = Allowance(self.limits.call_seconds if seconds is None else seconds, self._clock)
        encoder = self._encoder()
        request = {
            "target": encoder.encode(name)[1] if isinstance(name, Handle) else name,
            "args": [encoder.encode(value) for value in args],
            "kwargs": {key: encoder.encode(value) for key, value in kwargs.items()},
            "keep": list(keep),
            "remember": remember,
            "forget": self._forgotten,
        }
        self._forgotten = []
        with self._guard(allowance):
            answer, payload = self._exchange(encoder, request, allowance)
            if "error" in answer:
                raise _read_error(answer)
            return self._read_reply(answer, payload, [*args], kwargs, allowance.used())

    def look(self, kept: Handle, path: Sequence[int]) -> Any:
        """What a remembered value is by now. path: indexes into (arguments, keyword arguments, result)."""
        return self.call(LOOK, (kept, list(path))).value

    def overlap(self, first: tuple[Handle, Sequence[int]], second: tuple[Handle, Sequence[int]]) -> bool:
        """Whether two remembered arrays share memory."""
        return self.call(OVERLAP, (first[0], list(first[1]), second[0], list(second[1]))).value is True

    @property
    def output(self) -> str:
        """What the program has printed so far: beginning and end, if it was more than the limit."""
        if self.alive:
            self._channel.drain()
        return self._channel.printed.text()

    def close(self) -> None:
        """Kill the worker with all it started."""
        if self.alive:
            self.alive = False
            self._obituary = self._end(self._pid)
            self._channel.close()

    def forget(self, number: int) -> None:
        """A Handle is gone on this side: the worker may free the value."""
        self._forgotten.append(number)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _guard(self, allowance: Allowance) -> Iterator[Allowance]:
        """Whatever goes wrong inside, but the student's own exception, is the end of the worker."""
        if not self.alive:
            raise copy.copy(self._gone)
        before = allowance.used()
        try:
            yield allowance
        except CodeRaised:
            raise
        except (Late, Closed, wire.WireError, Overuse) as error:
            raise self._end_by(error, allowance) from None
        except BaseException:  # Ctrl-C, a grader's mistake: the exchange is half done, nothing can follow it
            self._fail(WorkerDied("has ended"))
            raise
        finally:
            self.spent += allowance.used() - before

    def _end_by(self, error: Exception, allowance: Allowance) -> Exception:
        """End the worker because of an error of its own; what the caller is told."""
        if isinstance(error, Late):
            self._fail(
                WorkerDied(f"was stopped after {allowance.seconds:g} s")
            )  # what those are told who call it later
            self.spent += allowance.waited() - allowance.used() if error.by_clock else 0.0
            return CallTimeout(allowance.seconds, error.by_clock)
        if isinstance(error, Closed):
            self._fail(None)
        elif isinstance(error, Overuse):
            self._fail(WorkerDied(str(error)))
        else:
            self._fail(WorkerDied(f"sent a malformed reply: {error}"))
        return copy.copy(self._gone)

    def _exchange(self, encoder: Encoder, request: dict, allowance: Allowance) -> tuple[dict, np.ndarray]:
        """The answer and its payload. The token proves that it was made after the question."""
        token = secrets.randbits(48)
        self._channel.send(encoder.frame({"token": token, **request}), allowance)
        answer, payload = self._channel.receive(allowance)
        if answer.pop("token", None) != token:
            raise wire.WireError("an answer to another question")
        return answer, payload

    def _fail(self, gone: Exception | None) -> None:
        """Kill the worker. gone: what is said of it from then on; None is for what its wait status tells."""
        self.close()
        self._gone = gone or _cause_of_death(self._obituary, self.limits)

    def _encoder(self) -> Encoder:
        return Encoder(self._handle_node, sys.maxsize)

    def _handle_node(self, value: Any, note: str) -> list:
        if not isinstance(value, Handle):
            raise TypeError(
                f"a {type(value).__name__} can't be sent to the student's code" + (f": {note}" if note else "")
            )
        if value.owner is not self:
            raise ValueError("this handle's value is in another worker, or in one that has ended")
        return ["handle", value.number]

    def _read_reply(self, answer: dict, payload: np.ndarray, args: list, kwargs: dict, seconds: float) -> Reply:
        decoder = Decoder(payload, self._read_handle)
        nodes = answer.get("args")
        if "value" not in answer or type(nodes) is not list or len(nodes) != len(args) + len(kwargs):
            raise wire.WireError("a reply with wrong fields")
        value = decoder.value(answer["value"])
        sent = [*args, *kwargs.values()]
        after = [before if node == ["same"] else decoder.value(node) for node, before in zip(nodes, sent)]
        decoder.finish()
        kept = decoder.value(answer["kept"]) if "kept" in answer else None
        if not isinstance(kept, Handle | None):
            raise wire.WireError("a reply with wrong fields")
        return Reply(value, tuple(after[: len(args)]), dict(zip(kwargs, after[len(args) :])), seconds, kept)

    def _read_handle(self, *fields: Any) -> Handle:
        if [type(field) for field in fields] != [int, str, str]:
            raise wire.WireError("a malformed handle")
        number, type_name, note = fields
        return Handle(_text(type_name, MAX_NAME), _text(note, MAX_NAME), number, self)


def _read_error(answer: dict) -> CodeRaised:
    """The student's exception, from an answer that may hold anything."""
    try:
        type_name, message, trace, kinds = answer["error"]
        lines = [
            TraceLine(operator.index(cell), operator.index(line), _text(source, MAX_TEXT), _text(function, MAX_NAME))
            for cell, line, source, function in trace[:MAX_TRACE]
        ]
        bases = tuple(_text(kind, MAX_NAME) for kind in kinds[:MAX_KINDS])
        return CodeRaised(_text(type_name, MAX_NAME), _text(message, MAX_TEXT), lines, bases)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise wire.WireError("a malformed error") from None


def _text(value: Any, most: int) -> str:
    if type(value) is not str:
        raise TypeError("not a text")
    return wire.clean(value[:most])


def _cause_of_death(obituary: dict, limits: Limits) -> Exception:
    """How a worker that hung up ended, from its wait status."""
    if not obituary:
        return SandboxUnavailable("the sandbox's server ended, and the student's code with it")
    status = obituary["status"]
    if os.WIFEXITED(status):
        code = os.WEXITSTATUS(status)
        return WorkerDied("broke its connection to the grader" if code == BROKEN else f"stopped by os._exit({code})")
    number = os.WTERMSIG(status)
    if number == signal.SIGKILL and obituary["cpu_seconds"] > SAMPLED * limits.cpu_seconds:
        return WorkerDied(f"used more than {limits.cpu_seconds} s of processor time")
    if number == signal.SIGKILL:
        reason = "broke its connection to the grader, or was killed because the machine ran out of memory"
        return WorkerDied(reason, by_kernel=True)
    names = {entry.value: SIGNALS.get(entry.name, entry.name) for entry in signal.Signals}
    return WorkerDied(f"killed by signal {number} ({names.get(number, 'sent by itself')})")
