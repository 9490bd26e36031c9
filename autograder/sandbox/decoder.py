"""Frames to plain values: everything a node claims is checked before it is believed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.sandbox import wire
from autograder.sandbox.outcomes import Tensor


class Decoder:
    """Reads one frame's values. `opaque` and `make_tensor` build what "handle" and "tensor" nodes stand for.

    copy: each array has memory of its own, laid out as it was where it came from, and the payload stays as it came;
    else arrays are views of it.
    """

    def __init__(
        self,
        payload: np.ndarray,
        opaque: Callable[..., Any],
        make_tensor: Callable[..., Any] = Tensor,
        copy: bool = False,
    ) -> None:
        self.payload, self.opaque, self.make_tensor, self.copy = payload, opaque, make_tensor, copy
        self.at = 0
        self.tags: dict[str, Callable[[list, int], Any]] = {
            "list": lambda rest, depth: [self._value(node, depth) for node in rest],
            "tuple": lambda rest, depth: tuple([self._value(node, depth) for node in rest]),
            "dict": self._dict,
            "array": self._laid_out,
            "scalar": self._scalar,
            "tensor": self._tensor,
            "int": lambda rest, depth: _big_int(*_fields(rest, str)),
            "complex": lambda rest, depth: complex(*_fields(rest, float, float)),
            "bytes": lambda rest, depth: self._take(*_fields(rest, int)).tobytes(),
            "text": self._text,
            "handle": lambda rest, depth: self.opaque(*rest),
        }

    def value(self, node: Any) -> Any:
        """The value of a node; wire.WireError if it is anything but well-formed."""
        try:
            return self._value(node, 0)
        except wire.WireError:
            raise
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise wire.WireError(f"a malformed value ({type(error).__name__})") from None

    def finish(self) -> None:
        """All bytes must have been named by a node."""
        if self.at != len(self.payload):
            raise wire.WireError("bytes that belong to no value")

    def _value(self, node: Any, depth: int) -> Any:
        kind = type(node)
        if kind is str:
            return node if node.isascii() else node.encode("utf-8", "replace").decode()  # no lone surrogates
        if kind is not list:
            if kind is dict:
                raise wire.WireError("a node that is a JSON object")
            return node
        if depth > wire.MAX_DEPTH:
            raise wire.WireError("values nested too deeply")
        if not node or type(node[0]) is not str or node[0] not in self.tags:
            raise wire.WireError("a value of unknown kind")
        return self.tags[node[0]](node[1:], depth + 1)

    def _dict(self, rest: list, depth: int) -> dict:
        if len(rest) % 2 or any(type(key) is list and key[:1] not in (["int"], ["text"]) for key in rest[::2]):
            raise wire.WireError("a malformed dict")
        values = [self._value(node, depth) for node in rest]
        return dict(zip(values[::2], values[1::2]))

    def _laid_out(self, rest: list, depth: int) -> np.ndarray:
        """An array; where it is not contiguous, the node also has its steps (see `wire.read_steps`)."""
        name, shape, *steps = _fields(rest, str, list, *[list] * (len(rest) == 3))
        array = self._array(name, shape)
        return wire.lay_out(array, steps[0]) if steps and self.copy else array

    def _array(self, name: str, shape: list) -> np.ndarray:
        if name not in wire.DTYPES or len(shape) > 32 or not all(type(n) is int and 0 <= n < 1 << 40 for n in shape):
            raise wire.WireError("an array of unknown type or shape")
        count = 1
        for n in shape:
            count *= n
        raw = self._take(count * wire.DTYPES[name].itemsize)
        if name == "bool":
            array = raw != 0  # a byte that is neither 0 nor 1 makes a bool that equals nothing
        else:
            array = raw.view(wire.DTYPES[name])
        array = array.reshape(shape)
        return array.copy() if self.copy else array

    def _scalar(self, rest: list, depth: int) -> Any:
        name, value, *imaginary = rest
        plain = all(type(part) in (bool, int, float) for part in rest[1:])
        if name not in wire.DTYPES or len(imaginary) != name.startswith("complex") or not plain:
            raise wire.WireError("a malformed number")
        with np.errstate(all="ignore"):  # 1e300 as a float16 is no warning of the judge's
            return wire.DTYPES[name].type(complex(value, *imaginary) if imaginary else value)

    def _tensor(self, rest: list, depth: int) -> Any:
        name, shape, requires_grad, dtype = _fields(rest, str, list, bool, str)
        if dtype not in ("", "bfloat16"):
            raise wire.WireError("a tensor of unknown type")
        return self.make_tensor(self._array(name, shape), requires_grad, dtype)

    def _text(self, rest: list, depth: int) -> str:
        (size,) = _fields(rest, int)
        if size > wire.MAX_TEXT:
            raise wire.WireError("a text of more than 1 MB")
        return self._take(size).tobytes().decode("utf-8", "replace")

    def _take(self, size: int) -> np.ndarray:
        end = self.at + size
        if size < 0 or end > len(self.payload):
            raise wire.WireError("a value larger than its frame")
        data = self.payload[self.at : end]
        self.at = end + -size % wire.ALIGN
        return data


def _fields(rest: list, *kinds: type) -> list:
    if len(rest) != len(kinds) or any(type(item) is not kind for item, kind in zip(rest, kinds)):
        raise wire.WireError("a value with wrong fields")
    return rest


def _big_int(digits: str) -> int:
    if len(digits) > wire.MAX_INT_DIGITS + 1 or not re.fullmatch("-?[0-9a-f]+", digits):
        raise wire.WireError("a malformed integer")
    return int(digits, 16)
