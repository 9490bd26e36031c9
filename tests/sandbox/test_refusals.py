"""Where a machine can't shut student code in, nothing runs, and the sentence says what to do."""

from __future__ import annotations

import os
import signal
import socket
import sys

import pytest
from programs import QUICK

from autograder.sandbox import (
    Sandbox,
    SandboxUnavailable,
    Tier,
    WorkerDied,
    isolation,
    kernel,
    landlock,
    seccomp,
    view,
    worker,
)
from autograder.sandbox.channel import Channel
from autograder.sandbox.judge import Worker


def forked_worker(confine):
    """The judge's side of a worker without a server, whose `confine` is this."""
    ours, theirs = socket.socketpair()
    output, printed = os.pipe()
    pid = os.fork()
    if pid == 0:
        worker.main(theirs.fileno(), printed, QUICK, "/tmp", confine)
    theirs.close()
    os.close(printed)

    def end(pid):
        os.kill(pid, signal.SIGKILL)
        return {"status": os.waitpid(pid, 0)[1], "cpu_seconds": 0}

    return Worker(pid, Channel(ours, output, 1000, 1000), QUICK, end)


@pytest.mark.parametrize("layer", ["drop_capabilities", "prctl", "landlock", "seccomp", "limits"])
def test_no_student_code_runs_when_a_layer_fails(monkeypatch, tmp_path, layer):
    def refuse(*args):
        raise OSError(f"no {layer} here")

    if layer in ("landlock", "seccomp"):
        monkeypatch.setattr({"landlock": landlock, "seccomp": seccomp}[layer], "restrict", refuse)
    elif layer == "limits":
        monkeypatch.setattr(isolation, "_limit_resources", refuse)
    else:
        monkeypatch.setattr(kernel, layer, refuse)
        monkeypatch.setattr(kernel, "drop_bounding_set", lambda: None)
    machine = isolation.Machine(Tier.LANDLOCK, [], [], 0, True)
    me = os.getpid()
    with pytest.raises(SandboxUnavailable, match=f"^the worker could not be shut in: OSError: no {layer} here$"):
        forked_worker(lambda: isolation.confine(machine, QUICK, str(tmp_path), 1 << 40, me))


def test_a_worker_that_ends_before_it_is_ready_runs_nothing():
    with pytest.raises(WorkerDied, match=r"stopped by os\._exit\(5\)"):
        forked_worker(lambda: os._exit(5))


def test_other_platforms_are_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SandboxUnavailable, match="^Only Linux can shut student code in.*container.*--no-sandbox"):
        Sandbox()
    monkeypatch.setattr(os, "name", "nt")
    for isolate in (True, False):
        with pytest.raises(SandboxUnavailable, match=r"^Windows .*WSL 2 \(wsl --install\)"):
            Sandbox(isolate=isolate)


def test_a_machine_that_gives_neither_tier_is_refused_with_both_reasons(monkeypatch):
    def refuse(self, tier):
        raise SandboxUnavailable(
            {"namespaces": "unshare: Operation not permitted", "landlock": "no Landlock"}[tier.value]
        )

    monkeypatch.setattr(Sandbox, "_open", refuse)
    sentence = "namespaces: unshare: Operation not permitted; landlock: no Landlock.*sysctl.*--no-sandbox"
    with pytest.raises(SandboxUnavailable, match=sentence):
        Sandbox()


def test_a_server_that_cannot_start_says_why(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/bin/false")
        with pytest.raises(SandboxUnavailable, match="namespaces: its server ended; landlock: its server ended"):
            Sandbox()
    with monkeypatch.context() as patch:
        patch.setenv("HOME", os.path.join(sys.base_prefix, "lib", "home"))
        with pytest.raises(SandboxUnavailable, match="home lies inside .*move it elsewhere"):
            Sandbox()


def test_the_survey_knows_what_is_missing(monkeypatch):
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    with pytest.raises(OSError, match="no Landlock"):
        isolation.look_at_machine(Tier.LANDLOCK, [])
    with pytest.raises(OSError, match="no Landlock"):
        landlock.restrict([])
    assert isolation.look_at_machine(Tier.NAMESPACES, []).layers == "namespaces+seccomp"
    monkeypatch.setattr(kernel.platform, "machine", lambda: "riscv64")
    with pytest.raises(OSError, match="the processor is riscv64, and only x86_64 and aarch64"):
        isolation.look_at_machine(Tier.NAMESPACES, [])


def test_a_folder_that_would_expose_the_project_is_refused(tmp_path, monkeypatch):
    course = tmp_path / "lib" / "course"
    course.mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(
        OSError, match="course lies inside .*lib, which the student's code must read; move it elsewhere"
    ):
        view.readable(tmp_path, (course,))
    paths = view.readable(tmp_path, (tmp_path,))
    assert str(tmp_path / "lib") in paths
    assert not [path for path in paths for other in paths if path != other and path.startswith(other + "/")]


def run_filter(code, machine, number, *arguments):
    """Interpret the BPF of a seccomp filter for one system call: "allow", "kill", or the errno."""
    steps = [code[at : at + 8] for at in range(0, len(code), 8)]
    data = {0: number, 4: seccomp.AUDIT_ARCH[machine]}
    data |= {16 + 8 * i: value & 0xFFFFFFFF for i, value in enumerate(arguments)}
    at = accumulator = 0
    while True:
        operation, if_true, if_false = int.from_bytes(steps[at][:2], sys.byteorder), steps[at][2], steps[at][3]
        value = int.from_bytes(steps[at][4:], sys.byteorder)
        at += 1
        if operation == seccomp.LOAD:
            accumulator = data.get(value, 0)
        elif operation == seccomp.RETURN:
            return {seccomp.ALLOW: "allow", seccomp.KILL_PROCESS: "kill"}.get(value, value & 0xFFFF)
        else:
            equal, greater = accumulator == value, accumulator > value
            tests = {seccomp.EQUAL: equal, seccomp.GREATER: greater, seccomp.ANY_BIT: bool(accumulator & value)}
            at += if_true if tests[operation] else if_false


@pytest.mark.parametrize(
    ("machine", "clone", "kill", "execve", "openat", "read", "prlimit"),
    [("x86_64", 56, 62, 59, 257, 0, 302), ("aarch64", 220, 129, 221, 56, 63, 261)],
)
def test_the_filter_decides_the_same_on_both_architectures(machine, clone, kill, execve, openat, read, prlimit):
    code = seccomp.build(machine, 77)

    def verdict(*call):
        return run_filter(code, machine, *call)

    denied, unknown = 1, 38
    assert verdict(read) == "allow" and verdict(execve) == denied and verdict(435) == verdict(470) == unknown
    assert verdict(clone, 0x3D0F00) == "allow" and verdict(clone, 17) == verdict(clone, 0x4111) == denied
    assert (
        verdict(kill, 77, 9) == "allow" and verdict(kill, 78, 9) == verdict(kill, -1, 9) == verdict(kill, 0) == denied
    )
    assert verdict(prlimit, 0) == "allow" and verdict(prlimit, 78) == denied
    assert verdict(openat, 0, 0, os.O_RDONLY) == "allow" and verdict(openat, 0, 0, os.O_RDONLY | os.O_TRUNC) == denied
    assert verdict(openat, 0, 0, os.O_WRONLY | os.O_TRUNC | os.O_CREAT) == "allow"
    other = {"x86_64": "aarch64", "aarch64": "x86_64"}[machine]
    assert run_filter(code, other, read) == "kill"
    assert machine != "x86_64" or verdict(0x40000000 + read) == "kill"
