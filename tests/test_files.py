"""Files are written whole, or not at all, and nothing is left of a try that was stopped."""

import os
import subprocess
import sys

import pytest

from autograder.course.course import REPOSITORY
from autograder.files import SCRATCH, is_running, scratch_beside, write_atomically

KILLED = """
import os, signal, sys
from pathlib import Path
from autograder import files
files.os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
files.write_atomically(Path(sys.argv[1]), "half of it")
"""


def test_what_a_killed_process_has_left_goes_with_the_next_try(tmp_path):
    path = tmp_path / "grades.csv"
    assert subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=REPOSITORY).returncode == -9
    [left] = os.listdir(tmp_path)
    assert SCRATCH.fullmatch(left)
    beside = tmp_path / left.replace("grades", "others")
    beside.touch()
    write_atomically(path, "all of it")
    assert path.read_text() == "all of it" and sorted(os.listdir(tmp_path)) == sorted([beside.name, path.name])


def test_what_another_process_is_writing_stays(tmp_path):
    theirs = tmp_path / f".grades.csv.{os.getppid()}.tmp"
    theirs.touch()
    write_atomically(tmp_path / "grades.csv", "ours")
    assert is_running(os.getppid()) and theirs.exists()


def test_a_try_that_fails_changes_nothing(tmp_path):
    path = tmp_path / "grades.csv"
    path.write_text("before")
    with pytest.raises(ValueError), scratch_beside(path) as scratch:
        scratch.write_text("half")
        raise ValueError
    assert path.read_text() == "before" and os.listdir(tmp_path) == ["grades.csv"]
