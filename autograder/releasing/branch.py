"""A release as a commit on a branch of its own, made beside the working tree: nothing checked out changes."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from autograder.course.course import REPOSITORY, CourseError

KEPT = (".whl", ".tar.gz")  # of earlier versions: notebooks that students have still install them


def write_branch(files: dict[str, Path], branch: str, folder: str, message: str, repository: Path = REPOSITORY) -> str:
    """Commit `files` (name -> file) to a folder ("" for the top) of `branch`, which begins with no parent.

    Packages of earlier versions stay there, everything else in that folder is replaced; what lies beside it stays. The
    same files make no new commit. Gives the commit's id.

    Raises:
        CourseError: git refused, the branch is checked out, or it holds the course itself.
    """
    ref = f"refs/heads/{branch}"
    if git(repository, "symbolic-ref", "--quiet", "HEAD", check=False) == ref:
        raise CourseError(f"The branch {branch} is checked out here: students_fetch_from must name another one.")
    parent = git(repository, "rev-parse", "--quiet", "--verify", ref, check=False)
    entries = list_blobs(repository, parent) if parent else {}
    if "course.toml" in entries:
        raise CourseError(f"The branch {branch} holds the course itself: students_fetch_from must name another one.")
    prefix = f"{folder}/" if folder else ""
    entries = {path: blob for path, blob in entries.items() if path.endswith(KEPT) or not path.startswith(prefix)}
    for name, file in files.items():
        entries[prefix + name] = git(repository, "hash-object", "-w", str(file.resolve()))
    tree = write_tree(repository, entries)
    if parent and git(repository, "rev-parse", f"{parent}^{{tree}}") == tree:
        return parent
    commit = git(repository, "commit-tree", tree, "-m", message, *(("-p", parent) if parent else ()))
    git(repository, "update-ref", ref, commit, parent or "0" * len(commit))
    return commit


def list_blobs(repository: Path, commit: str) -> dict[str, str]:
    """Path -> blob of every file in a commit."""
    lines = git(repository, "ls-tree", "-r", "-z", commit).split("\0")
    return {path: head.split()[2] for head, path in (line.split("\t", 1) for line in lines if line)}


def write_tree(repository: Path, entries: dict[str, str]) -> str:
    """A tree of these files, through an index of its own."""
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        for path, blob in sorted(entries.items()):
            git(repository, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", environment=index)
        return git(repository, "write-tree", environment=index)


def git(repository: Path, *arguments: str, check: bool = True, environment: dict[str, str] | None = None) -> str:
    """What a git command prints; "" where it fails and need not work."""
    command = ["git", "-C", str(repository), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(environment or {})})
    if done.returncode and check:
        raise CourseError(f"git {arguments[0]} failed: {done.stderr.strip() or done.returncode}")
    return "" if done.returncode else done.stdout.strip()
