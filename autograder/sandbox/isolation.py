"""Shutting a worker in: one function a mechanism, in the order in which they are laid on.

Two tiers. Namespaces: the server has left the machine's files, processes and network behind before it imported
anything big, and each worker gets process, mount and network namespaces of its own inside that. Landlock: where user
namespaces are refused (most containers), Landlock and the seccomp filter alone. Every layer that a tier promises raises
OSError when the kernel refuses it, and then no student code runs.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass

from autograder.sandbox import kernel, landlock, seccomp, view
from autograder.sandbox.outcomes import Limits, Tier

INSIDE_ID = 1000
NOBODY = 65534


@dataclass
class Machine:
    """What the server found out about the machine, for all its workers."""

    tier: Tier
    readable: list[str]
    absent: list[str]  # of that, what belongs to forbidden packages
    threads: int  # that this user runs already: the limit on processes counts them
    has_landlock: bool

    @property
    def layers(self) -> str:
        """The layers that are really there."""
        if self.tier == Tier.NONE:
            return Tier.NONE.value
        layers = ("namespaces", "landlock", "seccomp")
        there = (self.tier == Tier.NAMESPACES, self.has_landlock, True)
        return "+".join(layer for layer, is_there in zip(layers, there) if is_there)


def look_at_machine(tier: Tier, readable: list[str], forbidden: tuple[str, ...] = ()) -> Machine:
    """Look at the machine before it is left behind. OSError if it can't give the tier."""
    has_landlock = sys.platform == "linux" and landlock.abi() > 0
    if tier != Tier.NONE:
        kernel.machine()
    if tier == Tier.LANDLOCK and not has_landlock:
        raise OSError("this kernel has no Landlock (Linux 5.13 or newer), or it is not switched on")
    absent = view.absent(readable, forbidden) if tier != Tier.NONE else []
    return Machine(tier, readable, absent, _count_threads() if sys.platform == "linux" else 0, has_landlock)


def enter_namespaces() -> None:
    """User, pid, network, IPC and host name namespaces; the pid one is for the next child. Needs a single thread.

    Root becomes root of the namespace only; its workers become nobody, who owns no file. Others stay who they are.
    """
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        _with_helper(lambda pid: _map_ids(pid, f"0 0 1\n{INSIDE_ID} {NOBODY} 1\n", f"0 0 1\n{INSIDE_ID} {NOBODY} 1\n"))
    else:
        kernel.unshare(kernel.NEWUSER)
        _write("/proc/self/setgroups", "deny")
        _map_ids(os.getpid(), f"{uid} {uid} 1\n", f"{gid} {gid} 1\n")
    kernel.unshare(kernel.NEWPID | kernel.NEWNET | kernel.NEWIPC | kernel.NEWUTS)
    socket.sethostname("sandbox")


def confine(machine: Machine, limits: Limits, scratch: str, baseline: int, server: int) -> None:
    """Everything that happens in a fresh worker before it reads a byte. `baseline`: its address space now, in bytes."""
    if machine.tier != Tier.NONE:
        kernel.drop_bounding_set()
    if machine.tier == Tier.NAMESPACES:
        kernel.unshare(kernel.NEWNS | kernel.NEWNET | kernel.NEWIPC)
        view.mount_private(limits.scratch_bytes)
        _become_nobody()
    if machine.tier == Tier.NONE:
        os.setsid()  # so that its children can be killed with it
    os.chdir(scratch)
    os.mkdir("matplotlib")  # its settings folder: Landlock alone allows no new folders
    if machine.tier != Tier.NONE:
        kernel.drop_capabilities()
    if sys.platform == "linux":
        die_with_parent(server if machine.tier != Tier.NAMESPACES else 0)
    _limit_resources(limits, baseline, machine.threads)
    if machine.tier != Tier.NONE:
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # a crash writes no core, and starts no crash reporter of the system
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        if machine.has_landlock:
            landlock.restrict(_file_rules(machine, scratch))
        seccomp.restrict(os.getpid())


def leave_out_absent(machine: Machine, scratch: str) -> None:
    """The server itself, and so every worker, loses the right to read what is forbidden. With namespaces it is gone."""
    if machine.tier == Tier.LANDLOCK and machine.absent:
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        paths = [*view.without(machine.readable, machine.absent), *view.DEVICES, *view.PROC_FILES, scratch]
        landlock.restrict_reading(paths)


def die_with_parent(parent: int) -> None:
    """SIGKILL when the parent ends, which is process `parent` (0: it lies outside this pid namespace)."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise OSError("the server ended")


def _file_rules(machine: Machine, scratch: str) -> list[tuple[str, int]]:
    if machine.tier == Tier.NAMESPACES:
        rules = [("/", landlock.READ), (scratch, landlock.WRITE_TREE)]
    else:
        paths = [*machine.readable, *view.DEVICES, *view.PROC_FILES]
        rules = [(path, landlock.READ) for path in paths] + [(scratch, landlock.WRITE_FLAT)]
    return [*rules, ("/dev/null", landlock.READ_FILE | landlock.WRITE_FILE)]


def _become_nobody() -> None:
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(INSIDE_ID, INSIDE_ID, INSIDE_ID)
        os.setresuid(INSIDE_ID, INSIDE_ID, INSIDE_ID)


def _limit_resources(limits: Limits, baseline: int, threads: int) -> None:
    def limit(what: int, amount: int) -> None:
        most = resource.getrlimit(what)[1]  # of the machine's own (`ulimit -H`): it can't be raised
        amount = amount if most == resource.RLIM_INFINITY else min(amount, most)
        resource.setrlimit(what, (amount, amount))

    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, limits.scratch_bytes)
    limit(resource.RLIMIT_NOFILE, limits.open_files)
    limit(resource.RLIMIT_CPU, limits.cpu_seconds)
    if sys.platform == "linux":
        limit(resource.RLIMIT_AS, baseline + limits.memory_bytes)
        limit(resource.RLIMIT_NPROC, threads + limits.threads)


def _with_helper(map_ids: Callable[[int], None]) -> None:
    """Enter a user namespace whose ids are mapped by a child that stays outside: only there may root name other ids."""
    me = os.getpid()
    entered, tell = os.pipe()
    helper = os.fork()
    if helper == 0:
        try:
            os.close(tell)
            if os.read(entered, 1):
                map_ids(me)
            os._exit(0)
        except BaseException:
            os._exit(1)
    os.close(entered)
    try:
        kernel.unshare(kernel.NEWUSER)
        os.write(tell, b"x")
    finally:
        os.close(tell)
        status = os.waitpid(helper, 0)[1]
    if status:
        raise OSError("the user ids of a user namespace could not be set")


def _map_ids(pid: int, users: str, groups: str) -> None:
    _write(f"/proc/{pid}/uid_map", users)
    _write(f"/proc/{pid}/gid_map", groups)


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY)  # one write call: the kernel takes no second one
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _count_threads() -> int:
    uid, count = os.getuid(), 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.stat(f"/proc/{pid}").st_uid == uid:
                count += len(os.listdir(f"/proc/{pid}/task"))
        except OSError:  # ended meanwhile
            continue
    return count
