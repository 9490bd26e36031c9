"""The Linux system calls that Python's os module lacks, through ctypes. Each raises OSError when the kernel says no."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform

NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000

# Numbers that differ between the two architectures; those above 424 are the same on both.
NUMBERS = {
    "x86_64": {"capset": 126, "pivot_root": 155, "prctl": 157, "setns": 308, "seccomp": 317},
    "aarch64": {"capset": 91, "pivot_root": 41, "prctl": 167, "setns": 268, "seccomp": 277},
}
COMMON = {
    "open_tree": 428,
    "close_range": 436,
    "move_mount": 429,
    "mount_setattr": 442,
    "landlock_create_ruleset": 444,
    "landlock_add_rule": 445,
    "landlock_restrict_self": 446,
}

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38

_libc: ctypes.CDLL = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else ctypes.pythonapi  # has none of them


def machine() -> str:
    """The architecture's name if the sandbox knows its system calls, else OSError."""
    if platform.machine() not in NUMBERS:
        raise OSError(f"the processor is {platform.machine()}, and only x86_64 and aarch64 are supported")
    return platform.machine()


def syscall(name: str, *args: object) -> int:
    """Call by name; ints go as C longs (a plain ctypes int would lose its upper half)."""
    number = COMMON.get(name) or NUMBERS[machine()][name]
    converted = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
    return _checked(name, _libc.syscall(ctypes.c_long(number), *converted))


def unshare(flags: int) -> None:
    _checked("unshare", _libc.unshare(flags))


def setns(fd: int, kind: int) -> None:
    syscall("setns", fd, kind)


def prctl(option: int, value: int = 0) -> int:
    return syscall("prctl", option, value, 0, 0, 0)


def mount(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
    _checked(
        f"mount {target}",
        _libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode()),
    )


def detach(target: str) -> None:
    """Unmount the tree at `target`, lazily (MNT_DETACH)."""
    _checked(f"umount {target}", _libc.umount2(target.encode(), 2))


def close_from(fd: int) -> None:
    """Close all descriptors from `fd` on. os.closerange may do it one by one, up to a limit of a thousand million."""
    syscall("close_range", fd, (1 << 32) - 1, 0)


def drop_bounding_set() -> None:
    """So that no program file could ever give a capability back. Who has no right to this has none to lose."""
    for capability in range(64):
        with contextlib.suppress(OSError):  # past the last one that this kernel knows
            prctl(PR_CAPBSET_DROP, capability)


def drop_capabilities() -> None:
    """Empty the effective, permitted and inheritable sets, for good."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    syscall("capset", ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))


def _checked(name: str, result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result
