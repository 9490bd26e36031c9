"""A zip with a password: only the bits that say so are set."""

import zipfile
from pathlib import Path


def make(folder: Path) -> None:
    path = folder / "a1.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a1_convolution.ipynb", "{}")
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    path.write_bytes(data)
