"""Every cell binds what the next one uses; the last defines the answer from all of them."""

import json
from pathlib import Path

SOURCE = "def receptive_field(layers):\n    size, jump = x4998 - 4998, 1\n    for kernel, stride in layers:\n        size, jump = size + (kernel - 1) * jump, jump * stride\n    return size\n"


def make(folder: Path) -> None:
    sources = ["x0 = 1", *(f"x{i} = x{i - 1} + 1" for i in range(1, 4999)), SOURCE]
    cells = [{"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": s} for s in sources]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "a1_convolution.ipynb").write_text(json.dumps(notebook))
