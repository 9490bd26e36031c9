"""What a top-level statement changes without binding it.

`table[i] = 1`, `table.append(1)`, `fill(table)`, `init()` where init assigns a `global`, `np.seterr(all="raise")`: read
from the tree, with a look into the notebook's own functions to see what a call of them changes. A node changes

- what it writes into: `table[i] = 1`, `net.bias += 1` (`_written`);
- what its call changes. Who is called decides (`_read_call`): the notebook's own function changes what its text says,
  wherever the call stands; a library's changes only what is known of it; anything else, such as `net.fit(data)`,
  changes the object it is called on, and only where its result is thrown away, for then it stands there for a change;
- what is called by whoever gets it: `map(fill, rows)` (`_read_handed_over`).

And what shares an object with a changed name (`alias = table`, `add = table.append`) is changed with it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from autograder.reading.definitions import Callee, Definitions
from autograder.reading.names import DEFINITIONS
from autograder.reading.sharing import Shared
from autograder.reading.trees import Function, body_of, root_of, stored_names, walk_executed

MUTATORS = frozenset(
    "append appendleft extend insert add update setdefault pop popitem popleft remove discard clear sort reverse fill "
    "put resize itemset __setitem__ __setattr__ load_state_dict register_buffer add_module".split()
)
CHANGE_ARGUMENT = frozenset(
    "copyto put put_along_axis place putmask fill_diagonal shuffle at heappush heapify heappop insort insort_left "
    "insort_right setattr delattr setitem delitem".split()
)
BUILTIN_CHANGE_ARGUMENT = frozenset(("setattr", "delattr", "next"))
BUILTIN_TYPES = frozenset(("list", "dict", "set", "object"))
PROPERTY = ("setter", "getter", "deleter")  # @width.setter, in a class
MAX_DEPTH = 30  # of functions that call functions; what lies deeper is not seen to change anything
SET_UPS = ("set_", "seterr")
SEEDS = ("seed", "manual_seed")


@dataclass
class Changes:
    """What running something does to objects that exist already.

    `modules` are those whose numerics a set-up call alters, such as `np.seterr` and `torch.set_default_dtype`.
    """

    names: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)


class _Effect(NamedTuple):
    """What a call of an own function changes: names outside of it, and what it is given for some parameters."""

    outer: set[str]
    parameters: set[str]


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
        self._bound, self._reached = bound, reached
        self._own = Definitions((node for nodes in self._nodes.values() for node in nodes), bound)
        self.modules = self._own.modules
        self._effects: dict[ast.AST, _Effect] = {}
        self._depth = 0
        self._shared = Shared()

    def read(self, statement: ast.stmt) -> Changes:
        """What running a top-level statement changes. Statements are read in the notebook's order."""
        nodes = self._nodes[statement]
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):
            for name in (name for node in nodes for name in stored_names(node)):
                self._shared.forget(name)
        self._shared.learn(nodes)
        changed = self._read_nodes(nodes)
        changes = Changes(changed | (self._shared.spread(changed) - self._own.unchanging))
        self._shared.learn(nodes, inside=True)  # rows[0] = table does not change the table yet
        if isinstance(statement, (ast.Expr, ast.If, ast.Try, ast.With)):  # never a loop: a training loop may set seeds
            prefixes = SET_UPS + SEEDS if isinstance(statement, ast.Expr) else SET_UPS
            for call in (node for node in nodes if isinstance(node, ast.Call)):
                changes.modules |= self._read_set_up(call, prefixes)
        return changes

    def _read_nodes(self, nodes: list[ast.AST]) -> set[str]:
        """The names that these nodes change where they stand, leaving aside what shares objects with them."""
        changed: set[str | None] = set()
        for call in _calls_unwritten(nodes):
            changed |= self._read_call(*call)
        unused = _unused(nodes)
        for node in nodes:
            changed |= _written(node)
            if isinstance(node, ast.Call):
                changed |= self._read_call(node, node in unused)
                changed |= {name for argument in _arguments(node) for name in self._read_handed_over(argument)}
        return {name for name in changed if name is not None}

    # --- who is called --------------------------------------------------------------------------------------------

    def _read_call(self, call: ast.Call, unused: bool) -> set[str | None]:
        """What a call changes. unused: its result is thrown away."""
        called = call.func
        if isinstance(called, ast.Name):
            name = called.id
            return self._read_own(call, name) if name in self._own.functions else self._read_name(call, name, unused)
        if isinstance(called, ast.Attribute):
            root = root_of(called)
            is_library = root in self.modules or root in BUILTIN_TYPES
            return self._read_library(call, called) if is_library else self._read_method(call, called, unused)
        return self._read_bodies(call)

    def _read_own(self, call: ast.Call, name: str) -> set[str | None]:
        """`fill(table)` of the notebook's own: as its body says.

        Of a function that graded functions use, only what would not exist without the call.
        """
        changed = self._read_bodies(call)
        return changed - self._bound if name in self._reached else changed

    def _read_name(self, call: ast.Call, name: str, unused: bool) -> set[str | None]:
        """`setattr(net, ...)`, or `shuffle(table)` that is imported: the first argument.

        `step(table)`, thrown away, where step is a variable whose function nobody can look into: step and the table.
        """
        if name in BUILTIN_CHANGE_ARGUMENT or (name in self.modules and name in CHANGE_ARGUMENT):
            return _first(call)
        if unused and name in self._bound - self._reached and name not in self.modules:
            return {name, *map(root_of, _arguments(call))} - self._own.unchanging
        return set()

    def _read_library(self, call: ast.Call, called: ast.Attribute) -> set[str | None]:
        """`np.copyto(table, 0)`, `list.append(table, 1)`, `init.zeros_(table)`: the table; `np.exp(x, out=y)`: y."""
        known = MUTATORS if root_of(called) in BUILTIN_TYPES else CHANGE_ARGUMENT
        out = {root_of(keyword.value) for keyword in call.keywords if keyword.arg == "out"}
        return out | (_first(call) if called.attr in known or called.attr.endswith("_") else set())

    def _read_method(self, call: ast.Call, called: ast.Attribute, unused: bool) -> set[str | None]:
        """`table.append(1)`: the table. `net.fit(data)`: what a method `fit` of the notebook's own says, if there is
        one; and the net, where the result is thrown away."""
        changed, root = self._read_bodies(call), root_of(called)
        if called.attr in MUTATORS:
            changed.add(root)
        elif unused:
            changed |= {root} - self._own.unchanging
        return changed

    def _read_handed_over(self, argument: ast.expr) -> set[str | None]:
        """What an argument changes when it is called, as in `map(fill, rows)` and `map(table.append, rows)`."""
        if isinstance(argument, ast.Attribute) and argument.attr in MUTATORS:
            return {root_of(argument)}
        if isinstance(argument, ast.Name) and argument.id in self._own.functions and argument.id not in self._reached:
            return set(self._read_body(self._own.functions[argument.id].function).outer)
        return set()

    # --- the notebook's own functions -------------------------------------------------------------------------------

    def _read_bodies(self, call: ast.Call) -> set[str | None]:
        """What a call changes through the bodies of all own functions that it may run."""
        return {name for callee in self._own.find(call.func) for name in self._read_callee(callee, call)}

    def _read_callee(self, callee: Callee, call: ast.Call) -> set[str | None]:
        """Example: after `def fill(t, n): t[0] = n; SEEN.add(n)` the call `fill(rows[2], 5)` changes SEEN and rows."""
        effect = self._read_body(callee.function)
        return effect.outer | {root_of(value) for name, value in callee.given(call) if name in effect.parameters}

    def _read_body(self, function: Function) -> _Effect:
        """What a function's body changes; outside SEEN, of its parameters t for the example in `_read_callee`."""
        if function not in self._effects:
            self._effects[function] = _Effect(set(), set())  # so that a recursive call adds nothing
            if self._depth <= MAX_DEPTH:
                self._depth += 1
                self._effects[function] = self._read_effect(function)
                self._depth -= 1
        return self._effects[function]

    def _read_effect(self, function: Function) -> _Effect:
        nodes = body_of(function)
        declared = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
        parameters = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
        stored = {name for node in nodes for name in stored_names(node)}
        local = parameters | (stored - declared)
        shared = Shared()
        shared.learn(nodes)
        changed = self._read_nodes(nodes) | (declared & stored)
        changed |= shared.spread(changed)
        changed -= {"super"}  # super().__init__() changes the object, which is new
        return _Effect(changed - local, changed & parameters)

    # --- numerics ---------------------------------------------------------------------------------------------------

    def _read_set_up(self, call: ast.Call, prefixes: tuple[str, ...]) -> set[str]:
        """The modules whose numerics a call alters: `np.seterr(...)`, or `prepare()` whose body has such a call."""
        called, root = call.func, root_of(call.func)
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if root is None:
            return set()
        if self.modules.get(root, "cnnlab") != "cnnlab" and name.startswith(prefixes):
            return {self.modules[root]}
        if isinstance(called, ast.Name) and root in self._own.functions:
            return self._read_set_ups_inside(self._own.functions[root].function)
        return set()

    def _read_set_ups_inside(self, function: Function) -> set[str]:
        called = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
        methods = [func for func in called if isinstance(func, ast.Attribute) and func.attr.startswith(SET_UPS)]
        return {self.modules[root] for root in map(root_of, methods) if root in self.modules}


def _written(node: ast.AST) -> set[str | None]:
    """What a node writes into: `a` of `a += 1`, `a[0] = 1`, `a.b += 1`, `for a[0] in ...` and `del a[0]`."""
    match node:
        case ast.AugAssign():
            return {root_of(node.target)}
        case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
            return {root_of(node)}
    return set()


def _unused(nodes: list[ast.AST]) -> set[ast.expr]:
    """The expressions whose result nobody uses: a line of their own, or `[f(x) for x in xs]` on one."""
    lines = [node.value for node in nodes if isinstance(node, ast.Expr)]
    return {line.elt if isinstance(line, (ast.ListComp, ast.SetComp)) else line for line in lines} | {
        decorator for node in nodes for decorator in getattr(node, "decorator_list", ())
    }


def _calls_unwritten(nodes: list[ast.AST]) -> Iterator[tuple[ast.Call, bool]]:
    """The calls that Python makes where none is written, and whether their result counts as thrown away.

    Example: `@keep` above `def f` is `keep(f)`; `class A(Base)` is `Base.__init_subclass__()`.
    """
    for node in nodes:
        if isinstance(node, DEFINITIONS):
            for decorator in node.decorator_list:
                if not (isinstance(decorator, ast.Attribute) and decorator.attr in PROPERTY):
                    yield ast.Call(decorator, [ast.Name(node.name, ast.Load())], []), True
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                yield ast.Call(ast.Attribute(base, "__init_subclass__"), [], []), False


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _first(call: ast.Call) -> set[str | None]:
    return {root_of(argument) for argument in call.args[:1]}
