"""Where data and trained weights lie, so that they are found again after a restart or a lost runtime.

In Colab that is `cnnlab/` on the student's Google Drive, if it is mounted; elsewhere the folder of the notebook for
weights, and a cache folder for data.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

DRIVE = Path("/content/drive/MyDrive")  # where Colab mounts it
DATA_VARIABLE = "CNNLAB_DATA"
LOST = "lost when Colab disconnects. To keep them, mount your Google Drive (folder symbol on the left), run this again"


def in_colab() -> bool:
    return "google.colab" in sys.modules


def work_folder(assignment: str) -> Path:
    """Where an assignment's files are kept: `cnnlab/<assignment>` on Google Drive, else the notebook's folder."""
    if not DRIVE.is_dir():
        return Path.cwd()
    folder = DRIVE / "cnnlab" / assignment
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def weights_path(name: str, assignment: str = "a4_lenet") -> Path:
    """The file of trained weights, `lenet.safetensors` or `convnet.safetensors`: to save to, and to load from.

    A file that was saved beside the notebook before Google Drive was mounted is copied there.
    """
    path = work_folder(assignment) / f"{name}.safetensors"
    beside = Path.cwd() / path.name
    if beside.is_file() and not path.exists():
        part = path.with_name(f".{path.name}.part")
        shutil.copy2(beside, part)
        part.replace(path)
    return path


def use_drive() -> None:
    """Keep data sets on Google Drive, where it is mounted and nobody has chosen another folder."""
    if DRIVE.is_dir():
        os.environ.setdefault(DATA_VARIABLE, str(DRIVE / "cnnlab" / "data"))


def describe_data() -> str:
    """Whether CIFAR-10 is there, in a few words."""
    try:
        from cnnlab.datasets.cifar10 import file_of
        from cnnlab.datasets.storage import DatasetError, find_root
    except ImportError as error:  # no NumPy: the line above says so
        return f"unknown ({error})"
    try:
        folder = find_root(None)
    except DatasetError as error:
        return str(error)
    if file_of(folder, "train").is_file():
        return f"CIFAR-10 is in {shorten(folder)}"
    return f"CIFAR-10 is not here yet; assignment 4 fetches it (170 MB) into {shorten(folder)}"


def describe_folder(assignment: str) -> str:
    """Where files are kept, and what is there already, in a few words."""
    folder = work_folder(assignment)
    text = f"kept in {shorten(folder)}"
    if in_colab() and not DRIVE.is_dir():
        text += f": {LOST}"
    found = sorted(path.name for path in folder.glob("*.safetensors"))
    return f"{text}; there already: {', '.join(found)}" if found else text


def shorten(path: Path) -> str:
    """A path with `~` for the user's own folder."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path != home and path.is_relative_to(home) else str(path)
