"""Files are written whole, or not at all, and nothing is left of a try that was stopped."""

import os
import subprocess
import sys

import pytest

from autograder.course.course import REPOSITORY
from autograder.files import SCRATCH, remove_scratch, scratch_beside

KILLED = """
import os, signal, sys
from pathlib import Path
from autograder import files
files.os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
files.write_atomically(Path(sys.argv[1]), "half of it")
"""


def test_what_a_killed_process_has_left_goes_where_nobody_else_writes(tmp_path):
    path = tmp_path / "results" / "grades.csv"
    assert subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=REPOSITORY).returncode == -9
    [left] = os.listdir(path.parent)
    assert SCRATCH.fullmatch(left)
    (tmp_path / ".mine.tmp").touch()
    (path.parent / ".notes").touch()
    remove_scratch(tmp_path, "*", "results/.*")
    assert os.listdir(path.parent) == [".notes"] and (tmp_path / ".mine.tmp").exists()


def test_a_try_that_fails_changes_nothing(tmp_path):
    path = tmp_path / "grades.csv"
    path.write_text("before")
    with pytest.raises(ValueError), scratch_beside(path) as scratch:
        scratch.write_text("half")
        raise ValueError
    assert path.read_text() == "before" and os.listdir(tmp_path) == ["grades.csv"]
