"""A worker's time. Processor time decides against a student; the wall clock only ends what hangs.

On a busy machine a program waits for its turn: that is not its fault, and the kernel's account of its processor time
does not count it. So when a limit has passed by the wall clock, the judge looks at that account, and waits on where the
program has not used up what it may. What sleeps then, or takes `PATIENCE` times as long, is ended all the same, and
said to be ended by the clock: the machine may have been the cause.
"""

from __future__ import annotations

import os
import time

PATIENCE = 3.0  # times the limit
NAP = 0.1  # of the limit: what has slept that long on end after it hangs
SHORTEST = 0.01  # seconds between two looks
BUSY = (b"R", b"D")  # states of a thread that runs, waits for its turn, or waits for a disk
AT_WORK = 0.1  # the share of a nap that a sleeping program may compute


class Late(Exception):
    """The time is used up. `by_clock`: by the wall clock alone, with processor time left."""

    def __init__(self, by_clock: bool) -> None:
        super().__init__("late")
        self.by_clock = by_clock


class Clock:
    """The kernel's account of one process, read from outside; `pid` is its number here."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._last = 0.0

    def wall(self) -> float:
        return time.monotonic()

    def processor(self) -> float:
        """Seconds of processor time of all its threads. After its end: what was read last."""
        try:
            self._last = time.clock_gettime((~self.pid << 3) | 2)  # the kernel's CPUCLOCK_SCHED of that process
        except OSError:
            pass
        return self._last

    def sleeps(self) -> bool:
        """Whether none of its threads runs or waits for its turn. False where that can't be seen."""
        folder = f"/proc/{self.pid}/task"
        try:
            states = [_state(f"{folder}/{thread}/stat") for thread in os.listdir(folder)]
        except OSError:
            return False
        return not any(state in BUSY for state in states)


def _state(path: str) -> bytes:
    """A thread's state: the letter after its name, which is of its own choice and stands in brackets."""
    with open(path, "rb") as file:
        return file.read().rpartition(b")")[2].split()[0]


def clock_of(pidfd: int) -> Clock | None:
    """The clock of a process whose descriptor came from another pid namespace; None where the kernel does not say."""
    try:
        with open(f"/proc/self/fdinfo/{pidfd}") as file:
            pid = next((int(line.split()[1]) for line in file if line.startswith("Pid:")), 0)
        if pid <= 0:  # it has ended, or can't be seen from here
            return None
        time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return None
    return Clock(pid)


class Allowance:
    """The time that one request may take. Without a clock of the process the wall clock is all there is."""

    def __init__(self, seconds: float, clock: Clock | None = None) -> None:
        self.seconds, self._clock = seconds, clock
        self._wall = clock.wall if clock else time.monotonic
        self._start = self._wall()
        self._used_before = clock.processor() if clock else 0.0
        self._look_at = self._start + seconds
        self._end = self._start + PATIENCE * seconds
        self._nap: tuple[float, float] | None = None  # since when it sleeps, and what it had used then

    def left(self) -> float:
        """Seconds until the next look at the process. Raises Late."""
        now = self._wall()
        if now >= self._look_at:
            self._look_at = self._next_look(now)
        return self._look_at - now

    def used(self) -> float:
        """Processor seconds since the beginning; without a clock, those of the wall clock."""
        return self._clock.processor() - self._used_before if self._clock else self.waited()

    def waited(self) -> float:
        return self._wall() - self._start

    def _next_look(self, now: float) -> float:
        used = self.used()
        if self._clock is None or now >= self._end:
            raise Late(by_clock=self._clock is None or used < self.seconds)
        if used >= self.seconds:
            raise Late(by_clock=False)
        if not self._clock.sleeps():
            self._nap = None
            return min(self._end, now + max(self.seconds - used, SHORTEST))
        asleep_since, used_then = self._nap or (now, used)
        if now > asleep_since and used - used_then < AT_WORK * (now - asleep_since):
            raise Late(by_clock=True)
        self._nap = now, used
        return min(self._end, now + max(NAP * self.seconds, SHORTEST))


class TimeBudget:
    """The time of one submission, shared by all its workers: processor time, and `PATIENCE` times as much by the clock.

    ended_by_clock: some of it was ended by the wall clock alone, or killed by the kernel: the machine may be the cause.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds, self.spent, self.ended_by_clock = seconds, 0.0, False
        self._end = time.monotonic() + PATIENCE * seconds

    def left(self) -> float:
        """Seconds that may still be spent: none after the end."""
        left = max(0.0, self.seconds - self.spent)
        if left and time.monotonic() >= self._end:
            self.ended_by_clock, left = True, 0.0
        return left

    def charge(self, seconds: float, ended: BaseException | None) -> None:
        """Take the seconds of a request, and note how it ended."""
        self.spent += seconds
        self.ended_by_clock |= getattr(ended, "by_clock", False) or getattr(ended, "by_kernel", False)
