"""Work on many submissions in processes of their own, of which one may die without taking a neighbour with it."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any

MOST_TRIES = 2  # a submission whose process died is tried alone, so often


@dataclass(frozen=True)
class Died:
    """In the place of a value: the process died with this submission alone in it, `times` times."""

    times: int


@dataclass
class Crew:
    """Does `work(*entry)` for entries in `jobs` processes, each begun with `begin(*arguments)`."""

    work: Callable[..., Any]
    begin: Callable[..., None]
    arguments: tuple
    jobs: int
    _suspects: list[tuple] = field(default_factory=list)  # were at work when a process died

    def each(self, entries: Sequence[tuple]) -> Iterator[tuple[tuple, Any]]:
        """Every entry with what came of it, as they are done; those that may have killed a process come last, alone."""
        waiting = list(entries)
        while waiting:
            yield from self._until_broken(waiting, max(1, min(self.jobs, len(waiting))))
        suspects, self._suspects = self._suspects, []
        for entry in suspects:
            yield entry, self._alone(entry)

    def _alone(self, entry: tuple) -> Any:
        for _ in range(MOST_TRIES):
            for _, value in self._until_broken([entry], 1):
                return value
        self._suspects.clear()
        return Died(MOST_TRIES)

    def _until_broken(self, waiting: list[tuple], width: int) -> Iterator[tuple[tuple, Any]]:
        """Work with one pool; takes what it has begun off `waiting`."""
        with ProcessPoolExecutor(width, multiprocessing.get_context("spawn"), self.begin, self.arguments) as pool:
            running: dict[Future, tuple] = {}
            try:
                while waiting or running:
                    while waiting and len(running) < width:
                        entry = waiting.pop(0)
                        running[pool.submit(self.work, *entry)] = entry
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        value = future.result()
                        yield running.pop(future), value
            except BrokenProcessPool:
                self._suspects += running.values()
            except BaseException:
                for process in multiprocessing.active_children():
                    process.kill()
                raise


def begin_process() -> None:
    """Ctrl-C is the parent's, which ends its processes; and none outlives a parent that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()


def die_with_parent() -> None:
    """Also with one that died while this process was starting. Only Linux can promise that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        parent = multiprocessing.parent_process()
        if parent is not None and os.getppid() != parent.pid:
            os._exit(1)
