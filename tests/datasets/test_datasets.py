"""The data sets: a small stand-in for the archive is read, downloaded, refused, kept and damaged, without a network."""

from __future__ import annotations

import errno
import hashlib
import importlib
import inspect
import io
import os
import pickle
import shutil
import struct
import sys
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from cnnlab.datasets import CIFAR10_CLASSES, SYNTHETIC_CLASSES, DatasetError, Split, cifar10, synthetic_cifar10
from cnnlab.datasets.__main__ import main

# the package's functions have the names of their modules
archive = importlib.import_module("cnnlab.datasets.archive")
loader = importlib.import_module("cnnlab.datasets.cifar10")

REAL = Path(__file__).resolve().parents[3] / "shared" / "cifar10"
SIZES = {"train": 90, "val": 10, "test": 20}
FOLDER = "cifar-10-batches-py"


# a small CIFAR-10: six batches of 20 images, pickled as Python 2 did


def python2_pickle(images: np.ndarray, labels: list[int]) -> bytes:
    """The opcodes of the official batches: a dict of a uint8 array (N, 3072) and a list, with byte strings."""
    n = len(images)
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    dtype = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    shape = b"J" + struct.pack("<i", n) + b"M\x00\x0c\x86"
    state = b"(K\x01" + shape + dtype + b"\x89T" + struct.pack("<i", images.size) + images.tobytes() + b"tb"
    numbers = b"".join(b"K" + bytes([label]) for label in labels)
    return b"\x80\x02}(U\x04data" + array + state + b"U\x06labels](" + numbers + b"eu."


def official(data: bytes) -> archive.Member:
    return archive.Member(len(data), hashlib.md5(data).hexdigest(), hashlib.sha256(data).hexdigest())


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The stand-in's members; the loader takes their hashes for the official ones."""
    rng = np.random.default_rng(7)
    made = {}
    for name in archive.BATCHES:
        images = rng.integers(0, 256, (20, 3072), dtype=np.uint8)
        made[name] = python2_pickle(images, rng.integers(0, 10, 20).tolist())
    monkeypatch.setattr(archive, "MEMBERS", {name: official(data) for name, data in made.items()})
    monkeypatch.setattr(loader, "SIZES", SIZES)
    for variable in ("CNNLAB_DATA", "CNNLAB_CIFAR10"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return made


def pack(members: dict[str, bytes] | list[tuple[str, bytes]], mode: str = "w:gz", folder: str = FOLDER + "/") -> bytes:
    """A tar archive in memory."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as tar:
        for name, data in members.items() if isinstance(members, dict) else members:
            info = tarfile.TarInfo(folder + name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file.getvalue()


@pytest.fixture
def local(batches: dict[str, bytes], tmp_path: Path) -> Path:
    """The stand-in as a .tar.gz."""
    path = tmp_path / "local.tar.gz"
    path.write_bytes(pack(batches))
    return path


def leftovers(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir()) if root.exists() else []


FILES = ["cifar-10-test.npz", "cifar-10-train.npz", "cifar-10-val.npz"]


# what comes back


def test_splits_are_the_batches_in_order(batches, local, tmp_path):
    expected = [pickle.loads(batches[name], encoding="bytes") for name in archive.BATCHES]
    images = np.concatenate([batch[b"data"] for batch in expected]).reshape(-1, 3, 32, 32)
    labels = np.concatenate([batch[b"labels"] for batch in expected])
    for split, part in {"train": slice(0, 90), "val": slice(90, 100), "test": slice(100, 120)}.items():
        for _ in ("made", "found"):
            result = cifar10(tmp_path / "root", split, archive=local)
            assert isinstance(result, Split)
            assert (result.images.dtype, result.labels.dtype) == (np.uint8, np.int64)
            np.testing.assert_array_equal(result.images, images[part], strict=True)
            np.testing.assert_array_equal(result.labels, labels[part], strict=True)
            assert result.images.flags.writeable and result.labels.flags.writeable
    assert leftovers(tmp_path / "root") == FILES


@pytest.mark.parametrize("split", ["test", "val"])
def test_arrays_are_writable_at_the_first_call_too(split, local, tmp_path):
    images, labels = cifar10(tmp_path / "root", split, archive=local)
    images[0], labels[0] = 1, 2
    assert not np.array_equal(cifar10(tmp_path / "root", split).images, images)


@pytest.mark.parametrize(
    "mode, folder", [("w:gz", FOLDER + "/"), ("w:xz", "./" + FOLDER + "/"), ("w", ""), ("w:bz2", "")]
)
def test_any_packing_of_the_same_files_will_do(mode, folder, batches, tmp_path):
    path = tmp_path / "an archive"
    path.write_bytes(pack(batches, mode, folder))
    assert len(cifar10(tmp_path / "root", archive=path).labels) == 90


@pytest.mark.parametrize("inner", [FOLDER, "."])
def test_an_unpacked_folder_will_do(inner, batches, tmp_path):
    folder = tmp_path / "unpacked" / inner
    folder.mkdir(parents=True)
    for name, data in batches.items():
        (folder / name).write_bytes(data)
    assert len(cifar10(tmp_path / "root", "val", archive=tmp_path / "unpacked").labels) == 10


def test_environment_variables_name_archive_and_root(local, tmp_path, monkeypatch):
    monkeypatch.setenv("CNNLAB_CIFAR10", str(local))
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path / "data"))
    assert len(cifar10(download=False).labels) == 90
    assert leftovers(tmp_path / "data") == FILES


def test_without_a_root_a_cache_folder_is_used(local, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cifar10(archive=str(local))
    assert leftovers(tmp_path / "cache" / "cnnlab") == FILES


def test_calls_at_the_same_time_agree(local, tmp_path):
    results, barrier = [], threading.Barrier(4)

    def call() -> None:
        barrier.wait()
        results.append(cifar10(tmp_path / "root", "test", archive=local))

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({result.images.tobytes() for result in results}) == 1 and len(results) == 4
    assert leftovers(tmp_path / "root") == FILES


# what is refused


def refused(tmp_path: Path, source: Path | str, **options) -> str:
    """The sentence with which an archive is refused; nothing may be left in the root."""
    with pytest.raises(DatasetError) as caught:
        cifar10(tmp_path / "root", archive=source, **options)
    assert leftovers(tmp_path / "root") == []
    return str(caught.value)


@pytest.mark.parametrize("load", [cifar10, synthetic_cifar10])
def test_unknown_split(load):
    with pytest.raises(ValueError, match=r"There is no split 'valid': choose one of 'train', 'val', 'test'\."):
        load(split="valid")


def test_root_is_a_file(local, tmp_path):
    with pytest.raises(DatasetError, match=r"local.tar.gz is a file\. Choose another folder with root=\.\.\. or"):
        cifar10(local, archive=local)


def test_root_cannot_be_made(local, tmp_path):
    with pytest.raises(DatasetError, match=r"could not be read: Not a directory\. Choose another folder"):
        cifar10(local / "root", archive=local)


def test_root_cannot_be_written(local, tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(DatasetError, match=r"Nothing can be written to .*root: Permission denied\. Choose another"):
        cifar10(tmp_path / "root", archive=local)


def test_disk_full(local, tmp_path, monkeypatch):
    def half(file, **arrays):
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", half)
    assert "There is no space left for CIFAR-10 in" in refused(tmp_path, local)


def test_interrupted_while_saving(local, tmp_path, monkeypatch):
    def interrupt(file, **arrays):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupt)
    with pytest.raises(KeyboardInterrupt):
        cifar10(tmp_path / "root", archive=local)
    assert leftovers(tmp_path / "root") == []


def test_no_archive_there(batches, tmp_path):
    assert "There is no archive" in refused(tmp_path, tmp_path / "absent.tar.gz")


def test_not_an_archive(batches, tmp_path):
    path = tmp_path / "login.html"
    path.write_text("<html>Please log in</html>")
    assert "login.html is cut off, damaged or no tar archive" in refused(tmp_path, path)


@pytest.mark.parametrize("mode", ["w:gz", "w:xz", "w"])
@pytest.mark.parametrize("part", [0.01, 0.5, 0.9])
def test_archive_cut_off(mode, part, batches, tmp_path):
    data = pack(batches, mode)
    path = tmp_path / "cut"
    path.write_bytes(data[: int(part * len(data))])
    sentence = refused(tmp_path, path)
    assert "is cut off, damaged or no tar archive" in sentence or "not found in it" in sentence


@pytest.mark.parametrize("as_folder", [False, True])
def test_member_missing(as_folder, batches, tmp_path):
    del batches["data_batch_3"]
    assert "data_batch_3 not found in it" in refused(tmp_path, source_of(batches, tmp_path, as_folder))


@pytest.mark.parametrize("as_folder", [False, True])
def test_member_changed_in_one_byte(as_folder, batches, tmp_path):
    data = bytearray(batches["test_batch"])
    data[700] ^= 1
    batches["test_batch"] = bytes(data)
    sentence = refused(tmp_path, source_of(batches, tmp_path, as_folder))
    assert f"is not the official file: its MD5 is {hashlib.md5(data).hexdigest()}, not" in sentence


@pytest.mark.parametrize("as_folder", [False, True])
def test_member_of_another_size(as_folder, batches, tmp_path):
    batches["data_batch_2"] += bytes(1000)
    size = len(batches["data_batch_2"])
    assert f"has {size:,} bytes, the official file {size - 1000:,}" in refused(
        tmp_path, source_of(batches, tmp_path, as_folder)
    )


def source_of(batches: dict[str, bytes], tmp_path: Path, as_folder: bool) -> Path:
    """The batches as a folder or as an archive."""
    source = tmp_path / "source"
    if not as_folder:
        source.write_bytes(pack(batches))
        return source
    source.mkdir()
    for name, data in batches.items():
        (source / name).write_bytes(data)
    return source


def test_member_twice(batches, tmp_path):
    path = tmp_path / "twice"
    path.write_bytes(pack([*batches.items(), ("data_batch_1", batches["data_batch_1"])]))
    assert "holds data_batch_1 twice" in refused(tmp_path, path)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_member_is_a_link_or_device(kind, batches, tmp_path):
    info = tarfile.TarInfo(f"{FOLDER}/data_batch_1")
    info.type, info.linkname = kind, "../../secret"
    path = tmp_path / "links"
    with tarfile.open(path, "w") as tar:
        tar.addfile(info)
    assert "is no ordinary file, but a link or a device" in refused(tmp_path, path)


def test_nothing_is_unpacked_to_a_path(batches, tmp_path):
    path = tmp_path / "inner" / "escape.tar.gz"
    path.parent.mkdir()
    outside = [("../" + name, data) for name, data in batches.items()] + [("/" + str(tmp_path / "absolute"), b"x")]
    path.write_bytes(pack(outside, folder=""))
    before = sorted(tmp_path.rglob("*"))
    assert "not found in it" in refused(tmp_path, path)
    assert [item for item in sorted(tmp_path.rglob("*")) if item.name != "root"] == before


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize(
    "payload",
    ["system", b"cbuiltins\neval\n(U\x011tR.", b"cnumpy\nload\n(U\x01xtR.", b"cnumpy.core.multiarray\nempty\n."],
)
def test_malicious_pickle_is_refused_even_with_the_right_hash(payload, batches, tmp_path, monkeypatch):
    evil = pickle.dumps(Evil(tmp_path / "pwned"), protocol=2) if payload == "system" else b"\x80\x02" + payload
    batches["data_batch_1"] = evil
    monkeypatch.setitem(archive.MEMBERS, "data_batch_1", official(evil))
    sentence = refused(tmp_path, source_of(batches, tmp_path, as_folder=False))
    assert "data_batch_1 was not unpickled: it asks for" in sentence and "which is not allowed" in sentence
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    "data, sentence",
    [
        (python2_pickle(np.zeros((20, 3072), np.uint8), [0] * 19 + [10]), "labels from 0 to 9"),
        (python2_pickle(np.zeros((20, 3072), np.uint8), [0] * 19), "does not hold uint8 images"),
        (b"\x80\x02}.", "was not unpickled"),
        (b"\x80\x02}(U\x04data]U\x06labels]u.", "does not hold uint8 images"),
        (b"", "was not unpickled"),
    ],
)
def test_member_with_other_contents(data, sentence, batches, tmp_path, monkeypatch):
    batches["test_batch"] = data
    monkeypatch.setitem(archive.MEMBERS, "test_batch", official(data))
    assert sentence in refused(tmp_path, source_of(batches, tmp_path, as_folder=False))


# the files that are kept


@pytest.mark.parametrize("place", [0.0005, 0.3, 0.6, 0.9, 0.999, 0.9999, "cut", "empty"])
def test_damaged_file_is_noticed_and_made_again(place, local, tmp_path):
    good = cifar10(tmp_path / "root", archive=local)
    path = tmp_path / "root" / "cifar-10-train.npz"
    data = bytearray(path.read_bytes())
    if isinstance(place, float):
        data[int(place * len(data))] ^= 4
    path.write_bytes({"cut": data[: len(data) // 2], "empty": b""}.get(place, data))
    with pytest.warns(UserWarning, match=r"cifar-10-train.npz is damaged; it is made again\."):
        again = cifar10(tmp_path / "root", archive=local)
    np.testing.assert_array_equal(again.images, good.images)
    assert cifar10(tmp_path / "root", download=False).images.tobytes() == good.images.tobytes()


@pytest.mark.parametrize(
    "arrays",
    [
        {"images": np.zeros((89, 3, 32, 32), np.uint8), "labels": np.zeros(89, np.int64)},
        {"images": np.zeros((90, 3, 32, 32)), "labels": np.zeros(90, np.int64)},
        {"images": np.zeros((90, 3, 32, 32), np.uint8)},
        {"images": np.array([Evil(Path("pwned"))], object), "labels": np.zeros(90, np.int64)},
    ],
)
def test_file_of_something_else_is_made_again(arrays, local, tmp_path):
    cifar10(tmp_path / "root", archive=local)
    np.savez(tmp_path / "root" / "cifar-10-train.npz", **arrays)
    with pytest.warns(UserWarning, match="is damaged"):
        assert cifar10(tmp_path / "root", archive=local).images.shape == (90, 3, 32, 32)
    assert not Path("pwned").exists()


def test_file_that_cannot_be_read(local, tmp_path):
    (tmp_path / "root" / "cifar-10-train.npz").mkdir(parents=True)
    with pytest.raises(DatasetError, match="cifar-10-train.npz could not be read: Is a directory"):
        cifar10(tmp_path / "root", archive=local)


# the network, played by a server on this machine


@pytest.fixture
def server(batches, monkeypatch):
    """Serves `pages`, a dict of path: (body, promised length); its `url` is that of the official archive."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, length = self.server.pages.get(self.path, (None, 0))
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args) -> None:
            pass

    good = pack(batches)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.pages = {"/official.tar.gz": (good, len(good))}
        httpd.site = f"http://127.0.0.1:{httpd.server_port}"
        monkeypatch.setattr(archive, "URL", httpd.site + "/official.tar.gz")
        monkeypatch.setattr(archive, "MD5", hashlib.md5(good).hexdigest())
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield httpd
        httpd.shutdown()
        thread.join()


def test_download_from_the_official_site(server, tmp_path, capsys):
    assert len(cifar10(tmp_path / "root", "test").labels) == 20
    assert leftovers(tmp_path / "root") == FILES
    printed = capsys.readouterr()
    assert "Downloading CIFAR-10" in printed.out and "100%" in printed.err


def test_download_from_a_mirror_that_packed_it_otherwise(server, batches, tmp_path, monkeypatch):
    other = pack(batches, "w:xz")
    server.pages = {"/mirror.tar.xz": (other, len(other))}
    monkeypatch.setenv("CNNLAB_CIFAR10", server.site + "/mirror.tar.xz")
    assert len(cifar10(tmp_path / "root").labels) == 90


def test_official_archive_with_a_wrong_hash(server, batches, tmp_path):
    other = pack(batches, "w:xz")
    server.pages = {"/official.tar.gz": (other, len(other))}
    assert f"is not the official archive: its MD5 is not {archive.MD5}" in refused(tmp_path, "")


def test_mirror_with_another_file(server, tmp_path):
    server.pages = {"/page": (b"<html>", 6)}
    assert "cut off, damaged or no tar archive" in refused(tmp_path, server.site + "/page")


def test_connection_lost_on_the_way(server, tmp_path):
    body, length = server.pages["/official.tar.gz"]
    server.pages = {"/official.tar.gz": (body[: length // 2], length)}
    sentence = refused(tmp_path, "")
    assert "could not be downloaded" in sentence or "is not the official archive" in sentence
    assert "synthetic_cifar10" in sentence


def test_page_not_found(server, tmp_path):
    assert "could not be downloaded (HTTPError 404)" in refused(tmp_path, server.site + "/absent")


def test_offline_names_the_two_ways_out(batches, tmp_path, monkeypatch):
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as httpd:
        port = httpd.server_port
    monkeypatch.setattr(archive, "URL", f"http://127.0.0.1:{port}/official.tar.gz")  # nobody listens any more
    sentence = refused(tmp_path, "")
    assert "could not be downloaded (ConnectionError)" in sentence
    assert "set CNNLAB_CIFAR10 to your copy" in sentence and "call synthetic_cifar10" in sentence


def test_interrupted_download_leaves_nothing(server, tmp_path, monkeypatch):
    import pooch

    def interrupt(self, url, output_file, *args, **kwargs):
        Path(output_file).write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", interrupt)
    with pytest.raises(KeyboardInterrupt):
        cifar10(tmp_path / "root")
    assert leftovers(tmp_path / "root") == []


def test_disk_full_while_downloading(server, tmp_path, monkeypatch):
    import pooch

    def full(self, url, output_file, *args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", full)
    assert "There is no space left for CIFAR-10" in refused(tmp_path, "")


@pytest.mark.parametrize("package", ["pooch", "tqdm"])
def test_pooch_or_tqdm_missing(package, batches, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    assert "pip install pooch tqdm" in refused(tmp_path, "")


def test_download_not_wanted(batches, tmp_path):
    sentence = refused(tmp_path, "", download=False)
    assert "call again with download=True" in sentence and "call synthetic_cifar10" in sentence


# python -m cnnlab.datasets


def test_command_prints_where_and_how_many(local, tmp_path, capsys):
    assert main(["--root", str(tmp_path / "root"), "--archive", str(local)]) == 0
    printed = capsys.readouterr().out
    assert f"CIFAR-10 is in {tmp_path / 'root'}" in printed
    assert [line.split() for line in printed.splitlines()[1:]] == [
        ["train", "90", "images"],
        ["val", "10", "images"],
        ["test", "20", "images"],
    ]


def test_command_says_what_is_wrong(batches, tmp_path, capsys):
    assert main(["--root", str(tmp_path / "root"), "--archive", str(tmp_path / "absent")]) == 1
    assert "There is no archive" in capsys.readouterr().err


def test_command_interrupted(local, tmp_path, capsys, monkeypatch):
    def interrupt(source):
        raise KeyboardInterrupt

    monkeypatch.setattr(archive, "read_batches", interrupt)
    assert main(["--root", str(tmp_path / "root"), "--archive", str(local)]) == 130
    assert "Nothing half-written is left" in capsys.readouterr().err


# the synthetic set


def test_synthetic_is_called_like_the_real_one():
    assert inspect.signature(synthetic_cifar10) == inspect.signature(cifar10)
    assert len(SYNTHETIC_CLASSES) == len(CIFAR10_CLASSES) == 10


@pytest.mark.parametrize("split, count", [("train", 10_000), ("val", 1_000), ("test", 2_000)])
def test_synthetic_splits(split, count):
    images, labels = synthetic_cifar10(None, split, False)
    assert (images.shape, images.dtype) == ((count, 3, 32, 32), np.uint8)
    assert (labels.shape, labels.dtype) == ((count,), np.int64)
    assert np.bincount(labels).tolist() == [count // 10] * 10


def test_synthetic_is_the_same_everywhere():
    """Bytes that numpy 1.26 and 2.2 both make; whoever changes the pictures writes the new hash here."""
    images, labels = synthetic_cifar10(split="val")
    digest = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    assert digest == "aae4f571c69e563ba7701967b8b3edf7aa120b8341be44df7c62d5ac860138d7"


def test_the_middle_of_the_images():
    whole, part = (synthetic_cifar10(split="val", size=size).images for size in (32, 27))
    np.testing.assert_array_equal(part, whole[:, :, 2:29, 2:29])
    assert part.flags.c_contiguous and part.flags.writeable


def test_synthetic_touches_no_file(tmp_path):
    synthetic_cifar10(tmp_path / "root", "val")
    assert list(tmp_path.iterdir()) == []


def test_synthetic_needs_a_convolution():
    """A linear classifier learns next to nothing where a small convolutional network does well after one epoch."""
    torch = pytest.importorskip("torch")
    nn = torch.nn
    train, test = synthetic_cifar10(split="train"), synthetic_cifar10(split="test")
    x, x_test = (torch.from_numpy(part.images).float() / 64 - 2 for part in (train, test))
    y = torch.from_numpy(train.labels)

    def accuracy(layers: list[nn.Module], epochs: int) -> float:
        model = nn.Sequential(*layers)
        optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
        for batch in (b for _ in range(epochs) for b in torch.randperm(len(x)).split(64)):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            found = torch.cat([model(part).argmax(1) for part in x_test.split(500)])
        return float((found.numpy() == test.labels).mean())

    def stage(channels: int, filters: int) -> list[nn.Module]:
        return [nn.Conv2d(channels, filters, 5, stride=2, padding=2), nn.BatchNorm2d(filters), nn.ReLU()]

    torch.manual_seed(0)
    assert accuracy([nn.Flatten(), nn.Linear(3072, 10)], epochs=5) < 0.3  # 0.14; fully trained, 0.20
    assert accuracy([*stage(3, 16), *stage(16, 32), nn.Flatten(), nn.Linear(2048, 10)], epochs=1) > 0.6  # 0.79 to 0.87


# the real archive, where it lies beside the project


@pytest.fixture(scope="module")
def real_root(tmp_path_factory):
    source = REAL / "cifar-10-python.tar.xz"
    if not source.exists():
        pytest.skip("the real archive is not here")
    root = tmp_path_factory.mktemp("real")
    cifar10(root, archive=source)
    yield root
    shutil.rmtree(root)  # 185 MB


@pytest.mark.parametrize(
    "split, first, images_hash, labels_hash",
    [
        ("train", [6, 9, 9, 4, 1, 1, 2, 7, 8, 3], "6b9c6197739b7ba5", "fae8e6655a3fa31f"),
        ("val", [7, 1, 4, 1, 0, 2, 2, 5, 9, 6], "1c0b2f1fb423ffcc", "3f6cb91bf08fd2a3"),
        ("test", [3, 8, 8, 0, 6, 6, 1, 6, 3, 1], "177777c33ba79825", "cbb7365de8ed11f0"),
    ],
)
def test_real_splits(split, first, images_hash, labels_hash, real_root):
    images, labels = cifar10(real_root, split, download=False)
    assert images.shape == (loader.SIZES[split], 3, 32, 32)
    assert labels[:10].tolist() == first
    assert hashlib.sha256(images).hexdigest().startswith(images_hash)
    assert hashlib.sha256(labels).hexdigest().startswith(labels_hash)


def test_real_classes_are_balanced(real_root):
    labels = {split: cifar10(real_root, split, download=False).labels for split in loader.SIZES}
    assert np.bincount(np.concatenate([labels["train"], labels["val"]])).tolist() == [5000] * 10
    assert np.bincount(labels["test"]).tolist() == [1000] * 10
    assert [CIFAR10_CLASSES[label] for label in labels["train"][:3]] == ["frog", "truck", "truck"]


def test_published_hashes_stand_in_the_loader():
    if not (REAL / "MD5SUMS").exists():
        pytest.skip("the real archive is not here")
    published = dict(reversed(line.split()) for line in (REAL / "MD5SUMS").read_text().splitlines())
    assert published == {f"{FOLDER}/{name}": member.md5 for name, member in archive.MEMBERS.items()}
