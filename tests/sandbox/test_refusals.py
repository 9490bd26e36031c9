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


DENIED, UNKNOWN, NO_TERMINAL, SELF = 1, 38, 25, 77
# calls by number on each architecture, as in the kernel's own tables
NUMBERS = {
    "x86_64": {"fcntl": 72, "ioctl": 16, "prctl": 157, "clone": 56, "kill": 62, "tgkill": 234, "prlimit": 302},
    "aarch64": {"fcntl": 25, "ioctl": 29, "prctl": 167, "clone": 220, "kill": 129, "tgkill": 131, "prlimit": 261},
}
MACHINES = pytest.mark.parametrize("machine", NUMBERS)


def allowed(machine, call, values, at):
    """Those values of an argument with which a call is allowed, and what it gets with the others."""
    code = seccomp.build(machine, SELF)
    verdicts = {value: run_filter(code, machine, NUMBERS[machine][call], *[0] * at, value) for value in values}
    return [value for value, verdict in verdicts.items() if verdict == "allow"], {*verdicts.values()} - {"allow"}


@MACHINES
def test_a_call_is_allowed_for_what_it_is_needed_for_and_nothing_else(machine):
    # copies and flags of descriptors; not their owner or signals (8 to 16), locks (5 to 7, 36 to 38), leases (1024)
    assert allowed(machine, "fcntl", range(2000), 1) == ([0, 1, 2, 3, 4, 1030], {DENIED})
    # settings and size of a terminal, what is there to read, blocking, closing on exec: not what is typed (0x5412)
    ioctls = [0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451]
    assert allowed(machine, "ioctl", range(0x5400, 0x8A00), 1) == (ioctls, {NO_TERMINAL})
    assert allowed(machine, "ioctl", [0x802C542A, 0x400454CA], 1) == ([0x802C542A], {NO_TERMINAL})
    # names of threads and mappings: not the signal at its parent's death (1), nor who may trace it (4, 0x59616D61)
    assert allowed(machine, "prctl", range(200), 0) == ([15, 16], {DENIED})
    assert allowed(machine, "prctl", [0x53564D41, 0x59616D61], 0) == ([0x53564D41], {DENIED})
    assert allowed(machine, "clone", [1 << bit for bit in range(32)], 0) == ([0x10000], {DENIED})  # CLONE_THREAD
    for call in ("kill", "tgkill"):
        assert allowed(machine, call, [-SELF, -1, 0, 1, SELF - 1, SELF, SELF + 1], 0) == ([SELF], {DENIED})
    assert allowed(machine, "prlimit", [-1, 0, 1, SELF], 0) == ([0], {DENIED})


@MACHINES
def test_a_file_that_is_opened_to_read_is_not_emptied(machine):
    code = seccomp.build(machine, SELF)
    for number, at in {"x86_64": ((2, 1), (257, 2)), "aarch64": ((56, 2),)}[machine]:
        for access in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR):
            for more in (0, os.O_CREAT, os.O_APPEND, os.O_TRUNC, os.O_TRUNC | os.O_CREAT):
                verdict = run_filter(code, machine, number, *[0] * at, access | more)
                assert verdict == (DENIED if access == os.O_RDONLY and more & os.O_TRUNC else "allow")


# execve, ptrace, sockets, mounts, namespaces, keys, bpf, perf, io_uring, pidfd_open, other processes' memory,
# chmod, chown, utimes, setuid, memfd_create, shared memory, ...
REFUSED = {
    "x86_64": "57 58 59 322 101 310 311 41 42 43 44 45 46 47 49 50 53 165 166 155 161 272 308 428 429 430 432 442 248"
    " 249 250 321 298 425 426 427 434 438 424 440 90 91 268 92 93 94 260 132 235 261 280 105 106 113 114 117 119 122"
    " 123 116 126 112 109 319 29 30 31 64 68 240 200 129 297 203 142 144 314 141 251 103 169 170 171 175 246 304 133"
    " 259 188 189 190 197 76 323 163 172 173 300 447 448",
    "aarch64": "221 281 117 270 271 198 199 200 201 202 203 206 207 211 212 40 39 41 51 97 268 428 429 430 432 442 217"
    " 218 219 280 282 241 425 426 427 434 438 424 440 52 53 54 55 88 143 144 145 146 147 149 151 152 159 91 157 154"
    " 279 194 190 180 186 130 138 240 122 118 119 274 140 30 116 142 161 162 105 106 104 265 33 5 6 7 14 45 89 262"
    " 447 448",
}


@MACHINES
def test_calls_that_reach_beyond_the_worker_are_refused_whatever_their_arguments(machine):
    code = seccomp.build(machine, SELF)
    for number in map(int, REFUSED[machine].split()):
        for value in (0, 1, SELF, 0x10000):
            assert run_filter(code, machine, number, value, value, value) == DENIED, number


@MACHINES
def test_calls_newer_than_the_filter_are_not_there(machine):
    """Libraries fall back then. On x86_64 the x32 numbers, which name the same calls again, kill."""
    code = seccomp.build(machine, SELF)
    assert [run_filter(code, machine, number) for number in (435, 437)] == [UNKNOWN] * 2
    assert [run_filter(code, machine, number) for number in (450, 451, 0x3FFFFFFF)] == [DENIED, UNKNOWN, UNKNOWN]
    beyond = {run_filter(code, machine, number) for number in (0x40000000, 0x40000001, 0xFFFFFFFF)}
    assert beyond == {"kill" if machine == "x86_64" else UNKNOWN}
