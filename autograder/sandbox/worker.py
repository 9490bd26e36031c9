"""The worker's end of the connection: from a fresh fork to a loop that answers the judge's frames."""

from __future__ import annotations

import fcntl
import os
import sys
import tempfile
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from autograder.sandbox import kernel, wire
from autograder.sandbox.interpreter import Interpreter, plain_frame
from autograder.sandbox.outcomes import BROKEN, Limits

CONNECTION = 3
_readv, _write = os.readv, os.write


def main(connection: int, output: int, limits: Limits, scratch: str, confine: Callable[[], None]) -> NoReturn:
    """The life of a freshly forked worker: descriptors, isolation, then frames until the judge hangs up."""
    try:
        try:
            _arrange_descriptors(connection, output)
            confine()
            _arrange_python(scratch)
        except BaseException as error:
            _send(plain_frame({"failed": f"{type(error).__name__}: {error}"}))
            os._exit(1)
        _send(plain_frame({"ready": True}))
        _serve(Interpreter(limits))
    finally:
        os._exit(BROKEN)  # whatever happens, a worker never returns into the server it was forked from


def _serve(interpreter: Interpreter) -> NoReturn:
    while True:
        header, payload = _receive()
        try:
            answer = interpreter.answer(header, payload)
        except BaseException as error:  # also SystemExit, KeyboardInterrupt and whatever a student derives from them
            answer = plain_frame({"token": header["token"], "error": interpreter.describe(error)})
        _send(answer)


def _arrange_descriptors(connection: int, output: int) -> None:
    """0 is empty, 1 and 2 go to the judge's pipe, 3 is the connection; all others are closed."""
    empty = os.open("/dev/null", os.O_RDONLY)
    connection, output, empty = (fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (connection, output, empty))
    for source, target in ((empty, 0), (output, 1), (output, 2), (connection, CONNECTION)):
        os.dup2(source, target)
    if sys.platform == "linux":
        kernel.close_from(CONNECTION + 1)
    else:
        os.closerange(CONNECTION + 1, 1 << 12)


def _arrange_python(scratch: str) -> None:
    """Streams on the new descriptors; temporary files in the scratch folder."""
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    for name, fd in (("stdout", 1), ("stderr", 2)):
        stream = open(fd, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    os.environ.update(HOME=scratch, TMPDIR=scratch, MPLCONFIGDIR=os.path.join(scratch, "matplotlib"))
    tempfile.tempdir = scratch
    for name in [name for name in sys.modules if name.partition(".")[0] == "autograder"]:
        del sys.modules[name]  # loaded here, and nothing that a student's import should find


def _receive() -> tuple[dict, np.ndarray]:
    """The judge's next frame; the end of the process when it has hung up."""
    header_size, payload_size = wire.read_prefix(_read(bytearray(wire.PREFIX.size)), sys.maxsize)
    header = wire.read_header(_read(bytearray(header_size)))
    payload = np.empty(payload_size, np.uint8)
    _read(payload)
    return header, payload


def _read(buffer: Any) -> Any:
    view = memoryview(buffer)
    while len(view):
        count = _readv(CONNECTION, [view])
        if not count:
            os._exit(0)
        view = view[count:]
    return buffer


def _send(buffers: list) -> None:
    """All of `buffers`. By plain writes, so that the filter can refuse every socket call."""
    for buffer in buffers:
        view = memoryview(buffer)
        while len(view):
            view = view[_write(CONNECTION, view) :]
