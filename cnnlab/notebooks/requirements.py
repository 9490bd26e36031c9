"""The packages that cnnlab itself needs: what is missing is installed, and what is there is never touched."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# as in PEP 440; what a system's own packages call themselves else, pip would refuse in a list of constraints
VERSION = re.compile(r"(\d+!)?\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?(\+[a-zA-Z0-9]+([._-][a-zA-Z0-9]+)*)?")
# Packages that Colab or many laptops have ready and the grader has not, by the names under which they are imported:
# what needs one can't be tested. (It has NumPy, SciPy, einops, matplotlib, PyTorch, SymPy, Pillow and tqdm.)
COLAB_ONLY = frozenset(
    "albumentations altair autograd beartype bokeh chainer cupy cv2 cvxpy dask diffusers fastai gym gymnasium h5py "
    "imageio jax jaxlib jaxtyping joblib kagglehub keras kornia lightgbm lightning mlxtend nltk "
    "numba numexpr opt_einsum optax pandas patsy plotly polars pyarrow pydantic pytorch_lightning "
    "scikit seaborn skimage sklearn statsmodels tensorboard tensorflow tensorflow_datasets thop timm torchaudio "
    "torchinfo torchmetrics torchsummary torchvision torchviz transformers wandb xarray xgboost ".split()
)
REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)\s*(?:>=\s*(?P<least>[\d.]+))?\s*(?P<marker>;.*)?$")


def install_missing() -> list[str]:
    """Install what cnnlab needs and is not there, with everything that is there held at its version.

    Returns:
        Sentences about what could not be done; empty if all is well.
    """
    before = installed()
    missing, notes = [], []
    for name, least in requirements():
        if name not in before:
            missing.append(f"{name}>={least}" if least else name)
        elif least and numbers(before[name]) < numbers(least):
            notes.append(
                f"{name} {before[name]} is older than {least}, which cnnlab needs. It is left as it is; you can update "
                f"it: pip install --upgrade {name}, then restart the kernel."
            )
    if not missing:
        return notes
    print(f"Installing {', '.join(missing)} ...")
    problem = pip_install(missing, before)
    importlib.invalidate_caches()
    if problem:
        notes.append(
            f"{', '.join(missing)} could not be installed ({problem}). By hand: pip install {' '.join(missing)}"
        )
    after = installed()
    changed = [
        f"{name} {version} → {after.get(name)}" for name, version in before.items() if after.get(name) != version
    ]
    if changed:
        notes.append(f"pip changed {', '.join(changed)}: restart the kernel and run this cell again.")
    return notes


def requirements() -> list[tuple[str, str]]:
    """Names and least versions of what the installed cnnlab needs; empty where it is not installed, but only found."""
    try:
        lines = importlib.metadata.requires("cnnlab") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    found = [REQUIREMENT.match(line) for line in lines]
    return [(canonical(match["name"]), match["least"] or "") for match in found if match and not match["marker"]]


def installed() -> dict[str, str]:
    """Versions of all installed packages, by their names in lower case."""
    found = [(dist.metadata["Name"], dist.version) for dist in importlib.metadata.distributions()]
    return {canonical(name): version for name, version in reversed(found) if name and version}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def numbers(version: str) -> list[int]:
    """`2.2.6` as [2, 2, 6], up to the first part that is no number."""
    return [int(part) for part in re.split(r"[^\d.]", version, maxsplit=1)[0].split(".") if part]


def pip_install(packages: list[str], held: dict[str, str]) -> str:
    """Install packages without changing the `held` ones; the reason if it did not work, else ""."""
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder, "constraints.txt")
        lines = [f"{name}=={version}\n" for name, version in held.items() if VERSION.fullmatch(version)]
        constraints.write_text("".join(lines), encoding="utf-8")
        options = ["--quiet", "--disable-pip-version-check", "-c", str(constraints)]
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", *options, *packages], capture_output=True, text=True
        )
    return (done.stderr.strip().splitlines() or ["pip failed"])[-1] if done.returncode else ""
