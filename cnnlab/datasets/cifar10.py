"""CIFAR-10: 60,000 colour images of 32x32 pixels in ten classes (Krizhevsky, "Learning Multiple Layers of Features from
Tiny Images", 2009)."""

from __future__ import annotations

import os
import tempfile
from os import PathLike
from pathlib import Path

import numpy as np

from cnnlab.datasets import archive as archives
from cnnlab.datasets.download import ARCHIVE_VARIABLE, OFFLINE, fetch, is_url
from cnnlab.datasets.storage import (
    DatasetError,
    Split,
    check_split,
    find_root,
    load_split,
    middle,
    save_split,
    writing_to,
)
from cnnlab.networks.lenet import IMAGE_SIZE

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SIZES = {"train": 45_000, "val": 5_000, "test": 10_000}
# of images / 255 in the training split, red, green, blue: networks are graded on images standardized by them
CIFAR10_MEAN = np.array([0.4915, 0.4821, 0.4464], np.float32)
CIFAR10_STD = np.array([0.2472, 0.2437, 0.2617], np.float32)


def cifar10(
    root: str | PathLike | None = None,
    split: str = "train",
    download: bool = True,
    archive: str | PathLike | None = None,
    size: int = IMAGE_SIZE,
) -> Split:
    """One split of CIFAR-10: from the files that an earlier call made, else from an archive, downloaded if need be.

    Args:
        root: folder to keep the data in (185 MB); if not given, the one in the environment variable CNNLAB_DATA, else
            `~/.cache/cnnlab`.
        split: "train" (the first 45,000 of the official training images, in their order), "val" (the other 5,000) or
            "test" (the official 10,000).
        download: whether the network may be used.
        archive: where to take the images from at the first call: the path of `cifar-10-python.tar.gz`, of the same
            files packed otherwise (.tar.xz, .tar), or of the unpacked folder; or the URL of a mirror. If not given,
            what the environment variable CNNLAB_CIFAR10 says, else the official site.
        size: height and width of the images: the middle of those that are kept.

    Returns:
        `Split(images, labels)`: images (N, 3, size, size) uint8, RGB, 0 to 255; labels (N,) int64, indices into
        `CIFAR10_CLASSES`. Both are yours to change.

    Raises:
        ValueError: there is no such split.
        DatasetError: the images can't be had, or are not the official ones; the text says what to do.
    """
    check_split(split, SIZES)
    folder = find_root(root)
    found = load_split(file_of(folder, split), SIZES[split])
    if found is None:
        source = os.fspath(archive or os.environ.get(ARCHIVE_VARIABLE) or archives.URL)
        found = prepare(folder, source, download)[split]
    return Split(middle(found.images, size), found.labels)


def file_of(root: Path, split: str) -> Path:
    return root / f"cifar-10-{split}.npz"


def prepare(root: Path, source: str, download: bool) -> dict[str, Split]:
    """All splits, read from an archive and saved in `root`."""
    if is_url(source) and not download:
        raise DatasetError(f"CIFAR-10 is not in {root} yet: call again with download=True. {OFFLINE}")
    with writing_to(root):
        if is_url(source):
            # a folder of this process's own, gone at the end however that comes
            with tempfile.TemporaryDirectory(prefix=".cifar-10-", dir=root) as folder:
                batches = archives.read_batches(fetch(source, Path(folder)))
        else:
            batches = archives.read_batches(Path(source).expanduser())
        splits = join(batches)
        for split, data in splits.items():
            save_split(file_of(root, split), data)
    return splits


def join(batches: dict[str, Split]) -> dict[str, Split]:
    """The splits, from the six official batches."""
    names = [name for name in archives.BATCHES if name != "test_batch"]
    images = np.concatenate([batches[name].images for name in names])
    labels = np.concatenate([batches[name].labels for name in names])
    train, val = slice(SIZES["train"]), slice(SIZES["train"], None)
    return {
        "train": Split(images[train], labels[train]),
        "val": Split(images[val], labels[val]),
        "test": batches["test_batch"],
    }
