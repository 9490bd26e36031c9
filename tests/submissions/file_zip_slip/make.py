"""Names such as ../../planted-by-student.ipynb: nothing may be written there."""

import zipfile
from pathlib import Path


def make(folder: Path) -> None:
    with zipfile.ZipFile(folder / "a1_convolution.zip", "w") as archive:
        archive.writestr("../../planted-by-student.ipynb", "{}")
        archive.writestr("/tmp/planted-by-student.ipynb", "{}")
