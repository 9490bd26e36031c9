"""The rooms of the house: which module imports which, what runs upwards or in a circle. `make house` prints it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from autograder.course.course import REPOSITORY

# What released notebooks import: thin modules, counted as one room
PUBLIC: tuple[str, ...] = ("layer_pictures", "places", "plotting", "plotting_normalization", "plotting_training")
PUBLIC += ("thresholds", "timing", "training", "weights")
# From the top down: a room imports from rooms below it, and modules of one room from each other. A loose module is a
# room of its own. `autograder` and `cnnlab` are their `__init__.py`: the latter finds its functions by name when asked.
ORDER = (
    *(
        "autograder.__main__",
        "autograder.verbs",
        "autograder.benchmarks",
        "autograder.proving",
        "autograder.releasing",
        "autograder.learning",
    ),
    *("autograder.lms", "autograder.authoring", "autograder.grading", "autograder.reporting", "autograder.results"),
    "autograder.collecting",
    *("autograder.steps", "autograder.hidden_tests", "autograder.honest", "autograder.mistakes", "autograder.course"),
    *("autograder.reading", "autograder.sandbox", "autograder.mutation", "autograder.files", "autograder"),
    "cnnlab.__main__",
    *("cnnlab.public", "cnnlab.submitting", "cnnlab.checks", "cnnlab.checking", "cnnlab.notebooks", "cnnlab.datasets"),
    *("cnnlab.networks", "cnnlab.pictures", "cnnlab.signatures", "cnnlab.variations", "cnnlab"),
)
Imports = dict[str, set[str]]  # module -> the modules that it imports, or room -> rooms


def find_modules(root: Path = REPOSITORY) -> dict[str, Path]:
    """Every module of both packages but the honest answers, which are students' code."""
    found = {}
    for path in sorted(file for package in ("autograder", "cnnlab") for file in (root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if parts[:2] != ("autograder", "honest"):
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(root: Path = REPOSITORY) -> Imports:
    """What each module imports of the house, wherever in it, but for types only."""
    files = find_modules(root)
    return {
        module: {
            name for name in imported_names(ast.parse(path.read_bytes()), files) if name in files and name != module
        }
        for module, path in files.items()
    }


def imported_names(tree: ast.Module, files: dict[str, Path]) -> Iterator[str]:
    """What is imported, as modules where they are ours."""
    for node in statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in files else str(node.module) for name in inside)


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those below `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from statements(child)


def room_of(module: str) -> str:
    """`autograder.reading` for `autograder.reading.formats`; `cnnlab.public` for what notebooks import."""
    package, *rest = module.split(".")
    if package == "cnnlab" and rest and rest[0] in PUBLIC and len(rest) == 1:
        return "cnnlab.public"
    return ".".join([package, *rest[:1]])


def between_rooms(found: Imports) -> Imports:
    table: Imports = {room_of(module): set() for module in found}
    for module, others in found.items():
        table[room_of(module)] |= {room_of(other) for other in others} - {room_of(module)}
    return table


def upwards(found: Imports) -> list[str]:
    """Imports that a room may not have: from a room above it, and so from cnnlab to the trusted side."""
    place = {room: number for number, room in enumerate(ORDER)}
    return [
        f"{module} imports {other}: {room_of(other)} lies above {room_of(module)}"
        for module, others in sorted(found.items())
        for other in sorted(others)
        if place.get(room_of(other), len(ORDER)) < place.get(room_of(module), -1)
    ]


def unknown_rooms(found: Imports) -> list[str]:
    return sorted({room_of(module) for module in found} - set(ORDER))


def circles(found: Imports) -> list[list[str]]:
    """Groups that import each other, sorted: those from which every member leads to every other."""
    reached = {name: reach(found, name) for name in found}
    groups = {tuple(sorted(b for b in reached[a] if a in reached[b])) for a in found if a in reached[a]}
    return [list(group) for group in sorted(groups)]


def reach(found: Imports, start: str) -> set[str]:
    """All that `start` imports, directly or not; itself only if a circle leads back."""
    seen: set[str] = set()
    waiting = [*found.get(start, ())]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += found.get(name, ())
    return seen


def levels(found: Imports) -> dict[str, int]:
    """1 for what imports nothing, else one more than the highest that it imports; a circle counts as one."""
    above = {name: reach(found, name) for name in found}
    level: dict[str, int] = {}
    for name in sorted(found, key=lambda name: len(above[name])):
        below = [level.get(other, 0) for other in above[name] if name not in above.get(other, ())]
        level[name] = 1 + max(below, default=0)
    return level


def table(root: Path = REPOSITORY) -> str:
    """Both packages, room by room from the top, then the sums."""
    found = imports(root)
    rooms = between_rooms(found)
    level = levels(rooms)
    lines = []
    known = [room for room in ORDER if room in rooms] + sorted(set(rooms) - set(ORDER))
    for package, group in groupby(sorted(known, key=lambda room: room.split(".")[0]), lambda room: room.split(".")[0]):
        inside = list(group)
        lines.append(f"{'room':<26}modules  level  imports from")
        for room in inside:
            count = sum(room_of(module) == room for module in found)
            own = [other.split(".")[-1] for other in known if other in rooms[room] and other.split(".")[0] == package]
            own += ["cnnlab"] * (package != "cnnlab" and any(other.startswith("cnnlab") for other in rooms[room]))
            lines.append(f"{room:<26}{count:7}{level[room]:7}  {', '.join(own)}")
        edges = [(a, b) for a in inside for b in rooms[a] if b.split(".")[0] == package]
        height = levels({a: {b for b in rooms[a] if b in inside} for a in inside})
        lines.append(f"{package}: {len(inside)} rooms, {max(height.values())} levels, {len(edges)} imports.\n")
    for what, groups in (("rooms", circles(rooms)), ("modules", circles(found))):
        lines.append(f"Circles of {what}: {len(groups)}.")
        lines += [f"  {' - '.join(group)}" for group in groups]
    wrong = upwards(found)
    return "\n".join([*lines, f"Imports that run upwards: {len(wrong)}.", *(f"  {line}" for line in wrong)])


if __name__ == "__main__":
    print(table())
