"""The sandbox in both tiers: what an honest program gets, and that a hostile one gets nothing.

Every attack is a student's function that tries something and returns what it got. An attack that is refused is an ordinary
exception of theirs; one that takes the worker down is a sentence, and the next worker starts as if nothing had been.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from autograder.sandbox import (
    CallTimeout,
    Handle,
    Limits,
    Sandbox,
    SandboxUnavailable,
    StudentError,
    Tensor,
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

PROJECT = Path(__file__).resolve().parents[1]
QUICK = Limits(call_seconds=0.5, load_seconds=0.5)
PREAMBLE = """
import ctypes, os, sys, threading
import numpy as np
libc = ctypes.CDLL(None, use_errno=True)

def outcome(action):
    'What an attack got: a result, or the name of what stopped it.'
    try:
        return ["got", str(action())]
    except BaseException as error:
        return ["stopped", type(error).__name__]
"""


@pytest.fixture(scope="session", params=["namespaces", "landlock"])
def box(request):
    os.environ["GRADER_SECRET"] = "of the teaching assistant"
    try:
        sandbox = Sandbox(tier=request.param)
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    with sandbox:
        yield sandbox


def program(*cells):
    return [
        SimpleNamespace(source=textwrap.dedent(cell).strip("\n"), cell=i, line=1) for i, cell in enumerate(cells, 1)
    ]


@pytest.fixture
def start(box):
    """start(cell, ..., limits=QUICK): a worker that has run the preamble and these cells."""
    workers = []

    def start(*cells, limits=QUICK):
        workers.append(box.start(program(PREAMBLE, *cells), limits))
        assert not workers[-1].load_errors
        return workers[-1]

    yield start
    for one in workers:
        one.close()


def attack(start, body, *args, **options):
    """Run `body` as a function of the student's with these arguments."""
    return (
        start("def attack(*args):\n" + textwrap.indent(textwrap.dedent(body), "    "), **options)
        .call("attack", args)
        .value
    )


def still_works(box):
    with box.start(program("def f(x): return 2 * x"), QUICK) as fresh:
        return fresh.call("f", (np.ones(3),)).value.tolist() == [2, 2, 2]


def children(pid):
    """All processes below `pid`."""
    below = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return below + [grandchild for child in below for grandchild in children(child)]


# --- an honest program


def test_a_call_returns_the_value_and_the_arguments_after_it(start):
    one = start("def f(x, y, scale=1):\n    x += scale\n    y['seen'] = True\n    return x.sum(), [x, (scale, None)]")
    x, untouched = np.zeros((2, 3)), np.ones(2)
    reply = one.call("f", (x, {"old": untouched}), {"scale": 2})
    assert reply.value[0] == 12 and reply.value[1][1] == (2, None)
    np.testing.assert_array_equal(reply.args[0], np.full((2, 3), 2.0))
    assert reply.args[1]["seen"] is True and x.sum() == 0
    assert reply.kwargs == {"scale": 2} and 0 < reply.seconds < 0.5


def test_arguments_arrive_fresh_writable_and_contiguous_and_unchanged_ones_do_not_travel_back(start):
    one = start("def f(x, y): return x.flags.writeable, x.flags.c_contiguous, x.flags.owndata, x is y, x.tolist()")
    x = np.arange(6).reshape(2, 3).T
    x.flags.writeable = False
    reply = one.call("f", (x, x))
    assert reply.value == (True, True, True, False, x.tolist())
    assert reply.args[0] is x


@pytest.mark.parametrize("change", ["x.shape = (3, 2)", "x.dtype = 'int64'", "x[0] = float('nan')", "x[...] = -x"])
def test_every_change_in_place_is_seen(start, change):
    x = np.zeros((2, 3))
    after = start(f"def f(x):\n    {change}").call("f", (x,)).args[0]
    assert after.shape != x.shape or after.dtype != x.dtype or after.tobytes() != x.tobytes()


def test_a_kept_item_stays_in_the_worker_and_can_be_passed_back_and_called(start):
    one = start(
        "class Cache:\n    x = 5\ndef forward(x): return x, Cache()\ndef backward(dout, cache): return dout * cache.x",
        "def listed(x): return [x, (x, lambda: 7)]\ndef second(cache): return cache[1]",
    )
    out, cache = one.call("forward", (np.ones(2),)).value
    assert isinstance(cache, Handle) and cache.type_name == "Cache"
    for _ in range(2):
        assert one.call("backward", (np.ones(2), cache)).value.tolist() == [5, 5]
    out, cache = one.call("listed", (np.ones(2),), keep=(1, 9)).value
    assert isinstance(cache, Handle) and cache.type_name == "tuple"
    reply = one.call("second", (cache,))
    assert reply.args == (cache,) and one.call(reply.value).value == 7


def test_a_handle_belongs_to_one_worker(start):
    first, second = start("def f(): return object()\ndef g(x): return 1"), start("def g(x): return 1")
    with pytest.raises(ValueError, match="another worker"):
        second.call("g", (first.call("f").value,))
    assert second.alive and second.call("g", (1,)).value == 1


def test_a_handle_that_the_judge_drops_is_freed(start):
    one = start(
        "freed = []\nclass C:\n    def __del__(self): freed.append(1)\ndef make(): return C()\ndef count(): return len(freed)"
    )
    handle = one.call("make").value
    assert one.call("count").value == 0
    del handle
    assert one.call("count").value == 1


def test_tensors_arrive_as_tensors_and_return_as_arrays_that_say_so(start):
    one = start("import torch\ndef f(x):\n    assert type(x) is torch.Tensor\n    return torch.nn.Conv2d(1, 2, 3)(x)")
    value = one.call("f", (Tensor(np.ones((1, 1, 5, 5), np.float32)),), seconds=5).value
    assert isinstance(value, Tensor) and value.requires_grad and value.array.shape == (1, 2, 3, 3)


def test_cnnlab_is_importable_and_the_autograder_is_not(start):
    if not (PROJECT / "cnnlab" / "__init__.py").exists():
        pytest.skip("no cnnlab here")
    assert attack(start, "import cnnlab; return cnnlab.__name__", limits=Limits()) == "cnnlab"
    for module in ("autograder.hidden_tests", "autograder.grade", "autograder.mistakes"):
        assert attack(start, f"return outcome(lambda: __import__('{module}'))") == ["stopped", "ModuleNotFoundError"]


def test_statements_run_on_after_one_that_raises_and_errors_name_cell_and_line(box):
    cells = [
        "x = 1",
        "\n\ny = undefined",
        "import nothing_of_that_name",
        "from __future__ import annotations",
        "def f(): return x",
    ]
    statements = program(*cells)
    statements[1].line = 7
    with box.start(statements, QUICK) as one:
        assert [error[:3] for error in one.load_errors] == [(2, 7, "NameError"), (3, 1, "ModuleNotFoundError")]
        assert one.load_errors[0].message == "name 'undefined' is not defined"
        assert one.call("f").value == 1 and one.load_seconds > 0


def test_a_future_import_holds_for_the_statements_after_it(start):
    one = start("from __future__ import annotations", "def f(x: not_defined_anywhere): return 3")
    assert one.call("f", (1,)).value == 3


def test_a_traceback_has_the_frames_of_the_students_code_only(box):
    source = "def inner(x):\n    return np.linalg.inv(x)\n\ndef outer(x):\n    return inner(x)"
    statements = [
        SimpleNamespace(source="import numpy as np", cell=1, line=1),
        SimpleNamespace(source=source, cell=4, line=11),
    ]
    with box.start(statements, QUICK) as one:
        with pytest.raises(StudentError) as caught:
            one.call("outer", (np.zeros((2, 2)),))
    assert caught.value.type_name == "LinAlgError" and caught.value.message == "Singular matrix"
    assert caught.value.trace == [(4, 15, "return inner(x)", "outer"), (4, 12, "return np.linalg.inv(x)", "inner")]


def test_sources_are_known_to_inspect(start):
    one = start("import inspect\n\ndef f():\n    return inspect.getsource(f), __name__")
    assert one.call("f").value == ("def f():\n    return inspect.getsource(f), __name__\n", "__main__")


@pytest.mark.parametrize(
    ("body", "type_name", "message"),
    [
        ("raise NotImplementedError", "NotImplementedError", ""),
        ("return undefined", "NameError", "name 'undefined' is not defined"),
        ("return input('path? ')", "EOFError", "EOF when reading a line"),
        ("sys.exit(3)", "SystemExit", "3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("raise BaseException('bare')", "BaseException", "bare"),
        ("return attack()", "RecursionError", "maximum recursion depth exceeded"),
        ("return np.ones(5 << 30)", "MemoryError", ""),
        ("class E(Exception):\n    def __str__(self): raise E\nraise E", "E", ""),
        ("class E(Exception):\n    def __str__(self): return 5\nraise E", "E", ""),
        ("raise ValueError('x' * 10**8)", "ValueError", "x" * 2000),
        ("raise ValueError('\\ud800 \\x1b[2J')", "ValueError", "? �[2J"),
        ("raise type('E\\x1b' * 99, (Exception,), {})", "E�" * 50, ""),
    ],
)
def test_whatever_the_student_raises_is_reported(start, body, type_name, message):
    one = start("def attack():\n" + textwrap.indent(body, "    ") + "\ndef fine(): return 1")
    with pytest.raises(StudentError) as caught:
        one.call("attack", seconds=2)
    assert caught.value.type_name == type_name
    assert caught.value.message.startswith(message) and len(caught.value.message) <= 2000
    assert len(caught.value.trace) <= 20
    assert one.alive and one.call("fine").value == 1


def test_a_name_that_is_not_there_is_a_name_error(start):
    for name in ("missing", "print", "__import__"):
        with pytest.raises(StudentError) as caught:
            start("x = 1").call(name)
        assert caught.value.type_name == "NameError"


def test_random_numbers_are_the_same_in_every_call(start):
    one = start("import random, torch\ndef f(): return random.random(), np.random.rand(), torch.rand(1).item()")
    first = one.call("f").value
    assert (
        one.call("f").value
        == first
        == start("import random, torch\ndef f(): return random.random(), np.random.rand(), torch.rand(1).item()")
        .call("f")
        .value
    )


def test_warnings_never_are_errors(start):
    one = start(
        "import warnings\nwarnings.simplefilter('error')\nnp.seterr(all='raise')\ndef f(x): return 1 / x, np.exp(x + 1e4)"
    )
    assert one.call("f", (np.zeros(1),)).value[0] == np.inf


def test_the_environment_is_of_our_making(start):
    one = start(
        "def f(): return dict(os.environ), sys.argv, os.getcwd()\ndef peek(p): return outcome(lambda: open(p).read())[1]"
    )
    environment, argv, folder = one.call("f").value
    assert "GRADER_SECRET" in os.environ and "GRADER_SECRET" not in environment
    assert environment["OMP_NUM_THREADS"] == "1" and environment["HOME"] == folder and argv == [""]
    for path in ("/proc/self/environ", "/proc/1/environ", f"/proc/{os.getpid()}/environ"):
        assert "GRADER_SECRET" not in one.call("peek", (path,)).value


# --- time, memory, output


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "while True:\n    try: \n        while True: pass\n    except BaseException: pass",
        "a = np.ones((3000, 3000))\nwhile True: a @ a",
        "np.linalg.svd(np.random.rand(4000, 4000))",
        "import time; time.sleep(100)",
        "import signal; signal.pause()",
        "os.read(3, 1 << 20); os.read(3, 1)",
        "'x' * (1 << 20) == max('y' * i for i in range(1 << 30))",
        "os.write(3, b'cnn1'); import time; time.sleep(100)",
        "threading.Event().wait()",
    ],
)
def test_a_call_that_does_not_end_is_stopped_with_the_worker(box, start, body):
    one = start("def attack():\n" + textwrap.indent(body, "    "))
    with pytest.raises(CallTimeout, match=r"^took longer than 0\.2 s$"):
        one.call("attack", seconds=0.2)
    assert not one.alive
    with pytest.raises(WorkerDied, match=r"^was stopped after 0\.2 s$"):
        one.call("attack")
    assert still_works(box)


def test_a_statement_that_does_not_end_or_dies_is_named(box):
    with pytest.raises(CallTimeout) as caught:
        box.start(program("x = 1", "while True: pass"), QUICK)
    assert (caught.value.cell, caught.value.line, caught.value.seconds) == (2, 1, 0.5)
    with pytest.raises(WorkerDied, match=r"^stopped by os\._exit\(3\)$") as caught:
        box.start(program("x = 1", "y = 2", "import os; os._exit(3)"), QUICK)
    assert (caught.value.cell, caught.value.line) == (3, 1)


@pytest.mark.parametrize(
    "body",
    [
        "return np.zeros(5 << 30).sum()",
        "return bytearray(40 << 30)",
        "x = []\nwhile True: x.append(bytearray(1 << 28))",
    ],
)
def test_forty_gigabytes_are_a_memory_error(start, body):
    with pytest.raises(StudentError) as caught:
        attack(start, body, limits=Limits(memory_bytes=1 << 30))
    assert caught.value.type_name == "MemoryError"


def test_processor_time_is_limited_too(start):
    one = start("def attack():\n    while True: pass", limits=Limits(cpu_seconds=1))
    with pytest.raises(WorkerDied, match="^used more than 1 s of processor time$"):
        one.call("attack", seconds=8)


def test_a_flood_of_output_is_cut_in_the_middle(start):
    one = start(
        "def attack():\n    print('first')\n    for _ in range(300): print('x' * (1 << 20))\n    print('last')\n    return 7",
        limits=Limits(output_bytes=4000),
    )
    assert one.call("attack").value == 7
    assert one.output.startswith("first\nxxx") and one.output.endswith("x\nlast\n")
    assert (
        f"\n[... {len('first.last..') + 300 * ((1 << 20) + 1) - 4000 - 1:,} bytes of output left out ...]\n"
        in one.output
        and len(one.output) < 4100
    )


def test_output_of_every_kind_is_kept_and_harmless(start):
    one = start(
        "print('loading')\ndef attack():\n    print('\\x1b[2J', 'ü', file=sys.stderr)\n    os.write(1, b'\\xff raw\\r\\n')\n    sys.stdout = None\n    return 1"
    )
    assert one.call("attack").value == 1
    assert one.output == "loading\n�[2J ü\n� raw\n"
    assert one.call("attack").value == 1


def test_printing_for_ever_is_a_time_out_with_what_was_printed(start):
    one = start("def attack():\n    while True: print('again')")
    with pytest.raises(CallTimeout):
        one.call("attack", seconds=0.2)
    assert one.output.startswith("again\n") and len(one.output) < 70_000


def test_a_huge_result_stays_in_the_worker(start):
    value = attack(start, "return np.zeros(1 << 22)", limits=Limits(reply_bytes=1 << 20))
    assert isinstance(value, Handle) and value.note == "larger than 1 MB"
    value = attack(start, "return np.broadcast_to(1.0, (10**7, 10**7))")
    assert isinstance(value, Handle) and value.type_name == "ndarray"


# --- files


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.txt"
    path.write_text("42")
    return path


def forbidden_paths(secret):
    home = Path.home()
    candidates = [
        secret,
        Path(__file__),
        PROJECT / "pyproject.toml",
        PROJECT / ".git" / "HEAD",
        PROJECT / "autograder" / "__init__.py",
    ]
    candidates += [
        home / ".bashrc",
        home / ".profile",
        Path("/etc/shadow"),
        Path("/etc/hostname"),
        Path("/var/log/dpkg.log"),
    ]
    return [str(path) for path in candidates if path.exists()]


def test_no_file_but_python_and_the_system_libraries_can_be_read(start, secret):
    paths = forbidden_paths(secret)
    assert len(paths) >= 4
    body = "return [outcome(lambda: open(path).read())[0] for path in args[0]]"
    assert set(attack(start, body, paths)) == {"stopped"}
    ancestors = [part for path in (PROJECT / "cnnlab", sys.prefix, sys.base_prefix) for part in Path(path).parts]
    folders = [
        str(secret.parent),
        str(PROJECT),
        str(PROJECT / "tests"),
        str(Path.home()),
        "/home",
        "/var",
        "/work",
        "/mnt",
        "/root/.ssh",
    ]
    listed = attack(
        start,
        "return [outcome(lambda: [n for n in os.listdir(path) if n not in args[1]]) for path in args[0]]",
        folders,
        ancestors,
    )
    assert {tuple(found) for found in listed} <= {
        ("stopped", "PermissionError"),
        ("stopped", "FileNotFoundError"),
        ("got", "[]"),
    }


def test_no_link_leads_to_a_file(start, secret):
    body = """
        found = []
        for make in (os.symlink, os.link):
            found.append(outcome(lambda: [make(args[0], "way"), open("way").read()]))
            if os.path.lexists("way"): os.unlink("way")
        for way in ("/proc/1/root", "/proc/self/root", "/proc/self/cwd", f"/proc/{os.getppid()}/root", "/dev/fd/3/..", "/tmp/..", "/proc/self/fd/3/../.."):
            found.append(outcome(lambda: open(way + args[0]).read()))
        found.append(outcome(lambda: os.open(args[0], os.O_RDONLY, dir_fd=os.open("/", os.O_RDONLY))))
        return found
    """
    assert {found[0] for found in attack(start, body, str(secret))} == {"stopped"}


def test_nothing_can_be_written_or_changed_but_in_the_scratch_folder(start, secret):
    library = Path(np.__file__)
    before = {path: (path.stat(), path.read_bytes()) for path in (library, secret)}
    body = """
        targets = [args[0], args[1], os.path.dirname(args[0]) + "/new", "/new", "/usr/lib/new", "/etc/passwd", "/etc/new", "/dev/new",
                   "/proc/sys/kernel/core_pattern", "/proc/self/uid_map", "/proc/self/mem", os.path.dirname(args[1]) + "/new", "/var/tmp/new", "/dev/shm/../new"]
        actions = [lambda p: open(p, "w").write("x"), lambda p: open(p, "ab").write(b"x"), lambda p: os.open(p, os.O_RDONLY | os.O_TRUNC),
                   lambda p: os.truncate(p, 0), lambda p: os.chmod(p, 0o777), lambda p: os.chown(p, 0, 0), lambda p: os.utime(p), lambda p: os.unlink(p), lambda p: os.rename(p, "mine"), lambda p: os.mkdir(p + ".d"),
                   lambda p: os.symlink("x", p + ".l"), lambda p: os.mkfifo(p + ".f"), lambda p: os.setxattr(p, "user.x", b"x"), lambda p: os.link(p, "linked"), lambda p: os.open(os.path.dirname(p), os.O_TMPFILE | os.O_RDWR)]
        return [(path, i) for path in targets for i, action in enumerate(actions) if outcome(lambda: action(path))[0] == "got"]
    """
    assert [
        got
        for got in attack(start, body, str(library), str(secret))
        if got[1] != 0 or not got[0].startswith("/dev/shm")
    ] == []
    for path, (stat, content) in before.items():
        assert path.read_bytes() == content and path.stat() == stat


def test_the_scratch_folder_works_and_is_gone_afterwards(box, start):
    body = """
        import tempfile
        np.save("array.npy", np.ones(3))
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"x")
        open(os.devnull, "w").write("x")
        return np.load("array.npy").sum(), os.getcwd(), os.listdir(".")
    """
    total, folder, names = attack(start, body)
    assert total == 3 and sorted(names) == ["array.npy", "matplotlib"]
    assert attack(start, "return os.listdir('.')") == ["matplotlib"]
    with box.start(program("import os\ndef f(): open('mine', 'w').close(); return os.getcwd()")) as one:
        folder = one.call("f").value
    assert not os.path.exists(os.path.join(folder, "mine"))


def test_disk_space_is_bounded(start):
    body = """
        for i in range(100):
            with open(f"file{i}", "wb") as file:
                for _ in range(8): file.write(bytes(1 << 20))
        import time; time.sleep(10)
    """
    with pytest.raises((StudentError, WorkerDied)) as caught:
        attack(start, body, limits=Limits(scratch_bytes=16 << 20, call_seconds=5))
    assert "No space left" in str(caught.value) or str(caught.value) == "wrote more than 16 MB of files"
    with pytest.raises(StudentError, match="File too large|No space left"):
        attack(start, "open('one', 'wb').write(bytes(1 << 25))", limits=Limits(scratch_bytes=16 << 20))


# --- processes, network, kernel


@pytest.mark.parametrize(
    "action",
    [
        "os.fork()",
        "os.forkpty()",
        "os.system('true') and 1/0",
        "os.execv(sys.executable, ['python'])",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "__import__('subprocess').run(['true'])",
        "__import__('multiprocessing').Process(target=print).start()",
        "__import__('socket').socket()",
        "__import__('socket').socket(2, 2)",
        "__import__('socket').socket(1)",
        "__import__('socket').socket(16, 3)",
        "__import__('socket').socketpair()",
        "__import__('socket').create_connection(('127.0.0.1', 22))",
        "__import__('urllib.request').request.urlopen('http://127.0.0.1')",
        "os.kill(os.getppid(), 9)",
        "os.kill(-1, 9)",
        "os.kill(0, 9)",
        "os.kill(args[0], 9)",
        "os.killpg(os.getpgid(0), 9)",
        "os.kill(args[0], 0)",
        "open(f'/proc/{args[0]}/mem', 'rb').read(1)",
        "open(f'/proc/{args[0]}/environ', 'rb').read(1)",
        "open(f'/proc/{args[0]}/fd/0')",
        "os.memfd_create('x')",
        "os.pidfd_open(args[0])",
        "os.setuid(0)",
        "os.setsid()",
        "os.nice(-5)",
        "os.setpriority(0, args[0], 5)",
        "os.sched_setaffinity(args[0], [0])",
        "__import__('resource').prlimit(args[0], 0, (1, 1))",
        "__import__('fcntl').fcntl(1, 8, args[0])",
        "__import__('fcntl').ioctl(1, 0x8901, b'1234')",
        "os.chroot('/tmp')",
        "os.mknod('null', 0o20666, os.makedev(1, 3))",
        "os.mkfifo('fifo')",
    ],
)
def test_an_attack_on_the_machine_is_an_ordinary_exception(box, start, action):
    one = start(f"def attack(*args): return outcome(lambda: {action})\ndef fine(): return 1")
    assert one.call("attack", (os.getpid(),)).value[0] == "stopped"
    assert one.call("fine").value == 1


def test_system_calls_that_reach_others_fail(start):
    numbers = {
        "x86_64": [
            56,
            57,
            58,
            101,
            310,
            311,
            41,
            53,
            42,
            165,
            272,
            308,
            161,
            155,
            321,
            323,
            298,
            250,
            248,
            425,
            428,
            434,
            438,
            319,
            200,
            129,
            126,
            135,
            62,
            302,
            303,
            304,
            29,
            240,
            435,
            437,
            999,
        ],
        "aarch64": [
            220,
            117,
            270,
            271,
            198,
            199,
            203,
            40,
            97,
            268,
            51,
            41,
            280,
            282,
            241,
            219,
            217,
            425,
            428,
            434,
            438,
            279,
            130,
            138,
            91,
            92,
            129,
            261,
            264,
            265,
            194,
            180,
            435,
            437,
            999,
        ],
    }[kernel.machine()]
    body = """
        found = []
        for number in args[0]:
            ctypes.set_errno(0)
            result = libc.syscall(ctypes.c_long(number), ctypes.c_long(args[1]), ctypes.c_long(0), ctypes.c_long(0), ctypes.c_long(0), ctypes.c_long(0), ctypes.c_long(0))
            if result != -1 or ctypes.get_errno() not in (1, 38): found.append((number, result, ctypes.get_errno()))
        return found
    """
    assert attack(start, body, numbers, os.getpid()) == []
    assert attack(start, "return libc.prctl(1, 0, 0, 0, 0)") == -1  # its parent-death signal
    status = attack(start, "return outcome(lambda: open('/proc/self/status').read().split())[1]")
    if "CapEff" in status:  # /proc is there
        for right in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert f"'{right}:', '0000000000000000'" in status
        assert "'NoNewPrivs:', '1'" in status and "'Seccomp:', '2'" in status


@pytest.mark.skipif(kernel.machine() != "x86_64", reason="the old 32-bit entry exists on x86_64 only")
def test_the_32_bit_way_into_the_kernel_kills(start):
    body = """
        import mmap
        page = mmap.mmap(-1, 4096, prot=7)
        page.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")  # mov eax, 20; int 0x80; ret
        return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
    """
    with pytest.raises(WorkerDied, match=r"^killed by signal (31 \(forbidden system call\)|11 )"):
        attack(start, body)


def test_only_the_four_descriptors_of_a_worker_are_open(start):
    body = """
        found = []
        for fd in range(4096):
            if outcome(lambda: os.fstat(fd))[0] == "got": found.append(fd)
        return found
    """
    assert attack(start, body) == [0, 1, 2, 3]


def test_it_sees_no_process_but_itself(start):
    seen = attack(
        start,
        "return [n for n in os.listdir('/proc') if n.isdigit()] if outcome(lambda: os.listdir('/proc'))[0] == 'got' else []",
    )
    assert seen in ([], ["1"])


def test_a_bomb_of_threads_is_bounded(box, start):
    body = """
        threading.stack_size(1 << 16)
        gate = threading.Event()
        for _ in range(5000):
            threading.Thread(target=gate.wait, daemon=True).start()
        gate.wait()
    """
    with pytest.raises((StudentError, WorkerDied)) as caught:
        attack(start, body, limits=Limits(threads=100, call_seconds=5))
    assert str(caught.value) in ("RuntimeError: can't start new thread", "started more than 100 threads")
    assert still_works(box)


def test_threads_that_go_on_after_the_call_change_nothing_and_die_with_the_worker(box, start):
    body = """
        def mischief():
            while True:
                args[0][:] = 7
        threading.Thread(target=mischief, daemon=True).start()
        return args[0].shape
    """
    one = start("def attack(*args):\n" + textwrap.indent(textwrap.dedent(body), "    ") + "\ndef fine(x): return x + 1")
    x = np.zeros(3)
    one.call("attack", (x,))
    assert one.call("fine", (x,)).value.tolist() == [1, 1, 1] and x.tolist() == [0, 0, 0]
    one.close()
    assert len(children(os.getpid())) == len(children(os.getpid()))


def test_a_closed_worker_leaves_no_process(box, start):
    guard = box._process.pid
    before = len(children(guard))
    one = start("def f(): return 1")
    assert len(children(guard)) == before + 1
    one.close()
    assert len(children(guard)) == before


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("os._exit(0)", r"stopped by os\._exit\(0\)"),
        ("libc.exit(7)", r"stopped by os\._exit\(7\)"),
        ("ctypes.string_at(0)", r"killed by signal 11 \(segmentation fault\)"),
        ("os.abort()", r"killed by signal (6 \(abort\)|11 \(segmentation fault\))"),
        ("os.close(3)", "broke its connection to the grader(, or .*)?"),
        ("os.closerange(0, 99)", "broke its connection to the grader(, or .*)?"),
        ("os.dup2(1, 3)", "broke its connection to the grader(, or .*)?"),
        (
            "sys.setrecursionlimit(10**8)\ndef f(x): return sorted([1, 2], key=f)\nf(1)",
            r"killed by signal 11 .*|broke its connection .*",
        ),
    ],
)
def test_a_worker_that_dies_says_how(box, start, body, reason):
    one = start("def attack():\n" + textwrap.indent(body, "    "), limits=Limits(call_seconds=3, memory_bytes=1 << 30))
    with pytest.raises(WorkerDied, match=f"^{reason}$"):
        one.call("attack")
    assert not one.alive and still_works(box)


# --- lies


@pytest.mark.parametrize(
    "forged",
    [
        "b'garbage that is no frame at all'",
        "b'\\x80\\x04\\x95' + bytes(64)",
        "struct.pack('<4sIQ', b'cnn1', 1 << 31, 0)",
        "struct.pack('<4sIQ', b'cnn1', 2, 1 << 60) + b'{}'",
        "struct.pack('<4sIQ', b'cnn1', 2, 0) + b'{}'",
        "struct.pack('<4sIQ', b'cnn1', 2, 0) + b'[]'",
        "struct.pack('<4sIQ', b'cnn1', 2, 0) + b'{}' + b'more'",
        "struct.pack('<4sIQ', b'cnn1', 16, 0) + b'{\"value\": 1      }'",
        "struct.pack('<4sIQ', b'cnn1', 200000, 0) + b'[' * 200000",
        "struct.pack('<4sIQ', b'cnn1', 4, 0) + b'{}  ' * 2",
    ],
)
def test_a_forged_frame_ends_the_worker_and_nothing_else(box, start, forged):
    one = start(f"import struct\ndef attack(): os.write(3, {forged})")
    with pytest.raises(WorkerDied, match="^sent a malformed reply: "):
        one.call("attack")
    assert not one.alive and still_works(box)


@pytest.mark.parametrize(
    "reply",
    [
        *(
            '{"value": 1}',
            '{"value": 1, "args": []}',
            '{"value": 1, "args": [1, 2]}',
            '{"value": ["handle", "1", 2], "args": [["same"]]}',
        ),
        *(
            '{"value": ["array", "object", [1]], "args": [["same"]]}',
            '{"error": 5}',
            '{"error": ["E", [1, 2], []]}',
            '{"error": ["E", "m", [["1", 2, "s", "f"]]]}',
        ),
        *(
            '{"error": ["E", "m", 7]}',
            '{"error": ["E", "m", [[1, 2]]]}',
            '{"error": {"a": 1}}',
            '{"error": null}',
            '{"value": 1, "args": {"a": 1}}',
            '{"done": true}',
        ),
    ],
)
def test_a_forged_answer_with_the_right_token_is_checked_as_well(start, reply):
    body = f"""
        import gc, json, struct
        token = next(d["token"] for d in gc.get_objects() if type(d) is dict and "token" in d and "target" in d)
        text = json.dumps({{"token": token, **json.loads('{reply}')}}).encode()
        os.write(3, struct.pack("<4sIQ", b"cnn1", len(text), 0) + text)
        threading.Event().wait()
    """
    one = start("def attack(x):\n" + textwrap.indent(textwrap.dedent(body), "    "))
    with pytest.raises(WorkerDied, match="^sent a malformed reply: "):
        one.call("attack", (1,))


def test_an_answer_sent_before_the_question_is_refused(start):
    one = start(
        "import struct\ntext = b'{\"value\": 1, \"args\": []}'\nos.write(3, b'') and 0\ndef f(): return 2\ndef early():\n    threading.Timer(0.0, lambda: os.write(3, struct.pack('<4sIQ', b'cnn1', len(text), 0) + text)).start()\n    return 1"
    )
    with pytest.raises(
        WorkerDied, match="malformed reply: (an answer to another question|more bytes than its frame holds)"
    ):
        for _ in range(100):
            one.call("early")


def test_objects_that_equal_everything_are_handles_or_plain_data(start):
    one = start(
        """
        class Always:
            def __eq__(self, other): return True
            def __getattr__(self, name): return self
            def __float__(self): return 1.0
            def __array__(self, *a, **k): return np.ones(3)
            __class__ = np.ndarray
        class Liar(np.ndarray):
            def __eq__(self, other): return True
            def __array__(self, *a, **k): return np.ones(3)
            def __array_function__(self, *a): return True
            def __array_ufunc__(self, *a, **k): return True
            def tobytes(self, *a): return b""
            shape = property(lambda self: (1, 2, 3))
            dtype = property(lambda self: np.dtype("float32"))
        class Number(float):
            def __eq__(self, other): return True
        def always(): return Always()
        def liar(): return np.zeros(3).view(Liar)
        def number(): return [Number(5)]
        """
    )
    assert isinstance(one.call("always").value, Handle)
    value = one.call("liar").value
    assert (
        type(value) is np.ndarray and value.shape == (3,) and value.dtype == np.float64 and value.tolist() == [0, 0, 0]
    )
    value = one.call("number").value
    assert type(value[0]) is float and value != [1]


def test_patches_of_numpy_and_the_standard_library_hurt_their_author_only(box, start):
    patches = """
        import builtins, json, struct, socket, random, warnings, linecache, select, io
        for module in (np, json, struct, socket, random, warnings, linecache, select, io, np.random, np.testing):
            for name in list(vars(module)):
                if not name.startswith("__"):
                    try: setattr(module, name, lambda *a, **k: True)
                    except Exception: pass
        np.allclose = np.array_equal = lambda *a, **k: True
        os.write = os.readv = os.writev = lambda *a, **k: 0
        builtins.isinstance = lambda *a: True
        sys.modules["numpy"] = None
        def attack(x): return x
        """
    try:
        assert start(patches).call("attack", (np.arange(3.0),)).value.tolist() == [0, 1, 2]
    except (StudentError, WorkerDied):
        pass
    assert still_works(box) and not np.allclose(1, 2)


def test_an_innocent_patch_costs_nothing(start):
    one = start(
        "import random\nnp.random.seed = random.seed = 5\nos.write = None\nimport json; json.dumps = None\ndef f(x): return x * 2"
    )
    assert one.call("f", (np.ones(2),)).value.tolist() == [2, 2]


# --- the judge's end, and machines without a sandbox


def test_a_mistake_of_the_judge_does_not_cost_the_worker(start):
    one = start("def f(x): return x")
    with pytest.raises(TypeError, match="^a object can't be sent to the student's code$|can't be sent"):
        one.call("f", (object(),))
    with pytest.raises(TypeError, match="can't be sent to the student's code nested too deeply"):
        loop = []
        loop.append(loop)
        one.call("f", (loop,))
    assert one.call("f", (1,)).value == 1


def test_a_dead_server_is_started_again(box):
    one = box.start(program("def f(): return 1"), QUICK)
    family = [os.pidfd_open(pid) for pid in children(box._process.pid)]
    os.kill(box._process.pid, signal.SIGKILL)
    box._process.wait()
    assert len(family) == 2
    for pidfd in family:
        assert select.select([pidfd], [], [], 10)[0], "a process outlived the guard"
        os.close(pidfd)
    with pytest.raises(WorkerDied, match="ended together with the sandbox's server"):
        one.call("f")
    assert still_works(box)


JUDGE = """
import os, sys, threading
from types import SimpleNamespace
from autograder.sandbox import Sandbox
def hold(tier):
    box = Sandbox(tier=tier)
    one = box.start([SimpleNamespace(source="def f():\\n    while True: pass", cell=1, line=1)])
    print(box._process.pid, flush=True)
    one.call("f", seconds=100)
for tier in sys.argv[1:]:
    threading.Thread(target=hold, args=(tier,)).start()
"""


def test_everything_ends_with_a_judge_that_is_killed(box):
    tier = "namespaces" if box.tier.startswith("namespaces") else "landlock"
    judge = subprocess.Popen([sys.executable, "-c", JUDGE, tier], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    guard = int(judge.stdout.readline())
    family = [os.pidfd_open(pid) for pid in [guard, *children(guard)]]
    assert len(family) == 3
    judge.kill()
    judge.wait()
    judge.stdout.close()
    for pidfd in family:
        assert select.select([pidfd], [], [], 10)[0], "a process outlived its judge"
        os.close(pidfd)


def forked_worker(confine):
    """A worker without a server: the judge's side of one whose `confine` is this."""
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
    machine = isolation.Machine("landlock", [], 0, True)
    me = os.getpid()
    with pytest.raises(SandboxUnavailable, match=f"could not be shut in: OSError: no {layer} here"):
        forked_worker(lambda: isolation.confine(machine, QUICK, str(tmp_path), 1 << 40, me))


def test_a_worker_that_ends_before_it_is_ready_is_no_sandbox():
    with pytest.raises((SandboxUnavailable, WorkerDied)):
        forked_worker(lambda: os._exit(5))


def test_other_platforms_are_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SandboxUnavailable, match="Only Linux can shut student code in.*container.*--no-sandbox"):
        Sandbox()
    monkeypatch.setattr(os, "name", "nt")
    for isolate in (True, False):
        with pytest.raises(SandboxUnavailable, match=r"Windows.*WSL 2 \(wsl --install\)"):
            Sandbox(isolate=isolate)


def test_a_machine_that_gives_neither_tier_is_refused_with_both_reasons(monkeypatch):
    def refuse(self, tier):
        raise SandboxUnavailable({"namespaces": "unshare: Operation not permitted", "landlock": "no Landlock"}[tier])

    monkeypatch.setattr(Sandbox, "_open", refuse)
    sentence = "namespaces: unshare: Operation not permitted; landlock: no Landlock.*sysctl.*--no-sandbox"
    with pytest.raises(SandboxUnavailable, match=sentence):
        Sandbox()


def test_a_server_that_cannot_start_says_why(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(SandboxUnavailable, match="its server ended"):
        Sandbox()
    monkeypatch.undo()
    monkeypatch.setenv("HOME", sys.base_prefix + "/lib/python3")
    with pytest.raises(SandboxUnavailable, match="lies inside .*move it elsewhere"):
        Sandbox()


def test_the_survey_knows_what_is_missing(monkeypatch):
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    with pytest.raises(OSError, match="no Landlock"):
        isolation.survey("landlock", [])
    with pytest.raises(OSError, match="no Landlock"):
        landlock.restrict([])
    assert isolation.survey("namespaces", []).name == "namespaces+seccomp"
    monkeypatch.setattr(kernel.platform, "machine", lambda: "riscv64")
    with pytest.raises(OSError, match="the processor is riscv64"):
        isolation.survey("namespaces", [])


def test_a_folder_that_would_expose_the_project_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    (tmp_path / "lib" / "course").mkdir(parents=True)
    with pytest.raises(
        OSError, match="course lies inside .*lib, which the student's code must read; move it elsewhere"
    ):
        view.readable(tmp_path, (tmp_path / "lib" / "course",))
    paths = view.readable(tmp_path, (tmp_path,))
    assert str(tmp_path / "lib") in paths and not any(
        path != other and path.startswith(other + "/") for path in paths for other in paths
    )


def test_without_a_sandbox_the_same_calls_work_and_the_tier_says_so():
    with Sandbox(isolate=False) as sandbox:
        assert sandbox.tier == "none"
        with sandbox.start(program("def f(x): return x + 1\ndef loop():\n    while True: pass"), QUICK) as one:
            assert one.call("f", (np.ones(2),)).value.tolist() == [2, 2]
            with pytest.raises(CallTimeout):
                one.call("loop", seconds=0.1)
    with pytest.raises(SandboxUnavailable, match="closed"):
        sandbox.start([])


def run_filter(code, machine, number, *arguments):
    """Interpret the BPF of a seccomp filter for one system call: "allow", "kill", or the errno."""
    steps = [code[at : at + 8] for at in range(0, len(code), 8)]
    data = {0: number, 4: seccomp.AUDIT_ARCH[machine]} | {
        16 + 8 * i: value & 0xFFFFFFFF for i, value in enumerate(arguments)
    }
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
            tests = {
                seccomp.EQUAL: accumulator == value,
                seccomp.GREATER: accumulator > value,
                seccomp.ANY_BIT: bool(accumulator & value),
            }
            at += if_true if tests[operation] else if_false


@pytest.mark.parametrize(
    ("machine", "clone", "kill", "execve", "openat", "read", "prlimit"),
    [("x86_64", 56, 62, 59, 257, 0, 302), ("aarch64", 220, 129, 221, 56, 63, 261)],
)
def test_the_filter_decides_the_same_on_both_architectures(machine, clone, kill, execve, openat, read, prlimit):
    code = seccomp.build(machine, 77)
    verdict = lambda *call: run_filter(code, machine, *call)  # noqa: E731
    assert verdict(read) == "allow" and verdict(execve) == 1 and verdict(435) == 38 and verdict(470) == 38
    assert verdict(clone, 0x3D0F00) == "allow" and verdict(clone, 17) == 1 and verdict(clone, 0x4111) == 1
    assert (
        verdict(kill, 77, 9) == "allow"
        and verdict(kill, 78, 9) == 1
        and verdict(kill, -1, 9) == 1
        and verdict(kill, 0) == 1
    )
    assert verdict(prlimit, 0) == "allow" and verdict(prlimit, 78) == 1
    assert verdict(openat, 0, 0, os.O_RDONLY) == "allow" and verdict(openat, 0, 0, os.O_RDONLY | os.O_TRUNC) == 1
    assert verdict(openat, 0, 0, os.O_WRONLY | os.O_TRUNC | os.O_CREAT) == "allow"
    other = {"x86_64": "aarch64", "aarch64": "x86_64"}[machine]
    assert run_filter(code, other, read) == "kill"
    assert machine != "x86_64" or verdict(0x40000000 + read) == "kill"
