"""Runs a command where a container's filter refuses system calls: `python walls.py namespaces,landlock COMMAND ...`.

Docker's usual filter refuses what makes namespaces and mounts; older ones, and kernels without it, Landlock too.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

from autograder.sandbox import kernel

LOAD, EQUAL, RETURN, ALLOW, REFUSE = 0x20, 0x15, 0x06, 0x7FFF0000, 0x00050000 | errno.EPERM
UNSHARE, MOUNT = {"x86_64": (272, 165), "aarch64": (97, 40)}[platform.machine()]
REFUSED = {
    "namespaces": [UNSHARE, MOUNT, kernel.NUMBERS[platform.machine()]["setns"], kernel.COMMON["open_tree"]],
    "landlock": [kernel.COMMON[name] for name in kernel.COMMON if name.startswith("landlock")],
}


def refuse(numbers: list[int]) -> None:
    """From now on the kernel refuses these system calls to this process and its children."""
    steps = [(LOAD, 0, 0, 0)]
    for number in numbers:
        steps += [(EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE)]
    program = b"".join(struct.pack("=HBBI", *step) for step in [*steps, (RETURN, 0, 0, ALLOW)])
    code = ctypes.create_string_buffer(program)
    filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code)))
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.syscall("seccomp", 1, 0, filter_)


if __name__ == "__main__":
    refuse([number for name in filter(None, sys.argv[1].split(",")) for number in REFUSED[name]])
    os.execvp(sys.argv[2], sys.argv[2:])
