"""A string of a million characters on one line, in the cell of an answer."""

import json
from pathlib import Path

SOURCE = "def receptive_field(layers):\n    size, jump = 1, 1\n    for kernel, stride in layers:\n        size, jump = size + (kernel - 1) * jump, jump * stride\n    return size\n"


def make(folder: Path) -> None:
    sources = [f'PICTURE = "{"A" * 900_000}"\n' + SOURCE, f'OTHER = "{"B" * 2_000_000}"\n']
    cells = [{"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": s} for s in sources]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "a1_convolution.ipynb").write_text(json.dumps(notebook))
