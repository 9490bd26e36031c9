"""Running a network from a description that is plain data: nothing of a student's code takes part.

A description names the tensors that the network reads, and its steps, one operation each:

    {"tensors": {"conv.weight": [8, 3, 3, 3]},
     "steps": [{"op": "conv2d", "args": [{"step": 0}, {"tensor": "conv.weight"}], "kwargs": {"padding": 1}}, ...],
     "output": {"step": 5}}

Step 0 is the images; {"step": 3, "part": 1} is the second result of a step that has several. `tracing.describe` makes
a description of a model. It may be forged: then it is another network of the same operations, within the same limits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch

from cnnlab.networks.lenet import IMAGE_SIZE
from cnnlab.networks.operations import OPERATIONS, NetworkError, check_argument, work_of

IMAGE, CLASSES = (3, IMAGE_SIZE, IMAGE_SIZE), 10
BATCH = 50  # images in every run: a size that a network took from its input stands in its description as a number
MAX_PARAMETERS = 300_000  # numbers in all tensors that a ConvNet reads, but batch norm's running statistics
MAX_STATISTICS = 20_000  # numbers in those
MAX_WRITTEN = 16  # numbers written into the arguments of a step; those beyond, a table of places, say, are parameters
MAX_STEPS, MAX_TENSORS = 1_000, 1_000
MAX_ELEMENTS = 1 << 20  # of one result, for each image
MAX_WORK = 500_000_000  # for each image: 300,000 weights at each of 32 x 32 places take 310 million multiply-adds


@dataclass
class Survey:
    """What a description comes to, found without computing anything."""

    parameters: int = 0
    macs: int = 0  # multiply-adds for one image
    work: int = 0  # the time that everything takes, in multiply-adds
    batchnorms: int = 0  # on images (N, C, H, W)
    tensors: dict[str, list[int]] = field(default_factory=dict)
    statistics: set[str] = field(default_factory=set)

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "statistics": sorted(self.statistics)}


def survey(description: Any, max_parameters: int = MAX_PARAMETERS) -> dict[str, Any]:
    """What a description comes to, as a dict of `Survey`'s fields; nothing is computed, and little memory taken.

    Raises:
        NetworkError: it is no network from (N, *IMAGE) to (N, 10), or larger than allowed; the text says why.
    """
    check_form(description)
    found = Survey(tensors=description["tensors"], statistics=find_statistics(description))
    count_numbers(found, description, max_parameters)
    weights = {name: torch.empty(shape, device="meta") for name, shape in found.tensors.items()}
    with torch.no_grad(), torch.device("meta"):
        out = run_steps(description, weights, torch.empty(BATCH, *IMAGE), found)
    if tuple(out.shape) != (BATCH, CLASSES):
        raise NetworkError(
            f"The network maps {('N', *IMAGE)} to {('N', *out.shape[1:])}; it must be (N, 10).".replace("'", "")
        )
    return found.to_dict()


def run(
    description: Any,
    weights: Mapping[str, np.ndarray],
    images: np.ndarray,
    mean: np.ndarray,
    std: np.ndarray,
    max_parameters: int = MAX_PARAMETERS,
) -> np.ndarray:
    """Outputs (N, 10) for images (N, *IMAGE) uint8, which are standardized per channel: (images / 255 - mean) / std.

    Raises:
        NetworkError: as `survey`, or the weights don't fit.
    """
    tensors = survey(description, max_parameters)["tensors"]
    for name, shape in tensors.items():
        if name not in weights or list(weights[name].shape) != shape:
            raise NetworkError(f"The weights have no tensor {name} of shape {tuple(shape)}.")
    held = {name: torch.from_numpy(np.array(weights[name], np.float32)) for name in tensors}
    scale = (1 / (255 * std.astype(np.float32)))[:, None, None]
    shift = (mean.astype(np.float32) / std.astype(np.float32))[:, None, None]
    out = np.empty((len(images), CLASSES), np.float32)
    with torch.no_grad():
        for start in range(0, len(images), BATCH):
            batch = np.zeros((BATCH, *IMAGE), np.float32)
            some = images[start : start + BATCH]
            batch[: len(some)] = some * scale - shift
            out[start : start + BATCH] = run_steps(description, held, torch.from_numpy(batch))[: len(some)].numpy()
    return out


# --- form -----------------------------------------------------------------------------------------------------------


def check_form(description: Any) -> None:
    """NetworkError unless names, steps and shapes are of the right types and not too many."""
    require(type(description) is dict and set(description) == {"tensors", "steps", "output"}, "has other entries")
    tensors, steps = description["tensors"], description["steps"]
    require(type(tensors) is dict and type(steps) is list, "has entries of wrong types")
    require(len(tensors) <= MAX_TENSORS, f"reads more than {MAX_TENSORS} tensors")
    require(len(steps) <= MAX_STEPS, f"has more than {MAX_STEPS} steps")
    for name, shape in tensors.items():
        require(type(name) is str and type(shape) is list and len(shape) <= 8, "has a tensor of no shape")
        require(all(type(n) is int and 0 <= n <= 1 << 24 for n in shape), "has a tensor of an impossible shape")
    for step in steps:
        require(type(step) is dict and set(step) == {"op", "args", "kwargs"}, "has a step of other entries")
        require(type(step["args"]) is list and type(step["kwargs"]) is dict, "has a step of wrong types")
        known = type(step["op"]) is str and step["op"] in OPERATIONS
        require(known, f"has the operation {step['op']!r:.40}, which is not one of those allowed")


def require(good: bool, problem: str) -> None:
    if not good:
        raise NetworkError(f"The network's description {problem}.")


def find_statistics(description: dict) -> set[str]:
    """Tensors that serve as batch norm's running mean or variance, and as nothing else."""
    uses: dict[str, set[bool]] = {}
    for step in description["steps"]:
        places = [*enumerate(step["args"]), *step["kwargs"].items()]
        for place, value in places:
            running = step["op"] == "batch_norm" and place in (1, 2, "running_mean", "running_var")
            for name in tensor_names(value):
                uses.setdefault(name, set()).add(running)
    return {name for name, kinds in uses.items() if kinds == {True}}


def tensor_names(value: Any) -> list[str]:
    if type(value) is dict:
        return [value["tensor"]] if type(value.get("tensor")) is str else []
    return [name for item in value for name in tensor_names(item)] if type(value) is list else []


def count_written(value: Any) -> int:
    """Numbers that stand in an argument."""
    if type(value) in (list, dict):
        return sum(map(count_written, value.values() if type(value) is dict else value))
    return int(type(value) in (int, float))


def count_numbers(found: Survey, description: dict, max_parameters: int) -> None:
    """Parameters within the budget; running statistics apart."""
    sizes = {name: math.prod(shape) for name, shape in found.tensors.items()}
    statistics = sum(sizes[name] for name in found.statistics if name in sizes)
    arguments = [[*step["args"], *step["kwargs"].values()] for step in description["steps"]]
    written = sum(max(0, count_written(values) - MAX_WRITTEN) for values in arguments)
    found.parameters = sum(sizes.values()) - statistics + written
    if found.parameters > max_parameters:
        raise NetworkError(f"The network has {found.parameters:,} parameters; at most {max_parameters:,} are allowed.")
    if statistics > MAX_STATISTICS:
        raise NetworkError(
            f"The network has {statistics:,} running statistics; at most {MAX_STATISTICS:,} are allowed."
        )


# --- running --------------------------------------------------------------------------------------------------------


def run_steps(
    description: dict, weights: Mapping[str, torch.Tensor], images: torch.Tensor, found: Survey | None = None
) -> torch.Tensor:
    """The network's output. With `found`, the tensors hold no numbers: sizes are checked, and the work is added up."""
    values: list[Any] = [images]
    last_use = find_last_uses(description)
    for number, step in enumerate(description["steps"], start=1):
        operation = OPERATIONS[step["op"]]
        place = f"step {number} ({operation.name})"
        args = [resolve(value, weights, values) for value in step["args"]]
        kwargs = {key: resolve(value, weights, values) for key, value in step["kwargs"].items()}
        if found is not None:
            named = operation.named(args, kwargs)
            for name, value in named.items():
                check_argument(place, name, value)
        try:
            values.append(operation.function(*args, **kwargs))
        except Exception as error:  # PyTorch's own words on arguments that don't go together
            reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
            raise NetworkError(f"The network can't be run, {place}: {reason[:200]}.") from None
        if found is not None:
            add_up(found, operation.name, named, values[-1], place)
        for done in last_use.get(number, ()):
            values[done] = None
    out = resolve(description["output"], weights, values)
    require(isinstance(out, torch.Tensor), "has no output")
    return out


def find_last_uses(description: dict) -> dict[int, list[int]]:
    """For each step, the earlier results that are not needed after it: they need not stay in memory."""
    last: dict[int, int] = {}
    for number, step in enumerate(description["steps"], start=1):
        last.update(dict.fromkeys(step_numbers([*step["args"], *step["kwargs"].values()]), number))
    for kept in step_numbers(description["output"]):
        last.pop(kept, None)
    done: dict[int, list[int]] = {}
    for number, at in last.items():
        if 0 <= number < at:
            done.setdefault(at, []).append(number)
    return done


def step_numbers(value: Any) -> list[int]:
    if type(value) is dict:
        inner = [item for item in value.values() if type(item) is list]
        return [value["step"]] if type(value.get("step")) is int else step_numbers(inner)
    return [number for item in value for number in step_numbers(item)] if type(value) is list else []


def resolve(value: Any, weights: Mapping[str, torch.Tensor], values: list, depth: int = 0) -> Any:
    """An argument as PyTorch takes it."""
    require(depth < 6, "nests its arguments too deeply")
    if type(value) is list:
        return [resolve(item, weights, values, depth + 1) for item in value]
    if value is None or type(value) in (bool, int, float, str):
        return value
    require(type(value) is dict and bool(value), "has an argument of an unknown kind")
    kind = next(iter(value))
    if kind == "slice" and type(value[kind]) is list and len(value[kind]) == 3:
        require(all(item is None or type(item) is int for item in value[kind]), "has a slice of something else")
        return slice(*value[kind])
    if kind == "tuple" and type(value[kind]) is list:
        return tuple([resolve(item, weights, values, depth + 1) for item in value[kind]])
    if kind == "ellipsis":
        return ...
    return find_tensor(value, weights, values)


def find_tensor(value: dict, weights: Mapping[str, torch.Tensor], values: list) -> torch.Tensor:
    """What {"tensor": name}, {"step": number} or {"step": number, "part": number} stands for."""
    name, step, part = value.get("tensor"), value.get("step", -1), value.get("part")
    if type(name) is str:
        require(name in weights, f"reads a tensor {name!r:.60} that it does not name")
        return weights[name]
    require(type(step) is int and 0 <= step < len(values), "uses a result before it is there")
    tensor = values[step]
    if type(part) is int and isinstance(tensor, (tuple, list)) and 0 <= part < len(tensor):
        tensor = tensor[part]
    good = isinstance(tensor, torch.Tensor) and tensor.dtype == torch.float32
    require(good, "uses a result that is no tensor of float32")
    return tensor


def add_up(found: Survey, name: str, named: dict[str, Any], out: Any, place: str) -> None:
    """Count one step; NetworkError if its result or the whole is too large."""
    parts = list(out) if isinstance(out, (tuple, list)) else [out]
    require(all(isinstance(part, torch.Tensor) for part in parts), f"has no tensor as the result of {place}")
    elements = sum(part.numel() for part in parts)
    if elements > MAX_ELEMENTS * BATCH:
        raise NetworkError(f"The network is too large: {place} has more than {MAX_ELEMENTS:,} numbers for each image.")
    macs, work = work_of(name, named, elements)
    found.macs += macs // BATCH
    found.work += work // BATCH
    if found.work > MAX_WORK:
        raise NetworkError(
            f"The network takes too long: more than {MAX_WORK // 10**6} million operations for one image. Pool earlier."
        )
    on_images = name == "batch_norm" and isinstance(named.get("input"), torch.Tensor) and named["input"].ndim == 4
    found.batchnorms += on_images
