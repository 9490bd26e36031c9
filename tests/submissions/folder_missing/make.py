"""No folder: the student is on the class list only."""

from pathlib import Path


def make(folder: Path) -> None:
    folder.rmdir()
