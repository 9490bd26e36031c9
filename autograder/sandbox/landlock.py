"""Landlock: which files a process may touch, whatever its user id. Needs no privilege (Linux 5.13 and newer)."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

from autograder.sandbox import kernel

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
REFER, TRUNCATE = 1 << 13, 1 << 14
READ = READ_FILE | READ_DIR
WRITE_FLAT = READ | WRITE_FILE | REMOVE_FILE | MAKE_REG | TRUNCATE  # files, but no folders in the folder
WRITE_TREE = WRITE_FLAT | REMOVE_DIR | MAKE_DIR | REFER
FOR_FILES = WRITE_FILE | READ_FILE | TRUNCATE  # the only rights a rule on a single file may name


def abi() -> int:
    """The kernel's Landlock version, 0 where it has none."""
    try:
        return kernel.syscall("landlock_create_ruleset", None, 0, 1)
    except OSError:
        return 0


def restrict(rules: Iterable[tuple[str, int]]) -> None:
    """Deny all file access but `rules` (path, rights), all TCP, and signals to outside.

    Paths that do not exist are left out. The caller has set no_new_privs. What an old version can't deny (truncating
    before 3, TCP before 4, signals before 6) the seccomp filter denies.
    """
    version = abi()
    if not version:
        raise OSError("this kernel has no Landlock, or it is not switched on")
    files = (1 << 13) - 1
    files |= REFER if version >= 2 else 0
    files |= TRUNCATE if version >= 3 else 0
    files |= 1 << 15 if version >= 5 else 0  # ioctl on devices
    attributes = struct.pack("=QQQ", files, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    _enforce(attributes[: 8 if version < 4 else 16 if version < 6 else 24], files, rules)


def restrict_reading(paths: Iterable[str]) -> None:
    """Deny reading all files but those at or below `paths`; it adds to what `restrict` denies. Names can be listed."""
    _enforce(struct.pack("=Q", READ_FILE), READ_FILE, ((path, READ_FILE) for path in paths))


def _enforce(attributes: bytes, files: int, rules: Iterable[tuple[str, int]]) -> None:
    ruleset = kernel.syscall("landlock_create_ruleset", ctypes.c_char_p(attributes), len(attributes), 0)
    for path, rights in rules:
        _allow(ruleset, path, rights & files)
    kernel.syscall("landlock_restrict_self", ruleset, 0)
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):
            rights &= FOR_FILES
        rule = ctypes.c_char_p(struct.pack("=Qi", rights, beneath))
        kernel.syscall("landlock_add_rule", ruleset, 1, rule, 0)
    finally:
        os.close(beneath)
