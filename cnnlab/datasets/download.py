"""Fetching an archive over the network, with a progress bar. The only place that needs pooch and tqdm."""

from __future__ import annotations

import re
from pathlib import Path

from cnnlab.datasets import archive
from cnnlab.datasets.storage import DatasetError

ARCHIVE_VARIABLE = "CNNLAB_CIFAR10"
OFFLINE = (
    f"Without a network there are two ways: set {ARCHIVE_VARIABLE} to your copy of cifar-10-python.tar.gz (or the "
    "folder unpacked from it), or call synthetic_cifar10 in place of cifar10."
)


def is_url(source: str) -> bool:
    return re.match(r"https?://", source) is not None


def fetch(url: str, folder: Path) -> Path:
    """Download an archive into `folder`, which must be there.

    The official archive's hash is checked here. A mirror may have packed the same files differently: of its archive
    only the members' hashes are checked, when they are read.

    Raises:
        DatasetError: pooch or tqdm is not installed, the network fails, or it is not the official archive.
    """
    try:
        import pooch
        import requests
        from tqdm import tqdm
    except ImportError as error:
        raise DatasetError(
            f"Downloading needs two more packages ({error}): pip install pooch tqdm. {OFFLINE}"
        ) from error
    pooch.get_logger().setLevel("WARNING")
    known = f"md5:{archive.MD5}" if url == archive.URL else None
    print(f"Downloading CIFAR-10 ({archive.BYTES / 1e6:.0f} MB) from {url}")
    try:
        with tqdm(total=archive.BYTES, unit="B", unit_scale=True, ncols=79) as bar:
            # "identity": a server that labels .gz as an encoding would have it unpacked on the way, to another hash
            get = pooch.HTTPDownloader(progressbar=bar, chunk_size=1 << 16, headers={"Accept-Encoding": "identity"})
            return Path(pooch.retrieve(url, known, "archive", folder, downloader=get))
    except requests.RequestException as error:
        status = f" {error.response.status_code}" if error.response is not None else ""
        raise DatasetError(f"{url} could not be downloaded ({type(error).__name__}{status}). {OFFLINE}") from None
    except ValueError as error:  # pooch's word for a wrong hash
        raise DatasetError(
            f"What came from {url} is not the official archive: its MD5 is not {archive.MD5}. A connection cut off or "
            f"a login page in between does this: try again. {OFFLINE}"
        ) from error
