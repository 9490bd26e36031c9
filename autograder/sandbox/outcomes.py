"""What goes into a sandbox and what comes out: limits; replies, kept values and errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple, Protocol

import numpy as np

from autograder import AutograderError

MAX_FILES = 1024  # in a worker's scratch folder
BROKEN = 70  # the exit status of a worker whose end of the connection the student's code broke
LOOK, OVERLAP = "<look>", "<overlap>"  # functions of every worker: names that no program can bind


class Tier(Enum):
    """How a server and its workers are shut in; `isolation` says by what."""

    NAMESPACES = "namespaces"
    LANDLOCK = "landlock"
    NONE = "none"


@dataclass(frozen=True)
class Limits:
    """What one worker may use. Seconds are of processor time (`clock` says what ends a hang); sizes are bytes."""

    call_seconds: float = 10.0
    load_seconds: float = 30.0  # all statements of the program together
    cpu_seconds: int = 900  # of the worker's whole life, all threads
    memory_bytes: int = 4 << 30  # address space beyond what Python, NumPy and PyTorch take themselves
    output_bytes: int = 64 << 10  # of stdout and stderr together that are kept
    reply_bytes: int = 128 << 20  # of all arrays in one reply
    scratch_bytes: int = 64 << 20  # of files in the working folder
    open_files: int = 128
    threads: int = 256


class Runnable(Protocol):
    """One statement of a program: its source, the cell it is from, and the line of that cell it starts at (from 1)."""

    @property
    def source(self) -> str: ...

    @property
    def cell(self) -> int: ...

    @property
    def line(self) -> int: ...


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
    """A call that returned: its value, the arguments as they are after it, and the worker's processor time.

    seconds is of all its threads, and includes reading and writing the data (about 1 ms for each MB). Where the kernel
    does not tell it, it is the time that the judge waited. kept is there if the call was to be remembered.
    """

    value: Any
    args: tuple
    kwargs: dict[str, Any]
    seconds: float
    kept: Handle | None = None


class SandboxUnavailable(AutograderError, RuntimeError):
    """Student code can't be run safely, or the sandbox itself broke down; the message says why and what to do."""


class CodeRaised(Exception):
    """The student's code raised. `trace` holds the frames of their own code, outermost first; `kinds` names the classes
    that its class is made from."""

    def __init__(self, type_name: str, message: str, trace: list[TraceLine], kinds: tuple[str, ...] = ()) -> None:
        super().__init__(f"{type_name}: {message}" if message else type_name)
        self.type_name, self.message, self.trace, self.kinds = type_name, message, trace, kinds


class WorkerDied(Exception):
    """The worker is gone. `reason` completes "the code ...". While loading, `cell` and `line` say where.

    by_kernel: it was killed, it may be because the machine ran out of memory and not by a fault of its own.
    """

    def __init__(self, reason: str, by_kernel: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.by_kernel = reason, by_kernel
        self.cell: int | None = None
        self.line: int | None = None


class CallTimeout(Exception):
    """No answer within `seconds`; the worker is gone. While loading, `cell` and `line` say which statement ran.

    by_clock: the wall clock alone has ended it, with processor time left: a hang, or a machine that was too busy.
    """

    def __init__(self, seconds: float, by_clock: bool = False) -> None:
        super().__init__(f"took longer than {seconds:g} s")
        self.seconds, self.by_clock = seconds, by_clock
        self.cell: int | None = None
        self.line: int | None = None
