"""Values of a test that lie in a worker: handles, arguments that a call has changed, arrays to be looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.sandbox import Handle, Reply
from cnnlab.checking.outcomes import CheckFailed, GraderError


class Memory:
    """The arrays of the remembered calls of one test, and where each of them lies in the worker."""

    def __init__(self) -> None:
        self._places: list[tuple[np.ndarray, Handle, list[int]]] = []

    def clear(self) -> None:
        self._places.clear()

    def add(self, args: tuple, kwargs: dict[str, Any], reply: Reply) -> None:
        """The arrays of one call: its arguments, and its result or the items of its result."""
        kept = reply.kept
        if kept is None:
            return
        places = [([0, i], value) for i, value in enumerate(args)]
        places += [([1, i], value) for i, value in enumerate(kwargs.values())]
        several = isinstance(reply.value, (tuple, list))
        places += [([2, i], value) for i, value in enumerate(reply.value)] if several else [([2], reply.value)]
        self._places += [(value, kept, path) for path, value in places if isinstance(value, np.ndarray)]

    def find(self, value: np.ndarray) -> tuple[Handle, list[int]]:
        """The call that took or returned this very array, and its place in (arguments, keyword arguments, result)."""
        for known, handle, path in reversed(self._places):
            if known is value:
                return handle, path
        raise GraderError("no call of this test since remember() took or returned this array")


def handles_in(value: Any) -> Iterator[Handle]:
    """The values of a worker's own, which no other worker has."""
    if isinstance(value, Handle):
        yield value
    elif isinstance(value, (tuple, list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from handles_in(item)


def write_back(before: Any, after: Any) -> None:
    """Make an argument what the call made of it, so that a test sees changes as if the function were local."""
    if before is after:
        return
    if isinstance(before, np.ndarray) and isinstance(after, np.ndarray):
        if before.shape != after.shape and not before.flags.owndata:
            raise CheckFailed(
                f"an argument that has the shape {after.shape} now", f"its shape {before.shape}, as before"
            )
        if before.shape != after.shape:
            before.resize(after.shape, refcheck=False)
        if before.dtype == after.dtype:
            before[...] = after
    elif isinstance(before, dict) and isinstance(after, dict):
        before.clear()
        before.update(after)
    elif isinstance(before, list) and isinstance(after, list):
        before[:] = after
