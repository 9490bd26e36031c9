"""The student's functions as a test sees them: `student.conv_forward_naive(x, w, b, conv_param)`.

The same test text runs against a notebook's own functions (`LocalStudent`, the visible checks) and against a sandboxed
worker (`autograder.grading.sandboxed_student`, the hidden tests). Both record each call, so that a failure can say what
it was.
"""

from __future__ import annotations

import ast
import inspect
import math
import textwrap
import time
from collections import ChainMap
from collections.abc import Callable, Hashable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnlab.checking import probes
from cnnlab.checking.frames import own_frames
from cnnlab.checking.imports import imported_packages
from cnnlab.checking.outcomes import CheckFailed, NotAttempted, NotChecked, Stopped, StudentError
from cnnlab.signatures import PROBES, SIGNATURES, Signature

EDGE = 3  # numbers shown at each end of a long row
WIDEST = 40  # characters of an array that is shown with its numbers


@dataclass
class Call:
    """One call of a student's function: the arguments as they were before it, and what came back."""

    name: str
    args: tuple
    kwargs: dict[str, Any]
    value: Any = None
    raised: str = ""  # the exception, if it raised one: "ValueError: text"
    answered: bool = False  # whether it returned or raised
    seconds: float = 0.0  # of processor time where a worker's is known, else that the caller waited

    def describe(self) -> str:
        """`conv_forward_naive with x (2, 3, 7, 5), w (4, 3, 3, 3), stride 2, pad 0`; empty if nobody called it so."""
        if not self.spoken:
            return ""
        signature = SIGNATURES.get(self.name) or Signature(self.name, (), ())
        named = [*zip(signature.parameters, self.args), *self.kwargs.items()]
        named = named[1:] if self.name in PROBES else named  # the model itself
        parts = [part for name, value in named for part in describe_argument(name, value)]
        return f"{self.spoken} with {', '.join(parts)}" if parts else self.spoken

    @property
    def spoken(self) -> str:
        """How a student calls the function; empty for what only the tests do."""
        return SIGNATURES[self.name].spoken if self.name in SIGNATURES else self.name


def describe_last(calls: list[Call]) -> str:
    """The last call; where it was given a cache, also the call that made it."""
    last = next((call for call in reversed(calls) if call.spoken), None)
    if last is None:
        return ""
    maker = maker_of_cache(last, calls)
    return f"{last.describe()} of {maker.describe()}" if maker else last.describe()


def maker_of_cache(call: Call, calls: list[Call]) -> Call | None:
    """The call that made the cache which this one was given."""
    for maker in calls:
        made = maker.value if isinstance(maker.value, tuple) and maker.name in SIGNATURES else ()
        kept = [made[i] for i in SIGNATURES[maker.name].kept] if made else []
        if any(argument is cache for argument in call.args for cache in kept):
            return maker
    return None


def describe_argument(name: str, value: Any) -> list[str]:
    """An argument as a student names it: shapes for arrays, values for numbers, a dict entry by entry."""
    if name == "cache":  # the student's own business, and often a screen of numbers
        return [name]
    if isinstance(value, np.ndarray):
        shown = math.prod(min(length, 2 * EDGE) for length in value.shape)
        if value.ndim and 3 * shown <= WIDEST:  # at least "1, " each
            value = value + 0.0 if value.dtype.kind == "f" else value  # -0.0 is 0 to a reader
            text = " ".join(np.array2string(value, separator=", ", threshold=9, edgeitems=EDGE).split())
            if len(text) <= WIDEST:
                return [f"{name} {text}"]
        return [f"{name} {value.shape}"]
    if isinstance(value, Mapping):
        return [part for key, entry in value.items() for part in describe_argument(str(key), entry)] or [f"{name} {{}}"]
    if isinstance(value, (bool, int, float, str, list, tuple, type(None), np.generic)):
        text = str(value)
        return [f"{name} {text if len(text) <= 60 else text[:57] + '...'}"]
    return [name]


class Student:
    """Base of both transports: looks a function up by name, records the calls, checks the number of results."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._answers: dict[Hashable, tuple[Any, list[Call]]] = {}  # of `once`
        self.source_was_asked = False  # for its syntax trees, in this test
        self.paid: frozenset[str] = frozenset()  # forward passes whose mistake is known, and paid for

    @property
    def was_asked(self) -> bool:
        """Whether this test has asked the student's code, or its source, for anything yet."""
        return self.source_was_asked or bool(self.calls)

    def forget(self) -> None:
        """A new test begins."""
        self.calls.clear()
        self.source_was_asked = False

    def once(self, key: Hashable, ask: Callable[[], Any]) -> Any:
        """What `ask()` gives; for the same key it is asked once only, and its calls count for every test that wants it.

        Never for a test about a second call, or about what a call changes. What `ask()` raises is not kept.
        """
        if key in self._answers:
            answer, calls = self._answers[key]
            self.calls += calls
            return answer
        before = len(self.calls)
        answer = ask()
        self._answers[key] = answer, self.calls[before:]
        return answer

    def remember(self) -> None:
        """From now on to the end of this test, arguments and results can be looked at again, where they really are."""

    def recall(self, value: np.ndarray) -> np.ndarray:
        """What an argument or a result of an earlier call is by now: a function may have written into it since."""
        return value

    def share_memory(self, first: np.ndarray, second: np.ndarray) -> bool:
        """Whether two arrays of earlier calls, arguments or results, lie in the same memory."""
        return bool(np.shares_memory(first, second))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self._call(name, args, kwargs)

    def _call(self, name: str, args: tuple, kwargs: dict[str, Any]) -> Any:
        signature = SIGNATURES.get(name) or Signature(name, (), ("result",))
        call = Call(name, tuple(map(copy_argument, args)), {k: copy_argument(v) for k, v in kwargs.items()})
        self.calls.append(call)
        started = time.perf_counter()
        try:
            call.value = self._invoke(signature, args, kwargs)
            call.answered = True
        except StudentError as error:
            call.raised, call.answered = str(error), True
            raise
        finally:
            call.seconds = call.seconds or time.perf_counter() - started  # a worker's clock is the better one
        call.value = unpack(signature, call.value)
        return call.value

    def _invoke(self, signature: Signature, args: tuple, kwargs: dict[str, Any]) -> Any:
        raise NotImplementedError


class LocalStudent(Student):
    """Functions of this process: a notebook's own namespace, or a module of ours."""

    def __init__(self, namespace: MutableMapping[str, Any]) -> None:
        super().__init__()
        self._namespace = ChainMap(probes.functions(), namespace)
        self._interrupted = False

    def trees(self, name: str) -> list[ast.AST]:
        """Syntax trees of a function and of the functions of the notebook that it calls, for rules about the source."""
        self.source_was_asked = True
        found: dict[str, ast.AST] = {}
        waiting: list[object] = [self._find(name)]
        while waiting:
            function = waiting.pop()
            if inspect.isfunction(function) and function.__qualname__ not in found:
                found[function.__qualname__] = ast.parse(textwrap.dedent(inspect.getsource(function)))
                waiting += [self._namespace.get(used) for used in function.__code__.co_names]
        return list(found.values())

    def modules(self, name: str) -> set[str]:
        """Packages that a function and those it calls use, and what of them: `{"numpy", "numpy.pad"}`."""
        trees = self.trees(name)
        names = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)]
        local = {node.id for node in names if isinstance(node.ctx, ast.Store)}  # F = w.shape[0], not torch's F
        values = {node.id: self._namespace[node.id] for node in names if node.id in self._namespace}
        values = {name: origin_of(value) for name, value in values.items() if name not in local}
        return imported_packages(trees, {name: origin for name, origin in values.items() if origin})

    def _find(self, name: str) -> Callable[..., Any]:
        if self._namespace.get(name) is None:
            raise NotAttempted(f"{name} is not defined yet: run the cell that defines it, then this one.")
        return self._namespace[name]

    def _invoke(self, signature: Signature, args: tuple, kwargs: dict[str, Any]) -> Any:
        if self._interrupted:
            raise NotChecked("not checked: you interrupted the run.")
        function = self._find(signature.name)
        try:
            return function(*args, **kwargs)
        except NotImplementedError:
            raise NotAttempted(f"{signature.spoken or signature.name} is not attempted yet.") from None
        except KeyboardInterrupt as error:
            self._interrupted = True  # a student who stops an endless loop does not want to stop the next one too
            where = "".join(f" It was at {line}" for line in own_frames(error)[-1:])
            raise Stopped(f"you interrupted it while it ran.{where}") from None
        except (Exception, SystemExit) as error:
            kinds = [base.__name__ for base in type(error).__mro__]
            raise StudentError(type(error).__name__, str(error), own_frames(error), kinds) from error


def origin_of(value: Any) -> str:
    """The module that a value is, or comes from; "" for what the notebook itself defines."""
    name = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", None) or ""
    return "" if name in ("builtins", "__main__") else name


def copy_argument(value: Any) -> Any:
    """Arrays and containers copied through and through; anything else (a handle, a cache, a model) as it is."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {key: copy_argument(entry) for key, entry in value.items()}
    return [copy_argument(entry) for entry in value] if isinstance(value, list) else value


def unpack(signature: Signature, value: Any) -> Any:
    """The results as a tuple of the promised length; `CheckFailed` if the student returned something else."""
    if len(signature.results) == 1:
        return value
    expected = f"{len(signature.results)} results: {', '.join(signature.results)}"
    if not isinstance(value, (tuple, list)):
        raise CheckFailed(f"one result, {describe_value(value)}", expected)
    if len(value) != len(signature.results):
        raise CheckFailed(f"{len(value)} results", expected)
    return tuple(value)


def describe_value(value: Any) -> str:
    """What a value is, in a few words: `an array of shape (2, 3)`, `None`, `a str`."""
    if value is None:
        return "None (is there a return statement?)"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (bool, int, float, complex, np.generic)):
        return f"the number {value}"
    kind = getattr(value, "type_name", None) or type(value).__name__
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"
