"""What a notebook's set-up cell has said about it, and the few lines that the cell prints: `cnnlab.set_up(...)`."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cnnlab
from cnnlab.notebooks import places
from cnnlab.notebooks.requirements import install_missing
from cnnlab.signatures import COURSE, graded_names

USE_TORCH = ("a4_lenet",)  # elsewhere its import would only cost seconds
NO_GPU = "none, torch computes on the CPU (in Colab: Runtime → Change runtime type → GPU)"


@dataclass
class Session:
    """Which notebook this is: the name of its assignment, and the term that it was given out in."""

    assignment: str = ""
    term: str = ""


current = Session()


def set_up(assignment: str, term: str, version: str) -> None:
    """Get a notebook ready, and print what was found: versions, GPU, data, the place for files.

    Args:
        assignment: name of the notebook's assignment, such as "a1_convolution".
        term: the term that it was given out in, such as "2026-fall".
        version: the version of cnnlab that it was made for; this one or a later one must be running.
    """
    current.assignment, current.term = assignment, term
    places.use_drive()
    notes = install_missing()
    if not cnnlab.at_least(version):
        notes.append(
            f"cnnlab {cnnlab.__version__} is still running, not {version}: restart the kernel, run this again."
        )
    lines = [
        f"cnnlab   {cnnlab.__version__}, assignment {assignment}, term {term}",
        f"Python   {platform.python_version()}, NumPy {version_of('numpy')}, torch {version_of('torch')}",
        f"GPU      {gpu() if assignment in USE_TORCH else 'not needed here'}",
        f"Data     {places.describe_data()}",
        f"Files    {places.describe_folder(assignment)}",
    ]
    print("\n".join([*lines, *(f"! {note}" for note in notes)]))


def version_of(package: str) -> str:
    """The version of an installed package, without importing it."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed (a2 and a4 need it: pip install torch)" if package == "torch" else "not installed"


def gpu() -> str:
    """The GPU that torch would use."""
    try:
        import torch
    except ImportError:
        return "unknown, torch is not installed"
    if torch.cuda.is_available():
        return torch.cuda.get_device_name(0)
    return NO_GPU


def assignment_in(namespace: Mapping[str, Any]) -> str:
    """The assignment of a notebook: as its set-up cell says, else the one that most of its names belong to, else ""."""
    if current.assignment in COURSE:
        return current.assignment
    counts = {assignment: sum(name in namespace for name in graded_names(assignment)) for assignment in COURSE}
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] else ""
