"""The trained weights handed in beside a notebook: which file, and its numbers; no student's code, no pickle runs here.

`lenet.safetensors` is read by hand, every size checked before it is believed. A PyTorch file (`.pt`, `.pth`) is a zip
with a pickle in it: a fresh sandboxed worker takes it apart, and plain arrays come back.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from autograder import AutograderError
from autograder.reading.files import is_zipped, list_zip, read_bytes
from autograder.reading.formats import UnreadableSubmission
from autograder.reading.notebook import list_files
from cnnlab.networks.lenet import lenet_shapes

MAX_BYTES = 32_000_000  # LeNet in float64 takes 13 MB, one of 100 channels 26 MB
MAX_HEADER = 1_000_000
MAX_TENSORS = 1_000
KINDS = (".safetensors", ".pt", ".pth")  # the likeliest first
BYTES = {"F16": 2, "BF16": 2, "F32": 4, "F64": 8}
OTHER_BYTES = {"I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}  # counters and the like: passed over
LENET = lenet_shapes()
SAVE = "save it again with save_file(model.state_dict(), {name!r}) and hand that file in"

Arrays = dict[str, np.ndarray]


class WeightsError(AutograderError, AssertionError):
    """The weights are missing or can't be used; the text is the sentence that the student reads."""


# --- files ----------------------------------------------------------------------------------------------------------


def find_weights(folder: Path, name: str) -> Path:
    """The file of a submission with the weights of `name`, "lenet" or "convnet"; folders and zips one level deep.

    The exact name wins, then a renamed download ("lenet (2).safetensors"), the highest number first, then any file
    with the name in its own.

    Raises:
        WeightsError: there is none.
    """
    files = list_files(folder)
    inside = [path / member for path in files if path.suffix.lower() == ".zip" for member in members(path)]
    found = [path for path in [*files, *inside] if is_named(path, name)]
    if not found:
        raise WeightsError(
            f"{name}.safetensors was not handed in: it must lie beside the notebook. The notebook saves it after "
            "training; hand in both files."
        )
    return min(found, key=lambda path: likelihood(path, name))


def members(path: Path) -> list[str]:
    try:
        return list_zip(path)
    except UnreadableSubmission:
        return []


def is_named(path: Path, name: str) -> bool:
    return path.suffix.lower() in KINDS and name in path.name.lower()


def likelihood(path: Path, name: str) -> tuple:
    """Sorts the likeliest file first."""
    copy = re.fullmatch(rf"(?:copy of )?{name}[ _]*(?:\((\d{{1,9}})\)|-(?:copy)?(\d{{1,9}}))?", path.stem.lower())
    number = int(copy[1] or copy[2] or 0) if copy else 0
    kind = KINDS.index(path.suffix.lower())
    return path.stem.lower() != name, kind, copy is None, -number, is_zipped(path), str(path)


def read_weights(path: Path, unpickle: Callable[[bytes], Mapping[str, np.ndarray]]) -> Arrays:
    """All tensors of a file of weights that hold floating-point numbers, as float32 (float64 where they are float64).

    Args:
        path: a file, or a member of a zip.
        unpickle: reads a PyTorch file; `load_state`, run where it can do no harm.

    Raises:
        WeightsError: the file can't be read, or holds something else.
    """
    try:
        large = not is_zipped(path) and path.stat().st_size > MAX_BYTES
        data = b"" if large else read_bytes(path)
    except (UnreadableSubmission, OSError) as error:
        raise WeightsError(f"{str(error).split(';')[0]}; {SAVE.format(name=path.name)}.") from None
    if large or len(data) > MAX_BYTES:
        raise WeightsError(
            f"{path.name} is larger than {MAX_BYTES // 10**6} MB, far more than the network takes: "
            f"{SAVE.format(name=path.name)}."
        )
    if not data:
        raise WeightsError(f"{path.name} is empty: {SAVE.format(name=path.name)}.")
    if data.startswith(b"PK\x03\x04"):  # whatever its name says
        return dict(unpickle(data))
    return read_safetensors(data, path.name)


# --- safetensors ----------------------------------------------------------------------------------------------------


def read_safetensors(data: bytes, name: str) -> Arrays:
    """The tensors of a file in the safetensors format: a length, a JSON header with types, shapes and offsets, numbers.

    Raises:
        WeightsError: it is no such file, or it is cut off.
    """
    length = int.from_bytes(data[:8], "little")
    start = data[8:9]
    if len(data) < 10 or length > MAX_HEADER or start != b"{":
        raise WeightsError(f"{name} is not a safetensors file: {SAVE.format(name=name)}.")
    try:
        if 8 + length > len(data):
            raise cut_off(name)
        header = json.loads(data[8 : 8 + length])
    except (ValueError, RecursionError):
        raise WeightsError(f"{name} is damaged, its list of tensors can't be read: {SAVE.format(name=name)}.") from None
    header.pop("__metadata__", None)
    if len(header) > MAX_TENSORS:
        raise WeightsError(f"{name} holds {len(header):,} tensors, far more than the network has.")
    body = memoryview(data)[8 + length :]
    found, total = {}, 0
    for tensor, entry in header.items():
        kind, shape, size, first, last = read_entry(entry, name, tensor)
        total += size
        if last > len(body) or total > len(body):
            raise cut_off(name)
        if kind in BYTES:
            found[tensor] = array_of_bytes(body[first:last], kind).reshape(shape)
    return found


def cut_off(name: str) -> WeightsError:
    return WeightsError(f"{name} is cut off, a part of it is missing: {SAVE.format(name=name)}.")


def read_entry(entry: object, name: str, tensor: str) -> tuple[str, list[int], int, int, int]:
    """Type, shape, bytes and offsets of one tensor; WeightsError if they contradict each other."""
    try:
        kind, shape, (first, last) = entry["dtype"], entry["shape"], entry["data_offsets"]  # type: ignore[index]  # TypeError
        item = BYTES.get(kind) or OTHER_BYTES[kind]
        whole = all(type(n) is int and 0 <= n < 1 << 32 for n in [*shape, first, last])
        if whole and len(shape) <= 8 and last - first == math.prod(shape) * item:
            return kind, shape, last - first, first, last
    except (KeyError, TypeError, ValueError):
        pass
    raise WeightsError(f"{name} is damaged: what it says of {tensor[:60]!r} makes no sense. {SAVE.format(name=name)}.")


def array_of_bytes(data: memoryview, kind: str) -> np.ndarray:
    if kind == "BF16":  # the upper half of a float32
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")
    array = np.frombuffer(data, {"F16": "<f2", "F32": "<f4", "F64": "<f8"}[kind])
    return array.astype(np.float32) if kind == "F16" else array


# --- PyTorch files --------------------------------------------------------------------------------------------------


def load_state(data: bytes, most: int) -> dict:
    """The state dict in a PyTorch file, or in a checkpoint around one: arrays by name. Runs in a sandboxed worker only.

    Its source is sent there: it uses nothing of this module.
    """
    import io
    import zipfile

    import torch

    if sum(info.file_size for info in zipfile.ZipFile(io.BytesIO(data)).infolist()) > most:
        raise ValueError("it unpacks to far more than the network takes")
    found = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    for _ in range(3):
        if not isinstance(found, dict) or any(isinstance(value, torch.Tensor) for value in found.values()):
            break
        likely = [found[key] for key in ("state_dict", "model_state_dict", "model", "net", "weights") if key in found]
        found = next(iter(likely or found.values()), None)
    if not isinstance(found, dict):
        raise ValueError("it holds no state dict")
    tensors = {str(key): value for key, value in found.items() if isinstance(value, torch.Tensor)}
    tensors = {key: value for key, value in tensors.items() if value.is_floating_point()}
    if sum(value.numel() * 8 for value in tensors.values()) > most:
        raise ValueError("its tensors are far larger than the network's")
    return {key: (value if value.dtype == torch.float64 else value.float()).numpy() for key, value in tensors.items()}


# --- matching -------------------------------------------------------------------------------------------------------


def match_lenet(arrays: Mapping[str, np.ndarray], file: str) -> Arrays:
    """LeNet's eight tensors, found by their shapes: names and order are the student's.

    Raises:
        WeightsError: one is missing, or there is another one.
    """
    waiting = dict(arrays)
    found = {}
    for name, shape in LENET.items():
        fitting = [key for key, array in waiting.items() if array.shape == shape]
        if not fitting:
            others = "; ".join(f"{key} {array.shape}" for key, array in list(waiting.items())[:4]) or "no other tensor"
            raise WeightsError(f"{file} holds no tensor of shape {shape}, LeNet's {name}. There are: {others}.")
        if len(fitting) > 1:
            raise WeightsError(
                f"{file} holds {len(fitting)} tensors of shape {shape} ({', '.join(fitting[:3])}), LeNet has one: "
                "save model.state_dict() alone."
            )
        found[name] = waiting.pop(fitting[0])
    if waiting:
        key, array = next(iter(waiting.items()))
        raise WeightsError(f"{file} holds {key} of shape {array.shape}, which LeNet does not have.")
    return to_float32(found, file)


def match_names(shapes: Mapping[str, list[int]], arrays: Mapping[str, np.ndarray], file: str) -> Arrays:
    """The tensors that a network reads, found by their names; others are left.

    Raises:
        WeightsError: one is missing or has another shape.
    """
    stripped = {re.sub(r"^(?:(?:module|_orig_mod)\.)+", "", key): array for key, array in arrays.items()}
    for name, shape in shapes.items():
        if name not in stripped:
            raise WeightsError(f"{file} holds no {name}, which the notebook's ConvNet has: {SAVE.format(name=file)}.")
        if list(stripped[name].shape) != list(shape):
            raise WeightsError(
                f"{file} holds {name} of shape {stripped[name].shape}; in the notebook's ConvNet it is "
                f"{tuple(shape)}. Was the class changed after training? {SAVE.format(name=file).capitalize()}."
            )
    return to_float32({name: stripped[name] for name in shapes}, file)


def to_float32(arrays: Arrays, file: str) -> Arrays:
    """The same numbers in float32; WeightsError if one is not finite there."""
    with np.errstate(over="ignore"):
        converted = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
    for name, array in converted.items():
        if not np.isfinite(array).all():
            raise WeightsError(
                f"{file} holds NaN or infinite numbers in {name}: training went astray. Lower the learning rate, train "
                "again, and save the new weights."
            )
    return converted
