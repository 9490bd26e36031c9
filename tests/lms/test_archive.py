"""What a zip or a folder may hold, and what of it is refused, each with its reason."""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import zipfile
from datetime import datetime, timezone

import pytest
from classroom import zip_of
from hypothesis import given
from hypothesis import strategies as st

from autograder.lms import archive
from autograder.lms.archive import ArchiveError, Limits, open_archive
from autograder.lms.paths import MOST_NAME, clean


def put(folder, data, name="class.zip"):
    (folder / name).write_bytes(data)
    return folder / name


def opened(path, limits=archive.CLASS):
    """{path: content} and {name: reason}."""
    with open_archive(path, limits) as found:
        contents = {}
        for member in found.members:
            with member.open() as file:
                contents[member.path] = file.read()
        return contents, {member.path: member.problem for member in found.refused}


def raw_zip(name, content=b"x", flags=0, extra=b"", attributes=0o100644 << 16):
    """A zip of one entry; the bytes of its name are those of `name` in the code page of old zips."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as out:
        entry = zipfile.ZipInfo("x" * len(name))
        entry.external_attr, entry.extra = attributes, extra
        out.writestr(entry, content)
    return data.getvalue().replace(b"x" * len(name), name)


@pytest.mark.parametrize(
    "name", ["../../escape.ipynb", "/etc/passwd", "C:/x.ipynb", "..\\x.ipynb", "a/../../b", "\\\\server\\x"]
)
def test_names_that_lead_out_of_it(tmp_path, name):
    contents, refused = opened(put(tmp_path, zip_of({name: b"x", "good.ipynb": b"y"})))
    assert contents == {"good.ipynb": b"y"} and list(refused.values()) == ["its name leads out of the archive"]


def test_names_of_windows_are_folders(tmp_path):
    assert opened(put(tmp_path, zip_of({"ada\\a1\\x.ipynb": b"x"})))[0] == {"ada/a1/x.ipynb": b"x"}


@pytest.mark.parametrize("name", ["Lösung é.ipynb".encode(), "Lösung é.ipynb".encode("cp437")])
def test_names_in_any_encoding(tmp_path, name):
    """UTF-8 that no flag marks, and the code page of old zips."""
    assert opened(put(tmp_path, raw_zip(name)))[0] == {"Lösung é.ipynb": b"x"}


def test_the_name_that_an_extra_field_has(tmp_path):
    name = "語.ipynb".encode()
    extra = struct.pack("<HHBI", 0x7075, 5 + len(name), 1, 0) + name
    assert opened(put(tmp_path, raw_zip(b"???.ipynb", extra=extra)))[0] == {"語.ipynb": b"x"}


def test_accents_are_composed(tmp_path):
    assert list(opened(put(tmp_path, zip_of({"Jose\u0301.ipynb": b"x"})))[0]) == ["Jos\u00e9.ipynb"]


@pytest.mark.parametrize(
    "kind, told",
    [
        (stat.S_IFLNK, "it is a link, and links are not followed"),
        (stat.S_IFIFO, "it is no ordinary file"),
        (stat.S_IFCHR, "it is no ordinary file"),
    ],
)
def test_what_is_no_file(tmp_path, kind, told):
    assert opened(put(tmp_path, raw_zip(b"a.ipynb", attributes=(kind | 0o644) << 16)))[1] == {"a.ipynb": told}


def test_a_bomb(tmp_path, monkeypatch):
    """A file that unpacks to far more than it is packed in."""
    monkeypatch.setattr(archive, "SMALL", 1_000_000)
    contents, refused = opened(put(tmp_path, zip_of({"bomb.ipynb": bytes(3_000_000), "a.ipynb": b"x"})))
    assert contents == {"a.ipynb": b"x"}
    assert refused == {"bomb.ipynb": "it unpacks to 3 MB from 2 kB, as no hand-in does"}


def test_a_file_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 2_000_000)
    path = put(tmp_path, zip_of({"large.ipynb": os.urandom(3_000_000)}))
    assert opened(path)[1] == {"large.ipynb": "it has 3 MB, more than 2"}
    (tmp_path / "folder").mkdir()
    put(tmp_path / "folder", bytes(3_000_000), "large.ipynb")
    assert opened(tmp_path / "folder")[1] == {"large.ipynb": "it has 3 MB, more than 2"}


@pytest.mark.parametrize(
    "limits, told",
    [
        (Limits(files=2), "class.zip holds 3 files, more than the 2 that are unpacked."),
        (Limits(together=2), "class.zip unpacks to more than 0 MB."),
        (Limits(listing=50), "class.zip lists more files than a class hands in."),
    ],
)
def test_more_than_a_class_hands_in(tmp_path, limits, told):
    with pytest.raises(ArchiveError, match=told):
        opened(put(tmp_path, zip_of({name: b"x" for name in "abc"})), limits)


def test_a_folder_of_more_than_a_class_hands_in(tmp_path):
    for name in "abc":
        put(tmp_path, b"x", name)
    with pytest.raises(ArchiveError, match="holds more than the 2 files that are collected"):
        opened(tmp_path, Limits(files=2))


def test_a_listing_that_lies_about_its_size(tmp_path):
    """Zips of more than 4 GB say it in another place."""
    data = zip_of({"a": b"x"})
    end = data.index(b"PK\x05\x06")
    far = b"PK\x06\x06" + bytes(36) + (1 << 40).to_bytes(8, "little") + bytes(8)
    data = data[:end] + far + data[end : end + 12] + b"\xff\xff\xff\xff" + data[end + 16 :]
    with pytest.raises(ArchiveError, match="lists more files than a class hands in"):
        opened(put(tmp_path, data))


@pytest.mark.parametrize(
    "data, told",
    [
        (b"", "class.zip: it is no zip. Download it again."),
        (b"no zip", "class.zip: it is no zip. Download it again."),
        (zip_of({"a": b"x" * 100})[:-30], "class.zip: it is no zip. Download it again."),
    ],
)
def test_what_is_no_zip(tmp_path, data, told):
    with pytest.raises(ArchiveError, match=told):
        opened(put(tmp_path, data))


def test_what_is_not_there(tmp_path):
    with pytest.raises(ArchiveError, match="There is no .*x.zip: ZIP names the file or folder to collect from"):
        opened(tmp_path / "x.zip")
    (tmp_path / "x.zip").symlink_to(tmp_path)
    with pytest.raises(ArchiveError, match="x.zip can't be read"):
        opened(tmp_path / "x.zip")


@pytest.mark.parametrize(
    "damage, told",
    [
        (lambda data: data.replace(b"abcdefgh", b"abcdXfgh"), "it is damaged"),
        (
            lambda data: data.replace(
                b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x63\x00"
            ),
            "unpack",
        ),
    ],
)
def test_an_entry_that_is_damaged(tmp_path, damage, told):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as out:
        out.writestr("a.ipynb", b"abcdefgh")
    with open_archive(put(tmp_path, damage(data.getvalue()))) as found, pytest.raises(ArchiveError, match=told):
        found.members[0].copy_to(tmp_path / "out" / "a.ipynb")
    assert not (tmp_path / "out" / "a.ipynb").exists()


def test_what_goes_wrong_with_an_open_zip_is_not_the_zips_fault(tmp_path):
    with pytest.raises(ValueError, match="ours"), open_archive(put(tmp_path, zip_of({"a": b"x"}))):
        raise ValueError("ours")


def test_a_pipe_is_no_zip(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = os.open(tmp_path / "pipe", os.O_RDWR)
    with pytest.raises(ArchiveError, match="pipe is neither a zip nor a folder"):
        opened(tmp_path / "pipe")
    os.close(writer)


def test_an_entry_with_a_password(tmp_path):
    data = zip_of({"a.ipynb": b"abc"})
    at = data.index(b"PK\x01\x02") + 8
    data = data[:at] + (int.from_bytes(data[at : at + 2], "little") | 1).to_bytes(2, "little") + data[at + 2 :]
    assert opened(put(tmp_path, data))[1] == {"a.ipynb": "it is protected by a password"}


def test_what_systems_add_is_left_out(tmp_path):
    names = ("__MACOSX/._a.ipynb", ".DS_Store", "ada/Thumbs.db", "ada/.ipynb_checkpoints/a.ipynb")
    assert opened(put(tmp_path, zip_of(dict.fromkeys([*names, "ada/a.ipynb"], b"x"))))[0] == {"ada/a.ipynb": b"x"}


def test_what_stands_for_a_file_is_kept_for_its_reader(tmp_path):
    names = (".a1.ipynb.icloud", ".a1.ipynb", "~$a1.docx")
    contents, _ = opened(put(tmp_path, zip_of(dict.fromkeys([*names, "._a1.ipynb", ".gitignore"], b"x"))))
    assert sorted(contents) == sorted(names)


def test_links_in_a_folder(tmp_path):
    (tmp_path / "class" / "ada").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("x")
    (tmp_path / "class" / "ada" / "a.ipynb").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "class" / "ben").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "class" / "pipe")
    contents, refused = opened(tmp_path / "class")
    link = "it is a link, and links are not followed"
    assert contents == {} and refused == {"ada/a.ipynb": link, "ben": link, "pipe": "it is no ordinary file"}


def test_when_it_was_changed(tmp_path):
    """Unix's time where it is there, else a clock without a zone, else nothing."""
    when = datetime(2026, 10, 19, 21, 30, tzinfo=timezone.utc)
    for data, told in (
        (zip_of({"a": b"x"}, {"a": when}, utc=True), when),
        (zip_of({"a": b"x"}, {"a": when}), when.replace(tzinfo=None)),
        (zip_of({"a": b"x"}, {"a": datetime(1980, 1, 1)}), None),
    ):
        with open_archive(put(tmp_path, data)) as found:
            assert found.members[0].when == told


@pytest.mark.parametrize(
    "part, cleaned", [("a\nb.ipynb", "a_b.ipynb"), ("a\0b", "a_b"), ("a\u202eb", "a_b"), ("./a", "a")]
)
def test_what_can_not_be_written(part, cleaned):
    assert clean(part) == (cleaned, "")


def test_a_name_that_is_too_long_keeps_its_ending():
    name, problem = clean("é" * 200 + ".ipynb")
    assert problem == "" and name.endswith("é.ipynb") and len(name.encode()) <= 150
    assert clean("a/" * 20 + "x") == ("a/" * 20 + "x", "it lies 21 folders deep") and clean("") == (
        "",
        "it has no name",
    )


@given(st.text(max_size=300))
def test_whatever_a_name_is_it_stays_inside(name):
    path, problem = clean(name)
    if not problem:
        parts = path.split("/")
        assert not path.startswith("/") and not {"", ".", ".."} & set(parts)
        assert all(len(part.encode()) <= MOST_NAME for part in parts) and clean(path) == (path, "")


def test_whatever_bytes_a_zip_has_it_is_read_or_refused(tmp_path):
    good = zip_of({"ada_1_2_a1.ipynb": b"abc" * 50, "x/y": b""})

    @given(
        st.lists(st.tuples(st.integers(0, len(good) - 1), st.integers(0, 255)), max_size=8), st.integers(0, len(good))
    )
    def read(changes, cut):
        data = bytearray(good)
        for place, value in changes:
            data[place] = value
        (tmp_path / "x.zip").write_bytes(data[:cut] if cut % 3 == 0 else data)
        (tmp_path / "out").unlink(missing_ok=True)
        try:
            with open_archive(tmp_path / "x.zip") as found:
                for member in found.members:
                    member.copy_to(tmp_path / "out")
                    (tmp_path / "out").unlink()
        except ArchiveError as error:
            assert re.search("it is|lists|unpacks to|neither a zip|can't be read", str(error)), error

    read()
