"""What is behind a link is not the student's: it must not be read."""

from pathlib import Path


def make(folder: Path) -> None:
    (folder / "a1_convolution.ipynb").symlink_to("/etc/passwd")
