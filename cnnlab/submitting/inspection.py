"""What is wrong with what a student is about to hand in, found by reading it: sentences, each with what to do."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnnlab.checking.outcomes import CheckFailed
from cnnlab.notebooks.document import Document, bound_names, parse
from cnnlab.notebooks.frontend import history
from cnnlab.notebooks.requirements import COLAB_ONLY
from cnnlab.signatures import graded_names

WRITTEN_FILE = re.compile(r"""^%%(?:writefile|file)[ \t]+(?:-a[ \t]+)?["']?([\w./-]+)""", re.MULTILINE)
RUN_FILE = re.compile(r"""(?:^[ \t]*%run[ \t]+(?:-\w[ \t]+)*|exec\(open\()["']?([\w./-]+)""", re.MULTILINE)
LARGE = 20_000_000  # bytes of a notebook


def inspect_code(document: Document, assignment: str, namespace: Mapping[str, Any], folder: Path) -> list[str]:
    """Cells that can't be read, questions that are not there or there twice, code that stands in other files.

    Args:
        document: the notebook.
        assignment: its name.
        namespace: what the kernel holds.
        folder: where the notebook lies, and files that it imports.
    """
    notes = [
        f"Cell {number} is not valid Python ({reason}): the grader leaves that part out. Run the cell to see where."
        for number, reason in document.broken.items()
    ]
    if len(document.data) > LARGE:
        notes.append(f"The notebook is {len(document.data) / 1e6:.0f} MB: clear the outputs that are so large.")
    names = graded_names(assignment)
    missing = [name for name in names if name not in document.definitions and name not in namespace]
    if missing:
        notes.append(f"Not in the notebook at all: {', '.join(missing)}. The grader looks for these names.")
    unseen = [name for name in names if name not in document.definitions and name in namespace]
    if unseen:
        notes.append(
            f"No def or assignment in the notebook defines {', '.join(unseen)}: the grader reads the notebook and may "
            "not find what exec(), globals() or another file defines. Write the def itself into a cell."
        )
    notes += [
        f"{file} is not taken along, only the notebook is: paste its code into a cell, in the place of what loads it."
        for file in other_files(document, folder)
    ]
    if packages := foreign_packages(document, folder):
        notes.append(
            f"The grader does not have {', '.join(packages)}: a function that needs it can't be tested and waits for a "
            "person. Use NumPy, or what the notebook imports, wherever you can."
        )
    for name in names:
        cells = [number for number, _ in document.definitions.get(name, ())]
        if len(cells) > 1:
            notes.append(f"{name} is defined in cells {', '.join(map(str, cells))}: the last one counts.")
    return notes


def other_files(document: Document, folder: Path) -> list[str]:
    """Files of the student's own that the notebook imports or runs."""
    sources = [cell.source for cell in document.cells if cell.kind == "code"]
    written = {found[1] for source in sources for found in WRITTEN_FILE.finditer(source)}
    files = {found[1] for source in sources for found in RUN_FILE.finditer(source)}
    for module in sorted({name for source in sources for name in imported_modules(source)} - {"cnnlab"}):
        if f"{module}.py" in written:  # the grader reads such cells
            continue
        if (folder / f"{module}.py").is_file():
            files.add(f"{module}.py")
        elif (folder / module / "__init__.py").is_file():
            files.add(f"the folder {module}")
    return sorted(files - written)


def foreign_packages(document: Document, folder: Path) -> list[str]:
    """Packages that the notebook imports and the grader's Python has not."""
    imported = {name for cell in document.cells if cell.kind == "code" for name in imported_modules(cell.source)}
    own = {path.stem for path in folder.glob("*") if path.suffix == ".py" or path.is_dir()}
    return sorted((imported & COLAB_ONLY) - own)


def imported_modules(source: str) -> set[str]:
    """The first names of the modules that a cell imports; none if it can't be read."""
    try:
        nodes = list(ast.walk(parse(source)))
    except SyntaxError:
        return set()
    names = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.split(".")[0] for name in names} - {""}


def stale_names(document: Document, graded: list[str]) -> list[str]:
    """Names whose last definition that was run is not in the document: it was not saved, or run, after an edit.

    Graded names, and functions and classes that the document defines once.
    """
    ran = last_run()
    counts = Counter({name: len(found) for name, found in document.definitions.items()})
    stale = []
    for name, node in ran.items():
        there = {ast.dump(other) for _, other in document.definitions.get(name, ())}
        own = name in graded or (counts[name] == 1 and isinstance(node, (ast.FunctionDef, ast.ClassDef)))
        if own and ast.dump(node) not in there and (there or not document.broken):
            stale.append(name)
    return stale


def last_run() -> dict[str, ast.stmt]:
    """The statement that last bound each name in this kernel."""
    found: dict[str, ast.stmt] = {}
    for source in history():
        try:
            found.update(bound_names(parse(source).body))
        except SyntaxError:  # it did not run either
            continue
    return found


def inspect_weights(name: str, path: Path, namespace: dict[str, Any]) -> list[str]:
    """What is wrong with a file of trained weights; empty if nothing is."""
    if not path.is_file():
        return [
            f"{path.name} is missing in {path.parent}: train the network and save it; without it there are no points."
        ]
    from cnnlab.checking.trained import read_lenet, read_weights
    from cnnlab.networks.weights import REAL, trained_on

    try:
        arrays = read_weights(name)
        if name == "lenet":
            read_lenet()
    except CheckFailed as error:
        return [f"{path.name} is not right: {error.returned}. Expected: {error.expected}."]
    data = trained_on(path)
    notes = [] if data == REAL else [f"{path.name} was trained on {data} images; train it on CIFAR-10 to hand it in."]
    if name == "convnet":
        desired = convnet_shapes(namespace)
        actual = {key: array.shape for key, array in arrays.items()}
        if desired and any(actual.get(key) != shape for key, shape in desired.items()):
            notes.append(
                f"{path.name} does not fit the class ConvNet as it is now: train it again, or undo the change."
            )
    return notes


def convnet_shapes(namespace: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the tensors of the student's ConvNet; empty where it can't be made."""
    try:
        return {key: tuple(value.shape) for key, value in namespace["ConvNet"]().state_dict().items()}
    except Exception:  # a stub, or anything that a student's class raises: its check says so
        return {}
