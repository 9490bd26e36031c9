"""What a top-level statement changes without binding it.

`table[i] = 1`, `table.append(1)`, `fill(table)`, `init()` where init assigns a `global`, `np.seterr(all="raise")`: read
from the tree, with a look into the notebook's own functions to see what a call of them changes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from autograder.reading.names import FUNCTIONS

MUTATORS = frozenset(
    "append appendleft extend insert add update setdefault pop popitem popleft remove discard clear sort reverse fill "
    "put resize itemset __setitem__ __setattr__ load_state_dict register_buffer add_module".split()
)
CHANGE_ARGUMENT = frozenset(
    "copyto put put_along_axis place putmask fill_diagonal shuffle at heappush heapify heappop insort insort_left "
    "insort_right setattr delattr setitem delitem".split()
)
BUILTIN_TYPES = frozenset(("list", "dict", "set", "object"))
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
        reached: functions that graded functions call themselves; what those keep for themselves (a memo) is not a
            reason to run every call of them.
    """

    def __init__(self, statements: Iterable[ast.stmt], bound: set[str], reached: set[str]) -> None:
        self._nodes = {statement: list(walk_executed(statement)) for statement in statements}
        self.modules: dict[str, str] = {}  # imported name → the top module it comes from
        self._functions: dict[
            str, tuple[ast.AST, int]
        ] = {}  # name → function, leading arguments that a call leaves out
        self._methods: dict[str, list[ast.AST]] = {}
        self._bound, self._reached = bound, reached
        self._effects: dict[ast.AST, tuple[set[str], set[str]]] = {}
        self._depth = 0
        variable: set[str] = set()
        for node in (node for nodes in self._nodes.values() for node in nodes):
            self._learn(node)
            variable.update(name.id for name in _names(_variable_targets(node)))
        self._fixed = (bound | set(self.modules) | set(self._functions)) - variable  # passing these changes nothing

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            self.modules.update((a.asname or a.name.split(".")[0], a.name.split(".")[0]) for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            self.modules.update((a.asname or a.name, (node.module or "").split(".")[0]) for a in node.names)
        elif isinstance(node, FUNCTIONS):
            self._functions[node.name] = (node, 0)
        elif isinstance(node, ast.ClassDef):
            for method in (inner for inner in node.body if isinstance(inner, FUNCTIONS)):
                self._methods.setdefault(method.name, []).append(method)
                if method.name == "__init__":
                    self._functions[node.name] = (method, 1)

    def read(self, statement: ast.stmt) -> Changes:
        """What running a top-level statement changes."""
        nodes = self._nodes[statement]
        changes = self._read_all(nodes)
        if isinstance(statement, (ast.Expr, ast.If, ast.Try, ast.With)):  # never a loop: a training loop may set seeds
            direct = isinstance(statement, ast.Expr)
            for call in (node for node in nodes if isinstance(node, ast.Call)):
                changes.modules |= self._read_set_up(call, seeds=direct)
        return changes

    def _read_all(self, nodes: list[ast.AST]) -> Changes:
        changes = Changes()
        called = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        called |= {id(node) for top in nodes for node in getattr(top, "decorator_list", ())}
        for node in nodes:
            if isinstance(node, (ast.Attribute, ast.Subscript)):
                if not isinstance(node.ctx, ast.Load):  # a[0] = 1, a.b += 1, for a[0] in …, del a[0]
                    changes.names |= {root_of(node)} - {None}
            elif isinstance(node, ast.Call):
                changes.names |= self._read_call(node, id(node) in called)
            elif isinstance(node, ast.Name) and id(node) in called:  # a decorator without arguments
                changes.names |= self._read_effects(node.id, ())
        for loop in (node for node in nodes if isinstance(node, (ast.For, ast.AsyncFor))):
            if changes.names & {name.id for name in _names([loop.target])}:  # for row in table: row.append(0)
                changes.names |= {name.id for name in _names([loop.iter])} - self._fixed
        return changes

    def _read_call(self, call: ast.Call, is_statement: bool) -> set[str]:
        first = {root_of(argument) for argument in call.args[:1]} - {None}
        if isinstance(call.func, ast.Name):
            name = call.func.id
            if name in ("setattr", "delattr", "next") or (name in self.modules and name in CHANGE_ARGUMENT):
                return first
            if name in self._functions:
                return self._read_effects(name, call, is_statement)
            if is_statement and name in self._bound and name not in self.modules:  # a function we cannot look into
                return {root_of(a) for a in _arguments(call)} - self._fixed - {None}
            return set()
        if not isinstance(call.func, ast.Attribute):
            return set()
        root, method = root_of(call.func), call.func.attr
        if root in self.modules or root in BUILTIN_TYPES:
            out = {root_of(keyword.value) for keyword in call.keywords if keyword.arg == "out"} - {None}
            changes_first = method in (MUTATORS if root in BUILTIN_TYPES else CHANGE_ARGUMENT) or method.endswith("_")
            return out | (first if changes_first else set())
        changed = {root} - self._fixed if is_statement else {root} if method in MUTATORS else set()
        for function in self._methods.get(method, ()) if is_statement else ():
            changed |= self._map_effects(function, call, 1)
        return changed - {None}

    def _read_effects(self, name: str, call: ast.Call | tuple[()], is_statement: bool = True) -> set[str]:
        if name not in self._functions:
            return set()
        function, skipped = self._functions[name]
        changed = self._map_effects(function, call, skipped)
        if not is_statement:  # `y = f(x)`: only what would not exist without it
            return changed - self._bound
        return {other for other in changed if name not in self._reached or other not in self._bound}

    def _map_effects(self, function: ast.AST, call: ast.Call | tuple[()], skipped: int) -> set[str]:
        """What a call changes: globals, and the arguments at the places of the parameters that the function changes."""
        outer, parameters = self._read_function(function)
        arguments = function.args
        names = [argument.arg for argument in [*arguments.posonlyargs, *arguments.args]][skipped:]
        changed: set[str | None] = set(outer)
        if call:
            changed |= {root_of(a) for name, a in zip(names, call.args) if name in parameters}  # noqa: B905
            changed |= {root_of(k.value) for k in call.keywords if k.arg in parameters}
        return changed - {None}

    def _read_function(self, function: ast.AST) -> tuple[set[str], set[str]]:
        """Globals and parameters that a function's body changes."""
        if function not in self._effects:
            self._effects[function] = (set(), set())  # so that a recursive call adds nothing
            if self._depth > MAX_DEPTH:
                return self._effects[function]
            self._depth += 1
            nodes = [node for statement in function.body for node in walk_executed(statement)]
            declared = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
            stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
            parameters = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
            names = self._read_all(nodes).names | (declared & stored)
            local = parameters | (stored - declared)
            names -= {"super"}  # super().__init__() changes the object, which is new
            self._effects[function] = (names - local, names & parameters)
            self._depth -= 1
        return self._effects[function]

    def _read_set_up(self, call: ast.Call, seeds: bool) -> set[str]:
        """The module whose numerics a call alters, in a set of at most one."""
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        root = root_of(call.func)
        if self.modules.get(root, "cnnlab") != "cnnlab" and name.startswith(SET_UPS if seeds else SET_UPS[:2]):
            return {self.modules[root]}
        if root in self._functions and isinstance(call.func, ast.Name):
            inner = [node for node in ast.walk(self._functions[root][0]) if isinstance(node, ast.Call)]
            return {
                self.modules[module]
                for node in inner
                if isinstance(node.func, ast.Attribute) and node.func.attr.startswith(SET_UPS[:2])
                for module in {root_of(node.func)} & set(self.modules)
            }
        return set()


def walk_executed(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a statement runs: all but the bodies of functions and lambdas."""
    nodes = [node]
    while nodes:
        node = nodes.pop()
        yield node
        if isinstance(node, FUNCTIONS):
            nodes += [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
        elif not isinstance(node, ast.Lambda):
            nodes += ast.iter_child_nodes(node)


def root_of(node: ast.AST) -> str | None:
    """The name at the left end of `a.b[c].d()`; None for what begins otherwise."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _names(nodes: Iterable[ast.AST]) -> Iterator[ast.Name]:
    return (name for node in nodes for name in ast.walk(node) if isinstance(name, ast.Name))


def _variable_targets(node: ast.AST) -> list[ast.AST]:
    """What a node gives a value to that a call could change: all but constants, functions, classes and imports."""
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node.value and not _is_constant(node.value):
        return node.targets if isinstance(node, ast.Assign) else [node.target]
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return [node.target]
    return [node.optional_vars] if isinstance(node, ast.withitem) and node.optional_vars else []


def _is_constant(node: ast.expr) -> bool:
    """A number, a text, or a tuple or sum of such: what no call can change."""
    allowed = (ast.Constant, ast.Tuple, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop, ast.expr_context)
    return all(isinstance(inner, allowed) for inner in ast.walk(node))
