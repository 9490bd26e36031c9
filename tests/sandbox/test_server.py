"""The judge and its fork server: every answer belongs to its request, and a server that fails is replaced, once."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
from pathlib import Path

import numpy as np
import pytest
from programs import QUICK, all_ended, children, program, still_works

from autograder.sandbox import Limits, Sandbox, SandboxUnavailable, Tier, sandbox


@pytest.fixture
def own(box, tier):
    """A sandbox that a test may break."""
    with Sandbox(tier=tier, torch=False) as one:
        yield one


def server_of(box):
    return children(box._process.pid)[0]


def ask_and_leave(box):
    """A request for a worker whose answer nobody reads."""
    ours, theirs = socket.socketpair()
    output, printed = os.pipe()
    request = {"id": next(box._requests), "start": dataclasses.asdict(Limits())}
    box._send(request, [theirs.fileno(), printed])
    for end in (ours, theirs):
        end.close()
    for end in (output, printed):
        os.close(end)


def test_a_late_answer_is_not_taken_for_the_next_one_and_its_worker_is_ended(own):
    alone = len(children(own._process.pid))
    for _ in range(3):
        ask_and_leave(own)
    with own.start(program("def f(x): return 2 * x"), QUICK) as one:
        assert one.call("f", (np.ones(2),)).value.tolist() == [2, 2]
    assert len(children(own._process.pid)) == alone and still_works(own)


class Interrupt(Exception):
    """As when a signal's handler raises."""


def test_a_judge_that_is_interrupted_while_it_waits_goes_on_with_the_same_server(own, monkeypatch):
    server, alone = server_of(own), len(children(own._process.pid))

    def interrupt(*args):
        raise Interrupt

    with monkeypatch.context() as patch:
        patch.setattr(own, "_read_answer", interrupt)
        with pytest.raises(Interrupt):
            own.start(program("x = 1"), QUICK)
    assert still_works(own) and server_of(own) == server
    assert len(children(own._process.pid)) == alone


@pytest.mark.parametrize("signal_", [signal.SIGSTOP, signal.SIGKILL])
def test_a_server_that_no_longer_answers_is_replaced_with_all_it_started(own, monkeypatch, signal_):
    one = own.start(program("def f(): return 1"), QUICK)
    family = [os.pidfd_open(pid) for pid in children(own._process.pid)]
    monkeypatch.setattr(sandbox, "ANSWER_SECONDS", 1 if signal_ == signal.SIGSTOP else 30)
    os.kill(server_of(own), signal_)
    assert still_works(own)
    assert all_ended(family)
    with pytest.raises(SandboxUnavailable, match="^the sandbox's server ended, and the student's code with it$"):
        one.call("f")
    with pytest.raises(SandboxUnavailable):  # and again
        one.call("f")


def test_a_sandbox_that_fails_twice_says_so_and_is_tried_again_the_next_time(own, monkeypatch):
    def refuse(tier):
        raise SandboxUnavailable("no memory left")

    os.kill(own._process.pid, signal.SIGKILL)
    with monkeypatch.context() as patch:
        patch.setattr(own, "_open", refuse)
        for _ in range(2):
            with pytest.raises(SandboxUnavailable, match="could not start a worker: .*no memory left"):
                own.start(program("x = 1"), QUICK)
    assert still_works(own)


def test_an_answer_that_was_cut_off_is_trouble_of_the_sandbox(own):
    own._unread = b'"pid": 4}\n'
    assert still_works(own)  # by way of another server


def test_no_folder_is_left_of_a_server_that_was_replaced(own, tier, monkeypatch):
    if tier != Tier.LANDLOCK:
        pytest.skip("its scratch folders are in memory")
    with own.start(program("import os\ndef f(): return os.getcwd()"), QUICK) as one:
        folder = Path(one.call("f").value).parent
    assert folder.is_dir()
    monkeypatch.setattr(sandbox, "ANSWER_SECONDS", 1)
    os.kill(server_of(own), signal.SIGSTOP)
    assert still_works(own) and not folder.exists()


def test_without_isolation_a_server_is_replaced_as_well():
    with Sandbox(isolate=False, torch=False) as box:
        os.kill(server_of(box), signal.SIGKILL)
        assert still_works(box)
