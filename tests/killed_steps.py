"""Steps of the grader in processes of their own, which can be killed at any of the things that they do.

A step is forked from a process that has imported everything. It can be told to end itself, by SIGKILL, at the n-th of
the things that it does to the world: a file opened to write, renamed or removed, a folder made, a statement sent to the
gradebook. So no clock has a part in where it dies.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sqlite3.dbapi2
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Ended:
    """How a step ended: its exit code, -9 if it was killed; how many things it did; what it said; its seconds."""

    code: int
    things: int
    said: str
    seconds: float


def run_steps(root: Path, steps: Sequence[tuple[Sequence[str], int]]) -> list[Ended]:
    """Run verbs in `root`, one after the other, each killed at its n-th thing (0: not at all)."""
    orders = json.dumps([str(root), steps])
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "400", "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, str(Path(__file__).resolve())]
    done = subprocess.run(command, input=orders, capture_output=True, text=True, env=environment, cwd=REPOSITORY)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return [Ended(**ended) for ended in json.loads(done.stdout)]


def run_forked(root: Path, arguments: list[str], kill_at: int) -> dict[str, Any]:
    """One step, in a fork."""
    reads, writes = os.pipe()
    output, started = root / ".said", time.monotonic()
    child = os.fork()
    if not child:
        os.close(reads)
        with open(output, "w") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        take_step(root, arguments, kill_at, writes)
    os.close(writes)
    _, status = os.waitpid(child, 0)
    with open(reads, "rb") as pipe:
        things = int(pipe.read() or 0)
    said = " ".join(output.read_text(errors="replace").split())
    ended = {"code": os.waitstatus_to_exitcode(status), "things": things, "said": said}
    return ended | {"seconds": time.monotonic() - started}


def take_step(root: Path, arguments: list[str], kill_at: int, pipe: int) -> None:
    """Never returns."""
    from autograder.__main__ import main

    os.chdir(root)
    count, this = 0, os.getpid()

    def thing(*_: object) -> None:
        nonlocal count
        if os.getpid() == this:
            count += 1
            if count == kill_at:
                os.kill(this, signal.SIGKILL)

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            thing()
        elif event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate"):
            thing()

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = plain_connect(*arguments, **options)
        connection.set_trace_callback(thing)
        return connection

    plain_connect = sqlite3.connect
    sqlite3.connect = sqlite3.dbapi2.connect = connect  # type: ignore[assignment]
    sys.addaudithook(listen)
    sys.argv = ["autograder", *arguments, "--course", str(root)]
    code = 1
    try:
        code = main()
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os.write(pipe, str(count).encode())
        os._exit(code)


def serve() -> None:
    """Run what is asked for on stdin, and tell how each ended on stdout."""
    import autograder.grading.pipeline
    import autograder.lms.collect
    import autograder.lms.export  # noqa: F401 - imported once, for every fork

    root, steps = json.load(sys.stdin)
    ended = [run_forked(Path(root), arguments, kill_at) for arguments, kill_at in steps]
    json.dump(ended, sys.stdout)


if __name__ == "__main__":
    serve()
