"""A network of the student's own as plain data: run once, with every operation on tensors written down.

That follows any Python there is around the operations: layers, functions, loops, branches, modules used twice.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from cnnlab.networks.network import BATCH, IMAGE
from cnnlab.networks.operations import OPERATIONS, NetworkError

# they say where a tensor lies or of what type it is; here it is float32 on the CPU
NO_OPERATION = {"to", "float", "cpu", "cuda", "type_as", "detach", "requires_grad_"}
IGNORED = {"dtype", "device", "layout", "memory_format", "requires_grad", "pin_memory", "_stacklevel"}


def describe(model: nn.Module, shape: Iterable[int] | None = None, training: bool = False) -> dict[str, Any]:
    """The operations of a model; see `network` for the form.

    Args:
        shape: of the images that it is run on, (N, C, H, W); `BATCH` of those that networks see.
        training: the mode it is run in; it is given back the one that it had.

    Raises:
        NetworkError: the model does something that can't be written down; the text says what.
    """
    if not isinstance(model, nn.Module):
        raise NetworkError(f"A network must be an nn.Module; it is a {type(model).__name__}.")
    modes = {module: module.training for module in model.modules()}
    images = torch.randn(*(shape or (BATCH, *IMAGE)), generator=torch.Generator().manual_seed(0))
    tracer = Tracer(model, images)
    try:
        model.train(training)
        with torch.no_grad(), tracer:
            out = model(images)
    finally:
        for module, training in modes.items():
            module.training = training
    if not isinstance(out, torch.Tensor):
        raise NetworkError(f"The network's forward must return one tensor; it returned {type(out).__name__}.")
    with torch.no_grad():
        output = tracer.encode(out)
    tensors = {name: list(tracer.state[name].shape) for name in tracer.used}
    return {"tensors": tensors, "steps": tracer.steps, "output": output}


class Tracer(TorchFunctionMode):
    """Writes down what is called while it is entered. Tensors are known by identity; it keeps none of them alive."""

    def __init__(self, model: nn.Module, images: torch.Tensor) -> None:
        super().__init__()
        self.state = model.state_dict(keep_vars=True)
        self._names = {id(tensor): name for name, tensor in reversed(self.state.items())}
        self._known: dict[int, tuple[weakref.ref, dict]] = {}
        self.steps: list[dict[str, Any]] = []
        self.used: dict[str, None] = {}
        self._learn(images, {"step": 0})

    def __torch_function__(self, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        kwargs = kwargs or {}
        out = function(*args, **kwargs)
        parts = out if isinstance(out, (tuple, list)) else [out]
        if any(isinstance(part, torch.Tensor) for part in parts):
            self._record(name_of(function), args, kwargs, out)
        return out

    def _record(self, name: str, args: tuple, kwargs: dict, out: Any) -> None:
        if name in NO_OPERATION and out.dtype == torch.float32:
            return self._learn(out, self.encode(args[0]))
        if name not in OPERATIONS:
            raise NetworkError(
                f"The network uses {name}, which the grader can't rebuild; "
                "cnnlab/networks/operations.py lists what it can."
            )
        kwargs = {key: value for key, value in kwargs.items() if key not in IGNORED}
        if name == "__getitem__":
            encoded = [self.encode(args[0]), self.encode_index(args[1])]
        else:
            encoded = [self.encode(value) for value in args]
        step = {"op": name, "args": encoded, "kwargs": {key: self.encode(value) for key, value in kwargs.items()}}
        self.steps.append(step)
        if isinstance(out, torch.Tensor):
            self._learn(out, {"step": len(self.steps)})
        else:
            for part, tensor in enumerate(out):
                self._learn(tensor, {"step": len(self.steps), "part": part})

    def _learn(self, tensor: torch.Tensor, reference: dict) -> None:
        self._known[id(tensor)] = (weakref.ref(tensor), reference)

    def encode(self, value: Any) -> Any:
        """An argument as plain data: a tensor becomes the step or the name that it comes from."""
        if isinstance(value, torch.Tensor):
            return self._reference(value)
        if isinstance(value, (list, tuple)):
            return [self.encode(item) for item in value]
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if hasattr(value, "item"):  # a NumPy number
            return value.item()
        raise NetworkError(
            f"The network gives a {type(value).__name__} to an operation, which the grader can't rebuild."
        )

    def encode_index(self, index: Any) -> Any:
        """What stands in brackets: x[:, 0], x[..., ::2]."""
        if isinstance(index, tuple):
            return {"tuple": [self.encode_index(item) for item in index]}
        if isinstance(index, slice):
            return {"slice": [index.start, index.stop, index.step]}
        return {"ellipsis": True} if index is Ellipsis else self.encode(index)

    def _reference(self, tensor: torch.Tensor) -> dict:
        if id(tensor) in self._names:
            name = self._names[id(tensor)]
            self.used[name] = None
            return {"tensor": name}
        reference, where = self._known.get(id(tensor), (None, {}))
        if reference is None or reference() is not tensor:
            raise NetworkError(
                f"The network computes with a tensor of shape {tuple(tensor.shape)} that is not in its state_dict: "
                "make it an nn.Parameter, or register it by self.register_buffer, so that it is saved with the weights."
            )
        return where


def name_of(function: Any) -> str:
    """`relu`, whether it is F.relu, torch.relu or a method; a property's name for its getter."""
    name = getattr(function, "__name__", str(function))
    return getattr(function.__self__, "__name__", name) if name == "__get__" else name
