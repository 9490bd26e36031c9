"""The official archive of CIFAR-10, python version: where it is, what is in it, how to read it without trusting it.

Nothing is unpacked to a path: the known members are read from the tar as streams, checked by size and hash, and only
then unpickled, by an unpickler that makes arrays and plain containers and nothing else.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import tarfile
import zlib
from collections.abc import Generator
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from cnnlab.datasets.storage import DatasetError, Split

DAMAGED: tuple[type[Exception], ...] = (tarfile.TarError, EOFError, OSError, zlib.error)
try:
    from lzma import LZMAError
except ImportError:  # a Python built without lzma: tarfile says that it can't read .xz
    pass
else:
    DAMAGED += (LZMAError,)

URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
BYTES = 170_498_071
MD5 = "c58f30108f718f92721af3b95e74349a"
FOLDER = "cifar-10-batches-py"


class Member(NamedTuple):
    """One file of the archive; its MD5 as widely published, its SHA-256 computed from the file with that MD5."""

    bytes: int
    md5: str
    sha256: str


MEMBERS = {
    "data_batch_1": Member(
        31_035_704,
        "c99cafc152244af753f735de768cd75f",
        "54636561a3ce25bd3e19253c6b0d8538147b0ae398331ac4a2d86c6d987368cd",
    ),
    "data_batch_2": Member(
        31_035_320,
        "d4bba439e000b95fd0a9bffe97cbabec",
        "766b2cef9fbc745cf056b3152224f7cf77163b330ea9a15f9392beb8b89bc5a8",
    ),
    "data_batch_3": Member(
        31_035_999,
        "54ebc095f3ab1f0389bbae665268c751",
        "0f00d98ebfb30b3ec0ad19f9756dc2630b89003e10525f5e148445e82aa6a1f9",
    ),
    "data_batch_4": Member(
        31_035_696,
        "634d18415352ddfa80567beed471001a",
        "3f7bb240661948b8f4d53e36ec720d8306f5668bd0071dcb4e6c947f78e9682b",
    ),
    "data_batch_5": Member(
        31_035_623,
        "482c414d41f54cd18b22e5b47cb7c3cb",
        "d91802434d8376bbaeeadf58a737e3a1b12ac839077e931237e0dcd43adcb154",
    ),
    "test_batch": Member(
        31_035_526,
        "40351d587109b95175f43aff81a1287e",
        "f53d8d457504f7cff4ea9e021afcf0e0ad8e24a91f3fc42091b8adef61157831",
    ),
    "batches.meta": Member(
        158,
        "5ff9c542aee3614f3951f8cda6e48888",
        "f962466ef690d46b226450fb9aadc74ba4bc64a76aa526b5827fe4bc5c7125cb",
    ),
}
BATCHES = [name for name in MEMBERS if name != "batches.meta"]  # the class names stand in the loader


def read_batches(source: Path) -> dict[str, Split]:
    """The six batches of an archive (.tar.gz, .tar.xz, ...) or of its unpacked folder, by name.

    Raises:
        DatasetError: there is nothing there, or it is not CIFAR-10 to the byte.
    """
    if not os.path.exists(source):
        raise DatasetError(f"There is no archive {source}: name cifar-10-python.tar.gz or the folder unpacked from it.")
    batches: dict[str, Split] = {}
    with closing(folder_members(source) if source.is_dir() else tar_members(source)) as members:
        for name, data in members:
            if name in batches:
                raise DatasetError(f"{source} holds {name} twice, which the official archive does not. {AGAIN}")
            check_member(name, data, source)
            batches[name] = decode(name, data)
    missing = [name for name in BATCHES if name not in batches]
    if missing:
        raise DatasetError(f"{source} is not CIFAR-10's python version: {', '.join(missing)} not found in it.")
    return batches


AGAIN = f"Fetch {URL} again."


def folder_members(folder: Path) -> Generator[tuple[str, bytes], None, None]:
    """Name and content of each batch of an unpacked folder, or of the folder around it."""
    inner = folder / FOLDER if (folder / FOLDER).is_dir() else folder
    for name in BATCHES:
        path = inner / name
        if path.exists():
            try:
                check_size(name, path.stat().st_size, folder)
                data = path.read_bytes()
            except OSError as error:
                raise DatasetError(f"{path} could not be read: {error.strerror or error}.") from error
            yield name, data


def tar_members(path: Path) -> Generator[tuple[str, bytes], None, None]:
    """Name and content of each batch of a tar archive, whatever its compression. Other members are passed over."""
    try:
        with tarfile.open(path, "r:*") as tar:
            for member in tar:
                *folder, name = PurePosixPath(member.name).parts or [""]
                if name in BATCHES and folder in ([], [FOLDER]):
                    file = tar.extractfile(member) if member.isreg() else None
                    if file is None:
                        raise DatasetError(
                            f"{member.name} in {path} is no ordinary file, but a link or a device. {AGAIN}"
                        )
                    check_size(name, member.size, path)
                    yield name, file.read()
    except DAMAGED as error:
        raise DatasetError(f"{path} is cut off, damaged or no tar archive ({error}). {AGAIN}") from error


def check_size(name: str, size: int, source: Path) -> None:
    """Before anything is read into memory."""
    if size != MEMBERS[name].bytes:
        raise DatasetError(f"{name} in {source} has {size:,} bytes, the official file {MEMBERS[name].bytes:,}. {AGAIN}")


def check_member(name: str, data: bytes, source: Path) -> None:
    """Raises `DatasetError` unless the bytes are the official ones."""
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if (md5, hashlib.sha256(data).hexdigest()) != MEMBERS[name][1:]:
        raise DatasetError(
            f"{name} in {source} is not the official file: its MD5 is {md5}, not {MEMBERS[name].md5}. {AGAIN}"
        )


# All that a pickled array of Python 2 asks for. The reconstructing function has moved within numpy: take today's.
ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"): np.zeros(0).__reduce__()[0],
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


class ArrayUnpickler(pickle.Unpickler):
    """Unpickles numbers, strings, lists, dicts and arrays; every other class or function is refused."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is not allowed")
        return ALLOWED[module, name]


def decode(name: str, data: bytes) -> Split:
    """The images and labels of a pickled batch, whose rows are 1024 red, 1024 green and 1024 blue values."""
    try:
        batch = ArrayUnpickler(io.BytesIO(data), encoding="bytes").load()
        images, labels = batch[b"data"], np.array(batch[b"labels"], np.int64)
    except Exception as error:  # a pickle can raise anything
        raise DatasetError(f"{name} was not unpickled: {error}. {AGAIN}") from error
    plain = isinstance(images, np.ndarray) and images.dtype == np.uint8 and images.shape == (len(labels), 3072)
    if not plain or labels.ndim != 1 or not np.isin(labels, range(10)).all():
        raise DatasetError(f"{name} does not hold uint8 images of 3072 values and as many labels from 0 to 9. {AGAIN}")
    return Split(images.reshape(-1, 3, 32, 32), labels)
