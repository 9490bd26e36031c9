"""What a worker may read: Python, its packages, the system's libraries and fonts, the course's `cnnlab`; nothing else.

`readable` lists it, and `absent` what of that is not there for an assignment that forbids it. Where namespaces are
allowed, `build` makes a root folder of nothing but that; elsewhere Landlock enforces the same list.
"""

from __future__ import annotations

import ctypes
import glob
import os
import re
import stat
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.sandbox import kernel
from autograder.sandbox.outcomes import MAX_FILES

SYSTEM = (
    *("/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64", "/lib", "/lib32", "/lib64"),
    *("/nix/store", "/usr/share/fonts", "/usr/share/zoneinfo", "/usr/share/fontconfig"),
    *("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/fonts", "/sys/devices/system/cpu"),
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
NOTHING, NO_FILE = "/.nothing", "/.no_file"  # what a worker sees of a forbidden package
# Shared libraries of packages that are named otherwise than these
LIBRARIES = {"torch": ("libc10", "libcaffe2"), "cv2": ("libopencv",), "jax": ("libxla",)}
SCRATCH = "/scratch"  # and /tmp leads there, unless Python itself lies below /tmp
PROC_FILES = ("/proc/cpuinfo", "/proc/meminfo")
ACCOUNTS = {
    "/etc/passwd": "student:x:1000:1000::/scratch:/bin/false\n",
    "/etc/group": "student:x:1000:\n",
}
# The kernel's names without their prefixes (MS_, MOUNT_ATTR_, AT_, OPEN_TREE_, MOVE_MOUNT_)
RDONLY, NOSUID, NODEV, NOEXEC, RECURSIVE, PRIVATE = 1, 2, 4, 8, 1 << 14, 1 << 18
AT_FDCWD, AT_EMPTY_PATH, AT_RECURSIVE, CLONE_TREE, CLOEXEC, MOVE_EMPTY_PATH = -100, 0x1000, 0x8000, 1, 0o2000000, 4


def readable(project: Path, protected: tuple[Path, ...]) -> list[str]:
    """The files and folders a worker may read: absolute, none inside another.

    project: the folder `cnnlab` lies in. protected: folders that must not be inside any of them, with all they hold.
    OSError names the folder that makes this impossible.
    """
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    folders = [os.path.join(prefix, part) for prefix in prefixes for part in ("lib", "lib64", "lib32", "share/fonts")]
    folders += [entry for entry in sys.path if os.path.basename(entry) in ("site-packages", "dist-packages")]
    folders += [entry for entry in os.environ.get("LD_LIBRARY_PATH", "").split(":") if os.path.isabs(entry)]
    folders += [*SYSTEM, str(project / "cnnlab")]
    kept: list[str] = []
    for folder in sorted({os.path.normpath(folder) for folder in folders if os.path.exists(folder)}):
        if not any(_inside(folder, other) for other in kept):
            kept.append(folder)
    for folder in kept:
        for secret in protected:
            if _inside(os.path.realpath(secret), os.path.realpath(folder)):
                raise OSError(f"{secret} lies inside {folder}, which the student's code must read; move it elsewhere")
    return kept


def absent(paths: list[str], forbidden: tuple[str, ...]) -> list[str]:
    """What belongs to forbidden packages in the folders a worker may read, under every name that these give it.

    That is all that their distributions have installed beside them (libraries, compiled modules, metadata), and what
    bears their name where the system keeps packages and shared libraries.
    """
    if not forbidden:
        return []
    package_folders = {os.path.realpath(folder) for path in paths for folder in _package_folders(path)}
    found = {os.path.realpath(entry) for folder in package_folders for entry in _installed(folder, forbidden)}
    for path in paths:
        for folder in (path, *glob.glob(f"{glob.escape(path)}/*-linux-gnu")):
            found.update(map(os.path.realpath, _libraries(folder, forbidden)))
    names: dict[str, None] = {}
    for path in paths:  # one may be a link to another
        real = os.path.realpath(path)
        names |= {path + entry[len(real) :]: None for entry in sorted(found) if _inside(entry, real)}
    return [name for name in names if not any(name != other and _inside(name, other) for other in names)]


def _package_folders(path: str) -> list[str]:
    """The folders of installed packages in or at `path`, which may be a `lib` folder or a store of many."""
    levels = ("", "/*", "/python*", "/*/python*", "/*/lib/python*")
    patterns = [f"{glob.escape(path)}{level}/{kind}-packages" for level in levels for kind in ("site", "dist")]
    found = [folder for pattern in patterns for folder in glob.glob(pattern)]
    return [*found, path] if os.path.basename(path) in ("site-packages", "dist-packages") else found


def _installed(folder: str, forbidden: tuple[str, ...]) -> Iterator[str]:
    """What stands in a folder of packages because of the forbidden ones."""
    for entry in os.listdir(folder):
        if re.split("[.-]", entry, maxsplit=1)[0] in forbidden:
            yield os.path.join(folder, entry)
        record = os.path.join(folder, entry, "RECORD")
        if not entry.endswith(".dist-info") or not os.path.exists(record):
            continue
        text = Path(record).read_text(encoding="utf-8", errors="replace")
        if not set(forbidden).isdisjoint(re.findall("^[^/.,\n]+", text, re.MULTILINE)):
            owned = {top for line in text.splitlines() if (top := _top(line))}
            yield from (path for top in owned if os.path.lexists(path := os.path.join(folder, top)))


def _libraries(folder: str, forbidden: tuple[str, ...]) -> Iterator[str]:
    """Shared libraries of the forbidden packages."""
    stems = [stem for name in forbidden for stem in (f"lib{name}", *LIBRARIES.get(name, ()))]
    for entry in os.listdir(folder) if os.path.isdir(folder) else ():
        if ".so" in entry and entry.startswith(tuple(stems)):
            yield os.path.join(folder, entry)


def _top(line: str) -> str:
    """What an installed file's line of a RECORD stands for in the folder of packages: its topmost folder, or itself."""
    path = line.lstrip('"').split(",")[0]
    first, _, rest = path.partition("/")
    return "" if first in ("..", "") else path if first == "__pycache__" else first


def without(paths: list[str], gone: list[str]) -> list[str]:
    """The largest files and folders of `paths` that have none of `gone` in them."""
    gone = [os.path.realpath(path) for path in gone]
    waiting, found = [*map(os.path.realpath, paths)], []
    while waiting:
        path = waiting.pop()
        if not any(_inside(other, path) for other in gone):
            found.append(path)
        elif path not in gone:  # a link's target has a place of its own in `paths` if it may be read
            waiting += [entry.path for entry in os.scandir(path) if not entry.is_symlink()]
    return sorted({*found})


def build(paths: list[str], gone: Iterable[str] = ()) -> None:
    """Make a root folder of `paths`, read-only, and move this process into it; the old root is gone for good.

    An empty file or folder stands in the place of what is in `gone`.

    The process has the rights over its pid namespace; it gets a mount namespace of its own here. /proc is there where
    the machine allows it; a worker covers it by its own, and the scratch folder as well.
    """
    kernel.unshare(kernel.NEWNS)
    kernel.mount("none", "/", "", PRIVATE | RECURSIVE)
    trees = [(path, _clone(path, NODEV)) for path in paths]
    trees += [(path, _clone(path, 0)) for path in DEVICES if os.path.exists(path)]
    root = "/tmp"  # any folder will do: what is needed of it was cloned above
    kernel.mount("tmpfs", root, "tmpfs", NOSUID | NODEV, "size=1m,nr_inodes=4096,mode=755")
    for folder in ("/proc", "/dev", "/etc", SCRATCH):
        os.mkdir(root + folder)
    if not any(_inside(path, "/tmp") for path in paths):
        os.symlink(SCRATCH, root + "/tmp")
    try:
        _mount_proc(root + "/proc")
    except OSError:  # containers hide parts of /proc, and then no new one is allowed
        trees += [(path, _clone(path, NODEV)) for path in PROC_FILES if os.path.exists(path)]
    for path, tree in trees:
        _place(tree, root + path)
    os.mkdir(root + NOTHING, 0o555)
    Path(root + NO_FILE).touch()
    for path in gone:
        _attach(_clone(root + (NOTHING if os.path.isdir(root + path) else NO_FILE), NODEV), root + path)
    for path, text in ACCOUNTS.items():
        Path(root + path).write_text(text)
    os.symlink(SCRATCH, root + "/dev/shm")
    _mount_scratch(root + SCRATCH, 1 << 20)  # for what the server's imports may want
    os.chdir(root)
    kernel.syscall("pivot_root", ctypes.c_char_p(b"."), ctypes.c_char_p(b"."))
    kernel.detach(".")
    os.chdir("/")
    _set_attributes(AT_FDCWD, "/", RDONLY | NOSUID | NODEV, 0)


def mount_private(scratch_bytes: int) -> None:
    """In a worker's own mount namespace: an empty folder of bounded size, and a /proc that shows this worker only."""
    _mount_scratch(SCRATCH, scratch_bytes)
    if os.path.ismount("/proc"):
        _mount_proc("/proc")


def _mount_scratch(target: str, size: int) -> None:
    kernel.mount("tmpfs", target, "tmpfs", NOSUID | NODEV | NOEXEC, f"size={size},nr_inodes={MAX_FILES},mode=1777")


def _mount_proc(target: str) -> None:
    """Read-only, because the files of /proc/sys look at the user id alone: root outside is root there."""
    kernel.mount("proc", target, "proc", RDONLY | NOSUID | NODEV | NOEXEC)


def _clone(path: str, attributes: int) -> int:
    """A detached copy of the mount tree at `path`, read-only."""
    tree = kernel.syscall("open_tree", AT_FDCWD, ctypes.c_char_p(path.encode()), CLONE_TREE | CLOEXEC | AT_RECURSIVE)
    _set_attributes(tree, "", RDONLY | NOSUID | attributes, AT_EMPTY_PATH | AT_RECURSIVE)
    return tree


def _place(tree: int, target: str) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if stat.S_ISDIR(os.fstat(tree).st_mode):
        os.makedirs(target, exist_ok=True)
    else:
        Path(target).touch()
    _attach(tree, target)


def _attach(tree: int, target: str) -> None:
    to = ctypes.c_char_p(target.encode())
    kernel.syscall("move_mount", tree, ctypes.c_char_p(b""), AT_FDCWD, to, MOVE_EMPTY_PATH)
    os.close(tree)


def _set_attributes(folder: int, path: str, attributes: int, flags: int) -> None:
    settings = struct.pack("=QQQQ", attributes, 0, 0, 0)
    name = ctypes.c_char_p(path.encode())
    kernel.syscall("mount_setattr", folder, name, flags, ctypes.c_char_p(settings), len(settings))


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
