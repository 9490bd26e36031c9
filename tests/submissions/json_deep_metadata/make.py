"""The metadata can't be decoded, the cells can."""

import json
from pathlib import Path

SOURCE = "def receptive_field(layers):\n    size, jump = 1, 1\n    for kernel, stride in layers:\n        size, jump = size + (kernel - 1) * jump, jump * stride\n    return size\n"


def make(folder: Path) -> None:
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": SOURCE}
    text = json.dumps({"cells": [cell], "nbformat": 4})
    (folder / "a1_convolution.ipynb").write_text(text[:-1] + ', "metadata": ' + "[" * 100_000 + "]" * 100_000 + "}")
