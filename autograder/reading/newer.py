"""Code that the grader's Python can't parse and a newer one can.

Told by ruff, whose parser knows every version: it reads the text, never runs it, and names the version that brought
what it finds.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SECONDS = 10
ADDED = re.compile(r"(.*?) on Python [\d.]+ \(syntax was added in Python (3\.\d+)\)")


@dataclass(frozen=True)
class Newer:
    """The Python that a text needs, such as "3.12", and what of it."""

    version: str
    what: str

    def __str__(self) -> str:
        running = f"{sys.version_info.major}.{sys.version_info.minor}"
        return f"needs Python {self.version} or newer ({self.what}), and the grader runs Python {running}"


def find_newer(source: str) -> Newer | None:
    """What makes a text need a newer Python; None if it is no Python at all, or if that can't be told."""
    messages = _ask_ruff(source)
    found = [match for message in messages if (match := ADDED.fullmatch(message))]
    if not found or len(found) < len(messages):
        return None
    newest = max(found, key=lambda match: int(match[2].partition(".")[2]))
    what = newest[1].strip()
    return Newer(newest[2], what[:1].lower() + what[1:])


@cache
def _find_ruff() -> str | None:
    beside = Path(sys.executable).with_name("ruff")
    return str(beside) if beside.exists() else shutil.which("ruff")


def _ask_ruff(source: str) -> list[str]:
    """The syntax errors of a text, for the Python that runs this; none if ruff is missing or fails itself."""
    ruff = _find_ruff()
    if ruff is None:
        return []
    target = f"py{sys.version_info.major}{sys.version_info.minor}"
    options = ["check", "--isolated", "--no-cache", "--select", "E9", "--output-format", "json"]
    try:
        done = subprocess.run(
            [ruff, *options, "--target-version", target, "-"],
            input=source.encode(),
            capture_output=True,
            timeout=SECONDS,
            cwd="/",
        )
        found = json.loads(done.stdout) if done.returncode in (0, 1) else []
        return [entry["message"] for entry in found if entry["code"] == "invalid-syntax"]
    except (OSError, ValueError, KeyError, TypeError, subprocess.SubprocessError):
        return []
