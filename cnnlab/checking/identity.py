"""Objects told apart by which they are, not by what they are equal to."""

from __future__ import annotations

from typing import Any


class Itself:
    """An object as a key or a value that equals this very object only: two caches with the same numbers are two.

    It keeps the object, so that no other can come to lie in its place and be taken for it.
    """

    __slots__ = ("object",)

    def __init__(self, object_: Any) -> None:
        self.object = object_

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and self.object is other.object

    def __hash__(self) -> int:
        return id(self.object)

    def __repr__(self) -> str:
        return f"<a {type(self.object).__name__} at {id(self.object):#x}>"
