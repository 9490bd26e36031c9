"""Speed in the visible checks: a ratio to loops, which are timed on some windows only."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cnnlab.checking.outcomes import CheckFailed
from cnnlab.checking.student import Student

GOAL = 20  # times as fast as nested loops
PATIENCE = {False: 1.0, True: 4.0}  # seconds until a function is too slow; longer where it is near the goal


def check_speed(student: Student, call: Callable[[], Any], one_window: Callable[[], Any], windows: int) -> None:
    """Fail unless `call`, a call of a student's function, is `GOAL` times as fast as a loop over windows.

    Args:
        one_window: what such a loop does for one window.
        windows: how many there are in the input of `call`.

    Raises:
        CheckFailed: it is slower, in every one of several calls.
    """
    best = 0.0
    started = time.perf_counter()
    while best < GOAL:
        loops = min(time_loop(one_window) for _ in range(3)) * windows
        for _ in range(5):
            call()
            best = max(best, loops / student.calls[-1].seconds)
        if time.perf_counter() - started > PATIENCE[best >= GOAL / 2]:
            break
    if best < GOAL:
        raise CheckFailed(
            f"an answer {best:.1f} times as fast as nested loops, which take {1000 * loops:.0f} ms for this input",
            f"{GOAL} times or more on this machine (5 and 10 times give some of the points)",
        )


def time_loop(one_window: Callable[[], Any], count: int = 300) -> float:
    """Seconds of one window, from a loop over some."""
    started = time.perf_counter()
    for _ in range(count):
        one_window()
    return (time.perf_counter() - started) / count
