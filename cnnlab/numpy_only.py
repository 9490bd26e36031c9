"""The rule of a2_fast_layers: NumPy alone, no library that has the layer ready and no compiled code."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from cnnlab.outcomes import StudentError
from cnnlab.student import Call, Student

FORBIDDEN = frozenset(
    "torch torchvision scipy numba jax jaxlib tensorflow keras cupy mxnet sklearn skimage cv2 numexpr "
    "cython Cython pyximport pythran cffi ctypes subprocess".split()
)


class NumpyOnly:
    """A student whose functions can be called only if the code behind them uses none of `FORBIDDEN`."""

    def __init__(self, student: Student, assignment: str) -> None:
        self._student, self._assignment = student, assignment
        self._refused: dict[str, str] = {}

    @property
    def calls(self) -> list[Call]:
        return self._student.calls

    def trees(self, name: str) -> list[ast.AST]:
        return self._student.trees(name)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if name not in self._refused:
                self._refused[name] = ", ".join(sorted(self._modules(name) & FORBIDDEN))
            if self._refused[name]:
                raise StudentError("ImportError", refusal(self._refused[name], self._assignment))
            return getattr(self._student, name)(*args, **kwargs)

        return call

    def _modules(self, name: str) -> set[str]:
        try:
            return self._student.modules(name)
        except OSError:  # a notebook's function without its source, from `exec` say: the grader will see it
            return set()


def refusal(module: str, assignment: str) -> str:
    """The sentence, the same as where an import is stopped while the code runs."""
    return f"{module} is not allowed in {assignment}: use NumPy only"
