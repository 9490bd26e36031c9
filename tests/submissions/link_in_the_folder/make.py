"""A link to another file of the same folder."""

import json
from pathlib import Path

SOURCE = "def receptive_field(layers):\n    size, jump = 1, 1\n    for kernel, stride in layers:\n        size, jump = size + (kernel - 1) * jump, jump * stride\n    return size\n"
CELL = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": SOURCE}
NOTEBOOK = json.dumps({"cells": [CELL], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def make(folder: Path) -> None:
    (folder / "work.bin").write_text(NOTEBOOK)
    (folder / "a1_convolution.ipynb").symlink_to("work.bin")
