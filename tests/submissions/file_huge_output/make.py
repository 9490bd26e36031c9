"""A training loop that printed for an hour."""

import json
from pathlib import Path

SOURCE = "def receptive_field(layers):\n    size, jump = 1, 1\n    for kernel, stride in layers:\n        size, jump = size + (kernel - 1) * jump, jump * stride\n    return size\n"


def make(folder: Path) -> None:
    output = {"name": "stdout", "output_type": "stream", "text": "OUTPUT"}
    training = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [output], "source": "train()"}
    answer = {"cell_type": "code", "execution_count": 2, "metadata": {}, "outputs": [], "source": SOURCE}
    notebook = {"cells": [training, answer], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    head, tail = json.dumps(notebook).split("OUTPUT")
    with open(folder / "a1_convolution.ipynb", "w") as file:
        file.write(head)
        for _ in range(100):
            file.write("epoch 1 loss 2.30 \\n" * 50_000)
        file.write(tail)
