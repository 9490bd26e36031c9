"""Somebody copied the notebook to where its folder belongs."""

from pathlib import Path


def make(folder: Path) -> None:
    folder.rmdir()
    folder.write_text("{}")
