"""Plain values to frames: see `wire` for the form."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.sandbox import wire
from autograder.sandbox.outcomes import Tensor

SHORT_TEXT = 256
_to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Unsendable(Exception):
    """This value can't travel as plain data; the message says why."""


class Encoder:
    """Collects one frame. `opaque(value, note)` gives the node of a value that can't travel."""

    def __init__(self, opaque: Callable[[Any, str], list], max_bytes: int) -> None:
        self.opaque, self.max_bytes = opaque, max_bytes
        self.parts: list[bytes | memoryview] = []
        self.size = self.nodes = 0

    def encode(self, value: Any) -> Any:
        """The node of `value`; if any part of it is beyond the limits, the whole of it is opaque."""
        mark = len(self.parts), self.size, self.nodes
        try:
            return self._node(value, 0)
        except Unsendable as reason:
            del self.parts[mark[0] :]
            self.size, self.nodes = mark[1:]
            return self.opaque(value, str(reason))

    def frame(self, header: dict[str, Any]) -> list[bytes | memoryview]:
        """All buffers of the frame, in order."""
        text = _to_json(header).encode()
        if len(text) > wire.MAX_HEADER:
            raise Unsendable("too many items")
        buffers = [wire.PREFIX.pack(wire.MAGIC, len(text), self.size) + text, *self.parts]
        return [b"".join(buffers)] if self.size < 1 << 16 else buffers

    def _node(self, value: Any, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > wire.MAX_NODES:
            raise Unsendable("too many items")
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if issubclass(kind, np.ndarray):
            return self._array("array", value)
        if issubclass(kind, (list, tuple, dict)):
            return self._container(value, depth)
        if issubclass(kind, np.generic) and not issubclass(kind, (str, bytes)):
            return self._scalar(value)
        if issubclass(kind, (int, float, complex, str, bytes)):
            return self._atom(value)
        return self._tensor(value)

    def _container(self, value: Any, depth: int) -> list:
        if depth >= wire.MAX_DEPTH:
            raise Unsendable("nested too deeply")
        if isinstance(value, dict):
            node: list = ["dict"]
            for key, item in dict.items(value):
                if type(key) not in (str, int, bool, float, type(None)):
                    raise Unsendable(f"it has a key that is a {type(key).__name__}")
                node += (self._node(key, depth + 1), self._node(item, depth + 1))
            return node
        kind = list if isinstance(value, list) else tuple
        return [kind.__name__, *(self._node(item, depth + 1) for item in kind.__iter__(value))]

    def _atom(self, value: Any) -> Any:
        if isinstance(value, bool):
            return value
        if isinstance(value, int):
            value = int.__add__(value, 0)
            if -(1 << 63) <= value < 1 << 63:
                return value
            if value.bit_length() > 4 * (wire.MAX_INT_DIGITS - 1):
                raise Unsendable("an integer of more than a thousand digits")
            return ["int", format(value, "x")]
        if isinstance(value, float):
            return float.fromhex(float.hex(value))
        if isinstance(value, complex):
            return ["complex", value.real, value.imag]
        if isinstance(value, bytes):
            return ["bytes", self._add(memoryview(value))]
        data = str.encode(value, "utf-8", "surrogatepass")
        if len(data) <= SHORT_TEXT:
            return "".join((value,))
        if len(data) > wire.MAX_TEXT:
            raise Unsendable("a text of more than 1 MB")
        return ["text", self._add(memoryview(data))]

    def _array(self, tag: str, value: np.ndarray, *more: Any) -> list:
        array = np.asarray(value)
        name = array.dtype.name
        if name not in wire.DTYPES:
            raise Unsendable(f"an array of {name}")
        if array.nbytes + self.size > self.max_bytes:  # before any copy: a broadcast array is huge only on paper
            raise Unsendable(f"larger than {self.max_bytes >> 20} MB")
        flat = np.ascontiguousarray(array, wire.DTYPES[name]).reshape(-1)
        self._add(flat.view(np.uint8).data if flat.size else memoryview(b""))
        if tag == "array" and not array.flags.c_contiguous and (steps := wire.read_steps(array)):
            more = (steps,)
        return [tag, name, list(array.shape), *more]

    def _scalar(self, value: np.generic) -> list:
        name = value.dtype.name
        if name not in wire.DTYPES:
            return self.opaque(value, "")
        plain = value.item()
        return ["scalar", name, plain.real, plain.imag] if isinstance(plain, complex) else ["scalar", name, plain]

    def _tensor(self, value: Any) -> list:
        if isinstance(value, Tensor):
            return self._array("tensor", value.array, value.requires_grad, value.dtype)
        torch = sys.modules.get("torch")
        if torch is None or not issubclass(type(value), torch.Tensor):
            return self.opaque(value, "")
        try:
            plain = value.detach().cpu().resolve_conj().resolve_neg()
            dtype = "bfloat16" if plain.dtype == torch.bfloat16 else ""
            array = (plain.float() if dtype else plain).numpy()
        except (RuntimeError, TypeError, NotImplementedError):  # sparse, quantized, without storage
            return self.opaque(value, "")
        return self._array("tensor", array, bool(value.requires_grad), dtype)

    def _add(self, data: memoryview) -> int:
        padding = -data.nbytes % wire.ALIGN
        self.size += data.nbytes + padding
        if self.size > self.max_bytes + wire.ALIGN:
            raise Unsendable(f"larger than {self.max_bytes >> 20} MB")
        self.parts.append(data)
        if padding:
            self.parts.append(bytes(padding))
        return data.nbytes
