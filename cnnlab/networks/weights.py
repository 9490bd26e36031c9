"""Saving trained weights and loading them again: `lenet.safetensors` and its like; `places.weights_path` says where.

A file says in its metadata what it was trained on: weights of the synthetic images never take the place of real ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

REAL = "cifar10"


def save_weights(model: nn.Module, path: Path, data: str = REAL) -> bool:
    """Write a model's state as safetensors, whole or not at all; tells what it did.

    Args:
        model: any network, on any device.
        path: the file, such as `weights_path("lenet")`.
        data: what it was trained on: "cifar10" or "synthetic".

    Returns:
        False if the file holds weights of the real images and these are not: then it stays as it is.
    """
    from safetensors.torch import save_file

    path = Path(path)
    if data != REAL and trained_on(path) == REAL:
        print(
            f"{path.name} was trained on {REAL} and stays as it is: what you trained now, on {data} data, is not saved."
        )
        return False
    state = {name: value.detach().cpu().contiguous().clone() for name, value in model.state_dict().items()}
    part = path.with_name(f".{path.name}.part")
    save_file(state, part, metadata={"data": data})
    part.replace(path)
    print(f"Saved {path} ({path.stat().st_size / 1e6:.1f} MB).")
    return True


def load_weights(model: nn.Module, path: Path, data: str = REAL) -> bool:
    """Load saved weights into a model; False, and a sentence, where there are none that fit."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = Path(path)
    found = trained_on(path)
    if not found:
        return False
    if found != data:
        print(f"{path} was trained on {found} data, and this is {data}: it is not loaded.")
        return False
    try:
        model.load_state_dict(load_file(path))
    except (RuntimeError, SafetensorError, OSError) as error:
        reason = str(error).strip().splitlines()[-1].strip()
        print(f"{path} is not loaded, it does not fit this network: {reason}")
        return False
    print(f"Loaded {path}: nothing to train. Delete the file to train again.")
    return True


def trained_on(path: Path) -> str:
    """What the weights in a file were trained on; "" where there is no file, real images where it does not say."""
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        return ""
    try:
        with safe_open(path, "pt") as file:
            return (file.metadata() or {}).get("data", REAL)
    except (SafetensorError, OSError):
        return REAL  # damaged: whoever loads it is told
