"""A copy of the repository with one assignment and two terms, for tests that build, release or add something."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from autograder.course.course import REPOSITORY

NAME = "a1_convolution"
WHOLE = ("autograder", "cnnlab")
FALL, WINTER = "2026-fall", "2027-winter"
FILES = ("nbgrader_config.py", "pyproject.toml", "constraints.txt", "LICENSE")
FILES += ("solutions/setup_cell.py", "solutions/student_readme.md", "solutions/github_classroom.yml")
COURSE = """\
[course]
name = "A course"
term = "2026-fall"

[variations]
cost_size = 32
cost_filters = 10

[[assignments]]
name = "a1_convolution"
title = "Convolution by hand"
seconds_per_call = 10
seconds_per_submission = 120
torch = false

[terms.2026-fall]
seed = "the seed of the fall term"
students_fetch_from = "https://github.com/ada/cnn-course"
due.a1_convolution = 2026-10-19T23:59:00+02:00

[terms.2027-winter]
seed = "the seed of the winter term"
students_fetch_from = "https://example.org/cnn/"
variations.cost_filters = 6
"""


def make_workshop(folder: Path) -> Path:
    """Copy what a release needs to `folder`, as a git repository with everything committed."""
    for name in WHOLE:
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(REPOSITORY / "solutions" / NAME, folder / "solutions" / NAME)
    for name in FILES:
        shutil.copy(REPOSITORY / name, folder / name)
    (folder / "course.toml").write_text(COURSE)
    (folder / ".gitignore").write_text("__pycache__/\n/dist/\n/.build/\n")
    git(folder, "init", "--quiet", "--initial-branch=main")
    for key, value in (("name", "Ada"), ("email", "ada@example.org"), ("commit.gpgsign", "false")):
        git(folder, "config", key if "." in key else f"user.{key}", value)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "the course")
    return folder


def run(folder: Path, *arguments: str, program: tuple[str, ...] = ("-m", "autograder")) -> subprocess.CompletedProcess:
    """`python -m autograder ...` in a workshop; its words with one space between them in `stdout`."""
    command = [sys.executable, *program, *arguments]
    environment = {**os.environ, "COLUMNS": "500", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    done.stdout = " ".join((done.stdout + done.stderr).split())
    return done


# a real release with all but its proof, which takes minutes
UNPROVED = """
import sys
from autograder.releasing import release
release.require_proof = lambda stage, term: None
from autograder.__main__ import main
sys.exit(main())
"""


def release(folder: Path, term: str, *options: str) -> subprocess.CompletedProcess:
    return run(folder, "release", term, *options, program=("-c", UNPROVED))


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
