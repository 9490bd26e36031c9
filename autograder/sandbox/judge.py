"""The judge's side of one worker: the student's functions as calls with a time limit, and every way they can end."""

from __future__ import annotations

import contextlib
import operator
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograder.sandbox import wire
from autograder.sandbox.channel import Channel, Closed, Late
from autograder.sandbox.decoder import Decoder
from autograder.sandbox.encoder import Encoder
from autograder.sandbox.outcomes import (
    CallTimeout,
    Handle,
    Limits,
    LoadError,
    Reply,
    SandboxUnavailable,
    Statement,
    StudentError,
    TraceLine,
    WorkerDied,
)

START_SECONDS = 30
BROKEN = 70  # as in `worker`, which only a server imports
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

    end(pid) kills the worker and tells how it ended. watch() raises Overuse; it is called while the judge waits.
    """

    def __init__(
        self,
        pid: int,
        channel: Channel,
        limits: Limits,
        end: Callable[[int], dict],
    ) -> None:
        self.limits = limits
        self.load_errors: list[LoadError] = []
        self.load_seconds = 0.0
        self.alive = True
        self._pid, self._channel, self._end = pid, channel, end
        self._reason = "has ended"
        self._forgotten: list[int] = []
        with self._guard(START_SECONDS) as deadline:
            answer, _ = channel.receive(deadline)
            if answer != {"ready": True}:
                raise SandboxUnavailable(f"the worker could not be shut in: {answer.get('failed')}")

    def load(self, program: Iterable[Statement]) -> None:
        """Run a program's statements in order; those that raise go to `load_errors`, and the others still run."""
        start = time.monotonic()
        for statement in program:
            request = {"source": statement.source, "cell": statement.cell, "line": statement.line}
            try:
                with self._guard(self.limits.load_seconds, start) as deadline:
                    answer, _, _ = self._exchange(self._encoder(), request, deadline)
                    if answer != {"done": True}:
                        error = _read_error(answer)
                        line = error.trace[0].line if error.trace else statement.line
                        self.load_errors.append(LoadError(statement.cell, line, error.type_name, error.message))
            except (WorkerDied, CallTimeout) as error:
                error.cell, error.line = statement.cell, statement.line
                raise
        self.load_seconds = time.monotonic() - start

    def call(
        self,
        name: str | Handle,
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
        keep: Sequence[int] = (),
        seconds: float | None = None,
    ) -> Reply:
        """Call a global of the program, or a kept value.

        args, kwargs: plain values, arrays, tensors and Handles of this worker. keep: indexes of a returned tuple or
        list whose items stay in the worker as Handles. seconds: the limit, from sending to the end of the reply.
        Raises StudentError, CallTimeout or WorkerDied; after the last two the worker is gone.
        """
        kwargs = kwargs or {}
        seconds = self.limits.call_seconds if seconds is None else seconds
        encoder = self._encoder()
        request = {
            "target": encoder.encode(name)[1] if isinstance(name, Handle) else name,
            "args": [encoder.encode(value) for value in args],
            "kwargs": {key: encoder.encode(value) for key, value in kwargs.items()},
            "keep": list(keep),
            "forget": self._forgotten,
        }
        self._forgotten = []
        with self._guard(seconds) as deadline:
            answer, payload, elapsed = self._exchange(encoder, request, deadline)
            if "error" in answer:
                raise _read_error(answer)
            return self._read_reply(answer, payload, [*args], kwargs, elapsed)

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
    def _guard(self, seconds: float, start: float | None = None) -> Iterator[float]:
        """Gives the deadline. Whatever goes wrong inside, but the student's own exception, is the end of the worker."""
        if not self.alive:
            raise WorkerDied(self._reason)
        try:
            yield (time.monotonic() if start is None else start) + seconds
        except StudentError:
            raise
        except Late:
            self._fail(f"was stopped after {seconds:g} s")
            raise CallTimeout(seconds) from None
        except Closed:
            self._fail("")
            raise WorkerDied(self._reason) from None
        except (wire.WireError, Overuse) as error:
            self._fail(f"sent a malformed reply: {error}" if isinstance(error, wire.WireError) else str(error))
            raise WorkerDied(self._reason) from None
        except BaseException:  # Ctrl-C, a grader's mistake: the exchange is half done, nothing can follow it
            self._fail("has ended")
            raise

    def _exchange(self, encoder: Encoder, request: dict, deadline: float) -> tuple[dict, np.ndarray, float]:
        """The answer, its payload, and the seconds it took. The token proves that it was made after the question."""
        token = secrets.randbits(48)
        self._channel.send(encoder.frame({"token": token, **request}), deadline)
        sent = time.monotonic()
        answer, payload = self._channel.receive(deadline)
        if answer.pop("token", None) != token:
            raise wire.WireError("an answer to another question")
        return answer, payload, time.monotonic() - sent

    def _fail(self, reason: str) -> None:
        self.close()
        self._reason = reason or _cause_of_death(self._obituary, self.limits)

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

    def _read_reply(self, answer: dict, payload: np.ndarray, args: list, kwargs: dict, elapsed: float) -> Reply:
        decoder = Decoder(payload, self._read_handle)
        nodes = answer.get("args")
        if "value" not in answer or type(nodes) is not list or len(nodes) != len(args) + len(kwargs):
            raise wire.WireError("a reply with wrong fields")
        value = decoder.value(answer["value"])
        sent = [*args, *kwargs.values()]
        after = [before if node == ["same"] else decoder.value(node) for node, before in zip(nodes, sent)]
        decoder.finish()
        return Reply(value, tuple(after[: len(args)]), dict(zip(kwargs, after[len(args) :])), elapsed)

    def _read_handle(self, *fields: Any) -> Handle:
        if [type(field) for field in fields] != [int, str, str]:
            raise wire.WireError("a malformed handle")
        number, type_name, note = fields
        return Handle(_text(type_name, MAX_NAME), _text(note, MAX_NAME), number, self)


def _read_error(answer: dict) -> StudentError:
    """The student's exception, from an answer that may hold anything."""
    try:
        type_name, message, trace, kinds = answer["error"]
        lines = [
            TraceLine(operator.index(cell), operator.index(line), _text(source, MAX_TEXT), _text(function, MAX_NAME))
            for cell, line, source, function in trace[:MAX_TRACE]
        ]
        bases = tuple(_text(kind, MAX_NAME) for kind in kinds[:MAX_KINDS])
        return StudentError(_text(type_name, MAX_NAME), _text(message, MAX_TEXT), lines, bases)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise wire.WireError("a malformed error") from None


def _text(value: Any, most: int) -> str:
    if type(value) is not str:
        raise TypeError("not a text")
    return wire.clean(value[:most])


def _cause_of_death(obituary: dict, limits: Limits) -> str:
    """How a worker that hung up ended, from its wait status."""
    if not obituary:
        return "ended together with the sandbox's server"
    status = obituary["status"]
    if os.WIFEXITED(status):
        code = os.WEXITSTATUS(status)
        return "broke its connection to the grader" if code == BROKEN else f"stopped by os._exit({code})"
    number = os.WTERMSIG(status)
    if number == signal.SIGKILL and obituary["cpu_seconds"] > SAMPLED * limits.cpu_seconds:
        return f"used more than {limits.cpu_seconds} s of processor time"
    if number == signal.SIGKILL:
        return "broke its connection to the grader, or was killed because the machine ran out of memory"
    names = {entry.value: SIGNALS.get(entry.name, entry.name) for entry in signal.Signals}
    return f"killed by signal {number} ({names.get(number, 'sent by itself')})"
