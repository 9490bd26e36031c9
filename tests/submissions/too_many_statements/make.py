"""A million lines that say nothing."""

import json
from pathlib import Path

SOURCE = "def receptive_field(layers):\n    size, jump = 1, 1\n    for kernel, stride in layers:\n        size, jump = size + (kernel - 1) * jump, jump * stride\n    return size\n"


def make(folder: Path) -> None:
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": text} for text in [SOURCE, *["a=1\n" * 1000] * 1000]]
    cells.append({"cell_type": "code", "metadata": {}, "outputs": [], "source": "def conv_output_size(size): return size"})
    (folder / "a1_convolution.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
