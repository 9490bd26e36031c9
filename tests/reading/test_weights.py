"""Weights as students hand them in: found under any name, read without trust, each problem a sentence."""

import json
import struct
import zipfile

import numpy as np
import pytest

from autograder.reading.weights import (
    LENET,
    MAX_BYTES,
    WeightsError,
    find_weights,
    match_lenet,
    match_names,
    read_weights,
)

TYPES = {"float16": "F16", "float32": "F32", "float64": "F64", "int64": "I64"}


def safetensors(arrays, **replaced):
    """A file in the safetensors format; `replaced` puts other entries into its header."""
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, array in arrays.items():
        place = [len(body), len(body) + array.nbytes]
        header[name] = {"dtype": TYPES[array.dtype.name], "shape": list(array.shape), "data_offsets": place}
        body += array.tobytes()
    text = json.dumps(header | replaced).encode()
    return struct.pack("<Q", len(text)) + text + body


def lenet(dtype=np.float32):
    rng = np.random.default_rng(0)
    return {name: rng.standard_normal(shape).astype(dtype) for name, shape in LENET.items()}


SMALL = {"weight": np.arange(6, dtype=np.float32).reshape(2, 3), "steps": np.array([5])}


def read(tmp_path, data, name="lenet.safetensors"):
    (tmp_path / name).write_bytes(data)
    return read_weights(tmp_path / name, None)


# --- which file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (["lenet.safetensors", "convnet.safetensors"], "lenet.safetensors"),
        (["LeNet (1).safetensors", "lenet (2).safetensors"], "lenet (2).safetensors"),
        (["lenet (1).safetensors", "lenet.safetensors"], "lenet.safetensors"),
        (["lenet.pt", "lenet.safetensors"], "lenet.safetensors"),
        (["Copy of lenet.pth", "a4_lenet.ipynb"], "Copy of lenet.pth"),
        (["my_lenet_final.pt", "lenet.txt"], "my_lenet_final.pt"),
        (["a4/lenet.safetensors", "a4/a4_lenet.ipynb"], "lenet.safetensors"),
        (["lenet-1.safetensors", ".lenet.safetensors.part"], "lenet-1.safetensors"),
    ],
)
def test_renamed_downloads(tmp_path, files, chosen):
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert find_weights(tmp_path, "lenet").name == chosen


def test_in_a_zip(tmp_path):
    with zipfile.ZipFile(tmp_path / "handed_in.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a4/lenet.safetensors", safetensors(SMALL))
    found = read_weights(find_weights(tmp_path, "lenet"), None)
    np.testing.assert_array_equal(found["weight"], SMALL["weight"])


def test_missing(tmp_path):
    (tmp_path / "lenet.safetensors").write_bytes(b"")
    with pytest.raises(WeightsError, match="convnet.safetensors was not handed in: it must lie beside the notebook"):
        find_weights(tmp_path, "convnet")


# --- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_types(tmp_path, dtype):
    arrays = lenet(dtype)
    found = match_lenet(read(tmp_path, safetensors(arrays)), "lenet.safetensors")
    for name, array in arrays.items():
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], array.astype(np.float32))


def test_bfloat16(tmp_path):
    halves = np.array([0x3F80, 0xC000, 0x3EAB], "<u2")  # 1, -2, 0.333984375
    entry = {"dtype": "BF16", "shape": [3], "data_offsets": [0, 6]}
    data = safetensors({}, w=entry) + halves.tobytes()
    np.testing.assert_array_equal(read(tmp_path, data)["w"], np.array([1, -2, 0.333984375], np.float32))


def test_counters_are_passed_over(tmp_path):
    assert list(read(tmp_path, safetensors(SMALL))) == ["weight"]


def header(text):
    return struct.pack("<Q", len(text)) + text


def entry(**changed):
    fields = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24], **changed}
    return safetensors({}, weight=fields) + bytes(24)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"\x80\x04\x95pickle", "is not a safetensors file"),
        (b"version https://git-lfs.github.com/spec/v1", "is not a safetensors file"),
        (struct.pack("<Q", 1 << 62) + b"{}", "is not a safetensors file"),
        (safetensors(SMALL)[:-9], "is cut off"),
        (safetensors(SMALL)[:40], "is cut off"),
        (header(b"{'weight'}"), "its list of tensors can't be read"),
        (header(b'{"a":' * 50_000), "its list of tensors can't be read"),
        (header(b"{" + b",".join(b'"%d":0' % n for n in range(2_000)) + b"}"), "holds 2,000 tensors"),
        (header(b'{"weight": 5}'), "what it says of 'weight' makes no sense"),
        (entry(shape=[2, 4]), "makes no sense"),
        (entry(shape=[-2, -3]), "makes no sense"),
        (entry(shape=[1 << 40]), "makes no sense"),
        (entry(shape=["2", 3]), "makes no sense"),
        (entry(data_offsets=[24, 48]), "is cut off"),
        (entry(data_offsets=[-24, 0]), "makes no sense"),
        (entry(dtype="C64"), "makes no sense"),
        (entry(dtype=["F32"]), "makes no sense"),
        (bytes(MAX_BYTES + 1), "is larger than 32 MB"),
    ],
)
def test_damaged_and_hostile_files(tmp_path, data, sentence):
    with pytest.raises(WeightsError) as caught:
        read(tmp_path, data)
    assert sentence in str(caught.value) and "lenet.safetensors" in str(caught.value)


def test_overlapping_tensors_are_not_multiplied(tmp_path):
    same = {f"w{n}": {"dtype": "F32", "shape": [6], "data_offsets": [0, 24]} for n in range(5)}
    with pytest.raises(WeightsError, match="is cut off"):
        read(tmp_path, safetensors({}, **same) + bytes(24))


def test_link_and_folder(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "lenet.safetensors").symlink_to("/etc/passwd")
    with pytest.raises(WeightsError, match="lenet.safetensors is a link, not a file"):
        read_weights(tmp_path / "real" / "lenet.safetensors", None)
    with pytest.raises(WeightsError, match="real is a folder"):
        read_weights(tmp_path / "real", None)


# --- matching -------------------------------------------------------------------------------------------------------


def test_lenet_under_any_names_in_any_order():
    arrays = lenet()
    shuffled = {f"layers.{n}": arrays[name] for n, name in enumerate(reversed(list(arrays)))}
    found = match_lenet(shuffled, "lenet.pt")
    assert list(found) == list(LENET)
    np.testing.assert_array_equal(found["fc1.weight"], arrays["fc1.weight"])


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"fc2.bias": None}, "holds no tensor of shape (10,), LeNet's fc2.bias. There are: no other tensor."),
        (
            {"fc1.weight": np.zeros((500, 2450))},
            "of shape (500, 3200), LeNet's fc1.weight. There are: fc1.weight (500, 2450)",
        ),
        ({"momentum": np.zeros(500)}, "holds 2 tensors of shape (500,) (fc1.bias, momentum), LeNet has one"),
        ({"norm.weight": np.ones(7)}, "holds norm.weight of shape (7,), which LeNet does not have"),
        ({"fc2.bias": np.full(10, np.nan)}, "NaN or infinite numbers in fc2.bias"),
        ({"fc2.bias": np.full(10, 1e300)}, "NaN or infinite numbers in fc2.bias"),
    ],
)
def test_not_lenet(changed, sentence):
    arrays = {name: array for name, array in (lenet() | changed).items() if array is not None}
    with pytest.raises(WeightsError) as caught:
        match_lenet(arrays, "lenet.safetensors")
    assert sentence in str(caught.value)


def test_names_with_prefixes():
    shapes = {"conv.weight": [2, 3]}
    for name in ("conv.weight", "module.conv.weight", "_orig_mod.module.conv.weight"):
        found = match_names(shapes, {name: np.ones((2, 3)), "num_batches_tracked": np.ones(())}, "convnet.pt")
        assert list(found) == ["conv.weight"] and found["conv.weight"].dtype == np.float32


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"weight": np.ones((2, 3))}, "holds no conv.weight, which the notebook's ConvNet has"),
        ({"conv.weight": np.ones((3, 2))}, "holds conv.weight of shape (3, 2); in the notebook's ConvNet it is (2, 3)"),
        ({"conv.weight": np.full((2, 3), np.inf)}, "NaN or infinite numbers in conv.weight"),
    ],
)
def test_names_that_do_not_fit(arrays, sentence):
    with pytest.raises(WeightsError) as caught:
        match_names({"conv.weight": [2, 3]}, arrays, "convnet.safetensors")
    assert sentence in str(caught.value)
