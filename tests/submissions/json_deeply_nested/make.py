"""Deep enough to end a parser that recurses."""

from pathlib import Path


def make(folder: Path) -> None:
    (folder / "a1_convolution.ipynb").write_text('{"cells": ' + "[" * 100_000 + "]" * 100_000 + ', "nbformat": 4}')
