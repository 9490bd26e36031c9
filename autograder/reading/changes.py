"""What a top-level statement changes without binding it.

`table[i] = 1`, `table.append(1)`, `fill(table)`, `init()` where init assigns a `global`, `np.seterr(all="raise")`: read
from the tree, with a look into the notebook's own functions to see what a call of them changes. Two rules keep this
both safe and small. A call of the notebook's own functions changes what their text says, wherever the call stands; a
call of anything else changes what it is given only where its result is thrown away. And what shares an object with a
changed name (`alias = table`, `add = table.append`) is changed with it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from autograder.reading.names import DEFINITIONS, FUNCTIONS
from autograder.reading.sharing import Shared
from autograder.reading.trees import Function, body_of, root_of, stored_names, values_given, walk_executed

MUTATORS = frozenset(
    "append appendleft extend insert add update setdefault pop popitem popleft remove discard clear sort reverse fill "
    "put resize itemset __setitem__ __setattr__ load_state_dict register_buffer add_module".split()
)
CHANGE_ARGUMENT = frozenset(
    "copyto put put_along_axis place putmask fill_diagonal shuffle at heappush heapify heappop insort insort_left "
    "insort_right setattr delattr setitem delitem".split()
)
BUILTIN_TYPES = frozenset(("list", "dict", "set", "object"))
PROPERTY = ("setter", "getter", "deleter")  # @width.setter, in a class
MAX_CALLS = 100_000  # of own functions that are looked into; beyond, a call is not seen to change anything
MAX_DEPTH = 30  # of functions that call functions; what lies deeper is not seen to change anything
SET_UPS = ("set_", "seterr", "seed", "manual_seed")


@dataclass
class Changes:
    """What running something does to objects that exist already.

    `modules` are those whose numerics a set-up call alters, such as `np.seterr` and `torch.set_default_dtype`.
    """

    names: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)


class ChangeReader:
    """Reads what statements change; it needs to know all of a notebook's statements to know what a name stands for.

    Args:
        statements: the trees of all top-level statements.
        bound: all names that they bind.
        reached: functions that graded functions call themselves; what those keep for themselves (a memo) is not a
            reason to run every call of them.
    """

    def __init__(self, statements: Iterable[ast.stmt], bound: set[str], reached: set[str]) -> None:
        self._nodes = {statement: list(walk_executed(statement)) for statement in statements}
        self.modules: dict[str, str] = {}  # imported name → the top module it comes from
        self._functions: dict[str, tuple[Function, int]] = {}  # the function, how many arguments a call leaves out
        self._methods: dict[str, list[Function]] = {}
        self._bound, self._reached = bound, reached
        self._effects: dict[ast.AST, tuple[set[str], set[str]]] = {}
        self._depth = 0
        self._calls = 0
        self._shared = Shared()
        variable: set[str] = set()
        for node in (node for nodes in self._nodes.values() for node in nodes):
            self._learn(node)
            variable.update(name for name, value in values_given(node) if not _is_constant(value))
            variable.update([node.name] if isinstance(node, FUNCTIONS) and node.decorator_list else ())
        self._fixed = (bound | set(self.modules) | set(self._functions)) - variable  # passing these changes nothing

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            self.modules.update((a.asname or a.name.split(".")[0], a.name.split(".")[0]) for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            self.modules.update((a.asname or a.name, (node.module or "").split(".")[0]) for a in node.names)
        elif isinstance(node, FUNCTIONS):
            self._functions[node.name] = (node, 0)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            self._functions.update((name, (node.value, 0)) for name, _ in values_given(node))
        elif isinstance(node, ast.ClassDef):
            for method in (inner for inner in node.body if isinstance(inner, FUNCTIONS)):
                self._methods.setdefault(method.name, []).append(method)
                if method.name == "__init__":
                    self._functions[node.name] = (method, 1)

    def read(self, statement: ast.stmt) -> Changes:
        """What running a top-level statement changes. Statements are read in the notebook's order."""
        nodes = self._nodes[statement]
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):
            for name in (name for node in nodes for name in stored_names(node)):
                self._shared.forget(name)
        self._shared.learn(nodes)
        changed = self._read_all(nodes)
        changes = Changes(changed | (self._shared.spread(changed) - self._fixed))
        self._shared.learn(nodes, inside=True)  # rows[0] = table does not change the table yet
        if isinstance(statement, (ast.Expr, ast.If, ast.Try, ast.With)):  # never a loop: a training loop may set seeds
            direct = isinstance(statement, ast.Expr)
            for call in (node for node in nodes if isinstance(node, ast.Call)):
                changes.modules |= self._read_set_up(call, seeds=direct)
        return changes

    def _read_all(self, nodes: list[ast.AST]) -> set[str]:
        """The names that these nodes change where they stand, leaving aside what shares objects with them."""
        changed: set[str | None] = set()
        thrown_away: set[int] = set()  # calls whose result nobody uses: they stand there for what they change
        for node in nodes:
            if isinstance(node, ast.Expr):
                value = node.value
                thrown_away.add(id(value.elt if isinstance(value, (ast.ListComp, ast.SetComp)) else value))
            if isinstance(node, DEFINITIONS):
                for decorator in node.decorator_list:
                    thrown_away.add(id(decorator))
                    if not (isinstance(decorator, ast.Attribute) and decorator.attr in PROPERTY):
                        changed |= self._read_call(ast.Call(decorator, [ast.Name(node.name, ast.Load())], []), True)
            if isinstance(node, ast.ClassDef):
                for base in node.bases:
                    changed |= self._read_call(ast.Call(ast.Attribute(base, "__init_subclass__"), [], []), False)
        for node in nodes:
            if isinstance(node, ast.AugAssign):
                changed.add(root_of(node.target))
            elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
                changed.add(root_of(node))  # a[0] = 1, a.b += 1, for a[0] in …, del a[0]
            elif isinstance(node, ast.Call):
                changed |= self._read_call(node, id(node) in thrown_away)
                changed |= {name for argument in _arguments(node) for name in self._read_handed_over(argument)}
        return {name for name in changed if name is not None}

    def _read_handed_over(self, argument: ast.expr) -> set[str | None]:
        """What an argument changes when it is called, as in `map(fill, rows)` and `map(table.append, rows)`."""
        if isinstance(argument, ast.Attribute) and argument.attr in MUTATORS:
            return {root_of(argument)}
        if isinstance(argument, ast.Name) and argument.id in self._functions and argument.id not in self._reached:
            return set(self._read_function(self._functions[argument.id][0])[0])
        return set()

    def _read_call(self, call: ast.Call, thrown_away: bool) -> set[str | None]:
        """What a call changes: told by who is called, by what it is given, and by whether its result is thrown away.

        Example: `net.fit(data)`, thrown away, changes `net`, and `data` if a method `fit` of the notebook changes its
        argument; `loss = net.fit(data)` changes `net` only if such a method changes its `self`.
        """
        first = {root_of(argument) for argument in call.args[:1]}
        changed = {
            name for function, skipped in self._find_own(call.func) for name in self._map(function, call, skipped)
        }
        if isinstance(call.func, ast.Name):
            name = call.func.id
            if name in self._functions:  # of a function that graded functions use, only what would not exist without it
                return {other for other in changed if name not in self._reached or other not in self._bound}
            if name in ("setattr", "delattr", "next") or (name in self.modules and name in CHANGE_ARGUMENT):
                return first
            if thrown_away and name in self._bound - self._reached and name not in self.modules:
                return {name, *map(root_of, _arguments(call))} - self._fixed  # a function we cannot look into
        elif isinstance(call.func, ast.Attribute):
            root, method = root_of(call.func), call.func.attr
            if root in self.modules or root in BUILTIN_TYPES:
                known = MUTATORS if root in BUILTIN_TYPES else CHANGE_ARGUMENT
                out = {root_of(keyword.value) for keyword in call.keywords if keyword.arg == "out"}
                return out | (first if method in known or method.endswith("_") else set())
            return changed | ({root} if method in MUTATORS else {root} - self._fixed if thrown_away else set())
        return changed

    def _find_own(self, called: ast.expr) -> list[tuple[Function, int]]:
        """The notebook's own functions that a call may run, and how many of their arguments stand before the brackets.

        Example: for `fill` in `fill(t)` the function, 0; for `x.fill` the methods of that name, 1; for `register("f")`
        in `register("f")(g)`, which is what `@register("f")` runs, the functions defined inside `register`, 0.
        """
        calls = 0
        while isinstance(called, ast.Call):
            called, calls = called.func, calls + 1
        found = [self._functions[called.id]] if isinstance(called, ast.Name) and called.id in self._functions else []
        if isinstance(called, ast.Attribute):
            methods = self._methods.get(called.attr, ())
            self._calls += len(methods)
            found = [(method, 1) for method in methods] if self._calls <= MAX_CALLS else []
        for _ in range(min(calls, 3)):
            found = [(inner, 0) for outer, _ in found for inner in body_of(outer) if isinstance(inner, FUNCTIONS)]
        return found

    def _map(self, function: Function, call: ast.Call, skipped: int) -> set[str | None]:
        """What a call of an own function changes: globals, and what it is given for the parameters that it changes.

        Example: with `def fill(t, n): t[0] = n; SEEN.append(n)` the call `fill(rows[2], 5)` changes SEEN and rows.
        """
        outer, parameters = self._read_function(function)
        names = [argument.arg for argument in [*function.args.posonlyargs, *function.args.args]]
        given = [*zip(names[skipped:], call.args), *((k.arg, k.value) for k in call.keywords)]  # noqa: B905
        if skipped and isinstance(call.func, ast.Attribute):
            given.append((names[0] if names else "", call.func))  # self
        return outer | {root_of(value) for name, value in given if name in parameters}

    def _read_function(self, function: Function) -> tuple[set[str], set[str]]:
        """Globals and parameters that a function's body changes; ({"SEEN"}, {"t"}) for the example in `_map`."""
        if function not in self._effects:
            self._effects[function] = (set(), set())  # so that a recursive call adds nothing
            if self._depth > MAX_DEPTH:
                return self._effects[function]
            self._depth += 1
            nodes = body_of(function)
            declared = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
            parameters = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
            stored = {name for node in nodes for name in stored_names(node)}
            names = self._read_all(nodes) | (declared & stored)
            own = Shared()
            own.learn(nodes)
            names |= own.spread(names)
            local = parameters | (stored - declared)
            names -= {"super"}  # super().__init__() changes the object, which is new
            self._effects[function] = (names - local, names & parameters)
            self._depth -= 1
        return self._effects[function]

    def _read_set_up(self, call: ast.Call, seeds: bool) -> set[str]:
        """The module whose numerics a call alters, in a set of at most one."""
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        root = root_of(call.func)
        if root is None:
            return set()
        if self.modules.get(root, "cnnlab") != "cnnlab" and name.startswith(SET_UPS if seeds else SET_UPS[:2]):
            return {self.modules[root]}
        if root in self._functions and isinstance(call.func, ast.Name):
            inner = [node for node in ast.walk(self._functions[root][0]) if isinstance(node, ast.Call)]
            return {
                self.modules[module]
                for node in inner
                if isinstance(node.func, ast.Attribute) and node.func.attr.startswith(SET_UPS[:2])
                for module in set(self.modules) & {root_of(node.func)}
            }
        return set()


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _is_constant(node: ast.expr) -> bool:
    """A number, a text, or a tuple or sum of such: what no call can change."""
    allowed = (ast.Constant, ast.Tuple, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop, ast.expr_context)
    return all(isinstance(inner, allowed) for inner in ast.walk(node))
