"""Speed as a ratio: how many times faster than nested loops, both measured here and now, by processor time.

The loops are timed in the judge by the processor time of its own thread, the student's function by that of its process
as the kernel tells the judge: all its threads, the way over the wire included. So nothing else on the machine can make
either look slow, and neither threads nor sleep make a function look fast. The best of several calls counts. Where that
falls short of the goal both are measured again and again, for seconds if it is near, and the best ratio counts: a busy
machine, whose caches are shared, costs time, not points.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from autograder.hidden_tests import naive_layers
from cnnlab.checking.outcomes import CheckFailed
from cnnlab.checking.student import Student

CALLS = 5  # of the student's function in one round
PATIENCE = {False: 2.0, True: 6.0}  # seconds of its calls until it is too slow; longer where it is near the goal
NEAR = 0.5  # of the goal
# Right answers take a fortieth to a hundredth of the loops' time at these sizes, wire included. Loops over positions
# that do all filters, or all planes, in one step come to a third to a tenth: they earn a part of the points at most.
CONV_SHAPES = ((1, 3, 48, 48), (16, 3, 3, 3))
CONV_PARAM = {"stride": 1, "pad": 1}
POOL_SHAPE = (1, 7, 66, 66)
POOL_PARAM = {"pool_height": 2, "pool_width": 2, "stride": 1}


@dataclass
class Best:
    """The best ratio that a student has reached, and the seconds that it is made of."""

    ratio: float = 0.0
    slow: float = 0.0
    taken: float = 0.0


def assert_faster(student: Student, call: Callable[[], float], loops: str, goal: float) -> None:
    """Fail unless some call is `goal` times as fast as the loops, now or when a smaller goal was asked for.

    Args:
        call: one call of the student's function on new inputs, its answer checked; gives its seconds.
        loops: which of `naive_layers` it is measured against, such as "conv_forward".
        goal: the ratio to reach.
    """
    best, waited, slow = student.once(("speed", loops), Best), 0.0, measured(loops)
    while best.ratio < goal and waited < PATIENCE[best.ratio >= NEAR * goal]:
        taken = [call() for _ in range(CALLS)]
        if slow / min(taken) > best.ratio:
            best.ratio, best.slow, best.taken = slow / min(taken), slow, min(taken)
        waited += sum(taken)
        if best.ratio < goal:
            slow = measure(loops)
    if best.ratio < goal:
        raise CheckFailed(
            f"an answer in {1000 * best.taken:.1f} ms, where nested loops take {1000 * best.slow:.0f} ms: "
            f"{best.ratio:.1f} times as fast",
            f"at least {goal:g} times as fast as nested loops",
        )


@cache
def measured(loops: str) -> float:
    """The first measurement of this process: enough for everybody who reaches the goal."""
    return measure(loops)


def measure(loops: str) -> float:
    """Processor seconds of one call of a layer with nested loops."""
    rng = np.random.default_rng(0)
    layer, _, direction = loops.rpartition("_")
    if layer == "conv":
        x, w = (rng.standard_normal(shape) for shape in CONV_SHAPES)
        inputs: tuple[Any, ...] = x, w, np.zeros(len(w)), CONV_PARAM
    else:
        inputs = rng.standard_normal(POOL_SHAPE), POOL_PARAM
    started = time.thread_time()
    out, kept = getattr(naive_layers, f"{layer}_forward")(*inputs)
    forward = time.thread_time() - started
    if direction == "forward":
        return forward
    dout = rng.standard_normal(out.shape)
    started = time.thread_time()
    getattr(naive_layers, f"{layer}_backward")(dout, kept)
    return time.thread_time() - started
