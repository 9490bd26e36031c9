"""Whether two programs do the same on small cases that the contract allows: what tells an equivalent mutant.

A script calls the functions of one question as anybody may who keeps to the contract, with sizes drawn from all small
ones, and gives everything that may be seen: results, gradients of a cache that is used twice, inputs afterwards. Two
programs that give the same, up to rounding, in all of a few hundred drawn cases are taken for equivalent. That is no
proof; what it can miss are cases rarer than one in a hundred among small sizes, and what only large sizes show.
"""

from __future__ import annotations

import contextlib
import itertools
import signal
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

Names = Mapping[str, Any]
Script = Callable[[Names, np.random.Generator], Any]
ROUNDING = {4: 1e-4, 8: 1e-7}  # relative, by the bytes of a number, as the hidden tests have it
SECONDS = 20.0  # of the processor, for one case: a busy machine makes no difference


def first_difference(right: Iterable[Any], wrong: Names, script: Script, seed: int = 0) -> str:
    """What differs in the first case in which a program does not do as a right one has done; empty if none does.

    Args:
        right: what the right one gives in each case, as `results` has it.
    """
    for number, (one, other) in enumerate(zip(right, results(wrong, script, seed))):
        if not same(one, other):
            return f"case {number}: {one!r:.300} against {other!r:.300}"
    return ""


def results(names: Names, script: Script, seed: int = 0) -> Iterator[Any]:
    """What a program gives in one case after the other, or how it fails; without end."""
    for number in itertools.count():
        try:
            with time_limit(SECONDS), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = script(names, np.random.default_rng([seed, number]))
        except Exception as error:
            result = f"raised {type(error).__name__}: {error}"
        yield result


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError("took too long")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def same(one: Any, other: Any) -> bool:
    """Whether two results are alike for whoever keeps to the contract: lists are tuples, counts any integers."""
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (np.ndarray, np.floating)) and isinstance(other, (np.ndarray, np.floating)):
        return _same_arrays(np.asarray(one), np.asarray(other))
    if isinstance(one, (str, bool, type(None))) or isinstance(other, (str, bool, type(None))):
        return type(one) is type(other) and one == other
    if isinstance(one, (int, np.integer)) or isinstance(other, (int, np.integer)):
        return isinstance(one, (int, np.integer)) and isinstance(other, (int, np.integer)) and int(one) == int(other)
    return isinstance(one, float) and isinstance(other, float) and _same_arrays(np.asarray(one), np.asarray(other))


def _same_arrays(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.dtype.kind != "f":
        return np.array_equal(one, other)
    rounding, largest = ROUNDING.get(one.dtype.itemsize, 0.0), float(np.nan_to_num(np.abs(one)).max(initial=1.0))
    # what cancels is small beside the largest entry, or beside 1
    return bool(np.allclose(one, other, rtol=rounding, atol=rounding * 1e-2 * largest, equal_nan=True))


# --- how the functions of a layer are called --------------------------------------------------------------------------


def pair(forward: str, backwards: tuple[str, ...], draw: Callable[[np.random.Generator], tuple]) -> Script:
    """A forward pass, then each backward pass twice on one cache, with another forward pass in between."""

    def script(names: Names, rng: np.random.Generator) -> Any:
        inputs, others = draw(rng), draw(rng)
        out, cache = names[forward](*inputs)
        seen = [np.array(out), *(_as_given(value, inputs[0]) for value in inputs)]
        if backwards and _is_differentiable(inputs):
            for name in backwards:
                dout = rng.standard_normal(np.shape(out))
                seen.append(_copied(names[name](dout, cache)))
                names[forward](*others)
                seen += [_copied(names[name](dout.copy(), cache)), dout]
        return seen

    return script


def alone(name: str, draw: Callable[[np.random.Generator], tuple]) -> Script:
    """A function that has no cache, or whose cache is not used."""

    def script(names: Names, rng: np.random.Generator) -> Any:
        inputs = draw(rng)
        result = names[name](*inputs)
        out = result[0] if isinstance(result, (list, tuple)) else result
        return [_copied(out), *map(_copied, inputs)]

    return script


def _as_given(value: Any, x: np.ndarray) -> Any:
    """An input after the call; in test mode the running statistics may be written down, as they were or as zeros."""
    if isinstance(value, dict) and value.get("mode") == "test":
        missing = {name: np.zeros(x.shape[1]) for name in ("running_mean", "running_var")}
        return _copied({**missing, **value})
    return _copied(value)


def _copied(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [*map(_copied, value)]
    if isinstance(value, dict):
        return {key: _copied(entry) for key, entry in value.items()}
    return value.copy() if isinstance(value, np.ndarray) else value


def _is_differentiable(inputs: tuple) -> bool:
    """A backward pass is not asked in test mode."""
    return not any(isinstance(value, dict) and value.get("mode") == "test" for value in inputs)


def whole(rng: np.random.Generator, low: int, high: int) -> int:
    """An int from low to high."""
    return int(rng.integers(low, high + 1))


def numbers(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Of any size, as the contract has it: mostly ordinary, sometimes large or small ones."""
    scale = rng.choice([1.0, 1.0, 1.0, 1.0, 0.01, 1e4])
    return rng.standard_normal(shape) * scale


# --- a1 and a2: convolution and pooling ---------------------------------------------------------------------------


def draw_convolution(axes: int, dilated: bool = False) -> Callable[[np.random.Generator], tuple]:
    def draw(rng: np.random.Generator) -> tuple:
        n, c, f = (whole(rng, 1, 3) for _ in range(3))
        stride, pad, dilation = whole(rng, 1, 4), whole(rng, 0, 3), whole(rng, 1, 3) if dilated else 1
        taps = [whole(rng, 1, 4 if axes < 3 else 3) for _ in range(axes)]
        needed = [max(1, dilation * (tap - 1) + 1 - 2 * pad) for tap in taps]
        sides = [least + whole(rng, 0, 5 if axes < 3 else 3) for least in needed]
        conv_param = {"stride": stride, "pad": pad}
        if dilated and (dilation > 1 or rng.random() < 0.5):
            conv_param["dilation"] = dilation
        return numbers(rng, n, c, *sides), numbers(rng, f, c, *taps), numbers(rng, f), conv_param

    return draw


def draw_pool(rng: np.random.Generator) -> tuple:
    height, width, stride = (whole(rng, 1, 4) for _ in range(3))
    x = numbers(rng, whole(rng, 1, 3), whole(rng, 1, 3), height + whole(rng, 0, 5), width + whole(rng, 0, 5))
    x += rng.choice([0.0, 10.0, -10.0]) * np.abs(x).max()  # all above 0, all below, or some of each
    return x, {"pool_height": height, "pool_width": width, "stride": stride}


def sizes(names: Names, rng: np.random.Generator) -> Any:
    """Every small size at once, with and without the defaults."""
    size, kernel = whole(rng, 1, 12), whole(rng, 1, 6)
    given = {"stride": whole(rng, 1, 5), "pad": whole(rng, 0, 4), "dilation": whole(rng, 1, 4)}
    given = {name: value for name, value in given.items() if rng.random() < 0.8}
    try:
        return names["conv_output_size"](size, kernel, **given)
    except ValueError as error:
        return "ValueError", len(str(error).split()) >= 3


def cost(names: Names, rng: np.random.Generator) -> Any:
    kernel, pad = whole(rng, 1, 5), whole(rng, 0, 3)
    shape = whole(rng, 1, 4), *(max(1, kernel - 2 * pad) + whole(rng, 0, 6) for _ in range(2))
    given: dict[str, Any] = {"stride": whole(rng, 1, 4), "bias": bool(rng.random() < 0.5)}
    given = {name: value for name, value in given.items() if rng.random() < 0.8}
    found = names["conv_cost"](shape, whole(rng, 1, 5), kernel, pad=pad, **given)
    return {name: np.asarray(value).tolist() for name, value in found.items()}


def field_of_view(names: Names, rng: np.random.Generator) -> Any:
    layers = [(whole(rng, 1, 6), whole(rng, 1, 4)) for _ in range(whole(rng, 0, 5))]
    return names["receptive_field"](layers), layers


def draw_plane(rng: np.random.Generator) -> tuple:
    height, width = whole(rng, 1, 4), whole(rng, 1, 4)
    return numbers(rng, height + whole(rng, 0, 4), width + whole(rng, 0, 4)), numbers(rng, height, width)


def draw_pointwise(rng: np.random.Generator) -> tuple:
    n, c, f = (whole(rng, 1, 4) for _ in range(3))
    return numbers(rng, n, c, whole(rng, 1, 4), whole(rng, 1, 4)), numbers(rng, f, c), numbers(rng, f)


CONVOLUTION: dict[str, Script] = {
    "conv_output_size": sizes,
    "conv_cost": cost,
    "receptive_field": field_of_view,
    "cross_correlate2d": alone("cross_correlate2d", draw_plane),
    "convolve2d": alone("convolve2d", draw_plane),
    "conv_forward_naive": pair("conv_forward_naive", (), draw_convolution(2)),
    "conv_backward_naive": pair("conv_forward_naive", ("conv_backward_naive",), draw_convolution(2)),
    "dilated_conv_forward": alone("dilated_conv_forward", draw_convolution(2, dilated=True)),
    "conv1x1_forward": alone("conv1x1_forward", draw_pointwise),
    "conv1d_forward": alone("conv1d_forward", draw_convolution(1)),
    "conv3d_forward": alone("conv3d_forward", draw_convolution(3)),
    "conv_forward_fast": pair("conv_forward_fast", (), draw_convolution(2)),
    "conv_backward_fast": pair("conv_forward_fast", ("conv_backward_fast",), draw_convolution(2)),
    **{
        name: pair(name.replace("backward", "forward"), (name,) if "backward" in name else (), draw_pool)
        for kind in ("max_pool_{}_naive", "max_pool_{}_fast", "avg_pool_{}")
        for name in (kind.format("forward"), kind.format("backward"))
    },
}
