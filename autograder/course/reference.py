"""The reference solution as hidden tests see it: `reference.conv_forward_naive(x, w, b, conv_param)`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np

from autograder.reading.notebook import read_notebook
from autograder.reading.program import slice_program
from cnnlab.checking import probes
from cnnlab.checking.identity import Itself
from cnnlab.checking.outcomes import GraderError
from cnnlab.signatures import SIGNATURES, graded_names


class Reference:
    """Functions of a namespace, and the probes; each result is computed once for the same arguments, but for models.

    Hidden inputs are the same for every submission of a term, so a class costs no more than one submission.
    """

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = {**namespace, **probes.functions()}
        self._results: dict[bytes, Any] = {}
        self._known: dict[Itself, int] = {}  # results with their numbers: a cache passed back is not read again

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or name not in self._namespace:
            raise AttributeError(f"the reference solution has no function {name!r}")
        return lambda *args, **kwargs: self._call(name, args, kwargs)

    def _call(self, name: str, args: tuple, kwargs: dict[str, Any]) -> Any:
        if name in SIGNATURES and SIGNATURES[name].stateful:
            return call_seeded(self._namespace[name], args, kwargs)
        key = digest((name, args, kwargs), self._known)
        if key not in self._results:
            try:
                result = self._namespace[name](*args, **kwargs)
            except Exception as error:  # inputs are the tests' own: whatever it is, it is not the student's
                raise GraderError(f"the reference's {name} raised {type(error).__name__}: {error}") from error
            for part in result if isinstance(result, tuple) else (result,):
                self._known.setdefault(Itself(part), len(self._known))
            self._results[key] = result
        return self._results[key]


def call_seeded(function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
    """A call that makes or changes a network, with the random numbers that a worker starts each call with."""
    import torch

    torch.manual_seed(0)
    return function(*args, **kwargs)


def digest(value: Any, known: Mapping[Itself, int]) -> bytes:
    """A hash of plain data and arrays; objects in `known` count by their numbers.

    Raises:
        TypeError: the value holds something that has no stable hash.
    """
    hasher = hashlib.blake2b(digest_size=16)
    _feed(hasher, value, known)
    return hasher.digest()


def _feed(hasher: Any, value: Any, known: Mapping[Itself, int]) -> None:
    if isinstance(value, np.ndarray):
        hasher.update(f"array{value.dtype.str}{value.shape}".encode())
        hasher.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, (bool, int, float, complex, str, bytes, type(None), np.generic)):
        hasher.update(f"{type(value).__name__}{value!r};".encode())
    elif Itself(value) in known:
        hasher.update(f"known{known[Itself(value)]};".encode())
    elif isinstance(value, Mapping):
        _feed(hasher, sorted(value.items(), key=lambda entry: str(entry[0])), known)
    elif isinstance(value, (list, tuple)):
        hasher.update(f"list{len(value)};".encode())
        for entry in value:
            _feed(hasher, entry, known)
    else:
        raise TypeError(f"no stable hash for a {type(value).__name__}")


@cache
def solution_source(path: Path, *names: str) -> str:
    """The graded functions of a solution (or some of them) and what they use, without pictures and checks."""
    program = slice_program(read_notebook(path).cells, names or graded_names(path.stem))
    if program.missing:
        raise ValueError(
            f"{path} does not define {', '.join(program.missing)}: every graded function needs its solution."
        )
    return "\n\n".join(statement.source for statement in program.statements) + "\n"


def load_functions(source: str, filename: str, later: str = "") -> dict[str, Any]:
    """Run our own source in a fresh namespace, then what comes later. Never a student's: that runs in the sandbox."""
    namespace: dict[str, Any] = {"__name__": "solution"}
    for text in filter(None, (source, later)):
        exec(compiled(text, filename), namespace)
    return namespace


@cache
def compiled(source: str, filename: str) -> CodeType:
    return compile(source, filename, "exec")
