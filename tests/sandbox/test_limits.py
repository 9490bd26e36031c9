"""Time, memory, output, disk: each has a bound, and passing it costs the call or the worker, never the judge."""

from __future__ import annotations

import resource
import subprocess
import sys

import numpy as np
import pytest
from programs import QUICK, function, program, still_works

from autograder import REPOSITORY
from autograder.sandbox import CallTimeout, CodeRaised, Handle, Limits, WorkerDied

SHARED_MACHINE = """
import sys
from types import SimpleNamespace
from autograder.sandbox import Limits, Sandbox, Tier
with Sandbox(tier=Tier(sys.argv[1]), torch=False) as box:
    code = "import resource\\ndef f(): return resource.getrlimit(resource.RLIMIT_AS)[1]"
    print(box.start([SimpleNamespace(source=code, cell=1, line=1)], Limits(memory_bytes=1 << 50)).call("f").value)
"""


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "a = np.ones((3000, 3000))\nwhile True: a @ a",
        "np.linalg.svd(np.random.rand(4000, 4000))",
        "import signal; signal.pause()",
        "os.read(3, 1 << 20); os.read(3, 1)",
        "os.write(3, b'cnn1'); threading.Event().wait()",
        "import struct; os.write(3, struct.pack('<4sIQ', b'cnn1', 9, 9)); threading.Event().wait()",
        "while True: print('again')",
    ],
)
def test_a_call_that_does_not_end_is_stopped_with_the_worker(start, body):
    one = start(function(body))
    with pytest.raises(CallTimeout, match=r"^took longer than 0\.1 s$") as caught:
        one.call("attack", seconds=0.1)
    assert caught.value.seconds == 0.1 and not one.alive and len(one.output) < 70_000
    with pytest.raises(WorkerDied, match=r"^was stopped after 0\.1 s$"):
        one.call("attack")


def test_a_worker_that_does_not_read_its_question_is_stopped(start):
    one = start(function("os.write(3, b'cnn1')\nthreading.Event().wait()"))
    with pytest.raises(CallTimeout):
        one.call("attack", (np.ones(1 << 22),), seconds=0.2)


def test_a_statement_that_does_not_end_or_dies_is_named(box):
    with pytest.raises(CallTimeout) as caught:
        box.start(program("x = 1", "while True: pass"), Limits(load_seconds=0.1))
    assert (caught.value.cell, caught.value.line, caught.value.seconds) == (2, 1, 0.1)
    with pytest.raises(WorkerDied, match=r"^stopped by os\._exit\(3\)$") as died:
        box.start(program("x = 1", "y = 2", "import os; os._exit(3)"), QUICK)
    assert (died.value.cell, died.value.line) == (3, 1)


@pytest.mark.parametrize(
    "body",
    [
        "return np.zeros(5 << 30).sum()",
        "return bytearray(40 << 30)",
        "x = []\nwhile True: x.append(bytearray(1 << 26))",
        "global x\nx = []\nwhile True: x.append([0] * 200)",
    ],
)
def test_forty_gigabytes_are_a_memory_error(attack, body):
    with pytest.raises(CodeRaised, match="^MemoryError"):
        attack(body, limits=Limits(memory_bytes=1 << 28))


def test_processor_time_is_limited_too(attack):
    with pytest.raises(WorkerDied, match="^used more than 1 s of processor time$"):
        attack("while True: pass", limits=Limits(cpu_seconds=1))


def test_a_flood_of_output_is_cut_in_the_middle(start):
    line, count = "x" * (1 << 20) + "\n", 100
    body = f"print('first')\nfor _ in range({count}): print('x' * (1 << 20))\nprint('last')\nreturn 7"
    one = start(function(body), limits=Limits(output_bytes=4000))
    assert one.call("attack").value == 7
    dropped = len("first\n") + count * len(line) + len("last\n") - 4000
    assert one.output.startswith("first\nxxx") and one.output.endswith("x\nlast\n")
    assert f"\n[... {dropped:,} bytes of output left out ...]\n" in one.output and len(one.output) < 4100


def test_output_of_every_kind_is_kept_and_harmless(start):
    body = """
        print("\\x1b[2J", "ü", file=sys.stderr)
        os.write(1, b"\\xff raw\\r\\n")
        sys.stdout = None
        return 1
    """
    one = start("print('loading')", function(body))
    assert one.call("attack").value == 1
    assert one.output == "loading\n�[2J ü\n� raw\n"
    assert one.call("attack").value == 1


@pytest.mark.parametrize("stream", ["sys.stdout.close()", "os.close(1); os.close(2)", "sys.stdout = sys.stderr = 5"])
def test_a_program_without_output_still_computes(start, stream):
    one = start(function(stream + "\nreturn 3"), "def fine(): return 4")
    assert one.call("attack").value == 3 and one.call("fine").value == 4


def test_a_huge_result_stays_in_the_worker(attack):
    value = attack("return np.zeros(1 << 22)", limits=Limits(reply_bytes=1 << 20))
    assert isinstance(value, Handle) and value.note == "larger than 1 MB"
    value = attack("return np.broadcast_to(1.0, (10**7, 10**7))")
    assert isinstance(value, Handle) and value.type_name == "ndarray"


def test_a_huge_argument_does_not_come_back(start):
    one = start("def f(x):\n    x['big'] = np.zeros(1 << 22)\n    return 5", limits=Limits(reply_bytes=1 << 20))
    reply = one.call("f", ({},))
    assert reply.value == 5 and isinstance(reply.args[0], Handle)


def test_disk_space_is_bounded(attack):
    body = """
        for i in range(100):
            with open(f"file{i}", "wb") as file:
                for _ in range(8): file.write(bytes(1 << 20))
        threading.Event().wait()
    """
    limits = Limits(scratch_bytes=16 << 20, call_seconds=5)
    with pytest.raises((CodeRaised, WorkerDied), match="No space left|^wrote more than 16 MB of files$"):
        attack(body, limits=limits)
    full = "File too large|No space left|^wrote more than 16 MB of files$"  # whichever wall it meets first
    with pytest.raises((CodeRaised, WorkerDied), match=full):
        attack("open('one', 'wb').write(bytes(1 << 25))", limits=limits)


def test_the_number_of_files_is_bounded(attack):
    body = """
        for i in range(1500):
            open(f"file{i}", "wb").close()
        threading.Event().wait()
    """
    with pytest.raises((CodeRaised, WorkerDied), match="No space left|^made more than 1024 files$"):
        attack(body, limits=Limits(call_seconds=5))


def test_a_bomb_of_threads_is_bounded(box, attack):
    body = """
        threading.stack_size(1 << 16)
        gate = threading.Event()
        for _ in range(5000):
            threading.Thread(target=gate.wait, daemon=True).start()
        gate.wait()
    """
    sentence = "RuntimeError: can't start new thread|^started more than 100 threads$"
    with pytest.raises((CodeRaised, WorkerDied), match=sentence):
        attack(body, limits=Limits(threads=100, call_seconds=5))
    assert still_works(box)


def test_a_machine_with_lower_limits_of_its_own_keeps_them(box, tier):
    most = 16 << 30

    def lower() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))

    command = [sys.executable, "-c", SHARED_MACHINE, tier.value]
    done = subprocess.run(command, cwd=REPOSITORY, preexec_fn=lower, capture_output=True, text=True)
    assert done.stdout.strip() == str(most), done.stderr
