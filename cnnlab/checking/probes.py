"""What tests ask a model: helpers that run where the model is, and give plain arrays back.

A model, a loader or an optimizer never leaves the process of the student's code: a test holds a handle of it, and asks
by `student.probe_forward(model, x)`. The table `PROBES` in `signatures` lists them. Nothing here is secret.

What a model consists of is read from the dictionaries that PyTorch keeps it in, not by its methods, which a class may
define in its own way. Still, all of this happens in the process of the student's code: whatever a probe says is only a
claim. Tests pay for numbers that nobody has who has not done the work, never for a claim alone.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from cnnlab.checking import module_facts
from cnnlab.signatures import PROBES

__all__ = [*PROBES]


def functions() -> dict[str, Any]:
    """All probes by name."""
    if "torch" in sys.modules:
        tools()
    return {name: globals()[name] for name in PROBES}


@cache
def tools() -> SimpleNamespace:
    """What the probes use of PyTorch, held from before the student's code ran; notebooks without it never load it."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    from cnnlab.networks.tracing import describe

    optimizers = {name: value for name, value in vars(torch.optim).items() if isinstance(value, type)}
    names = {"__name__": "tests", "torch": torch, "nn": torch.nn, "F": torch.nn.functional, "np": np}
    return SimpleNamespace(
        torch=torch,
        names=names,
        cross_entropy=torch.nn.functional.cross_entropy,
        no_grad=torch.no_grad,
        from_numpy=torch.from_numpy,
        DataLoader=DataLoader,
        TensorDataset=TensorDataset,
        optimizers=optimizers,
        describe=describe,
    )


def probe_make(source: str, *args: Any, **kwargs: Any) -> Any:
    """A model of a test's own class, the last one in `source`, where torch, nn, F and np are known."""
    names = dict(tools().names)
    exec(textwrap.dedent(source), names)
    found = [value for value in names.values() if isinstance(value, type) and value.__module__ == "tests"]
    return found[-1](*args, **kwargs)


def probe_attribute(model: Any, name: str) -> Any:
    """An attribute by its dotted name: what a test's own class has recorded."""
    for part in name.split("."):
        model = getattr(model, part)
    return model


def probe_parameters(model: Any) -> dict[str, np.ndarray]:
    """Copies of all parameters by name, in the order of definition."""
    return {name: to_array(parameter) for name, parameter in module_facts.parameters(model).items()}


def probe_buffers(model: Any) -> dict[str, np.ndarray]:
    """Copies of all buffers by name."""
    return {name: to_array(buffer) for name, buffer in module_facts.buffers(model).items()}


def probe_gradients(model: Any) -> dict[str, np.ndarray | None]:
    """Copies of all gradients by the parameters' names; None where there is none."""
    parameters = module_facts.parameters(model)
    return {name: None if p.grad is None else to_array(p.grad) for name, p in parameters.items()}


def probe_modes(model: Any) -> dict[str, bool]:
    """For each module by its dotted name (the model itself is ""), whether it is in train mode."""
    return {name: module_facts.is_training(module) for name, module in module_facts.modules(model).items()}


def probe_set_mode(model: Any, training: bool, name: str = "") -> None:
    """Train or eval mode, of the whole model or of one module in it with what it holds."""
    module_facts.set_training(module_facts.modules(model)[name], training)


def probe_hooks(model: Any) -> int:
    """Number of hooks on all modules together."""
    return module_facts.hooks(model)


def probe_load(model: Any, arrays: Mapping[str, np.ndarray] | Iterable[np.ndarray]) -> None:
    """Fill the parameters: each takes the first array of its shape that is still there.

    Raises:
        ValueError: there is none for a parameter, or one is left over.
    """
    waiting = list(arrays.values() if isinstance(arrays, Mapping) else arrays)
    with tools().no_grad():
        for name, parameter in module_facts.parameters(model).items():
            at = next((i for i, array in enumerate(waiting) if array.shape == tuple(parameter.shape)), None)
            if at is None:
                raise ValueError(f"the model's parameter {name} has the shape {tuple(parameter.shape)}: there is none")
            parameter.copy_(tools().from_numpy(np.array(waiting.pop(at))))
    if waiting:
        raise ValueError(f"the model has no parameter of shape {waiting[0].shape}")


def probe_forward(model: Any, x: np.ndarray) -> Any:
    """The model's output for x, as an array, without gradients and in the mode the model is in."""
    with tools().no_grad():
        out = model(probe_tensor(x))
    return to_array(out) if isinstance(out, tools().torch.Tensor) else out


def probe_backward(model: Any, x: np.ndarray, labels: np.ndarray) -> float:
    """One forward and backward of the mean cross-entropy; gives the loss, and leaves the gradients in the model."""
    loss = tools().cross_entropy(model(probe_tensor(x)), probe_tensor(labels))
    loss.backward()
    return loss.item()


def probe_tensor(array: np.ndarray) -> Any:
    """A torch tensor of an array's values, of float32 or int64."""
    kind = np.float32 if np.asarray(array).dtype.kind == "f" else np.int64
    return tools().from_numpy(np.array(array, kind))


def probe_loader(images: np.ndarray, labels: np.ndarray, batch_size: int) -> Any:
    """A DataLoader over the images in their order; the last batch may be smaller."""
    return tools().DataLoader(tools().TensorDataset(probe_tensor(images), probe_tensor(labels)), batch_size)


class Batches:
    """A loader that is no DataLoader: it has no data set."""

    def __init__(self, batches: list[tuple[Any, Any]]) -> None:
        self.batches = batches

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return iter(self.batches)


def probe_batches(images: np.ndarray, labels: np.ndarray, batch_size: int) -> Any:
    """The same batches as `probe_loader`, by a loader that has no data set and no batch size."""
    parts = [slice(at, at + batch_size) for at in range(0, len(images), batch_size)]
    return Batches([(probe_tensor(images[part]), probe_tensor(labels[part])) for part in parts])


def probe_optimizer(model: Any, name: str = "SGD", **settings: Any) -> Any:
    """An optimizer of torch.optim for the model's parameters."""
    return tools().optimizers[name](list(module_facts.parameters(model).values()), **settings)


def probe_describe(model: Any, shape: Iterable[int] | None = None, training: bool = False) -> dict[str, Any]:
    """The model's operations as plain data, on images of a shape (N, C, H, W); see `network`."""
    return tools().describe(model, shape, training)


def to_array(tensor: Any) -> np.ndarray:
    """A copy of a tensor's values."""
    return tensor.detach().cpu().numpy().copy()
