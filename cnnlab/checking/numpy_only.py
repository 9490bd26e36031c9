"""The rule of a2_fast_layers: NumPy alone, no library that has the layer ready and no compiled code."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from cnnlab.checking.outcomes import StudentError
from cnnlab.checking.student import Call, Student

LAYERS = """torch torchvision torchaudio tensorflow tf_keras keras jax jaxlib flax mxnet paddle chainer mlx tinygrad
theano pytensor scipy cupy cupyx sklearn skimage cv2 mahotas SimpleITK PIL kornia onnx onnxruntime openvino
tflite_runtime pandas polars xarray dask bottleneck matplotlib.image matplotlib._image"""  # layers, filters, windows
COMPILED = """numba llvmlite numexpr cython Cython pyximport pythran cffi _cffi_backend ctypes _ctypes triton pycuda
pyopencl pybind11 nanobind mypyc taichi numpy.ctypeslib numpy.f2py numpy.distutils distutils setuptools"""
PROCESSES = """subprocess multiprocessing joblib ray concurrent.futures.ProcessPoolExecutor pty os.system os.popen
os.fork os.posix_spawn os.execv os.execve os.execvp os.spawnv os.spawnl"""  # other programs, several processors
FORBIDDEN = frozenset(f"{LAYERS} {COMPILED} {PROCESSES}".split())

_refused: WeakKeyDictionary[Student, dict[str, str]] = WeakKeyDictionary()  # by function; the source is read once


class NumpyOnly:
    """A student whose functions can be called only if the code behind them uses none of `FORBIDDEN`."""

    def __init__(self, student: Student, assignment: str) -> None:
        self._student, self._assignment = student, assignment
        self._refused = _refused.setdefault(student, {})

    @property
    def calls(self) -> list[Call]:
        return self._student.calls

    @property
    def paid(self) -> frozenset[str]:
        return self._student.paid

    def trees(self, name: str) -> list[ast.AST]:
        return self._student.trees(name)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if hasattr(Student, name):  # what a test does with results, and no function of the student's
            return getattr(self._student, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            if name not in self._refused:
                self._refused[name] = ", ".join(sorted(self._modules(name) & FORBIDDEN))
            if self._refused[name]:
                error = StudentError("ImportError", refusal(self._refused[name], self._assignment))
                self.calls.append(Call(name, args, kwargs, raised=str(error), answered=True))
                raise error
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
