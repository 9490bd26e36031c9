"""The student package as a wheel and an sdist, written by hand: no network, no build tool, always the same bytes."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path

from autograder.course.course_file import tomllib
from cnnlab.submitting.packing import DATE

WHEEL = "Wheel-Version: 1.0\nGenerator: cnnlab course\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
LICENSE = "LICENSE"
PROJECT = """[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "cnnlab"
version = {version}
description = {description}
requires-python = {requires-python}
license = {license}
license-files = ["LICENSE"]
dependencies = {dependencies}

[tool.setuptools]
packages = {packages}

[tool.setuptools.package-data]
cnnlab = ["*.json"]
"""


def package_files(root: Path, version: str) -> dict[str, bytes]:
    """Everything in `root`/cnnlab by its name in the package, with the version filled in."""
    folder = root / "cnnlab"
    found = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(found)}
    text = files["cnnlab/__init__.py"].decode()
    lines = [
        f'__version__ = "{version}"\n' if line.startswith("__version__ = ") else line for line in text.splitlines(True)
    ]
    return {**files, "cnnlab/__init__.py": "".join(lines).encode()}


def project_table(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def metadata(project: dict, version: str) -> str:
    """The METADATA of the wheel and PKG-INFO of the sdist (core metadata 2.1)."""
    lines = ["Metadata-Version: 2.1", f"Name: cnnlab\nVersion: {version}", f"Summary: {project['description']}"]
    lines += [
        f"License: {project['license']}\nLicense-File: {LICENSE}",
        f"Requires-Python: {project['requires-python']}",
    ]
    return "\n".join([*lines, *(f"Requires-Dist: {name}" for name in project["dependencies"])]) + "\n"


def write_wheel(root: Path, version: str, folder: Path) -> Path:
    """`cnnlab-<version>-py3-none-any.whl` of `root`/cnnlab, in `folder`."""
    info = f"cnnlab-{version}.dist-info"
    files = package_files(root, version)
    files[f"{info}/METADATA"] = metadata(project_table(root), version).encode()
    files[f"{info}/WHEEL"] = WHEEL.encode()
    files[f"{info}/top_level.txt"] = b"cnnlab\n"
    files[f"{info}/{LICENSE}"] = (root / LICENSE).read_bytes()
    rows = [f"{name},sha256={hash_in_record(data)},{len(data)}\n" for name, data in files.items()]
    files[f"{info}/RECORD"] = "".join([*rows, f"{info}/RECORD,,\n"]).encode()
    path = folder / f"cnnlab-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:  # stored: zlib's bytes differ from one version to the next
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, DATE)
            entry.external_attr, entry.create_system = 0o100644 << 16, 3
            archive.writestr(entry, data)
    return path


def hash_in_record(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def write_sdist(root: Path, version: str, folder: Path) -> Path:
    """`cnnlab-<version>.tar.gz`: the same files with a pyproject.toml that setuptools builds them by."""
    project, files = project_table(root), package_files(root, version)
    packages = sorted({str(Path(name).parent).replace("/", ".") for name in files if name.endswith("/__init__.py")})
    values = {**project, "version": version, "packages": packages}
    text = PROJECT
    for name in ("version", "description", "requires-python", "license", "dependencies", "packages"):
        text = text.replace(f"{{{name}}}", json.dumps(values[name], ensure_ascii=False))
    files["pyproject.toml"] = text.encode()
    files[LICENSE] = (root / LICENSE).read_bytes()
    files["PKG-INFO"] = metadata(project, version).encode()
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(f"cnnlab-{version}/{name}")
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    path = folder / f"cnnlab-{version}.tar.gz"
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 0, file, mtime=0) as packed:
        packed.write(tar.getvalue())
    return path
