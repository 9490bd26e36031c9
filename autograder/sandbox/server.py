"""The fork server: imports NumPy and PyTorch once, then forks a worker whenever the judge asks.

Two processes. The guard waits for the end of the judge or of the server and takes the other down. Its child, the
server, is shut in before it imports anything big; with namespaces it is process 1 of its own, so that all its workers
end with it.

    python -m autograder.sandbox.server TIER WARM JUDGE_PID CONTROL_FD FORBIDDEN PROTECTED...
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import importlib.machinery
import importlib.util
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from autograder import REPOSITORY
from autograder.sandbox import isolation, kernel, view, worker
from autograder.sandbox.outcomes import Limits, Tier

# What is imported for each WARM. The first optimizer of a process imports torch._dynamo, which takes a second; asking a
# student's model imports cnnlab, which takes a third of one.
WARM = {
    "numpy": ("numpy",),
    "torch": (
        "numpy",
        "torch",
        "torch.nn.functional",
        "torch.optim",
        "torch._dynamo",
        "cnnlab.checking.probes",
        "cnnlab.networks.tracing",
    ),
}


def main(arguments: list[str]) -> None:
    name, warm, judge, control, names, *protected = arguments
    tier = Tier(name)
    connection = socket.socket(fileno=int(control))
    forbidden = tuple(names.split())
    try:
        machine = isolation.look_at_machine(tier, view.readable(REPOSITORY, tuple(map(Path, protected))), forbidden)
        scratch = "" if tier == Tier.NAMESPACES else tempfile.mkdtemp(prefix="grader-")
        if sys.platform == "linux":
            guard(machine, int(judge), connection, scratch)
        serve(machine, warm, forbidden, connection, scratch)
    except (OSError, ImportError) as error:
        _send(connection, {"id": 0, "failed": str(error)})


def guard(machine: isolation.Machine, judge: int, connection: socket.socket, scratch: str) -> None:
    """Returns in the server, which is a child; the guard itself ends here. SIGTERM: the server no longer answers."""
    watch_judge = os.pidfd_open(judge)
    me = os.getpid()
    if os.getppid() != judge:
        os._exit(1)
    if machine.tier == Tier.NAMESPACES:
        isolation.enter_namespaces()
    server = os.fork()
    if server == 0:
        os.close(watch_judge)
        isolation.die_with_parent(0 if machine.tier == Tier.NAMESPACES else me)
        return
    connection.close()
    watch_server = os.pidfd_open(server)
    awake, asked = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(asked, b"x"))
    select.select([watch_judge, watch_server, awake], [], [])
    os.kill(server, signal.SIGKILL)
    os.waitpid(server, 0)
    if scratch:
        shutil.rmtree(scratch, ignore_errors=True)
    os._exit(0)


def serve(
    machine: isolation.Machine, warm: str, forbidden: tuple[str, ...], connection: socket.socket, scratch: str
) -> None:
    """Answer the judge until it hangs up."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # rather a worker than the judge, when the machine's memory runs out
            Path("/proc/self/oom_score_adj").write_text("1000")
        statm = os.open("/proc/self/statm", os.O_RDONLY)
        own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY)
    if machine.tier == Tier.NAMESPACES:
        view.build(machine.readable, machine.absent)
        scratch = view.SCRATCH
    os.environ.update(HOME=scratch, TMPDIR=scratch)
    warm_up(WARM[warm], forbidden)
    baseline = int(os.pread(statm, 64, 0).split()[0]) * os.sysconf("SC_PAGE_SIZE") if sys.platform == "linux" else 0
    isolation.leave_out_absent(machine, scratch)
    nursery = Nursery(machine, scratch, baseline, own_pids if machine.tier == Tier.NAMESPACES else -1)
    _send(connection, {"id": 0, "layers": machine.layers})
    for request, fds in requests(connection):
        answer = {"id": request["id"], **nursery.answer(request, fds)}
        _send(connection, answer, answer.get("pid"))
    nursery.close()
    os._exit(0)


def requests(connection: socket.socket) -> Iterator[tuple[dict, list[int]]]:
    """The judge's requests, a line each, with the descriptors that came along, until it hangs up."""
    text, fds = b"", []
    while True:
        chunk, more, _, _ = socket.recv_fds(connection, 1 << 16, 2)
        if not chunk:
            return
        *lines, text = (text + chunk).split(b"\n")
        fds += more
        for line in lines:
            request = json.loads(line)
            count = 2 if "start" in request else 0
            yield request, fds[:count]
            del fds[:count]


def warm_up(names: tuple[str, ...], forbidden: tuple[str, ...]) -> None:
    """Import what every worker needs. No operation runs: one that starts threads leaves forked children hanging."""
    sys.path[:] = [entry for entry in sys.path if entry and Path(entry) != REPOSITORY]
    sys.meta_path.insert(0, CourseFinder())
    sys.argv = [""]
    if "torch" in forbidden:
        names = WARM["numpy"]
    for name in names:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != "torch":  # a class without PyTorch questions needs no PyTorch
                raise
            break
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    if forbidden:
        sys.meta_path.insert(0, Forbidden(forbidden))
        for name in [name for name in sys.modules if name.split(".")[0] in forbidden]:
            del sys.modules[name]
    gc.collect()
    gc.freeze()


class CourseFinder:
    """Finds `cnnlab`, whose parent folder is the repository: that must not be listed, so it can't stand in sys.path."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        folder = REPOSITORY / "cnnlab"
        if name != "cnnlab":
            return None
        return importlib.util.spec_from_file_location(
            name, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )


class Forbidden:
    """An importer that refuses with a sentence. That is for honest students: `view.absent` is what makes it so."""

    def __init__(self, packages: tuple[str, ...]) -> None:
        self.packages = packages

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name.split(".")[0] in self.packages:
            raise ImportError(f"{name.split('.')[0]} is not allowed in this assignment")


@dataclass
class Nursery:
    """The workers that live: process id to scratch folder."""

    machine: isolation.Machine
    scratch: str
    baseline: int
    own_pids: int

    def __post_init__(self) -> None:
        self.workers: dict[int, str] = {}

    def answer(self, request: dict, fds: list[int]) -> dict:
        try:
            if "start" in request:
                return self.start(Limits(**request["start"]), *fds)
            return self.end(request["end"])
        except OSError as error:
            return {"failed": str(error)}
        finally:
            for fd in fds:
                os.close(fd)

    def start(self, limits: Limits, connection: int, output: int) -> dict:
        """Fork a worker that talks on `connection` and prints to `output`."""
        private = self.machine.tier == Tier.NAMESPACES
        scratch = self.scratch if private else tempfile.mkdtemp(dir=self.scratch)
        server = 0 if private else os.getpid()
        if private:
            kernel.unshare(kernel.NEWPID)  # the next child is process 1 of a namespace of its own
        try:
            pid = os.fork()
            if pid == 0:
                confine = functools.partial(isolation.confine, self.machine, limits, scratch, self.baseline, server)
                worker.main(connection, output, limits, scratch, confine)
        finally:
            if private:
                kernel.setns(self.own_pids, kernel.NEWPID)
        self.workers[pid] = scratch
        return {"pid": pid, "scratch": scratch}

    def end(self, pid: int) -> dict:
        """Kill a worker and tell how it ended. One that had begun to end by itself keeps its own status."""
        (os.killpg if self.machine.tier == Tier.NONE else os.kill)(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
        scratch = self.workers.pop(pid)
        if scratch != self.scratch:
            shutil.rmtree(scratch, ignore_errors=True)
        return {"status": status, "cpu_seconds": usage.ru_utime + usage.ru_stime}

    def close(self) -> None:
        for pid in list(self.workers):
            self.end(pid)
        if self.machine.tier != Tier.NAMESPACES:
            shutil.rmtree(self.scratch, ignore_errors=True)


def _send(connection: socket.socket, message: dict, pid: int | None = None) -> None:
    """A line for the judge. With the descriptor of process `pid`, which the judge may know by another number."""
    fds = []
    with contextlib.suppress(OSError, AttributeError):  # no Linux
        fds += [os.pidfd_open(pid)] if pid else []
    socket.send_fds(connection, [json.dumps(message).encode() + b"\n"], fds)
    for fd in fds:
        os.close(fd)


if __name__ == "__main__":
    main(sys.argv[1:])
