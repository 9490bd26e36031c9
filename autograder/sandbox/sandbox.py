"""The sandbox: a server, started once, that forks shut-in workers on demand."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from autograder.sandbox.channel import Channel
from autograder.sandbox.judge import Overuse, Worker
from autograder.sandbox.outcomes import MAX_FILES, CallTimeout, Limits, SandboxUnavailable, Statement, WorkerDied

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 120  # importing PyTorch from a slow disk
ANSWER_SECONDS = 30
NO_SANDBOX = "or grade with --no-sandbox, which runs student code with your own rights: every result then says so"
DEFAULT_LIMITS = Limits()
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


class Sandbox:
    """Forks shut-in workers from a warm server. One for each judge process; also a context manager.

    isolate=False runs student code with the judge's own rights. tier: "namespaces" or "landlock" accepts only that one;
    without it the first that the machine can give is taken. torch=False leaves PyTorch to those who import it: the
    server then starts in a tenth of the time, and a worker in a third. Raises SandboxUnavailable with what to do.
    """

    def __init__(self, isolate: bool = True, tier: str | None = None, torch: bool = True) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        _check_platform(isolate)
        self._warm = "torch" if torch else "numpy"
        self._tiers = ([tier] if tier else ["namespaces", "landlock"]) if isolate else ["none"]
        self._open_first()

    @property
    def tier(self) -> str:
        """The layers around a worker, as they are: "namespaces+landlock+seccomp", "landlock+seccomp", "none", ..."""
        return self._name

    def start(self, program: Iterable[Statement], limits: Limits = DEFAULT_LIMITS) -> Worker:
        """A new worker that has run `program`, statement by statement; those that raise are in its `load_errors`.

        Raises CallTimeout or WorkerDied, with cell and line, for a statement that takes too long or takes the worker
        down, SandboxUnavailable if a layer of the sandbox failed.
        """
        if self._process is None:
            raise SandboxUnavailable("This sandbox is closed.")
        if self._process.poll() is not None:
            self.close()
            self._open_first()
        try:
            worker = self._fork(limits)
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
        if self._process is None:
            return
        with contextlib.suppress(OSError):  # the server may be gone
            self._control.shutdown(socket.SHUT_RDWR)  # not only close: a fork of the judge may hold the socket, too
        self._control.close()
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
                self.close()
                refusals.append(f"{tier}: {error}")
        raise SandboxUnavailable(
            f"This machine can't shut student code in ({'; '.join(refusals)}). Grade on Linux 5.13 or newer with user "
            f"namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0) "
            f"or Landlock (lsm=landlock), {NO_SANDBOX}."
        )

    def _open(self, tier: str) -> None:
        """Start a server and try a worker, so that what can't work is known now."""
        self._control, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()
        protected = {str(PROJECT), os.getcwd(), os.path.expanduser("~")}
        command = [sys.executable, "-m", "autograder.sandbox.server", tier, self._warm]
        self._process = subprocess.Popen(
            [*command, str(os.getpid()), str(theirs.fileno()), *sorted(protected)],
            cwd=PROJECT,
            env=_server_environment(),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C is for the judge
        )
        theirs.close()
        self._name = self._answer(START_SECONDS)["tier"]
        self._fork(DEFAULT_LIMITS).close()

    def _fork(self, limits: Limits) -> Worker:
        ours, theirs = socket.socketpair()
        output, printed = os.pipe()
        try:
            request = {"start": dataclasses.asdict(limits)}
            answer = self._ask(request, [theirs.fileno(), printed])
        except BaseException:
            ours.close()
            os.close(output)
            raise
        finally:
            theirs.close()
            os.close(printed)
        channel = Channel(ours, output, limits.output_bytes, limits.reply_bytes)
        if self._name.startswith("landlock"):
            channel.watch = functools.partial(watch, answer["pid"], answer["scratch"], limits)
        try:
            return Worker(answer["pid"], channel, limits, self._end)
        except (WorkerDied, CallTimeout) as error:
            raise SandboxUnavailable(f"a worker {error} before it was shut in") from None

    def _end(self, pid: int) -> dict:
        """Kill a worker; its wait status and processor time, or nothing if the server is gone, as then it is, too."""
        try:
            return self._ask({"end": pid})
        except SandboxUnavailable:
            return {}

    def _ask(self, request: dict, fds: Sequence[int] = ()) -> dict:
        with self._lock:
            try:
                socket.send_fds(self._control, [json.dumps(request).encode()], fds)
            except OSError:
                raise SandboxUnavailable(self._obituary()) from None
            return self._answer(ANSWER_SECONDS)

    def _answer(self, seconds: float) -> dict:
        """The server's next line. It runs no student code, so its word is good."""
        self._control.settimeout(seconds)
        text = b""
        try:
            while not text.endswith(b"\n"):
                chunk = self._control.recv(1 << 16)
                if not chunk:
                    raise SandboxUnavailable(self._obituary())
                text += chunk
        except (TimeoutError, ConnectionResetError):
            raise SandboxUnavailable(f"its server gave no answer within {seconds} s") from None
        answer = json.loads(text)
        if "unavailable" in answer or "failed" in answer:
            raise SandboxUnavailable(answer.get("unavailable") or answer["failed"])
        return answer

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
