"""A folder with only what the operating system left."""

from pathlib import Path


def make(folder: Path) -> None:
    (folder / ".DS_Store").write_bytes(b"Bud1")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "a1_convolution-checkpoint.ipynb").write_text("{}")
