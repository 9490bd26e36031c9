"""What the names of a notebook stand for: what it imports, its own functions and methods, and its constants."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from autograder.reading.names import FUNCTIONS
from autograder.reading.trees import Function, body_of, values_given

MAX_CALLS = 100_000  # of methods that are looked into; beyond, a call is not seen to change anything
MAX_CURRIED = 3  # brackets behind each other, as in register("f")(g)


@dataclass(frozen=True)
class Callee:
    """One of the notebook's own functions as a call reaches it.

    bound: whether its first parameter is not in the brackets, as the `self` of a method.
    """

    function: Function
    bound: bool = False

    def given(self, call: ast.Call) -> list[tuple[str, ast.expr]]:
        """Which parameter gets what.

        Example: with `def fill(t, n)` the call `fill(rows[2], n=5)` gives `rows[2]` to t and `5` to n. Where fill is a
        method and the call is `x.fill(5)`, it gives `5` to n and `x.fill`, which has `x` at its left, to t.
        """
        names = [argument.arg for argument in [*self.function.args.posonlyargs, *self.function.args.args]]
        in_brackets = names[1:] if self.bound else names
        given = [*zip(in_brackets, call.args), *((keyword.arg or "", keyword.value) for keyword in call.keywords)]
        if self.bound and isinstance(call.func, ast.Attribute):
            given.append((names[0] if names else "", call.func))
        return given


class Definitions:
    """What the names of a notebook stand for, told from all of its nodes that run at top level.

    modules: imported name -> the top module it comes from.
    functions: name -> what a call of that name runs; for a class its `__init__`.
    unchanging: names whose objects stay as they are, whatever they are given to: modules, functions that nothing
        decorates, and constants.
    """

    def __init__(self, nodes: Iterable[ast.AST], bound: set[str]) -> None:
        self.modules: dict[str, str] = {}
        self.functions: dict[str, Callee] = {}
        self._methods: dict[str, list[Callee]] = {}
        self._calls = 0
        changing: set[str] = set()
        for node in nodes:
            self._learn(node)
            changing.update(_variables(node))
        self.unchanging = (bound | set(self.modules) | set(self.functions)) - changing

    def _learn(self, node: ast.AST) -> None:
        match node:
            case ast.Import():
                self.modules.update((a.asname or _top_module(a.name), _top_module(a.name)) for a in node.names)
            case ast.ImportFrom():
                self.modules.update((a.asname or a.name, _top_module(node.module or "")) for a in node.names)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.functions[node.name] = Callee(node)
            case ast.Assign(value=ast.Lambda() as function):
                self.functions.update((name, Callee(function)) for name, _ in values_given(node))
            case ast.ClassDef():
                self._learn_methods(node)

    def _learn_methods(self, node: ast.ClassDef) -> None:
        for method in (inner for inner in node.body if isinstance(inner, FUNCTIONS)):
            self._methods.setdefault(method.name, []).append(Callee(method, bound=True))
            if method.name == "__init__":
                self.functions[node.name] = Callee(method, bound=True)

    def find(self, called: ast.expr) -> list[Callee]:
        """The notebook's own functions that a call may run.

        Example: for `fill(t)` the function; for `x.fill()` all methods of that name; for `register("f")(g)`, which is
        what `@register("f")` runs, the functions that are defined inside `register`.
        """
        match called:
            case ast.Name():
                return [self.functions[called.id]] if called.id in self.functions else []
            case ast.Attribute():
                methods = self._methods.get(called.attr, [])
                self._calls += len(methods)
                return methods if self._calls <= MAX_CALLS else []
            case ast.Call():
                return self._find_returned(called)
        return []

    def _find_returned(self, called: ast.expr) -> list[Callee]:
        """What a called call may run: any of the functions that are defined inside the inner one."""
        brackets = 0
        while isinstance(called, ast.Call):
            called, brackets = called.func, brackets + 1
        found = self.find(called)
        for _ in range(min(brackets, MAX_CURRIED)):
            found = [
                Callee(inner) for outer in found for inner in body_of(outer.function) if isinstance(inner, FUNCTIONS)
            ]
        return found


def _top_module(module: str) -> str:
    return module.split(".")[0]


def _variables(node: ast.AST) -> Iterator[str]:
    """The names that a node gives an object which may change: all but a constant; what a decorator made."""
    yield from (name for name, value in values_given(node) if not _is_constant(value))
    if isinstance(node, FUNCTIONS) and node.decorator_list:
        yield node.name


def _is_constant(node: ast.expr) -> bool:
    """A number, a text, or a tuple or sum of such: what no call can change."""
    allowed = (ast.Constant, ast.Tuple, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop, ast.expr_context)
    return all(isinstance(inner, allowed) for inner in ast.walk(node))
