"""The hash of a hand-in: another one for whatever changes, the same wherever it lies, within bounds."""

from __future__ import annotations

import os
import shutil

import pytest

from autograder.collecting import fingerprint as module
from autograder.collecting.fingerprint import fingerprint, walk


def make(folder, *, size=20):
    """A hand-in with a file, a folder and a link."""
    (folder / "data").mkdir(parents=True)
    (folder / "a1.ipynb").write_bytes(b"x" * size)
    (folder / "data" / "helper.py").write_bytes(b"y" * size)
    (folder / "data" / "link").symlink_to("helper.py")
    return folder


def relink(folder, target):
    (folder / "data" / "link").unlink()
    (folder / "data" / "link").symlink_to(target)


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "a1.ipynb").write_bytes(b"x" * 19 + b"z"),
        lambda folder: (folder / "a1.ipynb").write_bytes(b"x" * 19),
        lambda folder: (folder / "data" / "helper.py").write_bytes(b"y" * 19 + b"z"),
        lambda folder: (folder / "a1.ipynb").rename(folder / "a2.ipynb"),
        lambda folder: (folder / "data" / "helper.py").rename(folder / "helper.py"),
        lambda folder: (folder / "data").rename(folder / "other"),
        lambda folder: (folder / "a1.ipynb").unlink(),
        lambda folder: (folder / "empty").mkdir(),
        lambda folder: (folder / "empty.txt").touch(),
        lambda folder: os.mkfifo(folder / "pipe"),
        lambda folder: relink(folder, "a1.ipynb"),
        lambda folder: relink(folder, "data/helper.py"),
    ],
)
def test_whatever_changes_is_another_hand_in(tmp_path, change):
    before = fingerprint(make(tmp_path / "one"), "text")
    change(make(tmp_path / "two"))
    assert fingerprint(tmp_path / "two", "text") != before
    assert fingerprint(tmp_path / "one", "text") == before


def test_it_is_the_same_wherever_it_lies(tmp_path):
    one = make(tmp_path / "one")
    two = shutil.copytree(one, tmp_path / "other" / "two", symlinks=True)
    (two / "a1.ipynb").touch()  # read, so its time is no matter
    assert fingerprint(one, "a", "b") == fingerprint(two, "a", "b")
    assert len({fingerprint(one, *texts) for texts in ((), ("a",), ("b",), ("a", "b"), ("ab",))}) == 5
    assert len(fingerprint(one)) == 16


def test_a_pipe_a_folder_and_a_link_of_the_same_name_are_three_things(tmp_path):
    kinds = {
        "pipe": os.mkfifo,
        "folder": os.mkdir,
        "link": lambda path: path.symlink_to("x"),
        "file": lambda p: p.touch(),
    }
    found = set()
    for kind, make_it in kinds.items():
        (tmp_path / kind).mkdir()
        make_it(tmp_path / kind / "x")
        found.add(fingerprint(tmp_path / kind))
    assert len(found) == 4


def test_what_is_beyond_the_bound_is_told_apart_by_size_and_time(tmp_path, monkeypatch):
    """The bound is the hand-in's: what was read of one file is no longer there for the next."""
    monkeypatch.setattr(module, "MOST_HASHED", 30)
    folder, seconds = make(tmp_path / "one"), 1_800_000_000
    helper = folder / "data" / "helper.py"

    def write(content, at):
        helper.write_bytes(content)
        os.utime(helper, (at, at))
        return fingerprint(folder)

    before = write(b"y" * 20, seconds)
    assert write(b"z" * 20, seconds) == before  # not read
    assert write(b"y" * 20, seconds + 1) != before and write(b"y" * 21, seconds) != before
    (folder / "a1.ipynb").write_bytes(b"x" * 10)  # leaves room for just that file
    assert write(b"y" * 20, seconds) == write(b"y" * 20, seconds + 1) != write(b"z" * 20, seconds)
    assert write(b"y" * 21, seconds) != write(b"y" * 21, seconds + 1)


def test_a_folder_that_is_not_there_is_empty(tmp_path):
    assert fingerprint(tmp_path / "nowhere") == fingerprint(tmp_path)


def test_no_more_is_looked_at_than_is_ever_read(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_FOLDERS", 2)
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    before = fingerprint(tmp_path)
    (tmp_path / "a" / "b" / "c" / "too_deep").touch()
    assert fingerprint(tmp_path) == before
    (tmp_path / "a" / "b" / "deep").touch()
    assert fingerprint(tmp_path) != before
    monkeypatch.setattr(module, "MAX_FILES", 3)
    assert len([*walk(tmp_path)]) == 3
