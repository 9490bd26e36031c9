"""What an operator may know of the function it edits: its nodes, their parents, and names of the same kind."""

from __future__ import annotations

import ast
from collections.abc import Iterator

# Parts of names that students take for each other. Case counts: H is a height, h a row's number.
_PAIRS = (
    *(("H", "W"), ("HH", "WW"), ("h", "w"), ("hh", "ww"), ("height", "width"), ("Height", "Width"), ("kh", "kw")),
    *(("i", "j"), ("j", "k"), ("i", "k"), ("n", "f"), ("f", "c"), ("n", "c"), ("row", "col"), ("rows", "cols")),
    *(("row", "column"), ("rows", "columns"), ("top", "left"), ("bottom", "right"), ("y", "x"), ("sh", "sw")),
    *(("stride", "pad"), ("stride", "padding"), ("stride", "dilation"), ("pad", "dilation"), ("kernel", "stride")),
    *(("gamma", "beta"), ("dgamma", "dbeta"), ("mean", "var"), ("mu", "var"), ("mean", "std"), ("var", "std")),
    *(("mean", "variance"), ("mu", "sigma"), ("first", "second"), ("a", "b"), ("w", "b"), ("dw", "db"), ("in", "out")),
    *(("1", "2"), ("2", "3"), ("0", "1"), ("train", "test"), ("training", "testing"), ("min", "max"), ("N", "C")),
    *(
        ("C", "F"),
        ("N", "D"),
        ("N", "F"),
        ("D", "C"),
        ("C", "G"),
        ("x", "out"),
        ("x", "w"),
        ("dx", "dw"),
        ("dx", "dout"),
    ),
    *(("correct", "total"), ("loss", "total"), ("size", "stride"), ("images", "labels"), ("true", "predicted")),
)
_ENDINGS = ("_hat", "_norm", "_pad", "_padded", "_out", "_in", "_cols", "_col", "_centered")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _partners() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one, other in _PAIRS:
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return found


PARTNERS = _partners()


class Scope:
    """A top-level function or class: the nodes that may be edited, in the text's order, and the names it uses."""

    def __init__(self, definition: ast.stmt) -> None:
        self.name: str = definition.name  # type: ignore[attr-defined]
        self.parents: dict[ast.AST, ast.AST] = {}
        self.nodes: list[ast.AST] = [*self._walk(definition)]
        everything = [*ast.walk(definition)]
        self.names: dict[str, int] = {}  # and the first line that binds each
        for node in everything:
            if isinstance(node, (ast.arg, ast.Name)) and not isinstance(getattr(node, "ctx", None), ast.Load):
                name = node.arg if isinstance(node, ast.arg) else node.id
                self.names[name] = min(node.lineno, self.names.get(name, node.lineno))
        self.strings = {
            node.value for node in self.nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        self.attributes = {
            node.attr for node in everything if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self"
        }
        self.together = _together(everything)

    def _walk(self, node: ast.AST) -> Iterator[ast.AST]:
        for child in self._parts(node):
            self.parents[child] = node
            yield child
            yield from self._walk(child)

    def _parts(self, node: ast.AST) -> Iterator[ast.AST]:
        """What may be edited of a node: no docstring, annotation, decorator, import or text of an exception."""
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "result_type":
            return  # arrays named for their types alone
        if isinstance(node, (ast.Raise, ast.Import, ast.ImportFrom, ast.JoinedStr, ast.Assert, ast.Global)):
            return
        left_out: list[ast.AST | None] = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        left_out += getattr(node, "decorator_list", [])
        if isinstance(node, ast.ClassDef):
            left_out += node.bases
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)) and ast.get_docstring(node, clean=False) is not None:
            left_out.append(node.body[0])
        yield from (child for child in ast.iter_child_nodes(node) if child not in left_out)

    def is_bound(self, name: str, line: int) -> bool:
        """Whether a name may have a value at a line: it is bound there or above."""
        return name in self.names and self.names[name] <= line

    def like(self, name: str, line: int) -> list[str]:
        """Names of this function that may be taken for one of them at a line, the likeliest first."""
        others = dict.fromkeys([*kin(name), *self.together.get(name, ())])
        return [other for other in others if other != "_" and self.is_bound(other, line)]

    def like_string(self, text: str) -> list[str]:
        return [other for other in kin(text) if other in self.strings or {text, other} == {"train", "test"}]

    def like_attribute(self, name: str) -> list[str]:
        return [other for other in kin(name) if other in self.attributes]


def kin(name: str) -> list[str]:
    """Names that differ in one part that has a partner, or in a gradient's `d` or an ending."""
    found = [*PARTNERS.get(name, ())]
    parts = name.split("_")
    for place, part in enumerate(parts) if len(parts) > 1 else ():
        for partner in PARTNERS.get(part, ()):
            found.append("_".join([*parts[:place], partner, *parts[place + 1 :]]))
    for digit, partners in PARTNERS.items():
        if digit.isdigit() and digit in name[1:]:
            found += [name[0] + name[1:].replace(digit, partner) for partner in partners]
    for ending in _ENDINGS:
        found.append(name.removesuffix(ending) if name.endswith(ending) else name + ending)
    found.append(name[1:] if name.startswith("d") and len(name) > 1 else f"d{name}")
    return [*dict.fromkeys(other for other in found if other and other != name)]


def _together(nodes: list[ast.AST]) -> dict[str, list[str]]:
    """Names that come from one unpacking, `N, C, H, W = x.shape`, and those that loops count with."""
    groups = [
        [element.id for element in node.elts if isinstance(element, ast.Name)]
        for node in nodes
        if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Store)
    ]
    groups.append([node.target.id for node in nodes if isinstance(node, ast.For) and isinstance(node.target, ast.Name)])
    found: dict[str, list[str]] = {}
    for group in groups:
        for place, name in enumerate(group):
            near = [*group[place + 1 : place + 2], *group[max(0, place - 1) : place]]
            found.setdefault(name, []).extend(other for other in near if other != name)
    return found
