"""What code imports, read from its syntax trees: packages, their modules, and what is reached through them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

IMPORTERS = ("__import__", "import_module")


def imported_packages(trees: Iterable[ast.AST], bound: Mapping[str, str] | None = None) -> set[str]:
    """Dotted names of all that some trees import or use by attributes of it: `{"numpy", "numpy.zeros"}`.

    Args:
        bound: the modules behind names that are bound elsewhere, such as `{"np": "numpy"}`.
    """
    nodes = [node for tree in trees for node in ast.walk(tree)]
    origins = dict(bound or {})
    for node in nodes:
        origins |= imported_names(node)
    found = set(origins.values())
    for node in nodes:
        root, _, rest = dotted_name(node).partition(".")
        if rest and root in origins:
            found.add(f"{origins[root]}.{rest}")
        found |= imported_by_call(node)
    return {prefix for name in found for prefix in prefixes_of(name)}


def imported_names(node: ast.AST) -> dict[str, str]:
    """The names that an import statement binds, and what they stand for."""
    if isinstance(node, ast.Import):
        whole = {alias.asname: alias.name for alias in node.names if alias.asname}
        # `import a.b` binds a, but loads a.b as well
        return (
            whole
            | {alias.name: alias.name for alias in node.names}
            | {top: top for alias in node.names if not alias.asname for top in [alias.name.partition(".")[0]]}
        )
    if isinstance(node, ast.ImportFrom):
        return {alias.asname or alias.name: f"{node.module or ''}.{alias.name}" for alias in node.names}
    return {}


def imported_by_call(node: ast.AST) -> set[str]:
    """What `__import__("x")` or `importlib.import_module("x")` names."""
    if isinstance(node, ast.Call) and dotted_name(node.func).rpartition(".")[2] in IMPORTERS:
        return {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
    return set()


def dotted_name(node: ast.AST) -> str:
    """`np.linalg.norm` of such an expression; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted_name(node.value)
        return before and f"{before}.{node.attr}"
    return ""


def prefixes_of(name: str) -> list[str]:
    """a, a.b and a.b.c of a.b.c."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1) if all(parts[:count])]
