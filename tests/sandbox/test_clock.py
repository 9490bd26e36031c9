"""Processor time decides against a student; the wall clock only ends what hangs, and says so."""

from __future__ import annotations

import os
import signal

import pytest
from programs import QUICK, function, program

from autograder.sandbox import CallTimeout, WorkerDied, clock
from autograder.sandbox.clock import PATIENCE, Allowance, Clock, Late, TimeBudget, clock_of


class FakeClock:
    """A process that gets a share of a processor, or sleeps."""

    def __init__(self, share=0.0, asleep=False):
        self.now, self.used, self.share, self.asleep = 100.0, 5.0, share, asleep

    def wall(self):
        return self.now

    def processor(self):
        return self.used

    def sleeps(self):
        return self.asleep

    def run(self, seconds):
        self.now, self.used = self.now + seconds, self.used + self.share * seconds


def end_of(allowance, fake):
    """When it ends, in seconds since the beginning, and whether by the clock."""
    begun = fake.now
    try:
        while True:
            fake.run(allowance.left())
    except Late as late:
        return fake.now - begun, late.by_clock


@pytest.mark.parametrize(
    ("share", "asleep", "seconds", "by_clock"),
    [
        (1.0, False, 10, False),  # an endless loop that has a processor to itself
        (2.0, False, 10, False),  # two threads
        (0.5, False, 20, False),  # one that shares it: it is waited for
        (0.35, False, 10 / 0.35, False),
        (0.3, False, 10 * PATIENCE, True),  # starved
        (0.0, False, 10 * PATIENCE, True),  # a disk that does not answer
        (0.0, True, 11, True),  # asleep
        (0.01, True, 11, True),  # a loop of short naps
    ],
)
def test_who_ends_a_request_and_when(share, asleep, seconds, by_clock):
    fake = FakeClock(share, asleep)
    end, ended_by_clock = end_of(Allowance(10, fake), fake)
    assert ended_by_clock == by_clock and end == pytest.approx(seconds, rel=0.01)


def test_what_was_used_before_the_request_does_not_count():
    fake = FakeClock(1.0)
    fake.run(1000)
    allowance = Allowance(10, fake)
    fake.run(9.9)
    assert allowance.left() == pytest.approx(0.1) and allowance.used() == pytest.approx(9.9)


def test_one_that_works_between_two_naps_is_waited_for():
    fake = FakeClock(0.3, asleep=True)
    assert end_of(Allowance(10, fake), fake) == (10 * PATIENCE, True)


def test_without_a_clock_of_the_process_the_wall_clock_decides(monkeypatch):
    fake = FakeClock()
    monkeypatch.setattr(clock.time, "monotonic", fake.wall)
    assert end_of(Allowance(10), fake) == (10, True)


def test_a_process_that_cannot_be_seen_has_no_clock():
    pidfd = os.pidfd_open(os.getpid())
    assert clock_of(pidfd).pid == os.getpid()
    os.close(pidfd)
    assert clock_of(pidfd) is None  # closed
    gone = os.fork() or os._exit(0)
    os.waitpid(gone, 0)
    assert Clock(gone).processor() == 0 and not Clock(gone).sleeps()


def test_a_worker_that_waits_for_its_turn_is_waited_for(start, monkeypatch):
    """It is stopped for longer than the limit, as if a busy machine had nothing left for it."""
    one = start("def f(): return 7")
    pid = one._clock.pid

    def begin(self):
        os.kill(pid, signal.SIGCONT)
        return False

    monkeypatch.setattr(Clock, "sleeps", begin)
    monkeypatch.setattr(clock, "PATIENCE", 1000)
    os.kill(pid, signal.SIGSTOP)
    assert one.call("f", seconds=0.05).value == 7


def test_one_that_sleeps_is_ended_by_the_clock_long_before_that(start, monkeypatch):
    monkeypatch.setattr(clock, "PATIENCE", 10**6)
    one = start("def f(): return 7")
    os.kill(one._clock.pid, signal.SIGSTOP)
    with pytest.raises(CallTimeout, match=r"^took longer than 0\.05 s$") as caught:
        one.call("f", seconds=0.05)
    assert caught.value.by_clock and not one.alive and one.spent >= 0.05


@pytest.mark.parametrize("body", ["while True: pass", "a = np.ones((999, 999))\nwhile True: a @ a"])
def test_one_that_computes_is_ended_by_its_processor_time(start, monkeypatch, body):
    monkeypatch.setattr(clock, "PATIENCE", 10**6)  # however busy this machine is
    one = start(function(body))
    with pytest.raises(CallTimeout) as caught:
        one.call("attack", seconds=0.1)
    assert not caught.value.by_clock and 0.1 <= one.spent < 10


def test_a_statement_that_hangs_is_said_to_be_ended_by_the_clock(box, monkeypatch):
    monkeypatch.setattr(clock, "PATIENCE", 10**6)
    for statement, by_clock in (("while True: pass", False), ("import signal; signal.pause()", True)):
        with pytest.raises(CallTimeout) as caught:
            box.start(program("x = 1", statement), QUICK)
        assert (caught.value.cell, caught.value.by_clock) == (2, by_clock)


BURN = """
import threading, time
def burn(seconds):
    begun = time.thread_time()
    while time.thread_time() - begun < seconds: pass
def alone(): burn(0.1)
def in_threads():
    threads = [threading.Thread(target=burn, args=(0.05,)) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
def asleep(): time.sleep(0.3)
"""


def test_a_call_is_timed_by_the_processor_time_of_all_its_threads(start):
    one = start(BURN)
    assert one.call("alone", seconds=60).seconds >= 0.1
    assert one.call("in_threads", seconds=60).seconds >= 0.1
    assert one.call("asleep", seconds=60).seconds < 0.1
    assert one.spent >= 0.2


def test_names_of_threads_do_not_hide_their_state(start):
    """A thread's name is of its own choice, and stands before its state."""
    one = start(function("libc.prctl(15, b') R 1) S (')\nreturn 1"))
    assert one.call("attack").value == 1
    os.kill(one._clock.pid, signal.SIGSTOP)
    with pytest.raises(CallTimeout) as caught:
        one.call("attack", seconds=0.05)
    assert caught.value.by_clock


def test_a_budget_is_processor_time_with_a_ceiling_by_the_clock(monkeypatch):
    fake = FakeClock()
    monkeypatch.setattr(clock.time, "monotonic", fake.wall)
    budget = TimeBudget(10)
    fake.run(25)  # of waiting for the judge, or for a turn
    budget.charge(4, None)
    assert budget.left() == 6 and not budget.ended_by_clock
    budget.charge(6, CallTimeout(6))
    assert budget.left() == 0 and not budget.ended_by_clock
    budget = TimeBudget(10)
    fake.run(10 * PATIENCE)
    assert budget.left() == 0 and budget.ended_by_clock
    budget = TimeBudget(10)
    budget.charge(1, CallTimeout(1, by_clock=True))
    assert budget.ended_by_clock and budget.left() == 9
    budget = TimeBudget(10)
    budget.charge(1, WorkerDied("was killed", by_kernel=True))  # for the machine's memory, perhaps
    assert budget.ended_by_clock and budget.left() == 9
    budget = TimeBudget(10)
    budget.charge(1, WorkerDied("has ended"))
    budget.charge(10, None)
    assert not budget.ended_by_clock and budget.left() == 0  # used up by itself
    fake.run(10 * PATIENCE)
    assert budget.left() == 0 and not budget.ended_by_clock


def test_this_process_is_seen_at_work():
    own = Clock(os.getpid())
    assert not own.sleeps() and own.processor() > 0
