"""How fast layers are: nested loops, the reference solution, PyTorch; forward and backward together, on one thread.

    python -m autograder.benchmarks.layers

Seconds are processor time of the computing thread, the least of many rounds in which NumPy and PyTorch take turns: so
other work on the machine counts as little as possible. Every row has a process of its own, since what ran before
changes how malloc hands out large blocks (PyTorch's float64 convolutions, most of all, lose much of their time to page
faults until it has learnt to keep them). Loops are measured on one image and multiplied.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from autograder.course.course import REPOSITORY
from autograder.course.reference import load_functions, solution_source
from autograder.hidden_tests import naive_layers
from cnnlab.networks.timing import Layer, torch_layers

SOLUTION = REPOSITORY / "solutions" / "a2_fast_layers" / "a2_fast_layers.py"
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
ROUNDS = 25
LAYERS: list[tuple[str, list[tuple[int, ...]], dict[str, int]]] = [
    ("conv", [(64, 3, 32, 32), (32, 3, 3, 3), (32,)], {"stride": 1, "pad": 1}),
    ("conv", [(16, 32, 28, 28), (64, 32, 5, 5), (64,)], {"stride": 1, "pad": 2}),
    ("max_pool", [(64, 32, 32, 32)], {"pool_height": 2, "pool_width": 2, "stride": 2}),
    ("max_pool", [(16, 64, 28, 28)], {"pool_height": 3, "pool_width": 3, "stride": 2}),
]


@dataclass(frozen=True)
class Row:
    """One layer in one dtype; seconds of forward plus backward, and of forward alone."""

    layer: str
    dtype: str
    naive: float
    fast: float
    torch: float
    fast_forward: float
    torch_forward: float

    @property
    def speed_up(self) -> float:
        """How many times faster than loops."""
        return self.naive / self.fast

    @property
    def to_torch(self) -> float:
        """Time as a multiple of PyTorch's: below 1 is faster."""
        return self.fast / self.torch


def layer_table() -> list[Row]:
    """Measure everything, each row in a process of its own, on one thread."""
    environment = {**os.environ, **ONE_THREAD}
    rows = []
    for case in range(2 * len(LAYERS)):
        command = [sys.executable, "-m", "autograder.benchmarks.layers", str(case)]
        done = subprocess.run(command, env=environment, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE)
        rows.append(Row(**json.loads(done.stdout)))
    return rows


def measure(case: int) -> Row:
    """One row of the table, in this process: fast and PyTorch in turn, then loops."""
    import torch

    torch.set_num_threads(1)
    kind, shapes, param = LAYERS[case // 2]
    arrays = draw(("float64", "float32")[case % 2], *shapes)
    inputs = (*arrays, param)
    functions = load_functions(solution_source(SOLUTION), str(SOLUTION))
    fast: Layer = tuple(functions[f"{kind}_{direction}_fast"] for direction in ("forward", "backward"))
    loops: Layer = tuple(getattr(naive_layers, f"{kind}_{direction}") for direction in ("forward", "backward"))
    best = {"fast": [np.inf, np.inf], "torch": [np.inf, np.inf]}
    for _ in range(ROUNDS):
        for name, layer in (("fast", fast), ("torch", torch_layers()[kind])):
            best[name] = [*map(min, best[name], once(layer, inputs))]
    x = arrays[0]
    naive = len(x) * sum(once(loops, (x[:1], *inputs[1:])))
    forwards = best["fast"][0], best["torch"][0]
    return Row(describe(kind, shapes, param), x.dtype.name, naive, sum(best["fast"]), sum(best["torch"]), *forwards)


def describe(kind: str, shapes: list[tuple[int, ...]], param: dict[str, int]) -> str:
    """`conv 64x3x32x32, 32x3x3x3` or `max pool 64x32x32x32, 2x2 stride 2`."""
    x, *others = ("x".join(map(str, shape)) for shape in shapes)
    if kind == "conv":
        return f"conv {x}, {others[0]}"
    return f"max pool {x}, {param['pool_height']}x{param['pool_width']} stride {param['stride']}"


def draw(dtype: str, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def once(layer: Layer, inputs: tuple) -> tuple[float, float]:
    """Seconds of one forward and of one backward."""
    (out, cache), forward = clocked(lambda: layer[0](*inputs))
    dout = np.ones_like(out)
    return forward, clocked(lambda: layer[1](dout, cache))[1]


def clocked(call: Callable[[], Any]) -> tuple[Any, float]:
    started = time.thread_time()
    value = call()
    return value, time.thread_time() - started


def format_table(rows: list[Row]) -> str:
    """The table as text, milliseconds."""
    columns = f"{'loops':>9} {'fast':>8} {'PyTorch':>8} {'speed-up':>9} {'of PyTorch':>11}"
    lines = [f"{'forward + backward, one thread, ms':<44} {'dtype':<8}{columns}"]
    for row in rows:
        times = f"{1000 * row.naive:9.0f} {1000 * row.fast:8.1f} {1000 * row.torch:8.1f}"
        lines.append(f"{row.layer:<44} {row.dtype:<8}{times} {row.speed_up:8.0f}x {row.to_torch:11.2f}")
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(asdict(measure(int(sys.argv[1])))))
    else:
        print(format_table(layer_table()))
