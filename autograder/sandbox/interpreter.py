"""A student's program and its functions, run in the worker.

It shares the process with the student's code, so nothing here is trusted: a student who breaks it breaks only their own
answers. What a call needs it holds from before their code ran, so that an innocent `random.seed = 1` costs nothing.
"""

from __future__ import annotations
import __future__

import importlib
import itertools
import linecache
import random
import sys
import types
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.sandbox.decoder import Decoder
from autograder.sandbox.encoder import Encoder, Unsendable
from autograder.sandbox.outcomes import LOOK, OVERLAP, Limits

SEED = 0
MAX_MESSAGE = 2000
MAX_NAME = 100
MAX_KINDS = 20
TRACE_ENDS = 10
RESERVE = 4 << 20
FUTURE_FLAGS = [getattr(__future__, name).compiler_flag for name in __future__.all_feature_names]
_seed_python, _seed_numpy = random.seed, np.random.seed
_shares_memory = np.shares_memory
_get_numpy_errors, _set_numpy_errors = np.geterr, np.seterr


class Interpreter:
    """A running program: its namespace, and the values that stay here for the judge."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.module = types.ModuleType("__main__")
        sys.modules["__main__"] = self.module
        self.cells: dict[str, tuple[int, list[str]]] = {}  # file name in tracebacks: number of the cell, its lines
        self.kept: dict[int, Any] = {}
        self.numbers = itertools.count(1)
        self.flags = 0
        self.reserve = b""  # memory to report with that there is none left
        self.torch_generator: Any = None
        self.trusted: dict[str, Callable[..., Any]] = {LOOK: look, OVERLAP: overlap}

    def answer(self, header: dict, payload: np.ndarray) -> list:
        self.reserve = self.reserve or bytes(RESERVE)
        self.reset()
        if "trust" in header:
            self.trust(header["trust"])
            return plain_frame({"token": header["token"], "done": True})
        if "source" in header:
            self.run(header["source"], header["cell"], header["line"])
            return plain_frame({"token": header["token"], "done": True})
        for number in header["forget"]:
            self.kept.pop(number, None)
        return self.call(header, payload)

    def run(self, source: str, cell: int, line: int) -> None:
        """One statement, under its line numbers in the notebook; `from __future__` holds for those that follow."""
        name = f"cell {cell}"
        self._register(name, cell, source, line)
        code = compile("\n" * (line - 1) + source, name, "exec", self.flags, dont_inherit=True)
        self.flags |= sum(flag for flag in FUTURE_FLAGS if code.co_flags & flag)
        exec(code, self.module.__dict__)

    def trust(self, module: str) -> None:
        """Load the functions of a module of the course's own, for the judge to call whatever a program does to names.

        Its package is then forgotten: a program that imports it gets another one, and may change that.
        """
        self.trusted |= importlib.import_module(module).functions()
        package = module.partition(".")[0]
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[name]

    def _register(self, name: str, cell: int, source: str, line: int) -> None:
        """Make the source known to tracebacks and inspect.getsource."""
        _, lines = self.cells.setdefault(name, (cell, []))
        new = [text + "\n" for text in source.splitlines()]
        lines += ["\n"] * (line - 1 + len(new) - len(lines))
        lines[line - 1 : line - 1 + len(new)] = new
        linecache.cache[name] = (0, None, lines, name)

    def call(self, header: dict, payload: np.ndarray) -> list:
        """Call a global or a kept value; the answer holds the result and the arguments that changed."""
        decoder = Decoder(payload, self.kept.__getitem__, _make_tensor, copy=True)
        arguments = []
        for node in [*header["args"], *header["kwargs"].values()]:
            start = decoder.at
            value = decoder.value(node)
            arguments.append((node, start, decoder.at, value))
        values = [value for *_, value in arguments]
        count = len(header["args"])
        kwargs = dict(zip(header["kwargs"], values[count:]))
        result = self._target(header["target"])(*values[:count], **kwargs)
        flush()
        encoder = Encoder(self._keep, self.limits.reply_bytes)
        answer = {"token": header["token"], "value": self._result_node(encoder, result, header["keep"])}
        if header["remember"]:
            answer["kept"] = self._keep((values[:count], [*kwargs.values()], result))
        answer["args"] = [self._after(encoder, payload, *argument) for argument in arguments]
        return encoder.frame(answer)

    def _target(self, target: Any) -> Any:
        if isinstance(target, int):
            return self.kept[target]
        if target in self.trusted:
            return self.trusted[target]
        if target not in self.module.__dict__:
            raise NameError(f"name {target!r} is not defined")
        return self.module.__dict__[target]

    def _result_node(self, encoder: Encoder, result: Any, keep: list[int]) -> Any:
        """The node of a result; of a tuple or list, the items named by `keep` stay here."""
        if not keep or not issubclass(type(result), (tuple, list)):
            return encoder.encode(result)
        kept = {index % len(result) for index in keep if -len(result) <= index < len(result)}
        items = [self._keep(item) if i in kept else encoder.encode(item) for i, item in enumerate(result)]
        return ["list" if issubclass(type(result), list) else "tuple", *items]

    def _after(self, encoder: Encoder, payload: np.ndarray, node: Any, start: int, end: int, value: Any) -> Any:
        """The node of an argument after the call, or "same" if its bytes are those that came."""
        if _holds_handle(node):
            return ["same"]
        probe = Encoder(self._keep, self.limits.reply_bytes)
        after = probe.encode(value)
        if after == node and b"".join(probe.parts) == payload[start:end].tobytes():
            return ["same"]
        if encoder.size + probe.size > encoder.max_bytes:
            return self._keep(value, "the reply is too large")
        encoder.parts += probe.parts
        encoder.size += probe.size
        return after

    def _keep(self, value: Any, note: str = "") -> list:
        number = next(self.numbers)
        self.kept[number] = value
        return ["handle", number, _type_name(value), note]

    def describe(self, error: BaseException) -> list:
        """[type, message, trace, bases]; whatever the error's own methods do."""
        self.reserve = b""
        flush()
        try:
            message = "".join((str(error)[:MAX_MESSAGE],)).encode("utf-8", "replace").decode()
        except BaseException:  # an error whose text is an error, or fills the memory
            message = ""
        frames, traceback = [], error.__traceback__
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if code.co_filename in self.cells:
                frames.append((code.co_filename, traceback.tb_lineno, code.co_name))
            traceback = traceback.tb_next
        if len(frames) > 2 * TRACE_ENDS:
            frames[TRACE_ENDS:-TRACE_ENDS] = []
        lines = [self._trace_line(*frame) for frame in frames]
        return [_type_name(error), message, lines, _base_names(error)]

    def _trace_line(self, name: str, line: int, function: str) -> list:
        cell, lines = self.cells[name]
        source = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        return [cell, line, source[:MAX_MESSAGE], function[:MAX_NAME]]

    def reset(self) -> None:
        """Before each call: the same random numbers, and no warning is an error."""
        _seed_python(SEED)
        _seed_numpy(SEED)
        if self.torch_generator is None and "torch" in sys.modules:  # once; a student may put anything there later
            self.torch_generator = getattr(sys.modules["torch"], "default_generator", None)
        if self.torch_generator is not None:
            self.torch_generator.manual_seed(SEED)
        for entry in [entry for entry in warnings.filters if entry[0] == "error"]:
            warnings.filters.remove(entry)  # type: ignore[attr-defined]  # a list, whatever typeshed calls it
        if "raise" in _get_numpy_errors().values():
            _set_numpy_errors(all="warn")


def look(kept: Any, path: Sequence[int]) -> Any:
    """A part of a remembered call: (arguments, keyword arguments, result) by the indexes in `path`."""
    for index in path:
        kept = kept[index]
    return kept


def overlap(first: Any, path: Sequence[int], second: Any, other_path: Sequence[int]) -> bool:
    """Whether two arrays of remembered calls share memory."""
    return bool(_shares_memory(look(first, path), look(second, other_path)))


def flush() -> None:
    """What is printed belongs to the call that printed it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # a stream of the student's own, or a closed one
            pass


def plain_frame(header: dict) -> list:
    return Encoder(_refuse, 0).frame(header)


def _refuse(value: Any, note: str) -> list:
    raise Unsendable(note or _type_name(value))


def _make_tensor(array: np.ndarray, requires_grad: bool, dtype: str) -> Any:
    import torch

    tensor = torch.from_numpy(array)
    if dtype:
        tensor = tensor.to(getattr(torch, dtype))
    return tensor.requires_grad_(requires_grad)


def _holds_handle(node: Any) -> bool:
    return isinstance(node, list) and (node[:1] == ["handle"] or any(map(_holds_handle, node)))


def _type_name(value: Any) -> str:
    return _class_name(type(value))


def _base_names(value: Any) -> list[str]:
    return [_class_name(base) for base in type.__dict__["__mro__"].__get__(type(value))[1 : 1 + MAX_KINDS]]


def _class_name(kind: type) -> str:
    name = type.__dict__["__name__"].__get__(kind)
    return name[:MAX_NAME].encode("utf-8", "replace").decode()
