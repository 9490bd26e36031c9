"""The notebook that was given out, as far as it tells what a hand-in was before its student wrote in it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from autograder.reading.cell_source import parse_cell
from autograder.reading.files import read_bytes
from autograder.reading.formats import UnreadableSubmission, read_json
from autograder.reading.plain import flatten

USUAL = {  # names that everybody gives to the same module
    "np": "import numpy as np",
    "numpy": "import numpy",
    "plt": "import matplotlib.pyplot as plt",
    "torch": "import torch",
    "nn": "import torch.nn as nn",
    "F": "import torch.nn.functional as F",
    "optim": "import torch.optim as optim",
} | {
    name: f"import {name}" for name in "math random time itertools functools collections operator copy warnings".split()
}


@dataclass(frozen=True)
class Release:
    """What the given-out notebook imports under which names, and the texts of its own cells."""

    imports: dict[str, str] = field(default_factory=lambda: dict(USUAL))
    cells: frozenset[str] = frozenset()


@cache
def read_release(path: Path) -> Release:
    """Read a given-out notebook; of one that is not there, only what everybody imports is known."""
    try:
        cells, _ = read_json(read_bytes(path), path.name)
    except UnreadableSubmission:
        return Release()
    imports, own = dict(USUAL), set()
    for cell in cells:
        if cell.kind == "code" and "NotImplementedError" not in cell.source:
            own.add(cell.source.strip())
            for plain in flatten(parse_cell(cell.source)[1]):
                if isinstance(plain.node, (ast.Import, ast.ImportFrom)):
                    (alias,) = plain.node.names
                    imports[alias.asname or alias.name.split(".")[0]] = ast.unparse(plain.node)
    return Release(imports, frozenset(own))
