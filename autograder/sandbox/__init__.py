"""Runs a student's code in a process that can read nothing, reach nothing and outlive nothing; only plain data crosses.

with Sandbox() as sandbox, sandbox.start(program, Limits(call_seconds=5)) as worker:
    reply = worker.call("conv_forward_naive", (x, w, b, {"stride": 1, "pad": 1}), keep=(1,))
    out, cache = reply.value  # an array, and a Handle to pass back
"""

from autograder.sandbox.clock import TimeBudget
from autograder.sandbox.judge import Worker
from autograder.sandbox.outcomes import (
    CallTimeout,
    CodeRaised,
    Handle,
    Limits,
    LoadError,
    Reply,
    Runnable,
    SandboxUnavailable,
    Tensor,
    Tier,
    TraceLine,
    WorkerDied,
)
from autograder.sandbox.sandbox import Sandbox

__all__ = [
    "TimeBudget",
    "CallTimeout",
    "Handle",
    "Limits",
    "LoadError",
    "Reply",
    "Sandbox",
    "SandboxUnavailable",
    "Runnable",
    "CodeRaised",
    "Tensor",
    "Tier",
    "TraceLine",
    "Worker",
    "WorkerDied",
]
