"""The form in which values travel, and the first look at what a peer that may lie has sent.

A frame is a fixed prefix (magic, header length, payload length), a JSON header, and a payload: the raw bytes of the
arrays, each padded to 16. In the header a value is a node: None, a bool, a number or a short string is itself; all else
is a list whose first item is a tag. Bytes are not addressed: they follow in the order of the nodes, and a node says its
own size, so the payload's length must come out exactly. An array's bytes are in C order; where its memory is laid out
otherwise (Fortran order, a view), its node says so, and a worker lays it out in the same way. No pickle, no eval, no
name is ever looked up. `encoder` writes it, `decoder` reads it.
"""

from __future__ import annotations

import json
import re
import struct
from typing import Any

import numpy as np

PREFIX = struct.Struct("<4sIQ")
MAGIC = b"cnn1"
MAX_HEADER = 4 << 20
MAX_NODES = 100_000
MAX_DEPTH = 32
MAX_TEXT = 1 << 20
MAX_INT_DIGITS = 1024  # hexadecimal: 1,233 decimal ones, and Python refuses to print 4,300
ALIGN = 16
MAX_SPREAD = 16  # times an array's items: the memory it may be a view of
DTYPES = {
    name: np.dtype(name).newbyteorder("<")
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64", "complex64", "complex128"),
    )
}


class WireError(ValueError):
    """The peer sent something that is not a frame, or one beyond the limits."""


def read_prefix(data: bytes, max_bytes: int) -> tuple[int, int]:
    """(header length, payload length) of a frame's first 16 bytes, checked before anything is allocated."""
    magic, header, payload = PREFIX.unpack(data)
    if magic != MAGIC:
        raise WireError("bytes that are no frame")
    if header > MAX_HEADER or payload > max_bytes + ALIGN:
        raise WireError(f"a frame of {header + payload:,} bytes")
    return header, payload


def read_header(data: bytes | bytearray) -> dict[str, Any]:
    """The JSON header. Its items are counted before they are parsed: brackets are cheap to send and dear to hold."""
    if data.count(b",") + data.count(b"[") + data.count(b"{") > 12 * MAX_NODES:
        raise WireError("too many values")
    try:
        header = _from_json(data.decode())
    except (ValueError, RecursionError):
        raise WireError("a header that is no JSON") from None
    if type(header) is not dict:
        raise WireError("a header that is no JSON object")
    return header


def read_steps(array: np.ndarray) -> list[int]:
    """How many items apart neighbours along each axis lie in memory; empty where that is of no use to anybody.

    That is the case for items that share memory (a broadcast array), and for a view of far more memory than it has.
    """
    steps = [stride // array.itemsize for stride in array.strides]
    if not array.size or any(stride % array.itemsize for stride in array.strides):
        return []
    reach = 0  # of the axes so far, from the shortest steps to the longest: a longer step must lead beyond
    for step, length in sorted((abs(step), length) for step, length in zip(steps, array.shape) if length > 1):
        if step <= reach:
            return []
        reach += step * (length - 1)
    return steps if reach < MAX_SPREAD * array.size else []


def lay_out(array: np.ndarray, steps: list[int]) -> np.ndarray:
    """A copy of `array` whose neighbours lie `steps` items apart in memory."""
    spans = [step * (length - 1) for step, length in zip(steps, array.shape)]
    memory = np.zeros(1 + sum(map(abs, spans)), array.dtype)
    start = -sum(span for span in spans if span < 0)
    strides = [step * array.itemsize for step in steps]
    copy: np.ndarray = np.ndarray(array.shape, array.dtype, memory, start * array.itemsize, strides)
    copy[...] = array
    return copy


def clean(text: str) -> str:
    """`text` without what breaks files and terminals: lone surrogates, and control characters but newline and tab."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text) if not text.isprintable() else text


_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def _small_int(digits: str) -> int:
    if len(digits) > 20:  # -2**63 and 2**64 - 1 have 20: longer ones take quadratic time to read
        raise ValueError("a long integer")
    return int(digits)


def _small_float(digits: str) -> float:
    if len(digits) > 40:  # repr() gives at most 24
        raise ValueError("a long number")
    return float(digits)


_from_json = json.JSONDecoder(parse_int=_small_int, parse_float=_small_float).decode
