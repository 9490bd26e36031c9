"""The sandbox: a server, started once, that forks shut-in workers on demand."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence

from autograder import REPOSITORY
from autograder.sandbox.channel import Channel
from autograder.sandbox.clock import Clock, clock_of
from autograder.sandbox.judge import Overuse, Worker
from autograder.sandbox.outcomes import MAX_FILES, CallTimeout, Limits, Runnable, SandboxUnavailable, Tier, WorkerDied

START_SECONDS = 120  # importing PyTorch from a slow disk
ANSWER_SECONDS = 30
NO_SANDBOX = "or grade with --no-sandbox, which runs student code with your own rights: every result then says so"
DEFAULT_LIMITS = Limits()
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


class Sandbox:
    """Forks shut-in workers from a warm server. One for each judge process; also a context manager.

    isolate=False runs student code with the judge's own rights. tier: accepts only that one;
    without it the first that the machine can give is taken. torch=False leaves PyTorch to those who import it: the
    server then starts in a tenth of the time, and a worker in a third. forbidden: packages that are not there for a
    worker; without isolation only their import is refused, which code that means to can get round. Raises
    SandboxUnavailable with what to do.
    """

    def __init__(
        self, isolate: bool = True, tier: Tier | None = None, torch: bool = True, forbidden: Sequence[str] = ()
    ) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._closed = False
        self._requests = itertools.count(1)
        _check_platform(isolate)
        self._warm = "torch" if torch else "numpy"
        self._forbidden = " ".join(forbidden)
        self._tiers = ([tier] if tier else [Tier.NAMESPACES, Tier.LANDLOCK]) if isolate else [Tier.NONE]
        self._open_first()

    @property
    def layers(self) -> str:
        """The layers around a worker, as they are: "namespaces+landlock+seccomp", "landlock+seccomp", "none", ..."""
        return self._layers

    def start(self, program: Iterable[Runnable], limits: Limits = DEFAULT_LIMITS, trusted: str = "") -> Worker:
        """A new worker that has run `program`, statement by statement; those that raise are in its `load_errors`.

        trusted: see `Worker`. A server that does not give a worker is replaced, once. Raises CallTimeout or WorkerDied,
        with cell and line, for a statement that takes too long or takes the worker down, SandboxUnavailable if a layer
        of the sandbox failed.
        """
        if self._closed:
            raise SandboxUnavailable("This sandbox is closed.")
        try:
            worker = self._fork(limits, trusted)
        except SandboxUnavailable:
            self._end_server(at_once=True)
            try:
                self._open_first()
                worker = self._fork(limits, trusted)
            except SandboxUnavailable as error:
                raise SandboxUnavailable(f"The sandbox could not start a worker: {error}. Grade again.") from None
        try:
            worker.load(program)
        except BaseException:
            worker.close()
            raise
        return worker

    def close(self) -> None:
        """End the server and all its workers."""
        self._closed = True
        self._end_server()

    def _end_server(self, at_once: bool = False) -> None:
        """at_once: without waiting for what it does now, because it no longer answers."""
        if self._process is None:
            return
        with contextlib.suppress(OSError):  # the server may be gone
            self._control.shutdown(socket.SHUT_RDWR)  # not only close: a fork of the judge may hold the socket, too
        self._control.close()
        if at_once:
            self._process.terminate()
        try:
            self._process.wait(ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()
        self._process = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open_first(self) -> None:
        refusals = []
        for tier in self._tiers:
            try:
                return self._open(tier)
            except SandboxUnavailable as error:
                self._end_server(at_once=True)
                refusals.append(f"{tier.value}: {error}")
        raise SandboxUnavailable(
            f"This machine can't shut student code in ({'; '.join(refusals)}). Grade on Linux 5.13 or newer with user "
            f"namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0) "
            f"or Landlock (lsm=landlock), {NO_SANDBOX}."
        )

    def _open(self, tier: Tier) -> None:
        """Start a server and try a worker, so that what can't work is known now."""
        self._control, theirs = socket.socketpair()
        self._unread = b""
        self._errors = tempfile.TemporaryFile()
        protected = {str(REPOSITORY), os.getcwd(), os.path.expanduser("~")}
        command = [sys.executable, "-m", "autograder.sandbox.server", tier.value, self._warm]
        self._process = subprocess.Popen(
            [*command, str(os.getpid()), str(theirs.fileno()), self._forbidden, *sorted(protected)],
            cwd=REPOSITORY,
            env=_server_environment(),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C is for the judge
        )
        theirs.close()
        self._layers = self._answer(0, START_SECONDS)[0]["layers"]
        self._fork(DEFAULT_LIMITS).close()

    def _fork(self, limits: Limits, trusted: str = "") -> Worker:
        ours, theirs = socket.socketpair()
        output, printed = os.pipe()
        try:
            answer, clock = self._ask({"start": dataclasses.asdict(limits)}, [theirs.fileno(), printed])
        except BaseException:
            ours.close()
            os.close(output)
            raise
        finally:
            theirs.close()
            os.close(printed)
        channel = Channel(ours, output, limits.output_bytes, limits.reply_bytes)
        if self._layers.startswith("landlock"):
            channel.watch = functools.partial(watch, answer["pid"], answer["scratch"], limits)
        try:
            return Worker(answer["pid"], channel, limits, self._end, clock, trusted)
        except (WorkerDied, CallTimeout) as error:
            raise SandboxUnavailable(f"a worker {error} before it was shut in") from None

    def _end(self, pid: int) -> dict:
        """Kill a worker; its wait status and processor time, or nothing if the server is gone, as then it is, too."""
        try:
            return self._ask({"end": pid})[0]
        except SandboxUnavailable:
            return {}

    def _ask(self, request: dict, fds: Sequence[int] = ()) -> tuple[dict, Clock | None]:
        """The server's answer to this very request, and the clock of the worker that it has started.

        Answers to earlier ones, which nobody waits for any more, are passed over; the workers they tell of are ended.
        """
        with self._lock:
            if self._process is None:
                raise SandboxUnavailable("its server ended")
            number = next(self._requests)
            self._send({"id": number, **request}, fds)
            return self._answer(number, ANSWER_SECONDS)

    def _send(self, request: dict, fds: Sequence[int] = ()) -> None:
        try:
            socket.send_fds(self._control, [json.dumps(request).encode() + b"\n"], fds)
        except OSError:
            raise SandboxUnavailable(self._obituary()) from None

    def _answer(self, number: int, seconds: float) -> tuple[dict, Clock | None]:
        """Wait for the answer to request `number`. The server runs no student code, so its word is good."""
        deadline = time.monotonic() + seconds
        while True:
            answer, clock = self._read_answer(deadline, seconds)
            if answer.get("id") == number:
                break
            if "pid" in answer:
                self._send({"id": next(self._requests), "end": answer["pid"]})
        if "failed" in answer:
            raise SandboxUnavailable(answer["failed"])
        return answer, clock

    def _read_answer(self, deadline: float, seconds: float) -> tuple[dict, Clock | None]:
        """The server's next line; with a descriptor of the worker's process if it tells of a new one."""
        clock = None
        try:
            while b"\n" not in self._unread:
                self._control.settimeout(max(0.001, deadline - time.monotonic()))
                chunk, fds, _, _ = socket.recv_fds(self._control, 1 << 16, 1)
                for fd in fds:
                    clock = clock_of(fd)
                    os.close(fd)
                if not chunk:
                    raise SandboxUnavailable(self._obituary())
                self._unread += chunk
            line, _, self._unread = self._unread.partition(b"\n")
            return json.loads(line), clock
        except (TimeoutError, ConnectionResetError):
            raise SandboxUnavailable(f"its server gave no answer within {seconds} s") from None
        except ValueError:  # the judge was interrupted in the middle of another line
            raise SandboxUnavailable("its server's answer was lost") from None

    def _obituary(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return "its server ended" + (f": {lines[-1]}" if lines else "")


def watch(pid: int, scratch: str, limits: Limits) -> None:
    """Raise Overuse for what the kernel limits only with namespaces: the folder's files, root's number of threads."""
    try:
        files = [*os.scandir(scratch), *os.scandir(os.path.join(scratch, "matplotlib"))]
        written = sum(file.stat(follow_symlinks=False).st_size for file in files)
        threads = len(os.listdir(f"/proc/{pid}/task"))
    except OSError:  # it ends at this moment
        return
    if written > limits.scratch_bytes:
        raise Overuse(f"wrote more than {limits.scratch_bytes >> 20} MB of files")
    if len(files) > MAX_FILES:
        raise Overuse(f"made more than {MAX_FILES} files")
    if threads > limits.threads:
        raise Overuse(f"started more than {limits.threads} threads")


def _check_platform(isolate: bool) -> None:
    if os.name != "posix":
        raise SandboxUnavailable(
            "Windows can't run the grader's workers, with or without a sandbox. Grade inside WSL 2 (wsl --install)."
        )
    if isolate and sys.platform != "linux":
        raise SandboxUnavailable(
            "Only Linux can shut student code in. Grade in a Linux container or virtual machine "
            f"(Docker, Podman, Lima), {NO_SANDBOX}."
        )


def _server_environment() -> dict[str, str]:
    """Nothing of the judge's environment but how to compute (so that both compute alike) and where libraries lie."""
    kept = {name: text for name, text in os.environ.items() if name.startswith(("OPENBLAS_", "MKL_"))}
    kept |= {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {
        **kept,
        **dict.fromkeys(ONE_THREAD, "1"),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "USER": "student",
        "LOGNAME": "student",
        "MPLBACKEND": "Agg",
        "MALLOC_ARENA_MAX": "2",  # else each thread reserves 64 MB of the address space that is limited
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
