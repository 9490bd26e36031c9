"""Where data sets lie on disk, and how a split is kept: in one .npz file, with a CRC of each array, written at once."""

from __future__ import annotations

import errno
import os
import secrets
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT_VARIABLE = "CNNLAB_DATA"
CHOOSE = f"Choose another folder with root=... or the environment variable {ROOT_VARIABLE}."


class DatasetError(Exception):
    """The data can't be had; the text says why, and what to do about it."""


class Split(NamedTuple):
    """One split of a data set: `images, labels = split`."""

    images: np.ndarray  # (N, 3, 32, 32) uint8, RGB; or their middle
    labels: np.ndarray  # (N,) int64, 0 to 9


def check_split(split: str, splits: Collection[str]) -> None:
    """Raises `ValueError` unless `split` is one of `splits`."""
    if split not in splits:
        raise ValueError(f"There is no split {split!r}: choose one of {', '.join(map(repr, splits))}.")


def find_root(root: str | PathLike | None) -> Path:
    """The folder for data sets: the one given, else the one in CNNLAB_DATA, else a cache folder in the user's home."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(root or os.environ.get(ROOT_VARIABLE) or Path(cache, "cnnlab")).expanduser().absolute()
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise DatasetError(f"The data folder {folder} is a file. {CHOOSE}")
    return folder


def load_split(path: Path, count: int) -> Split | None:
    """A split of `count` images from its file; None where there is no such file, or it is damaged (with a warning)."""
    try:
        file = open(path, "rb")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DatasetError(f"{path} could not be read: {error.strerror or error}. {CHOOSE}") from error
    with file:
        try:
            with np.load(file, allow_pickle=False) as arrays:  # reading one to its end checks its CRC
                split = Split(arrays["images"], arrays["labels"])
        except Exception:  # a damaged file can raise anything
            split = None
    if split is None or not is_split(split, count):
        warnings.warn(f"{path} is damaged; it is made again.", stacklevel=3)
        return None
    return split


def is_split(split: Split, count: int) -> bool:
    images, labels = split
    if (images.dtype, labels.dtype) != (np.uint8, np.int64):
        return False
    return images.shape == (count, 3, 32, 32) and labels.shape == (count,)


def middle(images: np.ndarray, size: int) -> np.ndarray:
    """The middle `size` x `size` pixels of images (..., H, W), as an array of its own; all of them as they are."""
    top, left = ((side - size) // 2 for side in images.shape[-2:])
    return np.ascontiguousarray(images[..., top : top + size, left : left + size])


def save_split(path: Path, split: Split) -> None:
    """Write a split to its file. Whoever reads at the same time finds the old file or the new one, never half of it."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(part, "wb") as file:
            np.savez(file, images=split.images, labels=split.labels)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def writing_to(root: Path) -> Iterator[None]:
    """Make the folder, and turn what goes wrong while writing there into a sentence."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DatasetError(f"There is no space left for CIFAR-10 in {root}: free 400 MB there. {CHOOSE}") from error
        raise DatasetError(f"Nothing can be written to {root}: {error.strerror or error}. {CHOOSE}") from error
