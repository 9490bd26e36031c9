"""What a hostile program gets: nothing. An attack is a student's function that tries something and returns what it got.

One that is refused is an ordinary exception of theirs; one that takes the worker down is a sentence, and the next
worker starts as if nothing had been.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from programs import QUICK, all_ended, children, function, program, still_works

from autograder import REPOSITORY
from autograder.sandbox import Limits, SandboxUnavailable, WorkerDied, kernel


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.txt"
    path.write_text("42")
    return path


def test_no_file_but_python_and_the_system_libraries_can_be_read(attack, secret):
    home = Path.home()
    candidates = [secret, Path(__file__), REPOSITORY / "pyproject.toml", REPOSITORY / ".git" / "HEAD", home / ".bashrc"]
    candidates += [
        REPOSITORY / "autograder" / "__init__.py",
        Path("/etc/shadow"),
        Path("/etc/hostname"),
        Path("/proc/1/comm"),
    ]
    paths = [str(path) for path in candidates if path.exists()]
    assert len(paths) >= 4
    texts = attack("return [outcome(lambda: open(path).read()) for path in args[0]]", paths)
    assert all(kind == "stopped" or text == "python\n" for kind, text in texts)  # process 1 is the worker itself


def test_no_folder_shows_more_than_the_way_to_python(attack, secret):
    way = [part for path in (REPOSITORY / "cnnlab", sys.prefix, sys.base_prefix) for part in Path(path).parts]
    folders = [
        str(secret.parent),
        str(REPOSITORY),
        str(REPOSITORY / "tests"),
        str(Path.home()),
        "/home",
        "/var",
        "/mnt",
        "/",
    ]
    body = "return [outcome(lambda: sorted(set(os.listdir(path)) - set(args[1]))) for path in args[0]]"
    *listed, (_, root) = attack(body, folders, way)
    assert {tuple(found) for found in listed} <= {
        ("stopped", "PermissionError"),
        ("stopped", "FileNotFoundError"),
        ("got", "[]"),
    }
    assert "home" not in root and "work" not in root and "var" not in root


def test_no_link_leads_to_a_file(attack, secret):
    body = """
        found = []
        for make in (os.symlink, os.link):
            found.append(outcome(lambda: [make(args[0], "way"), open("way").read()]))
            if os.path.lexists("way"):
                os.unlink("way")
        parent = os.getppid()
        for way in ("/proc/1/root", "/proc/self/root", "/proc/self/cwd", f"/proc/{parent}/root", "/dev/fd/3/.."):
            found.append(outcome(lambda: open(way + args[0]).read()))
        found.append(outcome(lambda: os.open(args[0], os.O_RDONLY, dir_fd=os.open("/", os.O_RDONLY))))
        return found
    """
    assert {found[0] for found in attack(body, str(secret))} == {"stopped"}


WRITES = """
library, secret = args
near = [os.path.dirname(path) + "/new" for path in (library, secret)]
proc = ["/proc/sys/kernel/core_pattern", "/proc/self/uid_map", "/proc/self/oom_score_adj", "/proc/sysrq-trigger"]
targets = [library, secret, *near, *proc, "/new", "/usr/lib/new", "/etc/passwd", "/etc/new", "/dev/new", "/var/tmp/new"]
actions = [
    lambda path: open(path, "w").write("x"),
    lambda path: open(path, "ab").write(b"x"),
    lambda path: os.open(path, os.O_RDONLY | os.O_TRUNC),
    lambda path: os.open(os.path.dirname(path), os.O_TMPFILE | os.O_RDWR),
    lambda path: os.truncate(path, 0),
    lambda path: os.chmod(path, 0o777),
    lambda path: os.chown(path, 0, 0),
    lambda path: os.utime(path),
    lambda path: os.setxattr(path, "user.x", b"x"),
    lambda path: os.unlink(path),
    lambda path: os.rename(path, "mine"),
    lambda path: os.link(path, "mine"),
    lambda path: os.mkdir(path + ".folder"),
    lambda path: os.symlink("x", path + ".link"),
    lambda path: os.mkfifo(path + ".fifo"),
]
return [(path, i) for path in targets for i, action in enumerate(actions) if outcome(lambda: action(path))[0] == "got"]
"""


def test_nothing_can_be_written_or_changed_but_in_the_scratch_folder(attack, secret):
    library = Path(np.__file__)

    def look():
        """All but when it was read last."""
        return [(path.stat()[:7], path.stat().st_mtime_ns, path.read_bytes()) for path in (library, secret)]

    before = look()
    assert attack(WRITES, str(library), str(secret)) == []
    assert look() == before


def test_the_scratch_folder_works_and_is_gone_afterwards(box, attack):
    body = """
        import tempfile
        np.save("array.npy", np.ones(3))
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"x")
        open(os.devnull, "w").write("x")
        return np.load("array.npy").sum(), os.listdir(".")
    """
    total, names = attack(body)
    assert total == 3 and sorted(names) == ["array.npy", "matplotlib"]
    assert attack("return os.listdir('.')") == ["matplotlib"]
    with box.start(program("import os\ndef f(): open('mine', 'w').close(); return os.getcwd()"), QUICK) as one:
        folder = one.call("f").value
    assert not os.path.exists(os.path.join(folder, "mine"))


@pytest.mark.parametrize(
    "action",
    [
        *("os.fork()", "os.forkpty()", "os.execv(sys.executable, ['python'])", "os.memfd_create('x')"),
        "os.posix_spawn('/bin/true', ['true'], {})",
        "__import__('subprocess').run(['true'])",
        "__import__('multiprocessing').Process(target=print).start()",
        *("__import__('socket').socket()", "__import__('socket').socket(1)", "__import__('socket').socket(16, 3)"),
        "__import__('socket').socketpair()",
        "__import__('socket').create_connection(('127.0.0.1', 22))",
        "__import__('urllib.request').request.urlopen('http://127.0.0.1')",
        *("os.kill(os.getppid(), 9)", "os.kill(-1, 9)", "os.kill(0, 9)", "os.kill(args[0], 9)", "os.kill(args[0], 0)"),
        *("os.killpg(0, 9)", "os.pidfd_open(args[0])", "os.setuid(0)", "os.setsid()", "os.chroot('.')"),
        *("open(f'/proc/{args[0]}/mem', 'rb').read(1)", "open(f'/proc/{args[0]}/environ', 'rb').read(1)"),
        *("os.nice(-5)", "os.setpriority(0, args[0], 5)", "os.sched_setaffinity(args[0], [0])"),
        "__import__('resource').prlimit(args[0], 0, (1, 1))",
        "__import__('fcntl').fcntl(1, 8, args[0])",  # F_SETOWN
        "__import__('fcntl').ioctl(1, 0x8901, b'1234')",  # FIOSETOWN
        *("os.mknod('null', 0o20666, os.makedev(1, 3))", "os.mkfifo('fifo')"),
    ],
)
def test_an_attack_on_the_machine_is_an_ordinary_exception(start, action):
    one = start(function(f"return outcome(lambda: {action})"), "def fine(): return 1")
    assert one.call("attack", (os.getpid(),)).value[0] == "stopped"
    assert one.call("fine").value == 1


CALLS = {
    "x86_64": "56 57 58 101 310 311 41 53 42 165 272 308 161 155 321 323 298 250 248 425 428 434 438 319 200 129 126"
    " 135 62 302 303 304 29 240 435 437 999",
    "aarch64": "220 117 270 271 198 199 203 40 97 268 51 41 280 282 241 219 217 425 428 434 438 279 130 138 91 92 129"
    " 261 264 265 194 180 435 437 999",
}


def test_system_calls_that_reach_others_fail(attack):
    """clone, fork, ptrace, process_vm_*, sockets, mount, namespaces, bpf, keys, io_uring, pidfd_*, prlimit, ..."""
    body = """
        found = []
        for number in args[0]:
            numbers = [ctypes.c_long(n) for n in (number, args[1], 0, 0, 0, 0, 0)]
            if libc.syscall(*numbers) != -1 or ctypes.get_errno() not in (1, 38):
                found.append(number)
        return found
    """
    assert attack(body, [int(number) for number in CALLS[kernel.machine()].split()], os.getpid()) == []
    assert attack("return libc.prctl(1, 0, 0, 0, 0)") == -1  # switching off its parent-death signal
    status = attack("return outcome(lambda: open('/proc/self/status').read().split())[1]")
    if "CapEff" in status:  # /proc is there
        for right in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert f"'{right}:', '0000000000000000'" in status
        assert "'NoNewPrivs:', '1'" in status and "'Seccomp:', '2'" in status


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="only x86_64 has the old 32-bit entry")
def test_the_32_bit_way_into_the_kernel_kills(attack):
    body = """
        import mmap
        page = mmap.mmap(-1, 4096, prot=7)
        page.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")  # mov eax, 20; int 0x80; ret
        return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
    """
    with pytest.raises(WorkerDied, match=r"^killed by signal (31 \(forbidden system call\)|11 )"):
        attack(body)


def test_only_the_four_descriptors_of_a_worker_are_open(attack):
    body = "return [fd for fd in range(4096) if outcome(lambda: os.fstat(fd))[0] == 'got']"
    assert attack(body) == [0, 1, 2, 3]


def test_it_sees_no_process_but_itself(attack):
    seen = attack("return outcome(lambda: [name for name in os.listdir('/proc') if name.isdigit()])")
    assert seen in (["got", "['1']"], ["stopped", "PermissionError"], ["got", "[]"])


def test_threads_that_go_on_after_the_call_change_nothing(start):
    body = """
        def mischief():
            while True:
                args[0][:] = 7
        threading.Thread(target=mischief, daemon=True).start()
        return 1
    """
    one = start(function(body), "def fine(x): return x + 1")
    x = np.zeros(3)
    one.call("attack", (x,))
    assert one.call("fine", (x,)).value.tolist() == [1, 1, 1] and x.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("os._exit(0)", r"stopped by os\._exit\(0\)"),
        ("libc.exit(7)", r"stopped by os\._exit\(7\)"),
        ("ctypes.string_at(0)", r"killed by signal 11 \(segmentation fault\)"),
        ("os.kill(os.getpid(), 40); os._exit(0)", r"killed by signal 40 \(sent by itself\)|stopped by os\._exit\(0\)"),
        ("os.abort()", r"killed by signal (6 \(abort\)|11 \(segmentation fault\))"),
        ("os.close(3)", "broke its connection to the grader(, or .*)?"),
        ("os.closerange(0, 99)", "broke its connection to the grader(, or .*)?"),
        ("os.dup2(1, 3)", "broke its connection to the grader(, or .*)?"),
    ],
)
def test_a_worker_that_dies_says_how(box, start, body, reason):
    one = start(function(body))
    with pytest.raises(WorkerDied, match=f"^{reason}$"):
        one.call("attack")
    assert not one.alive and still_works(box)


def test_a_closed_worker_leaves_no_process(box, start):
    guard = box._process.pid
    before = len(children(guard))
    one = start("threading.Thread(target=threading.Event().wait, daemon=True).start()")
    assert len(children(guard)) == before + 1
    one.close()
    assert len(children(guard)) == before


def test_a_dead_server_is_started_again(box):
    one = box.start(program("def f(): return 1"), QUICK)
    family = [os.pidfd_open(pid) for pid in children(box._process.pid)]
    assert len(family) == 2
    os.kill(box._process.pid, signal.SIGKILL)
    box._process.wait()
    assert all_ended(family)
    with pytest.raises(SandboxUnavailable, match="^the sandbox's server ended, and the student's code with it$"):
        one.call("f")
    assert still_works(box)


JUDGE = """
import sys, threading
from types import SimpleNamespace
from autograder.sandbox import Sandbox, Tier
boxes = []
def hold():
    boxes.append(Sandbox(tier=Tier(sys.argv[1]), torch=False))
threading.Thread(target=hold).start()  # the thread that made it may end: only the process counts
for thread in threading.enumerate()[1:]:
    thread.join()
one = boxes[0].start([SimpleNamespace(source="def f():\\n    while True: pass", cell=1, line=1)])
print(boxes[0]._process.pid, flush=True)
one.call("f", seconds=100)
"""


def test_everything_ends_with_a_judge_that_is_killed(box, tier):
    judge = subprocess.Popen(
        [sys.executable, "-c", JUDGE, tier.value], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    guard = int(judge.stdout.readline())
    family = [os.pidfd_open(pid) for pid in [guard, *children(guard)]]
    assert len(family) == 3
    judge.kill()
    judge.wait()
    judge.stdout.close()
    assert all_ended(family)


def test_a_limit_on_open_files_leaves_the_connection_open(start):
    body = "files = []\nwhile True: files.append(open(os.devnull))"
    one = start(function(body), "def fine(): return 1", limits=Limits(open_files=32))
    with pytest.raises(Exception, match="Too many open files"):
        one.call("attack")
    assert one.call("fine").value == 1
