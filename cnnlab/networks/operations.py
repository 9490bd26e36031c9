"""The operations that a network may consist of, so that the grader can run it without running the student's code.

Each line of `TABLE` is one function of PyTorch with the arguments it takes; `*` takes all that follow. Whatever calls
it (a layer, `torch.relu`, `F.relu`, `x.relu()`), an operation is known by its name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional as F

TABLE = """
F.conv2d(input, weight, bias, stride, padding, dilation, groups)
F.conv_transpose2d(input, weight, bias, stride, padding, output_padding, groups, dilation)
F.linear(input, weight, bias)
torch.matmul(input, other)
torch.bmm(input, other)
F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
F.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)
F.layer_norm(input, normalized_shape, weight, bias, eps)
F.group_norm(input, num_groups, weight, bias, eps)
F.local_response_norm(input, window, alpha, beta, k)
F.normalize(input, p, dim, eps)
F.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)
F.avg_pool2d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
F.adaptive_avg_pool2d(input, output_size)
F.adaptive_max_pool2d(input, output_size, return_indices)
F.interpolate(input, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)
F.pixel_shuffle(input, upscale_factor)
F.pixel_unshuffle(input, downscale_factor)
F.pad(input, pad, mode, value)
torch.channel_shuffle(input, groups)
F.dropout(input, p, training, inplace)
F.dropout1d(input, p, training, inplace)
F.dropout2d(input, p, training, inplace)
F.alpha_dropout(input, p, training, inplace)
F.relu(input, inplace)
F.relu6(input, inplace)
F.leaky_relu(input, negative_slope, inplace)
F.elu(input, alpha, inplace)
F.selu(input, inplace)
F.celu(input, alpha, inplace)
F.gelu(input, approximate)
F.silu(input, inplace)
F.mish(input, inplace)
F.hardswish(input, inplace)
F.hardsigmoid(input, inplace)
F.hardtanh(input, min_val, max_val, inplace)
F.softplus(input, beta, threshold)
F.softsign(input)
F.logsigmoid(input)
F.prelu(input, weight)
F.softmax(input, dim)
F.log_softmax(input, dim)
F.glu(input, dim)
torch.sigmoid(input)
torch.tanh(input)
torch.exp(input)
torch.log(input)
torch.sqrt(input)
torch.rsqrt(input)
torch.square(input)
torch.abs(input)
torch.neg(input)
torch.add(input, other, alpha)
torch.sub(input, other, alpha)
torch.mul(input, other)
torch.div(input, other)
torch.true_divide(input, other)
torch.pow(input, exponent)
torch.maximum(input, other)
torch.minimum(input, other)
torch.clamp(input, min, max)
Tensor.__rsub__(input, other)
Tensor.__rdiv__(input, other)
Tensor.relu_(input)
Tensor.sigmoid_(input)
Tensor.tanh_(input)
Tensor.add_(input, other, alpha)
Tensor.sub_(input, other, alpha)
Tensor.mul_(input, other)
Tensor.div_(input, other)
Tensor.clamp_(input, min, max)
torch.mean(input, dim, keepdim)
torch.sum(input, dim, keepdim)
torch.var(input, dim, unbiased, keepdim, correction)
torch.std(input, dim, unbiased, keepdim, correction)
torch.amax(input, dim, keepdim)
torch.amin(input, dim, keepdim)
torch.max(input, dim, keepdim)
torch.min(input, dim, keepdim)
torch.logsumexp(input, dim, keepdim)
torch.cat(tensors, dim)
torch.concat(tensors, dim)
torch.stack(tensors, dim)
torch.chunk(input, chunks, dim)
torch.split(input, split_size, dim)
torch.unbind(input, dim)
torch.narrow(input, dim, start, length)
torch.flatten(input, start_dim, end_dim)
torch.transpose(input, dim0, dim1)
torch.unsqueeze(input, dim)
Tensor.view(input, *shape)
Tensor.reshape(input, *shape)
Tensor.squeeze(input, *dim)
Tensor.permute(input, *dims)
Tensor.flip(input, *dims)
Tensor.expand(input, *sizes)
Tensor.expand_as(input, other)
Tensor.repeat(input, *sizes)
Tensor.contiguous(input)
Tensor.clone(input)
Tensor.__getitem__(input, index)
torch.zeros(*sizes)
torch.ones(*sizes)
torch.zeros_like(input)
torch.ones_like(input)
Tensor.new_zeros(input, *sizes)
"""
WORDS = {"same", "valid", "none", "tanh", "nearest", "nearest-exact", "bilinear", "bicubic", "area"}
WORDS |= {"constant", "reflect", "replicate", "circular"}
COUNTS = {"kernel_size", "stride", "dilation", "groups", "output_size", "num_groups", "upscale_factor"}
COUNTS |= {"downscale_factor", "chunks", "split_size", "size", "window"}
# least and largest number an argument may have; any other's size is checked where the result is
RANGES: dict[str, tuple[float, float]] = dict.fromkeys(COUNTS, (1, 4096))
RANGES |= {"padding": (0, 1024), "output_padding": (0, 1024)}
RANGES |= {"pad": (-64, 64), "scale_factor": (1 / 64, 8), "return_indices": (0, 0)}
ANY = (-1 << 20, 1 << 20)
PASS = 16  # reading or writing a number takes as long as so many multiply-adds


class NetworkError(Exception):
    """A network that can't be described, or a description that is none; the text is a whole sentence."""


@dataclass(frozen=True)
class Operation:
    """One function of PyTorch that networks may use."""

    name: str
    function: Callable[..., Any]
    parameters: tuple[str, ...]

    @classmethod
    def parse(cls, line: str) -> Operation:
        path, parameters = line.rstrip(")").split("(")
        scope, name = path.split(".")
        function = getattr({"F": F, "torch": torch, "Tensor": torch.Tensor}[scope], name)
        return cls(name, function, tuple(parameters.split(", ")))

    def named(self, args: list, kwargs: dict) -> dict[str, Any]:
        """The arguments by name; NetworkError if there are others than the operation takes."""
        most = math.inf if self.parameters[-1].startswith("*") else len(self.parameters)
        names = [name.strip("*") for name in self.parameters]
        if len(args) > most or not set(kwargs) <= set(names):
            raise NetworkError(f"{self.name} is called with arguments that the grader doesn't know.")
        fixed = dict(zip(names, args))
        return {**fixed, **{f"{i}": value for i, value in enumerate(args[len(fixed) :])}, **kwargs}


OPERATIONS = {operation.name: operation for operation in map(Operation.parse, TABLE.strip().splitlines())}


def check_argument(operation: str, name: str, value: Any) -> None:
    """NetworkError unless every plain number and word in an argument is one that the operation may be given."""
    low, high = RANGES.get(name, ANY)
    for item in plain_items(value):
        if isinstance(item, str):
            good = item in WORDS
        elif isinstance(item, int) or name in RANGES:
            good = low <= item <= high
        else:
            good = True  # a float may be anything: it only makes a wrong result
        if not good:
            raise NetworkError(f"{operation} can't be given {name} = {item!r:.40}.")


def plain_items(value: Any) -> Iterator[bool | int | float | str]:
    """The numbers and words in an argument; None and tensors are passed over."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from plain_items(item)
    elif isinstance(value, slice):
        yield from plain_items([value.start, value.stop, value.step])
    elif isinstance(value, (bool, int, float, str)):
        yield value


def weights_of_one(weight: torch.Tensor) -> int:
    """The weights of one of a convolution's filters (of a transposed one: of one input channel)."""
    return weight.numel() // max(1, weight.shape[0])


def work_of(operation: str, named: dict[str, Any], elements: int) -> tuple[int, int]:
    """Multiply-adds of an operation (0 if it has none), and the time it takes in them, for so many results."""
    first = named.get("input")
    inputs = first.numel() if isinstance(first, torch.Tensor) else 0
    if operation == "conv2d":
        macs = elements * weights_of_one(named["weight"])
    elif operation == "conv_transpose2d":
        macs = inputs * weights_of_one(named["weight"])
    elif operation in ("linear", "matmul", "bmm"):
        macs = elements * named["input"].shape[-1]
    else:
        items = [item for name in ("kernel_size", "window") for item in plain_items(named.get(name))]
        window = [item for item in items if isinstance(item, int)]
        area = math.prod(window * (2 if len(window) == 1 and "window" not in named else 1))
        return 0, PASS * (inputs + elements * max(1, area))
    return macs, macs + PASS * (inputs + elements)
