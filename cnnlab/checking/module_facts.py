"""What a torch module holds, read from where torch itself keeps it.

A class may write `named_parameters`, `train` or `state_dict` anew and say there whatever it likes, so none of its
methods is asked. Parameters, buffers and modules come under the names and in the order that torch gives them.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def modules(model: Any) -> dict[str, Any]:
    """All modules by their dotted names, the model itself as "", each once."""
    found: dict[int, tuple[str, Any]] = {}
    waiting = [("", model)]
    while waiting:
        name, module = waiting.pop()
        if id(module) not in found:
            found[id(module)] = name, module
            below = [(f"{name}.{key}" if name else key, child) for key, child in _entries(module, "_modules")]
            waiting += reversed(below)
    return dict(found.values())


def parameters(model: Any) -> dict[str, Any]:
    """All parameters by their dotted names, each once."""
    return dict(_tensors(model, "_parameters"))


def buffers(model: Any) -> dict[str, Any]:
    """All buffers by their dotted names, each once."""
    return dict(_tensors(model, "_buffers"))


def is_training(module: Any) -> bool:
    """Whether one module is in train mode."""
    return bool(_own(module).get("training", True))


def set_training(module: Any, training: bool) -> None:
    """Train or eval mode, of a module and all in it."""
    for each in modules(module).values():
        _own(each)["training"] = training


def hooks(model: Any) -> int:
    """Number of hooks on all modules together."""
    return sum(len(_entries(module, kind)) for module in modules(model).values() for kind in HOOKS)


def _tensors(model: Any, kind: str) -> Iterator[tuple[str, Any]]:
    seen = set()
    for name, module in modules(model).items():
        for key, tensor in _entries(module, kind):
            if id(tensor) not in seen:
                seen.add(id(tensor))
                yield f"{name}.{key}" if name else key, tensor


def _entries(module: Any, kind: str) -> list[tuple[str, Any]]:
    """What a module keeps under `kind`, without the empty places."""
    table = _own(module).get(kind, {})
    if not isinstance(table, dict):
        raise TypeError(f"the {kind} of a {type(module).__name__} are no dict")
    return [(str(key), value) for key, value in dict.items(table) if value is not None]


def _own(module: Any) -> dict[str, Any]:
    """An instance's own attributes, whatever its class makes of `__dict__` and `__getattribute__`."""
    for base in reversed(type.__dict__["__mro__"].__get__(type(module))):
        descriptor = type.__dict__["__dict__"].__get__(base).get("__dict__")
        if isinstance(descriptor, types.GetSetDescriptorType):
            own = descriptor.__get__(module)
            if "_modules" in own:
                return own
            break
    raise TypeError(f"a {type(module).__name__} is no nn.Module, or does not call super().__init__()")
