"""Some unpackers make a folder of the archive's name."""

import json
from pathlib import Path

SOURCE = "def receptive_field(layers):\n    size, jump = 1, 1\n    for kernel, stride in layers:\n        size, jump = size + (kernel - 1) * jump, jump * stride\n    return size\n"


def make(folder: Path) -> None:
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": SOURCE}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "a1_convolution.ipynb").mkdir()
    (folder / "a1_convolution.ipynb" / "a1_convolution.ipynb").write_text(json.dumps(notebook))
