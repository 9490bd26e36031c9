"""What goes into a sandbox and what comes out: limits; replies, kept values and errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np

MAX_FILES = 1024  # in a worker's scratch folder


@dataclass(frozen=True)
class Limits:
    """What one worker may use. Seconds are wall-clock unless they say otherwise; sizes are bytes."""

    call_seconds: float = 10.0
    load_seconds: float = 30.0  # all statements of the program together
    cpu_seconds: int = 900  # of the worker's whole life, all threads
    memory_bytes: int = 4 << 30  # address space beyond what Python, NumPy and PyTorch take themselves
    output_bytes: int = 64 << 10  # of stdout and stderr together that are kept
    reply_bytes: int = 128 << 20  # of all arrays in one reply
    scratch_bytes: int = 64 << 20  # of files in the working folder
    open_files: int = 128
    threads: int = 256
    forbidden: tuple[str, ...] = ()  # packages that the program may not import


class Statement(Protocol):
    """One statement of a program: its source, the cell it is from, and the line of that cell it starts at (from 1)."""

    source: str
    cell: int
    line: int


class LoadError(NamedTuple):
    """A statement of the program that raised: where it starts in the notebook, and what it raised."""

    cell: int
    line: int
    type: str
    message: str


class TraceLine(NamedTuple):
    """One frame of a traceback that lies in the student's own code."""

    cell: int
    line: int
    source: str
    function: str


@dataclass(frozen=True)
class Tensor:
    """A torch tensor as the judge sees it: no torch needed. Sent to a worker, it arrives as a torch.Tensor."""

    array: np.ndarray
    requires_grad: bool = False
    dtype: str = ""  # torch's name, where NumPy has no such type: "bfloat16" travels as float32


@dataclass(eq=False)
class Handle:
    """A value that stays in the worker. It can be passed back to the same worker, or called, and nothing else."""

    type_name: str
    note: str  # why it stays, where that isn't plain: "nested too deeply"
    number: int
    owner: Any = field(repr=False)

    def __del__(self) -> None:
        self.owner.forget(self.number)


@dataclass
class Reply:
    """A call that returned: its value, the arguments as they are after it, and how long the judge waited for it.

    seconds includes moving and checking the data (about 1 ms for each MB): compare it with another worker's only.
    """

    value: Any
    args: tuple
    kwargs: dict[str, Any]
    seconds: float


class SandboxUnavailable(RuntimeError):
    """The machine can't run student code safely; the message says why and what to do."""


class StudentError(Exception):
    """The student's code raised. `trace` holds the frames of their own code, outermost first; `kinds` names the classes
    that its class is made from."""

    def __init__(self, type_name: str, message: str, trace: list[TraceLine], kinds: tuple[str, ...] = ()) -> None:
        super().__init__(f"{type_name}: {message}" if message else type_name)
        self.type_name, self.message, self.trace, self.kinds = type_name, message, trace, kinds


class WorkerDied(Exception):
    """The worker is gone. `reason` completes "the code ...". While loading, `cell` and `line` say where."""

    def __init__(self, reason: str, cell: int | None = None, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.cell, self.line = reason, cell, line


class CallTimeout(Exception):
    """No answer within `seconds`; the worker is gone. While loading, `cell` and `line` say which statement ran."""

    def __init__(self, seconds: float, cell: int | None = None, line: int | None = None) -> None:
        super().__init__(f"took longer than {seconds:g} s")
        self.seconds, self.cell, self.line = seconds, cell, line
